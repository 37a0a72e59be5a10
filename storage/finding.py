"""Finding filings, tasks and decisions. Nothing is written here."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, literal, select

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
from storage.people import DESK_ROLES, People, Person, Post
from storage.rules import numbering
from storage.rules.numbering import Series
from storage.rules.terms import Act, Desk, NotAllowedError, Stage, TaskKind, TaskState
from storage.rules.workflow import PILOT_OVER, TERMINAL
from storage.session import Session

MOVED = "这件备案刚刚由别人办理过，请看最新的一张卡片。"
ENDED = {
    Stage.REJECTED, Stage.WITHDRAWN, Stage.HANDED_OVER, Stage.REVOKED, Stage.CANCELLED,
    Stage.MERGED, *PILOT_OVER,
}  # fmt: skip
MOST_OPEN = 100
MOST_LOOKED_AT = 1000
ACTIVE = tuple(stage.value for stage in Stage if stage not in ENDED)


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

    def those(self, ids: Collection[str]) -> dict[str, Filing]:
        """Return filings by their ids."""
        return {one.id: one for one in self._list(t.filing.c.id.in_(list(ids)))} if ids else {}

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

    def at_school(self, tenant: str, school: str, stage: Stage) -> list[Filing]:
        """Return a school's filings that stand in one stage, the newest last."""
        return self._list(
            t.filing.c.tenant == tenant,
            t.filing.c.school == school,
            t.filing.c.stage == stage.value,
        )

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

    def changes_of(self, filing: Filing) -> list[Filing]:
        """Return the changes of a filing that are under way: it carries the mark 变更中."""
        return self._list(
            t.filing.c.tenant == filing.tenant,
            t.filing.c.amends == filing.id,
            t.filing.c.stage.not_in([stage.value for stage in TERMINAL]),
        )

    def mine(self, person_id: str) -> list[Filing]:
        """Return the filings a person drafted or signs, that are still on their way."""
        return self._list(
            (t.filing.c.owner_id == person_id) | (t.filing.c.principal_id == person_id),
            t.filing.c.stage.not_in([stage.value for stage in TERMINAL]),
        )

    def led_by(self, person: Person, day: date, most: int) -> list[Filing]:
        """Return filings in review whose lead desk this person works on ``day``, ``most`` of those
        that came first."""
        f = t.filing.c
        tenants = sorted({post.tenant for post in person.held(day)})
        # Who leads stands in the route alone: without the rest of it, a long look is a short one.
        rows = self._tx.execute(
            select(f.id, f.tenant, f.route)
            .where(f.tenant.in_(tenants), f.stage == Stage.IN_REVIEW.value)
            .order_by(f.entered_on, f.id)
            .limit(MOST_LOOKED_AT)
        )
        mine = [
            row.id
            for row in rows
            if any(person.at_desk(row.tenant, Desk(one["lead"]["desk"]), day) for one in row.route)
        ]
        return list(self.those(mine[:most]).values())

    def preview_number(
        self, filing: Filing, *, letter: str, number_code: str, now: datetime
    ) -> str:
        """Return the number that registering now would give; another may come first."""
        year = filing.local(now).year
        series = numbering.series(filing.tenant, year, letter).key
        value = self._tx.execute(
            select(t.counter.c.value).where(
                t.counter.c.tenant == filing.tenant, t.counter.c.series == series
            )
        ).scalar_one_or_none()
        return numbering.filing_number(
            filing.office.number_template, year, number_code, letter, (value or 0) + 1
        )

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
            map(read_task, rows),
            key=lambda one: (one.opened_at, order.index(one.desk), one.part, one.id),
        )

    def taker(self, task: Task, day: date) -> Person | None:
        """Return who a task was handed to, while they work its desk and are there."""
        taker = self._people.get(task.assignee) if task.assignee else None
        if taker is None or self.seat_of(task, taker, day) is None:
            return None
        return None if taker.id in self._people.away(task.tenant, day) else taker

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

        At most ``MOST_OPEN``: who has more than that is shown those, and that there are more.
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
                # Said in the statement: a partial index is of no use to a parameter.
                t.task.c.state == literal(TaskState.OPEN.value, literal_execute=True),
                (t.task.c.kind != TaskKind.DECISION.value)
                | (t.filing.c.stage == Stage.AWAITING_DECISION.value),
            )
            .order_by(t.task.c.due_on, t.task.c.id)
            .limit(MOST_OPEN)
        )
        seats: dict[tuple[str, Desk], Post | None] = {}
        found = []
        for task in map(read_task, rows):
            desk = (task.tenant, task.desk)
            if desk not in seats:
                seats[desk] = self.seat_of(task, person, day)
            if seats[desk] and person.id not in self.decided_before(task):
                found.append(task)
        return found

    def barred(self, filing: Filing, kind: TaskKind) -> set[str]:
        """Return who may not do such a task: nobody decides on what they filed, or registers what
        they approved where two must differ (Q11)."""
        barred = set(filing.filed_by)
        if kind is TaskKind.REGISTRATION and any(p.distinct_registrar for p in filing.parts):
            barred |= {one.person_id for one in self.decisions(filing) if one.act is Act.APPROVE}
        return barred

    def kept_out(self, filing: Filing, task: Task) -> set[str]:
        """Return who may not do a task, whatever their desk: as ``barred``, and on appeal whoever
        decided before."""
        return self.barred(filing, task.kind) | self.decided_before(task)

    def able(self, filing: Filing, task: Task, day: date) -> list[Person]:
        """Return who at its desk may do a task on ``day``: reviewers, else deputies, else the head;
        who stands in for somebody absent among them."""
        kept_out = self.kept_out(filing, task)
        return self._people.at_desk(filing.tenant, task.desk, day, kept_out)

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

    def was_undone(self, task: Task) -> bool:
        """Tell whether what was done with a task was taken back."""
        found = select(t.undone.c.at).where(
            t.undone.c.tenant == task.tenant, t.undone.c.task_id == task.id
        )
        return self._tx.execute(found).first() is not None

    def decided_before(self, task: Task) -> frozenset[str]:
        """Return who may not decide a task: on appeal whoever decided before (Q34)."""
        if task.kind is not TaskKind.DECISION:
            return frozenset()
        rows = self._tx.execute(
            select(t.decision.c.person_id)
            .join(
                t.appeal,
                (t.appeal.c.tenant == t.decision.c.tenant)
                & (t.appeal.c.task_id == t.decision.c.task_id),
            )
            .where(
                t.appeal.c.tenant == task.tenant,
                t.appeal.c.filing_id == task.filing_id,
                t.appeal.c.part == task.part,
                t.appeal.c.task_id != task.id,
            )
        )
        return frozenset(rows.scalars())

    def standing_approvals(self, filing: Filing) -> list[Decision]:
        """Return the leads' approvals that nothing has taken the place of."""
        over = {one.id for one in self.of(filing) if one.state is TaskState.SUPERSEDED}
        return [
            one
            for one in self.decisions(filing)
            if one.act is Act.APPROVE and one.task_id not in over
        ]

    def decisions(self, filing: Filing) -> list[Decision]:
        """Return a filing's decisions in the order they were made."""
        rows = self._tx.execute(
            select(t.decision)
            .where(t.decision.c.tenant == filing.tenant, t.decision.c.filing_id == filing.id)
            .order_by(t.decision.c.at, t.decision.c.task_id)
        )
        return [read_decision(row) for row in rows]
