"""A server that goes away, or lets two wait for each other, is nobody's failed event."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest
from sqlalchemy import insert, text, update

from storage import tables as t
from storage.ledger import Ledger, LedgerUnavailableError
from storage.transaction import Transaction

pytestmark = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)


def cut(tx: Transaction) -> None:
    """Lose the line in the middle of a transaction, as when the server is restarted."""
    tx.execute(insert(t.product).values(id="p", name="p", folded="p", kind="app"))
    tx.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))


def cut_hot(tx: Transaction) -> None:
    """Lose it before a statement of the walk, which is handed to the driver as it is."""
    with pytest.raises(Exception, match="terminating connection"):
        tx.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    tx.outbox.waiting()


@pytest.mark.parametrize("lose", [cut, cut_hot])
async def test_a_line_that_breaks_is_an_outage_and_the_next_event_finds_another(
    ledger: Ledger, lose: Callable[[Transaction], None]
) -> None:
    with pytest.raises(LedgerUnavailableError):
        await ledger.run(lose)
    assert await ledger.run(lambda tx: tx.execute(t.product.select()).all()) == []


async def test_lines_that_broke_while_nobody_looked_are_not_used(ledger: Ledger) -> None:
    await asyncio.gather(*(ledger.run(lambda tx: tx.outbox.waiting()) for _ in range(8)))
    others = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await ledger.run(lambda tx: tx.execute(text(others)).all())
    asked = (ledger.run(lambda tx: tx.outbox.waiting()) for _ in range(8))
    assert await asyncio.gather(*asked) == [(0, None)] * 8


async def test_of_two_that_wait_for_each_other_the_loser_goes_again(ledger: Ledger) -> None:
    both_hold_one = threading.Barrier(2)
    tries: list[str] = []

    def add(name: str) -> Callable[[Transaction], object]:
        return lambda tx: tx.execute(
            insert(t.product).values(id=name, name="", folded=name, kind="app")
        )

    def rename(first: str, second: str) -> Callable[[Transaction], None]:
        def work(tx: Transaction) -> None:
            tries.append(first)
            for name in (first, second):
                product = t.product.c
                tx.execute(
                    update(t.product).where(product.id == name).values(name=product.name + first)
                )
                if name == first and tries.count(first) == 1:
                    both_hold_one.wait(10)

        return work

    for name in "ab":
        await ledger.run(add(name))
    await asyncio.gather(ledger.run(rename("a", "b")), ledger.run(rename("b", "a")))
    names = await ledger.run(lambda tx: tx.execute(t.product.select()).all())
    assert len(tries) == 3
    assert {row.name for row in names} in ({"ab"}, {"ba"})
