"""A sandbox on a real port with a small DingTalk, a toy bot, a clock that stands still."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote_plus

import aiohttp
from aiohttp.test_utils import TestClient, TestServer

from bot.sandbox.app import DINGTALK, build_sandbox
from bot.sandbox.clock import Clock
from bot.sandbox.dingtalk.rules import Rules
from bot.sandbox.dingtalk.state import DingTalk
from bot.sandbox.world import World

START = datetime(2026, 9, 30, 9, 2, tzinfo=UTC)
CORP = "ding9733a8b1"
APP = "dingrobotapp0001"
SECRET = "app-secret-for-test"
OTHER_APP = "dingotherapp0002"
OTHER_SECRET = "another-secret"
API = "/dingtalk-api/v1.0"
OAPI = "/dingtalk-oapi"
HEADER = "x-acs-dingtalk-access-token"
ROBOT_TOPIC = "/v1.0/im/bot/messages/get"
CARD_TOPIC = "/v1.0/card/instances/callback"
TEMPLATE = "2f3c-review.schema"
SIGNED = "SECtest0123456789"

CITY: dict[str, Any] = {
    "corps": [{"corp_id": "ww1", "name": "教育局"}],
    "departments": [{"id": 1, "name": "教育局"}, {"id": 2, "name": "基教处"}],
    "ding_apps": [
        {"corp_id": CORP, "client_id": APP, "client_secret": SECRET},
        {
            "corp_id": CORP,
            "client_id": OTHER_APP,
            "client_secret": OTHER_SECRET,
            "visible": ["u-li"],
            "redirects": ["bot.example"],
        },
    ],
    "members": [
        {
            "userid": "zhang",
            "name": "张三",
            "dingtalk": "u-zhang",
            "departments": [2],
            "mobile": "13800000001",
        },
        {"userid": "li", "name": "李四", "dingtalk": "u-li", "departments": [2], "wecom": False},
        {"userid": "wang", "name": "王五"},
        {"userid": "guest", "name": "外单位", "dingtalk": "u-guest", "outsider": True},
    ],
    "groups": [
        {
            "id": "work",
            "name": "工作群",
            "platform": "dingtalk",
            "corp_id": CORP,
            "robots": [APP],
            "key": "webhook-1",
            "secret": SIGNED,
            "members": ["zhang", "li", "guest"],
        },
        {
            "id": "school",
            "name": "学校群",
            "platform": "dingtalk",
            "corp_id": CORP,
            "key": "webhook-2",
            "keywords": ["备案"],
        },
        {"id": "wecom-group", "name": "企业微信群", "key": "robot-key"},
    ],
}

MANIFEST: dict[str, Any] = {
    "id": TEMPLATE,
    "variables": [
        {"name": "title"},
        {"name": "status"},
        {"name": "lastMessage"},
        {"name": "count", "type": "number"},
        {"name": "rows", "type": "array"},
        {"name": "urgent", "type": "boolean"},
        {"name": "mine", "private": True},
        {"name": "form", "type": "form", "private": True},
    ],
}


@dataclass(slots=True, eq=False)
class Line:
    """One open stream of the toy bot: what came in, and how it answers."""

    socket: aiohttp.ClientWebSocketResponse
    answer: Callable[[dict[str, Any]], dict[str, Any] | None]
    frames: list[dict[str, Any]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    code: int | None = None

    async def run(self) -> None:
        """Read until the line ends."""
        async for message in self.socket:
            self.texts.append(message.data)
            with contextlib.suppress(ValueError):
                frame = json.loads(message.data)
                self.frames.append(frame)
                ack = self.answer(frame)
                if ack is not None:
                    await self.socket.send_str(json.dumps(ack))
            self.news.set()
        self.code = self.socket.close_code
        self.ended.set()
        self.news.set()

    async def wait(self, count: int, topic: str = "") -> list[dict[str, Any]]:
        """Wait until ``count`` frames of a topic are here and return them."""
        async with asyncio.timeout(5):
            while len(found := self.of(topic)) < count:
                self.news.clear()
                await self.news.wait()
        return found

    def of(self, topic: str = "") -> list[dict[str, Any]]:
        """Return the frames of one topic; pings only when asked for."""
        wanted = (topic,) if topic else (ROBOT_TOPIC, CARD_TOPIC, "*")
        return [one for one in self.frames if one["headers"]["topic"] in wanted]

    def data(self, topic: str = ROBOT_TOPIC) -> list[dict[str, Any]]:
        """Return what the frames of a topic hold."""
        return [json.loads(one["data"]) for one in self.of(topic)]


def ack_of(frame: dict[str, Any], data: Any = None, **change: Any) -> dict[str, Any]:
    """Return a sound acknowledgement of a frame."""
    topic = frame["headers"]["topic"]
    sound: dict[str, Any] = {"response": None}
    if frame["type"] == "EVENT":
        sound = {"status": "SUCCESS", "message": "ok"}
    if topic == "ping":
        sound = json.loads(frame["data"])
    return {
        "code": 200,
        "message": "OK",
        "headers": {
            "messageId": frame["headers"].get("messageId", ""),
            "contentType": "application/json",
        },
        "data": json.dumps(sound if data is None else data),
        **change,
    }


def good(frame: dict[str, Any]) -> dict[str, Any] | None:
    """Acknowledge everything that wants it."""
    return None if frame["headers"]["topic"] == "disconnect" else ack_of(frame)


def deaf(_: dict[str, Any]) -> None:
    """Acknowledge nothing."""


@dataclass(slots=True)
class Lab:
    """Everything a test touches."""

    client: TestClient[Any, Any]
    clock: Clock
    tokens: dict[str, str] = field(default_factory=dict)
    lines: list[tuple[Line, asyncio.Task[None]]] = field(default_factory=list)

    @property
    def ding(self) -> DingTalk:
        """The platform's memory behind the port."""
        ding: DingTalk = self.client.app[DINGTALK]
        return ding

    @property
    def origin(self) -> str:
        """The address of the sandbox."""
        return str(self.client.make_url("")).rstrip("/")

    def later(self, **by: float) -> None:
        """Move the clock on."""
        self.clock.move(self.clock.now() + timedelta(**by))

    async def get(self, path: str, **query: Any) -> Any:
        """GET JSON from the sandbox."""
        async with self.client.get(path, params=query) as response:
            return await response.json()

    async def post(self, path: str, body: Any = None, **query: Any) -> Any:
        """POST JSON to the sandbox."""
        async with self.client.post(path, json=body, params=query) as response:
            return await response.json()

    async def control(self, what: str, **wish: Any) -> Any:
        """Set something of DingTalk."""
        return await self.post(f"/sandbox/dingtalk/{what}", wish)

    async def hurry(self) -> None:
        """Let the platform wait a moment only for who is not going to answer."""
        waits = {"ack_wait_seconds": 0.2, "card_wait_seconds": 0.2, "ping_wait_seconds": 0.5}
        await self.control("rules", **waits)

    async def token(self, client_id: str = APP, secret: str = SECRET) -> str:
        """Return an access token, asked for once."""
        if client_id not in self.tokens:
            body = {"appKey": client_id, "appSecret": secret}
            self.tokens[client_id] = (await self.post(f"{API}/oauth2/accessToken", body))[
                "accessToken"
            ]
        return self.tokens[client_id]

    async def call(
        self, name: str, body: Any = None, method: str = "POST", **how: Any
    ) -> tuple[int, Any]:
        """Call the new API with a token; return status and answer."""
        token = how.pop("token", None) or await self.token()
        async with self.client.request(
            method, f"{API}/{name}", json=body, params=how, headers={HEADER: token}
        ) as response:
            return response.status, await response.json(content_type=None)

    async def old(self, name: str, body: Any = None, **query: Any) -> Any:
        """Call the old API with a token."""
        query.setdefault("access_token", await self.token())
        return await self.post(f"{OAPI}/{name}", body, **query)

    async def ticket(self, *topics: str, **change: Any) -> tuple[int, Any]:
        """Ask for a ticket."""
        body = {
            "clientId": APP,
            "clientSecret": SECRET,
            "subscriptions": [
                {"type": "EVENT" if topic == "*" else "CALLBACK", "topic": topic}
                for topic in topics or (ROBOT_TOPIC, CARD_TOPIC, "*")
            ],
            **change,
        }
        accept = {"Accept": "application/json"}
        async with self.client.post(
            f"{API}/gateway/connections/open", json=body, headers=accept
        ) as response:
            return response.status, await response.json()

    async def line(
        self, answer: Callable[[dict[str, Any]], dict[str, Any] | None] = good, *topics: str
    ) -> Line:
        """Open a stream of the toy bot."""
        _, said = await self.ticket(*topics)
        socket = await self.client.session.ws_connect(
            f"{said['endpoint']}?ticket={quote_plus(said['ticket'])}", max_msg_size=0
        )
        line = Line(socket, answer)
        self.lines.append((line, asyncio.create_task(line.run())))
        return line

    async def finger(self, userid: str, what: str, **wish: Any) -> Any:
        """Do something on a phone."""
        return await self.post(f"/sandbox/dingtalk/phones/{userid}/{what}", wish)

    async def file(self, userid: str, what: str, name: str, data: bytes, **query: Any) -> Any:
        """Send a file from a phone."""
        form = aiohttp.FormData()
        part = "image" if what == "photo" else "file" if what == "keep" else what
        form.add_field(part, data, filename=name, content_type="application/octet-stream")
        path = f"/sandbox/dingtalk/phones/{userid}/{what}"
        async with self.client.post(path, data=form, params=query) as response:
            return await response.json()

    async def bubbles(self, userid: str = "zhang") -> list[dict[str, Any]]:
        """Return what stands on a phone."""
        screen = await self.get(f"/sandbox/dingtalk/phones/{userid}")
        bubbles: list[dict[str, Any]] = screen["bubbles"]
        return bubbles

    async def room(self, group: str, seen_by: str = "") -> list[dict[str, Any]]:
        """Return what stands in a group."""
        query = {"as": seen_by} if seen_by else {}
        screen = await self.get(f"/sandbox/dingtalk/groups/{group}", **query)
        bubbles: list[dict[str, Any]] = screen["bubbles"]
        return bubbles

    async def state(self) -> Any:
        """Return what the control page tells."""
        return await self.get("/sandbox/dingtalk")

    async def violations(self) -> list[str]:
        """Return what the real platform would punish without a word."""
        return [one["what"] for one in (await self.state())["violations"]]

    async def fault(self, api: str, kind: str, **more: Any) -> None:
        """Switch a fault on."""
        await self.post("/sandbox/faults", {"api": f"dingtalk/{api}", "kind": kind, **more})

    async def sent(self, kind: str) -> list[dict[str, Any]]:
        """Return the journal of one kind."""
        entries: list[dict[str, Any]] = await self.get("/sandbox/sent", kind=f"dingtalk.{kind}")
        return entries

    async def group_id(self, group: str = "work") -> str:
        """Return the openConversationId of a group."""
        return str((await self.state())["groups"][group])

    async def card(self, track: str = "t-1", space: str = "IM_ROBOT.u-zhang", **change: Any) -> Any:
        """Create and deliver a card; a field set to None is left out."""
        status, said = await self.call(
            "card/instances/createAndDeliver", card_body(track, space, **change)
        )
        return said if status == 200 else (status, said["code"])

    async def update(self, track: str = "t-1", **body: Any) -> tuple[int, Any]:
        """Update a card."""
        return await self.call("card/instances", {"outTrackId": track, **body}, "PUT")

    async def view(self, userid: str = "zhang") -> dict[str, str]:
        """Return the variables of the newest card on a phone, as its owner sees them."""
        cards = [one for one in await self.bubbles(userid) if one["kind"] == "card"]
        shown: dict[str, str] = cards[-1]["card"]["variables"]
        return shown


