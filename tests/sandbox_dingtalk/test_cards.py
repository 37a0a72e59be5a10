"""Cards through the API: what is refused, where they go, what each person sees of them."""

import json
from typing import Any

import pytest

from tests.sandbox_dingtalk.lab import APP, OTHER_APP, OTHER_SECRET, TEMPLATE, Lab, card_body


def params(**given: Any) -> dict[str, Any]:
    """Return public data."""
    return {"cardParamMap": given}


async def test_a_card_stands_in_the_chat_as_its_template_and_data_say(lab: Lab) -> None:
    said = await lab.card()
    (result,) = said["result"]["deliverResults"]
    assert said["success"] and said["result"]["outTrackId"] == "t-1"
    assert result["success"] and result["carrierId"] and result["spaceId"] == "u-zhang"
    (bubble,) = await lab.bubbles()
    assert bubble["card"]["template_id"] == TEMPLATE
    assert bubble["card"]["variables"] == {"title": "备案审核", "status": "pending"}
    assert bubble["state"] == {"live": True, "redraws": 0, "failed": False}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"cardTemplateId": None}, "param.cardTemplateIdEmpty"),
        ({"cardTemplateId": "guess.schema"}, "param.templateNotExist"),
        ({"outTrackId": None}, "param.outTrackIdEmpty"),
        ({"outTrackId": "x" * 101}, "param.invalid"),
        ({"openSpaceId": None}, "param.openSpaceIdEmpty"),
        ({"openSpaceId": "IM_ROBOT.u-zhang"}, "param.openSpaceIdInvalid"),
        ({"openSpaceId": "dtv1.card//im_robot.u-zhang"}, "param.openSpaceIdInvalid"),
        ({"openSpaceId": "dtv1.card//IM_ROBOT.a;;"}, "param.openSpaceIdInvalid"),
        ({"openSpaceId": "dtv1.card//IM_ROBOT." + "x" * 1000}, "param.openSpaceIdInvalid"),
        ({"cardData": None}, "param.cardPublicDataEmpty"),
        ({"cardData": params()}, "param.cardPublicDataEmpty"),
        ({"cardData": params(count=3)}, "param.invalid"),
        ({"cardData": params(count="three")}, "param.invalid"),
        ({"cardData": params(rows="{}")}, "param.invalid"),
        ({"cardData": params(rows="[")}, "param.invalid"),
        ({"cardData": params(urgent="yes")}, "param.invalid"),
        ({"cardData": params(unknown="x")}, "param.invalid"),
        ({"cardData": params(title="备" * 342)}, "param.invalid"),
        ({"cardData": {"cardParamMaps": {}}}, "param.invalid"),
        ({"cardData": {"cardParamMap": ["title"]}}, "param.invalid"),
        ({"privateData": {"u-nobody": params(mine="x")}}, "param.userIdNotExist"),
        ({"privateData": {"u-zhang": params(title="x")}}, "param.invalid"),
        ({"privateData": ["u-zhang"]}, "param.invalid"),
        ({"privateData": {"u-zhang": {"mine": "x"}}}, "param.invalid"),
        ({"callbackType": "stream"}, "param.invalid"),
        ({"callbackType": "HTTP", "callbackRouteKey": "unknown"}, "param.invalid"),
        ({"userIdType": 3}, "param.invalid"),
        ({"imRobotOpenSpaceModel": None}, "param.openSpaceModelInvalid"),
        ({"imRobotOpenSpaceModel": {}}, "param.openSpaceModelInvalid"),
        ({"imRobotOpenSpaceModel": {"supportForward": "false"}}, "param.openSpaceModelInvalid"),
        (
            {"imRobotOpenSpaceModel": {"supportForward": True, "lastMessageI18n": "x"}},
            "param.openSpaceModelInvalid",
        ),
        (
            {
                "imRobotOpenSpaceModel": {
                    "supportForward": True,
                    "searchSupport": {"searchDesc": "备" * 201},
                }
            },
            "param.openSpaceModelInvalid",
        ),
        ({"imRobotOpenDeliverModel": None}, "param.openDeliverModelEmpty"),
        ({"imRobotOpenDeliverModel": {"robotCode": OTHER_APP}}, "param.openDeliverModelError"),
        ({"imRobotOpenDeliverModel": {"spaceType": "IM"}}, "param.openDeliverModelError"),
        ({"imRobotOpenDelivrModel": {}}, "param.invalid"),
        ({"openSpaceId": "dtv1.card//IM_GROUP.cid"}, "param.openSpaceModelInvalid"),
    ],
)
async def test_what_is_wrong_with_a_card_is_refused_by_name(
    lab: Lab, change: dict[str, Any], code: str
) -> None:
    assert await lab.card(**change) == (400, code)
    assert await lab.bubbles() == []


async def test_a_track_id_serves_once(lab: Lab) -> None:
    await lab.card()
    assert await lab.card() == (400, "param.cardAlreadyExist")


