"""The stream's frames: read without trust, and what is said back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import orjson

ROBOT_TOPIC: Final = "/v1.0/im/bot/messages/get"
CARD_TOPIC: Final = "/v1.0/card/instances/callback"
OK, BAD_REQUEST, NOT_FOUND, INTERNAL = 200, 400, 404, 500
_MESSAGES: Final = {OK: "OK", BAD_REQUEST: "bad request", NOT_FOUND: "not found"}
_ID_CHARS = 200


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame. ``data`` is None where it is no string; ``message_id`` may be empty."""

    kind: str
    topic: str
    message_id: str
    data: str | None
    headers: dict[str, Any]


def read_frame(text: str) -> Frame | None:
    """Read a frame; None where it is none at all."""
    frame = read_object(text)
    headers = frame.get("headers") if frame is not None else None
    if frame is None or not isinstance(headers, dict):
        return None
    data = frame.get("data")
    return Frame(
        _word(frame.get("type")),
        _word(headers.get("topic")),
        _word(headers.get("messageId")),
        data if isinstance(data, str) else None,
        headers,
    )


def read_object(text: str | bytes | None) -> dict[str, Any] | None:
    """Read a JSON object; None where it is anything else."""
    try:
        read = orjson.loads(text or b"")
    except ValueError:
        return None
    return read if isinstance(read, dict) else None


def ack(frame: Frame, code: int, data: Any = None) -> str:
    """Write the acknowledgement of a frame; ``data`` is JSON data, or a string to echo as it is."""
    answer = {
        "code": code,
        "message": _MESSAGES.get(code, "internal error"),
        "headers": {"messageId": frame.message_id, "contentType": "application/json"},
        "data": data if isinstance(data, str) else orjson.dumps(data).decode(),
    }
    return orjson.dumps(answer).decode()


def _word(value: object) -> str:
    return value if isinstance(value, str) and len(value) <= _ID_CHARS else ""
