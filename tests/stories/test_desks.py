"""Who sees what: phones, links, hidden opinions, other counties, empty desks."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any, cast

import pytest
from sqlalchemy import delete, insert, select, update

from handlers.context import Tenant
from storage import tables as t
from storage.transaction import Transaction
from tests.stories.filing import OPINIONS, opines, registers, submits
from tests.stories.test_taps import key_of, tap_raw
from tests.stories.town import Town

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PHONE = "13857712345"


def rows(town: Town, statement: Any) -> list[Any]:
    return list(town.bot.ledger.call(lambda tx: tx.execute(statement).all()))


@pytest.mark.covers("R93")
async def test_a_phone_number_is_shown_to_the_desk_that_has_the_case_and_noted(town: Town) -> None:
    await submits(town)
    await town.person("legal").does_not_see(PHONE)
    key = await key_of(town, "legal", "看电话")
    await town.person("legal").taps("看电话")
    await town.person("legal").sees(f"项目负责人陈晓：{PHONE}。本次查看已留存记录")
    await tap_raw(town, "finance", key)
    await town.person("finance").does_not_see(PHONE)
    journal = select(t.journal.c.person_id).where(t.journal.c.act == "reveal_phone")
    assert [row.person_id for row in rows(town, journal)] == ["legal"]


@ON_SQLITE
async def test_a_phone_number_that_was_shown_is_kept_nowhere_in_the_clear(town: Town) -> None:
    await submits(town)
    await town.person("legal").taps("看电话")
    bodies = rows(town, select(t.outbox.c.body))
    assert PHONE not in str(bodies)


@ON_SQLITE
async def test_a_desk_that_is_done_sees_no_number_any_more(town: Town) -> None:
    await submits(town)
    key = await key_of(town, "legal2", "看电话")
    await opines(town, "legal", "均未发现")
    await tap_raw(town, "legal2", key)
    await town.person("legal2").does_not_see(PHONE)


@ON_SQLITE
async def test_every_link_on_a_phone_is_that_person_s_own(town: Town) -> None:
    await registers(town)
    assert await _strange_links(town) == []
    await town.person("chen").taps("发公告")
    assert await _strange_links(town) == []


async def _strange_links(town: Town) -> list[tuple[str, str]]:
    """Return (whose phone, whose link) where they differ."""
    phones = ("chen", "lin", "legal", "legal2", "research", "basic", "basic2", "tech", "tech2")
    return [
        (phone, owner)
        for phone in phones
        for owner in re.findall(r"/m/\w+/[^.\s]+\.(\w+)\.", await town.person(phone).screen())
        if owner != phone
    ]


@ON_SQLITE
async def test_opinions_are_hidden_from_lists_as_well(town: Town) -> None:
    await submits(town)
    legal = town.person("legal")
    await legal.taps("有发现")
    await legal.taps("下一步", chosen={"criteria": ["violence"]})
    await legal.says("开屏动画含打斗")
    await legal.taps("建议不予通过")
    await legal.taps("确认")
    for person in ("research", "basic", "chen"):
        for words in ("待办", "进度 26-0302-0001"):
            await town.person(person).says(words)
        await town.person(person).does_not_see("打斗")
        await town.person(person).does_not_see("有发现")
    await town.person("basic").sees("等教育教学研究院、教育技术中心")


@pytest.mark.covers("R2")
@ON_SQLITE
@pytest.mark.parametrize(
    "words", ["进度 {}", "同意 {}", "退回 {} 请补充", "不予通过 {} 理由", "登记 {}"]
)
async def test_another_county_s_filing_is_not_even_there(city: Town, words: str) -> None:
    await submits(city)
    stranger = city.person("next")
    await stranger.says(words.format("26-0302-0001"))
    await stranger.sees("没有找到这件备案，请核对办件号")
    await stranger.says("待办")
    await stranger.does_not_see("云阅读")
    await stranger.does_not_see("会审中")


@ON_SQLITE
async def test_another_county_s_cards_can_not_be_used(city: Town) -> None:
    await submits(city)
    await opines(city, "legal", "均未发现")
    keys = [
        await key_of(city, who, button)
        for who, button in (("research", "可用"), ("basic", "现在就定"), ("basic", "等到时限"),
                            ("tech", "看电话"))
    ]  # fmt: skip
    for key in keys:
        await tap_raw(city, "next", key)
    assert (await city.person("next").screen()).count("没有这项权限") == len(keys)
    await city.person("next").does_not_see("云阅读")
    assert "现在就定" in await city.person("basic").live_buttons()


@ON_SQLITE
async def test_who_is_at_another_desk_can_not_go_ahead_for_the_lead(town: Town) -> None:
    await submits(town)
    await opines(town, "legal", "均未发现")
    key = await key_of(town, "basic", "等到时限")
    await tap_raw(town, "research", key)
    await town.person("research").sees("先行决定由牵头处室的审核人办理")
    assert "现在就定" in await town.person("basic").live_buttons()


@ON_SQLITE
async def test_a_desk_that_nobody_holds_is_told_and_worked_by_whoever_comes(city: Town) -> None:
    city.bot.ledger.call(_no_legal_department)
    await submits(city)
    await city.person("admin").sees("应用内容审查由法规处办理，名单中没有这个岗位的人员")
    city.bot.ledger.call(_a_new_department)
    await city.person("voc").says("待办")
    await city.person("voc").taps("办第1件")
    await opines(city, "voc", "均未发现")
    for person, verdict in OPINIONS[1:]:
        await opines(city, person, verdict)
    await city.person("basic").sees("政策法规科 均未发现")


def _no_legal_department(tx: Transaction) -> None:
    tx.execute(delete(t.post).where(t.post.c.unit_code == "D-legal"))
    tx.execute(delete(t.unit).where(t.unit.c.code == "D-legal"))


def _a_new_department(tx: Transaction) -> None:
    tx.execute(
        insert(t.unit).values(
            tenant="330302", code="D-law", name="政策法规科", kind="department", area="330302",
            owner="county", ownership="", levels=[], desks=["legal"],
        )
    )  # fmt: skip
    tx.execute(
        insert(t.post).values(
            tenant="330302", unit_code="D-law", person_id="voc", role="reviewer",
            valid_from=date(2026, 1, 1),
        )
    )  # fmt: skip


@pytest.mark.covers("R4")
@ON_SQLITE
async def test_a_deputy_works_a_desk_without_reviewers(town: Town) -> None:
    to_deputy = update(t.post).where(t.post.c.unit_code == "D-research").values(role="deputy")
    town.bot.ledger.call(lambda tx: tx.execute(to_deputy))
    await submits(town)
    await opines(town, "research", "可用")
    await town.person("research").sees("已记录“可用”")


def _changes_rules(town: Town, **rules: object) -> None:
    tenants = cast(dict[str, Tenant], town.bot.office.tenants)
    tenant = tenants["330302"]
    tenants["330302"] = replace(tenant, rules=tenant.rules.changed(rules))


@ON_SQLITE
async def test_what_comes_back_is_mended_under_its_own_rules(town: Town) -> None:
    await submits(town)
    _changes_rules(town, finance_when="always")
    await town.person("tech").says("退回 26-0302-0001 请补充注销说明")
    await town.person("tech").says("发出")
    await town.person("chen").taps("去补正")
    await town.person("chen").says("交回")
    await town.person("tech").sees("学校已补正后交回")
    assert await town.person("finance").live_buttons() == set()


@pytest.mark.covers("R27")
@ON_SQLITE
async def test_a_running_case_keeps_the_rules_it_was_sent_under(town: Town) -> None:
    await submits(town)
    _changes_rules(town, hidden_opinions="off", appeal_days=3, number_template="新〔{年}〕{流水}号")
    await opines(town, "legal", "均未发现")
    research = town.person("research")
    await research.says("待办")
    await research.taps("办第1件")
    await research.does_not_see("均未发现")
    for person, verdict in OPINIONS[1:]:
        await opines(town, person, verdict)
    lead = town.person("basic")
    await lead.taps("不予通过")
    await lead.taps("下一步", chosen={"criteria": ["necessity"]})
    await lead.says("已有同类应用")
    await lead.sees("可在10个工作日内申请复核")
    await lead.taps("返回")
    await opines(town, "basic", "均符合，同意")
    await town.person("tech").sees("温教进校备〔2026〕0302A0001号")
