"""The new API under ``/v1.0/``: token in a header, faults, quotas and the table of calls."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.sandbox.dingtalk import answers
from bot.sandbox.dingtalk.answers import RefusalError
from bot.sandbox.dingtalk.state import API_ROOT, DingTalk
from bot.sandbox.faults import Fault
from bot.sandbox.world import DingApp

AUTH_HEADER = "x-acs-dingtalk-access-token"
Answer = Mapping[str, Any] | web.Response
IP_JSON = {"status": 1111, "wait": 5, "source": "x5", "punish": "deny"}
IP_HTML = "<html><head><title>亲，访问被拒绝</title></head><body>405</body></html>"
_HIDDEN = frozenset({"accessToken", "access_token", "refreshToken", "ticket"})
_SECRETS = frozenset({"appSecret", "clientSecret", "client_secret", "apiSecret"})


@dataclass(frozen=True, slots=True)
class Call:
    """One call that was let in; ``owner`` is None where no app's token is needed."""

    ding: DingTalk
    owner: DingApp | None
    body: Mapping[str, Any]
    request: web.Request
    path: Mapping[str, str]
    fault: str = ""

    @property
    def app(self) -> DingApp:
        """The app whose token was given."""
        assert self.owner is not None
        return self.owner


@dataclass(frozen=True, slots=True)
class Route:
    """How one call is made: method, path with ``{names}``, token or not, permission."""

    method: str
    path: str
    act: Callable[[Call], Answer | Awaitable[Answer]]
    token: bool = True
    scope: str = ""

    def match(self, method: str, path: str) -> dict[str, str] | None:
        """Return the named parts of a path of this call, None when it is another one."""
        wanted, given = self.path.split("/"), path.split("/")
        if method != self.method or len(wanted) != len(given):
            return None
        pairs = list(zip(wanted, given, strict=True))
        if any(one != other and not one.startswith("{") for one, other in pairs):
            return None
        return {one[1:-1]: other for one, other in pairs if one.startswith("{")}


@dataclass(slots=True, eq=False)
class Api:
    """Answer calls the way the new API does: a status and, where it refuses, a code."""

    ding: DingTalk
    table: list[Route]

    def routes(self) -> list[web.RouteDef]:
        """Return the two places where the API stands."""
        return [
            web.route("*", f"{API_ROOT}/{{call:v1\\.0/.+}}", self.answer),
            web.route("*", "/{call:v1\\.0/.+}", self.answer),
        ]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        name = request.match_info["call"]
        self.ding.met(request)
        fault = self.ding.fault(name)
        broken = await broken_line(self.ding, fault, request)
        if broken is not None:
            return broken
        owner: DingApp | None = None
        given: Mapping[str, Any] = {}
        said: Answer
        status = 200
        try:
            route, path = self._route(request.method, name)
            self._break(fault, request)
            given = await _body(request)
            owner = self._admit(route, request, given)
            kind = "" if fault is None else fault.kind
            result = route.act(Call(self.ding, owner, given, request, path, kind))
            said = await result if isinstance(result, Awaitable) else result
            self._break_after(kind)
        except RefusalError as refusal:
            said, status = refusal.body(self.ding.box.token(32).upper()), refusal.status
        self.ding.note(
            "api",
            api=f"{request.method} {name}",
            client_id=None if owner is None else owner.client_id,
            body={key: one for key, one in given.items() if key not in _SECRETS},
            status=status,
            answer=_public(said),
        )
        if isinstance(said, web.Response):
            return said
        text = json.dumps(said, ensure_ascii=False)
        return web.Response(status=status, text=text, content_type="application/json")

    def _route(self, method: str, name: str) -> tuple[Route, dict[str, str]]:
        for route in self.table:
            path = route.match(method, name)
            if path is not None:
                return route, path
        raise RefusalError("InvalidAction.NotFound", f"{method} {name}", status=404)

    def _break(self, fault: Fault | None, request: web.Request) -> None:
        if fault is None:
            return
        if fault.kind == "token_expired":
            self.ding.tokens.expire(request.headers.get(AUTH_HEADER, "none"))
        if fault.kind == "code":
            raise RefusalError(fault.code, status=fault.status)
        if fault.kind in _BREAKS:
            code, status = _BREAKS[fault.kind]
            raise RefusalError(code, status=status)

    def _break_after(self, kind: str) -> None:
        """Answer with a failure although everything was done."""
        dice, chance = self.ding.box.dice, self.ding.rules.bad_day
        if not kind and chance and dice.random() < chance:
            kind = dice.choice(("timeout_after", "error_after"))
        if kind == "timeout_after":
            raise RefusalError("isp.top-remote-connection-timeout", status=504)
        if kind == "error_after":
            raise RefusalError("system.error", status=500)

    def _admit(self, route: Route, request: web.Request, body: Mapping[str, Any]) -> DingApp | None:
        tokens = self.ding.tokens
        if route.token:
            app: DingApp | None = tokens.owner(request.headers.get(AUTH_HEADER, ""))
        else:
            pairs = (
                ("appKey", "appSecret"),
                ("clientId", "clientSecret"),
                ("client_id", "client_secret"),
            )
            found = (tokens.app_of(body.get(one), body.get(two)) for one, two in pairs)
            app = next((one for one in found if one is not None), None)
        if app is None:
            return None
        if app.trusted_ips and request.remote not in app.trusted_ips:
            raise RefusalError(answers.FOREIGN_IP, status=403)
        if route.scope in app.missing_scopes:
            raise RefusalError(answers.NO_SCOPE, route.scope, status=403)
        self.ding.quotas.call(app, f"{route.method} {route.path}")
        return app


_BREAKS = {
    "busy": ("system.busy", 500),
    "throttled": (answers.QPS, 403),
    "throttled_all": (answers.QPS_OF_API, 403),
    "month_used_up": (answers.MONTH_USED_UP, 403),
    "no_scope": (answers.NO_SCOPE, 403),
    "foreign_ip": (answers.FOREIGN_IP, 403),
    "timeout": ("isp.top-remote-connection-timeout", 504),
}


async def broken_line(
    ding: DingTalk, fault: Fault | None, request: web.Request
) -> web.StreamResponse | None:
    """Return what comes back where a call never reached the platform's own programs."""
    if fault is None:
        return None
    if fault.kind == "slow":
        await ding.linger(fault.seconds)
    if fault.kind == "unavailable":
        return web.Response(status=503, text="Service Unavailable")
    if fault.kind == "ip_html":
        return web.Response(text=IP_HTML, content_type="text/html")
    if fault.kind == "ip_json":
        return web.json_response(IP_JSON)
    if fault.kind == "drop":
        if request.transport is not None:
            request.transport.abort()
        return web.Response()
    return None


async def _body(request: web.Request) -> Mapping[str, Any]:
    if request.method not in ("POST", "PUT"):
        return {}
    if request.content_type != "application/json":
        raise RefusalError("InvalidContentType", "application/json is needed")
    try:
        body = json.loads(await request.read() or b"{}")
    except ValueError:
        raise RefusalError("InvalidJson") from None
    if not isinstance(body, dict):
        raise RefusalError("InvalidJson")
    return body


def _public(said: Answer) -> Mapping[str, Any]:
    if isinstance(said, web.Response):
        return {"status": said.status}
    return {name: value for name, value in said.items() if name not in _HIDDEN}
