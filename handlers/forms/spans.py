"""Days to come as people type them: 下周一到周三, 3月20日至25日, 明天起3个工作日."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta
from typing import Final, NamedTuple

from handlers.form import BadAnswerError
from handlers.forms.numerals import read_number
from storage.rules.absences import Span
from storage.rules.workdays import Calendar

_WEEK: Final = r"(?:周|星期|礼拜)"
_DAYS: Final = "一二三四五六日天"
_NEAR: Final = {"今天": 0, "今日": 0, "明天": 1, "明日": 1, "后天": 2, "大后天": 3}
_HALF: Final = r"(?:上午|下午|半天|全天|一天)"
_ONE: Final = (
    r"(?:大?后天|[今明][天日]"
    rf"|(?:下下个?|下个?|本|这个?)?{_WEEK}[{_DAYS}]|(?:下下个?|下个?|本|这个?){_WEEK}"
    r"|(?:(?:\d{4}|明)[年./-])?\d{1,2}[月./-]\d{1,2}[日号]?|(?:下个?月|本月)?\d{1,2}[日号])"
    rf"(?:\s*[(（]{_WEEK}[{_DAYS}][)）])?{_HALF}?"
)
_SPAN: Final = rf"从?\s*(?P<first>{_ONE})(?:\s*(?:到|至|[-~—–～]{{1,2}})\s*(?P<last>{_ONE}))?"
_LENGTH: Final = (
    r"(?P<count>[0-9一二两三四五六七八九十]{1,4})\s*个?(?P<unit>工作日|天|日|周|星期|礼拜)"
)
_WHY: Final = (
    r"(?:请假|休假|请?年假|请?病假|请?事假|请?产假|婚假|调休|出差|公出|外出|出国|"
    r"培训|开会|参会|不在|请|休)"
)
_WHO: Final = (
    r"(?:[\s，,、;；。]|期间|工作|由|请|让|交给|委托|麻烦)*"
    r"(?P<who>[\u4e00-\u9fffA-Za-z0-9·]{2,20}?)(?:同志|老师|主任|处长|科长)?\s*"
    r"(?:代办|代理|代班|代管|代我|代为办理|代一下|替我|顶班|代|负责)"
)
_AHEAD: Final = r"我?\s*(?:要|将|准备|拟|打算)?\s*"
_PLAIN: Final = (
    rf"{_AHEAD}{_SPAN}\s*(?:起|开始)?[，,\s]*"
    rf"(?:去\s*[\u4e00-\u9fff]{{1,6}}?)?{_WHY}\s*(?:{_LENGTH})?假?(?:{_WHO})?[\s。.！!]*"
)
_TURNED: Final = (
    rf"{_AHEAD}{_WHY}[：:，,\s]*{_SPAN}\s*(?:起|开始)?[，,\s]*(?:{_LENGTH})?(?:{_WHO})?[\s。.！!]*"
)
PATTERN: Final = re.sub(r"\?P<\w+>", "?:", rf"(?=[^\n]{{2,60}}$)(?:{_PLAIN}|{_TURNED})")
"""What a message looks like that says when somebody is away."""


class Away(NamedTuple):
    """Who says to be away: the days, and whose name stands beside them (empty: nobody's)."""

    span: Span
    substitute: str


def away_in(raw: str, today: date, calendar: Calendar) -> Away | None:
    """Read a message that says when somebody is away; None where it says nothing of the kind.

    Raises:
        BadAnswerError: it does, and names a day that does not exist.
    """
    line = unicodedata.normalize("NFKC", raw)
    match = re.fullmatch(_PLAIN, line) or re.fullmatch(_TURNED, line)
    if match is None:
        return None
    first = _first(match["first"], today)
    last = _last(match["last"], first, today) if match["last"] else _whole(match["first"], first)
    if match["count"] and not match["last"]:
        last = _after(first, match["count"], match["unit"], calendar)
    return Away(Span(first, last), match["who"] or "")


def span_in(raw: str, today: date, calendar: Calendar) -> Span | None:
    """Read the days alone, as they are typed when they are asked for."""
    found = away_in(f"{raw}请假", today, calendar)
    return found.span if found else None


def _first(word: str, today: date) -> date:
    found = _read(word, today, None)
    assert found is not None  # the pattern lets nothing else through
    return found


def _last(word: str, first: date, today: date) -> date:
    found = _read(word, today, first)
    assert found is not None
    return found


def _whole(word: str, first: date) -> date:
    """Return the last of the days that one word means: 下周 has five."""
    week = re.match(rf"(?:下下个?|下个?|本|这个?){_WEEK}(?![{_DAYS}])", word)
    return first + timedelta(days=4 - first.weekday()) if week else first


def _read(word: str, today: date, after: date | None) -> date | None:
    bare = re.sub(rf"(?:\s*\({_WEEK}[{_DAYS}]\))?{_HALF}?$", "", word)
    if bare in _NEAR:
        return today + timedelta(days=_NEAR[bare])
    if match := re.fullmatch(
        rf"(?P<which>下下个?|下个?|本|这个?)?{_WEEK}(?P<day>[{_DAYS}])?", bare
    ):
        return _weekday(match["which"] or "", match["day"], today, after)
    if match := re.fullmatch(
        r"(?:(?P<year>\d{4}|明)[年./-])?(?P<month>\d{1,2})[月./-](?P<day>\d{1,2})[日号]?", bare
    ):
        return _dated(match["year"], int(match["month"]), int(match["day"]), today, after)
    if match := re.fullmatch(r"(?P<next>下个?月|本月)?(?P<day>\d{1,2})[日号]", bare):
        return _in_month(match["next"] or "", int(match["day"]), today, after)
    return None


def _weekday(which: str, day: str | None, today: date, after: date | None) -> date:
    """Return the day of a week; without a week the next such day, or the one after ``after``."""
    wanted = min(_DAYS.index(day), 6) if day else 0
    monday = today - timedelta(days=today.weekday())
    if which.startswith("下下"):
        return monday + timedelta(days=14 + wanted)
    if which.startswith("下"):
        return monday + timedelta(days=7 + wanted)
    if which:
        this = monday + timedelta(days=wanted)
        return today if day is None else this
    since = after or today
    return since + timedelta(days=(wanted - since.weekday()) % 7)


def _dated(year: str | None, month: int, day: int, today: date, after: date | None) -> date:
    if year:
        return _day(today.year + 1 if year == "明" else int(year), month, day)
    found = _day((after or today).year, month, day)
    if after is not None:
        return (
            found
            if found >= after or (after - found).days < 180
            else _day(after.year + 1, month, day)
        )
    # Half a year back nobody means the past: it is next year's.
    return found if (today - found).days < 180 else _day(today.year + 1, month, day)


def _in_month(which: str, day: int, today: date, after: date | None) -> date:
    base = after or today
    if which.startswith("下"):
        base = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    found = _day(base.year, base.month, day)
    if after is not None and found < after and not which:
        later = (base.replace(day=1) + timedelta(days=32)).replace(day=1)
        return _day(later.year, later.month, day)
    return found


def _after(first: date, count: str, unit: str, calendar: Calendar) -> date:
    number = int(count) if count.isdecimal() else read_number(count.replace("两", "二")) or 1
    number = max(1, min(number, 400))
    if unit != "工作日":
        days = number * 7 if unit in ("周", "星期", "礼拜") else number
        return first + timedelta(days=days - 1)
    day = first
    while True:
        number -= calendar.day(day).is_workday
        if number <= 0:
            return day
        day += timedelta(days=1)


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise BadAnswerError(f"没有{month}月{day}日这一天，请核对后再发一次。") from None
