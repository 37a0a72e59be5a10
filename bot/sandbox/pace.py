"""Counting windows: how often within a minute or an hour, by the sandbox's clock."""

from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(slots=True, eq=False)
class Pace:
    """Remember when something happened and say how often it did lately."""

    _seen: dict[Hashable, deque[datetime]] = field(default_factory=dict)

    def count(self, key: Hashable, window: timedelta, now: datetime) -> int:
        """Return how often ``key`` was added within ``window`` before ``now``."""
        return sum(now - window < at <= now for at in self._seen.get(key, ()))

    def add(self, key: Hashable, now: datetime, keep: timedelta = HOUR) -> None:
        """Remember that ``key`` happened now; older than ``keep`` is forgotten."""
        seen = self._seen.setdefault(key, deque())
        while seen and seen[0] <= now - keep:
            seen.popleft()
        seen.append(now)
