"""Traffic that no platform sends, or sends once only: for showing that it changes nothing."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

import aiohttp

from bot.sandbox.wecom.callback import Callbacks
from bot.sandbox.wecom.envelope import (
    Field,
    Sealed,
    encrypt,
    encrypt_padded_wrongly,
    seal,
    sign,
    to_xml,
)
from bot.sandbox.wecom.state import WeCom
from bot.sandbox.world import App, Member

_BOMB = (
    b'<!DOCTYPE xml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    b"<xml><Encrypt>&b;</Encrypt></xml>"
)
_HUGE_BYTES = 512 * 1024


@dataclass(frozen=True, slots=True)
class Plan:
    """What a forgery starts from: a genuine message, its app, the time and the dice."""

    app: App
    text: str
    at: int
    dice: Random

    def sealed(self, text: str | None = None, at: int | None = None) -> Sealed:
        """Return the genuine envelope, or one with another text or time."""
        return seal(self.app, text or self.text, at or self.at, self.dice)

    def signed(self, encrypted: str) -> Sealed:
        """Return an envelope whose signature is right whatever ``encrypted`` holds."""
        nonce = str(self.dice.randrange(10**9, 10**10))
        query = {
            "msg_signature": sign(self.app.token, str(self.at), nonce, encrypted),
            "timestamp": str(self.at),
            "nonce": nonce,
        }
        outer: list[tuple[str, Field]] = [("ToUserName", self.app.corp_id), ("Encrypt", encrypted)]
        return Sealed(query, to_xml(outer).encode())


def _bad_signature(plan: Plan) -> Sealed:
    good = plan.sealed()
    return Sealed({**good.query, "msg_signature": "0" * 40}, good.body)


def _no_signature(plan: Plan) -> Sealed:
    good = plan.sealed()
    return Sealed({"timestamp": good.query["timestamp"]}, good.body)


def _junk(plan: Plan) -> Sealed:
    return plan.signed(base64.b64encode(plan.dice.randbytes(64)).decode())


def _wrong_receive_id(plan: Plan) -> Sealed:
    return plan.signed(encrypt(plan.app, plan.text, "ww0000000000000000"))


def _bad_padding(plan: Plan) -> Sealed:
    return plan.signed(encrypt_padded_wrongly(plan.app, plan.text))


def _whole(body: bytes) -> Callable[[Plan], Sealed]:
    return lambda plan: Sealed(plan.sealed().query, body)


def _huge(plan: Plan) -> Sealed:
    return plan.sealed(plan.text.replace("</xml>", f"<Pad>{'x' * _HUGE_BYTES}</Pad></xml>"))


def _twice(plan: Plan) -> Sealed:
    double = "<FromUserName><![CDATA[somebody]]></FromUserName></xml>"
    return plan.sealed(plan.text.replace("</xml>", double))


FORGERIES: Mapping[str, Callable[[Plan], Sealed]] = {
    "bad_signature": _bad_signature,
    "no_signature": _no_signature,
    "wrong_receive_id": _wrong_receive_id,
    "bad_padding": _bad_padding,
    "junk": _junk,
    "bomb": _whole(_BOMB),
    "not_xml": _whole(b"\x00\xff not xml"),
    "empty": _whole(b"<xml/>"),
    "huge": _huge,
    "old": lambda plan: plan.sealed(at=plan.at - 86_400),
    "sender_twice": _twice,
    "inner_bomb": lambda plan: plan.sealed(_BOMB.decode()),
    "inner_empty": lambda plan: plan.sealed("<xml></xml>"),
    "unknown_type": lambda plan: plan.sealed(
        plan.text.replace("<![CDATA[text]]>", "<![CDATA[hologram]]>")
    ),
    "replay": lambda plan: plan.sealed(),
}


async def forge(
    wecom: WeCom, callbacks: Callbacks, app: App, member: Member, kind: str
) -> dict[str, Any]:
    """Send one forged callback and return ``{"statuses": [...], "bytes": [...]}``.

    ``replay`` is a genuine message sent twice with the same bytes; its two answers are returned.
    """
    now = int(wecom.box.now().timestamp())
    fields: list[tuple[str, Field]] = [
        ("ToUserName", app.corp_id),
        ("FromUserName", member.userid),
        ("CreateTime", now),
        ("MsgType", "text"),
        ("Content", "你好"),
        ("MsgId", wecom.next_msg_id()),
        ("AgentID", app.agent_id),
    ]
    sealed = FORGERIES[kind](Plan(app, to_xml(fields), now, wecom.box.dice))
    statuses: list[int | None] = []
    sizes: list[int] = []
    for _ in range(2 if kind == "replay" else 1):
        try:
            status, body = await callbacks.post(app, sealed, wecom.box.limits.answer_seconds)
        except (TimeoutError, aiohttp.ClientError, OSError):
            statuses.append(None)
        else:
            statuses.append(status)
            sizes.append(len(body))
    wecom.box.journal.note("forged", what=kind, statuses=statuses)
    return {"statuses": statuses, "bytes": sizes}
