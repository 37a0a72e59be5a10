"""What pages read: people, screens, the stream of events, the clock."""

import asyncio
import json
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.sandbox.app import build_sandbox
from bot.sandbox.clock import Clock
from bot.sandbox.world import World
from tests.sandbox.lab import AGENT, BUTTONS, CITY, START, Lab, text_reply


async def read_events(lab: Lab, count: int, **query: Any) -> list[tuple[str, dict[str, Any]]]:
    """Read ``count`` events of the stream, then leave."""
    found: list[tuple[str, dict[str, Any]]] = []
    async with lab.client.get("/sandbox/events", params=query) as response:
        kind = ""
        async for raw in response.content:
            line = raw.decode().strip()
            if line.startswith("event: "):
                kind = line.removeprefix("event: ")
            if line.startswith("data: "):
                found.append((kind, json.loads(line.removeprefix("data: "))))
                if len(found) == count:
                    break
    return found


async def test_the_list_shows_people_apps_and_groups_and_no_secret(lab: Lab) -> None:
    listed = await lab.get("/sandbox/phones")
    first = listed["members"][0]
    assert (first["userid"], first["name"], first["unread"]) == ("ZhangSan", "张三", 0)
    assert [app["agent_id"] for app in first["apps"]] == [AGENT]
    assert len({one["colour"] for one in listed["members"]}) == 5
    assert [one["id"] for one in listed["groups"]] == ["work", "school", "parents"]
    assert listed["now"] == START.isoformat()
    assert not any(word in str(listed) for word in ("secret", "robot-key", "13800000001"))


async def test_a_member_sees_only_apps_that_see_the_member(lab: Lab) -> None:
    listed = {one["userid"]: one for one in (await lab.get("/sandbox/phones"))["members"]}
    assert [app["agent_id"] for app in listed["lisi"]["apps"]] == [AGENT, 1000003]
    assert listed["parent1"]["apps"] == listed["gone"]["apps"] == []
    said = await lab.finger("parent1", "say", text="备案了吗")
    assert said == {"error": "this member does not see that app"}


async def test_nobody_elses_phone_exists(lab: Lab) -> None:
    async with lab.client.get("/sandbox/phones/nobody") as response:
        assert response.status == 404
    async with lab.client.post("/sandbox/phones/nobody/say", json={"text": "x"}) as response:
        assert response.status == 404


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/sandbox/groups/nowhere", 404),
        ("/sandbox/media/nothing", 404),
        ("/sandbox/sent?since=yesterday", 400),
        ("/wecom-api/cgi-bin/hologram/send", 404),
    ],
)
async def test_what_does_not_exist_is_said_to_be_missing(lab: Lab, path: str, status: int) -> None:
    async with lab.client.get(path) as response:
        assert response.status == status


@pytest.mark.parametrize(
    ("path", "wish", "status"),
    [
        ("/sandbox/apps/1000002/forge", {"kind": "gremlin", "userid": "lisi"}, 400),
        ("/sandbox/apps/1000002/forge", {"kind": "junk", "userid": "nobody"}, 400),
        ("/sandbox/apps/7/forge", {"kind": "junk", "userid": "lisi"}, 404),
        ("/sandbox/apps/none/callback", {}, 404),
        ("/sandbox/phones/lisi/menu", {"key": "nothing"}, 409),
        ("/sandbox/phones/lisi/menu", {}, 409),
        ("/sandbox/phones/lisi/raw", {"event": "view", "fields": "x"}, 409),
        ("/sandbox/phones/lisi/open", {"url": "nowhere"}, 409),
        ("/sandbox/phones/lisi/tap", {"bubble": "b99", "button": "x"}, 409),
        ("/sandbox/phones/lisi/say", ["not an object"], 400),
    ],
)
async def test_what_cannot_be_done_is_refused_and_tells_the_bot_nothing(
    lab: Lab, path: str, wish: Any, status: int
) -> None:
    async with lab.client.post(path, json=wish) as response:
        assert response.status == status
    assert lab.bot.heard == []


@pytest.mark.parametrize("body", [{"text": ""}, {"text": "  "}, {"text": 7}, {}])
async def test_there_must_be_something_to_say(lab: Lab, body: dict[str, Any]) -> None:
    async with lab.client.post("/sandbox/phones/lisi/say", json=body) as response:
        assert response.status == 409


async def test_pages_are_told_of_bubbles_unread_marks_redraws_and_groups(lab: Lab) -> None:
    code = (await lab.card(BUTTONS))["response_code"]
    await lab.update(code, atall=1, button={"replace_name": "已通过"})
    robot = {"msgtype": "text", "text": {"content": "好"}}
    await lab.post("/wecom-api/cgi-bin/webhook/send", robot, key="robot-key-1")
    await lab.post("/sandbox/story", {"step": 3, "caption": "校长签字"})
    lab.later(hours=1)
    events = await read_events(lab, 6, since=0)
    assert [kind for kind, _ in events] == [
        "bubble",
        "unread",
        "redraw",
        "group",
        "story",
        "clock",
    ]
    assert [data["sequence"] for _, data in events] == [1, 2, 3, 4, 5, 6]
    bubble, unread, redraw, group, story, clock = (data for _, data in events)
    assert bubble["bubble"]["id"] == redraw["bubble"]["id"]
    assert unread == {"member": "ZhangSan", "unread": 1, "sequence": 2}
    assert redraw["bubble"]["state"]["replaced"] == "已通过"
    assert (group["group"], group["bubble"]["text"]) == ("work", "好")
    assert (story["step"], story["caption"]) == (3, "校长签字")
    assert clock["now"] == "2026-09-30T10:02:00+00:00"


