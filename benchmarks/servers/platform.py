"""A platform that takes every call in a millisecond and notes when each redraw reached it.

``GET /arrivals`` gives response code → seconds of this machine's monotonic clock, and forgets them.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
import time

from aiohttp import web

ANSWERS_AFTER_SECONDS = 0.001


class Platform:
    """The four calls that the bot makes, and what came."""

    def __init__(self) -> None:
        self._arrivals: dict[str, float] = {}
        self._numbers = itertools.count(1)

    def app(self) -> web.Application:
        """Return the application."""
        app = web.Application()
        app.add_routes(
            [
                web.get("/cgi-bin/gettoken", self._token),
                web.post("/cgi-bin/message/send", self._send),
                web.post("/cgi-bin/message/update_template_card", self._update),
                web.get("/arrivals", self._report),
            ]
        )
        return app

    async def _token(self, _request: web.Request) -> web.Response:
        return web.json_response({"errcode": 0, "access_token": "t" * 64, "expires_in": 7200})

    async def _send(self, request: web.Request) -> web.Response:
        await request.read()
        await asyncio.sleep(ANSWERS_AFTER_SECONDS)
        number = next(self._numbers)
        return web.json_response(
            {"errcode": 0, "errmsg": "ok", "msgid": f"m{number}", "response_code": f"fresh{number}"}
        )

    async def _update(self, request: web.Request) -> web.Response:
        arrived = time.perf_counter()
        body = await request.json()
        self._arrivals.setdefault(body["response_code"], arrived)
        await asyncio.sleep(ANSWERS_AFTER_SECONDS)
        return web.json_response({"errcode": 0, "errmsg": "ok"})

    async def _report(self, _request: web.Request) -> web.Response:
        arrivals, self._arrivals = self._arrivals, {}
        return web.json_response(arrivals)


if __name__ == "__main__":
    web.run_app(
        Platform().app(), host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None
    )
