"""The yearly notice of holidays and make-up days, read from its own sentences."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final, NamedTuple

from storage.rules.terms import RuleViolationError

_DATE: Final = r"(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})日(?:\(([^()]*)\))?"
_ONE: Final = re.compile(_DATE)
_SPAN: Final = re.compile(rf"{_DATE}(?:至{_DATE})?")
_YEAR: Final = re.compile(r"(20\d\d)年(?:部分)?节假日")
_COUNT: Final = re.compile(r"(?:共|放假)(\d{1,2})天")
_LONGEST: Final = 15


class Arrangement(NamedTuple):
    """What a notice says of a year: days off, and weekend days that are worked."""

    year: int
    rest: tuple[date, ...]
    worked: tuple[date, ...]

    @property
    def days(self) -> dict[date, bool]:
        """Return every day of the year as a calendar keeps it, and those of its neighbours that
        are named: worked or not."""
        first = date(self.year, 1, 1)
        length = (date(self.year + 1, 1, 1) - first).days
        found = {day: day.weekday() < 5 for day in (first + timedelta(n) for n in range(length))}
        found |= dict.fromkeys(self.rest, False)
        return found | dict.fromkeys(self.worked, True)


def is_notice(text: str) -> bool:
    """Tell whether a text looks like the notice: its title, days off and counts."""
    plain = unicodedata.normalize("NFKC", text)
    return bool(_YEAR.search(plain)) and "放假" in plain and bool(_COUNT.search(plain))


def read_notice(text: str) -> Arrangement:
    """Read the notice of one year.

    What the notice says twice is held against itself: the weekday beside a date, and how many days
    a holiday has.

    Raises:
        RuleViolationError: no such notice, or a date that cannot be; says which sentence.
    """
    plain = re.sub(r"[ \t　]", "", unicodedata.normalize("NFKC", text))
    title = _YEAR.search(plain)
    if title is None:
        raise RuleViolationError("没有读到“20××年部分节假日安排”字样，请发通知全文。")
    year = int(title[1])
    rest: list[date] = []
    worked: list[date] = []
    for sentence in re.split(r"[。;\n]", plain[title.end() :]):
        if "放假" in sentence:
            rest += _off(sentence, year)
        elif "上班" in sentence:
            worked += [_day(found, year, sentence) for found in _ONE.finditer(sentence)]
    if not rest:
        raise RuleViolationError(f"没有读到{year}年的放假日期，请发通知全文。")
    if both := sorted(set(rest) & set(worked)):
        raise RuleViolationError(f"{_text(both[0])}既写放假又写上班，请核对通知原文。")
    if wrong := [day for day in worked if day.weekday() < 5]:
        raise RuleViolationError(f"{_text(wrong[0])}不是周末，不会是调休上班日，请核对通知原文。")
    return Arrangement(year, tuple(sorted(set(rest))), tuple(sorted(set(worked))))


def _off(sentence: str, year: int) -> Iterator[date]:
    """Give the days off that a sentence names before 放假, and hold them against its count."""
    head = sentence.partition("放假")[0]
    days: list[date] = []
    for found in _SPAN.finditer(head):
        first = _day(found, year, sentence)
        last = _day(found, year, sentence, of=5, month=first.month) if found[7] else first
        if last < first and last.year == first.year:
            raise RuleViolationError(f"这一句的起止日期倒了，请核对：{sentence[:40]}")
        if (last - first).days >= _LONGEST:
            raise RuleViolationError(f"这一句的假期过长，请核对：{sentence[:40]}")
        days += [first + timedelta(n) for n in range((last - first).days + 1)]
    counted = _COUNT.search(sentence)
    if days and counted and int(counted[1]) != len(days):
        raise RuleViolationError(
            f"这一句写{counted[1]}天，日期却是{len(days)}天，请核对：{sentence[:40]}"
        )
    yield from days


def _day(
    found: re.Match[str], year: int, sentence: str, *, of: int = 1, month: int | None = None
) -> date:
    """Return the date of a match, whose groups begin at ``of``; held against its weekday."""
    in_year, in_month, on, beside = (found[at] for at in range(of, of + 4))
    number = int(in_month or month or 0)
    try:
        day = date(int(in_year or year), number, int(on))
    except ValueError:
        raise RuleViolationError(f"没有这一天，请核对：{sentence[:40]}") from None
    weekday = re.search("[周星期]+([一二三四五六日天])", beside or "")
    if weekday and "一二三四五六日".find(weekday[1].replace("天", "日")) != day.weekday():
        raise RuleViolationError(
            f"{_text(day)}是周{'一二三四五六日'[day.weekday()]}，与通知写的不同，请核对年份。"
        )
    return day


def _text(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
