"""The app's menu: what it may hold, and that phones show it."""

from typing import Any

import pytest

from tests.sandbox.lab import AGENT, Lab

CLICK = {"type": "click", "name": "待办", "key": "todo"}
VIEW = {"type": "view", "name": "查询", "url": "http://127.0.0.1:8000/"}


async def create(lab: Lab, buttons: Any, agent_id: int = AGENT) -> int:
    """Replace the menu; return the code."""
    said = await lab.call("menu/create", {"button": buttons}, agentid=agent_id)
    code: int = said["errcode"]
    return code


async def test_a_menu_is_made_shown_and_removed(lab: Lab) -> None:
    assert await create(lab, [CLICK, {"name": "更多", "sub_button": [VIEW]}]) == 0
    kept = (await lab.call("menu/get", agentid=AGENT))["button"]
    assert [one["name"] for one in kept] == ["待办", "更多"]
    shown = (await lab.get("/sandbox/phones/lisi"))["member"]["apps"][0]["menu"]
    assert shown == kept
    assert (await lab.finger("lisi", "menu", key="todo"))["delivered"]
    assert (await lab.call("menu/delete", agentid=AGENT))["errcode"] == 0
    assert (await lab.finger("lisi", "menu", key="todo"))["error"]


@pytest.mark.parametrize(
    ("buttons", "code"),
    [
        ([], 40016),
        ([CLICK] * 4, 40016),
        ("待办", 40016),
        ([{**CLICK, "name": "六个汉字名称"}], 40018),  # 18 bytes of 16
        ([{**CLICK, "name": ""}], 40018),
        ([{**CLICK, "key": ""}], 40019),
        ([{**CLICK, "key": "k" * 129}], 40019),
        ([{**VIEW, "url": "查询"}], 40054),
        ([{**VIEW, "type": "hologram"}], 40017),
        ([{"name": "更多", "sub_button": [CLICK] * 6}], 40023),
        ([{"name": "更多", "sub_button": [{**CLICK, "name": "备" * 14}]}], 40025),
    ],
)
async def test_a_menu_with_a_fault_leaves_the_old_one(lab: Lab, buttons: Any, code: int) -> None:
    assert await create(lab, buttons) == code
    kept = (await lab.call("menu/get", agentid=AGENT))["button"]
    assert [one["name"] for one in kept] == ["我的待办", "更多"]


async def test_a_menu_belongs_to_the_app_whose_token_it_is(lab: Lab) -> None:
    assert await create(lab, [CLICK], agent_id=1000003) == 301002
    assert (await lab.call("menu/get"))["errcode"] == 41011
