"""Plays the story on the phones at reading speed; it can be paused, taken over and begun anew."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

import structlog
from aiohttp import ClientError, web

from bot.demo.phones import NothingToTapError, Phones
from bot.demo.story import PRODUCTS, Step, story

log = structlog.get_logger()

READING_SECONDS_PER_CHARACTER = 0.09
SHORTEST_SECONDS = 2.2
LONGEST_SECONDS = 8.0


@dataclass(slots=True)
class Player:
    """Holds where the story stands. ``speed`` above 1 plays faster."""

    phones: Phones
    today: Callable[[], date]
    speed: float = 1.0
    _going: asyncio.Event = field(default_factory=asyncio.Event)
    _again: asyncio.Event = field(default_factory=asyncio.Event)
    _round: int = 0

    def add_to(self, app: web.Application) -> None:
        """Mount the story's buttons beside the sandbox's own calls."""
        app.router.add_post("/sandbox/story/{act}", self._button)

    async def play(self) -> None:
        """Play, and begin anew whenever asked, until cancelled."""
        self._going.set()
        while True:
            self._again.clear()
            product = PRODUCTS[self._round % len(PRODUCTS)]
            self._round += 1
            steps = story(product, self.today())
            try:
                await self._play_through(steps)
            except (ClientError, NothingToTapError, StopIteration, TimeoutError) as error:
                # Somebody took the phones over in the middle: the story steps back politely.
                log.info("story left", reason=type(error).__name__)
                await self._tell(
                    "paused", "您已接管演示。点“重新开始”可再看一遍。", "", 0, len(steps)
                )
            await self._again.wait()

    async def _play_through(self, steps: Sequence[Step]) -> None:
        for at, step in enumerate(steps, start=1):
            await self._going.wait()
            if self._again.is_set():
                return
            await self._tell("playing", step.caption, step.who, at, len(steps))
            await asyncio.sleep(self._reading(step.caption) / 2)
            await self._going.wait()
            if self._again.is_set():
                return
            await step.act(self.phones)
            await asyncio.sleep(self._reading(step.caption))
        await self._tell(
            "ended", "这件备案已经办结。点“重新开始”可再看一遍。", "", len(steps), len(steps)
        )

    def _reading(self, caption: str) -> float:
        seconds = len(caption) * READING_SECONDS_PER_CHARACTER
        return min(max(seconds, SHORTEST_SECONDS), LONGEST_SECONDS) / self.speed

    async def _tell(self, state: str, caption: str, member: str, step: int, of: int) -> None:
        await self.phones.tell(
            {"state": state, "caption": caption, "member": member, "step": step, "of": of}
        )
        self._state = (caption, member, step, of)

    _state: tuple[str, str, int, int] = ("", "", 0, 0)

    async def _button(self, request: web.Request) -> web.Response:
        act = request.match_info["act"]
        if act == "pause":
            self._going.clear()
            await self._tell("paused", *self._state)
        elif act == "resume":
            self._going.set()
            await self._tell("playing", *self._state)
        elif act == "restart":
            self._again.set()
            self._going.set()
        else:
            raise web.HTTPNotFound
        return web.json_response({"ok": True})
