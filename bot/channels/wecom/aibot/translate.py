"""Turns what the 智能机器人 is told into events (D100719, D101027)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from bot.channels.cleaning import clean
from bot.channels.wecom.aibot.frames import EVENT, Frame, word
from handlers.events import Addressed, Event, Ignored

GROUP_PREFIX: Final = "aibot:"
"""Begins the address of a group that the robot itself is in."""
PLACE: Final = "wecom-aibot"
"""What such an address is called in the directory."""
_ACCOUNT_CHARS = 64
_KEY_CHARS = 128
_KIND_CHARS = 40
_CHAT = re.compile(r"[0-9A-Za-z_=+/$:@.-]{1,120}")
_MENTION = re.compile(r"(?:^|(?<=\s))@\S+")


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads for one robot. ``home`` is the channel of the application that talks to people alone,
    ``name`` the robot's in groups, needed only where it holds a blank."""

    instance: str
    home: str
    bot_id: str
    name: str = ""

    def event(self, frame: Frame, now: datetime) -> Event:
        """Return what a callback says. What is not understood is ``Ignored``, never an error.

        The platform writes no time on it.
        """
        body = frame.body
        sender = body.get("from")
        account = word(sender.get("userid")) if isinstance(sender, Mapping) else ""
        kind = frame.event if frame.cmd == EVENT else word(body.get("msgtype"))
        bare = Ignored(
            _key(body), self.instance, account[:_ACCOUNT_CHARS], now,
            kind=clean(kind or "unknown", _KIND_CHARS),
        )  # fmt: skip
        if body.get("aibotid") not in (None, self.bot_id):
            return replace(bare, kind="foreign")
        words = None if frame.cmd == EVENT else _words(kind, body)
        if words is None or not 0 < len(account) <= _ACCOUNT_CHARS:
            return bare
        chat, is_group = word(body.get("chatid")), body.get("chattype") == "group"
        if is_group and not _CHAT.fullmatch(chat):
            return replace(bare, kind="group")
        text = clean(words)
        return Addressed(
            bare.key, self.instance, account, now,
            group=f"{GROUP_PREFIX}{chat}" if is_group else "", place=PLACE,
            text=unmentioned(text, self.name) if is_group else text,
            can_answer=True, home=self.home,
        )  # fmt: skip


def unmentioned(text: str, name: str) -> str:
    """Return what was said without who it was said to, and without anybody else's name.

    The platform leaves the mention in the text and does not say where the name ends.
    """
    if name:
        text = text.replace(f"@{name}", " ")
    return _MENTION.sub("", text).strip()


def _words(kind: str, body: Mapping[str, Any]) -> str | None:
    """Return what was typed or understood from speech; None where there were no words.

    A quoted message is somebody else's, and is not read.
    """
    part = body.get(kind)
    if not isinstance(part, Mapping):
        return None
    if kind in ("text", "voice"):
        words = part.get("content")
        return words if isinstance(words, str) else None
    items = part.get("msg_item") if kind == "mixed" else None
    given = items if isinstance(items, list) else []
    texts = [one.get("text") for one in given if isinstance(one, Mapping)]
    found = [one.get("content") for one in texts if isinstance(one, Mapping)]
    words_found = [one for one in found if isinstance(one, str)]
    return " ".join(words_found) if words_found else None


def _key(body: Mapping[str, Any]) -> str:
    """Return the event key; what brings none has one by its content."""
    name = word(body.get("msgid"))
    if 0 < len(name) <= _KEY_CHARS:
        return f"m{name}"
    return "e" + hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
