"""The whole workflow: one table for a filing, one for a department's task.

Each row has a letter; ``docs/architecture.md`` draws one arrow and writes one sentence per letter.
"""

from typing import Final

from storage.rules.filing_moves import FILING_MOVES, Move
from storage.rules.task_moves import TASK_ACTS, TASK_MOVES, TaskMove
from storage.rules.terms import Act, NotAllowedError, Role, Stage, TaskState

__all__ = [
    "FILING_MOVES",
    "NUMBERED",
    "PILOT_OVER",
    "PILOT_STAGES",
    "TASK_ACTS",
    "TASK_MOVES",
    "TERMINAL",
    "Move",
    "TaskMove",
    "acts_open_to",
    "advance",
    "advance_task",
]

NUMBERED: Final = frozenset(
    {Stage.REGISTERED, Stage.EXPIRED, Stage.SUSPENDED, Stage.REVOKED, Stage.CANCELLED}
)
"""Stages of a filing that has its number; once given it is never taken back."""

PILOT_OVER: Final = frozenset({Stage.PILOT_ENDED, Stage.CONVERTED, Stage.CALLED_IN})
"""Stages in which a pilot runs no more."""

PILOT_STAGES: Final = PILOT_OVER | {Stage.SCHOOL_DECISION, Stage.PILOTING}
"""Stages that only a pilot has."""

TERMINAL: Final = (
    NUMBERED | PILOT_OVER | {Stage.REJECTED, Stage.WITHDRAWN, Stage.MERGED, Stage.HANDED_OVER}
)
"""Stages in which a case waits for nobody: what happens later is a new act."""


def advance(stage: Stage, act: Act, by: Role) -> Stage:
    """Return the stage that ``act`` leads to.

    Raises:
        NotAllowedError: no such step from ``stage``, or not open to ``by``.
    """
    move = FILING_MOVES.get((stage, act))
    if move is None:
        again = "再" if stage in TERMINAL else ""
        raise NotAllowedError(f"这件备案现在是“{stage.label}”，不能{again}{act.label}。")
    if by not in move.by:
        raise NotAllowedError(_belongs_to(act, move.by))
    return move.to


def advance_task(state: TaskState, act: Act, by: Role) -> TaskState:
    """Return the state that ``act`` leads a task to.

    Raises:
        NotAllowedError: no such step from ``state``, or not open to ``by``.
    """
    move = TASK_MOVES.get((state, act))
    if move is None:
        again = "再" if state in (TaskState.DECIDED, TaskState.SUPERSEDED) else ""
        raise NotAllowedError(f"这项任务现在是“{state.label}”，不能{again}{act.label}。")
    if by not in move.by:
        raise NotAllowedError(_belongs_to(act, move.by))
    return move.to


def acts_open_to(stage: Stage, by: Role) -> tuple[Act, ...]:
    """Return the acts that ``by`` may do on a filing in ``stage``, in the table's order."""
    return tuple(act for (at, act), move in FILING_MOVES.items() if at is stage and by in move.by)


def _belongs_to(act: Act, roles: tuple[Role, ...]) -> str:
    names = "或".join(role.label for role in roles)
    return f"“{act.label}”由{names}办理。"
