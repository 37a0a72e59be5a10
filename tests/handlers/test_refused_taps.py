"""Taps that a form cannot take: nothing ticked, unknown options, what is over or not asked."""

from __future__ import annotations

import pytest

from cards.language import Tap
from tests.handlers.counts import PASTE, SEND, upload_all
from tests.handlers.school import School, Someone
from tests.handlers.test_dialogues import to_overview, to_papers, to_phone


@pytest.mark.parametrize(
    ("verb", "subject"),
    [
        ("form.pick", "月亮:none"),  # no such question
        ("form.pick", "overview:none"),  # a question without options
        ("form.pick", "fund:月亮"),  # no such option
        ("form.pick", "scale:pilot"),  # asked of few pupils only
        ("form.tick", "月亮"),
        ("form.tick", "overview"),
    ],
)
def test_a_tap_on_what_the_form_does_not_ask_changes_nothing(
    teacher: Someone, verb: str, subject: str
) -> None:
    to_phone(teacher)
    before = teacher.draft()
    teacher.taps_old(Tap(verb, f"{subject}:{before.id}")).sees("这一项已经不需要填写")
    assert teacher.draft() == before


def test_a_list_with_nothing_ticked_is_asked_again(teacher: Someone) -> None:
    to_phone(teacher)
    teacher.says("13857712345").taps("选好了").sees("请至少勾选一项", "“以上都没有”")
    teacher.says("精准教学").sees("200字以内")


def test_a_step_that_does_not_exist_is_over(teacher: Someone) -> None:
    to_phone(teacher)
    teacher.taps_old(Tap("form.step", f"月亮:ok:{teacher.draft().id}")).sees("已经过去了")


def test_a_card_of_what_was_sent_says_so(school: School, teacher: Someone) -> None:
    to_papers(teacher)
    upload_all(teacher)
    _, change = teacher.button("修改")
    teacher.taps(SEND)
    assert change.tap is not None
    teacher.taps_old(change.tap).sees("这份备案已经提交，不能再在这张卡片上修改")
    assert len(school.filings()) == 1


def test_a_filing_with_a_case_number_is_withdrawn_and_not_given_up(
    school: School, teacher: Someone, principal: Someone
) -> None:
    to_papers(teacher)
    upload_all(teacher)
    teacher.taps(SEND)
    principal.taps("退给经办").says("请再核对")
    teacher.taps("去补正").says("放弃").taps("确定放弃").sees("已有办件号，请发“撤回”加办件号")
    teacher.says("交回").sees("已再次请校长签署")


def test_a_draft_that_was_never_sent_is_not_handed_back(school: School, teacher: Someone) -> None:
    to_papers(teacher)
    upload_all(teacher)
    teacher.says("交回").sees("这份备案还没有提交过", "确认，请校长签署")
    assert school.filings() == []


@pytest.mark.parametrize("typed", ["7", "0", "00"])
def test_a_number_that_a_card_does_not_have_is_asked_again(teacher: Someone, typed: str) -> None:
    teacher.says(PASTE).sees("都对，继续")
    teacher.says(typed).sees("请发选项的序号：1 都对，继续")


def test_words_that_correct_nothing_are_asked_again(teacher: Someone) -> None:
    teacher.says(PASTE).says("嗯嗯啊啊").sees("没有认出要改的内容", "都对请发“1”")


def test_digits_without_end_are_the_number_of_no_button(teacher: Someone) -> None:
    to_overview(teacher)
    teacher.says("在吗").sees("1 继续")
    teacher.says("1" * 4999).sees("共4999字")
