"""``beian demo``: the bot, the sandbox and a small city in one process, with a story that plays."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
import signal
import socket
from collections.abc import AsyncIterator
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.app import Bot
from bot.calendar import PublishedCalendar
from bot.city import City, build_city, seed_filings, settle_city
from bot.clock import Clock
from bot.demo.outside import build_outside
from bot.demo.phones import Phones
from bot.demo.player import Player
from bot.demo.settings import demo_settings, for_parents, in_groups, on_dingtalk
from bot.demo.turning import Turning
from bot.sandbox.app import SANDBOX
from bot.settings import Settings

FOLDER = Path("var/demo")
HOST = "127.0.0.1"
OPENS_AT = time(9, 2)
ZONE = ZoneInfo("Asia/Shanghai")


def run(settings: Settings, port: int) -> None:
    """Run the demo until Ctrl-C; print one address."""
    # The terminal shows one address: what the log would say of a city made anew is no news.
    logging.getLogger().setLevel(logging.ERROR)
    for one in (settings.web.port, port):
        # Before anything is removed: another demo may be running there.
        socket.create_server((HOST, one)).close()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(settings, port))


async def _run(settings: Settings, port: int) -> None:
    folder = FOLDER / str(port)
    shutil.rmtree(folder, ignore_errors=True)
    clock = Clock()
    clock.move(opening(datetime.now(ZONE)))
    async with on_stage(settings, folder, clock, web_port=settings.web.port, port=port):
        print(f"演示已经打开：http://{HOST}:{port}  （按 Ctrl-C 结束）", flush=True)
        ended = asyncio.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, ended.set)
        await ended.wait()


@contextlib.asynccontextmanager
async def on_stage(
    settings: Settings, folder: Path, clock: Clock, *, web_port: int, port: int
) -> AsyncIterator[tuple[Bot, Player]]:
    """Open the demo, its data in ``folder``; the story waits for somebody who watches."""
    ours = demo_settings(settings, folder, web_port=web_port, sandbox_port=port)
    ours = in_groups(for_parents(on_dingtalk(ours)))
    bot, city = Bot(ours, clock), build_city()
    bot.prepare()
    settle(bot, city)
    phones = Phones(f"http://{HOST}:{port}", bot.delivery.idle)
    player = Player(phones, lambda: clock.now().astimezone(ZONE).date())
    outside = build_outside(ours, city, clock)
    player.add_to(outside)
    turning = Turning(clock, PublishedCalendar(), ZONE)
    outside[SANDBOX].steps = turning.offered
    # The platforms come first: a stream that finds nobody there waits before it tries again.
    await bot.listen(outside, HOST, port)
    await bot.start()
    await phones.online()
    playing = asyncio.create_task(player.play())
    sweeping = asyncio.create_task(turning.sweep(bot.sweeping.run))
    try:
        yield bot, player
    finally:
        playing.cancel()
        sweeping.cancel()
        await phones.close()
        await bot.stop()


def opening(now: datetime) -> datetime:
    """Return 09:02 of the most recent working day: quiet hours would show nothing."""
    calendar = PublishedCalendar()
    day = now.date()
    if now.time() < OPENS_AT:
        day -= timedelta(days=1)
    while not calendar.day(day).is_workday:
        day -= timedelta(days=1)
    return datetime.combine(day, OPENS_AT, ZONE)


def settle(bot: Bot, city: City) -> None:
    """Bring the city's roster into the ledger, and some filings in every stage."""
    settle_city(bot.ledger, city, bot.clock.now())
    seed_filings(bot.ledger, bot.office, city, bot.clock.now())
