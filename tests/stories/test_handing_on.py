"""转办, 加签 and 退回审批部门说明: whose task it is, who is asked too, and asking the lead back."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import insert, select, update

from storage import tables as t
from storage.check import check
from tests.stories import ways
from tests.stories.filing import approves, opines, reviews, submits
from tests.stories.hands_on import live_keys
from tests.stories.test_taps import key_of, tap_raw
from tests.stories.town import Town

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
CASE = "26-0302-0001"


def sound(town: Town) -> None:
    assert town.bot.ledger.call(lambda tx: check(tx, town.clock.now())) == []


async def cards_of(town: Town, person: str) -> int:
    return sum(bool(live_keys(one)) for one in await town.phones.bubbles(person))


async def test_a_task_is_handed_to_a_colleague_and_stays_the_desk_s(town: Town) -> None:
    await submits(town)
    legal, other = town.person("legal"), town.person("legal2")
    await legal.taps("更多")
    await legal.taps("转办")
    await legal.taps("法规legal2")
    await legal.sees(f"{CASE} 的应用内容审查已转给法规legal2办理，已告知。")
    await other.sees("已转给法规legal2办理。")
    await legal.says("待办")
    assert "（已转给法规legal2）" in await legal.last()
    await opines(town, "legal", "均未发现")
    await town.person("legal").sees("已记录“均未发现”")
    sound(town)


@pytest.mark.covers("R28")
@ON_SQLITE
async def test_it_is_handed_on_by_typed_words_and_back_again(town: Town) -> None:
    await submits(town)
    legal, other = town.person("legal"), town.person("legal2")
    await legal.says(f"转办{CASE}给法规legal2老师")
    await legal.sees("已转给法规legal2办理")
    await other.says(f"转办 {CASE} 法规legal")
    await legal.sees("已转给法规legal办理。")
    await town.person("tech").says(f"转办 {CASE} 法规legal2")
    await legal.sees(f"{CASE} 的应用内容审查已由教育tech转给法规legal2办理，您不用再办。")


@ON_SQLITE
async def test_only_who_took_it_is_sent_the_next_card(town: Town) -> None:
    await reviews(town)
    lead, second = town.person("basic"), town.person("basic2")
    await lead.says(f"转办 {CASE} 基教二号")
    before = await cards_of(town, "basic")
    await second.taps("退回补正")
    await second.taps("下一步", chosen={"criteria": ["feasibility"]})
    await second.says("请补充分班推进")
    await second.taps("发出")
    await town.person("chen").taps("去补正")
    await town.person("chen").says("交回")
    assert "均符合，同意" in await second.live_buttons()
    assert await cards_of(town, "basic") <= before
    await lead.says("待办")
    assert "（已转给基教二号）" in await lead.last()


@ON_SQLITE
async def test_a_name_that_is_not_clear_is_asked_back(town: Town) -> None:
    await submits(town)
    legal = town.person("legal")
    await legal.says(f"转办 {CASE} 王某某")
    await legal.sees("没有对上一位同志。")
    await legal.sees(f"{CASE} 可以转给：1 法规legal 2 法规legal2。请发姓名或序号。")
    await legal.says("2")
    await legal.sees("已转给法规legal2办理")
    tech = town.person("tech")
    await tech.says(f"转办 {CASE} 教育")
    await tech.sees("有几位对得上。")
    await tech.says("教育tech2")
    await tech.sees("技术审查已转给教育tech2办理")


@ON_SQLITE
async def test_it_is_not_handed_to_who_filed_it_nor_by_another_desk(town: Town) -> None:
    post = {"tenant": "330302", "unit_code": "D-legal", "person_id": "chen", "role": "reviewer"}
    town.bot.ledger.call(
        lambda tx: tx.execute(insert(t.post).values(**post, valid_from=date(2026, 1, 1)))
    )
    await submits(town)
    legal = town.person("legal")
    await legal.says(f"转办 {CASE} 陈晓")
    assert "没有对上" in await legal.last()
    await legal.does_not_see("陈晓")
    key = await key_of(town, "legal", "看电话")
    task = key.split("|")[1]
    await tap_raw(town, "legal", f"hands.to|{task}:chen|1")
    await legal.sees("陈晓报送或审批了这件备案，须由另一位同志办理")
    await tap_raw(town, "legal", f"hands.to|{task}:basic|1")
    await legal.sees("基教basic目前不在法规处办理，不能转给这位同志")
    await town.person("research").says(f"转办 {CASE} 法规legal2")
    assert "没有对上" in await town.person("research").last()
    await tap_raw(town, "research", f"hands.to|{task}:legal2|1")
    await town.person("research").sees("您目前没有这项权限")


@ON_SQLITE
async def test_who_left_the_desk_does_not_keep_its_task_from_the_others(town: Town) -> None:
    await submits(town)
    await town.person("legal").says(f"转办 {CASE} 法规legal2")
    gone = update(t.post).where(t.post.c.person_id == "legal2").values(valid_to=date(2026, 3, 11))
    town.bot.ledger.call(lambda tx: tx.execute(gone))
    await town.person("research").says(f"退回 {CASE} 请补充")
    await town.person("chen").says(f"催办 {CASE}")
    await opines(town, "legal", "均未发现")
    sound(town)


@pytest.mark.covers("R32", "R66")
async def test_a_department_is_added_with_its_reason_and_waited_for(town: Town) -> None:
    await submits(town)
    await town.person("legal").says(f"加签 {CASE} 计财处 需核实押金")
    await town.person("legal").sees("请计财处会审（三（二）9）。原因：需核实押金。")
    await town.person("legal").taps("等其意见")
    await town.person("finance").sees("加签原因：需核实押金。")
    for person, verdict in (("legal", "均未发现"), ("research", "可用"), ("tech", "通过")):
        await opines(town, person, verdict)
    await town.person("basic").does_not_see("请审：与学校教育教学的契合度")
    await opines(town, "finance", "经费落实，无收费问题")
    await town.person("basic").sees("计财处 经费落实，无收费问题")
    sound(town)


@ON_SQLITE
async def test_the_lead_adds_a_signer_by_card_and_its_decision_steps_back(town: Town) -> None:
    await reviews(town)
    lead = town.person("basic")
    await lead.taps("更多")
    await lead.taps("加签")
    await lead.taps("下一步", chosen={"desk": ["finance"]})
    await lead.says("需核实押金")
    await lead.taps("仅供参考")
    await lead.sees(f"{CASE} 已请计财处会审（仅供参考）。")
    assert "均符合，同意" not in await town.person("basic2").live_buttons()
    await town.person("basic2").sees("已加签计财处，意见齐后再请审批")
    await lead.taps("现在就定")
    await opines(town, "basic", "均符合，同意")
    await town.person("chen").sees("已由基教处同意")
    sound(town)


@ON_SQLITE
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("纪检 有线索", "纪检部门不参与备案会审，有线索请单独移交。"),
        ("法规处 再看看", f"{CASE} 已请法规处办理，不用再加签。"),
        ("职教处 看看", "名单中没有职教处，请管理员补全后再加签。"),
        ("体卫处 看看", "可以加签：1 计财处。请发部门和原因"),
        ("计财处", "请写一句请计财处会审的原因，会给该部门看。"),
    ],
)
async def test_not_every_department_can_be_added(town: Town, words: str, sentence: str) -> None:
    await submits(town)
    await town.person("legal").says(f"加签 {CASE} {words}")
    await town.person("legal").sees(sentence)


@ON_SQLITE
async def test_who_has_no_part_in_a_case_adds_nobody(town: Town) -> None:
    await submits(town)
    await town.person("finance").says(f"加签 {CASE} 计财处 我来看")
    await town.person("finance").sees("这一项由承办这件备案的部门办理")


@ON_SQLITE
async def test_the_technology_centre_adds_signers_for_a_unit_that_is_no_school(city: Town) -> None:
    pasted = ways.app("", 使用学段="")
    await ways.submits(city, "ut", "up", pasted)
    await city.person("ctech").says("加签 26-0300-0001 教研院 请看课堂应用")
    await city.person("ctech").taps("等其意见")
    await opines(city, "cresearch", "可用")
    await city.person("ctech").sees("教育教学研究院 可用")
    sound(city)


async def test_the_registrar_asks_the_lead_back_with_a_reason(town: Town) -> None:
    await approves(town)
    await town.person("tech").taps("退回审批部门说明")
    await town.person("tech").says("请说明产品备案号为何与名称不一致")
    await town.person("tech").taps("发出")
    await town.person("tech").sees(f"{CASE} 已退回审批部门说明")
    lead = town.person("basic")
    await lead.sees("登记前请您处说明：请说明产品备案号为何与名称不一致。")
    await opines(town, "basic", "均符合，同意")
    await town.person("tech2").taps("登记并发号")
    await town.person("chen").sees("温教进校备〔2026〕0302A0001号")
    sound(town)


@ON_SQLITE
async def test_it_is_asked_back_by_typed_words_by_the_registrar_alone(town: Town) -> None:
    await reviews(town)
    await town.person("tech").says(f"退回说明 {CASE} 请说明")
    await town.person("tech").sees("待备案时才能退回审批部门说明")
    await opines(town, "basic", "均符合，同意")
    await town.person("basic").says(f"退回说明 {CASE} 请说明")
    await town.person("basic").sees("您目前没有这项权限")
    await town.person("tech").says(f"退回审批部门说明{CASE} 请说明版本")
    await town.person("tech").says("发出")
    stage = town.bot.ledger.call(lambda tx: tx.execute(select(t.filing.c.stage)).scalar_one())
    assert stage == "awaiting_decision"
