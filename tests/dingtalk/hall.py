"""A county on WeCom whose legal department is on DingTalk: three reviewers of one desk."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, web
from pydantic import SecretStr
from sqlalchemy import delete, insert

from bot.app import Bot
from bot.clock import Clock
from bot.demo.phones import Phones
from bot.demo.settings import demo_settings
from bot.sandbox.app import build_sandbox
from bot.sandbox.world import World
from bot.settings import Settings, load_settings
from cards.render.dingtalk import REVIEW
from storage import tables as t
from storage.ledger import nothing
from storage.transaction import Transaction
from tests.dingtalk.street import tapped
from tests.ports import free_port
from tests.sandbox_dingtalk.lab import APP, CARD_TOPIC, CORP, SECRET
from tests.storage.office import STAFF
from tests.stories.town import PEOPLE, SHIPPED, START, TENANT, Somebody, furnish

TEMPLATE = "beian-review.schema"
LEGAL = ("legal", "legal2", "legal3")
CARD = "v1.0/card/instances/createAndDeliver"


@dataclass(slots=True, eq=False)
class Hall:
    """The bot with both platforms around it; the bot may die and come back."""

    bot: Bot
    clock: Clock
    settings: Settings
    phones: Phones
    http: ClientSession
    sandbox: str

    def person(self, userid: str) -> Somebody:
        """Hand over somebody's phone on WeCom."""
        return Somebody(userid, self)

    async def quiet(self) -> None:
        """Wait until everything has arrived."""
        await self.bot.delivery.idle()

    async def get(self, path: str, **query: str) -> Any:
        async with self.http.get(f"{self.sandbox}{path}", params=query) as answer:
            return await answer.json()

    async def post(self, path: str, **wish: Any) -> Any:
        async with self.http.post(f"{self.sandbox}{path}", json=wish) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def cards(self, who: str) -> list[dict[str, str]]:
        """Return what the cards on somebody's DingTalk show, the oldest first."""
        bubbles = (await self.get(f"/sandbox/dingtalk/phones/{who}"))["bubbles"]
        return [one["card"]["variables"] for one in bubbles if one["kind"] == "card"]

    async def texts(self, who: str) -> list[str]:
        """Return what somebody was told in words on DingTalk."""
        bubbles = (await self.get(f"/sandbox/dingtalk/phones/{who}"))["bubbles"]
        return [one["text"] for one in bubbles if one["kind"] == "text"]

    async def key(self, who: str, words: str) -> str:
        """Return what a button of somebody's newest card sends."""
        buttons = json.loads((await self.cards(who))[-1]["buttons"])
        return next(str(one["key"]) for one in buttons if one["text"] == words)

    async def taps(self, who: str, words: str = "", *, key: str = "", **more: Any) -> Any:
        """Tap a button of somebody's newest card; what came of it may still be on its way."""
        params = {"key": key or await self.key(who, words)}
        return await self.post(
            f"/sandbox/dingtalk/phones/{who}/tap", action="tap", params=params, **more
        )

    async def forges(self, userid: str, who: str, key: str) -> Any:
        """Let somebody who does not have a card tap it all the same."""
        bubbles = (await self.get(f"/sandbox/dingtalk/phones/{who}"))["bubbles"]
        track = next(one["card"]["out_track_id"] for one in bubbles if one["kind"] == "card")
        tap = tapped(track, key, userId=userid)
        return await self.post("/sandbox/dingtalk/push", topic=CARD_TOPIC, data=tap)

    async def calls(self, method: str, name: str) -> list[dict[str, Any]]:
        """Return the calls of one kind that the platform answered."""
        found = await self.get("/sandbox/sent", kind="dingtalk.api")
        return [one for one in found if one["api"] == f"{method} {name}"]

    async def fault(self, kind: str) -> None:
        """Let the next joint card meet a fault."""
        await self.post("/sandbox/faults", api=f"dingtalk/{CARD}", kind=kind)

    async def violations(self) -> list[str]:
        return [one["what"] for one in (await self.get("/sandbox/dingtalk"))["violations"]]

    async def later(self, **span: float) -> None:
        """Let time pass."""
        self.clock.move(self.clock.now() + timedelta(**span))
        await self.quiet()

    async def wake(self, at: Callable[[str], None] = nothing) -> None:
        """End this life of the bot, and begin another."""
        await self.bot.stop()
        self.bot = Bot(self.settings, self.clock, at)
        self.bot.prepare()
        await self.bot.start()
        await self.connected()

    async def connected(self) -> None:
        """Wait until the bot's stream is there."""
        async with asyncio.timeout(20):
            while not (await self.get("/sandbox/dingtalk"))["connections"]:  # noqa: ASYNC110
                await asyncio.sleep(0.05)


