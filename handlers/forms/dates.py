"""Dates as people type them: 2026-09-01, 9月1日, 上周三; always the most recent past one."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta
from typing import Final

from handlers.form import Around, BadAnswerError
from handlers.forms.numerals import read_number
from storage.rules.steps import spoken

# Patterns are compiled when an answer first needs them.
_CHINESE: Final = r"(?<![〇零一二三四五六七八九十])[〇零一二三四五六七八九十]+(?=\s*[年月日号])"
_WEEK: Final = r"(?:周|星期|礼拜)"
_DAYS: Final = "一二三四五六日天"
_RELATIVE: Final = {"今天": 0, "今日": 0, "昨天": 1, "昨日": 1, "前天": 2, "大前天": 3}

_FULL: Final = (
    r"(?P<year>\d{4}|\d{2}(?=年))\s*[-./年]\s*(?P<month>\d{1,2})\s*[-./月]"
    r"\s*(?P<day>\d{1,2})\s*[日号]?"
)
_COMPACT: Final = r"(?<!\d)(?P<year>20\d{2})(?P<month>\d{2})(?P<day>\d{2})(?!\d)"
_SHORT: Final = (
    r"(?<![\d.])(?P<month>\d{1,2})\s*(?:月|[-./](?=\d{1,2}(?![\d.])))"
    r"\s*(?P<day>\d{1,2})\s*[日号]?(?![\d.])"
)
_MONTHLY: Final = r"(?P<which>上个?月|本月|这个?月)?\s*(?<!\d)(?P<day>\d{1,2})\s*[日号]"
_WEEKLY: Final = rf"(?P<which>上个?|本|这个?)?{_WEEK}(?P<day>[{_DAYS}1-7])"
_TRAIL: Final = rf"^\s*[(（]?{_WEEK}(?P<day>[{_DAYS}])[)）]?"
_DATED: Final = (
    rf"(?:{_FULL}|{_COMPACT}|{_SHORT})".replace("?P<year>", "?:")
    .replace("?P<month>", "?:")
    .replace("?P<day>", "?:")
    # A weekday beside a date belongs to it; alone it would be a second date.
    + rf"(?:\s*[(（]?{_WEEK}[{_DAYS}][)）]?)?"
    + rf"|(?:上个?月|本月|这个?月)\d{{1,2}}[日号]|(?:上个?|本|这个?)?{_WEEK}[{_DAYS}]"
    + r"|大?前天|昨天|昨日|今天|今日"
)


def held_on(raw: str, around: Around) -> str:
    """Read the date of something already held; return it as ``2026-03-12``.

    Source: requirements A.10b, Dates.
    """
    return past_date(raw, around.today).isoformat()


def past_date(raw: str, today: date) -> date:
    """Read a date that is not after ``today``.

    Raises:
        BadAnswerError: no date, no such day, a weekday that does not fit, or still to come.
    """
    line = _digits(raw)
    found = _read(line, today)
    if found is None:
        raise BadAnswerError("没有认出日期，请按 2026-09-01 或 9月1日 的样式再发一次。")
    if found > today:
        raise BadAnswerError(f"{spoken(found)}还没有到，请核对日期后再发一次。")
    return found


def past_or_why(raw: str, today: date) -> tuple[date | None, str]:
    """Read such a date, or return the sentence that says why it is none."""
    try:
        return past_date(raw, today), ""
    except BadAnswerError as refusal:
        return None, str(refusal)


def dated_pieces(text: str) -> list[tuple[int, int]]:
    """Return where in ``text`` dates stand, as (start, end)."""
    return [match.span() for match in re.finditer(_DATED, text)]


def shown_date(value: str) -> str:
    """Write a kept date with year and weekday."""
    return spoken(date.fromisoformat(value))


def _digits(raw: str) -> str:
    line = unicodedata.normalize("NFKC", raw).strip()
    return re.sub(_CHINESE, lambda found: str(read_number(found[0]) or found[0]), line)


def _read(line: str, today: date) -> date | None:
    for word, ago in _RELATIVE.items():
        if line.startswith(word):
            return today - timedelta(days=ago)
    for pattern in (_FULL, _COMPACT):
        if match := re.search(pattern, line):
            year = int(match["year"])
            found = _day(
                year + 2000 if year < 100 else year, int(match["month"]), int(match["day"])
            )
            return _fits(found, line[match.end() :])
    if match := re.search(_SHORT, line):
        return _fits(
            _most_recent(int(match["month"]), int(match["day"]), today), line[match.end() :]
        )
    if match := re.search(_WEEKLY, line):
        return _weekday(match["day"], match["which"] or "", today)
    if match := re.search(_MONTHLY, line):
        return _in_month(match["which"] or "", int(match["day"]), today)
    return None


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise BadAnswerError(f"没有{month}月{day}日这一天，请核对后再发一次。") from None


def _most_recent(month: int, day: int, today: date) -> date:
    for year in range(today.year, today.year - 9, -1):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found <= today:
            return found
    return _day(today.year, month, day)


def _weekday(word: str, which: str, today: date) -> date:
    """Return the most recent such day; 上 means before today, 周四 on a Thursday means today."""
    wanted = int(word) - 1 if word.isdecimal() else min(_DAYS.index(word), 6)
    ago = (today.weekday() - wanted) % 7
    if ago == 0 and which.startswith("上"):
        ago = 7
    return today - timedelta(days=ago)


def _in_month(which: str, day: int, today: date) -> date:
    first = today.replace(day=1)
    before = (first - timedelta(days=1)).replace(day=1)
    if which.startswith("上"):
        return _day(before.year, before.month, day)
    if which or day <= today.day:
        return _day(first.year, first.month, day)
    return _day(before.year, before.month, day)


def _fits(found: date, rest: str) -> date:
    """Hold a weekday typed beside a date against it."""
    if match := re.match(_TRAIL, rest):
        wanted = min(_DAYS.index(match["day"]), 6)
        if wanted != found.weekday():
            raise BadAnswerError(
                f"{spoken(found)}，与所写的周{match['day']}不一致，请核对后再发一次。"
            )
    return found
