"""A small pilot: the school's own decision, told to the authority, ended, or widened."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from storage.check import check
from storage.rules.terms import Stage
from tests.stories.pilots import ALL, CASE, LINES, RECEIPT, checks, drafts, join_school, runs, sends
from tests.stories.test_rescue import joins
from tests.stories.test_stops import proposes
from tests.stories.town import Town, turn_to

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def stage(town: Town, case: str = CASE) -> Stage:
    def look(tx: object) -> Stage:
        filing = tx.filings.by_case(case)  # type: ignore[attr-defined]
        return Stage(filing.stage)

    return town.bot.ledger.call(look)


def sound(town: Town) -> None:
    assert town.bot.ledger.call(lambda tx: check(tx, town.clock.now())) == []


@pytest.mark.covers("R36", "R37")
async def test_the_school_checks_the_principal_decides_last_and_the_authority_hears_of_it(
    town: Town,
) -> None:
    await sends(town)
    teacher, checker, principal = (town.person(one) for one in ("chen", "legal2", "lin"))
    await teacher.sees("已请法规legal2审查，之后由林校长校长决定，办件号 26-0302-0001")
    assert "逐条审查并决定" not in await principal.live_buttons()
    await checks(town)
    await checker.sees("已记录您的审查，已请校长决定")
    await principal.sees("法规legal2已逐条审查")
    await principal.taps("逐条审查并决定")
    await principal.taps("同意试点", chosen=ALL)
    await principal.sees(f"已同意试点。试点回执 {RECEIPT}（不是备案号），试点到7月31日（周五）止")
    await teacher.sees(f"试点回执 {RECEIPT}（不是备案号）")
    await town.person("basic").sees("可在3月19日（周四）前提级并说明原因")
    assert await town.person("tech").live_buttons() == set()
    assert await town.group() == []
    await teacher.says("进度")
    await teacher.sees("法规legal2：已审查")
    sound(town)


@ON_SQLITE
async def test_own_devices_or_a_paid_entry_make_finance_hear_of_it_without_a_say(
    town: Town,
) -> None:
    join_school(town)
    teacher = town.person("chen")
    await drafts(town)
    await teacher.says("修改 收费情况")
    await teacher.taps("选好了", chosen={"free": ["paid_entry:yes"]})
    await teacher.taps("按试点办理")
    await teacher.says("法规legal2")
    await teacher.taps("确认，请学校审查")
    await checks(town)
    await town.person("lin").taps("逐条审查并决定")
    await town.person("lin").taps("同意试点", chosen=ALL)
    await town.person("finance").sees("知照您处，不需要办理")
    assert "提级办理" not in await town.person("finance").live_buttons()


@ON_SQLITE
async def test_who_types_needs_no_card(town: Town) -> None:
    await sends(town)
    checker, principal = town.person("legal2"), town.person("lin")
    await checker.says(f"审查 {CASE}")
    await checker.says("1 2 3")
    await checker.sees("还有5条没有勾选")
    await checker.says(f"审查 {CASE}")
    await checker.says("全部属实")
    await principal.says("待办")
    await principal.sees("试点待您决定")
    await principal.says(f"审查 {CASE}")
    await principal.says("1 2 3 4 5 6 7 8")
    await principal.sees(RECEIPT)
    lead = town.person("basic")
    await lead.says(f"提级 {CASE} 涉及全校推广，请按全面备案办理")
    await town.person("chen").sees("原因：涉及全校推广，请按全面备案办理")
    assert stage(town) is Stage.CALLED_IN
    sound(town)


@ON_SQLITE
async def test_a_line_that_does_not_hold_sends_it_back_with_why(town: Town) -> None:
    await sends(town)
    checker, teacher = town.person("legal2"), town.person("chen")
    await checker.taps("逐条审查")
    await checker.taps("确认审查", chosen={"ticks": [one for one in LINES if one != "content"]})
    await checker.sees("没有勾选：未见有害内容（三（二）2）")
    await checker.taps("退给经办")
    await checker.says("首页有广告")
    await teacher.sees("首页有广告（审查人法规legal2）")
    assert stage(town) is Stage.SENT_BACK
    await teacher.taps("去补正")
    await teacher.sees("首页有广告（校内审查人）")
    await teacher.says("交回")
    await checks(town)
    await town.person("lin").taps("退给经办")
    await town.person("lin").says("下学期再试")
    await teacher.sees("下学期再试（校长）")
    sound(town)


@ON_SQLITE
async def test_the_principal_can_not_decide_before_everybody_named_has_looked(town: Town) -> None:
    await sends(town)
    principal = town.person("lin")
    await principal.says(f"审查 {CASE}")
    await principal.sees("还在等法规legal2审查，审查后再请您决定")
    await town.person("chen").says(f"审查 {CASE}")
    await town.person("chen").sees("您不在其中")
    await principal.says(f"退给经办 {CASE} 下学期再试")
    assert stage(town) is Stage.SENT_BACK


@ON_SQLITE
async def test_who_files_it_can_not_be_the_one_who_checks_it(town: Town) -> None:
    join_school(town)
    await drafts(town)
    teacher = town.person("chen")
    await teacher.taps("按试点办理")
    await teacher.says("陈晓")
    await teacher.sees("审查人应是经办人、项目负责人和校长以外的本校人员：法规legal2")
    await teacher.says("林校长")
    await teacher.sees("“林校长”没有对上")


@ON_SQLITE
async def test_a_school_without_anybody_else_is_told_whom_to_ask(town: Town) -> None:
    await drafts(town)
    teacher = town.person("chen")
    await teacher.taps("按试点办理")
    await teacher.sees("名单中人员不够。请联系管理员补充名单")
    await teacher.says("修改 备案规模 全面备案")
    await teacher.sees("材料 0/4")


@ON_SQLITE
async def test_a_pilot_can_be_called_in_while_the_days_last_and_not_after(town: Town) -> None:
    await runs(town)
    lead = town.person("basic")
    await turn_to(town, datetime.fromisoformat("2026-03-20T09:00:00+08:00"))
    await lead.taps("提级办理")
    await lead.sees("可以提级的5个工作日已过（到3月19日），不能再提级")
    await lead.says(f"提级 {CASE} 应全面备案")
    assert stage(town) is Stage.PILOTING
    await turn_to(town, datetime.fromisoformat("2026-03-19T17:00:00+08:00"))
    await lead.taps("提级办理")
    await lead.says("应全面备案")
    assert stage(town) is Stage.CALLED_IN


@ON_SQLITE
async def test_only_the_department_that_would_lead_calls_it_in(town: Town) -> None:
    await runs(town)
    for person in ("tech", "legal"):
        await town.person(person).says(f"提级 {CASE} 请全面备案")
        await town.person(person).sees("提级由基教处的审核人办理")
    assert stage(town) is Stage.PILOTING


@pytest.mark.covers("R37")
async def test_a_pilot_is_reminded_of_its_end_and_ends_by_itself(town: Town) -> None:
    await runs(town)
    teacher = town.person("chen")
    await turn_to(town, datetime.fromisoformat("2026-07-16T10:00:00+08:00"))
    await teacher.does_not_see("早上好")
    await turn_to(town, datetime.fromisoformat("2026-07-17T10:00:00+08:00"))
    await teacher.sees("试点到7月31日（周五）止，推广请转全面备案，不再使用的到期自动结束")
    await teacher.taps("办第1件")
    await turn_to(town, datetime.fromisoformat("2026-07-28T10:00:00+08:00"))
    await town.person("lin").sees("试点到7月31日（周五）止")
    await turn_to(town, datetime.fromisoformat("2026-07-31T09:00:00+08:00"))
    assert stage(town) is Stage.PILOTING
    await turn_to(town, datetime.fromisoformat("2026-08-03T10:00:00+08:00"))
    assert stage(town) is Stage.PILOT_ENDED
    await teacher.sees(f"试点到7月31日（周五）止，现已结束（试点回执 {RECEIPT}）")
    assert (await teacher.screen()).count("早上好") == 2
    assert "转全面备案" in await teacher.live_buttons()
    sound(town)


@ON_SQLITE
async def test_the_school_may_end_it_early(town: Town) -> None:
    await runs(town)
    teacher = town.person("chen")
    await teacher.says(f"结束试点 {CASE}")
    await teacher.taps("确定结束")
    await town.person("lin").sees("的试点已由陈晓提前结束")
    assert stage(town) is Stage.PILOT_ENDED
    assert await town.person("basic").live_buttons() == set()
    await teacher.says(f"撤回 {CASE}")
    await teacher.sees("没有可以撤回的备案")


@pytest.mark.covers("R12", "R38")
@ON_SQLITE
async def test_growth_inside_the_limits_is_noted_and_beyond_them_leads_to_a_full_filing(
    town: Town,
) -> None:
    await runs(town)
    teacher = town.person("chen")
    await teacher.says("进度")
    await teacher.taps("人数有变")
    await teacher.says("2个班，100人")
    await teacher.sees("已记为2个班、100名学生，仍在试点范围内")
    await teacher.says(f"试点人数 {CASE} 3个班 140人")
    await teacher.sees("班级3个，超过试点的2个。学生140名，超过试点的100名。")
    assert stage(town) is Stage.PILOTING
    await teacher.taps("转全面备案")
    await teacher.sees("只问需要补充的")
    sound(town)


@pytest.mark.covers("R12", "R38")
async def test_a_pilot_becomes_a_full_filing_that_asks_only_what_is_new(town: Town) -> None:
    await runs(town)
    teacher, principal = town.person("chen"), town.person("lin")
    await teacher.says("转全面备案")
    await teacher.sees("准备给哪个学段、多少学生用")
    await teacher.says("四至六年级，约620人")
    await teacher.taps("选好了", chosen={"fair": ["none"]})
    await teacher.says("论证3月1日，审查3月2日，会议3月5日")
    await teacher.uploads("plan", "experts", "legality", "minutes")
    await teacher.taps("确认，请校长签署")
    await principal.taps("逐条确认并签署")
    for _ in range(4):
        await principal.taps("属实")
    await principal.taps("签署提交")
    assert stage(town) is Stage.PILOTING
    for person, verdict in (("legal", "均未发现"), ("research", "可用"), ("tech", "通过")):
        await town.person(person).taps(verdict)
        await town.person(person).taps("确认")
    await town.person("basic").taps("均符合，同意")
    await town.person("basic").taps("确认")
    await town.person("tech2").taps("登记并发号")
    assert stage(town) is Stage.CONVERTED
    assert stage(town, "26-0302-0002") is Stage.REGISTERED
    await teacher.says(f"进度 {CASE}")
    await teacher.sees("全面备案：26-0302-0002，已备案，温教进校备〔2026〕0302A0001号")
    sound(town)


@ON_SQLITE
async def test_a_pilot_that_was_called_in_keeps_its_scope_and_asks_the_missing_papers(
    town: Town,
) -> None:
    await runs(town)
    await town.person("basic").taps("提级办理")
    await town.person("basic").says("涉及全校推广")
    teacher = town.person("chen")
    await teacher.taps("转全面备案")
    await teacher.sees("分别在哪天")
    await teacher.says("论证3月1日，审查3月2日，会议3月5日")
    await teacher.sees("材料 0/4")
    await teacher.uploads("plan", "experts", "legality", "minutes")
    await teacher.sees("由基教处牵头审批")


@ON_SQLITE
async def test_the_same_product_is_not_piloted_a_second_time(town: Town) -> None:
    await runs(town)
    teacher = town.person("chen")
    await teacher.says(f"结束试点 {CASE}")
    await teacher.taps("确定结束")
    await teacher.says("新建备案")
    await drafts(town)
    await teacher.sees(f"贵校已试点过同一产品（试点回执 {RECEIPT}），不再按试点办理")
    await teacher.sees("材料 0/4")


@ON_SQLITE
async def test_a_pilot_is_taken_back_and_an_earlier_end_is_kept(town: Town) -> None:
    join_school(town)
    await drafts(town)
    teacher = town.person("chen")
    await teacher.says("9月1日")
    await teacher.sees("最晚到7月31日（周五）")
    await teacher.says("6月30日")
    await teacher.says("法规legal2")
    await teacher.sees("试点到6月30日（周二）止，发试点回执，不发备案号")
    await teacher.taps("确认，请学校审查")
    await teacher.says(f"撤回 {CASE}")
    await teacher.taps("取回修改")
    assert "逐条审查" not in await town.person("legal2").live_buttons()
    assert stage(town) is Stage.DRAFT
    await teacher.says("交回")
    await checks(town)
    await town.person("lin").sees("试点至 6月30日（周二）")
    sound(town)


@ON_SQLITE
async def test_a_pilot_of_a_stopped_product_neither_begins_nor_goes_on(town: Town) -> None:
    join_school(town)
    teacher, head = town.person("chen"), town.person("lin")
    await drafts(town)
    await teacher.taps("按试点办理")
    await teacher.says("法规legal2")
    await stops(town)
    await teacher.taps("确认，请学校审查")
    await teacher.sees("现在不能报送。请发“修改 项目名称”换用其他产品")
    await lifts(town)
    await teacher.taps("确认，请学校审查")
    await checks(town)
    await stops(town)
    await head.taps("逐条审查并决定")
    await head.taps("同意试点", chosen=ALL)
    await head.sees("现在不能开始试点，请退给经办换用其他产品")
    await lifts(town)
    await head.taps("同意试点", chosen=ALL)
    assert stage(town) is Stage.PILOTING
    await proposes(town, "tech")
    town.bot.ledger.call(joins("research", "D-tech"))
    await turn_to(town, town.clock.now() + timedelta(minutes=1))
    await town.person("research").taps("确认停用")
    await turn_to(town, town.clock.now() + timedelta(minutes=1))
    assert stage(town) is Stage.PILOT_ENDED
    await teacher.sees("的试点已结束，请停止使用。产品“云阅读”已由鹿城区")
    sound(town)


async def stops(town: Town) -> None:
    """Let the county's technology centre stop the product at once."""
    await proposes(town, "tech")
    await town.person("tech2").taps("确认停用")


async def lifts(town: Town) -> None:
    """Let the technology centre lift the stop."""
    await town.person("tech").says("恢复产品 云阅读")
    await town.person("tech").taps("确认恢复")
