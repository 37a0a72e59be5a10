"""What the answers of a form come to: the facts that the rules weigh, and what makes a product."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from handlers.facts import (
    facts_of,
    kept_answers,
    principle_answers,
    product_key,
    settle,
    step_dates,
)
from storage.people import Unit
from storage.products import Product
from storage.rules.facts import Facts
from storage.rules.office import OfficeRules
from storage.rules.terms import Kind, Owner, Ownership, Scale, SchoolStage, UnitKind

TODAY = date(2026, 3, 12)
SCHOOL = Unit(
    "330302", "S1", "瓯江实验小学", UnitKind.SCHOOL, "330302", Owner.COUNTY, Ownership.PUBLIC,
    (SchoolStage.PRIMARY,), frozenset(),
)  # fmt: skip
STATION = SCHOOL._replace(code="U1", name="青少年宫", kind=UnitKind.UNIT, ownership=None, levels=())
ANSWERS: dict[str, Any] = {
    "project": "云阅读",
    "stages": {"stages": ["primary"], "grades": ""},
    "students": 60,
    "free": {"fee": "no", "device": "no", "paid_entry": "no"},
    "fair": {"class_placement": "no", "evaluation": "no", "partial_use": "no", "in_use": "no"},
}
KNOWN = Product("p1", "云阅读", "云阅读", "某公司", "教APP备3301234号", "app", "")


def facts(unit: Unit = SCHOOL, **answers: Any) -> Facts:
    return facts_of({**ANSWERS, **answers}, Kind.APP, unit, known=False)


@pytest.mark.parametrize(
    ("fund", "money", "purchase"),
    [
        ("none", False, False),
        ("school", True, True),
        ("treasury", True, True),
        ("other", True, True),
        ("gift", True, False),  # the finance desk looks at a gift; nothing is bought
    ],
)
def test_a_gift_is_money_but_no_purchase(fund: str, money: bool, purchase: bool) -> None:
    found = facts(fund=fund)
    assert (found.money, found.is_purchase) == (money, purchase)
    assert not facts().money  # not asked yet


def test_classes_and_terms_count_for_a_pilot_alone() -> None:
    pilot = facts(scale="pilot", classes=2, terms=1)
    assert (pilot.scale, pilot.classes, pilot.terms) == (Scale.PILOT, 2, 1)
    wide = facts(scale="wide", classes=2, terms=1)
    assert (wide.scale, wide.classes, wide.terms) == (Scale.WIDE, None, None)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ([], (False, False, False)),
        (["none"], (False, False, False)),
        (["minors"], (True, False, False)),
        (["broad"], (False, True, False)),
        (["biometrics"], (False, False, True)),
    ],
)
def test_each_kind_of_pupils_data_is_a_fact(
    data: list[str], found: tuple[bool, bool, bool]
) -> None:
    of = facts(data=data)
    assert (of.minors_data, of.broad_data, of.biometrics) == found


def test_a_unit_without_stages_has_a_way_and_a_school_without_has_none_yet() -> None:
    without = {key: value for key, value in ANSWERS.items() if key != "stages"}
    rules = OfficeRules()
    assert settle(without, Kind.APP, STATION, None, rules, TODAY).route is not None
    assert settle(without, Kind.APP, SCHOOL, None, rules, TODAY).route is None
    assert settle(without, Kind.APP, SCHOOL, None, rules, TODAY).pilot is None
    assert settle(ANSWERS, Kind.APP, SCHOOL, None, rules, TODAY).route is not None
    assert facts(STATION).ownership is Ownership.PUBLIC
    assert facts(SCHOOL._replace(ownership=Ownership.PRIVATE)).ownership is Ownership.PRIVATE


def test_the_register_answers_for_a_number_that_it_holds() -> None:
    assert "product_no" not in principle_answers(ANSWERS, known=False)
    assert principle_answers(ANSWERS, known=True)["product_no"] == "yes"
    rules = OfficeRules()
    nameless = replace(KNOWN, product_no="")
    for product, missing in ((KNOWN, []), (nameless, ["product_no"]), (None, ["product_no"])):
        settled = settle(ANSWERS, Kind.APP, SCHOOL, product, rules, TODAY)
        assert [one.key for one in settled.findings.missing] == missing
        assert settled.facts.product_no_known is (missing == [])


def test_a_stated_reason_stands_in_for_its_paper_alone() -> None:
    answers = {**ANSWERS, "fair": {**ANSWERS["fair"], "product_no": "no"}}
    before = settle(answers, Kind.APP, SCHOOL, None, OfficeRules(), TODAY)
    waived = {**answers, "waived": {"product_no": "正在办理"}}
    after = settle(waived, Kind.APP, SCHOOL, None, OfficeRules(), TODAY)
    assert {one.key for one in before.required} - {one.key for one in after.required} == {
        "product_no"
    }
    assert all(one.required for one in before.required)


def test_a_date_out_of_order_is_explained_once_a_reason_stands_beside_it() -> None:
    late = {**ANSWERS, "experts_on": "2026-03-09", "minutes_on": "2026-03-05"}
    [question] = settle(late, Kind.APP, SCHOOL, None, OfficeRules(), TODAY).to_explain
    told = {**late, "explain": {question.sentence: "专家出差"}}
    settled = settle(told, Kind.APP, SCHOOL, None, OfficeRules(), TODAY)
    assert settled.to_explain == ()
    assert settled.explained == (f"{question.states}。学校说明：专家出差",)
    assert step_dates(late, TODAY).legality_on is None


def test_a_product_is_its_id_or_its_folded_name() -> None:
    assert product_key({"product": "p1", "project": "云阅读"}) == "p1"
    for name in ("口语角", " 口语角 ", "口语-角"):
        assert product_key({"product": "", "project": name}) == product_key({"project": "口语角"})
    assert product_key({}) == "name:"
    assert len(product_key({"project": "长" * 200})) == len("name:") + 120


def test_a_filing_keeps_no_remarks_of_the_conversation() -> None:
    answers = {"project": "云阅读", "_fresh": ["project"], "same_seen": True, "pasted": True}
    assert kept_answers(answers) == {"project": "云阅读", "pasted": True}
