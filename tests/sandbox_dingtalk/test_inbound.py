"""What people say to the robot, as the bot gets it: by stream, and by HTTP with a signature."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.sandbox.dingtalk.webhooks import signature
from tests.sandbox_dingtalk.lab import APP, CORP, SECRET, Lab


async def test_a_message_of_a_colleague_says_who_and_where(lab: Lab) -> None:
    line = await lab.line()
    await lab.finger("zhang", "say", text="备案")
    (got,) = line.data()
    assert (got["msgtype"], got["text"]["content"].strip()) == ("text", "备案")
    assert (got["conversationType"], got["senderStaffId"]) == ("1", "u-zhang")
    assert (got["robotCode"], got["chatbotCorpId"], got["senderCorpId"]) == (APP, CORP, CORP)
    assert "conversationTitle" not in got and isinstance(got["createAt"], int)
    assert got["sessionWebhookExpiredTime"] - got["createAt"] == 5_400_000


async def test_the_journal_keeps_no_address_that_answers(lab: Lab) -> None:
    await lab.line()
    await lab.finger("zhang", "say", text="备案")
    assert "sendBySession" not in str(await lab.get("/sandbox/sent"))


async def test_in_a_group_the_robot_hears_what_mentions_it_after_a_blank(lab: Lab) -> None:
    line = await lab.line()
    deaf = await lab.finger("zhang", "say", text="随便聊聊", group="work", at=False)
    await lab.finger("zhang", "say", text="备案查询", group="work")
    (got,) = line.data()
    assert deaf["delivered"] is False
    assert got["text"]["content"] == " 备案查询"
    assert (got["conversationType"], got["conversationTitle"]) == ("2", "工作群")
    assert got["isInAtList"] and got["conversationId"] == await lab.group_id()
    assert [one["text"] for one in await lab.room("work")] == ["随便聊聊", "备案查询"]


async def test_an_outsider_has_no_staff_id(lab: Lab) -> None:
    line = await lab.line()
    for _ in range(8):
        await lab.finger("guest", "say", text="备案查询", group="work")
    told = {one.get("senderStaffId", "absent") for one in line.data()}
    assert told == {"", "absent"}
    assert all(one["senderCorpId"] != CORP for one in line.data())
    said = await lab.finger("guest", "say", text="备案查询")
    assert said == {"error": "this person does not see that robot"}


async def test_before_the_app_is_published_nobody_has_a_staff_id(lab: Lab) -> None:
    line = await lab.line()
    await lab.control("apps", published=False)
    await lab.finger("zhang", "say", text="备案")
    assert not line.data()[0].get("senderStaffId") and "isAdmin" not in line.data()[0]


async def test_words_and_pictures_keep_their_order(lab: Lab) -> None:
    line = await lab.line()
    kept = await lab.file("zhang", "keep", "a.png", b"picture")
    parts = [{"text": "看"}, {"picture": kept["file"]}, {"text": "对吗"}]
    await lab.finger("zhang", "rich", parts=parts)
    rich = line.data()[0]["content"]["richText"]
    assert (rich[0], rich[2]) == ({"text": "看"}, {"text": "对吗"})
    assert rich[1]["type"] == "picture" and rich[1]["downloadCode"]
    said = await lab.finger("zhang", "rich", parts=[{"picture": "nothing"}])
    assert said == {"error": "there is no such picture"}


@pytest.mark.parametrize(
    ("what", "kind", "keys"),
    [
        ("photo", "picture", {"downloadCode", "pictureDownloadCode"}),
        ("file", "file", {"downloadCode", "fileName", "fileId", "spaceId"}),
        ("audio", "audio", {"downloadCode", "duration", "recognition"}),
        ("video", "video", {"downloadCode", "duration", "videoType"}),
    ],
)
async def test_what_is_sent_one_to_one_arrives(
    lab: Lab, what: str, kind: str, keys: set[str]
) -> None:
    line = await lab.line()
    said = await lab.file("zhang", what, "方案.docx", b"content")
    (got,) = line.data()
    assert said["acked"] and got["msgtype"] == kind and set(got["content"]) == keys


async def test_in_a_group_only_pictures_reach_the_robot(lab: Lab) -> None:
    line = await lab.line()
    for what in ("file", "audio", "video"):
        assert not (await lab.file("zhang", what, "a.bin", b"x", group="work"))["delivered"]
    assert (await lab.file("zhang", "photo", "a.png", b"x", group="work"))["delivered"]
    assert [one["msgtype"] for one in line.data()] == ["picture"]


async def test_a_message_may_be_odd_on_purpose(lab: Lab) -> None:
    line = await lab.line()
    await lab.finger("zhang", "raw", fields={"msgtype": "hologram"}, drop=["text", "senderStaffId"])
    (got,) = line.data()
    assert got["msgtype"] == "hologram" and not {"text", "senderStaffId"} & set(got)


@pytest.mark.parametrize(
    ("path", "wish", "status"),
    [
        ("zhang/say", {"text": " "}, 409),
        ("zhang/say", {"text": "好", "app": "dingotherapp0002"}, 409),
        ("zhang/say", {"text": "好", "group": "nowhere"}, 404),
        ("zhang/say", {"text": "好", "group": "wecom-group"}, 404),
        ("zhang/say", {"text": "好", "group": "school"}, 409),
        ("zhang/file", {}, 409),
        ("wang/say", {"text": "好"}, 404),
        ("nobody/say", {"text": "好"}, 404),
        ("zhang/say", [], 400),
    ],
)
async def test_a_phone_offers_only_what_it_has(lab: Lab, path: str, wish: Any, status: int) -> None:
    async with lab.client.post(f"/sandbox/dingtalk/phones/{path}", json=wish) as response:
        assert response.status == status


@dataclass(slots=True)
class HttpBot:
    """A bot that chose HTTP: it remembers and answers what a test wants."""

    url: str = ""
    heard: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)
    answer: Callable[[], web.Response] = web.Response

    async def callback(self, request: web.Request) -> web.Response:
        """Take one delivery."""
        self.heard.append((dict(request.headers), await request.json()))
        return self.answer()


@pytest_asyncio.fixture
async def http_bot(lab: Lab) -> AsyncIterator[HttpBot]:
    """A toy bot at an HTTP address of the first app."""
    bot = HttpBot()
    app = web.Application()
    app.router.add_post("/dingtalk/callback", bot.callback)
    server = TestServer(app)
    await server.start_server()
    bot.url = str(server.make_url("/dingtalk/callback"))
    await lab.control("apps", mode="http", callback_url=bot.url)
    yield bot
    await server.close()


def says(text: str) -> Callable[[], web.Response]:
    """Return an answer that is a message."""
    return lambda: web.json_response({"msgtype": "text", "text": {"content": text}})


def test_the_signature_is_that_of_the_papers() -> None:
    assert signature(SECRET, "1577262236757") == "MmyaWLrBhMLfauHkScVmXkbsD+1cGWTp3fMVP4evq1s="


async def test_http_mode_posts_the_same_message_signed_and_shows_the_answer(
    lab: Lab, http_bot: HttpBot
) -> None:
    http_bot.answer = says("收到")
    said = await lab.finger("zhang", "say", text="备案")
    headers, got = http_bot.heard[0]
    assert signature(SECRET, headers["timestamp"]) == headers["sign"]
    assert got["text"]["content"].strip() == "备案"
    assert (said["acked"], said["answer"]) == (True, {"type": "text", "text": "收到"})
    assert [one.get("text") for one in await lab.bubbles()] == ["备案", "收到"]


async def test_an_answer_that_is_no_message_is_not_shown(lab: Lab, http_bot: HttpBot) -> None:
    http_bot.answer = lambda: web.json_response({"msgtype": "hologram"})
    await lab.finger("zhang", "say", text="备案")
    http_bot.answer = lambda: web.Response(text="success")
    await lab.finger("zhang", "say", text="备案")
    http_bot.answer = lambda: web.json_response({"msgtype": "empty"})
    await lab.finger("zhang", "say", text="备案")
    assert len(await lab.bubbles()) == 3 and len(await lab.violations()) == 2


async def test_http_mode_may_spell_the_content_plainly(lab: Lab, http_bot: HttpBot) -> None:
    await lab.control("rules", http_content="plain")
    await lab.finger("zhang", "say", text="备案")
    assert "text" not in http_bot.heard[0][1]
    assert http_bot.heard[0][1]["content"].strip() == "备案"


@pytest.mark.parametrize(("kind", "count"), [("duplicate", 2), ("lost", 0), ("no_quota", 1)])
async def test_faults_of_http_mode(lab: Lab, http_bot: HttpBot, kind: str, count: int) -> None:
    await lab.fault("callback", kind)
    await lab.finger("zhang", "say", text="备案")
    assert len({json.dumps(one) for _, one in http_bot.heard}) == min(count, 1)
    assert len(http_bot.heard) == count
    assert all(("text" in one) is (kind != "no_quota") for _, one in http_bot.heard)


async def test_a_stale_signature_can_be_sent(lab: Lab, http_bot: HttpBot) -> None:
    await lab.fault("callback", "stale_timestamp")
    await lab.finger("zhang", "say", text="备案")
    assert lab.ding.ms() - int(http_bot.heard[0][0]["timestamp"]) == 7_200_000


@pytest.mark.parametrize(
    ("kind", "signed", "skew"),
    [
        ("unsigned", None, 0),
        ("wrong_signature", False, 0),
        ("signature_of_another_app", False, 0),
        ("stale", True, -7_200_000),
        ("from_the_future", True, 7_200_000),
        ("junk", True, 0),
        ("not_an_object", True, 0),
        ("oversize", True, 0),
    ],
)
async def test_a_forgery_is_wrong_in_one_thing_only(
    lab: Lab, kind: str, signed: bool | None, skew: int
) -> None:
    heard: list[tuple[Any, bytes]] = []

    async def callback(request: web.Request) -> web.Response:
        heard.append((request.headers, await request.read()))
        return web.Response(status=403)

    app = web.Application(client_max_size=1024 * 1024)
    app.router.add_post("/callback", callback)
    async with TestServer(app) as server:
        await lab.control("apps", callback_url=str(server.make_url("/callback")))
        said = await lab.control("forge", kind=kind)
    (headers, data) = heard[0]
    assert said["status"] == 403
    if signed is not None:
        right = signature(SECRET, headers["timestamp"]) == headers["sign"]
        assert (right, int(headers["timestamp"]) - lab.ding.ms()) == (signed, skew)
    else:
        assert "sign" not in headers
    assert (len(data) > 256 * 1024, data[:1]) == (
        kind == "oversize",
        {"oversize": b" ", "not_an_object": b"["}.get(kind, b"{"),
    )


async def test_an_unknown_forgery_is_not_made(lab: Lab) -> None:
    async with lab.client.post("/sandbox/dingtalk/forge", json={"kind": "gremlin"}) as response:
        assert response.status == 400


async def test_a_bot_that_fails_has_not_acknowledged(lab: Lab, http_bot: HttpBot) -> None:
    http_bot.answer = lambda: web.Response(status=500)
    said = await lab.finger("zhang", "say", text="备案")
    assert (said["delivered"], said["reason"]) == (False, "HTTP 500")
    await lab.control("apps", callback_url="http://127.0.0.1:9/")
    assert "Error" in (await lab.finger("zhang", "say", text="备案"))["reason"]
