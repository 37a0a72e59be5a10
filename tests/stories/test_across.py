"""One case on two platforms: filed on DingTalk, reviewed on WeCom, registered on DingTalk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.check import check
from tests.stories.filing import opines, registers, submits
from tests.stories.test_main_path import NUMBER
from tests.stories.test_taps import decisions
from tests.stories.town import Town, open_town

SCHOOL_AND_CENTRE = ("chen", "lin", "tech", "tech2")


@pytest.fixture
async def both(tmp_path: Path, database_url: str) -> AsyncIterator[Town]:
    """The school and the technical centre are on DingTalk, the other desks on WeCom."""
    town = await open_town(tmp_path, database_url, on_dingtalk=SCHOOL_AND_CENTRE)
    yield town
    await town.close()


async def test_filed_on_dingtalk_reviewed_on_wecom_registered_on_dingtalk(both: Town) -> None:
    await registers(both)
    for person in ("chen", "lin"):
        await both.person(person).sees(NUMBER)
    await both.person("chen").taps("发公告")
    (told,) = await both.group()
    assert NUMBER in told
    platforms = {await both.phones.platform_of(name) for name in ("chen", "legal", "tech2")}
    assert platforms == {"dingtalk", "wecom"}
    assert both.bot.ledger.call(lambda tx: check(tx, both.clock.now())) == []
    assert await both.phones.violations() == []


async def test_what_one_platform_returns_the_other_mends(both: Town) -> None:
    await submits(both)
    legal = both.person("legal")
    await legal.says("退回 26-0302-0001 请遮盖首页扫描件")
    await legal.says("发出")
    teacher = both.person("chen")
    await teacher.sees("请遮盖首页扫描件")
    await teacher.taps("去补正")
    await teacher.says("交回")
    await legal.sees("学校已补正后交回")
    assert "均未发现" in await legal.live_buttons()


async def test_colleagues_of_one_desk_on_two_platforms_decide_once(
    tmp_path: Path, database_url: str
) -> None:
    town = await open_town(tmp_path, database_url, on_dingtalk=("legal", "chen", "basic2"))
    await submits(town)
    await opines(town, "legal", "均未发现")
    assert "均未发现" not in await town.person("legal2").live_buttons()
    await town.person("legal2").sees("均未发现 · 法规legal")
    assert town.bot.ledger.call(decisions) == 1
    await town.close()
