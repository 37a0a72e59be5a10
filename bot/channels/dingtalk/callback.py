"""The HTTP mode: robot messages and card callbacks that the platform posts (receive-message).

Neither signature holds the body, only the time: before it is verified every refusal is one and
the same 403, and nothing is read. Afterwards the answer is 200, or 503 where it was not stored.
"""

from __future__ import annotations

import asyncio
import hmac
import json
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final

import structlog
from aiohttp import web

from bot.channels.base import Acknowledge, Answer
from bot.channels.bodies import BodyError, body_of
from bot.channels.carrying import Carrying
from bot.channels.dingtalk.taps import ANSWER_SECONDS, OpenTaps, response_to
from bot.channels.dingtalk.translate import Reader, digest, out_track_id
from bot.channels.refusals import Refusals
from handlers.events import Event

log = structlog.get_logger()

ROBOT_PATH = "/dingtalk/callback"
CARD_PATH = "/dingtalk/card"
SKEW_SECONDS = 3600
BODY_SECONDS = 1.0
_JSON: Final = {"Content-Type": "application/json"}


class KnockError(Exception):
    """Nobody who may knock here."""


class Callback:
    """Answers the platform's knocks for one application.

    Without ``card_secret`` there is no address for cards: they would be anybody's.
    """

    def __init__(
        self,
        dispatcher: Acknowledge,
        reader: Reader,
        taps: OpenTaps,
        *,
        client_secret: str,
        card_secret: str = "",
        now: Callable[[], datetime],
        body_seconds: float = BODY_SECONDS,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        self._dispatcher = dispatcher
        self._reader = reader
        self._taps = taps
        self._client_secret = client_secret
        self._card_secret = card_secret
        self._now = now
        self._body_seconds = body_seconds
        self._answer_seconds = answer_seconds
        self._refusals = Refusals(now)
        self._late: set[asyncio.Task[Answer | None]] = set()

    def routes(self) -> list[web.RouteDef]:
        """Return the addresses."""
        robot = [web.post(ROBOT_PATH, self.message)] if self._client_secret else []
        return [*robot, web.post(CARD_PATH, self.card)] if self._card_secret else robot

    async def stop(self) -> None:
        """Wait for the taps whose time was over before they were stored."""
        await asyncio.gather(*self._late, return_exceptions=True)

    async def message(self, request: web.Request) -> web.Response:
        """Take one robot message: durable before the answer."""
        try:
            self._verify(
                request, "timestamp", "sign", self._client_secret, f"\n{self._client_secret}"
            )
            body = await body_of(request, self._body_seconds)
        except (KnockError, BodyError) as error:
            return self._refuse(error)
        try:
            for event in self._reader.message(body, self._now()):
                await self._dispatcher.handle(event)
        except Exception as error:
            return _not_stored(error)
        return web.Response(body=b"")

    async def card(self, request: web.Request) -> web.Response:
        """Take one tap, and answer in time whether it is stored by then or not."""
        until = asyncio.get_running_loop().time() + self._answer_seconds
        names = ("x-ddpaas-signature-timestamp", "x-ddpaas-signature")
        try:
            stamp = self._verify(request, *names, self._card_secret, "")
            body = await body_of(request, self._body_seconds)
        except (KnockError, BodyError) as error:
            return self._refuse(error)
        event = self._reader.tap(body, digest(stamp, body), {"time": stamp}, self._now())
        with self._taps.open(out_track_id(body)):
            return await self._answer(request, event, until)

    async def _answer(self, request: web.Request, event: Event, until: float) -> web.Response:
        doing = asyncio.create_task(_handled(self._dispatcher, event))
        self._late.add(doing)
        doing.add_done_callback(self._late.discard)
        done, _ = await asyncio.wait({doing}, timeout=until - asyncio.get_running_loop().time())
        if not done:
            log.warning("tap not committed in time", key=event.key)
            return web.Response(status=503)
        if (error := doing.exception()) is not None:
            return _not_stored(error)
        response, shown = response_to(doing.result())
        if shown is None:
            return web.json_response(response)
        noted = partial(self._dispatcher.carried, shown)
        return Carrying(json.dumps(response).encode(), _JSON, request, noted)

    def _verify(
        self, request: web.Request, stamp_name: str, sign_name: str, secret: str, more: str
    ) -> str:
        """Return the signed time stamp.

        Raises:
            KnockError: no signature, a wrong one, or one of another hour.
        """
        stamp, sign = request.headers.get(stamp_name, ""), request.headers.get(sign_name, "")
        signed = hmac.digest(secret.encode(), (stamp + more).encode(errors="replace"), "sha256")
        if not hmac.compare_digest(b64encode(signed), sign.encode(errors="replace")):
            raise KnockError("signature")
        if not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= 14):
            raise KnockError("timestamp")
        if abs(self._now().timestamp() - int(stamp) / 1000) > SKEW_SECONDS:
            raise KnockError("stale")
        return stamp

    def _refuse(self, error: Exception) -> web.Response:
        """Answer what every stranger gets, and close: nothing more of this line is read."""
        self._refusals.note(str(error))
        response = web.Response(status=403, text="forbidden")
        response.force_close()
        return response


async def _handled(dispatcher: Acknowledge, event: Event) -> Answer | None:
    return await dispatcher.handle(event)


def _not_stored(error: BaseException) -> web.Response:
    # The name only: what a driver says may hold what the person typed.
    log.error("callback not stored", error=type(error).__name__)
    return web.Response(status=503)
