"""Taps and redrawing: codes used once, copies per person, stale phones."""

import xml.etree.ElementTree as ET
from typing import Any

import pytest

from tests.sandbox.lab import AGENT, BUTTONS, NOTICE, SELECTS, VOTE, Lab

DONE: dict[str, Any] = {
    "card_type": "button_interaction",
    "main_title": {"title": "已通过"},
    "button_list": [{"text": "通过", "key": "done"}],
    "replace_text": "已通过 · 张三",
}
GREY = {"button": {"replace_name": "已通过"}}


async def test_a_tap_tells_who_tapped_what_and_gives_a_code_of_its_own(lab: Lab) -> None:
    sent = await lab.card(BUTTONS, to="ZhangSan|lisi")
    await lab.tap("ZhangSan", "approve")
    await lab.tap("lisi", "return")
    first, second = (one.fields for one in lab.bot.heard)
    assert (first["FromUserName"], first["EventKey"]) == ("ZhangSan", "approve")
    assert (second["FromUserName"], second["EventKey"]) == ("lisi", "return")
    assert first["TaskId"] == second["TaskId"] == "task-1"
    assert first["Event"] == "template_card_event"
    assert first["CardType"] == "button_interaction"
    assert "MsgId" not in first
    codes = {sent["response_code"], first["ResponseCode"], second["ResponseCode"]}
    assert len(codes) == 3


async def test_two_taps_within_a_second_share_their_time(lab: Lab) -> None:
    await lab.card(BUTTONS)
    await lab.tap("ZhangSan", "approve")
    await lab.tap("ZhangSan", "return")
    first, second = (one.fields for one in lab.bot.heard)
    assert first["CreateTime"] == second["CreateTime"]
    assert first["ResponseCode"] != second["ResponseCode"]


async def test_a_code_redraws_once(lab: Lab) -> None:
    code = (await lab.card(BUTTONS))["response_code"]
    assert (await lab.update(code, atall=1, **GREY))["errcode"] == 0
    assert (await lab.update(code, atall=1, **GREY))["errcode"] == 60140
    assert (await lab.bubbles())[0]["state"] == {
        "live": False,
        "replaced": "已通过",
        "selected": {},
        "redraws": 1,
    }


async def test_a_code_lives_72_hours(lab: Lab) -> None:
    early = (await lab.card(BUTTONS))["response_code"]
    late = (await lab.card(BUTTONS, task_id="task-9"))["response_code"]
    lab.later(hours=71, minutes=59)
    lab.tokens.clear()
    assert (await lab.update(early, atall=1, **GREY))["errcode"] == 0
    lab.later(minutes=1)
    assert (await lab.update(late, atall=1, **GREY))["errcode"] == 60140


async def test_every_tap_gives_a_code_that_redraws(lab: Lab) -> None:
    await lab.card(BUTTONS, to="ZhangSan|lisi")
    await lab.tap("ZhangSan", "approve")
    code = lab.bot.heard[0].fields["ResponseCode"]
    assert (await lab.update(code, atall=1, template_card=DONE))["errcode"] == 0
    for userid in ("ZhangSan", "lisi"):
        bubble = (await lab.bubbles(userid))[0]
        assert bubble["card"]["main_title"]["title"] == "已通过"
        assert bubble["state"]["replaced"] == "已通过 · 张三"


async def test_a_redraw_reaches_only_whom_it_names(lab: Lab) -> None:
    code = (await lab.card(BUTTONS, to="ZhangSan|lisi"))["response_code"]
    said = await lab.update(code, userids=["zhangsan", "Wangwu"], template_card=DONE)
    assert (said["errcode"], said["invaliduser"]) == (0, ["wangwu"])
    assert not (await lab.bubbles("ZhangSan"))[0]["state"]["live"]
    assert (await lab.bubbles("lisi"))[0]["state"]["live"]


async def test_replaced_buttons_make_no_events_any_more_but_do_for_the_others(lab: Lab) -> None:
    code = (await lab.card(BUTTONS, to="ZhangSan|lisi"))["response_code"]
    await lab.update(code, userids=["ZhangSan"], **GREY)
    said = await lab.tap("ZhangSan", "approve")
    assert said == {"error": "this card has no live button any more"}
    assert (await lab.tap("lisi", "approve"))["delivered"]
    assert [one.fields["FromUserName"] for one in lab.bot.heard] == ["lisi"]


