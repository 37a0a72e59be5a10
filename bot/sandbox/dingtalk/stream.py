"""The open streams: which connection a push goes to, and what comes again without an answer."""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from aiohttp import WSMsgType, web

from bot.sandbox.dingtalk.frames import CARD_TOPIC, Ack, Frame, check_ack, read_ack, write_frame
from bot.sandbox.dingtalk.state import DingTalk, Ticket, as_text, public
from bot.sandbox.world import DingApp

_OVERSIZE = 2 * 1024 * 1024
_KEPT_FRAMES = 5000


@dataclass(slots=True, eq=False)
class Connection:
    """One open stream. ``leaving``: it was told to go and gets nothing more; ``silent``: it
    never gets anything although it looks alive."""

    id: str
    ticket: Ticket
    socket: web.WebSocketResponse
    request: web.Request
    leaving: bool = False
    silent: bool = False
    frames: dict[str, tuple[Frame, "Push | None"]] = field(default_factory=dict)

    def takes(self, app: DingApp, kind: str, topic: str) -> bool:
        """Return whether a push of this kind may be sent here."""
        wanted = (kind, "*" if kind == "EVENT" else topic) in self.ticket.topics
        return self.ticket.app is app and wanted and not self.leaving and not self.socket.closed


@dataclass(slots=True, eq=False)
class Push:
    """Something to be delivered, however many frames that takes."""

    app: DingApp
    kind: str
    topic: str
    data: Mapping[str, Any] | str
    headers: Mapping[str, str] = field(default_factory=dict)
    again_seconds: float = 0.0
    again_times: int = 0
    attempts: int = 0
    answer: asyncio.Future[Ack] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    async def wait(self, seconds: float) -> Ack | None:
        """Wait for the acknowledgement; None when there is none in time."""
        with contextlib.suppress(TimeoutError):
            return await asyncio.wait_for(asyncio.shield(self.answer), seconds)
        return None


