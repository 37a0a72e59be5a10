"""The settings of A.10b that bend a row of the matrix, each with its question in the notice."""

import pytest

from storage.rules.office import OfficeRules
from storage.rules.routing import route
from storage.rules.terms import Desk, Kind, Owner, SchoolStage
from tests.rules.routes import (
    APP,
    CITY,
    CONTENT,
    COUNTY,
    DEFAULT,
    PRE_SCHOOL,
    PRIMARY,
    TERMINAL,
    VOCATIONAL,
    co,
    facts,
    only_part,
)


@pytest.mark.parametrize(
    ("settings", "kind", "stage", "owner", "lead", "co_reviewers"),
    [
        # Q2: 教育技术 leads kindergarten terminals, 学前 co-reviews, 法规 and 教研 stay
        (
            {"lead.terminal.pre": "tech"},
            TERMINAL,
            PRE_SCHOOL,
            COUNTY,
            Desk.TECH,
            {Desk.PRE, Desk.LEGAL, Desk.RESEARCH, Desk.FINANCE},
        ),
        # Q2 in a 直属幼儿园: 直属管理处 stays as well
        (
            {"lead.terminal.pre": "tech"},
            TERMINAL,
            PRE_SCHOOL,
            CITY,
            Desk.TECH,
            {Desk.PRE, Desk.LEGAL, Desk.RESEARCH, Desk.FINANCE, Desk.DIRECT},
        ),
        # Q2 says nothing of APPs
        ({"lead.terminal.pre": "tech"}, APP, PRE_SCHOOL, COUNTY, Desk.PRE, CONTENT),
        # Q3: 直属管理处 acts on APPs only, M4 goes to 基教处
        ({"direct.scope": "app"}, TERMINAL, PRIMARY, CITY, Desk.TECH, {Desk.FINANCE, Desk.BASIC}),
        # Q3: M2 stays
        ({"direct.scope": "app"}, APP, PRIMARY, CITY, Desk.DIRECT, CONTENT),
        # Q3: M10 does not change
        (
            {"direct.scope": "app"},
            TERMINAL,
            PRE_SCHOOL,
            CITY,
            Desk.PRE,
            CONTENT | {Desk.FINANCE, Desk.DIRECT},
        ),
        # Q4: 直属管理处 leads in M9, 学前 co-reviews
        ({"lead.direct.pre": "direct"}, APP, PRE_SCHOOL, CITY, Desk.DIRECT, CONTENT | {Desk.PRE}),
        # Q4: and in M10
        (
            {"lead.direct.pre": "direct"},
            TERMINAL,
            PRE_SCHOOL,
            CITY,
            Desk.DIRECT,
            CONTENT | {Desk.PRE, Desk.FINANCE},
        ),
        # Q4 with Q3: on terminals 直属管理处 does not lead
        (
            {"lead.direct.pre": "direct", "direct.scope": "app"},
            TERMINAL,
            PRE_SCHOOL,
            CITY,
            Desk.PRE,
            CONTENT | {Desk.FINANCE, Desk.DIRECT},
        ),
        # Q4 with Q2: the device goes to 教育技术 first
        (
            {"lead.direct.pre": "direct", "lead.terminal.pre": "tech"},
            TERMINAL,
            PRE_SCHOOL,
            CITY,
            Desk.TECH,
            {Desk.PRE, Desk.LEGAL, Desk.RESEARCH, Desk.FINANCE, Desk.DIRECT},
        ),
        # Q4: a county kindergarten is no 直属 one
        ({"lead.direct.pre": "direct"}, APP, PRE_SCHOOL, COUNTY, Desk.PRE, CONTENT),
    ],
)
def test_settings_that_change_who_leads(
    settings: dict[str, object],
    kind: Kind,
    stage: SchoolStage,
    owner: Owner,
    lead: Desk,
    co_reviewers: set[Desk],
) -> None:
    part = only_part(route(facts(kind, stage, owner), OfficeRules.from_settings(settings)))
    assert (part.lead.desk, co(part)) == (lead, co_reviewers)


