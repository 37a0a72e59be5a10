"""Every card reads well as plain text, and what is typed finds its button."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cards.render.text import numbered, render
from tests.cards.samples import CARDS, OVERVIEW

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", CARDS)
def test_the_text_twin_is_as_reviewed(name: str) -> None:
    assert render(CARDS[name]) + "\n" == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


def test_nothing_of_a_long_card_is_missing_in_its_text() -> None:
    text = render(CARDS["long_overview"])
    assert OVERVIEW in text
    assert text.count("均未发现问题，同意按申报范围使用") == 9
    assert "1 四项均符合，同意  2 退回补正" in text


def test_buttons_that_open_pages_take_no_number() -> None:
    card = CARDS["link_only"]
    tapped = CARDS["review"].buttons[0]
    both = replace(card, buttons=(*card.buttons, tapped))
    assert numbered(both) == [(1, tapped)]
    assert "1 均未发现" in render(both)
    assert "打开上传页：https://beian.example.cn/m/upload/x" in render(both)


def test_a_card_with_selects_numbers_its_options_and_not_its_buttons() -> None:
    text = render(CARDS["sorted_select"])
    assert "1 契合度不足  2 必要性不足（已选）" in text
    assert "[退回]  [取消]" in text


def test_a_done_card_offers_nothing_to_type() -> None:
    card = replace(CARDS["review"], done="已通过")
    assert numbered(card) == []
    assert "1 均未发现" not in render(card)
    assert "已通过" in render(card)
    ticked = render(replace(CARDS["vote"], done="已提交"))
    assert "没有广告" not in ticked
    assert ticked.endswith("已提交")
