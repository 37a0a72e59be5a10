"""Data and money in plain words: what is denied is not said, and what is said is not denied."""

from __future__ import annotations

import pytest

from handlers.forms import fields, money
from tests.handlers.test_parsers import Around, refusal


@pytest.mark.parametrize(
    ("raw", "keys"),
    [
        ("不收集", ["none"]),
        ("没有，不会收集。", ["none"]),
        ("不收集姓名、人脸", ["none"]),
        ("姓名和班级", ["minors"]),
        ("会用人脸登录", ["biometrics"]),
        ("采集人脸、指纹、声纹", ["biometrics"]),
        ("1 3", ["minors", "biometrics"]),
        ("4", ["none"]),
        # A denial holds for its own clause.
        ("不收集姓名，只用人脸登录", ["biometrics"]),
        ("不收集人脸但收集姓名", ["minors"]),
        ("姓名和位置，不采集人脸", ["minors", "broad"]),
        # And not where it is taken back.
        ("不仅收集姓名还采集指纹", ["minors", "biometrics"]),
        ("不收集除学号外的信息", ["minors"]),
    ],
)
def test_pupils_data_is_read_from_plain_words(raw: str, keys: list[str]) -> None:
    assert fields.PUPILS_DATA.parse(raw, Around()) == keys


@pytest.mark.parametrize("raw", ["看情况", "，", "", "以上都没有，收集学生个人信息", "4 1"])
def test_words_about_data_that_say_nothing_clear_are_asked_again(raw: str) -> None:
    assert refusal(fields.PUPILS_DATA.parse, raw)


@pytest.mark.covers("R17")
@pytest.mark.parametrize(
    "raw",
    [
        "家长自愿承担",
        "家委会出",
        "学生自费",
        "学校公用经费，不足由家长出",
        "家长不出，学生出",
        "家委会赠送，不向家长收费",
    ],
)
def test_money_of_parents_is_no_source(raw: str) -> None:
    assert "二（一）" in refusal(money.FUND.parse, raw)


@pytest.mark.parametrize(
    "raw",
    ["学校公用经费，不向家长收费", "无需家长承担，用公用经费", "家长不承担，学校公用经费支出"],
)
def test_who_excepts_parents_does_not_name_them_as_a_source(raw: str) -> None:
    assert money.FUND.parse(raw, Around()) == "school"
