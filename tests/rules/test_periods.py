"""The words for spans of time, as a table."""

from __future__ import annotations

import re
from datetime import date

import pytest

from storage.rules.periods import PATTERN, by_key, named

TODAY = date(2026, 3, 12)  # a Thursday


@pytest.mark.parametrize(
    ("words", "name", "start", "end"),
    [
        ("本周", "3月9日至3月15日", "2026-03-09", "2026-03-15"),
        ("上周", "3月2日至3月8日", "2026-03-02", "2026-03-08"),
        ("本月", "2026年3月", "2026-03-01", "2026-03-31"),
        ("上个月", "2026年2月", "2026-02-01", "2026-02-28"),
        ("一季度", "2026年一季度", "2026-01-01", "2026-03-31"),
        ("第1季度", "2026年一季度", "2026-01-01", "2026-03-31"),
        # what has not begun this year was last year's
        ("四季度", "2025年四季度", "2025-10-01", "2025-12-31"),
        ("9月", "2025年9月", "2025-09-01", "2025-09-30"),
        ("下半年", "2025年下半年", "2025-07-01", "2025-12-31"),
        # a year that is named is kept
        ("2026年四季度", "2026年四季度", "2026-10-01", "2026-12-31"),
        ("2025年12月", "2025年12月", "2025-12-01", "2025-12-31"),
        ("２０２５年二季度", "2025年二季度", "2025-04-01", "2025-06-30"),
        ("上季度", "2025年四季度", "2025-10-01", "2025-12-31"),
        ("本季度", "2026年一季度", "2026-01-01", "2026-03-31"),
        ("2024年2月", "2024年2月", "2024-02-01", "2024-02-29"),
        ("上半年", "2026年上半年", "2026-01-01", "2026-06-30"),
        ("今年", "2026年", "2026-01-01", "2026-12-31"),
        ("去年", "2025年", "2025-01-01", "2025-12-31"),
        ("2024年", "2024年", "2024-01-01", "2024-12-31"),
    ],
)
def test_a_period_is_what_its_words_say(words: str, name: str, start: str, end: str) -> None:
    found = named(words, TODAY)
    assert found is not None
    assert (found.name, f"{found.start}", f"{found.end}") == (name, start, end)
    back = by_key(found.key)
    assert back is not None
    assert (back.start, back.end) == (found.start, found.end)


@pytest.mark.parametrize("words", ["", "13月", "五季度", "明年", "季度", "2026", "本"])
def test_other_words_name_no_period(words: str) -> None:
    assert named(words, TODAY) is None
    assert not re.fullmatch(PATTERN, words)


@pytest.mark.parametrize("key", ["", "20260101", "20261301-20261231", "x-y", "20260230-20260301"])
def test_what_is_no_key_is_read_as_none(key: str) -> None:
    assert by_key(key) is None


def test_the_mark_of_a_quarter_is_short() -> None:
    marks = [named(words, TODAY) for words in ("一季度", "本月", "2025年四季度")]
    assert [one.mark for one in marks if one] == ["2026Q1", "20260301", "2025Q4"]
