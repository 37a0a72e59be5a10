"""The spans of time that people name when they ask for figures: 上周, 本月, 一季度, 2026年."""

import re
import unicodedata
from datetime import date, timedelta
from typing import Final, NamedTuple

_MONTHS: Final = r"1[0-2]|0?[1-9]"
PATTERN: Final = (
    r"(?P<period>[本上]周|[本上]个?月|[本上]季度|今年|去年"
    rf"|(?:20\d\d年)?(?:(?:{_MONTHS})月|第?[一二三四1-4]季度|[上下]半年)|20\d\d年)"
)
"""What may name a period inside a longer pattern; the group is called ``period``."""

_CALENDAR: Final = re.compile(
    r"(?:(?P<year>20\d\d)年)?"
    rf"(?:(?P<month>{_MONTHS})月|第?(?P<quarter>[1-4])季度|(?P<half>[上下])半年)?"
)
_DIGITS: Final = str.maketrans("一二三四", "1234")
_KEY: Final = re.compile(r"(\d{4})(\d\d)(\d\d)-(\d{4})(\d\d)(\d\d)")


class Period(NamedTuple):
    """Whole days of the office's zone, both ends counted."""

    name: str
    start: date
    end: date

    @property
    def key(self) -> str:
        """Return the period as a link or a button carries it; ``by_key`` reads it."""
        return f"{self.start:%Y%m%d}-{self.end:%Y%m%d}"

    @property
    def mark(self) -> str:
        """Return a short mark for a sample's seed: ``2026Q1``, else the first day."""
        is_quarter = self == quarter(self.start.year, (self.start.month + 2) // 3)
        if is_quarter:
            return f"{self.start.year}Q{(self.start.month + 2) // 3}"
        return f"{self.start:%Y%m%d}"


def named(words: str, today: date) -> Period | None:
    """Return the period that ``words`` name on ``today``; None where they name none.

    Without a year it is the most recent one that has begun: 四季度, asked for in March, is last
    year's.
    """
    text = unicodedata.normalize("NFKC", words).replace("个月", "月").strip()
    if text in ("本周", "上周"):
        return week(today - timedelta(days=7 if text == "上周" else 0))
    if text in ("本月", "上月"):
        first = today.replace(day=1)
        return month((first - timedelta(days=1)) if text == "上月" else first)
    if text in ("本季度", "上季度"):
        at = today.year * 4 + (today.month - 1) // 3 - (text == "上季度")
        return quarter(at // 4, at % 4 + 1)
    if text in ("今年", "去年"):
        return year(today.year - (text == "去年"))
    found = _CALENDAR.fullmatch(text.translate(_DIGITS))
    if found is None or not any(found.groups()):
        return None
    asked = _of(found, int(found["year"] or today.year))
    if found["year"] is None and asked.start > today:
        return _of(found, today.year - 1)
    return asked


def _of(found: re.Match[str], in_year: int) -> Period:
    if found["month"]:
        return month(date(in_year, int(found["month"]), 1))
    if found["quarter"]:
        return quarter(in_year, int(found["quarter"]))
    if found["half"]:
        start = date(in_year, 7 if found["half"] == "下" else 1, 1)
        return Period(f"{in_year}年{found['half']}半年", start, _last_day(start, 6))
    return year(in_year)


def week(of: date) -> Period:
    """Return the Monday to Sunday around a day."""
    start = of - timedelta(days=of.weekday())
    end = start + timedelta(days=6)
    return Period(f"{start.month}月{start.day}日至{end.month}月{end.day}日", start, end)


def month(of: date) -> Period:
    """Return the month around a day."""
    start = of.replace(day=1)
    return Period(f"{of.year}年{of.month}月", start, _last_day(start, 1))


def quarter(in_year: int, which: int) -> Period:
    """Return a quarter, 1 to 4."""
    start = date(in_year, which * 3 - 2, 1)
    return Period(f"{in_year}年{'一二三四'[which - 1]}季度", start, _last_day(start, 3))


def year(which: int) -> Period:
    """Return a whole year."""
    return Period(f"{which}年", date(which, 1, 1), date(which, 12, 31))


def by_key(key: str) -> Period | None:
    """Read ``Period.key``, with the name the period has; None where it is no key."""
    found = _KEY.fullmatch(key)
    if found is None:
        return None
    try:
        numbers = [int(part) for part in found.groups()]
        start, end = date(*numbers[:3]), date(*numbers[3:])
    except ValueError:
        return None
    likely = (month(start), quarter(start.year, (start.month + 2) // 3), year(start.year))
    plain = Period(f"{_day(start)}至{_day(end)}", start, end)
    return next((one for one in likely if (one.start, one.end) == (start, end)), plain)


def _last_day(start: date, months: int) -> date:
    after = start.month - 1 + months
    return date(start.year + after // 12, after % 12 + 1, 1) - timedelta(days=1)


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
