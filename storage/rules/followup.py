"""What follows a registered filing, and who does what with it: one table, one row a step."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final, NamedTuple

from storage.rules.facts import Facts
from storage.rules.steps import StepDates, StepQuestion, spoken, step_questions
from storage.rules.terms import Act, Desk, Kind, NotAllowedError, Role, Stage, Term, clause


class FollowKind(Term):
    """What it is."""

    ACCEPTANCE = "acceptance", "验收"
    AUDIT = "audit", "经费审计"
    GUIDANCE = "guidance", "课堂指导"
    EVALUATION = "evaluation", "评估"
    CASE = "case", "典型案例"
    TOPIC = "topic", "课题"
    RECTIFY = "rectify", "整改"


class FollowState(Term):
    """Where it stands."""

    OPEN = "open", "待办"
    HANDED = "handed", "待确认"
    RETURNED = "returned", "待补充"
    DONE = "done", "已办"
    DECLINED = "declined", "不公开"
    DROPPED = "dropped", "已撤下"


class FollowMove(NamedTuple):
    """One row: who may, where it leads, its letter and its sentence."""

    letter: str
    by: tuple[Role, ...]
    to: FollowState
    says: str


DESK_OF: Final[Mapping[FollowKind, Desk]] = MappingProxyType(
    {
        FollowKind.ACCEPTANCE: Desk.TECH,
        FollowKind.AUDIT: Desk.FINANCE,
        FollowKind.GUIDANCE: Desk.RESEARCH,
        FollowKind.EVALUATION: Desk.RESEARCH,
        FollowKind.CASE: Desk.RESEARCH,
        FollowKind.TOPIC: Desk.RESEARCH,
        FollowKind.RECTIFY: Desk.TECH,
    }
)
"""Whose it is at the authority: 三（二）8, 三（二）3, 三（二）6, 四."""

CLAUSE_OF: Final[Mapping[FollowKind, str]] = MappingProxyType(
    {
        FollowKind.ACCEPTANCE: clause("三（二）8"),
        FollowKind.AUDIT: clause("三（二）3"),
        FollowKind.GUIDANCE: clause("三（二）6"),
        FollowKind.EVALUATION: clause("三（二）6"),
        FollowKind.CASE: clause("三（二）6"),
        FollowKind.TOPIC: clause("三（二）6"),
        FollowKind.RECTIFY: clause("四"),
    }
)
_SCHOOL: Final = (Role.OWNER, Role.PRINCIPAL)
_DESK: Final = (Role.REVIEWER,)
_A, _R, _S = FollowKind.ACCEPTANCE, FollowKind.RECTIFY, FollowState

FOLLOWUP_MOVES: Final[Mapping[tuple[FollowKind, FollowState, Act], FollowMove]] = MappingProxyType(
    {
        (_A, _S.OPEN, Act.HAND_ACCEPTANCE): FollowMove(
            "pa", _SCHOOL, _S.HANDED, "The school says when and how it was accepted."
        ),
        (_A, _S.RETURNED, Act.HAND_ACCEPTANCE): FollowMove(
            "pb", _SCHOOL, _S.HANDED, "The school answers what was asked back."
        ),
        (_A, _S.HANDED, Act.CONFIRM_ACCEPTANCE): FollowMove(
            "pc", _DESK, _S.DONE, "The technical department confirms the acceptance."
        ),
        (_A, _S.HANDED, Act.ASK_MORE): FollowMove(
            "pd", _DESK, _S.RETURNED, "The technical department asks back."
        ),
        (FollowKind.AUDIT, _S.OPEN, Act.AUDIT): FollowMove(
            "pe", _DESK, _S.DONE, "计财 notes date and finding of the audit."
        ),
        (FollowKind.GUIDANCE, _S.OPEN, Act.GUIDE): FollowMove(
            "pf", _DESK, _S.DONE, "教研 notes a visit to the class."
        ),
        (FollowKind.EVALUATION, _S.OPEN, Act.EVALUATE): FollowMove(
            "pg", _DESK, _S.DONE, "教研 notes how it works; the lead sees it."
        ),
        (FollowKind.CASE, _S.OPEN, Act.CONSENT): FollowMove(
            "ph", (Role.PRINCIPAL,), _S.DONE, "The school lets the case be published."
        ),
        (FollowKind.CASE, _S.OPEN, Act.DECLINE): FollowMove(
            "pi", (Role.PRINCIPAL,), _S.DECLINED, "The school does not want it published."
        ),
        (FollowKind.CASE, _S.DECLINED, Act.PROPOSE_CASE): FollowMove(
            "pj", _DESK, _S.OPEN, "教研 asks once more."
        ),
        (FollowKind.TOPIC, _S.OPEN, Act.LINK_TOPIC): FollowMove(
            "pk", (*_SCHOOL, *_DESK), _S.DONE, "School or 教研 names a topic of research."
        ),
        (_R, _S.OPEN, Act.HAND_RECTIFICATION): FollowMove(
            "pl", _SCHOOL, _S.HANDED, "The school says what it has put right."
        ),
        (_R, _S.RETURNED, Act.HAND_RECTIFICATION): FollowMove(
            "pm", _SCHOOL, _S.HANDED, "The school answers what is still missing."
        ),
        (_R, _S.HANDED, Act.CONFIRM_RECTIFICATION): FollowMove(
            "pn", _DESK, _S.DONE, "The technology centre finds it put right."
        ),
        (_R, _S.HANDED, Act.RECTIFY_MORE): FollowMove(
            "po", _DESK, _S.RETURNED, "The technology centre asks for more."
        ),
        (_R, _S.OPEN, Act.DROP_RECTIFICATION): FollowMove(
            "pp", _SCHOOL, _S.DROPPED, "The school corrects its answer: nothing is amiss."
        ),
        (_R, _S.DROPPED, Act.RECTIFY_AGAIN): FollowMove(
            "pq", _SCHOOL, _S.OPEN, "The school corrects its answer back."
        ),
    }
)
"""Every step of what follows."""

OVER: Final = (Stage.REVOKED, Stage.CANCELLED)
"""Stages of a filing whose project is not accepted any more."""

NO_EXAMPLE: Final = (*OVER, Stage.SUSPENDED)
"""Stages of a filing that is no typical case, whatever its school agreed to."""


def follow(kind: FollowKind, state: FollowState, act: Act, by: Role) -> FollowState:
    """Return the state that ``act`` leads to.

    Raises:
        NotAllowedError: no such step, or not open to ``by``.
    """
    move = FOLLOWUP_MOVES.get((kind, state, act))
    if move is None:
        raise NotAllowedError(f"{kind.label}现在是“{state.label}”，不能{act.label}。")
    if by not in move.by:
        names = "或".join(role.label for role in move.by)
        raise NotAllowedError(f"“{act.label}”由{names}办理。")
    return move.to


def following(facts: Facts) -> tuple[FollowKind, ...]:
    """Return what a filing has to do after it has its number.

    Source: 三（二）8 采购方案的审查与验收, 三（二）3 项目经费审计; requirements A.3, R44, R64.
    """
    accepted = facts.kind is not Kind.APP or facts.is_purchase
    return tuple(
        kind
        for kind, holds in ((FollowKind.ACCEPTANCE, accepted), (FollowKind.AUDIT, facts.money))
        if holds
    )


def order_questions(
    minutes_on: date | None, approved_on: date | None, bought_on: date
) -> tuple[StepQuestion, ...]:
    """Ask about something bought or used before the school or the authority had decided.

    It is a question to be explained, never a refusal.

    Source: 四（二） 事前审查; requirements R64, R71.
    """
    found = step_questions(StepDates(minutes_on=minutes_on, purchase_on=bought_on))
    if approved_on is not None and bought_on < approved_on:
        states = f"采购（启用）的日期{spoken(bought_on)}早于审批同意的日期{spoken(approved_on)}"
        found += (StepQuestion("approval", states, "请说明原因", clause("四（二）")),)
    return found
