"""The old API: token in the address, HTTP 200 whatever happens, and a number that tells."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.sandbox.dingtalk import contacts, files, webhooks
from bot.sandbox.dingtalk.answers import MONTH_USED_UP, OldRefusalError, RefusalError
from bot.sandbox.dingtalk.api import broken_line
from bot.sandbox.dingtalk.login import Login
from bot.sandbox.dingtalk.state import OAPI_ROOT, DingTalk
from bot.sandbox.faults import Fault
from bot.sandbox.world import DingApp

MEMBER = "qyapi_get_member"
MOBILE = "qyapi_get_member_by_mobile"
_BREAKS = {
    "busy": -1,
    "timeout": 15,
    "throttled": 90018,
    "throttled_all": 90002,
    "month_used_up": 90020,
    "no_scope": 60011,
    "foreign_ip": 60020,
}


@dataclass(frozen=True, slots=True)
class OldCall:
    """One call of the old API that was let in."""

    ding: DingTalk
    owner: DingApp | None
    body: Mapping[str, Any]
    request: web.Request

    @property
    def app(self) -> DingApp:
        """The app whose token was given."""
        assert self.owner is not None
        return self.owner


@dataclass(frozen=True, slots=True)
class OldRoute:
    """How one call is made. ``form``: its fields may come as a form too."""

    method: str
    act: Callable[[OldCall], Mapping[str, Any] | Awaitable[Mapping[str, Any]]]
    token: bool = True
    form: bool = False
    scope: str = ""


@dataclass(slots=True, eq=False)
class Oapi:
    """Answer calls the way the old API does."""

    ding: DingTalk
    login: Login
    table: dict[str, OldRoute] = field(init=False)

    def __post_init__(self) -> None:
        self.table = _table(self.login)

    def routes(self) -> list[web.RouteDef]:
        """Return the place where the old API stands."""
        return [web.route("*", f"{OAPI_ROOT}/{{call:.+}}", self.answer)]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        name = request.match_info["call"]
        route = self.table.get(name)
        if route is None:
            raise web.HTTPNotFound(text=f"{name} is not part of this sandbox")
        self.ding.met(request)
        fault = self.ding.fault(name)
        broken = await broken_line(self.ding, fault, request)
        if broken is not None:
            return broken
        given: Mapping[str, Any] = {}
        owner: DingApp | None = None
        said: Mapping[str, Any]
        try:
            self._break(fault, request)
            owner = self._admit(name, route, request)
            given = await _body(route, request)
            result = route.act(OldCall(self.ding, owner, given, request))
            said = await result if isinstance(result, Awaitable) else result
            if fault is not None and fault.kind in ("timeout_after", "error_after"):
                raise OldRefusalError(15 if fault.kind == "timeout_after" else -1)
        except OldRefusalError as refusal:
            said = refusal.body()
        self.ding.note(
            "api",
            api=f"{request.method} {name}",
            client_id=None if owner is None else owner.client_id,
            body=given,
            status=200,
            answer={key: one for key, one in said.items() if key != "access_token"},
        )
        text = json.dumps(said, ensure_ascii=False)
        return web.Response(text=text, content_type="application/json")

    def _break(self, fault: Fault | None, request: web.Request) -> None:
        if fault is None:
            return
        if fault.kind == "token_expired":
            self.ding.tokens.expire(request.query.get("access_token", "none"))
        if fault.kind == "code":
            raise OldRefusalError(fault.errcode)
        if fault.kind in _BREAKS:
            raise OldRefusalError(_BREAKS[fault.kind])

    def _admit(self, name: str, route: OldRoute, request: web.Request) -> DingApp | None:
        if request.method != route.method:
            raise OldRefusalError(40035, f"{name} is called by {route.method}")
        tokens = self.ding.tokens
        try:
            if route.token:
                app: DingApp | None = tokens.owner(request.query.get("access_token", ""))
            else:
                query = request.query
                app = tokens.app_of(query.get("appkey"), query.get("appsecret"))
        except RefusalError:
            raise OldRefusalError(40014) from None
        if app is None:
            return None
        if app.trusted_ips and request.remote not in app.trusted_ips:
            raise OldRefusalError(60020)
        if route.scope in app.missing_scopes:
            raise OldRefusalError(60011)
        try:
            self.ding.quotas.call(app, f"{route.method} {name}")
        except RefusalError as refusal:
            raise OldRefusalError(90020 if refusal.code == MONTH_USED_UP else 90018) from None
        return app


async def _body(route: OldRoute, request: web.Request) -> Mapping[str, Any]:
    if route.method != "POST" or request.content_type.startswith("multipart/"):
        return {}
    if request.content_type == "application/x-www-form-urlencoded" and route.form:
        return {name: str(value) for name, value in (await request.post()).items()}
    if request.content_type != "application/json":
        raise OldRefusalError(43004)
    try:
        body = json.loads(await request.read())
    except ValueError:
        raise OldRefusalError(40035, "缺少参数 json") from None
    if not isinstance(body, dict):
        raise OldRefusalError(40035, "缺少参数 json")
    return body


async def _post(call: OldCall) -> Mapping[str, Any]:
    size = len(await call.request.read())
    return webhooks.post(call.ding, call.request.query, call.body, size)


def _table(login: Login) -> dict[str, OldRoute]:
    return {
        "gettoken": OldRoute(
            "GET", lambda c: c.ding.tokens.grant_old(c.request.query), token=False
        ),
        "media/upload": OldRoute("POST", lambda c: files.upload(c.ding, c.app, c.request)),
        "robot/send": OldRoute("POST", _post, token=False),
        webhooks.SESSION_PATH: OldRoute(
            "POST", lambda c: webhooks.reply(c.ding, c.request.query, c.body), token=False
        ),
        "topapi/v2/user/get": OldRoute(
            "POST", lambda c: contacts.get(c.ding, c.app, c.body), form=True, scope=MEMBER
        ),
        "topapi/v2/user/getbymobile": OldRoute(
            "POST", lambda c: contacts.by_mobile(c.ding, c.app, c.body), form=True, scope=MOBILE
        ),
        "topapi/user/getbyunionid": OldRoute(
            "POST", lambda c: contacts.by_union_id(c.ding, c.app, c.body), form=True
        ),
        "topapi/user/listid": OldRoute(
            "POST", lambda c: contacts.ids(c.ding, c.app, c.body), form=True
        ),
        "topapi/user/listsimple": OldRoute(
            "POST", lambda c: contacts.simple(c.ding, c.app, c.body), form=True
        ),
        "topapi/v2/department/listsub": OldRoute(
            "POST", lambda c: contacts.departments(c.ding, c.body), form=True
        ),
        "topapi/v2/department/get": OldRoute(
            "POST", lambda c: contacts.department(c.ding, c.body), form=True
        ),
        "topapi/v2/user/getuserinfo": OldRoute(
            "POST", lambda c: login.who(c.app, c.body), form=True
        ),
    }
