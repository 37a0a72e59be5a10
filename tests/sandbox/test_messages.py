"""message/send and recall: receivers, limits, silent loss, duplicate check."""

from typing import Any

import pytest

from tests.sandbox.lab import AGENT, BUTTONS, NOTICE, Lab


def body(**changes: Any) -> dict[str, Any]:
    """Return a text message with some fields changed; None leaves a field out."""
    whole = {
        "touser": "lisi",
        "msgtype": "text",
        "agentid": AGENT,
        "text": {"content": "您好"},
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"touser": None}, 82001),
        ({"touser": ""}, 82001),
        ({"touser": "nobody"}, 81013),
        ({"touser": "gone"}, 81013),  # left the corp
        ({"touser": "parent1"}, 81013),  # a WeChat user is no member
        ({"touser": "|".join(f"u{n}" for n in range(1001))}, 40032),
        ({"touser": None, "toparty": "|".join(str(n) for n in range(101))}, 82002),
        ({"touser": None, "totag": "|".join(str(n) for n in range(101))}, 82003),
        ({"touser": None, "toparty": "99"}, 81013),
        ({"agentid": None}, 41011),
        ({"agentid": str(AGENT)}, 40056),
        ({"agentid": True}, 40056),
        ({"agentid": 1000003}, 301002),
        ({"msgtype": None}, 40008),
        ({"msgtype": "markdown_v2"}, 40008),  # group robots only
        ({"text": {"content": ""}}, 44004),
        ({"text": None}, 44004),
        ({"msgtype": "markdown", "markdown": {"content": "备" * 683}}, 45002),
        ({"msgtype": "markdown", "markdown": {"content": ""}}, 44004),
        ({"msgtype": "image", "image": {"media_id": "made-up"}}, 40007),
        ({"msgtype": "textcard", "textcard": {"title": "t", "description": "d"}}, 40063),
        ({"msgtype": "textcard", "textcard": {"description": "d", "url": "http://x"}}, 40063),
        ({"msgtype": "news", "news": {"articles": []}}, 40063),
        ({"msgtype": "news", "news": {"articles": [{"url": "http://x"}]}}, 40063),
    ],
)
async def test_a_message_with_a_fault_is_refused_and_reaches_nobody(
    lab: Lab, changes: dict[str, Any], code: int
) -> None:
    assert (await lab.call("message/send", body(**changes)))["errcode"] == code
    assert await lab.bubbles("lisi") == []


async def test_some_bad_receivers_are_named_in_lower_case_and_the_rest_are_served(
    lab: Lab,
) -> None:
    said = await lab.call("message/send", body(touser="LISI|Nobody|ParenT1|wangwu"))
    assert said["errcode"] == 0
    assert said["invaliduser"] == "nobody|parent1"
    assert said["unlicenseduser"] == "wangwu"
    assert [one["text"] for one in await lab.bubbles("lisi")] == ["您好"]


async def test_a_department_reaches_all_below_it_once(lab: Lab) -> None:
    await lab.call("message/send", body(touser="lisi", toparty="2"))
    assert len(await lab.bubbles("ZhangSan")) == 1
    assert len(await lab.bubbles("lisi")) == 1


async def test_everybody_is_everybody_in_the_visible_range(lab: Lab) -> None:
    lab.box.world.apps[0].visible = frozenset({"lisi"})
    said = await lab.call("message/send", body(touser="@all"))
    assert said["errcode"] == 0
    assert [len(await lab.bubbles(one)) for one in ("lisi", "ZhangSan", "parent1")] == [1, 0, 0]
    assert (await lab.call("message/send", body(touser="ZhangSan")))["errcode"] == 81013


async def test_a_list_of_names_is_a_wrong_type_and_ignored(lab: Lab) -> None:
    said = await lab.call("message/send", body(touser=["lisi"]))
    assert said["errcode"] == 82001
    said = await lab.call("message/send", body(touser="lisi", toparty=[2]))
    assert said["errcode"] == 0
    assert "Warning: wrong json format." in said["errmsg"]


async def test_a_text_is_cut_at_2048_bytes_between_characters(lab: Lab) -> None:
    await lab.call("message/send", body(text={"content": "a" + "备" * 700}))
    assert (await lab.bubbles("lisi"))[0]["text"] == "a" + "备" * 682
    assert (await lab.sent("message"))[0]["warnings"] == ["text is cut"]


async def test_over_thirty_a_minute_a_member_gets_nothing_and_nobody_says_so(lab: Lab) -> None:
    codes = [(await lab.call("message/send", body()))["errcode"] for _ in range(32)]
    assert codes == [0] * 32
    assert len(await lab.bubbles("lisi")) == 30
    assert len(await lab.sent("dropped")) == 2
    await lab.call("message/send", body(touser="ZhangSan"))
    assert len(await lab.bubbles("ZhangSan")) == 1
    lab.later(minutes=1)
    await lab.call("message/send", body())
    assert len(await lab.bubbles("lisi")) == 31


async def test_over_a_thousand_an_hour_a_member_gets_nothing(lab: Lab) -> None:
    for _ in range(34):
        for _ in range(30):
            await lab.call("message/send", body())
        lab.later(minutes=1)
    assert len(await lab.bubbles("lisi")) == 1000


