"""Platform tokens shared by every process through the ledger, sealed at rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from storage.ledger import Ledger


@dataclass(frozen=True, slots=True, eq=False)
class LedgerTokens:
    """Keeps each platform's access token for all processes of this installation."""

    ledger: Ledger

    async def load(self, key: str) -> tuple[str, datetime] | None:
        """Return (token, when it ends) as any process stored it last."""
        return await self.ledger.run(lambda tx: tx.tokens.load(key))

    async def save(self, key: str, token: str, expires_at: datetime) -> None:
        """Store a fresh token."""
        await self.ledger.run(lambda tx: tx.tokens.save(key, token, expires_at))
