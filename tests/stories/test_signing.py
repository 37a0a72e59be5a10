"""The signature: what was shown is what is signed, and a refusal says which case it is."""

from __future__ import annotations

import pytest

from tests.stories.filing import confirms, drafts, opines, returns, sends, signs, submits
from tests.stories.test_taps import key_of, tap_raw
from tests.stories.town import Somebody, Town
from tests.stories.ways import app
from tests.stories.ways import submits as submits_app

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def returned(town: Town, words: str = "人数与方案不一致") -> None:
    """Take a filing to the desks and let the technical one return it."""
    await submits(town)
    tech = town.person("tech")
    await tech.taps("退回补正")
    await tech.says(words)
    await tech.taps("发出")


async def mends(teacher: Somebody, *changes: str) -> None:
    """Change what came back and hand it in again."""
    await teacher.taps("去补正")
    for change in changes:
        await teacher.says(f"修改 {change}")
    await teacher.says("交回")


async def test_an_old_card_of_the_signature_signs_nothing(
    town: Town, teacher: Somebody, principal: Somebody
) -> None:
    await sends(town)
    old = await key_of(town, "lin", "逐条确认并签署")
    await teacher.says("撤回")
    await teacher.taps("取回修改")
    await teacher.says("修改 学生人数 900")
    await teacher.says("交回")
    await tap_raw(town, "lin", old)
    await principal.sees("之后又有修改，请看最新的一张卡片")
    await principal.sees("约900人")
    await signs(town)
    await town.person("legal").sees("约900人")


async def test_nobody_signs_again_over_facts_that_changed_after_the_card(
    town: Town, teacher: Somebody, principal: Somebody
) -> None:
    await returned(town)
    await mends(teacher, "学生人数 900")
    old = await key_of(town, "lin", "逐条确认并签署")
    await mends(teacher, "学生人数 1200")
    await tap_raw(town, "lin", old)
    await principal.sees("之后又有修改")
    await principal.sees("学生人数 620名改为1200名")
    await principal.sees("约1200人")
    await signs(town)
    await town.person("tech").sees("约1200人")


async def test_a_signature_that_is_not_asked_for_hands_nothing_back(
    town: Town, principal: Somebody
) -> None:
    await sends(town)
    old = await key_of(town, "lin", "逐条确认并签署")
    await signs(town)
    await returns(town, "tech", "请补充说明")
    await tap_raw(town, "lin", old)
    await principal.sees("不需要您签署了")
    await town.person("tech").does_not_see("学校已补正后交回")


async def test_the_principal_may_hand_the_changed_facts_back_once_more(
    town: Town, teacher: Somebody, principal: Somebody
) -> None:
    await returned(town)
    await mends(teacher, "学生人数 900")
    await principal.taps("退给经办")
    await principal.says("是800人")
    await teacher.sees("是800人（校长）")
    await mends(teacher, "学生人数 800")
    await principal.sees("约800人")
    await signs(town)
    await town.person("tech").sees("约800人")


async def test_each_declaration_has_its_own_reasons(town: Town, principal: Somebody) -> None:
    await sends(town)
    await principal.taps("逐条确认并签署")
    await principal.taps("属实")
    await principal.taps("属实")
    await principal.taps("不属实")
    assert await principal.live_buttons() == {"用于分班或编班", "其他"}
    await principal.taps("其他")
    await principal.says("按是否自带平板编组")
    await town.person("chen").sees("“不作为分班前置条件”不属实：按是否自带平板编组（校长）")
    await town.person("legal").does_not_see("云阅读")


@pytest.mark.parametrize("subject", ["{}", "{}:9", "{}:x", "{}:1:9", "{}:1:x"])
async def test_a_strange_key_is_answered_calmly(
    town: Town, principal: Somebody, subject: str
) -> None:
    await sends(town)
    _, filing, seen = (await key_of(town, "lin", "逐条确认并签署")).split("|")
    await tap_raw(town, "lin", f"sign.why|{subject.format(filing)}|{seen}")
    await principal.sees("请从最新的一张卡片上继续逐条确认")
    await principal.does_not_see("没有办成")


async def test_looking_again_opens_the_whole_and_leaves_the_card(
    town: Town, principal: Somebody
) -> None:
    await sends(town)
    await principal.taps("逐条确认并签署")
    for _ in range(4):
        await principal.taps("属实")
    await principal.taps("再看看")
    assert "四至六年级" in await town.phones.opens("lin", "view", after="26-0302-0001 全文与材料：")
    await principal.taps("签署提交")
    await town.person("legal").sees("应用内容审查")


async def test_the_list_opens_the_signature_and_the_mending(
    town: Town, teacher: Somebody, principal: Somebody
) -> None:
    await sends(town)
    await principal.says("待办")
    await principal.sees("26-0302-0001 云阅读：待您签署")
    await principal.taps("办第1件")
    await principal.taps("退给经办")
    await principal.says("概况请再写具体。" * 30)
    await principal.sees("这段话有240字，原因最多200字")
    await principal.says("概况请再写具体")
    await teacher.says("待办")
    await teacher.sees("26-0302-0001 云阅读：待补正")
    await teacher.taps("办第1件")
    await teacher.sees("概况请再写具体（校长）")


async def test_a_principal_who_files_alone_signs_and_mends_alone(
    town: Town, principal: Somebody
) -> None:
    await principal.says(app("小学"))
    await confirms(principal)
    await principal.uploads("plan", "experts", "legality", "minutes")
    await principal.taps("确认，我来签署")
    await principal.sees("请您核对后签署")
    await principal.taps("退回修改")
    await principal.says("人数写错了")
    await mends(principal, "学生人数 600")
    await signs(town)
    await principal.does_not_see("经办老师")
    await town.person("legal").sees("约600人")


async def test_money_that_comes_up_while_mending_brings_its_desk_in(
    town: Town, teacher: Somebody, principal: Somebody
) -> None:
    await returned(town, "请写明经费")
    await opines(town, "legal", "均未发现")
    await teacher.taps("去补正")
    await teacher.says("修改 经费来源 学校公用经费96万元")
    await teacher.uploads("purchase")
    await teacher.says("交回")
    await signs(town)
    await town.person("finance").sees("学校公用经费96万元")
    await opines(town, "research", "可用")
    await opines(town, "tech", "通过")
    await town.person("basic").says("待办")
    await town.person("basic").sees("等计财处")


async def test_a_mended_filing_does_not_change_hands(city: Town) -> None:
    teacher = city.person("mt")
    await submits_app(city, "mt", "mp", app("小学"))
    await city.person("tech").taps("退回补正")
    await city.person("tech").says("请核对学段")
    await city.person("tech").taps("发出")
    await mends(teacher, "使用学段 幼儿园")
    await teacher.sees("改后应由其他部门牵头")
    await city.person("pre").does_not_see("云阅读")


async def test_the_draft_itself_asks_nobody(town: Town, principal: Somebody) -> None:
    await drafts(town)
    await principal.says("待办")
    await principal.sees("您现在没有待办")
