"""The crash hook: kills its own process the n-th time that a named point is passed.

What is armed stands in a small file shared by the test and the bot, so that one running bot can be
armed again and again without being started anew.
"""

from __future__ import annotations

import mmap
import os
import signal
from pathlib import Path

POINTS = ("commit.pre", "commit.post", "ack.pre", "ack.post", "send.pre", "send.post")


class Trigger:
    """One byte per point: how many more times it may be passed; 0 is not armed."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(bytes(len(POINTS)))
        self._file = path.open("r+b")
        self._left = mmap.mmap(self._file.fileno(), len(POINTS))

    def arm(self, point: str, passing: int) -> None:
        """Let the process that passes ``point`` for the ``passing``-th time die there."""
        self._left[POINTS.index(point)] = passing

    def disarm(self) -> None:
        """Let every point be passed."""
        self._left[:] = bytes(len(POINTS))

    @property
    def armed(self) -> bool:
        """Whether a point still waits for somebody to pass."""
        return any(self._left[:])

    def __call__(self, point: str) -> None:
        """Be passed; the hook that the bot is given."""
        at = POINTS.index(point)
        left = self._left[at]
        if left == 0:
            return
        self._left[at] = left - 1
        if left == 1:
            os.kill(os.getpid(), signal.SIGKILL)
