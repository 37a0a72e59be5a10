"""Group robots: pushes to a work group by its address, which is a secret (D99110)."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from bot.channels.base import ChannelRefusedError
from bot.channels.wecom.api import errcode
from bot.channels.wecom.errors import Meaning, meaning, refusal
from bot.channels.wire import Wire

PATH = "/cgi-bin/webhook/send"
_KEY = re.compile(r"[0-9A-Za-z_-]{8,128}")


def key_of(address: str, base: str) -> str:
    """Return the key in a robot's address: the key itself, or a whole address on ``base``'s host.

    Raises:
        ChannelRefusedError: anything else; a roster must not make the bot call other hosts.
    """
    if _KEY.fullmatch(address):
        return address
    parts, ours = urlsplit(address), urlsplit(base)
    query = dict(parse_qsl(parts.query))
    same = (parts.scheme, parts.netloc.lower()) == (ours.scheme, ours.netloc.lower())
    if not same or not parts.path.endswith(PATH) or not _KEY.fullmatch(query.get("key", "")):
        raise ChannelRefusedError("webhook-address", person=True)
    return query["key"]


def image(content: bytes) -> dict[str, Any]:
    """Return the message that shows a picture of at most 2 MB in a group."""
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    return {"msgtype": "image", "image": {"base64": b64encode(content).decode(), "md5": md5}}


async def push(wire: Wire, key: str, body: Mapping[str, Any]) -> None:
    """Send one message to a group.

    The robot has no duplicate check: a ``ChannelBusyError`` that is ``unknown`` must not be
    followed by a second try without a person's word.
    """
    answer = await wire.ask("POST", PATH, {"key": key}, body=body)
    code = errcode(answer)
    if meaning(code) is not Meaning.OK:
        raise refusal(code, meaning(code))
