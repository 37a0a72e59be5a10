"""Turns what DingTalk brings into events (robot-message-type, event-callback-card)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

import structlog

from bot.channels.base import FREE, Meter
from bot.channels.cleaning import clean
from bot.channels.dingtalk.frames import read_object
from cards.language import Tap
from handlers.events import (
    Addressed,
    Event,
    GroupChanged,
    Ignored,
    Said,
    SentFile,
    Tapped,
)
from storage.rules.quotas import Resource

log = structlog.get_logger()

_KIND_CHARS = 40
_ACCOUNT_CHARS = 64
_CODE_CHARS = 4096
_KEY_CHARS = 1024
_TRACK_CHARS = 100
_MOST_PICTURES = 9
_MOST_QUESTIONS = 40
_MOST_CHOICES = 100
# More than any answer may have: who reads it says so, and nothing of it is kept.
_WORDS_CHARS = 6000
_NO_QUOTA = 20001
# Those of the address book cost nothing (list of events not included).
_FREE_EVENTS = ("user_", "org_dept_")
_TITLE_CHARS = 60
_CONVERSATION = re.compile(r"[0-9A-Za-z_=+/$:-]{4,128}")
_DISSOLVED, _RENAMED = "chat_disband", "chat_update_title"

GROUP_PREFIX: Final = "dingtalk:"
"""Begins the address of a group that the robot itself is in; a custom robot's has none."""
PLACE: Final = "dingtalk-group"
"""What the roster calls such an address (design 2.6)."""
_FILES: Final = {"picture": "image", "audio": "voice", "video": "video", "file": "file"}


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads for one application. ``corp_id`` may be empty where it is not known.

    ``can_fill``: there is a card template, so that a whole form can be put.
    """

    instance: str
    corp_id: str = ""
    meter: Meter = FREE
    can_fill: bool = False

    def message(self, raw: str | bytes, now: datetime) -> tuple[Event, ...]:
        """Return what a robot message says: one event, and one more for each further picture.

        What is not understood is ``Ignored``, never an error.
        """
        message = read_object(raw)
        if message is None:
            return (Ignored(digest(raw), self.instance, "", now, kind="unreadable", units=1),)
        account = _text(message.get("senderStaffId"))
        key = _key("m", message.get("msgId")) or digest(raw)
        bare = Ignored(
            key,
            self.instance,
            account[:_ACCOUNT_CHARS],
            _instant(message.get("createAt")) or now,
            can_fill=self.can_fill,
            kind=_kind(message.get("msgtype")),
            units=1,
        )
        if _is_spent(message):
            return (self._spent(bare),)
        if self._is_foreign(message.get("chatbotCorpId")) or len(account) > _ACCOUNT_CHARS:
            return (replace(bare, kind="foreign"),)
        if not account or _is_outside(message):
            return (replace(bare, kind="outsider"),)
        if message.get("conversationType") == "1":
            return _said(message, bare)
        return (_addressed(message, bare),)

    def tap(self, raw: str | bytes, key: str, headers: Mapping[str, Any], now: datetime) -> Event:
        """Return what a card callback says. ``key`` is its event key, ``headers`` its frame's."""
        callback = read_object(raw)
        sent_at = _instant(headers.get("time")) or now
        if callback is None:
            return Ignored(key, self.instance, "", sent_at, kind="unreadable", units=1)
        account = _text(callback.get("userId"))
        bare = Ignored(key, self.instance, account[:_ACCOUNT_CHARS], sent_at, kind="tap", units=1)
        if self._is_foreign(callback.get("corpId")) or len(account) > _ACCOUNT_CHARS:
            return replace(bare, kind="foreign")
        if not account or callback.get("userIdType") == 2:
            return replace(bare, kind="outsider")
        params = _params(callback)
        tap_key, track = params.get("key"), _text(callback.get("outTrackId"))
        choices = _choices(params.get("form"))
        if not isinstance(tap_key, str) or len(tap_key) > _KEY_CHARS or choices is None:
            return bare
        tap = Tap.from_key(tap_key, choices or None)
        if tap is None or not 0 < len(track) <= _TRACK_CHARS:
            return bare
        return Tapped(
            bare.key, self.instance, account, sent_at, can_fill=self.can_fill,
            tap=tap, copy_key=track, can_show=True, units=1,
        )  # fmt: skip

    def event(self, raw: str, headers: Mapping[str, Any], now: datetime) -> Event:
        """Return a platform event, under its own id: what becomes of a group, or ignored."""
        key = _key("v", headers.get("eventId")) or digest(raw)
        sent_at = _instant(headers.get("eventBornTime")) or now
        kind = _kind(headers.get("eventType"))
        units = 0 if kind.startswith(_FREE_EVENTS) else 1
        bare = Ignored(key, self.instance, "", sent_at, kind=kind, units=units)
        if self._is_foreign(headers.get("eventCorpId")):
            return replace(bare, kind="foreign")
        data = read_object(raw) or {}
        if _is_spent(data):
            return self._spent(bare)
        group = _group(data.get("openConversationId"))
        # An older way of the same event writes its fields with a capital.
        title = _title(data.get("title") or data.get("Title")) if kind == _RENAMED else ""
        if not group or not (title or kind == _DISSOLVED):
            return bare
        return GroupChanged(
            key, self.instance, "", sent_at, group=group, title=title,
            is_gone=kind == _DISSOLVED, units=units,
        )  # fmt: skip

    def _spent(self, bare: Ignored) -> Ignored:
        """Say loudly that from now on nobody is heard until the month ends."""
        log.error("monthly quota of the platform used up", code=_NO_QUOTA)
        self.meter.spent_up(Resource.UNIT)
        return replace(bare, kind="quota", units=0)

    def _is_foreign(self, corp_id: object) -> bool:
        return bool(self.corp_id) and bool(corp_id) and corp_id != self.corp_id


