"""A county on both platforms: its desks tap on one, its groups are on the emulated DingTalk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import ClientSession, web
from pydantic import SecretStr
from sqlalchemy import insert, select, update

from bot.app import Bot
from bot.clock import Clock
from bot.demo.phones import Phones
from bot.demo.settings import demo_settings
from bot.sandbox.app import build_sandbox
from bot.sandbox.world import DingApp, Group, World
from bot.settings import load_settings
from storage import tables as t
from storage.check import check
from storage.gaps import CITY
from storage.transaction import Transaction
from tests.ports import free_port
from tests.sandbox_dingtalk.lab import APP, CORP, SECRET, SIGNED
from tests.stories.town import SHIPPED, START, TENANT, Somebody, furnish, world_around

OTHER = "3303020002"
ROBOT = "webhook-of-the-parents"
T = TypeVar("T")


@dataclass(slots=True)
class Yard:
    """The bot, and every phone and group around it."""

    bot: Bot
    phones: Phones
    http: ClientSession
    sandbox: str
    clock: Clock

    def person(self, userid: str) -> Somebody:
        """Hand over somebody's phone on the first platform."""
        return Somebody(userid, self)

    async def post(self, path: str, **wish: Any) -> Any:
        """Do something at the sandbox, and wait until the bot has said all it says."""
        async with self.http.post(f"{self.sandbox}/sandbox/{path}", json=wish) as answer:
            assert answer.status == 200, await answer.text()
            said = await answer.json()
        await self.bot.delivery.idle()
        return said

    async def get(self, path: str) -> Any:
        async with self.http.get(f"{self.sandbox}/sandbox/{path}") as answer:
            return await answer.json()

    async def says(self, who: str, text: str, group: str = "parents") -> None:
        """Mention the assistant in a group."""
        await self.post(f"dingtalk/phones/{who}/say", text=text, group=group)

    async def group(self, group: str = "parents") -> list[str]:
        """Return what the assistant said in a group."""
        bubbles = (await self.get(f"dingtalk/groups/{group}"))["bubbles"]
        return [one["text"] for one in bubbles if one["kind"] == "markdown"]

    async def heard(self, who: str) -> list[str]:
        """Return what somebody was told alone, on the platform of the groups."""
        bubbles = (await self.get(f"dingtalk/phones/{who}"))["bubbles"]
        return [one["text"] for one in bubbles if one["side"] == "app"]

    async def dissolves(self, group: str = "parents") -> None:
        await self.post("dingtalk/groups", id=group)

    async def is_sound(self) -> None:
        """Hold the ledger's promises, and that the platform found nothing to punish."""
        now = self.clock.now()
        assert self.reads(lambda tx: check(tx, now)) == []
        assert (await self.get("dingtalk"))["violations"] == []

    def reads(self, work: Callable[[Transaction], T]) -> T:
        return self.bot.ledger.call(work)

    def bound(self) -> list[tuple[str, str, str]]:
        """Return (unit, purpose, name) of the groups that are bound now."""
        c = t.chat_group.c
        rows = self.reads(
            lambda tx: tx.execute(
                select(c.unit_code, c.purpose, c.name).where(c.bound, c.active).order_by(c.id)
            ).all()
        )
        return [(row.unit_code, row.purpose, row.name) for row in rows]

    def lists(self, name: str, address: str, *, secret: str = "", **change: Any) -> None:
        """Let the roster list a group of the school, as it lists robots."""

        def write(tx: Transaction) -> None:
            seal = tx.cipher.seal
            tx.execute(
                insert(t.chat_group).values(
                    **{
                        "tenant": TENANT, "id": f"listed-{name}", "unit_code": "3303020001",
                        "name": name, "purpose": "学校群", "instance": "dingtalk",
                        "platform": "dingtalk-webhook",
                        "address": seal(address, "chat_group.address"),
                        "address_index": tx.cipher.blind_index(address, "chat_group.address"),
                        "secret": seal(secret, "chat_group.secret") if secret else "",
                        **change,
                    }
                )
            )  # fmt: skip

        self.bot.ledger.call(write)

    def journal(self) -> list[tuple[str, str, str]]:
        """Return (act, person, role) of what was done with groups."""
        c = t.journal.c
        rows = self.reads(
            lambda tx: tx.execute(
                select(c.act, c.person_id, c.role)
                .where(c.subject.like("group:%"))
                .order_by(c.tenant, c.seq)
            ).all()
        )
        return [tuple(row) for row in rows]

    async def until(self, true: Callable[[list[str]], bool], group: str = "parents") -> None:
        """Wait until a group heard what it should."""
        async with asyncio.timeout(20):
            while not true(await self.group(group)):  # noqa: ASYNC110 - a chat has no bell
                await asyncio.sleep(0.05)

    def later(self, **by: float) -> None:
        self.clock.move(self.clock.now() + timedelta(**by))


