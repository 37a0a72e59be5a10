"""The whole bot on the emulated DingTalk: words typed and buttons tapped, over the stream."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, web
from pydantic import SecretStr
from sqlalchemy import insert

from bot.app import Bot
from bot.clock import Clock
from bot.demo.phones import all_text
from bot.demo.settings import demo_settings
from bot.sandbox.app import build_sandbox
from bot.sandbox.world import World
from bot.settings import load_settings
from cards.render.dingtalk import REVIEW
from storage import tables as t
from storage.transaction import Transaction
from tests.ports import free_port
from tests.sandbox_dingtalk.lab import APP, CORP, SECRET
from tests.stories.town import SHIPPED, START, furnish

TEMPLATE = "beian-review.schema"


@dataclass(slots=True)
class Phone:
    """Chen's DingTalk, over the sandbox's own calls."""

    bot: Bot
    http: ClientSession
    sandbox: str

    async def call(self, path: str, **wish: Any) -> Any:
        async with self.http.post(f"{self.sandbox}/sandbox/dingtalk/{path}", json=wish) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def says(self, text: str) -> None:
        await self.call("phones/chen/say", text=text)
        await self.bot.delivery.idle()

    async def taps(self, words: str) -> None:
        card = next(one for one in reversed(await self.bubbles()) if one["kind"] == "card")
        buttons = json.loads(card["card"]["variables"]["buttons"])
        key = next(button["key"] for button in buttons if button["text"] == words)
        await self.call("phones/chen/tap", bubble=card["id"], action="tap", params={"key": key})
        await self.bot.delivery.idle()

    async def bubbles(self) -> list[dict[str, Any]]:
        async with self.http.get(f"{self.sandbox}/sandbox/dingtalk/phones/chen") as answer:
            return list((await answer.json())["bubbles"])

    async def last(self) -> str:
        return all_text((await self.bubbles())[-1])


def on_dingtalk(tx: Transaction) -> None:
    """Give the teacher an account there."""
    furnish(tx)
    tx.execute(
        insert(t.account).values(
            instance="dingtalk", folded="d-chen", address="d-chen", person_id="chen"
        )
    )


@asynccontextmanager
async def town(folder: Path, url: str) -> AsyncIterator[Phone]:
    web_port, sandbox_port = free_port(), free_port()
    outside = f"http://127.0.0.1:{sandbox_port}"
    settings = demo_settings(
        load_settings(SHIPPED, {"BEIAN_DATABASE__URL": url}), folder,
        web_port=web_port, sandbox_port=sandbox_port, database_url=url,
    )  # fmt: skip
    dingtalk = settings.sections.dingtalk.model_copy(
        update={
            "enabled": True, "corp_id": CORP, "client_id": APP, "robot_code": APP,
            "client_secret": SecretStr(SECRET), "card_template_review": TEMPLATE,
            "api_base": f"{outside}/dingtalk-api", "oapi_base": f"{outside}/dingtalk-oapi",
        }
    )  # fmt: skip
    sections = settings.sections.model_copy(update={"dingtalk": dingtalk})
    clock = Clock()
    clock.move(START)
    bot = Bot(replace(settings, sections=sections), clock)
    bot.prepare()
    bot.ledger.call(on_dingtalk)
    world = World.from_dict(
        {
            "corps": [{"corp_id": "ww1", "name": "鹿城区"}],
            "ding_apps": [{"corp_id": CORP, "client_id": APP, "client_secret": SECRET}],
            "members": [{"userid": "chen", "name": "陈晓", "dingtalk": "d-chen"}],
        }
    )
    runner = web.AppRunner(build_sandbox(world, clock), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", sandbox_port).start()
    async with ClientSession() as http:
        phone = Phone(bot, http, outside)
        await phone.call("templates", **REVIEW.to_json(TEMPLATE))
        await bot.start()
        try:
            await connected(phone)
            yield phone
        finally:
            await bot.stop()
            await runner.cleanup()


async def connected(phone: Phone) -> None:
    """Wait until the bot's stream is there."""
    async with asyncio.timeout(20):
        while True:
            async with phone.http.get(f"{phone.sandbox}/sandbox/dingtalk") as answer:
                if (await answer.json())["connections"]:
                    return
            await asyncio.sleep(0.05)


async def test_a_teacher_begins_a_filing_on_dingtalk(tmp_path: Path, database_url: str) -> None:
    async with town(tmp_path, database_url) as phone:
        await phone.says("备案")
        assert "要备案的是哪一类" in await phone.last()
        await phone.taps("应用")
        await phone.taps("一项一项填")
        assert "请发应用名称" in await phone.last()
        await phone.says("云阅读 四到六年级 620人 负责人陈晓 13857712345")
        assert "已认出以下内容" in await phone.last()
        assert "138＊＊＊＊2345" in await phone.last()
        async with phone.http.get(f"{phone.sandbox}/sandbox/sent") as answer:
            kinds = {one["kind"] for one in await answer.json()}
        assert any(kind.startswith("dingtalk.card") for kind in kinds)
        assert "dingtalk.violation" not in kinds
