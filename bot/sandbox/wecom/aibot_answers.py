"""What a 智能机器人 may say, to what, until when and how often (D101031, D101463)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from bot.sandbox.box import Sandbox
from bot.sandbox.pace import HOUR, MINUTE, Pace
from bot.sandbox.wecom.answers import RefusalError
from bot.sandbox.world import Group, Member, Robot

CONTENT_BYTES: Final = 20480
ANSWERED_FOR: Final = timedelta(hours=24)
STREAMED_FOR: Final = timedelta(minutes=6)
_SINGLE, _GROUP = 1, 2


@dataclass(slots=True, eq=False)
class Said:
    """One thing a robot was told: where, by whom, and how far it is answered."""

    robot: Robot
    chat: str
    member: Member | None
    group: Group | None
    at: datetime | None = None
    stream: str = ""
    answered: bool = False
    deed: str = ""


@dataclass(slots=True, eq=False)
class Answers:
    """Takes the answers and pushes of every robot. ``told`` is by the frame's req_id."""

    box: Sandbox
    told: dict[str, Said] = field(default_factory=dict)
    pace: Pace = field(default_factory=Pace)

    def is_crowded(self, said: Said) -> bool:
        """Note that something is told; say whether three of the person are unanswered already."""
        now = self.box.now()
        said.at = now
        waiting = [
            one for one in self.told.values()
            if one.robot is said.robot and one.member is said.member and not one.answered
            and one.at is not None and now - one.at < STREAMED_FOR
        ]  # fmt: skip
        return len(waiting) >= self.box.limits.bot_in_progress

    def respond(self, robot: Robot, req_id: str, body: Mapping[str, Any]) -> None:
        """Answer one message, once.

        Raises:
            RefusalError: 846605 to nothing that was said, 846604 after a day, 846606 a second
                time, 846608 a stream that is too late, and what ``_content`` and ``_count`` say.
        """
        said = self.told.get(req_id)
        if said is None or said.robot is not robot or said.member is None or said.at is None:
            raise RefusalError(846605)
        age = self.box.now() - said.at
        if age >= ANSWERED_FOR or said.deed == "expired":
            raise RefusalError(846604)
        if said.answered:
            raise RefusalError(846606)
        kind = body.get("msgtype")
        text = _content(body, ("stream", "markdown"))
        if kind == "stream":
            name = body["stream"].get("id")
            if not isinstance(name, str) or not 0 < len(name.encode()) <= 256:
                raise RefusalError(40058, "stream.id")
            if age >= STREAMED_FOR:
                raise RefusalError(846608)
            if said.stream not in ("", name):
                raise RefusalError(846606)
            said.stream = name
        self._count(robot, said.chat)
        said.answered = kind != "stream" or body["stream"].get("finish") is True
        if said.answered:
            self._show(said.robot, said.group, said.member, text, quotes=True)

    def push(self, robot: Robot, body: Mapping[str, Any]) -> None:
        """Say something that no message asked for.

        Raises:
            RefusalError: 846607 where nobody ever spoke to the robot, or too often; 40058 no such
                kind of chat; and what ``_content`` says.
        """
        chat, kind = body.get("chatid"), body.get("chat_type", 0)
        if kind not in (0, _SINGLE, _GROUP) or isinstance(kind, bool):
            raise RefusalError(40058, "chat_type")
        spoken = [
            one for one in self.told.values()
            if one.robot is robot and one.chat == chat and one.member is not None
            and kind in (0, _GROUP if one.group else _SINGLE)
        ]  # fmt: skip
        if not spoken:
            raise RefusalError(846607, "nobody spoke to the robot there")
        text = _content(body, ("markdown",))
        self._count(robot, str(chat))
        self._show(robot, spoken[-1].group, spoken[-1].member, text)

    def _count(self, robot: Robot, chat: str) -> None:
        limits, now, key = self.box.limits, self.box.now(), ("aibot", robot.bot_id, chat)
        pace = self.pace
        if pace.count(key, MINUTE, now) >= limits.bot_per_minute:
            raise RefusalError(846607, "30 a minute")
        if pace.count(key, HOUR, now) >= limits.bot_per_hour:
            raise RefusalError(846607, "1000 an hour")
        pace.add(key, now)

    def _show(
        self, robot: Robot, group: Group | None, member: Member | None, text: str, *,
        quotes: bool = False,
    ) -> None:  # fmt: skip
        answers = {"answers": member.userid} if quotes and member is not None else {}
        if group is not None:
            self.box.post(group, "markdown", {"text": text, **answers}, robot.name)
        self.box.journal.note(
            "aibot.said", robot=robot.bot_id, group=group.id if group else "", text=text,
            to="" if member is None else member.userid, is_answer=quotes,
        )  # fmt: skip


def _content(body: Mapping[str, Any], kinds: tuple[str, ...]) -> str:
    """Return the words of a message.

    Raises:
        RefusalError: 40008 another kind, 44004 no words, 45002 too many, 40058 pictures beside.
    """
    kind = body.get("msgtype")
    part = body.get(kind) if kind in kinds else None
    if not isinstance(part, Mapping):
        raise RefusalError(40008)
    if part.get("msg_item"):
        raise RefusalError(40058, "no pictures in a stream of the long connection")
    text = part.get("content")
    if not isinstance(text, str) or not text.strip():
        raise RefusalError(44004)
    if len(text.encode()) > CONTENT_BYTES:
        raise RefusalError(45002)
    return text
