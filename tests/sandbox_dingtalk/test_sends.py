"""What a robot sends through the API: to people, to groups, and what becomes of it."""

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.sandbox_dingtalk.lab import APP, OTHER_APP, Lab

BATCH = "robot/oToMessages/batchSend"
GROUP = "robot/groupMessages/send"


def body(msg_key: str = "sampleText", param: Any = None, **change: Any) -> dict[str, Any]:
    """Return a sound batchSend, with some fields changed; None leaves one out."""
    given = {"content": "好"} if param is None else param
    whole = {
        "robotCode": APP,
        "userIds": ["u-zhang"],
        "msgKey": msg_key,
        "msgParam": given if isinstance(given, str) else json.dumps(given, ensure_ascii=False),
        **change,
    }
    return {name: one for name, one in whole.items() if one is not None}


CARD = {"title": "标题", "text": "正文"}


@pytest.mark.parametrize(
    ("msg_key", "param", "kind"),
    [
        ("sampleText", {"content": "好"}, "text"),
        ("sampleMarkdown", CARD, "markdown"),
        ("sampleImageMsg", {"photoURL": "https://example.com/a.png"}, "image"),
        ("sampleLink", {**CARD, "picUrl": "p", "messageUrl": "m"}, "link"),
        ("sampleActionCard", {**CARD, "singleTitle": "看", "singleURL": "u"}, "action_card"),
        (
            "sampleActionCard2",
            {
                **CARD,
                "actionTitle1": "一",
                "actionURL1": "1",
                "actionTitle2": "二",
                "actionURL2": "2",
            },
            "action_card",
        ),
        (
            "sampleActionCard6",
            {
                **CARD,
                "buttonTitle1": "一",
                "buttonUrl1": "1",
                "buttonTitle2": "二",
                "buttonUrl2": "2",
            },
            "action_card",
        ),
    ],
)
async def test_each_message_key_has_its_own_look(
    lab: Lab, msg_key: str, param: dict[str, str], kind: str
) -> None:
    status, said = await lab.call(BATCH, body(msg_key, param))
    assert status == 200 and said["processQueryKey"]
    (bubble,) = await lab.bubbles()
    assert (bubble["kind"], bubble["platform"]) == (kind, "dingtalk")
    assert len(bubble.get("buttons", "**")) == (1 if msg_key == "sampleActionCard" else 2)


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        (body(robotCode=None), "MissingrobotCode"),
        (body(robotCode="dingnobody"), "invalidParameter.robotCode.notExsit"),
        (body(robotCode=OTHER_APP), "invalidParameter.robotCode.auth"),
        (body(userIds=None), "invalidParameter.userIds.empty"),
        (body(userIds=[]), "invalidParameter.userIds.empty"),
        (body(userIds="u-zhang"), "invalidParameter.userIds.invalid"),
        (body(userIds=[1]), "invalidParameter.userIds.invalid"),
        (body(userIds=["u-zhang"] * 21), "invalidParameter.userIds.overMax"),
        (body(userIds=["u-nobody"]), "staffId.notExisted"),
        (body(userIds=["u-guest"]), "staffId.notExisted"),
        (body("sampleHologram"), "invalidParameter.msgKey.invalid"),
        (body(msgKey=None), "MissingmsgKey"),
        (body(msgParam=None), "MissingmsgParam"),
        (body(msgParam={"content": "好"}), "invalidParameter.msgParam.invalid"),
        (body(param="好"), "invalidParameter.msgParam.invalid"),
        (body(param="[]"), "invalidParameter.msgParam.invalid"),
        (body(param={}), "invalidParameter.msgParam.invalid"),
        (body(param={"content": 1}), "invalidParameter.msgParam.invalid"),
        (body(param={"content": "好", "contnet": "好"}), "invalidParameter.msgParam.invalid"),
        (body(param={"content": "好" * 5000}), "msgParam.tooLong"),
        (
            body("sampleActionCard6", {**CARD, "actionTitle1": "一", "actionURL1": "1"}),
            "invalidParameter.msgParam.invalid",
        ),
        (
            body("sampleFile", {"mediaId": "@none", "fileName": "a.pdf", "fileType": "pdf"}),
            "invalidParameter.msgParam.invalid",
        ),
        (
            body("sampleFile", {"mediaId": "@none", "fileName": "a.exe", "fileType": "exe"}),
            "invalidParameter.msgParam.invalid",
        ),
    ],
)
async def test_what_is_wrong_is_refused_by_name(lab: Lab, wish: dict[str, Any], code: str) -> None:
    status, said = await lab.call(BATCH, wish)
    assert (status, said["code"]) == (400, code)
    assert await lab.bubbles() == []


async def test_a_200_names_who_did_not_get_it(lab: Lab) -> None:
    lab.ding.box.world.ding_apps[0].visible = frozenset({"u-zhang"})
    status, said = await lab.call(BATCH, body(userIds=["u-zhang", "u-li", "u-nobody"]))
    assert status == 200
    assert (said["invalidStaffIdList"], said["filteredStaffIdList"]) == (["u-nobody"], ["u-li"])
    assert len(await lab.bubbles()) == 1 and await lab.bubbles("li") == []


