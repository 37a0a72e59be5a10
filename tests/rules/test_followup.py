"""What follows a filing as a table, and dates that run backwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from storage.rules.facts import Facts
from storage.rules.followup import (
    CLAUSE_OF,
    DESK_OF,
    FOLLOWUP_MOVES,
    FollowKind,
    FollowState,
    follow,
    following,
    order_questions,
)
from storage.rules.terms import Act, Kind, NotAllowedError, Role

K, S = FollowKind, FollowState
APP = Facts(kind=Kind.APP)


@pytest.mark.parametrize(
    ("facts", "kinds"),
    [
        (APP, ()),  # nothing is bought
        (replace(APP, money=True), (K.ACCEPTANCE, K.AUDIT)),
        (replace(APP, money=True, purchase=False), (K.AUDIT,)),
        (Facts(kind=Kind.TERMINAL), (K.ACCEPTANCE,)),  # given devices are accepted too (A.3)
        (Facts(kind=Kind.TERMINAL, money=True), (K.ACCEPTANCE, K.AUDIT)),
        (Facts(kind=Kind.BOTH, money=True), (K.ACCEPTANCE, K.AUDIT)),
    ],
)
def test_what_a_filing_has_to_do_afterwards(facts: Facts, kinds: tuple[FollowKind, ...]) -> None:
    assert following(facts) == kinds


def test_each_step_has_a_letter_of_its_own_and_each_kind_its_desk() -> None:
    letters = [move.letter for move in FOLLOWUP_MOVES.values()]
    assert len(set(letters)) == len(letters)
    assert set(DESK_OF) == set(CLAUSE_OF) == set(FollowKind)


@pytest.mark.parametrize(
    ("kind", "state", "act", "by", "sentence"),
    [
        (K.ACCEPTANCE, S.DONE, Act.HAND_ACCEPTANCE, Role.OWNER, "验收现在是“已办”，不能提交验收。"),
        (K.ACCEPTANCE, S.OPEN, Act.HAND_ACCEPTANCE, Role.REVIEWER, "由项目负责人或校长办理。"),
        (K.CASE, S.OPEN, Act.CONSENT, Role.OWNER, "“同意公开案例”由校长办理。"),
        (K.AUDIT, S.DONE, Act.AUDIT, Role.REVIEWER, "不能记录经费审计。"),
    ],
)
def test_a_step_that_is_not_open_says_so(
    kind: FollowKind, state: FollowState, act: Act, by: Role, sentence: str
) -> None:
    with pytest.raises(NotAllowedError, match=sentence):
        follow(kind, state, act, by)


@pytest.mark.parametrize(
    ("minutes", "approved", "bought", "asked"),
    [
        (date(2026, 3, 5), date(2026, 3, 16), date(2026, 3, 20), []),
        (date(2026, 3, 5), date(2026, 3, 16), date(2026, 3, 16), []),  # the same day is in order
        (date(2026, 3, 5), date(2026, 3, 16), date(2026, 3, 10), ["approval"]),
        (date(2026, 3, 5), date(2026, 3, 16), date(2026, 3, 1), ["purchase", "approval"]),
        (None, None, date(2026, 3, 1), []),
    ],
)
def test_what_was_bought_too_early_is_asked_about(
    minutes: date | None, approved: date | None, bought: date, asked: list[str]
) -> None:
    assert [question.key for question in order_questions(minutes, approved, bought)] == asked
