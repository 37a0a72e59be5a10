"""What a platform gives for a month, and what a nearly spent one means.

Source: design 5; DingTalk's billing model (标准版 5 000 calls, 3 000 webhook and stream units).
"""

from __future__ import annotations

from datetime import date, datetime, time, tzinfo
from enum import IntEnum, StrEnum
from typing import NamedTuple


class Resource(StrEnum):
    """What a platform counts by the month: calls of its API, and pushes to us and to groups."""

    API = "api"
    UNIT = "unit"


class Level(IntEnum):
    """How far a month's quota is gone, in percent of it.

    ``SPARING`` leaves a tenth: of 5,000 calls what twenty filings cost from the first question to
    the number, so that decisions of a whole week still go out while somebody buys more.
    """

    FINE = 0
    NEARLY = 80
    SPARING = 90
    SPENT = 100


class Month(NamedTuple):
    """A calendar month in the office's zone; ``end`` is the first instant of the next one."""

    name: str
    start: datetime
    end: datetime


class Standing(NamedTuple):
    """What is used of one month's quota. ``most`` is 0 where there is no limit; ``is_refused``
    says that the platform itself takes no more, whatever was counted here: other programs of the
    same organisation may have used up the rest."""

    instance: str
    resource: Resource
    month: Month
    used: int
    most: int
    is_refused: bool = False

    @property
    def level(self) -> Level:
        """Return the highest level that is reached."""
        if self.is_refused:
            return Level.SPENT
        if not self.most:
            return Level.FINE
        return max(level for level in Level if self.used * 100 >= level * self.most)

    @property
    def percent(self) -> int:
        """Return how much of the limit is used, rounded down."""
        return self.used * 100 // self.most if self.most else 0


def month_of(instant: datetime, zone: tzinfo) -> Month:
    """Return the month in which an instant falls, in ``zone``."""
    first = instant.astimezone(zone).date().replace(day=1)
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    start, end = (datetime.combine(day, time(), zone) for day in (first, after))
    return Month(f"{first:%Y-%m}", start, end)


def months_before(name: str, count: int) -> str:
    """Return the name of the month ``count`` months before ``name`` (2026-03, 13 → 2025-02)."""
    year, month = (int(part) for part in name.split("-"))
    years, at = divmod(year * 12 + month - 1 - count, 12)
    return f"{years:04}-{at + 1:02}"
