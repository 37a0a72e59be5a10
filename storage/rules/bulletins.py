"""工作群通报: on which day the groups of an authority are told, and of which weeks or months."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from storage.rules import workdays
from storage.rules.periods import Period, month, week
from storage.rules.terms import Term
from storage.rules.workdays import Calendar

WEEKS: Final = 8
MONTHS: Final = 6
"""So many of them stand side by side, the one that is told of last."""

_WEEK: Final = timedelta(days=7)
_LONGEST_REST_WEEKS: Final = 9


class Rhythm(Term):
    """How often groups are told."""

    WEEK = "week", "周"
    MONTH = "month", "月"


def begun(rhythm: Rhythm, on: date) -> date:
    """Return the first day of the week or month around ``on``."""
    return on.replace(day=1) if rhythm is Rhythm.MONTH else on - timedelta(days=on.weekday())


def is_due(rhythm: Rhythm, on: date, calendar: Calendar) -> bool:
    """Tell whether the first working day of the week or month around ``on`` has come.

    It stays due for some days: who was down on that one tells what is current, once. Of a month
    nothing is told when it is old news. A week without a working day tells nothing; the next one
    tells of it too.
    """
    first = workdays.workday_from(begun(rhythm, on), calendar).on
    return first <= on < first + _WEEK


def spans(rhythm: Rhythm, on: date, calendar: Calendar) -> tuple[Period, ...]:
    """Return what is told of on ``on``, behind those it is compared with, the oldest first.

    A week in which nobody works belongs to the one before it, so that no day is left out.
    """
    found: list[Period] = []
    first = begun(rhythm, on)
    if rhythm is Rhythm.MONTH:
        while len(found) < MONTHS:
            found.append(month((found[-1].start if found else first) - timedelta(days=1)))
    while rhythm is Rhythm.WEEK and len(found) < WEEKS:
        found.append(_worked_week(found[-1].start if found else first, calendar))
    return tuple(reversed(found))


def _worked_week(before: date, calendar: Calendar) -> Period:
    """Return the last week before a Monday in which somebody works, with those of rest after it."""
    for back in range(1, _LONGEST_REST_WEEKS + 1):
        start = before - back * _WEEK
        if workdays.workday_from(start, calendar).on < start + _WEEK:
            end = before - timedelta(days=1)
            return week(start)._replace(name=_days(start, end), end=end)
    raise ValueError(f"no working week before {before}")


def _days(start: date, end: date) -> str:
    until = f"{end.day}日" if end.month == start.month else f"{end.month}月{end.day}日"
    return f"{start.month}月{start.day}日至{until}"