async def test_a_phone_that_was_offline_still_taps_the_old_button(lab: Lab) -> None:
    code = (await lab.card(BUTTONS))["response_code"]
    await lab.update(code, atall=1, template_card=DONE)
    said = await lab.tap("ZhangSan", "approve", stale=True)
    assert said["delivered"]
    late = lab.bot.heard[0].fields
    assert (late["EventKey"], late["TaskId"]) == ("approve", "task-1")
    assert (await lab.update(late["ResponseCode"], userids=["ZhangSan"], **GREY))["errcode"] == 0


async def test_a_redrawn_card_may_have_new_buttons_with_the_old_task(lab: Lab) -> None:
    code = (await lab.card(BUTTONS))["response_code"]
    sure = {**DONE, "button_list": [{"text": "确认通过", "key": "sure"}]}
    del sure["replace_text"]
    await lab.update(code, atall=1, template_card=sure)
    assert (await lab.tap("ZhangSan", "approve"))["error"] == "this card has no such button"
    assert (await lab.tap("ZhangSan", "sure"))["delivered"]
    assert lab.bot.heard[0].fields["TaskId"] == "task-1"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"response_code": "made-up", "atall": 1, **GREY}, 60140),
        ({"response_code": None, "atall": 1, **GREY}, 60140),
        ({"agentid": None, "atall": 1, **GREY}, 41011),
        ({"agentid": "1000002", "atall": 1, **GREY}, 40056),
        ({"agentid": 1000003, "atall": 1, **GREY}, 301002),
        (GREY, 82101),
        ({"userids": ["lisi"], **GREY}, 82102),
        ({"userids": [f"u{number}" for number in range(1001)], **GREY}, 40032),
        ({"userids": "ZhangSan|lisi", **GREY}, 40058),  # an array here, not a joined string
        ({"partyids": ["2"], **GREY}, 40058),
        ({"atall": 1}, 40063),
        ({"atall": 1, "button": {}}, 40063),
        ({"atall": 1, "template_card": {**DONE, "button_list": []}}, 42017),
    ],
)
async def test_a_refused_redraw_changes_nothing_and_leaves_the_code_unused(
    lab: Lab, changes: dict[str, Any], code: int
) -> None:
    good = (await lab.card(BUTTONS))["response_code"]
    body = {"agentid": AGENT, "response_code": good, **changes}
    said = await lab.call(
        "message/update_template_card",
        {name: value for name, value in body.items() if value is not None},
    )
    assert said["errcode"] == code
    assert (await lab.bubbles())[0]["state"]["live"]
    assert (await lab.update(good, atall=1, **GREY))["errcode"] == 0


async def test_another_apps_code_is_refused(lab: Lab) -> None:
    code = (await lab.card(BUTTONS, to="lisi"))["response_code"]
    body = {"agentid": 1000003, "response_code": code, "atall": 1, **GREY}
    said = await lab.call("message/update_template_card", body, secret="secret-of-another-app")
    assert said["errcode"] == 42015


async def test_a_department_of_receivers_can_be_redrawn(lab: Lab) -> None:
    code = (await lab.card(BUTTONS, to="ZhangSan|lisi"))["response_code"]
    assert (await lab.update(code, partyids=[3], **GREY))["errcode"] == 0
    assert (await lab.bubbles("ZhangSan"))[0]["state"]["live"]
    assert not (await lab.bubbles("lisi"))[0]["state"]["live"]


async def test_a_notice_without_menu_cannot_be_greyed(lab: Lab) -> None:
    menu = {"desc": "更多", "action_list": [{"text": "转办", "key": "pass-on"}]}
    code = (await lab.card(NOTICE, action_menu=menu, task_id="task-5"))["response_code"]
    assert (await lab.update(code, atall=1, **GREY))["errcode"] == 42031
    assert (await lab.update(code, atall=1, template_card=NOTICE))["errcode"] == 0


async def test_an_item_of_the_corner_menu_is_an_event_that_may_be_answered(lab: Lab) -> None:
    menu = {"desc": "更多", "action_list": [{"text": "转办", "key": "pass-on"}]}
    await lab.card(NOTICE, action_menu=menu, task_id="task-5")
    assert (await lab.tap("ZhangSan", "", menu="pass-on"))["delivered"]
    fields = lab.bot.heard[0].fields
    assert (fields["Event"], fields["EventKey"]) == ("template_card_menu_event", "pass-on")
    assert fields["CardType"] == "text_notice"


