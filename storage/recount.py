"""Counting open limits anew after days were loaded; each change is an act in the journal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, select

from storage import tables as t
from storage.calendar import EVERYBODY, SCHOOL, Calendars, Load
from storage.cases import Filing
from storage.finding import FilingFinder, TaskFinder
from storage.journal import Entry, Journal
from storage.rules import workdays
from storage.rules.terms import Role, TaskState
from storage.rules.workdays import Calendar
from storage.session import Session

RECOUNT: Final = "recount"
AT_ONCE: Final = 100
"""How many filings one transaction looks at."""


@dataclass(slots=True, eq=False)
class Recount:
    """Moves the open limits that a load of days touches; what ended keeps the limit it had."""

    _tx: Session
    _journal: Journal
    _calendars: Calendars
    _filings: FilingFinder
    _tasks: TaskFinder

    def go_on(self, load: Load, now: datetime) -> bool:
        """Count some limits anew; False where none is left.

        Source: design 4 (until then dates are 预估, when it arrives open deadlines are recomputed).
        """
        found = self._touched(load)
        for filing_id in found:
            self._one(load, self._filings.held(filing_id), now)
        return len(found) == AT_ONCE

    def touched(self, load_days: list[date], tenant: str = EVERYBODY) -> int:
        """Return how many open limits end on or after the first of some days."""
        if not load_days:
            return 0
        return len(self._tx.execute(select(t.task.c.id).where(*_open(load_days[0], tenant))).all())

    def _touched(self, load: Load) -> list[str]:
        """Return filings with an open limit behind the first changed day, not counted anew yet."""
        first = load.changes[0][0]
        done = (
            select(t.journal.c.seq)
            .where(
                t.journal.c.tenant == t.task.c.tenant,
                t.journal.c.subject == t.task.c.filing_id,
                t.journal.c.act == RECOUNT,
                t.journal.c.rule_version == _mark(load),
            )
            .exists()
        )
        rows = self._tx.execute(
            select(t.task.c.filing_id)
            .where(*_open(first, load.tenant), ~done)
            .distinct()
            .order_by(t.task.c.filing_id)
            .limit(AT_ONCE)
        )
        return list(rows.scalars())

    def _one(self, load: Load, filing: Filing, now: datetime) -> None:
        entry = self._journal.begin(
            tenant=filing.tenant, at=now, act=RECOUNT, subject=filing.id,
            role=Role.SYSTEM.value, rule_version=_mark(load),
        )  # fmt: skip
        before = self._calendars.before(load)
        office = self._calendars.of(filing.tenant)
        school = self._calendars.of_schools(filing.tenant)
        for task in self._tasks.of(filing):
            if not task.view.is_pending:
                continue
            mends = task.state is TaskState.RETURNED
            if load.whose == SCHOOL and not mends:
                continue
            since = task.points[-1]["at"] if mends and task.points else task.opened_at.isoformat()
            began = filing.local(datetime.fromisoformat(since)).date()
            moved = _moved(began, task.due_on, before, school if mends else office)
            if moved != (task.due_on, task.due_provisional):
                self._write(entry, t.task, task.id, task.version, moved)
        if filing.due_on is not None and filing.signed_at is not None and load.whose != SCHOOL:
            began = filing.local(filing.signed_at).date()
            moved = _moved(began, filing.due_on, before, office)
            if moved != (filing.due_on, filing.due_provisional):
                self._write(entry, t.filing, filing.id, filing.version, moved)

    def _write(
        self, entry: Entry, table: Any, row_id: str, version: int, moved: tuple[date, bool]
    ) -> None:
        due_on, provisional = moved
        entry.update(
            table, {"id": row_id}, {"version": version}, due_on=due_on, due_provisional=provisional
        )


def _moved(began: date, due: date, before: Calendar, now: Calendar) -> tuple[date, bool]:
    """Return where a limit of as many working days ends now."""
    days = workdays.between(began, due, before)
    ends = workdays.add(began, max(days, 0), now)
    return ends.on, ends.provisional


def _open(first: date, tenant: str) -> list[ColumnElement[bool]]:
    state, due = t.task.c.state, t.task.c.due_on
    pending = state.in_((TaskState.OPEN.value, TaskState.RETURNED.value))
    found = [pending, due >= first]
    return [*found, t.task.c.tenant == tenant] if tenant else found


def _mark(load: Load) -> str:
    return f"calendar:{load.id}"
