"""What a pasted text says in words: kinds, numbers half in digits, labels left empty."""

from __future__ import annotations

from typing import Any

import pytest

from handlers.form import BadAnswerError, Form
from handlers.forms import app, both, terminal
from handlers.paste import spread, take_apart
from storage.rules.terms import SchoolStage
from tests.handlers.school import Someone
from tests.handlers.test_parsers import Around


@pytest.mark.parametrize(
    ("text", "matter"),
    [
        ("备案类型：终端和应用\n项目名称：云阅读", "campus_both"),
        ("类型：两者都有\n项目名称：智学平板", "campus_both"),
        ("备案类型：移动学习终端\n项目名称：云阅读APP", "campus_terminal"),
        ("备案类型：应用\n项目名称：平板阅读", "campus_app"),
        ("项目名称：平板阅读", "campus_terminal"),
        ("备案 终端\n项目名称：平板教学\n应用方向：精准教学", "campus_terminal"),
        # The annex's own words name no device.
        ("项目名称（终端或学习类APP名称）：口语角", "campus_app"),
    ],
)
def test_the_kind_is_read_from_what_was_pasted(teacher: Someone, text: str, matter: str) -> None:
    teacher.says(f"{text}\n学生人数：620").sees("已认出以下内容", "620名")
    assert teacher.draft().matter == matter


def test_words_of_both_kinds_leave_the_kind_to_be_asked(teacher: Someone) -> None:
    teacher.says("项目名称：平板阅读APP\n学生人数：620").sees("要备案的是哪一类")


def test_labels_with_nothing_behind_them_say_nothing(teacher: Someone) -> None:
    teacher.says("项目名称：云阅读\n使用学段：\n学生人数：620\n负责人：\n手机：\n是否收费：\n")
    teacher.sees("已认出以下内容", "620名")
    teacher.does_not_see("请再发一次", "学段：", "项目负责人：", "手机号码：", "收费")


def test_a_principle_answered_with_neither_is_said_to_be_asked_later(teacher: Someone) -> None:
    teacher.says("项目名称：云阅读\n学生人数：620\n广告：看情况")
    teacher.sees("广告：没有认出是“是”还是“否”，稍后单独问您。")


@pytest.mark.parametrize("label", ["收费情况", "是否收费", "收费", "学生家长付费"])
def test_the_fee_is_one_question_of_the_list_that_bears_its_name(label: str) -> None:
    found = take_apart(f"项目名称：云阅读\n{label}：完全免费", app.FORM, Around())
    assert (found.said, found.problems) == ({"free": {"fee": "no"}}, {})


def test_one_principle_answer_leaves_its_list_to_be_asked(teacher: Someone) -> None:
    teacher.says("项目名称：云阅读\n学生人数：620\n广告：无")
    teacher.taps("都对，继续").says("还差什么").sees("收费情况；公平与审批")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("部分使用：是，少", None),  # too short for the reason it is to be
        ("部分使用：是", None),
        ("部分使用：否，全校都在使用。", None),
        ("广告：有，可以关闭", None),  # asks for no words
        ("自带设备：学生自愿自带", None),  # says that, not how
        ("自带设备：自带，不指定品牌，不集中采购", "不指定品牌，不集中采购"),
        ("部分使用：四年级先试，其余下学期", None),  # neither yes nor no: asked
        ("已使用：是，明年", None),  # no day that was
        ("部分使用：是，四年级先试", "四年级先试"),
        ("已使用：有，2025年9月1日", "2025-09-01"),
    ],
)
def test_words_beside_a_yes_are_kept_where_they_answer_what_it_asks(
    text: str, words: str | None
) -> None:
    found = take_apart(f"项目名称：云阅读\n{text}", app.FORM, Around())
    asked = ("partial_words", "device_words", "first_use")
    kept = [found.values[key] for key in asked if key in found.values]
    assert kept == ([words] if words else [])


@pytest.mark.parametrize(
    ("text", "beside"),
    [
        ("项目概况：面向四到六年级620名学生，会议3月5日，经费3万元。", {"overview"}),
        ("项目名称：口语角620人班", {"project"}),
        ("使用学段：四到六年级，620人，经费3万元", {"stages", "students"}),
        ("项目负责人：陈晓，13857712345，620人", {"owner", "phone"}),
        ("经费来源：学校公用经费3万元，论证3月1日", {"fund", "amount"}),
        ("论证日期：3月1日，审查3月2日，620人", {"experts_on", "legality_on"}),
    ],
)
def test_beside_an_answer_only_what_belongs_to_it_is_read(text: str, beside: set[str]) -> None:
    assert set(take_apart(text, app.FORM, Around()).values) == beside


