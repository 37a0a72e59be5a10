"""How patient the long connection is, in seconds of the real clock, and how much it takes on."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """After a loss it comes back at once, then after 1 s doubling to a minute.

    A refused secret is tried again ever more rarely, for the platform counts such tries. Who was
    put out by another program stays away for a while, so that two do not put each other out all
    day. What the ledger could not take is tried ``tries`` times: the platform brings nothing again.
    """

    open_seconds: float = 10.0
    answer_seconds: float = 5.0
    ping_seconds: float = 30.0
    most_missed: int = 2
    wait_seconds: float = 1.0
    most_wait_seconds: float = 60.0
    refused_seconds: float = 60.0
    kicked_seconds: float = 60.0
    most_away_seconds: float = 1800.0
    proven_seconds: float = 30.0
    jitter: float = 0.2
    workers: int = 8
    backlog: int = 500
    tries: int = 6
    again_seconds: float = 0.5
    drain_seconds: float = 2.0

    def wait(self, failures: int) -> float:
        """Return how long to wait after so many connections in a row that were lost or failed."""
        return self._doubled(self.wait_seconds, failures, self.most_wait_seconds)

    def away(self, seconds: float, times: int) -> float:
        """Return how long to stay away after being refused, or put out, so many times in a row."""
        return self._doubled(seconds, times, self.most_away_seconds)

    def _doubled(self, seconds: float, times: int, most: float) -> float:
        if times < 1:
            return 0.0
        spread = 1 + random.uniform(0, self.jitter)
        return float(min(most, seconds * 2.0 ** min(times - 1, 30)) * spread)