def out_track_id(raw: str | bytes) -> str:
    """Return which card a callback is of; empty where it does not say."""
    return _text((read_object(raw) or {}).get("outTrackId"))


def digest(*parts: str | bytes) -> str:
    """Return an event key for what brings none of its own."""
    hashed = hashlib.sha256()
    for part in parts:
        hashed.update(part.encode() if isinstance(part, str) else part)
        hashed.update(b"\n")
    return "e" + hashed.hexdigest()


def _addressed(message: Mapping[str, Any], bare: Ignored) -> Event:
    """Read what was said to the assistant in a group; files and pictures are nothing for one."""
    group = _group(message.get("conversationId"))
    is_group = message.get("conversationType") == "2" and message.get("isInAtList") is True
    if not group or not is_group:
        return replace(bare, kind="group")
    for said in _said(message, bare):
        if isinstance(said, Said):
            return Addressed(
                said.key, said.instance, said.account, said.sent_at, group=group, place=PLACE,
                title=_title(message.get("conversationTitle")), text=said.text, units=said.units,
            )  # fmt: skip
    return replace(bare, kind="group")


def _group(conversation: object) -> str:
    """Return a group's address, as the sender reads it; empty where it cannot be one."""
    name = _text(conversation)
    return f"{GROUP_PREFIX}{name}" if _CONVERSATION.fullmatch(name) else ""


def _title(name: object) -> str:
    return clean(_text(name), _TITLE_CHARS).replace("\n", " ")


def _said(message: Mapping[str, Any], bare: Ignored) -> tuple[Event, ...]:
    kind, content = _text(message.get("msgtype")), message.get("content")
    if kind == "text":
        return _typed(message, bare)
    if not isinstance(content, dict):
        return (bare,)
    if kind == "richText":
        return _rich(content.get("richText"), bare)
    if kind == "audio" and (heard := clean(_text(content.get("recognition")))):
        return (_words(bare, heard),)
    if kind in _FILES:
        return (_file(bare, content, _FILES[kind]) or bare,)
    return (bare,)


def _typed(message: Mapping[str, Any], bare: Ignored) -> tuple[Event, ...]:
    """Read typed words; one guide of the HTTP mode shows them bare (robot-receive-message)."""
    text = message.get("text")
    words = text.get("content") if isinstance(text, dict) else message.get("content")
    if not isinstance(words, str):
        return (bare,)
    return (_words(bare, clean(words)),)