NUMBER = "教APP备3301234号"


@pytest.mark.parametrize(
    "label",
    [
        "产品备案号",
        "教育App备案号",
        "教育APP备案号",
        "教育app备案号",
        "产品备案",
        "教育App备案号码",
    ],
)
def test_a_product_number_is_read_under_each_of_its_names(label: str) -> None:
    for said, key in (("无", "no"), ("不清楚", "unsure"), ("有", "yes")):
        found = take_apart(f"{label}：{said}\n人数：620", app.FORM, Around())
        assert (found.values, found.problems) == ({"students": 620}, {})
        assert found.said == {"fair": {"product_no": key}}
    found = take_apart(f"{label}：{NUMBER}\n人数：620", both.FORM, Around())
    assert found.values == {"product_no": NUMBER, "students": 620}
    assert (found.said, found.problems) == ({"fair": {"product_no": "yes"}}, {})


def test_a_device_has_no_product_number_of_its_own() -> None:
    text = f"项目名称：智学平板\n产品备案号：{NUMBER}\n教育APP备案号：无\n台数：240"
    found = take_apart(text, terminal.FORM, Around())
    assert (found.values, found.said) == ({"project": "智学平板", "devices": 240}, {})


@pytest.mark.parametrize(
    ("text", "form", "values"),
    [
        ("公用经费一万二千元", app.FORM, {"fund": "school", "amount": 12_000}),
        ("公用经费三千五百元", app.FORM, {"fund": "school", "amount": 3500}),
        ("公用经费5千元", app.FORM, {"fund": "school", "amount": 5000}),
        ("公用经费3.5万", app.FORM, {"fund": "school", "amount": 35_000}),
        ("公用经费3万5千元", app.FORM, {"fund": "school"}),  # not 3万, nor 5千
        ("公用经费3万人", app.FORM, {"fund": "school"}),
        ("一千名学生", app.FORM, {"students": 1000}),
        ("2千人", app.FORM, {}),  # not 千人
        ("约3百多人", app.FORM, {}),
        ("1万2千人", app.FORM, {}),
        ("240台，2千人", both.FORM, {"devices": 240}),
        ("240台，620人", app.FORM, {"students": 620}),  # an application has no devices
        ("四到六年级,620人", app.FORM,
         {"stages": {"stages": ["primary"], "grades": "四至六年级"}, "students": 620}),
    ],
)  # fmt: skip
def test_a_number_is_read_whole_or_not_at_all(
    text: str, form: Form, values: dict[str, Any]
) -> None:
    assert take_apart(text, form, Around()).values == values


@pytest.mark.parametrize(
    ("digits", "says"),
    [
        ("13857712", ""),  # no more than any number
        ("138577123", "这个号码是9位"),
        ("1385771234567", "这个号码是13位"),
        ("138-5771-234", "这个号码是10位"),
        ("A13857712345", ""),  # part of some code
        ("12857712345", "以13至19开头"),
    ],
)
def test_what_looks_like_a_phone_number_and_is_none_is_said(digits: str, says: str) -> None:
    found = take_apart(f"云阅读 620人 {digits}", app.FORM, Around())
    assert says in found.problems.get("手机号码", "")
    assert bool(found.problems) is bool(says)


def test_labels_inside_a_sentence_are_labels() -> None:
    text = "老师好，我们备一个应用，名称：口语角，人数：620，负责人：陈晓"
    found = take_apart(text, app.FORM, Around())
    assert found.problems == {}
    assert (found.values["project"], found.values["students"]) == ("口语角", 620)
    assert found.values["owner"]["id"] == "p1"


def test_one_grade_is_no_single_pupil() -> None:
    around = Around(stages=(SchoolStage.JUNIOR,))
    found = take_apart("云阅读，初一个别班级先用，共120人", app.FORM, around)
    assert found.values["stages"]["grades"] == "初一"
    assert found.values["students"] == 120


@pytest.mark.parametrize(
    ("text", "asked", "says"),
    [
        ("2千人", "students", "请发学生人数，只要一个数"),
        ("0人", "students", "学生人数至少是1名"),
        ("初一，620人", "stages", "没有初中"),
        ("论证2月30日，会议3月5日", "experts_on", "没有2月30日"),
        ("公用经费，0元", "amount", "没有认出金额"),
    ],
)
def test_what_was_asked_and_cannot_be_right_is_refused_with_all_beside_it(
    text: str, asked: str, says: str
) -> None:
    with pytest.raises(BadAnswerError, match=says):
        spread(text, app.FORM, app.FORM.by_key[asked], Around())


