"""自查: a round opens, schools answer once, what is amiss is put right, county and city read sums."""

from __future__ import annotations

from datetime import datetime

import pytest

from storage.check import check
from tests.stories.filing import registers
from tests.stories.test_figures import opens, sheets
from tests.stories.town import Town, turn_to

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
CASE = "26-0302-0001"


def at(moment: str) -> datetime:
    return datetime.fromisoformat(f"2026-{moment}+08:00")


async def begins(town: Town, words: str = "小学 应用 3月16日至4月3日", who: str = "tech") -> None:
    """Plan a round, and let its first morning come."""
    centre = town.person(who)
    await centre.says(f"发起自查 {words}")
    await centre.sees("各提醒一次尚未收到的学校")
    await centre.taps("发起自查")
    await turn_to(town, at("03-16T09:00"))


@pytest.mark.covers(85)
async def test_a_round_goes_from_its_opening_to_the_sums(town: Town) -> None:
    await registers(town)
    centre, teacher, principal = town.person("tech"), town.person("chen"), town.person("lin")
    await centre.says("自查 小学 应用 3月16日至4月3日")
    await centre.sees("将发到1所学校，涉及在用备案1件")
    await centre.sees("3月25日（周三）、4月1日（周三）各提醒一次")
    await begins(town)
    await principal.sees("2026年3月自查，请填报")
    await teacher.taps("开始填报")
    await teacher.sees(f"1 {CASE} 云阅读")
    await teacher.taps("均属实，无变化")
    await teacher.sees("没有直接或间接向家长收费（依据二（一））")
    await teacher.says("1")
    await teacher.says("不属实")
    await teacher.sees("请用一句话说明")
    await teacher.says("家长会上提到与分班有关")
    await teacher.says("小鹿作业、口算宝")
    await teacher.sees("未备案但在用：小鹿作业、口算宝")
    await teacher.says("确认提交")
    await teacher.sees("2026年3月自查已收到，4月3日（周五）前可以发“自查”改填")
    await teacher.sees("“小鹿作业”、“口算宝”可以补备")
    await principal.sees("已提交 · 陈晓")
    await centre.says("自查情况")
    await centre.sees("学校1所，已收到1，尚未收到0，有需整改1，整改完成0")
    status, page = await opens(centre, "inspection")
    assert status == 200 and "瓯江实验小学" in page.decode() and "小鹿作业" in page.decode()
    _, content = await opens(centre, "book")
    book = sheets(content)
    assert book["汇总"][1][2:] == ("1", "1", "0", "1", "0")
    assert book["整改"][1][2:6] == (CASE, "云阅读", "没有与分班、评价挂钩", "待办")
    assert town.bot.ledger.call(lambda tx: check(tx, town.clock.now())) == []
