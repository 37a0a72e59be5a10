"""One parcel on its way: to a person as text or card, to a group, redrawn in place."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from bot.channels.base import (
    FREE,
    ChannelBusyError,
    ChannelRefusedError,
    Meter,
    Parcel,
    Receipt,
)
from bot.channels.dingtalk import webhook
from bot.channels.dingtalk.api import BATCH_SEND, CREATE_CARD, GROUP_SEND, UPDATE_CARD, Api
from bot.channels.dingtalk.blocks import Blocks
from bot.channels.dingtalk.errors import CARD_EXISTS, CARD_UNKNOWN, Meaning, meaning
from bot.channels.dingtalk.notes import Notes
from bot.channels.dingtalk.pacing import APP, GROUP, PERSON, ROBOT
from bot.channels.dingtalk.section import DingTalkSettings
from bot.channels.dingtalk.taps import OpenTaps
from bot.channels.dingtalk.translate import GROUP_PREFIX
from bot.channels.pacing import Limit, Pacing
from bot.channels.wire import Wire
from cards.language import Card
from cards.render import dingtalk as drawing
from cards.render import text as twin
from cards.render.dingtalk_values import plain
from cards.render.pen import pieces

log = structlog.get_logger()

TRACK_CHARS = 100
# A msgParam may have 15,000 bytes; as JSON a text grows.
TEXT_BYTES = 6000
MAX_TEXTS = 5
SLOWED_SECONDS = 60.0
_USERID = re.compile(r"[^;\s]{1,128}")


class Sender:
    """Sends parcels; ``robots`` is the wire on which custom robots are reached."""

    def __init__(
        self, api: Api, robots: Wire, settings: DingTalkSettings, *, installation: str,
        blocks: Blocks, taps: OpenTaps, now: Callable[[], datetime], meter: Meter = FREE,
    ) -> None:  # fmt: skip
        self._api = api
        self._robots = robots
        self._settings = settings
        self._oapi_base = settings.oapi_base.rstrip("/")
        self._installation = installation
        self._blocks = blocks
        self._taps = taps
        self._now = now
        self._meter = meter
        self._pacing = Pacing()
        self._notes = Notes()

    async def send(self, parcel: Parcel) -> Receipt:
        """Send one parcel. Raises the channel errors."""
        try:
            if parcel.to_group:
                return await self._to_group(parcel)
            # The address becomes a part of a list of places.
            if not _USERID.fullmatch(parcel.address):
                raise ChannelRefusedError("address", person=True)
            if parcel.card is None or not self._settings.card_template_review:
                return await self._words(parcel)
            if parcel.card.entries and not parcel.card.done:
                return await self._form(parcel, parcel.card)
            if parcel.redraws:
                return await self._redraw(parcel, parcel.card)
            return await self._card(parcel, parcel.card)
        except ChannelBusyError as error:
            if error.unknown:
                self._notes.doubt(parcel.id)
            raise

    def may_send_at(self, parcel: Parcel, now: datetime) -> float:
        """Return the seconds until there is room under every limit; 0 books the places."""
        messages = 1 if parcel.to_group or parcel.redraws else self._messages(parcel)
        return self._pacing.may_send_at(_limits(parcel), now, messages=messages)

    def call_of(self, parcel: Parcel) -> str:
        """Return the call that a parcel will need."""
        if parcel.to_group:
            ours = parcel.address.startswith(GROUP_PREFIX)
            return GROUP_SEND if ours else webhook.ROBOT_PATH
        if parcel.card is None or not self._settings.card_template_review:
            return BATCH_SEND
        return UPDATE_CARD if parcel.redraws else CREATE_CARD

    async def _words(self, parcel: Parcel) -> Receipt:
        """Send text, at most once: there is nothing by which a repeat would be seen."""
        if self._in_doubt(parcel):
            raise ChannelRefusedError("may-have-arrived")
        note = await self._texts(parcel, self._texts_of(parcel))
        return Receipt(fresh=bool(parcel.redraws), note={"processQueryKey": note})

    async def _texts(self, parcel: Parcel, texts: Sequence[str]) -> str:
        """Send what has not been sent yet of a parcel's texts; return the last one's key."""
        note = ""
        for at in range(self._notes.told(parcel.id), len(texts)):
            note = await self._text(parcel.address, texts[at])
            self._notes.tell(parcel.id, at + 1)
        return note

    async def _text(self, address: str, text: str) -> str:
        sent = await self._api.batch_send([address], "sampleText", {"content": text})
        who = address.lower()
        for name, missed in (("invalid", sent.invalid), ("filtered", sent.filtered)):
            if who in missed:
                raise ChannelRefusedError(f"{name}StaffId", person=True)
        if who in sent.slowed:
            raise ChannelBusyError("flowControlledStaffId", SLOWED_SECONDS)
        return sent.key

    async def _form(self, parcel: Parcel, card: Card) -> Receipt:
        """Send or redraw a form; as lines to copy where the platform takes none of its size.

        That a form may be larger than the 1 KB of other values stands in no paper.
        """
        try:
            if parcel.redraws:
                return await self._redraw(parcel, card)
            return await self._card(parcel, card)
        except ChannelRefusedError as error:
            if error.person or error.stop or error.code == CARD_EXISTS:
                raise
            log.warning("form refused, sent as text", code=error.code)
            return await self._words(parcel)

    def _template(self, parcel: Parcel) -> str:
        is_form = parcel.card is not None and bool(parcel.card.entries)
        form = self._settings.card_template_form if is_form else ""
        return form or self._settings.card_template_review

    async def _card(self, parcel: Parcel, card: Card, *, instead: bool = False) -> Receipt:
        """Send a card, with the texts before it that say what it had to shorten.

        The card tells whether an earlier try got through, so in doubt it goes first. Texts of a
        try that died are sent again: twice to read is better than never.
        """
        track, drawn = self._track(parcel), drawing.render(card)
        in_doubt = self._in_doubt(parcel)
        if not in_doubt:
            await self._texts(parcel, drawn.texts)
        if await self._place(parcel, track, drawn) and in_doubt:
            self._notes.owe(parcel.id)
        if self._notes.owes(parcel.id):
            await self._texts(parcel, drawn.texts)
        return Receipt(track, fresh=instead)

    async def _place(self, parcel: Parcel, track: str, drawn: drawing.Drawn) -> bool:
        """Put the card into its person's chat; False where an earlier try had done so."""
        space = {
            "openSpaceId": f"dtv1.card//IM_ROBOT.{parcel.address}",
            "imRobotOpenDeliverModel": {
                "spaceType": "IM_ROBOT", "robotCode": self._api.robot_code,
            },
        }  # fmt: skip
        in_doubt = self._in_doubt(parcel)
        try:
            failed = await self._api.create_and_deliver(
                {
                    "cardTemplateId": self._template(parcel),
                    "outTrackId": track,
                    "cardData": {"cardParamMap": drawn.params},
                    "imRobotOpenSpaceModel": {
                        "supportForward": False,
                        "lastMessageI18n": {"ZH_CN": drawn.notice},
                    },
                    **space,
                    **self._callback(),
                }
            )
        except ChannelRefusedError as error:
            if error.code != CARD_EXISTS:
                raise
            homeless = self._notes.homeless(parcel.id)
            if homeless is None and in_doubt:
                return False
            if homeless is False:
                # Delivered for itself, with an unknown end: once more could be a second copy.
                raise ChannelRefusedError("may-have-arrived") from None
            if homeless is None and parcel.attempt == 1:
                # Not ours: two ledgers share an installation's id.
                raise
            # A try before, of this process or of one that is gone, heard that it was not delivered.
            failed = await self._api.deliver({"outTrackId": track, **space})
        if failed:
            self._notes.leave_homeless(parcel.id)
            raise _undelivered(failed)
        return True

    async def _redraw(self, parcel: Parcel, card: Card) -> Receipt:
        """Change a card in place. Whoever tapped it may tap again: the new face decides."""
        await self._taps.closed(parcel.redraws)
        try:
            await self._api.update(
                {
                    "outTrackId": parcel.redraws,
                    "cardData": {"cardParamMap": drawing.render(card).params},
                    "privateData": {parcel.address: {"cardParamMap": drawing.UNTAPPED}},
                    "cardUpdateOptions": {
                        "updateCardDataByKey": True, "updatePrivateDataByKey": True,
                    },
                }
            )  # fmt: skip
        except ChannelRefusedError as error:
            if error.code != CARD_UNKNOWN:
                raise
            return await self._instead(parcel, card)
        return Receipt(parcel.redraws)

    async def _instead(self, parcel: Parcel, card: Card) -> Receipt:
        """Send a fresh card where the old copy is gone; it needs its own place."""
        wait = self._pacing.may_send_at(
            {_person(parcel): PERSON}, self._now(), messages=self._messages(parcel)
        )
        if wait:
            raise ChannelBusyError("pacing", wait)
        return await self._card(parcel, card, instead=True)

    async def _to_group(self, parcel: Parcel) -> Receipt:
        """Push to a group; where the platform knows no repeat, at most once."""
        title, text = drawing.group_markdown(parcel.card or parcel.text)
        markdown = {"title": title, "text": text}
        if parcel.address.startswith(GROUP_PREFIX):
            self._refuse_repeat(parcel)
            group = parcel.address.removeprefix(GROUP_PREFIX)
            key = await self._api.group_send(group, "sampleMarkdown", markdown)
            return Receipt(note={"processQueryKey": key})
        hook = webhook.hook_of(parcel.address, self._oapi_base)
        if not hook.once:
            self._refuse_repeat(parcel)
        body = webhook.body_of(markdown, self._track(parcel))
        try:
            await webhook.push(
                self._robots, hook, body,
                secret=parcel.secret, now=self._now(), blocks=self._blocks, meter=self._meter,
            )  # fmt: skip
        except ChannelBusyError as error:
            if meaning(str(error)) in (Meaning.BLOCKED, Meaning.MINUTE):
                until = self._now() + timedelta(seconds=error.retry_after)
                self._pacing.block(_group(parcel), until)
            raise
        return Receipt()

    def _refuse_repeat(self, parcel: Parcel) -> None:
        if self._in_doubt(parcel):
            raise ChannelRefusedError("may-have-arrived")

    def _in_doubt(self, parcel: Parcel) -> bool:
        return parcel.doubtful or self._notes.in_doubt(parcel.id)

    def _callback(self) -> dict[str, str]:
        if self._settings.mode == "http":
            return {"callbackType": "HTTP", "callbackRouteKey": self._settings.card_route_key}
        return {"callbackType": "STREAM"}

    def _texts_of(self, parcel: Parcel) -> list[str]:
        whole = parcel.text if parcel.card is None else twin.render(parcel.card)
        return _cut(plain(whole))

    def _messages(self, parcel: Parcel) -> int:
        if parcel.card is None or not self._settings.card_template_review:
            return len(self._texts_of(parcel))
        return 1 + len(drawing.render(parcel.card).texts)

    def _track(self, parcel: Parcel) -> str:
        track = f"{self._installation}-{parcel.id}"
        if len(track) <= TRACK_CHARS:
            return track
        return hashlib.sha256(track.encode()).hexdigest()


def _undelivered(failed: Mapping[str, str]) -> Exception:
    code = next(iter(failed.values()))
    if meaning(code) in (Meaning.DOWN, Meaning.MINUTE, Meaning.SECOND, Meaning.CROWD):
        return ChannelBusyError(code, SLOWED_SECONDS)
    return ChannelRefusedError(code[:80], person=True)


def _cut(text: str) -> list[str]:
    return pieces(text or "—", max_bytes=TEXT_BYTES, most=MAX_TEXTS)


def _person(parcel: Parcel) -> str:
    return f"person:{parcel.address.lower()}"


def _group(parcel: Parcel) -> str:
    """Name a group without its address, which is a secret."""
    return "group:" + hashlib.sha256(parcel.address.encode()).hexdigest()


def _limits(parcel: Parcel) -> dict[str, tuple[Limit, ...]]:
    if parcel.to_group and parcel.address.startswith(GROUP_PREFIX):
        return {_group(parcel): GROUP, "app": APP}
    if parcel.to_group:
        return {_group(parcel): ROBOT}
    return {"app": APP} if parcel.redraws else {_person(parcel): PERSON, "app": APP}
