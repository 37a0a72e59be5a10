"""A bot that is killed again and again, and started anew each time, with the world around it."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, web
from sqlalchemy import func, select

from bot.app import Bot
from bot.clock import Clock
from bot.demo.phones import Phones
from bot.dispatcher import FLUSH_SECONDS
from bot.sandbox.app import build_sandbox
from bot.sandbox.box import Limits
from bot.settings import load_settings
from storage import tables as t
from storage.ledger import Ledger
from storage.transaction import Transaction
from tests.crash.lives import Lives
from tests.crash.trigger import COMMIT, FILE, POINTS, Trigger
from tests.ports import free_port
from tests.stories.town import START, Somebody, furnish, world_around

KILLED = -signal.SIGKILL
# Longer than a lease, and than the patience with an answer that rides on an acknowledgement.
LATER = timedelta(seconds=130)
# So few that the last one is there in time to hear the platform repeat itself, or not.
IN_A_ROW = 3
# A platform that repeats for as long as a whole process needs to start.
LIMITS = Limits(redelivery_seconds=0.05, redeliveries=400)
TALK = tuple(point for point in POINTS if point not in FILE)
RESENT = ("send.pre", "send.post")
# Few taps take a number from a counter: each of these meets a kill before a commit, mostly its own.
GIVES_NUMBERS = ("确认，请校长签署", "登记并发号")
GIVING = ("commit.pre",)
AT_ONCE = (ClientError, OSError, TimeoutError)
SETTINGS = """
[web]
port = {web}
public_url = "http://127.0.0.1:{web}"

[database]
url = "{database}"

[wecom]
enabled = true
corp_id = "ww00000000crash001"
agent_id = 1000002
secret = "the-secret-of-a-test"
token = "TheTokenOfATest"
encoding_aes_key = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
api_base = "http://127.0.0.1:{sandbox}/wecom-api"
oauth_base = "http://127.0.0.1:{sandbox}/wecom-oauth"

[sandbox]
enabled = true
port = {clock}

[tenants.330302]
name = "鹿城区"
title = "教育局"
number_code = "0302"
"""


@dataclass(slots=True)
class Doomed:
    """The bot under the knife. While ``armed``, each act of anybody meets a kill on its way."""

    lives: Lives
    trigger: Trigger
    dice: random.Random
    clock: Clock
    ledger: Ledger
    web_port: int
    clock_port: int
    armed: bool = False
    killed: int = 0
    misdeaths: list[int] = field(default_factory=list)
    phones: KilledPhones = field(init=False)
    _http: ClientSession = field(init=False)
    _alive: asyncio.Event = field(default_factory=asyncio.Event)
    _life: asyncio.Task[None] | None = None
    _pid: int = 0
    _deaths: int = 0
    _spared: bool = False
    _ending: bool = False

    @property
    def kills(self) -> Counter[str]:
        """How many were killed at each point."""
        return self.trigger.deaths()

    async def start(self) -> None:
        """Start the first one."""
        self._http = ClientSession(timeout=ClientTimeout(total=20))
        self._life = asyncio.create_task(self._live())
        await self._alive.wait()

    async def stop(self) -> None:
        """Let the last one end as an operator would."""
        self.armed = False
        self.trigger.disarm()
        # What the dead held, and what nobody noted as carried, becomes due and is settled.
        await self._go_on()
        await self.settle()
        self._ending = True
        os.kill(self._pid, signal.SIGTERM)
        if self._life is not None:
            await self._life

    async def close(self) -> None:
        """Leave no process and no connection behind, whatever happened."""
        if self._life is not None and not self._life.done():
            self._life.cancel()
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
        await self.lives.close()
        await self.phones.close()
        await self._http.close()
        self.ledger.close()

    def person(self, userid: str) -> Somebody:
        """Hand over somebody's phone."""
        return Somebody(userid, self)

    def aim(self, points: Sequence[str] = TALK) -> None:
        """Choose where the next kill is to be: a point where there were fewest yet."""
        if not self.armed:
            return
        kills = self.kills
        aim = min(points, key=lambda point: kills[point] + self.dice.random())
        self.trigger.arm(aim, self.dice.choice((1, 1, 2)) if points is TALK else 1)

    async def alive(self) -> None:
        """Wait until there is a bot."""
        await self._alive.wait()

    async def settle(self) -> None:
        """Wait until a living bot has nothing left to say; time goes on past what the dead held."""
        for turn in range(10**6):
            await self._alive.wait()
            try:
                async with self._http.get(self._own("/readyz")) as answer:
                    state: dict[str, Any] = await answer.json()
            except AT_ONCE:
                await asyncio.sleep(0.01)
                continue
            if self._deaths or turn % 200 == 199:
                await self._go_on()
            elif state["ready"] and not state["outbox"]:
                break
            else:
                await asyncio.sleep(0.01)
        self.trigger.disarm()

    def _own(self, path: str) -> str:
        return f"http://127.0.0.1:{self.web_port}{path}"

    async def _go_on(self) -> None:
        """Let two minutes pass, and a living bot conclude which answers its acks have carried.

        Nobody is killed meanwhile. Whether an answer rode to its person on an ack, only a process
        can tell that was there when the platform would have repeated itself; where that one dies
        too before it has written its conclusion down, nobody can, and the sentence goes out again.
        """
        self._spared = True
        self.trigger.disarm()
        rested = False
        while not rested:
            self._deaths = 0
            await self._alive.wait()
            await asyncio.sleep(3 * FLUSH_SECONDS)
            rested = not self._deaths
        self.clock.move(self.clock.now() + LATER)
        self.trigger.set_clock(self.clock.now())
        now = {"now": self.clock.now().isoformat()}
        address = f"http://127.0.0.1:{self.clock_port}/sandbox/clock"
        async with self._http.post(address, json=now) as answer:
            answer.raise_for_status()
        # A row of the outbox that is carried is not counted among those that wait.
        while await self.ledger.read(_undecided):  # noqa: ASYNC110 - no bell of another process
            await asyncio.sleep(0.01)
        self._spared = False
        if self.dice.random() < 0.5:
            self.aim(RESENT)

    async def _live(self) -> None:
        while not self._ending:
            self._pid = await self.lives.begin()
            ended = asyncio.create_task(self.lives.ended())
            while not ended.done() and not await self._answers():  # noqa: ASYNC110
                await asyncio.sleep(0.01)  # a process that begins rings no bell of this one
            self._alive.set()
            status = await ended
            self._alive.clear()
            if status == KILLED:
                self.killed += 1
                self._deaths += 1
                if not self._spared and self._deaths < IN_A_ROW and self.dice.random() < 0.5:
                    self.aim()
            elif status or not self._ending:
                self.misdeaths.append(status)

    async def _answers(self) -> bool:
        try:
            async with self._http.get(self._own("/healthz")) as answer:
                return answer.status == 200
        except AT_ONCE:
            return False


