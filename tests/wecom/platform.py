"""A small WeCom over real HTTP that can be told to misbehave."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.channels.base import Answer
from handlers.events import Event

NOW = datetime(2026, 3, 12, 2, 0, tzinfo=UTC)

Misbehaviour = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class Clock:
    """A clock that is moved by hand."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at

    def pass_by(self, **span: float) -> None:
        self.at += timedelta(**span)


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
    """The section ``[wecom]`` as the channel reads it."""

    api_base: str
    corp_id: str = "wx5823bf96d3bd56c7"
    agent_id: int = 218
    secret: str = "canary-secret"
    token: str = "QDG6eK"
    encoding_aes_key: str = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
    oauth_base: str = "https://open.weixin.qq.com"
    ca_file: str = ""


@dataclass(slots=True)
class CountingDispatcher:
    """Stands where the ledger would: remembers events and gives one answer."""

    answer: Answer | None = None
    error: Exception | None = None
    events: list[Event] = field(default_factory=list)
    written: list[Answer] = field(default_factory=list)

    async def handle(self, event: Event) -> Answer | None:
        if self.error is not None:
            raise self.error
        self.events.append(event)
        return self.answer

    def carried(self, answer: Answer) -> None:
        self.written.append(answer)


class Platform:
    """Answers as the documents say; ``next`` holds one-time answers by call name.

    ``delivered`` is what people would see: each message once that was accepted and is no repeat.
    """

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, str], Any]] = []
        self.next: dict[str, deque[dict[str, Any] | Misbehaviour]] = defaultdict(deque)
        self.delivered: list[dict[str, Any]] = []
        self.redrawn: list[dict[str, Any]] = []
        self.robots: list[tuple[str, dict[str, Any]]] = []
        self.media: dict[str, tuple[dict[str, str], bytes]] = {}
        self.codes = {"code-1"}
        self.token = "canary-token-0"
        self.tokens_given = 0
        self.base = ""
        self.release = asyncio.Event()
        self.dripping = asyncio.Event()
        self._seen: set[str] = set()
        self._tasks: set[str] = set()
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/cgi-bin/{name:.+}", self._answer)
        self._server = TestServer(app)

    async def start(self) -> str:
        await self._server.start_server()
        return str(self._server.make_url("")).rstrip("/")

    async def stop(self) -> None:
        self.release.set()
        await self._server.close()

    def named(self, name: str) -> list[tuple[dict[str, str], Any]]:
        return [(query, body) for called, query, body in self.calls if called == name]

    def expire_token(self) -> None:
        self.token = "gone"

    async def hang(self, request: web.Request) -> web.StreamResponse:
        """Accept, then never answer."""
        await self._take(request)
        await self.release.wait()
        return web.Response()

    async def drip(self, request: web.Request) -> web.StreamResponse:
        """Accept, then answer byte by byte for ever."""
        await self._take(request)
        response = web.StreamResponse()
        await response.prepare(request)
        self.dripping.set()
        try:
            while not self.release.is_set():
                await response.write(b" ")
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.release.wait(), 0.02)
        except ConnectionError:
            pass  # The caller had enough.
        return response

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        waiting = self.next[request.match_info["name"]]
        if waiting:
            told = waiting.popleft()
            if not isinstance(told, dict):
                return await told(request)
            await self._note(request)
            return web.json_response(told)
        return await self._take(request)

    async def _note(self, request: web.Request) -> Any:
        raw = await request.read()
        body: Any = raw
        if request.content_type == "application/json":
            body = json.loads(raw)
        self.calls.append((request.match_info["name"], dict(request.query), body))
        return body

    async def _take(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        body = await self._note(request)
        if name == "gettoken":
            self.tokens_given += 1
            self.token = f"canary-token-{self.tokens_given}"
            return web.json_response({"errcode": 0, "access_token": self.token, "expires_in": 7200})
        if name == "webhook/send":
            self.robots.append((request.query["key"], body))
            return web.json_response({"errcode": 0})
        if request.query.get("access_token") != self.token:
            return web.json_response({"errcode": 42001, "errmsg": "access_token expired"})
        if name == "media/get":
            return self._file(request)
        return web.json_response(self._act(name, body))

    def _act(self, name: str, body: Any) -> dict[str, Any]:
        if name == "message/send":
            return self._send(body)
        if name == "message/update_template_card":
            if body["response_code"] not in self.codes:
                return {"errcode": 60140}
            self.codes.discard(body["response_code"])
            self.redrawn.append(body)
            return {"errcode": 0, "invaliduser": []}
        if name == "media/upload":
            return {"errcode": 0, "type": "file", "media_id": "m-9"}
        if name == "user/get":
            return {"errcode": 0, "userid": "chen", "name": "陈晓"}
        return {"errcode": 0}

    def _send(self, body: dict[str, Any]) -> dict[str, Any]:
        same = json.dumps(body, sort_keys=True)
        if body.get("enable_duplicate_check") == 1 and same in self._seen:
            return {"errcode": 0, "invaliduser": ""}
        task = body.get("template_card", {}).get("task_id")
        if task in self._tasks:
            return {"errcode": 42014}
        self._seen.add(same)
        if task:
            self._tasks.add(task)
        self.delivered.append(body)
        return {"errcode": 0, "invaliduser": "", "msgid": "m1", "response_code": f"S-{task}"}

    def _file(self, request: web.Request) -> web.Response:
        found = self.media.get(request.query["media_id"])
        if found is None:
            return web.json_response({"errcode": 40007, "errmsg": "invalid media_id"})
        headers, content = found
        span = request.headers.get("Range")
        if span is None and len(content) > 20 * 1024 * 1024:
            return web.json_response({"errcode": 830002})
        if span is None:
            return web.Response(body=content, headers=headers)
        first, last = (int(one) for one in span.removeprefix("bytes=").split("-"))
        last = min(last, len(content) - 1)
        spread = {"Content-Range": f"bytes {first}-{last}/{len(content)}"}
        return web.Response(
            status=206, body=content[first : last + 1], headers={**headers, **spread}
        )
