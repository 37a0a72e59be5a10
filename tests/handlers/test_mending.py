"""What comes back shows exactly what to mend, and is handed back once to whom it concerns."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from sqlalchemy import delete, update

from storage import tables as t
from storage.cases import Filing, Task
from storage.people import Person
from storage.rules.terms import Act, Desk, Stage, TaskKind, TaskState
from storage.transaction import Transaction
from tests.handlers.counts import filing_messages_stepwise
from tests.handlers.school import School, Someone


def someone(tx: Transaction, person_id: str) -> Person:
    person = tx.people.get(person_id)
    assert person is not None
    return person


def sent(school: School) -> Filing:
    filing_messages_stepwise(school)
    return school.filings()[0]


def signed(school: School) -> Filing:
    return sign(school, sent(school))


def sign(school: School, filing: Filing) -> Filing:
    def work(tx: Transaction) -> Filing:
        now = school.now
        return tx.filings.sign(
            filing, declared=[now] * 4, wording_version="1", by=someone(tx, "lin"), now=now
        )

    signed_one: Filing = school.reads(work)
    return signed_one


def task_of(school: School, filing: Filing, desk: Desk) -> Task:
    tasks = school.reads(lambda tx: tx.tasks.of(filing))
    return next(
        task for task in tasks if task.desk is desk and task.state is not TaskState.SUPERSEDED
    )


def returns(school: School, filing: Filing, desk: Desk, text: str, criterion: str = "") -> None:
    task = task_of(school, filing, desk)

    def record(tx: Transaction) -> Any:
        return tx.tasks.record(
            task.id, Act.RETURN, by=someone(tx, f"d-{desk.value}"), seen=task.version,
            now=school.now, points=[{"criterion": criterion, "text": text}],
        )  # fmt: skip

    school.reads(record)


def test_what_the_principal_sent_back_is_mended_and_signed_for_again(
    school: School, teacher: Someone, principal: Someone
) -> None:
    filing = sent(school)
    principal.taps("退给经办").says("人数写少了，请核对")
    teacher.sees("人数写少了，请核对（校长）")
    teacher.taps("去补正").sees("修改“云阅读”", "人数写少了，请核对（校长）", "再请校长签署")
    teacher.says("修改 学生人数 650").sees("修改“云阅读”").says("交回").sees("已再次请校长签署")
    again = school.filings()[0]
    assert (again.stage, again.facts.students) == (Stage.AWAITING_PRINCIPAL, 650)
    assert again.case_no == filing.case_no


def test_a_reviewers_return_names_the_point_and_goes_back_only_to_that_desk(
    school: School, teacher: Someone, principal: Someone
) -> None:
    filing = signed(school)
    returns(school, filing, Desk.LEGAL, "首页有整本教辅扫描", "侵权")
    teacher.says("继续").sees(
        "侵权：首页有整本教辅扫描（鹿城区法规科，三（一）2）", "建议3月26日（周四）前交回"
    )
    teacher.uploads("新方案.pdf", "plan").taps("交回").sees("已交回，只由提出意见的部门复看")
    assert task_of(school, filing, Desk.LEGAL).state is TaskState.OPEN
    assert task_of(school, filing, Desk.LEGAL).version == 3
    assert task_of(school, filing, Desk.RESEARCH).version == 1
    principal.sees("补正材料已由陈晓老师交回", "无需重新签署")
    teacher.says("交回").sees("没有正在填写的备案")


def test_declared_facts_that_changed_are_signed_for_again_before_they_go_back(
    school: School, teacher: Someone, principal: Someone
) -> None:
    filing = signed(school)
    returns(school, filing, Desk.LEGAL, "请核对使用人数")
    teacher.says("补正 26-0302-0001").says("修改 学生人数 900").says("交回").sees(
        "已请校长重新确认"
    )
    principal.sees("26-0302-0001")
    assert task_of(school, filing, Desk.LEGAL).state is TaskState.RETURNED
    principal.taps("逐条确认并签署")
    for _ in range(4):
        principal.taps("属实")
    principal.taps("签署提交")
    assert task_of(school, filing, Desk.LEGAL).state is TaskState.OPEN
    assert school.filings()[0].facts.students == 900


def test_a_word_mended_is_no_reason_to_sign_again(school: School, teacher: Someone) -> None:
    filing = signed(school)
    returns(school, filing, Desk.LEGAL, "概况请写明推进措施")
    teacher.says("补正").says("修改 项目概况").says("每周一节课，分三步推进，预计阅读量提高。")
    teacher.says("交回").sees("已交回")
    assert school.filings()[0].answers["overview"].startswith("每周一节课")
    assert task_of(school, filing, Desk.LEGAL).state is TaskState.OPEN


def test_the_leads_return_reaches_the_school_with_its_points(
    school: School, teacher: Someone
) -> None:
    filing = signed(school)

    def opine(tx: Transaction, desk: str) -> Any:
        [task] = [t for t in tx.tasks.of(filing) if t.desk.value == desk]
        return tx.tasks.record(
            task.id, Act.OPINE, by=someone(tx, f"d-{desk}"), seen=task.version, now=school.now
        )

    for desk in ("legal", "research", "tech"):
        school.reads(partial(opine, desk=desk))
    assert school.filings()[0].stage is Stage.AWAITING_DECISION
    returns(school, filing, Desk.BASIC, "请补充实施安排", "可行性")
    assert school.filings()[0].stage is Stage.RETURNED
    teacher.says("补正").sees("可行性：请补充实施安排（鹿城区基教科").says("交回").sees("已交回")
    assert school.filings()[0].stage is Stage.AWAITING_DECISION
    decision = task_of(school, filing, Desk.BASIC)
    assert (decision.kind, decision.state) == (TaskKind.DECISION, TaskState.OPEN)


def test_a_point_that_comes_while_mending_joins_the_same_list(
    school: School, teacher: Someone
) -> None:
    filing = signed(school)
    returns(school, filing, Desk.LEGAL, "请删去扫描件")
    teacher.says("补正").sees("请删去扫描件")
    returns(school, filing, Desk.TECH, "请写明账号注销方式")
    teacher.says("继续").sees("1 请删去扫描件", "2 请写明账号注销方式").says("交回")
    assert task_of(school, filing, Desk.LEGAL).state is TaskState.OPEN
    assert task_of(school, filing, Desk.TECH).state is TaskState.OPEN


def test_somebody_elses_filing_cannot_be_mended(school: School) -> None:
    filing = signed(school)
    returns(school, filing, Desk.LEGAL, "请删去扫描件")
    other = school.person("wang")
    other.says("补正 26-0302-0001").sees("没有找到需要您补正的备案")


def test_the_principal_may_take_the_mending_over(school: School, principal: Someone) -> None:
    filing = signed(school)
    returns(school, filing, Desk.LEGAL, "请删去扫描件")
    principal.says("补正 26-0302-0001").sees("请删去扫描件").says("交回").sees("已交回")
    assert task_of(school, filing, Desk.LEGAL).state is TaskState.OPEN


def test_a_filing_without_its_draft_is_mended_from_its_own_answers(
    school: School, teacher: Someone
) -> None:
    filing = signed(school)
    returns(school, filing, Desk.LEGAL, "请核对电话")
    school.reads(lambda tx: tx.execute(delete(t.draft)))
    teacher.says("补正").sees("请核对电话", "还缺材料")
    assert teacher.draft().answers["project"] == "云阅读"
    assert teacher.draft().filing_id == filing.bundle


def test_a_reason_that_begins_like_a_command_is_still_a_reason(
    school: School, teacher: Someone, principal: Someone
) -> None:
    sent(school)
    principal.taps("退给经办").says("修改概况后再交，补正人数")
    teacher.sees("修改概况后再交，补正人数（校长）").says("去补正").sees("修改“云阅读”")


def test_stages_that_need_another_lead_are_not_mended_into_the_same_filing(
    school: School, teacher: Someone, principal: Someone
) -> None:
    sent(school)
    principal.taps("退给经办").says("幼儿园也在用，请补上")
    both = update(t.unit).where(t.unit.c.code == "S1").values(levels=["primary", "kindergarten"])
    school.reads(lambda tx: tx.execute(both))
    teacher.taps("去补正").says("修改 使用学段 全校").says("交回")
    teacher.sees("改后应由2个部门分别牵头（三（一））", "发“撤回 26-0302-0001”")
    assert school.filings()[0].stage is Stage.SENT_BACK


def test_what_mending_left_open_is_asked_for_before_it_is_handed_back(
    school: School, teacher: Someone, principal: Someone
) -> None:
    sent(school)
    principal.taps("退给经办").says("经费来源写错了")
    teacher.taps("去补正").says("修改 经费来源 学校公用经费")
    teacher.says("交回").sees("还差“经费金额”，请先填好")
    assert school.filings()[0].stage is Stage.SENT_BACK


@pytest.mark.parametrize("stages", ["全校", "幼儿园"])
def test_what_was_returned_cannot_come_back_with_another_lead(
    school: School, teacher: Someone, stages: str
) -> None:
    """Neither beside its own lead nor instead of it."""
    filing = signed(school)
    returns(school, filing, Desk.LEGAL, "请核对学段")
    both = update(t.unit).where(t.unit.c.code == "S1").values(levels=["primary", "kindergarten"])
    school.reads(lambda tx: tx.execute(both))
    teacher.says("补正").says(f"修改 使用学段 {stages}").says("交回")
    teacher.sees("改后应由其他部门牵头（三（一）），不能在原件上补正", f"“撤回 {filing.case_no}”")
    [same] = school.filings()
    assert (same.parts, same.stage) == (filing.parts, Stage.IN_REVIEW)
