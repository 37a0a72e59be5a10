"""A technology centre stops a product for every school that uses it, and lifts that again."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select, update

from storage import tables as t
from storage.check import check
from storage.rules.terms import Stage
from tests.stories.filing import OPINIONS, approves, drafts, opines, registers, submits
from tests.stories.town import Town, turn_to

CASE = "26-0302-0001"
LATER = datetime.fromisoformat("2026-03-13T10:00:00+08:00")
EVENING = datetime.fromisoformat("2026-03-13T20:00:00+08:00")
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def announced(town: Town) -> None:
    """Take a filing to its announced number, some time before the story."""
    await registers(town)
    await town.person("chen").taps("发公告")
    await turn_to(town, LATER)


async def proposes(town: Town, by: str, when: str = "") -> None:
    """Let somebody of a technology centre propose to stop the product."""
    one = town.person(by)
    await one.says("停用产品 云阅读")
    await one.says("首页有整本教辅扫描")
    await one.taps("有害内容")
    if when:
        await one.says(when)
    else:
        await one.taps("立即停用")
    await one.taps("提交确认")


def stage(town: Town) -> Stage:
    filing = town.bot.ledger.call(lambda tx: tx.filings.by_case(CASE))
    assert filing is not None
    return filing.stage


@pytest.mark.covers("R30", "R87")
async def test_the_city_s_stop_suspends_every_filing_and_lifting_it_brings_them_back(
    city: Town,
) -> None:
    await announced(city)
    await turn_to(city, EVENING)
    await city.person("ctech").says("停用产品 云阅读")
    await city.person("ctech").sees("鹿城区：1所学校，约620名学生，已告知1个群")
    await proposes(city, "ctech")
    await city.person("ctech").says("确认停用 云阅读")
    await city.person("ctech").sees("提出的同志不能自己确认")
    assert stage(city) is Stage.REGISTERED
    await city.person("ctech2").taps("确认停用")
    await turn_to(city, EVENING.replace(minute=1))
    assert stage(city) is Stage.SUSPENDED
    # in the evening too: a stop does not wait
    for office in ("basic", "tech"):
        await city.person(office).sees("教育技术中心自2026年3月13日（周五）起停用")
    await city.person("lin").sees("起暂停使用。产品“云阅读”已由温州市")
    assert "起暂停使用" in (await city.group())[-1]

    def order(tx):  # type: ignore[no-untyped-def]
        rows = tx.execute(
            select(t.outbox.c.once).where(
                t.outbox.c.once.like("stop-office:%") | t.outbox.c.once.like("stopped:%")
                | t.outbox.c.once.like("suspended:%")
            ).order_by(t.outbox.c.seq)
        ).scalars()  # fmt: skip
        return list(dict.fromkeys(once.split(":")[0] for once in rows))

    assert city.bot.ledger.call(order) == ["stop-office", "stopped", "suspended"]
    assert city.bot.ledger.call(lambda tx: check(tx, city.clock.now())) == []
    await city.person("ctech").says("恢复产品 云阅读")
    await city.person("ctech").sees("因这次停用而暂停的1件备案恢复使用")
    await city.person("ctech").taps("确认恢复")
    await turn_to(city, EVENING.replace(minute=2))
    assert stage(city) is Stage.REGISTERED
    await city.person("lin").sees("起恢复使用，编号不变")
    assert city.bot.ledger.call(lambda tx: check(tx, city.clock.now())) == []


@pytest.mark.covers("R87")
@on_sqlite
async def test_a_stop_with_a_date_leaves_the_schools_time(city: Town) -> None:
    await announced(city)
    await proposes(city, "ctech", "3月20日")
    await city.person("ctech2").says("确认停用 云阅读")
    await turn_to(city, LATER.replace(day=19))
    assert stage(city) is Stage.REGISTERED
    await city.person("lin").sees("到时本备案暂停使用，请提前安排替代")
    assert len(await city.group()) == 1
    await turn_to(city, LATER.replace(day=20))
    assert stage(city) is Stage.SUSPENDED
    assert len(await city.group()) == 2


@on_sqlite
async def test_a_stopped_product_is_not_filed_anew_and_running_cases_carry_the_mark(
    city: Town,
) -> None:
    await submits(city)
    await proposes(city, "ctech")
    await city.person("ctech2").taps("确认停用")
    await city.person("legal").sees("产品已停用：产品“云阅读”已由温州市")
    await city.person("chen").says(f"进度 {CASE}")
    await city.person("chen").sees("产品已停用")
    await turn_to(city, LATER)
    for words in ("新建备案", "应用", "云阅读"):
        await city.person("mt").says(words)
    if "提交" in await city.person("mt").live_buttons():
        await city.person("mt").taps("一项一项填")
        await city.person("mt").says("云阅读")
    await city.person("mt").sees("暂不受理该产品的备案")


@on_sqlite
async def test_a_draft_finished_before_the_stop_is_not_sent_after_it(city: Town) -> None:
    await drafts(city)
    await proposes(city, "ctech")
    await city.person("ctech2").taps("确认停用")
    await city.person("chen").taps("确认，请校长签署")
    await city.person("chen").sees("现在不能报送")


@on_sqlite
async def test_lifting_a_stop_restores_nobody_else(city: Town) -> None:
    await announced(city)
    await city.person("basic").says(f"暂停 {CASE} 有收费")
    await city.person("basic").taps("收费问题")
    await city.person("basic").taps("确认暂停")
    await proposes(city, "ctech")
    await city.person("ctech2").taps("确认停用")
    await turn_to(city, LATER.replace(hour=11))
    # the group has heard already that it is suspended
    assert sum("暂停使用" in one for one in await city.group()) == 1
    await city.person("ctech").says("恢复产品 云阅读")
    await city.person("ctech").taps("确认恢复")
    await turn_to(city, LATER.replace(hour=12))
    assert stage(city) is Stage.SUSPENDED
    await city.person("lin").does_not_see("起恢复使用")
    await city.person("basic").says(f"恢复 {CASE} 已整改")
    await city.person("basic").taps("确认恢复")
    assert stage(city) is Stage.REGISTERED


@on_sqlite
async def test_what_is_registered_of_a_stopped_product_is_suspended_at_once(city: Town) -> None:
    await approves(city)
    await proposes(city, "ctech")
    await city.person("ctech2").taps("确认停用")
    await city.person("tech2").taps("登记并发号")
    await turn_to(city, LATER)
    assert stage(city) is Stage.SUSPENDED


@on_sqlite
async def test_only_a_technology_centre_stops_products(city: Town) -> None:
    await city.person("cbasic").says("停用产品 云阅读")
    await city.person("cbasic").sees("停用产品由教育技术部门办理")
    await city.person("lin").says("停用产品 云阅读")
    await city.person("lin").sees("您目前没有办理这一项的权限")
    await proposes(city, "ctech")
    await city.person("tech").says("确认停用 云阅读")
    await city.person("tech").sees("现在没有等确认的“云阅读”停用")
    await city.person("ctech2").says("不同意停用 云阅读")
    await city.person("ctech").sees("未同意，各校照常使用")


@pytest.mark.covers("R24")
@on_sqlite
async def test_a_school_is_told_once_that_its_product_has_lost_its_number(town: Town) -> None:
    revoke = update(t.product).where(t.product.c.id == "p1").values(checked="已撤销")
    town.bot.ledger.call(lambda tx: tx.execute(revoke))
    await submits(town)
    await town.person("tech").sees("产品备案号在产品库中核验为“已撤销”")
    await town.person("legal").does_not_see("核验为“已撤销”")
    for person, verdict in (*OPINIONS, ("basic", "均符合，同意")):
        await opines(town, person, verdict)
    await town.person("tech2").taps("登记并发号")
    for day in ("13", "16"):
        await turn_to(town, datetime.fromisoformat(f"2026-03-{day}T10:00:00+08:00"))
    for person in ("chen", "lin"):
        screen = await town.person(person).screen()
        assert screen.count("产品备案号教APP备3301234号（已撤销），请尽快与开发者核实") == 1
    assert stage(town) is Stage.REGISTERED
    assert town.bot.ledger.call(lambda tx: check(tx, town.clock.now())) == []
