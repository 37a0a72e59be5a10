"""The tenth school with the same application: the earlier review may be taken over, signed anew."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select, update

from storage import tables as t
from storage.check import check
from storage.transaction import Transaction
from tests.stories.filing import opines
from tests.stories.test_stops import proposes
from tests.stories.town import Town, turn_to
from tests.stories.ways import app, submits

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
OFFER = "同一产品同一版本，您处2026年3月12日（周四）已审：五项均未发现（26-0302-0001）"


async def first_school(city: Town, verdict: str = "均未发现", **more: str) -> None:
    """Let one school file, and 法规处 review it."""
    await submits(city, "chen", "lin", app("小学", **more))
    await opines(city, "legal", verdict)


async def test_a_review_is_taken_over_and_signed_as_an_opinion_of_its_own(city: Town) -> None:
    await first_school(city)
    await submits(city, "mt", "mp", app("小学"))
    legal = city.person("legal2")
    await legal.sees(OFFER)
    await legal.taps("沿用并署名")
    await legal.sees("沿用2026年3月12日（周四）对同一产品同一版本的审查（26-0302-0001）")
    await legal.taps("确认")
    await opines(city, "research", "可用")
    await opines(city, "tech", "通过")
    await city.person("basic").sees("法规处 均未发现，沿用2026年3月12日")
    rows = city.bot.ledger.call(
        lambda tx: tx.execute(
            select(t.decision.c.person_id, t.decision.c.findings)
            .where(t.decision.c.unit_code == "D-legal")
            .order_by(t.decision.c.at)
        ).all()
    )
    assert [row.person_id for row in rows] == ["legal", "legal2"]
    assert rows[1].findings["source"]
    assert city.bot.ledger.call(lambda tx: check(tx, city.clock.now())) == []


@ON_SQLITE
async def test_it_may_be_reviewed_anew_by_tap_or_by_words(city: Town) -> None:
    await first_school(city)
    await submits(city, "mt", "mp", app("小学"))
    legal = city.person("legal")
    await legal.says("1 首页有整本教辅扫描")
    await legal.sees("涉及：侵权\n说明：首页有整本教辅扫描")
    await city.person("legal2").taps("重新审查")
    assert "有发现" in await city.person("legal2").live_buttons()


@ON_SQLITE
async def test_nothing_is_offered_once_the_product_is_stopped(city: Town) -> None:
    await first_school(city)
    await submits(city, "mt", "mp", app("小学"))
    legal = city.person("legal")
    await legal.sees(OFFER)
    await proposes(city, "ctech")
    await city.person("ctech2").taps("确认停用")
    await legal.says("待办")
    await legal.taps("办第1件")
    assert "产品已停用" in await legal.last() and "沿用" not in await legal.last()


@ON_SQLITE
@pytest.mark.parametrize(
    ("verdict", "mine", "theirs"),
    [("无法判断", {}, {}), ("均未发现", {"版本": "3.1"}, {"版本": "3.2"})],
)
async def test_nothing_is_offered_that_found_something_or_is_another_version(
    city: Town, verdict: str, mine: dict[str, str], theirs: dict[str, str]
) -> None:
    await submits(city, "chen", "lin", app("小学", **mine))
    legal = city.person("legal")
    await legal.taps(verdict)
    if verdict == "无法判断":
        await legal.taps("下一步", chosen={"criteria": ["violence"]})
        await legal.says("需要测试账号")
    await legal.taps("确认")
    await submits(city, "mt", "mp", app("小学", **theirs))
    await legal.does_not_see("您处2026年3月12日")
    assert "均未发现" in await legal.live_buttons()


@ON_SQLITE
async def test_the_same_version_is_the_same_however_it_is_written(city: Town) -> None:
    await first_school(city, 版本="V3.2")
    await submits(city, "mt", "mp", app("小学", 版本号="3.2"))
    await city.person("legal").sees(OFFER)


@ON_SQLITE
async def test_an_offer_that_is_too_old_by_now_is_taken_over_no_more(city: Town) -> None:
    await first_school(city)
    await submits(city, "mt", "mp", app("小学"))
    await turn_to(city, datetime.fromisoformat("2027-03-15T09:00:00+08:00"))
    legal = city.person("legal")
    await legal.taps("沿用并署名")
    assert "已不能沿用" in await legal.last()


@ON_SQLITE
async def test_what_was_found_since_takes_the_offer_back(city: Town) -> None:
    await first_school(city)
    for teacher, head in (("mt", "mp"), ("kt", "ky")):
        stage = "小学" if teacher == "mt" else "幼儿园"
        await submits(city, teacher, head, app(stage))
    legal = city.person("legal")
    await legal.taps("沿用并署名", case="26-0302-0003")
    other = city.person("legal2")
    await other.taps("重新审查", case="26-0302-0002")
    await other.taps("有发现")
    await other.taps("下一步", chosen={"criteria": ["violence"]})
    await other.says("开屏动画含打斗")
    await other.taps("建议不予通过")
    await other.taps("确认")
    await legal.taps("确认")
    assert "已不能沿用" in await legal.last()


@ON_SQLITE
async def test_another_authority_s_review_is_not_offered(city: Town) -> None:
    await first_school(city)
    await submits(city, "dt", "dp", app("高中"))
    await city.person("clegal").does_not_see("沿用")


@ON_SQLITE
async def test_a_product_that_is_to_be_stopped_is_reviewed_anew(city: Town) -> None:
    await first_school(city)
    await submits(city, "kt", "ky", app("幼儿园"))
    legal = city.person("legal")
    await legal.says("1 首页有整本教辅扫描")
    await legal.taps("建议全市暂停该产品")
    await legal.taps("提交")
    # The finding itself is no newer opinion of the version that the next school files.
    older = {"product_version": "1.0"}
    city.bot.ledger.call(lambda tx: _versioned(tx, "26-0302-0002", older))
    await submits(city, "mt", "mp", app("小学"))
    await city.person("legal2").sees("26-0302-0003")
    await city.person("legal2").does_not_see(OFFER)


def _versioned(tx: Transaction, case: str, more: dict[str, str]) -> None:
    row = tx.execute(select(t.filing.c.answers).where(t.filing.c.case_no == case)).one()
    tx.execute(
        update(t.filing).where(t.filing.c.case_no == case).values(answers={**row.answers, **more})
    )


@ON_SQLITE
async def test_what_came_back_is_reviewed_by_its_own_card(city: Town) -> None:
    await first_school(city)
    await submits(city, "mt", "mp", app("小学"))
    legal = city.person("legal")
    await legal.taps("重新审查")
    await legal.taps("退回补正")
    await legal.says("1 请提供授权")
    await legal.taps("发出")
    await city.person("mt").taps("去补正")
    await city.person("mt").taps("交回")
    assert "均未发现" in await legal.live_buttons()
    assert "沿用并署名" not in await legal.live_buttons()


async def _asks_back(city: Town, by: str = "basic") -> None:
    """Let a desk send the second school's filing back, and the school open it."""
    await city.person(by).says("退回 26-0302-0002 请补充说明")
    await city.person(by).taps("发出")
    await city.person("mt").taps("去补正")


