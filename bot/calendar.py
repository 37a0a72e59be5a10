"""The published working days of China, from the libraries that carry them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from storage.rules.workdays import Day


@dataclass(slots=True, eq=False)
class PublishedCalendar:
    """Days as the State Council published them; beyond the last published year an estimate.

    ``chinesecalendar`` knows make-up days and stops at the last published year; after that
    ``holidays`` gives the statutory days, without make-up days, and the day is 预估.
    """

    _known: dict[date, Day] = field(default_factory=dict)

    def day(self, on: date) -> Day:
        """Say whether ``on`` is worked, and whether that is only an estimate."""
        found = self._known.get(on)
        if found is None:
            found = self._known[on] = _look_up(on)
        return found


def _look_up(on: date) -> Day:
    import chinese_calendar  # noqa: PLC0415  (not at start)

    try:
        return Day(chinese_calendar.is_workday(on), False)
    except NotImplementedError:
        import holidays  # noqa: PLC0415

        statutory = holidays.country_holidays("CN", years=on.year)
        return Day(on.weekday() < 5 and on not in statutory, True)
