"""The ladder of reminders as a calendar reads: which limits stand on which rung today."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.calendar import PublishedCalendar
from storage.rules import workdays
from storage.rules.ladder import (
    Rung,
    Span,
    Step,
    desk_steps,
    expiry_steps,
    latest,
    school_steps,
    spans,
)
from storage.rules.office import OfficeRules
from storage.rules.terms import RuleViolationError

CALENDAR = PublishedCalendar()
RULES = OfficeRules()


def rung_of(due: date, today: date, found: tuple[Span, ...]) -> Rung | None:
    fits = [one.rung for one in found if due <= one.upto and (one.after is None or due > one.after)]
    assert len(fits) <= 1, f"{due} stands on several rungs on {today}"
    return fits[0] if fits else None


@pytest.mark.parametrize(
    ("today", "due", "rung"),
    [
        ("2026-03-17", "2026-03-19", None),
        ("2026-03-18", "2026-03-19", "before"),
        ("2026-03-19", "2026-03-19", "on"),
        ("2026-03-20", "2026-03-19", "after"),
        ("2026-03-23", "2026-03-19", "deputy"),  # the weekend does not count
        ("2026-03-24", "2026-03-19", "head"),
        ("2026-03-25", "2026-03-19", "tech"),
        ("2026-04-30", "2026-03-19", "tech"),
        # National Day 2026: 1 to 7 October off, Saturday 10 October worked.
        ("2026-09-30", "2026-10-08", "before"),
        ("2026-10-08", "2026-09-30", "after"),
        ("2026-10-10", "2026-10-09", "after"),
        ("2026-10-12", "2026-10-09", "deputy"),
        # Spring Festival 2026: 15 to 23 February off, Saturdays 14 and 28 worked.
        ("2026-02-24", "2026-02-14", "after"),
        ("2026-02-14", "2026-02-24", "before"),
        ("2026-02-28", "2026-02-27", "after"),
        ("2026-03-02", "2026-02-27", "deputy"),
    ],
)
def test_a_department_s_limit_stands_on_one_rung(today: str, due: str, rung: str | None) -> None:
    on = date.fromisoformat(today)
    found = spans(desk_steps(RULES), on, CALENDAR)
    assert rung_of(date.fromisoformat(due), on, found) == (rung and Rung(rung))


def test_a_school_is_told_before_on_and_when_it_is_long_over() -> None:
    on = date(2026, 6, 1)
    found = spans(school_steps(RULES), on, CALENDAR)
    assert rung_of(date(2026, 6, 2), on, found) is Rung.BEFORE
    assert rung_of(on, on, found) is Rung.ON
    # 超期未补正 comes with the 30th working day, 20 after the limit of 10.
    over = on
    for _ in range(20):
        over = workdays.last_workday(over, CALENDAR)
    assert rung_of(over, on, found) is Rung.LONG_OVER
    after_it = workdays.next_workday(over, CALENDAR).on
    assert rung_of(after_it, on, found) is Rung.ON


def test_an_end_of_validity_is_told_60_30_and_7_working_days_ahead() -> None:
    until = date(2026, 8, 31)
    told: list[tuple[Rung, int]] = []
    day = date(2026, 5, 1)
    while day <= until:
        if CALENDAR.day(day).is_workday:
            rung = rung_of(until, day, spans(expiry_steps(RULES), day, CALENDAR))
            left = workdays.between(day, until, CALENDAR)
            if rung is not None and rung not in [one for one, _ in told]:
                told.append((rung, left))
        day += timedelta(days=1)
    assert [left for _, left in told] == [60, 30, 7]


def test_a_rung_that_would_begin_after_the_next_one_is_left_out() -> None:
    steps = desk_steps(RULES.changed({"remind.deputy": 3, "remind.head": 3}))
    assert [step.rung.value for step in steps] == ["before", "on", "after", "head", "tech"]


@pytest.mark.parametrize("wrong", ["", "7,30", "30,30", "a", "90,60,30,7", "-1", "60;30"])
def test_days_that_nobody_can_count_are_refused(wrong: str) -> None:
    with pytest.raises(RuleViolationError, match=r"remind\.expiry"):
        RULES.changed({"remind.expiry": wrong})


@given(
    st.dates(date(2026, 1, 5), date(2026, 12, 20)),
    st.lists(st.integers(-5, 9), min_size=1, max_size=6, unique=True),
    st.integers(-12, 30),
)
def test_whatever_the_steps_each_limit_stands_where_its_lateness_says(
    start: date, late: list[int], ago: int
) -> None:
    today = workdays.workday_from(start, CALENDAR).on
    steps = tuple(Step(list(Rung)[at], days) for at, days in enumerate(sorted(late)))
    due = workdays.workday_from(today - timedelta(days=ago), CALENDAR).on
    past = workdays.between(due, today, CALENDAR)
    wanted = max((step for step in steps if step.late <= past), default=None, key=lambda s: s.late)
    assert rung_of(due, today, spans(steps, today, CALENDAR)) == (wanted and wanted.rung)


def test_the_latest_limit_counts_today_as_the_first_day_behind_it() -> None:
    monday = date(2026, 3, 16)
    assert latest(monday, 1, CALENDAR) == date(2026, 3, 15)
    assert latest(monday, 2, CALENDAR) == date(2026, 3, 12)
    assert latest(monday, 0, CALENDAR) == monday
    assert latest(monday, -1, CALENDAR) == date(2026, 3, 17)
