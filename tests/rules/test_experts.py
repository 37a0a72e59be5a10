"""Experts as a school writes them, held against the numbers that its office goes by."""

import pytest

from storage.rules.experts import Expert, about_experts, aspects_missing, is_outside
from storage.rules.office import OfficeRules

SCHOOL = "瓯江实验小学"
OUTSIDE = Expert("张三", "温州大学", "教授")
OWN = Expert("李四", SCHOOL, "高级教师")
THREE = [OUTSIDE, OWN, Expert("王五", "本校", "一级教师")]


@pytest.mark.parametrize(
    ("unit", "outside"),
    [
        ("温州大学", True),
        (SCHOOL, False),
        # written shorter, or with a department
        ("实验小学", False),
        (f"{SCHOOL}教务处", False),
        ("我校", False),
        # nobody knows of where
        ("", False),
    ],
)
def test_who_is_of_another_unit_comes_from_outside(unit: str, outside: bool) -> None:
    assert is_outside(Expert("张三", unit), SCHOOL) is outside


@pytest.mark.parametrize(
    ("experts", "says"),
    [
        (THREE, []),
        # nothing was written: the document says it
        ([], []),
        (THREE[:2], ["所写专家2人，要求不少于3人"]),
        ([OWN, OWN, OWN], ["其中校外0人，要求不少于1人"]),
        ([*THREE, Expert("赵六", "市教研院")], ["未写全单位或职称：赵六"]),
    ],
)
def test_what_falls_short_is_said_and_what_was_not_written_is_not(
    experts: list[Expert], says: list[str]
) -> None:
    assert about_experts(experts, SCHOOL, OfficeRules()) == says


def test_the_numbers_are_the_office_s_own() -> None:
    rules = OfficeRules.from_settings({"experts.min": 5, "experts.outside_min": 2})
    assert about_experts(THREE, SCHOOL, rules) == [
        "所写专家3人，要求不少于5人",
        "其中校外1人，要求不少于2人",
    ]


def test_aspects_that_were_left_out_are_named_where_any_was_written() -> None:
    assert aspects_missing({}) == []
    assert aspects_missing({"need", "feasible", "regular", "fitting", "safe"}) == [
        "技术先进性",
        "经济合理性",
    ]
