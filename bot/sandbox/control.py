"""The sandbox's own controls: stream of events, clock, faults, journal, console form."""

import asyncio
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiohttp import web

from bot.sandbox.box import Sandbox
from bot.sandbox.clock import Movable
from bot.sandbox.faults import Fault
from bot.sandbox.fingers import wish_of
from bot.sandbox.wecom.callback import Callbacks
from bot.sandbox.wecom.forge import FORGERIES, forge
from bot.sandbox.wecom.state import WeCom
from bot.sandbox.world import App


@dataclass(frozen=True, slots=True)
class Control:
    """The calls under ``/sandbox/`` that are nobody's phone."""

    box: Sandbox
    wecom: WeCom
    callbacks: Callbacks

    def add_to(self, app: web.Application) -> None:
        """Mount the calls."""
        app.add_routes(
            [
                web.get("/sandbox/media/{id}", self.media),
                web.get("/sandbox/events", self.events),
                web.post("/sandbox/story", self.story),
                web.get("/sandbox/clock", self.read_clock),
                web.post("/sandbox/clock", self.move_clock),
                web.get("/sandbox/clock/steps", self.steps),
                web.get("/sandbox/faults", self.list_faults),
                web.post("/sandbox/faults", self.add_fault),
                web.delete("/sandbox/faults", self.clear_faults),
                web.get("/sandbox/sent", self.sent),
                web.post("/sandbox/apps/{agent_id}/callback", self.callback_form),
                web.post("/sandbox/apps/{agent_id}/forge", self.forgery),
            ]
        )

    async def media(self, request: web.Request) -> web.Response:
        """Show a picture or file to the page; pictures inline, anything else as a download."""
        media = self.wecom.media.get(request.match_info["id"])
        if media is None:
            raise web.HTTPNotFound(text="there is no such file")
        inline = media.content_type in ("image/jpeg", "image/png")
        headers = {
            "Content-Type": media.content_type if inline else "application/octet-stream",
            "X-Content-Type-Options": "nosniff",
            "Content-Disposition": "inline" if inline else "attachment",
        }
        return web.Response(body=media.data, headers=headers)

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Stream what happens, from ``since`` or the browser's ``Last-Event-ID``, else from now."""
        hub = self.box.hub
        asked = request.headers.get("Last-Event-ID") or request.query.get("since", "")
        start = int(asked) if asked.isdigit() else hub.sequence
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        await response.write(b"retry: 1000\n\n")
        heart = asyncio.create_task(self._keep_alive(response))
        try:
            async for happening in hub.stream(start):
                await response.write(happening.frame())
        except ConnectionResetError:
            pass  # the page went away
        finally:
            heart.cancel()
        return response

    async def _keep_alive(self, response: web.StreamResponse) -> None:
        """Write a comment now and then, so that a page that went away is noticed."""
        while True:
            await asyncio.sleep(self.box.limits.keepalive_seconds)
            await response.write(b": still here\n\n")

    async def story(self, request: web.Request) -> web.Response:
        """Pass a story's progress on to every page."""
        self.box.story = dict(await wish_of(request))
        sequence = self.box.hub.publish("story", self.box.story)
        return web.json_response({"sequence": sequence})

    async def read_clock(self, _: web.Request) -> web.Response:
        """Tell the time."""
        return web.json_response({"now": self.box.now().isoformat()})

    async def steps(self, _: web.Request) -> web.Response:
        """Tell which moments the page offers to turn to."""
        return web.json_response(self.box.steps())

    async def move_clock(self, request: web.Request) -> web.Response:
        """Move the clock, if it is one that can be moved."""
        if not isinstance(self.box.clock, Movable):
            raise web.HTTPConflict(text="this clock cannot be moved from here")
        try:
            self.box.clock.move(datetime.fromisoformat(str((await wish_of(request)).get("now"))))
        except ValueError as error:
            raise web.HTTPBadRequest(text=str(error)) from None
        return web.json_response({"now": self.box.now().isoformat()})

    async def list_faults(self, _: web.Request) -> web.Response:
        """List the faults still waiting."""
        return web.json_response([fault.to_json() for fault in self.box.faults.waiting])

    async def add_fault(self, request: web.Request) -> web.Response:
        """Let something go wrong."""
        try:
            fault = Fault.from_json(await wish_of(request))
        except (ValueError, TypeError) as error:
            raise web.HTTPBadRequest(text=str(error)) from None
        self.box.faults.add(fault)
        return web.json_response(fault.to_json())

    async def clear_faults(self, _: web.Request) -> web.Response:
        """Let nothing go wrong any more."""
        self.box.faults.clear()
        return web.json_response([])

    async def sent(self, request: web.Request) -> web.Response:
        """List what was received and sent after ``since``, of one ``kind`` when it is named."""
        since = request.query.get("since", "0")
        if not since.isdigit():
            raise web.HTTPBadRequest(text="since is a sequence number")
        entries = self.box.journal.since(int(since), request.query.get("kind", ""))
        return web.json_response(entries, dumps=_dumps)

    async def callback_form(self, request: web.Request) -> web.Response:
        """Save the console's callback form, after the same GET check the console makes."""
        app = self._app(request)
        wish = await wish_of(request)
        before = (app.callback_url, app.token, app.encoding_aes_key)
        app.callback_url = str(wish.get("url", app.callback_url))
        app.token = str(wish.get("token", app.token))
        app.encoding_aes_key = str(wish.get("encoding_aes_key", app.encoding_aes_key))
        wrong = _form_fault(app) or await self.callbacks.verify(app)
        if wrong:
            app.callback_url, app.token, app.encoding_aes_key = before
        return web.json_response({"saved": not wrong, "reason": wrong})

    async def forgery(self, request: web.Request) -> web.Response:
        """Send the bot something that no platform sends; tell what it answered."""
        wish = await wish_of(request)
        kind = str(wish.get("kind", ""))
        if kind not in FORGERIES:
            raise web.HTTPBadRequest(text=f"kind must be one of {', '.join(FORGERIES)}")
        member = self.box.world.member(str(wish.get("userid", "")))
        if member is None:
            raise web.HTTPBadRequest(text="userid must name a member")
        answer = await forge(self.wecom, self.callbacks, self._app(request), member, kind)
        return web.json_response(answer)

    def _app(self, request: web.Request) -> App:
        number = request.match_info["agent_id"]
        app = self.box.world.app(int(number)) if number.isdigit() else None
        if app is None:
            raise web.HTTPNotFound(text="there is no such app")
        return app


def _form_fault(app: App) -> str:
    if not app.callback_url.startswith(("http://", "https://")):
        return "the address must be http or https"
    if not (1 <= len(app.token) <= 32 and app.token.isascii() and app.token.isalnum()):
        return "the token is 1 to 32 letters and digits"
    key = app.encoding_aes_key
    if not (len(key) == 43 and key.isascii() and key.isalnum()):
        return "the EncodingAESKey is 43 letters and digits"
    return ""


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
