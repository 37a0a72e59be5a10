"""DingTalk cards: reviewed drawings, the platform's limits, and that nobody's words do anything."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from bot.sandbox.dingtalk.templates import KEY_BYTES, VALUE_BYTES, WHOLE_BYTES, Template
from cards.language import Button, Card, Fact, Option, Select, Tap
from cards.render import text as twin
from cards.render.dingtalk import REVIEW, Drawn, render
from cards.render.dingtalk_values import plain, unlinked
from tests.cards.samples import CARDS
from tests.cards.test_wecom_cards import any_card

GOLDEN = Path(__file__).parent / "golden" / "dingtalk"
TEMPLATE = Template.from_json(REVIEW.to_json())
# Wide enough to overflow any value.
LONG = "长" * 400
QUOTES = (plain, unlinked)


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _forms(word: str) -> tuple[str, str]:
    return twin.one_line(word), word.strip()


def _strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [one for part in value.values() for one in _strings(part)]
    if isinstance(value, list):
        return [one for part in value for one in _strings(part)]
    return [value] if isinstance(value, str) else []


def _shown(drawn: Drawn) -> list[str]:
    """Everything a person reads: the texts as one, and each string of the card."""
    values = drawn.params | drawn.private
    read = {name: value for name, value in values.items() if not name.endswith("_key")}
    for name in ("facts", "form", "buttons"):
        read[name] = json.loads(read[name])
    return [_squeezed("".join(drawn.texts)), *map(_squeezed, _strings(read))]


def _buttons(drawn: Drawn) -> list[dict[str, str]]:
    return json.loads(drawn.params["buttons"])


def _fields(drawn: Drawn) -> list[dict[str, Any]]:
    return json.loads(drawn.params["form"])["fields"]


def _keys(drawn: Drawn) -> list[str]:
    """The keys that come back from the card, the form's first."""
    keys = [drawn.params["form_key"], *(one["key"] for one in _buttons(drawn))]
    return [key for key in keys if key]


def _submitted(field: dict[str, Any], *places: int) -> dict[str, Any]:
    """What a phone sends of one field when the options at ``places`` are chosen (§5.4)."""
    values = [field["options"][at]["value"] for at in places]
    if field["type"] == "MULTI_SELECT":
        return {"index": list(places), "value": values}
    return {"index": places[0], "value": values[0]}


@pytest.mark.parametrize("name", CARDS)
def test_the_drawing_is_as_reviewed(name: str) -> None:
    reviewed = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    assert json.loads(json.dumps(render(CARDS[name])._asdict())) == reviewed


@settings(max_examples=300)
@given(any_card)
def test_any_card_is_within_every_limit_of_the_platform(card: Card) -> None:
    drawn = render(card)
    assert TEMPLATE.check(drawn.params, private=False, long_forms=False) == drawn.params
    for name, value in drawn.params.items():
        assert len(name.encode()) <= KEY_BYTES
        assert len(value.encode()) <= VALUE_BYTES
    assert len(json.dumps(drawn.params).encode()) <= WHOLE_BYTES
    assert 0 < len(drawn.notice) <= 60
    for text in drawn.texts:
        assert text.strip() and len(json.dumps({"content": text})) <= 15_000


@settings(max_examples=150)
@given(any_card)
def test_every_card_fills_the_same_public_variables(card: Card) -> None:
    public = {one.name for one in REVIEW.variables if not one.private}
    assert set(render(card).params) == public
    assert render(card).params["title"] and render(card).params["lastMessage"]


@settings(max_examples=300)
@given(any_card)
def test_nothing_of_a_card_is_lost(card: Card) -> None:
    drawn = render(card)
    read = _shown(drawn)
    words = [card.title, card.case, card.lead, card.body, card.done]
    words += [word for fact in card.facts for word in fact]
    if not card.done:
        words += [button.text for button in card.buttons if button.tap or button.url]
        words += [select.title for select in card.selects]
        words += [option.text for select in card.selects for option in select.options]
    for word in words:
        # On the card, or in the texts before it, which are no markdown.
        wanted = [_squeezed(quote(form)) for quote in QUOTES for form in _forms(word)]
        assert any(one in shown for one in wanted for shown in read)
    for _, address in twin.links(card):
        assert any(address in one for one in read)


