"""What DingTalk remembers: sessions, sends, files, cards, tickets; and who runs it all."""

import asyncio
import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from bot.sandbox.box import Sandbox
from bot.sandbox.chats import Bubble
from bot.sandbox.dingtalk.alarms import Alarms
from bot.sandbox.dingtalk.answers import RefusalError
from bot.sandbox.dingtalk.instances import Instance
from bot.sandbox.dingtalk.quotas import Quotas
from bot.sandbox.dingtalk.rules import Rules
from bot.sandbox.dingtalk.screens import Screens
from bot.sandbox.dingtalk.templates import Template
from bot.sandbox.dingtalk.tokens import Tokens
from bot.sandbox.faults import Fault
from bot.sandbox.pace import Pace
from bot.sandbox.world import DingApp, Group, Member

API_ROOT = "/dingtalk-api"
OAPI_ROOT = "/dingtalk-oapi"
LOGIN_ROOT = "/dingtalk-login"
FAULT_PREFIX = "dingtalk/"


@dataclass(frozen=True, slots=True)
class Session:
    """Where a ``sessionWebhook`` leads, and until when."""

    app: DingApp
    until: datetime
    member: Member
    group: Group | None


@dataclass(slots=True, eq=False)
class Sent:
    """One message a robot sent through the API, for recall and read status."""

    key: str
    app: DingApp
    at: datetime
    bubbles: list[tuple[Member | None, Bubble]]
    group: Group | None = None
    recalled: bool = False


@dataclass(frozen=True, slots=True)
class File:
    """A file that was uploaded by an app or sent by a person."""

    id: str
    corp_id: str
    kind: str
    name: str
    content_type: str
    data: bytes

    def shown(self) -> dict[str, Any]:
        """Return the file as pages read it."""
        return {
            "url": f"/sandbox/dingtalk/files/{self.id}",
            "name": self.name,
            "type": self.content_type,
            "size": len(self.data),
        }


@dataclass(slots=True, eq=False)
class Ticket:
    """A right to open one stream, once, for ninety seconds."""

    app: DingApp
    topics: frozenset[tuple[str, str]]
    until: datetime
    half_open: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """Where HTTP card callbacks of a route key go, and what signs them."""

    url: str
    secret: str
    app: DingApp


@dataclass(slots=True, eq=False)
class DingTalk:
    """The platform's memory; everything in it is gone when the process ends."""

    box: Sandbox
    rules: Rules = field(default_factory=Rules)
    alarms: Alarms = field(init=False)
    tokens: Tokens = field(init=False)
    quotas: Quotas = field(init=False)
    screens: Screens = field(init=False)
    pace: Pace = field(default_factory=Pace)
    ending: asyncio.Event = field(default_factory=asyncio.Event)
    origin: str = ""
    sessions: dict[str, Session] = field(default_factory=dict)
    sent: dict[str, Sent] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    download_codes: dict[str, tuple[DingApp, File, datetime]] = field(default_factory=dict)
    download_urls: dict[str, tuple[File, datetime]] = field(default_factory=dict)
    tickets: dict[str, Ticket] = field(default_factory=dict)
    templates: dict[str, Template] = field(default_factory=dict)
    cards: dict[str, Instance] = field(default_factory=dict)
    routes: dict[str, Route] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    blocked: dict[str, datetime] = field(default_factory=dict)
    uuids: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.alarms = Alarms(self.box.clock)
        self.tokens = Tokens(self.box, self.rules)
        self.quotas = Quotas(self.box, self.rules)
        self.screens = Screens(self.box)

    def later(self, seconds: float) -> datetime:
        """Return the instant ``seconds`` from now."""
        return self.box.now() + timedelta(seconds=seconds)

    def ms(self, at: datetime | None = None) -> int:
        """Return an instant, now when none is given, as DingTalk writes it."""
        return int((at or self.box.now()).timestamp() * 1000)

    def key(self, length: int = 42) -> str:
        """Return a fresh name that holds ``+``, ``/`` and ends in ``=``: it must be quoted."""
        word = self.box.token(length)
        return f"{word[: length // 2]}+/{word[length // 2 :]}="

    def met(self, request: web.Request) -> None:
        """Remember under which address the bot knows this platform: it trusts no other."""
        self.origin = f"{request.scheme}://{request.host}"

    def note(self, kind: str, **what: Any) -> int:
        """Add an entry to the journal."""
        return self.box.journal.note(f"dingtalk.{kind}", **what)

    def violation(self, what: str, **more: Any) -> None:
        """Note what the real platform would punish without a word."""
        self.note("violation", what=what, **more)

    def fault(self, api: str) -> Fault | None:
        """Return the fault for this call or delivery, if one waits."""
        fault = self.box.faults.take(FAULT_PREFIX + api, anything=f"{FAULT_PREFIX}*")
        if fault is not None:
            self.note("fault", api=api, fault=fault.kind)
        return fault

    async def linger(self, seconds: float) -> None:
        """Let a caller wait in real time, but not beyond the end of the sandbox."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.ending.wait(), seconds)

    def robot(self, app: DingApp, code: object) -> None:
        """Check that ``code`` is the app's own robot and that it works.

        Raises:
            RefusalError: MissingrobotCode, robotCode.notExsit (sic), robotCode.auth, bot.stopped.
        """
        if not code:
            raise RefusalError("MissingrobotCode", "robotCode is mandatory for this action.")
        if code != app.robot_code:
            known = any(one.robot_code == code for one in self.box.world.ding_apps)
            name = "auth" if known else "notExsit"
            raise RefusalError(f"invalidParameter.robotCode.{name}")
        if app.stopped:
            raise RefusalError("bot.stopped")

    def keep(self, corp_id: str, kind: str, name: str, content_type: str, data: bytes) -> File:
        """Store a file for good."""
        file = File("@lAD" + self.box.token(24), corp_id, kind, name, content_type, data)
        self.files[file.id] = file
        return file

    def download_code(self, app: DingApp, file: File) -> str:
        """Return a code by which this app's robot, and no other, may fetch a file."""
        code = self.key()
        until = self.later(self.rules.download_code_seconds)
        self.download_codes[code] = (app, file, until)
        return code

    def safe(self, text: str) -> None:
        """Let the content check read a text.

        Raises:
            RefusalError: contain.notAllowed.text.
        """
        if any(word in text for word in self.rules.unsafe_words):
            raise RefusalError("contain.notAllowed.text")


def public(data: Mapping[str, Any] | str) -> Mapping[str, Any] | str:
    """Return what the journal keeps of a message: not the address that answers it."""
    if isinstance(data, str):
        return data[:2000]
    return {name: value for name, value in data.items() if name != "sessionWebhook"}


def as_text(value: Mapping[str, Any]) -> str:
    """Return an object as the JSON string that frames and bodies hold."""
    return json.dumps(value, ensure_ascii=False)
