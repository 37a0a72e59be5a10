"""``beian sandbox``: only the emulated platforms, with the demo city's people on their phones."""

from __future__ import annotations

import asyncio
import contextlib
import signal

from aiohttp import web

from bot.city import build_city
from bot.clock import Clock
from bot.demo.outside import build_outside
from bot.settings import Settings


def run(settings: Settings, port: int) -> None:
    """Run the emulators until Ctrl-C; ``[wecom]`` and ``[dingtalk]`` say who the bot is there."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(settings, port))


async def _run(settings: Settings, port: int) -> None:
    outside = build_outside(settings, build_city(), Clock())
    runner = web.AppRunner(outside, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    print(f"模拟平台已经打开：http://127.0.0.1:{port}  （按 Ctrl-C 结束）", flush=True)
    ended = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, ended.set)
    await ended.wait()
    await runner.cleanup()
