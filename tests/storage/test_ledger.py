"""One event, one transaction: what is handed back was committed, what failed left nothing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from sqlalchemy import insert, select

from storage import tables as t
from storage.engine import LedgerError, database_url, is_sound, open_engine, sqlite_module
from storage.ledger import Ledger, LedgerUnavailableError
from storage.transaction import Transaction
from tests.storage.conftest import NOW, TENANT


def keep_product(name: str) -> Callable[[Transaction], str]:
    def work(tx: Transaction) -> str:
        tx.execute(insert(t.product).values(id=name, name=name, folded=name, kind="app"))
        return name

    return work


def products(tx: Transaction) -> set[str]:
    return set(tx.execute(select(t.product.c.name)).scalars())


async def test_what_is_handed_back_was_committed(
    open_ledger: Callable[..., Ledger],
) -> None:
    first, second = open_ledger(), open_ledger()
    assert await first.run(keep_product("云阅读")) == "云阅读"
    assert await second.read(products) == {"云阅读"}


async def test_a_failing_handler_leaves_nothing_and_spares_its_neighbours(ledger: Ledger) -> None:
    def fails(tx: Transaction) -> None:
        keep_product("半件")(tx)
        raise RuntimeError("broken")

    gate = threading.Event()
    waits = ledger.run(lambda _tx: gate.wait(5))
    held = asyncio.ensure_future(waits)
    works = [ledger.run(keep_product("甲")), ledger.run(fails), ledger.run(keep_product("乙"))]
    batch = [asyncio.ensure_future(work) for work in works]
    await asyncio.sleep(0)
    gate.set()
    outcomes = await asyncio.gather(held, *batch, return_exceptions=True)
    assert isinstance(outcomes[2], RuntimeError)
    assert await ledger.run(products) == {"甲", "乙"}


async def test_waiting_events_share_one_commit(
    open_ledger: Callable[..., Ledger], database_url: str
) -> None:
    commits: list[str] = []
    ledger = open_ledger(commits.append)
    gate = threading.Event()
    held = asyncio.ensure_future(ledger.run(lambda _tx: gate.wait(5)))
    batch = [asyncio.ensure_future(ledger.run(keep_product(str(n)))) for n in range(50)]
    await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(held, *batch)
    made = commits.count("commit.post")
    # SQLite: whoever came first alone or with the rest, and all that waited behind it together.
    assert made <= 2 if database_url.startswith("sqlite") else made == 51


async def test_numbers_taken_at_once_are_gap_free_and_never_given_twice(
    open_ledger: Callable[..., Ledger],
) -> None:
    ledgers = [open_ledger() for _ in range(3)]

    def take(fails: bool) -> Callable[[Transaction], int]:
        def work(tx: Transaction) -> int:
            entry = tx.journal.begin(tenant=TENANT, at=NOW, act="test", subject="s")
            number = entry.count("330302/2026/A")
            if fails:
                raise RuntimeError("changed its mind")
            return number

        return work

    jobs = [ledgers[n % 3].run(take(n % 5 == 0)) for n in range(150)]
    taken = [n for n in await asyncio.gather(*jobs, return_exceptions=True) if isinstance(n, int)]
    assert sorted(taken) == list(range(1, 121))


async def test_a_commit_that_fails_is_told_to_everyone_who_waited(
    open_ledger: Callable[..., Ledger], database_url: str
) -> None:
    def breaks(point: str) -> None:
        if point == "commit.pre" and broken.is_set():
            raise OSError("disk full")

    broken = threading.Event()
    ledger = open_ledger(breaks)
    broken.set()
    expected = LedgerUnavailableError if database_url.startswith("sqlite") else OSError
    with pytest.raises(expected):
        await ledger.run(keep_product("没有写进去"))
    broken.clear()
    assert await ledger.run(products) == set()


def test_a_reader_cannot_write(ledger: Ledger) -> None:
    with pytest.raises(Exception, match=r"readonly|read-only"):
        asyncio.run(ledger.read(keep_product("不该有")))


@pytest.mark.parametrize(
    ("version", "sound"),
    [
        ((3, 40, 1), False),  # Debian 12
        ((3, 44, 5), False),
        ((3, 44, 6), True),  # patched line
        ((3, 45, 1), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),  # patched line
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 53, 0), True),
        ((4, 0, 0), True),
    ],
)
def test_an_sqlite_that_loses_rows_is_known(version: tuple[int, int, int], sound: bool) -> None:
    assert is_sound(version) is sound


def test_without_a_sound_sqlite_the_ledger_refuses_in_one_sentence() -> None:
    old = SimpleNamespace(sqlite_version_info=(3, 40, 1), sqlite_version="3.40.1")
    with pytest.raises(LedgerError, match=r"SQLite 3\.40\.1"):
        sqlite_module(old, old)  # type: ignore[arg-type]


def test_the_settings_that_keep_what_is_committed_are_on(tmp_path: object) -> None:
    engine = open_engine(database_url(f"sqlite:///{tmp_path}/l.db"))
    with engine.connect() as connection:
        asked = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert asked == ["wal", 2, 1]


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite://"])
def test_another_database_is_refused(url: str) -> None:
    with pytest.raises(LedgerError):
        database_url(url)


def test_a_database_that_was_never_migrated_is_refused(tmp_path: object, ledger: Ledger) -> None:
    bare = Ledger(f"sqlite:///{tmp_path}/bare.db", ledger.cipher, ledger.calendar)
    with pytest.raises(LedgerError, match="beian migrate"):
        bare.open()


async def test_two_events_of_one_conversation_wait_for_each_other(
    open_ledger: Callable[..., Ledger],
) -> None:
    ledgers = [open_ledger(), open_ledger()]

    def add_one(tx: Transaction) -> None:
        talk = tx.drafts.talk("wecom", "Chen")
        talk.state["n"] = talk.state.get("n", 0) + 1
        tx.drafts.keep_talk(talk)

    await asyncio.gather(*(ledgers[n % 2].run(add_one) for n in range(40)))
    talk = await ledgers[0].run(lambda tx: tx.drafts.talk("wecom", "chen"))
    assert talk.state["n"] == 40


def test_an_event_whose_handler_failed_is_kept_once(ledger: Ledger) -> None:
    def keep(tx: Transaction) -> bool:
        return tx.inbox.keep_failed("wecom", "m1", "said", NOW, "trace", "event")

    assert [ledger.call(keep), ledger.call(keep)] == [True, False]
