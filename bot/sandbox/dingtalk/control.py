"""What a test or the demo sets and reads of DingTalk, under ``/sandbox/dingtalk``.

``GET`` tells the state. ``POST`` to
``rules {name: value}`` · ``quotas {"corp_id"?, "calls"?, "units"?}`` what the month has used up ·
``templates {id, published, variables}`` or ``{"templates": […]}`` ·
``apps {"client_id", "mode"?, "callback_url"?, "published"?, "stopped"?}`` ·
``groups {"id", "gone"}`` dissolves a group, ``groups {"id", "title"}`` gives it another name; the
robots in it are told by an event · ``tokens {}`` ends the life of every token ·
``events {"type", "data", "client_id"?}`` ·
``stream {"do", "connection"?, "client_id"?}`` does something to open streams at once ·
``push {"topic", "data", "client_id"?}`` sends a callback frame with any object or string in it ·
``forge {"kind", "route"?, "client_id"?}`` posts what no platform sends to the HTTP callback, or
to a card's route.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web

from bot.sandbox.dingtalk import names
from bot.sandbox.dingtalk.forge import FORGERIES, forge
from bot.sandbox.dingtalk.frames import ROBOT_TOPIC
from bot.sandbox.dingtalk.inbound import Inbound
from bot.sandbox.dingtalk.state import DingTalk
from bot.sandbox.dingtalk.stream import DEEDS, Push, Stream
from bot.sandbox.dingtalk.templates import Template
from bot.sandbox.fingers import wish_of
from bot.sandbox.world import DingApp, Group

ROOT = "/sandbox/dingtalk"
_APP_FIELDS: Mapping[str, type] = {
    "mode": str,
    "callback_url": str,
    "published": bool,
    "stopped": bool,
}


@dataclass(frozen=True, slots=True)
class Control:
    """The calls that are nobody's phone."""

    ding: DingTalk
    stream: Stream
    inbound: Inbound

    def routes(self) -> list[web.RouteDef]:
        """Return the calls."""
        return [
            web.get(ROOT, self.state),
            web.post(f"{ROOT}/rules", self.rules),
            web.post(f"{ROOT}/quotas", self.quotas),
            web.post(f"{ROOT}/templates", self.templates),
            web.post(f"{ROOT}/events", self.events),
            web.post(f"{ROOT}/stream", self.streams),
            web.post(f"{ROOT}/apps", self.apps),
            web.post(f"{ROOT}/groups", self.groups),
            web.post(f"{ROOT}/tokens", self.tokens),
            web.post(f"{ROOT}/push", self.push),
            web.post(f"{ROOT}/forge", self.forgery),
        ]

    async def state(self, _: web.Request) -> web.Response:
        """Tell everything a test asserts on."""
        ding = self.ding
        connections = [
            {
                "id": one.id,
                "client_id": one.ticket.app.client_id,
                "topics": sorted(" ".join(pair) for pair in one.ticket.topics),
                "leaving": one.leaving,
                "silent": one.silent,
            }
            for one in self.stream.connections
        ]
        groups = [one for one in ding.box.world.groups if one.platform == "dingtalk"]
        return web.json_response(
            {
                "connections": connections,
                "tokens_asked": dict(ding.tokens.asked),
                "quotas": ding.quotas.to_json(),
                "violations": ding.box.journal.since(kind="dingtalk.violation"),
                "templates": sorted(ding.templates),
                "groups": {one.id: names.group_id(one) for one in groups},
                "rules": ding.rules.to_json(),
            }
        )

    async def rules(self, request: web.Request) -> web.Response:
        """Change rules."""
        self._try(self.ding.rules.change, await wish_of(request))
        return web.json_response(self.ding.rules.to_json())

    async def quotas(self, request: web.Request) -> web.Response:
        """Set what this month has used up."""
        wish = await wish_of(request)
        if not all(isinstance(wish.get(name, 0), int) for name in ("calls", "units")):
            raise web.HTTPBadRequest(text="calls and units are numbers")
        corps = [one.corp_id for one in self.ding.box.world.ding_apps]
        for name in [wish["corp_id"]] if "corp_id" in wish else dict.fromkeys(corps):
            self.ding.quotas.use(str(name), wish.get("calls"), wish.get("units"))
        return web.json_response(self.ding.quotas.to_json())

    async def templates(self, request: web.Request) -> web.Response:
        """Register templates by their manifests; one that is known is replaced."""
        wish = await wish_of(request)
        for row in wish.get("templates", [wish]):
            self._try(self._register, row)
        return web.json_response({"templates": sorted(self.ding.templates)})

    async def events(self, request: web.Request) -> web.Response:
        """Push an event."""
        wish = await wish_of(request)
        kind = str(wish.get("type", "chat_update_title"))
        outcome = await self.inbound.event(self._app(wish), kind, wish.get("data") or {})
        return web.json_response(outcome.to_json())

    async def streams(self, request: web.Request) -> web.Response:
        """Do something to one open stream, or to all of an app, at once."""
        wish = await wish_of(request)
        deed = str(wish.get("do", ""))
        if deed not in DEEDS:
            raise web.HTTPBadRequest(text=f"do must be one of {', '.join(sorted(DEEDS))}")
        app = self._app(wish)
        chosen = [
            one
            for one in self.stream.connections
            if one.ticket.app is app and wish.get("connection") in (None, one.id)
        ]
        for connection in chosen:
            await self.stream.do(connection, deed)
        return web.json_response({"connections": [one.id for one in chosen]})

    async def apps(self, request: web.Request) -> web.Response:
        """Change an app in the console."""
        wish = await wish_of(request)
        app = self._app(wish)
        for name, kind in _APP_FIELDS.items():
            if name in wish and not isinstance(wish[name], kind):
                raise web.HTTPBadRequest(text=f"{name} is a {kind.__name__}")
            if name in wish:
                setattr(app, name, wish[name])
        return web.json_response({name: getattr(app, name) for name in _APP_FIELDS})

    async def groups(self, request: web.Request) -> web.Response:
        """Dissolve a group, let it be again, or give it another name; tell the robots in it."""
        wish = await wish_of(request)
        groups, name = self.ding.box.world.groups, str(wish.get("id"))
        at = next((at for at, one in enumerate(groups) if one.id == name), None)
        told = []
        if "title" in wish and at is not None:
            groups[at] = replace(groups[at], name=str(wish["title"]))
            told = await self._tell(groups[at], "chat_update_title", title=groups[at].name)
        elif wish.get("gone", True):
            self.ding.gone.add(name)
            told = [] if at is None else await self._tell(groups[at], "chat_disband")
        else:
            self.ding.gone.discard(name)
        return web.json_response({"gone": sorted(self.ding.gone), "told": told})

    async def _tell(self, group: Group, kind: str, **more: str) -> list[dict[str, Any]]:
        """Push what became of a group to the apps whose robots are in it."""
        owner = self.ding.box.world.member(group.members[0]) if group.members else None
        data = {
            "openConversationId": names.group_id(group),
            "chatId": f"chat{group.id}",
            "operator": "" if owner is None else owner.dingtalk,
            "operatorUnionId": "" if owner is None else names.union_id(owner),
            "timeStamp": self.ding.ms(),
            **more,
        }
        apps = [one for one in self.ding.box.world.ding_apps if one.robot_code in group.robots]
        return [(await self.inbound.event(app, kind, data)).to_json() for app in apps]

    async def tokens(self, _: web.Request) -> web.Response:
        """End the life of every token."""
        self.ding.tokens.expire()
        return web.json_response({})

    async def push(self, request: web.Request) -> web.Response:
        """Send a frame of one's own making and tell how it was acknowledged."""
        wish = await wish_of(request)
        data = wish.get("data", {})
        if not isinstance(data, dict | str):
            raise web.HTTPBadRequest(text="data is an object or a string")
        push = Push(self._app(wish), "CALLBACK", str(wish.get("topic", ROBOT_TOPIC)), data)
        delivered = await self.stream.push(push)
        ack = await push.wait(self.ding.rules.ack_wait_seconds) if delivered else None
        told = None if ack is None else {"code": ack.code, "data": ack.data}
        return web.json_response({"delivered": delivered, "ack": told})

    async def forgery(self, request: web.Request) -> web.Response:
        """Post a forgery and tell what the bot answered."""
        wish = await wish_of(request)
        kind = str(wish.get("kind", ""))
        if kind not in FORGERIES:
            raise web.HTTPBadRequest(text=f"kind must be one of {', '.join(FORGERIES)}")
        app, route = self._app(wish), str(wish.get("route", ""))
        said = await forge(self.ding, self.inbound.outside, app, kind, route)
        return web.json_response(said)

    def _register(self, row: Mapping[str, Any]) -> None:
        template = Template.from_json(row)
        self.ding.templates[template.id] = template

    def _app(self, wish: Mapping[str, Any]) -> DingApp:
        for app in self.ding.box.world.ding_apps:
            if wish.get("client_id") in (None, app.client_id):
                return app
        raise web.HTTPNotFound(text="there is no such app")

    def _try(self, act: Callable[[Mapping[str, Any]], None], wish: Mapping[str, Any]) -> None:
        try:
            act(wish)
        except (ValueError, TypeError, AttributeError) as error:
            raise web.HTTPBadRequest(text=str(error)) from None
