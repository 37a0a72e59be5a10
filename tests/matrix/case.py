"""One case in a furnished city, taken somewhere by its people, and left standing there."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import insert, select

from cards.language import Card, Tap
from handlers.events import Event, Said, Tapped, Uploaded
from handlers.sweeps import Sweep
from storage import tables as t
from storage.transaction import Transaction
from tests.handlers.school import LUCHENG, START
from tests.machine.papers import PAPERS, WHERE, pasted
from tests.machine.place import Place, furnish_all
from tests.pattern import migrated

CASE = "26-0302-0001"
MORE_POSTS = (
    ("dep", "代办人", "D-basic", "deputy"),
    ("aud", "审计员", "D-tech", "auditor"),
    ("disc", "纪检员", "D-legal", "discipline"),
)


class Answered(NamedTuple):
    """What came of one event: the acts that the journal keeps, and what who did it was told.

    ``told`` has of each card its title only, ``read`` everything.
    """

    acts: tuple[str, ...]
    told: str
    read: str


@dataclass(slots=True)
class Case:
    """The ledger with one case in it, and a clock that moves a second with every event."""

    place: Place
    now: datetime = START
    _keys: Any = field(default_factory=lambda: itertools.count(1))

    @classmethod
    def open(cls, folder: Path) -> Case:
        """Furnish a fresh city."""
        url = f"sqlite:///{folder}/matrix.db"
        migrated(url)
        case = cls(Place.open(url))
        case.place.ledger.call(furnish_all)
        case.place.ledger.call(_furnish_more)
        return case

    def close(self) -> None:
        self.place.ledger.close()

    # --- doing ---------------------------------------------------------------------------------

    def says(self, who: str, text: str) -> None:
        """Let somebody type, for good."""
        self._happens(Said(*self._head(who), True, text=text))

    def taps(self, who: str, words: str, *ticked: str) -> None:
        """Let somebody tap the newest live button with these words, for good."""
        for card in reversed([card for lane, card in self.cards() if lane == f"wecom:{who}"]):
            for button in card.buttons if not card.done else ():
                if button.tap and button.text == words:
                    choices = {
                        one.key: tuple(o.key for o in one.options if o.text in ticked)
                        for one in card.selects
                    }
                    self._happens(self._tapped(who, replace(button.tap, choices=choices)))
                    return
        raise AssertionError(f"{who} has no button {words!r}")

    def uploads(self, who: str, *slots: str, draft: str = "") -> None:
        """Let papers arrive."""
        for slot in slots:
            key, instance, account, at = self._head(who)
            self._happens(
                Uploaded(
                    key, instance, account, at, slot=slot, digest=key.rjust(64, "0"), size=1000,
                    media_type="application/pdf", name=f"{slot}.pdf", draft=draft,
                )
            )  # fmt: skip

    def ticks(self, *sweeps: Sweep) -> None:
        """Have done what became due by itself."""
        for sweep in sweeps:
            self.place.ledger.call(partial(self._sweep, sweep))

    def _sweep(self, sweep: Sweep, tx: Transaction) -> None:
        ctx = self.place.switchboard.tick(self.now, tx)
        for due in sweep.find(ctx):
            sweep.act(ctx, due)

    def sends(self, route: str = "app", product: str = "云阅读") -> None:
        """Have the teacher file, and send it to the principal."""
        _, _, (teacher, *_), _, more = WHERE[route]
        self.says(teacher, pasted(route, product, self.now.date()))
        self.taps(teacher, "都对，继续")
        if route == "late":
            self.says(teacher, "会议纪要补签在前，论证会因专家行程后开")
        self.uploads(teacher, *PAPERS, *more)
        self.taps(teacher, "确认，请校长签署")

    def signs(self, who: str = "lin") -> None:
        """Have the principal sign."""
        self.taps(who, "逐条确认并签署")
        for _ in range(4):
            self.taps(who, "属实")
        self.taps(who, "签署提交")

    def gives(self, **verdicts: str) -> None:
        """Have people give verdicts."""
        for who, verdict in verdicts.items():
            self.taps(who, verdict)
            self.taps(who, "确认")

    def says_back(self, who: str, verdict: str, words: str, *criteria: str) -> None:
        """Have somebody send it back, or turn it down, with words."""
        self.taps(who, verdict)
        if criteria:
            self.taps(who, "下一步", *criteria)
        self.says(who, words)
        self.taps(who, "发出")

    # --- trying --------------------------------------------------------------------------------

    def tries(self, events: Sequence[Event]) -> list[Answered]:
        """See what would come of each of some events alone, and undo it."""
        return self._undone([partial(self._answers, event=event) for event in events])

    def tries_by(self, people: Sequence[str], steps: Sequence[str]) -> list[Answered]:
        """See what would come of each one's words and [taps] after one another, and undo it all.

        What a tap finds no button for ends there.
        """

        def work(tx: Transaction, who: str) -> Answered:
            answer = Answered((), "", "")
            for step in steps:
                if not step.startswith("["):
                    event: Event = self.word_by(who, step)
                else:
                    button = _newest(tx, who, step[1:-1])
                    if button is None:
                        return answer
                    event = self._tapped(who, button)
                answer = self._answers(tx, event)
            return answer

        return self._undone([partial(work, who=who) for who in people])

    def _answers(self, tx: Transaction, event: Event) -> Answered:
        before, done = _last(tx), len(tx.journal.entries)
        self.place.switchboard.answer(event, self.now, tx)
        acts = tuple(entry.act for entry in tx.journal.entries[done:])
        return Answered(acts, *_told(tx, before, f"{event.instance}:{event.account}"))

    def _undone(self, works: Sequence[Callable[[Transaction], Answered]]) -> list[Answered]:
        """Do each from where the case stands, all at one go: a handing over costs as much."""

        def each(tx: Transaction) -> list[Answered]:
            found = []
            for work in works:
                found.append(work(tx))
                tx.undo()
            return found

        return self.place.ledger.call(each)

    def tap_by(self, who: str, tap: Tap) -> Tapped:
        """Return somebody's tap."""
        return self._tapped(who, tap)

    def word_by(self, who: str, text: str) -> Said:
        """Return somebody's message."""
        return Said(*self._head(who), True, text=text)

    # --- looking -------------------------------------------------------------------------------

    def cards(self) -> list[tuple[str, Card]]:
        """Return (lane, card) of everything that was ever shown, the oldest first."""
        rows = self.reads(
            lambda tx: tx.execute(
                select(t.outbox.c.lane, t.outbox.c.body).order_by(t.outbox.c.seq)
            ).all()
        )
        return [(row.lane, Card.from_json(row.body["card"])) for row in rows if "card" in row.body]

    def reads(self, work: Callable[[Transaction], Any]) -> Any:
        """Look something up."""
        return self.place.ledger.call(work)

    def _happens(self, event: Event) -> None:
        self.now += timedelta(seconds=1)
        self.place.ledger.call(lambda tx: self.place.switchboard.answer(event, self.now, tx))

    def _tapped(self, who: str, tap: Tap) -> Tapped:
        key, instance, account, at = self._head(who)
        return Tapped(key, instance, account, at, tap=tap, copy_key=f"c{key}", redraw_code="r")

    def _head(self, who: str) -> tuple[str, str, str, datetime]:
        return f"e{next(self._keys)}", "wecom", who, self.now


