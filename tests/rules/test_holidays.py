"""The yearly notice of holidays, read as people forward it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot.calendar import PublishedCalendar
from storage.rules.holidays import is_notice, read_notice
from storage.rules.terms import RuleViolationError

# The arrangement of 2026 in the form that such notices have.
NOTICE = """关于2026年部分节假日安排的通知
一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。
节假日期间，各单位要妥善安排好值班和安全等工作。"""


def test_the_notice_of_a_year_gives_each_of_its_days() -> None:
    days = read_notice(NOTICE).days
    published = PublishedCalendar()
    first = date(2026, 1, 1)
    for day in (first + timedelta(n) for n in range(365)):
        assert days[day] is published.day(day).is_workday, day
    assert len(days) == 365


def test_a_holiday_that_begins_in_the_year_before_names_that_day_too() -> None:
    text = (
        "2027年部分节假日安排\n一、元旦：2026年12月31日（周四）至2027年1月2日（周六）放假，共3天。"
    )
    found = read_notice(text)
    assert found.rest[0] == date(2026, 12, 31)
    assert found.days[date(2026, 12, 31)] is False


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("2026年部分节假日", "放假", "没有读到"),
        ("1月1日（周四）", "1月1日（周五）", "请核对年份"),
        ("共3天。1月4日", "共4天。1月4日", "写4天，日期却是3天"),
        ("至3日（周六）", "至2日（周五）", "写3天，日期却是2天"),
        ("1月4日（周日）上班", "1月5日（周一）上班", "不是周末"),
        ("1月4日（周日）上班", "1月3日（周六）上班", "既写放假又写上班"),
        ("5月1日（周五）至5日（周二）", "5月5日（周二）至1日（周五）", "倒了"),
        ("6月19日（周五）至21日（周日）", "6月31日至32日", "没有这一天"),
        ("2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天",
         "2月1日至28日放假", "过长"),
    ],
)  # fmt: skip
def test_a_notice_that_contradicts_itself_is_refused(old: str, new: str, sentence: str) -> None:
    assert old in NOTICE
    with pytest.raises(RuleViolationError, match=sentence):
        read_notice(NOTICE.replace(old, new, 1))


def test_only_a_whole_notice_is_taken_for_one() -> None:
    assert is_notice(NOTICE)
    assert not is_notice("2026年部分节假日安排出来了吗")
    assert not is_notice("国庆放假共7天")
