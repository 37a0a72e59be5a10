"""What the demo's fingers send: a button of a card on either platform, with what was chosen."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.demo.fingers import press
from cards.language import Button, Card, Option, Select, Tap
from cards.render import dingtalk

ASK = Card(
    title="退回理由",
    selects=(
        Select("why", "理由", (Option("a", "材料不全"), Option("b", "收费不明", chosen=True))),
        Select("who", "给谁", (Option("x", "学校"), Option("y", "处室"))),
    ),
    buttons=(Button("下一步", Tap("review.reasons", "t1", 3)),),
)
SEVERAL = Card(
    title="用途",
    selects=(Select("use", "用途", (Option("a", "课堂"), Option("b", "课后")), many=True),),
    buttons=(Button("选好了", Tap("form.many", "", 1)),),
)
SIGN = Card(title="请您签署", buttons=(Button("签署", Tap("sign.all", "f1", 2), tone="main"),))


def on_dingtalk(card: Card, **change: str) -> dict[str, Any]:
    """Return a bubble of DingTalk with a card."""
    look = {"variables": {**dingtalk.render(card).params, **change}}
    state = {"live": True, "redraws": 0, "failed": False}
    return {"id": "d1", "kind": "card", "platform": "dingtalk", "card": look, "state": state}


def test_a_button_is_sent_as_its_platform_has_it() -> None:
    assert press(on_dingtalk(SIGN), "签署", {}) == {
        "bubble": "d1",
        "action": "main",
        "params": {"key": "sign.all|f1|2"},
    }
    card = {"button_list": [{"text": "签署", "key": "sign.all|f1|2"}]}
    bubble = {"id": "b1", "kind": "card", "card": card, "state": {"live": True}}
    assert press(bubble, "签署", {}) == {"bubble": "b1", "button": "sign.all|f1|2"}


def test_a_form_of_dingtalk_is_sent_with_what_was_chosen_and_what_stood_there() -> None:
    wish = press(on_dingtalk(ASK), "下一步", {"who": ["y"]})
    assert wish is not None
    assert wish["params"] == {
        "key": "review.reasons|t1|3",
        "form": {"why": {"index": 1, "value": "b"}, "who": {"index": 1, "value": "y"}},
    }
    wish = press(on_dingtalk(SEVERAL), "选好了", {"use": ["a", "b"]})
    assert wish is not None
    assert wish["params"]["form"] == {"use": {"index": [0, 1], "value": ["a", "b"]}}


def test_what_is_written_goes_as_it_is() -> None:
    fields = [
        {"name": "name", "label": "应用名称", "type": "TEXT"},
        {"name": "pupils", "label": "学生人数", "type": "NUMBER"},
        {"name": "why", "label": "项目概况", "type": "TEXT_AREA"},
    ]
    drawn = on_dingtalk(ASK, form=json.dumps({"fields": fields}))
    wish = press(drawn, "下一步", {"name": ["云阅读"], "pupils": ["620"]})
    assert wish is not None
    assert wish["params"]["form"] == {"name": "云阅读", "pupils": 620}


@pytest.mark.parametrize(
    "bubble",
    [
        on_dingtalk(SIGN, live="false"),  # it was done by somebody
        {**on_dingtalk(SIGN), "state": {"live": False}},  # nobody would hear of it
        {**on_dingtalk(SIGN), "kind": "text"},
        on_dingtalk(ASK),  # another card
    ],
)
def test_what_a_finger_cannot_reach_is_not_pressed(bubble: dict[str, Any]) -> None:
    assert press(bubble, "签署", {}) is None
