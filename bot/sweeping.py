"""The tick that does what became due, each in a short transaction of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from handlers.sweeps import Sweep
from handlers.switchboard import Switchboard
from storage.ledger import Ledger, LedgerUnavailableError
from storage.transaction import Transaction

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, eq=False)
class Sweeping:
    """Run by every process: what one has done the others do not find any more."""

    ledger: Ledger
    switchboard: Switchboard
    sweeps: Sequence[Sweep]
    now: Callable[[], datetime]

    async def run(self) -> None:
        """Do everything that is due. What fails is left, and tried again at the next tick."""
        for sweep in self.sweeps:
            try:
                await self._all_of(sweep)
            except LedgerUnavailableError:
                log.warning("not swept", sweep=sweep.name)

    async def _all_of(self, sweep: Sweep) -> None:
        tried: set[str] = set()
        while found := [one for one in await self._find(sweep) if one not in tried]:
            for one in found:
                tried.add(one)
                while await self._do(sweep, one):
                    pass

    async def _find(self, sweep: Sweep) -> Sequence[str]:
        now = self.now()
        return await self.ledger.read(lambda tx: sweep.find(self.switchboard.tick(now, tx)))

    async def _do(self, sweep: Sweep, subject: str) -> bool:
        now = self.now()

        def act(tx: Transaction) -> bool:
            return sweep.act(self.switchboard.tick(now, tx), subject) or False

        try:
            return await self.ledger.run(act)
        except LedgerUnavailableError:
            raise
        except Exception as error:
            log.error("sweep failed", sweep=sweep.name, subject=subject, exc_info=error)
            return False
