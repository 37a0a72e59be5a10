"""On which day groups are told, and of which days: a table for the holidays of two years."""

from datetime import date
from itertools import pairwise

import pytest

from bot.calendar import PublishedCalendar
from storage.rules.bulletins import MONTHS, WEEKS, Rhythm, is_due, spans
from storage.rules.workdays import Day

CALENDAR = PublishedCalendar()
WEEK, MONTH = Rhythm.WEEK, Rhythm.MONTH


def day(text: str) -> date:
    return date.fromisoformat(f"20{text}")


@pytest.mark.parametrize(
    ("rhythm", "not_yet", "first"),
    [
        # an ordinary Monday
        (WEEK, "", "26-03-16"),
        # 国庆 2025 ends on a Wednesday, and so does that of 2026
        (WEEK, "25-10-08", "25-10-09"),
        (WEEK, "26-10-07", "26-10-08"),
        # 春节 2026: a whole week of rest, and the Monday after it
        (WEEK, "26-02-23", "26-02-24"),
        # 元旦 2026 is made up for on the Sunday of its week
        (WEEK, "", "26-01-05"),
        # 清明 2026 on a Monday
        (WEEK, "26-04-06", "26-04-07"),
        # months that begin on a Sunday, with 劳动节, 国庆 and 元旦, which is made up for
        (MONTH, "26-02-01", "26-02-02"),
        (MONTH, "26-03-01", "26-03-02"),
        (MONTH, "26-05-05", "26-05-06"),
        (MONTH, "25-10-08", "25-10-09"),
        (MONTH, "26-01-03", "26-01-04"),
        # on a working day
        (MONTH, "", "26-04-01"),
    ],
)
def test_groups_are_told_from_the_first_working_day_on(
    rhythm: Rhythm, not_yet: str, first: str
) -> None:
    assert is_due(rhythm, day(first), CALENDAR)
    assert not (not_yet and is_due(rhythm, day(not_yet), CALENDAR))


def test_it_stays_due_for_a_week_and_is_old_news_then() -> None:
    assert all(is_due(WEEK, day(f"26-03-{at}"), CALENDAR) for at in range(16, 23))
    months = [at for at in range(1, 32) if is_due(MONTH, day(f"26-03-{at:02}"), CALENDAR)]
    assert months == [2, 3, 4, 5, 6, 7, 8]
    # In a week of rest nothing is due at all.
    assert not any(is_due(WEEK, day(f"26-02-{at}"), CALENDAR) for at in range(16, 23))


@pytest.mark.parametrize(
    ("rhythm", "on", "start", "end", "name"),
    [
        (WEEK, "26-03-16", "26-03-09", "26-03-15", "3月9日至15日"),
        (WEEK, "26-03-19", "26-03-09", "26-03-15", "3月9日至15日"),
        (WEEK, "26-04-07", "26-03-30", "26-04-05", "3月30日至4月5日"),
        # across the year, and after a week that is told of together with the one before it
        (WEEK, "27-01-04", "26-12-28", "27-01-03", "12月28日至1月3日"),
        (WEEK, "26-02-24", "26-02-09", "26-02-22", "2月9日至22日"),
        (MONTH, "26-03-02", "26-02-01", "26-02-28", "2026年2月"),
        (MONTH, "26-01-04", "25-12-01", "25-12-31", "2025年12月"),
    ],
)
def test_the_last_whole_week_or_month_is_told_of(
    rhythm: Rhythm, on: str, start: str, end: str, name: str
) -> None:
    told = spans(rhythm, day(on), CALENDAR)[-1]
    assert (told.start, told.end, told.name) == (day(start), day(end), name)


@pytest.mark.parametrize("on", ["26-03-16", "26-02-24", "26-01-05", "25-10-09", "26-10-08"])
def test_no_day_between_is_left_out_or_counted_twice(on: str) -> None:
    for rhythm, many in ((WEEK, WEEKS), (MONTH, MONTHS)):
        found = spans(rhythm, day(on), CALENDAR)
        assert len(found) == many
        assert all((b.start - a.end).days == 1 for a, b in pairwise(found))


def test_a_calendar_that_never_works_is_said_to_be_wrong() -> None:
    class Never:
        def day(self, on: date) -> Day:
            return Day(False)

    with pytest.raises(ValueError, match="no working"):
        spans(WEEK, day("26-03-16"), Never())
