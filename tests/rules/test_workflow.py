"""The two tables of moves, walked the way a filing walks them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.rules.course import (
    TaskView,
    decide,
    due_automatically,
    has_supplement_open,
    may_decide_early,
)
from storage.rules.terms import Act, NotAllowedError, Role, Stage, TaskKind, TaskState
from storage.rules.workflow import (
    FILING_MOVES,
    NUMBERED,
    TASK_ACTS,
    TASK_MOVES,
    TERMINAL,
    acts_open_to,
    advance,
    advance_task,
)

OPEN, RETURNED, DECIDED = TaskState.OPEN, TaskState.RETURNED, TaskState.DECIDED
ASKED, ADVISED = (
    TaskView(TaskKind.CO_REVIEW, OPEN, blocking=True),
    TaskView(TaskKind.CO_REVIEW, OPEN, blocking=False),
)
GIVEN = TaskView(TaskKind.CO_REVIEW, DECIDED)
SENT_BACK = TaskView(TaskKind.CO_REVIEW, RETURNED)
INTAKE = TaskView(TaskKind.INTAKE, OPEN)
HELD = TaskView(TaskKind.DECISION, OPEN)


@pytest.mark.parametrize(
    "walk",
    [
        # the main path of A.11
        [
            (Act.SEND_TO_PRINCIPAL, Role.OWNER, Stage.AWAITING_PRINCIPAL),
            (Act.SIGN, Role.PRINCIPAL, Stage.SUBMITTED),
            (Act.RECEIVE, Role.SYSTEM, Stage.INTAKE),
            (Act.PASS_CHECKS, Role.SYSTEM, Stage.IN_REVIEW),
            (Act.OPINIONS_IN, Role.SYSTEM, Stage.AWAITING_DECISION),
            (Act.APPROVE, Role.LEAD, Stage.AWAITING_REGISTRATION),
            (Act.REGISTER, Role.REGISTRAR, Stage.REGISTERED),
            (Act.ANNOUNCE, Role.OWNER, Stage.REGISTERED),
        ],
        # the principal sends it back, the owner mends it; a principal files alone
        [
            (Act.SEND_TO_PRINCIPAL, Role.PRINCIPAL, Stage.AWAITING_PRINCIPAL),
            (Act.SEND_BACK, Role.PRINCIPAL, Stage.SENT_BACK),
            (Act.SEND_TO_PRINCIPAL, Role.OWNER, Stage.AWAITING_PRINCIPAL),
            (Act.TAKE_BACK, Role.OWNER, Stage.DRAFT),
            (Act.WITHDRAW, Role.OWNER, Stage.WITHDRAWN),
        ],
        # a gate was explained; intake returns it, then accepts it
        [
            (Act.SEND_TO_PRINCIPAL, Role.OWNER, Stage.AWAITING_PRINCIPAL),
            (Act.SIGN, Role.PRINCIPAL, Stage.SUBMITTED),
            (Act.RECEIVE, Role.SYSTEM, Stage.INTAKE),
            (Act.RETURN, Role.REVIEWER, Stage.RETURNED),
            (Act.RESUBMIT, Role.OWNER, Stage.SUBMITTED),
            (Act.RECEIVE, Role.SYSTEM, Stage.INTAKE),
            (Act.ACCEPT, Role.REVIEWER, Stage.IN_REVIEW),
            # a co-reviewer's return is answered without the filing moving
            (Act.RESUBMIT, Role.OWNER, Stage.IN_REVIEW),
            (Act.SIGN_AGAIN, Role.PRINCIPAL, Stage.IN_REVIEW),
            (Act.ADD_SIGNER, Role.REVIEWER, Stage.IN_REVIEW),
            (Act.DECIDE_EARLY, Role.LEAD, Stage.AWAITING_DECISION),
            (Act.ADD_SIGNER, Role.LEAD, Stage.IN_REVIEW),
            (Act.OPINIONS_IN, Role.SYSTEM, Stage.AWAITING_DECISION),
            # the lead's return moves the filing
            (Act.RETURN, Role.LEAD, Stage.RETURNED),
            (Act.SIGN_AGAIN, Role.PRINCIPAL, Stage.SUBMITTED),
            (Act.RECEIVE, Role.SYSTEM, Stage.INTAKE),
            (Act.PASS_CHECKS, Role.SYSTEM, Stage.IN_REVIEW),
            (Act.OPINIONS_IN, Role.SYSTEM, Stage.AWAITING_DECISION),
            (Act.APPROVE_PART, Role.LEAD, Stage.AWAITING_DECISION),
            (Act.REJECT_PART, Role.LEAD, Stage.AWAITING_DECISION),
            (Act.APPROVE, Role.LEAD, Stage.AWAITING_REGISTRATION),
            # the registrar has a question to the lead
            (Act.ASK_LEAD, Role.REGISTRAR, Stage.AWAITING_DECISION),
            (Act.REJECT, Role.LEAD, Stage.REJECTED),
        ],
        # a pilot: checked, sent back, checked again, decided, grown a little, ended by its time
        [
            (Act.ASK_SCHOOL, Role.OWNER, Stage.SCHOOL_DECISION),
            (Act.TAKE_BACK, Role.OWNER, Stage.DRAFT),
            (Act.ASK_SCHOOL, Role.OWNER, Stage.SCHOOL_DECISION),
            (Act.SEND_BACK, Role.CHECKER, Stage.SENT_BACK),
            (Act.ASK_SCHOOL, Role.OWNER, Stage.SCHOOL_DECISION),
            (Act.CHECK, Role.CHECKER, Stage.SCHOOL_DECISION),
            (Act.PERMIT, Role.PRINCIPAL, Stage.PILOTING),
            (Act.ADJUST, Role.OWNER, Stage.PILOTING),
            (Act.END_PILOT, Role.SYSTEM, Stage.PILOT_ENDED),
        ],
        # people leave at every stage, and others go on; a new principal signs, again too
        [
            (Act.SEND_TO_PRINCIPAL, Role.OWNER, Stage.AWAITING_PRINCIPAL),
            (Act.INHERIT, Role.SYSTEM, Stage.AWAITING_PRINCIPAL),
            (Act.TAKE_ON, Role.PRINCIPAL, Stage.AWAITING_PRINCIPAL),
            (Act.SEND_BACK, Role.PRINCIPAL, Stage.SENT_BACK),
            (Act.TAKE_ON, Role.PRINCIPAL, Stage.SENT_BACK),
            (Act.SEND_TO_PRINCIPAL, Role.OWNER, Stage.AWAITING_PRINCIPAL),
            (Act.TAKE_BACK, Role.OWNER, Stage.DRAFT),
            (Act.TAKE_ON, Role.PRINCIPAL, Stage.DRAFT),
            (Act.SEND_TO_PRINCIPAL, Role.OWNER, Stage.AWAITING_PRINCIPAL),
            # or a clerk enters what was signed on paper
            (Act.SIGN_ON_PAPER, Role.DEPUTY, Stage.SUBMITTED),
            (Act.RECEIVE, Role.SYSTEM, Stage.INTAKE),
            (Act.TAKE_ON, Role.PRINCIPAL, Stage.INTAKE),
            (Act.ACCEPT, Role.REVIEWER, Stage.IN_REVIEW),
            (Act.INHERIT, Role.SYSTEM, Stage.IN_REVIEW),
            (Act.TAKE_ON, Role.PRINCIPAL, Stage.IN_REVIEW),
            (Act.OPINIONS_IN, Role.SYSTEM, Stage.AWAITING_DECISION),
            (Act.TAKE_ON, Role.PRINCIPAL, Stage.AWAITING_DECISION),
            (Act.RETURN, Role.LEAD, Stage.RETURNED),
            (Act.INHERIT, Role.SYSTEM, Stage.RETURNED),
            (Act.TAKE_ON, Role.PRINCIPAL, Stage.RETURNED),
            (Act.RESUBMIT, Role.OWNER, Stage.SUBMITTED),
            (Act.RECEIVE, Role.SYSTEM, Stage.INTAKE),
            (Act.PASS_CHECKS, Role.SYSTEM, Stage.IN_REVIEW),
            (Act.OPINIONS_IN, Role.SYSTEM, Stage.AWAITING_DECISION),
            (Act.APPROVE, Role.LEAD, Stage.AWAITING_REGISTRATION),
            (Act.TAKE_ON, Role.PRINCIPAL, Stage.AWAITING_REGISTRATION),
        ],
    ],
)
def test_a_filing_walks_its_path(walk: list[tuple[Act, Role, Stage]]) -> None:
    stage = Stage.DRAFT
    for act, by, reached in walk:
        stage = advance(stage, act, by)
        assert stage is reached


@pytest.mark.parametrize(
    ("stage", "act", "by", "sentence"),
    [
        # what is over is said as such
        (Stage.REGISTERED, Act.RETURN, Role.LEAD, "这件备案现在是“已备案”，不能再退回。"),
        (Stage.REJECTED, Act.APPROVE, Role.LEAD, "这件备案现在是“不予通过”，不能再同意。"),
        (Stage.WITHDRAWN, Act.SIGN, Role.PRINCIPAL, "这件备案现在是“已撤回”，不能再签署。"),
        # too early
        (Stage.IN_REVIEW, Act.APPROVE, Role.LEAD, "这件备案现在是“会审中”，不能同意。"),
        (Stage.AWAITING_DECISION, Act.REGISTER, Role.REGISTRAR, "不能登记。"),
        # another's act
        (Stage.AWAITING_PRINCIPAL, Act.SIGN, Role.OWNER, "“签署”由校长办理。"),
        (Stage.AWAITING_DECISION, Act.APPROVE, Role.REVIEWER, "“同意”由牵头审批人办理。"),
        (Stage.AWAITING_REGISTRATION, Act.REGISTER, Role.LEAD, "“登记”由备案人办理。"),
        (Stage.IN_REVIEW, Act.WITHDRAW, Role.OWNER, "“撤回”由校长办理。"),
        (Stage.IN_REVIEW, Act.OPINIONS_IN, Role.LEAD, "“转入审批”由系统办理。"),
        (Stage.REGISTERED, Act.ANNOUNCE, Role.LEAD, "“确认公告”由项目负责人或校长办理。"),
        # a pilot is the school's own
        (Stage.SCHOOL_DECISION, Act.PERMIT, Role.LEAD, "“同意试点”由校长办理。"),
        (Stage.SCHOOL_DECISION, Act.CHECK, Role.OWNER, "“审查试点”由校内审查人办理。"),
        (Stage.PILOTING, Act.CALL_IN, Role.REVIEWER, "“提级”由牵头审批人办理。"),
        (Stage.CALLED_IN, Act.END_PILOT, Role.OWNER, "不能再结束试点"),
        (Stage.PILOTING, Act.ANNOUNCE, Role.OWNER, "这件备案现在是“试点中”，不能确认公告。"),
        (Stage.AWAITING_PRINCIPAL, Act.SIGN_ON_PAPER, Role.OWNER, "由审核人或部门负责人或代办人"),
        (Stage.IN_REVIEW, Act.TAKE_ON, Role.OWNER, "“接办”由校长办理。"),
    ],
)
def test_a_step_that_is_not_open_says_how_things_stand(
    stage: Stage, act: Act, by: Role, sentence: str
) -> None:
    with pytest.raises(NotAllowedError) as refused:
        advance(stage, act, by)
    assert sentence in str(refused.value)


@given(st.sampled_from(Stage), st.sampled_from(Act), st.sampled_from(Role))
def test_only_what_the_table_holds_is_possible(stage: Stage, act: Act, by: Role) -> None:
    move = FILING_MOVES.get((stage, act))
    if move is not None and by in move.by:
        assert advance(stage, act, by) is move.to
        assert act in acts_open_to(stage, by)
    else:
        with pytest.raises(NotAllowedError):
            advance(stage, act, by)
        assert act not in acts_open_to(stage, by)


def test_a_case_that_waits_for_nobody_is_moved_by_time_the_authority_or_the_school_only() -> None:
    leaving = {at for (at, _), move in FILING_MOVES.items() if move.to is not at}
    assert set(Stage) - leaving <= TERMINAL
    assert all(due_automatically(stage, []) is None for stage in TERMINAL)


def test_no_move_takes_a_number_back() -> None:
    for (stage, act), move in FILING_MOVES.items():
        if stage in NUMBERED:
            assert move.to in NUMBERED, act
        elif move.to in NUMBERED:
            assert act is Act.REGISTER


def test_every_stage_can_be_reached_and_every_row_has_its_letter() -> None:
    reached = {Stage.DRAFT} | {move.to for move in FILING_MOVES.values()}
    assert reached == set(Stage)
    letters = [move.letter for move in FILING_MOVES.values()]
    letters += [move.letter for move in TASK_MOVES.values()]
    assert len(set(letters)) == len(letters)
    assert all(move.says for move in FILING_MOVES.values())
    assert all(move.says for move in TASK_MOVES.values())


def test_only_the_principal_signs_and_withdraws_what_was_signed() -> None:
    unsigned = {Stage.DRAFT, Stage.SENT_BACK, Stage.AWAITING_PRINCIPAL, Stage.SCHOOL_DECISION}
    signed = set(Stage) - unsigned
    for (stage, act), move in FILING_MOVES.items():
        if act in (Act.SIGN, Act.SIGN_AGAIN) or (act is Act.WITHDRAW and stage in signed):
            assert move.by == (Role.PRINCIPAL,)


@pytest.mark.parametrize(
    ("state", "act", "by", "reached"),
    [
        (OPEN, Act.OPINE, Role.REVIEWER, DECIDED),
        (OPEN, Act.RETURN, Role.REVIEWER, RETURNED),
        (RETURNED, Act.RESUBMIT, Role.OWNER, OPEN),
        (RETURNED, Act.SIGN_AGAIN, Role.PRINCIPAL, OPEN),
        # silence of an advisory desk
        (OPEN, Act.EXPIRE, Role.SYSTEM, DECIDED),
        (OPEN, Act.DECIDE_EARLY, Role.LEAD, DECIDED),
        (RETURNED, Act.DECIDE_EARLY, Role.LEAD, DECIDED),
        (OPEN, Act.APPROVE, Role.LEAD, DECIDED),
        (OPEN, Act.RETURN, Role.LEAD, RETURNED),
        (OPEN, Act.REGISTER, Role.REGISTRAR, DECIDED),
        (OPEN, Act.HAND_OVER, Role.HEAD, OPEN),
        # a finding that bars the approval is looked at again after the lead's return
        (DECIDED, Act.LOOK_AGAIN, Role.LEAD, TaskState.SUPERSEDED),
        (DECIDED, Act.ASK_LEAD, Role.REGISTRAR, TaskState.SUPERSEDED),
        # signed again with changed facts, with another product
        (OPEN, Act.SIGN_AGAIN, Role.PRINCIPAL, OPEN),
        (DECIDED, Act.SIGN_AGAIN, Role.PRINCIPAL, TaskState.SUPERSEDED),
        (OPEN, Act.WITHDRAW, Role.PRINCIPAL, TaskState.SUPERSEDED),
    ],
)
def test_a_task_moves(state: TaskState, act: Act, by: Role, reached: TaskState) -> None:
    assert advance_task(state, act, by) is reached


@pytest.mark.parametrize(
    ("state", "act", "by", "sentence"),
    [
        # a late tap
        (DECIDED, Act.OPINE, Role.REVIEWER, "这项任务现在是“已办”，不能再填写会审意见。"),
        (DECIDED, Act.RETURN, Role.REVIEWER, "这项任务现在是“已办”，不能再退回。"),
        (RETURNED, Act.OPINE, Role.REVIEWER, "这项任务现在是“补正中”，不能填写会审意见。"),
        (TaskState.SUPERSEDED, Act.OPINE, Role.REVIEWER, "这项任务现在是“已失效”"),
        (OPEN, Act.APPROVE, Role.REVIEWER, "“同意”由牵头审批人办理。"),
    ],
)
def test_a_task_that_cannot_move_says_how_it_stands(
    state: TaskState, act: Act, by: Role, sentence: str
) -> None:
    with pytest.raises(NotAllowedError) as refused:
        advance_task(state, act, by)
    assert sentence in str(refused.value)


def test_a_desk_can_do_everything_its_kind_of_task_offers() -> None:
    for acts in TASK_ACTS.values():
        assert all((OPEN, act) in TASK_MOVES for act in acts)


@pytest.mark.parametrize(
    ("stage", "tasks", "due"),
    [
        (Stage.SUBMITTED, [], Act.RECEIVE),
        # nothing was explained: no person looks
        (Stage.INTAKE, [], Act.PASS_CHECKS),
        (Stage.INTAKE, [INTAKE], None),
        # M14: nobody co-reviews
        (Stage.IN_REVIEW, [], Act.OPINIONS_IN),
        (Stage.IN_REVIEW, [GIVEN, ASKED], None),
        (Stage.IN_REVIEW, [GIVEN, ADVISED], None),
        (Stage.IN_REVIEW, [GIVEN, SENT_BACK], None),
        (Stage.IN_REVIEW, [GIVEN, GIVEN], Act.OPINIONS_IN),
        (Stage.AWAITING_DECISION, [GIVEN], None),
        (Stage.REGISTERED, [], None),
    ],
)
def test_the_system_goes_on_by_itself(stage: Stage, tasks: list[TaskView], due: Act | None) -> None:
    assert due_automatically(stage, tasks) is due
    assert due is None or advance(stage, due, Role.SYSTEM)


@pytest.mark.parametrize(
    ("tasks", "may"),
    [
        # only advice is out
        ([GIVEN, ADVISED], True),
        # something blocking is out, open or returned
        ([ADVISED, ASKED], False),
        ([ADVISED, SENT_BACK], False),
        # nothing is out: the decision card has come anyway
        ([GIVEN], False),
        # M11: the other lead's decision is no opinion, whether it holds on or stands alone
        ([ADVISED, HELD], True),
        ([GIVEN, HELD], False),
    ],
)
def test_the_lead_may_decide_early_over_advice_only(tasks: list[TaskView], may: bool) -> None:
    assert may_decide_early(Stage.IN_REVIEW, tasks) is may
    assert not may_decide_early(Stage.AWAITING_DECISION, tasks)


def test_a_co_reviewers_return_marks_the_filing_without_moving_it() -> None:
    assert has_supplement_open(Stage.IN_REVIEW, [GIVEN, SENT_BACK])
    assert not has_supplement_open(Stage.IN_REVIEW, [GIVEN, ASKED])
    # what the lead returned is a stage of its own
    assert not has_supplement_open(Stage.RETURNED, [GIVEN, SENT_BACK])


@pytest.mark.parametrize(
    ("others", "now", "act"),
    [
        # one lead
        ([], Act.APPROVE, Act.APPROVE),
        ([], Act.REJECT, Act.REJECT),
        # M11, the other lead is out
        ([None], Act.APPROVE, Act.APPROVE_PART),
        ([None], Act.REJECT, Act.REJECT_PART),
        # M11, the other lead has decided
        ([Act.APPROVE], Act.APPROVE, Act.APPROVE),
        ([Act.APPROVE], Act.REJECT, Act.APPROVE),
        ([Act.REJECT], Act.APPROVE, Act.APPROVE),
        ([Act.REJECT], Act.REJECT, Act.REJECT),
        # a return waits for nobody
        ([None], Act.RETURN, Act.RETURN),
    ],
)
def test_several_leads_decide_one_filing(others: list[Act | None], now: Act, act: Act) -> None:
    assert decide(others, now) is act
    assert advance(Stage.AWAITING_DECISION, act, Role.LEAD)
