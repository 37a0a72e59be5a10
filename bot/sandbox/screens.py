"""Chats with one account of WeChat, beside those with an app or a robot."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.box import Sandbox
from bot.sandbox.chats import Bubble, Chat
from bot.sandbox.world import Member


@dataclass(slots=True, eq=False)
class Screens:
    """One chat per person. What happens is told to pages as ``{platform}.bubble``, ``.unread``."""

    box: Sandbox
    platform: str
    chats: dict[str, Chat] = field(default_factory=dict)
    _count: int = 0

    def chat(self, member: Member) -> Chat:
        """Return a person's chat."""
        return self.chats.setdefault(member.userid, Chat())

    def bubbles(self, member: Member) -> list[dict[str, Any]]:
        """Return what stands in it."""
        return [one.to_json() for one in self.chat(member).bubbles]

    def write(self, member: Member, kind: str, body: Mapping[str, Any]) -> Bubble:
        """Put a line of the phone's owner into the chat; who writes has read."""
        bubble = self._show(member, "me", kind, body)
        self.read(member)
        return bubble

    def arrive(self, member: Member, kind: str, body: Mapping[str, Any]) -> Bubble:
        """Put a line of the other side into the chat and count it unread."""
        bubble = self._show(member, "app", kind, body)
        chat = self.chat(member)
        chat.unread += 1
        self._tell_unread(member, chat.unread)
        return bubble

    def read(self, member: Member) -> None:
        """Clear the unread mark."""
        chat = self.chat(member)
        if chat.unread:
            chat.unread = 0
            self._tell_unread(member, 0)

    def _show(self, member: Member, side: str, kind: str, body: Mapping[str, Any]) -> Bubble:
        self._count += 1
        bubble = Bubble(f"{self.platform}{self._count}", side, kind, self.box.now(), None, body)
        self.chat(member).bubbles.append(bubble)
        bubble.sequence = self.box.hub.sequence + 1
        told = {"member": member.userid, "bubble": bubble.to_json()}
        self.box.hub.publish(f"{self.platform}.bubble", told)
        return bubble

    def _tell_unread(self, member: Member, unread: int) -> None:
        told = {"member": member.userid, "unread": unread}
        self.box.hub.publish(f"{self.platform}.unread", told)
