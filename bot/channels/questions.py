"""What channels for outsiders keep between processes: places for answers, and how far was read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from storage.questions import Asked, Place, Rider


class QuestionBook(Protocol):
    """The ledger as such a channel sees it; see ``storage.questions``."""

    async def note(self, instance: str, asked: Sequence[Asked]) -> None:
        """Open what these let us answer."""
        ...

    async def take(self, instance: str, account: str, ids: Sequence[str], now: datetime) -> Place:
        """Take a place for each message of one answer."""
        ...

    async def refuse(self, instance: str, seq: int, why: str, now: datetime) -> None:
        """Note that a message which was taken did not arrive."""
        ...

    async def riders(
        self, instance: str, account: str, keys: Collection[str], *, waiting: bool
    ) -> list[Rider]:
        """Return what may ride on an acknowledgement."""
        ...

    async def rode(self, seqs: Sequence[int], now: datetime) -> None:
        """Settle what rode."""
        ...

    async def left_over(self, seqs: Sequence[int], now: datetime) -> None:
        """Let wait what had no room."""
        ...

    async def cursor(self, name: str) -> str:
        """Return how far was read."""
        ...

    async def advance(self, name: str, seen: str, cursor: str, now: datetime) -> bool:
        """Move on; False where another did."""
        ...

    async def forget(self, before: datetime) -> None:
        """Forget whom nothing can be answered any more."""
        ...