async def test_the_duplicate_check_delivers_the_same_json_once_within_its_time(lab: Lab) -> None:
    checked = body(enable_duplicate_check=1, duplicate_check_interval=600)
    first = await lab.call("message/send", checked)
    again = await lab.call("message/send", checked)
    assert (first["errcode"], again["errcode"]) == (0, 0)
    assert "msgid" in first
    assert "msgid" not in again
    await lab.call("message/send", {**checked, "text": {"content": "别的"}})
    assert [one["text"] for one in await lab.bubbles("lisi")] == ["您好", "别的"]
    lab.later(seconds=600)
    await lab.call("message/send", checked)
    assert len(await lab.bubbles("lisi")) == 3


async def test_without_the_duplicate_check_the_same_json_is_delivered_twice(lab: Lab) -> None:
    await lab.call("message/send", body())
    await lab.call("message/send", body())
    assert len(await lab.bubbles("lisi")) == 2


async def test_a_refused_message_does_not_count_as_sent_for_the_duplicate_check(lab: Lab) -> None:
    checked = body(enable_duplicate_check=1, text={"content": ""})
    await lab.call("message/send", checked)
    assert (await lab.call("message/send", checked))["errcode"] == 44004


async def test_a_task_id_is_used_once_for_ever(lab: Lab) -> None:
    assert (await lab.card(BUTTONS))["errcode"] == 0
    lab.later(days=400)
    lab.tokens.clear()
    assert (await lab.card(BUTTONS, to="lisi"))["errcode"] == 42014


async def test_a_refused_card_leaves_its_task_id_free(lab: Lab) -> None:
    assert (await lab.card(BUTTONS, to="nobody"))["errcode"] == 81013
    assert (await lab.card(BUTTONS))["errcode"] == 0


async def test_only_cards_that_can_change_get_a_response_code(lab: Lab) -> None:
    menu = {"desc": "更多", "action_list": [{"text": "转办", "key": "pass-on"}]}
    assert "response_code" in await lab.card(BUTTONS)
    assert "response_code" not in await lab.card(NOTICE)
    assert "response_code" in await lab.card(NOTICE, action_menu=menu, task_id="task-9")
    assert "response_code" not in await lab.send("text", {"content": "好"})


async def test_buttons_need_a_callback_address(lab: Lab) -> None:
    lab.box.world.apps[0].callback_url = ""
    assert (await lab.card(BUTTONS))["errcode"] == 43012
    assert (await lab.card(NOTICE))["errcode"] == 0


async def test_a_message_of_the_last_day_can_be_recalled(lab: Lab) -> None:
    sent = await lab.call("message/send", body(touser="lisi|ZhangSan"))
    lab.later(hours=23)
    lab.tokens.clear()
    assert (await lab.call("message/recall", {"msgid": sent["msgid"]}))["errcode"] == 0
    bubble = (await lab.bubbles("lisi"))[0]
    assert bubble["recalled"]
    assert "text" not in bubble


async def test_an_older_message_or_another_apps_cannot_be_recalled(lab: Lab) -> None:
    sent = await lab.call("message/send", body())
    theirs = {"secret": "secret-of-another-app"}
    said = await lab.call("message/recall", {"msgid": sent["msgid"]}, **theirs)
    assert said["errcode"] == 40058
    lab.later(hours=24)
    lab.tokens.clear()
    assert (await lab.call("message/recall", {"msgid": sent["msgid"]}))["errcode"] == 42052


@pytest.mark.parametrize("line", ["- 学校", "1. 学校", "| 学校 |", "![图](http://x/a.png)"])
async def test_markdown_that_an_app_message_does_not_draw_is_warned_of(lab: Lab, line: str) -> None:
    await lab.send("markdown", {"content": f"**待办**\n{line}"})
    await lab.send("markdown", {"content": "**待办**\n> 还有 3 天 - 请办理"})
    bad, good = await lab.sent("message")
    assert bad["warnings"] == ["markdown: lists, tables and pictures are not drawn"]
    assert good["warnings"] == []


async def test_link_cards_and_articles_are_drawn(lab: Lab) -> None:
    link = {"title": "材料", "description": "点击上传", "url": "http://127.0.0.1:8000/m/1"}
    await lab.send("textcard", link, to="lisi")
    article = {"title": "公告", "url": "http://127.0.0.1:8000/f/1"}
    await lab.send("news", {"articles": [article]}, to="lisi")
    card, news = await lab.bubbles("lisi")
    assert (card["kind"], card["btntxt"]) == ("textcard", "详情")
    assert news["articles"][0]["title"] == "公告"


async def test_the_address_book_shows_what_a_new_app_may_see(lab: Lab) -> None:
    said = await lab.call("user/get", userid="zhangsan")
    assert (said["userid"], said["name"], said["department"]) == ("ZhangSan", "张三", [2])
    assert not {"mobile", "avatar", "gender", "email"} & set(said)
    assert (await lab.call("user/get", userid="nobody"))["errcode"] == 60111
    assert (await lab.call("user/getuserid", {"mobile": "13800000001"}))["userid"] == "ZhangSan"
    listed = await lab.call("department/simplelist", id="2")
    assert [one["id"] for one in listed["department_id"]] == [2, 3]
    assert (await lab.call("department/get", id="3"))["department"]["name"] == "义教科"
    assert (await lab.call("user/getuserid", {"mobile": "13800000009"}))["errcode"] == 60111
    assert (await lab.call("department/get", id="99"))["errcode"] == 40058
    people = await lab.call("user/simplelist", department_id="3")
    assert [one["userid"] for one in people["userlist"]] == ["lisi"]


async def test_a_member_outside_the_visible_range_cannot_be_read(lab: Lab) -> None:
    said = await lab.call("user/get", secret="secret-of-another-app", userid="ZhangSan")
    assert said["errcode"] == 60011
