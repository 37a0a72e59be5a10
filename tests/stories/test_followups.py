"""After the number: acceptance, audit, guidance, evaluation, and cases the school lets be seen."""

from __future__ import annotations

from datetime import datetime

import pytest

from storage.check import check
from tests.stories.filing import registers
from tests.stories.test_figures import opens, sheets
from tests.stories.test_terminals import approved
from tests.stories.town import Town, turn_to

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
CASE = "26-0302-0001"
NUMBER = "温教进校备〔2026〕0302A0001号"
JUNE = datetime.fromisoformat("2026-06-12T10:00:00+08:00")


async def devices(city: Town) -> None:
    """Take devices of the county's primary school to their number."""
    await approved(city)
    await city.person("tech2").taps("登记并发号")


async def hands_in(city: Town, at: str = "06-12T10:00") -> None:
    """Let the teacher hand an acceptance in, in June."""
    await turn_to(city, datetime.fromisoformat(f"2026-{at}:00+08:00"))
    teacher = city.person("chen")
    await teacher.says(f"验收 {CASE}")
    await teacher.says("采购3月20日，验收6月1日，合格")
    await teacher.uploads("acceptance")
    await teacher.taps("提交验收")


@pytest.mark.covers("R30", "R35", "R44", "R64")
async def test_devices_are_accepted_and_the_audit_follows(city: Town) -> None:
    await devices(city)
    await hands_in(city)
    tech = city.person("tech")
    await tech.sees("平板教学项目｜验收确认")
    await tech.sees("2026年6月1日（周一）")
    await tech.taps("确认验收")
    await city.person("chen").sees("的验收已由")
    finance = city.person("finance")
    await finance.sees("已验收，请安排经费审计（三（二）3）")
    await finance.says("审计清单")
    await finance.sees("超过100000元、尚未审计1件")
    await finance.says(f"审计 {CASE} 6月12日 未见问题")
    await finance.sees("已记录经费审计：未见问题，2026年6月12日（周五）")
    await finance.says("审计清单")
    await finance.sees("没有超过100000元而尚未审计的项目")
    await city.person("chen").says(f"进度 {CASE}")
    await city.person("chen").sees("经费审计：未见问题，2026年6月12日（周五）")
    assert city.bot.ledger.call(lambda tx: check(tx, city.clock.now())) == []


@pytest.mark.covers("R71")
@ON_SQLITE
async def test_what_was_bought_before_it_was_approved_has_to_be_explained(city: Town) -> None:
    await devices(city)
    await turn_to(city, JUNE)
    teacher = city.person("chen")
    await teacher.says("验收")
    await teacher.says("采购3月1日，验收6月1日，合格")
    await teacher.sees(
        "集体决策的日期2026年3月5日（周四）晚于采购的日期2026年3月1日（周日），请说明原因"
    )
    await teacher.sees("早于审批同意的日期2026年3月12日（周四），请说明原因。（依据四（二））")
    await teacher.says("当时为租用样机，正式采购在3月20日")
    await teacher.uploads("acceptance")
    await teacher.says("交验收")
    await city.person("tech").sees("日期先后，学校说明：当时为租用样机")


@ON_SQLITE
async def test_an_acceptance_without_papers_or_dates_is_not_taken(city: Town) -> None:
    await devices(city)
    await turn_to(city, JUNE)
    teacher = city.person("chen")
    await teacher.says(f"验收 {CASE}")
    await teacher.says("都好了")
    await teacher.sees("没有认出两个日期和结果")
    await teacher.says("采购3月20日，验收6月1日，合格")
    await teacher.taps("提交验收")
    await teacher.sees("还没有收到验收材料")
    assert await city.person("tech").live_buttons() & {"确认验收"} == set()


@ON_SQLITE
async def test_the_technical_desk_asks_back_once(city: Town) -> None:
    await devices(city)
    await hands_in(city)
    tech, teacher = city.person("tech"), city.person("chen")
    await tech.taps("请学校补充")
    await tech.says("请补设备清单")
    await teacher.sees("的验收请补充：请补设备清单")
    await teacher.says("待办")
    await teacher.sees("验收待补充")
    await teacher.says("1")
    await teacher.sees("上次要求：请补设备清单")
    await teacher.says("采购3月20日，验收6月2日，合格")
    await teacher.sees("已收到材料1份")
    await teacher.uploads("acceptance")
    await teacher.says("交验收")
    await tech.says("待办")
    await tech.sees("待确认验收")


@ON_SQLITE
async def test_another_department_can_neither_confirm_nor_audit(city: Town) -> None:
    await devices(city)
    await hands_in(city)
    key = await city.phones.key_of("tech", "确认验收")
    await city.phones.tap_raw("finance", key)
    await city.person("finance").sees("验收由教育技术中心的审核人办理（三（二）8）")
    await city.person("tech").says(f"审计 {CASE} 6月12日 未见问题")
    await city.person("tech").sees("经费审计由计财处的审核人办理（三（二）3）")
    await city.person("next").says(f"审计 {CASE} 6月12日 未见问题")
    await city.person("next").sees("没有找到这件备案")


