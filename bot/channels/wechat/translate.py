"""Turns an authentic message of an official account into an event."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from bot.channels.cleaning import clean
from bot.channels.wecom.envelope import EnvelopeError, read
from handlers.events import Event, Ignored, Joined, Said, SentFile
from storage.questions import Asked

# What verified accounts may send after a message, and after a tap or a new follower.
ANSWERS, ANSWERED_FOR = 5, timedelta(hours=48)
BRIEF_ANSWERS, BRIEFLY = 3, timedelta(minutes=1)
_FILES = frozenset({"image", "voice", "video", "shortvideo"})
_NAMES = {"shortvideo": "video"}
_CHARS = 64
_MEDIA_CHARS = 512
_KIND_CHARS = 40
_EVENT_KEY = ("FromUserName", "CreateTime", "Event", "EventKey")


class Heard(NamedTuple):
    """What a message says, by which name it called us, and what it lets us send."""

    event: Event
    called: str
    asked: Asked | None = None


def translate(xml: str, *, instance: str, now: datetime) -> Heard:
    """Return what a decrypted message says; what is not understood is ``Ignored``."""
    try:
        fields = read(xml).fields
    except EnvelopeError:
        return Heard(Ignored(_digest(xml), instance, "", now, kind="unreadable"), "")
    account, called = fields.get("FromUserName", ""), fields.get("ToUserName", "")
    when = _sent_at(fields.get("CreateTime", "")) or now
    what = fields.get("Event") or fields.get("MsgType") or "unknown"
    kind = clean(what, _KIND_CHARS)
    bare = Ignored(_key(fields, xml), instance, account[:_CHARS], when, kind=kind)
    if not 0 < len(account) <= _CHARS or not 0 < len(called) <= _CHARS:
        return Heard(bare, "")
    event = _event(fields, bare) if fields.get("MsgType") == "event" else _message(fields, bare)
    return Heard(event, called, _asked(event, bare, fields))


def _event(fields: Mapping[str, str], bare: Ignored) -> Event:
    name = fields.get("Event", "").lower()
    at = (bare.key, bare.instance, bare.account, bare.sent_at, True)
    if name == "click":
        return Said(*at, text=clean(fields.get("EventKey", "")), carries_all=True)
    if name != "subscribe":
        return bare
    # By a code with a parameter the platform says qrscene_ before it.
    context = clean(fields.get("EventKey", ""), _CHARS).removeprefix("qrscene_")
    return Joined(*at, context=context, carries_all=True)


def _message(fields: Mapping[str, str], bare: Ignored) -> Event:
    at = (bare.key, bare.instance, bare.account, bare.sent_at, True)
    kind = fields.get("MsgType", "")
    if kind == "text":
        return Said(*at, text=clean(fields.get("Content", "")), carries_all=True)
    if kind == "voice" and (heard := clean(fields.get("Recognition", ""))):
        return Said(*at, text=heard, carries_all=True)
    # By its id alone: ``PicUrl`` is an address that anybody might write.
    media = fields.get("MediaId", "")
    if kind in _FILES and 0 < len(media) <= _MEDIA_CHARS:
        return SentFile(*at, media=media, kind=_NAMES.get(kind, kind), carries_all=True)
    return bare


def _asked(event: Event, bare: Ignored, fields: Mapping[str, str]) -> Asked | None:
    if fields.get("MsgType") != "event":
        return Asked(bare.account, bare.key, bare.sent_at + ANSWERED_FOR, ANSWERS)
    if event is bare:
        return None
    return Asked(bare.account, bare.key, bare.sent_at + BRIEFLY, BRIEF_ANSWERS, brief=True)


def _key(fields: Mapping[str, str], xml: str) -> str:
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