def card_body(track: str, space: str, **change: Any) -> dict[str, Any]:
    """Return the body of a card that everything is right with."""
    whole: dict[str, Any] = {
        "cardTemplateId": TEMPLATE,
        "outTrackId": track,
        "callbackType": "STREAM",
        "cardData": {"cardParamMap": {"title": "备案审核", "status": "pending"}},
        "openSpaceId": f"dtv1.card//{space}",
    }
    if "IM_ROBOT" in space:
        whole["imRobotOpenSpaceModel"] = {"supportForward": False}
        whole["imRobotOpenDeliverModel"] = {"spaceType": "IM_ROBOT", "robotCode": APP}
    if "IM_GROUP" in space:
        whole["imGroupOpenSpaceModel"] = {"supportForward": True}
        whole["imGroupOpenDeliverModel"] = {"robotCode": APP}
    return {name: one for name, one in {**whole, **change}.items() if one is not None}


async def eventually(true: Callable[[], Any]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110 - what is waited for has no bell
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def open_lab(rules: Rules) -> AsyncIterator[Lab]:
    """Start the sandbox; end it and the toy bot's streams afterwards."""
    clock = Clock(START, ticks=lambda: 0.0)
    world = World.from_dict(json.loads(json.dumps(CITY)))
    jar = aiohttp.CookieJar(unsafe=True)
    app = build_sandbox(world, clock, rules=rules, seed=1)
    client: TestClient[Any, Any] = TestClient(TestServer(app), cookie_jar=jar)
    await client.start_server()
    lab = Lab(client, clock)
    await lab.control("templates", **MANIFEST)
    try:
        yield lab
    finally:
        await client.close()
        for _, task in lab.lines:
            await task
