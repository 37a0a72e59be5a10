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


# The arrangement of 2026, as this table's own; 2027 is not published.
RESTS = (
    days(date(2026, 1, 1), date(2026, 1, 3))  # 元旦
    | days(date(2026, 2, 15), date(2026, 2, 23))  # 春节
    | days(date(2026, 4, 4), date(2026, 4, 6))  # 清明
    | days(date(2026, 5, 1), date(2026, 5, 5))  # 劳动节
    | days(date(2026, 6, 19), date(2026, 6, 21))  # 端午
    | days(date(2026, 9, 25), date(2026, 9, 27))  # 中秋
    | days(date(2026, 10, 1), date(2026, 10, 7))  # 国庆
)
MAKE_UPS = {
    date(2026, 1, 4), date(2026, 2, 14), date(2026, 2, 28), date(2026, 5, 9), date(2026, 9, 20),
    date(2026, 10, 10),
}  # fmt: skip
SCHOOL_RESTS = (
    days(date(2026, 1, 31), date(2026, 3, 1))  # 寒假
    | days(date(2026, 7, 1), date(2026, 8, 31))  # 暑假
)


class TableCalendar:
    """2026 by the table above; every other year Monday to Friday but New Year's Day, an estimate
    (预估)."""

    def day(self, on: date) -> Day:
        """Look the date up."""
        is_weekday = on.weekday() < 5
        if on.year != 2026:
            return Day(is_weekday and (on.month, on.day) != (1, 1), provisional=True)
        return Day((is_weekday and on not in RESTS) or on in MAKE_UPS)


class SchoolCalendar(TableCalendar):
    """The same, and the school's own holidays."""

    def day(self, on: date) -> Day:
        """Look the date up."""
        return Day(is_workday=False) if on in SCHOOL_RESTS else super().day(on)


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


def on(text: str) -> date:
    """Read a date as a calendar on the wall has it: 03-12 四; its weekday is held against it."""
    day, weekday = text.split()
    found = date.fromisoformat(day if len(day) > 5 else f"2026-{day}")
    assert "一二三四五六日"[found.weekday()] == weekday, text
    return found


@pytest.mark.parametrize(
    ("start", "count", "due"),
    [
        # --- ordinary weeks ---
        # the start day does not count
        ("03-02 一", 0, "03-02 一"),
        ("03-02 一", 1, "03-03 二"),
        # over a weekend
        ("03-06 五", 1, "03-09 一"),
        # begun on a Saturday
        ("03-07 六", 5, "03-13 五"),
        # the fifteen days of a whole case
        ("03-12 四", 15, "04-02 四"),
        # --- New Year, 1 to 3 January ---
        # the Sunday behind it is worked
        ("01-02 五", 1, "01-04 日"),
        # --- Spring Festival, 15 to 23 February ---
        # the Saturday before it is worked
        ("02-13 五", 1, "02-14 六"),
        # over all nine days
        ("02-14 六", 1, "02-24 二"),
        # begun in the middle of it
        ("02-18 三", 1, "02-24 二"),
        # into the Saturday worked after it
        ("02-24 二", 4, "02-28 六"),
        # and over the Sunday behind that
        ("02-28 六", 1, "03-02 一"),
        # --- short holidays ---
        # 清明: the Monday is off, nothing is worked for it
        ("04-03 五", 1, "04-07 二"),
        # 劳动节: five days, and the Saturday of the next week is worked
        ("04-30 四", 4, "05-09 六"),
        # 端午 takes a Friday
        ("06-18 四", 1, "06-22 一"),
        # --- Mid-Autumn and National Day ---
        # the Sunday before is worked for it
        ("09-18 五", 1, "09-20 日"),
        # 中秋 takes a Friday
        ("09-24 四", 1, "09-28 一"),
        # three days between the two holidays
        ("09-24 四", 3, "09-30 三"),
        # over 国庆: back on Thursday
        ("09-30 三", 1, "10-08 四"),
        # Thursday, Friday, and the Saturday that is worked
        ("09-30 三", 3, "10-10 六"),
        # the Sunday behind it is a Sunday
        ("10-10 六", 1, "10-12 一"),
        # begun on the first day of rest
        ("10-01 四", 5, "10-13 二"),
        # --- the end of the year ---
        # the last published day
        ("12-30 三", 1, "12-31 四"),
    ],
)
def test_a_deadline(start: str, count: int, due: str) -> None:
    assert add(on(start), count, CALENDAR) == Deadline(on(due), provisional=False)


@pytest.mark.parametrize(
    ("start", "count", "due"),
    [
        # New Year's Day is off by law, the rest of the year is guessed
        ("12-31 四", 1, "2027-01-04 一"),
        # five days from the Friday before
        ("12-25 五", 5, "2027-01-04 一"),
        # begun in a year nobody knows yet
        ("2027-01-08 五", 1, "2027-01-11 一"),
    ],
)
def test_a_deadline_in_an_unpublished_year_is_marked(start: str, count: int, due: str) -> None:
    assert add(on(start), count, CALENDAR) == Deadline(on(due), provisional=True)


@pytest.mark.parametrize(
    ("start", "count", "due"),
    [
        # --- 寒假, 31 January to 1 March ---
        # returned on its last day of school: ten days from the first day of the term on
        ("01-30 五", 10, "03-13 五"),
        # the Saturdays that offices work for 春节 are nobody's at a school
        ("02-13 五", 1, "03-02 一"),
        # --- 暑假, 1 July to 31 August: two months without a working day ---
        # two days before, eight behind
        ("06-28 日", 10, "09-10 四"),
        # begun in the middle of it
        ("08-05 三", 1, "09-01 二"),
    ],
)
def test_a_school_s_deadline_rests_in_its_holidays(start: str, count: int, due: str) -> None:
    assert add(on(start), count, SchoolCalendar()) == Deadline(on(due), provisional=False)


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
