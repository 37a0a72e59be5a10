"""What a reviewer's hands do on the way to a verdict: words, more points, back, another look."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from storage import tables as t
from tests.stories.filing import approves, opines, registers, reviews, submits
from tests.stories.test_taps import key_of, tap_raw
from tests.stories.town import Somebody, Town

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def to_the_lead(town: Town) -> Somebody:
    """Take a filing to its lead."""
    await reviews(town)
    return town.person("basic")


async def test_words_may_be_added_before_it_counts(town: Town) -> None:
    lead = await to_the_lead(town)
    await lead.taps("均符合，同意")
    await lead.taps("附意见")
    await lead.sees("请写一句具体说明，学校会看到")
    await lead.says("先在四年级试用一学期")
    await lead.sees("说明：先在四年级试用一学期")
    await lead.taps("确认")
    await town.person("chen").sees("附意见：先在四年级试用一学期")


async def test_a_return_may_name_several_points(town: Town) -> None:
    await submits(town)
    tech = town.person("tech")
    await tech.taps("退回补正")
    await tech.says("请补充账号注销方式")
    await tech.taps("再加一条")
    await tech.says("请说明数据保存期限")
    await tech.sees("1 请补充账号注销方式\n2 请说明数据保存期限")
    await tech.taps("发出")
    await town.person("chen").sees("需要补正2处")
    await town.person("chen").sees("1 请补充账号注销方式（教育技术中心，三（一）2）")
    await town.person("chen").sees("2 请说明数据保存期限（教育技术中心，三（一）2）")


async def test_two_departments_returns_are_mended_and_handed_back_once(town: Town) -> None:
    await submits(town)
    for person, words in (("tech", "请补充注销方式"), ("legal", "请遮盖首页扫描件")):
        await town.person(person).says(f"退回 26-0302-0001 {words}")
        await town.person(person).says("发出")
    teacher = town.person("chen")
    await teacher.taps("去补正")
    await teacher.sees("请补充注销方式（教育技术中心")
    await teacher.sees("请遮盖首页扫描件（法规处")
    await teacher.says("交回")
    assert "通过" in await town.person("tech").live_buttons()
    assert "均未发现" in await town.person("legal").live_buttons()


async def test_back_shows_the_choice_again_and_records_nothing(town: Town) -> None:
    await submits(town)
    legal = town.person("legal")
    await legal.taps("均未发现")
    await legal.taps("返回")
    assert "有发现" in await legal.live_buttons()
    rows = town.bot.ledger.call(lambda tx: tx.execute(select(t.decision.c.task_id)).all())
    assert rows == []


async def test_what_is_confirmed_is_what_was_looked_at(town: Town) -> None:
    await submits(town)
    legal = town.person("legal")
    await legal.taps("均未发现")
    old = await key_of(town, "legal", "确认")
    await legal.says("待办")
    await legal.taps("办第1件")
    await legal.taps("有发现")
    await legal.taps("下一步", chosen={"criteria": ["violence"]})
    await legal.says("开屏动画含打斗")
    await legal.taps("建议不予通过")
    await tap_raw(town, "legal", old)
    await legal.sees("您之后又改过意见，请从最新的一张卡片上确认")
    await legal.taps("确认")
    await legal.sees("已记录“有发现”")


async def test_a_long_opinion_is_asked_again_and_never_cut(town: Town) -> None:
    await submits(town)
    research = town.person("research")
    await research.taps("可用并有建议")
    await research.says("先四年级。" * 70)
    await research.sees("这段话有350字，意见最多300字")
    await research.says("先四年级，语文组先行")
    await research.taps("确认")
    await research.sees("已记录“可用并有建议”")


async def test_a_finding_names_only_what_can_bar_the_approval(town: Town) -> None:
    await submits(town)
    tech = town.person("tech")
    await tech.taps("重大安全问题")
    await tech.says("账号口令明文传输")
    await tech.taps("确认")
    await opines(town, "legal", "均未发现")
    await opines(town, "research", "可用")
    await opines(town, "basic", "均符合，同意")
    await town.person("basic").sees("教育技术中心的会审意见为“发现问题”，不能同意")
    await town.person("tech").does_not_see("待备案登记")


async def test_a_finding_bars_the_approval_though_no_criterion_was_ticked(town: Town) -> None:
    await submits(town)
    legal = town.person("legal")
    task = (await key_of(town, "legal", "看电话")).split("|")[1]
    await legal.taps("有发现")
    await tap_raw(town, "legal", f"review.words|{task}|1")
    await legal.says("有广告弹窗")
    await legal.taps("建议不予通过")
    await legal.taps("确认")
    await opines(town, "research", "可用")
    await opines(town, "tech", "通过")
    await opines(town, "basic", "均符合，同意")
    await town.person("basic").sees("不能同意，可以退回或不予通过")


async def test_a_barring_finding_is_looked_at_again_before_the_lead_is_asked(town: Town) -> None:
    await submits(town)
    legal, lead, teacher = town.person("legal"), town.person("basic"), town.person("chen")
    await legal.taps("有发现")
    await legal.taps("下一步", chosen={"criteria": ["infringement"]})
    await legal.says("首页有整本教辅扫描")
    await legal.taps("建议不予通过")
    await legal.taps("确认")
    await opines(town, "research", "可用")
    await opines(town, "tech", "通过")
    await lead.taps("退回补正")
    await lead.taps("下一步", chosen={"criteria": ["soundness"]})
    await lead.says("请删去扫描件")
    await lead.taps("发出")
    await teacher.taps("去补正")
    await teacher.says("交回")
    assert "均符合，同意" not in await lead.live_buttons()
    await lead.says("待办")
    await lead.sees("26-0302-0001 云阅读：等法规处")
    assert "办第1件" not in await lead.live_buttons()
    await opines(town, "legal", "均未发现")
    await opines(town, "basic", "均符合，同意")
    await town.person("tech").sees("待备案登记")


async def test_the_lead_may_wait_for_the_advice(town: Town) -> None:
    await submits(town)
    await opines(town, "legal", "均未发现")
    lead = town.person("basic")
    await lead.taps("等到时限")
    await lead.sees("26-0302-0001 等到时限。到时未回复的记为“无意见”")
    await opines(town, "research", "可用")
    await opines(town, "tech", "通过")
    assert "均符合，同意" in await lead.live_buttons()


async def test_everything_can_be_done_in_typed_words(town: Town) -> None:
    await submits(town)
    for person in ("legal", "research", "tech"):
        await town.person(person).says("待办")
        await town.person(person).says("1")
        await town.person(person).says("1")
        await town.person(person).says("确认")
    lead = town.person("basic")
    await lead.says("不予通过 26-0302-0001 已有两款同类应用")
    await lead.says("返回")
    await lead.says("同意 26-0302-0001")
    await lead.says("1")
    await town.person("tech").says("登记26-0302-0001")
    await town.person("chen").sees("温教进校备〔2026〕0302A0001号")


async def test_the_list_calls_the_registration_by_its_name(town: Town) -> None:
    await approves(town)
    await town.person("tech").says("待办")
    await town.person("tech").sees("26-0302-0001 云阅读：备案登记，")


async def test_the_school_may_change_the_announcement_s_words(town: Town) -> None:
    await registers(town)
    teacher = town.person("chen")
    await teacher.taps("修改文字")
    await teacher.says("云阅读已备案")
    await teacher.sees("并保留备案号 温教进校备〔2026〕0302A0001号，再发一次")
    await teacher.says("四年级起使用云阅读，备案号 温教进校备〔2026〕0302A0001号，不收费。")
    await teacher.taps("发公告")
    assert ["四年级起使用云阅读" in one for one in await town.group()] == [True]


async def test_words_too_long_for_the_announcement_are_asked_for_again(town: Town) -> None:
    await registers(town)
    teacher = town.person("chen")
    await teacher.taps("修改文字")
    await teacher.says("备案号 温教进校备〔2026〕0302A0001号。" + "长" * 300)
    assert "请控制在300字以内" in await teacher.last()
    await teacher.taps("发公告")
    assert ["长长" in one for one in await town.group()] == [False]


async def test_no_personal_number_goes_into_a_group(town: Town) -> None:
    await registers(town)
    teacher = town.person("chen")
    await teacher.taps("修改文字")
    await teacher.says("编号 温教进校备〔2026〕0302A0001号，联系陈老师 13857712345")
    await teacher.sees("公告里不能有个人手机号码")
    await teacher.taps("发公告")
    assert [("陈老师" in one) for one in await town.group()] == [False]


async def test_a_school_without_a_group_keeps_the_announcement_for_later(town: Town) -> None:
    off, on = ({"active": value} for value in (False, True))
    town.bot.ledger.call(lambda tx: tx.execute(t.chat_group.update().values(**off)))
    await registers(town)
    teacher = town.person("chen")
    await teacher.taps("发公告")
    await teacher.sees("还没有本校的学校群，公告暂不能发")
    town.bot.ledger.call(lambda tx: tx.execute(t.chat_group.update().values(**on)))
    await teacher.taps("发公告")
    assert len(await town.group()) == 1
