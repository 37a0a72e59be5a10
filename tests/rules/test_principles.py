"""The eight questions, the four declarations, the gate of four steps, and words about fees."""

from datetime import date
from typing import Any

import pytest

from storage.rules.fees import read_fee
from storage.rules.office import OfficeRules
from storage.rules.principles import (
    DECLARATIONS,
    WORDING_VERSION,
    Effect,
    Findings,
    check,
    questions,
)
from storage.rules.routing import Facts, route
from storage.rules.steps import StepDates, fairness_questions, spoken, step_questions
from storage.rules.terms import Desk, Kind, SchoolStage

DEFAULT = OfficeRules()
CLEAN = {
    "fee": "no",
    "device": "no",
    "paid_entry": "no",
    "class_placement": "no",
    "evaluation": "no",
    "partial_use": "no",
    "product_no": "yes",
    "in_use": "no",
}


def answered(changed: dict[str, str], office: OfficeRules = DEFAULT) -> Findings:
    return check(CLEAN | changed, office)


def test_there_are_eight_questions_under_three_principles() -> None:
    asked = questions(Kind.APP, DEFAULT)
    assert [(q.principle.label, q.clause) for q in asked] == [
        ("免费", "二（一）"),
        ("免费", "二（一）"),
        ("免费", "二（一）"),
        ("公平", "二（二）"),
        ("公平", "二（二）"),
        ("公平", "二（二）"),
        ("审批", "二（三）"),
        ("审批", "二（三）"),
    ]
    assert [q.key for q in asked] == list(CLEAN)


def test_clean_answers_pass_without_a_word() -> None:
    assert answered({}) == Findings((), (), (), frozenset())
    assert answered({}).passes


@pytest.mark.covers("R14", "R19", "R20")
@pytest.mark.parametrize(
    ("question", "clause", "words"),
    [
        ("fee", "二（一）", "不得直接或间接向家长收取任何费用"),
        ("device", "二（一）", "不得强制或诱导购买特定的学习终端"),
        ("class_placement", "二（二）", "分班"),
        ("evaluation", "二（二）", "评价等"),
    ],
)
def test_an_answer_that_stops_names_its_clause_and_whom_to_ask(
    question: str, clause: str, words: str
) -> None:
    found = answered({question: "yes"})
    (stop,) = found.stops
    assert not found.passes
    assert (stop.key, stop.clause) == (question, clause)
    assert stop.sentence.startswith(f"按温教办技〔2022〕65号{clause}，")
    assert words in stop.sentence
    assert "咨询" in stop.sentence


@pytest.mark.parametrize(
    ("question", "answer", "effect", "needs_words"),
    [
        ("fee", "unsure", Effect.FEE_UNCERTAIN, False),
        ("device", "own", Effect.BYOD, True),
        ("paid_entry", "yes", Effect.PAID_ENTRY, False),
        ("partial_use", "yes", Effect.PARTIAL_USE, True),
        ("product_no", "no", Effect.PRODUCT_NO_MISSING, False),
        ("product_no", "unsure", Effect.PRODUCT_NO_MISSING, False),
        ("in_use", "yes", Effect.IN_USE, True),
    ],
)
def test_an_answer_that_warns_lets_the_filing_go_on(
    question: str, answer: str, effect: Effect, needs_words: bool
) -> None:
    found = answered({question: answer})
    (warning,) = found.warnings
    assert found.passes
    assert effect in found.effects
    assert (warning.key, warning.needs_words) == (question, needs_words)


@pytest.mark.covers("R16")
@pytest.mark.parametrize(
    ("changed", "added"),
    [
        ({"fee": "unsure"}, {Desk.FINANCE}),
        ({"device": "own"}, {Desk.FINANCE}),
        ({"paid_entry": "yes"}, {Desk.FINANCE, Desk.LEGAL}),
    ],
)
def test_a_warning_about_money_reaches_the_route(changed: dict[str, str], added: set[Desk]) -> None:
    facts = answered(changed).applied_to(Facts(Kind.APP, (SchoolStage.PRIMARY,)))
    (part,) = route(facts, OfficeRules(finance_when="never")).parts
    assert added <= {seat.desk for seat in part.co_reviewers}


