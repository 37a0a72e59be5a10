"""What the form says back: cards that were answered, and what a sentence asked for is taken."""

from __future__ import annotations

import pytest

from tests.stories.town import Town

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def test_the_card_that_asks_for_the_kind_is_closed_by_its_tap(
    town: Town, on_dingtalk: frozenset[str]
) -> None:
    teacher = town.person("chen")
    await teacher.says("备案")
    await teacher.taps("应用")
    if on_dingtalk:
        assert await teacher.live_buttons() == {"提交", "一项一项填"}
        await teacher.taps("一项一项填")
    assert await teacher.live_buttons() == set()
    await teacher.sees("请发应用名称")


async def test_a_bare_answer_to_what_could_not_be_read_is_taken(town: Town) -> None:
    teacher = town.person("chen")
    await teacher.says("备案")
    await teacher.taps("应用")
    await teacher.says("云阅读 四到六年级 620人 负责人王老师 13857712345")
    await teacher.sees("贵校名单中没有“王老师”")
    await teacher.says("我")
    assert "陈晓" in await teacher.last()
    assert "贵校名单中没有" not in await teacher.last()
