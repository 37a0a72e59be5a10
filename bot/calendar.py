"""The published working days of China, from the libraries that carry them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from storage.rules.workdays import Day

if TYPE_CHECKING:
    from holidays import HolidayBase

AHEAD_DAYS: Final = 366


@dataclass(slots=True, eq=False)
class PublishedCalendar:
    """Days as the State Council published them; beyond the last published year an estimate.

    ``chinesecalendar`` knows make-up days and stops at the last published year; after that
    ``holidays`` gives the statutory days, without make-up days, and the day is 预估.
    """

    _known: dict[date, Day] = field(default_factory=dict)
    _estimates: HolidayBase | None = None

    def day(self, on: date) -> Day:
        """Say whether ``on`` is worked, and whether that is only an estimate."""
        found = self._known.get(on)
        if found is None:
            found = self._known[on] = self._look_up(on)
        return found

    def look_ahead(self, today: date) -> None:
        """Look at a year and a day from ``today``: reading the libraries takes a tenth of a second,
        which nobody's transaction is to wait for."""
        for ahead in range(AHEAD_DAYS):
            self.day(today + timedelta(ahead))

    def _look_up(self, on: date) -> Day:
        import chinese_calendar  # noqa: PLC0415  (not at start)

        try:
            return Day(chinese_calendar.is_workday(on), False)
        except NotImplementedError:
            if self._estimates is None:
                import holidays  # noqa: PLC0415

                self._estimates = holidays.country_holidays("CN")
            return Day(on.weekday() < 5 and on not in self._estimates, True)
