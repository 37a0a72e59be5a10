"""The matrix of requirements A.4, row by row, and every setting that bends it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.rules.office import OfficeRules
from storage.rules.routing import Facts, added_seat, route
from storage.rules.terms import (
    CLAUSES,
    Desk,
    Kind,
    Owner,
    RuleViolationError,
    Scale,
    SchoolStage,
    TaskKind,
    UnitKind,
)
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


@pytest.mark.covers("R31", "R32", "R33", "R34", "R40", "R47", "R50", "R51", "R59", "R61", "R65")
@pytest.mark.parametrize(
    ("row", "kind", "stage", "owner", "lead", "co_reviewers", "cc", "letter", "basis"),
    [
        # M1 APP, 普教, 县属: 基教 leads; 计财 only with money
        ("M1", APP, PRIMARY, COUNTY, Desk.BASIC, CONTENT, {Desk.FINANCE}, "A", ("三（一）2",)),
        # M2 APP, 普教, 直属: 直属管理处 leads, 基教处 is told
        (
            "M2",
            APP,
            PRIMARY,
            CITY,
            Desk.DIRECT,
            CONTENT,
            {Desk.BASIC, Desk.FINANCE},
            "A",
            ("三（二）4",),
        ),
        # M3 终端, 普教, 县属: 教育技术 leads, 计财 and 基教 co-review, 教研 is told
        (
            "M3",
            TERMINAL,
            PRIMARY,
            COUNTY,
            Desk.TECH,
            {Desk.FINANCE, Desk.BASIC},
            {Desk.RESEARCH},
            "Z",
            ("三（一）1",),
        ),
        # M4 终端, 普教, 直属: 直属管理处 in the place of 基教处
        (
            "M4",
            TERMINAL,
            PRIMARY,
            CITY,
            Desk.TECH,
            {Desk.FINANCE, Desk.DIRECT},
            {Desk.RESEARCH},
            "Z",
            ("三（一）1", "三（二）4"),
        ),
        # M5 APP, 中职, 县属
        ("M5", APP, VOCATIONAL, COUNTY, Desk.VOC, CONTENT, {Desk.FINANCE}, "A", ("三（一）3",)),
        # M6 APP, 中职, 直属: 职业学校除外, so 职教处
        (
            "M6",
            APP,
            VOCATIONAL,
            CITY,
            Desk.VOC,
            CONTENT,
            {Desk.FINANCE},
            "A",
            ("三（一）3", "三（二）4"),
        ),
        # M7 终端, 中职, 县属: 计财 always on (Q5)
        (
            "M7",
            TERMINAL,
            VOCATIONAL,
            COUNTY,
            Desk.VOC,
            CONTENT | {Desk.FINANCE},
            set(),
            "Z",
            ("三（一）3",),
        ),
        # M7 终端, 中职, 直属: the same
        (
            "M7",
            TERMINAL,
            VOCATIONAL,
            CITY,
            Desk.VOC,
            CONTENT | {Desk.FINANCE},
            set(),
            "Z",
            ("三（一）3",),
        ),
        # M8 APP, 幼儿园, 县属
        ("M8", APP, PRE_SCHOOL, COUNTY, Desk.PRE, CONTENT, {Desk.FINANCE}, "A", ("三（一）4",)),
        # M9 APP, 幼儿园, 直属: 学前 leads, 直属管理处 co-reviews (Q4)
        (
            "M9",
            APP,
            PRE_SCHOOL,
            CITY,
            Desk.PRE,
            CONTENT | {Desk.DIRECT},
            {Desk.FINANCE},
            "A",
            ("三（一）4", "三（二）4"),
        ),
        # M10 终端, 幼儿园, 县属: 学前 leads (Q2), 教育技术 and 计财 always on
        (
            "M10",
            TERMINAL,
            PRE_SCHOOL,
            COUNTY,
            Desk.PRE,
            CONTENT | {Desk.FINANCE},
            set(),
            "Z",
            ("三（一）4",),
        ),
        # M10 终端, 幼儿园, 直属: 直属管理处 as well
        (
            "M10",
            TERMINAL,
            PRE_SCHOOL,
            CITY,
            Desk.PRE,
            CONTENT | {Desk.FINANCE, Desk.DIRECT},
            set(),
            "Z",
            ("三（一）4", "三（二）4"),
        ),
    ],
)
def test_each_row_of_the_matrix_sends_a_school_to_its_departments(
    row: str,
    kind: Kind,
    stage: SchoolStage,
    owner: Owner,
    lead: Desk,
    co_reviewers: set[Desk],
    cc: set[Desk],
    letter: str,
    basis: tuple[str, ...],
) -> None:
    found = route(facts(kind, stage, owner), DEFAULT)
    part = only_part(found)
    assert (part.row, part.lead.desk, co(part)) == (row, lead, co_reviewers)
    assert set(part.cc) == cc
    assert part.registrar_desk is Desk.TECH
    assert part.distinct_registrar is (kind is TERMINAL)
    assert (found.number_letter, part.basis) == (letter, basis)


@pytest.mark.parametrize("stage", [SchoolStage.SENIOR, SchoolStage.JUNIOR, SchoolStage.PRIMARY])
def test_senior_junior_and_primary_are_general_education(stage: SchoolStage) -> None:
    assert only_part(route(facts(APP, stage, COUNTY), DEFAULT)).row == "M1"


@pytest.mark.parametrize(
    ("kind", "stage", "owner", "row"),
    [
        (APP, PRIMARY, COUNTY, "M1"),
        (APP, PRIMARY, CITY, "M2"),
        (APP, VOCATIONAL, COUNTY, "M5"),
        (APP, VOCATIONAL, CITY, "M6"),
        (APP, PRE_SCHOOL, COUNTY, "M8"),
        (APP, PRE_SCHOOL, CITY, "M9"),
    ],
)
def test_money_brings_finance_to_an_app(
    kind: Kind, stage: SchoolStage, owner: Owner, row: str
) -> None:
    part = only_part(route(facts(kind, stage, owner, money=True), DEFAULT))
    assert part.row == row
    assert Desk.FINANCE in co(part)
    assert Desk.FINANCE not in part.cc


@pytest.mark.covers("R40")
@pytest.mark.parametrize("owner", [COUNTY, CITY])
def test_preinstalled_apps_bring_legal_to_a_terminal(owner: Owner) -> None:
    # M3, M4, conditional column
    part = only_part(route(facts(TERMINAL, PRIMARY, owner, preinstalled_apps=True), DEFAULT))
    (legal,) = [seat for seat in part.co_reviewers if seat.desk is Desk.LEGAL]
    assert (legal.blocking, legal.clause) == (True, "三（二）2")


def test_a_school_without_a_stage_in_use_is_asked_for_it() -> None:
    with pytest.raises(RuleViolationError, match="请先选择使用学段"):
        route(Facts(APP), DEFAULT)


@pytest.mark.covers("R66")
def test_an_added_signer_needs_a_reason_and_is_never_the_discipline_desk() -> None:
    seat = added_seat(Desk.OTHER, "涉及校园网络改造")
    assert (seat.kind, seat.blocking, seat.clause) == (TaskKind.CO_REVIEW, True, "三（二）9")
    with pytest.raises(RuleViolationError, match="原因"):
        added_seat(Desk.OTHER, " ")
    with pytest.raises(RuleViolationError, match="纪检"):
        added_seat(Desk.DISCIPLINE, "请看看")


any_facts = st.builds(
    Facts,
    kind=st.sampled_from(Kind),
    stages_in_use=st.lists(st.sampled_from(SchoolStage), min_size=1, unique=True).map(tuple),
    owner=st.sampled_from(Owner),
    unit_kind=st.sampled_from(UnitKind),
    main_stage=st.none() | st.sampled_from(SchoolStage),
    scale=st.sampled_from(Scale),
    money=st.booleans(),
    fee_uncertain=st.booleans(),
    byod=st.booleans(),
    paid_entry=st.booleans(),
    preinstalled_apps=st.booleans(),
    biometrics=st.booleans(),
    classes=st.none() | st.integers(0, 5),
    students=st.none() | st.integers(0, 200),
    terms=st.none() | st.integers(0, 3),
)
any_office = st.builds(
    OfficeRules,
    lead_terminal_pre=st.sampled_from(["pre", "tech"]),
    direct_scope=st.sampled_from(["both", "app"]),
    lead_direct_pre=st.sampled_from(["pre", "direct"]),
    finance_when=st.sampled_from(["terminal_or_money", "terminal", "money", "always", "never"]),
    multi_stage=st.sampled_from(["split", "main"]),
    research_blocking=st.booleans(),
)


@given(any_facts, any_office)
def test_every_case_has_a_lead_and_no_desk_sits_twice(case: Facts, office: OfficeRules) -> None:
    found = route(case, office)
    assert bool(found.parts) is (found.pilot is None or not found.pilot.inside)
    for part in found.parts:
        desks = [part.lead.desk, *(seat.desk for seat in part.co_reviewers), *part.cc]
        assert len(desks) == len(set(desks))
        assert Desk.DISCIPLINE not in desks
        assert part.lead.kind is TaskKind.DECISION
        assert all(seat.reason and seat.clause in CLAUSES for seat in part.co_reviewers)
    for parts in found.filings:
        assert len({part.kind for part in parts}) == len(parts)
    leads = [tuple(part.lead.desk for part in parts) for parts in found.filings]
    assert len(leads) == len(set(leads))
    assert set(found.clauses) <= set(CLAUSES)


@given(any_facts)
def test_facts_survive_being_written_down(case: Facts) -> None:
    assert Facts.from_dict(case.to_dict()) == case


@pytest.mark.parametrize(
    ("kind", "stage", "desk", "place"),
    [
        (TERMINAL, PRIMARY, Desk.FINANCE, "三（一）1"),
        (TERMINAL, PRIMARY, Desk.BASIC, "三（一）1"),
        (APP, PRIMARY, Desk.LEGAL, "三（一）2"),
        (APP, VOCATIONAL, Desk.LEGAL, "三（一）3"),
        (APP, PRE_SCHOOL, Desk.LEGAL, "三（一）4"),
    ],
)
def test_a_co_reviewer_cites_the_place_that_shares_the_work(
    kind: Kind, stage: SchoolStage, desk: Desk, place: str
) -> None:
    seats = only_part(route(facts(kind, stage, COUNTY), DEFAULT)).co_reviewers
    assert [seat.clause for seat in seats if seat.desk is desk] == [place]
