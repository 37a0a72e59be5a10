"""需要备案吗, by taps and typed words, from the talk and from the opening of a form."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from handlers import needed
from storage import tables as t
from tests.handlers.counts import PASTE, SEND, upload_all
from tests.handlers.school import ROUTERS, School, Someone, open_school


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    opened = open_school(f"sqlite:///{tmp_path}/s.db", routers=(*ROUTERS, needed.router))
    yield opened
    opened.ledger.close()


@pytest.fixture
def teacher(school: School) -> Someone:
    return school.person("chen")


@pytest.mark.parametrize(
    "words",
    [
        "需要备案吗",
        "要不要备案",
        "这个软件需要备案吗？",
        "是否需要备案",
        "不确定",
        "要备案吗 小鹿作业",
    ],
)
def test_it_is_reached_by_typed_words(teacher: Someone, words: str) -> None:
    teacher.says(words).sees("谁来用？", "1 学生  2 教师  3 家长  4 仅行政内部")


@pytest.mark.covers("R21")
def test_four_taps_lead_from_the_opening_to_a_filing_of_the_right_kind(teacher: Someone) -> None:
    teacher.says("备案").taps("不确定要不要备案").sees("谁来用？")
    teacher.taps("学生").sees("是哪一类？").taps("小程序").sees(
        "准备用多大范围？", "2个班、100名学生"
    )
    teacher.taps("更多学生").sees("需要备案", "凡进必审（温教办技〔2022〕65号二（三））")
    teacher.taps("去备案").sees("请发应用名称")
    assert teacher.draft().matter == "campus_app"


def test_typed_numbers_answer_it_as_well(teacher: Someone) -> None:
    teacher.says("需要备案吗").says("1").says("4").says("1").sees("可按小范围试点", "三（一）5")
    teacher.says("1").sees("请发终端项目名称")
    assert teacher.draft().answers["scale"] == "pilot"
    assert teacher.draft().matter == "campus_terminal"


def test_a_general_tool_needs_none_and_its_own_edition_does(teacher: Someone) -> None:
    teacher.says("需要备案吗").taps("学生").taps("通用工具").sees("不需要备案", "教育版）要备案")


def test_what_nobody_can_say_goes_to_a_person(school: School, teacher: Someone) -> None:
    teacher.says("需要备案吗").taps("仅行政内部").taps("网页平台").sees("请问教育技术部门")
    teacher.taps("转告教育技术").sees("已转告鹿城区技术中心")
    school.person("d-tech").sees("陈晓老师请您协助")


def test_what_the_school_has_filed_shows_its_number(school: School, teacher: Someone) -> None:
    free = PASTE.replace("学校公用经费 3万元", "不需要经费")
    teacher.says(free).taps("都对，继续").says("都没有").says("都没有")
    upload_all(teacher)
    teacher.taps(SEND)
    filed = {"number": "温教进校备〔2026〕0302A0001号", "serial": 1, "series": "s"}
    row = update(t.filing).values(stage="registered", registered_at=school.now, **filed)
    school.reads(lambda tx: tx.execute(row))
    teacher.says("云阅读需要备案吗").sees(
        "“云阅读”本校已备案，备案号 温教进校备〔2026〕0302A0001号"
    )
    teacher.says("需要备案吗").taps("学生").taps("教育类APP").sees("是本校已备案的其中一个吗？")
    teacher.taps("云阅读").sees("已备案，不需要再备", "备案号 温教进校备〔2026〕0302A0001号")
    teacher.says("需要备案吗").taps("学生").taps("教育类APP").taps("都不是").sees("准备用多大范围")


def test_it_leaves_a_form_as_it_stands(teacher: Someone) -> None:
    teacher.says("备案").taps("应用").says("要不要备案").sees("谁来用？")
    teacher.taps("学生").taps("通用工具").sees("不需要备案")
    teacher.says("继续").sees("请发应用名称")


def test_who_does_not_file_gets_the_answer_without_the_button(school: School) -> None:
    desk = school.person("d-basic")
    desk.says("需要备案吗").taps("学生").taps("教育类APP").taps("更多学生").sees("需要备案")
    desk.does_not_see("去备案")
