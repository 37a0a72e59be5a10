"""Every line of the notice is shown by a test, or it is said what is not built, or why never."""

from __future__ import annotations

from collections import Counter

from tests.house.coverage import PAGE, marks, page
from tests.house.notice import LATER, NOT_SOFTWARE, REQUIREMENTS

MOST = 4
"""So many tests of one line are read by somebody; more hide which of them show it."""


def test_every_line_of_the_notice_has_its_test_or_its_reason() -> None:
    shown = {number for number, _ in marks()}
    assert set(REQUIREMENTS) == set(range(1, 102))
    assert set(REQUIREMENTS) - shown - set(NOT_SOFTWARE) - set(LATER) == set()
    assert shown - set(REQUIREMENTS) == set()
    assert (set(NOT_SOFTWARE) | set(LATER)) - set(REQUIREMENTS) == set()
    assert set(NOT_SOFTWARE) & set(LATER) == set()


def test_a_line_names_few_tests_and_each_of_them_once() -> None:
    each = Counter(marks())
    assert [mark for mark, many in each.items() if many > 1] == []
    assert [n for n, many in Counter(number for number, _ in each).items() if many > MOST] == []


def test_the_page_says_what_the_marks_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()
