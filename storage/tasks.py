"""The departments' tasks: opened by the route, decided once, by somebody who holds the desk that day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from storage import tables as t
from storage.filings import Filing, StaleError
from storage.ids import new_id
from storage.journal import Entry
from storage.people import Person, Post
from storage.rules import workdays
from storage.rules.routing import NUMBER_LETTERS, Seat
from storage.rules.terms import Act, Desk, Kind, NotAllowedError, Role, Stage, TaskKind, TaskState
from storage.rules.workflow import TaskView, advance_task, decide, may_decide_early

if TYPE_CHECKING:
    from storage.transaction import Transaction

ROLE_OF: Mapping[TaskKind, Role] = {
    TaskKind.INTAKE: Role.REVIEWER,
    TaskKind.CO_REVIEW: Role.REVIEWER,
    TaskKind.DECISION: Role.LEAD,
    TaskKind.REGISTRATION: Role.REGISTRAR,
}
AGAINST = "against"
SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Task:
    """One department's part of one filing. ``points`` holds what was asked back, oldest first:
    ``{"at", "by", "points": [{"criterion", "text"}]}``. ``part`` counts the filing's parts."""

    tenant: str
    id: str
    filing_id: str
    part: int
    kind: TaskKind
    desk: Desk
    unit_code: str
    blocking: bool
    clause: str
    state: TaskState
    version: int
    opened_at: datetime
    due_on: date
    due_provisional: bool
    decided_at: datetime | None
    points: tuple[Mapping[str, Any], ...]

    @property
    def view(self) -> TaskView:
        """Return what the workflow needs to know of it."""
        return TaskView(self.kind, self.state, self.blocking)


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided on a task, once. ``verdict`` is ``for``, ``against``, ``advice``, ``silent``;
    ``findings`` maps a criterion's key to its finding."""

    tenant: str
    task_id: str
    filing_id: str
    act: Act
    verdict: str
    findings: Mapping[str, Any]
    reason: str
    person_id: str
    role: Role
    unit_code: str
    clause: str
    rule_version: str
    at: datetime


