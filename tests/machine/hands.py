"""Doing one thing on both ledgers, and holding what came of it to the model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from typing import Any

from sqlalchemy import select

from cards.language import Card, Tap
from handlers.context import Carried
from handlers.events import Event, Said, Tapped, Uploaded
from storage import tables as t
from storage.transaction import Transaction
from tests.handlers.school import START
from tests.machine import picture
from tests.machine.model import Model
from tests.machine.picture import Picture, Shown
from tests.machine.place import Place

CODES = {"330302": "0302", "330300": "0300", "330303": "0303", "330329": "0329"}
Effect = Callable[[Model], bool]
Events = list[Event]


@dataclass(frozen=True, slots=True)
class Tapping:
    """One button of one card: the nth thing of somebody's lane, and where on it."""

    lane: str
    at: int
    no: int
    verb: str

    def on(self, hands: Hands, ledger: int = 0) -> tuple[Card, Tap]:
        """Return the card and what its button taps, as one ledger has them."""
        card = hands.lanes[self.lane][self.at][ledger].card
        assert card is not None
        tap = card.buttons[self.no].tap
        assert tap is not None
        return card, tap


@dataclass(slots=True)
class Hands:
    """Both ledgers, the model, the clock, every button ever shown and every event ever sent."""

    places: list[Place]
    model: Model
    now: datetime = START
    seen: Picture = field(default_factory=Picture)
    ids: list[dict[str, Any]] = field(default_factory=list)
    buttons: list[Tapping] = field(default_factory=list)
    sent: list[tuple[Events, Carried | None]] = field(default_factory=list)
    keys: int = 0
    # Whether events overlapped, so that the ledgers may have told people different things.
    parted: bool = False
    lanes: dict[str, list[tuple[Shown, ...]]] = field(default_factory=dict)
    _compared: dict[str, tuple[int, int]] = field(default_factory=dict)

    @classmethod
    def on(cls, places: list[Place]) -> Hands:
        """Begin on two fresh ledgers."""
        posts, desks, names = places[0].ledger.call(_directory)
        return cls(places, Model(START, posts, desks, CODES, names))

    # --- what is sent ---------------------------------------------------------------------------

    def says(self, who: str, text: str, *may: Effect, must: bool = False) -> None:
        """Let somebody type."""
        key, at = self._next()
        event = Said(key, "wecom", who, at, True, text=text)
        self._happens([event] * len(self.places), may, must)

    def uploads(self, who: str, slot: str) -> None:
        """Let a file arrive."""
        key, at = self._next()
        event = Uploaded(
            key, "wecom", who, at, slot=slot, digest=key.rjust(64, "0"), size=1000,
            media_type="application/pdf", name=f"{slot}.pdf",
        )  # fmt: skip
        self._happens([event] * len(self.places), (), False)

    def taps(
        self, who: str, tapping: Tapping, *may: Effect, must: bool = False, ticks: str = "all"
    ) -> None:
        """Let somebody tap a button, their own or one that somebody else was shown."""
        self._happens(self.tapped(who, tapping, ticks=ticks), may, must)

    def tapped(self, who: str, tapping: Tapping, *, ticks: str = "all") -> Events:
        """Return the same tap as each ledger gets it."""
        key, at = self._next()
        events: Events = []
        for ledger in range(len(self.places)):
            card, tap = tapping.on(self, ledger)
            keys = {one.key: [o.key for o in one.options] for one in card.selects}
            some = {"all": slice(None), "first": slice(1), "none": slice(0)}[ticks]
            choices = {key: tuple(options[some]) for key, options in keys.items()}
            tap = replace(tap, choices=choices)
            events.append(
                Tapped(key, "wecom", who, at, tap=tap, copy_key=f"c{key}", redraw_code="r")
            )
        return events

    def at_once(self, first: Events, second: Events, *may: Sequence[Effect]) -> None:
        """Let two events overlap; each of ``may`` is what both together may come to."""
        self.parted = True
        for place, one, other in zip(self.places, first, second, strict=True):
            place.happen_at_once(one, other, self.now)
        self.sent += [(first, None), (second, None)]
        self.settle([_all_of(effects) for effects in may])

    def again(self, at: int) -> None:
        """Let an earlier event come once more: nothing changes, and the answer is the first one."""
        events, carried = self.sent[at]
        for place, event in zip(self.places, events, strict=True):
            repeated = place.happens(event, self.now)
            if carried is not None:
                assert repeated is not None
                assert repeated.text == carried.text, "a repeated event got another answer"
        assert not self.settle(), "a repeated event changed something"

    def _happens(self, events: Events, may: Sequence[Effect], must: bool) -> None:
        answers = [
            place.happens(event, self.now) for place, event in zip(self.places, events, strict=True)
        ]
        self.sent.append((events, answers[0]))
        self.settle(may, must)

    def _next(self) -> tuple[str, datetime]:
        self.keys += 1
        self.waits(seconds=1)
        return f"e{self.keys}", self.now

    def waits(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)
        self.model.now = self.now

    # --- what came of it ------------------------------------------------------------------------

    def settle(self, may: Sequence[Effect] = (), must: bool = False) -> bool:
        """Hold both ledgers to one another and to the model; say whether anything was put out."""
        pictures = [place.picture for place in self.places]
        self.ids = [one.names for one in pictures]
        first, second = pictures
        for what in ("cases", "tasks", "drafts", "marks", "rest"):
            one, other = getattr(first, what), getattr(second, what)
            assert one == other, f"the databases disagree: {_difference(one, other)}"
        assert first.rest["decisions of nothing"] == 0
        assert first.rest["events"] == self._events()
        news = self._compare_what_was_shown()
        self._follow(first, may, must)
        self.seen = first
        return news

    def _follow(self, now: Picture, may: Sequence[Effect], must: bool) -> None:
        """Let the model take the one step that explains what is seen."""
        seen = (now.cases, now.tasks, now.drafts, now.marks)
        found = [] if must else [self.model]
        for effect in may:
            changed = self.model.copy()
            if effect(changed):
                found.append(changed)
        for model in found:
            if _drawn(model) == seen:
                self.model = model
                return
        drawn = [_drawn(model) for model in found] or [_drawn(self.model)]
        gaps = [
            "; ".join(_difference(a, b) for a, b in zip(one, seen, strict=True)) for one in drawn
        ]
        raise AssertionError("the model expects otherwise:\n" + "\n".join(gaps))

    def _compare_what_was_shown(self) -> bool:
        """Line up what both ledgers put out since the last look; say whether there was anything.

        Only what overlapped may be told in other words: then what both told stays comparable.
        """
        first, second = self.places
        assert self.parted or first.lanes.keys() == second.lanes.keys()
        news = False
        for lane, shown in first.lanes.items():
            since, other = self._compared.get(lane, (0, 0)), second.lanes.get(lane, [])
            new, theirs = shown[since[0] :], other[since[1] :]
            words, told = ([picture.words_of(one) for one in some] for some in (new, theirs))
            self._compared[lane] = (len(shown), len(other))
            if not self.parted:
                assert words == told, f"{lane} is told different things:\n{words}\n{told}"
            news = news or bool(new)
            for same in SequenceMatcher(a=words, b=told, autojunk=False).get_matching_blocks():
                for at in range(same.size):
                    self._keep(lane, new[same.a + at], theirs[same.b + at])
        return news

    def _keep(self, lane: str, *shown: Shown) -> None:
        """Keep what both ledgers showed as the next thing of a lane."""
        both = self.lanes.setdefault(lane, [])
        card = shown[0].card
        for no, button in enumerate(card.buttons if card else ()):
            if button.tap is not None:
                self.buttons.append(Tapping(lane, len(both), no, button.tap.verb))
        both.append(shown)

    def _events(self) -> int:
        return len({events[0].key for events, _ in self.sent})

    # --- what is seen ---------------------------------------------------------------------------

    def named(self, identity: str) -> Any:
        """Return what an id of the first ledger names."""
        return self.ids[0].get(identity)

    def newest(self, who: str, *verbs: str, words: str = "", about: str = "") -> Tapping | None:
        """Return the first such button of what somebody was shown last."""
        lane = f"wecom:{who}"
        shown = self.lanes.get(lane, [])
        card = shown[-1][0].card if shown else None
        for no, button in enumerate(card.buttons if card else ()):
            if button.tap is None or (verbs and button.tap.verb not in verbs):
                continue
            if words in button.text and button.tap.subject.endswith(about):
                return Tapping(lane, len(shown) - 1, no, button.tap.verb)
        return None

    def last(self, verb: str, fits: Callable[[Tap], bool]) -> Tapping | None:
        """Return the newest button with a verb that was shown to anybody."""
        found = (one for one in reversed(self.buttons) if one.verb == verb)
        return next((one for one in found if fits(one.on(self)[1])), None)


