"""The sandbox itself: the world, its clock and what stands on every screen."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.sandbox.chats import Bubble, CardCopy, Chat
from bot.sandbox.clock import TellsTime
from bot.sandbox.faults import Faults
from bot.sandbox.hub import Hub
from bot.sandbox.journal import Journal
from bot.sandbox.world import App, Group, Member, World


@dataclass(frozen=True, slots=True)
class Limits:
    """The platform's patience and quotas; tests make the waits short.

    The first four, and how long a robot's connection may be silent, are seconds of the real clock,
    because a socket waits in real time; every quota counts by the sandbox's clock.
    ``passive_card_updates`` applies the passive answer to a card tap (for the tapper only) instead
    of ignoring it, ``files_arrive`` lets documents sent in a chat reach the bot: both are unsettled
    in the platform's own papers.
    """

    verify_seconds: float = 1.0
    answer_seconds: float = 5.0
    redelivery_seconds: float = 1.0
    keepalive_seconds: float = 15.0
    redeliveries: int = 3
    member_per_minute: int = 30
    member_per_hour: int = 1000
    webhook_per_minute: int = 20
    api_per_minute: int = 10_000
    gettoken_per_minute: int = 60
    wrong_secrets: int = 20
    bot_per_minute: int = 30
    bot_per_hour: int = 1000
    bot_in_progress: int = 3
    bot_silence_seconds: float = 90.0
    kf_page: int = 1000
    kf_tokenless_per_minute: int = 20
    official_tries: int = 3
    whole_media_bytes: int = 20 * 1024 * 1024
    passive_card_updates: bool = False
    files_arrive: bool = False


@dataclass(slots=True, eq=False)
class Sandbox:
    """Everything the emulated platforms and the pages share."""

    world: World
    clock: TellsTime
    limits: Limits = field(default_factory=Limits)
    dice: random.Random = field(default_factory=random.Random)
    faults: Faults = field(default_factory=Faults)
    hub: Hub = field(default_factory=Hub)
    phones: dict[str, Chat] = field(default_factory=dict)
    rooms: dict[str, Chat] = field(default_factory=dict)
    story: dict[str, Any] = field(default_factory=dict)
    # What the page's clock offers besides its wheel; who knows the office's calendar says it.
    steps: Callable[[], list[dict[str, str]]] = list
    journal: Journal = field(init=False)
    _bubbles: int = 0

    def __post_init__(self) -> None:
        self.journal = Journal(self.clock.now)

    def now(self) -> datetime:
        """Return the sandbox's present."""
        return self.clock.now()

    def phone(self, member: Member) -> Chat:
        """Return a member's screen."""
        return self.phones.setdefault(member.userid.lower(), Chat())

    def room(self, group: Group) -> Chat:
        """Return a group's screen."""
        return self.rooms.setdefault(group.id, Chat())

    def write(self, member: Member, app: App, kind: str, body: Mapping[str, Any]) -> Bubble:
        """Put a line of the phone's owner on the phone; who writes has read."""
        bubble = self._new("me", kind, app.agent_id, body)
        self._show(member, bubble)
        self.read(member)
        return bubble

    def arrive(
        self,
        member: Member,
        app: App,
        kind: str,
        body: Mapping[str, Any],
        copy: CardCopy | None = None,
    ) -> Bubble:
        """Put a line of the app on the phone and count it unread."""
        bubble = self._new("app", kind, app.agent_id, body)
        bubble.copy = copy
        self._show(member, bubble)
        chat = self.phone(member)
        chat.unread += 1
        self.hub.publish("unread", {"member": member.userid, "unread": chat.unread})
        return bubble

    def read(self, member: Member) -> None:
        """Clear the unread mark."""
        chat = self.phone(member)
        if chat.unread:
            chat.unread = 0
            self.hub.publish("unread", {"member": member.userid, "unread": 0})

    def changed(self, member: Member, bubble: Bubble) -> None:
        """Tell the pages that a bubble looks different now."""
        bubble.sequence = self.hub.sequence + 1
        self.hub.publish("redraw", {"member": member.userid, "bubble": bubble.to_json()})

    def post(self, group: Group, kind: str, body: Mapping[str, Any], sender: str) -> Bubble:
        """Put a line into a group."""
        bubble = self._new("app", kind, None, body)
        bubble.sender = sender
        if kind == "card":
            bubble.copy = CardCopy("", "", body)
        self.room(group).bubbles.append(bubble)
        bubble.sequence = self.hub.sequence + 1
        self.hub.publish("group", {"group": group.id, "bubble": bubble.to_json()})
        return bubble

    def token(self, length: int = 43) -> str:
        """Return a fresh opaque name for codes and tokens."""
        letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
        return "".join(self.dice.choices(letters, k=length))

    def _new(self, side: str, kind: str, agent_id: int | None, body: Mapping[str, Any]) -> Bubble:
        self._bubbles += 1
        return Bubble(f"b{self._bubbles}", side, kind, self.now(), agent_id, body)

    def _show(self, member: Member, bubble: Bubble) -> None:
        self.phone(member).bubbles.append(bubble)
        bubble.sequence = self.hub.sequence + 1
        self.hub.publish("bubble", {"member": member.userid, "bubble": bubble.to_json()})
