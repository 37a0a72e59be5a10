"""What pages read of DingTalk: people, screens, groups, the stream of events, links."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from tests.sandbox_dingtalk.lab import APP, Lab
from tests.sandbox_dingtalk.test_sends import BATCH, body


async def test_the_list_shows_who_is_on_dingtalk_and_no_secret(lab: Lab) -> None:
    listed = await lab.get("/sandbox/dingtalk/phones")
    assert [one["userid"] for one in listed["members"]] == ["zhang", "li", "guest"]
    assert [one["id"] for one in listed["groups"]] == ["work", "school"]
    assert [one["client_id"] for one in listed["members"][0]["apps"]] == [APP]
    assert not any(word in str(listed) for word in ("secret", "SEC", "webhook-1", "13800000001"))


async def test_a_person_is_found_by_either_name(lab: Lab) -> None:
    await lab.finger("u-zhang", "say", text="备案")
    assert [one["text"] for one in await lab.bubbles("zhang")] == ["备案"]
    assert (await lab.get("/sandbox/dingtalk/phones/u-zhang"))["member"]["dingtalk"] == "u-zhang"


async def test_a_message_counts_as_unread_until_it_is_looked_at(lab: Lab) -> None:
    await lab.call(BATCH, body())
    member = (await lab.get("/sandbox/dingtalk/phones/zhang"))["member"]
    assert (member["unread"], member["last"]["text"]) == (1, "好")
    await lab.finger("zhang", "read")
    assert (await lab.get("/sandbox/dingtalk/phones/zhang"))["member"]["unread"] == 0


async def test_who_writes_or_taps_has_read(lab: Lab) -> None:
    await lab.card()
    await lab.finger("zhang", "say", text="备案")
    assert (await lab.get("/sandbox/dingtalk/phones/zhang"))["member"]["unread"] == 0
    await lab.call(BATCH, body())
    await lab.finger("zhang", "tap", action="agree")
    assert (await lab.get("/sandbox/dingtalk/phones/zhang"))["member"]["unread"] == 0


async def test_the_line_of_a_card_is_its_last_message(lab: Lab) -> None:
    model = {"supportForward": False, "lastMessageI18n": {"ZH_CN": "您有一条备案待审核"}}
    await lab.card(imRobotOpenSpaceModel=model)
    member = (await lab.get("/sandbox/dingtalk/phones/zhang"))["member"]
    assert member["last"]["text"] == "您有一条备案待审核"


async def test_pages_hear_of_bubbles_redraws_and_groups(lab: Lab) -> None:
    await lab.card(space=f"IM_ROBOT.u-zhang;IM_GROUP.{await lab.group_id()}", **_group_models())
    await lab.update(cardData={"cardParamMap": {"status": "agree"}})
    kinds: list[str] = []
    shown: list[dict[str, Any]] = []
    async with lab.client.get("/sandbox/events?since=0") as response:
        async for raw in response.content:
            line = raw.decode().strip()
            if line.startswith("event: "):
                kinds.append(line.removeprefix("event: "))
            if line.startswith("data: "):
                shown.append(json.loads(line.removeprefix("data: ")))
            if len(shown) == 5:
                break
    assert kinds == [
        "dingtalk.bubble",
        "dingtalk.unread",
        "group",
        "dingtalk.redraw",
        "dingtalk.redraw",
    ]
    assert [one["bubble"]["platform"] for one in shown if "bubble" in one] == ["dingtalk"] * 4
    assert shown[4]["group"] == "work"


def _group_models() -> dict[str, Any]:
    return {
        "imGroupOpenSpaceModel": {"supportForward": False},
        "imGroupOpenDeliverModel": {"robotCode": APP},
    }


async def test_a_dtmd_link_says_its_text_and_any_other_opens(lab: Lab) -> None:
    line = await lab.line()
    says = f"dtmd://dingtalkclient/sendMessage?content={quote('待办')}"
    page = f"dingtalk://dingtalkclient/page/link?url={quote('http://bot.example/m/1')}"
    text = f"[待办]({says}) [预览]({page})"
    await lab.call(BATCH, body("sampleMarkdown", {"title": "备案", "text": text}))
    await lab.finger("zhang", "link", url=says)
    assert line.data()[0]["text"]["content"] == "待办"
    opened = await lab.finger("zhang", "link", url=page)
    assert opened == {"delivered": False, "open": "http://bot.example/m/1"}
    assert "error" in await lab.finger("zhang", "link", url=says.replace("content", "text"))
    assert "error" in await lab.finger("li", "link", url=says)


async def test_a_group_of_one_platform_is_not_a_group_of_the_other(lab: Lab) -> None:
    async with lab.client.get("/sandbox/dingtalk/groups/wecom-group") as response:
        assert response.status == 404
    everybody = (await lab.get("/sandbox/groups"))["groups"]
    assert [one["platform"] for one in everybody] == ["dingtalk", "dingtalk", "wecom"]


async def test_who_is_on_dingtalk_only_sees_no_app_of_wecom(lab: Lab) -> None:
    members = {one["userid"]: one for one in (await lab.get("/sandbox/phones"))["members"]}
    assert [one for one in members["li"]["apps"] if "agent_id" in one] == []
    assert members["wang"]["apps"] == []


async def test_the_control_page_knows_its_apps(lab: Lab) -> None:
    for path, wish in (("apps", {"client_id": "nobody"}), ("events", {"client_id": "nobody"})):
        async with lab.client.post(f"/sandbox/dingtalk/{path}", json=wish) as response:
            assert response.status == 404
    for path, wish in (("apps", {"stopped": "yes"}), ("quotas", {"calls": "many"})):
        async with lab.client.post(f"/sandbox/dingtalk/{path}", json=wish) as response:
            assert response.status == 400


# --- one set of calls for the phones of both platforms ------------------------------------------


async def test_who_is_on_both_platforms_has_two_phones_and_who_is_on_one_has_one(lab: Lab) -> None:
    listed = (await lab.get("/sandbox/phones"))["members"]
    assert [(one["phone"], one["platform"]) for one in listed] == [
        ("zhang", "wecom"),
        ("zhang@dingtalk", "dingtalk"),
        ("li", "dingtalk"),
        ("wang", "wecom"),
        ("guest", "dingtalk"),
    ]


async def test_a_phone_is_driven_as_its_platform_understands_it(lab: Lab) -> None:
    line = await lab.line()
    said = await lab.post("/sandbox/phones/zhang@dingtalk/say", {"text": "备案"})
    assert (said["delivered"], said["bubble"]["platform"]) == (True, "dingtalk")
    assert line.data()[0]["text"]["content"].strip() == "备案"
    shown = await lab.get("/sandbox/phones/zhang@dingtalk")
    assert [one["text"] for one in shown["bubbles"]] == ["备案"]
    assert (await lab.get("/sandbox/phones/zhang"))["bubbles"] == []
    assert (await lab.post("/sandbox/phones/li/say", {"text": "待办"}))["delivered"]


@pytest.mark.parametrize(
    "path", ["wang@dingtalk/say", "li@wecom/say", "li/menu", "zhang@dingtalk/enter"]
)
async def test_what_a_phone_is_not_or_cannot_does_not_exist(lab: Lab, path: str) -> None:
    async with lab.client.post(f"/sandbox/phones/{path}", json={"text": "备案"}) as response:
        assert response.status == 404


async def test_a_group_stands_as_its_platform_shows_it_to_a_member(lab: Lab) -> None:
    models = _group_models()
    models["imGroupOpenDeliverModel"]["recipients"] = ["u-zhang"]
    private = {"u-zhang": {"cardParamMap": {"mine": "已读"}}}
    space = f"IM_GROUP.{await lab.group_id()}"
    await lab.card(space=space, privateData=private, **models)
    seen = (await lab.get("/sandbox/groups/work", **{"as": "zhang"}))["bubbles"]
    assert [one["card"]["variables"]["mine"] for one in seen] == ["已读"]
    assert (await lab.get("/sandbox/groups/work", **{"as": "li"}))["bubbles"] == []
    assert (await lab.get("/sandbox/groups/work"))["bubbles"] == []
    async with lab.client.get("/sandbox/groups/work?as=nobody") as response:
        assert response.status == 404


async def test_a_group_names_who_speaks_and_which_robot_listens(lab: Lab) -> None:
    await lab.line()
    said = await lab.post("/sandbox/phones/li/say", {"text": "你好", "group": "work"})
    assert (said["bubble"]["sender"], said["bubble"]["from"]) == ("李四", "li")
    groups = {one["id"]: one["robots"] for one in (await lab.get("/sandbox/groups"))["groups"]}
    assert groups == {"work": ["备案助手"], "school": [], "wecom-group": []}


async def test_a_phone_knows_the_platforms_address_before_the_bot_asked_anything(lab: Lab) -> None:
    line = await lab.line()
    lab.ding.origin = ""
    await lab.post("/sandbox/phones/li/say", {"text": "备案"})
    assert line.data()[0]["sessionWebhook"].startswith(f"{lab.origin}/dingtalk-oapi/")
