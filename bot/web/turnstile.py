"""How many look something up on the public pages at once: a crowd there holds up nobody else.

Staff's pages, and what a chat has to read before it answers, share the ledger's readers with them.
"""

from __future__ import annotations

import asyncio
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

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Turnstile:
    """Lets public reads to the ledger one by one, in the order they came."""

    ledger: Ledger
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
                return await self.ledger.read(work)
        finally:
            self._inside -= 1
