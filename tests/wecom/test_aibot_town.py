"""The whole bot with a 智能机器人 in two groups: asked, bound, and told by the outbox."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import ClientSession, web
from pydantic import SecretStr
from sqlalchemy import select

from bot.app import Bot
from bot.clock import Clock
from bot.demo.phones import Phones
from bot.demo.settings import demo_settings
from bot.sandbox.app import build_sandbox
from bot.sandbox.wecom.aibot import PATH
from bot.sandbox.world import Group, Robot
from bot.settings import load_settings
from handlers.asking_there import AT_HOME
from storage import tables as t
from storage.check import check
from tests.handlers.test_asking import read_names
from tests.ports import free_port
from tests.stories.town import SHIPPED, START, furnish, world_around
from tests.wecom.robot import BOT, SECRET, eventually

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@ON_SQLITE
@pytest.mark.covers("R21")
async def test_groups_of_the_organisation_ask_are_bound_and_are_told(
    tmp_path: Path, database_url: str
) -> None:
    web_port, port = free_port(), free_port()
    settings = demo_settings(
        load_settings(SHIPPED, {"BEIAN_DATABASE__URL": database_url}), tmp_path,
        web_port=web_port, sandbox_port=port, database_url=database_url,
    )  # fmt: skip
    given = {"enabled": True, "bot_id": BOT, "secret": SecretStr(SECRET)}
    aibot = settings.wecom.aibot.model_copy(
        update={**given, "ws_url": f"ws://127.0.0.1:{port}{PATH}"}
    )
    wecom = settings.wecom.model_copy(update={"aibot": aibot})
    settings = replace(settings, sections=settings.sections.model_copy(update={"wecom": wecom}))
    clock = Clock()
    clock.move(START)
    bot = Bot(settings, clock)
    bot.prepare()
    bot.ledger.call(furnish)
    bot.ledger.call(read_names)
    world = world_around(settings.wecom.access(), web_port)
    world.bots.append(Robot(BOT, SECRET))
    world.groups += [Group(name, name, robots=(BOT,), members=("chen",)) for name in ("a", "b")]
    runner = web.AppRunner(build_sandbox(world, clock), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await bot.start()
    phones = Phones(f"http://127.0.0.1:{port}", bot.delivery.idle)
    outside = f"http://127.0.0.1:{port}/sandbox"
    async with ClientSession() as http:

        async def said(group: str) -> list[str]:
            async with http.get(f"{outside}/groups/{group}") as answer:
                bubbles = (await answer.json())["bubbles"]
            return [one["text"] for one in bubbles if one["kind"] == "markdown"]

        async def says(who: str, text: str, group: str) -> str:
            before = len(await said(group))
            wish = {"text": text, "group": group}
            async with http.post(f"{outside}/phones/{who}/say", json=wish) as answer:
                assert (await answer.json())["delivered"], await answer.text()
            for _ in range(500):
                if len(found := await said(group)) > before:
                    return found[-1]
                await bot.delivery.idle()
            raise AssertionError(f"{group} was told nothing")

        try:
            await eventually(lambda: bot.channels["wecom-aibot"].line() == "connected")  # type: ignore[attr-defined]
            assert "请问是哪所学校" in await says("lin", "云阅读备案了吗", "b")
            assert "本群已绑定为瓯江实验小学的学校群" in await says("lin", "绑定学校群", "a")
            assert "没有查到“云阅读”在瓯江实验小学的备案" in await says(
                "legal", "云阅读备案了吗", "a"
            )
            assert await says("lin", "进度", "a") == AT_HOME
            assert "名单中本校另有" in (await phones.bubbles("lin"))[-1]["text"]
            bound = bot.ledger.call(
                lambda tx: tx.execute(
                    select(t.chat_group.c.id).where(t.chat_group.c.instance == "wecom-aibot")
                ).scalar_one()
            )
            for group, address in ((bound, ""), (None, "aibot:nowhere")):
                bot.ledger.call(
                    lambda tx, group=group, address=address: tx.outbox.put(
                        instance="wecom-aibot", address=address, now=clock.now(), group_id=group,
                        body={"text": "公告" if group else "无人", "to_group": not group},
                    )
                )  # fmt: skip
            bot.delivery.wake()
            await bot.delivery.idle()
            assert (await said("a"))[-1] == "公告"
            rows = bot.ledger.call(
                lambda tx: tx.execute(
                    select(t.outbox.c.state, t.outbox.c.note)
                    .where(t.outbox.c.instance == "wecom-aibot").order_by(t.outbox.c.seq)
                ).all()
            )  # fmt: skip
            # Where nobody ever spoke to it the platform refuses, and that is kept with its code.
            assert [row.state for row in rows][-2:] == ["sent", "refused"]
            assert rows[-1].note == "846607"
            assert bot.ledger.call(lambda tx: check(tx, clock.now())) == []
        finally:
            await phones.close()
            await bot.stop()
            await runner.cleanup()
