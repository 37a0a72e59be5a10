"""What is to happen at an instant of the sandbox's clock, whether it runs or is moved."""

import asyncio
import contextlib
import heapq
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.sandbox.clock import Movable, TellsTime

Act = Callable[[], Awaitable[None]]
_LEAST_SECONDS = 0.01
_MOST_SECONDS = 0.5


@dataclass(slots=True, eq=False)
class Alarms:
    """A list of acts and their instants; a moved clock makes it look at once."""

    clock: TellsTime
    waiting: list[tuple[datetime, int, Act]] = field(default_factory=list)
    _count: "itertools.count[int]" = field(default_factory=itertools.count)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _runner: asyncio.Task[None] | None = None
    _acts: set[asyncio.Task[None]] = field(default_factory=set)

    def after(self, seconds: float, act: Act) -> None:
        """Do ``act`` in ``seconds`` of the sandbox's clock."""
        at = self.clock.now() + timedelta(seconds=seconds)
        heapq.heappush(self.waiting, (at, next(self._count), act))
        self._news.set()

    def spawn(self, act: Act) -> None:
        """Do ``act`` beside everything else, and hold its task."""
        task = asyncio.create_task(_run(act))
        self._acts.add(task)
        task.add_done_callback(self._acts.discard)

    def open(self) -> None:
        """Begin to look."""
        if isinstance(self.clock, Movable):
            self.clock.on_move(self._news.set)
        self._runner = asyncio.create_task(self._look())

    async def close(self) -> None:
        """Stop looking; what waits does not happen any more."""
        tasks = [one for one in (self._runner, *self._acts) if one is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _look(self) -> None:
        while True:
            self._news.clear()
            while self.waiting and self.waiting[0][0] <= self.clock.now():
                self.spawn(heapq.heappop(self.waiting)[2])
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), self._patience())

    def _patience(self) -> float | None:
        """Return how long nothing can be due; a clock may run at a pace of its own."""
        if not self.waiting:
            return None
        left = (self.waiting[0][0] - self.clock.now()).total_seconds()
        return min(max(left, _LEAST_SECONDS), _MOST_SECONDS)


async def _run(act: Act) -> None:
    await act()