async def test_another_version_while_mending_is_reviewed_anew_and_nothing_is_taken_over(
    city: Town,
) -> None:
    await first_school(city, 版本="3.1")
    await submits(city, "mt", "mp", app("小学", 版本="3.1"))
    legal, school = city.person("legal"), city.person("mt")
    await legal.taps("沿用并署名")
    await legal.taps("确认")
    await opines(city, "research", "可用")
    await opines(city, "tech2", "通过")
    await _asks_back(city)
    await school.says("修改 版本 3.2")
    await school.sees("版本由3.1改为3.2，交回后由法规处、教育技术中心重新审查")
    await school.taps("交回")
    await school.sees("只由提出意见的部门复看")
    for desk in ("legal", "tech"):
        await city.person(desk).sees("您处曾给过意见，学校补正后内容有变化，请重新审查。")
        await city.person(desk).sees("本次变化：版本 3.1 → 3.2。")
    assert "沿用并署名" not in await legal.live_buttons()
    await city.person("research").does_not_see("3.1 → 3.2")
    await opines(city, "legal", "均未发现")
    await opines(city, "tech2", "通过")
    await opines(city, "basic", "均符合，同意")
    assert city.bot.ledger.call(lambda tx: check(tx, city.clock.now())) == []


@ON_SQLITE
async def test_a_version_named_while_mending_drops_what_was_taken_over_alone(city: Town) -> None:
    await first_school(city)
    await submits(city, "mt", "mp", app("小学"))
    legal, school = city.person("legal"), city.person("mt")
    await legal.taps("沿用并署名")
    await legal.taps("确认")
    await _asks_back(city, "tech2")
    await school.says("修改 版本 3.2")
    await school.taps("交回")
    await legal.sees("本次变化：版本 3.2（新填）。")
    await legal.taps("均未发现")
    await legal.taps("确认")
    await legal.sees("已记录“均未发现”")


@ON_SQLITE
async def test_a_card_about_another_version_is_out_of_date(city: Town) -> None:
    await submits(city, "chen", "lin", app("小学", 版本="3.1"))
    legal, school = city.person("legal"), city.person("chen")
    key = await city.phones.key_of("legal", "均未发现")
    await city.person("tech").says("退回 26-0302-0001 请补充说明")
    await city.person("tech").taps("发出")
    await school.taps("去补正")
    await school.says("修改 版本 3.2")
    await school.taps("交回")
    await legal.sees("本次变化：版本 3.1 → 3.2。")
    await city.phones.tap_raw("legal", key)
    assert "已经更新" in await legal.last() or "有了变化" in await legal.last()
