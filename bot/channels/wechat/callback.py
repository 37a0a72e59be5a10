"""The callback address of the official account: who may knock, and the one reply that rides back.

The platform waits five seconds and asks three times; a repeat is given what was answered. Messages
come encrypted (安全模式); what comes in the clear is a stranger's.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from aiohttp import web

from bot.channels.base import Acknowledge, Answer
from bot.channels.bodies import BodyError, body_of
from bot.channels.carrying import Carrying
from bot.channels.questions import QuestionBook
from bot.channels.refusals import Refusals
from bot.channels.wechat.translate import Heard, translate
from bot.channels.wecom.codec import CallbackCodec, CallbackError
from bot.channels.wecom.envelope import EnvelopeError, scan
from bot.channels.wecom.sealing import (
    PLAIN,
    XML,
    Parameters,
    all_given,
    envelope,
    in_cdata,
    refused,
)
from cards.language import Card
from cards.render import text as twin
from cards.render.pen import first_bytes
from cards.render.wecom import plain
from handlers.context import ack_key
from handlers.events import Event
from storage.questions import Rider

log = structlog.get_logger()

PATH = "/wechat/callback"
TEXT_BYTES = 2048
LEAST_BYTES = 512
BODY_SECONDS = 5.0
MORE = "（还有内容，回复任意文字接着看。）"
_SAID_AT_MOST = 9  # answers to one event
_PARAMETERS = Parameters("msg_signature", "signature", "timestamp", "nonce", "echostr")
_ECHO_CHARS = 128
_REPLY = (
    "<xml><ToUserName><![CDATA[{to}]]></ToUserName><FromUserName><![CDATA[{own}]]></FromUserName>"
    "<CreateTime>{stamp}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
    "<Content><![CDATA[{words}]]></Content></xml>"
)


@dataclass(slots=True, eq=False)
class Callback:
    """Answers the platform's knocks.

    Whatever answers an event rides on its acknowledgement. ``rides``: nothing can be sent
    afterwards, so that all that waits for a person rides there too.
    """

    codec: CallbackCodec
    dispatcher: Acknowledge
    book: QuestionBook
    instance: str
    now: Callable[[], datetime]
    rides: bool
    _refusals: Refusals = field(init=False)
    _riding: set[int] = field(default_factory=set)
    _noting: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._refusals = Refusals(self.now)

    def routes(self) -> list[web.RouteDef]:
        """Return the two routes of the address."""
        return [
            web.get(PATH, self.verify, allow_head=False),
            web.post(PATH, self.receive),
        ]

    async def stop(self) -> None:
        """Write down what rode."""
        await asyncio.gather(*self._noting, return_exceptions=True)

    async def verify(self, request: web.Request) -> web.StreamResponse:
        """Answer the check made when the address is saved: ``echostr`` as it came."""
        given = _PARAMETERS.of(request)
        try:
            if not all_given(given, ("timestamp", "nonce", "signature", "echostr"), "signature"):
                raise CallbackError("parameters")
            expected = self.codec.sign(given["timestamp"], given["nonce"], "")
            if not hmac.compare_digest(expected, given["signature"]):
                raise CallbackError("signature")
            if len(given["echostr"]) > _ECHO_CHARS or not given["echostr"].isalnum():
                raise CallbackError("echostr")
        except CallbackError as error:
            return refused(self._refusals, error)
        return web.Response(body=given["echostr"].encode(), headers=PLAIN)

    async def receive(self, request: web.Request) -> web.StreamResponse:
        """Take one message or event: durable before the answer."""
        try:
            given = _PARAMETERS.of(request)
            encrypted, _ = scan(await body_of(request, BODY_SECONDS))
            if not all_given(given, ("timestamp", "nonce", "msg_signature"), "msg_signature"):
                raise CallbackError("parameters")
            xml = self.codec.open(
                given["msg_signature"], given["timestamp"], given["nonce"], encrypted
            )
        except (BodyError, CallbackError, EnvelopeError) as error:
            return refused(self._refusals, error)
        heard = translate(xml, instance=self.instance, now=self.now())
        try:
            if heard.asked is not None:
                await self.book.note(self.instance, [heard.asked])
            answer = await self.dispatcher.handle(heard.event)
            told, words = await self.told(heard.event) if heard.event.can_carry else ([], "")
        except Exception as error:
            # The name only: what a driver says may hold what the person typed.
            log.error("callback not stored", key=heard.event.key, error=type(error).__name__)
            return web.Response(status=503)
        return self._carry(request, heard, answer, told, words)

    async def told(self, event: Event) -> tuple[list[int], str]:
        """Return the rows that ride on an event's reply, and their words; the others wait."""
        riders = await self._riders(event)
        told, words = _fitted(riders)
        if left := [one.seq for one in riders if one.seq not in told]:
            await self.book.left_over(left, self.now())
        return told, words

    async def _riders(self, event: Event) -> list[Rider]:
        """Return what is told now: the answers to this event, and what waited for one."""
        key = ack_key(event)
        keys = [key, *(f"{key}:{number}" for number in range(1, _SAID_AT_MOST + 1))]
        found = await self.book.riders(self.instance, event.account, keys, waiting=self.rides)
        return [one for one in found if one.seq not in self._riding]

    def _carry(
        self, request: web.Request, heard: Heard, answer: Answer | None, told: Sequence[int],
        words: str,
    ) -> web.StreamResponse:  # fmt: skip
        """Answer with as much as one reply holds; what has no room waits for the next one."""
        if not told:
            return web.Response(body=b"")
        stamp = int(self.now().timestamp())
        reply = _REPLY.format(
            to=heard.event.account.replace("]]>", ""),
            own=heard.called.replace("]]>", ""),
            stamp=stamp,
            words=in_cdata(words),
        )
        body = envelope(self.codec, reply, stamp)
        return Carrying(body, XML, request, partial(self._carried, answer, told))

    def _carried(self, answer: Answer | None, told: Sequence[int]) -> None:
        if answer is not None and int(answer.outbox_id) in told:
            self.dispatcher.carried(answer)
        beside = [seq for seq in told if answer is None or seq != int(answer.outbox_id)]
        if not beside:
            return
        self._riding.update(beside)
        task = asyncio.get_running_loop().create_task(self._note(beside))
        self._noting.add(task)
        task.add_done_callback(self._noting.discard)

    async def _note(self, seqs: Sequence[int]) -> None:
        try:
            await self.book.rode(seqs, self.now())
        except Exception as error:
            # They are told once more with the next answer: late, and seen as a repeat.
            log.warning("riders not noted", count=len(seqs), error=type(error).__name__)
        finally:
            self._riding.difference_update(seqs)


def words_of(body: Any) -> str:
    """Return a row's body as the one text that such an account can show."""
    if "card" in body:
        return twin.render(Card.from_json(body["card"]), quote=plain)
    return plain(str(body.get("text", "")))


def _fitted(riders: Sequence[Rider]) -> tuple[list[int], str]:
    """Return the rows that fit into one reply, in their order, and their words."""
    told: list[int] = []
    parts: list[str] = []
    room, more = TEXT_BYTES, f"\n\n{MORE}"
    for one in riders:
        words = words_of(one.body)
        # As long as others follow there must be room to say so.
        left = room - (0 if one is riders[-1] else len(more.encode()))
        size = len(words.encode()) + (2 if parts else 0)
        if size > left and not parts:
            return [one.seq], first_bytes(words, TEXT_BYTES)
        if size > left and (len(parts) > 1 or left < LEAST_BYTES):
            return told, "\n\n".join(parts) + more
        # What has no room behind one answer has none behind the next: it is shortened.
        told.append(one.seq)
        parts.append(first_bytes(words, left - 2) if size > left else words)
        room -= min(size, left)
    return told, "\n\n".join(parts)
