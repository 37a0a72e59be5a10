"""The departments' tasks: decided once, by somebody who holds the desk that day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import literal_column, select

from storage import tables as t
from storage.absences import still_stands_in
from storage.amendments import Amendments
from storage.cases import Decision, Filing, StaleError, Task
from storage.deadlines import Deadlines
from storage.filings import Filings
from storage.finding import TaskFinder
from storage.followups import Followups
from storage.journal import Entry, Journal
from storage.people import Person, Post
from storage.rules.course import decide, may_decide_early
from storage.rules.items import items_of, kinds_covered
from storage.rules.routing import NUMBER_LETTERS
from storage.rules.terms import Act, Kind, NotAllowedError, Role, Stage, TaskKind, TaskState
from storage.rules.workflow import TASK_ACTS, advance_task

ROLE_OF: Mapping[TaskKind, Role] = {
    TaskKind.INTAKE: Role.REVIEWER,
    TaskKind.CO_REVIEW: Role.REVIEWER,
    TaskKind.DECISION: Role.LEAD,
    TaskKind.REGISTRATION: Role.REGISTRAR,
}
AGAINST = "against"
SILENT = "silent"
AT_ONCE = 500


@dataclass(slots=True, eq=False)
class Tasks(TaskFinder):
    """Finds and decides tasks."""

    _journal: Journal
    _filings: Filings
    _amendments: Amendments
    _followups: Followups
    _deadlines: Deadlines

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
        filing = self._filings.held(self.known(task_id).filing_id)
        task = self.known(task_id)
        role = ROLE_OF[task.kind]
        post = self._authority(task, filing, by, act, now)
        if task.state is not TaskState.OPEN or task.version != seen:
            raise StaleError(self.what_happened(task, by), task.id)
        if act not in TASK_ACTS[task.kind]:
            raise NotAllowedError(f"“{task.kind.label}”任务不能{act.label}。")
        state = advance_task(task.state, act, role)
        if act is Act.APPROVE:
            self._nothing_against(filing)
        entry = self._journal.begin(
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
            # From now on it is the school's: 内部办理时限 of completing.
            deadline = self._deadlines.completion(filing, now)
            values |= {"due_on": deadline.on, "due_provisional": deadline.provisional}
        else:
            values["decided_at"] = now
        guard = {"version": seen, "state": TaskState.OPEN.value, "decided_at": None}
        if not entry.update(t.task, {"id": task.id}, guard, **values):
            raise StaleError(self.what_happened(self.known(task_id), by), task_id)
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
                post.stands_for,
            )
        self._follow(entry, task, filing, act, number_code, now)
        return self.known(task_id)

    def turn(self, entry: Entry, task: Task, act: Act, role: Role, **values: Any) -> None:
        """Move a task as part of an act around it, as it was read.

        Raises:
            StaleError: somebody acted before; says what happened.
        """
        guard = {"version": task.version, "state": task.state.value}
        state = advance_task(task.state, act, role).value
        if not entry.update(
            t.task, {"id": task.id}, guard, state=state, version=task.version + 1, **values
        ):
            raise StaleError(self.what_happened(self.known(task.id)), task.id)

    def decide_early(self, filing: Filing, *, by: Person, seen: int, now: datetime) -> Filing:
        """Let the lead decide while only advisory opinions are out; those close as 无意见."""
        filing = self._filings.held(filing.id)
        lead = filing.parts[0].lead.desk
        day = filing.local(now).date()
        posts = (by.at_desk(filing.tenant, part.lead.desk, day) for part in filing.parts)
        post = next((one for one in posts if one is not None), None)
        if post is None:
            raise NotAllowedError(f"先行决定由牵头的{lead.label}办理。")
        self._still_stands_in(post, by, day)
        if filing.version != seen:
            raise StaleError("这件备案已经有了变化，请看最新的一张卡片。")
        if not may_decide_early(filing.stage, [task.view for task in self.of(filing)]):
            raise NotAllowedError("还有必须等待的会审意见，暂不能先行决定。")
        self._not_own(filing, by)
        entry = self._journal.begin(
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
                    post.stands_for,
                )
        return self._filings.move(entry, filing, Act.DECIDE_EARLY, Role.LEAD)

    def expire(self, task: Task, now: datetime) -> Task:
        """Close an advisory task whose deadline passed in silence as 无意见 (Q14)."""
        filing = self._filings.held(task.filing_id)
        task = self.known(task.id)
        if task.kind is not TaskKind.CO_REVIEW or task.blocking:
            raise NotAllowedError("这项会审意见必须等待，不能记为无意见。")
        entry = self._journal.begin(
            tenant=task.tenant,
            at=now,
            act=Act.EXPIRE.value,
            subject=filing.id,
            role=Role.SYSTEM.value,
            clause=task.clause,
            rule_version=filing.rule_version,
        )
        self._close(entry, task, filing, Act.EXPIRE, Role.SYSTEM, "无意见", "")
        self._filings.carry_on(filing, now)
        return self.known(task.id)

    def silent(self, today: date) -> list[str]:
        """Return advisory tasks that nobody answered by their time limit, the oldest first."""
        late = (
            select(t.task.c.id)
            .where(
                # Word for word the condition of ix_task_silent.
                t.task.c.state == literal_column("'open'"),
                t.task.c.kind == literal_column("'co_review'"),
                ~t.task.c.blocking,
                t.task.c.due_on < today,
            )
            .order_by(t.task.c.due_on, t.task.c.id)
            .limit(AT_ONCE)
        )
        return list(self._tx.execute(late).scalars())

    # --- what is said about it -----------------------------------------------------------------

    def what_happened(self, task: Task, by: Person | None = None) -> str:
        """Say to somebody who comes too late what has happened to the task; ``by``, of its own
        desk, is told that a word may still be added to what a colleague said (E.3 unhappy 3).
        """
        filing = self._filings.known(task.filing_id)
        decision = self.decision(task)
        if self.was_undone(task):
            return f"{filing.case_no} 的这次办理已撤销，请看最新的一张卡片。您的点选未计入。"
        if decision is not None:
            who = self.signer(decision) or "系统"
            at = filing.local(decision.at)
            return (
                f"{filing.case_no} 已由{who}于{at.month}月{at.day}日 {at:%H:%M} 办理"
                f"（{task.kind.label}：{decision.act.label}）。您的点选未计入。"
                f"{self._may_add(filing, task, decision, by)}"
            )
        if task.state is TaskState.RETURNED:
            return f"{filing.case_no} 已退回学校补正，学校交回后会再送您处。您的点选未计入。"
        if filing.stage is Stage.WITHDRAWN:
            return f"{filing.case_no} 已由学校撤回，不必再办理。"
        return f"{filing.case_no} 已经有了变化，请看最新的一张卡片。您的点选未计入。"

    @staticmethod
    def _may_add(filing: Filing, task: Task, decision: Decision, by: Person | None) -> str:
        gives_opinions = task.kind in (TaskKind.CO_REVIEW, TaskKind.DECISION)
        if by is None or not gives_opinions or by.id in (decision.person_id, *filing.filed_by):
            return ""
        return f"如有不同意见，请发“补充意见 {filing.case_no}”。"

    def signer(self, decision: Decision) -> str:
        """Return whose name stands under a decision: 李四, or 李四（代王五）; empty: nobody's."""
        names = [
            person.name if (person := self._people.get(one)) else ""
            for one in (decision.person_id, decision.stands_for)
            if one
        ]
        return names[0] + (f"（代{names[1]}）" if len(names) > 1 else "") if names else ""

    def letter(self, filing: Filing) -> str:
        """Return the number's letter: X only where one number covers a terminal and an APP part."""
        covered: set[Kind] = set()
        part_of = {task.id: filing.part_at(task.part).kind for task in self.of(filing)}
        for one in self.standing_approvals(filing):
            kind = part_of[one.task_id]
            items = items_of(kind, filing.apps)
            covered |= kinds_covered(kind, items, one.findings.get("items"))
        kind = Kind.BOTH if len(covered) > 1 else next(iter(covered), filing.kind)
        return NUMBER_LETTERS[kind]

    # --- inside --------------------------------------------------------------------------------

    def _authority(self, task: Task, filing: Filing, by: Person, act: Act, now: datetime) -> Post:
        """Return the post by which ``by`` may act now; authority is read where the act commits."""
        day = filing.local(now).date()
        post = self.seat_of(task, by, day)
        if post is None:
            raise NotAllowedError(f"本件由{task.desk.label}的审核人办理，您目前没有这项权限。")
        self._still_stands_in(post, by, day)
        self._not_own(filing, by)
        if by.id in self.decided_before(task):
            raise NotAllowedError("本件是对您所作决定的复核，由未参与审批的其他同志办理。")
        if act is Act.REGISTER and any(part.distinct_registrar for part in filing.parts):
            approvers = {
                decision.person_id
                for decision in self.decisions(filing)
                if decision.act is Act.APPROVE
            }
            if by.id in approvers:
                raise NotAllowedError("本件由您审批，按设置需由另一位同志登记。")
        return post

    def _still_stands_in(self, post: Post, by: Person, day: date) -> None:
        if post.stands_for and not still_stands_in(self._tx, post.stands_for, by.id, day):
            raise NotAllowedError("您的代办已经结束，本件请由原承办同志办理。")

    def _not_own(self, filing: Filing, by: Person) -> None:
        if by.id in filing.filed_by:
            raise NotAllowedError("这件备案由您本人报送，请由同处室的其他同志办理。")

    def _nothing_against(self, filing: Filing) -> None:
        """Refuse the approval over a finding that stands (A.4: 发现; 重大安全问题)."""
        tasks = {task.id: task for task in self.of(filing)}
        for decision in self.decisions(filing):
            task = tasks[decision.task_id]
            # A grave finding bars the approval whether or not its desk's advice is waited for.
            stands = task.state is TaskState.DECIDED and task.kind is TaskKind.CO_REVIEW
            if stands and decision.verdict == AGAINST:
                raise NotAllowedError(
                    f"{task.desk.label}的会审意见为“发现问题”，不能同意，可以退回或不予通过。"
                )

    def _follow(
        self, entry: Entry, task: Task, filing: Filing, act: Act, number_code: str, now: datetime
    ) -> None:
        filings = self._filings
        if task.kind is TaskKind.CO_REVIEW:
            if act is not Act.RETURN:
                filings.carry_on(filing, now)
        elif task.kind is TaskKind.REGISTRATION and filing.amends:
            self._followups.open_after(entry, self._amendments.merge(entry, filing))
        elif task.kind is TaskKind.REGISTRATION:
            filing = filings.register(
                entry, filing, letter=self.letter(filing), number_code=number_code, now=now
            )
            self._followups.open_after(entry, filing)
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
            stands = task.kind is TaskKind.CO_REVIEW and task.state is TaskState.DECIDED
            if stands and decision and decision.verdict == AGAINST:
                self.turn(entry, task, Act.LOOK_AGAIN, Role.LEAD)

    def _close(
        self,
        entry: Entry,
        task: Task,
        filing: Filing,
        act: Act,
        role: Role,
        reason: str,
        person_id: str,
        stands_for: str = "",
    ) -> None:
        self.turn(entry, task, act, role, decided_at=entry.at)
        self._decide(
            entry, task, filing, act, SILENT, {}, reason, person_id, role, task.unit_code,
            stands_for,
        )  # fmt: skip

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
        stands_for: str = "",
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
            stands_for=stands_for,
        )
