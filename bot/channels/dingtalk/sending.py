"""Parcels on their way: to people, to a group, redrawn in place; and how fast they may go."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from bot.channels.base import (
    FREE,
    ChannelBusyError,
    ChannelRefusedError,
    Meter,
    Outcome,
    Parcel,
    Receipt,
)
from bot.channels.dingtalk import webhook
from bot.channels.dingtalk.api import BATCH_SEND, CREATE_CARD, GROUP_SEND, UPDATE_CARD, Api
from bot.channels.dingtalk.blocks import Blocks
from bot.channels.dingtalk.errors import CARD_UNKNOWN, Meaning, meaning
from bot.channels.dingtalk.joint import part_of, parts
from bot.channels.dingtalk.notes import Notes
from bot.channels.dingtalk.pacing import APP, GROUP, PERSON, ROBOT
from bot.channels.dingtalk.section import DingTalkSettings
from bot.channels.dingtalk.taps import OpenTaps
from bot.channels.dingtalk.telling import BY_KEY, Teller
from bot.channels.dingtalk.translate import GROUP_PREFIX
from bot.channels.pacing import Limit, Pacing
from bot.channels.wire import Wire
from cards.language import Card
from cards.render import dingtalk as drawing

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
        self._blocks = blocks
        self._taps = taps
        self._now = now
        self._meter = meter
        self._pacing = Pacing()
        self._notes = Notes()
        self._teller = Teller(api, settings, installation, taps, self._notes)

    async def send(self, parcel: Parcel) -> Receipt:
        """Send one parcel. Raises the channel errors."""
        try:
            if parcel.to_group:
                return await self._to_group(parcel)
            if parcel.redraws and self._is_card(parcel) and parcel.card is not None:
                return await self._redraw(parcel, parcel.card)
            return await self._to_person(parcel)
        except ChannelBusyError as error:
            if error.unknown:
                self._notes.doubt(parcel.id)
            raise

    async def send_joint(self, parcels: Sequence[Parcel]) -> list[Outcome]:
        """Tell several people, as many as may be with one call; return how each of them fared."""
        ends: dict[str, Outcome] = {
            parcel.id: ChannelRefusedError("address", person=True)
            for parcel in parcels
            if not _USERID.fullmatch(parcel.address)
        }
        sound = [parcel for parcel in parcels if parcel.id not in ends]
        for part in parts(sound, as_text=not self._is_card(parcels[0])):
            told = await self._teller.tell(part)
            ends |= {parcel.id: end for parcel, end in zip(part, told, strict=True)}
        return [ends[parcel.id] for parcel in parcels]

    def may_send_at(self, parcel: Parcel, now: datetime) -> float:
        """Return the seconds until there is room under every limit; 0 books the places.

        A call that tells several people counts once for the application, for each as a message.
        """
        messages = 1 if parcel.to_group or parcel.redraws else self._messages(parcel)
        limits = _limits(parcel)
        if parcel.beside and part_of(parcel.beside, parcel.id)[0] != parcel.id:
            del limits["app"]
        return self._pacing.may_send_at(limits, now, messages=messages)

    def call_of(self, parcel: Parcel) -> str:
        """Return the call that a parcel will need."""
        if parcel.to_group:
            ours = parcel.address.startswith(GROUP_PREFIX)
            return GROUP_SEND if ours else webhook.ROBOT_PATH
        if not self._is_card(parcel):
            return BATCH_SEND
        return UPDATE_CARD if parcel.redraws else CREATE_CARD

    async def _redraw(self, parcel: Parcel, card: Card) -> Receipt:
        """Change a card in place, for all who have it; each keeps the link that is theirs alone."""
        await self._taps.closed(parcel.redraws)
        try:
            await self._api.update(
                {
                    "outTrackId": parcel.redraws,
                    "cardData": {"cardParamMap": drawing.render(card).params},
                    "cardUpdateOptions": BY_KEY,
                }
            )  # fmt: skip
        except ChannelRefusedError as error:
            if error.code != CARD_UNKNOWN:
                raise
            return await self._instead(parcel)
        return Receipt(parcel.redraws)

    async def _instead(self, parcel: Parcel) -> Receipt:
        """Send a fresh card where the old copy is gone; it needs its own place."""
        wait = self._pacing.may_send_at(
            {_person(parcel): PERSON}, self._now(), messages=self._messages(parcel)
        )
        if wait:
            raise ChannelBusyError("pacing", wait)
        return await self._to_person(parcel, instead=True)

    async def _to_person(self, parcel: Parcel, *, instead: bool = False) -> Receipt:
        # The address becomes a part of a list of places.
        if not _USERID.fullmatch(parcel.address):
            raise ChannelRefusedError("address", person=True)
        (end,) = await self._teller.tell([parcel], instead=instead)
        if isinstance(end, Exception):
            raise end
        return end

    async def _to_group(self, parcel: Parcel) -> Receipt:
        """Push to a group; where the platform knows no repeat, at most once."""
        title, text = _group_words(parcel)
        markdown = {"title": title, "text": text}
        if parcel.address.startswith(GROUP_PREFIX):
            self._refuse_repeat(parcel)
            group = parcel.address.removeprefix(GROUP_PREFIX)
            picture = parcel.picture
            key = (
                await self._api.group_send(group, "sampleMarkdown", markdown)
                if picture is None
                else await self._api.group_send(
                    group, "sampleImageMsg", {"photoURL": picture.address}
                )
            )
            return Receipt(note={"processQueryKey": key})
        hook = webhook.hook_of(parcel.address, self._oapi_base)
        if not hook.once:
            self._refuse_repeat(parcel)
        body = webhook.body_of(markdown, self._teller.track([parcel.id]))
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
        if self._teller.in_doubt(parcel):
            raise ChannelRefusedError("may-have-arrived")

    def _is_card(self, parcel: Parcel) -> bool:
        return parcel.card is not None and bool(self._settings.card_template_review)

    def _messages(self, parcel: Parcel) -> int:
        if parcel.card is None or not self._settings.card_template_review:
            return len(self._teller.texts_of(parcel))
        return 1 + len(drawing.render(parcel.card).texts)


def _group_words(parcel: Parcel) -> tuple[str, str]:
    if (picture := parcel.picture) is not None:
        return drawing.group_picture(picture.title, picture.address, picture.page)
    return drawing.group_markdown(parcel.card or parcel.text)


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
