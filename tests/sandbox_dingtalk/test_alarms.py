"""What happens at an instant of the sandbox's clock, whether it runs by itself or is moved."""

import asyncio
from datetime import UTC, datetime, timedelta

from bot.sandbox.clock import Clock
from bot.sandbox.dingtalk.alarms import Alarms

START = datetime(2026, 9, 30, tzinfo=UTC)


async def test_a_running_clock_rings_in_time_and_in_order() -> None:
    alarms, rung, last = Alarms(Clock(START)), list[str](), asyncio.Event()

    async def ring(name: str) -> None:
        rung.append(name)
        if name == "late":
            last.set()

    alarms.open()
    alarms.after(0.1, lambda: ring("late"))
    alarms.after(0.05, lambda: ring("early"))
    await asyncio.wait_for(last.wait(), 2)
    await alarms.close()
    assert rung == ["early", "late"]


async def test_a_moved_clock_rings_at_once_and_a_closed_one_never() -> None:
    clock = Clock(START, ticks=lambda: 0.0)
    alarms, rung = Alarms(clock), asyncio.Event()

    async def ring() -> None:
        rung.set()

    alarms.open()
    alarms.after(3600, ring)
    clock.move(START + timedelta(hours=1))
    await asyncio.wait_for(rung.wait(), 2)
    rung.clear()
    alarms.after(1, ring)
    await alarms.close()
    clock.move(START + timedelta(hours=2))
    await asyncio.sleep(0.05)
    assert not rung.is_set()
