"""DingTalk: one enterprise-internal application as a channel, with the robots of its groups."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import structlog
from aiohttp import web

from bot.channels.base import (
    FREE,
    Acknowledge,
    Capabilities,
    ChannelBusyError,
    ChannelRefusedError,
    LineState,
    Media,
    Meter,
    Outcome,
    Parcel,
    Receipt,
)
from bot.channels.dingtalk.api import Api
from bot.channels.dingtalk.blocks import Blocks
from bot.channels.dingtalk.callback import CARD_PATH, Callback
from bot.channels.dingtalk.errors import readable
from bot.channels.dingtalk.login import authorize_url
from bot.channels.dingtalk.route import CardRoute, may_tell
from bot.channels.dingtalk.section import DingTalkSettings
from bot.channels.dingtalk.sending import Sender
from bot.channels.dingtalk.stream import Stream
from bot.channels.dingtalk.taps import OpenTaps
from bot.channels.dingtalk.translate import Reader
from bot.channels.token import TokenStore
from bot.channels.turn import LineStore, Turn
from bot.channels.wire import TOTAL_SECONDS, Count, Wire, checked_base

__all__ = ["DingTalkChannel", "DingTalkSettings"]

log = structlog.get_logger()

# What is blocked for longer goes back to the outbox: a place in the row of senders is dear.
WAITS_HERE_SECONDS = 60.0
# After a start or a loss: a line is opened in a second, and after failures in a minute.
GRACE_SECONDS = 15.0
_FILE_SECONDS = 60.0


class DingTalkChannel:
    """The channel of one application; ``installation`` makes its card ids its own for ever.

    ``lines`` is where the processes of the installation agree on who holds the stream; a process
    that is alone needs none. ``public_url`` is where our pages begin, and where the
    platform reaches HTTP mode.

    Raises:
        ValueError: a setting cannot be right; the sentence names its key.
    """

    instance = "dingtalk"
    capabilities = Capabilities(pictures=True)

    def __init__(
        self,
        settings: DingTalkSettings,
        *,
        installation: str,
        tokens: TokenStore,
        lines: LineStore | None = None,
        public_url: str = "",
        now: Callable[[], datetime],
        count: Count,
        meter: Meter = FREE,
        total_seconds: float = TOTAL_SECONDS,
    ) -> None:
        base = checked_base(settings.api_base, "dingtalk.api_base")
        oapi_base = checked_base(settings.oapi_base, "dingtalk.oapi_base")
        self._login_base = checked_base(settings.login_base, "dingtalk.login_base")
        if settings.mode == "http" and not settings.card_route_key:
            raise ValueError("dingtalk.card_route_key is needed where mode is http")
        blocks = Blocks(now)

        def wire(base: str, named: Count, **how: Any) -> Wire:
            return Wire(base, count=named, total_seconds=total_seconds, **how)

        def named(path: str) -> None:
            count(f"dingtalk {path.removeprefix('/v1.0/').lstrip('/')}")

        # A kept connection that died would make a message doubtful that nothing can repeat.
        api = wire(base, named, judge=readable, fresh=True)
        robots = wire(oapi_base, named, judge=readable, fresh=True)
        old = wire(oapi_base, named, judge=readable)
        # The address of a file is signed: it must not become the name of a number.
        files = wire("", lambda _: count("dingtalk file"), judge=_file_there)
        self._wires = (api, old, files, robots)
        self.api = Api(
            api, old, files, client_id=settings.client_id, client_secret=settings.client_secret,
            corp_id=settings.corp_id, robot_code=settings.robot_code, api_base=base,
            tokens=tokens, blocks=blocks, now=now, meter=meter,
        )  # fmt: skip
        self.taps = OpenTaps(are_here=self._hears_taps)
        self._settings = settings
        self._now = now
        self._turn = Turn(f"dingtalk:{settings.client_id}", lines) if lines else None
        self._meter = meter
        self._stream: Stream | None = None
        self._callback: Callback | None = None
        self._route = self._card_route(public_url) if settings.mode == "http" else None
        self._listening: asyncio.Task[None] | None = None
        self._sender = Sender(
            self.api, robots, settings, installation=installation, blocks=blocks, taps=self.taps,
            now=now, meter=meter, pages=public_url, has_route=self._has_route,
        )  # fmt: skip

    def _hears_taps(self) -> bool:
        """Say whether every tap comes to this process: it is alone, or holds the stream."""
        if self._turn is None:
            return True
        return self._settings.mode == "stream" and self._turn.is_mine

    def _card_route(self, public_url: str) -> CardRoute | None:
        settings, url = self._settings, f"{public_url.rstrip('/')}{CARD_PATH}"
        if not may_tell(url, settings.api_base):
            log.warning("card route not told: web.public_url is not https", url=url)
            return None
        return CardRoute(
            self.api, key=settings.card_route_key, url=url, secret=settings.card_callback_secret
        )

    def _has_route(self) -> bool:
        """Say whether a refusal for the route would be final."""
        return self._route is None or self._route.is_taken

    def routes(self, dispatcher: Acknowledge) -> list[web.RouteDef]:
        """Return the routes of HTTP mode. A stream has none; ``start`` opens it."""
        settings = self._settings
        can_fill = bool(settings.card_template_review)
        reader = Reader(self.instance, settings.corp_id, self._meter, can_fill)
        if settings.mode == "http":
            self._callback = Callback(
                dispatcher, reader, self.taps, client_secret=settings.client_secret,
                card_secret=settings.card_callback_secret, now=self._now,
            )  # fmt: skip
            return self._callback.routes()
        self._stream = Stream(
            api_base=settings.api_base, client_id=settings.client_id,
            client_secret=settings.client_secret, dispatcher=dispatcher, reader=reader,
            taps=self.taps, now=self._now, turn=self._turn, meter=self._meter,
        )  # fmt: skip
        return []

    async def start(self) -> None:
        """Open the connections' pools, and the stream where ``routes`` made one."""
        for wire in self._wires:
            await wire.start()
        if self._route is not None:
            self._route.start()
        if self._stream is not None:
            if self._turn is not None:
                self._turn.start()
            self._listening = asyncio.get_running_loop().create_task(self._stream.run())

    def line(self) -> LineState | None:
        """Return how the stream stands; HTTP mode has none."""
        if self._stream is None:
            return None
        if self._stream.is_connected:
            return LineState.CONNECTED
        if self._turn is not None and self._turn.is_elsewhere:
            return LineState.ELSEWHERE
        is_new = self._stream.deaf_seconds < GRACE_SECONDS
        return LineState.OPENING if is_new else LineState.LOST

    async def hand_over(self) -> None:
        """Let another process have the stream, and still read until it had time to open it."""
        if self._turn is not None and self._stream is not None:
            await self._turn.hand_over()
            await self._stream.left()

    async def stop(self) -> None:
        """Let what was begun end, and close what ``start`` opened."""
        if self._turn is not None:
            await self._turn.stop()
        if self._listening is not None:
            self._listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listening
        if self._route is not None:
            await self._route.stop()
        if self._callback is not None:
            await self._callback.stop()
        for wire in self._wires:
            await wire.stop()

    async def send(self, parcel: Parcel) -> Receipt:
        """Send or redraw one parcel; a card arrives once, a text or a group's message at most."""
        if self._route is not None:
            await self._route.tried()
        return await self._sender.send(parcel)

    async def send_joint(self, parcels: Sequence[Parcel]) -> list[Outcome]:
        """Tell several people the same, by one card for all of them; return how each fared."""
        if self._route is not None:
            await self._route.tried()
        return await self._sender.send_joint(parcels)

    async def fetch(self, media: str) -> Media:
        """Fetch a file that somebody sent in chat, at most 50 MiB of it."""
        return await self.api.media(media)

    def may_send_at(self, parcel: Parcel, now: datetime) -> float:
        """Return the seconds to wait; a short block is waited for here, a long one in the row."""
        blocked = self.api.blocked_for(self._sender.call_of(parcel))
        if 0 < blocked <= WAITS_HERE_SECONDS:
            return blocked
        return self._sender.may_send_at(parcel, now)

    def signs_in(self, agent: str) -> bool:
        """Say whether a User-Agent, in lower case, is DingTalk's own browser."""
        return "dingtalk" in agent

    def authorize_url(self, redirect_uri: str, state: str) -> str:
        """Return where a page opened in DingTalk goes to learn who opened it."""
        return authorize_url(
            self._login_base, client_id=self._settings.client_id, corp_id=self._settings.corp_id,
            redirect_uri=redirect_uri, state=state,
        )  # fmt: skip

    async def member(self, code: str) -> str | None:
        """Return the account behind a sign-in code, None for an outsider."""
        return await self.api.member(code)


def _file_there(status: int, _method: str) -> None:
    if status >= 500:
        raise ChannelBusyError(f"http {status}", _FILE_SECONDS)
    if status != 200:
        raise ChannelRefusedError(f"file-http-{status}")
