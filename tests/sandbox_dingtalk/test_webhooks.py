"""Replies to a session and custom robots: HTTP 200 whatever happens, the number tells."""

from typing import Any
from urllib.parse import urlsplit

import pytest

from bot.sandbox.dingtalk.webhooks import signature
from tests.sandbox_dingtalk.lab import OAPI, SIGNED, Lab

TEXT: dict[str, Any] = {"msgtype": "text", "text": {"content": "备案公告"}}
HEAD = {"title": "标题", "text": "正文"}
BUTTONS = [{"title": "看", "actionURL": "u"}]
FEED = [{"title": "一", "messageURL": "m", "picURL": "p"}]


async def session(lab: Lab, **where: str) -> str:
    """Say something and return the path of the session it can be answered at."""
    if not lab.lines:
        await lab.line()
    await lab.finger("zhang", "say", text="备案", **where)
    address = urlsplit(lab.lines[0][0].data()[-1]["sessionWebhook"])
    return f"{address.path}?{address.query}"


async def test_a_session_is_answered_where_it_came_from(lab: Lab) -> None:
    assert await lab.post(await session(lab), TEXT) == {"errcode": 0, "errmsg": "ok"}
    assert (await lab.bubbles())[-1]["text"] == "备案公告"
    at = {"at": {"atUserIds": ["u-zhang"]}}
    await lab.post(await session(lab, group="work"), {**TEXT, **at})
    assert (await lab.room("work"))[-1]["at"] == {"people": ["u-zhang"]}


async def test_a_session_s_host_is_the_one_the_bot_calls_whoever_looks_at_the_page(
    lab: Lab,
) -> None:
    line = await lab.line()
    path, page = "/sandbox/dingtalk/phones/zhang/say", {"Host": "localhost:1"}
    async with lab.client.post(path, json={"text": "备案"}, headers=page) as response:
        assert response.status == 200
    assert line.data()[0]["sessionWebhook"].startswith(lab.origin)


async def test_a_session_of_a_dissolved_group_is_over(lab: Lab) -> None:
    path = await session(lab, group="work")
    await lab.control("groups", id="work")
    assert (await lab.post(path, TEXT))["errcode"] == 400013


async def test_a_session_ends_at_its_time(lab: Lab) -> None:
    path = await session(lab)
    lab.later(minutes=90)
    assert (await lab.post(path, TEXT))["errcode"] == 300001
    assert (await lab.post(f"{OAPI}/robot/sendBySession?session=guess", TEXT))["errcode"] == 300001


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (TEXT, "text"),
        ({"msgtype": "markdown", "markdown": HEAD}, "markdown"),
        ({"msgtype": "link", "link": {**HEAD, "messageUrl": "m"}}, "link"),
        (
            {
                "msgtype": "actionCard",
                "actionCard": {**HEAD, "singleTitle": "看", "singleURL": "u"},
            },
            "action_card",
        ),
        (
            {
                "msgtype": "actionCard",
                "actionCard": {**HEAD, "btns": BUTTONS, "btnOrientation": "1"},
            },
            "action_card",
        ),
        ({"msgtype": "feedCard", "feedCard": {"links": FEED}}, "feed_card"),
    ],
)
async def test_five_kinds_of_message_are_taken(lab: Lab, body: dict[str, Any], kind: str) -> None:
    assert (await lab.post(await session(lab), body))["errcode"] == 0
    assert (await lab.bubbles())[-1]["kind"] == kind


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"msgtype": "image", "image": {}}, 400105),
        ({"msgtype": "empty"}, 400105),
        ({"msgtype": {}}, 400105),
        ({"msgtype": "text"}, 40035),
        ({"msgtype": "text", "text": {"content": ""}}, 40035),
        ({"msgtype": "text", "text": {"content": 1}}, 40035),
        ({"msgtype": "markdown", "markdown": {"title": "x"}}, 40035),
        ({"msgtype": "actionCard", "actionCard": HEAD}, 40035),
        ({"msgtype": "actionCard", "actionCard": {**HEAD, "btns": []}}, 40035),
        (
            {"msgtype": "actionCard", "actionCard": {**HEAD, "btns": BUTTONS, "btnOrientation": 1}},
            40035,
        ),
        ({"msgtype": "feedCard", "feedCard": {"links": [{"title": "x"}]}}, 40035),
        ({"msgtype": "feedCard", "feedCard": {"links": FEED}, "at": {"isAtAll": True}}, 40035),
        ({**TEXT, "at": []}, 40035),
        ({**TEXT, "at": {"atUserIds": [None]}}, 40035),
        ({**TEXT, "at": {"atUserIds": ["u"] * 51}}, 40035),
        ({**TEXT, "at": {"isAtAll": "true"}}, 40035),
    ],
)
async def test_what_is_wrong_is_told_in_a_200(lab: Lab, body: dict[str, Any], code: int) -> None:
    assert (await lab.post(await session(lab), body))["errcode"] == code
    assert len(await lab.bubbles()) == 1


