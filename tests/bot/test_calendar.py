"""Working days as published; after the last published year an estimate, and said to be one."""

from __future__ import annotations

from datetime import date

import pytest

from bot.calendar import PublishedCalendar
from storage.rules.workdays import Day

DAYS = [
    (date(2026, 3, 2), Day(is_workday=True, provisional=False)),  # a Monday
    (date(2026, 3, 7), Day(is_workday=False, provisional=False)),  # a Saturday
    (date(2026, 2, 17), Day(is_workday=False, provisional=False)),  # 春节, a Tuesday
    (date(2026, 2, 14), Day(is_workday=True, provisional=False)),  # a Saturday made up for it
    (date(2049, 10, 1), Day(is_workday=False, provisional=True)),  # 国庆, a Friday
    (date(2049, 10, 11), Day(is_workday=True, provisional=True)),  # a Monday
    (date(2049, 10, 16), Day(is_workday=False, provisional=True)),  # a Saturday
]


@pytest.mark.parametrize(("on", "day"), DAYS)
def test_a_day_is_as_the_state_council_published_it_or_an_estimate(on: date, day: Day) -> None:
    calendar = PublishedCalendar()
    assert calendar.day(on) == day
    assert calendar.day(on) == day, "asked again"
