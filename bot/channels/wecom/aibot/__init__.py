"""WeCom's 智能机器人: who mentions it in a group of the organisation is answered there.

It is asked and answers over one long connection (D101463). What is not for a group is told by the
application, in its own chat.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog
from aiohttp import web

from bot.channels.base import (
    Acknowledge,
    Answer,
    Capabilities,
    ChannelBusyError,
    ChannelRefusedError,
    LineState,
    Media,
    Parcel,
    Receipt,
)
from bot.channels.pacing import Pacing
from bot.channels.turn import LineStore, Turn
from bot.channels.wecom.aibot.connection import AGAIN_SECONDS
from bot.channels.wecom.aibot.frames import (
    ANSWERED,
    LATE,
    OVER,
    RESPOND,
    SEND,
    UNKNOWN_NAME,
    UNSUBSCRIBED,
    Frame,
)
from bot.channels.wecom.aibot.hearing import Hearing
from bot.channels.wecom.aibot.line import Line
from bot.channels.wecom.aibot.pace import Pace
from bot.channels.wecom.aibot.translate import GROUP_PREFIX, Reader
from bot.channels.wecom.errors import meaning, refusal
from bot.channels.wecom.pacing import CHAT
from cards.language import Card
from cards.render import wecom_aibot as drawing
from handlers.events import Addressed, Event

log = structlog.get_logger()

# After a start or a loss: a connection is open in a second, and after failures in a minute.
GRACE_SECONDS = 15.0
_MOST_OWED = 1000
_SINGLE, _GROUP = 1, 2


class AibotSettings(Protocol):
    """What the section ``[wecom.aibot]`` of the settings holds."""

    @property
    def bot_id(self) -> str: ...
    @property
    def secret(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def ws_url(self) -> str: ...
    @property
    def ca_file(self) -> str: ...


@dataclass(slots=True)
class _Owed:
    """An answer that the platform has not taken yet: to which message it is, and whether a first
    try of it may have arrived."""

    req_id: str
    doubtful: bool = False


class AibotChannel:
    """The channel of one robot; ``home`` is the application's, which talks to people alone.

    An answer rides on the message it answers. What could not ride leaves by the outbox: still as
    the answer while the platform takes it, which is never shown twice, else as a message of its
    own, which the platform takes where somebody has spoken to the robot before.
    """

    instance = "wecom-aibot"
    capabilities = Capabilities(cards=False, redraw=False)

    def __init__(
        self,
        settings: AibotSettings,
        *,
        home: str,
        installation: str,
        lines: LineStore | None,
        now: Callable[[], datetime],
        pace: Pace | None = None,
    ) -> None:
        self._installation = installation
        self._now = now
        self._reader = Reader(self.instance, home, settings.bot_id, settings.name)
        self._pace = pace or Pace()
        self._pacing = Pacing()
        self._owed: dict[str, _Owed] = {}
        self._turn = Turn(f"aibot:{settings.bot_id}", lines) if lines else None
        self._line = Line(
            url=settings.ws_url, bot_id=settings.bot_id, secret=settings.secret,
            ca_file=settings.ca_file, hear=self._hear, turn=self._turn, pace=self._pace,
        )  # fmt: skip
        self._hearing: Hearing | None = None
        self._running: asyncio.Task[None] | None = None
        self._dispatcher: Acknowledge | None = None

    def routes(self, dispatcher: Acknowledge) -> list[web.RouteDef]:
        """Return no routes; ``start`` opens the connection."""
        self._dispatcher = dispatcher
        self._hearing = Hearing(
            dispatcher=dispatcher, reader=self._reader, now=self._now, answered=self._answered,
            pace=self._pace,
        )  # fmt: skip
        return []

    async def start(self) -> None:
        """Open the connection, and keep it, where ``routes`` said who hears."""
        if self._hearing is None:
            return
        self._hearing.start()
        if self._turn is not None:
            self._turn.start()
        self._running = asyncio.get_running_loop().create_task(self._line.run())

    def line(self) -> LineState | None:
        """Return how the connection stands."""
        if self._line.is_connected:
            return LineState.CONNECTED
        if self._turn is not None and self._turn.is_elsewhere:
            return LineState.ELSEWHERE
        is_new = self._line.deaf_seconds < GRACE_SECONDS
        return LineState.OPENING if is_new else LineState.LOST

    async def hand_over(self) -> None:
        """Let another process have the connection; until it has, this one still answers."""
        self._line.is_leaving = True
        if self._turn is not None:
            await self._turn.hand_over()
        if self._hearing is not None:
            await self._hearing.settled()

    async def stop(self) -> None:
        """Let what was begun end, and close the connection."""
        if self._turn is not None:
            await self._turn.stop()
        if self._hearing is not None:
            await self._hearing.stop()
        if self._running is not None:
            self._running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._running

    async def send(self, parcel: Parcel) -> Receipt:
        """Send what did not ride on its message, at most once."""
        if parcel.picture is not None:
            raise ChannelRefusedError("no-pictures")
        what = parcel.card if parcel.card is not None else parcel.text
        owed = self._owed.get(parcel.id)
        if owed is not None and await self._respond(owed, parcel.id, what):
            return Receipt()
        if parcel.doubtful or (owed is not None and owed.doubtful):
            # Nothing tells the platform that it is a repeat.
            raise ChannelRefusedError("may-have-arrived")
        is_group = parcel.address.startswith(GROUP_PREFIX)
        frame = await self._line.ask(
            SEND,
            body={
                "chatid": parcel.address.removeprefix(GROUP_PREFIX),
                "chat_type": _GROUP if is_group else _SINGLE,
                **drawing.push(what),
            },
        )
        _check(frame)
        self._owed.pop(parcel.id, None)
        return Receipt()

    async def fetch(self, media: str) -> Media:
        """Fetch nothing: no file is heard of here."""
        raise ChannelRefusedError("no-files")

    def may_send_at(self, parcel: Parcel, now: datetime) -> float:
        """Return the seconds until there is room in a chat; 0 books the place."""
        return self._room(parcel.address, now)

    # --- answers ---------------------------------------------------------------------------------

    def _hear(self, frame: Frame) -> None:
        assert self._hearing is not None, "routes come before the start"
        self._hearing.take(frame)

    async def _answered(self, req_id: str, event: Event, answer: Answer) -> None:
        """Answer the message itself; where that fails the outbox has the answer too."""
        assert self._dispatcher is not None, "routes come before the start"
        owed = self._owed[answer.outbox_id] = _Owed(req_id)
        if len(self._owed) > _MOST_OWED:
            del self._owed[next(iter(self._owed))]
        chat = event.group if isinstance(event, Addressed) and event.group else event.account
        if self._room(chat, self._now()) > 0:
            log.warning("aibot answer waits for its place", outbox=answer.outbox_id)
            return
        what: Card | str = answer.card if answer.card is not None else answer.text
        try:
            is_there = await self._respond(owed, answer.outbox_id, what)
        except ChannelBusyError as error:
            log.warning("aibot answer not taken", outbox=answer.outbox_id, reason=str(error))
        except ChannelRefusedError as error:
            log.warning("aibot answer refused", outbox=answer.outbox_id, code=error.code)
        else:
            if is_there:
                self._dispatcher.carried(answer)

    async def _respond(self, owed: _Owed, name: str, what: Card | str) -> bool:
        """Answer a message; False where the platform takes no answer to it any more."""
        body = drawing.answer(what, f"{self._installation}-{name}")
        try:
            frame = await self._line.ask(RESPOND, owed.req_id, body)
        except ChannelBusyError as error:
            owed.doubtful = owed.doubtful or error.unknown
            raise
        if frame.code in (LATE, UNKNOWN_NAME, OVER):
            return False
        if frame.code != ANSWERED:  # then an earlier try stands there
            _check(frame)
        self._owed.pop(name, None)
        return True

    def _room(self, chat: str, now: datetime) -> float:
        key = "chat:" + hashlib.sha256(chat.encode()).hexdigest()
        return self._pacing.may_send_at({key: CHAT}, now)


def _check(frame: Frame) -> None:
    """Raise what an acknowledgement means."""
    code = frame.code or 0
    if code == UNSUBSCRIBED:
        raise ChannelBusyError(f"errcode {code}", AGAIN_SECONDS)
    if code:
        raise refusal(code, meaning(code))