async def test_a_page_that_was_away_goes_on_where_it_was(lab: Lab) -> None:
    for text in ("一", "二", "三"):
        await lab.finger("lisi", "say", text=text)
    async with lab.client.get("/sandbox/events", headers={"Last-Event-ID": "2"}) as response:
        await response.content.readuntil(b"data: ")
        told = json.loads(await response.content.readline())
    assert (told["sequence"], told["bubble"]["text"]) == (3, "三")


async def test_a_page_is_told_as_it_happens(lab: Lab) -> None:
    async with lab.client.get("/sandbox/events") as response:
        await response.content.readline()
        await lab.finger("lisi", "say", text="备案")
        await response.content.readuntil(b"data: ")
        told = json.loads(await response.content.readline())
    assert told["bubble"]["text"] == "备案"


async def test_one_phone_keeps_its_order_while_another_goes_on(lab: Lab) -> None:
    lab.bot.hangs = 1
    first = asyncio.create_task(lab.finger("lisi", "say", text="一"))
    await lab.bot.arrived.wait()
    second = asyncio.create_task(lab.finger("lisi", "say", text="二"))
    assert (await lab.finger("ZhangSan", "say", text="别人"))["delivered"]
    assert not second.done()
    lab.bot.release.set()
    await asyncio.gather(first, second)
    assert [one.fields["Content"] for one in lab.bot.heard] == ["一", "别人", "二"]


async def test_who_writes_has_read(lab: Lab) -> None:
    await lab.send("text", {"content": "请补正"}, to="lisi")
    await lab.finger("lisi", "say", text="好的")
    listed = {one["userid"]: one for one in (await lab.get("/sandbox/phones"))["members"]}
    assert listed["lisi"]["unread"] == 0
    assert listed["lisi"]["last"]["text"] == "好的"


async def test_any_other_message_or_event_can_be_sent(lab: Lab) -> None:
    place = {"Latitude": 27.99, "Longitude": 120.69, "Precision": 65, "AppType": "wxwork"}
    lab.bot.reply = text_reply("已收到位置")
    said = await lab.finger("lisi", "raw", event="LOCATION", fields=place)
    assert said["answer"]["bubble"]["text"] == "已收到位置"
    await lab.finger("lisi", "raw", type="voice", fields={"MediaId": "m", "Format": "amr"})
    location, voice = (one.fields for one in lab.bot.heard)
    assert (location["Event"], location["Latitude"]) == ("LOCATION", "27.99")
    assert (voice["MsgType"], voice["Format"]) == ("voice", "amr")


async def test_the_clock_is_read_and_moved_and_stamps_follow_it(lab: Lab) -> None:
    said = await lab.post("/sandbox/clock", {"now": "2026-10-09T08:47:00+08:00"})
    assert said == await lab.get("/sandbox/clock") == {"now": "2026-10-09T08:47:00+08:00"}
    await lab.finger("lisi", "say", text="备案")
    heard = lab.bot.heard[0]
    assert heard.fields["CreateTime"] == heard.query["timestamp"] == "1791506820"
    assert (await lab.bubbles("lisi"))[0]["at"] == "2026-10-09T08:47:00+08:00"


@pytest.mark.parametrize("now", ["yesterday", "2026-10-09T08:47:00", None])
async def test_a_time_without_zone_or_sense_is_refused(lab: Lab, now: str | None) -> None:
    async with lab.client.post("/sandbox/clock", json={"now": now}) as response:
        assert response.status == 400
    assert lab.clock.now() == START


async def test_the_clock_runs_on_from_where_it_was_set() -> None:
    ticks = [0.0]
    clock = Clock(START, ticks=lambda: ticks[0])
    ticks[0] = 5.0
    assert (clock.now() - START).total_seconds() == 5
    clock.move(START)
    ticks[0] = 7.0
    assert (clock.now() - START).total_seconds() == 2


async def test_a_sandbox_with_listening_pages_stops_at_once(lab: Lab) -> None:
    async with lab.client.get("/sandbox/events") as response:
        await response.content.readline()
        lab.box.hub.close()
        assert await response.content.read() == b"\n"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"members": [{"userid": "A", "name": "a"}, {"userid": "a", "name": "b"}]}, "two members"),
        ({"apps": [{"corp_id": "x", "agent_id": 1, "name": "a", "secret": "s"}]}, "unknown corp"),
    ],
)
async def test_an_impossible_city_is_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        World.from_dict({**CITY, **change})


async def test_a_clock_that_cannot_be_moved_says_so() -> None:
    class Fixed:
        def now(self) -> Any:
            return START

    app = build_sandbox(World.from_dict(CITY), Fixed())
    async with (
        TestClient(TestServer(app)) as client,
        client.post("/sandbox/clock", json={"now": START.isoformat()}) as response,
    ):
        assert response.status == 409