@pytest.mark.parametrize(
    ("when", "app", "app_with_money", "terminal", "terminal_with_money"),
    [
        # Q5, Q15: is 计财 asked in M5 without and with money, in M7 without and with money?
        ("terminal_or_money", False, True, True, True),
        ("terminal", False, False, True, True),
        ("money", False, True, False, True),
        ("always", True, True, True, True),
        ("never", False, False, False, False),
    ],
)
def test_finance_when(
    when: str, app: bool, app_with_money: bool, terminal: bool, terminal_with_money: bool
) -> None:
    office = OfficeRules.from_settings({"finance.when": when})
    asked = [
        Desk.FINANCE in co(only_part(route(facts(kind, VOCATIONAL, COUNTY, money=money), office)))
        for kind in (APP, TERMINAL)
        for money in (False, True)
    ]
    assert asked == [app, app_with_money, terminal, terminal_with_money]


@pytest.mark.parametrize("owner", [COUNTY, CITY])
@pytest.mark.parametrize("when", ["terminal_or_money", "terminal", "money", "always", "never"])
def test_general_education_terminals_keep_finance_whatever_the_setting(
    owner: Owner, when: str
) -> None:
    # M3, M4: 三（一）1 names 计财
    office = OfficeRules.from_settings({"finance.when": when})
    assert Desk.FINANCE in co(only_part(route(facts(TERMINAL, PRIMARY, owner), office)))


@pytest.mark.parametrize("fact", ["fee_uncertain", "byod", "paid_entry"])
def test_a_doubt_about_fees_brings_finance_even_under_never(fact: str) -> None:
    office = OfficeRules(finance_when="never")
    part = only_part(route(facts(APP, PRIMARY, COUNTY, **{fact: True}), office))
    assert Desk.FINANCE in co(part)


@pytest.mark.parametrize(
    ("when", "told"), [("terminal_or_money", True), ("terminal", True), ("never", False)]
)
def test_finance_is_told_where_it_is_not_asked(when: str, told: bool) -> None:
    # Q15: see Q5; cc otherwise
    office = OfficeRules.from_settings({"finance.when": when})
    assert (Desk.FINANCE in only_part(route(facts(APP, PRIMARY, COUNTY), office)).cc) is told


def test_a_paid_entry_brings_legal_to_a_terminal_too() -> None:
    part = only_part(route(facts(TERMINAL, PRIMARY, COUNTY, paid_entry=True), DEFAULT))
    assert Desk.LEGAL in co(part)


@pytest.mark.parametrize(
    ("settings", "app", "terminal"),
    [
        # Q11: as shipped only a terminal needs another person
        ({}, False, True),
        ({"sod.terminal": False}, False, False),
        ({"sod.all": True}, True, True),
        ({"sod.terminal": False, "sod.all": True}, True, True),
    ],
)
def test_who_may_register(settings: dict[str, object], app: bool, terminal: bool) -> None:
    office = OfficeRules.from_settings(settings)
    found = [
        only_part(route(facts(kind, PRIMARY, COUNTY), office)).distinct_registrar
        for kind in (APP, TERMINAL)
    ]
    assert found == [app, terminal]


def test_advice_does_not_hold_a_case_up_unless_the_office_says_so() -> None:
    # Q14, and the table of criteria for 教育技术 as co-reviewer of an APP
    def blocking(office: OfficeRules) -> dict[Desk, bool]:
        part = only_part(route(facts(APP, PRIMARY, COUNTY), office))
        return {seat.desk: seat.blocking for seat in part.co_reviewers}

    assert blocking(DEFAULT) == {Desk.LEGAL: True, Desk.RESEARCH: False, Desk.TECH: False}
    assert blocking(OfficeRules(research_blocking=True))[Desk.RESEARCH]


@pytest.mark.parametrize("stage", [VOCATIONAL, PRE_SCHOOL])
def test_the_technology_centre_must_see_a_terminal_that_another_desk_leads(
    stage: SchoolStage,
) -> None:
    part = only_part(route(facts(TERMINAL, stage, COUNTY), DEFAULT))
    (tech,) = [seat for seat in part.co_reviewers if seat.desk is Desk.TECH]
    assert (tech.blocking, tech.clause) == (True, "三（二）8")
