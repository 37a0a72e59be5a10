"""The API under ``/cgi-bin/``: token, faults, quotas and the table of calls."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.sandbox.faults import Fault
from bot.sandbox.pace import MINUTE
from bot.sandbox.wecom import appchat, contacts, media, menu, messages, updates, webhook
from bot.sandbox.wecom.answers import WRONG_JSON, RefusalError, ok
from bot.sandbox.wecom.kf import Desk
from bot.sandbox.wecom.oauth import OAuth
from bot.sandbox.wecom.state import WeCom
from bot.sandbox.world import App

Answer = dict[str, Any] | web.Response


@dataclass(frozen=True, slots=True)
class Call:
    """One call whose token was checked; ``app`` is None where none is needed."""

    wecom: WeCom
    owner: App | None
    body: Mapping[str, Any]
    request: web.Request

    @property
    def app(self) -> App:
        """The app whose token was given."""
        assert self.owner is not None
        return self.owner

    @property
    def query(self) -> Mapping[str, str]:
        """The parameters of the address."""
        return self.request.query


@dataclass(frozen=True, slots=True)
class Route:
    """How one call is made: method, token or not, JSON or a multipart body of its own."""

    method: str
    act: Callable[[Call], Answer | Awaitable[Answer]]
    token: bool = True
    json: bool = True


@dataclass(slots=True, eq=False)
class Api:
    """Answer calls the way the platform does: HTTP 200 and a code."""

    wecom: WeCom
    oauth: OAuth
    desk: Desk
    routes: dict[str, Route] = field(init=False)

    def __post_init__(self) -> None:
        self.routes = _routes(self.oauth, self.desk)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one request under ``/cgi-bin/``."""
        name = request.match_info["call"]
        route = self.routes.get(name)
        if route is None:
            raise web.HTTPNotFound(text=f"{name} is not part of this sandbox")
        box = self.wecom.box
        fault = box.faults.take(name)
        if fault is not None:
            box.journal.note("fault", api=name, fault=fault.kind)
        if fault is not None and fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        if fault is not None and fault.kind == "http500":
            return web.Response(status=500, text="Internal Server Error")
        if fault is not None and fault.kind == "garbage":
            return web.Response(text="<html>维护中</html>", content_type="text/html")
        if fault is not None and fault.kind == "drop":
            return _hang_up(request)
        given: Mapping[str, Any] = {}
        owner: App | None = None
        said: Answer
        try:
            self._break(fault, request)
            owner = self._admit(name, route, request)
            given = await _body(route, request)
            if fault is not None and fault.kind == "invaliduser":
                said = ok(invaliduser=str(given.get("touser", "")).lower(), msgid="")
            else:
                result = route.act(Call(self.wecom, owner, given, request))
                said = await result if isinstance(result, Awaitable) else result
        except RefusalError as refusal:
            said = refusal.body(request.remote or "", box.token(20))
        box.journal.note(
            "api",
            api=name,
            agent_id=None if owner is None else owner.agent_id,
            body=given,
            answer=_public(said),
        )
        if fault is not None and fault.kind == "timeout_after":
            await asyncio.sleep(fault.seconds)
            return _hang_up(request)
        if isinstance(said, web.Response):
            return said
        text = json.dumps(said, ensure_ascii=False)
        return web.Response(text=text, content_type="application/json", charset="UTF-8")

    def _break(self, fault: Fault | None, request: web.Request) -> None:
        if fault is None:
            return
        if fault.kind == "token_expired":
            self.wecom.tokens.expire(request.query)
        codes = {"busy": -1, "rate": 45009, "errcode": fault.errcode}
        if fault.kind in codes:
            raise RefusalError(codes[fault.kind])

    def _admit(self, name: str, route: Route, request: web.Request) -> App | None:
        if request.method != route.method:
            raise RefusalError(40058, f"{name} is called by {route.method}")
        if not route.token:
            return None
        app = self.wecom.tokens.owner(request.query)
        if app.trusted_ips and request.remote not in app.trusted_ips:
            raise RefusalError(60020)
        now, pace = self.wecom.box.now(), self.wecom.pace
        limit = self.wecom.box.limits.api_per_minute
        if pace.count(("api", app.corp_id, name), MINUTE, now) >= limit:
            raise RefusalError(45009)
        pace.add(("api", app.corp_id, name), now, keep=MINUTE)
        return app


