"""The emulated DingTalk, the channel in front of it, and a server that answers oddly."""

from __future__ import annotations

import inspect
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.channels.base import Parcel
from bot.channels.dingtalk import DingTalkChannel
from bot.sandbox.dingtalk.rules import Rules
from cards.language import Button, Card, Fact, Tap
from cards.render.dingtalk import REVIEW
from tests.sandbox_dingtalk.lab import APP, CORP, SECRET, Lab, open_lab

REVIEW_ID = "5d1e-review.schema"
ZHANG = "u-zhang"
BATCH = "v1.0/robot/oToMessages/batchSend"
GROUP = "v1.0/robot/groupMessages/send"
CARD = "v1.0/card/instances/createAndDeliver"
DELIVER = "v1.0/card/instances/deliver"
UPDATE = "v1.0/card/instances"
TOKEN = "v1.0/oauth2/accessToken"
CARD_OF_REVIEW = Card(
    title="智慧作业 待审核",
    case="26-0302-0187",
    facts=(Fact("学校", "市实验小学"),),
    buttons=(Button("通过", Tap("review.approve", "7", 1)),),
    subject="task:7",
)


@dataclass(slots=True)
class MemoryTokens:
    """A token store as several processes would share it."""

    kept: dict[str, tuple[str, datetime]] = field(default_factory=dict)

    async def load(self, key: str) -> tuple[str, datetime] | None:
        return self.kept.get(key)

    async def save(self, key: str, token: str, expires_at: datetime) -> None:
        self.kept[key] = (token, expires_at)


@dataclass(frozen=True, slots=True)
class Settings:
    """The section ``[dingtalk]`` as the channel reads it."""

    api_base: str
    oapi_base: str
    login_base: str = "https://login.dingtalk.com"
    mode: str = "stream"
    corp_id: str = CORP
    client_id: str = APP
    client_secret: str = SECRET
    robot_code: str = APP
    card_template_review: str = REVIEW_ID
    card_template_form: str = ""
    card_route_key: str = ""
    card_callback_secret: str = ""


@dataclass(slots=True, eq=False)
class Office:
    """The bureau: its channel, and the platform it talks to."""

    lab: Lab
    channel: DingTalkChannel
    settings: Settings
    tokens: MemoryTokens
    counted: list[str]

    def made(self, *, public_url: str = "", **change: Any) -> DingTalkChannel:
        """Return a channel of this installation that is not started."""
        settings = replace(self.settings, **change)
        return DingTalkChannel(
            settings, installation="inst", tokens=self.tokens, now=self.lab.clock.now,
            count=self.counted.append, total_seconds=2.0, public_url=public_url,
        )  # fmt: skip

    @asynccontextmanager
    async def another(self, **change: Any) -> AsyncIterator[DingTalkChannel]:
        """Run the channel of another process of this installation."""
        channel = self.made(**change)
        await channel.start()
        yield channel
        await channel.stop()

    async def calls(self, name: str = "") -> list[dict[str, Any]]:
        """Return what was asked of the platform: method, path, body, status."""
        return [one for one in await self.lab.sent("api") if one["api"].endswith(name)]

    async def texts(self, userid: str = "zhang") -> list[str]:
        """Return the texts on a phone."""
        bubbles = await self.lab.bubbles(userid)
        return [one["text"] for one in bubbles if one["kind"] == "text"]

    async def cards(self, userid: str = "zhang") -> list[dict[str, Any]]:
        """Return the cards on a phone."""
        return [one["card"] for one in await self.lab.bubbles(userid) if one["kind"] == "card"]


async def login_code(office: Office, who: str) -> str:
    """Return the code with which the login page sends somebody's browser back."""
    query = {
        "redirect_uri": "https://bot.example/m/back", "response_type": "code", "client_id": APP,
        "scope": "openid corpid", "state": "s", "prompt": "consent", "as": who,
    }  # fmt: skip
    path = "/dingtalk-login/oauth2/auth"
    async with office.lab.client.get(path, params=query, allow_redirects=False) as response:
        return str(response.headers["Location"]).partition("code=")[2].partition("&")[0]


def text(words: str = "备案已受理。", *, number: str = "1", **more: Any) -> Parcel:
    """Return a text for Zhang San."""
    return Parcel(**{"id": number, "address": ZHANG, "text": words, **more})


