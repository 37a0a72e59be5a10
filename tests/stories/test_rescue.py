"""People leave and come: what waited for them is brought to somebody, within a minute."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

import pytest
from sqlalchemy import Executable, insert, update

from storage import tables as t
from storage.check import check
from storage.persons import rights_changed
from storage.transaction import Transaction
from tests.stories import ways
from tests.stories.filing import opines, returns, sends, signs, submits
from tests.stories.test_batch import another_school
from tests.stories.town import SCHOOL, TENANT, Town, turn_to

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
YESTERDAY, LONG_AGO = date(2026, 3, 11), date(2026, 1, 1)


def leaves(*people: str) -> Callable[[Transaction], None]:
    """Let every post of some people end with yesterday."""
    posts = update(t.post).where(t.post.c.person_id.in_(people)).values(valid_to=YESTERDAY)
    return partial(_change, posts)


def joins(person: str, unit: str, role: str = "reviewer") -> Callable[[Transaction], None]:
    """Give somebody a post since long ago."""
    post = {"tenant": TENANT, "unit_code": unit, "person_id": person, "role": role}
    begins = insert(t.post).values(**post, valid_from=LONG_AGO)
    return partial(_change, begins)


def _change(change: Executable, tx: Transaction) -> None:
    tx.execute(change)
    rights_changed(tx)


async def half_a_minute(town: Town) -> None:
    await turn_to(town, town.clock.now() + timedelta(seconds=30))


def sound(town: Town) -> bool:
    return town.bot.ledger.call(lambda tx: check(tx, town.clock.now())) == []


async def test_a_leaver_s_task_is_brought_to_who_works_the_desk_now(town: Town) -> None:
    await submits(town)
    town.bot.ledger.call(leaves("research"))
    town.bot.ledger.call(joins("finance", "D-research"))
    await half_a_minute(town)
    await half_a_minute(town)
    assert (await town.person("finance").screen()).count("课堂应用意见") == 1
    await opines(town, "finance", "可用")
    await town.person("finance").sees("已记录“可用”")
    assert sound(town)


@ON_SQLITE
async def test_without_reviewers_the_deputy_then_the_head_is_asked(town: Town) -> None:
    await submits(town)
    town.bot.ledger.call(joins("finance", "D-research", "deputy"))
    town.bot.ledger.call(joins("basic2", "D-research", "head"))
    await half_a_minute(town)
    await town.person("finance").does_not_see("课堂应用意见")
    town.bot.ledger.call(leaves("research"))
    await half_a_minute(town)
    await town.person("finance").sees("课堂应用意见")
    await town.person("basic2").does_not_see("课堂应用意见")


@ON_SQLITE
async def test_where_nobody_is_left_the_administrators_hear_of_it_and_who_joins_gets_the_card(
    city: Town,
) -> None:
    await submits(city)
    city.bot.ledger.call(leaves("research"))
    await half_a_minute(city)
    await half_a_minute(city)
    admin = await city.person("admin").screen()
    assert admin.count("课堂应用意见由教育教学研究院办理，名单中没有这个岗位的人员") == 1
    assert sound(city)
    city.bot.ledger.call(joins("voc", "D-research"))
    await half_a_minute(city)
    await city.person("voc").sees("课堂应用意见")
    assert sound(city)


@ON_SQLITE
async def test_who_has_the_card_already_is_not_told_again(town: Town) -> None:
    await submits(town)
    town.bot.ledger.call(leaves("legal"))
    await half_a_minute(town)
    assert (await town.person("legal2").screen()).count("应用内容审查") == 1


async def test_a_new_principal_signs_what_waited_for_the_old_one(town: Town) -> None:
    await sends(town)
    town.bot.ledger.call(leaves("lin"))
    await half_a_minute(town)
    await half_a_minute(town)
    owner = await town.person("chen").screen()
    assert owner.count("名单中现在没有本校的校长") == 1
    town.bot.ledger.call(joins("basic2", SCHOOL, "principal"))
    await half_a_minute(town)
    await town.person("basic2").sees("陈晓老师提交，请您审核")
    await town.person("lin").sees("已转由基教二号签署")
    new = town.person("basic2")
    await new.taps("逐条确认并签署")
    for _ in range(4):
        await new.taps("属实")
    await new.taps("签署提交")
    await town.person("chen").sees("已由基教二号校长签署并报送")
    assert sound(town)


@ON_SQLITE
async def test_what_is_to_be_signed_again_waits_for_the_new_principal_too(town: Town) -> None:
    await submits(town)
    await returns(town, "tech", "请核对人数")
    await town.person("chen").taps("去补正")
    await town.person("chen").says("修改 学生人数 900")
    await town.person("chen").says("交回")
    await town.person("lin").sees("学生人数 620名改为900名")
    town.bot.ledger.call(leaves("lin"))
    town.bot.ledger.call(joins("basic2", SCHOOL, "principal"))
    await half_a_minute(town)
    await town.person("basic2").sees("学生人数 620名改为900名")
    assert sound(town)


async def test_the_principal_names_who_goes_on_with_a_leaver_s_filing(town: Town) -> None:
    await submits(town)
    await returns(town, "tech", "请补充账号注销方式")
    town.bot.ledger.call(joins("basic2", SCHOOL, "owner"))
    town.bot.ledger.call(leaves("chen"))
    await half_a_minute(town)
    await half_a_minute(town)
    principal = town.person("lin")
    assert (await principal.screen()).count("经办人陈晓已不在本校名单中") == 1
    await principal.taps("基教二号")
    await principal.sees("由基教二号接着办理，已告知")
    await town.person("basic2").says("补正")
    await town.person("basic2").says("交回")
    await town.person("tech").sees("学校已补正后交回")
    assert sound(town)


@ON_SQLITE
async def test_a_draft_is_gone_on_with_by_who_is_named(town: Town) -> None:
    await town.person("chen").says("备案 应用\n项目名称：云阅读\n使用学段：四至六年级")
    town.bot.ledger.call(leaves("chen"))
    await half_a_minute(town)
    await town.person("lin").taps("我来接办")
    await town.person("lin").says("继续")
    await town.person("lin").sees("云阅读")


@ON_SQLITE
async def test_nobody_names_who_goes_on_while_the_owner_is_there(town: Town) -> None:
    await submits(town)
    town.bot.ledger.call(joins("basic2", SCHOOL, "owner"))
    town.bot.ledger.call(leaves("chen"))
    await half_a_minute(town)
    town.bot.ledger.call(joins("chen", SCHOOL, "principal"))
    await town.person("lin").taps("基教二号")
    await town.person("lin").sees("已经指定了接办人，或这件事已不需要接办")


@ON_SQLITE
async def test_a_signature_is_not_taken_from_the_principal_who_holds_it(town: Town) -> None:
    await sends(town)
    town.bot.ledger.call(joins("basic2", SCHOOL, "principal"))
    await half_a_minute(town)
    await town.person("basic2").does_not_see("请您签署")
    await signs(town)


@ON_SQLITE
async def test_who_knows_of_one_case_is_brought_the_other_that_only_the_leaver_knew(
    city: Town,
) -> None:
    city.bot.ledger.call(another_school)
    await submits(city)
    city.bot.ledger.call(joins("finance", "D-research"))
    await ways.submits(city, "ft", "fp", ways.app("小学"))
    finance = city.person("finance")
    assert (await finance.screen()).count("课堂应用意见") == 1
    city.bot.ledger.call(leaves("research"))
    await half_a_minute(city)
    assert (await finance.screen()).count("课堂应用意见") == 2
    assert sound(city)
