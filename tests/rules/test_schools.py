"""What schools are called for short, and which campuses a filing is for."""

import pytest

from storage.rules.schools import Parted, also_called, campuses_in, covers, part, plain
from storage.rules.titles import base_name


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("瓯江实验小学", {"瓯江实小", "瓯实小"}),
        ("温州市第二中学", {"二中", "温州二中", "温州第二中学", "第二中学"}),
        ("温州市第2中学", {"二中", "温州市第二中学"}),
        ("市景行中学", {"景行中学"}),
        ("温州市瓯海区仙岩实验小学", {"仙岩实小", "仙岩实验小学", "瓯海仙岩实小"}),
        ("知行职业技术学校", {"知行职校", "知行职高"}),
        ("听涛高级中学", {"听涛高中"}),
        ("青禾幼儿园", {"青禾幼"}),
        ("麦田小学（附设幼儿园）", {"麦田小学"}),
        ("市若水九年一贯制学校", {"若水学校"}),
        ("上塘镇中心小学", {"上塘镇中心校"}),
        ("瓯江实验小学（滨江校区）", {"瓯江实小滨江", "瓯江实验小学滨江校区"}),
    ],
)
def test_a_school_is_called_by_its_short_names(name: str, short: set[str]) -> None:
    assert short <= also_called(name)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("温州市实验中学", "温州中学"),  # another school has that very name
        ("瓯江实验小学", "瓯江小学"),
        ("瓯江实验小学", "实验小学"),  # half the county is called so
        ("上塘镇中心小学", "中心小学"),
        ("瓯江实验小学（滨江校区）", "瓯江实小"),  # not the whole school
    ],
)
def test_no_school_is_called_by_another_s_name(name: str, other: str) -> None:
    assert other not in also_called(name)


@pytest.mark.parametrize(
    ("name", "parted"),
    [
        ("瓯江实验小学", Parted("瓯江实验小学", "")),
        ("瓯江实验小学（滨江校区）", Parted("瓯江实验小学", "滨江校区")),
        ("瓯江实验小学滨江校区", Parted("瓯江实验小学", "滨江校区")),
        ("瓯江实小滨江校区", Parted("瓯江实小", "滨江校区")),
    ],
)
def test_a_campus_is_parted_from_its_school(name: str, parted: Parted) -> None:
    assert part(name) == parted


@pytest.mark.parametrize(
    ("written", "campus", "is_covered"),
    [
        ("四至六年级", "滨江校区", True),  # names none: the whole school
        ("滨江校区四年级", "滨江校区", True),
        ("滨江校区四年级", "南校区", False),
        ("滨江校区、南校区", "南校区", True),
        ("滨江校区", "", True),  # nobody asked for one
    ],
)
def test_a_filing_covers_the_campuses_unless_it_names_some(
    written: str, campus: str, is_covered: bool
) -> None:
    assert covers(campuses_in(written), campus) is is_covered


def test_digits_are_written_as_numerals() -> None:
    assert plain(" 温州 第2中学 ") == "温州第二中学"


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("小舟作业学生端", "小舟作业"),
        ("小舟作业（家长版）", "小舟作业"),
        ("小舟作业", ""),
        ("学生端", ""),
    ],
)
def test_a_name_has_a_base_where_it_says_for_whom_it_is(name: str, base: str) -> None:
    assert base_name(name) == base
