"""Addresses that take a message without a token: custom robots, and replies to one message."""

from __future__ import annotations

import hmac
import json
import re
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import structlog

from bot.channels.base import FREE, ChannelBusyError, ChannelRefusedError, Meter
from bot.channels.dingtalk.blocks import Blocks
from bot.channels.dingtalk.errors import Meaning, is_counted, read_old, refusal
from bot.channels.wire import JSON_BYTES, Wire
from storage.rules.quotas import Resource

log = structlog.get_logger()

ROBOT_PATH = "/robot/send"
SESSION_PATH = "/robot/sendBySession"
QUOTA = "units"
_KEYS: Mapping[str, str] = {ROBOT_PATH: "access_token", SESSION_PATH: "session"}
_TOKEN = re.compile(r"[0-9A-Za-z_-]{8,128}")
_SESSION = re.compile(r"[0-9A-Za-z_+/=.%-]{8,512}")


class Hook(NamedTuple):
    """Where a message goes: the path on our own base, and the secret in its query."""

    path: str
    key: str

    @property
    def once(self) -> bool:
        """Say whether the platform knows a repeat by its ``msgUuid``: only robots do."""
        return self.path == ROBOT_PATH


def hook_of(address: str, base: str) -> Hook:
    """Read a robot's token, or a whole address of a robot or a session on ``base``'s host.

    Raises:
        ChannelRefusedError: anything else; neither a roster nor a message must make the bot call
            other hosts.
    """
    if _TOKEN.fullmatch(address):
        return Hook(ROBOT_PATH, address)
    try:
        parts, ours = urlsplit(address), urlsplit(base)
    except ValueError:
        raise ChannelRefusedError("webhook-address", person=True) from None
    same = (parts.scheme, parts.netloc.lower()) == (ours.scheme, ours.netloc.lower())
    path = parts.path.removeprefix(ours.path)
    key = dict(parse_qsl(parts.query)).get(_KEYS.get(path, ""), "")
    shape = _TOKEN if path == ROBOT_PATH else _SESSION
    if not same or path not in _KEYS or not shape.fullmatch(key):
        raise ChannelRefusedError("webhook-address", person=True)
    return Hook(path, key)


def signature(secret: str, timestamp: str) -> str:
    """Return what signs a timestamp in milliseconds (加签)."""
    signed = hmac.digest(secret.encode(), f"{timestamp}\n{secret}".encode(), "sha256")
    return b64encode(signed).decode()


def body_of(markdown: Mapping[str, str], uuid: str) -> dict[str, Any]:
    """Return a message that mentions nobody; ``uuid`` is what a repeat of it is known by."""
    return {"msgtype": "markdown", "markdown": markdown, "msgUuid": uuid}


async def push(
    wire: Wire, hook: Hook, body: Mapping[str, Any], *, secret: str, now: datetime,
    blocks: Blocks, meter: Meter = FREE,
) -> None:  # fmt: skip
    """Send one message to a group, which costs a unit. Raises the channel errors."""
    blocks.check(hook.path, QUOTA)
    query = {_KEYS[hook.path]: hook.key}
    if secret:
        stamp = str(int(now.timestamp() * 1000))
        query |= {"timestamp": stamp, "sign": signature(secret, stamp)}
    data = json.dumps(body, ensure_ascii=False).encode()
    name = hook.path.lstrip("/")
    try:
        reply = await wire.exchange("POST", hook.path, query, data=data, most=JSON_BYTES)
    except ChannelBusyError as error:
        if error.sent:
            meter.spend(Resource.UNIT, name)
        raise
    verdict = read_old(reply)
    if is_counted(verdict):
        meter.spend(Resource.UNIT, name)
    elif verdict.meaning is Meaning.MONTH:
        meter.spent_up(Resource.UNIT)
    if verdict.meaning is Meaning.OK:
        return
    log.warning("dingtalk robot refused", code=verdict.code, meaning=verdict.meaning.value)
    if verdict.meaning in (Meaning.MONTH, Meaning.ADDRESS):
        blocks.learn(hook.path, QUOTA, verdict)
    raise refusal(verdict)
