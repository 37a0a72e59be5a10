"""What one person can see: the bubbles of a group, and the cards a finger may reach."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.sandbox.chats import Bubble
from bot.sandbox.dingtalk.instances import CardBubble, Instance
from bot.sandbox.dingtalk.state import DingTalk
from bot.sandbox.fingers import NotOnScreenError
from bot.sandbox.world import Group, Member


def shown(bubbles: Sequence[Bubble], userid: str) -> list[dict[str, Any]]:
    """Return a group's bubbles as one person sees them; no ``userid`` sees the public ones."""
    looks = []
    for bubble in bubbles:
        if not isinstance(bubble, CardBubble):
            looks.append(bubble.to_json())
        elif bubble.meant_for(userid):
            looks.append(bubble.seen_by(userid))
    return looks


def card(
    ding: DingTalk, member: Member, wish: Mapping[str, Any]
) -> tuple[Instance, Group | None, Bubble | None]:
    """Return the card that is pressed, and where this person sees it.

    ``wish`` names a ``bubble`` or a ``card`` by its outTrackId, else the newest one is meant.

    Raises:
        NotOnScreenError: no such card is in this person's chat or groups, nor was it passed on.
    """
    wanted, track = wish.get("bubble"), wish.get("card")
    places: list[tuple[Group | None, list[Bubble]]] = [(None, ding.screens.chat(member).bubbles)]
    places += [
        (group, ding.box.room(group).bubbles)
        for group in ding.box.world.groups
        if group.platform == "dingtalk" and member.userid in group.members
    ]
    for group_of, bubbles in places:
        for bubble in reversed(bubbles):
            if not isinstance(bubble, CardBubble) or bubble.instance is None:
                continue
            if bubble.recalled or (wanted and bubble.id != wanted):
                continue
            if group_of is not None and not bubble.meant_for(member.userid):
                continue
            if track is None or bubble.instance.out_track_id == track:
                return bubble.instance, group_of, bubble
    passed_on = ding.cards.get(str(track)) if wish.get("forwarded") else None
    if passed_on is not None and passed_on.forward:
        return passed_on, None, None
    raise NotOnScreenError("this person sees no such card")