def card(card: Card = CARD_OF_REVIEW, *, number: str = "1", **more: Any) -> Parcel:
    """Return a card for Zhang San."""
    return Parcel(**{"id": number, "address": ZHANG, "card": card, **more})


def post(address: str, words: str = "备案公告", *, number: str = "1", **more: Any) -> Parcel:
    """Return a text for a group."""
    return Parcel(**{"id": number, "address": address, "text": words, "to_group": True, **more})


def misspelt(model: type[Any], body: dict[str, Any]) -> list[str]:
    """Return what the official model class would not send as it is, or misses.

    The classes check nothing themselves: names that they do not know vanish, what is required
    stands in a comment only, and types in the signature.
    """
    written = model().from_map(body).to_map()
    faults = [f"unknown {one}" for one in sorted(_paths(body) - _paths(written))]
    source = inspect.getsource(model.__init__)
    required = re.findall(r"# This parameter is required\.\s+self\.(\w+)", source)
    made = model().from_map(body)
    faults += [f"missing {name}" for name in required if getattr(made, name) is None]
    kinds = {"str": str, "int": int, "bool": bool, "List[str]": list, "Dict[str, str]": dict}
    for name, parameter in inspect.signature(model.__init__).parameters.items():
        written_as = str(parameter.annotation).replace("typing.", "")
        kind = parameter.annotation if parameter.annotation in (str, int, bool) else None
        kind = kind or kinds.get(written_as)
        value = getattr(made, name, None)
        if kind is not None and value is not None and not isinstance(value, kind):
            faults.append(f"{name} is no {kind.__name__}")
        if kind is dict and not all(isinstance(one, str) for one in (value or {}).values()):
            faults.append(f"{name} holds more than strings")
    return faults


def _paths(value: Any, at: str = "") -> set[str]:
    if not isinstance(value, dict):
        return set()
    return {
        path
        for name, one in value.items()
        for path in ({f"{at}.{name}"} | _paths(one, f"{at}.{name}"))
    }


@pytest_asyncio.fixture
async def office() -> AsyncIterator[Office]:
    """A channel in front of a small DingTalk whose clock stands still."""
    async with open_lab(Rules()) as lab:
        await lab.control("templates", **REVIEW.to_json(REVIEW_ID))
        settings = Settings(f"{lab.origin}/dingtalk-api", f"{lab.origin}/dingtalk-oapi")
        one = Office(lab, None, settings, MemoryTokens(), [])  # type: ignore[arg-type]
        one.channel = one.made()
        await one.channel.start()
        yield one
        await one.channel.stop()


@dataclass(slots=True, eq=False)
class Odd:
    """A server that gives a token and answers everything else as it is told."""

    answers: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    lines: set[object] = field(default_factory=set)
    token: dict[str, Any] = field(
        default_factory=lambda: {"accessToken": "t-odd", "expireIn": 7200}
    )
    base: str = ""

    def says(self, **answer: Any) -> None:
        """Set every answer: the arguments of ``web.Response``, or ``json`` and ``status``."""
        self.answers = [answer]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Give the next answer; the last one again and again."""
        if request.path.endswith("accessToken"):
            return web.json_response(self.token)
        self.asked.append(request.path)
        assert request.transport is not None
        self.lines.add(request.transport.get_extra_info("peername"))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if "json" in answer:
            return web.json_response(answer["json"], status=answer.get("status", 200))
        return web.Response(**answer)


@asynccontextmanager
async def odd_server() -> AsyncIterator[Odd]:
    """Run it."""
    odd = Odd()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", odd.handle)
    server = TestServer(app)
    await server.start_server()
    odd.base = str(server.make_url("")).rstrip("/")
    yield odd
    await server.close()


@pytest_asyncio.fixture
async def odd(office: Office) -> AsyncIterator[tuple[Odd, DingTalkChannel]]:
    """The odd server, and a channel that takes it for DingTalk."""
    async with odd_server() as server:
        channel = DingTalkChannel(
            Settings(server.base, server.base), installation="inst", tokens=MemoryTokens(),
            now=office.lab.clock.now, count=office.counted.append, total_seconds=1.0,
        )  # fmt: skip
        await channel.start()
        yield server, channel
        await channel.stop()
