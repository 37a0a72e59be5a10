"""What an operator reads of an import, line by line."""

from __future__ import annotations

from bot.roster.sheets import COLUMNS
from tests.roster.conftest import LATER, PRODUCT, SCHOOL, TEACHER, TENANTS, Desk

GO_ON = "确认无误后，加 --apply 正式导入。"


def test_a_dry_run_ends_with_how_to_go_on_if_there_is_anything_to_take(desk: Desk) -> None:
    wrong = [*TEACHER[:3], "1", *TEACHER[4:]]
    taken = {"单位": [SCHOOL]}
    assert desk.takes(taken, apply=False).lines(TENANTS)[-1] == GO_ON
    refused = desk.takes({"人员": [wrong]}, apply=False).lines(TENANTS)
    assert "人员：共 1 行，1 行有问题，整表暂不能导入。" in refused
    assert GO_ON not in refused
    assert GO_ON not in desk.takes(taken).lines(TENANTS)


def test_a_sheet_without_its_columns_says_which(desk: Desk) -> None:
    report = desk.takes({"人员": [["陈晓"]]}, titles={"人员": [["姓名"]]})
    missing = "单位编码、角色、手机号、企业微信账号、钉钉账号、浙政钉账号"
    assert f"人员：共 1 行，整表未导入：缺少列：{missing}。" in report.lines(TENANTS)


def test_a_sheet_with_a_doubled_column_is_named_though_it_is_empty(desk: Desk) -> None:
    doubled = [[*COLUMNS["人员"], "手机号"]]
    report = desk.takes({"单位": [SCHOOL], "人员": []}, titles={"人员": doubled})
    assert "人员：共 0 行，整表未导入：列重复：手机号。" in report.lines(TENANTS)


def test_of_many_changes_the_first_twenty_are_shown_and_all_are_counted(desk: Desk) -> None:
    def units(name: str, many: int) -> dict[str, list[list[str]]]:
        return {"单位": [[f"U{at}", f"{name}{at}号小学", *SCHOOL[2:]] for at in range(many)]}

    desk.takes(units("第", 21))
    said = desk.takes(units("市", 21), at=LATER).lines(TENANTS)
    assert sum(line.startswith("  变更 市") for line in said) == 20
    assert "  共 21 项，以上为前 20 项。" in said
    desk.takes(units("第", 20), at=LATER)
    assert not any("以上为前" in line for line in desk.takes(units("县", 20)).lines(TENANTS))


def test_a_product_number_of_an_odd_shape_is_taken_and_named(desk: Desk) -> None:
    odd = ["小问物理", "", "", "备案中", "应用", ""]
    report = desk.takes({"产品": [PRODUCT, odd]})
    assert report.tally("产品").new == 2
    assert report.notes == ["产品备案号格式异常，照收待核，共 1 个：备案中。"]
    assert desk.takes({"产品": [PRODUCT, ["口算宝", "", "", "", "应用", ""]]}).notes == []
