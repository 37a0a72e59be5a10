"""Devices: money, the purchase plan, and two different people for approval and number."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import update

from storage import tables as t
from storage.check import check
from tests.stories.town import Town
from tests.stories.ways import TERMINAL_PAPERS, gives, submits, terminal

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
NUMBER = "温教进校备〔2026〕0302Z0001号"
IN_ORDER = "经费落实，无收费问题"


async def devices(city: Town) -> None:
    """Take devices of the county's primary school to the technical centre's decision."""
    await submits(city, "chen", "lin", terminal("小学"), TERMINAL_PAPERS)
    await gives(city, finance=IN_ORDER, basic="同意")


async def approved(city: Town) -> None:
    """Take them past it."""
    await devices(city)
    await gives(city, tech="均符合，同意")


@pytest.mark.covers("R31", "R61")
async def test_devices_are_decided_by_one_and_registered_by_another(city: Town) -> None:
    await approved(city)
    await city.person("tech").taps("登记并发号")
    await city.person("tech").sees("按设置需由另一位同志登记（四（四））。可以请：教育tech2。")
    await city.person("tech2").taps("登记并发号")
    await city.person("chen").sees(NUMBER)
    assert city.bot.ledger.call(lambda tx: check(tx, city.clock.now())) == []


@ON_SQLITE
async def test_the_refused_registrar_s_card_stays_for_the_colleague(city: Town) -> None:
    await approved(city)
    await city.person("tech").says("登记 26-0302-0001")
    await city.person("tech").sees("需由另一位同志登记")
    await city.person("chen").does_not_see(NUMBER)
    await city.person("tech2").says("登记 26-0302-0001")
    await city.person("chen").sees(NUMBER)


@ON_SQLITE
async def test_where_nobody_else_can_register_the_administrator_hears_of_it(city: Town) -> None:
    await devices(city)
    left = update(t.post).where(t.post.c.person_id == "tech2").values(valid_to=date(2026, 3, 11))
    city.bot.ledger.call(lambda tx: tx.execute(left))
    await gives(city, tech="均符合，同意")
    await city.person("admin").sees("备案登记由教育技术中心办理，须由另一位同志办理")
    await city.person("tech").taps("登记并发号")
    await city.person("tech").sees("请管理员在名单中补充一位登记人员")


@pytest.mark.covers("R43")
@ON_SQLITE
async def test_finance_sees_how_many_and_how_much_and_its_own_criteria(city: Town) -> None:
    told = "\n经费年度：2026年度\n专家：张三（温州大学，教授）\n审查人：周律师"
    await submits(city, "chen", "lin", terminal("小学") + told, TERMINAL_PAPERS)
    finance, lead = city.person("finance"), city.person("tech")
    await finance.sees("终端240台，学校公用经费96万元（2026年度）。")
    await finance.sees("请审：项目经费保障、是否乱收费、是否搭车收费（依据三（二）3）")
    await finance.does_not_see("周律师")
    await city.person("legal").does_not_see("平板教学项目")
    await city.person("research").sees("抄送您处知悉，不需要办理")
    await gives(city, finance=IN_ORDER, basic="同意")
    await lead.sees("专家 张三（温州大学，教授）。审查人 周律师。")
    await lead.sees("所写专家1人，要求不少于3人，请与专家论证意见核对（四（二））")


@pytest.mark.covers("R46")
@ON_SQLITE
async def test_a_fee_that_was_found_bars_the_approval(city: Town) -> None:
    await submits(city, "chen", "lin", terminal("小学"), TERMINAL_PAPERS)
    finance, lead = city.person("finance"), city.person("tech")
    await finance.taps("发现收费问题")
    await finance.sees("是否搭车收费")
    await finance.does_not_see("项目经费保障")
    await finance.taps("下一步", chosen={"criteria": ["tied_fee"]})
    await finance.says("要求家长另购保护套")
    await finance.taps("建议不予通过")
    await finance.taps("确认")
    await gives(city, basic="同意", tech="均符合，同意")
    await lead.sees("计财处的会审意见为“发现问题”，不能同意")


@ON_SQLITE
async def test_a_city_school_s_devices_ask_the_city_s_desk_in_place_of_the_basic_one(
    city: Town,
) -> None:
    await submits(city, "dt", "dp", terminal("高中"), TERMINAL_PAPERS)
    await city.person("cbasic").does_not_see("平板教学项目")
    await gives(city, cfinance=IN_ORDER, cdirect="同意", ctech="均符合，同意")
    await city.person("ctech2").taps("登记并发号")
    await city.person("dp").sees("温教进校备〔2026〕0300Z0001号")


@pytest.mark.covers("R33", "R51", "R52")
@ON_SQLITE
async def test_a_vocational_school_s_devices_are_led_by_its_own_department(city: Town) -> None:
    await submits(city, "vt", "vp", terminal("中职"), TERMINAL_PAPERS)
    await gives(city, finance=IN_ORDER, legal="均未发现", research="可用")
    await city.person("voc").does_not_see("方案实施的必要性")
    await gives(city, tech="通过")
    await city.person("voc").sees("请审：方案实施的必要性、可行性、科学性（依据三（二）5）")
    await gives(city, voc="均符合，同意")
    await city.person("tech").taps("登记并发号")
    await city.person("vt").sees(NUMBER)


@pytest.mark.covers("R34", "R63")
@ON_SQLITE
async def test_a_kindergarten_s_devices_wait_for_the_technical_centre(city: Town) -> None:
    await submits(city, "kt", "ky", terminal("幼儿园"), TERMINAL_PAPERS)
    await city.person("tech").sees("请审：技术审查、实施方案、采购方案（依据三（二）8）")
    await gives(city, legal="均未发现", finance=IN_ORDER, research="可用")
    lead = city.person("pre")
    assert await lead.live_buttons() == set()
    await lead.says("待办")
    await lead.sees("26-0302-0001 平板教学项目：等教育技术中心")
    await gives(city, tech="通过")
    await gives(city, pre="均符合，同意")
    await city.person("tech").sees("待备案登记")


@ON_SQLITE
async def test_one_person_with_every_desk_gives_each_opinion_and_leaves_the_number_to_another(
    city: Town,
) -> None:
    await submits(city, "ft", "fp", terminal("小学"), TERMINAL_PAPERS)
    lan = city.person("lan")
    await lan.says("同意 26-0329-0001")
    await lan.sees("请发序号：\n1 计财处：经费与收费审查\n2 基教处：会审意见")
    await lan.taps("分别给")
    for verdict in (IN_ORDER, "同意", "均符合，同意"):
        await lan.taps(verdict)
        await lan.taps("确认")
    await lan.taps("登记并发号")
    await lan.sees("可以请：毛某某。")
    await city.person("mao").taps("登记并发号")
    await city.person("ft").sees("温教进校备〔2026〕0329Z0001号")
