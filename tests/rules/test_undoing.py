"""What can be undone, in which stage, and what ends the right to it."""

from datetime import UTC, datetime, timedelta

import pytest

from storage.rules.terms import Act, NotAllowedError, Stage, TaskKind
from storage.rules.undoing import UNDO_WITHIN, UNDOES, Since, undo_of
from storage.rules.workflow import FILING_MOVES, TASK_ACTS

NOW = datetime(2026, 3, 12, 2, 0, tzinfo=UTC)
INTAKE, REVIEW = TaskKind.INTAKE, TaskKind.CO_REVIEW
DECISION, REGISTRATION = TaskKind.DECISION, TaskKind.REGISTRATION
NOBODY = Since()
LATE = "下一环节已经开始办理，不能撤销。"


def undone(
    kind: TaskKind,
    act: Act,
    stage: Stage,
    since: Since = NOBODY,
    minutes: float = 0,
) -> Act:
    at = NOW - timedelta(minutes=minutes)
    return undo_of(kind, act, stage=stage, done_at=at, now=NOW, since=since)


@pytest.mark.parametrize(
    ("kind", "act", "stage", "since", "by"),
    [
        # an acceptance, while nobody has looked, and where nobody co-reviews
        (INTAKE, Act.ACCEPT, Stage.IN_REVIEW, Since(), Act.UNDO_INTAKE),
        (INTAKE, Act.ACCEPT, Stage.AWAITING_DECISION, Since(), Act.UNDO_INTAKE),
        (INTAKE, Act.RETURN, Stage.RETURNED, Since(), Act.UNDO_INTAKE),
        # an opinion, among others' and as the last one
        (REVIEW, Act.OPINE, Stage.IN_REVIEW, Since(review=True), Act.UNDO_OPINION),
        (REVIEW, Act.OPINE, Stage.AWAITING_DECISION, Since(review=True), Act.UNDO_OPINION),
        # what the school mends for another desk is no answer to an opinion
        (REVIEW, Act.OPINE, Stage.IN_REVIEW, Since(school=True), Act.UNDO_OPINION),
        (REVIEW, Act.RETURN, Stage.IN_REVIEW, Since(), Act.UNDO_OPINION),
        # the lead, alone and as one of two (M11)
        (DECISION, Act.APPROVE, Stage.AWAITING_REGISTRATION, Since(), Act.UNDO_DECISION),
        (DECISION, Act.APPROVE, Stage.AWAITING_DECISION, Since(lead=True), Act.UNDO_DECISION),
        (DECISION, Act.REJECT, Stage.REJECTED, Since(), Act.UNDO_DECISION),
        (DECISION, Act.REJECT, Stage.AWAITING_REGISTRATION, Since(lead=True), Act.UNDO_DECISION),
        (DECISION, Act.RETURN, Stage.RETURNED, Since(review=True), Act.UNDO_DECISION),
    ],
)
def test_what_was_just_done_can_be_undone(
    kind: TaskKind, act: Act, stage: Stage, since: Since, by: Act
) -> None:
    assert undone(kind, act, stage, since) is by
    assert undone(kind, act, stage, since, UNDO_WITHIN.total_seconds() / 60) is by


@pytest.mark.parametrize(
    ("kind", "act", "stage", "since", "sentence"),
    [
        # an opinion was given after the acceptance, or the lead decided
        (INTAKE, Act.ACCEPT, Stage.IN_REVIEW, Since(review=True), LATE),
        (INTAKE, Act.ACCEPT, Stage.AWAITING_DECISION, Since(lead=True), LATE),
        (REVIEW, Act.OPINE, Stage.AWAITING_DECISION, Since(lead=True), LATE),
        (REVIEW, Act.OPINE, Stage.AWAITING_REGISTRATION, Since(), LATE),
        (REVIEW, Act.OPINE, Stage.RETURNED, Since(), LATE),
        # the school began to mend, or handed back
        (INTAKE, Act.RETURN, Stage.RETURNED, Since(school=True), LATE),
        (REVIEW, Act.RETURN, Stage.IN_REVIEW, Since(school=True), LATE),
        (DECISION, Act.RETURN, Stage.RETURNED, Since(school=True), LATE),
        (DECISION, Act.RETURN, Stage.AWAITING_DECISION, Since(), LATE),
        # the registrar acted; the school withdrew
        (DECISION, Act.APPROVE, Stage.REGISTERED, Since(), LATE),
        (DECISION, Act.APPROVE, Stage.WITHDRAWN, Since(), LATE),
        (REGISTRATION, Act.REGISTER, Stage.REGISTERED, Since(), "请由教育技术部门办理注销"),
        (REVIEW, Act.EXPIRE, Stage.IN_REVIEW, Since(), "“记为无意见”不能撤销。"),
        (REVIEW, Act.DECIDE_EARLY, Stage.AWAITING_DECISION, Since(), "“先行决定”不能撤销。"),
    ],
)
def test_what_others_have_taken_up_stands(
    kind: TaskKind, act: Act, stage: Stage, since: Since, sentence: str
) -> None:
    with pytest.raises(NotAllowedError) as refused:
        undone(kind, act, stage, since)
    assert sentence in str(refused.value)


def test_after_ten_minutes_nothing_is_undone() -> None:
    with pytest.raises(NotAllowedError, match="已超过10分钟，不能撤销"):
        undone(REVIEW, Act.OPINE, Stage.IN_REVIEW, minutes=10.1)


def test_every_way_back_is_a_row_of_the_workflow() -> None:
    for (kind, act), undo in UNDOES.items():
        assert act in TASK_ACTS[kind]
        assert all((stage, undo.act) in FILING_MOVES for stage in undo.stages)
