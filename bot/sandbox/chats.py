"""What stands on the screens: bubbles, card copies, unread counters."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(slots=True, eq=False)
class CardCopy:
    """One person's copy of a card: others may see it redrawn, or not yet.

    ``message_id`` is the message it came with and ``task_id`` stays that message's for ever.
    ``past`` holds the looks it had before, for phones that were offline.
    """

    message_id: str
    task_id: str
    card: Mapping[str, Any]
    replaced: str | None = None
    selected: dict[str, list[str]] = field(default_factory=dict)
    past: list[Mapping[str, Any]] = field(default_factory=list)

    def redraw(self, card: Mapping[str, Any], replaced: str | None) -> None:
        """Put a new look on this copy; what was chosen before belongs to the old one."""
        self.past.append(self.card)
        self.card = card
        self.replaced = replaced
        self.selected = {}

    @property
    def live(self) -> bool:
        """Whether its buttons still do something."""
        buttons = "button_list" in self.card or "submit_button" in self.card
        return self.replaced is None and buttons

    def state(self) -> dict[str, Any]:
        """Return the part of the look that is not in the card's own JSON."""
        return {
            "live": self.live,
            "replaced": self.replaced,
            "selected": self.selected,
            "redraws": len(self.past),
        }


@dataclass(slots=True, eq=False)
class Bubble:
    """One line of a chat. ``side`` is ``me`` (the phone's owner) or ``app``."""

    id: str
    side: str
    kind: str
    at: datetime
    agent_id: int | None
    body: Mapping[str, Any]
    sequence: int = 0
    sender: str = ""
    copy: CardCopy | None = None
    recalled: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the bubble as pages read it (see the package's page)."""
        look = dict(self.body)
        if self.copy is not None:
            look = {"card": self.copy.card, "state": self.copy.state()}
        return {
            "id": self.id,
            "sequence": self.sequence,
            "side": self.side,
            "kind": self.kind,
            "at": self.at.isoformat(),
            "agent_id": self.agent_id,
            "recalled": self.recalled,
            **({"sender": self.sender} if self.sender else {}),
            **({} if self.recalled else look),
        }

    def preview(self) -> str:
        """Return the one line shown in the list of chats."""
        if self.recalled:
            return "消息已撤回"
        if self.copy is not None:
            return str(self.copy.card.get("main_title", {}).get("title") or "[卡片]")
        text = self.body.get("text") or self.body.get("title")
        return str(text) if text else f"[{_KINDS.get(self.kind, self.kind)}]"


_KINDS = {"image": "图片", "voice": "语音", "video": "视频", "file": "文件", "news": "图文"}


@dataclass(slots=True, eq=False)
class Chat:
    """One phone's, or one group's, list of bubbles.

    ``line`` keeps what one phone sends in order while other phones go on.
    """

    bubbles: list[Bubble] = field(default_factory=list)
    unread: int = 0
    line: asyncio.Lock = field(default_factory=asyncio.Lock)

    def bubble(self, bubble_id: str) -> Bubble | None:
        """Find a bubble by its id, newest first."""
        return next((one for one in reversed(self.bubbles) if one.id == bubble_id), None)

    def last(self) -> dict[str, Any] | None:
        """Return the newest line for the list of chats."""
        if not self.bubbles:
            return None
        newest = self.bubbles[-1]
        return {"text": newest.preview(), "at": newest.at.isoformat()}