def test_an_unanswered_question_is_asked_not_assumed() -> None:
    found = check({"fee": "no", "device": "perhaps"}, DEFAULT)
    assert not found.passes
    assert [question.key for question in found.missing] == list(CLEAN)[1:]


@pytest.mark.parametrize(
    ("setting", "answer", "stops", "warns", "again"),
    [
        # Q1
        ("warn", "no", 0, 1, False),
        ("warn", "unsure", 0, 1, False),
        ("block", "no", 1, 0, False),
        # 不清楚 is asked once more
        ("block", "unsure", 0, 1, True),
        ("block", "yes", 0, 0, False),
        ("off", "no", 0, 0, False),
    ],
)
def test_the_product_number_by_setting(
    setting: str, answer: str, stops: int, warns: int, again: bool
) -> None:
    office = OfficeRules.from_settings({"require_product_no": setting})
    found = answered({"product_no": answer}, office)
    assert (len(found.stops), len(found.warnings)) == (stops, warns)
    assert any(warning.ask_again for warning in found.warnings) is again


def test_an_unknown_product_number_goes_to_the_technology_centre_the_second_time() -> None:
    office = OfficeRules(require_product_no="block")
    found = check(CLEAN | {"product_no": "unsure"}, office, asked_again=True)
    assert found.passes
    assert Effect.PRODUCT_NO_MISSING in found.effects
    assert not found.warnings[0].ask_again


def test_a_device_itself_has_no_product_number() -> None:
    office = OfficeRules(require_product_no="block")
    asked = [question.key for question in questions(Kind.TERMINAL, office)]
    assert asked == [key for key in CLEAN if key != "product_no"]
    without = {key: answer for key, answer in CLEAN.items() if key != "product_no"}
    assert check(without, office, Kind.TERMINAL).passes


def test_own_devices_may_be_forbidden_by_the_office() -> None:
    found = answered({"device": "own"}, OfficeRules(byod="forbidden"))
    (stop,) = found.stops
    assert "按本地设置" in stop.sentence
    assert Effect.BYOD not in found.effects
    assert answered({}, OfficeRules(byod="forbidden")).passes


@pytest.mark.parametrize(
    ("until", "on", "legacy"),
    [
        # Q24: no end date set
        (None, date(2026, 9, 30), True),
        # the last day counts
        (date(2026, 9, 30), date(2026, 9, 30), True),
        # afterwards the ordinary way
        (date(2026, 9, 30), date(2026, 10, 1), False),
        # no date to hold it against
        (date(2026, 9, 30), None, True),
    ],
)
def test_a_product_in_use_is_legacy_until_the_offices_date(
    until: date | None, on: date | None, legacy: bool
) -> None:
    office = OfficeRules(legacy_until=until)
    found = check(CLEAN | {"in_use": "yes"}, office, on=on)
    assert (Effect.LEGACY in found.effects) is legacy
    assert found.passes
    sentence = found.warnings[0].sentence
    assert ("存量补备" in sentence) is legacy
    assert "开始使用的日期" in sentence


def test_only_a_product_in_use_is_asked_since_when() -> None:
    office, late = OfficeRules(legacy_until=date(2026, 9, 30)), date(2026, 10, 1)
    assert not check(CLEAN, office, on=late).warnings
    partial = check(CLEAN | {"partial_use": "yes"}, office, on=late)
    assert "开始使用" not in partial.warnings[0].sentence
    assert check(CLEAN | {"partial_use": "yes"}, DEFAULT).effects == {Effect.PARTIAL_USE}


