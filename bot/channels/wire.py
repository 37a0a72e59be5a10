"""One HTTP conversation with a platform: bounded in time and size, never redirected.

It knows whether a failed request may have arrived, which decides whether repeating it is harmless.
No address of a request is ever put into an error or a log line: it holds the token.
"""

from __future__ import annotations

import ipaddress
import json
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import aiohttp

from bot.channels.base import ChannelBusyError, ChannelRefusedError

TOTAL_SECONDS = 10.0
JSON_BYTES = 256 * 1024
TOO_LARGE = "answer-too-large"
_RETRY_SECONDS = 5.0

Count = Callable[[str], None]
Judge = Callable[[int, str], None]


class Reply(NamedTuple):
    """What came back, whole: ``name`` is the file name it announced, ``total`` its full size."""

    status: int
    media_type: str
    attached: bool
    name: str
    total: int
    content: bytes


@dataclass(slots=True, eq=False)
class _Sent:
    """Whether the head of a request left this machine."""

    yes: bool = False


def checked_base(url: str, key: str) -> str:
    """Return a base address without its last slash.

    Raises:
        ValueError: neither https nor on this machine; the sentence names ``key``.
    """
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return url.rstrip("/")
    if parts.scheme == "http" and parts.hostname and is_loopback(parts.hostname):
        return url.rstrip("/")
    raise ValueError(f"{key} must begin with https://")


def is_loopback(host: str) -> bool:
    """Return whether a host, written without brackets, is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Wire:
    """Requests to one base address.

    ``count`` is told the path of each call. ``judge`` is given status and method of each answer
    and raises for those whose body is of no use. ``fresh`` opens a connection for each request: a
    kept one that died meanwhile looks like a request that may have arrived.
    """

    def __init__(
        self,
        base: str,
        *,
        count: Count,
        judge: Judge | None = None,
        ca_file: str = "",
        fresh: bool = False,
        total_seconds: float = TOTAL_SECONDS,
    ) -> None:
        self._base = base
        self._count = count
        self._judge = judge or only_good
        self._ca_file = ca_file
        self._fresh = fresh
        self._timeout = aiohttp.ClientTimeout(total=total_seconds)
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Open the session. Call inside the running loop."""
        # True: the machine's own trust, as aiohttp has loaded it; once more would take 20 ms.
        trust = ssl.create_default_context(cafile=self._ca_file) if self._ca_file else True
        trace = aiohttp.TraceConfig()
        trace.on_request_headers_sent.append(_note_sent)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=trust, limit=64, force_close=self._fresh),
            timeout=self._timeout,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Accept-Encoding": "identity"},
            trace_configs=[trace],
        )

    async def stop(self) -> None:
        """Close the session and its connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        *,
        body: Mapping[str, Any] | None = None,
        form: Callable[[], aiohttp.FormData] | None = None,
        most: int = JSON_BYTES,
    ) -> dict[str, Any]:
        """Return the JSON object that a call answers with, whatever its ``errcode``.

        Raises:
            ChannelBusyError: not reached, too slow, or no sensible answer.
            ChannelRefusedError: the address redirects or refuses by HTTP, or the answer has more
                bytes than ``most`` (code ``TOO_LARGE``).
        """
        data = json.dumps(body, ensure_ascii=False).encode() if body is not None else None
        reply = await self.exchange(method, path, query, data=form() if form else data, most=most)
        answer = as_json(reply)
        if answer is None:
            raise ChannelBusyError("no JSON", _RETRY_SECONDS, unknown=method == "POST")
        return answer

    async def exchange(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        *,
        most: int,
        data: bytes | aiohttp.FormData | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send one request; return its body of at most ``most`` bytes. Raises like ``ask``."""
        if self._session is None:
            raise ChannelBusyError("not started", _RETRY_SECONDS)
        self._count(path)
        sent = _Sent()
        head = dict(headers or {})
        if isinstance(data, bytes):
            head["Content-Type"] = "application/json; charset=utf-8"
        try:
            async with self._session.request(
                method,
                f"{self._base}{path}",
                params=query,
                data=data,
                headers=head,
                allow_redirects=False,
                trace_request_ctx=sent,
            ) as response:
                self._judge(response.status, method)
                content = await _capped(response.content, most)
                return Reply(
                    response.status,
                    response.content_type,
                    "Content-Disposition" in response.headers,
                    _file_name(response),
                    _full_size(response, len(content)),
                    content,
                )
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            unknown = sent.yes and method == "POST"
            raise ChannelBusyError(
                type(error).__name__, _RETRY_SECONDS, unknown=unknown, sent=sent.yes
            ) from None


def as_json(reply: Reply) -> dict[str, Any] | None:
    """Return the body as a JSON object, or None."""
    try:
        answer = json.loads(reply.content)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


async def _note_sent(
    _session: aiohttp.ClientSession,
    context: SimpleNamespace,
    _params: aiohttp.TraceRequestHeadersSentParams,
) -> None:
    context.trace_request_ctx.yes = True


def only_good(status: int, method: str) -> None:
    """Let an answer pass that says 200 or 206. Raises the channel errors for any other."""
    if status in (200, 206):
        return
    if status == 429:
        raise ChannelBusyError("http 429", 60.0)
    if status >= 500:
        # A gateway in front of the platform may answer so after it took the message.
        raise ChannelBusyError(f"http {status}", _RETRY_SECONDS, unknown=method == "POST")
    raise ChannelRefusedError(f"http-{status}", stop=status != 413)


async def _capped(stream: aiohttp.StreamReader, most: int) -> bytes:
    content = bytearray()
    async for chunk in stream.iter_any():
        content += chunk
        if len(content) > most:
            raise ChannelRefusedError(TOO_LARGE)
    return bytes(content)


def _file_name(response: aiohttp.ClientResponse) -> str:
    disposition = response.content_disposition
    return (disposition.filename or "") if disposition else ""


def _full_size(response: aiohttp.ClientResponse, size: int) -> int:
    total = response.headers.get("Content-Range", "").rpartition("/")[2]
    return int(total) if total.isdecimal() and len(total) < 16 else size
