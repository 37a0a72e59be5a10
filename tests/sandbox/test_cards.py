"""Which template cards are taken, and the code of each refusal."""

from typing import Any

import pytest

from bot.sandbox.wecom.answers import RefusalError
from bot.sandbox.wecom.cards import ROBOT_WIDTHS, CardCheck, Widths
from tests.sandbox.lab import BUTTONS, NOTICE, SELECTS, VOTE

URL = "http://127.0.0.1:8000/"
NEWS: dict[str, Any] = {
    "card_type": "news_notice",
    "main_title": {"title": "公告"},
    "card_image": {"url": URL},
    "card_action": {"type": 1, "url": URL},
}


def options(count: int) -> list[dict[str, str]]:
    """Return ``count`` different options."""
    return [{"id": f"o{number}", "text": "选项"} for number in range(count)]


def buttons(count: int, **changes: Any) -> list[dict[str, Any]]:
    """Return ``count`` different buttons."""
    return [{"text": "通过", "key": f"k{number}", **changes} for number in range(count)]


def select(**changes: Any) -> dict[str, Any]:
    """Return a select with some fields changed."""
    return {"question_key": "q", "option_list": options(2), **changes}


def menu(*items: dict[str, str]) -> dict[str, Any]:
    """Return a corner menu."""
    return {"desc": "更多", "action_list": list(items)}


@pytest.mark.parametrize("card", [BUTTONS, NOTICE, SELECTS, VOTE, NEWS])
def test_a_plain_card_of_each_type_is_taken_without_warning(card: dict[str, Any]) -> None:
    check = CardCheck(card)
    drawn = check.run()
    assert drawn == {name: value for name, value in card.items() if name != "task_id"}
    assert (check.warnings, check.wrong_types) == ([], False)


@pytest.mark.parametrize(
    ("card", "changes", "code"),
    [
        (NOTICE, {"card_type": None}, 42031),
        (NOTICE, {"card_type": "hologram"}, 42031),
        (NOTICE, {"main_title": {}}, 42033),
        (NOTICE, {"main_title": "备案"}, 42033),  # not an object: ignored, so missing
        (BUTTONS, {"main_title": {"desc": "只有说明"}}, 42033),
        (NOTICE, {"card_action": None}, 42045),
        (NOTICE, {"card_action": {"type": 0}}, 42045),
        (NOTICE, {"card_action": {"type": 1}}, 42028),
        (NOTICE, {"card_action": {"type": 2}}, 42030),
        (BUTTONS, {"card_action": {"type": 3}}, 42045),
        (BUTTONS, {"card_action": {"type": 1}}, 42028),
        (NOTICE, {"quote_area": {"type": 1}}, 42028),
        (NOTICE, {"quote_area": {"type": 2}}, 42030),
        (NOTICE, {"horizontal_content_list": [{"keyname": "学校"}] * 7}, 42035),
        (NOTICE, {"horizontal_content_list": [{"value": "一中"}]}, 42027),
        (NOTICE, {"horizontal_content_list": [{"keyname": "材料", "type": 1}]}, 42028),
        (NOTICE, {"horizontal_content_list": [{"keyname": "材料", "type": 2}]}, 42029),
        (NOTICE, {"horizontal_content_list": [{"keyname": "校长", "type": 3}]}, 42050),
        (NOTICE, {"jump_list": [{"title": "看"}] * 4}, 42042),
        (NOTICE, {"jump_list": [{"type": 0}]}, 42033),
        (NOTICE, {"jump_list": [{"title": "看", "type": 1}]}, 42028),
        (NOTICE, {"jump_list": [{"title": "看", "type": 2}]}, 42030),
        (NOTICE, {"action_menu": menu({"text": "转办", "key": "k"})}, 42014),
        (NOTICE, {"task_id": "t", "action_menu": menu()}, 42037),
        (NOTICE, {"task_id": "t", "action_menu": menu({"key": "k"})}, 42038),
        (NOTICE, {"task_id": "t", "action_menu": menu({"text": "转办"})}, 42039),
        (
            NOTICE,
            {"task_id": "t", "action_menu": menu(*[{"text": "转办", "key": "k"}] * 2)},
            42051,
        ),
        (NEWS, {"card_image": None}, 42044),
        (NEWS, {"vertical_content_list": [{"title": "甲"}] * 5}, 42036),
        (NEWS, {"vertical_content_list": [{"desc": "乙"}]}, 42033),
        (BUTTONS, {"task_id": None}, 42014),
        (BUTTONS, {"task_id": "有汉字"}, 42014),
        (BUTTONS, {"task_id": "t" * 129}, 42014),
        (BUTTONS, {"button_list": None}, 42017),
        (BUTTONS, {"button_list": buttons(7)}, 42017),
        (BUTTONS, {"button_list": buttons(1, text="")}, 42038),
        (BUTTONS, {"button_list": buttons(1, key="")}, 42039),
        (BUTTONS, {"button_list": buttons(2, key="same")}, 42039),
        (BUTTONS, {"button_list": buttons(1, key="备" * 342)}, 42039),
        (BUTTONS, {"button_list": buttons(1, type=1)}, 42028),
        (BUTTONS, {"button_selection": select(question_key="")}, 42043),
        (BUTTONS, {"button_selection": select(option_list=options(11))}, 42037),
        (BUTTONS, {"button_selection": select(option_list=[{"text": "甲"}])}, 42040),
        (BUTTONS, {"button_selection": select(option_list=[{"id": "a"}])}, 42041),
        (BUTTONS, {"button_selection": select(selected_id="z")}, 42040),
        (VOTE, {"checkbox": None}, 42043),
        (VOTE, {"checkbox": select(option_list=options(21))}, 42037),
        (VOTE, {"checkbox": select(option_list=[{"id": "备" * 43, "text": "甲"}])}, 42040),
        (VOTE, {"checkbox": select(option_list=options(1) * 2)}, 42040),
        (VOTE, {"checkbox": select(mode=2)}, 40058),
        (VOTE, {"submit_button": None}, 42046),
        (VOTE, {"submit_button": {"key": "k"}}, 42049),
        (VOTE, {"task_id": None}, 42014),
        (SELECTS, {"select_list": []}, 42047),
        (SELECTS, {"select_list": [select(question_key=f"q{n}") for n in range(4)]}, 42047),
        (SELECTS, {"select_list": [select(), select()]}, 42043),
        (SELECTS, {"select_list": [select(option_list=[])]}, 42037),
        (SELECTS, {"submit_button": {"text": "提交"}}, 42046),
    ],
)
def test_a_card_with_a_fault_is_refused_with_its_code(
    card: dict[str, Any], changes: dict[str, Any], code: int
) -> None:
    whole = {name: value for name, value in {**card, **changes}.items() if value is not None}
    with pytest.raises(RefusalError) as refusal:
        CardCheck(whole).run()
    assert refusal.value.code == code


