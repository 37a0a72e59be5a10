"""Days to come, as people type them."""

from __future__ import annotations

import re
from datetime import date

import pytest

from handlers.form import BadAnswerError
from handlers.forms.spans import PATTERN, away_in, span_in
from tests.storage.conftest import Weekdays

TODAY = date(2026, 3, 12)  # a Thursday


@pytest.mark.parametrize(
    ("typed", "first", "last", "who"),
    [
        ("我下周一到周三出差，由李四代", "03-16", "03-18", "李四"),
        ("明天请假 王五代", "03-13", "03-13", "王五"),
        ("3月20日到3月25日休假，请钱某某代办", "03-20", "03-25", "钱某某"),
        ("今天下午请假", "03-12", "03-12", ""),
        # a weekday alone is the next one, the second one follows the first
        ("周五到下周二出差", "03-13", "03-17", ""),
        ("周四请假", "03-12", "03-12", ""),
        ("本周五请假", "03-13", "03-13", ""),
        ("下下周一请假", "03-23", "03-23", ""),
        # a week is its five days, as far as they are to come
        ("下周出差", "03-16", "03-20", ""),
        ("本周休假", "03-12", "03-13", ""),
        # without a month, over the end of a month
        ("20日到25日出差 李四代", "03-20", "03-25", "李四"),
        ("30日到2日休假", "03-30", "04-02", ""),
        # so many days, so many working days
        ("明天起出差三天", "03-13", "03-15", ""),
        ("明天起请假3个工作日，李四代班", "03-13", "03-17", "李四"),
        ("明天请两天假 李四代", "03-13", "03-14", "李四"),
        # other ways of writing
        ("请假 明天 由王五代", "03-13", "03-13", "王五"),
        ("3.20-3.25外出，李四代办", "03-20", "03-25", "李四"),
        ("３月２０日（周五）至3月25日（周三）休假", "03-20", "03-25", ""),
        ("2026年3月20日至2026年3月25日休假，期间工作请李四主任代理", "03-20", "03-25", "李四"),
        ("明天 去杭州开会，请 李四 代", "03-13", "03-13", "李四"),
        # what is past stays past: it is refused later, with its date
        ("3月2日请假", "03-02", "03-02", ""),
    ],
)
def test_an_absence_is_understood(typed: str, first: str, last: str, who: str) -> None:
    found = away_in(typed, TODAY, Weekdays())
    assert found is not None
    assert (found.span.first.isoformat()[5:], found.span.last.isoformat()[5:]) == (first, last)
    assert found.substitute == who
    assert re.fullmatch(PATTERN, typed)


@pytest.mark.parametrize(
    ("typed", "first", "last"),
    [
        ("12月28日到1月3日休假", date(2026, 12, 28), date(2027, 1, 3)),
        ("明年2月1日请假", date(2027, 2, 1), date(2027, 2, 1)),
        # half a year back nobody means the past
        ("8月1日请假", date(2026, 8, 1), date(2026, 8, 1)),
    ],
)
def test_the_year_is_the_one_that_is_meant(typed: str, first: date, last: date) -> None:
    found = away_in(typed, TODAY, Weekdays())
    assert found is not None
    assert tuple(found.span) == (first, last)


def test_in_december_a_day_of_january_is_next_year_s() -> None:
    found = away_in("1月5日请假", date(2026, 12, 20), Weekdays())
    assert found is not None
    assert found.span.first == date(2027, 1, 5)


@pytest.mark.parametrize(
    "typed",
    [
        "出差", "今天天气不错", "备案", "进度", "由王五代", "9月1日", "620", "2026年9月1日开学",
        "为提升阅读兴趣，学校拟在下周出差", "下周三学习", "请假制度是什么", "明天请假\n由李四代",
    ],
)  # fmt: skip
def test_what_is_no_absence_is_left_alone(typed: str) -> None:
    assert away_in(typed, TODAY, Weekdays()) is None or not re.fullmatch(PATTERN, typed)


def test_days_are_understood_alone_where_they_were_asked_for() -> None:
    found = span_in("下周一到周三", TODAY, Weekdays())
    assert found is not None
    assert found.text == "3月16日（周一）至3月18日（周三）"


def test_a_day_that_does_not_exist_is_named() -> None:
    with pytest.raises(BadAnswerError, match="没有2月30日这一天"):
        away_in("2月30日请假", TODAY, Weekdays())
