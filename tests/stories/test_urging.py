"""催办 and 补充意见: a calm line to who has the case, and a word after one has spoken."""

from __future__ import annotations

from datetime import datetime

import pytest

from storage.check import check
from tests.stories.filing import approves, opines, returns, submits
from tests.stories.town import Town, turn_to

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
CASE = "26-0302-0001"
FRIDAY = datetime.fromisoformat("2026-03-13T10:00:00+08:00")
EVENING = datetime.fromisoformat("2026-03-13T20:00:00+08:00")
MONDAY = datetime.fromisoformat("2026-03-16T10:00:00+08:00")
LINE = "“云阅读”等您处应用内容审查，学校希望了解进展，内部时限3月19日（周四）。"


async def lines(town: Town, person: str) -> int:
    return (await town.person(person).screen()).count("希望了解进展")


@pytest.mark.covers("R29")
async def test_a_desk_is_urged_once_a_working_day_whoever_urges(town: Town) -> None:
    await submits(town)
    teacher, principal = town.person("chen"), town.person("lin")
    await teacher.says(f"催办 {CASE}")
    await teacher.sees(
        "今天刚送到，下一个工作日起可以催办：法规处（会审，内部时限3月19日（周四））。"
    )
    assert await lines(town, "legal") == 0
    await turn_to(town, FRIDAY)
    await teacher.says("催办")
    await teacher.sees("已提醒法规处（会审，内部时限3月19日（周四））。")
    await town.person("legal").sees(LINE)
    await principal.says(f"催办{CASE}")
    await principal.sees("今天已提醒过，不再重复：法规处")
    assert await lines(town, "legal") == 1
    assert town.bot.ledger.call(lambda tx: check(tx, town.clock.now())) == []


@ON_SQLITE
async def test_what_is_urged_in_the_evening_counts_for_the_morning_it_is_read(town: Town) -> None:
    await submits(town)
    await turn_to(town, EVENING)
    await town.person("chen").says(f"催办 {CASE}")
    assert await lines(town, "legal") == 0
    await turn_to(town, MONDAY)
    assert await lines(town, "legal") == 1
    await town.person("chen").says(f"催办 {CASE}")
    assert await lines(town, "legal") == 1


@ON_SQLITE
async def test_who_took_the_task_is_urged_and_not_the_others(town: Town) -> None:
    await submits(town)
    await town.person("legal").says(f"转办 {CASE} 法规legal2")
    await opines(town, "research", "可用")
    await returns(town, "tech", "请补充注销方式")
    await turn_to(town, FRIDAY)
    await town.person("chen").says("进度")
    await town.person("chen").taps("催办")
    desks = ("legal", "legal2", "research", "tech")
    assert [await lines(town, one) for one in desks] == [0, 1, 0, 0]
    await town.person("chen").sees("另有意见等学校补正")


@pytest.mark.covers("R28")
@ON_SQLITE
async def test_the_technology_centre_and_the_lead_urge_and_nobody_else(town: Town) -> None:
    await submits(town)
    await turn_to(town, FRIDAY)
    await town.person("finance").says(f"催办 {CASE}")
    await town.person("finance").sees("没有找到这件备案")
    await opines(town, "legal", "均未发现")
    await town.person("tech").says(f"催办 {CASE}")
    await town.person("research").sees("教育技术部门希望了解进展")
    await town.person("basic").taps("催一下")
    await town.person("basic").sees("今天已提醒过，不再重复：教育教学研究院")


@ON_SQLITE
async def test_what_is_over_or_not_sent_is_not_urged(town: Town) -> None:
    await approves(town)
    await town.person("tech2").taps("登记并发号")
    await town.person("chen").says(f"催办 {CASE}")
    await town.person("chen").sees(f"{CASE} 已经办结，现在是“已备案”。")


async def test_a_word_added_later_reaches_the_lead_and_changes_nothing(town: Town) -> None:
    await submits(town)
    legal, lead = town.person("legal2"), town.person("basic")
    await legal.says(f"补充意见 {CASE} 首页有广告")
    await legal.sees(f"{CASE} 您处还没有给过意见，请发“待办”直接办理。")
    await opines(town, "legal", "均未发现")
    await legal.says(f"补充意见 {CASE} 首页有广告")
    await legal.sees("补充意见已记录并转告牵头部门")
    await lead.sees(f"{CASE} “云阅读”收到法规处的补充意见：首页有广告")
    await opines(town, "research", "可用")
    await opines(town, "tech", "通过")
    await lead.sees("补充意见（法规处，3月12日（周四））：首页有广告")
    await opines(town, "basic", "均符合，同意")
    assert town.bot.ledger.call(lambda tx: check(tx, town.clock.now())) == []


@ON_SQLITE
async def test_an_added_word_is_hidden_as_an_opinion_is(town: Town) -> None:
    await submits(town)
    await opines(town, "legal", "均未发现")
    await town.person("legal").says(f"补充意见 {CASE}")
    await town.person("legal").says("首页有广告")
    for person in ("research", "chen", "basic"):
        await town.person(person).says(f"进度 {CASE}")
    await town.person("research").does_not_see("首页有广告")
    await town.person("chen").does_not_see("首页有广告")
    await town.person("basic").sees("补充意见（法规处，3月12日（周四））：首页有广告")
    await town.person("finance").says(f"补充意见 {CASE} 另有想法")
    await town.person("finance").sees("补充意见由承办过这件备案的部门提出")
