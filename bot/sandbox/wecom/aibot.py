"""The 智能机器人's long connection (D101463): one of each robot, and what is said to it."""

import asyncio
import contextlib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from bot.sandbox.box import Sandbox
from bot.sandbox.faults import AIBOT
from bot.sandbox.wecom.aibot_answers import Answers, Said
from bot.sandbox.wecom.answers import RefusalError
from bot.sandbox.world import Group, Member, Robot

PATH = "/wecom-aibot"
_MOST_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Brought:
    """Whether something reached the robot, and why not."""

    delivered: bool
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return it as pages read it."""
        return {"delivered": self.delivered, "reason": self.reason}


@dataclass(slots=True, eq=False)
class Line:
    """One open connection; ``robot`` once it subscribed. ``deaf``: it answers nothing any more."""

    socket: web.WebSocketResponse
    request: web.Request
    robot: Robot | None = None
    deaf: bool = False
    pings: int = 0
    heard_at: float = field(default_factory=lambda: asyncio.get_running_loop().time())

    def cut(self) -> None:
        """Cut it as a broken network does."""
        if self.request.transport is not None:
            self.request.transport.abort()


@dataclass(slots=True, eq=False)
class Robots:
    """Every robot's connection, and what each was told and has answered."""

    box: Sandbox
    answers: Answers = field(init=False)
    lines: list[Line] = field(default_factory=list)
    _held: str = ""
    _closings: set[asyncio.Task[Any]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.answers = Answers(self.box)

    def routes(self) -> list[web.RouteDef]:
        """Return the connection's address."""
        return [web.get(PATH, self.connect)]

    async def close(self) -> None:
        """End every connection."""
        await asyncio.gather(*(one.socket.close(code=1001) for one in self.lines))
        await asyncio.gather(*self._closings, return_exceptions=True)

    def of(self, group: Group) -> Robot | None:
        """Return the robot that hears what mentions it in a group."""
        robots = self.box.world.bots
        return next((one for one in robots if one.bot_id in group.robots), None)

    # --- what people do ------------------------------------------------------------------------

    async def says(
        self, member: Member, group: Group | None, text: str, **odd: Any
    ) -> tuple[Brought, Robot]:
        """Say something to the robot: in a group with its name before it, as the platform does.

        ``odd`` fields take the place of the real ones.

        Raises:
            RefusalError: there is no robot to be heard by.
        """
        robot = self.of(group) if group else next(iter(self.box.world.bots), None)
        if robot is None:
            raise RefusalError(93008, "no robot hears here")
        chat = {"chatid": _chat_of(group), "chattype": "group"} if group else {"chattype": "single"}
        body = {
            "msgid": self.box.token(24), "aibotid": robot.bot_id, **chat,
            "from": {"userid": _name_of(member, robot)}, "msgtype": "text",
            "text": {"content": f"@{robot.name} {text}".rstrip() if group else text}, **odd,
        }  # fmt: skip
        said = Said(robot, str(body.get("chatid") or body["from"]["userid"]), member, group)
        return await self._bring(said, "aibot_msg_callback", body), robot

    async def happens(self, robot: Robot, kind: str, **more: Any) -> Brought:
        """Bring an event of no person, whatever it is called."""
        body = {
            "msgid": self.box.token(24), "aibotid": robot.bot_id, "msgtype": "event",
            "event": {"eventtype": kind}, **more,
        }  # fmt: skip
        said = Said(robot, "", None, None)
        return await self._bring(said, "aibot_event_callback", body)

    async def _bring(self, said: Said, cmd: str, body: Mapping[str, Any]) -> Brought:
        fault = self.box.faults.take(AIBOT)
        deed = fault.kind if fault else ""
        line = self.line_of(said.robot)
        if line is None or deed == "lost":
            return Brought(False, reason="no connection takes it")
        if said.member is not None and self.answers.is_crowded(said):
            return Brought(False, reason="three of this person wait for their answers")
        req_id = self.box.token(20)
        said.deed = deed
        self.answers.told[req_id] = said
        text = _frame(cmd, req_id, body)
        self.box.journal.note("aibot", robot=said.robot.bot_id, cmd=cmd, req_id=req_id, deed=deed)
        if deed == "out_of_order":
            self._held = text
            return Brought(True, reason="held back until the next")
        if deed == "garbage":
            await line.socket.send_str("<html>bad gateway</html>")
        if deed == "unknown":
            await line.socket.send_str(_frame("aibot_hologram_callback", self.box.token(20), {}))
            await line.socket.send_str(_acknowledged("nobody-asked", 0))
        held, self._held = self._held, ""
        for one in (text, text if deed == "duplicate" else "", held):
            if one:
                with contextlib.suppress(ConnectionError):
                    await line.socket.send_str(one)
        return Brought(True)

    def line_of(self, robot: Robot) -> Line | None:
        """Return the connection that a robot is told things on."""
        return next((one for one in self.lines if one.robot is robot and not one.deaf), None)

    # --- the connection ------------------------------------------------------------------------

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """Read one connection until it ends, or until nobody pings on it any more."""
        socket = web.WebSocketResponse(timeout=1.0, max_msg_size=_MOST_BYTES)
        await socket.prepare(request)
        line = Line(socket, request)
        self.lines.append(line)
        watch = asyncio.create_task(self._watch(line))
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    line.heard_at = asyncio.get_running_loop().time()
                    await self._heard(line, message.data)
        finally:
            watch.cancel()
            self.lines.remove(line)
        return socket

    async def _watch(self, line: Line) -> None:
        """Close a connection on which nobody pings."""
        most = self.box.limits.bot_silence_seconds
        # Nothing rings when nobody says anything.
        while (left := line.heard_at + most - asyncio.get_running_loop().time()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(left)
        self.box.journal.note("aibot.violation", what="no ping")
        await line.socket.close(code=1008)

    async def _heard(self, line: Line, text: str) -> None:
        try:
            frame = json.loads(text)
            cmd, req_id = str(frame["cmd"]), str(frame["headers"]["req_id"])
            body = frame.get("body") or {}
        except (ValueError, KeyError, TypeError):
            self.box.journal.note("aibot.violation", what="no frame")
            return
        if line.deaf:
            return
        fault = (
            None if cmd in ("ping", "aibot_subscribe") else self.box.faults.take(f"{AIBOT}/answer")
        )
        line.pings += cmd == "ping"
        code, hint = 0, ""
        try:
            if fault is not None and fault.kind == "cut":
                line.cut()
                return
            if fault is not None and fault.kind == "errcode":
                raise RefusalError(fault.errcode)
            self._do(line, cmd, req_id, body)
        except RefusalError as error:
            code, hint = error.code, error.hint
        if cmd != "ping":
            shown = {name: one for name, one in body.items() if name != "secret"}
            self.box.journal.note(
                "aibot.frame", cmd=cmd, req_id=req_id, body=shown, errcode=code, hint=hint
            )
        if fault is not None and fault.kind == "cut_after":
            line.cut()
            return
        if fault is not None and fault.kind == "no_ack":
            return
        await line.socket.send_str(_acknowledged(req_id, code))

    def _do(self, line: Line, cmd: str, req_id: str, body: Mapping[str, Any]) -> None:
        """Do what a frame asks for.

        Raises:
            RefusalError: 846609 before the subscription, and whatever else is wrong with it.
        """
        if cmd == "aibot_subscribe":
            self._subscribe(line, body)
        elif line.robot is None:
            raise RefusalError(846609)
        elif cmd == "aibot_respond_msg":
            self.answers.respond(line.robot, req_id, body)
        elif cmd == "aibot_send_msg":
            self.answers.push(line.robot, body)
        elif cmd in ("aibot_respond_welcome_msg", "aibot_respond_update_msg"):
            raise RefusalError(846605, "nothing of that kind was told")
        elif cmd != "ping":
            raise RefusalError(40058, "unknown cmd")

    def _subscribe(self, line: Line, body: Mapping[str, Any]) -> None:
        if line.robot is not None:
            raise RefusalError(45009, "subscribed already")
        robots = self.box.world.bots
        robot = next((one for one in robots if one.bot_id == body.get("bot_id")), None)
        if robot is None or robot.secret != body.get("secret"):
            raise RefusalError(853000)
        if not robot.long_connection:
            raise RefusalError(846601)
        before = self.line_of(robot)
        line.robot = robot
        if before is not None:
            before.deaf = True
            closing = asyncio.create_task(self._put_out(before, robot))
            self._closings.add(closing)
            closing.add_done_callback(self._closings.discard)

    async def _put_out(self, line: Line, robot: Robot) -> None:
        """Tell a connection that a newer one took its place, then close it."""
        body = {
            "msgid": self.box.token(24), "aibotid": robot.bot_id, "msgtype": "event",
            "event": {"eventtype": "disconnected_event"},
        }  # fmt: skip
        with contextlib.suppress(ConnectionError):
            await line.socket.send_str(_frame("aibot_event_callback", self.box.token(20), body))
        await line.socket.close()


def _chat_of(group: Group) -> str:
    """Return the chatid of a group: opaque, and case counts."""
    return "wr" + hashlib.sha256(group.id.encode()).hexdigest()[:30].replace("a", "A")


def _name_of(member: Member, robot: Robot) -> str:
    """Return how a robot is told who speaks: in plain where a super administrator made it."""
    if robot.plain_ids:
        return member.userid
    return "wo" + hashlib.sha256(f"{robot.bot_id} {member.userid}".encode()).hexdigest()[:30]


def _frame(cmd: str, req_id: str, body: Mapping[str, Any]) -> str:
    return json.dumps({"cmd": cmd, "headers": {"req_id": req_id}, "body": body})


def _acknowledged(req_id: str, code: int) -> str:
    message = "ok" if code == 0 else "refused"
    return json.dumps({"headers": {"req_id": req_id}, "errcode": code, "errmsg": message})
