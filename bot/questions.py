"""Questions from outside, shared by every process through the ledger."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.ledger import Ledger
from storage.questions import Asked, Place, Rider


@dataclass(frozen=True, slots=True, eq=False)
class LedgerQuestions:
    """A ``QuestionBook`` that is kept in the ledger, each act in a transaction of its own."""

    ledger: Ledger

    async def note(self, instance: str, asked: Sequence[Asked]) -> None:
        """Open what these let us answer."""
        await self.ledger.run(lambda tx: tx.questions.note(instance, asked))

    async def take(self, instance: str, account: str, ids: Sequence[str], now: datetime) -> Place:
        """Take a place for each message of one answer."""
        return await self.ledger.run(lambda tx: tx.questions.take(instance, account, ids, now))

    async def refuse(self, instance: str, seq: int, why: str, now: datetime) -> None:
        """Note that a message which was taken did not arrive."""
        await self.ledger.run(lambda tx: tx.questions.refuse(instance, seq, why, now))

    async def riders(
        self, instance: str, account: str, keys: Collection[str], *, waiting: bool
    ) -> list[Rider]:
        """Return what may ride on an acknowledgement."""
        return await self.ledger.read(
            lambda tx: tx.questions.riders(instance, account, keys, waiting=waiting)
        )

    async def rode(self, seqs: Sequence[int], now: datetime) -> None:
        """Settle what rode."""
        await self.ledger.run(lambda tx: tx.questions.rode(seqs, now))

    async def left_over(self, seqs: Sequence[int], now: datetime) -> None:
        """Let wait what had no room."""
        await self.ledger.run(lambda tx: tx.questions.left_over(seqs, now))

    async def cursor(self, name: str) -> str:
        """Return how far was read."""
        return await self.ledger.read(lambda tx: tx.questions.cursor(name))

    async def advance(self, name: str, seen: str, cursor: str, now: datetime) -> bool:
        """Move on; False where another did."""
        return await self.ledger.run(lambda tx: tx.questions.advance(name, seen, cursor, now))

    async def forget(self, before: datetime) -> None:
        """Forget whom nothing can be answered any more."""
        await self.ledger.run(lambda tx: tx.questions.forget(before))
