"""Coming and going: greetings, side questions, what rests, what is opened again and where."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import insert, update

from storage import tables as t
from tests.handlers.counts import PASTE, upload_all
from tests.handlers.school import LUCHENG, START, School, Someone
from tests.handlers.test_commands import to_owner
from tests.handlers.test_dialogues import to_overview, to_papers, to_phone


def ends(school: School, *people: str) -> None:
    """Let the posts of these people have ended yesterday."""
    ended = update(t.post).where(t.post.c.person_id.in_(people)).values(valid_to=date(2026, 3, 11))
    school.reads(lambda tx: tx.execute(ended))


@pytest.mark.parametrize(
    ("who", "hello", "may", "may_not"),
    [
        ("chen", "陈晓老师您好", "备案：新建一件", "待办"),
        ("lin", "林国强校长您好", "待办：签署", "逐件办理"),
        ("zhou", "周园长您好", "待办：签署", "逐件办理"),
        ("d-legal", "审法规老师您好", "待办：逐件办理", "备案："),
    ],
)
def test_everybody_is_greeted_by_what_they_are_with_what_they_can_do(
    school: School, who: str, hello: str, may: str, may_not: str
) -> None:
    named = update(t.person).where(t.person.c.id == "zhou").values(name="周")
    school.reads(lambda tx: tx.execute(named))
    someone = school.person(who)
    someone.opens_chat().sees(hello, may).does_not_see(may_not)
    someone.says("在吗").sees(hello, may).says("您好").sees(hello, may)


def test_a_greeting_offers_what_rests_and_else_says_what_can_be_done(teacher: Someone) -> None:
    teacher.says("您好").sees("陈晓老师您好", "新建备案")
    to_owner(teacher)
    teacher.says("退出").says("您好").sees("您有1份未完成的备案“云阅读”")


def test_a_side_question_is_answered_whatever_stands_open(teacher: Someone) -> None:
    asked, told = "三重一大是什么", "重大事项决策"
    teacher.says(asked).sees(told)
    teacher.says("备案").says(asked).sees(told)
    teacher.says("应用").says(asked).sees(told, "刚才在填：项目名称。请发应用名称")


def test_a_side_question_at_the_papers_leaves_them_awaited(teacher: Someone) -> None:
    to_papers(teacher)
    teacher.says("三重一大是什么").sees("重大事项决策", "材料 0/4")


def test_one_step_back_from_the_kinds_asks_for_them_again(teacher: Someone) -> None:
    teacher.says("备案").says("上一步").sees("要备案的是哪一类").says("应用").sees("应用名称")


def test_leaving_before_anything_is_begun_begins_nothing(school: School, teacher: Someone) -> None:
    teacher.says("备案").says("退出").sees("已退出。发“备案”开始").does_not_see("材料都已保存")
    teacher.says("应用").sees("没有认出这句话")
    assert school.drafts("chen") == []


def test_going_on_from_what_was_recognised_takes_it_as_right(teacher: Someone) -> None:
    teacher.says(PASTE).sees("都对，继续")
    teacher.says("继续").sees("免费原则").does_not_see("都对，继续")


def test_saving_at_a_step_does_not_ask_it_again(teacher: Someone) -> None:
    to_papers(teacher)
    teacher.says("保存").sees("已保存，保留到5月11日（周一）").does_not_see("材料 0/4")


def test_where_a_finished_draft_rests_is_said_by_its_step(teacher: Someone) -> None:
    to_papers(teacher)
    upload_all(teacher)
    teacher.says("还差什么").sees("内容和材料都齐了")
    teacher.says("在吗").sees("停在“核对并提交”")


def test_a_file_from_the_page_opens_the_draft_that_was_left(teacher: Someone) -> None:
    to_phone(teacher)
    draft = teacher.draft().id
    teacher.says("退出").uploads("实施方案.pdf", "plan", draft=draft).sees("材料 1/4")
    teacher.says("13857712345").sees("主要用在哪些方面")


@pytest.mark.covers("R91")
def test_a_product_that_is_none_of_those_known_is_filed_as_written(teacher: Someone) -> None:
    teacher.says("备案").says("应用").says("作业宝").taps("都不是")
    teacher.sees("“作业宝”将按您写的名称报送，由教育技术部门核对", "哪个学段")
    assert teacher.draft().answers["product"] == ""


def test_a_product_of_a_similar_name_is_offered_and_never_taken_unasked(teacher: Someone) -> None:
    teacher.says("备案").says("应用").says("云阅读学生版").sees("您要的是？", "云阅读（杭州某公司")
    assert "product" not in teacher.draft().answers
    teacher.says("1").sees("哪个学段")
    assert (teacher.draft().answers["project"], teacher.draft().answers["product"]) == (
        "云阅读", "p1",
    )  # fmt: skip


def test_the_last_look_names_the_whole_overview_that_goes_along(teacher: Someone) -> None:
    to_overview(teacher)
    teacher.says("本校为培养阅读习惯开展本项目工作。" * 13).says("3").says("采用")
    for words in ("不需要经费", "都没有", "都没有", "都没有", "3月1日 3月2日 3月5日"):
        teacher.says(words)
    upload_all(teacher)
    teacher.sees("材料：4/4，另有概况全文")


def test_the_second_head_of_a_school_signs_what_they_filed(school: School) -> None:
    post = {"tenant": LUCHENG, "unit_code": "S1", "person_id": "wang", "role": "principal"}
    school.reads(lambda tx: tx.execute(insert(t.post).values(valid_from=START.date(), **post)))
    wang = school.person("wang")
    to_papers(wang)
    upload_all(wang)
    wang.taps("确认，我来签署").sees("逐条确认并签署")
    assert [one.principal_id for one in school.filings()] == ["wang"]


@pytest.mark.parametrize("who", ["chen", "d-tech"])
def test_where_nobody_can_be_told_that_somebody_waits_it_is_said(school: School, who: str) -> None:
    if who != "d-tech":
        ends(school, "d-tech")
    school.person(who).says("人工").sees("没有可以转告的教育技术部门同志", "请联系本单位管理员")
