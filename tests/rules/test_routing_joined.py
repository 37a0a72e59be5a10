"""M11 to M14: two kinds at once, pilots, schools of several stages, and other units."""

from dataclasses import replace
from typing import Any

import pytest

from storage.rules.office import OfficeRules
from storage.rules.routing import Facts, route
from storage.rules.terms import Desk, Kind, Scale, SchoolStage, UnitKind
from tests.rules.routes import (
    APP,
    BOTH,
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


def test_m11_terminal_and_app_are_two_parts_with_one_form_and_one_number() -> None:
    found = route(facts(BOTH, PRIMARY, COUNTY), DEFAULT)
    assert [(part.row, part.lead.desk) for part in found.parts] == [
        ("M3", Desk.TECH),
        ("M1", Desk.BASIC),
    ]
    assert len(found.filings) == 1
    assert found.number_letter == "X"
    assert found.rows == ("M11", "M3", "M1")
    desks = [seat.desk for seat in found.co_reviewers()]
    assert len(desks) == len(set(desks))
    assert set(desks) == {Desk.FINANCE, Desk.BASIC} | CONTENT


def test_m11_a_blocking_seat_stands_for_an_advisory_one_of_the_same_desk() -> None:
    # 中职: 教育技术 advises on the APP but must have seen the terminal's plan and purchase
    found = route(facts(BOTH, VOCATIONAL, COUNTY), DEFAULT)
    for way in (found, replace(found, parts=found.parts[::-1])):
        (tech,) = [seat for seat in way.co_reviewers() if seat.desk is Desk.TECH]
        assert tech.blocking


PILOT: dict[str, Any] = {"scale": Scale.PILOT, "classes": 2, "students": 100, "terms": 1}


def test_m12_a_pilot_at_its_limits_is_the_principals_own_decision() -> None:
    found = route(facts(APP, PRIMARY, COUNTY, **PILOT), DEFAULT)
    assert found.parts == ()
    assert found.number_letter is None
    assert found.rows == ("M12",)
    assert found.pilot is not None
    assert found.pilot.inside
    assert (found.pilot.reviewers, found.pilot.callin_days) == (2, 5)
    assert found.pilot.notified == (Desk.BASIC, Desk.TECH)
    assert found.pilot.clause == "三（一）5"


@pytest.mark.parametrize(
    ("passed", "reason"),
    [
        # three classes
        ({"classes": 3}, "班级3个，超过试点的2个。"),
        # one pupil too many
        ({"students": 101}, "学生101名，超过试点的100名。"),
        # two terms
        ({"terms": 2}, "时间2个学期，超过试点的1个学期。"),
        # money
        ({"money": True}, "项目需要支出经费，不属于试点。"),
        # face recognition
        ({"biometrics": True}, "项目采集人脸等生物识别信息，不属于试点。"),
        # not answered yet
        ({"classes": None}, "班级尚未填写，不能按试点办理。"),
    ],
)
def test_m12_beyond_a_limit_a_pilot_is_a_full_filing_and_says_why(
    passed: dict[str, Any], reason: str
) -> None:
    found = route(facts(APP, PRIMARY, COUNTY, **(PILOT | passed)), DEFAULT)
    assert found.pilot is not None
    assert not found.pilot.inside
    assert found.pilot.reasons == (reason,)
    assert only_part(found).row == "M1"
    assert found.number_letter == "A"
    assert "三（一）5" in found.clauses


@pytest.mark.parametrize(
    ("setting", "fact"),
    [
        ({"pilot.max_classes": 3}, {"classes": 3}),
        ({"pilot.max_students": 101}, {"students": 101}),
        ({"pilot.max_terms": 2}, {"terms": 2}),
        ({"pilot.allow_money": True}, {"money": True}),
        ({"pilot.allow_biometrics": True}, {"biometrics": True}),
    ],
)
def test_m12_every_limit_is_the_offices_own(
    setting: dict[str, object], fact: dict[str, Any]
) -> None:
    office = OfficeRules.from_settings(setting)
    found = route(facts(APP, PRIMARY, COUNTY, **(PILOT | fact)), office)
    assert found.pilot is not None
    assert found.pilot.inside


@pytest.mark.parametrize("fact", ["byod", "paid_entry", "fee_uncertain"])
def test_m12_own_devices_or_a_paid_entry_keep_the_pilot_but_tell_finance(fact: str) -> None:
    found = route(facts(APP, PRIMARY, COUNTY, **(PILOT | {fact: True})), DEFAULT)
    assert found.pilot is not None
    assert found.pilot.inside
    assert Desk.FINANCE in found.pilot.notified


def test_m12_a_school_inside_the_limits_may_still_choose_a_full_filing() -> None:
    found = route(facts(APP, PRIMARY, COUNTY, **(PILOT | {"scale": Scale.WIDE})), DEFAULT)
    assert found.pilot is None
    assert only_part(found).row == "M1"


def test_m13_two_leads_give_two_linked_filings() -> None:
    two = Facts(APP, (SchoolStage.JUNIOR, PRE_SCHOOL, PRIMARY), COUNTY)
    found = route(two, DEFAULT)
    assert [[part.row for part in parts] for parts in found.filings] == [["M1"], ["M8"]]
    assert found.parts[0].stages == (SchoolStage.JUNIOR, PRIMARY)
    assert found.rows == ("M13", "M1", "M8")
    assert found.number_letter == "A"


def test_m13_several_stages_with_one_lead_are_one_filing() -> None:
    # 九年一贯: primary and junior are both 普教
    found = route(Facts(APP, (PRIMARY, SchoolStage.JUNIOR), COUNTY), DEFAULT)
    assert len(found.filings) == 1
    assert found.rows == ("M1",)


def test_m13_with_m11_gives_one_filing_of_two_parts_per_group_of_leads() -> None:
    found = route(Facts(BOTH, (PRIMARY, VOCATIONAL), CITY), DEFAULT)
    rows = [[part.row for part in parts] for parts in found.filings]
    assert rows == [["M4", "M2"], ["M7", "M6"]]
    assert found.number_letter == "X"


def test_m13_under_main_the_main_stage_of_the_directory_decides() -> None:
    office = OfficeRules(multi_stage="main")
    two = Facts(APP, (PRIMARY, PRE_SCHOOL), COUNTY, main_stage=PRE_SCHOOL)
    part = only_part(route(two, office))
    assert (part.row, part.lead.desk, part.stages) == ("M8", Desk.PRE, (PRIMARY, PRE_SCHOOL))
    listed_first = replace(two, main_stage=None, school_levels=(PRIMARY, PRE_SCHOOL))
    assert only_part(route(listed_first, office)).row == "M1"


def test_m13_under_main_a_stage_used_alone_still_decides() -> None:
    office = OfficeRules(multi_stage="main")
    one = Facts(APP, (PRE_SCHOOL,), COUNTY, main_stage=PRIMARY)
    assert only_part(route(one, office)).row == "M8"


@pytest.mark.parametrize("kind", [APP, TERMINAL, BOTH])
def test_m14_another_unit_is_coordinated_by_the_technology_centre(kind: Kind) -> None:
    found = route(Facts(kind, (), CITY, UnitKind.UNIT, money=True), DEFAULT)
    part = only_part(found)
    assert (part.row, part.lead.desk, part.co_reviewers, part.cc) == ("M14", Desk.TECH, (), ())
    assert part.registrar_desk is Desk.TECH
    assert found.clauses == ("主送", "三（二）9")


def test_a_unit_that_names_stages_is_joined_of_nothing() -> None:
    stages = (SchoolStage.KINDERGARTEN, SchoolStage.PRIMARY)
    assert route(Facts(APP, stages, CITY, UnitKind.UNIT), DEFAULT).rows == ("M14",)


def test_m14_only_a_doubt_about_fees_adds_a_signer_by_itself() -> None:
    found = route(Facts(APP, (), CITY, UnitKind.UNIT, fee_uncertain=True), DEFAULT)
    assert co(only_part(found)) == {Desk.FINANCE}
