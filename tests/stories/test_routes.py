"""Every kind of filing finds its desks: schools of the city, kindergartens, mixed projects."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from storage import tables as t
from storage.check import check
from storage.transaction import Transaction
from tests.stories.filing import confirms
from tests.stories.town import Town
from tests.stories.ways import TERMINAL_PAPERS, app, both, drafts, gives, signs, submits

LETTER = "温教进校备〔2026〕0302{}0001号"
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ADVICE = {"research": "可用", "tech": "通过"}


async def mixed(city: Town, *, early: bool = False) -> None:
    """Take devices with an application (M11) to both leads."""
    await submits(city, "chen", "lin", both("小学"), TERMINAL_PAPERS)
    await gives(city, legal="均未发现", finance="经费落实，无收费问题", basic="同意")
    if not early:
        await gives(city, **ADVICE)


@pytest.mark.covers("R26", "R50")
async def test_a_city_school_is_decided_by_the_city_s_own_desk(city: Town) -> None:
    await submits(city, "dt", "dp", app("高中"))
    await city.person("cbasic").sees("由市局直属管理处牵头审批，抄送您处知悉，不需要办理")
    await gives(city, clegal="均未发现", cresearch="可用", ctech="通过")
    await gives(city, cdirect="均符合，同意")
    await city.person("ctech").taps("登记并发号")
    await city.person("dt").sees("温教进校备〔2026〕0300A0001号")
    for elsewhere in ("legal", "basic", "tech"):
        await city.person(elsewhere).does_not_see("云阅读")
    assert city.bot.ledger.call(lambda tx: check(tx, city.clock.now())) == []


@pytest.mark.covers("R59", "R60")
@ON_SQLITE
async def test_the_city_s_kindergarten_asks_the_city_s_desk_along(city: Town) -> None:
    await submits(city, "dkt", "dky", app("幼儿园"))
    await gives(city, clegal="均未发现", cresearch="可用", ctech="通过")
    await city.person("cpre").does_not_see("审批")
    await gives(city, cdirect="同意")
    await city.person("cpre").sees(
        "请审：契合度、方案实施的必要性、可行性、科学性（依据三（二）7）"
    )
    await city.person("cpre").sees("市局直属管理处 同意")


@pytest.mark.covers("R34", "R59")
@ON_SQLITE
async def test_a_county_kindergarten_is_led_by_its_own_department(city: Town) -> None:
    await submits(city, "kt", "ky", app("幼儿园"))
    await city.person("kt").sees("已由王敏园长签署并报送")
    await gives(city, legal="均未发现", research="可用", tech="通过", pre="均符合，同意")
    await city.person("tech2").taps("登记并发号")
    await city.person("ky").sees(LETTER.format("A"))


@ON_SQLITE
async def test_one_project_with_devices_and_applications_gets_one_number_from_two_leads(
    city: Town,
) -> None:
    await mixed(city)
    await city.person("basic").sees("云阅读｜审批（应用部分）")
    await city.person("tech").sees("云阅读｜审批（移动学习终端部分）")
    await gives(city, basic="均符合，同意")
    await city.person("chen").sees("（应用部分）已由基教处同意，其余部分还在审批")
    await city.person("tech2").does_not_see("待备案登记")
    await gives(city, tech="均符合，同意")
    await city.person("tech2").taps("登记并发号")
    await city.person("chen").sees(LETTER.format("X"))


@pytest.mark.parametrize(
    ("rejects", "approves", "part", "letter"),
    [("tech", "basic", "移动学习终端部分", "A"), ("basic", "tech", "应用部分", "Z")],
)
@ON_SQLITE
async def test_the_number_covers_what_was_approved(
    city: Town, rejects: str, approves: str, part: str, letter: str
) -> None:
    await mixed(city)
    await gives(city, **{approves: "均符合，同意"})
    lead = city.person(rejects)
    await lead.taps("不予通过")
    await lead.taps("下一步", chosen={"criteria": ["feasibility"]})
    await lead.says("方案没有写明推进安排")
    await lead.taps("发出")
    await city.person("chen").sees(f"（{part}）未予通过")
    await city.person("chen").sees("已同意的部分转教育技术部门备案登记")
    await city.person("tech2").sees(f"不予通过（{part}）")
    await city.person("tech2").taps("登记并发号")
    await city.person("chen").sees(LETTER.format(letter))


@ON_SQLITE
async def test_while_one_lead_s_return_is_mended_the_other_s_card_waits(city: Town) -> None:
    await mixed(city)
    basic, tech = city.person("basic"), city.person("tech")
    await basic.taps("退回补正")
    await basic.says("3 方案没有写明推进安排")
    await basic.taps("发出")
    await tech.taps("均符合，同意")
    await tech.sees("26-0302-0001 已由另一牵头部门退回学校补正，交回后请再从这张卡片审批。")
    await city.person("chen").taps("去补正")
    await city.person("chen").taps("交回")
    await gives(city, tech="均符合，同意", basic="均符合，同意")
    await city.person("tech2").sees("待备案登记")


@ON_SQLITE
async def test_either_lead_of_a_mixed_project_may_go_ahead_of_the_advice(city: Town) -> None:
    await mixed(city, early=True)
    await city.person("basic").taps("现在就定")
    assert "现在就定" not in await city.person("tech").live_buttons()
    await city.person("tech").sees("先行决定")
    await gives(city, basic="均符合，同意", tech="均符合，同意")
    await city.person("tech2").sees("待备案登记")


@pytest.mark.covers("R90")
async def test_two_stages_with_two_leads_become_two_filings_signed_together(city: Town) -> None:
    await drafts(city, "mt", app("幼儿园和小学"))
    await city.person("mt").taps("确认，请校长签署")
    await city.person("mp").sees("一并签署：26-0302-0002")
    await signs(city, "mp")
    await city.person("mp").sees("26-0302-0001、26-0302-0002 已报送")
    for case in ("26-0302-0001", "26-0302-0002"):
        for person, verdict in (("legal", "均未发现"), ("research", "可用"), ("tech", "通过")):
            await city.person(person).taps(verdict, case=case)
            await city.person(person).taps("确认", case=case)
    await city.person("basic").sees("范围 小学，约620人")
    await gives(city, pre="均符合，同意", basic="均符合，同意")
    for _ in range(2):
        await city.person("tech").taps("登记并发号")
    await city.person("mt").sees("0302A0001号")
    await city.person("mt").sees("0302A0002号")
    assert city.bot.ledger.call(lambda tx: check(tx, city.clock.now())) == []


@ON_SQLITE
async def test_each_of_two_filings_of_one_draft_is_told_at_its_own_cost(city: Town) -> None:
    await submits(city, "mt", "mp", app("幼儿园和小学"))

    def told(tx: Transaction) -> dict[str, str | None]:
        rows = tx.execute(select(t.outbox.c.body, t.outbox.c.about)).all()
        texts = [(str(row.body.get("text")), row.about) for row in rows]
        return {text[:12]: about for text, about in texts if "签署并报送" in text}

    def of(tx: Transaction, case: str) -> str:
        filing = tx.filings.by_case(case)
        assert filing is not None
        return filing.id

    cases = ("26-0302-0001", "26-0302-0002")
    ids = {case: city.bot.ledger.call(lambda tx, case=case: of(tx, case)) for case in cases}
    assert city.bot.ledger.call(told) == ids
    await city.bot.books.run()
    first = city.bot.ledger.call(lambda tx: tx.costs.of(ids[cases[0]]))
    # On a platform without a monthly limit too; the draft's part is the first one's.
    told_by = {"wecom": "message/send", "dingtalk": "robot/oToMessages/batchSend"}
    platform = await city.phones.platform_of("mt")
    assert first.calls[platform, told_by[platform]] > first.calls[platform, "media/upload"] == 0


@ON_SQLITE
async def test_filings_of_one_draft_are_taken_back_and_signed_together_again(city: Town) -> None:
    teacher = city.person("mt")
    await drafts(city, "mt", app("幼儿园和小学"))
    await teacher.taps("确认，请校长签署")
    await teacher.says("撤回 26-0302-0002")
    await teacher.taps("取回修改")
    assert "逐条确认并签署" not in await city.person("mp").live_buttons()
    await teacher.says("修改 学生人数 600")
    await teacher.says("交回")
    await signs(city, "mp")
    await teacher.sees("26-0302-0001 “云阅读”已由mp老师校长签署")
    await teacher.sees("26-0302-0002 “云阅读”已由mp老师校长签署")


@ON_SQLITE
async def test_dropping_one_of_two_filings_leaves_the_other_to_be_signed(city: Town) -> None:
    teacher = city.person("mt")
    await drafts(city, "mt", app("幼儿园和小学"))
    await teacher.taps("确认，请校长签署")
    await teacher.says("撤回 26-0302-0001")
    await teacher.taps("确定撤回")
    await signs(city, "mp")
    await city.person("mp").sees("26-0302-0002 已报送")
    await city.person("legal").does_not_see("26-0302-0001")


@pytest.mark.covers("R3", "R62")
@ON_SQLITE
async def test_a_unit_that_is_no_school_is_coordinated_by_the_technical_centre(city: Town) -> None:
    await submits(city, "ut", "up", app(""))
    await city.person("ut").sees("已由up老师负责人签署并报送")
    await city.person("ctech").sees("实施方案合理性、先进性、可行性")
    await gives(city, ctech="均符合，同意")
    await city.person("ctech2").taps("登记并发号")
    await city.person("ut").sees("温教进校备〔2026〕0300A0001号")


@pytest.mark.covers("R36")
@ON_SQLITE
async def test_a_small_pilot_is_the_school_s_own_decision(city: Town) -> None:
    teacher = city.person("chen")
    small = app("四年级", 学生人数="80", 备案规模="小范围试点", 班级数="2", 试点学期="1")
    await teacher.says(small)
    await confirms(teacher)
    await teacher.sees("依据三（一）5，小范围试点由学校自行审查、由校长决定，不发备案号")
    await city.person("lin").does_not_see("请您签署")
    await teacher.taps("按全面备案办理")
    await teacher.says("论证3月1日，审查3月2日，会议3月5日")
    await teacher.uploads("plan", "experts", "legality", "minutes")
    await teacher.sees("由基教处牵头审批")
