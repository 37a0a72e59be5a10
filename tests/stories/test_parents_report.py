"""Parents report from WeChat as in the dialogues (E.14), and follow it from elsewhere."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.sandbox.app import SANDBOX
from storage import tables as t
from storage.check import check
from tests.files.photos import BIRD, bare_jpg, jpg
from tests.stories.town import START, Town, open_town
from tests.stories.wechat import KF, OFFICIAL, Parent

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
async def town(tmp_path: Path, database_url: str) -> AsyncIterator[Town]:
    town = await open_town(tmp_path, database_url, with_parents=True)
    yield town
    await town.close()


async def picks(parent: Parent, words: str, number: int) -> None:
    """Tap an item of the newest menu, or type its number where there are no menus."""
    bubbles = await parent.town.phones.bubbles(parent.phone)
    if parent.phone == KF:
        menu = [one for one in bubbles if one["kind"] == "menu"][-1]
        await parent.does("tap", bubble=menu["id"], item=words)
    else:
        assert f"{number} {words}" in bubbles[-1]["text"]
        await parent.says(str(number))


async def last(parent: Parent) -> str:
    """Return what was said last, with what can be tapped on it."""
    bubble = [one for one in await parent.town.phones.bubbles(parent.phone) if one["side"] == "app"]
    items = bubble[-1].get("items", ())
    return "\n".join((str(bubble[-1]["text"]), *(one["text"] for one in items)))


async def test_a_parent_reports_on_either_account_and_follows_it_from_the_other(
    town: Town, capfd: pytest.CaptureFixture[str]
) -> None:
    finance, whole = town.person("finance"), {}
    kf, official = Parent(KF, town), Parent(OFFICIAL, town)
    for parent in (kf, official):
        await parent.says("学校收了3280买平板")
        for words in ("收费类反映", "可以再补充：学校、时间和方式", "学校看不到您是谁"):
            assert words in await last(parent)
        await parent.says("瓯江实验小学")
        await town.phones.sends_picture(parent.phone, jpg(), "IMG_王小明.jpg")
        await parent.says("好了")
        for words in ("瓯江实验小学", "图片1张", "匿名提交", "留联系方式"):
            assert words in await last(parent)
        assert (await last(parent)).count("收费类反映") == 1
        await picks(parent, "匿名提交", 1)
        told = await last(parent)
        assert "5个工作日内会有首次答复" in told and "学校看不到您是谁" in told
        (found,) = re.findall(r"回执 ([0-9A-Z]{4}-[0-9A-Z]{4})", told)
        whole[parent.phone] = found
    kept = town.bot.ledger.call(lambda tx: tx.execute(select(t.report_file)).all())
    assert [town.bot.files.path(one.digest).read_bytes() for one in kept] == [bare_jpg()] * 2
    for parent, other, days in ((kf, official, 4), (official, kf, 6)):
        code = whole[parent.phone][:4]
        await finance.says(f"受理 {code}")
        # The answer without a question: sent where the platform takes it, else with the next one.
        await parent.says(f"查 {code}")
        assert "计财部门已受理，正在核实" in await last(parent)
        assert f"回执 {code}：已由计财部门受理" in "\n".join(await parent.hears())
        await other.says(f"查 {code}")
        assert "没有查到这个回执号" in "\n".join(await other.hears())
        await other.says(f"查 {whole[parent.phone]}")
        assert "计财部门已受理" in await last(other)
        await finance.says(f"请补充 {code} 请写明收款人和日期")
        await parent.says(f"补充 {code} 3月2日，班主任收")
        town.clock.move(START + timedelta(days=days))
        await finance.says(f"办结 {code} 属实已整改 已全部退还")
        await parent.says("谢谢")
        assert f"回执 {code}：已全部退还" in "\n".join(await parent.hears())
    await finance.says("待办")
    entries = town.sandbox[SANDBOX].journal.entries
    asked = [one["api"] for one in entries if one["kind"] == "wechat.api"]
    assert set(asked) <= {"token", "media/get"}
    assert {state for parent in (kf, official) for state, _ in parent.rows()} <= {"sent", "carried"}
    logged = "".join(capfd.readouterr())
    assert not [one for one in (*whole.values(), "3280", BIRD.decode()) if one in logged]
    assert town.bot.ledger.call(lambda tx: check(tx, town.clock.now())) == []
