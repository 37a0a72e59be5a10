"""A card instance: public data, private data, and what each person sees of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.chats import Bubble
from bot.sandbox.dingtalk.templates import Template
from bot.sandbox.world import DingApp, Group, Member


@dataclass(slots=True, eq=False)
class Instance:
    """One card, wherever it was delivered; people are known by the sandbox's name of them.

    ``faces`` is the public part as one tapper alone sees it after a callback's ``cardData``: a
    cosmetic that the next public update wipes away. ``open`` counts callbacks not yet answered.
    """

    out_track_id: str
    template: Template
    app: DingApp
    public: dict[str, str]
    private: dict[str, dict[str, str]] = field(default_factory=dict)
    faces: dict[str, dict[str, str]] = field(default_factory=dict)
    callback_type: str = ""
    route_key: str = ""
    id_type: int = 1
    forward: bool = False
    open: int = 0
    redraws: int = 0
    failed: set[str] = field(default_factory=set)
    bubbles: list["CardBubble"] = field(default_factory=list)

    def view(self, userid: str) -> dict[str, str]:
        """Return the variables as one person sees them."""
        return {**self.faces.get(userid, self.public), **self.private.get(userid, {})}

    def form(self, userid: str) -> list[Mapping[str, Any]]:
        """Return the fields of the form as one person sees it; none where there is none."""
        view = self.view(userid)
        for one in self.template.variables.values():
            if one.type == "form" and (value := view.get(one.name)):
                return list(json.loads(value).get("fields", ()))
        return []

    def update_public(self, given: Mapping[str, str], *, by_key: bool) -> None:
        """Change the public part for everybody; without ``by_key`` what is not given is gone."""
        if not by_key:
            self.faces.clear()
        for face in (self.faces or {}).values():
            face.update(given)
        self.public = {**self.public, **given} if by_key else dict(given)
        self.redraws += 1

    def update_private(self, userid: str, given: Mapping[str, str], *, by_key: bool) -> None:
        """Change what one person alone sees."""
        self.private[userid] = {**self.private.get(userid, {}), **given} if by_key else {**given}
        self.redraws += 1

    def update_face(self, userid: str, given: Mapping[str, str], *, by_key: bool) -> None:
        """Change the public part for the tapper's eyes only."""
        seen = self.faces.get(userid, self.public)
        self.faces[userid] = {**seen, **given} if by_key else dict(given)
        self.redraws += 1

    def look(self, userid: str) -> dict[str, Any]:
        """Return the card as pages read it."""
        return {
            "out_track_id": self.out_track_id,
            "template_id": self.template.id,
            "variables": self.view(userid),
        }


@dataclass(slots=True, eq=False)
class CardBubble(Bubble):
    """A copy of a card in one chat; it always shows the instance as it is now.

    In a group ``recipients`` alone see it, everybody where there are none.
    """

    instance: Instance | None = None
    viewer: Member | None = None
    room: Group | None = None
    recipients: frozenset[str] = frozenset()

    def meant_for(self, userid: str) -> bool:
        """Return whether a member of the group sees it at all."""
        return not self.recipients or userid in self.recipients

    def to_json(self) -> dict[str, Any]:
        """Return the bubble as its owner sees it."""
        return self.seen_by("" if self.viewer is None else self.viewer.userid)

    def seen_by(self, userid: str) -> dict[str, Any]:
        """Return the bubble as one person sees it."""
        look = Bubble.to_json(self)
        if self.instance is None or self.recalled:
            return look
        state = {
            "live": bool(self.instance.callback_type),
            "redraws": self.instance.redraws,
            "failed": userid in self.instance.failed,
        }
        return {**look, "card": self.instance.look(userid), "state": state}

    def preview(self) -> str:
        """Return the one line shown in the list of chats."""
        return "消息已撤回" if self.recalled else str(self.body.get("text") or "[卡片]")
