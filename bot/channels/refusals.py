"""What is written down of strangers at a callback address: enough to see them, not a line each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

log = structlog.get_logger()

MINUTE = timedelta(minutes=1)
MOST_A_MINUTE = 10


@dataclass(slots=True, eq=False)
class Refusals:
    """Logs the first refusals of a minute; a flood of forgeries must not fill the disk.

    How many there were is counted in the metrics, by status.
    """

    now: Callable[[], datetime]
    _since: datetime | None = None
    _count: int = 0

    def note(self, reason: str) -> None:
        """Write one refusal down, unless this minute has had its share."""
        now = self.now()
        # A clock that was turned back begins a new minute too.
        if self._since is None or not timedelta() <= now - self._since < MINUTE:
            self._since, self._count = now, 0
        self._count += 1
        if self._count <= MOST_A_MINUTE:
            log.warning("callback refused", reason=reason)
        if self._count == MOST_A_MINUTE:
            log.warning("callback refused again and again, not logged for a minute")
