"""What one ledger holds, with every id read as the name that it has on the other one too."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from cards.language import Card
from storage import tables as t
from storage.transaction import Transaction
from storage.types import write_json

# case, kind, desk, part, and which one of these, the oldest first.
TaskName = tuple[str, str, str, int, int]
ID = re.compile(r"[0-9a-hjkmnp-tv-z]{20}")
LINK = re.compile(r"https://beian\.example[^\"\s]*")
MARK = re.compile(r":[0-9a-f]{8}\|")


@dataclass(frozen=True, slots=True)
class Shown:
    """One row of the outbox, as the nth thing of its lane."""

    seq: int
    lane: str
    card: Card | None
    text: str
    subject: str


@dataclass(slots=True)
class Picture:
    """The state that the rules speak of, and what else both databases must agree in."""

    # case → stage, version, number, owner, principal, who confirmed the announcement
    cases: dict[str, tuple[str, int, str, str, str, str]] = field(default_factory=dict)
    # task → state, version, act, whether it bars the approval, who, to whom it was handed
    tasks: dict[TaskName, tuple[str, int, str, bool, str, str]] = field(default_factory=dict)
    # bundle's first case → state of its draft, who fills it
    drafts: dict[str, tuple[str, str]] = field(default_factory=dict)
    # What became of something besides, by what it is and its name.
    marks: dict[tuple[Any, ...], Any] = field(default_factory=dict)
    rest: dict[str, Any] = field(default_factory=dict)
    names: dict[str, Any] = field(default_factory=dict)


def take(tx: Transaction) -> Picture:
    """Look at everything once."""
    picture = Picture()
    cases, names = picture.cases, picture.names
    announced = {
        row.filing_id: row.person_id
        for row in tx.execute(select(t.announcement.c.filing_id, t.announcement.c.person_id))
    }
    f = t.filing.c
    for row in tx.execute(
        select(
            f.id, f.case_no, f.stage, f.version, f.number, f.owner_id, f.principal_id, f.series
        ).order_by(f.made_at, f.case_no)
    ):
        names[row.id] = row.case_no
        cases[row.case_no] = (
            row.stage, row.version, row.number or "", row.owner_id, row.principal_id,
            announced.get(row.id, ""),
        )  # fmt: skip
    decided = {
        row.task_id: (row.act, row.verdict == "against", row.person_id)
        for row in tx.execute(
            select(
                t.decision.c.task_id, t.decision.c.act, t.decision.c.verdict,
                t.decision.c.person_id,
            )
        )
    }  # fmt: skip
    counts: dict[tuple[str, str, str, int], int] = {}
    k = t.task.c
    for row in tx.execute(
        select(k.id, k.filing_id, k.kind, k.desk, k.part, k.state, k.version, k.assignee).order_by(
            k.id
        )
    ):
        stem = (names[row.filing_id], row.kind, row.desk, row.part)
        counts[stem] = counts.get(stem, -1) + 1
        name: TaskName = (*stem, counts[stem])
        names[row.id] = name
        said = decided.pop(row.id, ("", False, ""))
        picture.tasks[name] = (row.state, row.version, *said, row.assignee or "")
    d = t.draft.c
    for row in tx.execute(select(d.id, d.state, d.person_id, d.filing_id, d.answers)):
        bundle = names.get(row.filing_id, "")
        names[row.id] = ("draft", bundle)
        if bundle:
            picture.drafts[bundle] = (row.state, row.person_id)
            picture.rest[f"answers of {bundle}"] = row.answers.get("students")
    _mark(tx, picture)
    picture.rest["decisions of nothing"] = len(decided)
    picture.rest["counters"] = {
        (row.tenant, row.series): row.value for row in tx.execute(select(t.counter))
    }
    picture.rest["events"] = tx.execute(select(func.count(t.inbox.c.key))).scalar_one()
    return picture


def _mark(tx: Transaction, picture: Picture) -> None:
    names, marks = picture.names, picture.marks
    for row in tx.execute(select(t.appeal)):
        marks["appeal", names[row.filing_id], row.part] = (row.person_id, names[row.task_id])
    for row in tx.execute(select(t.undone.c.task_id, t.undone.c.person_id)):
        marks["undone", names[row.task_id]] = row.person_id
    for row in tx.execute(select(t.pilot).where(t.pilot.c.receipt.is_not(None))):
        marks["receipt", names[row.filing_id]] = row.receipt
    for row in tx.execute(select(t.pilot_check)):
        marks["check", names[row.filing_id], row.round, row.person_id] = row.at is not None
    away = t.absence.c
    for row in tx.execute(select(t.absence).order_by(away.made_at, away.id)):
        name = _next(marks, "absence", row.person_id)
        names[row.id] = name
        marks[name] = {
            "tenant": row.tenant, "to": row.substitute_id, "first": row.from_on,
            "last": row.to_on, "ended": row.ended_at is not None,
        }  # fmt: skip
    stops = t.product_stop.c
    for row in tx.execute(select(t.product_stop).order_by(stops.at, stops.id)):
        name = _next(marks, "stop", row.tenant, row.title)
        names[row.id] = name
        marks[name] = {
            "state": row.state, "by": row.person_id, "second": row.confirmed_by or "",
            "ended": row.ended_by or "",
        }  # fmt: skip
    measures = t.measure.c
    for row in tx.execute(select(t.measure).order_by(measures.at, measures.id)):
        name = _next(marks, "measure", names[row.filing_id])
        names[row.id] = name
        marks[name] = {
            "kind": row.kind, "state": row.state, "by": row.person_id,
            "second": row.confirmed_by or "", "ended": row.ended_by or "",
            "stop": names[row.stop_id] if row.stop_id else (),
        }  # fmt: skip


def _next(marks: dict[tuple[Any, ...], Any], *stem: str) -> tuple[Any, ...]:
    return (*stem, sum(name[: len(stem)] == stem for name in marks))


def words_of(shown: Shown) -> str:
    """Return what somebody was shown, without what is another on every ledger."""
    body = write_json(shown.card.to_json()) if isinstance(shown.card, Card) else shown.text
    return MARK.sub(":mark|", ID.sub("id", LINK.sub("link", body)))
