"""Which cards are being answered at this moment: the platform takes no update meanwhile."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

AFTER_SECONDS = 0.3


class OpenTaps:
    """Counts open callbacks by card."""

    def __init__(self, after_seconds: float = AFTER_SECONDS) -> None:
        self._after_seconds = after_seconds
        self._open: Counter[str] = Counter()

    @contextmanager
    def open(self, out_track_id: str) -> Iterator[None]:
        """Hold a card's updates back while its callback is answered."""
        self._open[out_track_id] += 1
        try:
            yield
        finally:
            self._open[out_track_id] -= 1

    async def closed(self, out_track_id: str) -> None:
        """Return some time after the last callback of a card was answered."""
        while self._open[out_track_id]:  # noqa: ASYNC110 - stands in for the real one
            await asyncio.sleep(self._after_seconds)