@settings(max_examples=300)
@given(any_card)
def test_every_tap_comes_back_through_its_key_or_can_be_typed(card: Card) -> None:
    drawn = render(card)
    back = [Tap.from_key(key) for key in _keys(drawn)]
    wanted = [button.tap for _, button in twin.numbered(card)]
    assert all(tap in wanted for tap in back)
    typed = "".join(drawn.texts) + drawn.params["hint"]
    for number, button in twin.numbered(card):
        for word in (quote(twin.one_line(button.text)) for quote in QUOTES):
            named = f"[{word}]" if card.selects else f"{number} {word}"
            if button.tap in back or _squeezed(named) in _squeezed(typed) or word in typed:
                break
        else:
            raise AssertionError(f"{button.text!r} can neither be tapped nor typed")


@settings(max_examples=150)
@given(any_card)
def test_a_done_card_has_nothing_left_to_tap(card: Card) -> None:
    drawn = render(replace(card, done="已通过"))
    assert (_keys(drawn), _buttons(drawn), _fields(drawn)) == ([], [], [])
    assert drawn.params["live"] == "false"
    assert drawn.params["done"] == "已通过"


@settings(max_examples=200)
@given(any_card)
def test_what_was_chosen_comes_back_by_the_keys_of_its_question(card: Card) -> None:
    drawn = render(card)
    offered = {
        select.key: {option.key for option in select.options}
        for select in reversed(card.selects)
        if select.options
    }
    fields = _fields(drawn)
    assert len({field["name"] for field in fields}) == len(fields)
    assert bool(fields) == bool(drawn.params["form_key"])
    for field in fields:
        values = [option["value"] for option in field["options"]]
        assert values and len(set(values)) == len(values)
        for at in range(len(values)):
            back = _submitted(field, at)["value"]
            assert {back} if isinstance(back, str) else set(back) <= offered[field["name"]]


def test_a_done_card_asks_nothing_any_more_not_even_as_text() -> None:
    assert render(replace(CARDS["three_selects"], done="已选：小学")).texts == ()


def test_a_form_asks_all_questions_at_once_and_sends_with_the_first_button() -> None:
    drawn = render(CARDS["three_selects"])
    fields = _fields(drawn)
    assert [field["label"] for field in fields] == ["学段", "起始年级", "终止年级"]
    assert [_submitted(field, 1)["value"] for field in fields] == ["jun", "g2", "g2"]
    assert all(field["type"] == "SELECT" and field["required"] for field in fields)
    assert Tap.from_key(drawn.params["form_key"]) == CARDS["three_selects"].buttons[0].tap
    assert (drawn.params["form_text"], _buttons(drawn)) == ("确定", [])
    assert drawn.texts == ()


def test_several_answers_may_be_none_and_what_was_chosen_before_is_marked() -> None:
    (field,) = _fields(render(CARDS["vote"]))
    assert (field["type"], field["required"]) == ("MULTI_SELECT", False)
    assert _submitted(field, 0, 2) == {"index": [0, 2], "value": ["free", "norank"]}
    assert field["defaultValue"] == _submitted(field, 1)
    (single,) = _fields(render(CARDS["sorted_select"]))
    assert single["defaultValue"] == _submitted(single, 1)


def test_the_other_buttons_of_a_form_stay_buttons() -> None:
    drawn = render(CARDS["sorted_select"])
    assert [one["text"] for one in _buttons(drawn)] == ["取消"]
    assert drawn.params["live"] == "true"


ASK = Card(
    title="请选择",
    selects=(Select("a", "学段", (Option("p", "小学"), Option("j", "初中"))),),
    buttons=(Button("确定", Tap("form.scope", "d1", 3)),),
)


