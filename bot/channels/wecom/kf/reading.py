"""Reads what came for an account, page by page, one process at a time (D94670).

How far was read is written down after a page was done, so that a process that dies in between has
its page read again; the inbox knows what was done of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.channels.base import Acknowledge, ChannelBusyError, ChannelRefusedError
from bot.channels.questions import QuestionBook
from bot.channels.turn import LineStore
from bot.channels.wecom.api import Api
from bot.channels.wecom.errors import KNOCK_UNKNOWN
from bot.channels.wecom.kf.translate import ANSWERED_FOR, Failure, Heard, translate
from bot.channels.wire import TOO_LARGE

log = structlog.get_logger()

TOKEN_LIFE = timedelta(minutes=9)  # the platform says ten
PAGE = 100
SMALLER = 10
PAGE_BYTES = 2 << 20
"""A hundred long messages have more than an ordinary answer; one alone has never so much."""


@dataclass(frozen=True, slots=True)
class ReadingPace:
    """How often is looked without a knock, and after what went wrong, in seconds."""

    poll_seconds: float = 120.0
    again_seconds: float = 10.0
    lease_seconds: float = 30.0
    turn_seconds: float = 0.2


@dataclass(slots=True, eq=False)
class Reading:
    """Reads one account. ``hear`` is the dispatcher; ``failed`` is told what did not arrive.

    ``lines`` are where the processes agree on who reads; none where there is one process only.
    """

    api: Api
    open_kfid: str
    instance: str
    book: QuestionBook
    lines: LineStore | None
    now: Callable[[], datetime]
    failed: Callable[[Failure], Any]
    pace: ReadingPace = ReadingPace()
    dispatcher: Acknowledge | None = None
    holder: str = field(default_factory=lambda: secrets.token_hex(8))
    _token: tuple[str, datetime] | None = None
    _bell: asyncio.Event = field(default_factory=asyncio.Event)
    _running: asyncio.Task[None] | None = None
    _owes: bool = False

    @property
    def is_busy(self) -> bool:
        """Whether something came that was not done yet, as far as is known here."""
        return self._bell.is_set() or self._owes

    @property
    def name(self) -> str:
        """What the line and the cursor are called."""
        return f"kf:{self.open_kfid}"

    def start(self) -> None:
        """Begin to read: at once what came while nobody did."""
        self._bell.set()
        self._running = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """Read no more. A page that is not done is read again by whoever comes next."""
        if self._running is not None:
            self._running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._running
            self._running = None

    def knock(self, token: str) -> None:
        """Read now: something came."""
        if token:
            self._token = (token, self.now())
        self._bell.set()

    async def _run(self) -> None:
        pause = self.pace.poll_seconds
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._bell.wait()
            self._owes = True
            self._bell.clear()
            pause = self.pace.poll_seconds
            try:
                await self.read()
                self._owes = False
            except ChannelBusyError as error:
                log.warning("kf not read", why=str(error))
                pause = max(error.retry_after, self.pace.again_seconds)
            except ChannelRefusedError as error:
                log.error("kf refused", code=error.code)
            except Exception as error:
                # Mostly the ledger is away: what was not stored is read again.
                log.error("kf not read", error=type(error).__name__)
                pause = self.pace.again_seconds

    async def read(self) -> None:
        """Read all that has come. Raises what the platform and the ledger raise."""
        await self._come()
        try:
            while await self._page():
                await self._come()
            await self.book.forget(self.now() - ANSWERED_FOR)
        finally:
            if self.lines is not None:
                await self.lines.give_up(self.name, self.holder)

    async def _come(self) -> None:
        """Wait for the turn, or keep it.

        Whoever has it may have asked for its last page before ours came: so wait, and ask too.
        """
        seconds = self.pace.lease_seconds
        # Another process's turn ends in the database: nothing here could ring a bell.
        while self.lines and not await self.lines.take(self.name, self.holder, seconds):  # noqa: ASYNC110
            await asyncio.sleep(self.pace.turn_seconds)

    async def _page(self) -> bool:
        """Do one page; return whether there are more."""
        seen = await self.book.cursor(self.name)
        answer = await self._ask(seen)
        entries = answer.get("msg_list")
        await self._hear([one for one in entries or () if isinstance(one, Mapping)])
        cursor = answer.get("next_cursor")
        if not isinstance(cursor, str) or not cursor or cursor == seen:
            return False
        await self.book.advance(self.name, seen, cursor, self.now())
        return answer.get("has_more") == 1

    async def _hear(self, entries: Sequence[Mapping[str, Any]]) -> None:
        found = [translate(one, instance=self.instance, now=self.now()) for one in entries]
        if asked := [one.asked for one in found if one.asked is not None]:
            await self.book.note(self.instance, asked)
        for one in found:
            if one.failure is not None:
                await self.failed(one.failure)
        # Begun in their order: each conversation keeps it, and the ledger has them all in one go.
        results = await asyncio.gather(*map(self._take, found), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def _take(self, heard: Heard) -> None:
        assert self.dispatcher is not None, "routes come before the start"
        if heard.event is not None:
            await self.dispatcher.handle(heard.event)

    async def _ask(self, seen: str) -> dict[str, Any]:
        """Ask for a page; what has no room in one answer is asked for in smaller ones."""
        limit = PAGE
        while True:
            try:
                return await self._ask_for(seen, limit)
            except ChannelRefusedError as error:
                if error.code != TOO_LARGE or limit == 1:
                    raise
            log.warning("kf page too large", limit=limit)
            limit = max(1, limit // SMALLER)

    async def _ask_for(self, seen: str, limit: int) -> dict[str, Any]:
        body = {"open_kfid": self.open_kfid, "limit": limit, "voice_format": 0}
        token = self._fresh_token()
        try:
            return await self._sync({**body, "cursor": seen} if seen else body, token)
        except ChannelRefusedError as error:
            if error.stop or error.person or not seen or error.code == TOO_LARGE:
                raise
            # What was read to is not known there any more: the last three days come once more, of
            # which the inbox has what was heard, and whoever asked long ago is not answered.
            log.error("kf cursor refused, reading anew", code=error.code)
        return await self._sync(body, token)

    async def _sync(self, body: Mapping[str, Any], token: str) -> dict[str, Any]:
        if not token:
            return await self.api.post("kf/sync_msg", body, most=PAGE_BYTES)
        try:
            return await self.api.post("kf/sync_msg", {**body, "token": token}, most=PAGE_BYTES)
        except ChannelRefusedError as error:
            if error.code != str(KNOCK_UNKNOWN):
                raise
            self._token = None
        return await self.api.post("kf/sync_msg", body, most=PAGE_BYTES)

    def _fresh_token(self) -> str:
        """Return the newest knock's token: without one the platform is slow to be asked."""
        if self._token is None or self.now() - self._token[1] > TOKEN_LIFE:
            return ""
        return self._token[0]
