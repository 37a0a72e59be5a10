"""Ticks and nothing else: what is due is found in the ledger, so a missed tick loses nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.anchor import write_heads
from bot.bookkeeping import Bookkeeping
from bot.delivery import Delivery
from bot.files import FileStore, sweep_orphans
from bot.sweeping import Sweeping
from storage.engine import LedgerError
from storage.ledger import Ledger

log = structlog.get_logger()

PATIENCE_SECONDS = 1.0
DEFAULTS = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}


@dataclass(slots=True, eq=False)
class Ticks:
    """The fixed ticks of one process; running them in several processes is harmless."""

    ledger: Ledger
    delivery: Delivery
    now: Callable[[], datetime]
    anchor: Path
    files: FileStore
    books: Bookkeeping
    sweeping: Sweeping
    _scheduler: AsyncIOScheduler = field(init=False)

    def start(self) -> None:
        """Begin to tick."""
        self._scheduler = AsyncIOScheduler(timezone="UTC", job_defaults=DEFAULTS)
        self._scheduler.add_job(self._look, "interval", seconds=15, id="outbox")
        # At once too: a process that never lives for an hour would anchor nothing.
        self._scheduler.add_job(
            self.anchor_heads, "interval", hours=1, id="anchor", next_run_time=datetime.now(UTC)
        )
        self._scheduler.add_job(self.sweeping.run, "interval", seconds=30, id="due")
        self._scheduler.add_job(self.books.run, "interval", seconds=60, id="quotas")
        self._scheduler.add_job(self._sweep, "interval", hours=24, id="orphans")
        self._scheduler.start()

    def stop(self) -> None:
        """Stop ticking."""
        self._scheduler.shutdown(wait=False)

    async def _look(self) -> None:
        self.delivery.wake()

    async def _sweep(self) -> None:
        try:
            await sweep_orphans(self.files, self.ledger)
            await self.books.forget()
        except (OSError, LedgerError) as error:
            log.error("not swept", exc_info=error)

    async def last_counts(self) -> None:
        """Write what was counted, before the process ends."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self.books.write()
        except (TimeoutError, LedgerError) as error:
            log.warning("last counts not written", error=type(error).__name__)

    async def anchor_heads(self) -> None:
        """Write every chain's head outside the database."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                heads = await self.ledger.read(lambda tx: tx.journal.heads())
            await asyncio.to_thread(write_heads, self.anchor, heads, self.now())
        except Exception as error:  # whatever is wrong with disk or database, the process ends well
            log.error("chain heads not anchored", exc_info=error)
