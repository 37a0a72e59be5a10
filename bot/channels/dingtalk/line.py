"""One open line of the stream, and how patient the bot is with it."""

from __future__ import annotations

import asyncio
import contextlib
import random
from dataclasses import dataclass, field

import aiohttp
from aiohttp import WSCloseCode, WSMsgType

from bot.channels.dingtalk.frames import Frame
from bot.channels.dingtalk.taps import ANSWER_SECONDS

PART_SECONDS = 2.0
_GOODBYE = WSCloseCode.OK.to_bytes(2, "big")


@dataclass(frozen=True, slots=True)
class Pace:
    """How patient the stream is, in seconds of the real clock, and how much it takes on at once.

    A line that says nothing for ``quiet_seconds`` is replaced, although it looks alive. Each
    replacement that stays silent too doubles them, up to ``most_quiet_seconds``: how often the
    platform pings is not documented, and opening a line may cost a call of the month. The spare
    line is never opened within ``apart_seconds`` of the other.
    """

    open_seconds: float = 10.0
    heartbeat_seconds: float = 30.0
    wait_seconds: float = 3.0
    most_wait_seconds: float = 60.0
    jitter: float = 0.2
    proven_seconds: float = 3.0
    quiet_seconds: float = 90.0
    most_quiet_seconds: float = 3600.0
    leave_seconds: float = 12.0
    apart_seconds: float = 30.0
    send_seconds: float = 5.0
    drain_seconds: float = 2.0
    answer_seconds: float = ANSWER_SECONDS
    workers: int = 64
    backlog: int = 1000
    backlog_chars: int = 32 << 20

    def wait(self, failures: int) -> float:
        """Return how long to wait after so many failures in a row: 3 s, doubling to 60 s."""
        if failures < 1:
            return 0.0
        seconds = min(self.most_wait_seconds, self.wait_seconds * 2.0 ** min(failures - 1, 30))
        return seconds * (1 + random.uniform(0, self.jitter))

    def patience(self, silent_lines: int) -> float:
        """Return how long a line may say nothing after so many lines that never did."""
        return min(self.most_quiet_seconds, self.quiet_seconds * 2.0 ** min(silent_lines, 30))


@dataclass(slots=True, eq=False)
class Line:
    """One open connection.

    ``over`` is set once nothing more is to be expected from it, ``ended`` when all that came on it
    was read.
    """

    socket: aiohttp.ClientWebSocketResponse
    send_seconds: float
    opened_at: float
    heard_at: float
    open_works: int = 0
    is_parting: bool = False
    over: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    idle: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, frame: Frame, text: str) -> bool:
        """Answer a frame of this line that has a name, and say whether the answer was written.

        A line that takes no answer is over.
        """
        if not frame.message_id or self.is_parting:
            return False
        try:
            async with asyncio.timeout(self.send_seconds):
                await self.socket.send_str(text)
        except (TimeoutError, ConnectionError, aiohttp.ClientError):
            self.over.set()
            return False
        return True

    async def part(self) -> None:
        """Close it from our side.

        What the platform had sent by then is on its way: it is still read, and done. Only its
        acknowledgement cannot be sent any more, and a repeat is known as one.
        """
        self.is_parting = True
        with contextlib.suppress(TimeoutError, ConnectionError, aiohttp.ClientError):
            async with asyncio.timeout(PART_SECONDS):
                await self.socket.send_frame(_GOODBYE, WSMsgType.CLOSE)
                await self.ended.wait()
        await self.socket.close()

    def takes_work(self) -> None:
        self.open_works += 1
        self.idle.clear()

    def work_done(self) -> None:
        self.open_works -= 1
        if not self.open_works:
            self.idle.set()
