"""Killed in the middle of a morning, again and again, the bot tells everybody everything once."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import func, select

from storage import tables as t
from storage.transaction import Transaction
from tests.crash.doomed import AT_ONCE, Doomed, doomed_town
from tests.crash.lives import Forked
from tests.crash.nursery import REMINDED_AT_ONCE
from tests.storage.office import open_filing, sign
from tests.stories.town import START

MORNING = datetime.fromisoformat("2026-03-18T08:41:00+08:00")
TITLES = ("云阅读", "口算宝", "识字通")
REMINDED = ("legal", "legal2", "research", "tech", "tech2")


class Found(NamedTuple):
    """How far a morning had come when its process died."""

    reminders: int
    is_closed: bool
    untold: int


DEATHS = (
    # after some reminders were written, twice
    ("sweep.post", 2, Found(4, False, 0)),
    ("sweep.pre", 4, Found(6, False, 0)),
    # while the last are written and the morning is closed, and right after it
    ("sweep.pre", 5, Found(8, False, 0)),
    ("sweep.post", 5, Found(9, True, 5)),
    # while digests are told
    ("sweep.post", 1, Found(9, True, 4)),
    ("sweep.pre", 1, Found(9, True, 4)),
    ("sweep.post", 1, Found(9, True, 3)),
)


def leave_behind(tx: Transaction) -> None:
    """Put three cases before the departments, whose limits are tomorrow."""
    for title in TITLES:
        sign(tx, open_filing(tx, title=title, now=START), START)


def look(tx: Transaction) -> Found:
    """See how far the morning has come."""
    untold = select(func.count()).select_from(t.digest).where(t.digest.c.told_at.is_(None))
    return Found(
        tx.execute(select(func.count()).select_from(t.reminder)).scalar_one(),
        MORNING.date() in tx.execute(select(t.morning.c.on)).scalars().all(),
        tx.execute(untold).scalar_one(),
    )


async def sweeps(doomed: Doomed, now: datetime) -> None:
    """Have a living bot look what is due, and see it die of it where it does."""
    doomed.clock.move(now)
    doomed.trigger.set_clock(now)
    address = f"http://127.0.0.1:{doomed.clock_port}/sandbox/clock"
    killed = doomed.kills.total()
    while True:
        try:
            async with doomed._http.post(address, json={"now": now.isoformat()}) as answer:
                answer.raise_for_status()
        except AT_ONCE:
            if doomed.kills.total() > killed:
                break
            await asyncio.sleep(0.01)
        else:
            return
    while doomed.killed < doomed.kills.total():  # noqa: ASYNC110 - no bell of another process
        await asyncio.sleep(0.01)


async def test_a_morning_is_told_once_by_whatever_process_lives(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So that a morning has several transactions of writing, as that of a large city.
    monkeypatch.setenv(REMINDED_AT_ONCE, "2")
    found: list[Found] = []
    async with doomed_town(tmp_path, database_url, Forked, 1) as doomed:
        doomed.ledger.call(leave_behind)
        await sweeps(doomed, START)
        await doomed.settle()
        await sweeps(doomed, MORNING - timedelta(hours=1))
        for point, passing, _ in DEATHS:
            await doomed.alive()
            doomed.trigger.arm(point, passing)
            await sweeps(doomed, MORNING)
            found.append(doomed.ledger.call(look))
        await doomed.alive()
        doomed.trigger.disarm()
        await sweeps(doomed, MORNING)
        await doomed.settle()
        screens = {one: await doomed.person(one).screen() for one in REMINDED}
    assert found == [left for _, _, left in DEATHS]
    for screen in screens.values():
        assert screen.count("早上好") == 1
        assert all(title in screen.partition("早上好")[2] for title in TITLES)
    assert doomed.misdeaths == []
