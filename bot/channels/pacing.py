"""Keeps us under a platform's limits, so that nothing is dropped in silence or blocked."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
_SWEEP_EVERY = 4096


class Limit(NamedTuple):
    """At most ``most`` messages in any window of length ``per``."""

    most: int
    per: timedelta


@dataclass(slots=True, eq=False)
class Pacing:
    """Remembers when each key was last sent to; the clock is an argument."""

    _sent: dict[str, deque[datetime]] = field(default_factory=dict)
    _limits: dict[str, tuple[Limit, ...]] = field(default_factory=dict)
    _blocked: dict[str, datetime] = field(default_factory=dict)
    _booked: int = 0

    def may_send_at(
        self, keys: Mapping[str, tuple[Limit, ...]], now: datetime, *, messages: int = 1
    ) -> float:
        """Return the seconds to wait for room under every limit; 0 books the places now."""
        wait = max(self._wait(keys, now, messages), default=0.0)
        if wait > 0:
            return wait
        for key, limits in keys.items():
            self._limits[key] = limits
            self._sent.setdefault(key, deque()).extend([now] * messages)
        self._booked += 1
        if self._booked % _SWEEP_EVERY == 0:
            self._sweep(now)
        return 0.0

    def block(self, key: str, until: datetime) -> None:
        """Let nothing go to ``key`` before ``until``: the platform said so."""
        self._blocked[key] = until

    def _wait(
        self, keys: Mapping[str, tuple[Limit, ...]], now: datetime, messages: int
    ) -> Iterator[float]:
        for key, limits in keys.items():
            left = (self._blocked.get(key, now) - now).total_seconds()
            if left > 0:
                yield left
            sent = self._sent.get(key)
            if not sent:
                continue
            self._forget(sent, limits, now)
            for limit in limits:
                place = len(sent) - limit.most + min(messages, limit.most) - 1
                if place >= 0:
                    yield (sent[place] + limit.per - now).total_seconds()

    def _forget(self, sent: deque[datetime], limits: tuple[Limit, ...], now: datetime) -> None:
        longest = max(limit.per for limit in limits)
        # A clock that was turned back would keep its future for ever.
        while sent and (sent[0] <= now - longest or sent[0] > now):
            sent.popleft()

    def _sweep(self, now: datetime) -> None:
        self._blocked = {key: until for key, until in self._blocked.items() if until > now}
        for key in list(self._sent):
            self._forget(self._sent[key], self._limits[key], now)
            if not self._sent[key]:
                del self._sent[key], self._limits[key]
