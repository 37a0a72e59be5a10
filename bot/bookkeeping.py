"""The tick that writes what was counted beside any sending, and says when a month runs out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import partial

import structlog

from bot.quotas import Quotas
from bot.tally import Tally
from handlers import quota
from handlers.context import Office
from storage.ledger import Ledger, LedgerUnavailableError
from storage.rules.quotas import Level, Resource, month_of

log = structlog.get_logger()


@dataclass(slots=True, eq=False)
class Bookkeeping:
    """Run by every process; what each tells stands under a key, so that it is told once."""

    ledger: Ledger
    tally: Tally
    quotas: Quotas
    office: Office
    channels: Collection[str]
    _known: dict[tuple[str, Resource, str, int], Level] = field(default_factory=dict)

    async def run(self) -> None:
        """Write what is counted, then tell of every level that was reached."""
        try:
            await self.write()
            await self._look()
        except LedgerUnavailableError:
            log.warning("quotas not looked at")

    async def write(self) -> None:
        """Write what is counted and not written yet, a little at a time.

        Raises:
            LedgerUnavailableError: what is left is kept for the next time.
        """
        while (bill := self.tally.take()) is not None:
            try:
                await self.ledger.run(bill.write)
            except Exception:
                self.tally.give_back(bill)
                raise

    async def forget(self) -> None:
        """Drop the counts of months long past."""
        month = month_of(self.tally.now(), self.quotas.zone).name
        await self.ledger.run(lambda tx: tx.costs.forget(month))

    async def _look(self) -> None:
        now = self.tally.now()
        for one in await self.ledger.read(partial(self.quotas.standings, now=now)):
            key = (one.instance, one.resource, one.month.name, one.most)
            if one.level <= self._known.get(key, Level.FINE):
                continue
            log.warning(
                "quota", instance=one.instance, resource=one.resource.value, level=one.level.name,
                used=one.used, most=one.most,
            )  # fmt: skip
            await self.ledger.run(
                partial(
                    quota.tell, office=self.office, standing=one, channels=self.channels, now=now
                )
            )
            self._known[key] = one.level
