"""Turns an authentic WeCom message into an event (D90239, D90240)."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.channels.cleaning import clean
from bot.channels.wecom.envelope import EnvelopeError, Inner, read
from bot.channels.wecom.messages import typed
from cards.language import Tap
from handlers.events import Event, Ignored, Joined, Said, SentFile, Tapped

FRESH = timedelta(minutes=10)
_FILES = frozenset({"image", "file", "voice", "video", "shortvideo"})
_JOINS = frozenset({"enter_agent", "subscribe"})
_CARD_TAPS = frozenset({"template_card_event", "template_card_menu_event"})
_KIND_CHARS = 40
_ACCOUNT_CHARS = 64
_MEDIA_CHARS = 512
_CODE_CHARS = 1024
_EVENT_KEY = ("FromUserName", "CreateTime", "Event", "EventKey", "TaskId", "ResponseCode")


def translate(xml: str, *, instance: str, agent_id: int, now: datetime) -> Event:
    """Return what a decrypted message says; what is not understood is ``Ignored``, never an error.

    A tap is fresh for ten minutes by the message's own time stamp: the platform retries within
    seconds, so an older one is a replay and comes back as ``Ignored("stale")``. Messages are taken
    whatever their age, so that what was typed during an outage is not lost.
    """
    try:
        inner = read(xml)
    except EnvelopeError:
        return Ignored(_digest(xml), instance, "", now, kind="unreadable")
    fields = inner.fields
    account = fields.get("FromUserName", "")
    sent_at = _sent_at(fields.get("CreateTime", ""))
    key = _key(fields, xml)
    when = sent_at or now
    agent = fields.get("AgentID", "")
    if len(account) > _ACCOUNT_CHARS or (agent and agent != str(agent_id)):
        return Ignored(key, instance, account[:_ACCOUNT_CHARS], when, kind="foreign")
    message = typed(fields)
    what = message.event if message.type == "event" else message.type
    if account and what == "text":
        return Said(key, instance, account, when, True, text=clean(message.content or ""))
    if account and what == "click":
        return Said(key, instance, account, when, True, text=clean(message.key or ""))
    bare = Ignored(key, instance, account, when, kind=_name(fields))
    if not account:
        return bare
    if what in _FILES:
        return _file(message, bare)
    if what in _JOINS:
        return Joined(key, instance, account, when, what == "enter_agent")
    if what in _CARD_TAPS:
        if sent_at is None or abs(now - sent_at) > FRESH:
            return replace(bare, kind="stale")
        return _tap(message, inner, bare)
    return bare


def _file(message: Any, bare: Ignored) -> Event:
    media = message.media_id or ""
    if not media or len(media) > _MEDIA_CHARS:
        return bare
    kind = "video" if message.type == "shortvideo" else message.type
    name = clean((message.name or "") if kind == "file" else "", 200).replace("\n", " ")
    return SentFile(
        bare.key, bare.instance, bare.account, bare.sent_at, True, media=media, kind=kind, name=name
    )


def _tap(message: Any, inner: Inner, bare: Ignored) -> Event:
    tap = Tap.from_key(message.key or "", inner.selected or None)
    code = message.response_code or ""
    if tap is None or len(code) > _CODE_CHARS:
        return bare
    return Tapped(
        bare.key, bare.instance, bare.account, bare.sent_at,
        tap=tap, copy_key=message.task_id or "", redraw_code=code,
    )  # fmt: skip


def _key(fields: dict[str, str], xml: str) -> str:
    """Return what is the same in every copy of one message and in no other (D90238).

    Not the query's timestamp and nonce: the signature does not hold them in their places.
    """
    msg_id = fields.get("MsgId", "")
    if msg_id.isascii() and msg_id.isdecimal() and len(msg_id) <= 20 and "Event" not in fields:
        return f"m{msg_id}"
    if "Event" in fields and fields.get("FromUserName"):
        return _digest("|".join(fields.get(name, "") for name in _EVENT_KEY))
    return _digest(xml)


def _digest(text: str) -> str:
    return "e" + hashlib.sha256(text.encode()).hexdigest()


def _sent_at(stamp: str) -> datetime | None:
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= 11):
        return None
    return datetime.fromtimestamp(int(stamp), UTC)


def _name(fields: dict[str, str]) -> str:
    name = fields.get("Event") or fields.get("MsgType") or "unknown"
    return clean(name, _KIND_CHARS)
