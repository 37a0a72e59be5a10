"""What cannot be a roster is refused in one sentence, whatever it is."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from bot.roster import UnusableFileError
from bot.roster.workbook import MAX_BYTES, MAX_PARTS, plain_text, read_workbook
from tests.roster.conftest import SCHOOL, write_book

BARE = "<c><v>1</v></c>"
FAR = '<row r="1048576"><c{0}><v>1</v></c></row>'
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def sound(path: Path) -> bytes:
    """Return the bytes of a workbook that can be read."""
    return write_book(path.with_name("可读.xlsx"), {"单位": [SCHOOL]}).read_bytes()


def with_cell(cell: str) -> Callable[[Path], None]:
    """Write a workbook with something in a far cell."""

    def write(path: Path) -> None:
        book = xlsxwriter.Workbook(path)
        page = book.add_worksheet("单位")
        page.write_string("A1", "单位编码")
        page.write_string(cell, "x")
        book.close()

    return write


def with_rows(xml: str, part: str = "sheet1.xml") -> Callable[[Path], None]:
    """Write a workbook whose sheet is of these rows, and lies in this part."""

    def write(path: Path) -> None:
        with (
            zipfile.ZipFile(io.BytesIO(sound(path))) as usual,
            zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            for name in usual.namelist():
                content = usual.read(name).decode()
                if name.endswith("sheet1.xml"):
                    content = re.sub(
                        "<sheetData>.*</sheetData>", f"<sheetData>{xml}</sheetData>", content
                    )
                archive.writestr(
                    name.replace("sheet1.xml", part), content.replace("sheet1.xml", part)
                )

    return write


def with_part(part: str) -> Callable[[Path], None]:
    """Write a workbook that holds one part more."""

    def write(path: Path) -> None:
        path.write_bytes(sound(path))
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(part, "")

    return write


def many_parts(path: Path) -> None:
    """Write a workbook that holds two thousand parts more."""
    path.write_bytes(sound(path))
    with zipfile.ZipFile(path, "a") as archive:
        for at in range(MAX_PARTS):
            archive.writestr(f"xl/media/{at}", "")


def encrypted_zip(path: Path) -> None:
    """Write a zip archive whose entries say that they are encrypted."""
    data = bytearray(sound(path))
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        data[at + 8] |= 1
        at = data.find(b"PK\x01\x02", at + 1)
    path.write_bytes(bytes(data))


def bomb(path: Path) -> None:
    """Write a small archive that unpacks to more than any roster."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/media/image.bin", bytes(200 * 1024 * 1024))


def no_content(path: Path) -> None:
    """Write a workbook with nothing in it."""
    book = xlsxwriter.Workbook(path)
    book.add_worksheet("单位")
    book.close()


UNUSABLE: list[tuple[str, Callable[[Path], object], str]] = [
    ("absent", lambda path: None, "没有找到文件"),
    ("folder", lambda path: path.mkdir(), "打不开"),
    ("empty", lambda path: path.write_bytes(b""), "空文件"),
    ("old xls", lambda path: path.write_bytes(OLE), "旧版 .xls"),
    (
        "password",
        lambda path: path.write_bytes(OLE + "EncryptedPackage".encode("utf-16-le")),
        "设有密码",
    ),
    ("locked zip", encrypted_zip, "设有密码"),
    ("text", lambda path: path.write_text("单位编码,单位名称"), "不是 .xlsx"),
    ("ods", with_part("content.xml"), "不是 .xlsx"),
    ("xlsb", with_part("xl/workbook.bin"), "不是 .xlsx"),
    ("cut short", lambda path: path.write_bytes(sound(path)[:-300]), "已损坏"),
    ("another zip", lambda path: zipfile.ZipFile(path, "w").writestr("a.txt", "a"), "已损坏"),
    ("no content", no_content, "没有内容"),
    ("bomb", bomb, "展开后过大"),
    ("far cell", with_cell("XFD1048576"), "表格范围过大"),
    (
        "far cell in an oddly named part",
        with_rows(FAR.format(' r="E1048576"'), "1.dat"),
        "表格范围过大",
    ),
    (
        "far row of cells without a place",
        with_rows(FAR.replace("<c{0}><v>1</v></c>", "<c><v>1</v></c>" * 5)),
        "表格范围过大",
    ),
    (
        "far cell in a near row",
        with_rows(FAR.format(' r="E1048576"').replace("1048576", "1", 1)),
        "表格范围过大",
    ),
    (
        "wide and long without any place",
        with_rows(f"<row>{BARE * 4001}</row>" + f"<row>{BARE}</row>" * 1000),
        "表格范围过大",
    ),
    ("many parts", many_parts, "展开后过大"),
    ("far cell behind a sign", with_rows(FAR.format(' x=">" r="E1048576"')), "表格范围过大"),
    (
        "far cell behind another",
        with_rows(FAR.format(""" x="r='A1'" r="E1048576\"""")),
        "表格范围过大",
    ),
    ("too large", lambda path: path.write_bytes(b"PK\x03\x04" + bytes(MAX_BYTES)), "超过 32 MB"),
]


