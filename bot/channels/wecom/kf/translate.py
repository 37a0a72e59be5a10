"""Turns an entry of sync_msg into an event, and into what it lets us answer (D94670)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from bot.channels.cleaning import clean
from cards.render.wecom_kf import tap_of
from handlers.events import Event, Ignored, Joined, Said, SentFile, Tapped
from storage.questions import Asked

CUSTOMER, SYSTEM = 3, 4
ANSWERED_FOR = timedelta(hours=48)
ANSWERS = 5
WELCOME_FOR = timedelta(seconds=20)
_FILES = frozenset({"image", "file", "voice", "video"})
_ACCOUNT_CHARS = 64
_KEY_CHARS = 128
_MEDIA_CHARS = 512
_CODE_CHARS = 256
_CONTEXT_CHARS = 128
_KIND_CHARS = 40


class Failure(NamedTuple):
    """A message of ours that was taken, and did not arrive."""

    msgid: str
    why: str


class Heard(NamedTuple):
    """What one entry says; nothing where it is none of ours."""

    event: Event | None = None
    asked: Asked | None = None
    failure: Failure | None = None


def translate(entry: Mapping[str, Any], *, instance: str, now: datetime) -> Heard:
    """Return what an entry of the list says.

    Only what a customer says is heard, and of the platform's own events the entry into the chat
    and a message that failed. What receptionists write is no business of ours. Nobody can be
    answered after 48 hours, so what is older is ignored.
    """
    origin, kind = entry.get("origin"), _text(entry, "msgtype")
    key, sent_at = _text(entry, "msgid"), _instant(entry.get("send_time"))
    if not 0 < len(key) <= _KEY_CHARS or origin not in (CUSTOMER, SYSTEM):
        return Heard()
    part = entry.get(kind)
    part = part if isinstance(part, Mapping) else {}
    account = _text(entry, "external_userid") or _text(part, "external_userid")
    when = sent_at or now
    if origin == SYSTEM:
        return _of_system(part, Ignored(key, instance, account[:_ACCOUNT_CHARS], when))
    bare = Ignored(key, instance, account[:_ACCOUNT_CHARS], when, kind=clean(kind, _KIND_CHARS))
    if not 0 < len(account) <= _ACCOUNT_CHARS:
        return Heard(_called(bare, "foreign"))
    if now - when >= ANSWERED_FOR:
        return Heard(_called(bare, "old"))
    return Heard(_said(kind, part, bare), Asked(account, key, when + ANSWERED_FOR, ANSWERS))


def _said(kind: str, part: Mapping[str, Any], bare: Ignored) -> Event:
    at = (bare.key, bare.instance, bare.account, bare.sent_at)
    if kind == "text":
        tap = tap_of(_text(part, "menu_id")) if part.get("menu_id") else None
        return Tapped(*at, tap=tap) if tap else Said(*at, text=clean(_text(part, "content")))
    media = _text(part, "media_id")
    if kind in _FILES and 0 < len(media) <= _MEDIA_CHARS:
        return SentFile(*at, media=media, kind=kind)
    return bare


def _of_system(part: Mapping[str, Any], bare: Ignored) -> Heard:
    name, code = _text(part, "event_type"), _text(part, "welcome_code")
    event = _called(bare, clean(name, _KIND_CHARS))
    if name == "msg_send_fail":
        return Heard(event, failure=Failure(_text(part, "fail_msgid"), str(part.get("fail_type"))))
    if name != "enter_session" or not bare.account:
        return Heard(event)
    context = clean(_text(part, "scene_param"), _CONTEXT_CHARS)
    at = (bare.key, bare.instance, bare.account, bare.sent_at)
    if not 0 < len(code) <= _CODE_CHARS:
        # Who comes back gets no code, and is not greeted again.
        return Heard(Joined(*at, context=context, is_known=True) if context else event)
    joined = Joined(*at, context=context)
    until = bare.sent_at + WELCOME_FOR
    return Heard(joined, Asked(bare.account, bare.key, until, welcome=code))


def _called(bare: Ignored, kind: str) -> Ignored:
    return Ignored(bare.key, bare.instance, bare.account, bare.sent_at, kind=kind)


def _text(part: Mapping[str, Any], name: str) -> str:
    value = part.get(name)
    return value if isinstance(value, str) else ""


def _instant(stamp: object) -> datetime | None:
    if not isinstance(stamp, int) or not 0 < stamp < 10**11:
        return None
    return datetime.fromtimestamp(stamp, UTC)
