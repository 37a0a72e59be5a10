"""Undoing what was just done (撤销): ten minutes, and only while nobody further on has acted."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, NamedTuple

from storage.rules.terms import Act, NotAllowedError, Stage, TaskKind

UNDO_WITHIN: Final = timedelta(minutes=10)


class Undo(NamedTuple):
    """How one act is undone: by which act, in which stages of the filing, and by what it ends.

    ``ends_with`` names the fields of ``Since`` that end the right to it.
    """

    act: Act
    stages: tuple[Stage, ...]
    ends_with: tuple[str, ...] = ()


class Since(NamedTuple):
    """What others did after the act: a department its review, the lead its part, the school its
    mending."""

    review: bool = False
    lead: bool = False
    school: bool = False


_AFTER_INTAKE = (Stage.IN_REVIEW, Stage.AWAITING_DECISION)
UNDOES: Final[Mapping[tuple[TaskKind, Act], Undo]] = MappingProxyType(
    {
        (TaskKind.INTAKE, Act.ACCEPT): Undo(Act.UNDO_INTAKE, _AFTER_INTAKE, ("review", "lead")),
        (TaskKind.INTAKE, Act.RETURN): Undo(Act.UNDO_INTAKE, (Stage.RETURNED,), ("school",)),
        (TaskKind.CO_REVIEW, Act.OPINE): Undo(Act.UNDO_OPINION, _AFTER_INTAKE, ("lead",)),
        (TaskKind.CO_REVIEW, Act.RETURN): Undo(Act.UNDO_OPINION, (Stage.IN_REVIEW,), ("school",)),
        # What follows an approval is the registrar's act, a rejection's is an appeal: both move
        # the filing on.
        (TaskKind.DECISION, Act.APPROVE): Undo(
            Act.UNDO_DECISION, (Stage.AWAITING_DECISION, Stage.AWAITING_REGISTRATION)
        ),
        (TaskKind.DECISION, Act.REJECT): Undo(
            Act.UNDO_DECISION,
            (Stage.AWAITING_DECISION, Stage.AWAITING_REGISTRATION, Stage.REJECTED),
        ),
        (TaskKind.DECISION, Act.RETURN): Undo(Act.UNDO_DECISION, (Stage.RETURNED,), ("school",)),
    }
)
"""Everything that can be undone; what is not here cannot, a number least of all."""


def undo_of(
    kind: TaskKind, act: Act, *, stage: Stage, done_at: datetime, now: datetime, since: Since
) -> Act:
    """Return the act that undoes ``act``.

    Raises:
        NotAllowedError: it cannot be undone, or not any more; the sentence says what can be done.
    """
    if act is Act.REGISTER:
        raise NotAllowedError(
            "备案号发出后不收回，登记不能撤销。如登记有误，请由教育技术部门办理注销，号码保留为“已注销”。"
        )
    undo = UNDOES.get((kind, act))
    if undo is None:
        raise NotAllowedError(f"“{act.label}”不能撤销。")
    if now - done_at > UNDO_WITHIN:
        minutes = int(UNDO_WITHIN.total_seconds()) // 60
        raise NotAllowedError(f"已超过{minutes}分钟，不能撤销。")
    if stage not in undo.stages or any(getattr(since, name) for name in undo.ends_with):
        raise NotAllowedError("下一环节已经开始办理，不能撤销。")
    return undo.act
