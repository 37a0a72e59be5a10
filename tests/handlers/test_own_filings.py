"""What came back, 进度 and 撤回: open to whose filing it is, in the words of the school."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import insert, update

from cards.language import Tap
from storage import tables as t
from storage.rules.terms import Desk, Stage
from storage.transaction import Transaction
from tests.handlers.counts import PASTE, SEND, upload_all
from tests.handlers.school import LUCHENG, OVERVIEW, START, School, Someone
from tests.handlers.test_dialogues import to_two_leads
from tests.handlers.test_mending import returns, sent, signed

MINE = ("progress.withdraw", "progress.take_back", "progress.keep")


@pytest.mark.parametrize("who", ["wang", "zhou"])
@pytest.mark.parametrize("verb", MINE)
def test_a_tap_on_somebody_else_s_filing_changes_nothing(
    school: School, who: str, verb: str
) -> None:
    filing = sent(school)
    other = school.person(who)
    other.taps_old(Tap(verb, filing.id, filing.version)).sees("没有找到这件备案")
    assert school.filings()[0].stage is Stage.AWAITING_PRINCIPAL


def test_a_tap_shows_a_filing_to_its_school_and_its_desks_only(school: School) -> None:
    show = Tap("progress.show", signed(school).id)
    for who in ("wang", "d-legal"):
        school.person(who).taps_old(show).sees("云阅读：会审中", "签署：3月12日（周四）")
    for who in ("zhou", "nohead"):
        school.person(who).taps_old(show).sees("没有找到这件备案").does_not_see("云阅读")


@pytest.mark.parametrize("verb", ["form.mend", "mend.open"])
def test_a_tap_opens_what_came_back_to_its_own_people_only(school: School, verb: str) -> None:
    filing = signed(school)
    mend, teacher = Tap(verb, filing.id), school.person("chen")
    teacher.taps_old(mend).sees("26-0302-0001 现在是“会审中”，没有需要补正的内容")
    returns(school, filing, Desk.LEGAL, "请删去扫描件")
    for who in ("wang", "zhou", "two"):
        school.person(who).taps_old(mend).sees("这件备案由经办人补正").does_not_see("扫描件")
    teacher.taps_old(mend).sees("请删去扫描件")


def test_who_left_the_school_mends_its_filings_no_more(school: School, teacher: Someone) -> None:
    filing = signed(school)
    returns(school, filing, Desk.LEGAL, "请删去扫描件")
    moved = update(t.post).where(t.post.c.person_id == "chen").values(unit_code="S2")
    school.reads(lambda tx: tx.execute(moved))
    teacher.taps_old(Tap("form.mend", filing.id)).sees("这件备案由经办人补正")


def test_who_never_filed_is_told_how_to_begin(teacher: Someone) -> None:
    teacher.says("进度").sees("您还没有报送过备案。发“备案”开始")


def test_the_one_to_withdraw_is_named_by_its_case_number(school: School, teacher: Someone) -> None:
    to_two_leads(school)
    teacher.taps(SEND).says("撤回 26-0302-0002").taps("确定撤回").sees("26-0302-0002")
    stages = [filing.stage for filing in school.filings()]
    assert stages == [Stage.AWAITING_PRINCIPAL, Stage.WITHDRAWN]


def test_what_was_withdrawn_while_mending_is_filled_no_more(
    school: School, teacher: Someone, principal: Someone
) -> None:
    sent(school)
    principal.taps("退给经办").says("请再核对")
    teacher.taps("去补正").says("撤回").taps("确定撤回")
    teacher.says("退出").sees("已退出。发“备案”开始").does_not_see("都已保存")


def test_withdrawing_one_filing_leaves_the_other_one_being_filled(
    school: School, teacher: Someone, principal: Someone
) -> None:
    sent(school)
    principal.taps("退给经办").says("请再核对")
    teacher.taps("去补正").says("新建备案").says("应用").says("作业宝").says("1")
    teacher.says("撤回").taps("确定撤回").says("五年级300人").sees("项目负责人是谁")


def test_what_is_mended_is_changed_by_its_name_or_left_for_later(
    school: School, teacher: Someone, principal: Someone
) -> None:
    sent(school)
    principal.taps("退给经办").says("人数写少了，请核对")
    teacher.taps("去补正").taps("改内容").sees("可以修改：项目名称", "材料直接重发即可")
    teacher.taps("先保存").sees("改好后发“交回”").does_not_see("可以修改")


def test_what_is_mended_half_is_not_asked_to_be_signed(
    school: School, teacher: Someone, principal: Someone
) -> None:
    filing = signed(school)
    returns(school, filing, Desk.LEGAL, "请核对使用人数")
    teacher.says("补正").says("修改 学生人数 900")
    draft = teacher.draft()
    begin = Tap("sign.begin", filing.id, draft.version)
    principal.taps_old(begin).sees("26-0302-0001 现在是“会审中”，不需要您签署了")
    teacher.says("交回").sees("已请校长重新确认")
    principal.sees("26-0302-0001")


def test_what_falls_away_by_mending_is_named_where_it_is_signed_again(
    school: School, teacher: Someone, principal: Someone
) -> None:
    teacher.says(PASTE).taps("都对，继续")
    for words in ("都没有", "都没有"):
        teacher.says(words)
    teacher.uploads("采购方案.pdf", "purchase")
    upload_all(teacher)
    teacher.taps(SEND)
    principal.taps("逐条确认并签署")
    for _ in range(4):
        principal.taps("属实")
    principal.taps("签署提交")
    returns(school, school.filings()[0], Desk.LEGAL, "经费来源与方案不一致")
    teacher.says("补正").says("修改 经费来源 企业赠送").says("交回")
    assert "经费金额不再填写" in str(principal.told()[-1])


def test_a_pilot_is_not_handed_back_as_a_full_filing(
    school: School, teacher: Someone, principal: Someone
) -> None:
    for words in ("备案", "应用", "云阅读", "五年级60人", "全面", "我", "13857712345"):
        teacher.says(words)
    teacher.taps("选好了", "精准教学").says(OVERVIEW).says("不需要经费")
    for words in ("都没有", "都没有", "都没有", "3月1日 3月2日 3月5日"):
        teacher.says(words)
    upload_all(teacher)
    teacher.taps(SEND)
    principal.taps("退给经办").says("先在一个班试用")
    teacher.taps("去补正").says("修改 备案规模 小范围试点").says("1个班").says("1个学期")
    teacher.sees("符合小范围试点").says("交回").sees("本项目属小范围试点，由学校决定，不必报送")
    assert school.filings()[0].stage is Stage.SENT_BACK


def test_a_kindergarten_s_head_is_called_so_at_every_step(school: School) -> None:
    post = {"tenant": LUCHENG, "unit_code": "S3", "person_id": "nohead", "role": "owner"}
    school.reads(lambda tx: tx.execute(insert(t.post).values(valid_from=date(2020, 1, 1), **post)))
    school.reads(
        lambda tx: tx.execute(
            update(t.post)
            .where(t.post.c.person_id == "nohead", t.post.c.unit_code == "S2")
            .values(valid_to=START.date().replace(day=1))
        )
    )
    teacher, head = school.person("nohead"), school.person("zhou")
    for words in ("备案", "应用", "云阅读", "幼儿园300人", "我", "13857712345"):
        teacher.says(words)
    teacher.taps("选好了", "精准教学").says(OVERVIEW).says("不需要经费")
    for words in ("都没有", "都没有", "都没有", "3月1日 3月2日 3月5日"):
        teacher.says(words)
    head.uploads("会议纪要.pdf", "minutes", draft=teacher.draft().id)
    assert "周园长园长为“云阅读”上传了材料" in str(teacher.told()[-1])
    upload_all(teacher)
    teacher.taps("确认，请园长签署").says("进度").sees("等周园长园长签署")
    head.taps("退给经办").says("请再核对")
    teacher.taps("去补正").sees("请再核对（园长）").says("交回").sees("已再次请园长签署")
    head.taps("逐条确认并签署")
    for _ in range(4):
        head.taps("属实")
    head.taps("签署提交")
    teacher.says("撤回").sees("已由园长签署，撤回须由园长本人办理", "请园长发")


def test_of_two_filings_only_the_returned_one_is_signed_again(
    school: School, teacher: Someone, principal: Someone
) -> None:
    to_two_leads(school)
    teacher.taps(SEND)
    principal.taps("逐条确认并签署")
    for _ in range(4):
        principal.taps("属实")
    principal.taps("签署提交").sees("26-0302-0001、26-0302-0002 已报送")
    returns(school, school.filings()[1], Desk.LEGAL, "请核对使用人数")
    teacher.says("补正").says("修改 学生人数 690").says("交回").sees("已请校长重新确认")
    principal.taps("逐条确认并签署")
    for _ in range(4):
        principal.taps("属实")
    principal.taps("签署提交").sees("26-0302-0002 已报送").does_not_see("26-0302-0001")


def test_who_is_principal_now_withdraws_what_somebody_signed_before(school: School) -> None:
    filing = signed(school)

    def comes_after(tx: Transaction) -> None:
        tx.execute(update(t.post).where(t.post.c.person_id == "lin").values(unit_code="S2"))
        tx.execute(update(t.post).where(t.post.c.person_id == "wang").values(role="principal"))

    school.reads(comes_after)
    principal = school.person("wang")
    principal.says("进度").sees("云阅读：会审中")
    principal.says(f"撤回 {filing.case_no}").taps("确定撤回").sees("“云阅读”已撤回")
    assert school.filings()[0].stage is Stage.WITHDRAWN
