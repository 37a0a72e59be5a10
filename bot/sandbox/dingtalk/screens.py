"""What stands on the DingTalk screens, in the shapes of the other phones."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.box import Sandbox
from bot.sandbox.chats import Bubble, Chat
from bot.sandbox.dingtalk.instances import CardBubble, Instance
from bot.sandbox.world import Group, Member


@dataclass(slots=True, eq=False)
class Screens:
    """One chat with the robot per person; group chats lie with all the others.

    What happens is told to pages as ``dingtalk.bubble``, ``dingtalk.redraw`` and
    ``dingtalk.unread``; groups tell ``group`` like any other, and ``dingtalk.redraw`` with
    ``group`` when a card in one looks different.
    """

    box: Sandbox
    chats: dict[str, Chat] = field(default_factory=dict)
    _count: int = 0

    def chat(self, member: Member) -> Chat:
        """Return a person's chat with the robot."""
        return self.chats.setdefault(member.userid, Chat())

    def write(self, member: Member, kind: str, body: Mapping[str, Any]) -> Bubble:
        """Put a line of the phone's owner into the chat; who writes has read."""
        bubble = Bubble(self._id(), "me", kind, self.box.now(), None, _marked(body))
        self._show(member, bubble)
        self.read(member)
        return bubble

    def arrive(self, member: Member, kind: str, body: Mapping[str, Any]) -> Bubble:
        """Put a line of the robot into the chat and count it unread."""
        bubble = Bubble(self._id(), "app", kind, self.box.now(), None, _marked(body))
        self._show(member, bubble)
        self._unread(member)
        return bubble

    def card(
        self,
        instance: Instance,
        place: Member | Group,
        preview: str,
        recipients: frozenset[str] = frozenset(),
    ) -> CardBubble:
        """Put a copy of a card into a person's chat or into a group."""
        bubble = CardBubble(
            self._id(), "app", "card", self.box.now(), None, _marked({"text": preview})
        )
        bubble.instance = instance
        instance.bubbles.append(bubble)
        if isinstance(place, Member):
            bubble.viewer = place
            self._show(place, bubble)
            self._unread(place)
        else:
            bubble.room, bubble.recipients = place, recipients
            bubble.sender = instance.app.name
            self.box.room(place).bubbles.append(bubble)
            bubble.sequence = self.box.hub.sequence + 1
            self.box.hub.publish("group", {"group": place.id, "bubble": bubble.to_json()})
        return bubble

    def post(self, group: Group, kind: str, body: Mapping[str, Any], sender: str) -> Bubble:
        """Put a line into a group."""
        return self.box.post(group, kind, _marked(body), sender)

    def changed(self, bubble: Bubble, member: Member | None, group: Group | None) -> None:
        """Tell the pages that a bubble looks different now."""
        bubble.sequence = self.box.hub.sequence + 1
        where = {"member": member.userid} if member is not None else {}
        where |= {"group": group.id} if group is not None else {}
        self.box.hub.publish("dingtalk.redraw", {**where, "bubble": bubble.to_json()})

    def redraw(self, instance: Instance) -> None:
        """Tell the pages that every copy of a card looks different now."""
        for bubble in instance.bubbles:
            self.changed(bubble, bubble.viewer, bubble.room)

    def read(self, member: Member) -> None:
        """Clear the unread mark."""
        chat = self.chat(member)
        if chat.unread:
            chat.unread = 0
            self.box.hub.publish("dingtalk.unread", {"member": member.userid, "unread": 0})

    def _unread(self, member: Member) -> None:
        chat = self.chat(member)
        chat.unread += 1
        told = {"member": member.userid, "unread": chat.unread}
        self.box.hub.publish("dingtalk.unread", told)

    def _show(self, member: Member, bubble: Bubble) -> None:
        self.chat(member).bubbles.append(bubble)
        bubble.sequence = self.box.hub.sequence + 1
        self.box.hub.publish(
            "dingtalk.bubble", {"member": member.userid, "bubble": bubble.to_json()}
        )

    def _id(self) -> str:
        self._count += 1
        return f"d{self._count}"


def _marked(body: Mapping[str, Any]) -> dict[str, Any]:
    return {"platform": "dingtalk", **body}
