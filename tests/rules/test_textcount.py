"""The 200 字: what counts one, what counts nothing, and which sentence crosses the line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.rules.masking import mask_name, mask_phone, mask_phones_in
from storage.rules.textcount import count_characters, graphemes, overflow, sentences


@pytest.mark.parametrize(
    ("text", "count"),
    [
        # Chinese, letters, digits and marks count one each (Q26)
        ("云阅读", 3),
        ("APP 2.0，好。", 9),
        # white space counts nothing, of whatever kind
        (" \t\n\u3000\u00a0云 阅\r\n读", 3),
        # nothing to see: zero width space, joiners, byte order mark, blank letters
        ("云\u200b阅\ufeff读\u2060\u3164\u2800", 3),
        ("", 0),
        # combining marks belong to their letter
        ("e\u0301", 1),
        ("a\u0300\u0301", 1),
        # a picture with a selector, a skin tone, a family joined of four
        ("❤\ufe0f", 1),
        ("👍🏽", 1),
        ("👨\u200d👩\u200d👧\u200d👦", 1),
        ("🏳\ufe0f\u200d🌈", 1),
        # two pictures are two
        ("👍👍", 2),
        # flags are pairs
        ("🇨🇳", 1),
        ("🇨🇳🇨🇳", 2),
        ("🇨🇳🇨", 2),
        # keycap, tag sequence
        ("1\ufe0f\u20e3", 1),
        ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", 1),
        # a joiner between words joins nothing
        ("文\u200d字", 2),
        # Hangul syllables written in parts
        ("\u1112\u1161\u11ab\u1100\u1173\u11af", 2),
        ("\uac00\u11a8", 1),
        # rare characters outside the basic plane
        ("𠮷野家", 3),
        # ideographic variation
        ("葛\U000e0100", 1),
    ],
)
def test_what_counts(text: str, count: int) -> None:
    assert count_characters(text) == count


@given(st.text(alphabet="云阅读 aZ9~\n\u3000，。《》“”…·（）", max_size=40))
def test_plain_texts_are_counted_as_all_others_are(text: str) -> None:
    # A letter beyond the plain ones has the text weighed character by character.
    assert count_characters(text) + 1 == count_characters(text + "é")


@pytest.mark.covers("R94")
def test_200_pass_and_201_do_not() -> None:
    assert overflow("字" * 200, 200) is None
    assert overflow("字 " * 200, 200) is None
    over = overflow("字" * 201, 200)
    assert over is not None
    assert (over.count, over.over, over.sentence_index) == (201, 1, 1)


def test_the_sentence_that_crosses_the_line_is_named() -> None:
    text = "一二三四。五六七八！\n同时学校将九十。后面还有。"
    over = overflow(text, 12)
    assert over is not None
    assert (over.count, over.over) == (23, 11)
    assert (over.sentence_index, over.sentence) == (3, "同时学校将九十。")
    assert over.kept == "一二三四。五六七八！"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("第一句。第二句？第三句", ["第一句。", "第二句？", "第三句"]),
        # closing marks stay with their sentence
        ("他说：“好。”然后走了。", ["他说：“好。”", "然后走了。"]),
        ("真的吗？！好。", ["真的吗？！", "好。"]),
        # a decimal point ends nothing, a full stop before a space does
        ("版本2.0可用. Next.", ["版本2.0可用.", " Next."]),
        # lines are sentences, empty ones belong to what stands before
        ("一\n\n二", ["一\n\n", "二"]),
        ("\n一。", ["\n一。"]),
        ("", []),
    ],
)
def test_sentences(text: str, parts: list[str]) -> None:
    assert sentences(text) == parts


mixed = st.text(alphabet=st.characters() | st.sampled_from("👍🏽👨👩\u200d\ufe0f🇨🇳。！\n\u0301 "))


@given(mixed)
def test_counting_loses_nothing_and_adds_nothing(text: str) -> None:
    assert "".join(graphemes(text)) == text
    assert "".join(sentences(text)) == text
    assert 0 <= count_characters(text) <= len(text)


@given(mixed)
def test_white_space_never_changes_the_count(text: str) -> None:
    spaced = "\n".join(graphemes(text))
    assert count_characters(spaced) == count_characters(text)


@given(mixed, st.integers(0, 20))
def test_what_is_kept_fits(text: str, limit: int) -> None:
    over = overflow(text, limit)
    assert (over is None) is (count_characters(text) <= limit)
    if over is not None:
        assert count_characters(over.kept) <= limit
        assert text.startswith(over.kept)
        assert over.over == over.count - limit


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("13812341234", "138****1234"),
        # not a mobile number: nothing of it shows
        ("1385777123", "**********"),
        ("057788888888", "************"),
        ("", ""),
    ],
)
def test_a_phone_number_is_masked(number: str, masked: str) -> None:
    assert mask_phone(number) == masked


def test_numbers_inside_a_text_are_masked() -> None:
    assert (
        mask_phones_in("陈晓13857712345，编号26-0302-0187") == "陈晓138****2345，编号26-0302-0187"
    )
    # a longer figure is no phone number
    assert mask_phones_in("230302199001011234567") == "230302199001011234567"
    assert mask_phones_in("9913812341234") == "9913812341234"


@pytest.mark.parametrize(
    ("name", "masked"), [("陈晓", "陈*"), ("王小明", "王**"), ("欧", "*"), ("", "")]
)
def test_a_name_is_masked(name: str, masked: str) -> None:
    assert mask_name(name) == masked
