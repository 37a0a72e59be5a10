"""``beian demo``: the bot, the sandbox and a small city in one process, with a story that plays."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
import signal
import socket
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from aiohttp import web

from bot.app import Bot
from bot.calendar import PublishedCalendar
from bot.city import City, build_city, sandbox_world, seed_filings, settle_city
from bot.clock import Clock
from bot.demo.phones import Phones
from bot.demo.player import Player
from bot.demo.settings import demo_settings
from bot.sandbox.app import build_sandbox
from bot.sandbox.world import World
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
    ours = demo_settings(settings, folder, web_port=settings.web.port, sandbox_port=port)
    bot = Bot(ours, clock)
    bot.prepare()
    city = build_city()
    settle(bot, city)
    await bot.start()
    phones = Phones(f"http://{HOST}:{port}", bot.delivery.idle)
    player = Player(phones, lambda: clock.now().astimezone(ZONE).date())
    await open_sandbox(bot, city, port, player)
    playing = asyncio.create_task(player.play())
    print(f"演示已经打开：http://{HOST}:{port}  （按 Ctrl-C 结束）", flush=True)
    ended = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, ended.set)
    await ended.wait()
    playing.cancel()
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


async def open_sandbox(bot: Bot, city: City, port: int, player: Player) -> web.Application:
    """Open the emulated platforms on ``port`` and have them know the bot's callback."""
    wecom = bot.settings.wecom.access()
    world = World.from_dict(
        sandbox_world(
            city,
            corp_id=wecom.corp_id,
            agent_id=wecom.agent_id,
            secret=wecom.secret,
            token=wecom.token,
            aes_key=wecom.encoding_aes_key,
            callback_url=f"http://{HOST}:{bot.settings.web.port}/wecom/callback",
        )
    )
    app = build_sandbox(world, bot.clock)
    player.add_to(app)
    await bot.listen(app, HOST, port)
    return app
