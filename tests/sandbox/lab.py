"""A sandbox on a real port, a toy bot on another, and a clock that stands still."""

import asyncio
import json
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from wechatpy.enterprise import crypto

from bot.sandbox.app import SANDBOX, WECOM, build_sandbox
from bot.sandbox.box import Limits, Sandbox
from bot.sandbox.clock import Clock
from bot.sandbox.wecom.state import WeCom
from bot.sandbox.world import World

START = datetime(2026, 9, 30, 9, 2, tzinfo=UTC)
CORP = "ww5823bf96d3bd56c7"
AGENT = 1000002
SECRET = "secret-of-the-filing-app"
TOKEN = "QDG6eK"
AES_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
ROBOT = "robot-key-1"
API = "/wecom-api/cgi-bin"

CITY: dict[str, Any] = {
    "corps": [{"corp_id": CORP, "name": "教育局"}, {"corp_id": "wwother", "name": "别的单位"}],
    "departments": [
        {"id": 1, "name": "教育局"},
        {"id": 2, "name": "基教处"},
        {"id": 3, "name": "义教科", "parent": 2},
    ],
    "apps": [
        {
            "agent_id": AGENT,
            "name": "备案助手",
            "secret": SECRET,
            "token": TOKEN,
            "encoding_aes_key": AES_KEY,
            "callback_url": "set by the lab",
            "menu": [
                {"type": "click", "name": "我的待办", "key": "todo"},
                {
                    "name": "更多",
                    "sub_button": [
                        {"type": "view", "name": "查询", "url": "http://127.0.0.1:8000/"}
                    ],
                },
            ],
        },
        {
            "agent_id": 1000003,
            "name": "考勤",
            "secret": "secret-of-another-app",
            "visible": ["lisi"],
        },
        {"corp_id": "wwother", "agent_id": 1, "name": "外单位", "secret": "secret-elsewhere"},
    ],
    "members": [
        {"userid": "ZhangSan", "name": "张三", "departments": [2], "mobile": "13800000001"},
        {"userid": "lisi", "name": "李四", "departments": [3]},
        {"userid": "wangwu", "name": "王五", "licensed": False},
        {"userid": "gone", "name": "离职", "status": 5},
        {"userid": "parent1", "name": "家长", "outsider": True},
    ],
    "groups": [
        {"id": "work", "name": "工作群", "key": ROBOT, "members": ["ZhangSan", "lisi"]},
        {"id": "school", "name": "学校群", "key": "robot-key-2"},
        {"id": "parents", "name": "家长群", "key": "robot-key-3", "external": True},
    ],
}

BUTTONS: dict[str, Any] = {
    "card_type": "button_interaction",
    "main_title": {"title": "进校园备案待审核", "desc": "第一中学"},
    "task_id": "task-1",
    "button_list": [
        {"text": "通过", "style": 1, "key": "approve"},
        {"text": "退回补正", "style": 3, "key": "return"},
    ],
}
NOTICE: dict[str, Any] = {
    "card_type": "text_notice",
    "main_title": {"title": "备案公告"},
    "card_action": {"type": 1, "url": "http://127.0.0.1:8000/f/1"},
}
SELECTS: dict[str, Any] = {
    "card_type": "multiple_interaction",
    "main_title": {"title": "退回理由"},
    "task_id": "task-2",
    "select_list": [
        {
            "question_key": "why",
            "title": "理由",
            "option_list": [{"id": "a", "text": "材料不全"}, {"id": "b", "text": "收费不明"}],
        },
        {"question_key": "who", "option_list": [{"id": "x", "text": "学校"}]},
    ],
    "submit_button": {"text": "提交", "key": "submit"},
}
VOTE: dict[str, Any] = {
    "card_type": "vote_interaction",
    "main_title": {"title": "使用学段"},
    "task_id": "task-3",
    "checkbox": {
        "question_key": "stages",
        "mode": 1,
        "option_list": [
            {"id": "p", "text": "小学", "is_checked": False},
            {"id": "m", "text": "初中", "is_checked": True},
            {"id": "h", "text": "高中", "is_checked": False},
        ],
    },
    "submit_button": {"text": "确定", "key": "choose"},
}


def fields_of(xml: str) -> dict[str, str]:
    """Return the top fields of a callback's plain XML."""
    return {child.tag: child.text or "" for child in ET.fromstring(xml)}


@dataclass(slots=True)
class Heard:
    """One delivery as the toy bot got it."""

    query: dict[str, str]
    envelope: str
    xml: str

    @property
    def fields(self) -> dict[str, str]:
        """The top fields of the message."""
        return fields_of(self.xml)


@dataclass(slots=True)
class ToyBot:
    """A bot that decrypts, remembers and answers what a test wants; built on the other codec."""

    heard: list[Heard] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    hangs: int = 0
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    release: asyncio.Event = field(default_factory=asyncio.Event)
    reply: Callable[[dict[str, str]], str] = lambda _: ""
    spoil: Callable[[str], str] = lambda envelope: envelope
    echo: Callable[[str], web.Response] = lambda plain: web.Response(text=plain)
    codec: Any = field(default_factory=lambda: crypto.WeChatCrypto(TOKEN, AES_KEY, CORP))

    async def verify(self, request: web.Request) -> web.Response:
        """Answer the GET check."""
        if self.hangs:
            await self.release.wait()
        names = ("msg_signature", "timestamp", "nonce", "echostr")
        return self.echo(self.codec.check_signature(*(request.query[name] for name in names)))

    async def callback(self, request: web.Request) -> web.Response:
        """Take one delivery."""
        query = dict(request.query)
        body = (await request.read()).decode(errors="replace")
        try:
            xml = self.codec.decrypt_message(
                body, query["msg_signature"], query["timestamp"], query["nonce"]
            )
        except Exception as error:
            self.refused.append(type(error).__name__)
            return web.Response(status=403)
        self.heard.append(Heard(query, body, xml))
        self.arrived.set()
        if self.hangs:
            self.hangs -= 1
            await self.release.wait()
        if self.statuses and (status := self.statuses.pop(0)) != 200:
            return web.Response(status=status)
        plain = self.reply(fields_of(xml))
        if not plain:
            return web.Response()
        return web.Response(text=self.spoil(self.codec.encrypt_message(plain, "4242", "1790000")))


