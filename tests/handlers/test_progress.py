"""进度 and 撤回: where a filing stands, and how it is taken back."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from storage import tables as t
from storage.rules.terms import Act, Desk, Stage, TaskState
from tests.handlers.counts import SEND
from tests.handlers.school import School, Someone
from tests.handlers.test_dialogues import to_two_leads
from tests.handlers.test_mending import returns, sent, sign, signed, someone, task_of


@pytest.mark.covers("R23")
def test_progress_names_stage_desks_and_dates(school: School, teacher: Someone) -> None:
    signed(school)
    teacher.says("进度").sees(
        "云阅读：会审中", "26-0302-0001", "鹿城区法规科：会审办理中，3月19日（周四）前"
    )
    teacher.says("进度 26-0302-0001").sees(
        "预计：4月2日（周四）", "主管：鹿城区教育局，鹿城区基教科牵头"
    )


@pytest.mark.parametrize(
    "asked",
    ["这个再审要多久", "现在在哪个部门？", "审完了吗", "什么时候能批下来", "在谁手里",
     "可以开始用了吗", "请问备案还要几天", "怎么样了 26-0302-0001"],
)  # fmt: skip
def test_how_far_it_is_can_be_asked_in_any_words(
    school: School, teacher: Someone, asked: str
) -> None:
    signed(school)
    teacher.says(asked).sees("云阅读：会审中")


def test_progress_shows_the_filing_on_its_way_before_those_that_ended(
    school: School, teacher: Someone
) -> None:
    sent(school)
    teacher.says("撤回").taps("确定撤回")
    sent(school)
    teacher.says("进度").sees("26-0302-0002", "待校长确认").does_not_see("26-0302-0001")


def test_several_filings_are_listed_and_each_is_one_tap_away(
    school: School, teacher: Someone
) -> None:
    to_two_leads(school)
    teacher.taps(SEND).says("进度").sees("您的备案共2件", "1 26-0302-0002 云阅读：待校长确认")
    teacher.taps("看第2件").sees("云阅读：待校长确认", "26-0302-0001")


def test_who_moved_to_another_school_still_sees_how_far_their_filing_is(
    school: School, teacher: Someone
) -> None:
    sent(school)
    moved = update(t.post).where(t.post.c.person_id == "chen").values(unit_code="S2")
    school.reads(lambda tx: tx.execute(moved))
    teacher.says("进度").sees("26-0302-0001")
    teacher.says("进度 26-0302-0001").sees("云阅读：待校长确认")


def test_progress_of_a_case_is_shown_to_its_school_and_its_desks_only(school: School) -> None:
    signed(school)
    school.person("wang").says("进度 26-0302-0001").sees("云阅读：会审中")
    school.person("d-legal").says("进度 26-0302-0001").sees("云阅读：会审中")
    school.person("zhou").says("进度 26-0302-0001").sees("没有找到这件备案")
    school.person("chen").says("进度 26-0302-9999").sees("没有找到这件备案")


def test_progress_offers_the_way_to_mend(school: School, teacher: Someone) -> None:
    filing = signed(school)
    returns(school, filing, Desk.LEGAL, "请删去扫描件")
    teacher.says("进度").sees("会审中，有补正", "待补正：请删去扫描件").taps("去补正").sees("交回")


def test_an_unsigned_filing_is_taken_back_and_sent_again(
    school: School, teacher: Someone, principal: Someone
) -> None:
    sent(school)
    _, begin = principal.button("逐条确认并签署")
    teacher.says("撤回").sees("校长尚未签署").taps("取回修改").sees("修改“云阅读”")
    assert school.filings()[0].stage is Stage.DRAFT
    assert begin.tap is not None
    principal.taps_old(begin.tap).sees("26-0302-0001 现在是“草稿”")
    teacher.says("交回").sees("已再次请校长签署")
    assert school.filings()[0].stage is Stage.AWAITING_PRINCIPAL


def test_an_unsigned_filing_is_withdrawn_by_its_owner(school: School, teacher: Someone) -> None:
    sent(school)
    teacher.says("撤回 26-0302-0001").taps("确定撤回").sees("已撤回")
    assert school.filings()[0].stage is Stage.WITHDRAWN
    teacher.says("撤回").sees("没有可以撤回的备案")


def test_a_signed_filing_is_withdrawn_by_the_principal_alone(
    school: School, teacher: Someone, principal: Someone
) -> None:
    filing = signed(school)
    teacher.says("撤回").sees("撤回须由校长本人办理")
    principal.says("撤回").sees("撤回后各部门停止办理").taps("确定撤回")
    assert school.filings()[0].stage is Stage.WITHDRAWN
    teacher.sees("已由林国强撤回")
    task = school.reads(lambda tx: tx.tasks.of(filing))[0]
    assert task.state is TaskState.SUPERSEDED
    live = school.reads(
        lambda tx: tx.execute(
            select(t.live_card.c.body).where(t.live_card.c.subject == f"task:{task.id}")
        ).scalar_one()
    )
    assert live["card"]["done"] == "学校已撤回"


def test_a_withdraw_card_out_of_date_withdraws_nothing(
    school: School, teacher: Someone, principal: Someone
) -> None:
    filing = sent(school)
    teacher.says("撤回")
    _, confirm = teacher.button("确定撤回")
    sign(school, filing)
    assert confirm.tap is not None
    teacher.taps_old(confirm.tap).sees("情况有了变化，没有撤回")
    assert school.filings()[0].stage is Stage.IN_REVIEW
    assert task_of(school, filing, Desk.LEGAL).state is TaskState.OPEN


def test_deciding_not_to_withdraw_leaves_everything(school: School, teacher: Someone) -> None:
    sent(school)
    teacher.says("撤回").taps("不撤回").sees("没有撤回")
    assert school.filings()[0].stage is Stage.AWAITING_PRINCIPAL


def test_withdrawing_while_mending_closes_the_draft_too(
    school: School, teacher: Someone, principal: Someone
) -> None:
    filing = sent(school)
    principal.taps("退给经办").says("请再核对")
    teacher.taps("去补正").says("撤回").taps("确定撤回").sees("已撤回")
    teacher.says("交回").sees("没有正在填写的备案")
    assert school.reads(lambda tx: tx.drafts.of_filing(filing.bundle)).state == "sent"


def test_progress_says_which_desk_is_done_and_which_waits_for_the_school(
    school: School, teacher: Someone
) -> None:
    filing = signed(school)
    returns(school, filing, Desk.LEGAL, "请删去扫描件")
    research = task_of(school, filing, Desk.RESEARCH)
    school.reads(
        lambda tx: tx.tasks.record(
            research.id, Act.OPINE, by=someone(tx, "d-research"), seen=research.version,
            now=school.now,
        )
    )  # fmt: skip
    teacher.says("进度").sees("鹿城区法规科：会审待学校补正", "鹿城区教研院：会审已办")


def test_of_several_filings_the_one_to_withdraw_is_asked_for(
    school: School, teacher: Someone
) -> None:
    to_two_leads(school)
    teacher.taps(SEND)
    teacher.says("撤回").sees("要撤回哪一件？", "26-0302-0001", "26-0302-0002")
