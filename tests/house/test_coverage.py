"""Every line of the notice is shown by a test, or it is said why a program has no part in it."""

from __future__ import annotations

from tests.house.coverage import PAGE, marks, page
from tests.house.notice import NOT_SOFTWARE, REQUIREMENTS


def test_every_line_of_the_notice_has_its_test_or_its_reason() -> None:
    shown = {number for number, _ in marks()}
    assert set(REQUIREMENTS) - shown - set(NOT_SOFTWARE) == set()
    assert shown - set(REQUIREMENTS) == set()
    assert set(NOT_SOFTWARE) <= set(REQUIREMENTS) == set(range(1, 102))


def test_the_page_says_what_the_marks_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()
