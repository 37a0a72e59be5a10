"""Evidence of what a desk found: files of the case that only the departments see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from storage import tables as t
from storage.cases import Filing, Task
from storage.finding import TaskFinder
from storage.ids import new_id
from storage.journal import Journal
from storage.people import Person
from storage.rules.terms import NotAllowedError, Role, TaskState
from storage.session import Session


class Proof(NamedTuple):
    """One stored file of a task; the bytes are under ``digest`` in the file store."""

    tenant: str
    id: str
    filing_id: str
    task_id: str
    name: str
    digest: str
    size: int
    media_type: str
    person_id: str
    at: datetime


@dataclass(slots=True, eq=False)
class Evidence:
    """Keeps and finds evidence."""

    _tx: Session
    _journal: Journal
    _tasks: TaskFinder

    def keep(
        self,
        task: Task,
        filing: Filing,
        *,
        name: str,
        digest: str,
        size: int,
        media_type: str,
        by: Person,
        now: datetime,
    ) -> bool:
        """Add a file to a task of somebody's own desk; false where it is there already.

        Raises:
            NotAllowedError: not this person's desk today, or the task is not theirs to add to.

        Source: requirements R41, evidence upload on 发现.
        """
        if self._tasks.seat_of(task, by, filing.local(now).date()) is None:
            raise NotAllowedError(f"截图由{task.desk.label}的审核人提供，您目前没有这项权限。")
        decision = self._tasks.decision(task)
        others = decision is not None and decision.person_id != by.id
        if others or task.state is TaskState.SUPERSEDED:
            raise NotAllowedError(f"{filing.case_no} 的这项任务已经办结，图片没有保存。")
        if any(one.digest == digest for one in self.of_task(task)):
            return False
        entry = self._journal.begin(
            tenant=task.tenant,
            at=now,
            act="evidence",
            subject=filing.id,
            person_id=by.id,
            role=Role.REVIEWER.value,
            clause=task.clause,
            rule_version=filing.rule_version,
        )
        entry.insert(
            t.evidence,
            id=new_id(now),
            filing_id=filing.id,
            task_id=task.id,
            name=name,
            digest=digest,
            size=size,
            media_type=media_type,
            person_id=by.id,
            at=now,
        )
        return True

    def of_task(self, task: Task) -> list[Proof]:
        """Return the files of one task, the oldest first."""
        rows = self._tx.execute(
            select(t.evidence)
            .where(t.evidence.c.tenant == task.tenant, t.evidence.c.task_id == task.id)
            .order_by(t.evidence.c.at, t.evidence.c.id)
        )
        return [Proof(**row._mapping) for row in rows]
