"""The frames of the stream, and what is wrong with an acknowledgement."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ROBOT_TOPIC = "/v1.0/im/bot/messages/get"
CARD_TOPIC = "/v1.0/card/instances/callback"
CALLBACK_TOPICS = frozenset(
    {ROBOT_TOPIC, CARD_TOPIC, "/v1.0/im/bot/messages/delegate", "/v1.0/graph/api/invoke"}
)
EVENT_STATUSES = frozenset({"SUCCESS", "LATER"})
JSON_TYPE = "application/json"


@dataclass(slots=True, eq=False)
class Frame:
    """One frame as it went out, and whether its acknowledgement is in."""

    kind: str
    topic: str
    message_id: str
    data: str
    acked: bool = False


@dataclass(slots=True, eq=False)
class Ack:
    """An acknowledgement as it came in. ``wrong`` says what is wrong with it."""

    message_id: str = ""
    code: int = 0
    data: Any = None
    wrong: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether it counts."""
        return not self.wrong


def read_ack(text: str) -> Ack:
    """Read an acknowledgement and collect what is wrong with its shape."""
    ack = Ack()
    try:
        read = json.loads(text)
    except ValueError:
        ack.wrong.append("an acknowledgement is a JSON object")
        return ack
    if not isinstance(read, dict):
        ack.wrong.append("an acknowledgement is a JSON object")
        return ack
    headers = read.get("headers")
    headers = headers if isinstance(headers, dict) else {}
    message_id = headers.get("messageId")
    if isinstance(message_id, str):
        ack.message_id = message_id
    code = read.get("code")
    if isinstance(code, int) and not isinstance(code, bool):
        ack.code = code
    else:
        ack.wrong.append("code must be an integer")
    if headers.get("contentType") != JSON_TYPE:
        ack.wrong.append(f"headers.contentType must be {JSON_TYPE}")
    if not isinstance(read.get("data"), str):
        ack.wrong.append("data must be a string")
        return ack
    try:
        ack.data = json.loads(read["data"])
    except ValueError:
        ack.wrong.append("data must hold JSON")
    return ack


def check_ack(ack: Ack, frame: Frame) -> None:
    """Add what is wrong with an acknowledgement of this very frame."""
    data = ack.data if isinstance(ack.data, Mapping) else {}
    if frame.kind == "EVENT" and data.get("status") not in EVENT_STATUSES:
        ack.wrong.append("data of an event's acknowledgement has a status, SUCCESS or LATER")
    if frame.topic == "ping" and ack.data != json.loads(frame.data):
        ack.wrong.append("a ping is answered with the same opaque")
    if frame.topic == CARD_TOPIC and ack.code == 200:
        response = data.get("response")
        if "response" not in data or not isinstance(response, dict | None):
            ack.wrong.append("data of a card's acknowledgement has a response, an object or null")


def write_frame(frame: Frame, app_id: str, connection_id: str, ms: int, more: Any) -> str:
    """Return a frame as text. System frames have no ``specVersion``, ``disconnect`` no id."""
    headers = {
        "appId": app_id,
        "connectionId": connection_id,
        "contentType": JSON_TYPE,
        "messageId": frame.message_id,
        "time": str(ms),
        "topic": frame.topic,
        **more,
    }
    if frame.topic == "disconnect":
        del headers["messageId"]
    whole: dict[str, Any] = {"type": frame.kind, "headers": headers, "data": frame.data}
    if frame.kind != "SYSTEM":
        whole = {"specVersion": "1.0", **whole}
    return json.dumps(whole, ensure_ascii=False)
