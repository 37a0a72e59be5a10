"""A form as data: what is asked, how an answer is read, shown, and offered to be tapped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple, Protocol

from cards.language import EntryKind
from storage.rules.office import OfficeRules
from storage.rules.terms import Kind, RuleViolationError, SchoolStage


class BadAnswerError(RuleViolationError):
    """The typed text is no answer; ``str`` of it is the sentence the person reads."""


class Colleague(NamedTuple):
    """Somebody of the school whom an answer may name."""

    id: str
    name: str


class Around(Protocol):
    """What surrounds an answer: the other answers, the office's rules, the day, the school.

    ``staff``, ``phone_of`` and ``levels`` read the directory: ask only where an answer needs them.
    """

    answers: dict[str, Any]

    @property
    def rules(self) -> OfficeRules: ...
    @property
    def today(self) -> date: ...
    @property
    def me(self) -> Colleague: ...
    @property
    def in_school(self) -> bool: ...
    def staff(self) -> Sequence[Colleague]: ...
    def phone_of(self, person_id: str) -> str: ...
    def levels(self) -> tuple[SchoolStage, ...]: ...


Parser = Callable[[str, Around], Any]
Condition = Callable[[Around], bool]


class Pick(NamedTuple):
    """One thing to choose; tapping it is the same as typing ``text``. ``key`` names it."""

    key: str
    text: str


Offer = tuple[Pick, ...] | Callable[[Around], tuple[Pick, ...]]


class Apart(NamedTuple):
    """Options of a list of which exactly one holds: those whose keys begin with ``prefix``.

    On a form they are an entry of their own, so that nobody overlooks them among the others.
    """

    prefix: str
    label: str


class Choices(NamedTuple):
    """One of a few buttons. Where ``many``, a list to tick. Anything typed is read as well."""

    offer: Offer
    many: bool = False
    apart: Apart | None = None

    def picks(self, around: Around) -> tuple[Pick, ...]:
        """Return what is offered now."""
        return self.offer(around) if callable(self.offer) else self.offer


def always(_around: Around) -> bool:
    """Tell that a field belongs to every filing."""
    return True


def as_text(value: Any) -> str:
    """Show an answer that is its own text."""
    return str(value)


@dataclass(frozen=True, slots=True)
class Field:
    """One question of a form.

    ``parse`` reads typed text into a plain JSON value; ``show`` writes the value for people.
    ``names``: other labels under which a pasted form brings it. ``together``: fields asked in one
    question, so that one message may answer them all. ``resets``: answers that fall when this one
    changes. ``limit``: characters (字) above which nothing is cut but a way out is offered.
    ``secret`` values are sealed and shown masked. ``open_text``: any words are an answer.
    ``echo``: what was understood is said back with the next question. ``entry`` and ``hint``: how
    it is filled in on a form, where it is neither chosen nor long, and what stands there in grey.
    ``optional``: never asked for, taken where a message or 修改 brings it; ``offered``: a form has
    a place for it all the same.
    """

    key: str
    label: str
    question: str
    parse: Parser
    show: Callable[[Any], str] = as_text
    widget: Choices | None = None
    when: Condition = always
    clause: str = ""
    names: tuple[str, ...] = ()
    together: str = ""
    resets: tuple[str, ...] = ()
    limit: int = 0
    secret: bool = False
    open_text: bool = False
    echo: bool = False
    entry: EntryKind = EntryKind.TEXT
    hint: str = ""
    optional: bool = False
    offered: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """A list of fields in the order of asking, for one kind of filing.

    ``by_name`` holds them by every name that people call them, the longest names first.
    """

    matter: str
    title: str
    kind: Kind
    fields: tuple[Field, ...]
    by_key: Mapping[str, Field] = field(init=False)
    by_name: Mapping[str, tuple[Field, ...]] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_key", {one.key: one for one in self.fields})
        called: dict[str, list[Field]] = {}
        for one in self.fields:
            for name in (one.label, *one.names):
                called.setdefault(name, []).append(one)
        longest_first = sorted(called, key=len, reverse=True)
        by_name = {name: tuple(called[name]) for name in longest_first}
        object.__setattr__(self, "by_name", by_name)

    def next_open(self, around: Around) -> Field | None:
        """Return the first field that belongs to this filing and has no answer."""
        answers = around.answers
        for one in self.fields:
            if one.key not in answers and not one.optional and one.when(around):
                return one
        return None

    def relevant(self, around: Around) -> Iterator[Field]:
        """Give the fields that belong to this filing, answered or not."""
        return (one for one in self.fields if one.when(around))

    def group(self, key: str) -> tuple[Field, ...]:
        """Return the fields asked together with ``key``, itself among them."""
        asked = self.by_key[key]
        if not asked.together:
            return (asked,)
        return tuple(one for one in self.fields if one.together == asked.together)

    def name_at_start(self, text: str, around: Around) -> str:
        """Return the longest name of a field that ``text`` begins with; empty where none is."""
        for name, called in self.by_name.items():
            if text.startswith(name) and any(one.when(around) for one in called):
                return name
        return ""

    def named(self, label: str, around: Around) -> Field | None:
        """Find a field by what people call it: a whole name, or a part that only one has."""
        for one in self.by_name.get(label, ()):
            if one.when(around):
                return one
        for one in self.fields:
            names = (one.label, *one.names)
            if any(label in name or name in label for name in names) and one.when(around):
                return one
        return None
