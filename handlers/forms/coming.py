"""Dates still to come, as people type them: 2026-06-30, 6月30日; always the next such day."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Final

from handlers.form import BadAnswerError

_WHOLE: Final = (
    r"(?:(?P<year>\d{4})\s*[-./年]\s*)?(?P<month>\d{1,2})\s*[-./月]\s*(?P<day>\d{1,2})\s*[日号]?"
)


def coming_date(raw: str, today: date) -> date:
    """Read a date after ``today``; without a year the next one.

    Raises:
        BadAnswerError: no date, no such day, or one that has passed.
    """
    found = re.search(_WHOLE, unicodedata.normalize("NFKC", raw))
    if found is None:
        raise BadAnswerError("没有认出日期，请按 2026-06-30 或 6月30日 的样式再发一次。")
    month, day = int(found["month"]), int(found["day"])
    years = [int(found["year"])] if found["year"] else [today.year, today.year + 1]
    days = [on for year in years if (on := _day(year, month, day)) is not None]
    if not days:
        raise BadAnswerError(f"没有{month}月{day}日这一天，请核对后再发一次。")
    ahead = [on for on in days if on > today]
    if not ahead:
        raise BadAnswerError("这一天已经过去了，请发今天之后的日期。")
    return ahead[0]


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
