"""A finger on a card: what the bot is told, its two seconds, and whose view its answer changes."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.sandbox.dingtalk.taps import signature
from tests.sandbox_dingtalk.lab import (
    APP,
    CARD_TOPIC,
    OTHER_APP,
    OTHER_SECRET,
    ROBOT_TOPIC,
    Lab,
    ack_of,
    deaf,
    good,
)

BOTH = "IM_ROBOT.u-zhang;IM_ROBOT.u-li"
BY_KEY = {"updateCardDataByKey": True, "updatePrivateDataByKey": True}


def params(**given: str) -> dict[str, Any]:
    """Return a part of a card's data."""
    return {"cardParamMap": given}


def answers(**response: Any) -> Callable[[dict[str, Any]], dict[str, Any] | None]:
    """Return a bot that answers card callbacks with ``response``."""

    def answer(frame: dict[str, Any]) -> dict[str, Any] | None:
        if frame["headers"]["topic"] != CARD_TOPIC:
            return good(frame)
        return ack_of(frame, {"response": response})

    return answer


async def test_the_bot_is_told_who_pressed_what_where(lab: Lab) -> None:
    line = await lab.line()
    await lab.card()
    said = await lab.finger("zhang", "tap", action="agree", params={"action": "agree"})
    (got,) = line.data(CARD_TOPIC)
    assert said["acked"] and isinstance(got["content"], str)
    assert json.loads(got["content"]) == {
        "cardPrivateData": {"actionIds": ["agree"], "params": {"action": "agree"}}
    }
    assert (got["outTrackId"], got["userId"], got["userIdType"]) == ("t-1", "u-zhang", 1)
    assert (got["type"], got["spaceType"]) == ("actionCallback", "IM_ROBOT")


@pytest.mark.parametrize("variant", ["value", "beside"])
async def test_the_content_is_spelt_in_other_ways_too(lab: Lab, variant: str) -> None:
    line = await lab.line()
    await lab.card()
    await lab.finger("zhang", "tap", action="agree", params={"a": "1"}, variant=variant)
    (got,) = line.data(CARD_TOPIC)
    content = json.loads(got["value" if variant == "value" else "content"])
    beside = variant == "beside"
    assert ("params" in content, "params" in content["cardPrivateData"]) == (beside, not beside)


async def test_the_spelling_may_be_any(lab: Lab) -> None:
    line = await lab.line()
    await lab.control("rules", card_content="any")
    await lab.card()
    for _ in range(9):
        await lab.finger("zhang", "tap", action="agree")
    assert {"value", "content"} <= {name for one in line.data(CARD_TOPIC) for name in one}


async def test_the_answer_changes_only_the_tapper_s_view(lab: Lab) -> None:
    await lab.line(
        answers(
            cardUpdateOptions=BY_KEY,
            cardData=params(status="agree"),
            userPrivateData=params(mine="已办"),
        )
    )
    await lab.card(space=BOTH)
    await lab.finger("zhang", "tap", action="agree")
    assert await lab.view("zhang") == {"title": "备案审核", "status": "agree", "mine": "已办"}
    assert await lab.view("li") == {"title": "备案审核", "status": "pending"}


async def test_without_by_key_the_answer_replaces_the_tapper_s_view(lab: Lab) -> None:
    await lab.line(answers(cardData=params(status="agree")))
    await lab.card()
    await lab.finger("zhang", "tap", action="agree")
    assert await lab.view() == {"status": "agree"}


async def test_a_put_is_what_everybody_sees_at_last(lab: Lab) -> None:
    await lab.line(answers(cardUpdateOptions=BY_KEY, cardData=params(status="gone?")))
    await lab.card(space=BOTH)
    await lab.finger("zhang", "tap", action="agree")
    await lab.update(cardData=params(status="agree"), cardUpdateOptions=BY_KEY)
    assert [(await lab.view(one))["status"] for one in ("zhang", "li")] == ["agree", "agree"]
    await lab.update(cardData=params(title="结束"))
    assert await lab.view("zhang") == await lab.view("li") == {"title": "结束"}


async def test_private_data_by_another_name_does_nothing(lab: Lab) -> None:
    await lab.line(answers(privateData={"u-zhang": params(mine="x")}))
    await lab.card()
    said = await lab.finger("zhang", "tap", action="agree")
    assert said["acked"] and "mine" not in await lab.view()
    assert (await lab.sent("ignored"))[0]["fields"] == ["privateData"]


