"""What a whole process says of its stream, and that it shares one where it is not alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from bot.app import Bot
from bot.channels.dingtalk import DingTalkChannel
from storage import tables as t
from storage.transaction import Transaction
from tests.dingtalk.test_town import Phone, town
from tests.ports import free_port
from tests.sandbox_dingtalk.lab import APP


async def readiness(phone: Phone, bot: Bot | None = None) -> dict[str, Any]:
    web = (bot or phone.bot).settings.web
    async with phone.http.get(f"http://{web.host}:{web.port}/readyz") as answer:
        assert answer.status == 200
        return dict(await answer.json())


async def test_a_process_is_ready_with_its_stream_and_gives_it_up_when_it_stops(
    tmp_path: Path, database_url: str
) -> None:
    async with town(tmp_path, database_url) as phone:
        said = await readiness(phone)
        held = phone.bot.ledger.call(
            lambda tx: tx.execute(select(t.held_line.c.name)).scalars().all()
        )
        ledger = phone.bot.ledger
        assert said["lines"] == {"dingtalk": "connected"}
        # SQLite is one process's: it asks nobody.
        assert held == ([f"dingtalk:{APP}"] if ledger.is_shared else [])
    reopened = ledger.open()
    try:
        assert reopened.call(lambda tx: tx.execute(select(t.held_line)).first()) is None
    finally:
        reopened.close()


def another(bot: Bot) -> Bot:
    """Return a second process of the same installation."""
    sections = bot.settings.sections
    web = sections.web.model_copy(update={"port": free_port()})
    return Bot(replace(bot.settings, sections=sections.model_copy(update={"web": web})), bot.clock)


async def stands(phone: Phone, bot: Bot, how: str) -> None:
    """Wait until a process says that its stream stands so."""
    async with asyncio.timeout(15):
        while (await readiness(phone, bot))["lines"] != {"dingtalk": how}:  # noqa: ASYNC110 - no bell
            await asyncio.sleep(0.02)


def give_to(bot: Bot) -> Callable[[Transaction], object]:
    """Let the turn be another process's, as if it had come first."""
    channel = bot.channels["dingtalk"]
    assert isinstance(channel, DingTalkChannel) and channel._turn is not None
    holder = channel._turn.holder
    return lambda tx: tx.execute(update(t.held_line).values(holder=holder))


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_while_one_process_follows_another_everybody_is_heard(
    tmp_path: Path, database_url: str
) -> None:
    async with town(tmp_path, database_url) as phone:
        leaver = another(phone.bot)
        leaver.prepare()
        await leaver.start()
        phone.bot.ledger.call(give_to(leaver))
        await stands(phone, phone.bot, "elsewhere")
        await stands(phone, leaver, "connected")
        # What was under way when a line was closed is done, although nobody is told so.
        await phone.call("rules", ack_wait_seconds=0.2)
        stopping = asyncio.create_task(leaver.stop())
        said = 0
        while not stopping.done():
            assert (await phone.call("phones/chen/say", text="帮助"))["delivered"]
            said += 1
        await stopping
        assert (await phone.call("phones/chen/say", text="帮助"))["acked"] and said
        await stands(phone, phone.bot, "connected")
        taken = phone.bot.ledger.call(
            lambda tx: tx.execute(select(func.count()).select_from(t.inbox)).scalar_one()
        )
        assert taken == said + 1
