"""A DingTalk that pushes at a fixed rate and times the acknowledgements: ``gateway.py PORT``.

``POST /push {"per_second", "frames": [[message id, frame], …]}`` answers with the milliseconds from
when each frame was due until it was acknowledged, and with the processor time all that took here.
``POST /cut`` cuts the line and answers with the seconds until the next one is open.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Sequence

from aiohttp import WSMsgType, web

ANSWERS_AFTER_SECONDS = 0.001
PATIENCE_SECONDS = 30.0


class Line:
    """One open line: when each frame was due, and how long its acknowledgement took."""

    def __init__(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        self.request = request
        self.socket = socket
        self.due: dict[str, float] = {}
        self.took_ms: list[float] = []
        self.news = asyncio.Event()

    async def read(self) -> None:
        """Take acknowledgements until the line ends."""
        async for message in self.socket:
            if message.type is not WSMsgType.TEXT:
                continue
            now, ack = time.perf_counter(), json.loads(message.data)
            due = self.due.pop(ack["headers"]["messageId"], None)
            if due is None or ack["code"] != 200:
                raise AssertionError(f"acknowledged {message.data}")
            self.took_ms.append((now - due) * 1000)
            if not self.due:
                self.news.set()


class Gateway:
    """The calls that the bot makes, the line it holds, and what the benchmark asks for."""

    def __init__(self) -> None:
        self._lines: list[Line] = []
        self._opened = asyncio.Event()

    def app(self) -> web.Application:
        """Return the application."""
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.add_routes(
            [
                web.post("/v1.0/oauth2/accessToken", self._token),
                web.post("/v1.0/gateway/connections/open", self._open),
                web.post("/v1.0/robot/oToMessages/batchSend", self._send),
                web.get("/connect", self._connect),
                web.post("/push", self._push),
                web.post("/cut", self._cut),
            ]
        )
        return app

    async def _token(self, _request: web.Request) -> web.Response:
        return web.json_response({"accessToken": "t" * 32, "expireIn": 7200})

    async def _open(self, request: web.Request) -> web.Response:
        await request.read()
        return web.json_response({"endpoint": f"ws://{request.host}/connect", "ticket": "t"})

    async def _send(self, request: web.Request) -> web.Response:
        await request.read()
        await asyncio.sleep(ANSWERS_AFTER_SECONDS)
        return web.json_response({"processQueryKey": "k"})

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        line = Line(request, socket)
        self._lines.append(line)
        self._opened.set()
        try:
            await line.read()
        finally:
            self._lines.remove(line)
        return socket

    async def _line(self) -> Line:
        """Return the line that was opened first; a spare one may stand beside it."""
        while not self._lines:
            self._opened.clear()
            await self._opened.wait()
        return self._lines[0]

    async def _push(self, request: web.Request) -> web.Response:
        wish = await request.json()
        frames: Sequence[tuple[str, str]] = wish["frames"]
        line = await self._line()
        line.took_ms.clear()
        line.news.clear()
        used, began = time.process_time(), time.perf_counter() + 0.05
        for at, (name, frame) in enumerate(frames):
            due = began + at / wish["per_second"]
            if (left := due - time.perf_counter()) > 0:
                await asyncio.sleep(left)
            line.due[name] = due
            await line.socket.send_str(frame)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while line.due:
                line.news.clear()
                await line.news.wait()
        spent = time.process_time() - used
        return web.json_response({"took_ms": line.took_ms, "cpu_us": spent / len(frames) * 1e6})

    async def _cut(self, _request: web.Request) -> web.Response:
        line = await self._line()
        self._opened.clear()
        began = time.perf_counter()
        assert line.request.transport is not None
        line.request.transport.abort()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._opened.wait()
        return web.json_response({"seconds": time.perf_counter() - began})


if __name__ == "__main__":
    web.run_app(
        Gateway().app(), host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None
    )
