"""Mornings: what is due, and what came overnight, in one card for each person."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest
from sqlalchemy import delete

from storage import tables as t
from tests.stories import ways
from tests.stories.filing import opines, returns, sends, signs, submits
from tests.stories.test_batch import another_school
from tests.stories.test_rescue import joins
from tests.stories.town import Town, turn_to

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def at(moment: str) -> datetime:
    return datetime.fromisoformat(f"2026-{moment}+08:00")


async def test_a_limit_climbs_its_ladder_one_reminder_a_day(town: Town) -> None:
    await submits(town)
    legal = town.person("legal")
    await turn_to(town, at("03-17T08:41"))
    await legal.does_not_see("早上好")
    await turn_to(town, at("03-18T08:39"))
    await legal.does_not_see("早上好")
    await turn_to(town, at("03-18T08:41"))
    await legal.sees("老师早上好")
    await legal.sees("今日待办1件")
    await legal.sees("（3月19日（周四）到时限）")
    await turn_to(town, at("03-19T08:45"))
    await legal.sees("（今天到时限）")
    await turn_to(town, at("03-20T08:45"))
    await legal.sees("（已超1个工作日）")
    # A weekend is no working day: nobody hears anything.
    await turn_to(town, at("03-21T09:00"))
    await turn_to(town, at("03-22T09:00"))
    greetings = (await legal.screen()).count("早上好")
    assert greetings == 3
    await turn_to(town, at("03-25T09:00"))
    tech = town.person("tech")
    await tech.sees("停留9个工作日（参考5）")


@ON_SQLITE
async def test_four_processes_tell_each_person_once_a_morning(town: Town) -> None:
    await submits(town)
    town.clock.move(at("03-18T09:00"))
    await asyncio.gather(*(town.bot.sweeping.run() for _ in range(4)))
    await town.bot.delivery.idle()
    assert (await town.person("legal").screen()).count("早上好") == 1


@ON_SQLITE
async def test_what_comes_in_the_evening_waits_and_one_thing_alone_comes_as_it_is(
    town: Town,
) -> None:
    await sends(town)
    await turn_to(town, at("03-12T19:30"))
    await signs(town)
    legal = town.person("legal")
    await legal.does_not_see("26-0302-0001")
    await turn_to(town, at("03-13T08:41"))
    await legal.sees("26-0302-0001")
    await legal.does_not_see("早上好")
    await legal.taps("均未发现")


@ON_SQLITE
async def test_several_things_of_an_evening_come_as_one_card_that_opens_each(city: Town) -> None:
    city.bot.ledger.call(another_school)
    await sends(city)
    await ways.sends(city, "ft", ways.app("小学"))
    await turn_to(city, at("03-12T19:30"))
    await signs(city)
    await ways.signs(city, "fp")
    legal = city.person("legal")
    await legal.does_not_see("26-0302-0001")
    await turn_to(city, at("03-13T08:41"))
    await legal.sees("早上好")
    await legal.sees("今日待办2件")
    await legal.taps("办第2件")
    await legal.sees("均未发现")
    assert (await legal.screen()).count("应用内容审查") == 3


@ON_SQLITE
async def test_who_is_reminded_and_was_told_something_overnight_reads_both_once(town: Town) -> None:
    await submits(town)
    await turn_to(town, at("03-17T17:55"))
    await returns(town, "tech", "请补充账号注销方式")
    await turn_to(town, at("03-17T20:00"))
    await opines(town, "legal", "均未发现")
    await town.person("research").says("补充意见 26-0302-0001 建议加上课例")
    await turn_to(town, at("03-18T08:41"))
    screen = await town.person("basic").screen()
    assert screen.count("早上好") <= 1
    for who in ("legal", "research", "tech", "chen", "lin"):
        assert (await town.person(who).screen()).count("早上好") <= 1, who
    await town.person("research").sees("（3月19日（周四）到时限）")


@ON_SQLITE
async def test_who_coordinates_asks_another_of_the_desk_where_a_case_stays(town: Town) -> None:
    await submits(town)
    for who, says in (("legal", "均未发现"), ("research", "可用"), ("tech", "通过")):
        await opines(town, who, says)
    town.bot.ledger.call(joins("legal2", "D-basic", "deputy"))
    await turn_to(town, at("03-27T09:00"))
    tech = town.person("tech")
    await tech.sees("在基教处停留11个工作日（参考5）")
    await tech.taps("办第1件")
    await tech.sees("已提醒1次")
    await tech.taps("请法规legal2办")
    await tech.sees("已转给法规legal2办理")
    await town.person("legal2").sees("教育教学的契合度")


@ON_SQLITE
async def test_what_reached_nobody_is_listed_for_who_looks_after_the_roster(town: Town) -> None:
    account = delete(t.account).where(t.account.c.person_id == "research")
    town.bot.ledger.call(lambda tx: tx.execute(account).rowcount)
    await submits(town)
    await turn_to(town, at("03-13T08:41"))
    await town.person("tech").sees("没有送达的消息：教育research1条（没有可用账号）")
    await town.person("legal").does_not_see("没有送达")
    await turn_to(town, at("03-16T08:41"))
    assert (await town.person("tech").screen()).count("没有送达") == 1


@ON_SQLITE
async def test_the_days_of_a_year_that_comes_near_are_asked_for_once_a_week(town: Town) -> None:
    await turn_to(town, at("11-23T08:41"))
    await turn_to(town, at("11-24T08:41"))
    admin = town.person("tech")
    assert (await admin.screen()).count("尚未导入2027年节假日安排") == 1
    await turn_to(town, at("11-30T08:41"))
    assert (await admin.screen()).count("尚未导入2027年节假日安排") == 2
