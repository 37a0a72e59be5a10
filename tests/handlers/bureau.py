"""An authority's mornings: the real sweeps on a real ledger, killed and crowded as tests like."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import select

from bot.calendar import PublishedCalendar
from bot.matters import ROUTERS, SWEEPS
from bot.sweeping import Sweeping
from cards.language import Card
from handlers import conversation, review
from handlers import help as guide
from handlers.context import Office, Tenant
from handlers.links import Links
from handlers.router import Routes
from handlers.switchboard import Switchboard
from storage import tables as t
from storage.crypto import FieldCipher, KeyRing
from storage.dues import may_be_due
from storage.ledger import Ledger
from storage.rules.office import OfficeRules
from storage.transaction import Transaction
from tests.handlers.platform import Fate, KilledError, Platform
from tests.handlers.school import ZONE
from tests.storage.conftest import TENANT
from tests.storage.office import settle_in


def at(moment: str) -> datetime:
    """Return an instant of 2026 as the office's clock shows it."""
    return datetime.fromisoformat(f"2026-{moment}+08:00")


START = at("03-12T10:00:00")


class BrokenError(Exception):
    """A transaction that did not come to its end."""


@dataclass(slots=True)
class Doomed:
    """A ledger whose process dies when its ``last`` transaction has committed.

    ``within``: it dies in that one, of which nothing is left. ``lives``: that one fails, as on a
    full disk, and the process goes on.
    """

    ledger: Ledger
    last: int
    within: bool = False
    lives: bool = False

    @property
    def read(self) -> Any:
        """Look, as ever."""
        return self.ledger.read

    async def run(self, work: Callable[[Transaction], Any]) -> Any:
        """Run a transaction, and die if it was the last."""
        self.last -= 1
        if self.last or not (self.within or self.lives):
            done = await self.ledger.run(work)
            if self.last:
                return done
            raise KilledError
        try:
            await self.ledger.run(lambda tx: _break_off(tx, work))
        except BrokenError as error:
            if self.lives:
                raise
            raise KilledError from error


def _break_off(tx: Transaction, work: Callable[[Transaction], Any]) -> None:
    work(tx)
    raise BrokenError


class Received(NamedTuple):
    """Something that reached somebody's phone."""

    at: datetime
    person: str
    words: str
    once: str
    is_redraw: bool = False
    is_ahead: bool = False

    @property
    def of_morning(self) -> str:
        """The day whose digest it is; empty where it is none."""
        return self.once.split(":")[1] if self.once.startswith("digest:") else ""


@dataclass(slots=True)
class Bureau:
    """One authority on one database, and the processes that sweep there."""

    ledgers: list[Ledger]
    switchboard: Switchboard
    now: datetime = START
    received: list[Received] = field(default_factory=list)
    platform: Platform = field(default_factory=Platform)
    # The clock is wrong: it shows tomorrow.
    is_ahead: bool = False

    def __post_init__(self) -> None:
        self.platform.now = lambda: self.now

    @classmethod
    def on(cls, url: str, processes: int = 1, *, is_settled: bool = False) -> Bureau:
        """Settle in on a fresh database, or one where that was done."""
        cipher = FieldCipher(KeyRing({"k1": b"d" * 32}, "k1", b"i" * 32))
        ledgers = [Ledger(url, cipher, PublishedCalendar()).open() for _ in range(processes)]
        if not is_settled:
            ledgers[0].call(settle_in)
        tenants = {TENANT: Tenant(TENANT, "鹿城区", "教育局", "0302", OfficeRules())}
        switchboard = Switchboard(
            Routes.of(ROUTERS),
            Office(tenants, Links("https://beian.example", b"l" * 32), ZONE),
            conversation.talks,
            conversation.receives,
            guide.greets,
            review.redraw_stale,
        )
        return cls(ledgers, switchboard)

    @property
    def ledger(self) -> Ledger:
        """The first process's ledger."""
        return self.ledgers[0]

    def close(self) -> None:
        """End every process."""
        for ledger in self.ledgers:
            ledger.close()

    # --- sweeping ------------------------------------------------------------------------------

    def sweeps(self, *moments: str, fate: Fate = "sent", crowd: bool = True) -> None:
        """Let all processes (or one) sweep at once, now or at each of some moments; then send."""
        for moment in moments or ("",):
            self.now = at(moment) if moment else self.now
            asyncio.run(self._sweep(self.ledgers if crowd else self.ledgers[:1]))
            self.sends(fate)

    def is_killed(self, last: int, **how: bool) -> bool:
        """Let one process sweep and die; False where it had done everything before."""
        doomed = Doomed(self.ledger, last, **how)
        try:
            asyncio.run(self._sweep([cast("Ledger", doomed)]))
        except KilledError:
            return True
        return False

    async def _sweep(self, ledgers: Sequence[Ledger]) -> None:
        now = self.now
        await self.ledger.read(self._asks_first)
        await asyncio.gather(
            *(Sweeping(one, self.switchboard, SWEEPS, lambda: now).run() for one in ledgers)
        )

    def _asks_first(self, tx: Transaction) -> None:
        """See that nothing is due of which the question before all finds says that it is not."""
        tick = self.switchboard.tick(self.now, tx)
        may = may_be_due(tx, [sweep.name for sweep in SWEEPS], tick.today, self.now)
        assert [one.name for one in SWEEPS if one.name not in may and one.find(tick)] == []

    # --- sending -------------------------------------------------------------------------------

    def sends(self, fate: Fate = "sent") -> int:
        """Let what may leave now come to one end; say how many there were."""
        platform, before = self.platform, set(self.platform.arrived)
        platform.fate = fate
        count = asyncio.run(platform.carries(self.ledger, self.switchboard))
        new = [seq for seq in platform.arrived if seq not in before]
        row = t.outbox.c
        for one in self.ledger.call(
            lambda tx: tx.execute(select(t.outbox).where(row.seq.in_(new)).order_by(row.seq)).all()
        ):
            self.received.append(
                Received(
                    platform.arrived[one.seq], one.person_id or "", _words(one.body),
                    one.once or "", bool(one.redraws), self.is_ahead,
                )
            )  # fmt: skip
        return count

    def mornings(self, person: str) -> list[str]:
        """Return the digests that arrived at one person."""
        return [one.words for one in self.received if one.of_morning and one.person == person]

    def digests(self) -> Counter[tuple[str, str]]:
        """Count the digests that arrived by the morning they are of, and person."""
        return Counter((one.of_morning, one.person) for one in self.received if one.of_morning)


def _words(body: Any) -> str:
    if "text" in body:
        return str(body["text"])
    card = Card.from_json(body["card"])
    return f"{card.title}\n{card.body}"