def _rich(parts: object, bare: Ignored) -> tuple[Event, ...]:
    """Read words and pictures sent in one: the words first, whatever stood between them.

    Of more pictures than are taken at one go the last one taken says so.
    """
    given = [one for one in parts if isinstance(one, dict)] if isinstance(parts, list) else []
    words = clean("".join(_text(one.get("text")) for one in given))
    events: list[Event] = [_words(bare, words)] if words else []
    found = (_file(bare, one, "image") for one in given if one.get("type") == "picture")
    pictures = [one for one in found if one is not None]
    for at, picture in enumerate(pictures[:_MOST_PICTURES], start=1):
        number = f".{len(events)}" if events else ""
        units = 0 if events else bare.units  # it came in one push
        is_last = at == _MOST_PICTURES < len(pictures)
        most = _MOST_PICTURES if is_last else 0
        events.append(replace(picture, key=f"{bare.key}{number}", units=units, most=most))
    return tuple(events) or (bare,)


def _words(bare: Ignored, text: str) -> Said:
    return Said(
        bare.key, bare.instance, bare.account, bare.sent_at, can_fill=bare.can_fill, text=text,
        units=bare.units,
    )  # fmt: skip


def _file(bare: Ignored, content: Mapping[str, Any], kind: str) -> SentFile | None:
    media = _text(content.get("downloadCode")) or _text(content.get("pictureDownloadCode"))
    if not media or len(media) > _CODE_CHARS:
        return None
    name = clean(_text(content.get("fileName")), 200).replace("\n", " ")
    return SentFile(
        bare.key, bare.instance, bare.account, bare.sent_at, media=media, kind=kind, name=name,
        units=bare.units,
    )  # fmt: skip


def _params(callback: Mapping[str, Any]) -> Mapping[str, Any]:
    """Find the parameters of a tap in the spellings that occur (reference 5.4)."""
    content = _object(callback.get("content")) or _object(callback.get("value"))
    pressed = _object(content.get("cardPrivateData"))
    return _object(pressed.get("params")) or _object(content.get("params"))


def _object(value: object) -> Mapping[str, Any]:
    if isinstance(value, str):
        return read_object(value) or {}
    return value if isinstance(value, dict) else {}


def _choices(form: object) -> dict[str, tuple[str, ...]] | None:
    """Return entry to what was written or chosen there; None where it is beyond all bounds."""
    answers = _object(form)
    if len(answers) > _MOST_QUESTIONS or any(len(one) > _KEY_CHARS for one in answers):
        return None
    choices = {}
    for question, answer in answers.items():
        if isinstance(answer, dict | list):
            chosen = _options(answer.get("value") if isinstance(answer, dict) else answer)
            if len(chosen) > _MOST_CHOICES or any(len(one) > _KEY_CHARS for one in chosen):
                return None
        else:
            chosen = tuple(words for words in (_entered(answer),) if words)
        choices[question] = chosen
    return choices


def _options(value: object) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    return tuple(one for one in values if isinstance(one, str) and one)


def _entered(value: object) -> str:
    """Read what was written in a field: words, a number, a date, or a tick."""
    if isinstance(value, bool):
        return "true" if value else ""
    if isinstance(value, int | float):
        return f"{value:.15g}"
    return clean(_text(value), _WORDS_CHARS)


def _is_spent(message: Mapping[str, Any]) -> bool:
    codes = (message.get("errorCode"), message.get("errCode"))
    return any(str(code) == str(_NO_QUOTA) for code in codes)


def _is_outside(message: Mapping[str, Any]) -> bool:
    theirs, ours = message.get("senderCorpId"), message.get("chatbotCorpId")
    return bool(theirs) and bool(ours) and theirs != ours


def _key(mark: str, name: object) -> str:
    return f"{mark}{name}" if isinstance(name, str) and 0 < len(name) <= 200 else ""


def _instant(stamp: object) -> datetime | None:
    """Read milliseconds, written as a number or as a string."""
    text = str(stamp)
    if not (text.isascii() and text.isdecimal() and len(text) <= 14):
        return None
    return datetime.fromtimestamp(int(text) / 1000, UTC)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _kind(name: object) -> str:
    return clean(_text(name) or "unknown", _KIND_CHARS)
