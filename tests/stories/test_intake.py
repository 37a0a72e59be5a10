"""A gate passed with an explanation is looked at by a person before the desks are asked."""

from __future__ import annotations

import pytest

from storage.rules.terms import Desk, NotAllowedError, TaskKind
from storage.transaction import Transaction
from tests.stories.filing import confirms
from tests.stories.town import Town
from tests.stories.ways import APP_PAPERS, app, gives, signs, submits

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
REVERSED = app("小学").replace("专家论证日期：2026-03-02", "专家论证日期：2026-03-06")
WHY = "论证会因专家行程推迟，会议先行审议"


async def explained(city: Town) -> None:
    """Take a filing whose dates stand the wrong way round to the technical centre."""
    teacher = city.person("chen")
    await teacher.says(REVERSED)
    await confirms(teacher)
    await teacher.says(WHY)
    await teacher.uploads(*APP_PAPERS)
    await teacher.taps("确认，请校长签署")
    await signs(city, "lin")


def expire(city: Town, *desks: Desk) -> None:
    """Let the deadline of some desks' opinions pass in silence."""

    def pass_by(tx: Transaction) -> None:
        filing = tx.filings.by_case("26-0302-0001")
        assert filing is not None
        for task in tx.tasks.of(filing):
            if task.kind is TaskKind.CO_REVIEW and task.desk in desks:
                tx.tasks.expire(task, city.clock.now())

    city.bot.ledger.call(pass_by)


async def test_an_explanation_is_read_before_the_desks_are_asked(city: Town) -> None:
    await explained(city)
    await city.person("tech").sees("云阅读｜受理")
    await city.person("tech").sees(f"学校说明：{WHY}")
    await city.person("legal").does_not_see("云阅读")
    await gives(city, tech="受理")
    await city.person("legal").sees("应用内容审查")
    assert "受理" not in await city.person("tech2").live_buttons()


async def test_what_was_returned_at_intake_comes_back_to_intake_with_what_was_put_right(
    city: Town,
) -> None:
    await explained(city)
    tech, teacher = city.person("tech"), city.person("chen")
    await tech.taps("退回补正")
    await tech.says("请核对论证日期")
    await tech.taps("发出")
    await teacher.sees("请核对论证日期（教育技术中心，四（四））")
    await teacher.taps("去补正")
    await teacher.says("修改 论证日期 2026年3月2日")
    await teacher.says("交回")
    newest = (await tech.screen()).rsplit("云阅读｜受理", 1)[1]
    assert "上次要求：请核对论证日期" in newest and WHY not in newest
    await gives(city, tech="受理")
    await city.person("legal").sees("应用内容审查")


async def test_silence_of_the_advisory_desks_opens_the_lead_s_decision(city: Town) -> None:
    await submits(city, "chen", "lin", app("小学"))
    await gives(city, legal="均未发现")

    expire(city, Desk.RESEARCH, Desk.TECH)
    lead = city.person("basic")
    await lead.says("待办")
    await lead.taps("办第1件")
    await lead.sees("法规处 均未发现；教育教学研究院 无意见；教育技术中心 无意见")
    await gives(city, basic="均符合，同意")
    await city.person("tech").sees("待备案登记")


async def test_an_expired_opinion_can_not_be_given_any_more(city: Town) -> None:
    await submits(city, "chen", "lin", app("小学"))

    expire(city, Desk.RESEARCH)
    await city.person("research").taps("可用")
    await city.person("research").sees("已由系统于3月12日 10:00 办理（会审：记为无意见）")
    assert "可用" not in await city.person("research").live_buttons()


async def test_an_opinion_that_must_be_waited_for_does_not_expire(city: Town) -> None:
    await submits(city, "chen", "lin", app("小学"))
    with pytest.raises(NotAllowedError, match="必须等待"):
        expire(city, Desk.LEGAL)