def test_a_notice_may_do_without_a_title_if_it_has_a_text() -> None:
    CardCheck({**NOTICE, "main_title": {}, "sub_title_text": "三个工作日后到期"}).run()


def test_long_words_are_folded_not_refused() -> None:
    check = CardCheck({**NOTICE, "main_title": {"title": "题" * 37, "desc": "述" * 44}})
    check.run()
    assert check.warnings == ["main_title.title is folded: 37 of 36 characters"]


def test_robots_fold_earlier() -> None:
    card = {**NOTICE, "main_title": {"title": "题" * 30}}
    assert CardCheck(card, widths=Widths()).run()
    check = CardCheck(card, widths=ROBOT_WIDTHS)
    check.run()
    assert check.warnings == ["main_title.title is folded: 30 of 26 characters"]


def test_what_a_type_does_not_have_is_not_drawn() -> None:
    check = CardCheck({**VOTE, "horizontal_content_list": [{"keyname": "学校"}]})
    assert "horizontal_content_list" not in check.run()
    assert check.warnings == ["horizontal_content_list is not drawn on vote_interaction"]


def test_a_wrong_type_is_told_and_the_field_ignored() -> None:
    check = CardCheck({**NOTICE, "horizontal_content_list": [{"keyname": "学校", "value": 1}]})
    check.run()
    assert check.wrong_types


def test_a_redrawn_card_needs_neither_task_id_nor_submit_button() -> None:
    redrawn = {name: value for name, value in VOTE.items() if name != "submit_button"}
    del redrawn["task_id"]
    drawn = CardCheck({**redrawn, "replace_text": "已提交"}, update=True).run()
    assert drawn["replace_text"] == "已提交"


def test_a_text_for_the_grey_button_is_nothing_on_a_new_card() -> None:
    check = CardCheck({**BUTTONS, "replace_text": "已通过"})
    assert "replace_text" not in check.run()
    assert check.warnings == ["replace_text is not drawn on button_interaction"]
