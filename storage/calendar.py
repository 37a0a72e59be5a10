"""The office's calendar: what the office loaded comes first, then what a library has published."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select

from storage import tables as t
from storage.rules.workdays import Calendar, Day
from storage.session import Session


@dataclass(slots=True, eq=False)
class LoadedCalendar:
    """Days loaded into the ledger over a published calendar. ``Day.provisional`` is 预估."""

    _tx: Session
    _published: Calendar
    _loaded: dict[date, bool] | None = field(default=None, init=False)

    def day(self, on: date) -> Day:
        """Say whether ``on`` is a working day, and whether that is only an estimate."""
        if self._loaded is None:
            rows = self._tx.execute(select(t.calendar_day.c.on, t.calendar_day.c.is_workday))
            self._loaded = {row.on: row.is_workday for row in rows}
        if on in self._loaded:
            return Day(self._loaded[on], False)
        return self._published.day(on)
