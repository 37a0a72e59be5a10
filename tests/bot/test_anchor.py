"""The chains' heads outside the database: written at each start and end, and held against it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import delete, text, update

from bot.anchor import TAIL_BYTES, last_heads, read_heads, write_heads
from bot.app import Bot
from bot.checking import run
from bot.settings import Settings, load_settings
from storage import tables as t
from storage.check import Anchor
from storage.engine import LedgerError
from storage.transaction import Transaction
from tests.storage.conftest import NOW, TENANT

SHIPPED = Path(__file__).parents[2] / "settings.toml"


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """The settings as shipped, in a folder of their own, on each database."""
    path = tmp_path / "settings.toml"
    path.write_bytes(SHIPPED.read_bytes())
    return load_settings(path, {"BEIAN_DATABASE__URL": database_url, "BEIAN_WEB__PORT": "0"})


@pytest.fixture
def anchor(tmp_path: Path) -> Path:
    return tmp_path / "var" / "anchor.log"


def live(settings: Settings, *works: Callable[[Transaction], object]) -> None:
    """Start the bot, do something in its ledger, and stop it."""

    async def life() -> None:
        bot = Bot(settings)
        bot.prepare()
        await bot.start()
        for work in works:
            await bot.ledger.run(work)
        await bot.stop()

    asyncio.run(life())


async def until(holds: Callable[[], object]) -> None:
    """Wait for what a tick does: it tells nobody."""
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0)


def act(tx: Transaction) -> None:
    tx.journal.begin(tenant=TENANT, at=NOW, act="test", subject="s")


def lose_the_tail(tx: Transaction) -> None:
    """Take the newest act away, head and all, as a damaged write-ahead log does."""
    tx.execute(text("DROP TRIGGER journal_no_delete" + ("" if tx.is_sqlite else " ON journal")))
    tx.execute(delete(t.journal).where(t.journal.c.seq == 2))
    kept = tx.execute(t.journal.select()).one()
    tx.execute(update(t.journal_head).values(seq=1, hash=kept.hash))


def test_what_was_done_is_anchored_when_the_bot_ends(settings: Settings, anchor: Path) -> None:
    live(settings, act, act)
    assert [(head.tenant, head.seq) for head in last_heads(anchor)] == [(TENANT, 2)]
    assert run(settings) == []


def test_a_ledger_that_lost_its_tail_does_not_start_and_check_names_it(
    settings: Settings, anchor: Path
) -> None:
    live(settings, act, act)
    before = anchor.read_bytes()
    bot = Bot(settings)
    bot.prepare()
    bot.ledger.call(lose_the_tail)
    bot.ledger.close()
    with pytest.raises(LedgerError, match=r"anchor\.log 中校验过的记录"):
        Bot(settings).prepare()
    assert run(settings) == [f"anchor: chain {TENANT} was anchored at 2 and is another now"]
    assert anchor.read_bytes() == before
    anchor.unlink()
    live(settings)


def test_a_bot_that_just_started_has_anchored(settings: Settings, anchor: Path) -> None:
    live(settings, act)
    anchor.unlink()

    async def begins() -> None:
        bot = Bot(settings)
        bot.prepare()
        await bot.start()
        await until(lambda: last_heads(anchor))
        await bot.stop()

    asyncio.run(begins())
    assert [head.seq for head in last_heads(anchor)] == [1]


def test_heads_are_read_back_once_each_and_half_a_line_is_passed_over(anchor: Path) -> None:
    first, second = ("330302", 1, "a" * 64), ("330302", 2, "b" * 64)
    for head in (first, first, second):
        write_heads(anchor, [head], NOW)
    with anchor.open("ab") as file:
        file.write(b"2026-03-12T02:00:00+00:00 330302 3 \xff")
    assert read_heads(anchor) == [Anchor(*first), Anchor(*second)]
    assert last_heads(anchor) == [Anchor(*second)]


def test_only_the_end_of_a_long_file_is_read_for_the_newest_heads(anchor: Path) -> None:
    write_heads(anchor, [("330303", 1, "c" * 64)], NOW)
    write_heads(anchor, [("330302", seq, "d" * 64) for seq in range(TAIL_BYTES // 100)], NOW)
    assert [(head.tenant, head.seq) for head in last_heads(anchor)] == [
        ("330302", TAIL_BYTES // 100 - 1)
    ]
    assert len(read_heads(anchor)) == TAIL_BYTES // 100 + 1


def test_without_an_anchor_there_is_nothing_to_hold_against(tmp_path: Path) -> None:
    assert read_heads(tmp_path / "none") == last_heads(tmp_path / "none") == []
