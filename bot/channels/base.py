"""What every channel is: a receiver of events, a sender of cards, and what it can do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, Protocol, runtime_checkable

from aiohttp import web

from cards.language import Card
from handlers.events import Event
from storage.rules.quotas import Resource


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture for a group: its PNG, and for a platform that fetches pictures itself where anybody
    has the same one; ``page`` is what it is a picture of, ``title`` says that in words."""

    content: bytes
    address: str
    page: str
    title: str


@dataclass(frozen=True, slots=True)
class Parcel:
    """One outbox row on its way out.

    ``id`` is stable over repeats, so that a platform can see a repeat; ``address`` is a person's
    account or a group's address, with ``secret`` where the address needs one. Exactly one of
    ``card``, ``text`` and ``picture`` is given, a picture to groups only. ``redraws`` names the
    copy that is to be redrawn in place and ``redraw_code`` what the platform wants for it; a
    channel that cannot redraw sends it afresh.
    ``doubtful`` says that an earlier attempt may have arrived (it ended as ``unknown``, or its
    process died): where the platform cannot tell a repeat, it is not sent again. ``joint`` is the
    same for all parcels of one push to several people, and over repeats. ``beside`` names all that
    this attempt sends at one go, by their ids, this parcel among them; ``apart_from`` those with
    which an earlier attempt went, where this one goes alone. ``readers`` are all who have the copy
    that is redrawn, where it is not this receiver's alone. ``shown``: the receiver sees the card
    already, and only what it had to shorten is missing.
    """

    id: str
    address: str
    to_group: bool = False
    secret: str = ""
    card: Card | None = None
    text: str = ""
    picture: Picture | None = None
    redraws: str = ""
    redraw_code: str = ""
    attempt: int = 1
    doubtful: bool = False
    joint: str = ""
    beside: tuple[str, ...] = ()
    apart_from: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()
    shown: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the platform said: its ids for the copy, and whether it was drawn afresh.

    ``copy_key`` and ``redraw_code`` are kept for a later redraw; ``fresh`` is true where a redraw
    was not possible any more and a new copy was sent instead.
    """

    copy_key: str = ""
    redraw_code: str = ""
    fresh: bool = False
    note: Mapping[str, Any] = field(default_factory=dict)


class ChannelBusyError(Exception):
    """Not now: try again after ``retry_after`` seconds. ``unknown`` says it may have arrived, and
    ``sent`` that the request left this machine, though nothing came back that tells its fate."""

    def __init__(
        self, reason: str, retry_after: float, *, unknown: bool = False, sent: bool = False
    ) -> None:
        super().__init__(reason)
        self.retry_after = retry_after
        self.unknown = unknown
        self.sent = sent


class ChannelApartError(ChannelBusyError):
    """Not these people at one go, for one of them may be why; nothing was sent. Each goes alone."""

    def __init__(self, code: str) -> None:
        super().__init__(code, 0.0)


class ChannelRefusedError(Exception):
    """Never for this parcel. ``code`` is the platform's; ``person`` true where only the receiver
    is wrong (so that someone else must be asked), ``gone`` where it will never be there again,
    ``stop`` true where the whole channel is: then nothing is wrong with the parcel, and it may go
    in ``again_in`` seconds, where that is known."""

    def __init__(
        self,
        code: str,
        *,
        person: bool = False,
        stop: bool = False,
        gone: bool = False,
        again_in: float = 0.0,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.person = person
        self.stop = stop
        self.gone = gone
        self.again_in = again_in


Outcome = Receipt | ChannelBusyError | ChannelRefusedError
"""How one parcel fared."""


class Meter(Protocol):
    """Told what is spent of the month that a platform gives us."""

    def spend(self, resource: Resource, name: str) -> None:
        """One call of the API ``name``, or one unit by that way."""
        ...

    def spent_up(self, resource: Resource) -> None:
        """The platform says that nothing of the month is left."""
        ...


class Free(Meter):
    """The meter of what costs nothing."""

    def spend(self, resource: Resource, name: str) -> None:
        """Count nothing."""

    def spent_up(self, resource: Resource) -> None:
        """Note nothing."""


FREE = Free()


class Capabilities(NamedTuple):
    """What a channel can do; the core asks this and never the platform's name."""

    cards: bool = True
    redraw: bool = True
    groups: bool = True
    pictures: bool = False


class Acknowledge(Protocol):
    """The dispatcher as a channel sees it."""

    async def handle(self, event: Event) -> Answer | None:
        """Do everything the event asks for, durably; return what the ack may carry."""
        ...

    def carried(self, answer: Answer) -> None:
        """Say that the ack with this answer was written out."""
        ...


class Answer(NamedTuple):
    """What may ride on the acknowledgement: one sentence, or the ``card`` that whoever tapped is
    shown in place of the tapped one, with the sentence beside it. ``outbox_id`` is its outbox row,
    ``beside_id`` that of a sentence beside a card. ``owes``: the card was shown shortened, and its
    row is still to bring the whole of it as text."""

    text: str
    outbox_id: str
    card: Card | None = None
    beside_id: str = ""
    owes: bool = False


class Media(NamedTuple):
    """A fetched file: a bounded stream is read by ``bot/files.py``."""

    name: str
    media_type: str
    content: bytes


class Channel(Protocol):
    """One instance of a platform with its own credentials."""

    instance: str
    capabilities: Capabilities

    def routes(self, dispatcher: Acknowledge) -> list[web.RouteDef]:
        """Return the HTTP routes on which the platform reaches this channel."""
        ...

    async def start(self) -> None:
        """Open what is needed to send. Called once, before the first parcel."""
        ...

    async def stop(self) -> None:
        """Close everything that ``start`` opened."""
        ...

    async def send(self, parcel: Parcel) -> Receipt:
        """Send or redraw one parcel.

        Raises:
            ChannelBusyError: worth another try later.
            ChannelRefusedError: not worth another try.
        """
        ...

    async def fetch(self, media: str) -> Media:
        """Fetch a file that somebody sent in chat. Raises like ``send``."""
        ...

    def may_send_at(self, parcel: Parcel, now: datetime) -> float:
        """Return how many seconds pacing asks this parcel to wait; 0 books its place now."""
        ...


@runtime_checkable
class JointChannel(Protocol):
    """A channel that can tell several people at one go, for less than one call each."""

    async def send_joint(self, parcels: Sequence[Parcel]) -> list[Outcome]:
        """Send what one push tells several people; return how each of them fared, in order.

        The parcels share their ``joint``; each has its own address, and a card may differ in the
        page it leads to. Each has been paced. Raises like ``send`` where all of them fared so.
        """
        ...


class LineState(StrEnum):
    """How a channel's long connection stands; only where it is ``LOST`` nobody is heard."""

    CONNECTED = "connected"
    ELSEWHERE = "elsewhere"  # another process of this installation has it
    OPENING = "opening"
    LOST = "lost"


@runtime_checkable
class LineChannel(Protocol):
    """A channel that is spoken to over a long connection of its own."""

    def line(self) -> LineState | None:
        """Return how the connection stands; None where this channel needs none."""
        ...

    async def hand_over(self) -> None:
        """Let another process have the connection, and still read until it had time to open it.

        Called once, before ``stop``.
        """
        ...