# Asked for every cell: as plain SQL they cost a tenth.
_LAST = "SELECT max(seq) FROM outbox"
_TOLD = "SELECT body FROM outbox WHERE seq > ? AND lane = ? ORDER BY seq"


def _last(tx: Transaction) -> int:
    (newest,) = tx._cursor.execute(_LAST).fetchone()
    return newest or 0


def _told(tx: Transaction, after: int, lane: str) -> tuple[str, str]:
    bodies = [body for (body,) in tx._cursor.execute(_TOLD, (after, lane)).fetchall()]
    return " / ".join(_first_line(json.loads(body)) for body in bodies), " ".join(bodies)


def _newest(tx: Transaction, who: str, words: str) -> Tap | None:
    bodies = tx.execute(
        select(t.outbox.c.body)
        .where(t.outbox.c.lane == f"wecom:{who}")
        .order_by(t.outbox.c.seq.desc())
        .limit(1)
    ).scalars()
    for body in bodies:
        card = Card.from_json(body["card"]) if "card" in body else None
        for button in card.buttons if card and not card.done else ():
            if button.text == words:
                return button.tap
    return None


def _first_line(body: dict[str, Any]) -> str:
    if "card" in body:
        card = Card.from_json(body["card"])
        return f"[{card.title}{'｜' + card.done if card.done else ''}]"
    return str(body.get("text", "sealed"))


def _furnish_more(tx: Transaction) -> None:
    for person, name, unit, role in MORE_POSTS:
        tx.execute(insert(t.person).values(id=person, name=name))
        account = {"folded": person, "address": person, "person_id": person}
        tx.execute(insert(t.account).values(instance="wecom", **account))
        tx.execute(
            insert(t.post).values(
                tenant=LUCHENG, unit_code=unit, person_id=person, role=role,
                valid_from=date(2026, 1, 1),
            )
        )  # fmt: skip
