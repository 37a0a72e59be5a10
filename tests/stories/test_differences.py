"""Who looks again sees what changed since they sent it back, and nothing has to be read anew."""

from __future__ import annotations

import pytest

from storage.check import check
from tests.stories.filing import opines, returns, reviews, signs, submits
from tests.stories.town import Somebody, Town, pdf

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
OVERVIEW = "每周两次使用云阅读开展分级阅读，由语文组组织实施，预期学生月阅读量提高。"


async def test_fields_and_papers_that_changed_stand_on_the_card(
    town: Town, teacher: Somebody
) -> None:
    await submits(town)
    await returns(town, "tech", "请补充使用频次，手机换一个")
    await teacher.taps("去补正")
    await teacher.says(f"修改 项目概况 {OVERVIEW}")
    await teacher.says("修改 手机号码 13857700000")
    await town.phones.uploads("chen", [("plan", "实施方案第二稿.pdf", pdf("second"))])
    await teacher.says("交回")
    tech = town.person("tech")
    await tech.sees("项目概况 为提升阅读兴趣，学校拟在四至六年级使用云阅读开展… → 每周两次")
    await tech.sees("实施方案更换为“实施方案第二稿.pdf”")
    await tech.sees("本次变化：手机号码已更新；")
    await tech.does_not_see("13857700000")
    await town.person("legal").does_not_see("本次变化")
    assert town.bot.ledger.call(lambda tx: check(tx, town.clock.now())) == []


@ON_SQLITE
async def test_what_was_handed_back_unchanged_says_so(town: Town, teacher: Somebody) -> None:
    await reviews(town)
    await returns_by_lead(town)
    await teacher.taps("去补正")
    await teacher.taps("交回")
    await town.person("basic").sees("本次变化：填写内容和材料没有改动。")


async def returns_by_lead(town: Town) -> None:
    """Let the lead send it back."""
    lead = town.person("basic")
    await lead.taps("退回补正")
    await lead.says("3 请写明推进安排")
    await lead.taps("发出")


@ON_SQLITE
async def test_the_lead_sees_the_changes_since_its_own_return(
    town: Town, teacher: Somebody
) -> None:
    await reviews(town)
    await returns_by_lead(town)
    await teacher.taps("去补正")
    await town.phones.uploads("chen", [("guardian", "告知书.pdf", pdf("letter"))])
    await teacher.says("交回")
    lead = town.person("basic")
    await lead.sees("上次要求：可行性：请写明推进安排")
    await lead.sees("新增“告知书.pdf”")


@ON_SQLITE
async def test_facts_signed_anew_are_named_to_the_desks_that_were_not_done(
    town: Town, teacher: Somebody
) -> None:
    await submits(town)
    await returns(town, "tech", "人数与方案不一致")
    await teacher.taps("去补正")
    await teacher.says("修改 学生人数 900")
    await teacher.says("交回")
    await signs(town)
    for person in ("tech", "legal"):
        await town.person(person).sees("本次变化：学生人数 620名 → 900名。")
    await town.person("legal").does_not_see("上次要求")


@ON_SQLITE
async def test_a_desk_whose_finding_gave_way_sees_the_changes_too(
    town: Town, teacher: Somebody
) -> None:
    await submits(town)
    legal = town.person("legal")
    await legal.says("1 首页有整本教辅扫描")
    await legal.taps("建议不予通过")
    await legal.taps("确认")
    await opines(town, "research", "可用")
    await opines(town, "tech", "通过")
    await returns_by_lead(town)
    await teacher.taps("去补正")
    await teacher.says("修改 手机号码 13857700000")
    await teacher.says("交回")
    await legal.sees(
        "您处曾给过意见，学校补正后内容有变化，请重新审查。\n本次变化：手机号码已更新。"
    )
