"""What stands on the phones after all the kills, held to what stands there after none."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from tests.crash.doomed import Doomed

Screens = dict[str, Counter[str]]
"""By person, every text on their phone and how often; numbers, days and links aside."""

_VARIES = re.compile(r"\d+|周[一二三四五六日]|https?://\S+")
_UNSEEN = frozenset({"key", "task_id", "url", "id", "question_key", "card_type", "type"})


async def screens(doomed: Doomed, people: Sequence[str]) -> Screens:
    """Return what the bot has put on these people's phones."""
    return {
        name: Counter(
            _VARIES.sub("#", " ".join(_read(one.get("card") or one.get("text", ""))))
            for one in await doomed.phones.bubbles(name)
            if one["side"] == "app"
        )
        for name in people
    }


def must_be_alike(shown: Counter[str], expected: Counter[str], *, lost: int) -> None:
    """Hold one phone to what it shows undisturbed, but for one trace that a kill may leave.

    Of a card whose receipt was ``lost`` the bot has no code to redraw it by: it stays as it was,
    and a fresh message says what became of it.
    """
    rest = Counter(shown)
    fresh = {text: _drawn_as(text, expected) for text in rest if text not in expected}
    fresh = {text: card for text, card in fresh.items() if card}
    for text, card in fresh.items():
        rest[card] += rest.pop(text)
    assert expected - rest == Counter(), ("lost", expected - rest, rest - expected)
    overtaken = rest - expected
    assert not set(overtaken) & set(expected), ("doubled", overtaken)
    assert overtaken.total() == len(fresh) <= lost, (overtaken, fresh)


def _drawn_as(text: str, cards: Collection[str]) -> str:
    """Return the one of ``cards`` that says what a plain message says; empty where none does."""
    heading, *words = text.replace("办件号", " ").replace("：", " ").split()
    return next(
        (card for card in cards if card.split()[0] == heading and set(words) <= set(card.split())),
        "",
    )


def _read(value: Any) -> Iterator[str]:
    """Give what a person reads in a card or a text, without its ids, keys and addresses."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name not in _UNSEEN:
                yield from _read(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _read(inner)
