"""A sound workbook: what it makes of an empty directory, and of one that knows it already."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from bot.roster import import_file
from storage import tables as t
from storage.check import check
from storage.directory import Directory
from storage.rules.terms import Desk as DeskTerm
from storage.rules.terms import Owner, Role, SchoolStage
from tests.roster.conftest import (
    FIRST,
    GROUP,
    LATER,
    LEGAL,
    PRINCIPAL,
    PRODUCT,
    REVIEWER,
    SCHOOL,
    TEACHER,
    TECH,
    TENANTS,
    ZONE,
    Desk,
    write_book,
)

WHOLE = {
    "单位": [SCHOOL, LEGAL, TECH],
    "人员": [TEACHER, PRINCIPAL, REVIEWER],
    "群": [GROUP],
    "产品": [PRODUCT],
}


@pytest.mark.covers("R4")
def test_a_roster_fills_the_directory(desk: Desk) -> None:
    report = desk.takes(WHOLE)
    assert report.is_clean
    assert [(one.sheet, one.new, one.changed, one.ended) for one in report.tallies] == [
        ("单位", 3, 0, 0),
        ("人员", 3, 0, 0),
        ("群", 1, 0, 0),
        ("产品", 1, 0, 0),
    ]
    teacher = desk.person("chenxiao")
    (post,) = teacher.posts
    assert (teacher.name, post.unit_name, post.role) == ("陈晓", "瓯江实验小学", Role.OWNER)
    assert (post.valid_from, post.valid_to) == (date(2026, 3, 2), None)
    unit = desk.ask(lambda tx: tx.people.unit("330302", "LC-TECH"))
    assert unit is not None
    assert unit.desks == {DeskTerm.TECH, DeskTerm.RESEARCH}
    (product,) = desk.ask(lambda tx: tx.products.named("云读"))
    assert (product.name, product.product_no, product.checked) == (
        "云阅读",
        "教APP备3301234号",
        "已核验",
    )


def test_numbers_that_the_reader_hands_over_as_floats_are_read_as_digits(desk: Desk) -> None:
    school: list[object] = [3303020001, *SCHOOL[1:3], 330302, *SCHOOL[4:]]
    teacher: list[object] = ["陈晓", 3303020001, "经办人", 13857712345, "chenxiao", "", 90001234567]
    assert desk.takes({"单位": [school], "人员": [teacher]}).is_clean
    person = desk.person("90001234567", "zhezhengding")
    assert desk.ask(lambda tx: tx.people.phone(person.id)) == "13857712345"


def test_a_dry_run_says_what_would_change_and_changes_nothing(desk: Desk) -> None:
    report = desk.takes(WHOLE, apply=False)
    assert not report.applied
    assert report.tally("人员").new == 3
    for table in (t.unit, t.person, t.account, t.post, t.chat_group, t.product, t.journal):
        assert desk.count(table) == 0, table.name


def test_the_same_roster_again_changes_nothing(desk: Desk) -> None:
    desk.takes(WHOLE)
    before = desk.ask(lambda tx: tx.journal.heads())
    again = desk.takes(WHOLE, at=LATER)
    assert [(one.new, one.changed, one.ended) for one in again.tallies] == [(0, 0, 0)] * 4
    assert desk.ask(lambda tx: tx.journal.heads()) == before


@pytest.mark.covers("R3", "R26")
def test_a_direct_school_belongs_to_the_city_wherever_it_lies(desk: Desk) -> None:
    direct = ["CITY-01", "市晓风中学", "学校", "330302", "市局直属", "公办", "初中、高中", ""]
    named = ["CITY-02", "市云岭职业学校", "学校", "330300", "市局直属", "公办", "中职", ""]
    assert desk.takes({"单位": [direct, named]}).is_clean
    unit = desk.ask(lambda tx: tx.people.unit("330300", "CITY-01"))
    assert unit is not None
    assert (unit.area, unit.owner) == ("330302", Owner.CITY)
    assert unit.levels == (SchoolStage.JUNIOR, SchoolStage.SENIOR)
    assert desk.ask(lambda tx: tx.people.unit("330300", "CITY-02")) is not None


def test_a_department_may_leave_its_desk_and_its_owner_open(desk: Desk) -> None:
    hall = ["CITY-HALL", "办公室", "部门", "330300", "", "", "", ""]
    assert desk.takes({"单位": [hall]}).is_clean
    unit = desk.ask(lambda tx: tx.people.unit("330300", "CITY-HALL"))
    assert unit is not None
    assert (unit.owner, unit.desks) == (Owner.CITY, frozenset({DeskTerm.OTHER}))


def test_a_school_that_goes_over_to_the_city_is_closed_where_it_was(desk: Desk) -> None:
    desk.takes(WHOLE)
    moved = [*SCHOOL[:4], "市局直属", *SCHOOL[5:]]
    report = desk.takes({**WHOLE, "单位": [moved, LEGAL, TECH]}, at=LATER)
    assert (report.tally("单位").new, report.tally("单位").ended) == (1, 1)
    held = desk.person("chenxiao").held(LATER.date())
    assert [post.tenant for post in held] == ["330300"]
    speaker = desk.ask(lambda tx: tx.drafts.talk("wecom", "chenxiao").person)
    assert speaker is not None
    assert sorted(post.tenant for post in speaker.posts) == ["330300", "330302"]
    assert desk.ask(lambda tx: tx.people.groups("330302", SCHOOL[0], "学校群")) == []
    assert len(desk.ask(lambda tx: tx.people.groups("330300", SCHOOL[0], "学校群"))) == 1


def test_a_school_that_comes_back_to_its_county_is_open_there_again(desk: Desk) -> None:
    desk.takes({"单位": [SCHOOL]})
    desk.takes({"单位": [[*SCHOOL[:4], "市局直属", *SCHOOL[5:]]]}, at=LATER)
    report = desk.takes({"单位": [SCHOOL]}, at=LATER)
    assert report.tally("单位").lines == [
        "变更 瓯江实验小学：恢复使用",
        f"转出 温州市教育局 {SCHOOL[0]}",
    ]
    units = desk.ask(lambda tx: Directory(tx).units())
    open_now = {tenant: active for (tenant, _code), (_unit, active) in units.items()}
    assert open_now == {"330302": True, "330300": False}


def test_what_changed_of_a_unit_is_written_and_said(desk: Desk) -> None:
    desk.takes({"单位": [SCHOOL]})
    renamed = [SCHOOL[0], "瓯江小学", *SCHOOL[2:6], "小学、初中", ""]
    report = desk.takes({"单位": [renamed]}, at=LATER)
    assert report.tally("单位").lines == ["变更 瓯江小学：名称、办学层次"]
    unit = desk.ask(lambda tx: tx.people.unit("330302", SCHOOL[0]))
    assert unit is not None
    assert (unit.name, unit.levels) == ("瓯江小学", (SchoolStage.PRIMARY, SchoolStage.JUNIOR))


def test_an_account_that_is_added_is_said(desk: Desk) -> None:
    desk.takes({"单位": [SCHOOL], "人员": [TEACHER]})
    added = [*TEACHER[:5], "cx01", ""]
    report = desk.takes({"单位": [SCHOOL], "人员": [added]}, at=LATER)
    assert (report.tally("人员").new, report.tally("人员").changed) == (0, 1)
    assert report.tally("人员").lines == ["变更 陈晓：账号 cx01"]


def test_a_robot_that_moved_to_another_address_is_the_same_group(desk: Desk) -> None:
    desk.takes({"单位": [SCHOOL], "群": [GROUP]})
    address = "https://chat.example.cn/send?key=key-of-the-robot-1"
    report = desk.takes({"单位": [SCHOOL], "群": [[*GROUP[:4], address, ""]]}, at=LATER)
    assert (report.tally("群").new, report.tally("群").changed) == (0, 1)
    (group,) = desk.ask(lambda tx: tx.people.groups("330302", SCHOOL[0], "学校群"))
    assert desk.ask(lambda tx: tx.people.group_address(group.id)) == (address, "")


def test_somebody_in_two_departments_is_one_person_with_two_posts(desk: Desk) -> None:
    also = ["王静", "LC-TECH", "部门负责人、代办人", "", "WANGJING", "wj01", ""]
    report = desk.takes({**WHOLE, "人员": [REVIEWER, also]})
    assert report.tally("人员").new == 1
    person = desk.person("wangjing")
    assert {(post.unit_code, post.role) for post in person.posts} == {
        ("LC-LEGAL", Role.REVIEWER),
        ("LC-TECH", Role.HEAD),
        ("LC-TECH", Role.DEPUTY),
    }
    assert desk.person("wj01", "dingtalk").id == person.id
    addresses = desk.ask(lambda tx: tx.people.addresses([person.id]))
    assert (person.id, "wecom", "wangjing") in addresses, "as it was written first"


def test_a_phone_number_may_stand_in_any_row_of_a_person(desk: Desk) -> None:
    bare = [*TEACHER[:3], "", *TEACHER[4:]]
    desk.takes(
        {"单位": [SCHOOL, TECH], "人员": [bare, [TEACHER[0], "LC-TECH", "审核人", *TEACHER[3:]]]}
    )
    person = desk.person("chenxiao")
    assert desk.ask(lambda tx: tx.people.phone(person.id)) == "13857712345"


def test_an_account_is_the_same_in_either_case(desk: Desk) -> None:
    desk.takes(WHOLE)
    desk.takes({"人员": [[*TEACHER[:4], "CHENXIAO", "", ""], PRINCIPAL]}, at=LATER)
    assert desk.count(t.person) == 3


def test_people_of_one_name_are_never_taken_for_one(desk: Desk) -> None:
    namesake = ["陈晓", "3303020001", "经办人", "", "chenxiao2", "", ""]
    desk.takes({**WHOLE, "人员": [TEACHER, namesake]})
    assert desk.person("chenxiao").id != desk.person("chenxiao2").id


def test_unknown_columns_and_sheets_are_reported(desk: Desk) -> None:
    header = [
        "单位编码",
        "单位名称 ",
        "类型(学校/单位/部门)",
        "区划代码",
        "隶属（县属/市局直属）",
        "办学类别",
        "办学层次",
        "部门角色",
        "备注",
    ]
    report = desk.takes(
        {"单位": [[*SCHOOL, "老校区"]], "说明": [["填表须知"]]}, titles={"单位": [header]}
    )
    assert report.is_clean
    said = "".join(report.lines({}))
    assert "备注" in said
    assert "说明" in said


def test_a_cell_without_a_title_is_reported_by_its_place(desk: Desk) -> None:
    report = desk.takes({"单位": [[*SCHOOL, "", "随手写的"]]})
    assert "第10列" in "".join(report.notes)
    assert "第9列" not in "".join(report.notes)


def test_products_of_one_name_are_told_apart_by_their_numbers(desk: Desk) -> None:
    other = ["云阅读", "", "另一家公司", "教APP备1100567号", "应用", ""]
    desk.takes({"产品": [PRODUCT, other]})
    assert len(desk.ask(lambda tx: tx.products.named("云阅读"))) == 2


def test_a_product_takes_the_number_it_did_not_have(desk: Desk) -> None:
    desk.takes({"产品": [["云阅读", "", "示例科技", "", "应用", ""]]})
    (before,) = desk.ask(lambda tx: tx.products.named("云阅读"))
    assert desk.takes({"产品": [PRODUCT]}, at=LATER).tally("产品").changed == 1
    (after,) = desk.ask(lambda tx: tx.products.named("云阅读"))
    assert (after.id, after.product_no) == (before.id, "教APP备3301234号")


def test_a_product_of_another_company_does_not_take_the_number(desk: Desk) -> None:
    desk.takes({"产品": [["云阅读", "", "另一家公司", "", "应用", ""]]})
    assert desk.takes({"产品": [PRODUCT]}, at=LATER).tally("产品").new == 1
    found = desk.ask(lambda tx: tx.products.named("云阅读"))
    assert {one.developer: one.product_no for one in found} == {
        "另一家公司": "",
        "示例科技": PRODUCT[3],
    }


def test_a_roster_without_optional_cells_leaves_them_as_they_are(desk: Desk) -> None:
    desk.takes(WHOLE)
    bare = {
        "单位": WHOLE["单位"],
        "人员": [["陈晓", "3303020001", "经办人", "", "chenxiao", "", ""], PRINCIPAL, REVIEWER],
        "产品": [["云阅读", "", "", "", "应用", ""]],
    }
    desk.takes(bare, at=LATER)
    person = desk.person("chenxiao")
    assert desk.ask(lambda tx: tx.people.phone(person.id)) == "13857712345"
    (product,) = desk.ask(lambda tx: tx.products.named("云阅读"))
    assert (product.developer, product.product_no) == ("示例科技", PRODUCT[3])
    assert desk.ask(lambda tx: tx.products.named("云读")) == [product]


def test_each_authority_that_changed_has_one_act_with_the_digest_of_the_file(desk: Desk) -> None:
    report = desk.takes(WHOLE)
    acts = desk.ask(lambda tx: list(tx.execute(select(t.journal).order_by(t.journal.c.tenant))))
    assert [(act.tenant, act.act, act.subject) for act in acts] == [
        ("330300", "import", "roster"),
        ("330302", "import", "roster"),
    ]
    for act in acts:
        (image,) = act.rows
        assert image["note"]["file_sha256"] == report.digest
    begun = acts[1].rows[0]["note"]["posts_begun"]
    assert [SCHOOL[0], desk.person("chenxiao").id, "owner"] in begun
    assert desk.ask(lambda tx: check(tx, FIRST)) == []


def test_progress_is_told_from_the_first_row_to_the_last(desk: Desk) -> None:
    seen: list[tuple[int, int]] = []
    path = write_book(desk.folder / "进度.xlsx", WHOLE)
    import_file(
        path,
        desk.ledger,
        TENANTS,
        apply=True,
        now=FIRST,
        zone=ZONE,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1] == (16, 16)
