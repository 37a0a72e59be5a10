"""Taking back what was just done: the decision stays in the ledger, and a fresh task asks again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import or_, select

from storage import tables as t
from storage.amendments import Amendments
from storage.cases import Filing, Task
from storage.filings import Filings
from storage.journal import Entry, Journal
from storage.people import Person
from storage.rules.terms import Act, NotAllowedError, Role, Stage, TaskKind, TaskState
from storage.rules.undoing import Since, undo_of
from storage.session import Session
from storage.tasks import AGAINST, ROLE_OF, Tasks

STEPS_BACK: dict[Act, frozenset[TaskKind]] = {
    Act.UNDO_INTAKE: frozenset({TaskKind.CO_REVIEW, TaskKind.DECISION}),
    Act.UNDO_OPINION: frozenset({TaskKind.DECISION}),
    Act.UNDO_DECISION: frozenset({TaskKind.REGISTRATION}),
}
"""Which open tasks the undone act had led to: they are closed again."""


class Done(NamedTuple):
    """What somebody did with a task, and when."""

    task: Task
    act: Act
    at: datetime


@dataclass(slots=True, eq=False)
class Undoing:
    """Finds what can be undone, and undoes it."""

    _tx: Session
    _journal: Journal
    _filings: Filings
    _tasks: Tasks
    _amendments: Amendments

    def done_by(self, person: Person, task: Task) -> Done | None:
        """Return what a person did with a task as it stands, or None."""
        decision = self._tasks.decision(task)
        if task.state is TaskState.DECIDED and decision and decision.person_id == person.id:
            return Done(task, decision.act, decision.at)
        if task.state is TaskState.RETURNED and task.points[-1]["by"] == person.id:
            return Done(task, Act.RETURN, datetime.fromisoformat(task.points[-1]["at"]))
        return None

    def latest(self, person: Person, filing: Filing) -> Done | None:
        """Return what a person did last in a case, of what stands."""
        found = [self.done_by(person, task) for task in self._tasks.of(filing)]
        return max((one for one in found if one), key=lambda one: one.at, default=None)

    def act_for(self, filing: Filing, done: Done, now: datetime) -> Act:
        """Return the act that undoes what was done.

        Raises:
            NotAllowedError: it cannot be undone, or not any more.
        """
        return undo_of(
            done.task.kind,
            done.act,
            stage=filing.stage,
            done_at=done.at,
            now=now,
            since=self._since(filing, done),
        )

    def undo(self, task_id: str, *, by: Person, now: datetime) -> Filing:
        """Undo what ``by`` did with a task: the filing stands again where it stood.

        Raises:
            NotAllowedError: not theirs to undo, or not any more.
        """
        filing = self._filings.held(self._tasks.known(task_id).filing_id)
        task = self._tasks.known(task_id)
        if self._tasks.seat_of(task, by, filing.local(now).date()) is None:
            raise NotAllowedError("撤销由办理人本人在岗时办理，您目前没有这项权限。")
        done = self.done_by(by, task)
        if done is None:
            raise NotAllowedError(
                f"{filing.case_no} 的这一项不是由您办理，或已经有了变化，不能撤销。"
            )
        act, role = self.act_for(filing, done, now), ROLE_OF[task.kind]
        if filing.stage is Stage.REJECTED:
            self._amendments.must_be_free_for(filing)
        entry = self._journal.begin(
            tenant=filing.tenant,
            at=now,
            act=act.value,
            subject=filing.id,
            person_id=by.id,
            role=role.value,
            clause=task.clause,
            rule_version=filing.rule_version,
        )
        entry.insert(
            t.undone,
            task_id=task.id,
            filing_id=filing.id,
            act=done.act.value,
            person_id=by.id,
            at=now,
        )
        self._tasks.turn(entry, task, act, role)
        for other in self._tasks.of(filing):
            if other.kind in STEPS_BACK[act] and other.state is TaskState.OPEN:
                self._tasks.turn(entry, other, act, role)
        if act is Act.UNDO_DECISION and done.act is Act.RETURN:
            self._stand_again(entry, filing, role)
        was = {"settled_at": None} if filing.stage is Stage.REJECTED else {}
        return self._filings.move(entry, filing, act, role, **was)

    def of(self, filing: Filing) -> set[str]:
        """Return the tasks of a filing whose act was undone."""
        rows = self._tx.execute(
            select(t.undone.c.task_id).where(
                t.undone.c.tenant == filing.tenant, t.undone.c.filing_id == filing.id
            )
        )
        return set(rows.scalars())

    # --- inside ----------------------------------------------------------------------------------

    def _since(self, filing: Filing, done: Done) -> Since:
        live = [one for one in self._tasks.of(filing) if one.state is not TaskState.SUPERSEDED]
        acted = [one for one in live if one.state is not TaskState.OPEN and one.id != done.task.id]
        early = any(
            one.act is Act.DECIDE_EARLY and one.at >= done.at
            for one in self._tasks.decisions(filing)
        )
        # What was handed back since may still wait for the principal's signature.
        mends = self._tx.execute(
            select(1).where(
                t.draft.c.filing_id == filing.bundle,
                or_(t.draft.c.state == "open", t.draft.c.updated_at > done.at),
            )
        ).first()
        return Since(
            review=any(one.kind is TaskKind.CO_REVIEW for one in acted),
            lead=early or any(one.kind is TaskKind.DECISION for one in acted),
            school=mends is not None,
        )

    def _stand_again(self, entry: Entry, filing: Filing, role: Role) -> None:
        """Let the findings that gave way with the return stand: nobody is asked to look again."""
        tasks = [one for one in self._tasks.of(filing) if one.kind is TaskKind.CO_REVIEW]
        asked = {one.desk for one in tasks if one.state is not TaskState.SUPERSEDED}
        # Who has left the way of the filing since has no finding that could bar it.
        asked |= {one.desk for one in tasks} - {seat.desk for seat in filing.seats}
        undone = self.of(filing)
        for task in reversed(tasks):
            decision = self._tasks.decision(task)
            if task.desk in asked or task.id in undone or decision is None:
                continue
            if decision.verdict == AGAINST:
                asked.add(task.desk)
                self._tasks.turn(entry, task, Act.UNDO_DECISION, role)
