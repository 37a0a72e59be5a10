"""Tells people: a text or a card, to one, or the same to several at one go."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog

from bot.channels.base import (
    ChannelApartError,
    ChannelBusyError,
    ChannelRefusedError,
    Outcome,
    Parcel,
    Receipt,
)
from bot.channels.dingtalk.api import Api
from bot.channels.dingtalk.errors import (
    CARD_EXISTS,
    CARD_UNKNOWN,
    ROUTE_UNKNOWN,
    Meaning,
    meaning,
)
from bot.channels.dingtalk.joint import open_space_id, part_of
from bot.channels.dingtalk.notes import Notes
from bot.channels.dingtalk.section import DingTalkSettings
from bot.channels.dingtalk.taps import OpenTaps
from cards.language import Card
from cards.render import dingtalk as drawing

log = structlog.get_logger()

TRACK_CHARS = 100
SLOWED_SECONDS = 60.0
ROUTE_SECONDS = 5.0
BY_KEY = {"updateCardDataByKey": True, "updatePrivateDataByKey": True}

Ends = dict[str, Outcome]
"""How each parcel fared, by its id; what is missing is not over yet."""


@dataclass(frozen=True, slots=True, eq=False)
class Teller:
    """Tells people for one application. Several are told the same, but for the page of a card.

    ``pages`` is where our own pages begin: the one kind of link that a sentence may hold;
    ``has_route`` whether the route of our cards' callbacks is known to the platform.
    """

    api: Api
    settings: DingTalkSettings
    installation: str
    taps: OpenTaps
    notes: Notes
    pages: str = ""
    has_route: Callable[[], bool] = lambda: True

    async def tell(self, parcels: Sequence[Parcel], *, instead: bool = False) -> list[Outcome]:
        """Tell one person or several; return how each of them fared, in order.

        ``instead``: the card stands for one that could not be redrawn.
        """
        ends: Ends = {}
        try:
            if parcels[0].card is None or not self.settings.card_template_review:
                await self._words(parcels, ends)
            elif parcels[0].card.entries and not parcels[0].card.done:
                await self._form(parcels, parcels[0].card, ends, instead=instead)
            else:
                await self._card(parcels, parcels[0].card, ends, instead=instead)
        except ChannelRefusedError as error:
            # Of several people one may be why nothing was done for any of them.
            is_tangled = error.person and len(parcels) > 1
            _fill(ends, parcels, ChannelApartError(error.code) if is_tangled else error)
        except ChannelBusyError as error:
            _fill(ends, parcels, error)
        for parcel_id, end in ends.items():
            if isinstance(end, ChannelBusyError) and end.unknown:
                self.notes.doubt(parcel_id)
        return [ends[parcel.id] for parcel in parcels]

    def texts_of(self, parcel: Parcel) -> list[str]:
        """Return the texts that stand for a parcel without a card, or with one and no template."""
        return drawing.texts(parcel.card or parcel.text, self.pages)

    def in_doubt(self, parcel: Parcel) -> bool:
        """Say whether an earlier try may have got through."""
        return parcel.doubtful or self.notes.in_doubt(parcel.id)

    def track(self, ids: Sequence[str]) -> str:
        """Return the id of the card of one parcel, or of the one card of several, in order."""
        name = ids[0]
        if len(ids) > 1:
            name = "j" + hashlib.sha256(" ".join(ids).encode()).hexdigest()[:32]
        track = f"{self.installation}-{name}"
        return track if len(track) <= TRACK_CHARS else hashlib.sha256(track.encode()).hexdigest()

    # --- texts -----------------------------------------------------------------------------------

    async def _words(self, parcels: Sequence[Parcel], ends: Ends) -> None:
        """Send text, at most once: there is nothing by which a repeat would be seen."""
        for parcel in parcels:
            if self.in_doubt(parcel):
                ends[parcel.id] = ChannelRefusedError("may-have-arrived")
        key = await self._texts(parcels, self.texts_of(parcels[0]), ends)
        for parcel in _left(parcels, ends):
            ends[parcel.id] = Receipt(fresh=bool(parcel.redraws), note={"processQueryKey": key})

    async def say_rest(self, parcels: Sequence[Parcel], texts: Sequence[str]) -> None:
        """Tell who sees a card already the whole of what it had to shorten.

        That somebody cannot be reached keeps it from nobody else, and undoes no card.

        Raises:
            ChannelBusyError: some are still to be told.
        """
        ends: Ends = {}
        try:
            await self._texts(parcels, texts, ends)
        except ChannelRefusedError as error:
            if error.stop:
                raise
            if len(parcels) > 1:
                for parcel in parcels:
                    await self.say_rest([parcel], texts)
                return
            log.warning("texts of a card refused", code=error.code)
        for end in ends.values():
            if isinstance(end, ChannelBusyError):
                raise end

    async def _texts(self, parcels: Sequence[Parcel], texts: Sequence[str], ends: Ends) -> str:
        """Send what each has not been sent yet of these texts; return the last one's key."""
        key = ""
        for at, text in enumerate(texts):
            to = [one for one in _left(parcels, ends) if self.notes.told(one.id) <= at]
            if to:
                key = await self._text(to, text, ends)
            for parcel in _left(to, ends):
                self.notes.tell(parcel.id, at + 1)
        return key

    async def _text(self, to: Sequence[Parcel], text: str, ends: Ends) -> str:
        people = [parcel.address for parcel in to]
        sent = await self.api.batch_send(people, "sampleText", {"content": text})
        for parcel in to:
            who = parcel.address.lower()
            if who in sent.slowed:
                ends[parcel.id] = ChannelBusyError("flowControlledStaffId", SLOWED_SECONDS)
            for name, missed in (("invalid", sent.invalid), ("filtered", sent.filtered)):
                if who in missed:
                    ends[parcel.id] = ChannelRefusedError(f"{name}StaffId", person=True)
        return sent.key

    # --- cards -----------------------------------------------------------------------------------

    async def _form(
        self, parcels: Sequence[Parcel], card: Card, ends: Ends, *, instead: bool
    ) -> None:
        """Send a form; as lines to copy where the platform takes none of its size.

        That a form may be larger than the 1 KB of other values stands in no paper.
        """
        try:
            await self._card(parcels, card, ends, instead=instead)
        except ChannelRefusedError as error:
            if error.person or error.stop or error.code == CARD_EXISTS:
                raise
            log.warning("form refused, sent as text", code=error.code)
            await self._words(parcels, ends)

    def _template(self, parcels: Sequence[Parcel]) -> str:
        is_form = parcels[0].card is not None and bool(parcels[0].card.entries)
        form = self.settings.card_template_form if is_form else ""
        return form or self.settings.card_template_review

    async def _card(
        self, parcels: Sequence[Parcel], card: Card, ends: Ends, *, instead: bool
    ) -> None:
        """Send a card, with the texts before it that say what it had to shorten.

        The card tells whether an earlier try got through, so in doubt it goes first. Texts of a
        try that died are sent again: twice to read is better than never.
        """
        is_joint = len(parcels) > 1
        # The link is each one's own: it stands on the card only, never in what all are told.
        drawn = drawing.render(replace(card, page="") if is_joint else card)
        track = self.track([parcel.id for parcel in parcels])
        in_doubt = any(self.in_doubt(parcel) for parcel in parcels)
        stood = "" if is_joint or not in_doubt else await self._stood(parcels[0])
        if not in_doubt:
            await self._texts(parcels, drawn.texts, ends)
            self._put_off(parcels if is_joint else (), ends)
        to = _left(parcels, ends)
        if to and not stood and await self._place(to, track, drawn, ends) and in_doubt:
            for parcel in _left(to, ends):
                self.notes.owe(parcel.id)
        receipt = Receipt(stood or track, fresh=instead)
        owing = [parcel for parcel in _left(to, ends) if self.notes.owes(parcel.id)]
        ends |= {one.id: receipt for one in _left(to, ends) if one not in owing}
        if in_doubt:
            await self._texts(owing, drawn.texts, ends)
            ends |= {one.id: receipt for one in _left(owing, ends)}
        else:
            # They have the card, and the next try brings the texts.
            slowed = ChannelBusyError("flowControlledStaffId", SLOWED_SECONDS, unknown=True)
            ends |= {one.id: slowed for one in owing}

    def _put_off(self, parcels: Sequence[Parcel], ends: Ends) -> None:
        """Let those whose texts were slowed down have their card with the others.

        All whom a joint card was made for have it: that is what one finds out about it later.
        """
        for parcel in parcels:
            if isinstance(ends.get(parcel.id), ChannelBusyError):
                del ends[parcel.id]
                self.notes.owe(parcel.id)

    async def _place(
        self, parcels: Sequence[Parcel], track: str, drawn: drawing.Drawn, ends: Ends
    ) -> bool:
        """Put one card into everyone's chat; False where an earlier try had done so."""
        places = {
            "openSpaceId": open_space_id([parcel.address for parcel in parcels]),
            "imRobotOpenDeliverModel": {
                "spaceType": "IM_ROBOT", "robotCode": self.api.robot_code,
            },
        }  # fmt: skip
        try:
            failed = await self.api.create_and_deliver(
                {
                    "cardTemplateId": self._template(parcels),
                    "outTrackId": track,
                    "cardData": {"cardParamMap": drawn.params},
                    "imRobotOpenSpaceModel": {
                        "supportForward": False,
                        "lastMessageI18n": {"ZH_CN": drawn.notice},
                    },
                    **_private_data(parcels),
                    **places,
                    **self._callback(),
                }
            )
        except ChannelRefusedError as error:
            if error.code == ROUTE_UNKNOWN and not self.has_route():
                raise ChannelBusyError("card-route", ROUTE_SECONDS) from error
            if error.code != CARD_EXISTS:
                raise
            if not self._is_homeless(track, parcels):
                return False
            # A try before, of this process or of one that is gone, heard that it was not delivered.
            failed = await self._deliver(track, places)
        failed = {name.lower(): code for name, code in failed.items()}
        for parcel in parcels:
            if code := failed.get(parcel.address.lower()):
                ends[parcel.id] = _undelivered(code)
        if _left(parcels, ends):
            self.notes.house(track)
        else:
            self.notes.leave_homeless(track)
        return True

    def _is_homeless(self, track: str, parcels: Sequence[Parcel]) -> bool:
        """Say whether a card that exists stands nowhere yet.

        Raises:
            ChannelRefusedError: nobody can know, or it is not ours.
        """
        homeless = self.notes.homeless(track)
        if homeless is False:
            # Delivered for itself, with an unknown end: once more could be a second copy.
            raise ChannelRefusedError("may-have-arrived")
        if homeless is None and any(self.in_doubt(parcel) for parcel in parcels):
            return False
        if homeless is None and all(parcel.attempt == 1 for parcel in parcels):
            # Two ledgers share an installation's id.
            raise ChannelRefusedError(CARD_EXISTS)
        return True

    async def _deliver(self, track: str, places: Mapping[str, Any]) -> dict[str, str]:
        try:
            return await self.api.deliver({"outTrackId": track, **places})
        except ChannelBusyError as error:
            if error.unknown:
                self.notes.lose(track)
            raise

    async def _stood(self, parcel: Parcel) -> str:
        """Return the joint card by which an earlier try had brought this to its person; or "".

        Asked by an update that changes nothing for anybody else.
        """
        track = self.track(part_of(parcel.apart_from or (parcel.id,), parcel.id))
        if track == self.track((parcel.id,)):
            return ""
        if self.notes.homeless(track) is False:
            raise ChannelRefusedError("may-have-arrived")
        await self.taps.closed(track)
        own = _private_data([parcel]) or {
            "privateData": {parcel.address: {"cardParamMap": {"page": ""}}}
        }
        try:
            await self.api.update({"outTrackId": track, **own, "cardUpdateOptions": BY_KEY})
        except ChannelRefusedError as error:
            if error.code != CARD_UNKNOWN:
                raise
            return ""
        return track

    def _callback(self) -> dict[str, str]:
        if self.settings.mode == "http":
            return {"callbackType": "HTTP", "callbackRouteKey": self.settings.card_route_key}
        return {"callbackType": "STREAM"}


def _left(parcels: Sequence[Parcel], ends: Ends) -> list[Parcel]:
    return [parcel for parcel in parcels if parcel.id not in ends]


def _fill(ends: Ends, parcels: Sequence[Parcel], end: Outcome) -> None:
    ends |= {parcel.id: end for parcel in _left(parcels, ends)}


def _private_data(parcels: Sequence[Parcel]) -> dict[str, Any]:
    """Return what of a card is each reader's own."""
    own = {
        parcel.address: {"cardParamMap": private}
        for parcel in parcels
        if parcel.card and (private := drawing.render(parcel.card).private)
    }
    return {"privateData": own} if own else {}


def _undelivered(code: str) -> Outcome:
    if meaning(code) in (Meaning.DOWN, Meaning.MINUTE, Meaning.SECOND, Meaning.CROWD):
        return ChannelBusyError(code, SLOWED_SECONDS)
    return ChannelRefusedError(code[:80], person=True)
