"""Self-inspection as tables: items, days over a holiday, the window, the draw."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from storage.rules.facts import Facts
from storage.rules.inspection import (
    ITEMS,
    ROUND_MOVES,
    RoundAct,
    RoundDays,
    RoundScope,
    RoundState,
    items_of,
    must_take_answers,
    questions,
    round_days,
    sample,
    turn,
    usual_days,
)
from storage.rules.terms import Kind, NotAllowedError, RuleViolationError, SchoolStage
from tests.rules.test_workdays import TableCalendar

APP = Facts(kind=Kind.APP)
TODAY = date(2026, 3, 12)
CALENDAR = TableCalendar()
ROUND = RoundDays(date(2026, 3, 16), date(2026, 3, 25), date(2026, 4, 1), date(2026, 4, 3))


@pytest.mark.parametrize(
    ("facts", "items"),
    [
        (APP, (1, 2, 3, 4, 5, 6)),  # nothing is paid or accepted
        (replace(APP, money=True), (1, 2, 3, 4, 5, 6, 7)),
        (Facts(kind=Kind.TERMINAL), (1, 2, 3, 4, 5, 6, 7)),  # what is given is accepted too
    ],
)
def test_money_and_acceptance_are_asked_where_there_is_any(
    facts: Facts, items: tuple[int, ...]
) -> None:
    assert items_of(facts) == items


@pytest.mark.parametrize(
    ("asked", "one_by_one", "found"),
    [
        ([(1, 2, 3, 4, 5, 6)], False, (3, 4)),  # fees and fairness never ride on one tap
        ([(1, 2, 3, 4, 5, 6)], True, (1, 2, 3, 4, 5, 6)),
        ([(1, 2, 3), (1, 2, 3, 7)], True, (1, 2, 3, 7)),  # of any of the filings
        ([], True, ()),
    ],
)
def test_what_a_school_is_asked(
    asked: list[tuple[int, ...]], one_by_one: bool, found: tuple[int, ...]
) -> None:
    assert questions(asked, one_by_one=one_by_one) == found


def test_each_item_says_what_a_no_asks_for() -> None:
    assert list(ITEMS) == [1, 2, 3, 4, 5, 6, 7]
    assert all(item.text and item.mend and item.clause for item in ITEMS.values())
    assert "不" not in ITEMS[3].text  # 属实 and 不属实 stay plain answers


@pytest.mark.parametrize(
    ("opens", "closes", "half", "last"),
    [
        ((3, 16), (4, 3), (3, 25), (4, 1)),  # 14 working days after the first
        ((9, 21), (10, 16), (10, 8), (10, 14)),  # over both autumn holidays and a make-up Saturday
        ((3, 16), (3, 17), (3, 16), (3, 16)),  # too short for any reminder after its first day
        ((3, 16), (3, 19), (3, 17), (3, 17)),  # both fall together
    ],
)
def test_the_days_of_a_round_are_the_schools_working_days(
    opens: tuple[int, int], closes: tuple[int, int], half: tuple[int, int], last: tuple[int, int]
) -> None:
    days = round_days(date(2026, *opens), date(2026, *closes), TODAY, CALENDAR)
    assert days[1:3] == (date(2026, *half), date(2026, *last))


def test_a_round_begins_on_a_day_on_which_it_can_still_be_taken_back() -> None:
    assert usual_days(date(2026, 9, 30), CALENDAR) == (date(2026, 10, 8), date(2026, 10, 28))


@pytest.mark.parametrize(
    ("opens", "closes", "says"),
    [
        (date(2026, 3, 11), date(2026, 4, 3), "开始日期不能早于今天"),
        (date(2026, 3, 16), date(2026, 3, 16), "结束日期应晚于开始日期"),
        (date(2026, 3, 16), date(2026, 7, 3), "最长三个月"),
    ],
)
def test_days_that_cannot_be_are_asked_again(opens: date, closes: date, says: str) -> None:
    with pytest.raises(RuleViolationError, match=says):
        round_days(opens, closes, TODAY, CALENDAR)


@pytest.mark.parametrize(
    ("state", "today", "says"),
    [
        (RoundState.OPEN, date(2026, 3, 16), ""),
        (RoundState.OPEN, date(2026, 4, 3), ""),  # the last day counts
        (RoundState.OPEN, date(2026, 4, 4), "到4月3日为止，已经结束"),  # before any sweep ended it
        (RoundState.CLOSED, date(2026, 4, 3), "已经结束"),
        (RoundState.PLANNED, date(2026, 3, 15), "3月16日开始"),
        (RoundState.PLANNED, date(2026, 3, 16), "3月16日开始"),
        (RoundState.CANCELLED, date(2026, 3, 20), "已取消"),
    ],
)
def test_answers_are_taken_within_the_round(state: RoundState, today: date, says: str) -> None:
    if not says:
        must_take_answers(state, ROUND, today)
        return
    with pytest.raises(NotAllowedError, match=says):
        must_take_answers(state, ROUND, today)


def test_a_round_goes_forward_only() -> None:
    for state in RoundState:
        for act in RoundAct:
            if (state, act) in ROUND_MOVES:
                assert turn(state, act) is ROUND_MOVES[state, act]
            else:
                with pytest.raises(NotAllowedError, match=f"不能{act.label}"):
                    turn(state, act)


@pytest.mark.parametrize(("many", "drawn"), [(1, 1), (33, 1), (34, 2), (900, 27), (0, 0)])
def test_three_percent_are_drawn_and_one_at_least(many: int, drawn: int) -> None:
    schools = [f"33030200{one:02}" for one in range(many)]
    found = sample("202603-abc", schools)
    assert len(found) == len(set(found)) == drawn
    assert found == sample("202603-abc", reversed(schools))


def test_a_seed_draws_the_same_list_on_any_machine() -> None:
    schools = [f"s{one}" for one in range(100)]
    assert sample("202603-abc", schools) == ("s76", "s67", "s83")
    assert sample("202603-abd", schools) != sample("202603-abc", schools)


def test_a_scope_says_whom_it_takes_in_and_is_kept_as_data() -> None:
    scope = RoundScope((SchoolStage.PRIMARY,), Kind.APP, "p1", "云阅读")
    assert RoundScope.from_dict(scope.to_dict()) == scope
    assert scope.words == "小学｜应用｜产品“云阅读”"
    assert scope.kinds == (Kind.APP, Kind.BOTH)
    assert scope.takes_in([SchoolStage.PRIMARY, SchoolStage.JUNIOR])
    assert not scope.takes_in([]) and RoundScope().takes_in([])