async def test_a_value_of_the_wrong_type_in_an_answer_is_a_violation(lab: Lab) -> None:
    await lab.line(answers(cardData={"cardParamMap": {"count": 3}}))
    await lab.card()
    await lab.finger("zhang", "tap", action="agree")
    assert "bad value" in (await lab.violations())[0]
    assert await lab.view() == {"title": "备案审核", "status": "pending"}


async def test_no_answer_in_time_is_a_failure_that_the_phone_shows(lab: Lab) -> None:
    await lab.hurry()
    line = await lab.line(deaf)
    await lab.card()
    said = await lab.finger("zhang", "tap", action="agree")
    assert (said["delivered"], said["reason"]) == (False, "no answer in time")
    assert said["bubble"]["state"]["failed"]
    late = ack_of(line.of(CARD_TOPIC)[0], {"response": {"cardData": params(status="late")}})
    await line.socket.send_str(json.dumps(late))
    await asyncio.sleep(0.1)
    assert (await lab.view())["status"] == "pending"
    assert [one["reason"] for one in await lab.sent("card_failure")] == ["no answer in time"]
    line.answer = good
    said = await lab.finger("zhang", "tap", action="agree")
    assert said["acked"] and not said["bubble"]["state"]["failed"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda frame: ack_of(frame, code=500), "code 500"),
        (lambda frame: ack_of(frame, {"cardData": {}}), "no answer in time"),
        (lambda frame: ack_of(frame, {"response": []}), "no answer in time"),
    ],
)
async def test_an_answer_of_the_wrong_shape_is_a_failure(
    lab: Lab, answer: Any, reason: str
) -> None:
    await lab.hurry()
    await lab.line(answer)
    await lab.card()
    assert (await lab.finger("zhang", "tap", action="agree"))["reason"] == reason


async def test_an_update_while_the_callback_is_open_is_a_violation(lab: Lab) -> None:
    line = await lab.line(deaf)
    await lab.card()
    tap = asyncio.create_task(lab.finger("zhang", "tap", action="agree"))
    (frame,) = await line.wait(1, CARD_TOPIC)
    await lab.update(cardData=params(status="agree"))
    await line.socket.send_str(json.dumps(ack_of(frame)))
    assert (await tap)["acked"]
    await lab.update(cardData=params(status="agree"))
    assert await lab.violations() == ["a card was updated while its callback was open"]


async def test_without_callback_type_nobody_is_told(lab: Lab) -> None:
    line = await lab.line()
    await lab.card(callbackType=None)
    said = await lab.finger("zhang", "tap", action="agree")
    assert (said["delivered"], line.of(CARD_TOPIC)) == (False, [])
    assert not said["bubble"]["state"]["live"]


async def test_a_callback_goes_to_the_app_that_made_the_card(lab: Lab) -> None:
    line = await lab.line()
    lab.ding.box.world.ding_apps[1].visible = None
    token = await lab.token(OTHER_APP, OTHER_SECRET)
    await lab.token()
    lab.tokens[APP] = token
    model = {"spaceType": "IM_ROBOT", "robotCode": OTHER_APP}
    assert (await lab.card(imRobotOpenDeliverModel=model))["success"]
    said = await lab.finger("zhang", "tap", action="agree")
    assert (said["reason"], line.of(CARD_TOPIC)) == ("no stream takes it", [])


async def test_a_line_without_the_topic_hears_no_tap(lab: Lab) -> None:
    await lab.line(good, ROBOT_TOPIC)
    await lab.card()
    assert (await lab.finger("zhang", "tap", action="agree"))["reason"] == "no stream takes it"


async def test_a_nervous_finger_tells_twice(lab: Lab) -> None:
    line = await lab.line()
    await lab.card()
    said = await lab.finger("zhang", "tap", action="agree", twice=True)
    assert said["acked"] and said["second"]["acked"] and len(line.of(CARD_TOPIC)) == 2


