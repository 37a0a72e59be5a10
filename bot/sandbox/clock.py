"""A clock that can be moved and runs on from there."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol, runtime_checkable


class TellsTime(Protocol):
    """What the sandbox needs of a clock: the bot's own one will do."""

    def now(self) -> datetime:
        """Return the present instant, aware."""


@runtime_checkable
class Movable(TellsTime, Protocol):
    """A clock that can be set, and tells so."""

    def move(self, to: datetime, /) -> None:
        """Set the clock; it runs on from there."""

    def on_move(self, tell: Callable[[], None], /) -> None:
        """Have ``tell`` called after each move."""


class Clock:
    """Start at ``start`` (the real present when not given) and run on with ``ticks``.

    ``ticks`` returns seconds from any origin; a constant makes the clock stand still.
    """

    def __init__(
        self, start: datetime | None = None, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._ticks = ticks
        self._told: list[Callable[[], None]] = []
        self.move(start or datetime.now(UTC))

    def now(self) -> datetime:
        """Return the present instant, aware, in the zone of the last ``move``."""
        return self._start + timedelta(seconds=self._ticks() - self._origin)

    def move(self, instant: datetime) -> None:
        """Set the clock; it runs on from ``instant``.

        Raises:
            ValueError: ``instant`` has no zone.
        """
        if instant.tzinfo is None:
            raise ValueError("an instant needs its zone, as in 2026-09-30T08:47:00+08:00")
        self._start = instant
        self._origin = self._ticks()
        for tell in self._told:
            tell()

    def on_move(self, tell: Callable[[], None]) -> None:
        """Have ``tell`` called after each move."""
        self._told.append(tell)
