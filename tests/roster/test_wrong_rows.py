"""Every row that cannot be taken is explained, and a sheet is taken whole or not at all."""

from __future__ import annotations

import stat
from collections.abc import Sequence

import openpyxl
import pytest

from bot.roster import problems_path, write_problems
from tests.roster.conftest import (
    GROUP,
    LATER,
    LEGAL,
    PRINCIPAL,
    PRODUCT,
    REVIEWER,
    SCHOOL,
    TEACHER,
    TECH,
    Desk,
)


def put(row: Sequence[object], **cells: object) -> list[object]:
    """Return a row with some of its cells changed: ``put(SCHOOL, _3="330399")``."""
    changed = list(row)
    for place, value in cells.items():
        changed[int(place[1:])] = value
    return changed


UNIT_CASES = [
    (put(SCHOOL, _0=""), "“单位编码”没有填写"),
    (put(SCHOOL, _0="编码一"), "“单位编码”只能用字母、数字"),
    (put(SCHOOL, _0=3303020001000000), "请把该列设为文本格式"),
    (put(SCHOOL, _1=""), "“单位名称”没有填写"),
    (put(SCHOOL, _1="小" * 61), "“单位名称”应为 2 至 60 个字"),
    (put(SCHOOL, _1="瓯江\n小学"), "换行"),
    (put(SCHOOL, _1='=HYPERLINK("http://x")'), "像是公式"),
    (put(SCHOOL, _2="学院"), "“类型”没有“学院”这一项，可以填：学校、单位、部门"),
    (put(SCHOOL, _2=""), "“类型”没有填写"),
    (put(SCHOOL, _3="330399"), "“区划代码”330399"),
    (put(SCHOOL, _3=""), "“区划代码”没有填写"),
    (put(SCHOOL, _4=""), "“隶属”没有填写"),
    (put(SCHOOL, _4="省属"), "“隶属”没有“省属”这一项"),
    (put(SCHOOL, _3="330300"), "应为市局直属"),
    (put(SCHOOL, _5=""), "“办学类别”没有填写"),
    (put(SCHOOL, _5="国办"), "“办学类别”没有“国办”这一项"),
    (put(SCHOOL, _2="单位", _5="国办"), "“办学类别”没有“国办”这一项"),
    (put(SCHOOL, _6=""), "“办学层次”没有填写"),
    (put(SCHOOL, _6="小学、大学"), "“办学层次”没有“大学”这一项"),
    (put(SCHOOL, _7="legal"), "“部门角色”只有部门才填"),
    (put(LEGAL, _0="LC-2", _7="law"), "“部门角色”没有“law”这一项"),
    (put(LEGAL, _0="LC-2", _7="direct"), "只用于市局本级"),
    (put(LEGAL, _0="LC-2", _6="小学"), "部门不填“办学层次”"),
    (put(LEGAL, _0="LC-2", _4="市局直属"), "市局处室的“区划代码”应为 330300"),
]

PERSON_CASES = [
    (put(TEACHER, _0=""), "“姓名”没有填写"),
    (put(TEACHER, _0="陈"), "“姓名”应为 2 至 20 个字"),
    (put(TEACHER, _0="=cmd|' /C calc'!A0"), "像是公式"),
    (put(TEACHER, _0="＋陈晓"), "像是公式"),
    (put(TEACHER, _1="NOWHERE"), "没有单位编码 NOWHERE"),
    (put(TEACHER, _2=""), "“角色”没有填写"),
    (put(TEACHER, _2="教师"), "“角色”没有“教师”这一项"),
    (put(TEACHER, _2="审核人"), "学校和单位没有“审核人”这个角色"),
    (put(REVIEWER, _2="校长、审核人"), "部门没有“校长（负责人）”这个角色"),
    (put(TEACHER, _3="1385777123"), "“手机号”应为 11 位手机号码"),
    (put(TEACHER, _3="0577-88888888"), "“手机号”应为 11 位手机号码"),
    (put(TEACHER, _3="+852 5123 4567"), "“手机号”应为 11 位手机号码"),
    (put(TEACHER, _3="+49 1512 3456789"), "“手机号”应为 11 位手机号码"),
    (put(TEACHER, _3="13857712345 ext. 8"), "“手机号”应为 11 位手机号码"),
    (put(TEACHER, _3="见通讯录"), "“手机号”应为 11 位手机号码"),
    (put(TEACHER, _3="12345678901"), "“手机号”应为 11 位手机号码"),
    (put(TEACHER, _4=""), "账号至少填写一个"),
    (put(TEACHER, _4="陈晓"), "“企业微信账号”的“陈晓”不像账号"),
    (put(TEACHER, _6=1234567890123456), "请把该列设为文本格式"),
]

