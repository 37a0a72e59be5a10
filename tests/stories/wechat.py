"""A parent on WeChat: one phone in the chat with 微信客服, or with the official account."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from aiohttp import ClientSession
from sqlalchemy import select

from storage import tables as t
from tests.stories.town import Town

KF, OFFICIAL = "wu", "wu@wechat"


@dataclass(slots=True)
class Parent:
    """Somebody who has no account with the office."""

    phone: str
    town: Town

    async def does(self, finger: str, **wish: Any) -> Any:
        """Move a finger, and wait until all of it has arrived."""
        told = await self.post(f"/sandbox/phones/{self.phone}/{finger}", wish)
        await self.town.phones.quiet()
        return told

    async def says(self, *texts: str) -> None:
        """Write, line after line."""
        for text in texts:
            await self.does("say", text=text)

    async def hears(self) -> list[str]:
        """Return what the other side said, the oldest first."""
        bubbles = await self.town.phones.bubbles(self.phone)
        return [str(one.get("text")) for one in bubbles if one["side"] == "app"]

    async def fault(self, api: str, kind: str, **more: Any) -> None:
        """Let something go wrong."""
        await self.post("/sandbox/faults", {"api": api, "kind": kind, **more})

    async def post(self, path: str, wish: dict[str, Any]) -> Any:
        """Call the sandbox."""
        address = self.town.phones.address + path
        async with ClientSession() as session, session.post(address, json=wish) as answer:
            answer.raise_for_status()
            return await answer.json()

    async def waits(self) -> bool:
        """Tell whether something is still to be said to the parent."""
        return any(state in ("pending", "leased") for state, _ in self.rows())

    async def settles(self) -> None:
        """Let what rests after something went wrong go on."""
        await asyncio.sleep(0.01)
        self.town.clock.move(self.town.clock.now() + timedelta(seconds=5))
        await self.town.phones.quiet()

    @property
    def instance(self) -> str:
        """What the bot calls this way."""
        return "wechat" if self.phone == OFFICIAL else "wecom-kf"

    def address(self) -> str:
        """Return the pseudonym by which the bot knows the parent, once they spoke."""
        instance = self.instance
        row = t.outbox.c
        found = select(row.address).where(row.instance == instance).order_by(row.seq).limit(1)
        return str(self.town.bot.ledger.call(lambda tx: tx.execute(found).scalar_one()))

    async def is_told(self, *what: dict[str, Any]) -> None:
        """Have the office say something that nobody just asked for."""
        address, now = self.address(), self.town.clock.now()
        for body in what:
            self.town.bot.ledger.call(
                lambda tx, body=body: tx.outbox.put(
                    instance=self.instance, address=address, body=body, now=now
                )
            )
        self.town.bot.delivery.wake()
        await self.town.phones.quiet()

    def rows(self) -> list[tuple[str, str]]:
        """Return how everything said to the parent ended: state and note, in order."""
        row = t.outbox.c
        found = select(row.state, row.note).where(row.instance == self.instance).order_by(row.seq)
        return [tuple(one) for one in self.town.bot.ledger.call(lambda tx: tx.execute(found).all())]

    def taken_in(self) -> list[str]:
        """Return the kinds of all events that came this way, sorted."""
        found = select(t.inbox.c.kind).where(t.inbox.c.instance == self.instance)
        return sorted(self.town.bot.ledger.call(lambda tx: tx.execute(found).scalars().all()))
