"""The stream: a line to the platform that is always there, and what is done with its frames.

A frame is acknowledged after its commit, on the line it came from. Where nothing could be stored
the platform is asked to bring it again: an event by ``LATER``, a message by silence (it comes
again after a minute, a 500 would end it), and a tap fails on the tapper's screen at once.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import aiohttp
import structlog
from aiohttp import WSMsgType

from bot.channels.base import FREE, Acknowledge, Answer, Meter
from bot.channels.dingtalk.frames import (
    BAD_REQUEST,
    CARD_TOPIC,
    INTERNAL,
    NOT_FOUND,
    OK,
    ROBOT_TOPIC,
    Frame,
    ack,
    read_frame,
)
from bot.channels.dingtalk.gateway import Gateway, GatewayError, session
from bot.channels.dingtalk.line import Line, Pace
from bot.channels.dingtalk.taps import OpenTaps, response_to
from bot.channels.dingtalk.translate import Reader, digest, out_track_id
from bot.channels.turn import Turn

log = structlog.get_logger()

TOPICS = (("CALLBACK", ROBOT_TOPIC), ("CALLBACK", CARD_TOPIC), ("EVENT", "*"))


@dataclass(slots=True, eq=False)
class _Work:
    """One frame on its way through, and what is to be let go once it was answered."""

    line: Line
    frame: Frame
    data: str
    until: float
    holds: contextlib.ExitStack
    is_answered: bool = False

    async def answer(self, text: str | None) -> bool:
        """Acknowledge once, on the line the frame came from, then let its card be redrawn.

        Say whether this answer was written.
        """
        is_written = False
        if text is not None and not self.is_answered:
            self.is_answered = True
            is_written = await self.line.answer(self.frame, text)
        self.holds.close()
        return is_written


@dataclass(slots=True, eq=False, kw_only=True)
class Stream:
    """The client of one application's stream.

    ``turn`` is waited for before each opening, and lines are left when it is over.
    """

    api_base: str
    client_id: str
    client_secret: str = field(repr=False)
    dispatcher: Acknowledge
    reader: Reader
    taps: OpenTaps
    now: Callable[[], datetime]
    topics: Sequence[tuple[str, str]] = TOPICS
    turn: Turn | None = None
    pace: Pace = field(default_factory=Pace)
    meter: Meter = FREE
    _lines: dict[asyncio.Task[None], Line] = field(default_factory=dict)
    _partings: set[asyncio.Task[None]] = field(default_factory=set)
    _queue: asyncio.Queue[_Work | None] = field(default_factory=asyncio.Queue)
    _queued_chars: int = 0
    _silent_lines: int = 0
    _is_full: bool = False
    _left_at: float | None = None

    @property
    def is_connected(self) -> bool:
        """Whether there is a line that the platform will push to."""
        return any(not line.over.is_set() for line in self._lines.values())

    @property
    def deaf_seconds(self) -> float:
        """For how long there has been none, 0 where there is."""
        if self.is_connected or self._left_at is None:
            return 0.0
        return _instant() - self._left_at

    async def run(self) -> None:
        """Hold a line and work, until cancelled; then end what was begun, and everything.

        Called once.
        """
        self._left_at = _instant()
        if self.turn is not None:
            self.turn.on_over = self._leave_off
        workers = [asyncio.create_task(self._work()) for _ in range(self.pace.workers)]
        async with session() as http:
            gateway = Gateway(
                http, self.api_base, self.client_id, self.client_secret, self.topics,
                self.pace.open_seconds, self.pace.heartbeat_seconds, self.meter,
            )  # fmt: skip
            try:
                async with asyncio.TaskGroup() as lines:
                    lines.create_task(self._stay_connected(gateway))
                    lines.create_task(self._stay_connected(gateway, is_spare=True))
            finally:
                await self._end(workers)

    async def _stay_connected(self, gateway: Gateway, *, is_spare: bool = False) -> None:
        """Keep one line open, the spare one beside the first.

        The platform tells a line to go when it has already ceased to push to it. Until the next is
        open, some hundred milliseconds, what people say would find nobody: it finds the other.
        """
        failures = 0
        line: Line | None = None
        while True:
            if self.turn is not None and not self.turn.is_mine:
                self._part(line)
                line = None
                await self.turn.come()
            if is_spare and (seconds := self._apart_in()) > 0:
                await asyncio.sleep(seconds)
                continue
            try:
                socket = await gateway.open()
            except GatewayError as error:
                failures += 1
                seconds = self.pace.wait(failures)
                log.warning("stream not opened", reason=str(error), again_in=round(seconds, 1))
            else:
                line = self._take(socket, line)
                await self._until_over(line)
                self._left_at = _instant()
                is_proven = _instant() - line.opened_at >= self.pace.proven_seconds
                failures = 0 if is_proven else failures + 1
                # The first time at once: while there is no line, what people say is lost.
                seconds = self.pace.wait(failures - 1)
            if self.turn is None or self.turn.is_mine:
                await asyncio.sleep(seconds)

    def _apart_in(self) -> float:
        """Return how long the spare line waits: lines of one age are told to go at one moment."""
        opened = (line.opened_at for line in self._lines.values() if not line.over.is_set())
        now = _instant()
        return max(opened, default=now) + self.pace.apart_seconds - now

    def _take(self, socket: aiohttp.ClientWebSocketResponse, before: Line | None) -> Line:
        """Read from a new line; only now the one before it is left."""
        log.info("stream opened")
        now = _instant()
        line = Line(socket, self.pace.send_seconds, now, now)
        line.idle.set()
        if self.turn is not None and not self.turn.is_mine:
            line.over.set()  # the turn went while it was being opened
        task = asyncio.create_task(self._read(line))
        self._lines[task] = line
        task.add_done_callback(self._lines.pop)
        self._part(before)
        return line

    def _part(self, line: Line | None) -> None:
        if line is not None:
            parting = asyncio.create_task(self._leave(line))
            self._partings.add(parting)
            parting.add_done_callback(self._partings.discard)

    def _leave_off(self) -> None:
        """Count on no line any more: the turn is over."""
        for line in self._lines.values():
            line.over.set()

    async def left(self) -> None:
        """Wait, but not for ever, until the lines were read to their end and that was done."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.pace.drain_seconds):
                for line in [*self._lines.values()]:
                    await line.ended.wait()
                    await line.idle.wait()

    async def _until_over(self, line: Line) -> None:
        """Wait until a line has ended, was told to go, or has been quiet for too long."""
        while not line.over.is_set():
            left = line.heard_at + self.pace.patience(self._silent_lines) - _instant()
            if left <= 0:
                self._silent_lines += 1
                log.warning("stream quiet, opening another", silent=self._silent_lines)
                line.over.set()
            # Not all at once: a ping in between makes the patience the short one again.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(max(left, 0), self.pace.quiet_seconds)):
                    await line.over.wait()

    async def _leave(self, line: Line) -> None:
        """Close a line once all that came on it is answered, or the platform would cut it."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.pace.leave_seconds):
                await line.idle.wait()
        await line.part()

    async def _read(self, line: Line) -> None:
        try:
            async for message in line.socket:
                line.heard_at = _instant()
                if message.type is WSMsgType.TEXT:
                    await self._heard(line, message.data)
        finally:
            line.over.set()
            line.ended.set()
            log.info("stream ended", code=line.socket.close_code)

    async def _heard(self, line: Line, text: str) -> None:
        """Answer what needs no ledger at once, so that it never waits behind what does."""
        frame = read_frame(text)
        if frame is None:
            log.warning("stream frame not understood", chars=len(text))
        elif frame.kind == "SYSTEM":
            self._silent_lines = 0
            if frame.topic == "ping":
                await line.answer(frame, ack(frame, OK, frame.data or "{}"))
            elif frame.topic == "disconnect":
                line.over.set()
        elif not _is_known(frame):
            log.warning("stream topic unknown", topic=frame.topic)
            await line.answer(frame, ack(frame, NOT_FOUND, {}))
        elif frame.data is None:
            await line.answer(frame, ack(frame, BAD_REQUEST, {"response": None}))
        else:
            await self._enqueue(line, frame, frame.data)

    async def _enqueue(self, line: Line, frame: Frame, data: str) -> None:
        holds = contextlib.ExitStack()
        work = _Work(line, frame, data, _instant() + self.pace.answer_seconds, holds)
        chars = self._queued_chars + len(data)
        if self._queue.qsize() >= self.pace.backlog or chars > self.pace.backlog_chars:
            if not self._is_full:
                log.error("stream backlog full", frames=self._queue.qsize(), chars=chars)
            self._is_full = True
            await work.answer(_not_now(frame))
            return
        self._is_full = self._is_full and not self._queue.empty()
        line.takes_work()
        holds.callback(line.work_done)
        if frame.topic == CARD_TOPIC and (track := out_track_id(data)):
            holds.enter_context(self.taps.open(track))
        self._queued_chars = chars
        self._queue.put_nowait(work)

    async def _work(self) -> None:
        while (work := await self._queue.get()) is not None:
            self._queued_chars -= len(work.data)
            with work.holds:
                await self._do(work)

    async def _do(self, work: _Work) -> None:
        """Have one frame done and acknowledge it.

        Whatever goes wrong with it ends here: one frame must not cost the next one its worker.
        """
        is_tap = work.frame.topic == CARD_TOPIC
        left = work.until - _instant() if is_tap else None
        if left is not None and left <= 0:
            # The tapper has seen it fail: it must not be done behind his back.
            log.warning("tap not begun in time", key=work.frame.message_id)
            await work.answer(_not_now(work.frame))
            return
        doing = asyncio.create_task(self._handle(work))
        shown: Answer | None = None
        try:
            done, _ = await asyncio.wait({doing}, timeout=left)
            if not done:
                log.warning("tap not committed in time", key=work.frame.message_id)
                await work.answer(_not_now(work.frame))
            answer, shown = await doing
        except Exception as error:
            # The name only: what a driver says may hold what the person typed.
            log.error("frame not stored", key=work.frame.message_id, error=type(error).__name__)
            answer = _not_now(work.frame)
        finally:
            doing.cancel()
        if await work.answer(answer) and shown is not None:
            self.dispatcher.carried(shown)

    async def _handle(self, work: _Work) -> tuple[str | None, Answer | None]:
        """Do everything a frame asks for, durably; return its acknowledgement and what it shows."""
        frame, now = work.frame, self.now()
        if frame.kind == "EVENT":
            await self.dispatcher.handle(self.reader.event(work.data, frame.headers, now))
            return ack(frame, OK, {"status": "SUCCESS", "message": "OK"}), None
        if frame.topic == ROBOT_TOPIC:
            for event in self.reader.message(work.data, now):
                await self.dispatcher.handle(event)
            return ack(frame, OK, {"response": None}), None
        name = frame.message_id
        key = f"c{name}" if name else digest(work.data, str(frame.headers.get("time")))
        tap = self.reader.tap(work.data, key, frame.headers, now)
        response, shown = response_to(await self.dispatcher.handle(tap))
        return ack(frame, OK, {"response": response}), shown

    async def _end(self, workers: Sequence[asyncio.Task[None]]) -> None:
        """Take nothing more, finish what was begun, and close every line."""
        lines = list(self._lines.values())
        await _cancelled([*self._lines, *self._partings])
        while not self._queue.empty():
            if (work := self._queue.get_nowait()) is not None:
                work.holds.close()
        for _ in workers:
            self._queue.put_nowait(None)
        await asyncio.wait(workers, timeout=self.pace.drain_seconds)
        await _cancelled(workers)
        await asyncio.gather(*(line.socket.close() for line in lines))


async def _cancelled(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _is_known(frame: Frame) -> bool:
    is_callback = frame.kind == "CALLBACK" and frame.topic in (ROBOT_TOPIC, CARD_TOPIC)
    return is_callback or frame.kind == "EVENT"


def _not_now(frame: Frame) -> str | None:
    """Return the acknowledgement that makes a frame come again, or fail where it never does."""
    if frame.kind == "EVENT":
        return ack(frame, OK, {"status": "LATER", "message": "busy"})
    return ack(frame, INTERNAL, {"response": None}) if frame.topic == CARD_TOPIC else None


def _instant() -> float:
    return asyncio.get_running_loop().time()
