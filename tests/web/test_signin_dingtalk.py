"""The sign-in of DingTalk all the way round: the real channel, and the sandbox in its place."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from sqlalchemy import insert

from bot.channels.dingtalk import DingTalkChannel
from bot.files import FileStore
from bot.sandbox.app import build_sandbox
from bot.sandbox.clock import Clock
from bot.sandbox.dingtalk.phones import COOKIE
from bot.sandbox.world import World
from bot.web.signin import SignIn
from storage import tables as t
from storage.ledger import Ledger
from tests.dingtalk.platform import MemoryTokens, Settings
from tests.ports import free_port
from tests.sandbox_dingtalk import lab
from tests.web.house import NOW, WXWORK, House, open_house, other_settings

DINGTALK = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AliApp(DingTalk/7.6.30) NetType"


@pytest.fixture
async def house(ledger: Ledger, store: FileStore) -> AsyncIterator[House]:
    """The pages under the address that the application's console names, beside DingTalk."""
    ledger.call(
        lambda tx: tx.execute(
            insert(t.account).values(
                instance="dingtalk", folded="u-chen", address="U-Chen", person_id="chen"
            )
        )
    )
    port = free_port()
    city = copy.deepcopy(lab.CITY)
    city["ding_apps"][0]["redirects"] = [f"127.0.0.1:{port}"]
    city["members"].append({"userid": "chen", "name": "陈晓", "dingtalk": "U-Chen"})
    platform = TestServer(build_sandbox(World.from_dict(city), Clock(NOW, lambda: 0.0)))
    await platform.start_server()
    base = str(platform.make_url("")).rstrip("/")
    channel = DingTalkChannel(
        Settings(
            f"{base}/dingtalk-api", f"{base}/dingtalk-oapi", login_base=f"{base}/dingtalk-login"
        ),
        installation="t", tokens=MemoryTokens(), now=lambda: NOW, count=lambda _api: None,
    )  # fmt: skip
    await channel.start()
    settings = other_settings(public_url=f"http://127.0.0.1:{port}")
    opened = await open_house(ledger, store, settings, channel=channel, port=port)
    yield opened
    await opened.client.close()
    await channel.stop()
    await platform.close()


async def opens(
    house: House, link: str, userid: str, agent: str = DINGTALK
) -> tuple[int, str, str]:
    """Open a link on somebody's phone, wherever it leads; return status, last path and text."""
    jar = aiohttp.CookieJar(unsafe=True)
    jar.update_cookies({COOKIE: userid})
    async with (
        aiohttp.ClientSession(cookie_jar=jar, headers={"User-Agent": agent}) as browser,
        browser.get(house.links.public_url + link) as answer,
    ):
        return answer.status, str(answer.url.relative()), await answer.text()


def test_the_dingtalk_channel_signs_in() -> None:
    assert issubclass(DingTalkChannel, SignIn)


async def test_a_member_comes_back_to_the_page(house: House) -> None:
    link = house.link("upload", house.draft().id)
    status, path, text = await opens(house, link, "chen")
    assert (status, path) == (200, link) and "还差 5 份" in text


async def test_who_signs_in_acts_not_whom_the_link_was_made_for(house: House) -> None:
    link = house.link("upload", house.draft().id, "lin")
    assert (await opens(house, link, "chen"))[0] == 200


async def test_somebody_else_s_phone_stays_outside(house: House) -> None:
    link = house.link("upload", house.draft().id)
    for userid, sentence in (("zhang", "没有认出您的账号"), ("guest", "只对本单位成员开放")):
        status, _, text = await opens(house, link, userid)
        assert status == 403 and sentence in text and "企业微信" not in text


@pytest.mark.parametrize("agent", ["Safari", WXWORK])
async def test_in_another_browser_the_link_alone_serves(house: House, agent: str) -> None:
    link = house.link("upload", house.draft().id)
    assert (await opens(house, link, "nobody", agent))[0] == 200