def text_reply(content: str) -> Callable[[dict[str, str]], str]:
    """Return a reply function that says ``content``."""
    return lambda got: (
        f"<xml><ToUserName>{got['FromUserName']}</ToUserName>"
        f"<FromUserName>{got['ToUserName']}</FromUserName><CreateTime>1</CreateTime>"
        f"<MsgType>text</MsgType><Content><![CDATA[{content}]]></Content></xml>"
    )


@dataclass(slots=True)
class Lab:
    """Everything a test touches."""

    client: TestClient[Any, Any]
    bot: ToyBot
    bot_url: str
    clock: Clock
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def box(self) -> Sandbox:
        """The sandbox behind the port."""
        box: Sandbox = self.client.app[SANDBOX]
        return box

    @property
    def wecom(self) -> WeCom:
        """The platform's memory behind the port."""
        wecom: WeCom = self.client.app[WECOM]
        return wecom

    def later(self, **by: float) -> None:
        """Move the clock on."""
        self.clock.move(self.clock.now() + timedelta(**by))

    async def get(self, path: str, **query: Any) -> Any:
        """GET JSON from the sandbox."""
        async with self.client.get(path, params=query) as response:
            return await response.json()

    async def post(self, path: str, body: Any = None, **query: Any) -> Any:
        """POST JSON to the sandbox."""
        async with self.client.post(path, json=body, params=query) as response:
            return await response.json()

    async def token(self, secret: str = SECRET, corp_id: str = CORP) -> str:
        """Return an access token, asked for once."""
        if secret not in self.tokens:
            said = await self.get(f"{API}/gettoken", corpid=corp_id, corpsecret=secret)
            self.tokens[secret] = said["access_token"]
        return self.tokens[secret]

    async def call(self, name: str, body: Any = None, secret: str = SECRET, **query: Any) -> Any:
        """Call the API with a token: POST when there is a body."""
        query["access_token"] = await self.token(secret)
        if body is None:
            return await self.get(f"{API}/{name}", **query)
        return await self.post(f"{API}/{name}", body, **query)

    async def send(self, msgtype: str, part: Any, to: str = "ZhangSan", **more: Any) -> Any:
        """Send an app message."""
        body = {"touser": to, "msgtype": msgtype, "agentid": AGENT, msgtype: part, **more}
        return await self.call("message/send", body)

    async def card(self, card: Mapping[str, Any], to: str = "ZhangSan", **changes: Any) -> Any:
        """Send a card, with some top fields changed; a field set to None is left out."""
        whole = {name: one for name, one in {**card, **changes}.items() if one is not None}
        return await self.send("template_card", whole, to)

    async def update(self, code: str, **body: Any) -> Any:
        """Redraw a card."""
        body = {"agentid": AGENT, "response_code": code, **body}
        return await self.call("message/update_template_card", body)

    async def bubbles(self, userid: str = "ZhangSan") -> list[dict[str, Any]]:
        """Return what stands on a phone."""
        screen = await self.get(f"/sandbox/phones/{userid}")
        bubbles: list[dict[str, Any]] = screen["bubbles"]
        return bubbles

    async def finger(self, userid: str, what: str, **wish: Any) -> Any:
        """Do something on a phone."""
        return await self.post(f"/sandbox/phones/{userid}/{what}", wish)

    async def tap(self, userid: str, button: str, **wish: Any) -> Any:
        """Tap a button of the newest card on a phone."""
        cards = [one["id"] for one in await self.bubbles(userid) if one["kind"] == "card"]
        return await self.finger(userid, "tap", bubble=cards[-1], button=button, **wish)

    async def fault(self, api: str, kind: str, **more: Any) -> None:
        """Switch a fault on."""
        await self.post("/sandbox/faults", {"api": api, "kind": kind, **more})

    async def sent(self, kind: str = "") -> list[dict[str, Any]]:
        """Return the journal."""
        entries: list[dict[str, Any]] = await self.get("/sandbox/sent", kind=kind)
        return entries


async def open_lab(limits: Limits) -> tuple[Lab, Callable[[], Any]]:
    """Start bot and sandbox; return the lab and what closes it."""
    bot = ToyBot()
    bot_app = web.Application(client_max_size=4 * 1024 * 1024)
    bot_app.router.add_get("/callback", bot.verify)
    bot_app.router.add_post("/callback", bot.callback)
    bot_server = TestServer(bot_app)
    await bot_server.start_server()
    clock = Clock(START, ticks=lambda: 0.0)
    world = World.from_dict(json.loads(json.dumps(CITY)))
    bot_url = str(bot_server.make_url("/callback"))
    world.apps[0].callback_url = bot_url
    jar = aiohttp.CookieJar(unsafe=True)
    client: TestClient[Any, Any] = TestClient(
        TestServer(build_sandbox(world, clock, limits=limits, seed=1)), cookie_jar=jar
    )
    await client.start_server()

    async def close() -> None:
        bot.release.set()
        await client.close()
        await bot_server.close()

    return Lab(client, bot, bot_url, clock), close
