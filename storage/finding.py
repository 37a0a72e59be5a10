"""Finding filings, tasks and decisions. Nothing is written here."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select

from storage import tables as t
from storage.cases import (
    Decision,
    Filing,
    StaleError,
    Task,
    read_decision,
    read_filing,
    read_task,
)
from storage.people import People, Person, Post
from storage.rules.numbering import Series
from storage.rules.terms import Desk, NotAllowedError, Role, Stage, TaskKind, TaskState
from storage.rules.workflow import TERMINAL
from storage.session import Session

MOVED = "这件备案刚刚由别人办理过，请看最新的一张卡片。"
DESK_ROLES = frozenset({Role.REVIEWER, Role.HEAD, Role.DEPUTY})
ACTIVE = tuple(stage.value for stage in Stage if stage not in (Stage.REJECTED, Stage.WITHDRAWN))


@dataclass(slots=True, eq=False)
class FilingFinder:
    """Finds filings."""

    _tx: Session

    def get(self, filing_id: str) -> Filing | None:
        """Find a filing by id."""
        row = self._tx.execute(select(t.filing).where(t.filing.c.id == filing_id)).first()
        return self._in_hand(row) if row else None

    def known(self, filing_id: str) -> Filing:
        """Find a filing that must exist.

        Raises:
            NotAllowedError: it does not.
        """
        filing = self.get(filing_id)
        if filing is None:
            raise NotAllowedError("没有找到这件备案。")
        return filing

    def held(self, filing_id: str, seen: int | None = None) -> Filing:
        """Find a filing that must exist, and hold it until the transaction ends.

        Acts on one filing follow one another: whoever waited here reads what was done before, so
        that of two last opinions at once one is the last.

        Raises:
            NotAllowedError: it does not exist.
            StaleError: it moved since ``seen``.
        """
        row = self._tx.execute(
            select(t.filing).where(t.filing.c.id == filing_id).with_for_update()
        ).first()
        if row is None:
            raise NotAllowedError("没有找到这件备案。")
        if seen is not None and row.version != seen:
            raise StaleError(MOVED)
        return self._in_hand(row)

    def by_case(self, case_no: str) -> Filing | None:
        """Find a filing by its 办件号."""
        row = self._tx.execute(select(t.filing).where(t.filing.c.case_no == case_no)).first()
        return self._in_hand(row) if row else None

    def by_number(self, tenants: Collection[str], numbers: Collection[str]) -> Filing | None:
        """Find the filing of some authorities that has one of ``numbers``."""
        row = self._tx.execute(
            select(t.filing)
            .where(t.filing.c.tenant.in_(list(tenants)), t.filing.c.number.in_(list(numbers)))
            .limit(1)
        ).first()
        return read_filing(row) if row else None

    def by_serial(self, series: Series, serial: int) -> Filing | None:
        """Find the filing that has a series' number of ``serial``."""
        row = self._tx.execute(
            select(t.filing).where(
                t.filing.c.tenant == series.tenant,
                t.filing.c.series == series.key,
                t.filing.c.serial == serial,
            )
        ).first()
        return read_filing(row) if row else None

    def declared(self, filing: Filing) -> list[tuple[int, datetime]]:
        """Return (which declaration, when it was confirmed) of the last signature."""
        mine = (t.declaration.c.tenant == filing.tenant, t.declaration.c.filing_id == filing.id)
        newest = select(func.max(t.declaration.c.round)).where(*mine).scalar_subquery()
        rows = self._tx.execute(
            select(t.declaration.c.no, t.declaration.c.at)
            .where(*mine, t.declaration.c.round == newest)
            .order_by(t.declaration.c.no)
        )
        return [(row.no, row.at) for row in rows]

    def of_bundle(self, bundle: str) -> list[Filing]:
        """Return the filings made of one draft, in the order of their case numbers."""
        return self._list(t.filing.c.bundle == bundle)

    def of_school(self, tenant: str, school: str) -> list[Filing]:
        """Return a school's filings, the newest last."""
        return self._list(t.filing.c.tenant == tenant, t.filing.c.school == school)

    def unannounced(self, tenant: str, school: str) -> int:
        """Return how many of a school's registered filings were not announced yet."""
        announced = select(1).where(
            t.announcement.c.tenant == t.filing.c.tenant,
            t.announcement.c.filing_id == t.filing.c.id,
        )
        waiting = (
            select(func.count())
            .select_from(t.filing)
            .where(
                t.filing.c.tenant == tenant,
                t.filing.c.school == school,
                t.filing.c.stage == Stage.REGISTERED.value,
                ~announced.exists(),
            )
        )
        return int(self._tx.execute(waiting).scalar_one())

    def same_product(self, tenant: str, school: str, product_key: str) -> list[Filing]:
        """Return a school's running or registered filings of the same product."""
        return self._list(
            t.filing.c.tenant == tenant,
            t.filing.c.school == school,
            t.filing.c.product_key == product_key,
            t.filing.c.stage.in_(ACTIVE),
        )

    def mine(self, person_id: str) -> list[Filing]:
        """Return the filings a person drafted or signs, that are still on their way."""
        return self._list(
            (t.filing.c.owner_id == person_id) | (t.filing.c.principal_id == person_id),
            t.filing.c.stage.not_in([stage.value for stage in TERMINAL]),
        )

    def led_by(self, person: Person, day: date) -> list[Filing]:
        """Return the filings in review whose lead desk this person works on ``day``."""
        tenants = {post.tenant for post in person.held(day)}
        return [
            filing
            for tenant in sorted(tenants)
            for filing in self._list(
                t.filing.c.tenant == tenant, t.filing.c.stage == Stage.IN_REVIEW.value
            )
            if any(person.at_desk(tenant, part.lead.desk, day) for part in filing.parts)
        ]

    def _in_hand(self, row: Any) -> Filing:
        self._tx.about = row.id
        return read_filing(row)

    def _list(self, *where: Any) -> list[Filing]:
        rows = self._tx.execute(
            select(t.filing).where(*where).order_by(t.filing.c.made_at, t.filing.c.case_no)
        )
        return [read_filing(row) for row in rows]


