"""A whole form on a DingTalk card: what has a place, what is never cut, and what comes back."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sandbox.dingtalk.forms import filled
from bot.sandbox.dingtalk.templates import VALUE_BYTES, Template
from cards.language import Card, Entry, EntryKind, Option
from cards.render import text as twin
from cards.render.dingtalk import FORM as MANIFEST
from cards.render.dingtalk import REVIEW, Drawn, render
from cards.render.dingtalk_form import FORM_BYTES
from cards.render.dingtalk_values import plain
from cards.render.wecom import render as on_wecom
from tests.cards.samples import CARDS

TEMPLATE = Template.from_json(REVIEW.to_json())
FORM = CARDS["form"]
keys = st.text("abcdefgh", min_size=1, max_size=12)
any_option = st.builds(Option, keys, st.text(max_size=60), st.booleans())
any_entry = st.builds(
    Entry, keys, st.text(max_size=60), st.sampled_from(EntryKind),
    st.text(max_size=400) | st.sampled_from(["620", "-1", "1.5", "2026-03-05", "١٢", "一行\n两行"]),
    st.text(max_size=60), st.booleans(), st.lists(any_option, max_size=12).map(tuple),
)  # fmt: skip
any_form = st.lists(any_entry, min_size=1, max_size=20).map(
    lambda entries: replace(FORM, entries=tuple(entries))
)


def _fields(drawn: Drawn) -> list[dict[str, Any]]:
    return json.loads(drawn.params["form"])["fields"]


def _with(*entries: Entry) -> Card:
    return replace(FORM, entries=entries)


@settings(max_examples=300)
@given(any_form)
def test_any_form_is_one_that_the_platform_takes(card: Card) -> None:
    drawn = render(card)
    assert TEMPLATE.check(drawn.params, private=False, long_forms=True) == drawn.params
    sizes = {name: len(value.encode()) for name, value in drawn.params.items()}
    assert sizes.pop("form") <= FORM_BYTES
    assert max(sizes.values()) <= VALUE_BYTES


@settings(max_examples=300)
@given(any_form)
def test_what_stands_in_a_form_is_whole_or_not_there(card: Card) -> None:
    entries = {entry.key: entry for entry in reversed(card.entries)}
    for field in _fields(render(card)):
        entry = entries[field["name"]]
        default = field.get("defaultValue")
        if isinstance(default, str):
            assert default.split() == entry.value.split()
        texts = [option["text"] for option in field.get("options", ())]
        assert all("…" not in one for one in texts if "…" not in repr(entry))
        assert field["label"] in (plain(twin.one_line(entry.label)), "—")


@settings(max_examples=200)
@given(any_form)
def test_entries_without_a_place_are_counted(card: Card) -> None:
    drawn = render(card)
    left = len(card.entries) - len(_fields(drawn))
    assert (f"{left}项" in drawn.params["hint"]) is (0 < left < len(card.entries))
    assert bool(drawn.texts) is not bool(_fields(drawn))


def test_what_was_chosen_and_written_before_comes_back_as_it_was() -> None:
    sent = filled(_fields(render(FORM)), {}, blanks=False)
    assert sent == {
        "project": "云阅读<a>*_",
        "students": 0,
        "phone": "138****2345",
        "overview": FORM.entries[3].value,
        "minutes_on": "2026-03-05",
        "fund": {"index": 1, "value": "school"},
        "free": {"index": [1, 2], "value": ["paid_entry:yes", "none"]},
    }


@pytest.mark.parametrize(
    ("kind", "value"),
    [(EntryKind.NUMBER, "约六百"), (EntryKind.NUMBER, "1e9"), (EntryKind.DATE, "上周三")],
)
def test_what_a_field_has_no_place_for_does_not_stand_in_it(kind: EntryKind, value: str) -> None:
    (field,) = _fields(render(_with(Entry("a", "项", kind, value))))
    assert "defaultValue" not in field


def test_the_first_entries_have_a_place_before_the_last() -> None:
    long = [Entry(f"k{n}", f"第{n}项", EntryKind.LONG, "长" * 200) for n in range(9)]
    drawn = render(_with(*long, Entry("last", "短的")))
    assert [field["name"] for field in _fields(drawn)] == ["k0", "k1", "k2", "k3", "last"]
    assert drawn.params["hint"] == "表单放不下的5项，提交后再问您。"
    assert drawn.texts == ()


def test_a_form_without_any_place_is_sent_as_lines_to_copy() -> None:
    drawn = render(_with(Entry("a", "概况", EntryKind.LONG, "长" * 1200)))
    assert (_fields(drawn), drawn.params["form_key"]) == ([], "")
    assert "概况：" + "长" * 1200 in "".join(drawn.texts)


def test_a_form_that_nothing_sends_off_is_sent_as_lines_to_copy() -> None:
    drawn = render(replace(FORM, buttons=()))
    assert _fields(drawn) == []
    assert "经费来源：学校公用经费" in drawn.texts[0]


def test_a_sent_form_has_nothing_left_to_fill_in() -> None:
    drawn = render(replace(FORM, done="已收到14项"))
    assert (_fields(drawn), drawn.params["live"], drawn.texts) == ([], "false", ())
    assert "可复制以下各行" not in twin.render(replace(FORM, done="已收到14项"))


def test_the_form_s_own_template_has_the_variables_of_every_card() -> None:
    public = {one.name: one.example for one in MANIFEST.variables if not one.private}
    assert TEMPLATE.check(public, private=False, long_forms=False) == public
    assert [(one.name, one.type, one.private) for one in MANIFEST.variables] == [
        (one.name, one.type, one.private) for one in REVIEW.variables
    ]
    kinds = {field["type"] for field in json.loads(public["form"])["fields"]}
    assert kinds == {"TEXT", "TEXT_AREA", "NUMBER", "DATE", "SELECT", "MULTI_SELECT"}


def test_where_cards_have_no_forms_it_is_a_text() -> None:
    (body,) = on_wecom(FORM, agent_id=1, task_id="t")
    assert body["msgtype"] == "text"
    assert "项目名称：云阅读" in body["text"]["content"]
