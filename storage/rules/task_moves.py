"""Every step a department's task can take: one row and one letter each (see ``workflow``)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from storage.rules.terms import Act, Role, TaskKind, TaskState


class TaskMove(NamedTuple):
    """One row of the task's table."""

    letter: str
    by: tuple[Role, ...]
    to: TaskState
    says: str


_SCHOOL = (Role.OWNER, Role.PRINCIPAL)
_DESKS = (Role.REVIEWER, Role.LEAD)
_CARE = (Role.REVIEWER, Role.LEAD, Role.REGISTRAR, Role.HEAD, Role.DEPUTY, Role.ADMIN)

TASK_MOVES: Final[Mapping[tuple[TaskState, Act], TaskMove]] = MappingProxyType(
    {
        (TaskState.OPEN, Act.ACCEPT): TaskMove(
            "a", (Role.REVIEWER,), TaskState.DECIDED, "Intake takes the explanation."
        ),
        (TaskState.OPEN, Act.OPINE): TaskMove(
            "b", (Role.REVIEWER,), TaskState.DECIDED, "A co-reviewer gives its opinion."
        ),
        (TaskState.OPEN, Act.EXPIRE): TaskMove(
            "c", (Role.SYSTEM,), TaskState.DECIDED, "Silence of an advisory desk: 无意见."
        ),
        (TaskState.OPEN, Act.DECIDE_EARLY): TaskMove(
            "d", (Role.LEAD,), TaskState.DECIDED, "Closed as 无意见（牵头先行决定）."
        ),
        (TaskState.RETURNED, Act.DECIDE_EARLY): TaskMove(
            "e", (Role.LEAD,), TaskState.DECIDED, "As d, for advice that was waiting for an answer."
        ),
        (TaskState.OPEN, Act.APPROVE): TaskMove(
            "f", (Role.LEAD,), TaskState.DECIDED, "A lead approves its part."
        ),
        (TaskState.OPEN, Act.REJECT): TaskMove(
            "g", (Role.LEAD,), TaskState.DECIDED, "A lead rejects its part."
        ),
        (TaskState.OPEN, Act.RETURN): TaskMove(
            "h", _DESKS, TaskState.RETURNED, "The task waits for the school's completion."
        ),
        (TaskState.RETURNED, Act.RESUBMIT): TaskMove(
            "i", _SCHOOL, TaskState.OPEN, "The school's answer is there; the desk looks again."
        ),
        (TaskState.RETURNED, Act.SIGN_AGAIN): TaskMove(
            "j", (Role.PRINCIPAL,), TaskState.OPEN, "As i, signed again."
        ),
        (TaskState.OPEN, Act.HAND_OVER): TaskMove(
            "k", _CARE, TaskState.OPEN, "Another person of the desk takes it."
        ),
        (TaskState.RETURNED, Act.HAND_OVER): TaskMove(
            "l", _CARE, TaskState.RETURNED, "Another person of the desk will see the answer."
        ),
        (TaskState.OPEN, Act.REGISTER): TaskMove(
            "m", (Role.REGISTRAR,), TaskState.DECIDED, "The registrar registers."
        ),
        (TaskState.OPEN, Act.ASK_LEAD): TaskMove(
            "n", (Role.REGISTRAR,), TaskState.SUPERSEDED, "Registration waits for a new decision."
        ),
        (TaskState.DECIDED, Act.ASK_LEAD): TaskMove(
            "o", (Role.REGISTRAR,), TaskState.SUPERSEDED, "The questioned decision gives way."
        ),
        (TaskState.OPEN, Act.ADD_SIGNER): TaskMove(
            "p", (Role.LEAD,), TaskState.SUPERSEDED, "The decision card steps back for an opinion."
        ),
        # For a finding that bars the approval: without a fresh look the case could never pass.
        (TaskState.DECIDED, Act.LOOK_AGAIN): TaskMove(
            "s", (Role.LEAD,), TaskState.SUPERSEDED, "With S: a barring finding gets a fresh task."
        ),
        # What a desk has on its card, or has judged, is not what the principal signed anew.
        (TaskState.OPEN, Act.SIGN_AGAIN): TaskMove(
            "t", (Role.PRINCIPAL,), TaskState.OPEN, "Declared facts changed: a fresh card."
        ),
        (TaskState.DECIDED, Act.SIGN_AGAIN): TaskMove(
            "u", (Role.PRINCIPAL,), TaskState.SUPERSEDED, "It was about another product."
        ),
        (TaskState.OPEN, Act.RESUBMIT): TaskMove(
            "v", _SCHOOL, TaskState.OPEN, "The version changed while mending: a fresh card."
        ),
        (TaskState.DECIDED, Act.RESUBMIT): TaskMove(
            "w", _SCHOOL, TaskState.SUPERSEDED, "It was about another version."
        ),
        (TaskState.OPEN, Act.WITHDRAW): TaskMove(
            "q", (Role.PRINCIPAL,), TaskState.SUPERSEDED, "The filing was withdrawn."
        ),
        (TaskState.RETURNED, Act.WITHDRAW): TaskMove(
            "r", (Role.PRINCIPAL,), TaskState.SUPERSEDED, "The filing was withdrawn."
        ),
        (TaskState.OPEN, Act.FALL): TaskMove(
            "aa", (Role.SYSTEM,), TaskState.SUPERSEDED, "The original of the change is gone."
        ),
        (TaskState.RETURNED, Act.FALL): TaskMove(
            "ab", (Role.SYSTEM,), TaskState.SUPERSEDED, "As aa, for what waited for the school."
        ),
        (TaskState.OPEN, Act.REROUTE): TaskMove(
            "ha", _DESKS, TaskState.OPEN, "A fact was put right: a fresh card."
        ),
        (TaskState.OPEN, Act.MOVE_AWAY): TaskMove(
            "hb", _DESKS, TaskState.SUPERSEDED, "It is not this desk's any more."
        ),
        (TaskState.DECIDED, Act.MOVE_AWAY): TaskMove(
            "hc", _DESKS, TaskState.SUPERSEDED, "What was said is not this desk's to say."
        ),
        (TaskState.OPEN, Act.UNDO_INTAKE): TaskMove(
            "hd", (Role.REVIEWER,), TaskState.SUPERSEDED, "What the acceptance opened is closed."
        ),
        (TaskState.DECIDED, Act.UNDO_INTAKE): TaskMove(
            "he", (Role.REVIEWER,), TaskState.SUPERSEDED, "Intake looks again."
        ),
        (TaskState.RETURNED, Act.UNDO_INTAKE): TaskMove(
            "hf", (Role.REVIEWER,), TaskState.SUPERSEDED, "As he, after a return."
        ),
        (TaskState.OPEN, Act.UNDO_OPINION): TaskMove(
            "hg", (Role.REVIEWER,), TaskState.SUPERSEDED, "The decision card steps back again."
        ),
        (TaskState.DECIDED, Act.UNDO_OPINION): TaskMove(
            "hh", (Role.REVIEWER,), TaskState.SUPERSEDED, "The co-reviewer looks again."
        ),
        (TaskState.RETURNED, Act.UNDO_OPINION): TaskMove(
            "hi", (Role.REVIEWER,), TaskState.SUPERSEDED, "As hh, after a return."
        ),
        (TaskState.OPEN, Act.UNDO_DECISION): TaskMove(
            "hj", (Role.LEAD,), TaskState.SUPERSEDED, "The registration steps back."
        ),
        (TaskState.DECIDED, Act.UNDO_DECISION): TaskMove(
            "hk", (Role.LEAD,), TaskState.SUPERSEDED, "The lead decides again."
        ),
        (TaskState.RETURNED, Act.UNDO_DECISION): TaskMove(
            "hl", (Role.LEAD,), TaskState.SUPERSEDED, "As hk, after a return."
        ),
        (TaskState.SUPERSEDED, Act.UNDO_DECISION): TaskMove(
            "hm", (Role.LEAD,), TaskState.DECIDED, "The finding that gave way with S stands again."
        ),
        (TaskState.DECIDED, Act.APPEAL): TaskMove(
            "ja", (Role.PRINCIPAL,), TaskState.SUPERSEDED, "A rejection is looked at by others."
        ),
        (TaskState.OPEN, Act.APPEAL): TaskMove(
            "jb", (Role.PRINCIPAL,), TaskState.SUPERSEDED, "Registration waits for that look."
        ),
    }
)
"""Every step a department's task can take."""

TASK_ACTS: Final[Mapping[TaskKind, frozenset[Act]]] = MappingProxyType(
    {
        TaskKind.INTAKE: frozenset({Act.ACCEPT, Act.RETURN}),
        TaskKind.CO_REVIEW: frozenset({Act.OPINE, Act.RETURN, Act.EXPIRE, Act.DECIDE_EARLY}),
        TaskKind.DECISION: frozenset({Act.APPROVE, Act.REJECT, Act.RETURN}),
        TaskKind.REGISTRATION: frozenset({Act.REGISTER, Act.ASK_LEAD}),
    }
)
"""What the desk that holds a task of this kind may do with it, besides handing it over."""
