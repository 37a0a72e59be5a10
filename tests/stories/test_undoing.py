"""撤销: what was done is taken back within ten minutes, while nobody further on has acted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage.check import check
from tests.stories.filing import approves, opines, returns, reviews, submits
from tests.stories.test_intake import explained
from tests.stories.test_taps import key_of, tap_raw
from tests.stories.town import Town

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
CASE = "26-0302-0001"


async def undoes(town: Town, person: str, words: str = "撤销") -> None:
    await town.person(person).says(words)
    await town.person(person).taps("确定撤销")


def sound(town: Town) -> None:
    assert town.bot.ledger.call(lambda tx: check(tx, town.clock.now())) == []


async def test_an_approval_is_undone_and_decided_again(town: Town) -> None:
    await approves(town)
    lead = town.person("basic")
    await undoes(town, "basic")
    await lead.sees(f"{CASE} 已撤销，回到“待审批”，请重新办理。")
    await town.person("chen").sees("刚才的“同意”已由基教处撤销，将重新办理")
    await town.person("tech").sees("上一环节已撤销，重新办理后再送您处")
    assert "登记并发号" not in await town.person("tech").live_buttons()
    await lead.sees("您处撤销了上一次的办理，请重新办理。")
    await opines(town, "basic", "均符合，同意")
    await town.person("tech").taps("登记并发号")
    sound(town)


@ON_SQLITE
async def test_the_card_of_who_acted_offers_the_way_back(town: Town) -> None:
    await submits(town)
    await opines(town, "legal", "均未发现")
    legal = town.person("legal")
    if "撤销" not in await legal.live_buttons():
        # One card for the whole desk has no place for one person's button.
        await legal.sees("10分钟内可发“撤销”")
        return
    await legal.taps("撤销")
    await legal.taps("不撤销")
    await legal.does_not_see("已撤销")
    assert "撤销" not in await town.person("legal2").live_buttons()


@ON_SQLITE
async def test_the_last_opinion_is_undone_and_the_lead_waits_again(town: Town) -> None:
    await reviews(town)
    await undoes(town, "tech", f"撤销 {CASE}")
    await town.person("tech").sees("已撤销，回到“会审中”")
    assert "均符合，同意" not in await town.person("basic").live_buttons()
    await opines(town, "tech", "通过")
    await opines(town, "basic", "均符合，同意")
    sound(town)


@ON_SQLITE
@pytest.mark.parametrize("button", ["退回补正", "不予通过"])
async def test_a_lead_s_return_or_rejection_is_undone(town: Town, button: str) -> None:
    await reviews(town)
    lead = town.person("basic")
    await lead.taps(button)
    await lead.taps("下一步", chosen={"criteria": ["necessity"]})
    await lead.says("已有两款同类应用")
    await lead.taps("发出")
    await undoes(town, "basic")
    await town.person("chen").sees("已由基教处撤销，将重新办理")
    await opines(town, "basic", "均符合，同意")
    sound(town)


@ON_SQLITE
async def test_a_finding_that_gave_way_with_a_return_stands_again(town: Town) -> None:
    await submits(town)
    legal, lead = town.person("legal"), town.person("basic")
    await legal.taps("有发现")
    await legal.taps("下一步", chosen={"criteria": ["violence"]})
    await legal.says("开屏动画含打斗")
    await legal.taps("建议不予通过")
    await legal.taps("确认")
    await opines(town, "research", "可用")
    await opines(town, "tech", "通过")
    await lead.says(f"退回 {CASE} 请换掉开屏动画")
    await lead.says("发出")
    await undoes(town, "basic")
    await opines(town, "basic", "均符合，同意")
    await lead.sees("法规处的会审意见为“发现问题”，不能同意")
    sound(town)


@ON_SQLITE
async def test_intake_is_undone_until_somebody_has_looked(town: Town) -> None:
    await explained(town)
    await opines(town, "tech", "受理")
    await undoes(town, "tech")
    await town.person("tech").sees("已撤销，回到“受理检查”")
    assert "均未发现" not in await town.person("legal").live_buttons()
    await opines(town, "tech", "受理")
    await opines(town, "legal", "均未发现")
    await town.person("tech").says(f"撤销 {CASE}")
    await town.person("tech").sees("下一环节已经开始办理，不能撤销。")
    sound(town)


@ON_SQLITE
async def test_what_the_next_person_has_taken_up_is_not_undone(town: Town) -> None:
    await reviews(town)
    await opines(town, "basic", "均符合，同意")
    await town.person("tech").says(f"撤销 {CASE}")
    await town.person("tech").sees("下一环节已经开始办理，不能撤销。")
    await town.person("tech2").taps("登记并发号")
    await town.person("basic").says(f"撤销 {CASE}")
    await town.person("basic").sees("下一环节已经开始办理，不能撤销。")
    await town.person("tech2").says(f"撤销 {CASE}")
    await town.person("tech2").sees(
        "备案号发出后不收回，登记不能撤销。如登记有误，请由教育技术部门办理注销"
    )


@ON_SQLITE
async def test_a_return_that_the_school_has_begun_to_mend_is_not_undone(town: Town) -> None:
    await submits(town)
    await returns(town, "tech", "请补充注销方式")
    await town.person("chen").taps("去补正")
    await town.person("tech").says(f"撤销 {CASE}")
    await town.person("tech").sees("下一环节已经开始办理，不能撤销。")


@ON_SQLITE
async def test_after_ten_minutes_it_stands(town: Town) -> None:
    await submits(town)
    await opines(town, "legal", "均未发现")
    town.clock.move(town.clock.now() + timedelta(minutes=11))
    await town.person("legal").says(f"撤销 {CASE}")
    await town.person("legal").sees("已超过10分钟，不能撤销。")


@ON_SQLITE
async def test_nobody_undoes_what_another_did(town: Town) -> None:
    await submits(town)
    await opines(town, "legal", "均未发现")
    await town.person("legal2").says(f"撤销 {CASE}")
    await town.person("legal2").sees(f"{CASE} 没有可以由您撤销的办理")
    await town.person("legal").says("撤销")
    key = await key_of(town, "legal", "确定撤销")
    await tap_raw(town, "legal2", key)
    await town.person("legal2").sees("不是由您办理，或已经有了变化，不能撤销")
    await town.person("legal").taps("确定撤销")
    await tap_raw(town, "legal", key)
    await town.person("chen").says("撤销")
    await town.person("chen").sees("要撤回本校的备案，请发“撤回”加办件号")