async def test_an_unpublished_template_draws_nothing(lab: Lab) -> None:
    await lab.control("templates", id="draft.schema", published=False)
    said = await lab.card(cardTemplateId="draft.schema")
    assert said == (400, "param.templateUnpublished")


async def test_a_form_may_be_long_unless_the_rule_says_otherwise(lab: Lab) -> None:
    field = {"name": "a", "type": "TEXT", "label": "项目名称" * 200}
    form = json.dumps({"fields": [field]}, ensure_ascii=False)
    private = {"u-zhang": params(form=form)}
    assert (await lab.card(privateData=private))["success"]
    await lab.control("rules", long_form_values=False)
    assert await lab.card("t-2", privateData=private) == (400, "param.invalid")


async def test_no_form_is_longer_than_any_that_was_seen(lab: Lab) -> None:
    field = {"name": "a", "type": "TEXT", "label": "项目名称" * 300}
    private = {"u-zhang": params(form=json.dumps({"fields": [field]}, ensure_ascii=False))}
    assert await lab.card(privateData=private) == (400, "param.invalid")


async def test_a_key_has_a_limit_too(lab: Lab) -> None:
    await lab.control("templates", id="long.schema", variables=[{"name": "k" * 101}])
    said = await lab.card(cardTemplateId="long.schema", cardData=params(**{"k" * 101: "x"}))
    assert said == (400, "param.invalid")


async def test_a_banner_on_a_group_has_models_of_its_own(lab: Lab) -> None:
    space = f"ONE_BOX.{await lab.group_id()}"
    models: dict[str, Any] = {
        "topOpenSpaceModel": {"spaceType": "ONE_BOX"},
        "topOpenDeliverModel": {"expiredTimeMillis": 1},
    }
    wrong: dict[str, Any] = {**models, "topOpenSpaceModel": {"spaceType": "IM_GROUP"}}
    assert await lab.card(space=space, **wrong) == (400, "param.openSpaceModelInvalid")
    assert (await lab.card(space=space, **models))["success"]
    assert len(await lab.room("work")) == 1


async def test_a_payload_has_a_limit(lab: Lab) -> None:
    people = {f"x{n}": params(mine="x") for n in range(3000)}
    assert await lab.card(privateData=people) == (400, "param.invalid")


async def test_one_instance_stands_in_several_chats_and_failures_hide_in_a_200(lab: Lab) -> None:
    said = await lab.card(space="IM_ROBOT.u-zhang;IM_ROBOT.u-li;IM_ROBOT.u-nobody")
    results = said["result"]["deliverResults"]
    assert said["success"] and [one["success"] for one in results] == [True, True, False]
    assert results[2]["errorMsg"] and not results[2]["carrierId"]
    await lab.update(
        cardData=params(status="agree"), cardUpdateOptions={"updateCardDataByKey": True}
    )
    assert (await lab.view("zhang"), await lab.view("li")) == (
        {"title": "备案审核", "status": "agree"},
    ) * 2


async def test_a_delivery_may_fail_for_no_reason(lab: Lab) -> None:
    await lab.fault("v1.0/card/instances/createAndDeliver", "undelivered")
    said = await lab.card(space="IM_ROBOT.u-zhang;IM_ROBOT.u-li")
    assert [one["success"] for one in said["result"]["deliverResults"]] == [True, False]
    assert len(await lab.bubbles()) == 1 and await lab.bubbles("li") == []


async def test_a_card_in_a_group_needs_the_robot_and_mentions_people(lab: Lab) -> None:
    space = f"IM_GROUP.{await lab.group_id()}"
    assert await lab.card(space=space, imGroupOpenDeliverModel={"atUserIds": {}}) == (
        400,
        "param.openDeliverModelError",
    )
    wrong = {"robotCode": APP, "atUserIds": ["u-zhang"]}
    assert (await lab.card(space=space, imGroupOpenDeliverModel=wrong))[
        1
    ] == "param.openDeliverModelError"
    some = {"robotCode": APP, "recipients": "u-zhang"}
    assert (await lab.card(space=space, imGroupOpenDeliverModel=some))[1] == (
        "param.openDeliverModelError"
    )
    right = {"robotCode": APP, "atUserIds": {"u-zhang": "张三"}}
    assert (await lab.card(space=space, imGroupOpenDeliverModel=right))["success"]
    (bubble,) = await lab.room("work")
    assert (bubble["kind"], bubble["sender"]) == ("card", "备案助手")


async def test_a_card_in_a_group_may_be_for_some_only(lab: Lab) -> None:
    model = {"robotCode": APP, "recipients": ["u-li"]}
    await lab.card(space=f"IM_GROUP.{await lab.group_id()}", imGroupOpenDeliverModel=model)
    assert (await lab.room("work"), await lab.room("work", "zhang")) == ([], [])
    assert len(await lab.room("work", "li")) == 1
    assert "error" in await lab.finger("zhang", "tap", action="agree")


