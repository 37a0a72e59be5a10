"""The page behind a bulletin: for whoever has its link, for some weeks, and of nobody."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from bot.annex import Drawer, DrawingError
from cards.bulletin import BulletinView
from handlers import bulletin
from handlers.bulletin import PAGE, READABLE
from handlers.links import ANYBODY
from tests.storage.conftest import TENANT
from tests.storage.office import register
from tests.web.house import NOW, WXWORK, House

MONTH = f"{TENANT}-20260401-wm"
NOBODY = re.compile("瓯江|云阅读|陈晓|林校长|138|legal|法规处|0302A|26-0302")


@pytest.fixture
def link(house: House) -> str:
    """The link that a group got on the first of April, of March and of the week before."""
    house.ledger.call(register)
    address = house.links.make(PAGE, MONTH, ANYBODY, NOW, READABLE)
    return address.removeprefix(house.links.public_url)


async def test_whoever_has_the_link_reads_numbers_and_nobody_s_name(
    house: House, link: str
) -> None:
    for agent in ("Safari", WXWORK):
        # Inside the platform's own browser too: there is nobody to be signed in.
        status, text = await house.opens(link, agent=agent)
        assert status == 200 and not NOBODY.search(text)
    assert "上月（2026年3月）" in text and "上周（3月23日至29日）" in text
    assert re.search(r"3月</th><td>1</td><td>1</td>", text)
    assert re.search(r"3月23日</th><td>0</td><td>0</td>", text)
    assert re.search(r"<b>1</b>件", text)
    # Scripts only as files of our own, as the page's policy asks.
    assert re.findall(r"<script(?![^>]* src=\"/static/)", text) == []


async def test_a_link_opens_nothing_else_and_ends(house: House, link: str) -> None:
    token = link.rpartition("/")[2]
    others = {f"/m/{page}/{token}" for page in ("view", "figures", "book", "summary", "upload")}
    assert {(await house.opens(other))[0] for other in others} == {403}
    assert (await house.opens(house.link("figures", MONTH).replace("figures", PAGE)))[0] == 403
    for key in ("999999-20260401-w", f"{TENANT}-20260401-x", TENANT):
        assert (await house.opens(house.link(PAGE, key)))[0] == 404
    house.clock[0] = NOW + READABLE + timedelta(seconds=1)
    status, text = await house.opens(link)
    assert status == 410 and "这一期通报的链接已过期" in text


async def test_a_group_that_opens_it_at_once_has_it_counted_once_in_five_minutes(
    house: House, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[str] = []

    def by_key(*args: Any) -> BulletinView | None:
        counted.append(args[2])
        return bulletin.by_key(*args)

    monkeypatch.setattr("bot.web.bulletin.by_key", by_key)
    answers = await asyncio.gather(*(house.opens(link) for _ in range(20)))
    assert len(set(answers)) == 1 and counted == [MONTH]
    house.clock[0] += timedelta(minutes=4)
    await house.opens(link)
    assert counted == [MONTH]
    house.clock[0] += timedelta(minutes=1)
    await house.opens(link)
    assert counted == [MONTH, MONTH]


async def test_its_picture_is_had_under_the_same_link(
    house: House, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with house.client.get(f"{link}.png") as answer:
        assert answer.status == 200 and answer.content_type == "image/png"
        assert (await answer.read()).startswith(b"\x89PNG")

    async def fails(_drawer: Drawer, _wish: Mapping[str, Any]) -> bytes:
        raise DrawingError("unsound")

    monkeypatch.setattr(Drawer, "picture", fails)
    assert (await house.opens(f"{link}.png"))[0] == 503
    assert (await house.opens(f"{link[:-2]}.png"))[0] == 403
