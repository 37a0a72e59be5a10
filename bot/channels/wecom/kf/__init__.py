"""微信客服: parents write to an account of the office from WeChat, and are answered there."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

import structlog
from aiohttp import web

from bot.channels.base import (
    Acknowledge,
    Capabilities,
    ChannelRefusedError,
    Media,
    Parcel,
    Receipt,
)
from bot.channels.questions import QuestionBook
from bot.channels.turn import LineStore
from bot.channels.wecom.api import Api
from bot.channels.wecom.errors import MSGID_USED
from bot.channels.wecom.kf.reading import Reading, ReadingPace
from bot.channels.wecom.kf.translate import Failure
from cards.render import wecom_kf as drawing

log = structlog.get_logger()

_OURS = re.compile(r"([0-9A-Za-z]+)-(\d{1,15})(?:-\d)?")


class KfChannel:
    """One account of 微信客服, by the application (``api``) that may use it.

    Its connections are the application's. Nothing is asked about who writes: their name on the
    platform stays there.
    """

    instance = "wecom-kf"
    capabilities = Capabilities(cards=False, redraw=False, groups=False)

    def __init__(
        self,
        api: Api,
        *,
        open_kfid: str,
        installation: str,
        book: QuestionBook,
        lines: LineStore | None,
        now: Callable[[], datetime],
        pace: ReadingPace | None = None,
    ) -> None:
        self._api = api
        self._open_kfid = open_kfid
        self._installation = installation
        self._book = book
        self._now = now
        self.reading = Reading(
            api, open_kfid, self.instance, book, lines, now, self._not_arrived,
            pace or ReadingPace(),
        )  # fmt: skip

    def routes(self, dispatcher: Acknowledge) -> list[web.RouteDef]:
        """Return no routes: the application's callback hears the knocks."""
        self.reading.dispatcher = dispatcher
        return []

    def knock(self, token: str, open_kfid: str) -> bool:
        """Take a knock at the application's callback; False where it is another account's."""
        if open_kfid != self._open_kfid:
            return False
        self.reading.knock(token)
        return True

    async def start(self) -> None:
        """Begin to read; the application's channel was started before."""
        self.reading.start()

    async def stop(self) -> None:
        """Read no more."""
        await self.reading.stop()

    async def send(self, parcel: Parcel) -> Receipt:
        """Answer a question while the platform takes answers to it; a repeat arrives once."""
        if parcel.to_group or parcel.picture is not None:
            raise ChannelRefusedError("no-groups")
        what = parcel.card if parcel.card is not None else parcel.text
        bodies = drawing.render(what)
        ids = [f"{self._installation}-{parcel.id}"]
        ids += [f"{ids[0]}-{number}" for number in range(2, len(bodies) + 1)]
        place = await self._book.take(self.instance, parcel.address, ids, self._now())
        if place.refusal:
            raise ChannelRefusedError(place.refusal, person=True)
        if place.welcome:
            return await self._welcome(parcel, place.welcome, ids[0])
        to = {"touser": parcel.address, "open_kfid": self._open_kfid}
        for msgid, body in zip(ids, bodies, strict=True):
            try:
                await self._api.post("kf/send_msg", {**to, "msgid": msgid, **body})
            except ChannelRefusedError as error:
                if error.code != str(MSGID_USED) or parcel.attempt == 1:
                    raise
        return Receipt(note={"msgid": ids[0]})

    async def fetch(self, media: str) -> Media:
        """Fetch a file that somebody sent."""
        return await self._api.media(media)

    def may_send_at(self, parcel: Parcel, now: datetime) -> float:
        """Return the seconds for which the platform takes nothing."""
        return self._api.blocked_for("kf/send_msg")

    async def _welcome(self, parcel: Parcel, code: str, msgid: str) -> Receipt:
        """Greet with the code of an entry: one message, for one code (D95122)."""
        if parcel.doubtful:
            raise ChannelRefusedError("may-have-arrived")
        what = parcel.card if parcel.card is not None else parcel.text
        (body,) = drawing.render(what, most=1)
        await self._api.post("kf/send_msg_on_event", {"code": code, "msgid": msgid, **body})
        return Receipt(note={"msgid": msgid})

    async def _not_arrived(self, failure: Failure) -> None:
        """Note that a message which the platform took was not delivered."""
        ours = _OURS.fullmatch(failure.msgid)
        if ours is None or ours[1] != self._installation:
            return
        log.warning("kf message failed later", seq=int(ours[2]), fail_type=failure.why)
        await self._book.refuse(
            self.instance, int(ours[2]), f"fail_type {failure.why}", self._now()
        )