async def test_a_card_in_a_group_without_the_robot_is_not_delivered(lab: Lab) -> None:
    said = await lab.card(space=f"IM_GROUP.{await lab.group_id('school')}")
    (result,) = said["result"]["deliverResults"]
    assert (result["success"], result["errorMsg"]) == (False, "resource.not.found")


async def test_what_is_not_given_is_gone_unless_it_is_done_by_key(lab: Lab) -> None:
    await lab.card(cardData=params(title="备案审核", status="pending", count="3"))
    by_key = {"updateCardDataByKey": True}
    await lab.update(cardData=params(status="agree"), cardUpdateOptions=by_key)
    assert await lab.view() == {"title": "备案审核", "status": "agree", "count": "3"}
    status, said = await lab.update(cardData=params(status="closed"))
    assert (status, said) == (200, {"success": True, "result": True})
    assert await lab.view() == {"status": "closed"}


async def test_private_data_overlays_the_public_for_one_person(lab: Lab) -> None:
    await lab.card(
        space="IM_ROBOT.u-zhang;IM_ROBOT.u-li", privateData={"u-li": params(mine="您的意见")}
    )
    assert ("mine" in await lab.view("zhang"), (await lab.view("li"))["mine"]) == (
        False,
        "您的意见",
    )
    await lab.update(privateData={"u-li": params(form="{}")})
    assert "mine" not in await lab.view("li")
    options = {"updatePrivateDataByKey": True}
    await lab.update(privateData={"u-li": params(mine="又有了")}, cardUpdateOptions=options)
    assert {"mine", "form"} <= set(await lab.view("li"))


async def test_people_may_be_named_by_union_id(lab: Lab) -> None:
    person = (await lab.old("topapi/v2/user/get", {"userid": "u-zhang"}))["result"]
    space = f"IM_ROBOT.{person['unionid']}"
    private = {person["unionid"]: params(mine="我的")}
    assert (await lab.card(space=space, userIdType=2, privateData=private))["success"]
    assert (await lab.view())["mine"] == "我的"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "param.cardDataAndPrivateDataBothEmpty"),
        ({"cardData": params()}, "param.cardDataAndPrivateDataBothEmpty"),
        ({"cardData": params(unknown="x")}, "param.invalid"),
        ({"privateData": {"u-nobody": params(mine="x")}}, "param.userIdNotExist"),
        ({"cardDta": params(title="x")}, "param.invalid"),
        (
            {"cardData": params(title="x"), "cardUpdateOptions": {"updateCardDataByKey": "true"}},
            "param.invalid",
        ),
    ],
)
async def test_an_update_is_refused_by_name(lab: Lab, body: dict[str, Any], code: str) -> None:
    await lab.card()
    status, said = await lab.update(**body)
    assert (status, said["code"]) == (400, code)


async def test_an_unknown_card_or_another_app_s_cannot_be_updated(lab: Lab) -> None:
    await lab.card()
    given = {"cardData": params(status="x")}
    assert (await lab.update("t-9", **given))[1]["code"] == "param.cardNotExist"
    assert (await lab.update("", **given))[1]["code"] == "param.outTrackIdEmpty"
    token = await lab.token(OTHER_APP, OTHER_SECRET)
    body = {"outTrackId": "t-1", **given}
    _, said = await lab.call("card/instances", body, "PUT", token=token)
    assert said["code"] == "param.cardNotExist"


async def test_a_card_can_be_created_first_and_delivered_later(lab: Lab) -> None:
    whole = card_body("t-1", "IM_ROBOT.u-zhang")
    later = {"openSpaceId", "imRobotOpenDeliverModel"}
    status, _ = await lab.call(
        "card/instances", {name: one for name, one in whole.items() if name not in later}
    )
    assert status == 200 and await lab.bubbles() == []
    deliver = {"outTrackId": "t-1", **{name: whole[name] for name in later}}
    _, said = await lab.call("card/instances/deliver", deliver)
    assert said["result"][0]["success"] and len(await lab.bubbles()) == 1


async def test_the_content_check_reads_cards_too(lab: Lab) -> None:
    await lab.control("rules", unsafe_words=["赌博"])
    assert await lab.card(cardData=params(title="赌博")) == (400, "param.contentUnsafe")


async def test_a_card_needs_its_permission(lab: Lab) -> None:
    lab.ding.box.world.ding_apps[0].missing_scopes = frozenset({"Card.Instance.Write"})
    assert (await lab.card())[0] == 403


@pytest.mark.parametrize("wish", [{}, {"id": "x", "variables": [{"name": "a", "type": "colour"}]}])
async def test_a_manifest_that_makes_no_sense_is_refused(lab: Lab, wish: dict[str, Any]) -> None:
    async with lab.client.post("/sandbox/dingtalk/templates", json=wish) as response:
        assert response.status == 400
