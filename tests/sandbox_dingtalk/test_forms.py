"""The form on a card: what the platform takes as one, and what a phone sends of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.sandbox.dingtalk.forms import TYPES, FormError, check_definition, check_sent, filled
from tests.sandbox_dingtalk.lab import CARD_TOPIC, Lab

OPTIONS = [{"value": "a", "text": "侵权"}, {"value": "b", "text": "广告"}]
FIELDS: list[dict[str, Any]] = [
    {"name": "project", "label": "项目名称", "type": "TEXT", "required": True},
    {"name": "overview", "label": "概况", "type": "TEXT_AREA", "placeholder": "200字以内"},
    {"name": "count", "label": "人数", "type": "NUMBER", "defaultValue": 620},
    {"name": "day", "label": "日期", "type": "DATE"},
    {"name": "sure", "label": "属实", "type": "CHECKBOX"},
    {"name": "fund", "label": "经费", "type": "SELECT", "options": OPTIONS},
    {"name": "found", "label": "发现", "type": "MULTI_SELECT", "options": OPTIONS,
     "defaultValue": {"index": [1], "value": ["b"]}},
    {"name": "secret", "label": "隐藏", "type": "TEXT", "hidden": True, "defaultValue": "x"},
]  # fmt: skip


def part(**given: Any) -> dict[str, Any]:
    return {"cardParamMap": {"form": json.dumps(given, ensure_ascii=False)}}


async def shown(lab: Lab, fields: list[dict[str, Any]]) -> Any:
    """Put a card with a form on Zhang's phone."""
    return await lab.card(privateData={"u-zhang": part(fields=fields)})


async def fill(lab: Lab, **answers: Any) -> Any:
    return await lab.finger("zhang", "fill", answers=answers, params={"key": "k|1|1"})


async def test_a_form_is_filled_in_by_its_labels_and_sent(lab: Lab) -> None:
    line = await lab.line()
    await shown(lab, FIELDS)
    said = await fill(lab, 项目名称="云阅读", 日期="2026-03-01", 属实=True, 经费="广告",
                      发现=["广告", "a"], overview="第一行\n第二行")  # fmt: skip
    assert said["acked"]
    (got,) = line.data(CARD_TOPIC)
    pressed = json.loads(got["content"])["cardPrivateData"]
    assert pressed["actionIds"] == ["form"]
    assert pressed["params"] == {
        "key": "k|1|1",
        "form": {
            "project": "云阅读",
            "overview": "第一行\n第二行",
            "count": 620,
            "day": "2026-03-01",
            "sure": True,
            "fund": {"index": 1, "value": "b"},
            "found": {"index": [0, 1], "value": ["a", "b"]},
            "secret": "x",
        },
    }


async def test_what_is_empty_is_not_sent_or_sent_as_nothing(lab: Lab) -> None:
    line = await lab.line()
    await shown(lab, FIELDS)
    await fill(lab, 项目名称="云阅读", 人数="", 发现=[])
    await lab.control("rules", form_blanks=True)
    await fill(lab, 项目名称="云阅读", 人数="", 发现=[])
    bare, blank = (
        json.loads(one["content"])["cardPrivateData"]["params"]["form"]
        for one in line.data(CARD_TOPIC)
    )
    assert bare == {"project": "云阅读", "secret": "x"}
    assert blank == {**bare, "overview": "", "count": "", "day": "", "sure": "", "fund": "",
                     "found": {"index": [], "value": []}}  # fmt: skip


REFUSED = {
    "a required field that is empty": ({}, "project is required"),
    "a field that is not there": ({"项目名称": "x", "电话": "1"}, "no field 电话"),
    "an option that is not offered": ({"项目名称": "x", "经费": "赠送"}, "does not offer"),
    "letters in a number": ({"项目名称": "x", "人数": "六百"}, "digits only"),
    "a day that does not exist": ({"项目名称": "x", "日期": "2026-02-30"}, "no DATE"),
    "two lines in a short text": ({"项目名称": "x\ny"}, "no TEXT"),
    "a hidden field": ({"项目名称": "x", "隐藏": "y"}, "cannot be changed"),
}


@pytest.mark.parametrize(("answers", "reason"), REFUSED.values(), ids=REFUSED)
async def test_a_phone_does_not_send(lab: Lab, answers: dict[str, Any], reason: str) -> None:
    line = await lab.line()
    await shown(lab, FIELDS)
    assert reason in (await fill(lab, **answers))["error"]
    assert line.of(CARD_TOPIC) == []