@pytest.mark.parametrize(("name", "write", "said"), UNUSABLE, ids=[case[0] for case in UNUSABLE])
def test_an_unusable_file_is_refused_in_one_sentence(
    tmp_path: Path, name: str, write: Callable[[Path], object], said: str
) -> None:
    path = tmp_path / "名册.xlsx"
    write(path)
    with pytest.raises(UnusableFileError, match=said) as refusal:
        read_workbook(path)
    assert str(refusal.value).endswith("。")
    assert str(refusal.value).count("。") == 1


def test_formatted_cells_without_content_do_not_widen_the_sheet(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = "单位"
    page["A1"] = "单位编码"
    page["A2"] = 3303020001
    page["XFD1048576"].font = openpyxl.styles.Font(bold=True)
    book.save(tmp_path / "格式.xlsx")
    (row,) = read_workbook(tmp_path / "格式.xlsx").sheets["单位"].rows
    assert (row.number, row["单位编码"]) == (2, "3303020001")


def test_empty_cells_do_not_widen_the_sheet_however_they_are_written(tmp_path: Path) -> None:
    text = '<row r="1"><c r="A1" t="inlineStr"><is><t>单位编码</t></is></c></row>'
    for empty in ('<c r="XFC1048576" s="0"/><c r="XFD1048576" s="0"/>', '<c r="XFD1048576"></c>'):
        with_rows(f'{text}<row r="2"><c r="A2"><v>1</v></c></row><row r="1048576">{empty}</row>')(
            tmp_path / "空格.xlsx"
        )
        assert len(read_workbook(tmp_path / "空格.xlsx").sheets["单位"].rows) == 1


def test_a_header_that_only_explains_names_no_column(tmp_path: Path) -> None:
    path = write_book(tmp_path / "说明.xlsx", {"单位": [["x"]]}, {"单位": [["（填表说明）"]]})
    assert list(read_workbook(path).sheets["单位"].columns) == ["第1列"]


def test_cells_that_do_not_say_their_place_are_counted(tmp_path: Path) -> None:
    cell = '<c t="inlineStr"><is><t>x</t></is></c>'
    with_rows("".join(f'<row r="{at}">{cell * 3}</row>' for at in range(1, 2001)))(
        tmp_path / "无坐标.xlsx"
    )
    assert len(read_workbook(tmp_path / "无坐标.xlsx").sheets["单位"].rows) == 1999


def test_row_numbers_are_those_of_the_spreadsheet(tmp_path: Path) -> None:
    path = write_book(
        tmp_path / "空行.xlsx", {"单位": [[], SCHOOL]}, {"单位": [[], [], ["单位编码", "单位名称"]]}
    )
    assert [row.number for row in read_workbook(path).sheets["单位"].rows] == [5]


def test_a_cell_is_the_text_that_a_person_sees() -> None:
    assert plain_text(330302.0) == "330302"
    assert plain_text(1.5) == "1.5"
    assert plain_text(" 陈\u200b晓\u00a0") == "陈晓"
    assert (plain_text(True), plain_text(False)) == ("TRUE", "FALSE")
    assert plain_text("0012") == "0012"
