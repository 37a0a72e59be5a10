"""The whole workflow: one table for a filing, one for a department's task.

Each row has a letter; ``docs/architecture.md`` draws one arrow and writes one sentence per letter.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from storage.rules.terms import Act, NotAllowedError, Role, Stage, TaskKind, TaskState


class Move(NamedTuple):
    """One row of the filing's table: who may, where it leads, its letter and its sentence."""

    letter: str
    by: tuple[Role, ...]
    to: Stage
    says: str


class TaskMove(NamedTuple):
    """One row of the task's table."""

    letter: str
    by: tuple[Role, ...]
    to: TaskState
    says: str


_SCHOOL = (Role.OWNER, Role.PRINCIPAL)
_DESKS = (Role.REVIEWER, Role.LEAD)
_CARE = (Role.REVIEWER, Role.LEAD, Role.REGISTRAR, Role.HEAD, Role.DEPUTY, Role.ADMIN)

FILING_MOVES: Final[Mapping[tuple[Stage, Act], Move]] = MappingProxyType(
    {
        (Stage.DRAFT, Act.SEND_TO_PRINCIPAL): Move(
            "A", _SCHOOL, Stage.AWAITING_PRINCIPAL, "The draft is complete and goes to sign."
        ),
        (Stage.SENT_BACK, Act.SEND_TO_PRINCIPAL): Move(
            "B", _SCHOOL, Stage.AWAITING_PRINCIPAL, "The mended draft goes to sign again."
        ),
        (Stage.AWAITING_PRINCIPAL, Act.TAKE_BACK): Move(
            "C", (Role.OWNER,), Stage.DRAFT, "The owner takes it back to change something."
        ),
        (Stage.AWAITING_PRINCIPAL, Act.SEND_BACK): Move(
            "D", (Role.PRINCIPAL,), Stage.SENT_BACK, "The principal hands it back to the owner."
        ),
        (Stage.AWAITING_PRINCIPAL, Act.SIGN): Move(
            "E", (Role.PRINCIPAL,), Stage.SUBMITTED, "The principal signs for the school."
        ),
        (Stage.SUBMITTED, Act.RECEIVE): Move(
            "F", (Role.SYSTEM,), Stage.INTAKE, "The authority has it; the checks run at once."
        ),
        (Stage.INTAKE, Act.PASS_CHECKS): Move(
            "G", (Role.SYSTEM,), Stage.IN_REVIEW, "Every gate was passed without explanation."
        ),
        (Stage.INTAKE, Act.ACCEPT): Move(
            "H", (Role.REVIEWER,), Stage.IN_REVIEW, "A person took the explanation of a gate."
        ),
        (Stage.INTAKE, Act.RETURN): Move(
            "I", (Role.REVIEWER,), Stage.RETURNED, "A person asks the school to complete it."
        ),
        (Stage.IN_REVIEW, Act.RESUBMIT): Move(
            "J", _SCHOOL, Stage.IN_REVIEW, "The school answers co-reviewers who returned it."
        ),
        (Stage.IN_REVIEW, Act.SIGN_AGAIN): Move(
            "K", (Role.PRINCIPAL,), Stage.IN_REVIEW, "As J, with declared facts changed."
        ),
        (Stage.IN_REVIEW, Act.ADD_SIGNER): Move(
            "L", _DESKS, Stage.IN_REVIEW, "Another department is asked for its opinion."
        ),
        (Stage.IN_REVIEW, Act.OPINIONS_IN): Move(
            "M", (Role.SYSTEM,), Stage.AWAITING_DECISION, "The last awaited opinion is in."
        ),
        (Stage.IN_REVIEW, Act.DECIDE_EARLY): Move(
            "N", (Role.LEAD,), Stage.AWAITING_DECISION, "The lead does not wait for advice."
        ),
        (Stage.AWAITING_DECISION, Act.ADD_SIGNER): Move(
            "O", (Role.LEAD,), Stage.IN_REVIEW, "The lead wants one more opinion first."
        ),
        (Stage.AWAITING_DECISION, Act.APPROVE_PART): Move(
            "P", (Role.LEAD,), Stage.AWAITING_DECISION, "One of several leads approves its part."
        ),
        (Stage.AWAITING_DECISION, Act.REJECT_PART): Move(
            "Q", (Role.LEAD,), Stage.AWAITING_DECISION, "One of several leads rejects its part."
        ),
        (Stage.AWAITING_DECISION, Act.APPROVE): Move(
            "R", (Role.LEAD,), Stage.AWAITING_REGISTRATION, "The last decision is in, one approves."
        ),
        (Stage.AWAITING_DECISION, Act.RETURN): Move(
            "S", (Role.LEAD,), Stage.RETURNED, "The lead asks the school to complete it."
        ),
        (Stage.AWAITING_DECISION, Act.REJECT): Move(
            "T", (Role.LEAD,), Stage.REJECTED, "The last decision is in, none approves."
        ),
        (Stage.RETURNED, Act.RESUBMIT): Move(
            "U", _SCHOOL, Stage.SUBMITTED, "The school hands back; only who returned looks again."
        ),
        (Stage.RETURNED, Act.SIGN_AGAIN): Move(
            "V", (Role.PRINCIPAL,), Stage.SUBMITTED, "As U, with declared facts changed."
        ),
        (Stage.AWAITING_REGISTRATION, Act.REGISTER): Move(
            "W", (Role.REGISTRAR,), Stage.REGISTERED, "The registrar registers, the number exists."
        ),
        (Stage.AWAITING_REGISTRATION, Act.ASK_LEAD): Move(
            "X", (Role.REGISTRAR,), Stage.AWAITING_DECISION, "The registrar asks the lead back."
        ),
        (Stage.REGISTERED, Act.ANNOUNCE): Move(
            "Y", _SCHOOL, Stage.REGISTERED, "The school confirms the announcement's wording."
        ),
        # Before the principal has signed, giving up is the school's own affair; afterwards it is
        # the principal's, whose signature stands under the filing.
        (Stage.DRAFT, Act.WITHDRAW): Move("Z1", _SCHOOL, Stage.WITHDRAWN, "The draft is dropped."),
        (Stage.SENT_BACK, Act.WITHDRAW): Move(
            "Z2", _SCHOOL, Stage.WITHDRAWN, "The draft sent back is dropped."
        ),
        (Stage.AWAITING_PRINCIPAL, Act.WITHDRAW): Move(
            "Z3", _SCHOOL, Stage.WITHDRAWN, "It is dropped before signing."
        ),
        (Stage.SUBMITTED, Act.WITHDRAW): Move(
            "Z4", (Role.PRINCIPAL,), Stage.WITHDRAWN, "The principal withdraws what was signed."
        ),
        (Stage.INTAKE, Act.WITHDRAW): Move(
            "Z5", (Role.PRINCIPAL,), Stage.WITHDRAWN, "The principal withdraws during intake."
        ),
        (Stage.IN_REVIEW, Act.WITHDRAW): Move(
            "Z6", (Role.PRINCIPAL,), Stage.WITHDRAWN, "The principal withdraws during review."
        ),
        (Stage.AWAITING_DECISION, Act.WITHDRAW): Move(
            "Z7", (Role.PRINCIPAL,), Stage.WITHDRAWN, "The principal withdraws before a decision."
        ),
        (Stage.RETURNED, Act.WITHDRAW): Move(
            "Z8", (Role.PRINCIPAL,), Stage.WITHDRAWN, "The principal withdraws what was returned."
        ),
        (Stage.AWAITING_REGISTRATION, Act.WITHDRAW): Move(
            "Z9", (Role.PRINCIPAL,), Stage.WITHDRAWN, "The principal withdraws before a number."
        ),
        (Stage.REJECTED, Act.APPEAL): Move(
            "J1", (Role.PRINCIPAL,), Stage.AWAITING_DECISION, "The school asks for another look."
        ),
        # Of several parts (M11) one was rejected; the others are wherever they are.
        (Stage.AWAITING_REGISTRATION, Act.APPEAL): Move(
            "J2", (Role.PRINCIPAL,), Stage.AWAITING_DECISION, "As J1 for a part; the number waits."
        ),
        (Stage.AWAITING_DECISION, Act.APPEAL): Move(
            "J3", (Role.PRINCIPAL,), Stage.AWAITING_DECISION, "As J1 while another lead is out."
        ),
        (Stage.IN_REVIEW, Act.APPEAL): Move(
            "J4", (Role.PRINCIPAL,), Stage.IN_REVIEW, "As J1; the lead is asked after the review."
        ),
        (Stage.RETURNED, Act.APPEAL): Move(
            "J5", (Role.PRINCIPAL,), Stage.RETURNED, "As J1; the lead is asked after mending."
        ),
    }
)
"""Every step a filing can take. A co-reviewer's opinion or return moves its task only: the filing
stays 会审中, with a 补正中 mark that follows from the task (``has_supplement_open``)."""

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
        (TaskState.OPEN, Act.WITHDRAW): TaskMove(
            "q", (Role.PRINCIPAL,), TaskState.SUPERSEDED, "The filing was withdrawn."
        ),
        (TaskState.RETURNED, Act.WITHDRAW): TaskMove(
            "r", (Role.PRINCIPAL,), TaskState.SUPERSEDED, "The filing was withdrawn."
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

TERMINAL: Final = frozenset({Stage.REGISTERED, Stage.REJECTED, Stage.WITHDRAWN})
"""Stages in which nothing waits for anybody. A rejection is left by an appeal only."""


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
