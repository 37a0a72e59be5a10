"""Being away: which days may be named, and who may stand in."""

from __future__ import annotations

from datetime import date

import pytest

from storage.rules.absences import Span, may_stand_in, must_be_ahead
from storage.rules.terms import NotAllowedError

TODAY = date(2026, 3, 12)


@pytest.mark.parametrize(
    ("first", "last", "sentence"),
    [
        # from today on, a year at most
        ("2026-03-12", "2026-03-12", ""),
        ("2026-03-13", "2027-03-12", ""),
        ("2027-03-12", "2027-03-12", ""),
        # over already, though it may last
        ("2026-03-11", "2026-03-20", "3月11日（周三）已经过去"),
        # the wrong way round
        ("2026-03-20", "2026-03-18", "结束日期3月18日（周三）早于开始日期3月20日（周五）"),
        # too long, too far away
        ("2026-03-12", "2027-03-13", "外出最多登记一年之内"),
        ("2027-03-13", "2027-03-13", "外出最多登记一年之内"),
    ],
)
def test_which_days_may_be_named(first: str, last: str, sentence: str) -> None:
    span = Span(date.fromisoformat(first), date.fromisoformat(last))
    if not sentence:
        must_be_ahead(span, TODAY)
        return
    with pytest.raises(NotAllowedError, match=sentence):
        must_be_ahead(span, TODAY)


@pytest.mark.parametrize(
    ("own", "desks", "units", "may"),
    [
        # a colleague of the same department, whatever their post there
        (["D-legal"], [], ["D-legal"], True),
        # of another one only who acts for a desk themself
        (["D-legal"], ["D-basic"], ["D-basic"], True),
        (["D-legal"], [], ["D-basic"], False),
        # of two departments both count
        (["D-legal", "D-basic"], [], ["D-basic"], False),
        (["D-legal", "D-basic"], [], ["D-basic", "D-legal"], True),
        # nobody of the authority's departments
        (["D-legal"], [], [], False),
    ],
)
def test_who_may_stand_in(own: list[str], desks: list[str], units: list[str], may: bool) -> None:
    assert may_stand_in(own, desks, units) is may


@pytest.mark.parametrize(
    ("other", "meets"),
    [
        (("2026-03-14", "2026-03-15"), True),
        (("2026-03-10", "2026-03-12"), True),
        (("2026-03-16", "2026-03-20"), True),
        (("2026-03-17", "2026-03-20"), False),
        (("2026-03-10", "2026-03-11"), False),
    ],
)
def test_two_spans_meet_where_they_share_a_day(other: tuple[str, str], meets: bool) -> None:
    first, last = (date.fromisoformat(one) for one in other)
    assert Span(TODAY, date(2026, 3, 16)).meets(Span(first, last)) is meets


def test_days_are_written_with_their_weekdays() -> None:
    assert Span(TODAY, TODAY).text == "3月12日（周四）"
    assert Span(TODAY, date(2027, 1, 3)).text == "3月12日（周四）至2027年1月3日（周日）"
