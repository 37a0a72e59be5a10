"""Putting DingTalk together: its rooms, their calls, and what runs while the sandbox does."""

from dataclasses import dataclass, field
from functools import partial

from aiohttp import web
from jinja2 import Environment

from bot.sandbox.box import Sandbox
from bot.sandbox.dingtalk import files
from bot.sandbox.dingtalk.answers import RefusalError
from bot.sandbox.dingtalk.api import Api
from bot.sandbox.dingtalk.calls import table
from bot.sandbox.dingtalk.control import Control
from bot.sandbox.dingtalk.gateway import Gateway
from bot.sandbox.dingtalk.inbound import Inbound
from bot.sandbox.dingtalk.login import AUTHORISE_PATH, Login
from bot.sandbox.dingtalk.oapi import Oapi
from bot.sandbox.dingtalk.outside import Outside
from bot.sandbox.dingtalk.phones import COOKIE, Phones
from bot.sandbox.dingtalk.rules import Rules
from bot.sandbox.dingtalk.state import LOGIN_ROOT, DingTalk
from bot.sandbox.dingtalk.stream import Stream
from bot.sandbox.dingtalk.taps import Taps

_WHO = Environment(autoescape=True).from_string(
    """<!doctype html><html lang="zh"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>钉钉登录</title>
<style>body{font:16px/1.6 sans-serif;margin:2rem auto;max-width:24rem;padding:0 1rem}
a{display:block;padding:.75rem 0;border-bottom:1px solid #e5e5e5;color:#1a1a1a}</style>
{% if refusal %}<p>{{ refusal }}</p>{% else %}<p>请选择以谁的身份登录。</p>
{% for member in members %}<a href="?{{ query }}&amp;as={{ member.userid | urlencode }}"
>{{ member.name }} {{ member.role }}</a>{% endfor %}{% endif %}</html>"""
)


@dataclass(slots=True, eq=False)
class DingTalkRoom:
    """The whole platform, as one thing to mount and to run."""

    box: Sandbox
    rules: Rules
    ding: DingTalk = field(init=False)
    stream: Stream = field(init=False)
    outside: Outside = field(init=False)
    login: Login = field(init=False)
    phones: Phones = field(init=False)

    def __post_init__(self) -> None:
        self.ding = DingTalk(self.box, self.rules)
        self.stream = Stream(self.ding)
        self.outside = Outside()
        self.login = Login(self.ding)
        inbound = Inbound(self.ding, self.stream, self.outside)
        taps = Taps(self.ding, self.stream, self.outside)
        self.phones = Phones(self.ding, inbound, taps, self.login)

    def routes(self) -> list[web.RouteDef]:
        """Return every call of the platform but its phones'."""
        return [
            *Api(self.ding, table(self.login)).routes(),
            *Oapi(self.ding, self.login).routes(),
            *Gateway(self.ding, self.stream).routes(),
            *Control(self.ding, self.stream, self.phones.inbound).routes(),
            web.get(f"{LOGIN_ROOT}{AUTHORISE_PATH}", self.authorise),
            web.get(f"{files.DOWNLOAD_PATH}/{{name}}", partial(files.fetch, self.ding)),
            web.get("/sandbox/dingtalk/files/{id}", partial(files.show, self.ding)),
        ]

    async def authorise(self, request: web.Request) -> web.Response:
        """Send a browser back with a code; ask who it is when no phone opened it."""
        world = self.box.world
        member = world.member(request.query.get("as") or request.cookies.get(COOKIE, ""))
        try:
            if member is not None and member.dingtalk:
                target = self.login.redirect(request.query, member)
                return web.Response(status=302, headers={"Location": target})
            self.login.check(request.query)
        except RefusalError as error:
            text = _WHO.render(refusal=f"{error.code} {error.hint}")
            return web.Response(text=text, status=400, content_type="text/html")
        members = [one for one in world.members if one.dingtalk]
        text = _WHO.render(members=members, query=request.query_string)
        return web.Response(text=text, content_type="text/html")

    def open(self) -> None:
        """Begin to run."""
        self.ding.alarms.open()
        self.outside.open()

    async def end_streams(self) -> None:
        """End what would keep a server from stopping."""
        self.ding.ending.set()
        await self.stream.end()

    async def close(self) -> None:
        """Stop running."""
        await self.ding.alarms.close()
        await self.outside.close()