async def test_without_a_form_there_is_nothing_to_fill_in(lab: Lab) -> None:
    await lab.card()
    assert "a form that is shown" in (await fill(lab, 项目名称="x"))["error"]
    await shown(lab, [])
    assert "error" in await fill(lab, 项目名称="x")
    assert "error" in await lab.finger("zhang", "fill")


async def test_a_tap_with_a_form_that_no_phone_sends_needs_a_forger(lab: Lab) -> None:
    line = await lab.line()
    await shown(lab, FIELDS)
    params = {"key": "k|1|1", "form": {"project": "x", "fund": "b"}}
    assert "error" in await lab.finger("zhang", "tap", action="form", params=params)
    said = await lab.finger("zhang", "tap", action="form", params=params, forged=True)
    assert said["acked"] and len(line.data(CARD_TOPIC)) == 1


BROKEN: dict[str, Any] = {
    "fields that are no list": {"fields": {}},
    "a key beside the fields": {"fields": [], "title": "x"},
    "a field that is no object": {"fields": ["x"]},
    "no label": {"fields": [{"name": "a", "type": "TEXT"}]},
    "an unknown type": {"fields": [{"name": "a", "label": "b", "type": "COLOUR"}]},
    "an unknown key": {"fields": [{"name": "a", "label": "b", "type": "TEXT", "width": 3}]},
    "a key of another type": {"fields": [{"name": "a", "label": "b", "type": "TEXT",
                                          "required": "true"}]},
    "a name twice": {"fields": [{"name": "a", "label": "b", "type": "TEXT"}] * 2},
    "a choice of nothing": {"fields": [{"name": "a", "label": "b", "type": "SELECT"}]},
    "options of a text": {"fields": [{"name": "a", "label": "b", "type": "TEXT",
                                      "options": OPTIONS}]},
    "an option without a text": {"fields": [{"name": "a", "label": "b", "type": "SELECT",
                                             "options": [{"value": "a", "text": ""}]}]},
    "an option twice": {"fields": [{"name": "a", "label": "b", "type": "SELECT",
                                    "options": [OPTIONS[0], OPTIONS[0]]}]},
    "a default of another shape": {"fields": [{**FIELDS[5], "defaultValue": "a"}]},
    "a default that is not offered": {"fields": [
        {**FIELDS[6], "defaultValue": {"index": [0], "value": ["b"]}}]},
    "a number written as text": {"fields": [{**FIELDS[2], "defaultValue": "620"}]},
}  # fmt: skip


@pytest.mark.parametrize("form", BROKEN.values(), ids=BROKEN)
async def test_the_platform_takes_no_form_that_no_phone_draws(lab: Lab, form: Any) -> None:
    with pytest.raises(FormError):
        check_definition(form)
    assert await lab.card(privateData={"u-zhang": part(**form)}) == (400, "param.invalid")


SHAPES = {
    "TEXT": ("x", 1), "TEXT_AREA": ("x\ny", ["x"]), "NUMBER": (1.5, True),
    "TEXT_ARRAY": (["x"], "x"), "SELECT": ({"index": 0, "value": "a"}, {"index": 0}),
    "MULTI_SELECT": ({"index": [0], "value": ["a"]}, {"index": [0, 0], "value": ["a", "a"]}),
    "CHECKBOX_GROUP": ({"index": 1, "value": "b"}, {"index": 2, "value": "b"}),
    "MULTI_CHECKBOX_GROUP": ({"index": [1], "value": ["b"]}, {"index": ["1"], "value": ["b"]}),
    "DATE": ("2026-03-01", "2026-3-1"), "TIME": ("09:30", "25:00"),
    "DATETIME": ("2026-03-01 09:30", "2026-03-01"), "CHECKBOX": (True, "true"),
    "SWITCH": (False, 0),
}  # fmt: skip


def test_each_kind_of_field_has_its_shape() -> None:
    assert set(SHAPES) == TYPES
    for kind, (right, wrong) in SHAPES.items():
        field: dict[str, Any] = {"name": "a", "label": "b", "type": kind}
        if "SELECT" in kind or "GROUP" in kind:
            field["options"] = OPTIONS
        check_definition({"fields": [field]})
        check_sent([field], {"a": right})
        with pytest.raises(FormError):
            check_sent([field], {"a": wrong})


def test_what_is_sent_is_an_object_of_the_form_s_fields() -> None:
    for sent in ("x", {"other": "x"}):
        with pytest.raises(FormError):
            check_sent(FIELDS, sent)
    assert filled(FIELDS[1:3], {}, blanks=False) == {"count": 620}
