"""Whose turn it is: of all processes of an installation, one holds each long connection.

A platform gives each push to any one of the connections that are open. That two processes read
for a moment is harmless: the inbox refuses repeats, and a conversation's row keeps its order. A
moment in which none reads loses what people say. So wherever a line changes hands the two overlap
as far as they can:

* Who stops cleanly gives the turn up first, and reads until the next one had time to be there.
* Who finds another in its place (it was frozen, and woke) still does what came on its line.
* Who cannot renew, the ledger being away, reads on until its lease is over by its own clock, which
  is never later than by the database's: nobody can have followed before, and what it cannot store
  it does not acknowledge. Then it leaves, or what people say would go on being divided between it
  and the process that can reach the ledger.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import structlog

log = structlog.get_logger()


class LineStore(Protocol):
    """Where the processes of one installation agree on who holds which line."""

    async def take(self, name: str, holder: str, lease_seconds: float) -> bool:
        """Take a line that is free, or keep one's own; False where another holds it.

        Raises:
            Exception: it is not known.
        """
        ...

    async def give_up(self, name: str, holder: str) -> None:
        """Let the next one have it at once."""
        ...


@dataclass(frozen=True, slots=True)
class TurnPace:
    """How long a turn lasts without being renewed, and how often it is looked after, in seconds.

    One who died is followed after ``lease_seconds`` and one look more.
    """

    lease_seconds: float = 5.0
    renew_seconds: float = 1.5
    look_seconds: float = 1.0
    retry_seconds: float = 0.2
    overlap_seconds: float = 1.5


@dataclass(slots=True, eq=False)
class Turn:
    """This process's turn at one line. ``on_over`` is called when it ends."""

    name: str
    lines: LineStore
    pace: TurnPace = TurnPace()
    holder: str = field(default_factory=lambda: secrets.token_hex(8))
    on_over: Callable[[], None] = lambda: None
    _mine: asyncio.Event = field(default_factory=asyncio.Event)
    _until: float = 0.0
    _seen_elsewhere: float = float("-inf")
    _looking: asyncio.Task[None] | None = None
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def is_mine(self) -> bool:
        """Whether this process may hold the line."""
        return self._mine.is_set()

    @property
    def is_elsewhere(self) -> bool:
        """Whether another process was seen to hold it, less than a lease ago."""
        fresh = self._seen_elsewhere + self.pace.lease_seconds
        return not self.is_mine and _instant() < fresh

    def start(self) -> None:
        """Begin to look for the turn, and to keep it."""
        self._looking = asyncio.get_running_loop().create_task(self._look_after())

    async def come(self) -> None:
        """Wait until it is this process's turn."""
        await self._mine.wait()

    async def hand_over(self) -> None:
        """Let another process follow; the turn is over once that had the time."""
        was_mine = self.is_mine
        await self.stop()
        if was_mine:
            await asyncio.sleep(self.pace.overlap_seconds)
            self._end()

    async def stop(self) -> None:
        """Look no more, and give the turn up."""
        if self._looking is None:
            return
        looking, self._looking = self._looking, None
        async with self._asking:  # what is being asked for must not be given after it was given up
            looking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await looking
        try:
            async with asyncio.timeout(self.pace.renew_seconds):
                await self.lines.give_up(self.name, self.holder)
        except Exception as error:
            log.warning("line not given up", line=self.name, error=type(error).__name__)

    async def _look_after(self) -> None:
        while True:
            began = _instant()
            taken = await self._ask()
            if taken:
                self._until = began + self.pace.lease_seconds
                if not self.is_mine:
                    log.info("line is ours", line=self.name)
                self._mine.set()
            elif self.is_mine and (
                taken is False or _instant() + self.pace.retry_seconds >= self._until
            ):
                log.warning("line is ours no more", line=self.name, known=taken is False)
                self._end()
            if taken is False:
                self._seen_elsewhere = began
            certain = self.pace.renew_seconds if self.is_mine else self.pace.look_seconds
            await asyncio.sleep(self.pace.retry_seconds if taken is None else certain)

    def _end(self) -> None:
        self._mine.clear()
        self.on_over()

    async def _ask(self) -> bool | None:
        """Return whether the turn is ours, None where nobody can say."""
        left = self._until - _instant()
        # Who wakes after its lease was over asks as if it had none: perhaps nobody followed.
        patience = min(left, self.pace.renew_seconds) if left > 0 else self.pace.renew_seconds
        try:
            async with self._asking, asyncio.timeout(patience):
                return await self.lines.take(self.name, self.holder, self.pace.lease_seconds)
        except Exception as error:
            # Whatever it was: one who stopped looking would hold the line, or wait, for ever.
            log.warning("line not asked for", line=self.name, error=type(error).__name__)
            return None


def _instant() -> float:
    return asyncio.get_running_loop().time()
