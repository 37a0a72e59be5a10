"""Putting the sandbox together: emulated platforms, phones and controls on one port."""

import random
from collections.abc import AsyncIterator

from aiohttp import web
from jinja2 import Environment

from bot.sandbox.box import Limits, Sandbox
from bot.sandbox.clock import Clock, Movable, TellsTime
from bot.sandbox.control import Control
from bot.sandbox.dingtalk.room import DingTalkRoom
from bot.sandbox.dingtalk.rules import Rules
from bot.sandbox.dingtalk.state import DingTalk
from bot.sandbox.page import add_page
from bot.sandbox.phones import Phones
from bot.sandbox.wechat.api import Api as WeChatApi
from bot.sandbox.wechat.callback import Callbacks as WeChatCallbacks
from bot.sandbox.wechat.phones import WeChatPhones
from bot.sandbox.wechat.state import WeChat
from bot.sandbox.wecom.aibot import Robots
from bot.sandbox.wecom.answers import RefusalError
from bot.sandbox.wecom.api import Api
from bot.sandbox.wecom.callback import Callbacks
from bot.sandbox.wecom.kf import Desk
from bot.sandbox.wecom.kf_phones import KfPhones
from bot.sandbox.wecom.oauth import AUTHORISE_PATH, OAuth
from bot.sandbox.wecom.phones import OAUTH_ROOT, PHONE_COOKIE
from bot.sandbox.wecom.phones import Phones as WeComPhones
from bot.sandbox.wecom.state import WeCom
from bot.sandbox.world import World

API_ROOT = "/wecom-api"
SANDBOX = web.AppKey("sandbox", Sandbox)
WECOM = web.AppKey("wecom", WeCom)
CALLBACKS = web.AppKey("callbacks", Callbacks)
DINGTALK = web.AppKey("dingtalk", DingTalk)
KF = web.AppKey("kf", Desk)
ROBOTS = web.AppKey("robots", Robots)
WECHAT = web.AppKey("wechat", WeChatCallbacks)
_BODY_BYTES = 128 * 1024 * 1024

_WHO = Environment(autoescape=True).from_string(
    """<!doctype html><html lang="zh"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>登录</title>
<style>body{font:16px/1.6 sans-serif;margin:2rem auto;max-width:24rem;padding:0 1rem}
a{display:block;padding:.75rem 0;border-bottom:1px solid #e5e5e5;color:#1a1a1a}</style>
{% if refusal %}<p>{{ refusal }}</p>{% else %}<p>请选择以谁的身份打开。</p>
{% for member in members %}<a href="?{{ query }}&amp;as={{ member.userid | urlencode }}"
>{{ member.name }} {{ member.role }}</a>{% endfor %}{% endif %}</html>"""
)


def build_sandbox(
    world: World,
    clock: TellsTime | None = None,
    *,
    limits: Limits | None = None,
    rules: Rules | None = None,
    seed: int | None = None,
) -> web.Application:
    """Return the sandbox as an application for one port.

    ``clock`` is shared with the bot where both run together; a clock with ``move`` can be moved
    through ``/sandbox/clock``. ``limits`` are WeCom's, ``rules`` DingTalk's. ``seed`` makes
    shuffled elements and codes repeatable. The parts are reached by ``SANDBOX``, ``WECOM``,
    ``CALLBACKS``, ``DINGTALK``, ``KF``, ``ROBOTS`` and ``WECHAT``.
    """
    box = Sandbox(world, clock or Clock(), limits or Limits(), random.Random(seed))
    wecom = WeCom(box)
    callbacks = Callbacks(wecom)
    sign_in = OAuth(wecom)
    desk = Desk(wecom, callbacks)
    robots = Robots(box)
    api = Api(wecom, sign_in, desk)
    wechat = WeChat(wecom)
    official = WeChatCallbacks(wechat)
    dingtalk = DingTalkRoom(box, rules or Rules())

    async def authorise(request: web.Request) -> web.Response:
        """Send a phone's browser back with a code; ask who it is when no phone opened it."""
        name = request.query.get("as") or request.cookies.get(PHONE_COOKIE, "")
        member = world.member(name)
        try:
            if member is not None:
                target = sign_in.redirect(request.query, member)
                return web.Response(status=302, headers={"Location": target})
            sign_in.check(request.query)
        except RefusalError as error:
            text = _WHO.render(refusal=f"{error.code} {error.hint}")
            return web.Response(text=text, status=400, content_type="text/html")
        text = _WHO.render(members=world.members, query=request.query_string)
        return web.Response(text=text, content_type="text/html")

    async def running(app: web.Application) -> AsyncIterator[None]:
        await callbacks.open()
        await official.open()
        dingtalk.open()
        yield
        await dingtalk.close()
        await official.close()
        await desk.close()
        await callbacks.close()

    def tell_pages() -> None:
        box.hub.publish("clock", {"now": box.now().isoformat()})

    if isinstance(box.clock, Movable):
        box.clock.on_move(tell_pages)

    async def hush(app: web.Application) -> None:
        box.hub.close()
        await dingtalk.end_streams()
        await robots.close()

    app = web.Application(client_max_size=_BODY_BYTES)
    app[SANDBOX], app[WECOM], app[CALLBACKS] = box, wecom, callbacks
    app[DINGTALK] = dingtalk.ding
    app[KF], app[WECHAT], app[ROBOTS] = desk, official, robots
    app.router.add_route("*", f"{API_ROOT}/cgi-bin/{{call:.+}}", api.answer)
    app.router.add_get(f"{OAUTH_ROOT}{AUTHORISE_PATH}", authorise)
    on_wecom = WeComPhones(box, wecom, callbacks, sign_in, robots)
    on_wechat = (KfPhones(desk), WeChatPhones(wechat, official))
    Phones(box, (on_wecom, dingtalk.phones, *on_wechat)).add_to(app)
    Phones(box, (dingtalk.phones,), "/sandbox/dingtalk").add_to(app)
    Control(box, wecom, callbacks).add_to(app)
    app.cleanup_ctx.append(running)
    app.on_shutdown.append(hush)
    app.add_routes(dingtalk.routes())
    app.add_routes(robots.routes())
    app.add_routes(WeChatApi(wechat).routes())
    add_page(app)
    return app
