"""Plays the story on the phones at reading speed; it can be paused, taken over and begun anew."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

import structlog
from aiohttp import ClientError, web

from bot.demo.phones import NothingToTapError, Phones
from bot.demo.story import GROUP, PRODUCTS, Step, story

log = structlog.get_logger()

SECONDS_PER_CHARACTER = 0.09
# What stands on a phone is skimmed: the caption has said what it is about.
SKIMMING_SECONDS_PER_CHARACTER = 0.045
HANZI = re.compile(r"[\u4e00-\u9fff]")
SHORTEST_SECONDS = 2.2
LONGEST_SECONDS = 8.0
STREAM = "/sandbox/events"
ELSEWHERE = "手机上的办理和演示不在同一步。请接着办，再点“继续”；或点“重新开始”。"
ENDED = "这件备案已经办结。点“重新开始”可再看一遍。"


@dataclass(slots=True, eq=False)
class Player:
    """Holds where the story stands. ``speed`` above 1 plays faster."""

    phones: Phones
    today: Callable[[], date]
    speed: float = 1.0
    _watched: asyncio.Event = field(default_factory=asyncio.Event)
    _going: asyncio.Event = field(default_factory=asyncio.Event)
    _again: asyncio.Event = field(default_factory=asyncio.Event)
    _pressed: asyncio.Event = field(default_factory=asyncio.Event)
    _round: int = 0
    _state: tuple[str, str, int, int] = ("", "", 0, 0)

    def add_to(self, app: web.Application) -> None:
        """Mount the story's buttons beside the sandbox's own calls; notice the first page."""
        app.router.add_post("/sandbox/story/{act}", self._button)
        app.on_response_prepare.append(self._notice)

    async def play(self) -> None:
        """Play once somebody watches, and begin anew whenever asked, until cancelled."""
        await self._watched.wait()
        self._going.set()
        while True:
            self._again.clear()
            product = list(PRODUCTS)[self._round % len(PRODUCTS)]
            self._round += 1
            await self._play_through(story(product, self.today()))
            await self._again.wait()

    async def _play_through(self, steps: Sequence[Step]) -> None:
        at, of = 0, len(steps)
        found = await self.phones.heard_last(steps[0].who)
        while at < of:
            await self._going.wait()
            if self._again.is_set():
                return
            self._pressed.clear()
            try:
                # The first step can always be taken, so it is passed where the phone has moved.
                moved = at == 0 and found != await self.phones.heard_last(steps[0].who)
                ready = await self._next_ready(steps, at + moved)
                if ready is None:
                    self._going.clear()
                    await self._tell("paused", ELSEWHERE, "", at, of)
                    continue
                at, step = ready, steps[ready]
                await self._tell("playing", step.caption, step.who, at + 1, of)
                await self._rest(_reading(step.caption) / 2)
                if self._pressed.is_set():
                    continue
                await step.act(self.phones)
                at += 1
                await self._rest(max(_reading(step.caption), await self._skimming(step)))
            except (ClientError, NothingToTapError, StopIteration, TimeoutError) as error:
                # Somebody was faster on the same phone: the next look finds where things stand.
                log.info("story waits", reason=type(error).__name__)
                await self._rest(SHORTEST_SECONDS / 2)
        await self._tell("ended", ENDED, "", of, of)

    async def _next_ready(self, steps: Sequence[Step], at: int) -> int | None:
        for place, step in enumerate(steps[at:], start=at):
            if await step.ready(self.phones):
                return place
        return None

    async def _rest(self, seconds: float) -> None:
        """Leave time for reading; a pressed button ends it."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._pressed.wait(), seconds / self.speed)

    async def _skimming(self, step: Step) -> float:
        shown = "" if step.who == GROUP else await self.phones.heard_last(step.who)
        return min(len(HANZI.findall(shown)) * SKIMMING_SECONDS_PER_CHARACTER, LONGEST_SECONDS)

    async def _tell(self, state: str, caption: str, member: str, step: int, of: int) -> None:
        self._state = (caption, member, step, of)
        await self.phones.tell(
            {"state": state, "caption": caption, "member": member, "step": step, "of": of}
        )

    async def _button(self, request: web.Request) -> web.Response:
        act = request.match_info["act"]
        if act not in ("pause", "resume", "restart"):
            raise web.HTTPNotFound
        if act == "pause":
            self._going.clear()
            await self._tell("paused", *self._state)
        else:
            if act == "restart":
                self._again.set()
            self._going.set()
            await self._tell("playing", *self._state)
        self._pressed.set()
        return web.json_response({"ok": True})

    async def _notice(self, request: web.Request, _: web.StreamResponse) -> None:
        if request.path == STREAM:
            self._watched.set()


def _reading(caption: str) -> float:
    return min(max(len(caption) * SECONDS_PER_CHARACTER, SHORTEST_SECONDS), LONGEST_SECONDS)