GROUP_CASES = [
    (put(GROUP, _0=""), "“群名称”没有填写"),
    (put(GROUP, _1="班级群"), "“用途”没有“班级群”这一项，可以填：工作群、学校群"),
    (put(GROUP, _2="NOWHERE"), "没有单位编码 NOWHERE"),
    (put(GROUP, _3="qq"), "“平台”可以填：wecom-webhook"),
    (put(GROUP, _4=""), "“标识”没有填写"),
    (put(GROUP, _4="群的名字"), "“标识”不像群机器人的 key"),
    (put(GROUP, _4="https://example.invalid/send?token=1"), "“标识”不像群机器人的 key"),
    (put(GROUP, _4="file:///etc/passwd?key=key-of-the-robot-1"), "不是完整的机器人地址"),
    (put(GROUP, _4="ftp://example.cn/send?key=key-of-the-robot-1"), "不是完整的机器人地址"),
    (put(GROUP, _4="https:///send?key=key-of-the-robot-1"), "不是完整的机器人地址"),
    (put(GROUP, _4=f"https://a.cn/{'x' * 480}?key=key-of-the-robot-1"), "不是完整的机器人地址"),
    (put(GROUP, _3="wecom-appchat", _4="https://a.cn/?key=key-of-the-robot-1"), "也不像群会话编号"),
    (put(GROUP, _4="https://[x/send?key=key-of-the-robot-1"), "不是完整的机器人地址"),
    (put(GROUP, _5="k" * 201), "“密钥”过长"),
]

PRODUCT_CASES = [
    (put(PRODUCT, _0=""), "“产品名称”没有填写"),
    (put(PRODUCT, _0="《》"), "没有可以查找的文字"),
    (put(PRODUCT, _1="云读、=1+1"), "“别名”以“=”开头"),
    (put(PRODUCT, _2="-1+1"), "“开发者”以“-”开头"),
    (put(PRODUCT, _3="=1"), "“产品备案号”以“=”开头"),
    (put(PRODUCT, _4="网站"), "“类型”没有“网站”这一项"),
    (put(PRODUCT, _5="好"), "“核验状态”没有“好”这一项"),
]


CASES = {"单位": UNIT_CASES, "人员": PERSON_CASES, "群": GROUP_CASES, "产品": PRODUCT_CASES}


@pytest.mark.parametrize("sheet", CASES)
def test_each_wrong_row_is_explained(desk: Desk, sheet: str) -> None:
    cases = CASES[sheet]
    units = {} if sheet == "单位" else {"单位": [SCHOOL, LEGAL]}
    report = desk.takes({**units, sheet: [row for row, _ in cases]}, apply=False)
    reasons = report.reasons()[sheet]
    for number, (row, reason) in enumerate(cases, start=2):
        assert reason in "；".join(reasons.get(number, ["未发现问题"])), (row, reason)


def test_what_stands_twice_is_refused_on_both_lines(desk: Desk) -> None:
    report = desk.takes(
        {"单位": [SCHOOL, SCHOOL], "产品": [PRODUCT, put(PRODUCT, _0="《云阅读》APP")]}
    )
    assert report.reasons()["单位"] == {
        2: ["“单位编码”与第 3 行重复"],
        3: ["“单位编码”与第 2 行重复"],
    }
    assert set(report.reasons()["产品"]) == {2, 3}


