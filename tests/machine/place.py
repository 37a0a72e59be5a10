"""One city on one database: its handlers, its people, and all that was ever shown to them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import insert, select, text

from bot.matters import ROUTERS
from cards.language import Card
from handlers import asking, conversation, review
from handlers import help as guide
from handlers.context import Carried, Context, Office, Tenant
from handlers.events import Event
from handlers.links import Links
from handlers.router import Routes
from handlers.switchboard import Switchboard
from storage import tables as t
from storage.crypto import FieldCipher, KeyRing
from storage.ledger import Ledger
from storage.products import fold
from storage.rules.office import OfficeRules
from storage.transaction import Transaction
from tests.handlers.school import CITY, LUCHENG, ZONE, Weekdays
from tests.machine.picture import Picture, Shown, take
from tests.stories.places import FAR_COUNTY, NEXT_COUNTY, furnish_city
from tests.stories.town import SCHOOL, furnish

PRODUCTS = (
    "听海", "松涛", "云帆", "墨香", "星桥", "竹影", "晨露", "石榴", "银杏", "飞鱼",
    "青瓷", "南塘", "江心", "雁荡", "楠溪", "白鹿", "塔影", "龙舟", "海棠", "芦笛",
)  # fmt: skip
GROUPS = {SCHOOL: "g1", "3303020101": "g2", "3303020301": "g3"}
CLOSED = date(2026, 3, 11)
# Who, as what, where, until when: hands in two houses, a post that ended, a head, a second head.
MORE_PEOPLE = (
    ("hat", "黄两头", ((SCHOOL, "owner"), ("D-basic", "reviewer"), ("D-tech", "reviewer")), None),
    ("gone", "高去职", (("D-basic", "reviewer"), (SCHOOL, "owner")), CLOSED),
    ("chief", "程主任", (("D-tech", "head"),), None),
    ("lin2", "卢副校长", ((SCHOOL, "principal"),), None),
)


def furnish_all(tx: Transaction) -> None:
    """Write the county, the city around it, and more people, groups and products."""
    furnish(tx)
    furnish_city(tx)
    for person, name, posts, until in MORE_PEOPLE:
        tx.execute(insert(t.person).values(id=person, name=name))
        account = {"folded": person, "address": person, "person_id": person}
        tx.execute(insert(t.account).values(instance="wecom", **account))
        for unit, role in posts:
            tx.execute(
                insert(t.post).values(
                    tenant=LUCHENG, unit_code=unit, person_id=person, role=role,
                    valid_from=date(2026, 1, 1), valid_to=until,
                )
            )  # fmt: skip
    for unit, group in GROUPS.items():
        if group != "g1":
            key = f"key-of-{group}"
            tx.execute(
                insert(t.chat_group).values(
                    tenant=LUCHENG, id=group, unit_code=unit, name=f"家长群{group}",
                    purpose="学校群", instance="wecom", platform="wecom-webhook",
                    address=tx.cipher.seal(key, "chat_group.address"),
                    address_index=tx.cipher.blind_index(key, "chat_group.address"),
                )
            )  # fmt: skip
    for at, name in enumerate(PRODUCTS):
        tx.execute(
            insert(t.product).values(
                id=f"q{at}", name=name, folded=fold(name), developer="某公司",
                product_no=f"教APP备33020{at:02d}号", kind="app", checked="已核验",
            )
        )  # fmt: skip


@dataclass(slots=True)
class Place:
    """The real handlers on the real ledger of one database."""

    ledger: Ledger
    switchboard: Switchboard
    lanes: dict[str, list[Shown]] = field(default_factory=dict)
    at_of: dict[int, tuple[str, int]] = field(default_factory=dict)
    picture: Picture = field(default_factory=Picture)
    _read_to: int = 0

    @classmethod
    def open(cls, url: str) -> Place:
        """Open the ledger of a furnished database."""
        cipher = FieldCipher(KeyRing({"k1": b"d" * 32}, "k1", b"i" * 32))
        rules = OfficeRules()
        names = {LUCHENG: "鹿城区", CITY: "温州市", NEXT_COUNTY: "龙湾区", FAR_COUNTY: "泰顺县"}
        tenants = {
            code: Tenant(code, name, "教育局", f"03{code[-2:]}", rules)
            for code, name in names.items()
        }
        switchboard = Switchboard(
            Routes.of(ROUTERS),
            Office(tenants, Links("https://beian.example", b"l" * 32), ZONE),
            conversation.talks,
            conversation.receives,
            guide.greets,
            review.redraw_stale,
            outsiders=asking.outsiders,
        )
        return cls(Ledger(url, cipher, Weekdays()).open(), switchboard)

    @property
    def is_sqlite(self) -> bool:
        return self.ledger.url.startswith("sqlite")

    def happens(self, event: Event, now: datetime) -> Carried | None:
        """Handle one event in a transaction of its own, and look at what it leaves."""

        def work(tx: Transaction) -> tuple[Carried | None, list[Any], Picture]:
            return self.switchboard.answer(event, now, tx), self._news(tx), take(tx)

        carried, news, self.picture = self.ledger.call(work)
        self._hang(news)
        return carried

    def happen_at_once(self, first: Event, second: Event, now: datetime) -> None:
        """Handle two events that overlap: the second begins before the first has committed.

        The first one always wins: it commits when the second one waits for it, or is through.
        """
        began: list[threading.Thread] = []
        errors: list[BaseException] = []

        def follow() -> None:
            try:
                self.ledger.call(partial(self.switchboard.answer, second, now))
            except BaseException as error:
                errors.append(error)

        def lead(tx: Transaction) -> None:
            self.switchboard.answer(first, now, tx)
            if not began:
                began.append(threading.Thread(target=follow))
                began[0].start()
                while not self.is_sqlite and began[0].is_alive() and not _somebody_waits(tx):
                    pass

        self.ledger.call(lead)
        began[0].join()
        if errors:
            raise errors[0]
        self.look()

    def sweep(self, work: Callable[[Context], Sequence[str]], now: datetime) -> Sequence[str]:
        """Do one thing that nobody sent, in a transaction of its own."""
        return self.ledger.call(lambda tx: work(self.switchboard.tick(now, tx)))

    def look(self) -> None:
        """Look at what the ledger holds, and at what was put out since the last look."""
        news, self.picture = self.ledger.call(lambda tx: (self._news(tx), take(tx)))
        self._hang(news)

    def _news(self, tx: Transaction) -> list[Any]:
        box = t.outbox.c
        rows = tx.execute(
            select(box.seq, box.lane, box.body, box.subject)
            .where(box.seq > self._read_to)
            .order_by(box.seq)
        )
        return list(rows)

    def _hang(self, news: list[Any]) -> None:
        for row in news:
            lane = self.lanes.setdefault(row.lane, [])
            card = Card.from_json(row.body["card"]) if "card" in row.body else None
            self.at_of[row.seq] = (row.lane, len(lane))
            lane.append(Shown(row.seq, row.lane, card, str(row.body.get("text", "")), row.subject))
            self._read_to = row.seq


def _somebody_waits(tx: Transaction) -> bool:
    """Tell whether another transaction of this server stands before a lock."""
    waiting = text("select count(*) from pg_locks where not granted")
    return bool(tx.execute(waiting).scalar_one())


@contextmanager
def opened(*urls: str) -> Iterator[list[Place]]:
    """Open places, and close them in the end."""
    places = [Place.open(url) for url in urls]
    try:
        yield places
    finally:
        for place in places:
            place.ledger.close()