@dataclass(slots=True)
class Tasks:
    """Opens, finds and decides tasks."""

    _tx: Transaction

    # --- finding -------------------------------------------------------------------------------

    def get(self, task_id: str) -> Task | None:
        """Find a task by id."""
        row = self._tx.execute(select(t.task).where(t.task.c.id == task_id)).first()
        return _task(row) if row else None

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
        """Return a filing's tasks, superseded ones too, in the order they were opened."""
        rows = self._tx.execute(
            select(t.task)
            .where(t.task.c.tenant == filing.tenant, t.task.c.filing_id == filing.id)
            .order_by(t.task.c.opened_at, t.task.c.id)
        )
        return [_task(row) for row in rows]

    def open_of(self, person: Person, day: date) -> list[Task]:
        """Return the open tasks of every desk a person works on ``day``, the most urgent first."""
        desks = {
            (post.tenant, post.unit_code): post
            for post in person.held(day)
            if post.role in (Role.REVIEWER, Role.HEAD, Role.DEPUTY)
        }
        found: list[Task] = []
        for tenant, unit_code in desks:
            rows = self._tx.execute(
                select(t.task).where(
                    t.task.c.tenant == tenant,
                    t.task.c.unit_code == unit_code,
                    t.task.c.state == TaskState.OPEN.value,
                )
            )
            found.extend(_task(row) for row in rows)
        return sorted(found, key=lambda task: (task.due_on, task.id))

    def decision(self, task: Task) -> Decision | None:
        """Return the decision of a task."""
        row = self._tx.execute(
            select(t.decision).where(
                t.decision.c.tenant == task.tenant, t.decision.c.task_id == task.id
            )
        ).first()
        return _decision(row) if row else None

    def decisions(self, filing: Filing) -> list[Decision]:
        """Return a filing's decisions in the order they were made."""
        rows = self._tx.execute(
            select(t.decision)
            .where(t.decision.c.tenant == filing.tenant, t.decision.c.filing_id == filing.id)
            .order_by(t.decision.c.at, t.decision.c.task_id)
        )
        return [_decision(row) for row in rows]

    # --- opening, as the route says ------------------------------------------------------------

    def open_intake(self, entry: Entry, filing: Filing) -> None:
        """Ask the technical desk to look at a gate that was passed with an explanation."""
        if not any(
            task.kind is TaskKind.INTAKE and task.view.is_pending for task in self.of(filing)
        ):
            if any(
                task.kind is TaskKind.INTAKE and task.state is TaskState.DECIDED
                for task in self.of(filing)
            ):
                return
            self._open(
                entry,
                filing,
                0,
                TaskKind.INTAKE,
                Desk.TECH,
                True,
                "四（四）",
                filing.office.days_receive,
            )

    def open_reviews(self, entry: Entry, filing: Filing) -> None:
        """Open one task per co-reviewing department that has none."""
        seated = {
            task.desk
            for task in self.of(filing)
            if task.kind is TaskKind.CO_REVIEW and task.state is not TaskState.SUPERSEDED
        }
        for seat in filing.seats:
            if seat.desk not in seated:
                self._open_seat(entry, filing, seat)

    def open_decisions(self, entry: Entry, filing: Filing) -> None:
        """Open the decision of each part whose lead has none."""
        seated = {
            task.part
            for task in self.of(filing)
            if task.kind is TaskKind.DECISION and task.state is not TaskState.SUPERSEDED
        }
        for at, part in enumerate(filing.parts):
            if at not in seated:
                self._open(
                    entry,
                    filing,
                    at,
                    TaskKind.DECISION,
                    part.lead.desk,
                    True,
                    part.lead.clause,
                    filing.office.days_lead,
                )

    def open_registration(self, entry: Entry, filing: Filing) -> None:
        """Open the registrar's task."""
        self._open(
            entry,
            filing,
            0,
            TaskKind.REGISTRATION,
            filing.parts[0].registrar_desk,
            True,
            "四（四）",
            filing.office.days_register,
        )

    def _open_seat(self, entry: Entry, filing: Filing, seat: Seat) -> None:
        self._open(
            entry,
            filing,
            0,
            seat.kind,
            seat.desk,
            seat.blocking,
            seat.clause,
            filing.office.days_co_review,
        )

    def _open(
        self,
        entry: Entry,
        filing: Filing,
        part: int,
        kind: TaskKind,
        desk: Desk,
        blocking: bool,
        place: str,
        days: int,
    ) -> None:
        department = self._tx.people.department(filing.tenant, desk)
        deadline = workdays.add(filing.local(entry.at).date(), days, self._tx.calendar)
        entry.insert(
            t.task,
            id=new_id(entry.at),
            filing_id=filing.id,
            part=part,
            kind=kind.value,
            desk=desk.value,
            unit_code=department.code if department else "",
            blocking=blocking,
            clause=place,
            state=TaskState.OPEN.value,
            version=1,
            opened_at=entry.at,
            due_on=deadline.on,
            due_provisional=deadline.provisional,
            decided_at=None,
            points=[],
        )

    # --- acts ----------------------------------------------------------------------------------

    def record(
        self,
        task_id: str,
        act: Act,
        *,
        by: Person,
        seen: int,
        now: datetime,
        verdict: str = "for",
        findings: Mapping[str, Any] | None = None,
        reason: str = "",
        points: Sequence[Mapping[str, str]] = (),
        number_code: str = "",
    ) -> Task:
        """Record what a desk does with its task, once, and let the filing follow.

        ``ACCEPT`` (intake), ``OPINE`` (``verdict`` for, against or advice), ``RETURN`` (with
        ``points``), ``APPROVE``, ``REJECT``, ``REGISTER``.

        Raises:
            StaleError: somebody decided before, or the card is out of date; says what happened.
            NotAllowedError: not this person's desk today, own filing, or against the workflow.

        Source: 三（二）; each decision cites the clause its seat rests on.
        """
        task = self.known(task_id)
        filing = self._tx.filings.known(task.filing_id)
        role = ROLE_OF[task.kind]
        post = self._authority(task, filing, by, act, now)
        if task.state is not TaskState.OPEN or task.version != seen:
            raise StaleError(self.what_happened(task))
        state = advance_task(task.state, act, role)
        if act is Act.APPROVE:
            self._nothing_against(filing)
        entry = self._tx.journal.begin(
            tenant=task.tenant,
            at=now,
            act=act.value,
            subject=filing.id,
            person_id=by.id,
            role=role.value,
            clause=task.clause,
            rule_version=filing.rule_version,
        )
        values: dict[str, Any] = {"state": state.value, "version": task.version + 1}
        if act is Act.RETURN:
            values["points"] = [
                *task.points,
                {"at": now.isoformat(), "by": by.id, "points": list(points)},
            ]
        else:
            values["decided_at"] = now
        guard = {"version": seen, "state": TaskState.OPEN.value, "decided_at": None}
        if not entry.update(t.task, {"id": task.id}, guard, **values):
            raise StaleError(self.what_happened(self.known(task_id)))
        if act is not Act.RETURN:
            self._decide(
                entry,
                task,
                filing,
                act,
                verdict,
                findings or {},
                reason,
                by.id,
                role,
                post.unit_code,
            )
        self._follow(entry, task, filing, act, number_code, now)
        return self.known(task_id)

    def decide_early(self, filing: Filing, *, by: Person, seen: int, now: datetime) -> Filing:
        """Let the lead decide while only advisory opinions are out; those close as 无意见."""
        lead = filing.parts[0].lead.desk
        if not any(
            by.at_desk(filing.tenant, part.lead.desk, filing.local(now).date())
            for part in filing.parts
        ):
            raise NotAllowedError(f"先行决定由牵头的{lead.label}办理。")
        if filing.version != seen:
            raise StaleError("这件备案已经有了变化，请看最新的一张卡片。")
        if not may_decide_early(filing.stage, [task.view for task in self.of(filing)]):
            raise NotAllowedError("还有必须等待的会审意见，暂不能先行决定。")
        self._not_own(filing, by)
        entry = self._tx.journal.begin(
            tenant=filing.tenant,
            at=now,
            act=Act.DECIDE_EARLY.value,
            subject=filing.id,
            person_id=by.id,
            role=Role.LEAD.value,
            clause=filing.parts[0].lead.clause,
            rule_version=filing.rule_version,
        )
        for task in self.of(filing):
            if task.kind is TaskKind.CO_REVIEW and task.view.is_pending:
                self._close(
                    entry,
                    task,
                    filing,
                    Act.DECIDE_EARLY,
                    Role.LEAD,
                    "无意见（牵头先行决定）",
                    by.id,
                )
        return self._tx.filings.move(entry, filing, Act.DECIDE_EARLY, Role.LEAD)

    def expire(self, task: Task, now: datetime) -> Task:
        """Close an advisory task whose deadline passed in silence as 无意见 (Q14)."""
        if task.blocking:
            raise NotAllowedError("这项会审意见必须等待，不能记为无意见。")
        filing = self._tx.filings.known(task.filing_id)
        entry = self._tx.journal.begin(
            tenant=task.tenant,
            at=now,
            act=Act.EXPIRE.value,
            subject=filing.id,
            role=Role.SYSTEM.value,
            clause=task.clause,
            rule_version=filing.rule_version,
        )
        self._close(entry, task, filing, Act.EXPIRE, Role.SYSTEM, "无意见", "")
        self._tx.filings.carry_on(filing, now)
        return self.known(task.id)

    def reopen(self, entry: Entry, filing: Filing, act: Act, role: Role, now: datetime) -> None:
        """Open again what was returned, with a new deadline; everything else stays as it is."""
        for task in self.of(filing):
            if task.state is not TaskState.RETURNED:
                continue
            days = (
                filing.office.days_lead
                if task.kind is TaskKind.DECISION
                else filing.office.days_co_review
            )
            deadline = workdays.add(filing.local(now).date(), days, self._tx.calendar)
            entry.update(
                t.task,
                {"id": task.id},
                {"version": task.version, "state": task.state.value},
                state=advance_task(task.state, act, role).value,
                version=task.version + 1,
                opened_at=now,
                due_on=deadline.on,
                due_provisional=deadline.provisional,
            )

    def end_all(self, entry: Entry, filing: Filing, act: Act, role: Role) -> None:
        """End every task that still waits, because the filing itself ends."""
        for task in self.of(filing):
            if task.view.is_pending:
                entry.update(
                    t.task,
                    {"id": task.id},
                    {"version": task.version},
                    state=TaskState.SUPERSEDED.value,
                    version=task.version + 1,
                )

    # --- what is said about it -----------------------------------------------------------------

    def what_happened(self, task: Task) -> str:
        """Say to somebody who comes too late what has happened to the task."""
        filing = self._tx.filings.known(task.filing_id)
        decision = self.decision(task)
        if decision is not None:
            person = self._tx.people.get(decision.person_id) if decision.person_id else None
            who = person.name if person else "系统"
            at = filing.local(decision.at)
            return (
                f"{filing.case_no} 已由{who}于{at.month}月{at.day}日 {at:%H:%M} 办理"
                f"（{task.kind.label}：{decision.act.label}）。您的点选未计入。"
            )
        if task.state is TaskState.RETURNED:
            return f"{filing.case_no} 已退回学校补正，学校交回后会再送您处。您的点选未计入。"
        if filing.stage is Stage.WITHDRAWN:
            return f"{filing.case_no} 已由学校撤回，不必再办理。"
        if task.state is TaskState.SUPERSEDED:
            return f"{filing.case_no} 的这项{task.kind.label}已失效，不必再办理。"
        return f"{filing.case_no} 已经有了变化，请看最新的一张卡片。您的点选未计入。"

    def letter(self, filing: Filing) -> str:
        """Return the number's letter: X only where one number covers a terminal and an APP part."""
        approved = {
            filing.parts[task.part].kind
            for task in self.of(filing)
            if task.kind is TaskKind.DECISION
            and (decision := self.decision(task)) is not None
            and decision.act is Act.APPROVE
        }
        kind = Kind.BOTH if len(approved) > 1 else next(iter(approved), filing.kind)
        return NUMBER_LETTERS[kind]

    # --- inside --------------------------------------------------------------------------------

    def _authority(self, task: Task, filing: Filing, by: Person, act: Act, now: datetime) -> Post:
        """Return the post by which ``by`` may act now; authority is read where the act commits."""
        post = by.at_desk(task.tenant, task.desk, filing.local(now).date())
        if post is None or post.unit_code != task.unit_code:
            raise NotAllowedError(f"本件由{task.desk.label}的审核人办理，您目前没有这项权限。")
        self._not_own(filing, by)
        if act is Act.REGISTER and any(part.distinct_registrar for part in filing.parts):
            approvers = {
                decision.person_id
                for decision in self.decisions(filing)
                if decision.act is Act.APPROVE
            }
            if by.id in approvers:
                raise NotAllowedError("本件由您审批，按设置需由另一位同志登记。")
        return post

    def _not_own(self, filing: Filing, by: Person) -> None:
        if by.id in (filing.owner_id, filing.principal_id):
            raise NotAllowedError("这件备案由您本人报送，请由同处室的其他同志办理。")

    def _nothing_against(self, filing: Filing) -> None:
        tasks = {task.id: task for task in self.of(filing)}
        for decision in self.decisions(filing):
            task = tasks[decision.task_id]
            if task.blocking and task.kind is TaskKind.CO_REVIEW and decision.verdict == AGAINST:
                raise NotAllowedError(
                    f"{task.desk.label}的会审意见为“发现问题”，不能同意，可以退回或不予通过。"
                )

    def _follow(
        self, entry: Entry, task: Task, filing: Filing, act: Act, number_code: str, now: datetime
    ) -> None:
        filings = self._tx.filings
        if task.kind is TaskKind.CO_REVIEW:
            if act is not Act.RETURN:
                filings.carry_on(filing, now)
        elif task.kind is TaskKind.REGISTRATION:
            filings.register(
                entry, filing, letter=self.letter(filing), number_code=number_code, now=now
            )
        elif task.kind is TaskKind.INTAKE:
            filings.carry_on(filings.move(entry, filing, act, Role.REVIEWER), now)
        else:
            if act is Act.RETURN:
                self._look_again(entry, filing)
            others = [
                decision.act if (decision := self.decision(other)) else None
                for other in self.of(filing)
                if other.kind is TaskKind.DECISION
                and other.id != task.id
                and other.state is not TaskState.SUPERSEDED
            ]
            move = decide(others, act)
            values = {"settled_at": now} if move is Act.REJECT else {}
            filings.move(entry, filing, move, Role.LEAD, **values)

    def _look_again(self, entry: Entry, filing: Filing) -> None:
        """Let a desk whose finding blocks look again at what the school will hand back."""
        for task in self.of(filing):
            decision = self.decision(task)
            if task.kind is TaskKind.CO_REVIEW and decision and decision.verdict == AGAINST:
                state = advance_task(task.state, Act.LOOK_AGAIN, Role.LEAD)
                entry.update(
                    t.task,
                    {"id": task.id},
                    {"version": task.version},
                    state=state.value,
                    version=task.version + 1,
                )

    def _close(
        self,
        entry: Entry,
        task: Task,
        filing: Filing,
        act: Act,
        role: Role,
        reason: str,
        person_id: str,
    ) -> None:
        entry.update(
            t.task,
            {"id": task.id},
            {"version": task.version, "state": task.state.value},
            state=advance_task(task.state, act, role).value,
            version=task.version + 1,
            decided_at=entry.at,
        )
        self._decide(entry, task, filing, act, SILENT, {}, reason, person_id, role, task.unit_code)

    def _decide(
        self,
        entry: Entry,
        task: Task,
        filing: Filing,
        act: Act,
        verdict: str,
        findings: Mapping[str, Any],
        reason: str,
        person_id: str,
        role: Role,
        unit_code: str,
    ) -> None:
        entry.insert(
            t.decision,
            task_id=task.id,
            filing_id=filing.id,
            act=act.value,
            verdict=verdict,
            findings=dict(findings),
            reason=reason,
            person_id=person_id,
            role=role.value,
            unit_code=unit_code,
            clause=task.clause,
            rule_version=filing.rule_version,
            at=entry.at,
        )


def _task(row: Any) -> Task:
    return Task(
        row.tenant,
        row.id,
        row.filing_id,
        row.part,
        TaskKind(row.kind),
        Desk(row.desk),
        row.unit_code,
        row.blocking,
        row.clause,
        TaskState(row.state),
        row.version,
        row.opened_at,
        row.due_on,
        row.due_provisional,
        row.decided_at,
        tuple(row.points),
    )


def _decision(row: Any) -> Decision:
    return Decision(
        row.tenant,
        row.task_id,
        row.filing_id,
        Act(row.act),
        row.verdict,
        row.findings,
        row.reason,
        row.person_id,
        Role(row.role),
        row.unit_code,
        row.clause,
        row.rule_version,
        row.at,
    )
