"""The silent sign-in all the way round: the real channel, and the sandbox in WeCom's place."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from bot.channels.wecom import WecomChannel
from bot.files import FileStore
from bot.sandbox.app import build_sandbox
from bot.sandbox.clock import Clock
from bot.sandbox.world import World
from storage.ledger import Ledger
from tests.ports import free_port
from tests.sandbox import lab
from tests.web.house import NOW, WXWORK, House, open_house, other_settings


@dataclass(frozen=True, slots=True)
class WecomSettings:
    """What the section ``[wecom]`` holds, with the sandbox in WeCom's place."""

    base: str
    corp_id: str = lab.CORP
    agent_id: int = lab.AGENT
    secret: str = lab.SECRET
    token: str = lab.TOKEN
    encoding_aes_key: str = lab.AES_KEY
    ca_file: str = ""

    @property
    def api_base(self) -> str:
        return f"{self.base}/wecom-api"

    @property
    def oauth_base(self) -> str:
        return f"{self.base}/wecom-oauth"


class NoTokens:
    """Nothing is shared with another process."""

    async def load(self, key: str) -> tuple[str, datetime] | None:
        return None

    async def save(self, key: str, token: str, expires_at: datetime) -> None: ...


@pytest.fixture
async def house(ledger: Ledger, store: FileStore) -> AsyncIterator[House]:
    """The pages under the address that WeCom trusts, beside a running platform."""
    port = free_port()
    city = copy.deepcopy(lab.CITY)
    city["apps"][0]["trusted_domain"] = f"127.0.0.1:{port}"
    city["members"].append({"userid": "Chen", "name": "陈晓"})
    platform = TestServer(build_sandbox(World.from_dict(city), Clock(NOW, lambda: 0.0)))
    await platform.start_server()
    channel = WecomChannel(
        WecomSettings(str(platform.make_url("/")).rstrip("/")), installation="t",
        tokens=NoTokens(), now=lambda: NOW, count=lambda _api: None,
    )  # fmt: skip
    await channel.start()
    settings = other_settings(public_url=f"http://127.0.0.1:{port}")
    opened = await open_house(ledger, store, settings, channel=channel, port=port)
    yield opened
    await opened.client.close()
    await channel.stop()
    await platform.close()


async def opens(house: House, link: str, userid: str) -> tuple[int, str, str]:
    """Open a link on somebody's phone, wherever it leads; return status, last path and text."""
    jar = aiohttp.CookieJar(unsafe=True)
    jar.update_cookies({"sandbox_phone": userid})
    async with (
        aiohttp.ClientSession(cookie_jar=jar, headers={"User-Agent": WXWORK}) as browser,
        browser.get(house.links.public_url + link) as answer,
    ):
        return answer.status, str(answer.url.relative()), await answer.text()


async def test_a_member_is_signed_in_without_noticing(house: House) -> None:
    link = house.link("upload", house.draft().id)
    status, path, text = await opens(house, link, "Chen")
    assert (status, path) == (200, link) and "还差 5 份" in text


async def test_somebody_else_s_phone_stays_outside(house: House) -> None:
    link = house.link("upload", house.draft().id)
    for userid, sentence in (("ZhangSan", "没有认出您的账号"), ("parent1", "只对本单位成员开放")):
        status, _, text = await opens(house, link, userid)
        assert status == 403 and sentence in text
