"""不予通过 is not the end: the principal may ask once that somebody else looks at it."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import delete

from storage import tables as t
from storage.check import check
from tests.stories.filing import opines, reviews
from tests.stories.town import Somebody, Town, turn_to
from tests.stories.ways import TERMINAL_PAPERS, both, gives, submits

CASE = "26-0302-0001"
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def rejects(town: Town, person: str = "basic") -> None:
    """Let a lead reject what it has before it."""
    lead = town.person(person)
    await lead.taps("不予通过")
    await lead.says("2 已有两款同类应用")
    await lead.taps("发出")


async def test_an_appeal_is_decided_by_somebody_else_and_leads_to_the_number(
    town: Town, teacher: Somebody, principal: Somebody
) -> None:
    await reviews(town)
    await rejects(town)
    await principal.sees("校长可在10个工作日内（至3月26日（周四））向基教处申请复核")
    await principal.taps("申请复核")
    await principal.says("两款应用用途不同")
    await principal.taps("提交申请")
    await teacher.sees("由基教处未参与审批的同志办理")
    second = town.person("basic2")
    await second.sees("学校申请复核：两款应用用途不同")
    await second.sees("3月12日（周四）不予通过，必要性：已有两款同类应用")
    assert "均符合，同意" not in await town.person("basic").live_buttons()
    await opines(town, "basic2", "均符合，同意")
    await town.person("tech").taps("登记并发号")
    await teacher.sees("温教进校备〔2026〕0302A0001号")
    assert town.bot.ledger.call(lambda tx: check(tx, town.clock.now())) == []


@ON_SQLITE
async def test_it_can_be_typed_and_the_second_rejection_says_that_it_is_final(
    town: Town, teacher: Somebody, principal: Somebody
) -> None:
    await reviews(town)
    await rejects(town)
    await teacher.says(f"申请复核 {CASE} 两款应用用途不同")
    assert "申请复核由本校校长" in await teacher.last()
    await principal.says(f"申请复核 {CASE} 两款应用用途不同")
    await principal.says("提交申请")
    lead = town.person("basic2")
    await lead.taps("不予通过")
    await lead.says("2 确已重复")
    await lead.sees("学校会看到以上理由，复核决定为最终决定")
    await lead.taps("发出")
    await principal.sees("理由：必要性：确已重复。这是复核决定，为最终决定")
    await principal.says(f"申请复核 {CASE} 再看一次")
    assert "已经复核过，复核决定为最终决定" in await principal.last()
    await principal.says(f"进度 {CASE}")
    await principal.sees("这是复核决定，为最终决定")


@ON_SQLITE
async def test_who_rejected_has_nothing_to_do_on_the_appeal(
    town: Town, principal: Somebody
) -> None:
    await reviews(town)
    await rejects(town)
    await principal.says(f"申请复核 {CASE} 两款应用用途不同")
    await principal.says("提交申请")
    first = town.person("basic")
    await first.says("待办")
    assert "您现在没有待办" in await first.last()
    await first.says(f"同意 {CASE}")
    await first.says("确认")
    assert "由未参与审批的其他同志办理" in await first.last()


@ON_SQLITE
async def test_a_desk_without_anybody_else_is_told_to_the_administrator(city: Town) -> None:
    city.bot.ledger.call(
        lambda tx: tx.execute(delete(t.post).where(t.post.c.person_id == "basic2"))
    )
    await reviews(city)
    await rejects(city)
    await city.person("lin").says(f"申请复核 {CASE} 两款应用用途不同")
    await city.person("lin").says("提交申请")
    await city.person("admin").sees("须由另一位同志办理")


@ON_SQLITE
async def test_an_appeal_that_comes_too_late_is_told_when_the_limit_ended(
    town: Town, principal: Somebody
) -> None:
    await reviews(town)
    await rejects(town)
    await turn_to(town, datetime.fromisoformat("2026-03-27T09:00:00+08:00"))
    await principal.taps("申请复核")
    assert "已于3月26日届满" in await principal.last()


@ON_SQLITE
async def test_the_reason_that_is_sent_is_the_one_that_was_looked_at(
    town: Town, principal: Somebody
) -> None:
    await reviews(town)
    await rejects(town)
    await principal.says(f"申请复核 {CASE} 理由一")
    old = await town.phones.key_of("lin", "提交申请")
    await principal.says(f"申请复核 {CASE} 理由二")
    await town.phones.tap_raw("lin", old)
    assert "理由之后又改过" in await principal.last()
    await town.phones.tap_raw("basic", old)
    assert "权限" in await town.person("basic").last()


@ON_SQLITE
async def test_a_registrar_waits_while_a_part_is_looked_at_again(city: Town) -> None:
    await submits(city, "chen", "lin", both("小学"), TERMINAL_PAPERS)
    await gives(city, legal="均未发现", finance="经费落实，无收费问题", basic="同意")
    await gives(city, research="可用", tech="通过")
    await gives(city, tech="均符合，同意")
    await rejects(city)
    assert "登记并发号" in await city.person("tech2").live_buttons()
    await city.person("lin").says(f"申请复核 {CASE} 两款应用用途不同")
    await city.person("lin").says("提交申请")
    assert "登记并发号" not in await city.person("tech2").live_buttons()
    await gives(city, basic2="均符合，同意")
    await city.person("tech2").taps("登记并发号")
    await city.person("chen").sees("温教进校备〔2026〕0302X0001号")
