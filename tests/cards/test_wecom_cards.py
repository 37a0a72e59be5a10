"""WeCom cards: reviewed drawings, and the limits of D90236 for whatever the words are."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sandbox.wecom.cards import CardCheck
from cards.language import Button, Card, Fact, Option, Select, Tap
from cards.render.wecom import group_text, plain, render, render_update, texts
from tests.cards.samples import CARDS, OVERVIEW

GOLDEN = Path(__file__).parent / "golden"

words = st.text(max_size=60)
keys = st.text("abcdefgh", min_size=1, max_size=12)
taps = st.builds(Tap, keys, keys, st.integers(0, 9))
buttons = st.builds(
    Button, words, st.none() | taps, st.sampled_from(["", "https://a.example/x"]),
    st.sampled_from(["main", "plain", "warn", "odd"]),
)  # fmt: skip
options = st.builds(Option, keys, words, st.booleans())


def _selects(many: bool) -> st.SearchStrategy[Select]:
    size = 30 if many else 14
    return st.builds(
        Select, keys, words, st.lists(options, max_size=size).map(tuple), st.just(many)
    )


selects = st.one_of(
    st.lists(_selects(False), max_size=4, unique_by=lambda one: one.key),
    st.lists(_selects(True), min_size=1, max_size=2),
).map(tuple)
any_card = st.builds(
    Card,
    title=words,
    case=st.sampled_from(["", "26-0302-0187"]),
    lead=words,
    body=st.text(max_size=900),
    facts=st.lists(st.builds(Fact, words, words), max_size=9).map(tuple),
    selects=selects,
    buttons=st.lists(buttons, max_size=9).map(tuple),
    done=st.sampled_from(["", "已通过"]) | words,
    subject=st.just(""),
    page=st.sampled_from(["", "https://a.example/page"]),
    page_text=words,
)


def _drawn(card: Card) -> list[dict[str, Any]]:
    return render(card, agent_id=1000002, task_id="inst-7")


def _check_message(body: dict[str, Any]) -> None:
    if body["msgtype"] == "text":
        assert 0 < len(body["text"]["content"].encode()) <= 2048
        return
    check = CardCheck(body["template_card"])
    check.run()
    assert check.warnings == []
    assert not check.wrong_types


@pytest.mark.parametrize("name", CARDS)
def test_the_drawing_is_as_reviewed(name: str) -> None:
    card = CARDS[name]
    drawn = {
        "send": _drawn(card),
        "update": render_update(card, agent_id=1000002, response_code="code"),
    }
    assert drawn == json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))


@settings(max_examples=300)
@given(any_card)
def test_any_card_is_within_every_limit_of_the_platform(card: Card) -> None:
    bodies = _drawn(card)
    assert bodies
    for body in bodies:
        _check_message(body)
    update = render_update(card, agent_id=1000002, response_code="code")
    check = CardCheck(update["template_card"], update=True)
    check.run()
    assert check.warnings == []
    assert "task_id" not in update["template_card"]


@settings(max_examples=150)
@given(any_card)
def test_whatever_a_card_had_to_shorten_stands_in_the_text_before_it(card: Card) -> None:
    bodies = _drawn(card)
    cards = [body for body in bodies if body["msgtype"] == "template_card"]
    if cards and "…" in json.dumps(cards, ensure_ascii=False) and "…" not in repr(card):
        assert len(bodies) > 1
        assert bodies[-1] is cards[0]


def test_a_long_overview_can_be_read_in_full() -> None:
    text, card = _drawn(CARDS["long_overview"])
    assert OVERVIEW in text["text"]["content"]
    shown = card["template_card"]
    assert shown["sub_title_text"].endswith("…")
    assert shown["horizontal_content_list"][-1]["value"] == "共 9 项，见文字消息"
    assert shown["quote_area"]["url"] == "https://beian.example.cn/m/filing/abc"


def test_the_seventh_button_is_named_on_the_card_and_can_be_typed() -> None:
    (card,) = _drawn(CARDS["eight_buttons"])
    assert len(card["template_card"]["button_list"]) == 6
    assert card["template_card"]["sub_title_text"] == "另可回复：7 操作7  8 操作8"


def test_buttons_too_many_to_name_are_counted_and_stand_in_the_text() -> None:
    many = tuple(Button(f"很长的操作名称{n}", Tap("case.do", f"c{n}", 1)) for n in range(1, 13))
    text, card = _drawn(Card(title="请选择", buttons=many))
    assert card["template_card"]["sub_title_text"] == "另有 6 项操作，见文字消息"
    assert "12 很长的操作名称12" in text["text"]["content"]


SINGLE = Select("a", "学段", (Option("p", "小学"), Option("j", "初中")))
TAKEN = replace(CARDS["three_selects"], selects=(SINGLE,))
MORE = Select("b", "另一问", (Option("x", "另一答"),), many=True)
NO_PLACE = {
    "a fact too many": (CARDS["long_overview"], "意见9：均未发现问题"),
    "a question without an answer": (
        replace(TAKEN, selects=(SINGLE, Select("b", "另一问", ()))), "另一问"),
    "a question beside a vote": (
        replace(CARDS["vote"], selects=(*CARDS["vote"].selects, MORE)), "另一答"),
    "a fourth question": (
        replace(TAKEN, selects=tuple(SINGLE._replace(key=f"k{at}", title=f"第{at}问")
                                      for at in range(1, 5))), "第4问"),
    "the page of a form": (replace(TAKEN, page="https://a.example/p"), "https://a.example/p"),
    "a link of a form": (
        replace(TAKEN, buttons=(*TAKEN.buttons, Button("说明", url="https://a.example/h"))),
        "https://a.example/h"),
}  # fmt: skip


@pytest.mark.parametrize(("card", "words"), NO_PLACE.values(), ids=NO_PLACE)
def test_what_a_card_has_no_place_for_stands_in_the_text_before_it(card: Card, words: str) -> None:
    text, drawn = _drawn(card)
    assert words in text["text"]["content"]
    assert words not in json.dumps(drawn, ensure_ascii=False)


def test_a_lead_too_long_for_its_line_stands_whole_in_the_body() -> None:
    lead = "第一节" * 20
    (drawn,) = _drawn(replace(CARDS["review"], lead=lead))
    assert drawn["template_card"]["main_title"]["desc"] == "26-0302-0187"
    assert drawn["template_card"]["sub_title_text"].startswith(lead)


def test_a_body_gives_way_to_the_words_that_can_be_typed() -> None:
    hint = "另可回复：7 操作7  8 操作8"
    lead = "领" * (160 - len(hint) - 1)
    text, drawn = _drawn(replace(CARDS["eight_buttons"], lead=lead, body="正文" * 20))
    assert drawn["template_card"]["sub_title_text"] == f"{lead}\n{hint}"
    assert "正文" in text["text"]["content"]


@pytest.mark.parametrize(
    "address",
    ['https://a.example/"><b', "https://a.example/a b", "https://a.example/" + "x" * 1024],
)
def test_an_address_that_would_break_the_markup_is_sent_as_words(address: str) -> None:
    *texts_before, _ = _drawn(replace(CARDS["long_overview"], page=address))
    said = "".join(body["text"]["content"] for body in texts_before)
    assert "<" not in said
    assert plain(address) in said


def test_a_button_carries_its_tap() -> None:
    (card,) = _drawn(CARDS["review"])
    key = card["template_card"]["button_list"][0]["key"]
    assert Tap.from_key(key) == CARDS["review"].buttons[0].tap


@given(st.text(max_size=300))
def test_what_people_write_is_never_markup_or_a_mention(text: str) -> None:
    assert "<" not in plain(text)
    assert "<" not in group_text(text)["text"]["content"]
    assert "mentioned_list" not in group_text(text)["text"]


def test_the_only_links_in_a_text_are_our_own() -> None:
    (body,) = _drawn(CARDS["sentence"])
    assert "<" not in body["text"]["content"]
    assert "＜a href='http://evil.example'>" in body["text"]["content"]
    text, _ = _drawn(CARDS["long_overview"])
    assert text["text"]["content"].count("<a href=") == 1


@given(st.text(alphabet="一二三，。\nab", max_size=6000))
def test_a_long_text_is_cut_into_whole_messages_and_loses_nothing_silently(text: str) -> None:
    bodies = [body["text"]["content"] for body in texts(text, agent_id=1)]
    assert all(0 < len(body.encode()) <= 2048 for body in bodies)
    assert len(bodies) <= 5
    joined = "".join(bodies)
    if "（后面还有" not in joined and text.strip("\n"):
        assert joined.replace("\n", "") == text.replace("\n", "")


def test_a_long_list_is_cut_between_its_lines() -> None:
    lines = [f"{at} {'材料、' * 12}" for at in range(60)]
    bodies = [body["text"]["content"] for body in texts("\n".join(lines), agent_id=1)]
    assert len(bodies) > 1
    assert [line for body in bodies for line in body.splitlines()] == lines


def test_a_text_beyond_five_messages_says_how_much_is_missing() -> None:
    bodies = texts("字" * 9000, agent_id=1)
    assert len(bodies) == 5
    kept = sum(body["text"]["content"].count("字") for body in bodies) - 1
    assert bodies[-1]["text"]["content"].endswith(f"…（后面还有 {9000 - kept} 字）")


def test_a_group_gets_one_message_however_long_the_words_are() -> None:
    content = group_text("字" * 2000)["text"]["content"]
    assert len(content.encode()) <= 2048
    assert content.endswith("…")
    assert group_text("已备案。")["text"]["content"] == "已备案。"
