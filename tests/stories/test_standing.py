"""What the authority, the school and time do with a filing that has its number."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from storage.check import check
from tests.stories.filing import registers
from tests.stories.test_rescue import joins
from tests.stories.town import Town, turn_to

CASE = "26-0302-0001"
NUMBER = "温教进校备〔2026〕0302A0001号"
EVENING = datetime.fromisoformat("2026-03-12T20:00:00+08:00")
OVER = datetime.fromisoformat("2028-09-01T09:00:00+08:00")
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def announced(town: Town) -> None:
    """Take a filing to its number, and tell the school's group."""
    await registers(town)
    await town.person("chen").taps("发公告")


async def suspends(town: Town, by: str = "basic") -> None:
    await town.person(by).says(f"暂停 {CASE} 家长反映有会员收费")
    await town.person(by).taps("收费问题")
    await town.person(by).taps("确认暂停")


async def test_a_suspended_filing_is_told_to_the_school_then_to_its_group_and_resumed(
    town: Town,
) -> None:
    await announced(town)
    await town.person("basic").says(f"进度 {CASE}")
    await town.person("basic").taps("暂停使用")
    await town.person("basic").says("家长反映有会员收费")
    await town.person("basic").taps("收费问题")
    await town.person("basic").sees("依据二（一） 收费问题")
    await turn_to(town, EVENING)
    await town.person("basic").taps("确认暂停")
    # a stop does not wait for the morning
    for person in ("chen", "lin"):
        await town.person(person).sees("起暂停使用。理由：家长反映有会员收费（二（一））")
    told = (await town.group())[-1]
    assert "起暂停使用" in told and NUMBER in told and "会员" not in told
    await town.person("lin").says("进度")
    await town.person("lin").sees(f"云阅读：暂停使用，{NUMBER}")
    await town.person("tech").says(f"恢复 {CASE} 会员入口已关闭")
    await town.person("tech").taps("确认恢复")
    await town.person("chen").sees("起恢复使用，编号不变")
    assert "起恢复使用" in (await town.group())[-1]
    assert town.bot.ledger.call(lambda tx: check(tx, town.clock.now())) == []


@on_sqlite
async def test_the_school_hears_before_its_group(town: Town) -> None:
    await announced(town)
    await suspends(town)

    def order(tx):  # type: ignore[no-untyped-def]
        from sqlalchemy import select

        from storage import tables as t

        rows = tx.execute(
            select(t.outbox.c.group_id).where(t.outbox.c.once.like("suspended:%"))
            .order_by(t.outbox.c.seq)
        )  # fmt: skip
        return [bool(row.group_id) for row in rows]

    assert town.bot.ledger.call(order) == [False, False, True]


@on_sqlite
async def test_a_group_whose_announcement_waits_for_the_morning_hears_both_in_their_order(
    town: Town,
) -> None:
    await registers(town)
    await turn_to(town, EVENING)
    await town.person("chen").taps("发公告")
    await suspends(town)
    assert await town.group() == []
    await turn_to(town, datetime.fromisoformat("2026-03-13T08:41:00+08:00"))
    first, second = await town.group()
    assert "已完成备案" in first and "暂停使用" in second


@pytest.mark.covers("R11")
@on_sqlite
async def test_two_persons_revoke_and_the_number_can_still_be_looked_up(town: Town) -> None:
    await announced(town)
    await town.person("basic").says(f"撤销备案 {CASE}")
    await town.person("basic").says("收费且拒不整改")
    await town.person("basic").taps("收费问题")
    await town.person("basic").taps("提出撤销")
    await town.person("basic").says(f"确认撤销 {CASE}")
    await town.person("basic").sees("提出的同志不能自己确认")
    await town.person("chen").does_not_see("撤销")
    await town.person("tech2").sees("提出撤销备案，理由：收费且拒不整改（依据二（一））")
    town.bot.ledger.call(joins("research", "D-tech"))
    await turn_to(town, town.clock.now() + timedelta(minutes=1))
    await turn_to(town, town.clock.now() + timedelta(minutes=1))
    assert (await town.person("research").screen()).count("收费且拒不整改") == 1
    await town.person("tech").taps("确认撤销")
    assert "确认撤销" not in await town.person("tech2").live_buttons()
    await town.person("lin").sees(f"（{NUMBER}）的备案已撤销")
    assert "已于" not in (await town.group())[0] and "撤销" in (await town.group())[1]
    await town.person("lin").says(f"进度 {CASE}")
    await town.person("lin").sees(f"云阅读：已撤销，{NUMBER}")
    await town.person("tech2").says(f"确认撤销 {CASE}")
    await town.person("tech2").sees("没有等确认的撤销建议")
    assert town.bot.ledger.call(lambda tx: check(tx, town.clock.now())) == []