@pytest.mark.parametrize(
    ("data", "kind", "code"),
    [
        ("{}", "text/plain", 43004),
        ("msgtype=text", "application/x-www-form-urlencoded", 43004),
        ("{", "application/json", 40035),
        ("[]", "application/json", 40035),
    ],
)
async def test_a_body_that_is_no_json_object_is_refused(
    lab: Lab, data: str, kind: str, code: int
) -> None:
    path = await session(lab)
    async with lab.client.post(path, data=data, headers={"Content-Type": kind}) as response:
        assert (response.status, (await response.json())["errcode"]) == (200, code)


async def post(lab: Lab, body: dict[str, Any], token: str = "webhook-1", **query: str) -> int:
    """Post to a custom robot, signed where nothing else is said; return the code."""
    stamp = str(lab.ding.ms())
    query = {"timestamp": stamp, "sign": signature(SIGNED, stamp), **query}
    return int((await lab.post(f"{OAPI}/robot/send", body, access_token=token, **query))["errcode"])


def test_the_signature_is_that_of_the_papers() -> None:
    signed = signature(SIGNED, "1700000000000")
    assert signed == "yBKp5IlG6qCzcQWmgyRK/ziJBdVNJmHfFE2ST/CzT/g="


async def test_a_custom_robot_takes_what_is_signed(lab: Lab) -> None:
    assert await post(lab, TEXT) == 0
    assert await post(lab, TEXT, sign="guess") == 310000
    stale = str(lab.ding.ms() - 3_600_001)
    assert await post(lab, TEXT, timestamp=stale, sign=signature(SIGNED, stale)) == 310000
    assert await post(lab, TEXT, timestamp="yesterday") == 310000
    assert len(await lab.room("work")) == 1


async def test_a_custom_robot_may_want_a_keyword(lab: Lab) -> None:
    assert await post(lab, TEXT, "webhook-2") == 0
    other = {"msgtype": "text", "text": {"content": "通知"}, "msgUuid": "备案"}
    assert await post(lab, other, "webhook-2") == 310000


async def test_an_unknown_token_gets_the_code_that_the_rule_says(lab: Lab) -> None:
    assert await post(lab, TEXT, "guess") == 300005
    assert await post(lab, TEXT, "robot-key") == 300005
    await lab.control("rules", unknown_webhook_code=400101)
    assert await post(lab, TEXT, "guess") == 400101


async def test_over_twenty_a_minute_the_robot_is_blocked_for_ten(lab: Lab) -> None:
    codes = [await post(lab, TEXT) for _ in range(21)]
    assert codes == [0] * 20 + [130101]
    lab.later(minutes=9, seconds=59)
    assert await post(lab, TEXT) == 130101
    lab.later(seconds=1)
    assert await post(lab, TEXT) == 0
    assert await lab.violations() == ["a custom robot is blocked for ten minutes"]


async def test_the_same_uuid_is_posted_once(lab: Lab) -> None:
    once = {**TEXT, "msgUuid": "announcement-1"}
    assert [await post(lab, once), await post(lab, once)] == [0, 0]
    assert await post(lab, {**TEXT, "msgUuid": "announcement-2"}) == 0
    assert len(await lab.room("work")) == 2


async def test_a_dissolved_group_and_a_long_body_are_refused(lab: Lab) -> None:
    assert await post(lab, {"msgtype": "text", "text": {"content": "备" * 7000}}) == 460101
    await lab.control("groups", id="work")
    assert await post(lab, TEXT) == 400013
    await lab.control("groups", id="work", gone=False)
    assert await post(lab, TEXT) == 0


async def test_a_used_up_month_refuses_webhooks(lab: Lab) -> None:
    await lab.control("quotas", units=3000)
    assert await post(lab, TEXT) == 90020


async def test_a_wecom_robot_has_no_key_of_dingtalk(lab: Lab) -> None:
    said = await lab.post("/wecom-api/cgi-bin/webhook/send", TEXT, key="webhook-1")
    assert said["errcode"] == 93000
