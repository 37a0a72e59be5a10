"""Parcels on their way: to people, to a group, redrawn in place; and how fast they may go."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
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
    """Sends parcels; ``robots`` is the wire on which custom robots are reached.

    ``pages`` is where our own pages begin.
    """

    def __init__(
        self, api: Api, robots: Wire, settings: DingTalkSettings, *, installation: str,
        blocks: Blocks, taps: OpenTaps, now: Callable[[], datetime], meter: Meter = FREE,
        pages: str = "", has_route: Callable[[], bool] = lambda: True,
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
        self._teller = Teller(
            api, settings, installation, taps, self._notes, pages=pages, has_route=has_route
        )

    async def send(self, parcel: Parcel) -> Receipt:
        """Send one parcel. Raises the channel errors."""
        try:
            if parcel.to_group:
                return await self._to_group(parcel)
            if self._is_card(parcel) and parcel.card is not None:
                if parcel.shown:
                    await self._teller.say_rest([parcel], drawing.render(parcel.card).texts)
                    return Receipt()
                if parcel.redraws:
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
        is_one = parcel.to_group or (parcel.redraws and not parcel.shown)
        messages = 1 if is_one else self._messages(parcel)
        limits = _limits(parcel)
        if self._shares_call(parcel) and part_of(parcel.beside, parcel.id)[0] != parcel.id:
            del limits["app"]
        return self._pacing.may_send_at(limits, now, messages=messages)

    def call_of(self, parcel: Parcel) -> str:
        """Return the call that a parcel will need."""
        if parcel.to_group:
            ours = parcel.address.startswith(GROUP_PREFIX)
            return GROUP_SEND if ours else webhook.ROBOT_PATH
        if not self._is_card(parcel) or parcel.shown:
            return BATCH_SEND
        return UPDATE_CARD if parcel.redraws else CREATE_CARD

    async def _redraw(self, parcel: Parcel, card: Card) -> Receipt:
        """Change a card in place, for all who have it; each keeps the link that is theirs alone.

        Where it had to be shortened they are told the whole of it as text.
        """
        readers = [
            replace(parcel, id=f"{parcel.id}:{reader}", address=reader)
            for reader in parcel.readers or (parcel.address,)
        ]
        drawn = drawing.render(replace(card, page="") if len(readers) > 1 else card)
        for reader in readers if drawn.texts else ():
            self._book(reader, len(drawn.texts))
        await self._taps.closed(parcel.redraws)
        try:
            await self._api.update(
                {
                    "outTrackId": parcel.redraws,
                    "cardData": {"cardParamMap": drawn.params},
                    "cardUpdateOptions": BY_KEY,
                }
            )  # fmt: skip
        except ChannelRefusedError as error:
            if error.code != CARD_UNKNOWN:
                raise
            return await self._instead(parcel)
        await self._teller.say_rest(readers, drawn.texts)
        return Receipt(parcel.redraws)

    async def _instead(self, parcel: Parcel) -> Receipt:
        """Send a fresh card where the old copy is gone; it needs its own place."""
        self._book(parcel, self._messages(parcel))
        return await self._to_person(parcel, instead=True)

    def _book(self, parcel: Parcel, messages: int) -> None:
        """Book places with somebody for more than a redraw, which needs none.

        Raises:
            ChannelBusyError: there is no room yet.
        """
        limits = {_person(parcel): PERSON}
        if wait := self._pacing.may_send_at(limits, self._now(), messages=messages):
            raise ChannelBusyError("pacing", wait)

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
            if self._teller.in_doubt(parcel):
                raise ChannelRefusedError("may-have-arrived")
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
        token = webhook.token_of(parcel.address, self._oapi_base)
        body = webhook.body_of(markdown, self._teller.track([parcel.id]))
        try:
            await webhook.push(
                self._robots, token, body,
                secret=parcel.secret, now=self._now(), blocks=self._blocks, meter=self._meter,
            )  # fmt: skip
        except ChannelBusyError as error:
            if meaning(str(error)) in (Meaning.BLOCKED, Meaning.MINUTE):
                until = self._now() + timedelta(seconds=error.retry_after)
                self._pacing.block(_group(parcel), until)
            raise
        return Receipt()

    def _is_card(self, parcel: Parcel) -> bool:
        return parcel.card is not None and bool(self._settings.card_template_review)

    def _shares_call(self, parcel: Parcel) -> bool:
        """Say whether a parcel goes with others: a text that holds its reader's link goes alone."""
        has_own_link = parcel.card is not None and bool(parcel.card.page)
        return bool(parcel.beside) and (self._is_card(parcel) or not has_own_link)

    def _messages(self, parcel: Parcel) -> int:
        if parcel.card is None or not self._settings.card_template_review:
            return len(self._teller.texts_of(parcel))
        texts = len(drawing.render(parcel.card).texts)
        return texts if parcel.shown else 1 + texts


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
    return (
        {"app": APP}
        if parcel.redraws and not parcel.shown
        else {_person(parcel): PERSON, "app": APP}
    )
