"""Deadlines in working days, counted by a calendar that is given."""

from datetime import date, timedelta
from typing import Final, NamedTuple, Protocol

from storage.rules.terms import RuleViolationError

_WRONG_DAYS: Final = "请写一到三个由大到小的天数，如 60,30,7。"
_LONGEST_REST: Final = 120
"""Days off in a row after which a calendar must be wrong: a school's summer has three months."""


class Day(NamedTuple):
    """What a calendar says of one date. ``provisional``: its year is not yet published (预估)."""

    is_workday: bool
    provisional: bool = False


class Calendar(Protocol):
    """Anything that knows which dates are worked, make-up Saturdays and Sundays included."""

    def day(self, on: date) -> Day:
        """Return what is known of ``on``."""
        ...


class Deadline(NamedTuple):
    """The last date of a limit, and whether it rests on an unpublished year."""

    on: date
    provisional: bool


def add(start: date, working_days: int, calendar: Calendar) -> Deadline:
    """Return the deadline ``working_days`` working days after ``start``, not counting ``start``.

    Weekends and holidays are skipped, make-up Saturdays and Sundays count. ``Deadline.provisional``
    is true where the count enters a year whose arrangement is not yet published (预估).

    Raises:
        ValueError: ``working_days`` is negative, or the calendar has no working day in sight.

    Source: none in the notice; day counts are each tenant's own setting (内部办理时限).
    """
    if working_days < 0:
        raise ValueError("a deadline lies ahead")
    on, provisional = start, False
    for _ in range(working_days):
        step = next_workday(on, calendar)
        on, provisional = step.on, provisional or step.provisional
    return Deadline(on, provisional)


def next_workday(after: date, calendar: Calendar) -> Deadline:
    """Return the first working day after ``after``.

    Raises:
        ValueError: the calendar has no working day in sight.
    """
    provisional = False
    for ahead in range(1, _LONGEST_REST + 1):
        on = after + timedelta(days=ahead)
        day = calendar.day(on)
        provisional = provisional or day.provisional
        if day.is_workday:
            return Deadline(on, provisional)
    raise ValueError(f"no working day within {_LONGEST_REST} days after {after}")


def last_workday(before: date, calendar: Calendar) -> date:
    """Return the last working day before ``before``.

    Raises:
        ValueError: the calendar has no working day in sight.
    """
    for back in range(1, _LONGEST_REST + 1):
        on = before - timedelta(days=back)
        if calendar.day(on).is_workday:
            return on
    raise ValueError(f"no working day within {_LONGEST_REST} days before {before}")


def read_days(text: str) -> tuple[int, ...]:
    """Read numbers of working days that lie ahead of something, the longest first: 60,30,7.

    Raises:
        RuleViolationError: not one to three falling numbers of days.
    """
    parts = [part.strip() for part in text.replace("，", ",").split(",")]
    if not all(part.isascii() and part.isdigit() and len(part) <= 3 for part in parts):
        raise RuleViolationError(_WRONG_DAYS)
    days = [int(part) for part in parts]
    if not 1 <= len(days) <= 3 or days != sorted(set(days), reverse=True):
        raise RuleViolationError(_WRONG_DAYS)
    return tuple(days)


def workday_from(on: date, calendar: Calendar) -> Deadline:
    """Return ``on`` itself if it is worked, else the next working day."""
    day = calendar.day(on)
    return Deadline(on, day.provisional) if day.is_workday else next_workday(on, calendar)


def between(start: date, end: date, calendar: Calendar) -> int:
    """Return how many working days after ``start`` the date ``end`` is; negative if it lies before.

    ``between(start, add(start, n, calendar).on, calendar) == n``.
    """
    if end < start:
        return -between(end, start, calendar)
    days = (start + timedelta(days=ahead) for ahead in range(1, (end - start).days + 1))
    return sum(calendar.day(on).is_workday for on in days)
