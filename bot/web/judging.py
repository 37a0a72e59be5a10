"""What the page shows to a department alone: what changed for it, and the desks' evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from storage.cases import Filing, Task
from storage.evidence import Proof
from storage.people import Person
from storage.rules.terms import Stage, TaskState
from storage.transaction import Transaction

_UNDER_REVIEW: Final = (Stage.SUBMITTED, Stage.INTAKE, Stage.IN_REVIEW)


class ChangedRow(NamedTuple):
    """One thing the school changed, whole; ``note`` where there are no words to show."""

    label: str
    old: str
    new: str
    note: str


class ProofRow(NamedTuple):
    """One desk's evidence."""

    desk: str
    files: Sequence[Proof]


def changed_for(
    tasks: Sequence[Task], person: Person, today: date
) -> tuple[list[ChangedRow], frozenset[str]]:
    """Return what changed for the desks of ``person`` that look again, and the labels of it."""
    rows: dict[str, ChangedRow] = {}
    for task in tasks:
        mine = person.at_desk(task.tenant, task.desk, today) is not None
        if mine and task.state is TaskState.OPEN and task.points:
            for change in task.points[-1].get("changes", ()):
                rows.setdefault(str(change["label"]), _row(change))
    return list(rows.values()), frozenset(rows)


def _row(change: Mapping[str, Any]) -> ChangedRow:
    label = str(change["label"])
    if "files" in change:
        how = "更换为" if change["replaces"] else "新增"
        return ChangedRow(label, "", "", how + "、".join(change["files"]))
    if "new" not in change:
        return ChangedRow(label, "", "", "已更新")
    return ChangedRow(label, str(change["old"]), str(change["new"]), "")


def evidence_for(
    tx: Transaction, filing: Filing, tasks: Sequence[Task], person: Person, today: date
) -> list[tuple[Task, list[Proof]]]:
    """Return the evidence that somebody may see: of their own desk always, of the others once
    opinions are not hidden any more (R29). Never the school, and no department that is only told.

    Source: requirements R41, R29.
    """
    if person.id in filing.school_people:
        return []
    at_work = [one for one in tasks if person.at_desk(one.tenant, one.desk, today) is not None]
    if not at_work:
        return []
    open_now = not filing.office.hidden_opinions or filing.stage not in _UNDER_REVIEW
    own = {one.desk for one in at_work}
    found = []
    for task in tasks:
        if task.desk in own or open_now:
            files = tx.evidence.of_task(task)
            if files:
                found.append((task, files))
    return found