def test_a_robot_cannot_be_two_groups_though_once_written_as_an_address(desk: Desk) -> None:
    address = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=key-of-the-robot-1"
    report = desk.takes({"单位": [SCHOOL], "群": [GROUP, put(GROUP, _0="别的群", _4=address)]})
    assert report.reasons()["群"][3] == ["“标识”与第 2 行重复"]


def test_two_departments_cannot_hold_one_desk(desk: Desk) -> None:
    other = put(LEGAL, _0="LC-2", _1="政策法规科")
    assert "已由法规科承担" in desk.reasons("单位", other, LEGAL)
    desk.takes({"单位": [LEGAL]})
    assert "已由法规科承担" in desk.reasons("单位", other)
    assert set(desk.takes({"单位": [other]}).reasons()["单位"]) == {2}


def test_a_desk_is_handed_over_between_two_departments_in_one_sheet(desk: Desk) -> None:
    desk.takes({"单位": [LEGAL]})
    other = put(LEGAL, _0="LC-2", _1="政策法规科")
    assert desk.takes({"单位": [put(LEGAL, _7="finance"), other]}, at=LATER).is_clean


def test_a_sheet_is_taken_whole_or_not_at_all_and_the_others_are_taken(desk: Desk) -> None:
    report = desk.takes(
        {"单位": [SCHOOL, LEGAL], "人员": [TEACHER, put(REVIEWER, _3="123")], "产品": [PRODUCT]}
    )
    assert [tally.sheet for tally in report.tallies if tally.is_sound] == ["单位", "产品"]
    assert desk.find("chenxiao") is None
    assert desk.ask(lambda tx: tx.people.unit("330302", "LC-LEGAL")) is not None
    assert len(desk.ask(lambda tx: tx.products.named("云阅读"))) == 1


def test_people_of_a_refused_unit_are_told_to_register_it(desk: Desk) -> None:
    report = desk.takes({"单位": [put(SCHOOL, _3="1")], "人员": [TEACHER]})
    assert report.reasons()["人员"][2] == [f"没有单位编码 {SCHOOL[0]}，请先在单位表登记"]


def test_a_sheet_without_its_columns_is_refused_as_a_whole(desk: Desk) -> None:
    report = desk.takes(
        {"单位": [["a", "b"]], "人员": [["陈晓"]]},
        titles={"单位": [["单位编码", "单位编码"]], "人员": [["姓名"]]},
    )
    assert not report.is_clean
    assert "缺少列：单位名称" in report.tally("单位").faults[0]
    assert "列重复：单位编码" in report.tally("单位").faults[1]
    assert report.reasons() == {}, "no row can mend a header"


def test_one_account_with_two_names_is_refused_on_each_line(desk: Desk) -> None:
    other = ["陈小", "3303020001", "经办人", "", "CHENXIAO", "", ""]
    report = desk.takes({"单位": [SCHOOL], "人员": [TEACHER, PRINCIPAL, other]})
    assert report.reasons()["人员"] == {
        2: ["与第 4 行账号相同，“姓名”却不同"],
        4: ["与第 2 行账号相同，“姓名”却不同"],
    }


def test_a_row_that_contradicts_another_is_not_held_against_the_directory(desk: Desk) -> None:
    desk.takes({"单位": [SCHOOL], "人员": [TEACHER]})
    other = ["陈小", SCHOOL[0], "经办人", "", "chenxiao", "", ""]
    report = desk.takes({"单位": [SCHOOL], "人员": [other, TEACHER]}, at=LATER)
    assert report.reasons()["人员"][2] == ["与第 3 行账号相同，“姓名”却不同"]


def test_one_account_with_two_numbers_is_refused_on_each_line(desk: Desk) -> None:
    report = desk.takes(
        {"单位": [SCHOOL, LEGAL], "人员": [TEACHER, put(TEACHER, _2="校长", _3="13857712346")]}
    )
    assert report.reasons()["人员"][3] == ["与第 2 行账号相同，“手机号”却不同"]