def settle(tx: Transaction) -> None:
    """Write the county, another school, an administrator, and everybody's second account."""
    furnish(tx)
    # Its one group is on the other platform.
    tx.execute(update(t.chat_group).values(active=False))
    tx.execute(
        insert(t.unit).values(
            tenant=TENANT, code=OTHER, name="云溪中学", kind="school", area=TENANT,
            owner="county", ownership="public", levels=["junior"], desks=[],
        )
    )  # fmt: skip
    tx.execute(
        insert(t.unit).values(
            tenant=CITY, code="CITY-TECH", name="市教育技术中心", kind="department", area=CITY,
            owner="city", levels=[], desks=["tech"],
        )
    )  # fmt: skip
    for who, name, unit, role in (
        ("mo", "莫老师", OTHER, "owner"),
        ("guan", "管老师", "D-tech", "admin"),
        ("jia", "贾老师", "3303020001", "admin"),
        ("dan", "单老师", "D-basic", "owner"),
        ("cheng", "程老师", "CITY-TECH", "admin"),
    ):
        tx.execute(insert(t.person).values(id=who, name=name))
        tx.execute(
            insert(t.post).values(
                tenant=CITY if unit == "CITY-TECH" else TENANT, unit_code=unit, person_id=who,
                role=role,
                valid_from=date(2026, 1, 1),
            )
        )  # fmt: skip
    for who in tx.execute(select(t.person.c.id)).scalars().all():
        tx.execute(
            insert(t.account).values(
                instance="dingtalk", folded=f"d-{who}", address=f"d-{who}", person_id=who
            )
        )


def around(world: World) -> World:
    """Add the second platform: its application, everybody there, and groups."""
    world.ding_apps.append(DingApp(CORP, APP, SECRET))
    for who in ("mo", "guan", "jia", "dan", "cheng", "guest"):
        row = replace(world.members[0], userid=who, name=who, outsider=who == "guest", wecom=False)
        world.members.append(row)
    world.members[:] = [replace(one, dingtalk=f"d-{one.userid}") for one in world.members]
    everybody = tuple(one.userid for one in world.members)
    for key, name, more in (
        ("parents", "家长群", {"key": ROBOT, "secret": SIGNED}),
        ("staff", "教工群", {}),
        ("abroad", "外单位群", {"external": True}),
    ):
        world.groups.append(
            Group(
                key, name, platform="dingtalk", corp_id=CORP, robots=(APP,), members=everybody,
                **more,
            )
        )  # fmt: skip
    return world


@asynccontextmanager
async def open_yard(folder: Path, url: str) -> AsyncIterator[Yard]:
    """Open it all, with the bot's stream in place."""
    web_port, sandbox_port = free_port(), free_port()
    outside = f"http://127.0.0.1:{sandbox_port}"
    settings = demo_settings(
        load_settings(SHIPPED, {"BEIAN_DATABASE__URL": url}), folder,
        web_port=web_port, sandbox_port=sandbox_port, database_url=url,
    )  # fmt: skip
    dingtalk = settings.sections.dingtalk.model_copy(
        update={
            "enabled": True, "corp_id": CORP, "client_id": APP, "robot_code": APP,
            "client_secret": SecretStr(SECRET),
            "api_base": f"{outside}/dingtalk-api", "oapi_base": f"{outside}/dingtalk-oapi",
        }
    )  # fmt: skip
    settings = replace(
        settings, sections=settings.sections.model_copy(update={"dingtalk": dingtalk})
    )
    clock = Clock()
    clock.move(START)
    bot = Bot(settings, clock)
    bot.prepare()
    bot.ledger.call(settle)
    world = around(world_around(settings.wecom.access(), web_port))
    runner = web.AppRunner(build_sandbox(world, clock), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", sandbox_port).start()
    await bot.start()
    phones = Phones(outside, bot.delivery.idle)
    async with ClientSession() as http:
        yard = Yard(bot, phones, http, outside, clock)
        try:
            async with asyncio.timeout(20):
                while not (await yard.get("dingtalk"))["connections"]:  # noqa: ASYNC110 - none either
                    await asyncio.sleep(0.05)
            yield yard
        finally:
            await phones.close()
            await bot.stop()
            await runner.cleanup()
