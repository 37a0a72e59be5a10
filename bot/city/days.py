"""The working days before the day on which the demo opens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from handlers.context import Office
from storage.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Days:
    """The working days before the demo's today."""

    tx: Transaction
    office: Office
    now: datetime

    def before(self, count: int) -> date:
        """Return the ``count``-th working day before today."""
        day = self.now.astimezone(self.office.zone).date()
        while count > 0:
            day -= timedelta(days=1)
            count -= self.tx.calendar.day(day).is_workday
        return day

    def at(self, count: int, clock: str) -> datetime:
        """Return a time of day on that day, in the office's zone."""
        return datetime.combine(self.before(count), time.fromisoformat(clock), self.office.zone)