def test_a_half_written_count_is_asked_again_not_guessed(teacher: Someone) -> None:
    for words in ("备案", "应用", "云阅读", "四到六年级"):
        teacher.says(words)
    teacher.says("约2千人").sees("请发学生人数，只要一个数，例如：620人。")
    teacher.says("2000").sees("项目负责人是谁")
    assert teacher.draft().answers["students"] == 2000


@pytest.mark.parametrize(("project", "is_asked"), [("云阅读", False), ("小鹿作业", True)])
def test_a_number_that_the_register_holds_is_not_asked_for(
    teacher: Someone, project: str, is_asked: bool
) -> None:
    teacher.says(
        f"项目名称：{project}\n学生人数：620\n产品备案号：有\n分班：否\n评价：否\n部分使用：否\n已使用：否"
    )
    teacher.taps("都对，继续").says("还差什么").does_not_see("公平与审批")
    assert ("产品备案号；" in teacher.heard()) is is_asked


@pytest.mark.parametrize(
    ("text", "stages"),
    [
        ("瓯江实验小学的云阅读，620人", None),  # the name of a school
        ("市第二小学 云阅读 620人", None),
        ("附属初中 云阅读 620人", None),
        ("中心幼儿园 云阅读 60人", None),
        ("云阅读，620名小学生", None),
        ("初中部 云阅读 620人", None),
        ("小学校园 云阅读 620人", None),
        ("瓯江实验小学四年级 云阅读 120人", ["primary"]),
        ("先在实验四年级用云阅读 120人", ["primary"]),
        ("小学 云阅读 620人", ["primary"]),
        ("学校的小学和初中 云阅读 620人", ["junior", "primary"]),
    ],
)
def test_the_name_of_a_school_is_no_statement_of_a_stage(
    text: str, stages: list[str] | None
) -> None:
    around = Around(stages=tuple(SchoolStage))
    found = take_apart(text, app.FORM, around).values.get("stages")
    assert (found["stages"] if found else None) == stages


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("阅 四到六年级 620人", ""),  # one character is no name
        ("阅读 四到六年级 620人", "阅读"),
        ("长" * 40 + " 620人", "长" * 40),
        ("长" * 41 + " 620人", ""),  # a sentence, not a name
        ("你好 老师 云阅读 620人", "云阅读"),
        ("20260 云阅读 620人", "云阅读"),
        ("小学和初中 620人", ""),
        ("《阅读星球》给四到六年级620人用", "阅读星球"),
        ("我们学校想用云阅读这个软件，620人", "云阅读"),
    ],
)
def test_what_is_left_may_be_the_projects_name(text: str, name: str) -> None:
    assert take_apart(text, app.FORM, Around()).name == name


@pytest.mark.parametrize(
    ("text", "students"),
    [
        ("四到六年级620", 620),
        ("四到六年级，共 620 左右。", 620),
        ("620，四到六年级", 620),
        ("四到六年级六百二十人，3个班", 620),  # the classes are no second count
        ("四到六年级，3个班", None),
        ("四到六年级 3台", None),
        ("四到六年级，2个学期", None),
        ("四到六年级，12班120", None),
    ],
)
def test_a_bare_number_beside_the_stage_counts_pupils(text: str, students: int | None) -> None:
    values = spread(text, app.FORM, app.FORM.by_key["stages"], Around())
    assert values["stages"]["grades"] == "四至六年级"
    assert values.get("students") == students


FIRST, SECOND, THIRD = "2026-03-01", "2026-03-02", "2026-03-05"


@pytest.mark.parametrize(
    ("text", "asked", "known", "dates"),
    [
        ("3月1日 3月2日 3月5日", "experts_on", (), (FIRST, SECOND, THIRD)),
        ("3月2日 3月5日", "legality_on", ("experts_on",), (None, SECOND, THIRD)),
        ("3月1日 3月2日 3月5日", "experts_on", ("experts_on",), (FIRST, SECOND, THIRD)),
        ("3月1日 3月5日", "experts_on", (), (None, None, None)),  # which two of the three?
        ("会议3月5日，3月2日，论证3月1日", "experts_on", (), (FIRST, None, THIRD)),
        ("还没有开会", "experts_on", (), (None, None, None)),
    ],
)
def test_bare_dates_go_to_the_open_questions_where_they_are_as_many(
    text: str, asked: str, known: tuple[str, ...], dates: tuple[str | None, ...]
) -> None:
    around = Around(dict.fromkeys(known, "2026-02-02"))
    values = spread(text, app.FORM, app.FORM.by_key[asked], around)
    assert tuple(map(values.get, ("experts_on", "legality_on", "minutes_on"))) == dates
