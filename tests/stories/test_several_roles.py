"""One person with several roles on one filing: each role by itself, one after the other."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from storage import tables as t
from tests.stories.filing import opines, submits
from tests.stories.test_desks import rows
from tests.stories.test_rescue import half_a_minute, joins, leaves, sound
from tests.stories.town import Town

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def many_hats(town: Town) -> None:
    """Let one person be the legal and the research department."""
    town.bot.ledger.call(leaves("legal2", "research"))
    town.bot.ledger.call(joins("legal", "D-research"))


async def test_who_has_two_roles_is_asked_once_and_goes_from_one_to_the_next(town: Town) -> None:
    many_hats(town)
    await submits(town)
    hats = town.person("legal")
    await hats.sees("您同时担任法规处、教育教学研究院。是否按身份分别给意见？")
    await hats.does_not_see("均未发现")
    await hats.taps("分别给")
    await opines(town, "legal", "均未发现")
    await opines(town, "legal", "可用")
    given = select(t.decision.c.unit_code, t.decision.c.person_id).order_by(t.decision.c.at)
    assert rows(town, given) == [("D-legal", "legal"), ("D-research", "legal")]
    await half_a_minute(town)
    await hats.does_not_see("您同时担任")
    assert sound(town)


@ON_SQLITE
async def test_they_may_begin_with_either(town: Town) -> None:
    many_hats(town)
    await submits(town)
    hats = town.person("legal")
    await hats.taps("先教育教学研究院")
    await opines(town, "legal", "可用")
    await opines(town, "legal", "均未发现")
    await town.person("basic").sees("仅差教育技术中心意见")


@ON_SQLITE
async def test_what_comes_next_is_one_card_and_not_all_that_is_left(town: Town) -> None:
    many_hats(town)
    town.bot.ledger.call(leaves("tech", "tech2"))
    town.bot.ledger.call(joins("legal", "D-tech"))
    await submits(town)
    hats = town.person("legal")
    await hats.taps("分别给")
    await opines(town, "legal", "均未发现")
    await hats.sees("课堂应用意见")
    await hats.does_not_see("技术审查")
    await opines(town, "legal", "可用")
    await hats.sees("技术审查")


@ON_SQLITE
async def test_a_typed_verdict_of_several_roles_is_asked_for_by_number(town: Town) -> None:
    many_hats(town)
    await submits(town)
    hats = town.person("legal")
    await hats.says("同意 26-0302-0001 先在四年级试用")
    await hats.sees("请发序号：\n1 法规处：应用内容审查\n2 教育教学研究院：课堂应用意见")
    await hats.says("2")
    await hats.sees("意见：可用\n说明：先在四年级试用")
    await hats.says("确认")
    await hats.sees("已记录“可用”")
    assert rows(town, select(t.decision.c.unit_code)) == [("D-research",)]


@ON_SQLITE
async def test_a_role_that_comes_later_is_asked_about_as_well(town: Town) -> None:
    many_hats(town)
    town.bot.ledger.call(leaves("tech", "tech2"))
    await submits(town)
    town.bot.ledger.call(joins("legal", "D-tech"))
    await half_a_minute(town)
    await town.person("legal").sees("您同时担任法规处、教育教学研究院、教育技术中心")
