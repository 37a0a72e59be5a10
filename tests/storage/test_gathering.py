"""What arrives together is handed over together, and nobody is left behind."""

from __future__ import annotations

import asyncio

from storage.gathering import MOST, Gathering


async def turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_what_comes_in_one_rush_goes_over_at_once() -> None:
    handed: list[list[int]] = []
    gathering: Gathering[int] = Gathering(handed.append)
    loop = asyncio.get_running_loop()
    for at in range(20):
        gathering.add(at, loop)
        await turns(1)
    await turns(5)
    assert handed == [list(range(20))]


async def test_who_comes_alone_waits_for_nobody() -> None:
    handed: list[list[int]] = []
    gathering: Gathering[int] = Gathering(handed.append)
    gathering.add(1, asyncio.get_running_loop())
    await turns(5)
    assert handed == [[1]]


async def test_a_rush_without_end_does_not_hold_up_the_first() -> None:
    handed: list[list[int]] = []
    gathering: Gathering[int] = Gathering(handed.append)
    for at in range(3 * MOST):
        gathering.add(at, asyncio.get_running_loop())
        await turns(1)
    assert len(handed) >= 2
    assert len(handed[0]) <= MOST + 2


def test_what_a_closed_loop_left_goes_with_the_next() -> None:
    handed: list[list[int]] = []
    gathering: Gathering[int] = Gathering(handed.append)

    async def come() -> None:
        gathering.add(2, asyncio.get_running_loop())
        await turns(5)

    gone = asyncio.new_event_loop()
    gathering.add(1, gone)
    gone.close()
    asyncio.run(come())
    assert handed == [[1, 2]]


async def test_the_end_leaves_nothing_behind() -> None:
    handed: list[list[int]] = []
    gathering: Gathering[int] = Gathering(handed.append)
    gathering.add(1, asyncio.get_running_loop())
    gathering.flush()
    await turns(5)
    assert handed == [[1]]
