"""What was written and chosen on a form, as the phones of DingTalk send it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from handlers.events import Tapped
from tests.dingtalk.test_translate import PARAMS, content, pressed


@pytest.mark.parametrize(
    ("form", "choices"),
    [
        ({"opinion": {"index": 2, "value": "3"}}, {"opinion": ("3",)}),
        ({"points": {"index": [1, 2], "value": ["2", "5"]}}, {"points": ("2", "5")}),
        ({"points": {"index": [], "value": []}}, {"points": ()}),
        ({"sure": True, "never": False}, {"sure": ("true",), "never": ()}),
        ({"day": "2024-06-13", "empty": ""}, {"day": ("2024-06-13",), "empty": ()}),
        ({"odd": {"index": 1}, "count": 7, "none": None}, {"odd": (), "count": ("7",), "none": ()}),
        (
            {"whole": 620.0, "part": 1.5, "odd": -3},
            {"whole": ("620",), "part": ("1.5",), "odd": ("-3",)},
        ),
        ({"name": " 云\u0000阅\u200b读\n"}, {"name": ("云阅读",)}),
        ({"overview": "第一行\r\n第二行"}, {"overview": ("第一行\n第二行",)}),
        ({"overview": "长" * 7000}, {"overview": ("长" * 6000,)}),
        ({"files": ["1", "2"]}, {"files": ("1", "2")}),
        ({"mixed": {"value": ["1", 2, None]}}, {"mixed": ("1",)}),
        (json.dumps({"opinion": {"value": "3"}}), {"opinion": ("3",)}),
        ({}, None),
        ("no form", None),
    ],
)
def test_a_form_says_what_was_chosen(form: Any, choices: Any) -> None:
    event = pressed(content=content({**PARAMS, "form": form, "current_form": {"a": {}}}))
    assert isinstance(event, Tapped) and event.tap.choices == choices
