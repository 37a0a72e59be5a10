"""What the way in is tried on: the emulated DingTalk, a bare gateway that says anything, a desk."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer

from bot.channels.base import Acknowledge, Answer
from bot.channels.dingtalk.frames import ROBOT_TOPIC
from bot.channels.dingtalk.line import Pace
from bot.channels.dingtalk.stream import Stream
from bot.channels.dingtalk.taps import OpenTaps
from bot.channels.dingtalk.translate import Reader
from bot.sandbox.dingtalk.rules import Rules
from cards.language import Card
from handlers.events import Event
from tests.sandbox_dingtalk.lab import APP, CORP, SECRET, START, Lab, open_lab


@dataclass(slots=True, eq=False)
class Desk:
    """Stands where the ledger would; ``gate`` keeps events waiting, ``errors`` are raised first.

    Each event is answered with the card that it ``shows``; ``noted`` are answers that were written.
    """

    events: list[Event] = field(default_factory=list)
    begun: int = 0
    errors: list[Exception] = field(default_factory=list)
    gate: asyncio.Event | None = None
    held: str = ""
    shows: Card | None = None
    noted: list[Answer] = field(default_factory=list)

    async def handle(self, event: Event) -> Answer | None:
        self.begun += 1
        if self.gate is not None and (not self.held or event.account == self.held):
            await self.gate.wait()
        if self.errors:
            raise self.errors.pop(0)
        self.events.append(event)
        return Answer("", str(len(self.events)), self.shows) if self.shows else None

    def carried(self, answer: Answer) -> None:
        self.noted.append(answer)

    def texts(self) -> list[str]:
        """Return what was typed, in its order."""
        return [str(getattr(event, "text", "")) for event in self.events]


@dataclass(slots=True, eq=False)
class Client:
    """A running stream and its task."""

    stream: Stream
    task: asyncio.Task[None]


@contextlib.asynccontextmanager
async def running(
    api_base: str,
    dispatcher: Acknowledge,
    lab: Lab | None = None,
    *,
    pace: Pace | None = None,
    taps: OpenTaps | None = None,
    **more: Any,
) -> AsyncIterator[Client]:
    """Run a stream client; cancel it afterwards."""
    stream = Stream(
        api_base=api_base,
        client_id=APP,
        client_secret=SECRET,
        dispatcher=dispatcher,
        reader=Reader("dingtalk", CORP),
        taps=taps or OpenTaps(),
        now=(lambda: START) if lab is None else lab.clock.now,
        pace=pace or Pace(),
        **more,
    )
    task = asyncio.create_task(stream.run())
    try:
        yield Client(stream, task)
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@dataclass(slots=True, eq=False)
class Street:
    """The emulated platform with the bot's stream open."""

    lab: Lab
    desk: Desk
    taps: OpenTaps
    stream: Stream
    task: asyncio.Task[None]

    async def connections(self) -> list[dict[str, Any]]:
        """Return the open lines as the platform sees them, without those told to go."""
        found = (await self.lab.state())["connections"]
        return [one for one in found if not one["leaving"]]

    async def says(self, text: str, who: str = "zhang") -> Any:
        """Type something."""
        return await self.lab.finger(who, "say", text=text)

    async def line(self, *before: str) -> str:
        """Wait until one line is open, another than those before; return its id."""
        async with asyncio.timeout(5):
            while True:
                found = [one["id"] for one in await self.connections()]
                if len(found) == 1 and found[0] not in before and self.stream.is_connected:
                    return str(found[0])
                await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def open_street(
    *, desk: Desk | None = None, pace: Pace | None = None, **more: Any
) -> AsyncIterator[Street]:
    """Open the emulator and the bot's stream to it, and wait for the line."""
    counter, taps = desk or Desk(), OpenTaps(settle_seconds=0.05)
    async with (
        open_lab(Rules()) as lab,
        running(f"{lab.origin}/dingtalk-api", counter, lab, pace=pace, taps=taps, **more) as client,
    ):
        street = Street(lab, counter, taps, client.stream, client.task)
        await street.line()
        yield street


