"""One filing, from a teacher's message to the announced number."""

from __future__ import annotations

import pytest

from storage.check import check
from tests.stories.filing import (
    PASTED,
    approves,
    drafts,
    opines,
    registers,
    reviews,
    sends,
    signs,
    submits,
)
from tests.stories.town import Somebody, Town, turn_to

NUMBER = "温教进校备〔2026〕0302A0001号"


@pytest.mark.covers("R11", "R47", "R79")
async def test_a_filing_travels_from_the_teacher_s_message_to_the_school_s_group(
    town: Town, teacher: Somebody, principal: Somebody
) -> None:
    await registers(town)
    await teacher.sees(NUMBER)
    await principal.sees(NUMBER)
    await teacher.taps("发公告")
    (told,) = await town.group()
    assert NUMBER in told and "不向学生和家长收费" in told and "138" not in told
    assert town.bot.ledger.call(lambda tx: check(tx, town.clock.now())) == []


@pytest.mark.covers("R1")
async def test_the_teacher_sees_the_route_its_clauses_and_the_days_before_sending(
    town: Town, teacher: Somebody
) -> None:
    await drafts(town)
    await teacher.sees("由基教处牵头审批（三（一）2）")
    await teacher.sees("法规处（三（一）2）")
    await teacher.sees("预计15个工作日（内部办理时限")
    await teacher.sees("138****2345")
    await teacher.does_not_see("13857712345")


async def test_the_principal_sees_the_route_its_clauses_and_the_days_before_signing(
    town: Town, principal: Somebody
) -> None:
    await sends(town, PASTED.replace("不需要经费", "企业赠送"))
    await principal.sees(
        "由基教处（三（一）2）牵头，法规处、教育教学研究院、教育技术中心（三（一）2）、"
        "计财处（三（二）3）会审。预计15个工作日（内部办理时限）。"
    )


@pytest.mark.covers("R96")
async def test_only_the_principal_s_own_account_signs(town: Town, teacher: Somebody) -> None:
    await sends(town)
    assert "逐条确认并签署" not in await teacher.live_buttons()
    await town.person("lin").sees("请您签署：云阅读")


@pytest.mark.covers("R15", "R16", "R96")
async def test_the_four_declarations_are_confirmed_one_by_one_each_with_its_own_time(
    town: Town, principal: Somebody
) -> None:
    await sends(town)
    await principal.taps("逐条确认并签署")
    for seconds in (10, 20, 30, 40):
        await turn_to(town, town.clock.now().replace(second=seconds))
        await principal.taps("属实")
    await principal.taps("签署提交")

    def times(tx):  # type: ignore[no-untyped-def]
        from sqlalchemy import select

        from storage import tables as t

        rows = tx.execute(select(t.declaration.c.at).order_by(t.declaration.c.no))
        return [at.second // 10 for (at,) in rows]  # the clock runs on while they tap

    assert town.bot.ledger.call(times) == [1, 2, 3, 4]


@pytest.mark.covers("R24", "R29")
async def test_every_desk_gets_its_own_criteria_and_nobody_else_s(town: Town) -> None:
    await submits(town)
    legal = town.person("legal")
    await legal.sees("侵权、反动、暴力、涉黄、其他有害内容")
    await legal.does_not_see("课堂应用")
    await town.person("research").does_not_see("侵权")
    await town.person("tech").sees("教APP备3301234号（已核验）")


@pytest.mark.covers("R29")
async def test_opinions_stay_hidden_from_the_other_desks_until_the_lead_decides(town: Town) -> None:
    await submits(town)
    await opines(town, "legal", "均未发现")
    await town.person("tech").does_not_see("均未发现")
    await opines(town, "research", "可用")
    await opines(town, "tech", "通过")
    await town.person("basic").sees("法规处 均未发现；教育教学研究院 可用；教育技术中心 通过")


@pytest.mark.covers("R75", "R76")
async def test_approving_takes_two_taps(town: Town) -> None:
    await reviews(town)
    lead = town.person("basic")
    await lead.taps("均符合，同意")
    await town.person("tech2").does_not_see("待备案登记")
    await lead.taps("确认")
    await town.person("tech2").sees("待备案登记")


@pytest.mark.covers("R98")
async def test_the_number_shown_before_registering_is_the_number_issued(town: Town) -> None:
    await approves(town)
    await town.person("tech").sees(f"登记后编号将为 {NUMBER}")
    await town.person("tech").taps("登记并发号")
    await town.person("chen").sees(f"备案号 {NUMBER}")


async def test_a_colleague_s_card_is_redrawn_when_one_of_a_desk_has_decided(town: Town) -> None:
    await submits(town)
    colleague = town.person("legal2")
    assert "均未发现" in await colleague.live_buttons()
    await opines(town, "legal", "均未发现")
    assert "均未发现" not in await colleague.live_buttons()
    await colleague.sees("均未发现 · 法规legal")


async def test_the_announcement_reaches_each_group_once_whoever_taps(
    town: Town, teacher: Somebody, principal: Somebody
) -> None:
    await registers(town)
    await teacher.taps("发公告")
    assert "发公告" not in await principal.live_buttons()
    assert len(await town.group()) == 1


async def test_a_principal_may_file_alone(principal: Somebody, on_dingtalk: frozenset[str]) -> None:
    await principal.says("备案")
    await principal.taps("应用")
    await principal.sees("填好发回即可" if on_dingtalk else "请发应用名称")


async def test_the_signature_asks_the_desks_in_working_hours_only(town: Town) -> None:
    await turn_to(town, town.clock.now().replace(hour=12))  # 20:00 in Wenzhou
    await sends(town)
    await town.person("lin").does_not_see("请您签署")
    await turn_to(town, town.clock.now().replace(day=13, hour=0, minute=41))  # 08:41 next day
    await town.person("lin").sees("请您签署：云阅读")
    await signs(town)
    await town.person("legal").sees("应用内容审查")


async def test_a_registered_product_is_shown_with_the_year_it_ends_before_a_new_filing(
    town: Town, teacher: Somebody
) -> None:
    await registers(town)
    for words in ("新建备案", "应用", "云阅读"):
        await teacher.says(words)
    await teacher.sees("温教进校备〔2026〕0302A0001号，有效期至2028年8月31日（周四）")


async def test_the_progress_of_a_registered_filing_names_its_number(
    town: Town, teacher: Somebody
) -> None:
    await registers(town)
    await teacher.says("进度")
    assert f"云阅读：已备案，{NUMBER}" in await teacher.last()
