"""A disk that is full, or a file that can only be read, is an outage and ends with its cause."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import insert, text

from storage import tables as t
from storage.engine import LedgerError
from storage.ledger import Ledger, LedgerUnavailableError
from storage.transaction import Transaction

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def allow(pages: int) -> Callable[[Transaction], None]:
    def work(tx: Transaction) -> None:
        tx.execute(text(f"PRAGMA max_page_count={pages}"))

    return work


def write_much(tx: Transaction) -> None:
    for number in range(200):
        values = {"id": f"p{number}", "name": "x" * 1000, "folded": str(number), "kind": "app"}
        tx.execute(insert(t.product).values(values))


def count(tx: Transaction) -> int:
    return len(tx.execute(t.product.select()).all())


async def test_a_full_disk_is_an_outage_and_over_when_there_is_room(ledger: Ledger) -> None:
    await ledger.run(allow(1))  # SQLite makes it as many as there are
    with pytest.raises(LedgerUnavailableError):
        await ledger.run(write_much)
    assert await ledger.read(count) == 0
    await ledger.run(allow(100_000))
    await ledger.run(write_much)
    assert await ledger.read(count) == 200


async def test_trouble_of_the_database_inside_a_handler_is_an_outage(ledger: Ledger) -> None:
    with pytest.raises(LedgerUnavailableError) as told:
        # Within a transaction the log cannot be folded in: SQLite answers that it is locked.
        await ledger.run(lambda tx: tx.execute(text("PRAGMA wal_checkpoint")))
    assert "locked" in str(told.value.__cause__)
    assert await ledger.run(count) == 0


async def test_a_handler_s_own_mistake_is_no_outage(ledger: Ledger) -> None:
    with pytest.raises(Exception, match="no such table") as caught:
        await ledger.run(lambda tx: tx.execute(text("SELECT * FROM nowhere")))
    assert not isinstance(caught.value, LedgerError)


def test_a_file_that_can_only_be_read_is_refused_at_once(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    read_only = f"sqlite:///file:{tmp_path}/beian.db?mode=ro&uri=true"
    with pytest.raises(LedgerError, match="现在不能写入"):
        Ledger(read_only, ledger.cipher, ledger.calendar).open()
