"""Changes and renewals of a registered filing, from the school's wish to the register."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from sqlalchemy import insert

from handlers.listed import effects
from storage import tables as t
from storage.check import check
from storage.figures import Scope
from storage.rules.terms import Stage
from tests.stories.filing import opines, registers, signs
from tests.stories.town import SCHOOL, TENANT, Town, turn_to
from tests.stories.ways import app, gives, submits

CASE, CHANGE = "26-0302-0001", "26-0302-0002"
NUMBER = "温教进校备〔2026〕0302A0001号"
LATER = datetime.fromisoformat("2026-03-13T10:00:00+08:00")
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def announced(town: Town) -> None:
    """Take a filing to its announced number, some time before the story."""
    await registers(town)
    await town.person("chen").taps("发公告")
    await turn_to(town, LATER)


async def widens(town: Town) -> None:
    """Let the teacher send a change of scope to the principal, and the principal sign it."""
    teacher = town.person("chen")
    await teacher.says(f"变更 {CASE}")
    await teacher.taps("范围扩大")
    await teacher.says("三至六年级，约900人")
    await teacher.says("三年级也开始分级阅读")
    await teacher.uploads("plan")
    await teacher.taps("确认，请校长签署")
    await town.person("lin").sees("学生人数 620名改为900名")
    await signs(town)


def original(town: Town):  # type: ignore[no-untyped-def]
    filing = town.bot.ledger.call(lambda tx: tx.filings.by_case(CASE))
    assert filing is not None
    return filing


@pytest.mark.covers("R11")
async def test_a_wider_scope_is_reviewed_by_whom_it_concerns_and_goes_into_the_original(
    town: Town,
) -> None:
    await announced(town)
    await widens(town)
    await town.person("chen").says(f"进度 {CASE}")
    await town.person("chen").sees(f"云阅读：已备案（变更中），{NUMBER}")
    await town.person("research").sees("云阅读（变更：范围扩大）｜课堂应用意见")
    for nobody in ("legal", "tech"):
        await town.person(nobody).does_not_see("范围扩大")
    assert original(town).stage is Stage.REGISTERED
    await opines(town, "research", "可用")
    await town.person("basic").sees(f"变更原备案 {CASE}（{NUMBER}）：使用学段 ")
    await opines(town, "basic", "均符合，同意")
    await town.person("tech2").sees(f"登记后编号将为 {NUMBER}（编号不变）")
    await town.person("tech2").taps("登记并发号")
    await town.person("chen").sees(f"{CHANGE} 变更已登记，并入 {CASE}，备案号 {NUMBER} 不变")
    filing = original(town)
    assert (filing.answers["students"], filing.title, filing.number) == (900, "云阅读", NUMBER)
    await town.person("lin").taps("发公告")
    told = await town.group()
    assert len(told) == 2 and "备案内容有变更（范围扩大）" in told[1] and NUMBER in told[1]
    assert town.bot.ledger.call(lambda tx: check(tx, town.clock.now())) == []


@on_sqlite
async def test_only_what_concerns_the_change_is_asked(town: Town) -> None:
    await announced(town)
    teacher = town.person("chen")
    await teacher.says(f"变更 {CASE} 重大版本")
    await teacher.sees("只填与此有关的内容，其余按原备案 26-0302-0001")
    assert "信息" in await teacher.last()
    await teacher.taps("选好了", chosen={"data": ["none"]})
    await teacher.says("5.0版，新增朗读评测")
    await teacher.says("开发者已停止旧版服务")
    await teacher.sees("确认，请校长签署")
    await teacher.taps("确认，请校长签署")
    await signs(town)
    await town.person("legal").sees("云阅读（变更：重大版本）｜应用内容审查")
    await town.person("tech").sees("版本说明 5.0版，新增朗读评测")
    await town.person("research").does_not_see("重大版本")


@on_sqlite
async def test_a_change_of_fees_waits_for_finance_alone(town: Town) -> None:
    await announced(town)
    teacher = town.person("chen")
    await teacher.says(f"变更 {CASE} 收费变化")
    await teacher.says("不需要经费")
    await teacher.taps("选好了", chosen={"free": ["none"]})
    await teacher.says("开发者改为完全免费")
    await teacher.taps("确认，请校长签署")
    await signs(town)
    await town.person("legal").does_not_see("收费变化")
    await town.person("finance").sees("云阅读（变更：收费变化）｜经费与收费审查")
    assert "均符合，同意" not in await town.person("basic").live_buttons()


@on_sqlite
async def test_another_product_goes_the_whole_way_and_keeps_the_number(town: Town) -> None:
    await announced(town)
    teacher = town.person("chen")
    await teacher.says(f"变更 {CASE} 更换产品")
    await teacher.says("口算小能手")
    await teacher.says(
        "为提升计算兴趣，学校拟改用口算小能手，由数学组组织实施，预期计算正确率提高。"
    )
    await teacher.taps("选好了", chosen={"data": ["none"]})
    await teacher.taps("选好了", chosen={"free": ["none"]})
    await teacher.taps("选好了", chosen={"fair": ["none", "product_no:yes"]})
    await teacher.says("教APP备3305678号")
    await teacher.says("论证3月1日，审查3月2日，会议3月5日")
    await teacher.says("原产品停止服务")
    await teacher.uploads("plan", "experts", "legality", "minutes", "product_no")
    await teacher.taps("确认，请校长签署")
    await signs(town)
    for person, verdict in (("legal", "均未发现"), ("research", "可用"), ("tech", "通过")):
        await opines(town, person, verdict)
    await opines(town, "basic", "均符合，同意")
    await town.person("tech2").taps("登记并发号")
    filing = original(town)
    assert (filing.title, filing.number) == ("口算小能手", NUMBER)
    assert filing.product_key == "name:口算小能手"


@on_sqlite
async def test_one_change_at_a_time_and_what_was_refused_changes_nothing(town: Town) -> None:
    await announced(town)
    await widens(town)
    await town.person("chen").says(f"变更 {CASE}")
    await town.person("chen").sees(f"的变更正在办理（{CHANGE}，范围扩大）")
    await opines(town, "research", "可用")
    await town.person("basic").taps("不予通过")
    await town.person("basic").taps("下一步", chosen={"criteria": ["necessity"]})
    await town.person("basic").says("人数太多")
    await town.person("basic").taps("发出")
    assert original(town).answers["students"] == 620
    await town.person("chen").says(f"变更 {CASE}")
    await town.person("chen").sees("变更哪一项")


@on_sqlite
async def test_a_change_that_was_returned_is_mended_and_still_narrow(town: Town) -> None:
    await announced(town)
    await widens(town)
    await opines(town, "research", "可用")
    await town.person("basic").says(f"退回 {CHANGE} 请说明三年级安排")
    await town.person("basic").taps("发出")
    await town.person("chen").taps("去补正")
    await town.person("chen").says("修改 学生人数 880")
    await town.person("chen").says("交回")
    await signs(town)
    await town.person("legal").does_not_see("范围扩大")
    filing = town.bot.ledger.call(lambda tx: tx.filings.by_case(CHANGE))
    assert filing is not None and filing.title == "云阅读（变更：范围扩大）"
    assert [seat.desk.value for seat in filing.seats] == ["research"]


@on_sqlite
async def test_another_lead_s_stage_is_no_change_but_a_new_filing(city: Town) -> None:
    await submits(city, "mt", "mp", app("小学", 项目负责人="我"))
    await gives(city, legal="均未发现", research="可用", tech="通过")
    await gives(city, basic="均符合，同意")
    await city.person("tech2").taps("登记并发号")
    await city.person("mt").says(f"变更 {CASE} 范围扩大")
    await city.person("mt").says("幼儿园，约300人")
    await city.person("mt").sees("改后应由其他部门牵头（三（一）），不能作为变更办理")


# --- another person in charge --------------------------------------------------------------------


def another_teacher(town: Town) -> None:
    def write(tx):  # type: ignore[no-untyped-def]
        tx.execute(insert(t.person).values(id="zhao", name="赵敏"))
        tx.execute(
            insert(t.post).values(
                tenant=TENANT, unit_code=SCHOOL, person_id="zhao", role="owner",
                valid_from=date(2026, 1, 1),
            )
        )  # fmt: skip

    town.bot.ledger.call(write)


@on_sqlite
async def test_another_person_in_charge_is_recorded_on_the_principal_s_word(town: Town) -> None:
    another_teacher(town)
    await announced(town)
    await town.person("chen").says(f"变更 {CASE}")
    await town.person("chen").taps("负责人")
    await town.person("chen").says("赵老师")
    await town.person("chen").sees("没有对上“赵老师”，名单中有：赵敏")
    await town.person("chen").says("赵敏")
    await town.person("chen").sees("确认后直接登记，在此之前负责人不变")
    assert original(town).project_owner_id == "chen"
    await town.person("lin").taps("确认")
    await town.person("lin").says("13900001111")
    await town.person("chen").sees("项目负责人已由陈晓变更为赵敏，编号不变")
    filing = original(town)
    assert (filing.project_owner_id, filing.stage) == ("zhao", Stage.REGISTERED)
    await town.person("lin").says(f"同意担任 {CASE}")
    await town.person("lin").sees("现在没有等您确认的负责人变更")
    assert town.bot.ledger.call(lambda tx: check(tx, town.clock.now())) == []


@on_sqlite
async def test_who_is_not_asked_confirms_nobody(town: Town) -> None:
    another_teacher(town)
    await announced(town)
    await town.person("chen").says(f"变更 {CASE} 负责人")
    await town.person("chen").says("赵敏")
    for somebody in ("chen", "basic"):
        await town.person(somebody).says(f"同意担任 {CASE}")
        await town.person(somebody).sees("负责人变更由新的负责人本人或校长确认")
    await town.person("lin").says(f"不担任 {CASE}")
    await town.person("chen").sees("林校长没有确认，负责人不变")
    assert original(town).project_owner_id == "chen"


# --- 续期 ----------------------------------------------------------------------------------------


async def renews(town: Town, version: str = "没有") -> None:
    teacher = town.person("chen")
    await teacher.says("学生月均阅读量由3本增加到6本")
    await teacher.taps(version)
    await teacher.taps("确认，请校长签署")
    await signs(town)


@on_sqlite
async def test_a_renewal_is_open_in_its_time_only(town: Town) -> None:
    await announced(town)
    await town.person("chen").says(f"续期 {CASE}")
    await town.person("chen").sees("还没到续期时间，2028年6月")
    await turn_to(town, datetime.fromisoformat("2028-07-03T10:00:00+08:00"))
    await town.person("chen").says(f"进度 {CASE}")
    await town.person("chen").taps("续期")
    await town.person("chen").sees("登记以来的实际成效如何")
    await turn_to(town, datetime.fromisoformat("2028-11-20T10:00:00+08:00"))
    await town.person("lin").says(f"续期 {CASE}")
    await town.person("lin").sees("已过续期时间")


@pytest.mark.covers("R10", "R58")
async def test_an_expired_filing_is_renewed_by_the_lead_with_its_effect_and_keeps_its_number(
    town: Town,
) -> None:
    await announced(town)
    await turn_to(town, datetime.fromisoformat("2028-09-04T10:00:00+08:00"))
    assert original(town).stage is Stage.EXPIRED
    await town.person("chen").taps("续期")
    await renews(town)
    # the content was reviewed more than twelve months ago
    await opines(town, "legal", "均未发现")
    await opines(town, "tech", "通过")
    await town.person("research").does_not_see("续期")
    await town.person("basic").sees("实际成效 学生月均阅读量由3本增加到6本")
    await opines(town, "basic", "均符合，同意")
    await town.person("tech2").taps("登记并发号")
    await town.person("lin").sees(f"续期已登记，有效期至2031年8月31日（周日），并入 {CASE}")
    filing = original(town)
    assert (filing.stage, filing.number, filing.valid_until) == (
        Stage.REGISTERED, NUMBER, date(2031, 8, 31),
    )  # fmt: skip
    assert town.bot.ledger.call(lambda tx: effects(tx, Scope((filing.tenant,)))) == [
        ("2028", filing.tenant, NUMBER, "瓯江实验小学", "云阅读", "续期",
         "学生月均阅读量由3本增加到6本", ""),
    ]  # fmt: skip
    await town.person("chen").taps("发公告")
    assert "已续期" in (await town.group())[-1]
    assert town.bot.ledger.call(lambda tx: check(tx, town.clock.now())) == []
