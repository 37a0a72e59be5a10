"""What the 智能机器人 is tried on: the emulated connection, and a desk for the ledger."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.channels.base import Answer
from bot.channels.turn import LineStore
from bot.channels.wecom.aibot import AibotChannel
from bot.channels.wecom.aibot.pace import Pace
from bot.sandbox.app import ROBOTS, build_sandbox
from bot.sandbox.box import Limits
from bot.sandbox.faults import Fault
from bot.sandbox.wecom.aibot import PATH, Robots
from bot.sandbox.world import Group, Member, World
from handlers.events import Addressed, Event
from tests.wecom.platform import Clock

BOT, SECRET, CORP = "aib-1", "robot-canary-secret", "wwrobot"
CITY: dict[str, Any] = {
    "corps": [{"corp_id": CORP, "name": "教育局"}],
    "bots": [{"bot_id": BOT, "secret": SECRET}],
    "members": [{"userid": "lisi", "name": "李四"}, {"userid": "wangwu", "name": "王五"}],
    "groups": [
        {"id": "parents", "name": "家长群", "robots": [BOT]},
        {"id": "staff", "name": "教工群", "robots": [BOT]},
    ],
}
QUICK = Pace(
    answer_seconds=0.3, wait_seconds=0.01, most_wait_seconds=0.02, refused_seconds=0.05,
    kicked_seconds=0.05, most_away_seconds=0.1, again_seconds=0.005, drain_seconds=1.0,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Settings:
    """The section ``[wecom.aibot]`` as the channel reads it."""

    ws_url: str
    bot_id: str = BOT
    secret: str = SECRET
    name: str = ""
    ca_file: str = ""


@dataclass(slots=True, eq=False)
class Desk:
    """Stands where the ledger would, and says back what was said; ``errors`` are raised first."""

    events: list[Event] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    noted: list[str] = field(default_factory=list)
    gate: asyncio.Event | None = None
    words: str = ""

    async def handle(self, event: Event) -> Answer | None:
        if self.gate is not None:
            await self.gate.wait()
        if self.errors:
            raise self.errors.pop(0)
        self.events.append(event)
        text = getattr(event, "text", "")
        if not isinstance(event, Addressed):
            return None
        return Answer(self.words or f"答：{text[:20]}", str(len(self.events)))

    def carried(self, answer: Answer) -> None:
        self.noted.append(answer.outbox_id)

    def texts(self) -> list[str]:
        return [str(getattr(event, "text", "")) for event in self.events]


@dataclass(slots=True, eq=False)
class Robot:
    """The robot's channel beside the emulated platform."""

    channel: AibotChannel
    robots: Robots
    desk: Desk
    clock: Clock
    url: str

    def member(self, name: str = "lisi") -> Member:
        found = self.robots.box.world.member(name)
        assert found is not None
        return found

    def group(self, name: str = "parents") -> Group:
        return next(one for one in self.robots.box.world.groups if one.id == name)

    async def says(self, text: str, who: str = "lisi", group: str = "parents", **odd: Any) -> bool:
        """Say something to the robot, alone where ``group`` is empty."""
        where = self.group(group) if group else None
        brought, _ = await self.robots.says(self.member(who), where, text, **odd)
        return brought.delivered

    def fault(self, api: str, kind: str, **more: Any) -> None:
        self.robots.box.faults.add(Fault(api, kind, **more))

    def shown(self) -> list[str]:
        """Return what the robot said, the oldest first."""
        return [one["text"] for one in self.robots.box.journal.since(kind="aibot.said")]

    def codes(self, cmd: str = "aibot_respond_msg") -> list[int]:
        """Return how the platform took the robot's frames."""
        frames = self.robots.box.journal.since(kind="aibot.frame")
        return [one["errcode"] for one in frames if one["cmd"] == cmd]

    async def connected(self) -> None:
        await eventually(lambda: self.channel.line() == "connected")


@contextlib.asynccontextmanager
async def open_platform(**limits: Any) -> AsyncIterator[tuple[web.Application, str, Clock]]:
    """Open the emulated platform; return it, its address and its clock."""
    clock = Clock()
    app = build_sandbox(World.from_dict(CITY), clock, limits=Limits(**limits), seed=1)
    server = TestServer(app)
    await server.start_server()
    try:
        yield app, f"ws://127.0.0.1:{server.port}{PATH}", clock
    finally:
        await server.close()


@contextlib.asynccontextmanager
async def open_robot(
    *,
    desk: Desk | None = None,
    pace: Pace = QUICK,
    lines: LineStore | None = None,
    secret: str = SECRET,
    name: str = "",
    **limits: Any,
) -> AsyncIterator[Robot]:
    """Open the platform and the channel beside it; where it can, it is connected."""
    async with open_platform(**limits) as (app, url, clock):
        robot = Robot(
            channel_at(url, clock, pace, lines, secret, name),
            app[ROBOTS],
            desk or Desk(),
            clock,
            url,
        )
        robot.channel.routes(robot.desk)
        await robot.channel.start()
        try:
            if secret == SECRET:
                await robot.connected()
            yield robot
        finally:
            await robot.channel.stop()


def channel_at(
    url: str, clock: Clock, pace: Pace = QUICK, lines: LineStore | None = None,
    secret: str = SECRET, name: str = "",
) -> AibotChannel:  # fmt: skip
    """Return a channel that will connect there."""
    return AibotChannel(
        Settings(url, secret=secret, name=name), home="wecom", installation="inst", lines=lines,
        now=clock.now, pace=pace,
    )  # fmt: skip


async def eventually(true: Callable[[], Any]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110 - what is waited for has no bell
            await asyncio.sleep(0.005)
