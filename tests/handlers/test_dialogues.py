"""The teacher's dialogues: happy, too long, a wrong phone and a question, two weeks' rest."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import delete, insert, select, update

from handlers.events import Said
from storage import tables as t
from storage.rules.terms import Stage
from storage.transaction import Transaction
from tests.handlers.counts import SEND, upload_all
from tests.handlers.school import OVERVIEW, School, Someone


def to_phone(teacher: Someone) -> None:
    for words in ("备案", "应用", "云阅读", "4-6年级620", "我"):
        teacher.says(words)


def to_overview(teacher: Someone) -> None:
    to_phone(teacher)
    teacher.says("用我绑定的号码").taps("选好了", "精准教学")


def to_papers(teacher: Someone) -> None:
    to_overview(teacher)
    teacher.says(OVERVIEW).says("不需要经费")
    for _ in range(3):
        teacher.says("都没有")
    teacher.says("3月1日 3月2日 3月5日")


@pytest.mark.covers("R9", "R10", "R91")
def test_a_filing_travels_from_the_first_word_to_the_principal(
    school: School, teacher: Someone, principal: Someone
) -> None:
    teacher.says("备案").sees("陈晓老师您好", "1 应用", "4 不确定要不要备案")
    teacher.says("1").sees("请发应用名称")
    teacher.says("云阅读").sees("已对上产品库：云阅读", "教APP备3301234号", "哪个学段、多少学生用")
    teacher.says("4-6年级620").sees("项目负责人是谁")
    teacher.says("我").sees("11位号码")
    teacher.says("用我绑定的号码").sees("138****2345").does_not_see("13857712345")
    teacher.taps("选好了", "精准教学").sees("200字以内：为什么做、怎么推进、预期成效")
    teacher.says(OVERVIEW).taps("不需要经费").says("都没有").says("都没有").says("都没有")
    teacher.says("论证3月1日，审查3月2日，会议3月5日").sees(
        "2026年3月5日（周四）", "材料 0/4", "/m/upload/"
    )
    upload_all(teacher)
    teacher.sees("材料：4/4", "138****2345", "39/200字", OVERVIEW)
    teacher.sees(
        "由鹿城区基教科牵头审批（三（一）2）", "鹿城区法规科（三（一）2）", "预计15个工作日"
    )
    teacher.taps(SEND).sees("已请林国强校长签署，办件号 26-0302-0001")
    principal.sees("请您签署：云阅读", "26-0302-0001")
    [filing] = school.filings()
    assert filing.stage is Stage.AWAITING_PRINCIPAL
    assert filing.owner_id == "chen"
    assert "13857712345" not in str(filing.answers)


@pytest.mark.covers("R94")
def test_an_overview_of_236_characters_is_never_cut_but_counted(teacher: Someone) -> None:
    long = (
        "本校为培养阅读习惯开展本项目工作。" * 11
        + "同时学校将组织教师培训，"
        + "并持续跟踪评估成效" * 4
        + "。"
    )
    to_overview(teacher)
    teacher.says(long)
    teacher.sees("共236字，超过表格的200字36字", "从第12句“同时学校将组织教师培训，……”开始超出")
    teacher.sees("1 我删去后面1句给您看", "2 您自己改好再发来", "3 全文作为附件，概况只写前11句")
    teacher.says("3").sees("概况187字", "全文存为“详细方案（概况全文）”", "是否采用")
    teacher.says("采用").sees("经费从哪里来")
    answers = teacher.draft().answers
    assert answers["overview"] == "本校为培养阅读习惯开展本项目工作。" * 11
    assert answers["overview_full"] == long


def test_a_too_long_overview_may_be_shortened_or_written_anew(teacher: Someone) -> None:
    long = "甲乙丙丁戊己庚辛壬。" * 21
    to_overview(teacher)
    teacher.says(long).says("1").sees("概况200字").says("2").sees("现在是210字")
    teacher.says(long).sees("共210字").says("2").says(OVERVIEW).sees("经费")
    assert teacher.draft().answers["overview"] == OVERVIEW
    assert "overview_full" not in teacher.draft().answers


def test_an_overview_without_sentences_can_only_be_written_anew(teacher: Someone) -> None:
    to_overview(teacher)
    teacher.says("字" * 201).sees("共201字", "请改好后再发来").does_not_see("3 全文")
    teacher.says("字" * 200).sees("经费")
    assert teacher.draft().answers["overview"] == "字" * 200


def test_a_wrong_phone_and_a_side_question_come_back_to_the_open_question(teacher: Someone) -> None:
    to_phone(teacher)
    teacher.says("1385777123").sees(
        "这个号码是10位，手机号应为11位。请再发一次，或发“用我绑定的号码”。"
    )
    teacher.says("三重一大是什么").sees(
        "重大事项决策、重要干部任免", "刚才在填：手机号码。", "请发11位号码"
    )
    assert teacher.heard().count("刚才在填") == 1
    teacher.says("用我绑定的号码").sees("已填手机号码 138****2345。")


def test_a_side_question_does_not_answer_the_open_one(teacher: Someone) -> None:
    to_overview(teacher)
    teacher.says("什么是三重一大？").sees("刚才在填：项目概况")
    assert "overview" not in teacher.draft().answers


def test_two_weeks_later_the_draft_is_still_there(school: School, teacher: Someone) -> None:
    to_papers(teacher)
    for name, slot in (("a.docx", "plan"), ("b.pdf", "legality")):
        teacher.uploads(name, slot)
    school.now += timedelta(days=14)
    teacher.says("在吗").sees(
        "您有1份未完成的备案“云阅读”", "停在“专家论证意见”", "3月12日（周四）保存"
    )
    teacher.says("还差什么").sees(
        "还差2项：专家论证意见；“三重一大”会议纪要。其余已保存。直接发文件即可。"
    )
    teacher.uploads("专家论证意见.pdf").sees("材料 3/4")
    teacher.uploads("会议纪要.pdf").sees("请检查：云阅读")


def test_a_forgotten_question_does_not_swallow_what_is_typed_the_next_day(
    school: School, teacher: Someone
) -> None:
    to_overview(teacher)
    school.now += timedelta(hours=20)
    teacher.says("明天下午三点开会").sees("您有1份未完成的备案“云阅读”", "停在“项目概况”")
    assert "overview" not in teacher.draft().answers
    teacher.taps("继续").sees("200字以内").says(OVERVIEW).sees("经费")


def test_a_draft_that_rested_for_61_days_is_gone_and_said_so(
    school: School, teacher: Someone
) -> None:
    to_overview(teacher)
    school.now += timedelta(days=61)
    teacher.says("在吗").sees("已超过60天")
    teacher.says("继续").sees("没有正在填写的备案")


def test_a_draft_survives_a_restart(school: School, teacher: Someone) -> None:
    to_phone(teacher)
    again = School(school.ledger, school.switchboard, school.now)
    same = again.person("chen")
    same.school._keys = iter(f"r{n}" for n in range(99))
    same.says("13857712345").sees("主要用在哪些方面")


def test_the_principal_may_file_alone(school: School, principal: Someone) -> None:
    to_phone(principal)
    principal.says("13800002222").taps("选好了", "精准教学").says(OVERVIEW).says("不需要经费")
    principal.says("都没有").says("都没有").says("都没有").says("3月1日 3月2日 3月5日")
    upload_all(principal)
    principal.taps("确认，我来签署").sees("逐条确认并签署")
    [filing] = school.filings()
    assert filing.owner_id == filing.principal_id == "lin"
    assert school.person("chen").told() == []


def test_a_school_without_a_principal_keeps_its_draft(school: School) -> None:
    teacher = school.person("nohead")
    for words in ("备案", "应用", "云阅读", "小学300人", "我", "13857712345"):
        teacher.says(words)
    teacher.taps("选好了", "精准教学").says(OVERVIEW).says("不需要经费")
    teacher.says("都没有").says("都没有").says("都没有").says("3月1日 3月2日 3月5日")
    upload_all(teacher)
    teacher.taps(SEND).sees("名单中还没有贵校的校长", "草稿已保存")
    assert len(school.drafts("nohead")) == 1


def test_a_principal_without_an_account_is_left_for_a_person_to_see_to(
    school: School, teacher: Someone
) -> None:
    school.reads(lambda tx: tx.execute(delete(t.account).where(t.account.c.person_id == "lin")))
    to_papers(teacher)
    upload_all(teacher)
    teacher.taps(SEND).sees("已请林国强校长签署，办件号 26-0302-0001")
    parked = select(t.outbox.c.person_id, t.outbox.c.note).where(t.outbox.c.state == "parked")
    assert school.reads(lambda tx: list(tx.execute(parked))) == [("lin", "no account")]


def to_two_leads(school: School) -> None:
    """Let the teacher fill a form for pupils of two stages, each with a lead of its own."""
    both = update(t.unit).where(t.unit.c.code == "S1").values(levels=["primary", "kindergarten"])
    school.reads(lambda tx: tx.execute(both))
    teacher = school.person("chen")
    for words in ("备案", "应用", "云阅读", "全校700人", "我", "13857712345"):
        teacher.says(words)
    teacher.taps("选好了", "精准教学").says(OVERVIEW).says("不需要经费")
    teacher.says("都没有").says("都没有").says("都没有").says("3月1日 3月2日 3月5日")
    upload_all(teacher)
    teacher.sees("分2件办理，各有备案号", "鹿城区基教科牵头", "鹿城区学前科牵头")


def test_two_stages_with_two_leads_become_two_filings(school: School, teacher: Someone) -> None:
    to_two_leads(school)
    teacher.taps(SEND).sees("26-0302-0001、26-0302-0002")
    assert len({filing.bundle for filing in school.filings()}) == 1


def test_a_school_of_an_authority_that_is_not_set_up_is_told_whom_to_ask(
    school: School, teacher: Someone
) -> None:
    def move(tx: Transaction) -> None:
        unit = dict(tx.execute(select(t.unit).where(t.unit.c.code == "S1")).one()._mapping)
        tx.execute(insert(t.unit).values({**unit, "tenant": "330399"}))
        tx.execute(update(t.post).where(t.post.c.person_id == "chen").values(tenant="330399"))

    school.reads(move)
    teacher.says("备案").says("1").says("云阅读")
    teacher.sees("您所在的主管单位还没有在本系统设置，请联系管理员。")


def test_the_same_message_four_times_has_one_effect_and_one_answer(
    school: School, teacher: Someone
) -> None:
    to_phone(teacher)
    told, version = len(teacher.told()), teacher.draft().version
    same = Said("same", "wecom", "chen", school.now, True, text="上一步")
    answers = {
        school.ledger.call(partial(school.switchboard.answer, same, school.now)) for _ in range(4)
    }
    assert len(answers) == 1
    assert (len(teacher.told()), teacher.draft().version) == (told + 1, version + 1)


def test_what_is_ready_may_wait_too(school: School, teacher: Someone) -> None:
    to_papers(teacher)
    upload_all(teacher)
    teacher.taps("先保存").sees("已保存。准备好了发“继续”").does_not_see("可以修改")
    assert school.filings() == []
