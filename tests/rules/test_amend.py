"""Whom a change concerns, what is asked anew, which papers it needs, how long a renewal lasts."""

from dataclasses import replace
from datetime import date

import pytest

from storage.rules.amend import (
    CONCERNS,
    REVIEWED,
    Change,
    looks_at_content,
    merged_parts,
    narrowed,
    papers,
    prefilled,
    renewed_until,
    taken_over,
)
from storage.rules.documents import required_documents
from storage.rules.facts import Facts
from storage.rules.office import OfficeRules
from storage.rules.routing import route
from storage.rules.terms import Desk, Kind, Owner, RuleViolationError, SchoolStage

RULES = OfficeRules()
APP = Facts(kind=Kind.APP, stages_in_use=(SchoolStage.PRIMARY,))
PAID = replace(APP, paid_entry=True)
MONEY = replace(APP, money=True)
TERMINAL = Facts(kind=Kind.TERMINAL, stages_in_use=(SchoolStage.PRIMARY,), money=True)
DIRECT = Facts(kind=Kind.APP, stages_in_use=(SchoolStage.SENIOR,), owner=Owner.CITY)
KINDERGARTEN = Facts(kind=Kind.APP, stages_in_use=(SchoolStage.KINDERGARTEN,))
ALL = [APP, PAID, MONEY, TERMINAL, DIRECT, KINDERGARTEN, replace(TERMINAL, kind=Kind.BOTH)]


def way(facts: Facts, change: Change, *, content: bool = True, office: OfficeRules = RULES):  # type: ignore[no-untyped-def]
    whole = route(facts, office)
    leads = tuple(part.lead.desk for part in whole.filings[0])
    return narrowed(whole, change, leads, facts, content=content)


@pytest.mark.parametrize(
    ("facts", "change", "seats"),
    [
        # 范围扩大: 教研 for advice, 计财 only where money is spent
        (APP, Change.SCOPE, {Desk.RESEARCH: False}),
        (MONEY, Change.SCOPE, {Desk.RESEARCH: False, Desk.FINANCE: True}),
        # 教研 is only informed of terminals: a wider use is its matter too
        (TERMINAL, Change.SCOPE, {Desk.RESEARCH: False, Desk.FINANCE: True}),
        # 收费变化: 计财 always, 法规 where there is a paid entry
        (APP, Change.FEE, {Desk.FINANCE: True}),
        (PAID, Change.FEE, {Desk.FINANCE: True, Desk.LEGAL: True}),
        (TERMINAL, Change.FEE, {Desk.FINANCE: True}),
        # 更换产品: the whole route
        (APP, Change.PRODUCT, {Desk.LEGAL: True, Desk.RESEARCH: False, Desk.TECH: False}),
        # 重大版本: 法规 and 教育技术
        (APP, Change.VERSION, {Desk.LEGAL: True, Desk.TECH: False}),
        # 教育技术 leads terminals, and devices without applications have no content to look at
        (TERMINAL, Change.VERSION, {}),
    ],
)
def test_only_whom_a_change_concerns_is_asked(
    facts: Facts, change: Change, seats: dict[Desk, bool]
) -> None:
    assert {seat.desk: seat.blocking for seat in way(facts, change).co_reviewers()} == seats


@pytest.mark.parametrize("change", [*REVIEWED, Change.RENEWAL])
@pytest.mark.parametrize("facts", ALL)
def test_nobody_outside_the_whole_route_is_ever_asked(facts: Facts, change: Change) -> None:
    whole = route(facts, RULES)
    named = {seat.desk for part in whole.parts for seat in part.co_reviewers}
    named |= {desk for part in whole.parts for desk in part.cc}
    found = way(facts, change)
    assert {seat.desk for seat in found.co_reviewers()} <= named
    assert [part.lead for part in found.parts] == [part.lead for part in whole.filings[0]]


def test_where_the_office_never_asks_finance_a_change_of_fees_does_not_either() -> None:
    office = OfficeRules(finance_when="never")
    assert way(APP, Change.FEE, office=office).co_reviewers() == ()


def test_another_lead_is_no_change_but_a_new_filing() -> None:
    both = replace(APP, stages_in_use=(SchoolStage.KINDERGARTEN,))
    with pytest.raises(RuleViolationError, match="另行备案"):
        narrowed(route(both, RULES), Change.SCOPE, (Desk.BASIC,), both)