async def test_too_many_messages_to_one_person_are_flow_controlled(lab: Lab) -> None:
    await lab.control("rules", person_per_minute=2)
    lists = [
        (await lab.call(BATCH, body(userIds=["u-zhang"])))[1]["flowControlledStaffIdList"]
        for _ in range(3)
    ]
    assert lists == [[], [], ["u-zhang"]]
    lab.later(minutes=1)
    assert (await lab.call(BATCH, body()))[1]["flowControlledStaffIdList"] == []


async def test_the_content_check_reads_what_people_wrote(lab: Lab) -> None:
    await lab.control("rules", unsafe_words=["赌博"])
    _, said = await lab.call(BATCH, body(param={"content": "赌博软件"}))
    assert said["code"] == "contain.notAllowed.text"


async def to_group(lab: Lab, group: str = "work", **change: Any) -> tuple[int, str]:
    """Send to a group; return status and code."""
    wish = body(userIds=None, **change)
    wish.setdefault("openConversationId", await lab.group_id(group))
    status, said = await lab.call(GROUP, wish)
    return status, said.get("code", "")


async def test_a_group_gets_what_its_robot_sends(lab: Lab) -> None:
    assert await to_group(lab) == (200, "")
    (bubble,) = await lab.room("work")
    assert (bubble["text"], bubble["sender"]) == ("好", "备案助手")


async def test_a_group_refuses_by_name(lab: Lab) -> None:
    assert await to_group(lab, openConversationId="cidnothing") == (
        400,
        "invalid.openConversationId",
    )
    assert await to_group(lab, openConversationId="") == (400, "MissingopenConversationId")
    assert await to_group(lab, "school") == (400, "resource.not.found")
    assert await to_group(lab, param={"content": "x" * 15_000}) == (400, "msgParam.tooLong")
    await lab.control("groups", id="work")
    assert await to_group(lab) == (400, "group.disbanded")


async def test_a_group_of_another_corp_is_refused(lab: Lab) -> None:
    groups = lab.ding.box.world.groups
    groups[0] = replace(groups[0], external=True)
    assert await to_group(lab) == (400, "conversation.org.notMatch")


async def test_a_group_has_its_own_pace(lab: Lab) -> None:
    await lab.control("rules", group_per_minute=1)
    assert await to_group(lab) == (200, "")
    assert await to_group(lab) == (400, "send.too.fast")


async def test_a_message_can_be_recalled_within_a_day(lab: Lab) -> None:
    _, said = await lab.call(BATCH, body())
    wish = {"robotCode": APP, "processQueryKeys": [said["processQueryKey"], "another"]}
    _, done = await lab.call("robot/otoMessages/batchRecall", wish)
    assert done["successResult"] == [said["processQueryKey"]] and "another" in done["failedResult"]
    assert (await lab.bubbles())[0]["recalled"]
    lab.later(hours=24)
    lab.tokens.clear()
    _, late = await lab.call("robot/otoMessages/batchRecall", wish)
    assert late["successResult"] == []


async def test_a_group_s_message_is_recalled_by_its_own_call(lab: Lab) -> None:
    wish = body(userIds=None, openConversationId=await lab.group_id())
    _, said = await lab.call(GROUP, wish)
    keys = {"robotCode": APP, "processQueryKeys": [said["processQueryKey"]]}
    assert (await lab.call("robot/otoMessages/batchRecall", keys))[1]["successResult"] == []
    keys["openConversationId"] = await lab.group_id()
    assert (await lab.call("robot/groupMessages/recall", keys))[1]["failedResult"] == {}
    none = {"robotCode": APP, "openConversationId": await lab.group_id()}
    _, said_of_none = await lab.call("robot/groupMessages/recall", none)
    assert said_of_none["code"] == "MissingprocessQueryKeys"
    many = {**keys, "processQueryKeys": ["k"] * 21}
    assert (await lab.call("robot/groupMessages/recall", many))[1][
        "code"
    ] == "processQueryKeys.overMax"
    query = {"robotCode": APP, "processQueryKey": said["processQueryKey"], "maxResults": 200}
    assert (await lab.call("robot/groupMessages/query", query))[1]["sendStatus"] == "RECALLED"
    query["maxResults"] = 201
    assert (await lab.call("robot/groupMessages/query", query))[0] == 400


async def test_who_has_read_is_known(lab: Lab) -> None:
    _, said = await lab.call(BATCH, body(userIds=["u-zhang", "u-li"]))
    await lab.finger("li", "read")
    _, told = await lab.call(
        "robot/oToMessages/readStatus",
        None,
        "GET",
        robotCode=APP,
        processQueryKey=said["processQueryKey"],
    )
    assert told["sendStatus"] == "SUCCESS"
    read = {one["userId"]: one["readStatus"] for one in told["messageReadInfoList"]}
    assert read == {"u-zhang": "UNREAD", "u-li": "READ"}
    status, _ = await lab.call(
        "robot/oToMessages/readStatus", None, "GET", robotCode=APP, processQueryKey="unknown"
    )
    assert status == 400
