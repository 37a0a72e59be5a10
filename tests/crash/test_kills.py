"""Killed at any point of the path, the bot loses nothing acknowledged and doubles nothing.

A whole filing, from the teacher's message to the announced number, is played while nearly every
act meets a real SIGKILL. In the end every phone must show what it shows when nobody is killed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.app import Bot
from bot.settings import load_settings
from storage import tables as t
from storage.check import check
from tests.crash.doomed import TALK, Doomed, doomed_town
from tests.crash.eyes import Screens, must_be_alike, screens
from tests.crash.lives import Forked, Lives, Whole
from tests.crash.trigger import POINTS
from tests.pattern import migrated
from tests.stories.filing import PAPERS, registers

PEOPLE = ("chen", "lin", "legal", "legal2", "research", "basic", "basic2", "tech", "tech2")
FORKED, WHOLE = 34, 20
SEEDS, MORE_SEEDS = range(3), range(3, 5)
AT_EACH_POINT = 2
# One is answered by a sentence that rides on the ack, the other by a card that is sent.
WORDS = ("保存", "帮助")
HELP = "进校园备案助手"


async def play(doomed: Doomed, least: int) -> Screens:
    """Play one filing; then go on talking until enough kills were met. Return what phones show."""
    await registers(doomed)
    await doomed.person("chen").taps("发公告")
    shown = await screens(doomed, PEOPLE)
    asked = 0
    while doomed.armed and not enough(doomed, least, TALK):
        await doomed.person("chen").says(WORDS[asked % 2])
        asked += 1
    after = await screens(doomed, ["chen"])
    answers = after["chen"] - shown["chen"]
    # The card comes with its whole text where it is too long for a card: as often as the card.
    often = {text: asked // 2 if HELP in text else (asked + 1) // 2 for text in answers}
    assert answers == often and len(answers) >= min(asked, 2)
    return shown


def enough(doomed: Doomed, least: int, points: Sequence[str] = POINTS) -> bool:
    kills = doomed.kills
    return kills.total() >= least and min(kills[point] for point in points) >= AT_EACH_POINT


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Screens:
    """Return what the phones show where nobody is killed."""
    folder = tmp_path_factory.mktemp("undisturbed")
    migrated(f"sqlite:///{folder}/beian.db")

    async def watch() -> Screens:
        async with doomed_town(folder, f"sqlite:///{folder}/beian.db", Forked, 0) as doomed:
            shown = await play(doomed, 0)
            assert await announced(doomed) == 1
        assert doomed.misdeaths == []
        assert not doomed.kills
        return shown

    return asyncio.run(watch())


async def announced(doomed: Doomed) -> int:
    told = await doomed.phones.group("g1")
    return sum(bubble["kind"] != "image" for bubble in told)


async def survives(
    folder: Path,
    url: str,
    lives: type[Lives],
    seed: int,
    least: int,
    expected: Screens,
) -> None:
    async with doomed_town(folder, url, lives, seed) as doomed:
        doomed.armed = True
        shown = await play(doomed, least)
        told = await announced(doomed)
    assert doomed.misdeaths == []
    assert doomed.killed == doomed.kills.total()
    lost = doomed.kills["send.post"] + doomed.kills["commit.pre"]
    for name in PEOPLE:
        must_be_alike(shown[name], expected[name], lost=lost)
    bot = Bot(load_settings(folder / "settings.toml", {}), doomed.clock)
    bot.prepare()
    try:
        assert bot.ledger.call(lambda tx: check(tx, doomed.clock.now())) == []
        digests = bot.ledger.call(
            lambda tx: tx.execute(select(t.attachment.c.digest)).scalars().all()
        )
        assert len(digests) == len(PAPERS)
        assert all(bot.files.holds(digest) for digest in digests)
        left = bot.ledger.call(
            lambda tx: [
                (row.state, row.group_id)
                for row in tx.execute(
                    select(t.outbox.c.state, t.outbox.c.group_id).where(t.outbox.c.state != "sent")
                )
            ]
        )
    finally:
        bot.ledger.close()
    # A group robot cannot tell a repeat: what may have arrived there is left to a person.
    parked = left.count(("parked", "g1"))
    assert told + parked in (1, 2)
    assert told <= 1
    assert {state for state, _ in left} <= {"parked", "dropped"}
    assert enough(doomed, least), doomed.kills


def test_there_are_two_hundred_kills_and_a_quarter_on_postgres() -> None:
    on_postgres = FORKED * len(SEEDS)
    altogether = 2 * on_postgres + FORKED * len(MORE_SEEDS) + WHOLE
    assert altogether >= 200
    assert on_postgres >= altogether / 4
    assert WHOLE >= 20


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", SEEDS)
async def test_forked_bots_are_killed_and_nothing_is_lost_or_doubled(
    tmp_path: Path, database_url: str, seed: int, undisturbed: Screens
) -> None:
    await survives(tmp_path, database_url, Forked, seed, FORKED, undisturbed)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", MORE_SEEDS)
async def test_more_of_them_on_sqlite(tmp_path: Path, seed: int, undisturbed: Screens) -> None:
    migrated(f"sqlite:///{tmp_path}/beian.db")
    await survives(tmp_path, f"sqlite:///{tmp_path}/beian.db", Forked, seed, FORKED, undisturbed)


@pytest.mark.timeout(600)
async def test_whole_processes_are_killed_too(tmp_path: Path, undisturbed: Screens) -> None:
    migrated(f"sqlite:///{tmp_path}/beian.db")
    await survives(tmp_path, f"sqlite:///{tmp_path}/beian.db", Whole, 5, WHOLE, undisturbed)
