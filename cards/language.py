"""The words every card is made of: data in, drawn later by a platform's renderer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Tap:
    """What a tapped button says: a verb, the row it speaks of, and the version that was seen.

    ``choices`` is filled by the channel from what was chosen and written on the card: the key of a
    select or an entry to the keys of the chosen options, or to the words. A tap carries no
    authority: who may do what is decided when the tap commits.
    """

    verb: str
    subject: str = ""
    seen: int = 0
    choices: Mapping[str, tuple[str, ...]] | None = None

    def to_key(self) -> str:
        """Write the tap as a button's key, at most 1024 bytes on any platform."""
        return f"{self.verb}|{self.subject}|{self.seen}"

    @classmethod
    def from_key(cls, key: str, choices: Mapping[str, tuple[str, ...]] | None = None) -> Tap | None:
        """Read a button's key; None where it was not written by ``to_key``."""
        parts = key.split("|")
        if len(parts) != 3 or not parts[0] or not parts[2].isdecimal() or len(parts[2]) > 9:
            return None
        return cls(parts[0], parts[1], int(parts[2]), choices)


class Fact(NamedTuple):
    """One labelled line. ``name`` at most 5 characters reads well on every platform."""

    name: str
    value: str


class Button(NamedTuple):
    """A button: it taps, or where ``url`` is given it opens a page.

    ``tone`` is ``main``, ``plain`` or ``warn``. A text of at most 10 characters fits everywhere.
    """

    text: str
    tap: Tap | None = None
    url: str = ""
    tone: str = "plain"


class Option(NamedTuple):
    """One option of a ``Select`` or an ``Entry``; ``key`` comes back in ``Tap.choices``."""

    key: str
    text: str
    chosen: bool = False


class Select(NamedTuple):
    """A choice inside a card, sent off by the card's first button.

    ``many`` allows several. One card holds either one ``many`` select or up to three single ones.
    """

    key: str
    title: str
    options: tuple[Option, ...]
    many: bool = False


class EntryKind(StrEnum):
    """How an entry is filled in."""

    TEXT = "text"
    LONG = "long"
    NUMBER = "number"
    DATE = "date"
    ONE = "one"
    SEVERAL = "several"


class Entry(NamedTuple):
    """One item of a form that is filled in on the card, sent off by the card's first button.

    ``value`` is what stands in it already, a date as 2026-09-01; of ``options`` see ``chosen``.
    Nothing of a value is ever cut, for it comes back as an answer. Only what is ``required`` keeps
    the form from being sent off while it is empty. What is ``spare`` nobody asks for: it is the
    first to go where a form has no room for all, then what is answered already.
    """

    key: str
    label: str
    kind: EntryKind = EntryKind.TEXT
    value: str = ""
    hint: str = ""
    required: bool = False
    options: tuple[Option, ...] = ()
    spare: bool = False

    @property
    def is_answered(self) -> bool:
        """Tell whether something stands in it."""
        return bool(self.value) or any(option.chosen for option in self.options)


@dataclass(frozen=True, slots=True)
class Card:
    """Everything a person sees at once, free of any platform's words.

    ``case`` is the 办件号 (shown on every card that has one), ``lead`` one line under the title,
    ``body`` the running text, ``done`` the grey words where the buttons were (such a card has no
    live buttons). ``subject`` names the row whose live copies this card is: a later
    ``refresh`` of the same subject redraws them all. ``page`` is a link to the whole of it.
    ``entries`` make the card a form (it has no selects then): only for a conversation that can
    fill it in, see ``handlers.events.Event.can_fill``.
    """

    title: str
    case: str = ""
    lead: str = ""
    body: str = ""
    facts: tuple[Fact, ...] = ()
    selects: tuple[Select, ...] = ()
    buttons: tuple[Button, ...] = ()
    done: str = ""
    subject: str = ""
    page: str = ""
    page_text: str = "查看全文"
    entries: tuple[Entry, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data that ``from_json`` reads back, with the schema's version."""
        return {
            "v": SCHEMA,
            "title": self.title,
            "case": self.case,
            "lead": self.lead,
            "body": self.body,
            "facts": [[fact.name, fact.value] for fact in self.facts],
            "selects": [[s.key, s.title, s.many, _rows(s.options)] for s in self.selects],
            "buttons": [
                [b.text, b.tap.to_key() if b.tap else "", b.url, b.tone] for b in self.buttons
            ],
            "done": self.done,
            "subject": self.subject,
            "page": self.page,
            "page_text": self.page_text,
            "entries": [
                [
                    e.key,
                    e.label,
                    e.kind.value,
                    e.value,
                    e.hint,
                    e.required,
                    _rows(e.options),
                    e.spare,
                ]
                for e in self.entries
            ],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Card:
        """Read what ``to_json`` wrote.

        Raises:
            ValueError: written by a newer version of the program.
        """
        if data.get("v") != SCHEMA:
            raise ValueError(f"card schema {data.get('v')!r} is not {SCHEMA}")
        return cls(
            title=data["title"],
            case=data["case"],
            lead=data["lead"],
            body=data["body"],
            facts=tuple(Fact(name, value) for name, value in data["facts"]),
            selects=tuple(
                Select(key, title, _options(options), many)
                for key, title, many, options in data["selects"]
            ),
            buttons=tuple(
                Button(text, Tap.from_key(key) if key else None, url, tone)
                for text, key, url, tone in data["buttons"]
            ),
            done=data["done"],
            subject=data["subject"],
            page=data["page"],
            page_text=data["page_text"],
            # Rows that were written before there were forms have none.
            entries=tuple(
                Entry(key, label, EntryKind(kind), value, hint, required, _options(options), *spare)
                for key, label, kind, value, hint, required, options, *spare in data.get(
                    "entries", ()
                )
            ),
        )


def _rows(options: Iterable[Option]) -> list[list[Any]]:
    return [[one.key, one.text, one.chosen] for one in options]


def _options(rows: Iterable[Any]) -> tuple[Option, ...]:
    return tuple(Option(*row) for row in rows)
