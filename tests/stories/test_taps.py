"""Taps that come late, twice, from the wrong hand or on an old card."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest
from sqlalchemy import delete, func, select, update

from storage import tables as t
from storage.transaction import Transaction
from tests.stories.filing import approves, opines, registers, returns, sends, submits
from tests.stories.town import Somebody, Town


def decisions(tx: Transaction) -> int:
    return tx.execute(select(func.count()).select_from(t.decision)).scalar_one()


async def tap_raw(town: Town, userid: str, key: str) -> None:
    """Send a tap as a modified client would: any key, on any card."""
    await town.phones.tap_raw(userid, key)


async def key_of(town: Town, userid: str, button: str) -> str:
    """Return the key behind a live button."""
    return await town.phones.key_of(userid, button)


async def test_a_second_reviewer_who_taps_late_is_told_who_decided(town: Town) -> None:
    await submits(town)
    key = await key_of(town, "legal2", "均未发现")
    await opines(town, "legal", "均未发现")
    await tap_raw(town, "legal2", key)
    await town.person("legal2").sees("已由法规legal于3月12日 10:00 办理")
    await town.person("legal2").sees("您的点选未计入。如有不同意见，请发“补充意见 26-0302-0001”。")
    await tap_raw(town, "legal", key)
    assert "补充意见" not in await town.person("legal").last()
    await town.person("legal2").says("补充意见 26-0302-0001 请再看开屏页")
    await town.person("legal2").sees("补充意见已记录")


async def test_two_reviewers_who_confirm_at_once_give_one_decision(town: Town) -> None:
    await submits(town)
    for person in ("legal", "legal2"):
        await town.person(person).taps("均未发现")
    await asyncio.gather(*(town.person(p).taps("确认") for p in ("legal", "legal2")))
    assert town.bot.ledger.call(decisions) == 1


async def test_a_double_tap_has_one_effect(town: Town) -> None:
    await submits(town)
    await town.person("legal").taps("均未发现")
    key = await key_of(town, "legal", "确认")
    await asyncio.gather(*(tap_raw(town, "legal", key) for _ in range(3)))
    assert town.bot.ledger.call(decisions) == 1


@pytest.mark.parametrize("person", ["chen", "research", "finance"])
async def test_a_tap_without_the_role_changes_nothing(town: Town, person: str) -> None:
    await submits(town)
    key = await key_of(town, "legal", "均未发现")
    await tap_raw(town, person, key)
    assert town.bot.ledger.call(decisions) == 0
    assert "权限" in await town.person(person).last()


async def test_somebody_who_is_not_in_the_directory_is_told_whom_to_ask(town: Town) -> None:
    await submits(town)
    key = await key_of(town, "legal", "均未发现")
    await tap_raw(town, "stranger", key)
    assert town.bot.ledger.call(decisions) == 0
    await town.person("stranger").sees("没有认出您的账号")


async def test_a_role_that_ended_between_card_and_tap_is_no_role(town: Town) -> None:
    await submits(town)
    await town.person("legal").taps("均未发现")
    ended = update(t.post).where(t.post.c.person_id == "legal").values(valid_to=date(2026, 3, 11))
    town.bot.ledger.call(lambda tx: tx.execute(ended))
    await town.person("legal").taps("确认")
    assert town.bot.ledger.call(decisions) == 0


async def test_a_withdrawn_filing_is_not_decided_any_more(town: Town, principal: Somebody) -> None:
    await submits(town)
    key = await key_of(town, "legal", "均未发现")
    await principal.says("撤回")
    await principal.taps("确定撤回")
    await tap_raw(town, "legal", key)
    await town.person("legal").sees("已由学校撤回")


async def test_a_returned_task_waits_for_the_school(town: Town) -> None:
    await submits(town)
    key = await key_of(town, "tech2", "通过")
    await returns(town, "tech", "请补充账号注销方式")
    await tap_raw(town, "tech2", key)
    await town.person("tech2").sees("已退回学校补正")


async def test_a_card_of_an_unknown_kind_is_answered_calmly(town: Town) -> None:
    await tap_raw(town, "legal", "nobody.knows|x|1")
    await town.person("legal").sees("这张卡片已经过期")


async def test_a_number_typed_is_the_button_of_that_number(town: Town) -> None:
    await submits(town)
    legal = town.person("legal")
    await legal.says("1")
    await legal.sees("意见：均未发现")
    await legal.says("确认")
    assert town.bot.ledger.call(decisions) == 1


async def test_an_approver_of_an_app_may_register_where_the_office_allows_it(town: Town) -> None:
    await approves(town)
    await town.person("tech").taps("登记并发号")
    await town.person("chen").sees("温教进校备〔2026〕0302A0001号")


async def test_a_second_registrar_gets_no_second_number(town: Town) -> None:
    await approves(town)
    key = await key_of(town, "tech2", "登记并发号")
    await town.person("tech").taps("登记并发号")
    await tap_raw(town, "tech2", key)
    await town.person("tech2").sees("已由教育tech于3月12日 10:00 办理")


async def test_the_announcement_is_not_sent_twice_by_an_old_card(town: Town) -> None:
    await registers(town)
    key = await key_of(town, "lin", "发公告")
    await town.person("chen").taps("发公告")
    await tap_raw(town, "lin", key)
    await town.person("lin").sees("没有重复发送")
    await town.person("lin").sees("已由本校同志确认并公告")
    assert len(await town.group()) == 1


async def test_a_signature_by_somebody_else_s_principal_is_refused(town: Town) -> None:
    await sends(town)
    key = await key_of(town, "lin", "逐条确认并签署")
    await tap_raw(town, "legal", key)
    assert "权限" in await town.person("legal").last()


async def test_words_too_late_are_answered_in_one_sentence(town: Town) -> None:
    await submits(town)
    tech = town.person("tech")
    await tech.says("退回 26-0302-0001")
    await opines(town, "tech2", "通过")
    before = len(await town.phones.bubbles("tech"))
    await tech.says("请补充账号注销方式")
    assert len(await town.phones.bubbles("tech")) == before + 2
    await tech.sees("已由教育tech2于")


async def test_typed_words_redraw_the_copy_of_who_typed_them_and_the_others(town: Town) -> None:
    await submits(town)
    assert "均未发现" in await town.person("legal").live_buttons()
    await town.person("legal2").says("均未发现")
    assert "确认" in await town.person("legal2").live_buttons()
    await town.person("legal2").says("确认")
    assert "均未发现" not in await town.person("legal").live_buttons()
    assert "确认" not in await town.person("legal2").live_buttons()


async def test_the_card_that_was_tapped_is_redrawn_once(town: Town) -> None:
    await submits(town)
    await opines(town, "legal", "均未发现")
    redrawn = select(t.outbox.c.body).where(t.outbox.c.redraws != "", t.outbox.c.address == "legal")
    bodies = town.bot.ledger.call(lambda tx: tx.execute(redrawn).scalars().all())
    # Where the tapper has a copy of their own it offers the way back, and nothing else.
    assert sum(bool(one["card"]["done"]) or "撤销" in str(one["card"]) for one in bodies) == 1


async def test_who_has_no_account_is_left_to_a_person_and_holds_nobody_up(town: Town) -> None:
    town.bot.ledger.call(
        lambda tx: tx.execute(delete(t.account).where(t.account.c.folded == "legal"))
    )
    await submits(town)
    parked = town.bot.ledger.call(
        lambda tx: tx.execute(
            select(t.outbox.c.person_id, t.outbox.c.note).where(t.outbox.c.state == "parked")
        ).all()
    )
    assert [tuple(row) for row in parked] == [("legal", "no account")]
    await opines(town, "legal2", "均未发现")
    assert town.bot.ledger.call(decisions) == 1


async def test_what_nobody_said_is_not_answered(town: Town) -> None:
    for person in ("stranger", "chen"):
        await town.phones.is_somewhere(person)
        assert await town.phones.bubbles(person) == []
