"""复核: a rejection that the school asks to be looked at again, once, by somebody else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select

from storage import tables as t
from storage.amendments import Amendments
from storage.cases import Decision, Filing, Task
from storage.filings import Filings
from storage.finding import TaskFinder
from storage.journal import Journal
from storage.people import Person
from storage.rules import workdays
from storage.rules.terms import Act, NotAllowedError, Role, Stage, TaskKind, TaskState
from storage.rules.workdays import Calendar, Deadline
from storage.rules.workflow import advance_task
from storage.session import Session


class Appeal(NamedTuple):
    """What the school asked for. ``task_id`` is the task whose rejection it is about."""

    tenant: str
    filing_id: str
    part: int
    task_id: str
    person_id: str
    reason: str
    at: datetime


@dataclass(slots=True, eq=False)
class Appeals:
    """Takes and finds appeals."""

    _tx: Session
    _journal: Journal
    _tasks: TaskFinder
    _filings: Filings
    _amendments: Amendments
    _calendar: Calendar

    def of(self, filing: Filing, part: int) -> Appeal | None:
        """Return what was asked about one part of a filing."""
        row = self._tx.execute(
            select(t.appeal).where(
                t.appeal.c.tenant == filing.tenant,
                t.appeal.c.filing_id == filing.id,
                t.appeal.c.part == part,
            )
        ).first()
        return Appeal(**row._mapping) if row else None

    def heard(self, filing: Filing, task: Task) -> Appeal | None:
        """Return the appeal that a decision task answers; None where it is the first decision."""
        if task.kind is not TaskKind.DECISION:
            return None
        found = self.of(filing, task.part)
        return found if found is not None and found.task_id != task.id else None

    def until(self, filing: Filing, decision: Decision) -> Deadline:
        """Return the last day on which a rejection may be appealed against.

        Source: requirements Q34, ``appeal_days``; the day of the rejection is not counted.
        """
        day = filing.local(decision.at).date()
        return workdays.add(day, filing.office.appeal_days, self._calendar)

    def open(self, filing: Filing, today: date) -> list[tuple[Task, Decision]]:
        """Return the rejections that may be appealed against on ``today``.

        Raises:
            NotAllowedError: there are none; says why.
        """
        case = filing.case_no
        rejected = self._rejected(filing)
        if not rejected:
            raise NotAllowedError(f"{case} 没有不予通过的决定，不能申请复核。")
        fresh = [(task, one) for task, one in rejected if self.of(filing, task.part) is None]
        if not fresh:
            raise NotAllowedError(
                f"{case} 已经复核过，复核决定为最终决定。情况有变化的可重新备案。"
            )
        if filing.stage is Stage.REGISTERED:
            raise NotAllowedError(
                f"{case} 已同意的部分已备案（{filing.number}），不再复核。"
                "未通过的部分可补充材料后另行备案。"
            )
        ends = [(self.until(filing, one), task, one) for task, one in fresh]
        found = [(task, one) for deadline, task, one in ends if today <= deadline.on]
        if not found:
            last = max(deadline.on for deadline, _, _ in ends)
            raise NotAllowedError(
                f"{case} 申请复核的期限是不予通过后{filing.office.appeal_days}个工作日，"
                f"已于{last.month}月{last.day}日届满。情况有变化的可重新备案。"
            )
        self._amendments.must_be_free_for(filing)
        return found

    def take(self, filing: Filing, *, by: Person, reason: str, now: datetime) -> Filing:
        """Take an appeal: the rejection gives way to a fresh decision by somebody else.

        Raises:
            NotAllowedError: not this school's principal today, too late, or heard before.

        Source: requirements Q34; none in the notice.
        """
        filing = self._filings.held(filing.id)
        today = filing.local(now).date()
        if not by.is_principal_of(filing.tenant, filing.school, today):
            raise NotAllowedError("申请复核由本校校长（园长、单位负责人）本人提出。")
        rejected = self.open(filing, today)
        entry = self._journal.begin(
            tenant=filing.tenant,
            at=now,
            act=Act.APPEAL.value,
            subject=filing.id,
            person_id=by.id,
            role=Role.PRINCIPAL.value,
            clause=rejected[0][0].clause,
            rule_version=filing.rule_version,
        )
        waiting = [
            task
            for task in self._tasks.of(filing)
            if task.kind is TaskKind.REGISTRATION and task.state is TaskState.OPEN
        ]
        for task in (*(task for task, _ in rejected), *waiting):
            state = advance_task(task.state, Act.APPEAL, Role.PRINCIPAL)
            entry.update(
                t.task,
                {"id": task.id},
                {"version": task.version},
                state=state.value,
                version=task.version + 1,
            )
        for task, _ in rejected:
            entry.insert(
                t.appeal,
                filing_id=filing.id,
                part=task.part,
                task_id=task.id,
                person_id=by.id,
                reason=reason,
                at=now,
            )
        return self._filings.move(entry, filing, Act.APPEAL, Role.PRINCIPAL, settled_at=None)

    def _rejected(self, filing: Filing) -> Sequence[tuple[Task, Decision]]:
        """Return the rejections that stand."""
        tasks = {task.id: task for task in self._tasks.of(filing)}
        return [
            (tasks[one.task_id], one)
            for one in self._tasks.decisions(filing)
            if one.act is Act.REJECT and tasks[one.task_id].state is TaskState.DECIDED
        ]
