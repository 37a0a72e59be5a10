"""转出: a filing that came to the wrong desk goes where it belongs."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert, select

from storage import tables as t
from storage.check import check
from tests.stories import ways
from tests.stories.filing import opines, returns, reviews, submits
from tests.stories.places import CITY, city_takes_the_school
from tests.stories.test_taps import key_of, tap_raw
from tests.stories.town import SCHOOL, Town

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
CASE = "26-0302-0001"


def rows(town: Town, statement: Any) -> list[Any]:
    return list(town.bot.ledger.call(lambda tx: tx.execute(statement).all()))


def sound(town: Town) -> None:
    assert town.bot.ledger.call(lambda tx: check(tx, town.clock.now())) == []


async def test_the_lead_says_it_is_vocational_and_it_goes_there(city: Town) -> None:
    await reviews(city)
    lead = city.person("basic")
    await lead.says("这个是中职的")
    await lead.sees("使用学段：小学改为中职。")
    await lead.sees("改后由职教科（三（一）3）牵头。")
    await lead.sees("保留意见：法规处、教育教学研究院、教育技术中心。")
    await lead.taps("确认转出")
    await city.person("chen").sees("的使用学段由小学更正为中职，由职教科（三（一）3）牵头")
    await city.person("basic2").sees("更正为中职")
    voc = city.person("voc")
    await voc.sees("使用学段已由基教处更正为中职。")
    await voc.sees("法规处 均未发现")
    assert "均符合，同意" not in await lead.live_buttons()
    await opines(city, "voc", "均符合，同意")
    await city.person("tech2").taps("登记并发号")
    await city.person("chen").sees("温教进校备〔2026〕0302A0001号")
    sound(city)


@ON_SQLITE
async def test_the_school_s_next_filing_is_asked_about_what_was_put_right(city: Town) -> None:
    await reviews(city)
    await city.person("basic").says(f"转出 {CASE} 中职")
    await city.person("basic").taps("确认转出")
    product = {"id": "p2", "name": "口算宝", "folded": "口算宝", "developer": "某公司",
               "product_no": "教APP备3301235号", "kind": "app", "checked": "已核验"}  # fmt: skip
    city.bot.ledger.call(lambda tx: tx.execute(insert(t.product).values(product)))
    await ways.drafts(city, "chen", ways.app("四至六年级", 项目名称="口算宝"))
    await city.person("chen").sees("上次由基教处将使用学段更正为中职，请核对。")
    (kept,) = rows(city, select(t.correction))
    assert (kept.school, kept.fact, kept.was, kept.value, kept.person_id) == (
        SCHOOL, "stages", "primary", "vocational", "basic",
    )  # fmt: skip


@ON_SQLITE
async def test_a_terminal_filed_as_an_app_keeps_who_is_on_both_ways(city: Town) -> None:
    await submits(city)
    await opines(city, "legal", "均未发现")
    tech = city.person("tech")
    await tech.taps("更多")
    await tech.taps("转出")
    await tech.taps("终端还是应用")
    await tech.taps("下一步", chosen={"value": ["terminal"]})
    await tech.sees("改后由教育技术中心（三（一）1）牵头。")
    await tech.sees("加请会审：计财处、基教处。")
    await tech.sees("不再办理：法规处、教育教学研究院、教育技术中心。")
    await tech.taps("确认转出")
    assert "可用" not in await city.person("research").live_buttons()
    await opines(city, "finance", "经费落实，无收费问题")
    await opines(city, "basic", "同意")
    await opines(city, "tech", "均符合，同意")
    await city.person("tech2").taps("登记并发号")
    await city.person("chen").sees("温教进校备〔2026〕0302Z0001号")
    sound(city)


@ON_SQLITE
async def test_what_was_corrected_stays_when_it_comes_back_to_be_mended(city: Town) -> None:
    await reviews(city)
    await city.person("basic").says("这个是中职的")
    await city.person("basic").taps("确认转出")
    await returns(city, "voc", "1 请补充实训安排")
    await city.person("chen").taps("去补正")
    await city.person("chen").says("交回")
    await opines(city, "voc", "均符合，同意")
    sound(city)


@ON_SQLITE
async def test_a_filing_is_rerouted_by_typed_words_and_numbers(city: Town) -> None:
    await submits(city)
    lead = city.person("basic")
    await city.person("legal").says("不归我们")
    await city.person("legal").sees("哪一项有误？")
    await city.person("legal").says("取消")
    await lead.says(f"转出{CASE}")
    await lead.says("使用学段")
    await lead.says("5 幼儿园")
    await lead.sees("使用学段：小学改为幼儿园。")
    await lead.says("确认转出")
    await lead.sees(f"{CASE} 已转出")
    await city.person("pre").sees("由学前科（三（一）4）牵头")


@ON_SQLITE
async def test_only_who_has_the_case_sends_it_elsewhere(city: Town) -> None:
    await submits(city)
    await city.person("voc").says(f"转出 {CASE} 中职")
    await city.person("voc").sees("这一项由承办这件备案的部门办理")
    await city.person("next").says(f"转出 {CASE} 中职")
    await city.person("next").sees("没有找到这件备案")
    await city.person("basic").says(f"转出 {CASE} 中职")
    key = await key_of(city, "basic", "确认转出")
    await tap_raw(city, "voc", key)
    await city.person("voc").does_not_see("已转出")
    # A school may write those very words, and means something else.
    await city.person("chen").says("这个是中职的")
    await city.person("chen").does_not_see("没有办理这一项的权限")
    await city.person("basic").says(f"转出 {CASE} 小学")
    await city.person("basic").sees("本件的使用学段本来就是小学，无需转出")


@ON_SQLITE
async def test_nothing_is_rerouted_while_the_school_mends_it(city: Town) -> None:
    await submits(city)
    await returns(city, "tech", "请补充注销方式")
    await city.person("basic").says(f"转出 {CASE} 中职")
    await city.person("basic").taps("确认转出")
    await city.person("basic").sees(f"{CASE} 正在由学校补正，交回后再转出。")
    assert rows(city, select(t.correction)) == []


@ON_SQLITE
async def test_a_card_that_was_shown_before_it_moved_sends_nothing(city: Town) -> None:
    await submits(city)
    await city.person("basic").says(f"转出 {CASE} 中职")
    key = await key_of(city, "basic", "确认转出")
    await city.person("basic").taps("确认转出")
    await tap_raw(city, "basic", key)
    await city.person("basic").sees("请看最新的一张卡片")
    assert len(rows(city, select(t.correction))) == 1


async def test_a_school_of_the_city_is_handed_over_as_it_was_signed(city: Town) -> None:
    await reviews(city)
    lead = city.person("basic")
    await lead.says(f"转出 {CASE} 直属")
    await lead.sees("请管理员先更正名单中的隶属，再转出")
    city.bot.ledger.call(city_takes_the_school)
    await lead.says(f"转出 {CASE} 直属")
    await lead.sees("隶属改为市局直属，移交温州市教育局（二（三）谁主管谁负责）。")
    await lead.sees("移交后由市局直属管理处（三（二）4）牵头。")
    await lead.taps("确认转出")
    await lead.sees(f"{CASE} 已移交温州市教育局，新办件号 26-0300-0001。")
    await city.person("chen").sees("新办件号 26-0300-0001。填报内容、材料和签署一并移交")
    assert "均符合，同意" not in await city.person("basic2").live_buttons()
    for person, verdict in (("clegal", "均未发现"), ("cresearch", "可用"), ("ctech", "通过")):
        await opines(city, person, verdict)
    await opines(city, "cdirect", "均符合，同意")
    await city.person("ctech2").taps("登记并发号")
    await city.person("chen").sees("温教进校备〔2026〕0300A0001号")
    await city.person("chen").says(f"进度 {CASE}")
    await city.person("chen").sees("已移交，新办件号 26-0300-0001。")
    there, here = (rows(city, select(t.filing).where(t.filing.c.tenant == one))[0]
                   for one in (CITY, "330302"))  # fmt: skip
    assert (there.answers, there.signed_at) == (here.answers, here.signed_at)
    assert here.stage == "handed_over" and there.school == SCHOOL
    declared = select(t.declaration.c.tenant, t.declaration.c.no, t.declaration.c.at)
    told = rows(city, declared.order_by(t.declaration.c.tenant, t.declaration.c.no))
    assert [one[1:] for one in told[:4]] == [one[1:] for one in told[4:]] and len(told) == 8
    papers = rows(city, select(t.attachment.c.tenant, t.attachment.c.slot, t.attachment.c.digest))
    assert len(papers) == 8 and len({one[1:] for one in papers}) == 4
    sound(city)