@pytest.mark.covers("R64")
@ON_SQLITE
async def test_acceptance_and_audit_climb_their_ladders_up_to_who_heads_them(city: Town) -> None:
    await devices(city)
    teacher, principal, finance = city.person("chen"), city.person("lin"), city.person("finance")

    async def morning(day: str) -> None:
        await turn_to(city, datetime.fromisoformat(f"2026-{day}T09:00:00+08:00"))

    await morning("06-05")
    await teacher.does_not_see("验收")
    await morning("06-08")
    await teacher.sees("尚未收到验收材料（6月9日（周二）到时限）")
    await teacher.taps("办第1件")
    await teacher.sees("请发采购（或启用）日期、验收日期和结果")
    await morning("06-09")
    await teacher.sees("验收待办（今天到时限）")
    # Days of silence cost nobody several cards: the rung of today is told.
    await principal.does_not_see("早上好")
    await morning("06-12")
    await principal.sees("验收待办（已超3个工作日）")
    await morning("06-15")
    assert (await teacher.screen()).count("早上好") == 2
    assert (await principal.screen()).count("早上好") == 1
    await hands_in(city, at="06-15T10:00")
    await city.person("tech").taps("确认验收")
    await morning("09-04")
    await finance.does_not_see("经费审计尚未收到结论")
    await morning("09-07")
    await finance.sees("经费审计尚未收到结论：26-0302-0001 平板教学项目（9月8日（周二）到时限）")


@ON_SQLITE
async def test_a_finding_of_the_audit_reaches_the_school(city: Town) -> None:
    await devices(city)
    finance = city.person("finance")
    await finance.says(f"审计 {CASE}")
    await finance.sees("请发审计日期和结论")
    await finance.says("3月12日，有问题，合同与发票不符")
    await city.person("lin").sees("经费审计发现问题，合同与发票不符")


@pytest.mark.covers("R53", "R55", "R56")
@ON_SQLITE
async def test_research_notes_guidance_and_an_evaluation_that_the_lead_sees(town: Town) -> None:
    await registers(town)
    research = town.person("research")
    await research.says(f"课堂指导 {CASE} 听课2节，建议分组使用")
    await town.person("chen").sees("课堂应用指导：听课2节，建议分组使用")
    await research.says(f"评估 {CASE} 很好")
    await research.sees("请在办件号后写结果：部分达到预期、未达到预期、达到预期")
    await research.says(f"评估 {CASE} 达到预期 分层练习较好")
    await research.sees("申报的应用方向还有精准教学，课堂上是否见到？")
    await town.person("basic").does_not_see("教研评估")
    await research.says("精准教学未见到")
    await town.person("basic").sees("教研评估：达到预期，分层练习较好；应用方向：精准教学未见到")
    await town.person("legal").says(f"评估 {CASE} 达到预期")
    await town.person("legal").sees("评估由教育教学研究院的审核人办理（三（二）6）")
    await town.person("chen").says(f"进度 {CASE}")
    await town.person("chen").sees("评估：达到预期，分层练习较好；应用方向：精准教学未见到")
    await research.says("今年情况")
    _, content = await opens(research, "book")
    assert sheets(content)["成效"][1:] == [
        ("2026", "鹿城区教育局", NUMBER, "瓯江实验小学", "云阅读", "评估", "达到预期，分层练习较好",
         "精准教学未见到"),
    ]  # fmt: skip


@pytest.mark.covers("R6", "R13", "R57")
@ON_SQLITE
async def test_a_typical_case_is_listed_only_when_the_school_agrees(town: Town) -> None:
    await registers(town)
    research, principal = town.person("research"), town.person("lin")
    await research.says(f"典型案例 {CASE} 分级阅读有成效")
    await research.says("案例清单")
    await research.sees("还没有学校同意公开的典型案例")
    await principal.sees("公开前会删去学生信息。是否同意公开？")
    await principal.taps("同意公开")
    await research.sees("的典型案例，学校已同意公开")
    await research.says("案例清单")
    await research.sees("瓯江实验小学｜云阅读｜温教进校备〔2026〕0302A0001号｜分级阅读有成效")
    _, content = await opens(research, "book")
    assert sheets(content)["典型案例"][1:] == [("瓯江实验小学", "云阅读", NUMBER, "分级阅读有成效")]
    head = town.person("tech")
    await head.says("2026年3月情况摘要")
    _, page = await opens(head, "summary")
    assert "典型案例" in page.decode() and "分级阅读有成效" in page.decode()
    assert "除学校同意公开的典型案例外" in page.decode()
    await head.says("2026年2月情况摘要")
    _, page = await opens(head, "summary")
    assert "典型案例" not in page.decode()


@pytest.mark.covers("R54")
@ON_SQLITE
async def test_school_and_research_link_a_filing_to_a_topic_of_research(city: Town) -> None:
    await registers(city)
    teacher, research = city.person("chen"), city.person("research")
    await teacher.says(f"课题 {CASE}")
    await teacher.sees("请在办件号后写课题名称")
    await teacher.says(f"课题 {CASE} 《分级阅读研究》")
    await teacher.sees("已登记课题“分级阅读研究”（三（二）6）")
    await research.says(f"课题 {CASE} 分级阅读研究")
    await research.sees("已登记课题“分级阅读研究”。")
    await research.says(f"课题 {CASE} 智慧教学案例研究")
    await city.person("legal").says(f"课题 {CASE} 别的研究")
    await city.person("legal").sees("课题由教育教学研究院的审核人办理（三（二）6）")
    await city.person("next").says(f"课题 {CASE} 别的研究")
    await city.person("next").sees("没有找到这件备案")
    await teacher.says("课题清单")
    await teacher.sees(f"{CASE} 瓯江实验小学 云阅读：分级阅读研究")
    await research.says("今年情况")
    _, content = await opens(research, "book")
    assert [row[-1] for row in sheets(content)["课题"][1:]] == ["分级阅读研究", "智慧教学案例研究"]
    assert city.bot.ledger.call(lambda tx: check(tx, city.clock.now())) == []
