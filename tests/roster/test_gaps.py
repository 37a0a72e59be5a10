"""Every authority names a department, a person and a deputy for every desk (R83)."""

from __future__ import annotations

import pytest

from bot.roster.report import gap_lines
from storage.gaps import Gap, Want, missing_posts
from storage.rules.terms import Desk as DeskTerm
from tests.roster.conftest import FIRST, LATER, TENANTS, Desk

ALL = "legal、finance、basic、voc、pre、research、tech、discipline"


def gaps(desk: Desk, *tenants: str, later: bool = False) -> list[Gap]:
    """Return what is missing."""
    day = (LATER if later else FIRST).date()
    return desk.ask(lambda tx: missing_posts(tx, tenants, day))


def test_an_empty_authority_lacks_every_department(desk: Desk) -> None:
    found = gaps(desk, "330302", "330300")
    assert {gap.what for gap in found} == {Want.DEPARTMENT}
    county = {gap.desk for gap in found if gap.tenant == "330302"}
    city = {gap.desk for gap in found if gap.tenant == "330300"}
    assert city - county == {DeskTerm.DIRECT}
    assert len(city) == 9


@pytest.mark.covers("R4", "R83")
def test_a_small_county_where_two_people_wear_every_hat_is_complete(desk: Desk) -> None:
    office = ["WC-1", "综合科", "部门", "330302", "", "", "", ALL]
    report = desk.takes(
        {
            "单位": [office],
            "人员": [
                ["周敏", "WC-1", "部门负责人、审核人", "", "zhoumin", "", ""],
                ["吴凡", "WC-1", "审核人、代办人", "", "wufan", "", ""],
            ],
        }
    )
    assert [gap for gap in report.gaps if gap.tenant == "330302"] == []


def test_nobody_is_their_own_deputy(desk: Desk) -> None:
    office = ["WC-1", "综合科", "部门", "330302", "", "", "", ALL]
    alone = ["周敏", "WC-1", "部门负责人、审核人、代办人", "", "zhoumin", "", ""]
    desk.takes({"单位": [office], "人员": [alone]})
    missing = gaps(desk, "330302")
    assert {gap.what for gap in missing} == {Want.DEPUTY}
    (line,) = gap_lines(missing, TENANTS)
    assert line.startswith("鹿城区教育局，缺代办人：法规处、计财处")


def test_a_deputy_who_left_is_missing(desk: Desk) -> None:
    office = ["WC-1", "综合科", "部门", "330302", "", "", "", ALL]
    head = ["周敏", "WC-1", "部门负责人", "", "zhoumin", "", ""]
    deputy = ["吴凡", "WC-1", "代办人", "", "wufan", "", ""]
    desk.takes({"单位": [office], "人员": [head, deputy]})
    desk.takes({"单位": [office], "人员": [deputy]}, at=LATER)
    assert {gap.what for gap in gaps(desk, "330302")} == set()
    assert {gap.what for gap in gaps(desk, "330302", later=True)} == {Want.PERSON}


def test_the_list_is_said_by_authority_and_department(desk: Desk) -> None:
    office = ["WC-1", "综合科", "部门", "330302", "", "", "", "legal"]
    report = desk.takes({"单位": [office]}, apply=False)
    lines = gap_lines(report.gaps, TENANTS)
    assert lines[0] == "温州市教育局：各责任部门均未设置"
    assert lines[1] == (
        "鹿城区教育局，缺责任部门：计财处、基教处、职教处、学前指导中心、教育教学研究院、教育技术中心、"
        "纪检部门；缺责任人：法规处；缺代办人：法规处"
    )
    assert lines[2] == "瑞安市教育局：各责任部门均未设置"
