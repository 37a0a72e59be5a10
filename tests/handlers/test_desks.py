"""What a desk reads on its card and may do, and what the chat says when it may not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import insert

from bot.matters import ROUTERS
from cards.language import Tap
from storage import tables as t
from tests.handlers.counts import PASTE, SEND, upload_all
from tests.handlers.school import DESKS, LUCHENG, OVERVIEW, School, Someone
from tests.handlers.test_mending import sent, signed
from tests.handlers.test_principles_and_gates import DATES, to_free


@pytest.fixture
def school(open_one: Callable[..., School]) -> School:
    return open_one(routers=ROUTERS)


def signs(principal: Someone) -> None:
    principal.taps("逐条确认并签署")
    for _ in range(4):
        principal.taps("属实")
    principal.taps("签署提交")


def posted(school: School, person: str, unit: str, role: str = "reviewer") -> None:
    post = {"tenant": LUCHENG, "unit_code": unit, "person_id": person, "role": role}
    school.reads(lambda tx: tx.execute(insert(t.post).values(valid_from=date(2020, 1, 1), **post)))


def bought(teacher: Someone) -> None:
    """Let the teacher send a filing of an application that is paid for."""
    teacher.says(PASTE).taps("都对，继续").says("都没有").says("都没有")
    teacher.uploads("采购方案.pdf", "purchase")
    upload_all(teacher)
    teacher.taps(SEND)


def reviewed(school: School) -> None:
    for desk, verdict in (("legal", "均未发现"), ("research", "可用"), ("tech", "通过")):
        school.person(f"d-{desk}").taps(verdict).taps("确认")


def test_money_is_named_to_who_looks_after_it_and_only_where_there_is_some(
    school: School, teacher: Someone, principal: Someone
) -> None:
    sent(school)
    signs(principal)
    reviewed(school)
    lead = str(school.person("d-basic").told())
    assert "会审意见" in lead
    assert "不需要经费" not in lead


def test_money_that_was_given_up_is_named_nowhere_any_more(
    school: School, teacher: Someone, principal: Someone
) -> None:
    bought(teacher)
    principal.taps("退给经办").says("学校不出钱")
    teacher.taps("去补正").says("修改 经费来源 企业赠送").says("交回")
    signs(principal)
    assert "amount" not in school.filings()[0].answers
    for desk in DESKS:
        assert "3万元" not in str(school.person(f"d-{desk}").told())


def test_what_the_finance_desk_asks_back_may_be_about_the_money_itself(
    school: School, teacher: Someone, principal: Someone
) -> None:
    bought(teacher)
    signs(principal)
    finance = school.person("d-finance")
    finance.sees("学校公用经费3万元")
    finance.taps("需补充").sees("项目经费保障", "是否乱收费", "是否搭车收费")
    finance.taps("发现收费问题").sees("是否乱收费").does_not_see("项目经费保障")


def test_a_paid_entry_is_named_to_every_desk(
    school: School, teacher: Someone, principal: Someone
) -> None:
    to_free(teacher)
    teacher.taps("选好了", "APP内有付费入口或广告").says("都没有").says(DATES)
    upload_all(teacher)
    teacher.taps(SEND)
    signs(principal)
    school.person("d-legal").sees("学生不付费，有付费入口或广告")


def test_an_explanation_is_taken_or_not_and_nothing_is_reviewed_before(
    school: School, teacher: Someone, principal: Someone
) -> None:
    to_free(teacher)
    for words in ("都没有", "都没有", "论证3月9日，审查3月2日，会议3月5日", "专家当周出差"):
        teacher.says(words)
    upload_all(teacher)
    teacher.taps(SEND)
    signs(principal)
    intake = str(school.person("d-tech").told())
    assert "学校说明：专家当周出差" in intake
    assert "请审" not in intake


def test_who_is_asked_is_not_told_of_it_as_a_bystander_too(
    school: School, teacher: Someone, principal: Someone
) -> None:
    posted(school, "d-research", "D1")
    for words in ("备案", "终端", "智学平板", "四到六年级620人", "我", "13857712345"):
        teacher.says(words)
    teacher.taps("选好了", "精准教学").says(OVERVIEW).says("240台").says("没有")
    for words in ("学校公用经费96万元", "都没有", "都没有", "都没有", DATES):
        teacher.says(words)
    teacher.uploads("采购方案.pdf", "purchase")
    upload_all(teacher)
    teacher.taps(SEND)
    signs(principal)
    asked = str(school.person("d-research").told())
    assert "经费与收费审查" in asked
    assert "抄送" not in asked


def test_who_approved_registers_too_where_the_office_allows_it(
    school: School, teacher: Someone, principal: Someone
) -> None:
    posted(school, "d-basic", "D7")
    sent(school)
    signs(principal)
    reviewed(school)
    lead = school.person("d-basic")
    lead.taps("均符合，同意").taps("确认")
    assert "已由鹿城区基教科同意，转教育技术部门备案登记" in str(teacher.told()[-1])
    lead.taps("登记并发号").sees("已登记，备案号")
    teacher.says("进度 26-0302-0001").sees(
        "已备案，温教进校备〔2026〕0302A0001号", "备案号：温教进校备", "有效期：20"
    )


def test_criteria_of_a_verdict_that_was_changed_are_not_taken_along(
    school: School, principal: Someone
) -> None:
    sent(school)
    signs(principal)
    legal = school.person("d-legal")
    _, favourable = legal.button("均未发现")
    legal.taps("有发现")
    _, onward = legal.button("下一步")
    assert favourable.tap is not None
    assert onward.tap is not None
    legal.taps_old(favourable.tap).sees("意见：均未发现")
    old = Tap(onward.tap.verb, onward.tap.subject, onward.tap.seen, {"criteria": ("infringement",)})
    legal.taps_old(old).sees("您之后又改过意见", "发“待办”可以重新选").does_not_see("侵权")
    legal.taps("确认").sees("已记录“均未发现”")


def test_advice_cannot_be_typed_into_a_return(school: School, principal: Someone) -> None:
    sent(school)
    signs(principal)
    school.person("d-research").says("退回 26-0302-0001 请补充").sees(
        "您的这项任务没有这个选项，请发“待办”查看卡片"
    )


def test_a_finding_of_harm_bars_the_approval_even_where_it_names_no_criterion(
    school: School, principal: Someone
) -> None:
    sent(school)
    signs(principal)
    legal, lead = school.person("d-legal"), school.person("d-basic")
    legal.taps("有发现")
    _, onward = legal.button("下一步")
    assert onward.tap is not None
    legal.taps_old(Tap("review.words", onward.tap.subject, onward.tap.seen))
    legal.says("首页有整本教辅扫描").taps("建议不予通过").taps("确认")
    legal.sees("已记录“有发现”")
    for desk, verdict in (("research", "可用"), ("tech", "通过")):
        school.person(f"d-{desk}").taps(verdict).taps("确认")
    lead.taps("均符合，同意").taps("确认").sees("不能同意，可以退回或不予通过")


@pytest.mark.parametrize("asked", ["待办", "今日待办", "待备案", "待审查", "待技术审查"])
def test_what_waits_is_asked_for_by_any_of_its_names(school: School, asked: str) -> None:
    signed(school)
    school.person("d-legal").says(asked).sees("26-0302-0001 云阅读：应用内容审查")
