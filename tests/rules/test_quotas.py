"""What a month is, and what a nearly spent one means."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from storage.rules.quotas import Level, Resource, Standing, month_of, months_before

SHANGHAI = ZoneInfo("Asia/Shanghai")
MARCH = month_of(datetime(2026, 3, 12, tzinfo=UTC), SHANGHAI)


@pytest.mark.parametrize(
    ("used", "most", "is_refused", "level"),
    [
        (0, 5000, False, Level.FINE),
        (3999, 5000, False, Level.FINE),  # 79.98 % is not yet 80
        (4000, 5000, False, Level.NEARLY),
        (4499, 5000, False, Level.NEARLY),
        (4500, 5000, False, Level.SPARING),
        (4999, 5000, False, Level.SPARING),
        (5000, 5000, False, Level.SPENT),
        (9000, 5000, False, Level.SPENT),
        (9000, 0, False, Level.FINE),  # no limit
        (3, 5000, True, Level.SPENT),  # others of the organisation used up the rest
        (3, 0, True, Level.SPENT),
    ],
)
def test_a_level_is_reached_exactly(used: int, most: int, is_refused: bool, level: Level) -> None:
    assert Standing("dingtalk", Resource.API, MARCH, used, most, is_refused).level is level


@pytest.mark.parametrize(
    ("instant", "name"),
    [
        ("2026-03-31T15:59:59+00:00", "2026-03"),  # 23:59:59 here
        ("2026-03-31T16:00:00+00:00", "2026-04"),  # midnight here, still March in UTC
        ("2026-12-31T16:00:00+00:00", "2027-01"),
    ],
)
def test_a_month_is_the_offices_own(instant: str, name: str) -> None:
    at = datetime.fromisoformat(instant)
    month = month_of(at, SHANGHAI)
    assert month.name == name
    assert month.start <= at < month.end
    assert month_of(month.end, SHANGHAI).start == month.end


@pytest.mark.parametrize(
    ("name", "count", "before"),
    [("2026-03", 0, "2026-03"), ("2026-03", 3, "2025-12"), ("2026-03", 12, "2025-03")],
)
def test_months_are_counted_back_over_years(name: str, count: int, before: str) -> None:
    assert months_before(name, count) == before
