"""The emulated long connection of a 智能机器人 is as strict as the papers say (D101463)."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType, web

from bot.sandbox.app import ROBOTS, SANDBOX
from bot.sandbox.faults import Fault
from bot.sandbox.wecom.answers import RefusalError
from bot.sandbox.world import World
from tests.wecom.platform import Clock
from tests.wecom.robot import BOT, CITY, SECRET, open_platform

WHO = {"bot_id": BOT, "secret": SECRET}


@dataclass(slots=True, eq=False)
class Wire:
    """A raw connection to the emulator."""

    app: web.Application
    clock: Clock
    http: ClientSession
    url: str
    socket: ClientWebSocketResponse

    async def sends(self, cmd: str, req_id: str = "q", body: Any = None) -> int:
        """Send a frame and return the code of its acknowledgement."""
        await self.socket.send_str(
            json.dumps({"cmd": cmd, "headers": {"req_id": req_id}, "body": body or {}})
        )
        told = await self.hears()
        assert told["headers"]["req_id"] == req_id
        return int(told["errcode"])

    async def hears(self) -> dict[str, Any]:
        """Return the next frame."""
        async with asyncio.timeout(3):
            message = await self.socket.receive()
        assert message.type is WSMsgType.TEXT, message
        found: dict[str, Any] = json.loads(message.data)
        return found

    async def is_told(self, text: str = "云阅读", group: str = "parents", who: str = "lisi") -> str:
        """Have somebody say something; return the name of the message."""
        world = self.app[SANDBOX].world
        where = next((one for one in world.groups if one.id == group), None)
        member = world.member(who)
        assert member is not None
        brought, _ = await self.app[ROBOTS].says(member, where, text)
        assert brought.delivered, brought
        return str((await self.hears())["headers"]["req_id"])


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    async with open_platform(bot_per_minute=4) as (app, url, clock), ClientSession() as http:
        socket = await http.ws_connect(url)
        yield Wire(app, clock, http, url, socket)
        await socket.close()


def stream(content: str = "答", name: str = "s1", *, finish: bool = True) -> dict[str, Any]:
    return {"msgtype": "stream", "stream": {"id": name, "finish": finish, "content": content}}


async def test_who_subscribes_first_and_rightly_is_heard(wire: Wire) -> None:
    assert await wire.sends("aibot_send_msg") == 846609
    assert await wire.sends("aibot_subscribe", body={**WHO, "secret": "x"}) == 853000
    assert await wire.sends("aibot_subscribe", body={**WHO, "bot_id": "x"}) == 853000
    assert await wire.sends("aibot_subscribe", body=WHO) == 0
    assert await wire.sends("aibot_subscribe", body=WHO) == 45009
    assert await wire.sends("ping") == 0
    assert await wire.sends("aibot_hologram") == 40058
    await wire.socket.send_str("no frame")
    await wire.sends("ping")
    journal = wire.app[SANDBOX].journal
    assert [one["what"] for one in journal.since(kind="aibot.violation")] == ["no frame"]
    assert SECRET not in str(journal.since())


async def test_a_second_connection_puts_the_first_one_out(wire: Wire) -> None:
    await wire.sends("aibot_subscribe", body=WHO)
    other = Wire(wire.app, wire.clock, wire.http, wire.url, await wire.http.ws_connect(wire.url))
    assert await other.sends("aibot_subscribe", body=WHO) == 0
    told = await wire.hears()
    assert told["body"]["event"] == {"eventtype": "disconnected_event"}
    assert (await wire.socket.receive()).type is WSMsgType.CLOSE
    await other.is_told()
    await other.socket.close()


async def test_each_message_takes_one_answer_of_its_kind_in_its_time(wire: Wire) -> None:
    await wire.sends("aibot_subscribe", body=WHO)
    respond = "aibot_respond_msg"
    assert await wire.sends(respond, "nobody-said", stream()) == 846605
    said = await wire.is_told()
    assert await wire.sends("aibot_respond_welcome_msg", said, stream()) == 846605
    assert await wire.sends(respond, said, stream("")) == 44004
    assert await wire.sends(respond, said, stream("长" * 6827)) == 45002
    assert await wire.sends(respond, said, {"msgtype": "template_card"}) == 40008
    assert await wire.sends(respond, said, stream(name="")) == 40058
    assert await wire.sends(respond, said, stream("一", finish=False)) == 0
    assert await wire.sends(respond, said, stream("一二", "other")) == 846606
    assert await wire.sends(respond, said, stream("一二")) == 0
    assert await wire.sends(respond, said, stream("一二三")) == 846606
    late, later = await wire.is_told("二"), await wire.is_told("三")
    wire.clock.pass_by(minutes=6)
    assert await wire.sends(respond, late, stream()) == 846608
    assert (
        await wire.sends(respond, late, {"msgtype": "markdown", "markdown": {"content": "x"}}) == 0
    )
    wire.clock.pass_by(hours=24)
    assert await wire.sends(respond, later, stream()) == 846604
    shown = wire.app[SANDBOX].journal.since(kind="aibot.said")
    assert [one["text"] for one in shown] == ["一二", "x"]


async def test_it_is_pushed_only_where_somebody_spoke_and_not_too_often(wire: Wire) -> None:
    await wire.sends("aibot_subscribe", body=WHO)
    push, words = "aibot_send_msg", {"msgtype": "markdown", "markdown": {"content": "公告"}}
    assert await wire.sends(push, body={"chatid": "lisi", "chat_type": 1, **words}) == 846607
    said = await wire.is_told(group="")
    to = {"chatid": "lisi", "chat_type": 1}
    assert await wire.sends(push, body={**to, "chat_type": 7, **words}) == 40058
    assert await wire.sends(push, body={**to, "chat_type": 2, **words}) == 846607
    assert await wire.sends(push, body={**to, "msgtype": "text", "text": {"content": "x"}}) == 40008
    assert [await wire.sends(push, body={**to, **words}) for _ in range(5)] == [0] * 4 + [846607]
    assert await wire.sends("aibot_respond_msg", said, stream()) == 846607
    wire.clock.pass_by(minutes=1)
    assert await wire.sends("aibot_respond_msg", said, stream()) == 0


async def test_three_of_one_person_wait_at_a_time(wire: Wire) -> None:
    await wire.sends("aibot_subscribe", body=WHO)
    world = wire.app[SANDBOX].world
    said = [await wire.is_told(text) for text in "一二三"]
    member = world.member("lisi")
    assert member is not None
    brought, _ = await wire.app[ROBOTS].says(member, world.groups[0], "四")
    assert brought.delivered is False
    await wire.is_told("四", who="wangwu")
    await wire.sends("aibot_respond_msg", said[0], stream())
    await wire.is_told("五")


async def test_what_is_said_in_a_group_keeps_the_mention_and_may_hide_who_said_it() -> None:
    city = {**CITY, "bots": [{**CITY["bots"][0], "plain_ids": False}]}
    with pytest.raises(ValueError, match="takes no robot"):
        World.from_dict(
            {**city, "groups": [{"id": "g", "robots": [BOT], "external": True, "name": ""}]}
        )
    async with open_platform() as (app, url, clock), ClientSession() as http:
        app[SANDBOX].world.bots[:] = World.from_dict(city).bots
        wire = Wire(app, clock, http, url, await http.ws_connect(url))
        await wire.sends("aibot_subscribe", body=WHO)
        member = app[SANDBOX].world.member("lisi")
        assert member is not None
        await app[ROBOTS].says(member, app[SANDBOX].world.groups[0], "云阅读")
        told = (await wire.hears())["body"]
        assert told["text"]["content"] == "@备案助手 云阅读"
        assert told["from"]["userid"].startswith("wo") and told["chattype"] == "group"
        app[SANDBOX].world.bots.clear()
        with pytest.raises(RefusalError):
            await app[ROBOTS].says(member, None, "云阅读")
        await wire.socket.close()


async def test_faults_happen_where_they_were_wished_for(wire: Wire) -> None:
    await wire.sends("aibot_subscribe", body=WHO)
    faults = wire.app[SANDBOX].faults
    with pytest.raises(ValueError, match="kind must be"):
        Fault.from_json({"api": "aibot", "kind": "cut"})
    faults.add(Fault.from_json({"api": "aibot", "kind": "expired"}))
    said = await wire.is_told()
    assert await wire.sends("aibot_respond_msg", said, stream()) == 846604
    faults.add(Fault.from_json({"api": "aibot/answer", "kind": "errcode", "errcode": -1}))
    assert await wire.sends("aibot_respond_msg", "any", stream()) == -1
    faults.add(Fault.from_json({"api": "aibot/answer", "kind": "cut"}))
    await wire.socket.send_str('{"cmd":"aibot_send_msg","headers":{"req_id":"z"}}')
    with contextlib.suppress(ConnectionError):
        assert (await wire.socket.receive()).type in (WSMsgType.CLOSED, WSMsgType.ERROR)