def _undecided(tx: Transaction) -> int:
    carried = select(func.count()).where(t.outbox.c.state == "carried")
    return int(tx.execute(carried).scalar_one())


@dataclass(slots=True, eq=False)
class KilledPhones(Phones):
    """Phones on which every word, every tap and every upload meets a kill.

    A file that the page gave no answer about is handed in once more, as its owner would. The first
    kill is around the commit that notes it: later a new life has commits of its own.
    """

    doomed: Doomed = field(init=False)

    async def says(self, userid: str, text: str) -> None:
        self.doomed.aim()
        await Phones.says(self, userid, text)

    async def taps(self, userid: str, button: str, **more: Any) -> None:
        self.doomed.aim(GIVING if button in GIVES_NUMBERS else TALK)
        await Phones.taps(self, userid, button, **more)

    async def uploads(self, userid: str, files: Sequence[tuple[str, str, bytes]]) -> None:
        for file in files:
            aims = [FILE, COMMIT]
            arrived = False
            while aims or not arrived:
                await self.doomed.alive()
                if aims:
                    self.doomed.aim(aims.pop())
                arrived = await self._arrives(userid, file)
            await self.quiet()

    async def _arrives(self, userid: str, file: tuple[str, str, bytes]) -> bool:
        try:
            await Phones.uploads(self, userid, [file])
        except AT_ONCE:
            return False
        return True


@asynccontextmanager
async def doomed_town(
    folder: Path, database_url: str, lives: type[Lives], seed: int
) -> AsyncIterator[Doomed]:
    """Build the county around a bot that lives in processes of its own."""
    web_port, sandbox_port, clock_port = free_port(), free_port(), free_port()
    path = folder / "settings.toml"
    path.write_text(
        SETTINGS.format(
            web=web_port, sandbox=sandbox_port, clock=clock_port, database=database_url
        ),
        encoding="utf-8",
    )
    settings = load_settings(path, {})
    bot = Bot(settings)
    bot.prepare()
    bot.ledger.call(furnish)
    clock = Clock()
    clock.move(START)
    trigger = Trigger(folder / "trigger")
    trigger.set_clock(START)
    sandbox = build_sandbox(
        world_around(settings.wecom.access(), web_port), clock, limits=LIMITS, seed=seed
    )
    runner = web.AppRunner(sandbox, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", sandbox_port).start()
    doomed = Doomed(
        lives(path, folder / "trigger"),  # type: ignore[call-arg]  # both ways of living take them
        trigger, random.Random(seed), clock, bot.ledger, web_port, clock_port,
    )  # fmt: skip
    phones = KilledPhones(f"http://127.0.0.1:{sandbox_port}", doomed.settle)
    phones.doomed = doomed
    doomed.phones = phones
    await doomed.start()
    try:
        yield doomed
        await doomed.stop()
    finally:
        await doomed.close()
        await runner.cleanup()
