"""A sender on a real ledger, whose platform gives so many calls in a month."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select

from bot.bookkeeping import Bookkeeping
from bot.channels.base import Meter, Parcel, Receipt
from bot.clock import Clock
from bot.delivery import Delivery
from bot.metrics import Metrics
from bot.quotas import Quotas
from bot.tally import Tally
from handlers.context import Office, Tenant
from handlers.links import Links
from storage import tables as t
from storage.costs import Line
from storage.crypto import FieldCipher, KeyRing
from storage.ledger import Ledger, nothing
from storage.rules.office import OfficeRules
from storage.rules.quotas import Resource, month_of
from storage.transaction import Transaction
from tests.bot.test_delivery import Platform
from tests.storage.conftest import Weekdays

ZONE = ZoneInfo("Asia/Shanghai")
MORNING = datetime(2026, 3, 12, 2, 0, tzinfo=UTC)  # a Thursday, 10:00 in the office's zone
MOST = {("dingtalk", Resource.API): 100, ("dingtalk", Resource.UNIT): 50}
SEND = "robot/oToMessages/batchSend"


@dataclass
class Metered(Platform):
    """A platform each of whose calls is counted, also where it then fails."""

    instance: str = "dingtalk"
    meter: Meter = field(kw_only=True)

    async def send(self, parcel: Parcel) -> Receipt:
        self.meter.spend(Resource.API, SEND)
        return await Platform.send(self, parcel)


@dataclass(slots=True)
class Bureau:
    """One process of the bot, as far as it counts and sends."""

    ledger: Ledger
    clock: Clock
    tally: Tally
    quotas: Quotas
    delivery: Delivery
    books: Bookkeeping
    platform: Metered
    wecom: Platform
    metrics: Metrics

    def put(
        self, text: str, to: str = "chen", *, instance: str = "dingtalk", **more: object
    ) -> None:
        """Put one sentence out."""
        now = self.clock.now()

        def work(tx: Transaction) -> None:
            tx.outbox.put(instance=instance, address=to, body={"text": text}, now=now, **more)  # type: ignore[arg-type]

        self.ledger.call(work)

    def uses(self, calls: int = 0, units: int = 0) -> None:
        """Use up calls or units of this month."""
        month = month_of(self.clock.now(), ZONE).name
        lines = [
            Line(month, "dingtalk", resource, "", "before", times)
            for resource, times in ((Resource.API, calls), (Resource.UNIT, units))
            if times
        ]
        self.ledger.call(lambda tx: tx.costs.add(lines))

    def used(self, resource: Resource = Resource.API) -> int:
        """Return what the ledger says is used of this month."""
        month = month_of(self.clock.now(), ZONE)
        return self.ledger.call(lambda tx: tx.costs.used("dingtalk", month)[resource])

    def rows(self) -> list[tuple[str, str]]:
        """Return text and state of everything ever put out, the oldest first."""

        def read(tx: Transaction) -> list[tuple[str, str]]:
            found = tx.execute(select(t.outbox.c.body, t.outbox.c.state).order_by(t.outbox.c.seq))
            return [(row.body["text"], row.state) for row in found]

        return self.ledger.call(read)

    def states(self) -> list[str]:
        """Return the states alone."""
        return [state for _, state in self.rows()]


def furnish(tx: Transaction) -> None:
    """Write an administrator of each authority: one on both platforms, one on DingTalk alone."""
    for person, tenant, places in (
        ("both", "330302", ("dingtalk", "wecom")),
        ("ding", "330303", ("dingtalk",)),
    ):
        tx.execute(insert(t.person).values(id=person, name=person))
        tx.execute(
            insert(t.unit).values(
                tenant=tenant, code="D1", name="教育技术科", kind="department", area=tenant,
                owner="county", ownership="", levels=[], desks=["tech"],
            )
        )  # fmt: skip
        tx.execute(
            insert(t.post).values(
                tenant=tenant, unit_code="D1", person_id=person, role="admin",
                valid_from=date(2026, 1, 1),
            )
        )  # fmt: skip
        for place in places:
            tx.execute(
                insert(t.account).values(
                    instance=place, folded=person, address=person, person_id=person
                )
            )


def office() -> Office:
    """Two authorities with the shipped rules."""
    rules = OfficeRules()
    tenants = {
        code: Tenant(code, name, "教育局", code[-4:], rules)
        for code, name in (("330302", "鹿城区"), ("330303", "龙湾区"))
    }
    return Office(tenants, Links("https://beian.example", b"l" * 32), ZONE)


@asynccontextmanager
async def open_bureau(
    url: str, clock: Clock | None = None, *, at: Callable[[str], None] = nothing
) -> AsyncIterator[Bureau]:
    """Open one process on a migrated database."""
    ledger = Ledger(url, FieldCipher(KeyRing({"k": b"d" * 32}, "k", b"i" * 32)), Weekdays()).open()
    if clock is None:
        clock = Clock()
        clock.move(MORNING)
    quotas = Quotas(ZONE, MOST)
    tally = Tally(clock.now, ZONE, quotas.metered)
    metrics, platform, wecom = Metrics(), Metered(meter=tally.of("dingtalk")), Platform()
    channels = {"dingtalk": platform, "wecom": wecom}
    delivery = Delivery(ledger, channels, clock.now, metrics, at, tally, quotas)  # type: ignore[arg-type]
    ledger.on_outbox = delivery.wake
    clock.on_move(delivery.wake)
    books = Bookkeeping(ledger, tally, quotas, office(), channels.keys())
    delivery.start()
    yield Bureau(ledger, clock, tally, quotas, delivery, books, platform, wecom, metrics)
    await delivery.stop()
    ledger.close()
