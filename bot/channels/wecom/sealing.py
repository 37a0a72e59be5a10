"""What callbacks of WeCom and of official accounts share beside the cipher."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from urllib.parse import unquote

from aiohttp import web

from bot.channels.refusals import Refusals
from bot.channels.wecom.codec import CallbackCodec

XML = {"Content-Type": "application/xml; charset=utf-8"}
PLAIN = {"Content-Type": "text/plain; charset=utf-8"}


class Parameters:
    """Reads named parameters from a raw query, decoded once; one given twice counts not."""

    def __init__(self, *names: str) -> None:
        self._pattern = re.compile(rf"(?:^|&)({'|'.join(names)})=([^&]{{0,4096}})(?=&|$)")

    def of(self, request: web.Request) -> dict[str, str]:
        """Return what was given, nothing where a name was given twice."""
        _, _, query = request.raw_path.partition("?")
        given: dict[str, str] = {}
        for name, value in self._pattern.findall(query):
            if name in given:
                return {}
            given[name] = unquote(value) if "%" in value else value
        return given


def envelope(codec: CallbackCodec, reply: str, stamp: int) -> bytes:
    """Return a passive reply, sealed."""
    nonce = f"{random.getrandbits(64):x}"
    encrypted, signature = codec.seal(reply, str(stamp), nonce)
    return (
        f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt>"
        f"<MsgSignature><![CDATA[{signature}]]></MsgSignature>"
        f"<TimeStamp>{stamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
    ).encode()


def in_cdata(text: str) -> str:
    """Return ``text`` such that it does not end the section that it stands in."""
    return text.replace("]]>", "]]]]><![CDATA[>")


def refused(refusals: Refusals, error: Exception) -> web.StreamResponse:
    """Answer what every stranger gets, and close: nothing more of this line is read."""
    refusals.note(str(error))
    response = web.Response(status=403, body=b"forbidden", headers=PLAIN)
    response.force_close()
    return response


def all_given(given: dict[str, str], names: Sequence[str], signature: str) -> bool:
    """Say whether every name was given, and the signature has the form of one."""
    return all(name in given for name in names) and _SIGNED.fullmatch(given[signature]) is not None


_SIGNED = re.compile(r"[0-9a-f]{40}")
