"""The bot's one clock: everything that reads the time reads it here, so that a demo can move it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


@dataclass(slots=True, eq=False)
class Clock:
    """The time of day, or another time that runs on from where it was set."""

    _ahead: timedelta = timedelta()
    _told: list[Callable[[], None]] = field(default_factory=list)

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        now = datetime.now(UTC)
        return now + self._ahead if self._ahead else now

    def move(self, to: datetime) -> None:
        """Set the clock; it runs on from there until the process ends.

        Raises:
            ValueError: ``to`` has no time zone.
        """
        if to.tzinfo is None:
            raise ValueError("the clock needs a time zone")
        self._ahead = to.astimezone(UTC) - datetime.now(UTC)
        for tell in self._told:
            tell()

    def on_move(self, tell: Callable[[], None]) -> None:
        """Have ``tell`` called after each move."""
        self._told.append(tell)
