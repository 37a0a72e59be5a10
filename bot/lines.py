"""Long connections shared out among the processes of an installation, through the ledger."""

from __future__ import annotations

from dataclasses import dataclass

from storage.ledger import Ledger


@dataclass(frozen=True, slots=True, eq=False)
class LedgerLines:
    """Says which process holds which line."""

    ledger: Ledger

    async def take(self, name: str, holder: str, lease_seconds: float) -> bool:
        """Take a line, or keep one's own; False where another process holds it."""
        return await self.ledger.run(lambda tx: tx.lines.take(name, holder, lease_seconds))

    async def give_up(self, name: str, holder: str) -> None:
        """Let the next process have it at once."""
        await self.ledger.run(lambda tx: tx.lines.give_up(name, holder))
