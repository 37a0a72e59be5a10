"""A small county with phones: the real bot, the strict sandbox, and people who use them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from aiohttp import web
from sqlalchemy import insert

from bot.app import Bot
from bot.clock import Clock
from bot.demo.phones import Phones, all_text
from bot.demo.settings import demo_settings
from bot.sandbox.app import build_sandbox
from bot.sandbox.world import World
from bot.sections import WecomAccess
from bot.settings import load_settings
from storage import tables as t
from storage.transaction import Transaction
from tests.storage.office import STAFF, settle_in
from tests.stories.places import everybody, furnish_city

SHIPPED = Path(__file__).parents[2] / "settings.toml"
START = datetime.fromisoformat("2026-03-12T10:00:00+08:00")  # a Thursday
TENANT, SCHOOL = "330302", "3303020001"
GROUP_KEY = "693a91f6-7aaa-4bc4-97a0-0ec2sifa5aaa"
PEOPLE = {"chen": "陈晓", "lin": "林校长", "stranger": "陌生人"}


def free_port() -> int:
    """Return a port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def furnish(tx: Transaction) -> None:
    """Write the county's directory, a product and the school's group."""
    settle_in(tx)
    tx.execute(
        insert(t.person).values(id="basic2", name="基教二号"),
    )
    tx.execute(
        insert(t.account).values(
            instance="wecom", folded="basic2", address="basic2", person_id="basic2"
        )
    )
    tx.execute(
        insert(t.post).values(
            tenant=TENANT,
            unit_code="D-basic",
            person_id="basic2",
            role="reviewer",
            valid_from=date(2026, 1, 1),
        )
    )
    tx.execute(
        insert(t.product).values(
            id="p1",
            name="云阅读",
            folded="云阅读",
            developer="杭州某公司",
            product_no="教APP备3301234号",
            kind="app",
            checked="已核验",
        )
    )
    cipher = tx.cipher
    tx.execute(
        insert(t.chat_group).values(
            tenant=TENANT,
            id="g1",
            unit_code=SCHOOL,
            name="四年级家长群",
            purpose="学校群",
            instance="wecom",
            platform="wecom-webhook",
            address=cipher.seal(GROUP_KEY, "chat_group.address"),
            address_index=cipher.blind_index(GROUP_KEY, "chat_group.address"),
        )
    )


class Place(Protocol):
    """Where people have phones."""

    @property
    def phones(self) -> Phones:
        """Their phones."""
        ...

    def person(self, userid: str) -> Somebody:
        """Hand over somebody's phone."""
        ...


@dataclass(slots=True)
class Town:
    """The bot and the world around it, in one process over real sockets."""

    bot: Bot
    phones: Phones
    sandbox: web.Application
    runner: web.AppRunner
    clock: Clock

    def person(self, userid: str) -> Somebody:
        """Hand over somebody's phone."""
        return Somebody(userid, self)

    async def group(self) -> list[str]:
        """Return what the school's group was told."""
        return [all_text(bubble) for bubble in await self.phones.group("g1")]

    async def close(self) -> None:
        """End everything."""
        await self.phones.close()
        await self.bot.stop()
        await self.runner.cleanup()


async def open_town(folder: Path, database_url: str, *, whole_city: bool = False) -> Town:
    """Build the town and open its ports; ``whole_city``: with all of ``places`` around it."""
    web_port, sandbox_port = free_port(), free_port()
    settings = demo_settings(
        load_settings(SHIPPED, {"BEIAN_DATABASE__URL": database_url}),
        folder,
        web_port=web_port,
        sandbox_port=sandbox_port,
        database_url=database_url,
    )
    clock = Clock()
    clock.move(START)
    bot = Bot(settings, clock)
    bot.prepare()
    bot.ledger.call(furnish)
    if whole_city:
        bot.ledger.call(furnish_city)
    world = world_around(settings.wecom.access(), web_port, everybody() if whole_city else ())
    sandbox = build_sandbox(world, clock)
    runner = web.AppRunner(sandbox, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", sandbox_port).start()
    await bot.start()
    phones = Phones(f"http://127.0.0.1:{sandbox_port}", bot.delivery.idle)
    return Town(bot, phones, sandbox, runner, clock)


def world_around(access: WecomAccess, web_port: int, more: Iterable[str] = ()) -> World:
    """Return the platform's side: the app, everybody's phone, the school's group."""
    names = (*PEOPLE, *STAFF, "basic2", *more)
    return World.from_dict(
        {
            "corps": [{"corp_id": access.corp_id, "name": "鹿城区"}],
            "apps": [
                {
                    "agent_id": access.agent_id,
                    "name": "备案助手",
                    "secret": access.secret,
                    "token": access.token,
                    "encoding_aes_key": access.encoding_aes_key,
                    "callback_url": f"http://127.0.0.1:{web_port}/wecom/callback",
                }
            ],
            "members": [{"userid": name, "name": PEOPLE.get(name, name)} for name in names],
            "groups": [{"id": "g1", "name": "四年级家长群", "key": GROUP_KEY, "members": ["chen"]}],
        }
    )


@dataclass(slots=True)
class Somebody:
    """A person with a phone."""

    userid: str
    town: Place
    count: int = field(default=0)

    async def says(self, text: str) -> None:
        """Type a message."""
        self.count += 1
        await self.town.phones.says(self.userid, text)

    async def taps(
        self, button: str, *, chosen: dict[str, Sequence[str]] | None = None, case: str = ""
    ) -> None:
        """Tap a button of the newest card that has it."""
        self.count += 1
        await self.town.phones.taps(self.userid, button, chosen=chosen, case=case)

    async def uploads(self, *slots: str) -> None:
        """Hand in a small PDF for each slot, over the page that the bot's link opens."""
        files = [(slot, f"{slot}.pdf", pdf(slot)) for slot in slots]
        await self.town.phones.uploads(self.userid, files)

    async def screen(self) -> str:
        """Return everything that stands on the phone, from the bot, oldest first."""
        bubbles = await self.town.phones.bubbles(self.userid)
        return "\n".join(all_text(one) for one in bubbles if one["side"] == "app")

    async def last(self) -> str:
        """Return what the bot said last."""
        bubbles = await self.town.phones.bubbles(self.userid)
        return next(all_text(one) for one in reversed(bubbles) if one["side"] == "app")

    async def sees(self, words: str) -> None:
        """Expect words somewhere on the phone."""
        screen = await self.screen()
        assert words in screen, f"{self.userid} does not see {words!r} in:\n{screen[-1500:]}"

    async def does_not_see(self, words: str) -> None:
        """Expect words nowhere on the phone."""
        assert words not in await self.screen()

    async def live_buttons(self) -> set[str]:
        """Return the buttons that still do something on this phone."""
        found: set[str] = set()
        for bubble in await self.town.phones.bubbles(self.userid):
            if bubble["kind"] == "card" and bubble["state"]["live"]:
                card: dict[str, Any] = bubble["card"]
                found |= {one["text"] for one in card.get("button_list", ())}
        return found


def pdf(words: str) -> bytes:
    """Return a small real PDF."""
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n% " + words.encode() + b"\n"
        b"trailer<</Root 1 0 R>>\n%%EOF\n"
    )


async def later(town: Town, **span: float) -> None:
    """Let time pass for everybody."""
    town.clock.move(town.clock.now() + timedelta(**span))
    await town.bot.delivery.idle()
    await asyncio.sleep(0)
