"""What hands do with a case besides deciding: hand on, add a signer, ask back, urge, add a word."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select

from storage import tables as t
from storage.cases import Filing, StaleError, Task
from storage.filings import Filings
from storage.ids import new_id
from storage.journal import Entry, Journal
from storage.people import People, Person, Post, Unit
from storage.rules.routing import added_seat
from storage.rules.terms import (
    Act,
    Desk,
    NotAllowedError,
    Role,
    RuleViolationError,
    Stage,
    TaskKind,
    TaskState,
    UnitKind,
)
from storage.rules.workflow import TASK_ACTS
from storage.session import Session
from storage.tasks import Tasks
from storage.watch import is_due

NOT_OWN = "这件备案由您本人报送，请由同处室的其他同志办理。"


class Urged(NamedTuple):
    """What became of urging a case: who was urged now, had been today, or has it since today."""

    sent: list[Task]
    before: list[Task]
    fresh: list[Task]


class Supplement(NamedTuple):
    """What a department added after it had spoken (补充意见); it changes no decision."""

    filing_id: str
    task_id: str
    words: str
    person_id: str
    unit_code: str
    at: datetime


@dataclass(slots=True, eq=False)
class Hands:
    """Acts around the tasks, each by somebody who may, read where it commits."""

    _tx: Session
    _people: People
    _journal: Journal
    _filings: Filings
    _tasks: Tasks

    # --- handing on ------------------------------------------------------------------------------

    def colleagues(self, task: Task, day: date) -> list[Person]:
        """Return who works a task's desk on ``day``."""
        return self._people.working(task.tenant, task.desk, day)

    def carer(self, task: Task, person: Person, day: date) -> Post | None:
        """Return the post by which somebody may say who does a task: at its desk, at the
        coordinating technology centre (R28), or as the authority's administrator."""
        at_desk = self._tasks.seat_of(task, person, day)
        if at_desk is not None:
            return at_desk
        coordinates = person.at_desk(task.tenant, Desk.TECH, day)
        return coordinates or next(
            (
                post
                for post in person.held(day)
                if (post.tenant, post.role) == (task.tenant, Role.ADMIN)
                and post.unit_kind is UnitKind.DEPARTMENT
            ),
            None,
        )

    def hand_over(self, task_id: str, to: Person, *, by: Person, seen: int, now: datetime) -> Task:
        """Hand a task to somebody of its desk; the others keep their authority.

        Raises:
            StaleError: somebody acted before, or the card is out of date.
            NotAllowedError: not for ``by`` to say, or nothing for ``to`` to do.

        Source: requirements R28; E.9 unhappy 3.
        """
        filing = self._filings.held(self._tasks.known(task_id).filing_id)
        task = self._tasks.known(task_id)
        day = filing.local(now).date()
        post = self.carer(task, by, day)
        if post is None:
            raise NotAllowedError(f"转办由{task.desk.label}、教育技术部门或管理员办理。")
        if not task.view.is_pending or task.version != seen:
            raise StaleError(self._tasks.what_happened(task), task.id)
        if self._tasks.seat_of(task, to, day) is None:
            raise NotAllowedError(f"{to.name}目前不在{task.desk.label}办理，不能转给这位同志。")
        if to.id in self._tasks.kept_out(filing, task):
            raise NotAllowedError(
                f"{to.name}报送或审批了这件备案，须由另一位同志办理，不能转给这位同志。"
            )
        if to.id == task.assignee:
            raise NotAllowedError(f"{filing.case_no} 已经转给{to.name}办理。")
        entry = self._begin(filing, Act.HAND_OVER.value, by, post.role, task.clause, now)
        self._tasks.turn(entry, task, Act.HAND_OVER, post.role, assignee=to.id)
        return self._tasks.known(task.id)

    # --- adding a signer -------------------------------------------------------------------------

    def role_in(self, filing: Filing, person: Person, day: date) -> Role:
        """Return as what somebody of a desk that has the case speaks: its lead or a reviewer.

        Raises:
            NotAllowedError: no desk of this case is theirs today, or they filed it.
        """
        if person.id in filing.filed_by:
            raise NotAllowedError(NOT_OWN)
        if any(person.at_desk(filing.tenant, part.lead.desk, day) for part in filing.parts):
            return Role.LEAD
        live = (one for one in self._tasks.of(filing) if one.state is not TaskState.SUPERSEDED)
        if any(self._tasks.seat_of(task, person, day) for task in live):
            return Role.REVIEWER
        raise NotAllowedError("这一项由承办这件备案的部门办理，您目前没有这项权限。")

    def addable(self, filing: Filing) -> list[tuple[Desk, Unit]]:
        """Return the departments of the authority that are not asked yet; never 纪检."""
        asked = self._asked(filing)
        return [
            (desk, unit)
            for unit in self._people.departments(filing.tenant)
            for desk in Desk
            if desk in unit.desks - asked
        ]

    def must_be_addable(self, filing: Filing, desk: Desk) -> None:
        """Hold an added signer to the departments that may be asked.

        Raises:
            RuleViolationError: 纪检, one that is asked already, or none of this authority.
        """
        added_seat(desk, desk.label)
        if desk in self._asked(filing):
            raise RuleViolationError(f"{filing.case_no} 已请{desk.label}办理，不用再加签。")
        if self._people.department(filing.tenant, desk) is None:
            raise RuleViolationError(f"名单中没有{desk.label}，请管理员补全后再加签。")

    def add_signer(
        self,
        filing_id: str,
        desk: Desk,
        *,
        reason: str,
        blocking: bool,
        by: Person,
        seen: int,
        now: datetime,
    ) -> Filing:
        """Ask one more department for its opinion; whoever adds it says whether it is waited for.

        Raises:
            StaleError: the filing moved since it was seen.
            RuleViolationError: no reason, no such department, or one that is asked already.

        Source: 三（二）9; requirements R66, M14.
        """
        filing = self._filings.held(filing_id, seen)
        role = self.role_in(filing, by, filing.local(now).date())
        seat = added_seat(desk, reason, blocking=blocking)
        self.must_be_addable(filing, desk)
        entry = self._begin(filing, Act.ADD_SIGNER.value, by, role, seat.clause, now)
        if filing.stage is Stage.AWAITING_DECISION:
            for task in self._tasks.of(filing):
                if task.kind is TaskKind.DECISION and task.state is TaskState.OPEN:
                    self._tasks.turn(entry, task, Act.ADD_SIGNER, role)
        first, *others = filing.parts
        first = replace(first, co_reviewers=(*first.co_reviewers, seat))
        route = [asdict(part) for part in (first, *others)]
        return self._filings.move(entry, filing, Act.ADD_SIGNER, role, route=route)

    def _asked(self, filing: Filing) -> frozenset[Desk]:
        leads = {part.lead.desk for part in filing.parts}
        return frozenset({*leads, *(seat.desk for seat in filing.seats), Desk.DISCIPLINE})

    # --- asking the lead back --------------------------------------------------------------------

    def ask_lead(
        self, task_id: str, *, reason: str, by: Person, seen: int, now: datetime
    ) -> Filing:
        """Let the registrar ask the lead back: the approval gives way, the lead decides anew.

        Raises:
            StaleError: somebody acted before, or the card is out of date.
            NotAllowedError: not the registrar's desk, or their own filing.

        Source: E.9 [退回审批部门说明]; requirements R75.
        """
        filing = self._filings.held(self._tasks.known(task_id).filing_id)
        task = self._tasks.known(task_id)
        seat = self._tasks.seat_of(task, by, filing.local(now).date())
        if seat is None or Act.ASK_LEAD not in TASK_ACTS[task.kind]:
            raise NotAllowedError("退回审批部门说明由登记备案的部门办理，您目前没有这项权限。")
        if by.id in filing.filed_by:
            raise NotAllowedError(NOT_OWN)
        if task.state is not TaskState.OPEN or task.version != seen:
            raise StaleError(self._tasks.what_happened(task), task.id)
        if not reason.strip():
            raise RuleViolationError("退回审批部门说明请写明原因。")
        entry = self._begin(filing, Act.ASK_LEAD.value, by, Role.REGISTRAR, task.clause, now)
        said = {"at": now.isoformat(), "by": by.id, "points": [{"text": reason.strip()}]}
        self._tasks.turn(entry, task, Act.ASK_LEAD, Role.REGISTRAR, points=[*task.points, said])
        approved = {one.task_id for one in self._tasks.decisions(filing) if one.act is Act.APPROVE}
        for other in self._tasks.of(filing):
            if other.id in approved and other.state is TaskState.DECIDED:
                self._tasks.turn(entry, other, Act.ASK_LEAD, Role.REGISTRAR)
        return self._filings.move(entry, filing, Act.ASK_LEAD, Role.REGISTRAR)

    # --- urging ----------------------------------------------------------------------------------

    def urge(self, filing_id: str, *, by: Person, role: Role, day: date, now: datetime) -> Urged:
        """Note that each task of a case is urged for ``day``: at most once, whoever urges.

        What came to its desk that very day is left in peace.
        """
        filing = self._filings.held(filing_id)
        urged = Urged([], [], [])
        had = set(
            self._tx.execute(
                select(t.urge.c.task_id).where(
                    t.urge.c.tenant == filing.tenant,
                    t.urge.c.filing_id == filing.id,
                    t.urge.c.day == day,
                )
            ).scalars()
        )
        for task in self._tasks.of(filing):
            if not is_due(filing.stage, task):
                continue
            if task.id in had:
                urged.before.append(task)
            elif filing.local(task.opened_at).date() >= day:
                urged.fresh.append(task)
            else:
                urged.sent.append(task)
        if urged.sent:
            entry = self._begin(filing, "urge", by, role, "三", now)
            for task in urged.sent:
                entry.insert(
                    t.urge, task_id=task.id, day=day, filing_id=filing.id, person_id=by.id, at=now
                )
        return urged

    # --- adding a word ---------------------------------------------------------------------------

    def supplement(self, filing: Filing, words: str, *, by: Person, now: datetime) -> Supplement:
        """Keep what a department adds after it has spoken; nothing that was decided changes.

        Raises:
            NotAllowedError: the department had no part in the case, or has not spoken yet.

        Source: E.3 unhappy 3, E.8 unhappy 1.
        """
        filing = self._filings.held(filing.id)
        day = filing.local(now).date()
        if by.id in filing.school_people:
            raise NotAllowedError(NOT_OWN)
        said = {one.task_id for one in self._tasks.decisions(filing)}
        mine = [
            (task, post)
            for task in self._tasks.of(filing)
            if (post := self._tasks.seat_of(task, by, day)) is not None
        ]
        if not mine:
            raise NotAllowedError("补充意见由承办过这件备案的部门提出，您目前没有这项权限。")
        spoken = [(task, post) for task, post in mine if task.id in said]
        if not spoken:
            raise NotAllowedError(f"{filing.case_no} 您处还没有给过意见，请发“待办”直接办理。")
        task, post = spoken[-1]
        kept = Supplement(filing.id, task.id, words, by.id, post.unit_code, now)
        entry = self._begin(filing, "supplement", by, post.role, task.clause, now)
        entry.insert(t.supplement, id=new_id(now), **kept._asdict())
        return kept

    def supplements(self, filing: Filing) -> list[Supplement]:
        """Return what was added to a case, the oldest first."""
        names = [t.supplement.c[name] for name in Supplement._fields]
        rows = self._tx.execute(
            select(*names)
            .where(t.supplement.c.tenant == filing.tenant, t.supplement.c.filing_id == filing.id)
            .order_by(t.supplement.c.at, t.supplement.c.id)
        )
        return [Supplement._make(row) for row in rows]

    # --- looking before many are done at once ----------------------------------------------------

    def open(self, task: Task, *, by: Person, now: datetime) -> None:
        """Note that somebody opened a task as it stands; once."""
        if task.id in self.opened([task], by):
            return
        filing = self._filings.known(task.filing_id)
        entry = self._begin(filing, "open_task", by, Role.REVIEWER, task.clause, now)
        entry.insert(
            t.task_opened,
            task_id=task.id,
            person_id=by.id,
            version=task.version,
            filing_id=filing.id,
            at=now,
        )

    def opened(self, tasks: Iterable[Task], person: Person) -> set[str]:
        """Return which of these tasks somebody has opened as they stand."""
        versions = {task.id: task.version for task in tasks}
        rows = self._tx.execute(
            select(t.task_opened.c.task_id, t.task_opened.c.version).where(
                t.task_opened.c.task_id.in_(list(versions)),
                t.task_opened.c.person_id == person.id,
            )
        )
        return {row.task_id for row in rows if versions[row.task_id] == row.version}

    # --- inside ----------------------------------------------------------------------------------

    def _begin(
        self, filing: Filing, act: str, by: Person, role: Role, clause: str, now: datetime
    ) -> Entry:
        return self._journal.begin(
            tenant=filing.tenant,
            at=now,
            act=act,
            subject=filing.id,
            person_id=by.id,
            role=role.value,
            clause=clause,
            rule_version=filing.rule_version,
        )
