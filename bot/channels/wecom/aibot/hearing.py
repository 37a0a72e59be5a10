"""Has what was said done, durably, and answered: in its order, and each once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from bot.channels.base import Acknowledge, Answer
from bot.channels.wecom.aibot.frames import Frame
from bot.channels.wecom.aibot.pace import Pace
from bot.channels.wecom.aibot.translate import Reader
from handlers.events import Event

log = structlog.get_logger()

MOST_KNOWN = 10_000


@dataclass(slots=True, eq=False, kw_only=True)
class Hearing:
    """What stands between the connection and the ledger. ``answered`` is given what the ledger
    answers, with the name of what it answers."""

    dispatcher: Acknowledge
    reader: Reader
    now: Callable[[], datetime]
    answered: Callable[[str, Event, Answer], Awaitable[None]]
    pace: Pace = field(default_factory=Pace)
    _queue: asyncio.Queue[Frame | None] = field(default_factory=asyncio.Queue)
    _known: dict[str, None] = field(default_factory=dict)
    _open: int = 0
    _idle: asyncio.Event = field(default_factory=asyncio.Event)
    _workers: list[asyncio.Task[None]] = field(default_factory=list)

    def start(self) -> None:
        """Begin to work."""
        self._idle.set()
        loop = asyncio.get_running_loop()
        self._workers = [loop.create_task(self._work()) for _ in range(self.pace.workers)]

    async def stop(self) -> None:
        """Do what was heard, but not for ever."""
        for _ in self._workers:
            self._queue.put_nowait(None)
        if self._workers:
            await asyncio.wait(self._workers, timeout=self.pace.drain_seconds)
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)

    async def settled(self) -> None:
        """Wait, but not for ever, until all that was heard is done."""
        try:
            async with asyncio.timeout(self.pace.drain_seconds):
                await self._idle.wait()
        except TimeoutError:
            log.warning("aibot frames left undone", frames=self._open)

    def take(self, frame: Frame) -> None:
        """Take one callback; what is more than can wait is lost, and said so loudly."""
        if self._open >= self.pace.backlog:
            log.error("aibot backlog full", frames=self._open)
            return
        self._open += 1
        self._idle.clear()
        self._queue.put_nowait(frame)

    async def _work(self) -> None:
        while (frame := await self._queue.get()) is not None:
            try:
                await self._do(frame)
            except Exception as error:
                # The name only: what a driver says may hold what the person typed.
                log.error("aibot frame not done", error=type(error).__name__)
            finally:
                self._open -= 1
                if not self._open:
                    self._idle.set()

    async def _do(self, frame: Frame) -> None:
        event = self.reader.event(frame, self.now())
        if event.key in self._known:
            # Brought twice: it is being answered, and the inbox would give the answer once more.
            return
        self._known[event.key] = None
        if len(self._known) > MOST_KNOWN:
            del self._known[next(iter(self._known))]
        try:
            answer = await self._stored(event)
        except BaseException:
            self._known.pop(event.key, None)
            raise
        if answer is not None:
            await self.answered(frame.req_id, event, answer)

    async def _stored(self, event: Event) -> Answer | None:
        """Have the ledger take it. The platform brings nothing again, so that we ask again."""
        for tried in range(1, self.pace.tries):
            try:
                return await self.dispatcher.handle(event)
            except Exception as error:
                seconds = self.pace.again_seconds * 2.0 ** (tried - 1)
                log.warning("aibot event not stored", error=type(error).__name__, again_in=seconds)
                await asyncio.sleep(seconds)
        return await self.dispatcher.handle(event)
