"""Who is told at one go: the same words, and no more people than one call takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.channels.base import Parcel
from bot.channels.dingtalk.api import MAX_RECEIVERS
from cards.render.dingtalk_values import VALUE_BYTES

SPACE_CHARS = 1000
# As many places as fit into an openSpaceId, whatever userIds of up to 64 characters they name: who
# was told with whom must follow from the parcels' ids alone.
MOST_PLACES = 13


def parts(parcels: Sequence[Parcel], *, as_text: bool) -> Iterator[list[Parcel]]:
    """Part parcels into those that are told together. Cards may differ in their page only.

    A card that goes as a text is the same for all whom it is sent to: there each page goes alone.
    """
    alike: dict[object, list[Parcel]] = {}
    for parcel in sorted(parcels, key=lambda one: one.id):
        alike.setdefault(_look(parcel, as_text=as_text), []).append(parcel)
    most = MAX_RECEIVERS if as_text else MOST_PLACES
    for many in alike.values():
        for at in range(0, len(many), most):
            part = many[at : at + most]
            fits = as_text or len(open_space_id([one.address for one in part])) <= SPACE_CHARS
            yield from [part] if fits else ([one] for one in part)


def part_of(ids: Sequence[str], parcel_id: str) -> list[str]:
    """Return with whom of these, told at one go, a parcel had its card."""
    at = sorted(ids).index(parcel_id) // MOST_PLACES * MOST_PLACES
    return sorted(ids)[at : at + MOST_PLACES]


def open_space_id(addresses: Sequence[str]) -> str:
    """Return the chats of these people with the robot as one list of places."""
    return "dtv1.card//" + ";".join(f"IM_ROBOT.{address}" for address in addresses)


def _look(parcel: Parcel, *, as_text: bool) -> object:
    card = parcel.card
    if card is None or as_text:
        return card or parcel.text
    # An address that has no place on the card goes by text, to its own reader only.
    is_long = len(card.page.encode()) > VALUE_BYTES
    return (replace(card, page=""), parcel.id if is_long else "")
