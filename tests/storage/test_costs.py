"""What the platforms cost: added up by month, told by filing, and found without reading on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select

from storage import tables as t
from storage.costs import KEPT_MONTHS, Line
from storage.crypto import FieldCipher
from storage.ledger import Ledger
from storage.rules.quotas import Resource, month_of, months_before
from storage.transaction import Transaction
from tests.pattern import migrated
from tests.storage.conftest import NOW, Weekdays
from tests.storage.office import open_filing, settle_in, who

ZONE = ZoneInfo("Asia/Shanghai")
MARCH = month_of(NOW, ZONE)
API, UNIT = Resource.API, Resource.UNIT
SEND, CARD = "robot/oToMessages/batchSend", "card/instances"


def call(times: int = 1, api: str = SEND, about: str = "", month: str = MARCH.name) -> Line:
    return Line(month, "dingtalk", API, about, api, times)


def comes(
    tx: Transaction, key: str, *, about: str | None = None, units: int = 1, at: datetime = NOW
) -> None:
    tx.about = about
    tx.inbox.take_in("dingtalk", key, "said", at, units=units)
    tx.about = None


def used(tx: Transaction, resource: Resource, month: datetime = NOW) -> int:
    return tx.costs.used("dingtalk", month_of(month, ZONE))[resource]


def test_counts_of_one_month_are_added_up_and_outlive_the_process(
    open_ledger: Callable[..., Ledger],
) -> None:
    first = open_ledger()
    first.call(lambda tx: tx.costs.add([call(2), call(3, CARD)]))
    first.call(lambda tx: tx.costs.add([call(), call(about="f1"), call(9, month="2026-02")]))
    first.call(lambda tx: tx.costs.add([call(-1, CARD), call()._replace(instance="wecom")]))
    assert open_ledger().call(lambda tx: used(tx, API)) == 6


def test_pushes_are_counted_where_they_lie(ledger: Ledger) -> None:
    april = MARCH.end

    def come(tx: Transaction) -> tuple[int, int]:
        comes(tx, "last", at=april - timedelta(microseconds=1))
        comes(tx, "first of April", at=april)
        comes(tx, "picture of the same push", units=0)
        comes(tx, "again")
        tx.inbox.came_again("dingtalk", "again", 1)
        tx.inbox.take_in("wecom", "again", "said", NOW)
        tx.costs.add([Line(MARCH.name, "dingtalk", UNIT, "", "robot/send", 1)])
        return used(tx, UNIT), used(tx, UNIT, april)

    assert ledger.call(come) == (4, 1)


def test_a_filing_has_cost_what_its_draft_cost_too(ledger: Ledger) -> None:
    def happen(tx: Transaction) -> None:
        settle_in(tx)
        filing = open_filing(tx)
        draft = tx.drafts.open(
            tenant=filing.tenant, unit_code=filing.school, person_id="chen", matter="x", now=NOW
        )
        tx.drafts.turn(draft, "sent", filing_id=filing.id)
        tx.costs.add([call(3, about=draft.id), call(2, about=filing.id), call(7, about="other")])
        tx.costs.add([call(4, CARD, about=filing.id), call(5, about=filing.id, month="2026-02")])
        comes(tx, "m1", about=draft.id)
        comes(tx, "m2", about=filing.id, units=2)
        comes(tx, "m3", about="other")
        cost = tx.costs.of(filing.id)
        assert cost.calls == {("dingtalk", SEND): 10, ("dingtalk", CARD): 4}
        assert cost.units == {("dingtalk", "said"): 3}
        assert (cost.total("dingtalk", API), cost.total("dingtalk", UNIT)) == (14, 3)
        assert cost.total("wecom", API) == 0
        # Draft and filing are one; this month's part of it.
        assert tx.costs.by_filing("dingtalk", MARCH) == {API: (2, 16), UNIT: (2, 4)}

    ledger.call(happen)


def test_months_long_past_are_forgotten(ledger: Ledger) -> None:
    ages = [months_before(MARCH.name, back) for back in (0, KEPT_MONTHS - 1, KEPT_MONTHS)]
    ledger.call(lambda tx: tx.costs.add([call(month=month) for month in ages]))
    ledger.call(lambda tx: tx.costs.forget(MARCH.name))
    left = ledger.call(lambda tx: tx.execute(select(t.platform_cost.c.month)).scalars().all())
    assert sorted(left) == sorted(ages[:2])


def test_what_is_put_out_is_about_the_filing_in_hand(ledger: Ledger) -> None:
    def put(tx: Transaction, text: str, **more: str) -> None:
        tx.outbox.put(instance="wecom", address=text, body={"text": text}, now=NOW, **more)  # type: ignore[arg-type]

    def happen(tx: Transaction) -> None:
        settle_in(tx)
        put(tx, "nothing yet")
        filing = open_filing(tx)
        tx.about = None
        put(tx, "still nothing")
        tx.filings.known(filing.id)
        put(tx, "read")
        tx.about = None
        tx.filings.sign(filing, declared=[NOW] * 4, wording_version="1", by=who(tx, "lin"), now=NOW)
        put(tx, "signed")
        put(tx, "of another", about="other")
        rows = tx.execute(select(t.outbox.c.address, t.outbox.c.about).order_by(t.outbox.c.seq))
        assert [tuple(row) for row in rows] == [
            ("nothing yet", None),
            ("still nothing", None),
            ("read", filing.id),
            ("signed", filing.id),
            ("of another", "other"),
        ]

    ledger.call(happen)


def test_a_months_pushes_are_found_without_reading_the_inbox(
    tmp_path: Path, cipher: FieldCipher
) -> None:
    url = f"sqlite:///{tmp_path}/beian.db"
    migrated(url)
    ledger = Ledger(url, cipher, Weekdays()).open()

    def plan(tx: Transaction) -> list[str]:
        asked: list[str] = []
        tx._connection.connection.driver_connection.set_trace_callback(asked.append)  # type: ignore[union-attr]
        tx.costs.used("dingtalk", MARCH)
        tx.costs.of("f1")
        tx._connection.connection.driver_connection.set_trace_callback(None)  # type: ignore[union-attr]
        return [
            str(row[3])
            for one in asked
            if "FROM inbox" in one
            for row in tx._cursor.execute(f"EXPLAIN QUERY PLAN {one}").fetchall()
        ]

    steps = ledger.call(plan)
    ledger.close()
    assert any("ix_inbox_month" in step for step in steps)
    assert any("ix_inbox_about" in step for step in steps)
    assert not any(step.startswith("SCAN") for step in steps)
