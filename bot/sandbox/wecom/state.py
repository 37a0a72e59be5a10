"""What WeCom remembers: messages, response codes, task ids, media, tickets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.sandbox.box import Sandbox
from bot.sandbox.chats import Bubble
from bot.sandbox.pace import Pace
from bot.sandbox.wecom.answers import RefusalError
from bot.sandbox.wecom.tokens import Tokens
from bot.sandbox.world import App, Member

MEDIA_LIFE = timedelta(days=3)
RESPONSE_CODE_LIFE = timedelta(hours=72)


@dataclass(slots=True, eq=False)
class Sent:
    """One message of an app and the bubble each receiver got.

    ``receivers`` holds lower-case userids; a receiver over the rate has no bubble.
    """

    msgid: str
    app: App
    at: datetime
    body: Mapping[str, Any]
    receivers: dict[str, Member]
    bubbles: dict[str, Bubble] = field(default_factory=dict)
    recalled: bool = False

    @property
    def card(self) -> Mapping[str, Any]:
        """The card as it was sent; empty for other messages."""
        card: Mapping[str, Any] = self.body.get("template_card", {})
        return card


@dataclass(slots=True, eq=False)
class ResponseCode:
    """A right to redraw one message once, within 72 hours."""

    value: str
    message: Sent
    at: datetime
    used: bool = False


@dataclass(frozen=True, slots=True)
class Media:
    """A temporary file. ``robot`` is the key of the group robot it is bound to, if any."""

    id: str
    corp_id: str
    kind: str
    name: str
    content_type: str
    data: bytes
    at: datetime
    robot: str = ""


@dataclass(slots=True, eq=False)
class WeCom:
    """The platform's memory; everything in it is gone when the process ends."""

    box: Sandbox
    tokens: Tokens = field(init=False)
    pace: Pace = field(default_factory=Pace)
    messages: dict[str, Sent] = field(default_factory=dict)
    codes: dict[str, ResponseCode] = field(default_factory=dict)
    task_ids: dict[tuple[str, int, str], Sent] = field(default_factory=dict)
    repeats: dict[tuple[str, int, str], datetime] = field(default_factory=dict)
    media: dict[str, Media] = field(default_factory=dict)
    owned_chats: dict[str, tuple[str, int]] = field(default_factory=dict)
    _msg_number: int = 7_500_000_000_000_000_000

    def __post_init__(self) -> None:
        self.tokens = Tokens(self.box)

    def next_msg_id(self) -> int:
        """Return a fresh 64-bit MsgId, too long for a float to hold."""
        self._msg_number += self.box.dice.randint(1, 9)
        return self._msg_number

    def new_code(self, message: Sent) -> str:
        """Return a fresh response code for ``message``."""
        code = ResponseCode(self.box.token(64), message, self.box.now())
        self.codes[code.value] = code
        return code.value

    def keep(
        self,
        corp_id: str,
        kind: str,
        name: str,
        content_type: str,
        data: bytes,
        robot: str = "",
    ) -> Media:
        """Store a temporary file for three days."""
        now = self.box.now()
        for old in [one.id for one in self.media.values() if now - one.at >= 2 * MEDIA_LIFE]:
            del self.media[old]
        media = Media(self.box.token(60), corp_id, kind, name, content_type, data, now, robot)
        self.media[media.id] = media
        return media

    def find_media(self, media_id: object, corp_id: str, robot: str = "") -> Media:
        """Return a temporary file that is still alive and may be used here.

        Raises:
            RefusalError: 40007 unknown, expired, another corp's or another robot's.
        """
        media = self.media.get(media_id) if isinstance(media_id, str) else None
        if media is None or (media.corp_id, media.robot) != (corp_id, robot):
            raise RefusalError(40007)
        if self.box.now() - media.at >= MEDIA_LIFE:
            raise RefusalError(40007, "expired")
        return media


def own_agent(app: App, body: Mapping[str, Any]) -> None:
    """Check that a call names the app whose token it carries.

    Raises:
        RefusalError: 41011 missing, 40056 not an integer, 301002 another app's.
    """
    agent_id = body.get("agentid")
    if agent_id is None:
        raise RefusalError(41011)
    if not isinstance(agent_id, int) or isinstance(agent_id, bool):
        raise RefusalError(40056, "agentid must be an integer")
    if agent_id != app.agent_id:
        raise RefusalError(301002)