def _asking(*selects: Select) -> Drawn:
    return render(replace(ASK, selects=selects))


def test_a_long_option_is_shortened_only_as_far_as_it_must_be() -> None:
    drawn = _asking(Select("a", "学段", tuple(Option(f"k{n}", f"{n}" + "字" * 30) for n in "123")))
    assert [len(one["text"]) for one in _fields(drawn)[0]["options"]] == [31, 31, 31]
    assert drawn.texts == ()
    drawn = _asking(Select("a", "学段", tuple(Option(f"{n}", "字" * 39) for n in range(9))))
    assert {len(one["text"]) for one in _fields(drawn)[0]["options"]} == {16}
    assert "字" * 39 in drawn.texts[0]


def test_options_without_a_place_are_counted_and_stand_in_the_text() -> None:
    drawn = _asking(Select("a", "学段", tuple(Option(f"k{n}", f"第{n}个选项") for n in range(60))))
    (field,) = _fields(drawn)
    assert field["label"] == "学段（共 60 项，其余见文字消息）"
    assert 10 < len(field["options"]) < 60
    assert "60 第59个选项" in drawn.texts[0]


def test_where_not_even_one_option_has_a_place_the_numbers_of_the_text_remain() -> None:
    drawn = _asking(*(Select(f"k{n}" * 40, "问", (Option("x", "答"),)) for n in range(9)))
    assert (_fields(drawn), drawn.params["form_key"]) == ([], "")
    assert [one["text"] for one in _buttons(drawn)] == ["确定"]
    assert "9 答" in drawn.texts[0]


NO_FORM = {
    "no button": replace(ASK, buttons=(Button("说明", url="https://a.example/h"),)),
    "a key too long": replace(ASK, buttons=(Button("确定", Tap("form.scope", "d" * 1024, 3)),)),
}


@pytest.mark.parametrize("card", NO_FORM.values(), ids=NO_FORM)
def test_a_form_that_nothing_could_send_off_is_asked_as_text(card: Card) -> None:
    drawn = render(card)
    assert (_fields(drawn), drawn.params["form_key"], drawn.params["form_text"]) == ([], "", "")
    assert "1 小学  2 初中" in drawn.texts[0]


SAME = Select("a", "另一问", (Option("x", "另一答"),))
TWINS = Select("a", "学段", (Option("p", "小学"), Option("p", "另一答")))
LEFT_OUT = {
    "a question without an answer": ((*ASK.selects, Select("b", "另一问", ())), "另一问"),
    "a question of the same key": ((*ASK.selects, SAME), "另一答"),
    "an option of the same key": ((TWINS,), "另一答"),
}


