"""The demo's clock as an office turns it: to a working day, past a holiday; then it sweeps."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.clock import Clock
from storage.rules.workdays import Calendar, next_workday, workday_from

MORNING = time(8, 47)
"""Seven minutes after the morning's digest: it has come."""


class Turning:
    """Offers moments to turn to, and has done what became due as soon as the clock is turned."""

    def __init__(self, clock: Clock, calendar: Calendar, zone: ZoneInfo) -> None:
        self._clock, self._calendar, self._zone = clock, calendar, zone
        self._turned = asyncio.Event()
        clock.on_move(self._turned.set)

    async def sweep(self, sweep: Callable[[], Awaitable[None]]) -> None:
        """Sweep after each turn, until cancelled."""
        while True:
            await self._turned.wait()
            self._turned.clear()
            await sweep()

    def steps(self, now: datetime) -> list[tuple[str, datetime]]:
        """Return what the page offers, each with its moment, none of it behind ``now``."""
        local = now.astimezone(self._zone)
        morning = self._morning(next_workday(local.date(), self._calendar).on)
        return [
            ("+1天", local + timedelta(days=1)),
            ("下一工作日 08:47", morning),
            ("国庆后 08:47", self._morning(self._after_national_day(local.date()))),
        ]

    def _after_national_day(self, today: date) -> date:
        first = date(today.year, 10, 8)
        if workday_from(first, self._calendar).on <= today:
            first = first.replace(year=today.year + 1)
        return workday_from(first, self._calendar).on

    def _morning(self, day: date) -> datetime:
        return datetime.combine(day, MORNING, self._zone)

    def offered(self) -> list[dict[str, str]]:
        """Return the steps from now on, as the page reads them."""
        return [
            {"words": words, "now": to.isoformat(timespec="seconds")}
            for words, to in self.steps(self._clock.now())
        ]
