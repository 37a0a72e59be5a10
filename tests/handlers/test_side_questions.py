"""A question beside the form is answered and the form asked again; an answer is no question."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handlers.glossary import explain
from tests.handlers.school import OVERVIEW, Someone
from tests.handlers.test_commands import to_owner
from tests.handlers.test_dialogues import to_overview, to_phone


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("什么是三重一大", "应集体讨论决定"),
        ("请问产品备案号是什么意思？", "在国家平台取得的编号"),
        ("备案号是啥", "有两种"),
        ("小范围试点是什么呀", "由学校审查、审批和管理"),
        ("专家论证意见怎么写", "写明专家、单位、日期和结论"),
        ("会议纪要包括什么？", "会议名称、日期"),
        ("项目概况要写什么", "标点计入，空格不计"),
        ("多久能批下来", "15个工作日"),
        ("请问要多长时间", "15个工作日"),
        ("为什么要填手机号", "加密保存"),
        ("200字怎么算", "201字不行"),
        ("标点算不算字", "201字不行"),
        ("可以发PDF吗", "都可以"),
        ("由谁签字？", "老师不能代签"),
    ],
)
def test_a_question_is_answered_in_two_lines(asked: str, says: str) -> None:
    assert says in (explain(asked) or "")


@pytest.mark.covers("R1", "R7", "R45", "R100")
@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("依据是什么", "进校园管理工作的通知》（温教办技〔2022〕65号），2022年9月22日印发"),
        ("指导意见是什么", "（浙教办技〔2020〕22号），温教办技〔2022〕65号一要求深入贯彻"),
        ("252号文是什么？", "（浙教办函〔2022〕252号），温教办技〔2022〕65号三（二）3要求按此查处"),
    ],
)
def test_what_the_office_goes_by_is_named_with_number_and_title(asked: str, says: str) -> None:
    assert says in (explain(asked) or "")


@pytest.mark.parametrize(
    "said",
    [
        "试点",  # the answer to 备案规模
        "终端",  # the answer to the kind
        "自愿自带",
        "备案号",
        "65号",
        "专家论证3月1日",
        "三重一大会议已经开过，可以吗？",
        "什么是三重一大，另外620人",
        "可以",
        "？",
    ],
)
def test_an_answer_that_names_a_term_is_no_question(said: str) -> None:
    assert explain(said) is None


def test_a_question_is_put_plainly_and_alone(teacher: Someone) -> None:
    to_owner(teacher)
    before = len(teacher.told())
    teacher.says("我")
    assert teacher.told()[before:] == ["负责人手机号码是多少？请发11位号码，或发“用我绑定的号码”。"]
    teacher.says("13857712345")
    note, card = teacher.told()[before + 1 :]
    assert note == "已填手机号码 138****2345。"
    assert not isinstance(card, str)
    teacher.taps("选好了", "精准教学").says(OVERVIEW)
    assert [isinstance(what, str) for what in teacher.told()[-2:]] == [True, False]


def test_what_is_said_ahead_twice_is_heard_once(teacher: Someone) -> None:
    to_phone(teacher)
    teacher.says("三重一大是什么")
    assert teacher.heard().count("请发11位号码") == 1


def test_looking_at_a_draft_does_not_renew_it(teacher: Someone) -> None:
    """The day it says it was saved is the day of the last answer, and so is its end."""
    to_phone(teacher)
    teacher.says("13857712345").sees("主要用在哪些方面")
    expires = teacher.draft().expires_at
    teacher.school.now += timedelta(days=5)
    teacher.says("三重一大是什么").sees("刚才在填：应用方向", "主要用在哪些方面")
    teacher.says("还差什么").sees("还差")
    assert teacher.draft().expires_at == expires
    teacher.says("你好").sees("云阅读", "3月12日")
    teacher.says("继续").sees("主要用在哪些方面")
    assert teacher.draft().expires_at - expires >= timedelta(days=5)


def test_an_item_that_this_filing_does_not_have_cannot_be_changed(teacher: Someone) -> None:
    to_overview(teacher)
    # No money is spent yet, the number of devices is no matter of an application, nor is a blank.
    for name in ("金额", "试点班级", "开始使用日期", "终端数量", "规模 630", "“\t”"):
        teacher.says(f"修改 {name}").sees("没有找到这一项", "可以修改：项目名称")
    teacher.says("修改 手机").sees("现在填的是：138****2345")
    teacher.says("修改 我的手机号码").sees("现在填的是：138****2345")
    teacher.says("修改 收费").sees("免费原则")
    teacher.says("还差什么").sees("还差", "收费情况", "项目概况")
    teacher.does_not_see("经费金额", "试点学期", "开始使用", "使用安排")
