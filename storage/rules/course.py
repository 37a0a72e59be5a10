"""What follows from where a filing's tasks stand: marks, early decisions, automatic acts."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from storage.rules.terms import Act, Stage, TaskKind, TaskState


class TaskView(NamedTuple):
    """What the workflow needs to know of a task. ``blocking``: the decision waits for it."""

    kind: TaskKind
    state: TaskState
    blocking: bool = True

    @property
    def is_pending(self) -> bool:
        """Tell whether the task still waits for its desk or for the school."""
        return self.state in (TaskState.OPEN, TaskState.RETURNED)


def has_supplement_open(stage: Stage, tasks: Iterable[TaskView]) -> bool:
    """Tell whether a filing 会审中 carries the derived 补正中 mark (a co-reviewer returned it)."""
    return stage is Stage.IN_REVIEW and any(task.state is TaskState.RETURNED for task in tasks)


def may_decide_early(stage: Stage, tasks: Iterable[TaskView]) -> bool:
    """Tell whether only advisory opinions are still out, so that the lead may decide now."""
    out = [task for task in tasks if task.kind is TaskKind.CO_REVIEW and task.is_pending]
    return stage is Stage.IN_REVIEW and bool(out) and not any(task.blocking for task in out)


def due_automatically(stage: Stage, tasks: Iterable[TaskView]) -> Act | None:
    """Return the act that the system must now do itself, or ``None``.

    To be asked again after each act until it is ``None``: a filing signed without explanations
    goes 已提交 → 受理检查 → 会审中 in one transaction, and on to 待审批 where nobody co-reviews.
    """
    pending = {task.kind for task in tasks if task.is_pending}
    if stage is Stage.SUBMITTED:
        return Act.RECEIVE
    if stage is Stage.INTAKE and TaskKind.INTAKE not in pending:
        return Act.PASS_CHECKS
    if stage is Stage.IN_REVIEW and TaskKind.CO_REVIEW not in pending:
        return Act.OPINIONS_IN
    return None


def decide(parts: Sequence[Act | None], now: Act) -> Act:
    """Return the filing's act when a lead decides its part ``now``.

    ``parts`` holds, for the other parts of the same filing (M11), each lead's decision or ``None``
    while it is out. A return goes to the school at once; while another lead is out the filing
    waits; at the end one approval is enough for a number that covers what was approved.

    Source: requirements A.4 M11 (one form, one number if both are approved).
    """
    if now not in (Act.APPROVE, Act.REJECT):
        return now
    if None in parts:
        return Act.APPROVE_PART if now is Act.APPROVE else Act.REJECT_PART
    return Act.APPROVE if Act.APPROVE in (*parts, now) else Act.REJECT