@dataclass(slots=True, eq=False)
class Peer:
    """One line at the bare gateway: what it was told, and a way to tell it anything."""

    socket: web.WebSocketResponse
    query: str
    acks: list[dict[str, Any]] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    is_closed: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(
        self, kind: str, topic: str, data: Any, name: str = "m1", **headers: Any
    ) -> None:
        """Send one frame."""
        head = {"topic": topic, "messageId": name, "time": "1790000000000", **headers}
        frame = {"specVersion": "1.0", "type": kind, "headers": head, "data": data}
        await self.socket.send_str(json.dumps(frame))

    async def types(self, text: str, name: str = "m1", staff: str = "u-zhang") -> None:
        """Send a robot message."""
        await self.send("CALLBACK", ROBOT_TOPIC, json.dumps(typed(text, name, staff)), name)

    async def ack(self, name: str) -> dict[str, Any]:
        """Wait for the acknowledgement of a frame."""
        async with asyncio.timeout(5):
            while not (found := [a for a in self.acks if a["headers"]["messageId"] == name]):
                self.news.clear()
                await self.news.wait()
        return found[0]


@dataclass(slots=True, eq=False)
class Bare:
    """A gateway without opinions; its ``answers`` come first; it may give no ``pongs``."""

    answers: list[web.StreamResponse | Callable[[], Any]] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    peers: list[Peer] = field(default_factory=list)
    base: str = ""
    ticket: str = "t+/= %&=1"
    pongs: bool = True
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def opens(self, request: web.Request) -> web.StreamResponse:
        self.asked.append({**await request.json(), "accept": request.headers.get("Accept")})
        self.news.set()
        if self.answers:
            answer = self.answers.pop(0)
            return answer if isinstance(answer, web.StreamResponse) else await answer()
        endpoint = f"ws://{request.host}/connect"
        return web.json_response({"endpoint": endpoint, "ticket": self.ticket})

    async def connect(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(timeout=1.0, autoping=self.pongs)
        await socket.prepare(request)
        peer = Peer(socket, request.rel_url.raw_query_string)
        self.peers.append(peer)
        self.news.set()
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                peer.acks.append(json.loads(message.data))
                peer.news.set()
        peer.is_closed.set()
        return socket

    async def peer(self, number: int = 1) -> Peer:
        """Wait for the line of this number."""
        async with asyncio.timeout(5):
            while len(self.peers) < number:
                self.news.clear()
                await self.news.wait()
        return self.peers[number - 1]

    async def knocks(self, count: int) -> None:
        """Wait until a ticket was asked for so often."""
        async with asyncio.timeout(5):
            while len(self.asked) < count:
                self.news.clear()
                await self.news.wait()


@contextlib.asynccontextmanager
async def open_bare(**given: Any) -> AsyncIterator[Bare]:
    """Open a bare gateway on loopback."""
    bare = Bare(**given)
    app = web.Application()
    app.add_routes(
        [
            web.post("/v1.0/gateway/connections/open", bare.opens),
            web.get("/connect", bare.connect),
        ]
    )
    server = TestServer(app)
    await server.start_server()
    bare.base = f"http://{server.host}:{server.port}"
    try:
        yield bare
    finally:
        await server.close()


def typed(text: str, name: str = "m1", staff: str = "u-zhang") -> dict[str, Any]:
    """Return a robot message as the platform writes it."""
    return {
        "conversationType": "1",
        "chatbotCorpId": CORP,
        "senderCorpId": CORP,
        "senderStaffId": staff,
        "msgId": name,
        "createAt": 1790000000000,
        "msgtype": "text",
        "text": {"content": f" {text}"},
    }


def tapped(
    track: str = "t-1", key: str = "review.approve|task1|3", **change: Any
) -> dict[str, Any]:
    """Return a card callback as the platform writes it."""
    pressed = {"actionIds": ["1"], "params": {"key": key}}
    return {
        "type": "actionCallback",
        "outTrackId": track,
        "corpId": CORP,
        "userId": "u-zhang",
        "userIdType": 1,
        "content": json.dumps({"cardPrivateData": pressed}),
        **change,
    }


async def eventually(true: Callable[[], Any]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110 - what is waited for has no bell
            await asyncio.sleep(0.005)
