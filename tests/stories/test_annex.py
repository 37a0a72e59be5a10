"""The annex in one tap, and the same picture for the school's group."""

from __future__ import annotations

import io
import re
from urllib.parse import quote, urljoin

import aiohttp
import pytest
from pypdf import PdfReader
from sqlalchemy import select

from bot.annex import DrawingError
from storage import tables as t
from storage.check import check
from tests.stories import pilots
from tests.stories.filing import registers, submits
from tests.stories.test_main_path import NUMBER
from tests.stories.test_paper import enters
from tests.stories.town import Somebody, Town

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
_LINK = re.compile(r"http://127\.0\.0\.1:\d+/m/annex/[0-9A-Za-z._-]+")


async def fetch(address: str) -> tuple[int, bytes]:
    async with aiohttp.ClientSession() as session, session.get(address) as answer:
        return answer.status, await answer.read()


async def printed(who: Somebody) -> str:
    """Open the newest link to an annex on somebody's phone; return what stands on the PDF."""
    links = _LINK.findall(str(await who.town.phones.bubbles(who.userid)))
    status, file = await fetch(links[-1])
    assert (status, file[:5]) == (200, b"%PDF-")
    pages = PdfReader(io.BytesIO(file)).pages
    return "".join("".join(page.extract_text().split()) for page in pages)


@pytest.mark.covers("R22", "R35", "R77", "R97")
async def test_after_registration_one_tap_gives_the_annex_and_the_number_is_live(
    town: Town, teacher: Somebody
) -> None:
    await registers(town)
    await teacher.taps("审批表")
    shown = await printed(teacher)
    for words in (NUMBER, "林校长", "签字：基教basic同意", "法规legal", "13857712345", "均未发现"):
        assert words in shown, words
    base = town.bot.settings.web.public_url
    status, page = await fetch(f"{base}/f/{quote(NUMBER)}")
    assert status == 200 and "已备案" in page.decode() and "陈晓" not in page.decode()


async def test_the_group_hears_the_words_once_and_sees_the_picture_once(
    town: Town, teacher: Somebody
) -> None:
    await registers(town)
    await teacher.taps("发公告")
    (told,) = await town.group()
    (address,) = await town.pictures()
    assert NUMBER in told and "/f/2026-0302A0001" in told
    sandbox = f"http://127.0.0.1:{town.bot.settings.sandbox.port}"
    status, picture = await fetch(urljoin(sandbox, address))
    assert status == 200 and picture.startswith(b"\x89PNG") and len(picture) < 2 * 1024 * 1024
    assert town.bot.ledger.call(lambda tx: check(tx, town.clock.now())) == []


@on_sqlite
async def test_a_drawing_that_fails_holds_up_no_words(
    town: Town, teacher: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(_wish: object) -> bytes:
        raise DrawingError

    monkeypatch.setattr(town.bot.delivery, "draw", fails)
    await registers(town)
    await teacher.taps("发公告")
    assert (len(await town.group()), await town.pictures()) == (1, [])
    ends = town.bot.ledger.call(
        lambda tx: list(tx.execute(select(t.outbox.c.state).where(t.outbox.c.group_id == "g1")))
    )
    assert [one.state for one in ends] == ["sent", "dropped"]
    assert town.bot.ledger.call(lambda tx: check(tx, town.clock.now())) == []


@on_sqlite
async def test_a_reviewer_types_for_it_and_a_stranger_to_the_case_gets_nothing(city: Town) -> None:
    await submits(city)
    reviewer = city.person("legal")
    await reviewer.says("审批表 26-0302-0001")
    shown = await printed(reviewer)
    assert "办理中" in shown and "审批日期：年月日" in shown
    for other in (city.person("next"), city.person("vt")):
        await other.says("审批表 26-0302-0001")
        assert "没有找到这件备案" in await other.last()
    await reviewer.says("审批表")
    assert "请发“审批表”加办件号" in await reviewer.last()


@on_sqlite
async def test_progress_opens_it_with_one_tap(town: Town, principal: Somebody) -> None:
    await submits(town)
    await principal.says("进度")
    assert "办理中" in await printed(principal)
    await principal.says("审批表")
    assert "审批表：云阅读" in await principal.last()


@on_sqlite
async def test_a_pilot_is_marked_as_one_and_whoever_looks_at_it_has_its_annex(town: Town) -> None:
    await pilots.sends(town)
    named = town.person("legal2")
    await named.says(f"审批表 {pilots.CASE}")
    assert f"{pilots.CASE}试点" in await printed(named)


@on_sqlite
async def test_a_signature_on_paper_is_said_to_be_one(town: Town) -> None:
    await enters(town)
    reviewer = town.person("legal")
    await reviewer.says("审批表 26-0302-0001")
    shown = await printed(reviewer)
    assert "林校长在纸质审批表上签署，见扫描件审核日期：2026年3月6日" in shown
    assert "纸质审批表扫描件“scan.pdf”" in shown and "本人账号确认" not in shown
