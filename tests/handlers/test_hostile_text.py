"""Whatever is typed: no answer is lost, and nothing is taken for more than words."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers.form import BadAnswerError
from handlers.forms import app
from handlers.paste import MOST_CHARS, take_apart
from tests.handlers.school import OVERVIEW, School, Someone
from tests.handlers.test_dialogues import to_overview, to_papers, to_phone
from tests.handlers.test_parsers import Around


def test_a_hundred_thousand_characters_are_answered_calmly(teacher: Someone) -> None:
    to_overview(teacher)
    teacher.says("长" * 100_000).sees("这条消息有100000字", "没有保存")
    assert "overview" not in teacher.draft().answers
    teacher.says(OVERVIEW).sees("经费")


@pytest.mark.parametrize("before", ["", "备案"])
def test_a_flood_before_any_draft_begins_nothing(
    school: School, teacher: Someone, before: str
) -> None:
    if before:
        teacher.says(before)
    teacher.says("备案 " + "长" * 50_000).sees("没有保存")
    assert school.drafts("chen") == []


def test_control_characters_never_reach_an_answer(teacher: Someone) -> None:
    teacher.says("备案").says("1").says("云\x00阅\u202e读\u200b\x1b[31m")
    answers = teacher.draft().answers
    assert answers["project"] == "云阅读[31m"


@pytest.mark.parametrize(
    "text",
    [
        "<@all>",
        '=HYPERLINK("x")',
        "<a href='x'>点我</a>",
        "'; drop table draft; --",
        "{{7*7}}",
        "%s%n",
        "|||",
    ],
)
def test_markup_and_formulas_are_only_a_name(teacher: Someone, text: str) -> None:
    teacher.says("备案").says("1").says(text).sees("产品库中没有查到")
    assert teacher.draft().answers["project"] == text


@pytest.mark.parametrize(
    "text", ["9" * 400, "1" * 25, "9" * 4999, "四" * 3000, "1-" * 2000, "3月" * 1500]
)
def test_numbers_without_end_are_no_answer_and_no_crash(teacher: Someone, text: str) -> None:
    to_phone(teacher)
    teacher.says(text)
    assert "phone" not in teacher.draft().answers
    teacher.says("13857712345").sees("主要用在哪些方面")


def test_every_question_survives_every_kind_of_nonsense(school: School, teacher: Someone) -> None:
    to_papers(teacher)
    for text in (
        "",
        "？",
        "。",
        "0",
        "-1",
        "1" * 30,
        "😀",
        "\u200b",
        "修改",
        "修改 \n",
        "[确认]",
        "|",
        ":",
        "：：",
    ):
        teacher.says(text)
    assert len(school.drafts("chen")) == 1
    assert teacher.draft().answers["overview"] == OVERVIEW


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=300))
def test_taking_apart_never_fails(text: str) -> None:
    found = take_apart(text, app.FORM, Around())
    assert set(found.values) <= set(app.FORM.by_key)


@settings(max_examples=150)
@given(st.sampled_from([f.key for f in app.FORM.fields]), st.text(max_size=60))
def test_every_field_reads_or_refuses_with_a_sentence(key: str, text: str) -> None:
    field, refused = app.FORM.by_key[key], ""
    try:
        value = field.parse(text, Around())
    except BadAnswerError as refusal:
        refused = str(refusal)
    assert refused.endswith(("。", "”")) or field.show(value)


def test_a_paste_at_the_limit_is_taken_apart_in_no_time() -> None:
    """Patterns must not run away: a bound on work, not on the clock, is the length itself."""
    for piece in (
        "负责人",
        "项目名称：",
        "13857712345 ",
        "四到六年级",
        "3月1日论证 ",
        "1" * 50 + " ",
        "（" * 20,
    ):
        text = (piece * MOST_CHARS)[:MOST_CHARS]
        take_apart(text, app.FORM, Around())
