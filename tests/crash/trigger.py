"""The crash hook: kills its own process the n-th time that a named point is passed.

What is armed stands in a small file shared by the test and the bot, so that one running bot can be
armed again and again without being started anew. Who dies notes there at which point, so that the
count is not a guess of whoever took aim. The file holds the bot's time as well: the one that is
started next goes on where the one that died was.
"""

from __future__ import annotations

import mmap
import os
import signal
import struct
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.clock import Clock

COMMIT = ("commit.pre", "commit.post")
FILE = ("file.pre", "file.post")
POINTS = (*COMMIT, "ack.pre", "ack.post", "send.pre", "send.post", *FILE)
SWEEP = ("sweep.pre", "sweep.post")
"""At the end of what became due, in its transaction and behind it: no message meets these."""
_ALL = (*POINTS, *SWEEP)
_AHEAD = struct.Struct("d")
_TALLY = struct.Struct("i")
_AHEAD_AT = len(_ALL)
_TALLY_AT = _AHEAD_AT + _AHEAD.size
_BYTES = _TALLY_AT + len(_ALL) * _TALLY.size


class Trigger:
    """One byte per point: how many more times it may be passed; 0 is not armed."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(bytes(_BYTES))
        with path.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), _BYTES)
        self._turn = threading.Lock()

    def arm(self, point: str, passing: int) -> None:
        """Let the process that passes ``point`` for the ``passing``-th time die there."""
        self._shared[_ALL.index(point)] = passing

    def disarm(self) -> None:
        """Let every point be passed."""
        self._shared[: len(_ALL)] = bytes(len(_ALL))

    def set_clock(self, now: datetime) -> None:
        """Keep how far ahead of this machine's clock ``now`` is."""
        ahead = (now - datetime.now(UTC)).total_seconds()
        _AHEAD.pack_into(self._shared, _AHEAD_AT, ahead)

    def clock(self) -> Clock:
        """Return a clock as far ahead as was kept."""
        (ahead,) = _AHEAD.unpack_from(self._shared, _AHEAD_AT)
        clock = Clock()
        clock.move(datetime.now(UTC) + timedelta(seconds=ahead))
        return clock

    def deaths(self) -> Counter[str]:
        """Return how many died at each point."""
        tally = _TALLY.iter_unpack(self._shared[_TALLY_AT:_BYTES])
        return +Counter({point: count for point, (count,) in zip(_ALL, tally, strict=True)})

    def __call__(self, point: str) -> None:
        """Be passed; the hook that the bot is given."""
        at = _ALL.index(point)
        if self._shared[at] == 0:
            return
        with self._turn:
            left = self._shared[at]
            if left == 0:
                return
            self._shared[at] = left - 1
            if left == 1:
                self._note(at)
                os.kill(os.getpid(), signal.SIGKILL)

    def _note(self, at: int) -> None:
        place = _TALLY_AT + at * _TALLY.size
        (count,) = _TALLY.unpack_from(self._shared, place)
        _TALLY.pack_into(self._shared, place, count + 1)
