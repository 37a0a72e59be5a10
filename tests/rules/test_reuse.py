"""When an earlier content review may stand for another filing."""

from datetime import date

import pytest

from storage.rules.reuse import LOOK_ANEW, desks_anew, is_recent, same_version


@pytest.mark.parametrize(
    ("reviewed", "today", "months", "recent"),
    [
        # the very day a year later is inside, the next is not
        ("2025-03-12", "2026-03-12", 12, True),
        ("2025-03-12", "2026-03-13", 12, False),
        # over the end of a year
        ("2025-11-30", "2026-05-30", 6, True),
        ("2025-12-01", "2026-01-31", 2, True),
        ("2025-12-01", "2026-02-02", 2, False),
        # a day that the last month does not have
        ("2025-08-31", "2026-02-28", 6, True),
        ("2025-08-31", "2026-03-01", 6, False),
        # never
        ("2026-03-11", "2026-03-12", 0, False),
    ],
)
def test_a_review_is_recent_for_so_many_months(
    reviewed: str, today: str, months: int, recent: bool
) -> None:
    assert is_recent(date.fromisoformat(reviewed), date.fromisoformat(today), months) is recent


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("", "", True),
        ("3.2", "V3.2", True),
        ("v 3.2", "版本3.2", True),
        ("３.2", "3.2", True),
        ("3.2", "3.20", False),
        ("3.2", "", False),
    ],
)
def test_versions_are_the_same_however_they_are_written(one: str, other: str, same: bool) -> None:
    assert same_version(one, other) is same


@pytest.mark.parametrize(
    ("before", "after", "anew"),
    [
        ("3.1", "3.2", True),
        # not said any more which one it is
        ("3.1", "", True),
        # the same, written otherwise
        ("3.1", "V3.1", False),
        # named for the first time
        ("", "3.1", False),
        ("", "", False),
    ],
)
def test_another_version_is_looked_at_anew(before: str, after: str, anew: bool) -> None:
    assert desks_anew(before, after) == (LOOK_ANEW if anew else frozenset())
