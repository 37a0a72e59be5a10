"""The calls of an official account that the bot makes: token, customer service message, media."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.sandbox.faults import WECHAT, Fault
from bot.sandbox.wechat.state import TOKEN_LIFE, WeChat
from bot.sandbox.wecom import media
from bot.sandbox.wecom.answers import RefusalError, ok

ROOT = "/wechat-api"
TEXT_BYTES = 2048
_METHODS = {"token": "GET", "message/custom/send": "POST", "media/get": "GET"}


@dataclass(frozen=True, slots=True)
class Api:
    """Answers with HTTP 200 and a code, as the platform does."""

    wechat: WeChat

    def routes(self) -> list[web.RouteDef]:
        """Return the one route of the address."""
        return [web.route("*", f"{ROOT}/cgi-bin/{{call:.+}}", self.answer)]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one call."""
        name = request.match_info["call"]
        if name not in _METHODS:
            raise web.HTTPNotFound(text=f"{name} is not part of this sandbox")
        box = self.wechat.wecom.box
        fault = box.faults.take(f"{WECHAT}{name}", anything=f"{WECHAT}*")
        if fault is not None and fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        if fault is not None and fault.kind in ("drop", "http500", "garbage"):
            return _broken(fault, request)
        try:
            said = await self._do(name, request, fault)
        except RefusalError as refusal:
            said = refusal.body(request.remote or "", box.token(20))
        is_bytes = isinstance(said, web.Response)
        shown = {} if is_bytes else {k: v for k, v in said.items() if k != "access_token"}
        box.journal.note("wechat.api", api=name, answer=shown)
        if fault is not None and fault.kind == "timeout_after":
            await asyncio.sleep(fault.seconds)
            return _broken(fault, request)
        if isinstance(said, web.Response):
            return said
        return web.Response(text=json.dumps(said), content_type="application/json")

    async def _do(
        self, name: str, request: web.Request, fault: Fault | None
    ) -> dict[str, Any] | web.Response:
        if fault is not None and fault.kind == "token_expired":
            self.wechat.tokens.pop(request.query.get("access_token", ""), None)
        codes = {"busy": -1, "rate": 45009, "errcode": fault.errcode if fault else 0}
        if fault is not None and fault.kind in codes:
            raise RefusalError(codes[fault.kind])
        if request.method != _METHODS[name]:
            raise RefusalError(40058, f"{name} is called by {_METHODS[name]}")
        query = request.query
        if name == "token":
            if query.get("grant_type") != "client_credential":
                raise RefusalError(40058, "grant_type")
            token = self.wechat.grant(query.get("appid", ""), query.get("secret", ""))
            return {"access_token": token, "expires_in": int(TOKEN_LIFE.total_seconds())}
        account = self.wechat.owner(query.get("access_token", ""))
        if name == "media/get":
            return media.download(self.wechat.wecom, account.app, request)
        if not account.may_send:
            raise RefusalError(48001)
        return self._send(await _body(request))

    def _send(self, body: Mapping[str, Any]) -> dict[str, Any]:
        follower = self.wechat.followers.get(str(body.get("touser", "")))
        if follower is None:
            raise RefusalError(40003)
        if not follower.follows:
            raise RefusalError(43004)
        if body.get("msgtype") != "text":
            raise RefusalError(40008, "msgtype")
        part = body.get("text")
        content = part.get("content") if isinstance(part, Mapping) else None
        if not isinstance(content, str) or not content:
            raise RefusalError(44004)
        if len(content.encode()) > TEXT_BYTES:
            raise RefusalError(45002)
        if follower.until is None or self.wechat.wecom.box.now() >= follower.until:
            raise RefusalError(45015)
        if follower.left < 1:
            raise RefusalError(45047)
        follower.left -= 1
        self.wechat.screens.arrive(follower.member, "text", {"text": content})
        return ok()


def _broken(fault: Fault, request: web.Request) -> web.StreamResponse:
    if fault.kind == "http500":
        return web.Response(status=500, text="Internal Server Error")
    if fault.kind == "garbage":
        return web.Response(text="<html></html>", content_type="text/html")
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _body(request: web.Request) -> Mapping[str, Any]:
    try:
        body = json.loads(await request.read())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise RefusalError(40058, "wrong json format")
    return body
