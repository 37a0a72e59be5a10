"""An official account of WeChat, where parents ask and are answered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Protocol

from aiohttp import web

from bot.channels.base import (
    Acknowledge,
    Capabilities,
    ChannelBusyError,
    ChannelRefusedError,
    Media,
    Parcel,
    Receipt,
)
from bot.channels.questions import QuestionBook
from bot.channels.token import TokenStore
from bot.channels.wechat.api import WechatApi
from bot.channels.wechat.callback import TEXT_BYTES, Callback
from bot.channels.wecom.api import ROOT
from bot.channels.wecom.codec import CallbackCodec
from bot.channels.wire import TOTAL_SECONDS, Count, Wire, checked_base
from cards.render import text as twin
from cards.render.pen import pieces
from cards.render.wecom import plain

WAITS = "waits for the next question"
WAIT_SECONDS = 2 * 3600.0
MAX_TEXTS = 4


class WechatSettings(Protocol):
    """What the section ``[wechat]`` of the settings holds."""

    @property
    def app_id(self) -> str: ...
    @property
    def secret(self) -> str: ...
    @property
    def token(self) -> str: ...
    @property
    def encoding_aes_key(self) -> str: ...
    @property
    def api_base(self) -> str: ...
    @property
    def service_messages(self) -> bool: ...


class WechatChannel:
    """The channel of one official account.

    Without the right to customer service messages (``service_messages``) everything rides on the
    acknowledgement of what a person says; what comes up later waits for their next word, for two
    days. With it, what cannot ride is sent while the platform takes it.

    Raises:
        ValueError: a setting cannot be right; the sentence names its key.
    """

    instance = "wechat"
    capabilities = Capabilities(cards=False, redraw=False, groups=False)

    def __init__(
        self,
        settings: WechatSettings,
        *,
        book: QuestionBook,
        tokens: TokenStore,
        now: Callable[[], datetime],
        count: Count,
        total_seconds: float = TOTAL_SECONDS,
    ) -> None:
        base = checked_base(settings.api_base, "wechat.api_base")
        try:
            self._codec = CallbackCodec(settings.token, settings.encoding_aes_key, settings.app_id)
        except ValueError as error:
            raise ValueError(f"wechat.{error}") from None
        self._wire = Wire(base, count=partial(_named, count), total_seconds=total_seconds)
        self.api = WechatApi(
            self._wire, app_id=settings.app_id, secret=settings.secret, tokens=tokens, now=now
        )
        self._may_send = settings.service_messages
        self._book = book
        self._now = now
        self.callback: Callback | None = None

    def routes(self, dispatcher: Acknowledge) -> list[web.RouteDef]:
        """Return the callback's routes."""
        self.callback = Callback(
            self._codec, dispatcher, self._book, self.instance, self._now, rides=not self._may_send
        )
        return self.callback.routes()

    async def start(self) -> None:
        """Open the connections' pool; nothing is called yet."""
        await self._wire.start()

    async def stop(self) -> None:
        """Close what ``start`` opened."""
        if self.callback is not None:
            await self.callback.stop()
        await self._wire.stop()

    async def send(self, parcel: Parcel) -> Receipt:
        """Send what did not ride, once, or let it wait for the next question."""
        if parcel.to_group or parcel.picture is not None:
            raise ChannelRefusedError("no-groups")
        if not self._may_send:
            raise ChannelBusyError(WAITS, WAIT_SECONDS)
        if parcel.doubtful:
            # Nothing tells the platform that it is a repeat.
            raise ChannelRefusedError("may-have-arrived")
        card = parcel.card
        words = twin.render(card, quote=plain) if card is not None else plain(parcel.text)
        texts = pieces(words or "—", max_bytes=TEXT_BYTES, most=MAX_TEXTS)
        ids = [f"{parcel.id}-{number}" for number in range(len(texts))]
        place = await self._book.take(self.instance, parcel.address, ids, self._now())
        if place.refusal:
            raise ChannelRefusedError(place.refusal, person=True)
        for number, text in enumerate(texts):
            try:
                await self.api.say(parcel.address, text)
            except ChannelBusyError as error:
                if number:
                    # The first part stands there: it must not come twice.
                    raise ChannelRefusedError("arrived in part") from error
                raise
        return Receipt()

    async def fetch(self, media: str) -> Media:
        """Fetch a picture that somebody sent."""
        return await self.api.media(media)

    def may_send_at(self, parcel: Parcel, now: datetime) -> float:
        """Return the seconds for which the platform takes nothing."""
        return self.api.blocked_for("message/custom/send")


def _named(count: Count, path: str) -> None:
    count(f"wechat {path.removeprefix(ROOT)}")
