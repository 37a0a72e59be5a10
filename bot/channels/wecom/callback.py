"""The callback address: who may knock, what it says, and what is answered (D90238, D90930).

Before a message is known to be authentic every refusal is one and the same 403. Afterwards the
answer is 200, or 503 where it could not be stored, so that the platform brings it again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

import structlog
from aiohttp import web
from wechatpy.enterprise.replies import TextReply

from bot.channels.base import Acknowledge, Answer
from bot.channels.bodies import BodyError, body_of
from bot.channels.carrying import Carrying
from bot.channels.refusals import Refusals
from bot.channels.wecom.codec import CallbackCodec, CallbackError
from bot.channels.wecom.envelope import EnvelopeError, scan
from bot.channels.wecom.knock import knock_of
from bot.channels.wecom.sealing import (
    PLAIN,
    XML,
    Parameters,
    all_given,
    envelope,
    in_cdata,
    refused,
)
from bot.channels.wecom.translate import translate
from cards.render.wecom import plain
from handlers.events import Event

log = structlog.get_logger()

PATH = "/wecom/callback"
MAX_CARRIED_BYTES = 2048
# The platform itself gives up after five seconds (D90930): what is slower is somebody else.
BODY_SECONDS = 5.0
_PARAMETERS = Parameters("msg_signature", "timestamp", "nonce", "echostr")
_NEEDED = ("msg_signature", "timestamp", "nonce")
_EMPTY = b""
_STAMP = 10**18  # stands where the time goes


class Callback:
    """Answers the platform's knocks for one application."""

    def __init__(
        self,
        codec: CallbackCodec,
        dispatcher: Acknowledge,
        *,
        instance: str,
        corp_id: str,
        agent_id: int,
        now: Callable[[], datetime],
        body_seconds: float = BODY_SECONDS,
        on_knock: Callable[[str, str], bool] | None = None,
    ) -> None:
        self._codec = codec
        self._dispatcher = dispatcher
        self._instance = instance
        self._agent_id = agent_id
        self._now = now
        self._body_seconds = body_seconds
        self._on_knock = on_knock
        self._refusals = Refusals(now)
        self._reply = _reply_form(corp_id, agent_id)

    def routes(self) -> list[web.RouteDef]:
        """Return the two routes of the address."""
        return [
            web.get(PATH, self.verify, allow_head=False),
            web.post(PATH, self.receive),
        ]

    async def verify(self, request: web.Request) -> web.StreamResponse:
        """Answer the check made when the address is saved: the decrypted ``echostr``, bare."""
        given = _PARAMETERS.of(request)
        try:
            if "echostr" not in given:
                raise CallbackError("echostr")
            echo = self._open(given, given["echostr"])
        except CallbackError as error:
            return refused(self._refusals, error)
        return web.Response(body=echo.encode(), headers=PLAIN)

    async def receive(self, request: web.Request) -> web.StreamResponse:
        """Take one message or event: durable before the answer."""
        try:
            given = _PARAMETERS.of(request)
            encrypted, agent = scan(await body_of(request, self._body_seconds))
            if agent and agent.lstrip("0") != str(self._agent_id):
                raise CallbackError("agent id")
            xml = self._open(given, encrypted)
        except (BodyError, CallbackError, EnvelopeError) as error:
            return refused(self._refusals, error)
        if self._on_knock is not None and (knock := knock_of(xml)) and self._on_knock(*knock):
            # What it announces is fetched, now or a little later.
            return web.Response(body=_EMPTY)
        now = self._now()
        event = translate(xml, instance=self._instance, agent_id=self._agent_id, now=now)
        try:
            answer = await self._dispatcher.handle(event)
        except Exception as error:
            # The name only: what a driver says may hold what the person typed.
            log.error("callback not stored", key=event.key, error=type(error).__name__)
            return web.Response(status=503)
        if answer is None or not event.can_carry:
            return web.Response(body=_EMPTY)
        return self._carry(request, event, answer, now)

    def _open(self, given: dict[str, str], encrypted: str) -> str:
        if not all_given(given, _NEEDED, "msg_signature"):
            raise CallbackError("parameters")
        return self._codec.open(
            given["msg_signature"], given["timestamp"], given["nonce"], encrypted
        )

    def _carry(
        self, request: web.Request, event: Event, answer: Answer, now: datetime
    ) -> web.Response:
        """Answer with one sentence, and say so when it was written out.

        A sentence too long for a passive reply is not carried: its outbox row sends it.
        """
        text = plain(answer.text)
        if not text or len(text.encode()) > MAX_CARRIED_BYTES:
            return web.Response(body=_EMPTY)
        noted = partial(self._dispatcher.carried, answer)
        return Carrying(self._sealed(event, text, now), XML, request, noted)

    def _sealed(self, event: Event, text: str, now: datetime) -> bytes:
        stamp = int(now.timestamp())
        reply = self._reply % {
            "account": event.account.replace("]]>", ""),
            "stamp": stamp,
            "words": in_cdata(text),
        }
        return envelope(self._codec, reply, stamp)


def _reply_form(corp_id: str, agent_id: int) -> str:
    """Return wechatpy's text reply as a form to fill in.

    Drawing a reply costs more than encrypting it, so it is drawn once.
    """
    drawn: str = TextReply(
        source=corp_id.replace("%", "%%"),
        target="%(account)s",
        time=_STAMP,
        content="%(words)s",
        agent=agent_id,
    ).render()
    return drawn.replace(str(_STAMP), "%(stamp)d")
