"""Custom robots of groups: an address of its own for each, which takes a message without a token.

They are paced by what this process sent (``pacing.py``). Several processes that tell one group in
the same minute may send it 20 messages together; the platform then blocks the robot for ten
minutes, which is waited for, and nothing is lost.
"""

from __future__ import annotations

import hmac
import json
import re
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import structlog

from bot.channels.base import FREE, ChannelBusyError, ChannelRefusedError, Meter
from bot.channels.dingtalk.blocks import Blocks
from bot.channels.dingtalk.errors import Meaning, is_counted, read_old, refusal
from bot.channels.wire import JSON_BYTES, Wire
from storage.rules.quotas import Resource

log = structlog.get_logger()

ROBOT_PATH = "/robot/send"
QUOTA = "units"
_TOKEN = re.compile(r"[0-9A-Za-z_-]{8,128}")


def token_of(address: str, base: str) -> str:
    """Read a robot's token, or a whole address of a robot on ``base``'s host.

    Raises:
        ChannelRefusedError: anything else; no roster must make the bot call other hosts.
    """
    if _TOKEN.fullmatch(address):
        return address
    try:
        parts, ours = urlsplit(address), urlsplit(base)
    except ValueError:
        raise ChannelRefusedError("webhook-address", person=True) from None
    same = (parts.scheme, parts.netloc.lower()) == (ours.scheme, ours.netloc.lower())
    token = dict(parse_qsl(parts.query)).get("access_token", "")
    is_robot = same and parts.path == f"{ours.path}{ROBOT_PATH}"
    if not is_robot or not _TOKEN.fullmatch(token):
        raise ChannelRefusedError("webhook-address", person=True)
    return token


def signature(secret: str, timestamp: str) -> str:
    """Return what signs a timestamp in milliseconds (加签)."""
    signed = hmac.digest(secret.encode(), f"{timestamp}\n{secret}".encode(), "sha256")
    return b64encode(signed).decode()


def body_of(markdown: Mapping[str, str], uuid: str) -> dict[str, Any]:
    """Return a message that mentions nobody; ``uuid`` is what a repeat of it is known by."""
    return {"msgtype": "markdown", "markdown": markdown, "msgUuid": uuid}


async def push(
    wire: Wire, token: str, body: Mapping[str, Any], *, secret: str, now: datetime,
    blocks: Blocks, meter: Meter = FREE,
) -> None:  # fmt: skip
    """Send one message to a group, which costs a unit. Raises the channel errors."""
    blocks.check(ROBOT_PATH, QUOTA)
    query = {"access_token": token}
    if secret:
        stamp = str(int(now.timestamp() * 1000))
        query |= {"timestamp": stamp, "sign": signature(secret, stamp)}
    data = json.dumps(body, ensure_ascii=False).encode()
    name = ROBOT_PATH.lstrip("/")
    try:
        reply = await wire.exchange("POST", ROBOT_PATH, query, data=data, most=JSON_BYTES)
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
        blocks.learn(ROBOT_PATH, QUOTA, verdict)
    raise refusal(verdict)
