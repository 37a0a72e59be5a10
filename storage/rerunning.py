"""Giving running cases a limit that was changed; each case is an act in the journal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select

from storage import tables as t
from storage.calendar import Calendars
from storage.cases import Filing, Task
from storage.finding import FilingFinder, TaskFinder
from storage.journal import Entry, Journal
from storage.rulebook import RUNNING, RuleChange
from storage.rules import workdays
from storage.rules.office import OfficeRules
from storage.rules.terms import Role, TaskState
from storage.rules.workdays import Calendar, Deadline
from storage.session import Session

RERUN: Final = "recount_rule"
AT_ONCE: Final = 100
"""How many filings one transaction looks at."""


@dataclass(slots=True, eq=False)
class Rerunning:
    """Pins running cases to the new limit, and counts what is open anew by it.

    Nobody is late by it alone: a shorter limit leaves at least the next working day.
    """

    _tx: Session
    _journal: Journal
    _calendars: Calendars
    _filings: FilingFinder
    _tasks: TaskFinder

    def go_on(self, change: RuleChange, rules: OfficeRules, now: datetime) -> bool:
        """Give some cases the change, as ``rules`` of today have it; False where none is left."""
        found = self._untouched(change, rules)
        for filing_id in found:
            self._one(change, rules, self._filings.held(filing_id), now)
        return len(found) == AT_ONCE

    def _untouched(self, change: RuleChange, rules: OfficeRules) -> list[str]:
        """Return running cases from before the change that were not given it yet.

        What was opened since is under the new rules anyway.
        """
        c = t.filing.c
        began = datetime.combine(change.effective_on, time(), ZoneInfo(rules.timezone))
        done = (
            select(t.journal.c.seq)
            .where(
                t.journal.c.tenant == c.tenant,
                t.journal.c.subject == c.id,
                t.journal.c.act == RERUN,
                t.journal.c.rule_version == f"v{change.version}",
            )
            .exists()
        )
        rows = self._tx.execute(
            select(c.id)
            .where(c.tenant == change.tenant, c.stage.in_(RUNNING), c.made_at < began, ~done)
            .order_by(c.id)
            .limit(AT_ONCE)
        )
        return list(rows.scalars())

    def _one(self, change: RuleChange, rules: OfficeRules, filing: Filing, now: datetime) -> None:
        entry = self._journal.begin(
            tenant=filing.tenant, at=now, act=RERUN, subject=filing.id, role=Role.SYSTEM.value,
            clause="三", rule_version=f"v{change.version}",
        )  # fmt: skip
        office = replace(
            filing.office.changed({change.key: rules.to_dict().get(change.key, 0)}),
            revision=change.version,
        )
        values: dict[str, object] = {"office": office.to_dict(), "rule_version": office.version}
        today = filing.local(now).date()
        if filing.due_on and filing.signed_at and office.days_case != filing.office.days_case:
            calendar = self._calendars.of(filing.tenant)
            began = filing.local(filing.signed_at).date()
            # With what was added while its school completed it.
            more = workdays.between(began, filing.due_on, calendar) - filing.office.days_case
            due = workdays.add(began, max(office.days_case + more, 0), calendar)
            values |= _values(_kindly(filing.due_on, filing.due_provisional, due, today, calendar))
        entry.update(t.filing, {"id": filing.id}, {"version": filing.version}, **values)
        for task in self._tasks.of(filing):
            if task.view.is_pending:
                self._task(entry, filing, task, office, today)

    def _task(
        self, entry: Entry, filing: Filing, task: Task, office: OfficeRules, today: date
    ) -> None:
        mends = task.state is TaskState.RETURNED
        was = filing.office.days_complete if mends else filing.office.days_of(task.kind, task.desk)
        days = office.days_complete if mends else office.days_of(task.kind, task.desk)
        if was == days:
            return
        find = self._calendars.of_schools if mends else self._calendars.of
        calendar = find(filing.tenant)
        since = (
            datetime.fromisoformat(task.points[-1]["at"])
            if mends and task.points
            else task.opened_at
        )
        due = workdays.add(filing.local(since).date(), days, calendar)
        values = _values(_kindly(task.due_on, task.due_provisional, due, today, calendar))
        entry.update(t.task, {"id": task.id}, {"version": task.version}, **values)


def _kindly(
    before: date, provisional: bool, due: Deadline, today: date, calendar: Calendar
) -> Deadline:
    """Return a limit that does not end sooner than the next working day, where it is shortened."""
    if due.on >= before:
        return due
    soonest = workdays.next_workday(today, calendar)
    best = due if due.on >= soonest.on else soonest
    return best if best.on < before else Deadline(before, provisional)


def _values(due: Deadline) -> dict[str, object]:
    return {"due_on": due.on, "due_provisional": due.provisional}
