"""How the public pages look things up: one by one, and letting the chats go first.

Staff's pages, and what a chat has to read before it answers, share the ledger's readers with them;
and whatever computes in this process makes a chat's answer wait.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

from bot.web.headers import CalmError
from storage.ledger import Ledger
from storage.transaction import Transaction

AT_ONCE: Final = 1
"""Two would only wait for each other: within a process one thread computes at a time."""
MOST_WAITING: Final = 100
"""Some tenths of a second of work; whoever comes then is asked to come again."""
PATIENCE_SECONDS: Final = 0.02
"""So long one statement lets the chats go first; they never rest for long on a busy morning."""
LOOK_SECONDS: Final = 0.0005

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Turnstile:
    """Lets public reads to the ledger one by one, in the order they came.

    ``is_busy`` tells, to any thread, whether an event of a chat is being done.
    """

    ledger: Ledger
    is_busy: Callable[[], bool] = lambda: False
    _free: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _inside: int = 0

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """Run ``work`` on a read-only connection.

        Raises:
            CalmError: too many wait already.
        """
        if self._inside >= AT_ONCE + MOST_WAITING:
            raise CalmError(503)
        self._inside += 1
        try:
            async with self._free:
                return await self.ledger.read(work, self._give_way)
        finally:
            self._inside -= 1

    def _give_way(self) -> None:
        ends = time.monotonic() + PATIENCE_SECONDS
        while self.is_busy() and time.monotonic() < ends:
            time.sleep(LOOK_SECONDS)
