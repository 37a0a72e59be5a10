"""Deadlines in working days, over weekends, holidays and 调休."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.rules.workdays import (
    Calendar,
    Day,
    Deadline,
    add,
    between,
    next_workday,
    workday_from,
)


def days(first: date, last: date) -> set[date]:
    return {first + timedelta(days=ahead) for ahead in range((last - first).days + 1)}


# The spring and autumn of 2026, as this table's own arrangement: two holidays with make-up days.
RESTS = days(date(2026, 2, 15), date(2026, 2, 23)) | days(date(2026, 10, 1), date(2026, 10, 7))
MAKE_UPS = {date(2026, 2, 14), date(2026, 2, 28), date(2026, 9, 20), date(2026, 10, 10)}


class TableCalendar:
    """2026 by the table above; every other year Monday to Friday, provisional."""

    def day(self, on: date) -> Day:
        """Look the date up."""
        is_weekday = on.weekday() < 5
        if on.year != 2026:
            return Day(is_weekday, provisional=True)
        return Day((is_weekday and on not in RESTS) or on in MAKE_UPS)


class EndlessRest:
    """A calendar that somebody filled in wrongly."""

    def day(self, on: date) -> Day:
        """Know only rest."""
        return Day(is_workday=on.year < 2000)


class UnknownWeekends:
    """A calendar of which somebody loaded the weekdays only."""

    def day(self, on: date) -> Day:
        """Guess the weekends."""
        return Day(is_workday=on.weekday() < 5, provisional=on.weekday() >= 5)


CALENDAR: Calendar = TableCalendar()


@pytest.mark.parametrize(
    ("start", "count", "due"),
    [
        # the start day does not count
        (date(2026, 3, 2), 0, date(2026, 3, 2)),
        (date(2026, 3, 2), 1, date(2026, 3, 3)),
        # over a weekend
        (date(2026, 3, 6), 1, date(2026, 3, 9)),
        # begun on a Saturday
        (date(2026, 3, 7), 5, date(2026, 3, 13)),
        # the Saturday before the spring holiday is worked
        (date(2026, 2, 13), 1, date(2026, 2, 14)),
        # over the spring holiday
        (date(2026, 2, 14), 1, date(2026, 2, 24)),
        # into the Saturday worked after it
        (date(2026, 2, 24), 4, date(2026, 2, 28)),
        # over the autumn holiday, into its make-up Saturday
        (date(2026, 9, 30), 3, date(2026, 10, 10)),
        # a make-up Sunday counts
        (date(2026, 9, 18), 1, date(2026, 9, 20)),
        # the fifteen days of a whole case
        (date(2026, 3, 12), 15, date(2026, 4, 2)),
    ],
)
def test_a_deadline(start: date, count: int, due: date) -> None:
    assert add(start, count, CALENDAR) == Deadline(due, provisional=False)


@pytest.mark.parametrize(
    ("start", "count", "provisional"),
    [
        # ends on the last published day
        (date(2026, 12, 30), 1, False),
        # enters the next year
        (date(2026, 12, 30), 2, True),
    ],
)
def test_a_deadline_in_an_unpublished_year_is_marked(
    start: date, count: int, provisional: bool
) -> None:
    assert add(start, count, CALENDAR).provisional is provisional


def test_a_day_off_that_is_only_guessed_marks_the_deadline_behind_it() -> None:
    assert add(date(2026, 3, 6), 1, UnknownWeekends()) == Deadline(date(2026, 3, 9), True)
    assert not add(date(2026, 3, 5), 1, UnknownWeekends()).provisional


def test_a_deadline_lies_ahead() -> None:
    with pytest.raises(ValueError, match="ahead"):
        add(date(2026, 3, 2), -1, CALENDAR)


def test_a_calendar_without_working_days_is_an_error_not_a_loop() -> None:
    with pytest.raises(ValueError, match="no working day"):
        add(date(2026, 3, 2), 1, EndlessRest())


@pytest.mark.parametrize(
    ("on", "following", "itself_or_following"),
    [
        # a working day
        (date(2026, 3, 12), date(2026, 3, 13), date(2026, 3, 12)),
        # a Saturday
        (date(2026, 3, 14), date(2026, 3, 16), date(2026, 3, 16)),
        # a make-up Saturday
        (date(2026, 10, 10), date(2026, 10, 12), date(2026, 10, 10)),
    ],
)
def test_the_next_working_day(on: date, following: date, itself_or_following: date) -> None:
    assert next_workday(on, CALENDAR).on == following
    assert workday_from(on, CALENDAR).on == itself_or_following


dates = st.dates(date(2025, 6, 1), date(2027, 6, 1))
counts = st.integers(0, 40)


@given(dates, counts, counts)
def test_working_days_add_up(start: date, one: int, other: int) -> None:
    first = add(start, one, CALENDAR)
    second = add(first.on, other, CALENDAR)
    whole = add(start, one + other, CALENDAR)
    assert whole == Deadline(second.on, first.provisional or second.provisional)


@given(dates, counts)
def test_what_was_added_lies_between(start: date, count: int) -> None:
    due = add(start, count, CALENDAR).on
    assert between(start, due, CALENDAR) == count
    assert between(due, start, CALENDAR) == -count


@given(dates, st.integers(1, 40))
def test_a_deadline_is_a_working_day(start: date, count: int) -> None:
    assert CALENDAR.day(add(start, count, CALENDAR).on).is_workday
