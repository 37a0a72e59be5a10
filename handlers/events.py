"""What can happen to the bot: the few kinds of event that every channel translates into."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from cards.language import Tap


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened in one conversation.

    ``key`` is unique per ``instance`` (the inbox refuses it a second time); ``instance`` names the
    channel and ``account`` the person's address there, as the platform writes it; ``sent_at`` is
    the platform's own aware time stamp; ``can_carry`` says whether this event's acknowledgement
    may carry one plain sentence back; ``can_fill`` whether a whole form can be filled in on a card
    of this conversation; ``units`` is what its coming cost of the platform's month;
    ``carries_all``: whatever answers it may ride on its acknowledgement, as far as there is room.
    """

    key: str
    instance: str
    account: str
    sent_at: datetime
    can_carry: bool = False
    can_fill: bool = False
    units: int = field(default=0, kw_only=True)
    carries_all: bool = field(default=False, kw_only=True)

    @property
    def aside(self) -> str:
        """The channel on which who did it is told something alone."""
        return self.instance


@dataclass(frozen=True, slots=True)
class Said(Event):
    """Somebody typed (or spoke) ``text``, already cleaned of control characters."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class Tapped(Event):
    """Somebody tapped a button of a card.

    ``copy_key`` is the platform's id of the tapped copy and ``redraw_code`` whatever the platform
    wants back when that copy is to be redrawn (empty where nothing is wanted). ``can_show`` says
    whether this tap's acknowledgement may show the tapper alone another card in its place.
    """

    tap: Tap = field(default=Tap(""))
    copy_key: str = ""
    redraw_code: str = ""
    can_show: bool = False


@dataclass(frozen=True, slots=True)
class SentFile(Event):
    """Somebody sent a file or a picture; ``media`` is what the channel needs to fetch it.

    ``kind`` is ``image``, ``file``, ``voice`` or ``video``; ``name`` may be empty. Where more came
    at one go than are taken, the last one has the number of those taken in ``most``.
    """

    media: str = ""
    kind: str = "file"
    name: str = ""
    most: int = 0


@dataclass(frozen=True, slots=True)
class Uploaded(Event):
    """A file arrived whole and was stored: from the upload page, or fetched after ``SentFile``.

    ``draft`` is the draft it belongs to (empty: the newest one of the sender), ``slot`` the
    document's key or empty, ``digest`` its SHA-256 in hex, ``size`` in bytes, ``media_type`` by
    content, ``name`` the cleaned display name. ``joins``: it came together with others of the same
    slot and stands beside them, not in their place. ``on_page``: its sender sees on a page what has
    arrived and what is missing. ``text``: what was asked for of it were its words, and nothing is
    stored. Where the file was not taken, ``refusal`` is the sentence that says why, and there is no
    digest.
    """

    draft: str = ""
    slot: str = ""
    digest: str = ""
    size: int = 0
    media_type: str = ""
    name: str = ""
    joins: bool = False
    on_page: bool = False
    text: str = ""
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Joined(Event):
    """Somebody opened the conversation (enter_agent, subscribe).

    ``context`` is what the link or code they came by says, as anybody may have written it.
    ``is_known``: they were here before, and are not greeted again.
    """

    context: str = ""
    is_known: bool = False


@dataclass(frozen=True, slots=True)
class Addressed(Event):
    """Somebody said ``text`` to the assistant in a group, before everybody who is in it.

    ``group`` is its address as this channel sends to it, ``place`` the kind of address that is
    (平台 in the roster's sheet 群), ``title`` what the group is called, empty where it is not told.
    ``can_answer``: the acknowledgement may carry one answer to where it was said. ``home`` is the
    channel that knows the account and talks to people alone, empty where it is this one; without a
    ``group`` it was said to what only answers questions, by somebody alone with it.
    """

    group: str = ""
    place: str = ""
    title: str = ""
    text: str = ""
    can_answer: bool = False
    home: str = ""

    @property
    def aside(self) -> str:
        """The channel on which who spoke is told something alone."""
        return self.home or self.instance


@dataclass(frozen=True, slots=True)
class GroupChanged(Event):
    """Something is different with the group at address ``group``, and nobody said it to us.

    It has a new ``title``, it ``is_gone`` for good, or it ``is_deaf``: it refused a message. Nobody
    speaks here, so ``account`` is empty.
    """

    group: str = ""
    title: str = ""
    is_gone: bool = False
    is_deaf: bool = False


@dataclass(frozen=True, slots=True)
class Ignored(Event):
    """Something authentic that the bot does not understand; kept as ignored. ``kind`` names it."""

    kind: str = ""


@dataclass(frozen=True, slots=True)
class FilledIn(Event):
    """Somebody filled in a public page: nobody can be answered here once the page is drawn, and no
    inbox row is written of it. ``account`` is the mark of the one form."""


@dataclass(frozen=True, slots=True)
class Ticked(Event):
    """The clock struck: nobody speaks here, and no inbox row is written of it."""
