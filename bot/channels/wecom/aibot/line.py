"""Keeps the one connection of a robot: subscribed, awake, and back again after a loss (D101463).

The platform takes one connection of a robot: a newer one puts the older out. So the processes of
an installation take turns (``bot/channels/turn.py``), and who is put out while it is its turn has
met a program that is none of ours.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import structlog
from aiohttp import ClientTimeout, ClientWSTimeout, WSMsgType

from bot.channels.base import ChannelBusyError
from bot.channels.turn import Turn
from bot.channels.wecom.aibot.connection import AGAIN_SECONDS, Connection
from bot.channels.wecom.aibot.frames import (
    EVENT,
    KICKED,
    MESSAGE,
    PING,
    SUBSCRIBE,
    Frame,
    read_frame,
)
from bot.channels.wecom.aibot.pace import Pace
from bot.channels.wecom.errors import Meaning, meaning

log = structlog.get_logger()

# A text of 100,000 characters is 600 KB where each is written as an escape.
_MAX_FRAME = 4 * 1024 * 1024


class LineError(Exception):
    """No connection, and why: codes only. ``is_refused``: not before somebody changed something."""

    def __init__(self, why: str, *, is_refused: bool = False) -> None:
        super().__init__(why)
        self.is_refused = is_refused


@dataclass(slots=True, eq=False, kw_only=True)
class Line:
    """The connection of one robot. ``hear`` is given every callback, in its order.

    Once it ``is_leaving`` it does not come back: whoever puts it out follows it.
    """

    url: str
    bot_id: str
    secret: str = field(repr=False)
    ca_file: str = ""
    hear: Callable[[Frame], None]
    turn: Turn | None = None
    pace: Pace = field(default_factory=Pace)
    is_leaving: bool = False
    _connection: Connection | None = None
    _left_at: float | None = None

    @property
    def is_connected(self) -> bool:
        """Whether the platform will push to us."""
        return self._connection is not None and not self._connection.over.is_set()

    @property
    def deaf_seconds(self) -> float:
        """For how long there has been no connection, 0 where there is."""
        if self.is_connected or self._left_at is None:
            return 0.0
        return _instant() - self._left_at

    async def ask(self, cmd: str, req_id: str = "", body: Mapping[str, Any] | None = None) -> Frame:
        """Send a frame on the connection there is; return its acknowledgement.

        Raises:
            ChannelBusyError: there is none, or no acknowledgement came.
        """
        if self._connection is None:
            raise ChannelBusyError("not connected", AGAIN_SECONDS)
        return await self._connection.ask(cmd, req_id or secrets.token_hex(12), body)

    async def run(self) -> None:
        """Hold the connection until cancelled, or until it left. Called once."""
        self._left_at = _instant()
        if self.turn is not None:
            self.turn.on_over = self._leave
        failures = refusals = kicks = 0
        async with aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(), timeout=ClientTimeout()
        ) as http:
            while True:
                if self.turn is not None and not self.turn.is_mine:
                    await self.turn.come()
                seconds = 0.0
                try:
                    lived, was_kicked = await self._once(http)
                except LineError as error:
                    failures += 1
                    refusals = refusals + 1 if error.is_refused else 0
                    seconds = self.pace.wait(failures)
                    if refusals:
                        seconds = self.pace.away(self.pace.refused_seconds, refusals)
                    note = log.error if refusals else log.warning
                    note("aibot not connected", reason=str(error), again_in=round(seconds, 1))
                else:
                    if self.is_leaving:
                        return
                    is_proven = lived >= self.pace.proven_seconds
                    failures, refusals = (0 if is_proven else failures + 1), 0
                    kicks = kicks + 1 if was_kicked else 0
                    seconds = self.pace.wait(failures - 1)
                    if kicks and (self.turn is None or self.turn.is_mine):
                        seconds = self.pace.away(self.pace.kicked_seconds, kicks)
                        log.error("aibot connected by another program", again_in=round(seconds, 1))
                await asyncio.sleep(seconds)

    async def _once(self, http: aiohttp.ClientSession) -> tuple[float, bool]:
        """Hold one connection to its end; return how long it lived and whether it was put out."""
        async with self._open(http) as connection:
            began = _instant()
            log.info("aibot connected")
            self._connection = connection
            if self.turn is not None and not self.turn.is_mine:
                connection.over.set()  # the turn went while it was being opened
            try:
                await self._stay(connection)
            finally:
                self._left_at = _instant()
                log.info("aibot connection ended", code=connection.socket.close_code)
            return _instant() - began, connection.is_kicked

    @contextlib.asynccontextmanager
    async def _open(self, http: aiohttp.ClientSession) -> AsyncIterator[Connection]:
        """Open and subscribe; what is said in between is heard already."""
        try:
            trust = ssl.create_default_context(cafile=self.ca_file) if self.ca_file else True
            async with asyncio.timeout(self.pace.open_seconds):
                socket = await http.ws_connect(
                    self.url, max_msg_size=_MAX_FRAME, ssl=trust,
                    timeout=ClientWSTimeout(ws_close=1.0),
                )  # fmt: skip
        except TimeoutError:
            raise LineError("too slow") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise LineError(type(error).__name__) from None
        connection = Connection(socket, self.pace.answer_seconds)
        reading = asyncio.create_task(self._read(connection))
        try:
            await self._subscribe(connection)
            yield connection
        finally:
            connection.end()
            reading.cancel()
            # Who is cancelled here is cancelled, and does not take it for the reader's end.
            await asyncio.gather(reading, return_exceptions=True)
            await socket.close()

    async def _subscribe(self, connection: Connection) -> None:
        who = {"bot_id": self.bot_id, "secret": self.secret}
        try:
            answer = await connection.ask(SUBSCRIBE, secrets.token_hex(12), who)
        except ChannelBusyError as error:
            raise LineError(f"subscription: {error}") from None
        if answer.code:
            is_refused = meaning(answer.code) is Meaning.CONFIG
            raise LineError(f"errcode {answer.code}", is_refused=is_refused)

    async def _stay(self, connection: Connection) -> None:
        """Say from time to time that somebody is here, until it is over.

        A connection that does not answer twice is given up, though it looks alive.
        """
        missed = 0
        while not connection.over.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.pace.ping_seconds):
                    await connection.over.wait()
            if connection.over.is_set():
                return
            try:
                await connection.ask(PING, secrets.token_hex(12))
                missed = 0
            except ChannelBusyError:
                missed += 1
                if missed >= self.pace.most_missed:
                    log.warning("aibot connection silent", pings=missed)
                    return

    async def _read(self, connection: Connection) -> None:
        try:
            async for message in connection.socket:
                if message.type is WSMsgType.TEXT:
                    self._heard(connection, message.data)
        finally:
            connection.end()

    def _heard(self, connection: Connection, text: str) -> None:
        frame = read_frame(text)
        if frame is None:
            log.warning("aibot frame not understood", chars=len(text))
        elif frame.cmd == EVENT and frame.event == KICKED:
            connection.is_kicked = True
            connection.end()
        elif frame.cmd in (MESSAGE, EVENT):
            self.hear(frame)
        elif frame.cmd:
            log.warning("aibot frame unknown", cmd=frame.cmd)
        elif not connection.acknowledged(frame):
            log.warning("aibot acknowledgement of nothing", code=frame.code)

    def _leave(self) -> None:
        """Leave the connection: the turn is over."""
        if self._connection is not None:
            self._connection.end()


def _instant() -> float:
    return asyncio.get_running_loop().time()