@dataclass(slots=True, eq=False)
class TaskFinder:
    """Finds tasks and decisions."""

    _tx: Session
    _people: People

    def get(self, task_id: str) -> Task | None:
        """Find a task by id."""
        row = self._tx.execute(select(t.task).where(t.task.c.id == task_id)).first()
        return read_task(row) if row else None

    def known(self, task_id: str) -> Task:
        """Find a task that must exist.

        Raises:
            NotAllowedError: it does not.
        """
        task = self.get(task_id)
        if task is None:
            raise NotAllowedError("没有找到这项任务。")
        return task

    def of(self, filing: Filing) -> list[Task]:
        """Return a filing's tasks, superseded ones too, in the order they were opened.

        Those of one moment come in the order in which the notice names the departments.
        """
        self._tx.about = filing.id
        rows = self._tx.execute(
            select(t.task).where(t.task.c.tenant == filing.tenant, t.task.c.filing_id == filing.id)
        )
        order = list(Desk)
        return sorted(
            map(read_task, rows), key=lambda one: (one.opened_at, order.index(one.desk), one.id)
        )

    def seat_of(self, task: Task, person: Person, day: date) -> Post | None:
        """Return the post by which somebody works a task's desk on ``day``.

        The department is today's: one that was named, renamed or merged after the task opened
        takes over what its desk has to do.
        """
        department = self._people.department(task.tenant, task.desk)
        return next(
            (
                post
                for post in person.held(day)
                if department is not None
                and (post.tenant, post.unit_code) == (department.tenant, department.code)
                and post.role in DESK_ROLES
            ),
            None,
        )

    def open_of(self, person: Person, day: date) -> list[Task]:
        """Return the open tasks of every desk a person works on ``day``, the most urgent first.

        A decision is nobody's task while the filing is with its co-reviewers or its school.
        """
        tenants = {post.tenant for post in person.held(day) if post.role in DESK_ROLES}
        rows = self._tx.execute(
            select(t.task)
            .join(
                t.filing,
                (t.filing.c.tenant == t.task.c.tenant) & (t.filing.c.id == t.task.c.filing_id),
            )
            .where(
                t.task.c.tenant.in_(sorted(tenants)),
                t.task.c.desk.in_(sorted(self._desks(person, day))),
                t.task.c.state == TaskState.OPEN.value,
                (t.task.c.kind != TaskKind.DECISION.value)
                | (t.filing.c.stage == Stage.AWAITING_DECISION.value),
            )
        )
        found = [task for task in map(read_task, rows) if self.seat_of(task, person, day)]
        return sorted(found, key=lambda task: (task.due_on, task.id))

    def _desks(self, person: Person, day: date) -> set[str]:
        return {desk.value for post in person.held(day) for desk in post.desks}

    def decision(self, task: Task) -> Decision | None:
        """Return the decision of a task."""
        row = self._tx.execute(
            select(t.decision).where(
                t.decision.c.tenant == task.tenant, t.decision.c.task_id == task.id
            )
        ).first()
        return read_decision(row) if row else None

    def decisions(self, filing: Filing) -> list[Decision]:
        """Return a filing's decisions in the order they were made."""
        rows = self._tx.execute(
            select(t.decision)
            .where(t.decision.c.tenant == filing.tenant, t.decision.c.filing_id == filing.id)
            .order_by(t.decision.c.at, t.decision.c.task_id)
        )
        return [read_decision(row) for row in rows]
