"""Another school's people with our cards in their hands, and our own people out of turn."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import insert, update

from storage import tables as t
from storage.transaction import Transaction
from tests.stories.filing import OPINIONS, approves, opines, registers, sends, submits
from tests.stories.test_taps import decisions, key_of, tap_raw
from tests.stories.town import SCHOOL, TENANT, Somebody, Town

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def test_another_school_s_principal_signs_nothing_of_ours(city: Town) -> None:
    await sends(city)
    begin, back = [await key_of(city, "lin", one) for one in ("逐条确认并签署", "退给经办")]
    neighbour = city.person("mp")
    for key in (begin, back):
        await tap_raw(city, "mp", key)
        assert "由本校校长（园长、单位负责人）本人办理" in await neighbour.last()
    await neighbour.does_not_see("云阅读")


async def test_another_school_s_people_do_not_learn_of_our_filing(city: Town) -> None:
    await sends(city)
    await city.person("chen").says("撤回")
    keys = [await key_of(city, "chen", one) for one in ("确定撤回", "取回修改", "不撤回")]
    filing_id = keys[0].split("|")[1]
    for person in ("mt", "mp"):
        for key in (*keys, f"progress.show|{filing_id}|0"):
            await tap_raw(city, person, key)
            assert "没有找到这件备案" in await city.person(person).last()
        await city.person(person).says("进度 26-0302-0001")
        await tap_raw(city, person, f"form.mend|{filing_id}|0")
        await city.person(person).does_not_see("云阅读")
    await city.person("lin").says("待办")
    await city.person("lin").sees("待您签署")


async def test_another_school_does_not_announce_our_number(city: Town) -> None:
    await registers(city)
    for button in ("发公告", "修改文字"):
        await tap_raw(city, "mp", await key_of(city, "lin", button))
        assert "由这件备案的项目负责人或校长确认" in await city.person("mp").last()
    assert await city.group() == []


async def test_a_colleague_sees_how_far_it_is_and_changes_nothing(city: Town) -> None:
    await submits(city)
    city.bot.ledger.call(_a_colleague)
    colleague = city.person("mt")
    await colleague.says("进度 26-0302-0001")
    await colleague.sees("会审中")
    await city.person("tech").says("退回 26-0302-0001 请补充账号注销方式")
    await city.person("tech").says("发出")
    await tap_raw(city, "mt", await key_of(city, "chen", "去补正"))
    assert "由经办人补正" in await colleague.last()
    await colleague.does_not_see("请补充账号注销方式")


def _a_colleague(tx: Transaction) -> None:
    post = {"tenant": TENANT, "unit_code": SCHOOL, "person_id": "mt", "role": "owner"}
    tx.execute(insert(t.post).values(**post, valid_from=date(2026, 1, 1)))


async def test_a_post_that_ended_hands_nothing_back(town: Town, principal: Somebody) -> None:
    await sends(town)
    await principal.taps("退给经办")
    ended = update(t.post).where(t.post.c.person_id == "lin").values(valid_to=date(2026, 3, 11))
    town.bot.ledger.call(lambda tx: tx.execute(ended))
    await principal.says("概况请写得更具体")
    await town.person("chen").does_not_see("概况请写得更具体")


# --- out of turn ---------------------------------------------------------------------------------


async def test_a_declaration_is_not_confirmed_twice_for_another(
    town: Town, principal: Somebody
) -> None:
    await sends(town)
    await principal.taps("逐条确认并签署")
    first = await key_of(town, "lin", "属实")
    await principal.taps("属实")
    for _ in range(3):
        await tap_raw(town, "lin", first)
    assert "请从最新的一张卡片上继续逐条确认" in await principal.last()
    await principal.does_not_see("四条均已确认")


async def test_nothing_is_signed_before_the_fourth_declaration(
    town: Town, principal: Somebody
) -> None:
    await sends(town)
    begin = await key_of(town, "lin", "逐条确认并签署")
    await principal.taps("逐条确认并签署")
    for _ in range(3):
        await principal.taps("属实")
    await tap_raw(town, "lin", begin.replace("sign.begin", "sign.submit"))
    assert "四条还没有逐条确认完" in await principal.last()
    await town.person("legal").does_not_see("云阅读")


async def test_a_colleague_s_choice_is_not_confirmed_for_them(town: Town) -> None:
    await submits(town)
    await town.person("legal").taps("均未发现")
    await tap_raw(town, "legal2", await key_of(town, "legal", "确认"))
    assert "请从最新的一张卡片上重新选择意见" in await town.person("legal2").last()
    assert town.bot.ledger.call(decisions) == 0


@pytest.mark.parametrize("verdict", ["approve", "reject", "usable", "accept", ""])
async def test_a_desk_gives_only_its_own_verdicts(town: Town, verdict: str) -> None:
    await submits(town)
    task = (await key_of(town, "legal", "均未发现")).split("|")
    await tap_raw(town, "legal", f"{task[0]}|{task[1].split(':')[0]}:{verdict}|{task[2]}")
    assert "这张卡片没有这个选项" in await town.person("legal").last()


async def test_a_finding_without_words_is_not_recorded(town: Town) -> None:
    await submits(town)
    legal = town.person("legal")
    await legal.taps("有发现")
    await legal.taps("下一步", chosen={"criteria": ["violence"]})
    task = (await key_of(town, "legal2", "均未发现")).split("|")
    await tap_raw(town, "legal", f"review.confirm|{task[1].split(':')[0]}:x|{task[2]}")
    assert "有发现：请写一句具体说明" in await legal.last()
    assert town.bot.ledger.call(decisions) == 0


async def test_a_return_without_a_criterion_is_asked_again(town: Town) -> None:
    await submits(town)
    await town.person("legal").taps("退回补正")
    await tap_raw(town, "legal", await key_of(town, "legal", "下一步"))
    assert "请至少选一项" in await town.person("legal").last()


async def test_the_lead_s_choice_to_wait_is_over_when_the_opinions_are_in(town: Town) -> None:
    await submits(town)
    await opines(town, "legal", "均未发现")
    keys = [await key_of(town, "basic", one) for one in ("现在就定", "等到时限")]
    for person, verdict in OPINIONS[1:]:
        await opines(town, person, verdict)
    for key in keys:
        await tap_raw(town, "basic", key)
        assert "现在是“待审批”，不必再选" in await town.person("basic").last()


async def test_nothing_is_announced_before_it_has_a_number(town: Town, teacher: Somebody) -> None:
    await approves(town)
    filing_id = town.bot.ledger.call(
        lambda tx: tx.filings.by_case("26-0302-0001").id  # type: ignore[union-attr]
    )
    for verb in ("announce.send", "announce.edit"):
        await tap_raw(town, "chen", f"{verb}|{filing_id}|1")
        assert "还不能公告" in await teacher.last()
    assert await town.group() == []


async def test_what_was_not_returned_is_not_mended(town: Town, teacher: Somebody) -> None:
    await submits(town)
    await teacher.says("补正 26-0302-0001")
    assert "现在是“会审中”，没有需要补正的内容" in await teacher.last()


async def test_typed_words_of_a_desk_that_has_nothing_to_do(town: Town) -> None:
    await submits(town)
    await opines(town, "legal", "均未发现")
    await town.person("legal2").says("同意 26-0302-0001")
    assert "已由法规legal于3月12日 10:00 办理" in await town.person("legal2").last()
    await town.person("finance").says("同意 26-0302-0001")
    assert "现在没有需要您办理的事项" in await town.person("finance").last()
    await town.person("tech").says("不予通过 26-0302-0001 理由")
    assert "现在没有需要您办理的事项" in await town.person("tech").last()
    assert town.bot.ledger.call(decisions) == 1


async def test_a_gate_that_opens_while_mending_is_explained_before_handing_back(
    town: Town, teacher: Somebody
) -> None:
    await submits(town)
    await town.person("tech").says("退回 26-0302-0001 请核对论证日期")
    await town.person("tech").says("发出")
    await teacher.taps("去补正")
    await teacher.says("修改 论证日期 2026-03-09")
    await teacher.says("交回")
    assert "专家论证的日期2026年3月9日（周一）晚于集体决策的日期" in await teacher.last()
    await town.person("tech").does_not_see("学校已补正后交回")