@dataclass(slots=True, eq=False)
class Stream:
    """All streams of all apps."""

    ding: DingTalk
    connections: list[Connection] = field(default_factory=list)

    async def push(self, push: Push) -> bool:
        """Send to one randomly chosen connection; return whether there was one."""
        fault = self.ding.fault("stream")
        if fault is not None and fault.kind == "lost":
            return False
        if fault is not None:
            target = self.choose(push)
            if target is not None and fault.kind in _DEEDS:
                await self.do(target, fault.kind)
        sent = await self._attempt(push)
        if fault is not None and fault.kind == "duplicate":
            await self._attempt(push)
        return sent

    def choose(self, push: Push) -> Connection | None:
        """Return a connection for a push, any of those that subscribed to it."""
        fit = [one for one in self.connections if one.takes(push.app, push.kind, push.topic)]
        return self.ding.box.dice.choice(fit) if fit else None

    async def do(self, connection: Connection, deed: str) -> None:
        """Let something happen to a connection, see ``_DEEDS``."""
        self.ding.note("stream", connection=connection.id, deed=deed)
        await _DEEDS[deed](self, connection)

    async def serve(self, connection: Connection) -> None:
        """Read one connection until it ends."""
        self.connections.append(connection)
        self.ding.note("stream", connection=connection.id, deed="opened")
        self._next_ping(connection)
        try:
            async for message in connection.socket:
                if message.type is WSMsgType.TEXT:
                    self.heard(connection, message.data)
                elif message.type is WSMsgType.BINARY:
                    self.ding.violation("frames are text", connection=connection.id)
        finally:
            self.connections.remove(connection)
            code = connection.socket.close_code
            self.ding.note("stream", connection=connection.id, deed="ended", code=code)

    def heard(self, connection: Connection, text: str) -> None:
        """Take an acknowledgement."""
        ack = read_ack(text)
        if not ack.message_id and connection.leaving:
            return  # the stock SDK answers a disconnect, which has no id
        frame, push = connection.frames.get(ack.message_id, (None, None))
        if frame is None:
            ack.wrong.append("messageId is of no frame of this connection")
        else:
            check_ack(ack, frame)
        self.ding.note(
            "ack",
            connection=connection.id,
            topic="" if frame is None else frame.topic,
            code=ack.code,
            data=ack.data,
            wrong=ack.wrong,
        )
        for what in ack.wrong:
            self.ding.violation(what, connection=connection.id)
        if frame is None or not ack.good:
            return
        frame.acked = True
        later = isinstance(ack.data, Mapping) and ack.data.get("status") == "LATER"
        if push is not None and not push.answer.done() and not (frame.kind == "EVENT" and later):
            push.answer.set_result(ack)

    async def end(self) -> None:
        """End every stream."""
        await asyncio.gather(*(one.socket.close(code=1001) for one in self.connections))

    async def _attempt(self, push: Push) -> bool:
        connection = self.choose(push)
        if connection is None:
            self.ding.note("push", topic=push.topic, connection=None, data=public(push.data))
            return False
        push.attempts += 1
        if push.again_times >= push.attempts:
            self.ding.alarms.after(push.again_seconds, partial(self._again, push))
        text = push.data if isinstance(push.data, str) else as_text(push.data)
        await self._send(connection, push.kind, push.topic, text, push)
        return True

    async def _again(self, push: Push) -> None:
        """Deliver once more what was not acknowledged; a message that finds nobody is lost."""
        if push.answer.done():
            return
        if not await self._attempt(push) and push.kind == "EVENT":
            push.attempts += 1
            if push.again_times >= push.attempts:
                self.ding.alarms.after(push.again_seconds, partial(self._again, push))

    async def _send(
        self, connection: Connection, kind: str, topic: str, data: str, push: Push | None = None
    ) -> Frame:
        box = self.ding.box
        frame = Frame(kind, topic, f"{box.token(8)}_{self.ding.ms():x}_{box.token(5)}", data)
        more = {} if push is None else push.headers
        app_id = connection.ticket.app.client_id
        text = write_frame(frame, app_id, connection.id, self.ding.ms(), more)
        connection.frames[frame.message_id] = frame, push
        if len(connection.frames) > _KEPT_FRAMES:
            del connection.frames[next(iter(connection.frames))]
        self.ding.note(
            "push",
            topic=topic,
            connection=connection.id,
            attempt=1 if push is None else push.attempts,
            silent=connection.silent,
            data=data[:2000] if push is None else public(push.data),
        )
        if not connection.silent:
            with contextlib.suppress(ConnectionError):
                await connection.socket.send_str(text)
        return frame

    def _next_ping(self, connection: Connection) -> None:
        if self.ding.rules.ping_seconds:
            self.ding.alarms.after(self.ding.rules.ping_seconds, partial(self._round, connection))

    async def _round(self, connection: Connection) -> None:
        if connection in self.connections and not connection.leaving:
            self._next_ping(connection)
            await self._ask(connection)

    async def ping(self, connection: Connection) -> None:
        """Ask at once whether somebody is there."""
        self.ding.alarms.spawn(partial(self._ask, connection))

    async def _ask(self, connection: Connection) -> None:
        """Ping once; no answer in time is a violation."""
        if connection.silent:
            return
        opaque = as_text({"opaque": self.ding.box.token(36)})
        frame = await self._send(connection, "SYSTEM", "ping", opaque)
        await asyncio.sleep(self.ding.rules.ping_wait_seconds)
        if not frame.acked and connection in self.connections:
            self.ding.violation("a ping was not answered", connection=connection.id)

    async def disconnect(self, connection: Connection) -> None:
        """Tell it to go; ten seconds later the line is cut."""
        connection.leaving = True
        reason = as_text({"reason": "connection is expired"})
        await self._send(connection, "SYSTEM", "disconnect", reason)
        hang_up = partial(self._hang_up, connection)
        self.ding.alarms.after(self.ding.rules.leave_seconds, hang_up)

    async def _hang_up(self, connection: Connection) -> None:
        if connection.request.transport is not None:
            connection.request.transport.close()

    async def abort(self, connection: Connection) -> None:
        """Cut the line at once."""
        connection.leaving = True
        if connection.request.transport is not None:
            connection.request.transport.abort()

    async def close(self, connection: Connection) -> None:
        """Close it with 1001."""
        connection.leaving = True

        async def close() -> None:
            await connection.socket.close(code=1001, message=b"going away")

        self.ding.alarms.spawn(close)

    async def garbage(self, connection: Connection) -> None:
        """Send something that is no JSON."""
        await connection.socket.send_str("<html>bad gateway</html>")

    async def oversize(self, connection: Connection) -> None:
        """Send two MiB in one frame."""
        await self._send(connection, "CALLBACK", CARD_TOPIC, as_text({"pad": "x" * _OVERSIZE}))

    async def unknown_topic(self, connection: Connection) -> None:
        """Send a topic nobody subscribed to."""
        await self._send(connection, "CALLBACK", "/v1.0/hologram/messages/get", "{}")

    async def silence(self, connection: Connection) -> None:
        """Let it look alive and never send anything again."""
        connection.silent = True


_DEEDS = {
    "disconnect": Stream.disconnect,
    "abort": Stream.abort,
    "close": Stream.close,
    "garbage": Stream.garbage,
    "oversize": Stream.oversize,
    "unknown_topic": Stream.unknown_topic,
    "half_open": Stream.silence,
    "ping": Stream.ping,
}
DEEDS = frozenset(_DEEDS)
