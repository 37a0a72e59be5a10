"""Draws a card as the variables of DingTalk's one review template."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from cards.language import Card
from cards.render import text as twin
from cards.render.pen import first_bytes

GROUP_BYTES = 15_000
UNTAPPED: Mapping[str, str] = {"tapped": "false"}


class Manifest(NamedTuple):
    """What a template must have so that the drawings fit it."""

    variables: tuple[dict[str, Any], ...]

    def to_json(self, template_id: str) -> dict[str, Any]:
        """Return JSON data to register with an emulator."""
        return {"id": template_id, "variables": [*self.variables]}


REVIEW = Manifest(
    (
        {"name": "title"},
        {"name": "body"},
        {"name": "buttons", "type": "array"},
        {"name": "done"},
        {"name": "lastMessage"},
        {"name": "tapped", "type": "boolean", "private": True},
    )
)


class Drawn(NamedTuple):
    """A card as DingTalk shows it."""

    texts: tuple[str, ...]
    params: dict[str, str]
    notice: str


def render(card: Card) -> Drawn:
    """Return the card's variables, and texts to go before where a value would not fit."""
    rows = [{"key": b.tap.to_key(), "text": b.text} for b in card.buttons if b.tap]
    whole = plain(twin.render(card))
    body = first_bytes(card.body, 1000)
    params = {
        "title": card.title, "body": body, "done": card.done, "lastMessage": card.title,
        "buttons": json.dumps([] if card.done else rows, ensure_ascii=False),
    }  # fmt: skip
    return Drawn(() if body == card.body else (whole,), params, card.title)


def plain(text: str) -> str:
    """Return ``text`` such that nothing of it is markdown, link or mention."""
    return text.replace("[", "［").replace("@", "＠")


def group_markdown(what: Card | str) -> tuple[str, str]:
    """Return title and text of what a group is sent."""
    whole = plain(what if isinstance(what, str) else twin.render(what)) or "—"
    return whole.split("\n", 1)[0][:20], first_bytes(whole, GROUP_BYTES // 3)