def _drawn(model: Model) -> tuple[Any, Any, Any, Any]:
    """Return what a model says as a picture says it."""
    cases = {
        no: tuple(one[k] for k in ("stage", "version", "number", "owner", "principal", "announced"))
        for no, one in model.cases.items()
    }
    tasks = {
        name: tuple(one[k] for k in ("state", "version", "act", "against", "by", "taker"))
        for name, one in model.tasks.items()
    }
    drafts = {no: (one["state"], one["by"]) for no, one in model.drafts.items()}
    return cases, tasks, drafts, model.marks


def _all_of(effects: Sequence[Effect]) -> Effect:
    return lambda model: all(effect(model) for effect in effects)


def _difference(one: Any, other: Any) -> str:
    keys = [key for key in {**one, **other} if one.get(key) != other.get(key)]
    return ", ".join(f"{key}: {one.get(key)} / {other.get(key)}" for key in keys)


def _directory(
    tx: Transaction,
) -> tuple[list[dict[str, Any]], dict[tuple[str, str], str], dict[str, str]]:
    """Read who is who, as the model begins with it."""
    posts = [
        {
            "person": row.person_id, "tenant": row.tenant, "unit": row.unit_code,
            "role": row.role, "start": row.valid_from, "end": row.valid_to,
        }
        for row in tx.execute(
            select(t.post).join(t.person, t.person.c.id == t.post.c.person_id).order_by(
                t.person.c.name, t.post.c.unit_code, t.post.c.role
            )
        )
    ]  # fmt: skip
    desks = {
        (row.tenant, desk): row.code
        for row in tx.execute(select(t.unit).where(t.unit.c.kind == "department"))
        for desk in row.desks
    }
    names = {row.id: row.name for row in tx.execute(select(t.person.c.id, t.person.c.name))}
    return posts, desks, names
