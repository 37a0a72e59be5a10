"""``beian sandbox``: only the emulated platforms, with the demo city's people on their phones."""

from __future__ import annotations

import asyncio
import contextlib
import signal

from aiohttp import web

from bot.city import build_city, sandbox_world
from bot.clock import Clock
from bot.sandbox.app import build_sandbox
from bot.sandbox.world import World
from bot.settings import Settings


def run(settings: Settings, port: int) -> None:
    """Run the emulators until Ctrl-C; the bot's ``[wecom]`` section says who it is there."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(settings, port))


async def _run(settings: Settings, port: int) -> None:
    wecom = settings.wecom.access()
    world = World.from_dict(
        sandbox_world(
            build_city(),
            corp_id=wecom.corp_id or "ww00000000demo0001",
            agent_id=wecom.agent_id or 1000002,
            secret=wecom.secret,
            token=wecom.token,
            aes_key=wecom.encoding_aes_key,
            callback_url=f"{settings.web.public_url}/wecom/callback",
        )
    )
    runner = web.AppRunner(build_sandbox(world, Clock()), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    print(f"模拟平台已经打开：http://127.0.0.1:{port}  （按 Ctrl-C 结束）", flush=True)
    ended = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, ended.set)
    await ended.wait()
    await runner.cleanup()
