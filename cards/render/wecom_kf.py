"""Draws an answer as messages of 微信客服, as few as can be: one menu, or text (D94677)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from cards.language import Card, Tap
from cards.render import text as twin
from cards.render.pen import pieces
from cards.render.wecom import plain

Body = dict[str, Any]

TEXT_BYTES = 2048
HEAD_BYTES = 1024
ITEMS, ITEM_BYTES, ID_BYTES = 10, 128, 128
MAX_TEXTS = 4
_SPECIAL = re.compile(r"[^0-9A-Za-z]")
_CODED = re.compile(r"_([0-9a-f]{2})")


def render(what: Card | str, *, most: int = MAX_TEXTS) -> list[Body]:
    """Return the messages that say it, at most so many; usually one.

    A card with buttons is a menu where all of it fits into one, else its text twin, whose numbers
    can be typed.
    """
    if isinstance(what, Card) and (menu := _menu(what)) is not None:
        return [menu]
    words = what if isinstance(what, str) else twin.render(what, quote=plain)
    whole = plain(words) if isinstance(what, str) else words
    return [
        {"msgtype": "text", "text": {"content": piece}}
        for piece in pieces(whole or "—", max_bytes=TEXT_BYTES, most=most)
    ]


def menu_id(tap: Tap) -> str:
    """Write a tap in the letters that an item's id may have: digits, letters and ``_``."""
    return _SPECIAL.sub(
        lambda found: "".join(f"_{one:02x}" for one in found[0].encode()), tap.to_key()
    )


def tap_of(item: str) -> Tap | None:
    """Read what ``menu_id`` wrote; None where it was not."""
    try:
        data = _CODED.sub(lambda found: chr(int(found[1], 16)), item).encode("latin-1")
        return Tap.from_key(data.decode())
    except UnicodeError:
        return None


def _menu(card: Card) -> Body | None:
    items = [
        (menu_id(button.tap), plain(button.text)) for _, button in twin.numbered(card) if button.tap
    ]
    bare = replace(card, buttons=tuple(one for one in card.buttons if not one.tap))
    head = twin.render(bare, quote=plain)
    fits = (
        1 <= len(items) <= ITEMS
        and not card.selects
        and not card.entries
        and len(head.encode()) <= HEAD_BYTES
        and all(len(name) <= ID_BYTES for name, _ in items)
        and all(1 <= len(words.encode()) <= ITEM_BYTES for _, words in items)
    )
    if not fits:
        return None
    rows = [{"type": "click", "click": {"id": name, "content": words}} for name, words in items]
    return {"msgtype": "msgmenu", "msgmenu": {"head_content": head, "list": rows}}