@on_sqlite
async def test_a_second_person_may_disagree_by_typed_words(town: Town) -> None:
    await announced(town)
    await town.person("tech").says(f"撤销备案 {CASE} 与备案不一致")
    await town.person("tech").taps("与备案内容不符")
    await town.person("tech").taps("提出撤销")
    await town.person("basic").says(f"不同意撤销 {CASE}")
    await town.person("tech").sees("未同意，备案照常有效")
    await town.person("lin").says(f"进度 {CASE}")
    await town.person("lin").sees(f"云阅读：已备案，{NUMBER}")


@on_sqlite
async def test_other_desks_and_the_school_cannot_suspend(town: Town) -> None:
    await announced(town)
    await town.person("legal").says(f"暂停 {CASE} 有问题")
    await town.person("legal").sees("暂停、恢复和撤销由牵头部门或教育技术部门办理")
    await town.person("chen").says(f"暂停 {CASE} 有问题")
    await town.person("chen").sees("您目前没有办理这一项的权限")
    await town.phones.tap_raw("legal", "standing.do|suspend:x:y|9")
    await town.person("legal").sees("没有找到这件备案")


@on_sqlite
async def test_only_the_principal_gives_a_filing_up(town: Town) -> None:
    await announced(town)
    await town.person("chen").says(f"注销 {CASE}")
    await town.person("chen").sees("请校长发“注销 26-0302-0001”")
    await town.person("lin").says(f"注销 {CASE}")
    await town.person("lin").sees("取消登记的编号仍可查询")
    await town.person("lin").taps("确认注销")
    await town.person("chen").sees("已由林校长注销")
    await town.person("basic").sees("瓯江实验小学：26-0302-0001 “云阅读”")
    assert "已由学校于" in (await town.group())[-1]
    await town.person("lin").says(f"进度 {CASE}")
    await town.person("lin").sees(f"云阅读：已注销，{NUMBER}")


@on_sqlite
async def test_a_card_that_is_out_of_date_does_nothing(town: Town) -> None:
    await announced(town)
    await town.person("basic").says(f"暂停 {CASE} 有收费")
    await town.person("basic").taps("收费问题")
    await suspends(town, "tech")
    await town.person("basic").taps("确认暂停")
    await town.person("basic").sees("现在是“暂停使用”，情况有了变化，您的点选未计入")
    assert len(await town.group()) == 2


@pytest.mark.covers("R11")
@on_sqlite
async def test_a_filing_expires_the_day_after_its_last_and_its_school_hears_what_it_can_do(
    town: Town,
) -> None:
    await announced(town)
    await turn_to(town, OVER)
    await turn_to(town, OVER.replace(hour=10))
    for person in ("chen", "lin"):
        screen = await town.person(person).screen()
        assert screen.count("备案已到期：云阅读") == 1
    await town.person("lin").sees("编号不变；之后需重新备案")
    await town.person("lin").says(f"进度 {CASE}")
    await town.person("lin").sees(f"云阅读：已到期，{NUMBER}")
    assert town.bot.ledger.call(lambda tx: check(tx, town.clock.now())) == []


@on_sqlite
async def test_what_was_looked_at_is_what_is_done(town: Town) -> None:
    await announced(town)
    await town.person("basic").says(f"暂停 {CASE} 有收费")
    await town.person("basic").taps("收费问题")
    older = await town.phones.key_of("basic", "确认暂停")
    await town.person("basic").says(f"暂停 {CASE} 有会员收费")
    await town.person("basic").taps("收费问题")
    await town.phones.tap_raw("basic", older)
    await town.person("basic").sees("您之后又改过内容，请从最新的一张卡片上确认")
    assert len(await town.group()) == 1