async def nobody() -> None:
    """Wait for nothing."""


def _move(tx: Transaction, people: Sequence[str]) -> None:
    """Give the department a third reviewer, and those named their account on DingTalk.

    Somebody of another department is there too.
    """
    tx.execute(insert(t.person).values(id="legal3", name="法规三号"))
    tx.execute(
        insert(t.post).values(
            tenant=TENANT, unit_code="D-legal", person_id="legal3", role="reviewer",
            valid_from=date(2026, 1, 1),
        )
    )  # fmt: skip
    tx.execute(delete(t.account).where(t.account.c.person_id.in_([*people, "finance"])))
    accounts = {person: ("dingtalk", f"d-{person}") for person in (*people, "finance")}
    for person, (instance, address) in ({"legal3": ("wecom", "legal3")} | accounts).items():
        account = {"instance": instance, "folded": address, "address": address}
        tx.execute(insert(t.account).values(**account, person_id=person))


def _world(settings: Settings, web_port: int) -> World:
    access = settings.wecom.access()
    names = dict.fromkeys((*PEOPLE, *STAFF, *LEGAL, "basic2"))
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
            "ding_apps": [{"corp_id": CORP, "client_id": APP, "client_secret": SECRET}],
            "members": [
                {"userid": name, "name": PEOPLE.get(name, name), "dingtalk": f"d-{name}"}
                for name in names
            ],
        }
    )


@asynccontextmanager
async def open_hall(
    folder: Path,
    url: str,
    *,
    on_dingtalk: Sequence[str] = LEGAL,
    at: Callable[[str], None] = nothing,
) -> AsyncIterator[Hall]:
    """Open both platforms and the bot between them."""
    web_port, sandbox_port = free_port(), free_port()
    outside = f"http://127.0.0.1:{sandbox_port}"
    shipped = demo_settings(
        load_settings(SHIPPED, {"BEIAN_DATABASE__URL": url}), folder,
        web_port=web_port, sandbox_port=sandbox_port, database_url=url,
    )  # fmt: skip
    dingtalk = shipped.sections.dingtalk.model_copy(
        update={
            "enabled": True, "corp_id": CORP, "client_id": APP, "robot_code": APP,
            "client_secret": SecretStr(SECRET), "card_template_review": TEMPLATE,
            "api_base": f"{outside}/dingtalk-api", "oapi_base": f"{outside}/dingtalk-oapi",
        }
    )  # fmt: skip
    settings = replace(shipped, sections=shipped.sections.model_copy(update={"dingtalk": dingtalk}))
    clock = Clock()
    clock.move(START)
    bot = Bot(settings, clock, at)
    bot.prepare()
    bot.ledger.call(furnish)
    bot.ledger.call(lambda tx: _move(tx, on_dingtalk))
    sandbox = build_sandbox(_world(settings, web_port), clock)
    runner = web.AppRunner(sandbox, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", sandbox_port).start()
    async with ClientSession() as http:
        hall = Hall(bot, clock, settings, Phones(outside, nobody), http, outside)
        hall.phones.quiet = hall.quiet
        await hall.post("/sandbox/dingtalk/templates", **REVIEW.to_json(TEMPLATE))
        await bot.start()
        try:
            await hall.connected()
            yield hall
        finally:
            await hall.phones.close()
            await hall.bot.stop()
            await runner.cleanup()