@pytest.mark.parametrize(("selects", "words"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_what_could_not_be_told_apart_stands_in_the_text(
    selects: tuple[Select, ...], words: str
) -> None:
    drawn = _asking(*selects)
    assert words not in drawn.params["form"]
    assert words in drawn.texts[0]
    assert _fields(drawn)[0]["options"][0] == {"value": "p", "text": "小学"}


OVERFULL = {
    "title": Card(title=LONG),
    "lead": Card(title="标题", lead=LONG),
    "body": Card(title="标题", body=LONG),
    "done": Card(title="标题", done=LONG),
    "facts": Card(title="标题", facts=(Fact("意见", LONG),)),
    "form": replace(ASK, selects=(Select("a", LONG, (Option("p", "小学"),)),)),
    "buttons": Card(title="标题", buttons=(Button(LONG, Tap("case.do", "c", 1)),)),
    "form_text": replace(ASK, buttons=(Button(LONG, Tap("form.scope", "d1", 3)),)),
    "page_text": Card(title="标题", page="https://a.example/p", page_text=LONG),
}


@pytest.mark.parametrize("name", OVERFULL)
def test_what_is_shortened_ends_visibly_and_stands_whole_before_the_card(name: str) -> None:
    drawn = render(OVERFULL[name])
    value = (drawn.params | drawn.private)[name]
    assert "…" in value and LONG not in value
    assert LONG in "".join(drawn.texts)


def test_facts_without_a_place_are_counted() -> None:
    facts = tuple(Fact(f"意见{n}", "均未发现问题，同意按申报范围使用，" * 3) for n in range(1, 12))
    drawn = render(Card(title="待审批", facts=facts))
    rows = json.loads(drawn.params["facts"])
    assert rows[-1] == {"name": "其余", "value": "共 11 项，见文字消息"}
    assert len(rows) > 4 and "意见11：" in drawn.texts[0]


def test_buttons_without_a_place_are_named_and_can_be_typed() -> None:
    buttons = tuple(Button(f"操作{n}", Tap("case.do", f"c{n}" * 20, 1)) for n in range(1, 11))
    drawn = render(Card(title="请选择", buttons=buttons))
    shown = len(_buttons(drawn))
    assert 5 < shown < 10 and drawn.texts == ()
    typed = "  ".join(f"{n} 操作{n}" for n in range(shown + 1, 11))
    assert drawn.params["hint"] == f"另可回复：{typed}"


def test_an_address_without_a_place_is_sent_as_text() -> None:
    address = "https://a.example/" + "x" * VALUE_BYTES
    for card in (
        Card(title="材料", page=address),
        Card(title="材料", buttons=(Button("打开", url=address),)),
    ):
        drawn = render(card)
        assert address not in json.dumps(drawn.params)
        assert address in drawn.texts[0]
        assert drawn.private == {}


def test_a_button_taps_or_opens_a_page_in_one_of_three_tones() -> None:
    drawn = render(
        Card(
            title="材料",
            buttons=(
                Button("同意", Tap("a.b", "t1", 2), tone="main"),
                Button("打开", url="https://a.example/p", tone="odd"),
                Button("空的"),
                Button("两者", Tap("a.c", "t1", 2), url="https://a.example/q", tone="warn"),
            ),
        )
    )
    assert [tuple(one.values()) for one in _buttons(drawn)] == [
        ("a.b|t1|2", "同意", "", "main"),
        ("", "打开", "https://a.example/p", "plain"),
        ("a.c|t1|2", "两者", "", "warn"),
    ]


@pytest.mark.parametrize("name", CARDS)
def test_the_link_that_lets_one_person_in_is_in_nothing_that_others_see(name: str) -> None:
    drawn, page = render(CARDS[name]), CARDS[name].page
    assert drawn.private.get("page", "") == page
    assert not page or page not in json.dumps(drawn.params)
    assert TEMPLATE.check(drawn.private, private=True, long_forms=False) == drawn.private
    assert [one.name for one in REVIEW.variables if one.private] == ["page", "page_text", "said"]


def test_the_examples_of_the_manifest_are_values_that_the_template_takes() -> None:
    public = {one.name: one.example for one in REVIEW.variables if not one.private}
    assert TEMPLATE.check(public, private=False, long_forms=False) == public
    for name in ("facts", "buttons"):
        keys = [set(row) for row in json.loads(public[name])]
        drawn = render(CARDS["review"]).params[name]
        assert keys == [set(json.loads(drawn)[0])] * len(keys)
    assert {one["tone"] for one in json.loads(public["buttons"])} == {"main", "plain", "warn"}


def test_a_card_without_words_still_has_a_title_and_a_notice() -> None:
    assert (render(Card("")).params["title"], render(Card("")).notice) == ("提醒", "提醒")
    assert render(Card("", case="26-0302-0187")).params["title"] == "26-0302-0187"


def test_the_list_of_chats_shows_title_and_case_once() -> None:
    assert render(CARDS["review"]).notice == "“云阅读”进校园备案待会审 · 26-0302-0187"
    assert render(CARDS["eight_buttons"]).notice == "26-0302-0187 请选择下一步"
    assert render(Card(LONG, case="26-0302-0187")).notice.endswith("… · 26-0302-0187")
    assert len(render(Card(LONG, case="案" * 400)).notice) == 60
