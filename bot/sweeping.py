"""The tick that does what became due, each in a short transaction of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from handlers.sweeps import Sweep
from handlers.switchboard import Switchboard
from storage.dues import may_be_due
from storage.ledger import Ledger, LedgerUnavailableError, nothing
from storage.transaction import Transaction

log = structlog.get_logger()
Due = tuple[Sweep, str]


@dataclass(frozen=True, slots=True, eq=False)
class Sweeping:
    """Run by every process: what one has done the others do not find any more."""

    ledger: Ledger
    switchboard: Switchboard
    sweeps: Sequence[Sweep]
    now: Callable[[], datetime]
    at: Callable[[str], None] = nothing

    async def run(self) -> None:
        """Do everything that is due. What fails is left, and tried again at the next tick."""
        tried: set[tuple[str, str]] = set()
        blind: set[str] = set()
        try:
            while due := await self._due(tried, blind):
                for sweep, subject in due:
                    tried.add((sweep.name, subject))
                    rest: str | None = subject
                    while rest is not None:
                        rest = await self._do(sweep, rest)
        except LedgerUnavailableError:
            log.warning("not swept")

    async def _due(self, tried: set[tuple[str, str]], blind: set[str]) -> list[Due]:
        """Return what the first sweep finds that finds anything new; the order of the sweeps is
        theirs. Where nothing is due all of them look in one transaction.

        One that cannot look is ``blind`` for this tick, and keeps none of the others from it.
        """
        now = self.now()
        looks = ""

        def look(tx: Transaction) -> list[Due]:
            nonlocal looks
            today = self.switchboard.tick(now, tx).today
            seeing = [sweep for sweep in self.sweeps if sweep.name not in blind]
            may = may_be_due(tx, [sweep.name for sweep in seeing], today, now)
            for sweep in seeing:
                if sweep.name not in may:
                    continue
                looks = sweep.name
                found = sweep.find(self.switchboard.tick(now, tx))
                new = [(sweep, one) for one in found if (sweep.name, one) not in tried]
                if new:
                    return new
            return []

        while True:
            try:
                return await self.ledger.read(look)
            except LedgerUnavailableError:
                raise
            except Exception as error:
                if looks in blind or not looks:
                    raise
                blind.add(looks)
                log.error("sweep does not find", sweep=looks, exc_info=error)

    async def _do(self, sweep: Sweep, subject: str) -> str | None:
        now = self.now()

        def act(tx: Transaction) -> str | None:
            rest = sweep.act(self.switchboard.tick(now, tx), subject)
            self.at("sweep.pre")
            return rest

        try:
            rest = await self.ledger.run(act)
        except LedgerUnavailableError:
            raise
        except Exception as error:
            log.error("sweep failed", sweep=sweep.name, subject=subject, exc_info=error)
            return None
        self.at("sweep.post")
        return rest