async def test_choices_arrive_as_repeated_elements_one_or_many(lab: Lab) -> None:
    await lab.card(VOTE)
    await lab.tap("ZhangSan", "choose", selected={"stages": ["h", "p"]})
    await lab.tap("ZhangSan", "choose", selected={"stages": ["m"]})
    await lab.card(SELECTS)
    await lab.tap("ZhangSan", "submit", selected={"why": ["b"]})
    found = [ET.fromstring(one.xml).find("SelectedItems") for one in lab.bot.heard]
    picked = [[one.text for one in items.iter("OptionId")] for items in found if items is not None]
    assert picked == [["p", "h"], ["m"], ["b", "x"]]
    keys = [[one.text for one in items.iter("QuestionKey")] for items in found if items is not None]
    assert keys == [["stages"], ["stages"], ["why", "who"]]
    assert (await lab.bubbles())[-1]["state"]["selected"] == {"why": ["b"], "who": ["x"]}


async def test_an_untouched_vote_sends_what_was_preset(lab: Lab) -> None:
    await lab.card(VOTE)
    await lab.tap("ZhangSan", "choose")
    items = ET.fromstring(lab.bot.heard[0].xml)
    assert [one.text for one in items.iter("OptionId")] == ["m"]


async def test_a_button_or_item_that_was_never_there_cannot_be_tapped(lab: Lab) -> None:
    await lab.card(BUTTONS)
    never = await lab.tap("ZhangSan", "sign", stale=True)
    assert never == {"error": "this card never had that button"}
    assert await lab.tap("ZhangSan", "", menu="x") == {"error": "this card's menu has no such item"}
    assert lab.bot.heard == []


@pytest.mark.parametrize(
    ("selected", "error"),
    [
        ({"stages": []}, "nothing is chosen"),
        ({"stages": ["z"]}, "there is no such option"),
        ({"stages": ["p", "p"]}, "there is no such option"),
        ({"stages": "p"}, "a choice is a list of option ids"),
        ({"other": ["p"]}, "this card does not ask that"),
    ],
)
async def test_what_the_screen_does_not_offer_cannot_be_chosen(
    lab: Lab, selected: dict[str, Any], error: str
) -> None:
    await lab.card(VOTE)
    assert await lab.tap("ZhangSan", "choose", selected=selected) == {"error": error}
    assert lab.bot.heard == []


async def test_a_single_choice_takes_one_option_and_a_closed_one_none(lab: Lab) -> None:
    code = (await lab.card(SELECTS))["response_code"]
    two = await lab.tap("ZhangSan", "submit", selected={"why": ["a", "b"]})
    assert two == {"error": "one option only"}
    await lab.tap("ZhangSan", "submit", selected={"why": ["b"]})
    shut = [{**SELECTS["select_list"][0], "disable": True, "selected_id": "a"}]
    await lab.update(code, atall=1, template_card={**SELECTS, "select_list": shut})
    assert (await lab.bubbles())[0]["state"]["selected"] == {}
    changed = await lab.tap("ZhangSan", "submit", selected={"why": ["b"]})
    assert changed == {"error": "this choice is closed"}


async def test_a_link_button_opens_a_page_and_tells_nobody(lab: Lab) -> None:
    link = {"text": "查看材料", "type": 1, "url": "http://127.0.0.1:8000/m/1"}
    await lab.card(BUTTONS, button_list=[link])
    said = await lab.tap("ZhangSan", "查看材料")
    assert said == {"delivered": False, "open": "http://127.0.0.1:8000/m/1"}
    assert lab.bot.heard == []


async def test_a_receiver_over_the_rate_has_no_copy_to_redraw(lab: Lab) -> None:
    for _ in range(30):
        await lab.send("text", {"content": "好"}, to="lisi")
    code = (await lab.card(BUTTONS, to="ZhangSan|lisi"))["response_code"]
    assert (await lab.update(code, atall=1, **GREY))["errcode"] == 0
    assert all(one["kind"] == "text" for one in await lab.bubbles("lisi"))
