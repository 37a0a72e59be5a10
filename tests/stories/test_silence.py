"""An advisory desk that says nothing: the case does not wait for ever."""

from __future__ import annotations

import asyncio
from datetime import datetime

from tests.stories.filing import opines, returns, submits
from tests.stories.town import Town, turn_to

LAST_DAY = datetime.fromisoformat("2026-03-19T17:00:00+08:00")
DAY_AFTER = datetime.fromisoformat("2026-03-20T09:00:00+08:00")


async def test_silence_past_the_limit_is_recorded_and_the_lead_decides(town: Town) -> None:
    await submits(town)
    await opines(town, "legal", "均未发现")
    await turn_to(town, LAST_DAY)
    await town.person("research").does_not_see("已到时限")
    await turn_to(town, DAY_AFTER)
    await town.person("research").sees("26-0302-0001 已到时限，课堂应用意见记为“无意见”。")
    await town.person("basic").sees("教育教学研究院 无意见；教育技术中心 无意见")
    await opines(town, "basic", "均符合，同意")
    await town.person("chen").sees("同意")


async def test_it_is_recorded_once_by_however_many_processes(town: Town) -> None:
    await submits(town)
    town.clock.move(DAY_AFTER)
    await asyncio.gather(*(town.bot.sweeping.run() for _ in range(4)))
    await town.bot.delivery.idle()
    screen = await town.person("research").screen()
    assert screen.count("已到时限") == 1


async def test_a_desk_that_must_be_waited_for_and_one_that_asked_back_do_not_fall_silent(
    town: Town,
) -> None:
    await submits(town)
    await returns(town, "tech", "请补充账号注销方式")
    await turn_to(town, DAY_AFTER)
    await town.person("legal").does_not_see("已到时限")
    await town.person("tech").does_not_see("已到时限")
    await town.person("chen").says("进度")
    await town.person("chen").sees("待补正：请补充账号注销方式")