async def test_anybody_in_a_group_may_press_and_strangers_have_no_name(lab: Lab) -> None:
    line = await lab.line(answers(cardUpdateOptions=BY_KEY, cardData=params(status="agree")))
    await lab.card(space=f"IM_GROUP.{await lab.group_id()}")
    await lab.finger("li", "tap", action="agree")
    await lab.finger("guest", "tap", action="agree")
    assert [one["userId"] for one in line.data(CARD_TOPIC)] == ["u-li", ""]
    assert line.data(CARD_TOPIC)[0]["spaceType"] == "IM_GROUP"
    (seen,), (other,) = await lab.room("work", "li"), await lab.room("work", "zhang")
    assert seen["card"]["variables"]["status"] == "agree"
    assert other["card"]["variables"]["status"] == "pending"


async def test_a_card_passed_on_is_pressed_by_who_was_never_meant(lab: Lab) -> None:
    line = await lab.line()
    await lab.card("kept")
    await lab.card("shared", imRobotOpenSpaceModel={"supportForward": True})
    assert "error" in await lab.finger("li", "tap", action="agree")
    assert "error" in await lab.finger("li", "tap", action="agree", card="kept", forwarded=True)
    assert (await lab.finger("li", "tap", action="a", card="shared", forwarded=True))["acked"]
    assert line.data(CARD_TOPIC)[0]["userId"] == "u-li"


async def test_a_used_up_month_lets_every_tap_fail(lab: Lab) -> None:
    await lab.line()
    await lab.card()
    await lab.control("quotas", units=3000)
    said = await lab.finger("zhang", "tap", action="agree")
    assert (said["delivered"], said["reason"]) == (False, "no unit is left this month")


async def test_a_variant_or_params_of_no_kind_are_refused(lab: Lab) -> None:
    await lab.card()
    assert "error" in await lab.finger("zhang", "tap", action="a", variant="morse")
    assert "error" in await lab.finger("zhang", "tap", action="a", params="agree")


def test_the_signature_is_that_of_the_papers() -> None:
    signed = signature("example-secret", "1700000000000")
    assert signed == "I85VWQbGCqbDkjEb7rsCEkTKI9QSL3wzLms54MiwXlg="


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda: web.json_response({"cardData": params(status="agree")}), ""),
        (web.Response, ""),
        (lambda: web.Response(text="success"), "the answer is no JSON"),
        (lambda: web.Response(status=500), "HTTP 500"),
    ],
)
async def test_http_callbacks_are_signed_and_their_body_is_the_answer(
    lab: Lab, answer: Callable[[], web.Response], reason: str
) -> None:
    heard: list[tuple[str, str]] = []

    async def callback(request: web.Request) -> web.Response:
        stamp = request.headers["x-ddpaas-signature-timestamp"]
        heard.append((stamp, request.headers["x-ddpaas-signature"]))
        return answer()

    app = web.Application()
    app.router.add_post("/dingtalk/card", callback)
    async with TestServer(app) as server:
        register = {
            "callbackRouteKey": "route",
            "callbackUrl": str(server.make_url("/dingtalk/card")),
            "apiSecret": "example-secret",
        }
        _, said = await lab.call("card/callbacks/register", register)
        assert said["result"]["apiSecret"] == "example-secret"
        status, again = await lab.call("card/callbacks/register", register)
        assert (status, again["code"]) == (500, "param.callbackRouteKeyExist")
        forced = {**register, "forceUpdate": True}
        assert (await lab.call("card/callbacks/register", forced))[0] == 200
        forged = await lab.control("forge", kind="wrong_signature", route="route")
        assert forged["status"] == answer().status
        stamp, signed = heard.pop()
        assert signature("example-secret", stamp) == signed[::-1]
        await lab.card(callbackType="HTTP", callbackRouteKey="route")
        tapped = await lab.finger("zhang", "tap", action="agree")
    stamp, signed = heard[0]
    assert (tapped["reason"], signed) == (reason, signature("example-secret", stamp))
    expected = "agree" if answer().text and not reason else "pending"
    assert (await lab.view())["status"] == expected


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"callbackUrl": "http://127.0.0.1/x"}, "param.empty"),
        ({"callbackRouteKey": "r", "callbackUrl": "ftp://x"}, "param.invalid"),
    ],
)
async def test_an_address_that_is_none_is_not_registered(
    lab: Lab, wish: dict[str, str], code: str
) -> None:
    status, said = await lab.call("card/callbacks/register", wish)
    assert (status, said["code"]) == (400, code)
