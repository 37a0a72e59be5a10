"""Counting open limits anew after days were loaded; each change is an act in the journal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, literal_column, select, union

from storage import tables as t
from storage.calendar import EVERYBODY, OFFICE, SCHOOL, Calendars, Load
from storage.cases import Filing
from storage.finding import FilingFinder, TaskFinder
from storage.journal import Entry, Journal
from storage.rules import workdays
from storage.rules.followup import FollowKind, FollowState
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
        waits = select(t.task.c.tenant, t.task.c.filing_id).where(*_open(first, load.tenant))
        limited = union(waits, _following(first, load.tenant)).subquery().c
        done = (
            select(t.journal.c.seq)
            .where(
                t.journal.c.tenant == limited.tenant,
                t.journal.c.subject == limited.filing_id,
                t.journal.c.act == RECOUNT,
                t.journal.c.rule_version == _mark(load),
            )
            .exists()
        )
        rows = self._tx.execute(
            select(limited.filing_id).where(~done).order_by(limited.filing_id).limit(AT_ONCE)
        )
        return list(rows.scalars())

    def _one(self, load: Load, filing: Filing, now: datetime) -> None:
        entry = self._journal.begin(
            tenant=filing.tenant, at=now, act=RECOUNT, subject=filing.id,
            role=Role.SYSTEM.value, rule_version=_mark(load),
        )  # fmt: skip
        office = _Turn.of(self._calendars, load, filing.tenant, OFFICE)
        school = _Turn.of(self._calendars, load, filing.tenant, SCHOOL)
        for task in self._tasks.of(filing):
            if not task.view.is_pending:
                continue
            mends = task.state is TaskState.RETURNED
            if load.whose == SCHOOL and not mends:
                continue
            since = task.points[-1]["at"] if mends and task.points else task.opened_at.isoformat()
            began = filing.local(datetime.fromisoformat(since)).date()
            moved = (school if mends else office).moves(began, task.due_on)
            if moved != (task.due_on, task.due_provisional):
                self._write(entry, t.task, task.id, task.version, moved)
        if filing.due_on is not None and filing.signed_at is not None and load.whose != SCHOOL:
            began = filing.local(filing.signed_at).date()
            moved = office.moves(began, filing.due_on)
            if moved != (filing.due_on, filing.due_provisional):
                self._write(entry, t.filing, filing.id, filing.version, moved)
        self._what_follows(entry, filing, office, school, now)

    def _what_follows(
        self, entry: Entry, filing: Filing, office: _Turn, school: _Turn, now: datetime
    ) -> None:
        """Move limits of acceptance and audit: what they were counted from is not kept, so that
        what lies behind today changes nothing."""
        today, f = filing.local(now).date(), t.followup.c
        rows = self._tx.execute(
            select(f.id, f.kind, f.due_on).where(
                f.tenant == filing.tenant,
                f.filing_id == filing.id,
                f.state.in_([FollowState.OPEN.value, FollowState.RETURNED.value]),
                f.due_on >= today,
            )
        )
        for row in rows.all():
            turn = school if row.kind == FollowKind.ACCEPTANCE.value else office
            due_on, _ = turn.moves(today, row.due_on)
            if due_on != row.due_on:
                entry.update(t.followup, {"id": row.id}, {"due_on": row.due_on}, due_on=due_on)

    def _write(
        self, entry: Entry, table: Any, row_id: str, version: int, moved: tuple[date, bool]
    ) -> None:
        due_on, provisional = moved
        entry.update(
            table, {"id": row_id}, {"version": version}, due_on=due_on, due_provisional=provisional
        )


class _Turn(NamedTuple):
    """A calendar before a load and after it."""

    before: Calendar
    now: Calendar

    @classmethod
    def of(cls, calendars: Calendars, load: Load, tenant: str, whose: str) -> _Turn:
        now = calendars.of_schools(tenant) if whose == SCHOOL else calendars.of(tenant)
        return cls(calendars.before(load, tenant, whose), now)

    def moves(self, began: date, due: date) -> tuple[date, bool]:
        """Return where a limit of as many working days ends now."""
        days = workdays.between(began, due, self.before)
        ends = workdays.add(began, max(days, 0), self.now)
        return ends.on, ends.provisional


def _following(first: date, tenant: str) -> Select[Any]:
    """Select the filings of an authority, or all, of which something that follows is due from a
    day on."""
    f = t.followup.c
    found = select(f.tenant, f.filing_id).where(
        # Word for word the condition of ix_followup_due.
        f.state.in_([literal_column("'open'"), literal_column("'returned'")]),
        f.due_on >= first,
    )
    return found.where(f.tenant == tenant) if tenant else found


def _open(first: date, tenant: str) -> list[ColumnElement[bool]]:
    state, due = t.task.c.state, t.task.c.due_on
    pending = state.in_((TaskState.OPEN.value, TaskState.RETURNED.value))
    found = [pending, due >= first]
    return [*found, t.task.c.tenant == tenant] if tenant else found


def _mark(load: Load) -> str:
    return f"calendar:{load.id}"
