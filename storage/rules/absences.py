"""Being away: from when to when, and who may stand in at a desk in the meantime."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final, NamedTuple

from storage.rules.terms import NotAllowedError

LONGEST: Final = timedelta(days=365)
CLAUSE: Final = "三"


class Span(NamedTuple):
    """Some days, the first and the last counted."""

    first: date
    last: date

    def meets(self, other: "Span") -> bool:
        """Say whether both have a day in common."""
        return self.first <= other.last and other.first <= self.last

    @property
    def text(self) -> str:
        """Write it as 3月16日（周一）至3月18日（周三）; another year is named."""
        first, last = _day(self.first), _day(self.last)
        if self.first.year != self.last.year:
            last = f"{self.last.year}年{last}"
        return first if self.first == self.last else f"{first}至{last}"


def _day(day: date) -> str:
    return f"{day.month}月{day.day}日（周{'一二三四五六日'[day.weekday()]}）"


def must_be_ahead(span: Span, today: date) -> None:
    """Hold an absence to days that are to come, and to a year at most.

    Raises:
        NotAllowedError: turned round, over already, or too long.

    Source: none in the notice; our own default.
    """
    if span.last < span.first:
        raise NotAllowedError(
            f"结束日期{_day(span.last)}早于开始日期{_day(span.first)}，请核对后再发一次。"
        )
    if span.first < today:
        raise NotAllowedError(f"{_day(span.first)}已经过去，外出只能从今天起登记，请再发一次。")
    if span.last - span.first > LONGEST or span.first - today > LONGEST:
        raise NotAllowedError("外出最多登记一年之内。长期离岗请联系管理员更新名单。")


def may_stand_in(own_units: Iterable[str], desk_units: Iterable[str], units: Iterable[str]) -> bool:
    """Say whether somebody may stand in for whoever works in ``own_units``.

    ``units`` are the departments of the same authority where they have any post, ``desk_units``
    those where they review, head or are deputy. A colleague of each department may; somebody from
    elsewhere only where they act for a desk themself.

    Source: 三（明确工作职责）; requirements R83, R84.
    """
    there = set(units)
    return bool(set(desk_units)) or set(own_units) <= there