def test_of_several_filings_of_one_draft_the_change_takes_its_own_lead_s_way() -> None:
    several = replace(APP, stages_in_use=(SchoolStage.PRIMARY, SchoolStage.KINDERGARTEN))
    found = narrowed(route(several, RULES), Change.PRODUCT, (Desk.PRE,), several)
    assert [part.lead.desk for part in found.parts] == [Desk.PRE]
    assert len(found.filings) == 1


@pytest.mark.parametrize(
    ("new_version", "reviewed", "on", "looks"),
    [
        (False, date(2026, 3, 12), date(2027, 3, 11), False),  # not yet twelve months
        (False, date(2026, 3, 12), date(2027, 3, 12), True),  # twelve months
        (True, date(2027, 3, 1), date(2027, 3, 12), True),  # a new version, whatever the date
        (False, date(2026, 12, 31), date(2027, 6, 1), False),
    ],
)
def test_a_renewal_s_content_is_looked_at_again(
    new_version: bool, reviewed: date, on: date, looks: bool
) -> None:
    found = looks_at_content(
        new_version=new_version, reviewed_on=reviewed, on=on, reuse_months=RULES.reuse_months
    )
    assert found is looks


def test_the_lead_alone_decides_a_renewal_whose_content_is_known() -> None:
    assert way(APP, Change.RENEWAL, content=False).co_reviewers() == ()
    asked = {seat.desk for seat in way(APP, Change.RENEWAL, content=True).co_reviewers()}
    assert asked == {Desk.LEGAL, Desk.TECH}


@pytest.mark.parametrize(
    ("before", "on", "until"),
    [
        # renewed in its last summer, still in the old school year
        (date(2028, 8, 31), date(2028, 7, 10), date(2030, 8, 31)),
        # renewed after its end, in the new one
        (date(2028, 8, 31), date(2028, 9, 15), date(2031, 8, 31)),
        # never for less than it had
        (date(2032, 8, 31), date(2028, 9, 15), date(2032, 8, 31)),
        (None, date(2028, 9, 15), date(2031, 8, 31)),
    ],
)
def test_a_renewal_counts_from_the_day_it_is_registered(
    before: date | None, on: date, until: date
) -> None:
    assert renewed_until(before, on, 3) == until


def test_only_what_concerns_the_change_is_asked_anew() -> None:
    answers = {
        "project": "云阅读",
        "stages": {"stages": ["primary"]},
        "students": 620,
        "fund": "none",
    }
    assert prefilled({**answers, "change_words": "x"}, Change.SCOPE) == {
        "project": "云阅读",
        "fund": "none",
    }
    assert "fund" not in prefilled(answers, Change.FEE)
    assert "project" not in prefilled(answers, Change.PRODUCT)
    assert prefilled(answers, Change.RENEWAL) == answers
    assert taken_over({**answers, "effect": "好", "new_version": "no"}) == answers


def test_a_change_comes_by_itself_however_its_original_came() -> None:
    came = {"students": 620, "paper": {"clerk": "tech"}, "pilot": "p1"}
    assert prefilled(came, Change.FEE) == {"students": 620}


@pytest.mark.parametrize(
    ("change", "after", "needed"),
    [
        (Change.SCOPE, APP, {"plan"}),
        (Change.FEE, APP, set()),
        # bought now, which it was not before
        (Change.FEE, MONEY, {"purchase"}),
        # takes pupils' data now, which it did not before
        (Change.VERSION, replace(APP, minors_data=True), {"privacy"}),
        (Change.PRODUCT, APP, {"plan", "experts", "legality", "minutes", "product_no"}),
        (Change.RENEWAL, APP, set()),
    ],
)
def test_only_the_papers_that_the_change_touches_are_handed_in_again(
    change: Change, after: Facts, needed: set[str]
) -> None:
    had = [slot.key for slot in required_documents(APP, RULES) if slot.required]
    found = papers(required_documents(after, RULES), change, had)
    assert {slot.key for slot in found if slot.required} == needed


def test_the_original_keeps_who_looked_at_it_and_takes_the_new_stages() -> None:
    wider = replace(APP, stages_in_use=(SchoolStage.PRIMARY, SchoolStage.JUNIOR))
    original = route(APP, RULES).parts
    (part,) = merged_parts(original, way(wider, Change.SCOPE).parts)
    assert part.stages == (SchoolStage.PRIMARY, SchoolStage.JUNIOR)
    assert part.co_reviewers == original[0].co_reviewers


def test_every_reviewed_change_has_its_row() -> None:
    assert {*REVIEWED, Change.RENEWAL} == set(CONCERNS)
