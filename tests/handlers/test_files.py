"""Files sent in chat are fetched as jobs; arrived ones find their paper or ask which they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import insert, select

from handlers.asked import asked_papers
from handlers.events import Uploaded
from handlers.jobs import Fetch
from storage import tables as t
from storage.drafts import Attachment
from tests.handlers.school import LUCHENG, School, Someone
from tests.handlers.test_dialogues import to_papers, to_phone
from tests.handlers.test_principles_and_gates import DATES, to_free


def files(school: School, teacher: Someone) -> list[Attachment]:
    draft = teacher.draft()
    return list(school.reads(lambda tx: tx.drafts.files(draft.id)))


def jobs(school: School) -> list[Fetch]:
    rows = school.reads(
        lambda tx: tx.execute(select(t.outbox.c.body).where(t.outbox.c.instance == "jobs")).all()
    )
    return [Fetch.from_text(row.body["text"]) for row in rows]


def test_a_picture_sent_in_chat_is_fetched_for_the_open_draft(
    school: School, teacher: Someone
) -> None:
    to_phone(teacher)
    teacher.sends_file("", "image").sees("收到图片，正在保存")
    [job] = jobs(school)
    assert (job.media, job.draft, job.account) == ("m1", teacher.draft().id, "chen")


def test_who_sent_more_pictures_than_are_taken_at_one_go_is_told(
    school: School, teacher: Someone
) -> None:
    to_phone(teacher)
    teacher.sends_file("", "image", most=9)
    teacher.sees("收到图片，正在保存。一次最多收9张，其余请再发一次。")
    assert len(jobs(school)) == 1


def test_a_file_without_a_draft_is_not_fetched_and_said_so(
    school: School, teacher: Someone
) -> None:
    teacher.sends_file("云阅读实施方案.docx").sees("没有正在填写的备案", "请先发“备案”")
    assert jobs(school) == []


def test_a_voice_is_refused_calmly(school: School, teacher: Someone) -> None:
    to_phone(teacher)
    teacher.sends_file("", "voice").sees("目前只能收文件和图片")
    assert jobs(school) == []


@pytest.mark.covers("R95")
def test_a_file_finds_its_paper_by_its_name(school: School, teacher: Someone) -> None:
    to_papers(teacher)
    for name, slot in (
        ("云阅读实施方案.docx", "plan"), ("专家论证.pdf", "experts"),
        ("合法性审查意见书.pdf", "legality"), ("3月5日校务会议纪要.pdf", "minutes"),
    ):  # fmt: skip
        teacher.uploads(name)
        assert {file.name: file.slot for file in files(school, teacher)}[name] == slot
    teacher.sees("请检查：云阅读", "材料：4/4")


def test_a_nameless_file_is_asked_about_with_what_is_missing_first(
    school: School, teacher: Someone
) -> None:
    to_papers(teacher)
    teacher.uploads("扫描件.pdf").sees("请选它是哪一项", "1 实施方案", "不要这份")
    teacher.says("2").sees("已收到专家论证意见“扫描件.pdf”", "材料 1/4")
    assert [file.slot for file in files(school, teacher)] == ["experts"]


def test_several_nameless_files_are_asked_about_one_after_another(
    school: School, teacher: Someone
) -> None:
    to_papers(teacher)
    teacher.uploads("1.jpg", media_type="image/jpeg")
    teacher.uploads("2.jpg", media_type="image/jpeg")
    teacher.taps("实施方案").sees("材料 1/4", "收到“2.jpg”")
    teacher.says("不要这份").sees("“2.jpg”没有保存")
    assert [file.name for file in files(school, teacher)] == ["1.jpg"]


def test_a_file_that_has_its_paper_is_not_asked_about_again(
    school: School, teacher: Someone
) -> None:
    to_papers(teacher)
    teacher.uploads("扫描件.pdf")
    _, minutes = teacher.button("“三重一大”会议纪要")
    teacher.taps("实施方案").sees("已收到实施方案“扫描件.pdf”")
    assert minutes.tap is not None
    teacher.taps_old(minutes.tap).sees("这份文件已经归好了")
    assert [file.slot for file in files(school, teacher)] == ["plan"]


def test_the_last_missing_paper_takes_a_nameless_file_without_asking(
    school: School, teacher: Someone
) -> None:
    to_papers(teacher)
    for slot in ("plan", "experts", "legality"):
        teacher.uploads(f"{slot}.pdf", slot)
    teacher.uploads("扫描件.pdf").sees("已收到“三重一大”会议纪要", "请检查")


@pytest.mark.parametrize(
    ("metered", "on_page", "told"),
    [("wecom", True, False), ("wecom", False, True), ("dingtalk", True, True)],
)
def test_what_a_page_shows_is_not_said_where_each_message_counts(
    school: School, teacher: Someone, metered: str, on_page: bool, told: bool
) -> None:
    office = replace(school.switchboard.office, metered=frozenset({metered}))
    school.switchboard = replace(school.switchboard, office=office)
    to_papers(teacher)
    for slot in ("plan", "experts", "legality", "minutes"):
        teacher.uploads(f"{slot}.pdf", slot, on_page=on_page)
        assert told == ("已收到" in teacher.heard())
    assert len(files(school, teacher)) == 4
    teacher.sees("请检查")


def test_a_newer_file_replaces_the_old_and_pictures_stand_together(
    school: School, teacher: Someone
) -> None:
    to_papers(teacher)
    teacher.uploads("方案一.pdf", "plan").uploads("方案二.pdf", "plan").sees("材料 1/4")
    teacher.uploads("a.jpg", "minutes", media_type="image/jpeg")
    teacher.uploads("b.jpg", "minutes", media_type="image/jpeg")
    assert [file.name for file in files(school, teacher)] == ["a.jpg", "b.jpg", "方案二.pdf"]


def test_the_same_file_twice_is_kept_once_and_said_so(school: School, teacher: Someone) -> None:
    to_papers(teacher)
    teacher.uploads("方案.pdf", "plan", digest="a" * 64)
    teacher.uploads("方案.pdf", "plan", digest="a" * 64).sees("没有重复保存")
    assert len(files(school, teacher)) == 1


def test_a_file_may_come_before_its_time_and_the_open_question_stands(
    school: School, teacher: Someone
) -> None:
    to_phone(teacher)
    teacher.uploads("云阅读实施方案.docx").sees("材料 1/4").does_not_see("还差")
    teacher.says("13857712345").sees("主要用在哪些方面")


def test_a_file_for_a_draft_that_rested_too_long_is_not_kept(
    school: School, teacher: Someone
) -> None:
    to_phone(teacher)
    draft_id = teacher.draft().id
    school.now += timedelta(days=61)
    teacher.uploads("方案.pdf", "plan", draft=draft_id).sees("没有正在填写的备案")


def test_the_principal_may_bring_a_paper_and_the_teacher_hears_of_it(
    school: School, teacher: Someone, principal: Someone
) -> None:
    to_papers(teacher)
    principal.uploads("会议纪要.pdf", "minutes", draft=teacher.draft().id).sees("材料 1/4")
    assert "林国强校长为“云阅读”上传了材料" in str(teacher.told()[-1])
    assert [file.person_id for file in files(school, teacher)] == ["lin"]
    stranger = school.person("nohead")
    stranger.uploads("x.pdf", "plan", draft=teacher.draft().id).sees("属于其他同志")
    assert len(files(school, teacher)) == 1


def test_a_file_that_was_not_taken_says_why(school: School, teacher: Someone) -> None:
    to_papers(teacher)
    key = school.key()
    school.happens(
        Uploaded(key, "wecom", "chen", school.now, name="a.exe", refusal="这种文件不能收。")
    )
    teacher.sees("这种文件不能收。")
    assert files(school, teacher) == []


def test_a_paper_s_own_name_goes_before_a_word_of_another(school: School, teacher: Someone) -> None:
    to_papers(teacher)
    teacher.uploads("关于论证的会议上讨论的实施方案.docx")
    assert [file.slot for file in files(school, teacher)] == ["plan"]


def test_a_second_tap_does_not_put_the_next_file_into_the_same_place(
    school: School, teacher: Someone
) -> None:
    to_papers(teacher)
    teacher.uploads("扫描件1.pdf", digest="a" * 64)
    _, button = teacher.button("实施方案")
    teacher.uploads("扫描件2.pdf", digest="b" * 64)
    assert button.tap is not None
    teacher.taps_old(button.tap).sees("已收到实施方案“扫描件1.pdf”", "收到“扫描件2.pdf”")
    teacher.taps_old(button.tap).sees("这份文件已经归好了")
    assert [file.name for file in files(school, teacher)] == ["扫描件1.pdf"]
    teacher.taps("专家论证意见").sees("已收到专家论证意见“扫描件2.pdf”")


def test_a_word_that_every_paper_has_does_not_decide(school: School, teacher: Someone) -> None:
    to_papers(teacher)
    teacher.uploads("合法性审查用的方案.docx").sees(
        "已收到规范性合法性审查意见", "还差：实施方案；专家论证意见；“三重一大”会议纪要。"
    )
    teacher.uploads("专家论证与会议记录.docx").sees("请选它是哪一项")


@pytest.mark.covers("R95")
def test_a_file_goes_to_the_one_draft_that_rests_and_to_none_of_several(
    school: School, teacher: Someone
) -> None:
    to_phone(teacher)
    draft = teacher.draft().id
    teacher.says("退出").sends_file("实施方案.docx").sees("收到“实施方案.docx”，正在保存")
    assert [job.draft for job in jobs(school)] == [draft]
    teacher.says("新建备案").says("1").says("小鹿作业").says("退出")
    teacher.sends_file("会议纪要.pdf").sees("没有正在填写的备案，没有保存")
    assert len(jobs(school)) == 1


def asked(school: School, teacher: Someone) -> dict[str, tuple[bool, list[str]]]:
    """Return what the upload page lists: each paper, whether it must be there, what is."""
    draft = teacher.draft()
    papers = asked_papers(school.switchboard.office, school.now.date)
    listed = school.reads(lambda tx: papers(draft, tx))
    return {one.key: (one.required, [file.name for file in one.files]) for one in listed}


def test_the_upload_page_lists_what_the_form_asks_for(school: School, teacher: Someone) -> None:
    to_papers(teacher)
    teacher.uploads("方案.docx", "plan").uploads("方案.pdf", "plan").uploads("论证.pdf", "experts")
    listed = asked(school, teacher)
    assert [key for key, (required, _) in listed.items() if required] == [
        "plan", "experts", "legality", "minutes"
    ]  # fmt: skip
    assert (listed["plan"], listed["experts"]) == ((True, ["方案.pdf"]), (True, ["论证.pdf"]))
    assert listed["legality"] == (True, [])
    assert listed["product_no"] == (False, [])  # the register has its number


def test_the_upload_page_does_not_insist_on_what_a_reason_stands_in_for(
    school: School, teacher: Someone
) -> None:
    to_free(teacher, "小鹿作业")
    for words in ("都没有", "5 7", DATES):
        teacher.says(words)
    assert asked(school, teacher)["product_no"] == (True, [])
    teacher.says("1").says("开发者正在办理，预计四月取得")
    assert asked(school, teacher)["product_no"] == (False, [])


NOTICE = "2027年部分节假日安排\n一、元旦：1月1日（周五）至3日（周日）放假，共3天。"


def administers(school: School, person_id: str) -> Someone:
    post = {"tenant": LUCHENG, "unit_code": "D0", "person_id": person_id, "role": "admin"}
    row = insert(t.post).values(**post, valid_from=date(2026, 1, 1))
    school.ledger.call(lambda tx: tx.execute(row).rowcount)
    return school.person(person_id)


def test_a_file_of_an_administrator_is_the_notice_or_the_draft_s_by_what_it_says(
    school: School,
) -> None:
    admin = administers(school, "chen")
    to_papers(admin)
    admin.sends_file("关于节假日安排的通知.docx").sees("正在保存")
    [job] = jobs(school)
    assert job.reads and job.draft == admin.draft().id
    before = len(files(school, admin))
    admin.uploads("", digest="", text=NOTICE).sees("2027年节假日安排", "确认导入")
    assert len(files(school, admin)) == before


def test_a_file_without_words_is_answered_with_what_to_do(school: School) -> None:
    admin = administers(school, "d-legal")
    admin.sends_file("2027年放假通知.pdf").sees("收到“2027年放假通知.pdf”，正在读取")
    admin.uploads("2027年放假通知.pdf").sees("PDF和图片里的文字读不出来", "把通知全文复制发给我")


def test_only_an_administrator_s_files_are_read(school: School, teacher: Someone) -> None:
    to_phone(teacher)
    teacher.sends_file("2027年放假通知.docx")
    assert [job.reads for job in jobs(school)] == [False]
    teacher.uploads("", text=NOTICE).sees("工作日由本单位管理员设置")
