"""Seating the desks: which tasks a stage opens, as the route says, and how they end."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storage import tables as t
from storage.cases import Filing, Task
from storage.deadlines import Deadlines
from storage.finding import TaskFinder
from storage.ids import new_id
from storage.journal import Entry
from storage.people import People
from storage.rules.reuse import desks_anew, same_version
from storage.rules.routing import Seat
from storage.rules.terms import Act, Desk, Role, TaskKind, TaskState
from storage.rules.workflow import advance_task


@dataclass(slots=True, eq=False)
class Seating:
    """Opens, opens again and ends tasks."""

    _tasks: TaskFinder
    _people: People
    _deadlines: Deadlines

    def open_intake(self, entry: Entry, filing: Filing) -> None:
        """Ask the technical desk to look at a gate that was passed with an explanation."""
        if not any(
            task.kind is TaskKind.INTAKE and task.view.is_pending for task in self._tasks.of(filing)
        ):
            if any(
                task.kind is TaskKind.INTAKE and task.state is TaskState.DECIDED
                for task in self._tasks.of(filing)
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
            for task in self._tasks.of(filing)
            if task.kind is TaskKind.CO_REVIEW and task.state is not TaskState.SUPERSEDED
        }
        for seat in filing.seats:
            if seat.desk not in seated:
                self._open_seat(entry, filing, seat)

    def open_decisions(self, entry: Entry, filing: Filing) -> None:
        """Open the decision of each part whose lead has none."""
        seated = {
            task.part
            for task in self._tasks.of(filing)
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
        """Open the registrar's task, where none waits."""
        if any(
            task.kind is TaskKind.REGISTRATION and task.view.is_pending
            for task in self._tasks.of(filing)
        ):
            return
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
            filing.office.days_of(seat.kind, seat.desk),
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
        department = self._people.department(filing.tenant, desk)
        deadline = self._deadlines.after(filing, days, entry.at)
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

    def reopen(
        self,
        entry: Entry,
        filing: Filing,
        act: Act,
        role: Role,
        changes: Mapping[str, Sequence[Mapping[str, Any]]],
        product_key: str = "",
        version: str = "",
    ) -> None:
        """Open again what was returned, with a new deadline; everything else stays as it is,
        except where the principal signed other facts or another product, or it is another version.

        What the desk has to look at (``changes``) stands beside what it asked for.
        """
        now = entry.at
        other = product_key not in ("", filing.product_key)
        anew = self._of_other_version(filing, version)
        self._look_anew(entry, filing, act, role, changes, anew, other_product=other)
        for task in self._tasks.of(filing):
            if task.state is not TaskState.RETURNED:
                continue
            days = filing.office.days_of(task.kind, task.desk)
            deadline = self._deadlines.after(filing, days, now)
            entry.update(
                t.task,
                {"id": task.id},
                {"version": task.version, "state": task.state.value},
                state=advance_task(task.state, act, role).value,
                version=task.version + 1,
                opened_at=now,
                due_on=deadline.on,
                due_provisional=deadline.provisional,
                points=_handed(task, changes.get(task.id, ()), entry.at),
            )

    def end_all(self, entry: Entry, filing: Filing, act: Act, role: Role) -> None:
        """End every task that still waits, because the filing itself ends."""
        for task in self._tasks.of(filing):
            if task.view.is_pending:
                entry.update(
                    t.task,
                    {"id": task.id},
                    {"version": task.version},
                    state=TaskState.SUPERSEDED.value,
                    version=task.version + 1,
                )

    def _look_anew(
        self,
        entry: Entry,
        filing: Filing,
        act: Act,
        role: Role,
        changes: Mapping[str, Sequence[Mapping[str, Any]]],
        anew: Collection[str],
        *,
        other_product: bool,
    ) -> None:
        """Make open cards out of date whose facts were signed anew; with another product make
        what was said of the old one give way, so that the desks are asked again. With another
        version both are so of ``anew`` alone.

        Source: design 2.7; requirements Q36 (更换产品, 重大版本 re-open the review).
        """
        asked = (TaskKind.CO_REVIEW, TaskKind.DECISION)
        for task in self._tasks.of(filing):
            is_fresh = task.state is TaskState.OPEN and act is Act.SIGN_AGAIN
            gives_way = task.state is TaskState.DECIDED and other_product
            if (task.kind in asked and (is_fresh or gives_way)) or task.id in anew:
                entry.update(
                    t.task,
                    {"id": task.id},
                    {"version": task.version, "state": task.state.value},
                    state=advance_task(task.state, act, role).value,
                    version=task.version + 1,
                    # What gives way is not looked at any more: what changed stands elsewhere.
                    points=list(task.points)
                    if task.state is TaskState.DECIDED
                    else _handed(task, changes.get(task.id, ()), entry.at),
                )

    def _of_other_version(self, filing: Filing, version: str) -> set[str]:
        """Return the tasks that were about another version: content and technique, decided or on a
        card, and the approvals that rested on them.

        A review that was taken over was of no version named, or of the very one.
        """
        before = str(filing.answers.get("product_version") or "")
        desks, found = desks_anew(before, version), set()
        for task in self._tasks.of(filing):
            decision = self._tasks.decision(task) if task.state is TaskState.DECIDED else None
            if task.kind is TaskKind.CO_REVIEW and (task.state is TaskState.OPEN or decision):
                taken_over = decision is not None and bool(decision.findings.get("source"))
                is_other = taken_over and not same_version(before, version)
                found |= {task.id} if task.desk in desks or is_other else set()
            elif task.kind is TaskKind.DECISION and decision and decision.act is Act.APPROVE:
                found |= {task.id} if desks else set()
        return found


def _handed(
    task: Task, changes: Sequence[Mapping[str, Any]], at: datetime
) -> list[Mapping[str, Any]]:
    """Return a task's points with what the school changed; what nobody asked for stands alone."""
    handed = {"changes": [dict(one) for one in changes], "handed": at.isoformat()}
    if task.state is TaskState.RETURNED and task.points:
        return [*task.points[:-1], {**task.points[-1], **handed}]
    return [*task.points, {"at": at.isoformat(), "by": "", "points": [], **handed}]