def test_rows_of_one_person_agree_though_they_share_no_account(desk: Desk) -> None:
    desk.takes({"单位": [SCHOOL], "人员": [put(TEACHER, _5="cx01")]})
    other = ["陈晓晓", SCHOOL[0], "校长", TEACHER[3], "", "cx01", ""]
    report = desk.takes({"单位": [SCHOOL], "人员": [TEACHER, PRINCIPAL, other]}, at=LATER)
    assert report.reasons()["人员"] == {
        2: ["与第 4 行账号在名册中属于同一人，“姓名”却不同"],
        4: ["与第 2 行账号在名册中属于同一人，“姓名”却不同"],
    }


def test_two_people_cannot_be_merged_by_an_account(desk: Desk) -> None:
    twin = ["陈晓", "3303020001", "经办人", "", "", "chen02", ""]
    desk.takes({"单位": [SCHOOL], "人员": [TEACHER, twin]})
    both = ["陈晓", "3303020001", "经办人", "", "ChenXiao", "chen02", ""]
    assert "分属不同的人" in desk.reasons("人员", both)


def test_an_account_does_not_pass_to_another_name_unseen(desk: Desk) -> None:
    desk.takes({"单位": [SCHOOL], "人员": [TEACHER]})
    stranger = ["赵敏", "3303020001", "经办人", "13857710009", "ChenXiao", "", ""]
    reason = desk.reasons("人员", stranger)
    assert "登记在陈晓名下" in reason
    nobody_has_a_number = put(TEACHER, _3="", _4="chen02")
    desk.takes({"单位": [SCHOOL], "人员": [TEACHER, nobody_has_a_number]}, at=LATER)
    reason = desk.reasons("人员", put(stranger, _3="", _4="chen02"), TEACHER)
    assert "登记在陈晓名下" in reason
    assert desk.person("chenxiao").name == "陈晓"


def test_only_the_rows_that_name_the_account_are_blamed_for_it(desk: Desk) -> None:
    desk.takes({"单位": [SCHOOL, LEGAL], "人员": [TEACHER]})
    first: list[object] = ["赵敏", SCHOOL[0], "经办人", "", "", "zm01", ""]
    rows = [
        first,
        put(first, _2="校长", _4="ChenXiao"),
        put(first, _1=LEGAL[0], _2="审核人", _4="CHENXIAO"),
    ]
    report = desk.takes({"单位": [SCHOOL, LEGAL], "人员": rows}, at=LATER)
    assert set(report.reasons()["人员"]) == {3, 4}


def test_the_refused_rows_come_back_as_they_were_with_the_reason_beside_each(desk: Desk) -> None:
    formula = put(TEACHER, _0='=HYPERLINK("http://x","点我")')
    report = desk.takes(
        {"单位": [SCHOOL, LEGAL], "人员": [PRINCIPAL, formula, put(REVIEWER, _1="X")]}
    )
    target = problems_path(desk.path)
    write_problems(target, report.sheets)
    assert target.name == f"{desk.path.stem}-问题.xlsx"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    book = openpyxl.load_workbook(target)
    assert book.sheetnames == ["人员"]
    header, first, second = book["人员"].iter_rows()
    assert [cell.value for cell in header][-2:] == ["原因", "原行号"]
    assert first[0].value == formula[0]
    assert first[0].data_type == "s"
    assert "像是公式" in first[7].value
    assert first[8].value == "3"
    assert second[7].value == "没有单位编码 X，请先在单位表登记"


def test_the_corrected_rows_are_taken_later(desk: Desk) -> None:
    desk.takes({"单位": [SCHOOL, TECH], "人员": [put(TEACHER, _3="123"), PRINCIPAL]})
    assert desk.takes({"单位": [SCHOOL, TECH], "人员": [TEACHER, PRINCIPAL]}, at=LATER).is_clean
    assert desk.person("chenxiao").name == "陈晓"
