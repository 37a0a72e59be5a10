"""What is asked for and not filed, as it is counted on either database."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from storage import tables as t
from storage.check.asking import unfiled
from storage.ledger import Ledger
from storage.transaction import Transaction
from storage.unfiled import AskedFor
from tests.storage.conftest import NOW, TENANT

WEEK = date(2026, 3, 9)


def test_a_name_is_written_when_the_third_asks_and_its_week_leaves_no_hash(ledger: Ledger) -> None:
    def asks(name: str, *who: str) -> None:
        for one in who:
            ledger.call(lambda tx, one=one: tx.unfiled.note(TENANT, name, who=one, week=WEEK))

    def close(tx: Transaction) -> None:
        assert tx.unfiled.over(date(2026, 3, 16)) == [(TENANT, WEEK)]
        assert tx.unfiled.close(TENANT, WEEK) and not tx.unfiled.close(TENANT, WEEK)
        assert tx.execute(select(t.asked_trace)).all() == []
        assert list(unfiled(tx, NOW)) == []

    asks("橙汁作文", "a", "a", "b")
    assert ledger.call(lambda tx: tx.unfiled.listed(TENANT, WEEK, 9)) == []
    asks("橙汁作文", "c", "a")
    asks("橙之作文", "b")
    listed = ledger.call(lambda tx: tx.unfiled.listed(TENANT, WEEK, 9))
    assert listed == [AskedFor("橙汁作文", 3, 5, ("橙之作文",), (listed[0].sounds[0],))]
    ledger.call(close)
