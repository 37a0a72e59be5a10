"""The frames of the long connection: read without trust, and written (D101463)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

SUBSCRIBE: Final = "aibot_subscribe"
PING: Final = "ping"
MESSAGE: Final = "aibot_msg_callback"
EVENT: Final = "aibot_event_callback"
RESPOND: Final = "aibot_respond_msg"
SEND: Final = "aibot_send_msg"
KICKED: Final = "disconnected_event"
UNSUBSCRIBED, LATE, UNKNOWN_NAME, ANSWERED, OVER = 846609, 846604, 846605, 846606, 846608
_NAME_CHARS = 256
# The platform leaves them in its JSON, where they may not stand; its own library takes them out.
_UNREAD = re.compile("[\x00-\x08\x0b-\x1f]")


class Frame(NamedTuple):
    """One frame: a ``cmd``, or the acknowledgement of one, which has a ``code`` in its place."""

    cmd: str
    req_id: str
    body: Mapping[str, Any]
    code: int | None = None

    @property
    def event(self) -> str:
        """Which event it brings; empty where it brings none."""
        told = self.body.get("event")
        return word(told.get("eventtype")) if isinstance(told, Mapping) else ""


def read_frame(text: str) -> Frame | None:
    """Read a frame; None where it is none at all."""
    try:
        read = json.loads(_UNREAD.sub("", text))
    except (ValueError, RecursionError):
        return None
    if not isinstance(read, dict):
        return None
    headers, body, code = read.get("headers"), read.get("body"), read.get("errcode")
    req_id = word(headers.get("req_id")) if isinstance(headers, dict) else ""
    is_code = isinstance(code, int) and not isinstance(code, bool)
    return Frame(
        word(read.get("cmd")), req_id, body if isinstance(body, dict) else {},
        code if is_code else None,
    )  # fmt: skip


def write_frame(cmd: str, req_id: str, body: Mapping[str, Any] | None = None) -> str:
    """Write a frame."""
    frame: dict[str, Any] = {"cmd": cmd, "headers": {"req_id": req_id}}
    return json.dumps(frame if body is None else {**frame, "body": body}, ensure_ascii=False)


def word(value: object) -> str:
    """Return a name; empty where it is none."""
    return value if isinstance(value, str) and len(value) <= _NAME_CHARS else ""
