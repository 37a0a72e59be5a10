"""Typed words do all that taps do, in the middle of anything else that is said."""

from __future__ import annotations

import pytest

from handlers.hearing import NOTHING_TO_JUDGE
from tests.stories.filing import reviews, sends, submits
from tests.stories.hands_on import words_of
from tests.stories.town import Somebody, Town

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def test_criteria_are_named_by_number_with_the_words_beside_them(
    town: Town, teacher: Somebody
) -> None:
    await reviews(town)
    lead = town.person("basic")
    await lead.taps("不予通过")
    await lead.says("2、4 已有两款同类应用")
    await lead.sees("涉及：必要性、科学性\n说明：已有两款同类应用")
    await lead.says("发出")
    await teacher.sees("理由：必要性、科学性：已有两款同类应用")


async def test_criteria_are_named_by_their_words_and_the_reason_is_asked_for(town: Town) -> None:
    await submits(town)
    legal = town.person("legal")
    await legal.says("2")
    await legal.says("侵权")
    await legal.sees("有发现：请写一句具体说明")
    await legal.says("首页有整本教辅扫描")
    await legal.sees("涉及：侵权\n说明：首页有整本教辅扫描")


@pytest.mark.parametrize("typed", ["下一步", "9", "240台太多", "首页有扫描"])
async def test_words_that_name_no_criterion_are_asked_again(town: Town, typed: str) -> None:
    await submits(town)
    legal = town.person("legal")
    await legal.taps("退回补正")
    await legal.says(typed)
    assert "1 侵权 2 反动 3 暴力 4 涉黄" in await legal.last()
    await legal.says("1")
    await legal.sees("退回补正：请写一句具体说明")


async def test_a_side_question_leaves_the_reason_to_be_given(
    town: Town, principal: Somebody
) -> None:
    await sends(town)
    await principal.taps("退给经办")
    await principal.says("三重一大是什么")
    assert "大额资金使用" in await principal.last()
    assert "请用一句话写明需要修改什么" in await principal.last()
    await town.person("chen").does_not_see("三重一大是什么")
    await principal.says("概况请写得更具体")
    await town.person("chen").sees("概况请写得更具体（校长）")


async def test_a_card_is_answered_by_typing_after_something_else_was_said(
    town: Town, principal: Somebody
) -> None:
    await sends(town)
    await principal.says("1")
    for aside in ("三重一大是什么", "随便说说", "进度", "7"):
        await principal.says(aside)
        await principal.says("属实")
    await principal.sees("四条均已确认")


async def test_a_finished_card_hides_the_older_ones_from_typed_numbers(
    town: Town, principal: Somebody
) -> None:
    await sends(town)
    await principal.taps("退给经办")
    await principal.says("概况请写得更具体")
    await principal.sees("已退给经办老师 · 3月12日（周四）10:00")
    await principal.says("1")
    await principal.sees("没有认出这句话")


async def test_a_card_whose_act_was_typed_has_no_buttons_left(town: Town) -> None:
    await submits(town)
    legal = town.person("legal")
    await legal.says("同意 26-0302-0001")
    stood = [one["id"] for one in await town.phones.bubbles("legal") if one["kind"] == "card"]
    await legal.says("确认")
    done = "均未发现 · 法规legal · 3月12日（周四）10:00"
    cards = [one for one in await town.phones.bubbles("legal") if one["kind"] == "card"]
    # Redrawn where it stands, and not told once more; a colleague's card may be theirs as well.
    assert [one["id"] for one in cards] == stood and done in words_of(cards[-1])
    assert (await legal.screen()).count(done) == sum(done in words_of(one) for one in cards)
    assert "确认" not in await legal.live_buttons()


@pytest.mark.parametrize("case", ["26－0302－0001", "２６-０３０２-０００１", "26—0302—0001"])
async def test_a_case_number_is_read_as_phones_write_it(town: Town, case: str) -> None:
    await submits(town)
    tech = town.person("tech")
    await tech.says(f"退回 {case} 请补充注销方式，见３页")
    await tech.sees("说明：请补充注销方式，见３页")
    await tech.says(f"进度{case}")
    await tech.sees("云阅读：会审中")


async def test_what_lacks_is_sent_back_without_the_word_for_it(town: Town) -> None:
    """The lead's earlier card was changed by the last opinion, and stands where it stood."""
    await reviews(town)
    lead = town.person("basic")
    await lead.says("应由我处牵头")
    assert "26-0302-0001 由基教处牵头（三（一）2）。有不同意见的，请选“有意见”" in await lead.last()
    await lead.says("方案没写每天用多久吗？")
    await lead.does_not_see("意见：退回补正")
    await lead.says("待办")
    await lead.taps("办第1件")
    await lead.says("方案没写每天用多久")
    assert "意见：退回补正\n说明：方案没写每天用多久" in await lead.last()
    await lead.says("返回")
    await lead.says("四项均符合，同意")
    assert "意见：均符合，同意" in await lead.last()
    await lead.says("确认")
    await lead.says("退回 没写每天用多久")
    assert NOTHING_TO_JUDGE in await lead.last()


async def test_a_verdict_is_typed_under_a_card_that_came_beside_a_change(town: Town) -> None:
    await reviews(town)
    await town.person("basic").says("均符合，同意")
    assert "请确认" in await town.person("basic").last()
