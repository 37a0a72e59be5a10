"""Structured logs with one redaction filter over every library's lines."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable
from typing import Any, TextIO

import structlog

# Names whose value is a secret wherever it stands: query, JSON, a library's own repr.
_ALWAYS = (
    r"\w*(?:access_?token|secret|encoding_aes_key|password|signature)"
    r"|(?:suite_|js_?api_)?ticket|token|sign|echostr|authorization|x-acs-dingtalk-access-token"
)
SECRETS = re.compile(
    # ``key`` and ``code`` are secrets in a query only; elsewhere they name an event or an error.
    rf"""((?:(?<![\w-])(?:{_ALWAYS})|(?<=[?&])(?:\w+_)?(?:key|code))["'\\]*\s*[=:]\s*["'\\]*)"""
    r"""(?:Bearer\s+)?[^&\s"'\\,}\])]+""",
    re.I,
)
PHONE = re.compile(r"(?<!\d)((?:\+?86[- ]?)?1[3-9]\d)[- ]?\d{4}[- ]?(\d{4})(?!\d)")
LINK = re.compile(r"(/m/[a-z]+/)[A-Za-z0-9._~-]+")
ASKED = re.compile(r"""(/(?:[sfr](?:/[^\s"'?]*)?)?\?)[^\s"']+""")
"""What somebody asked on a public page stands in its address."""
HIDDEN = "***"


class Redactor:
    """Takes secrets, links, questions and phone numbers out of whatever is about to be written."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = sorted({text for text in secrets if len(text) >= 6}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def clean(self, text: str) -> str:
        """Return ``text`` as it may be written."""
        if self._known:
            text = self._known.sub(HIDDEN, text)
        text = SECRETS.sub(rf"\g<1>{HIDDEN}", text)
        text = LINK.sub(rf"\g<1>{HIDDEN}", text)
        text = ASKED.sub(rf"\g<1>{HIDDEN}", text)
        return PHONE.sub(r"\1****\2", text)


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """Renders every record, ours and the libraries', and cleans the finished line once more."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.LogfmtRenderer(key_order=("timestamp", "level", "event")),
            ],
            foreign_pre_chain=_SHARED,
        )
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        return self._redactor.clean(super().format(record))


def _is_ours(record: logging.LogRecord) -> bool:
    """Say no to what strangers cause: each request that is no HTTP would leave a traceback."""
    kind = record.exc_info[0] if record.exc_info else None
    return kind is None or all(one.__name__ != "BadHttpMessage" for one in kind.__mro__)


_SHARED: list[Any] = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def set_up(
    secrets: Iterable[str] = (), *, level: int = logging.INFO, stream: TextIO | None = None
) -> None:
    """Send all logs to ``stream`` (standard error) as ``key=value`` lines, without ``secrets``."""
    # A line that cannot be written is dropped: the library would print it uncleaned.
    logging.raiseExceptions = False
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_Formatter(Redactor(secrets)))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("aiohttp.server").addFilter(_is_ours)
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            *_SHARED[:1],
            *_SHARED[2:],
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