@pytest.mark.covers("R15", "R16", "R19", "R20")
def test_the_principal_confirms_four_declarations() -> None:
    assert [(d.text, d.clause) for d in DECLARATIONS] == [
        ("不直接或间接收取任何费用", "二（一）"),
        ("不强制或诱导购买特定终端或收费应用", "二（一）"),
        ("不作为分班前置条件", "二（二）"),
        ("不作为评价等前置条件", "二（二）"),
    ]
    assert WORDING_VERSION == "1"


IN_ORDER: dict[str, Any] = {
    "experts_on": date(2026, 3, 2),
    "legality_on": date(2026, 3, 3),
    "minutes_on": date(2026, 3, 10),
    "submit_on": date(2026, 3, 12),
}


@pytest.mark.covers("R71")
@pytest.mark.parametrize(
    ("changed", "asked", "clause"),
    [
        # in order
        ({}, None, None),
        # everything on one day
        (dict.fromkeys(IN_ORDER, date(2026, 3, 12)), None, None),
        # the argument after the decision
        ({"experts_on": date(2026, 3, 11)}, "experts", "四（二）"),
        # the legal look after the decision
        ({"legality_on": date(2026, 3, 11)}, "legality", "四（二）"),
        # the decision after the submission
        ({"minutes_on": date(2026, 3, 13)}, "minutes", "四（三）"),
        # bought before it was decided
        ({"purchase_on": date(2026, 3, 9)}, "purchase", "四（二）"),
        # not known yet: the document is missing, not the order wrong
        ({"minutes_on": None}, None, None),
    ],
)
def test_dates_that_run_backwards_are_asked_about(
    changed: dict[str, Any], asked: str | None, clause: str | None
) -> None:
    found = step_questions(StepDates(**(IN_ORDER | changed)))
    assert [(q.key, q.clause) for q in found] == ([(asked, clause)] if asked else [])


def test_the_question_shows_both_dates_with_their_weekdays() -> None:
    (question,) = step_questions(StepDates(**(IN_ORDER | {"experts_on": date(2026, 3, 11)})))
    assert question.sentence == (
        "专家论证的日期2026年3月11日（周三）晚于集体决策的日期2026年3月10日（周二），请说明原因。"
    )
    assert spoken(date(2026, 3, 15)) == "2026年3月15日（周日）"


@pytest.mark.parametrize("word", ["智慧班", "未来班", "实验班"])
def test_a_special_class_in_the_overview_raises_a_fairness_question(word: str) -> None:
    (question,) = fairness_questions(f"先在七年级{word}试用。")
    assert f"“{word}”" in question.sentence
    assert question.clause == "二（二）"


def test_an_ordinary_overview_raises_none() -> None:
    assert fairness_questions("全年级使用，各班安排一致。") == ()


@pytest.mark.covers("R17")
@pytest.mark.parametrize(
    ("typed", "read"),
    [
        # no fee to parents
        ("不收费", "no"),
        ("学生和家长不需要付任何费用", "no"),
        ("无", None),
        ("免费", "no"),
        ("完全免费，没有押金", "no"),
        ("企业赠送", "no"),
        ("学校承担", "no"),
        ("财政出资，家长不用交钱", "no"),
        # a fee, direct or indirect
        ("每人每年80元会员", "yes"),
        ("要交押金", "yes"),
        ("收流量费", "yes"),
        ("家委会代收", "yes"),
        ("家长自愿购买", "yes"),
        ("不收租金，但要交押金", "yes"),
        # free now, charged later
        ("先免费，以后收费", "yes"),
        ("试用一学期后付费", "yes"),
        ("目前免费，下学期之后收费", "yes"),
        # hedged
        ("应该不用吧", "unsure"),
        ("暂时不收", "unsure"),
        ("不清楚", "unsure"),
        # something else
        ("四至六年级", None),
    ],
)
def test_a_typed_answer_about_fees(typed: str, read: str | None) -> None:
    assert read_fee(typed) == read