async def _body(route: Route, request: web.Request) -> Mapping[str, Any]:
    if route.method != "POST" or not route.json:
        return {}
    try:
        body = json.loads(await request.read())
    except ValueError:
        raise RefusalError(40058, WRONG_JSON.strip()) from None
    if not isinstance(body, dict):
        raise RefusalError(40058, WRONG_JSON.strip())
    return body


def _hang_up(request: web.Request) -> web.StreamResponse:
    """Cut the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _public(said: Answer) -> Mapping[str, Any]:
    if isinstance(said, web.Response):
        return {"status": said.status, "bytes": said.content_length}
    return {name: value for name, value in said.items() if name != "access_token"}


async def _upload(call: Call) -> Answer:
    return media.uploaded(await media.upload(call.wecom, call.app.corp_id, call.request))


async def _robot_upload(call: Call) -> Answer:
    group = webhook.group_of(call.wecom, call.query)
    return media.uploaded(
        await media.upload(call.wecom, group.corp_id, call.request, robot=group.key)
    )


def _routes(oauth: OAuth, desk: Desk) -> dict[str, Route]:
    return {
        "gettoken": Route(
            "GET",
            lambda c: c.wecom.tokens.grant(c.query, c.request.remote or ""),
            token=False,
        ),
        "message/send": Route("POST", lambda c: messages.send(c.wecom, c.app, c.body)),
        "message/recall": Route("POST", lambda c: messages.recall(c.wecom, c.app, c.body)),
        "message/update_template_card": Route(
            "POST", lambda c: updates.update(c.wecom, c.app, c.body)
        ),
        "media/upload": Route("POST", _upload, json=False),
        "media/get": Route("GET", lambda c: media.download(c.wecom, c.app, c.request)),
        "user/get": Route("GET", lambda c: contacts.get(c.wecom, c.app, c.query)),
        "user/getuserid": Route("POST", lambda c: contacts.find(c.wecom, c.app, c.body)),
        "user/simplelist": Route(
            "GET", lambda c: contacts.members(c.wecom, c.app, c.query, details=False)
        ),
        "user/list": Route(
            "GET", lambda c: contacts.members(c.wecom, c.app, c.query, details=True)
        ),
        "department/get": Route("GET", lambda c: contacts.department(c.wecom, c.query)),
        "department/list": Route(
            "GET", lambda c: contacts.departments(c.wecom, c.query, details=True)
        ),
        "department/simplelist": Route(
            "GET", lambda c: contacts.departments(c.wecom, c.query, details=False)
        ),
        "auth/getuserinfo": Route("GET", lambda c: oauth.who(c.app, c.query)),
        "getcallbackip": Route("GET", lambda c: ok(ip_list=["127.0.0.*"])),
        "get_api_domain_ip": Route("GET", lambda c: ok(ip_list=["127.0.0.1"])),
        "menu/create": Route("POST", lambda c: menu.create(c.app, c.query, c.body)),
        "menu/get": Route("GET", lambda c: menu.get(c.app, c.query)),
        "menu/delete": Route("GET", lambda c: menu.delete(c.app, c.query)),
        "appchat/create": Route("POST", lambda c: appchat.create(c.wecom, c.app, c.body)),
        "appchat/update": Route("POST", lambda c: appchat.update(c.wecom, c.app, c.body)),
        "appchat/get": Route("GET", lambda c: appchat.get(c.wecom, c.app, c.query)),
        "appchat/send": Route("POST", lambda c: appchat.send(c.wecom, c.app, c.body)),
        "kf/sync_msg": Route("POST", lambda c: desk.sync(c.app, c.body)),
        "kf/send_msg": Route("POST", lambda c: desk.send(c.app, c.body)),
        "kf/send_msg_on_event": Route("POST", lambda c: desk.send_on_event(c.app, c.body)),
        "webhook/send": Route(
            "POST", lambda c: webhook.send(c.wecom, c.query, c.body), token=False
        ),
        "webhook/upload_media": Route("POST", _robot_upload, token=False, json=False),
    }
