"""A filing that comes back: what the school is told, and who looks again."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from storage import tables as t
from storage.check import check
from tests.stories.filing import opines, returns, reviews, sends, signs, submits
from tests.stories.town import Somebody, Town


async def test_a_return_reaches_the_school_with_exactly_what_to_mend(
    town: Town, teacher: Somebody, principal: Somebody
) -> None:
    await submits(town)
    await returns(town, "tech", "请补充账号注销方式说明")
    for person in (teacher, principal):
        await person.sees("请补充账号注销方式说明（教育技术中心，三（一）2）")


async def test_a_mended_filing_goes_back_only_to_who_returned_it(
    town: Town, teacher: Somebody
) -> None:
    await submits(town)
    await opines(town, "legal", "均未发现")
    await returns(town, "tech", "请补充账号注销方式说明")
    await teacher.taps("去补正")
    await teacher.taps("交回")
    await teacher.sees("只由提出意见的部门复看")
    await town.person("tech").sees("学校已补正后交回。上次要求：请补充账号注销方式说明")
    assert "均未发现" not in await town.person("legal").live_buttons()
    await opines(town, "tech", "通过")
    await opines(town, "research", "可用")
    await town.person("basic").sees("会审意见：法规处 均未发现")


@pytest.mark.covers("R49")
async def test_a_lead_s_return_names_its_criteria_and_comes_back_to_the_lead(
    town: Town, teacher: Somebody
) -> None:
    await reviews(town)
    lead = town.person("basic")
    await lead.taps("退回补正")
    await lead.taps("下一步", chosen={"criteria": ["feasibility"]})
    await lead.says("方案没写怎么分班推进")
    await lead.taps("发出")
    await teacher.sees("可行性：方案没写怎么分班推进（基教处，三（一）2）")
    await teacher.taps("去补正")
    await teacher.taps("交回")
    await lead.sees("上次要求：可行性：方案没写怎么分班推进")
    assert "均符合，同意" in await lead.live_buttons()


async def test_a_rejection_names_its_reason_its_clause_and_the_way_to_appeal(
    town: Town, teacher: Somebody
) -> None:
    await reviews(town)
    lead = town.person("basic")
    await lead.taps("不予通过")
    await lead.taps("下一步", chosen={"criteria": ["necessity"]})
    await lead.says("已有两款同类应用")
    await lead.taps("发出")
    await teacher.sees("未予通过（三（一）2）。理由：必要性：已有两款同类应用")
    await teacher.sees("可在10个工作日内")


async def test_a_declaration_that_does_not_hold_goes_back_to_the_teacher(
    town: Town, teacher: Somebody, principal: Somebody
) -> None:
    await sends(town)
    await principal.taps("逐条确认并签署")
    await principal.taps("不属实")
    await principal.taps("应用内付费")
    await teacher.sees(
        "“不直接或间接收取任何费用”不属实：应用内付费。建议请企业关闭学生端付费入口后再报送（校长）"
    )
    await town.person("legal").does_not_see("云阅读")


async def test_the_principal_hands_it_back_with_a_reason_and_signs_the_mended_one(
    town: Town, teacher: Somebody, principal: Somebody
) -> None:
    await sends(town)
    await principal.taps("退给经办")
    await principal.says("概况请写得更具体")
    await teacher.sees("概况请写得更具体（校长）")
    await teacher.taps("去补正")
    await teacher.says("修改 学生人数 600")
    await teacher.says("交回")
    await principal.sees("约600人")
    await signs(town)
    await town.person("legal").sees("约600人")


async def test_changed_scope_must_be_signed_again(
    town: Town, teacher: Somebody, principal: Somebody
) -> None:
    await submits(town)
    await returns(town, "tech", "人数与方案不一致")
    await teacher.taps("去补正")
    await teacher.says("修改 学生人数 900")
    await teacher.says("交回")
    await teacher.sees("已请校长重新确认")
    await signs(town)
    await town.person("tech").sees("约900人")


async def test_a_card_drawn_before_the_facts_changed_is_drawn_anew(
    town: Town, teacher: Somebody
) -> None:
    await submits(town)
    tech, legal = town.person("tech"), town.person("legal")
    await tech.says("退回 26-0302-0001 人数与方案不一致")
    await tech.says("发出")
    await legal.taps("均未发现")
    await teacher.taps("去补正")
    await teacher.says("修改 学生人数 900")
    await teacher.says("交回")
    await signs(town)
    await legal.sees("约900人")
    await legal.taps("确认")
    await legal.sees("26-0302-0001 已经有了变化，请看最新的一张卡片。您的点选未计入。")
    await opines(town, "legal", "均未发现")
    await legal.sees("已记录“均未发现”")


async def test_what_was_said_of_another_product_gives_way(
    town: Town, teacher: Somebody, principal: Somebody
) -> None:
    town.bot.ledger.call(
        lambda tx: tx.execute(
            insert(t.product).values(
                id="p2", name="云悦读", folded="云悦读", developer="某公司",
                product_no="教APP备3300002号", kind="app",
            )
        )
    )  # fmt: skip
    await submits(town)
    await opines(town, "legal", "均未发现")
    tech = town.person("tech")
    await tech.says("退回 26-0302-0001 产品选错了")
    await tech.says("发出")
    await teacher.taps("去补正")
    await teacher.says("修改 项目名称 云悦读")
    await teacher.says("交回")
    await teacher.sees("产品已更换，由各部门重新审查")
    await principal.taps("逐条确认并签署")
    assert "云悦读" in (await principal.last())
    for _ in range(4):
        await principal.taps("属实")
    await principal.taps("签署提交")
    await town.person("legal").sees("您处曾给过意见，学校补正后内容有变化，请重新审查。")
    for person, verdict in (("research", "可用"), ("tech", "通过")):
        await opines(town, person, verdict)
    await town.person("basic").does_not_see("云悦读｜审批")
    await opines(town, "legal", "均未发现")
    await opines(town, "basic", "均符合，同意")
    await town.person("tech2").taps("登记并发号")
    await teacher.sees("温教进校备〔2026〕0302A0001号")
    found = town.bot.ledger.call(lambda tx: check(tx, town.clock.now()))
    assert found == []


@pytest.mark.covers("R42")
async def test_a_finding_of_harm_bars_the_approval(town: Town) -> None:
    await submits(town)
    legal = town.person("legal")
    await legal.taps("有发现")
    await legal.taps("下一步", chosen={"criteria": ["infringement"]})
    await legal.says("首页有整本教辅扫描")
    await legal.taps("建议不予通过")
    await legal.taps("确认")
    await opines(town, "research", "可用")
    await opines(town, "tech", "通过")
    lead = town.person("basic")
    await lead.sees("法规处 有发现（侵权），首页有整本教辅扫描，建议不予通过")
    await lead.taps("均符合，同意")
    await lead.taps("确认")
    await lead.sees("不能同意，可以退回或不予通过")


async def test_the_lead_may_decide_while_only_advice_is_out(town: Town) -> None:
    await submits(town)
    await opines(town, "legal", "均未发现")
    lead = town.person("basic")
    await lead.taps("现在就定")
    assert "可用" not in await town.person("research").live_buttons()
    await town.person("research").sees("先行决定")
    await opines(town, "basic", "均符合，同意")
    await town.person("tech").sees("待备案登记")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_there_is_nothing_to_go_ahead_of_when_the_last_opinion_is_in(town: Town) -> None:
    await submits(town)
    await opines(town, "legal", "均未发现")
    lead = town.person("basic")
    assert "现在就定" in await lead.live_buttons()
    await opines(town, "research", "可用")
    await opines(town, "tech", "通过")
    assert "现在就定" not in await lead.live_buttons()
    await lead.sees("会审已齐")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("word", ["继续", "交回"])
async def test_nothing_is_left_to_mend_when_the_lead_did_not_wait(
    town: Town, teacher: Somebody, word: str
) -> None:
    await submits(town)
    await opines(town, "legal", "均未发现")
    await town.person("tech").says("退回 26-0302-0001 请补充说明")
    await town.person("tech").says("发出")
    await teacher.taps("去补正")
    await town.person("basic").taps("现在就定")
    await teacher.says(word)
    assert "这件备案没有需要补正的内容。发“进度”可以查看。" in await teacher.last()


async def test_the_same_acts_can_be_typed(town: Town, teacher: Somebody) -> None:
    await submits(town)
    legal, tech = town.person("legal"), town.person("tech")
    await legal.says("同意 26-0302-0001")
    await legal.says("确认")
    await tech.says("退回26-0302-0001 请补充注销说明")
    await tech.says("发出")
    await teacher.sees("请补充注销说明（教育技术中心")
    await tech.says("待办")
    await tech.sees("您现在没有待办")
