"""Opens the roster workbook: only what is sound is read, every cell as plain text."""

from __future__ import annotations

import hashlib
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, ZipError

MAX_BYTES: Final = 32 * 1024 * 1024
MAX_UNPACKED_BYTES: Final = 192 * 1024 * 1024
MAX_PARTS: Final = 2_000
MAX_CELLS: Final = 4_000_000
EXACT_DIGITS: Final = 10**15

_ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# The reader would take a table of another kind too (ods, xlsb), whose cells nobody measures here.
_OTHER_KINDS: Final = frozenset({"content.xml", "xl/workbook.bin"})
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_QUOTED: Final = rb"""(?:"[^"]*"|'[^']*')"""
_ATTRIBUTES: Final = rb"""[^>"']*(?:""" + _QUOTED + rb"""[^>"']*)*"""
_CELL: Final = re.compile(rb"<(?:\w+:)?(row|c)\b(" + _ATTRIBUTES + rb")>(\s*</)?")
_PLACE: Final = re.compile(rb"""\br\s*=\s*["']([A-Za-z]*)(\d+)["']""")


class UnusableFileError(Exception):
    """The workbook cannot be read at all; the text is one sentence for the operator."""


@dataclass(frozen=True, slots=True)
class Row:
    """One filled row: its number as the spreadsheet shows it, and its cells by column name."""

    number: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        """Return a cell's text; empty where it is blank."""
        return self.cells.get(column, "")


@dataclass(frozen=True, slots=True)
class RawSheet:
    """A sheet as it lies in the file. ``columns`` holds the header's names in the file's order."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class RawBook:
    """A workbook; ``digest`` is the SHA-256 of the file."""

    digest: str
    sheets: Mapping[str, RawSheet]


def read_workbook(path: Path) -> RawBook:
    """Read every sheet of an .xlsx file.

    Raises:
        UnusableFileError: absent, too large, encrypted, not .xlsx, damaged, or without any row.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UnusableFileError(f"{path.name} 超过 {MAX_BYTES >> 20} MB，请拆分后再导入。")
        data = path.read_bytes()
    except FileNotFoundError:
        raise UnusableFileError(f"没有找到文件 {path.name}，请核对路径。") from None
    except OSError:
        raise UnusableFileError(f"{path.name} 打不开，请核对它是文件并且可以读取。") from None
    _examine(path.name, data)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            sheets = {name.strip(): _sheet(book, name) for name in book.sheet_names}
    except PasswordError:
        raise UnusableFileError(_locked(path.name)) from None
    except (CalamineError, ZipError, OSError, ValueError):
        raise UnusableFileError(_damaged(path.name)) from None
    if not any(sheet.rows for sheet in sheets.values()):
        raise UnusableFileError(f"{path.name} 里没有内容，请按模板填写后再导入。")
    return RawBook(hashlib.sha256(data).hexdigest(), sheets)


def _examine(name: str, data: bytes) -> None:
    """Refuse what the reader cannot survive, before it sees it.

    The reader lays a sheet out as one full rectangle: a single stray cell at XFD1048576 asks for
    half a terabyte and aborts the process. So the parts are measured first.
    """
    if not data:
        raise UnusableFileError(f"{name} 是空文件，请重新导出后再导入。")
    if data.startswith(_OLE):
        if _ENCRYPTED in data:
            raise UnusableFileError(_locked(name))
        raise UnusableFileError(f"{name} 是旧版 .xls 格式，请另存为 .xlsx 后再导入。")
    if not data.startswith(_ZIP):
        raise UnusableFileError(_foreign(name))
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            listed = parts.infolist()
            if any(part.flag_bits & 1 for part in listed):
                raise UnusableFileError(_locked(name))
            if _OTHER_KINDS & {part.filename.lower() for part in listed}:
                raise UnusableFileError(_foreign(name))
            too_many = len(listed) > MAX_PARTS
            if too_many or sum(part.file_size for part in listed) > MAX_UNPACKED_BYTES:
                raise UnusableFileError(f"{name} 展开后过大，请只保留名册内容后再导入。")
            for part in listed:
                # Whatever its name: the workbook may call any part a sheet.
                if _area(parts.read(part)) > MAX_CELLS:
                    raise UnusableFileError(
                        f"{name} 的表格范围过大，请删除远处的多余单元格后再导入。"
                    )
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError):
        raise UnusableFileError(_damaged(name)) from None


def _area(xml: bytes) -> int:
    """Return rows times columns up to the farthest cell that holds something."""
    row = column = last_row = last_column = 0
    for found in _CELL.finditer(xml):
        tag, attributes, closed = found.groups()
        at_row, at_column = _place(attributes)
        if tag == b"row":
            row, column = at_row or row + 1, 0
            continue
        row, column = at_row or row, at_column or column + 1
        if not closed and not attributes.endswith(b"/"):
            last_row, last_column = max(last_row, row), max(last_column, column)
    return last_row * last_column


def _place(attributes: bytes) -> tuple[int, int]:
    """Return the row and column of a tag, 0 where it has none; the farthest if it has several."""
    found = _PLACE.findall(attributes)
    rows, columns = [int(digits) for _, digits in found], [_column(letters) for letters, _ in found]
    return max(rows, default=0), max(columns, default=0)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _foreign(name: str) -> str:
    return f"{name} 不是 .xlsx 工作簿，请用表格软件另存为 .xlsx 后再导入。"


def _locked(name: str) -> str:
    return f"{name} 设有密码，请取消密码后另存再导入。"


def _damaged(name: str) -> str:
    return f"{name} 已损坏或不是完整的 .xlsx 工作簿，请重新导出后再导入。"


def _sheet(book: CalamineWorkbook, name: str) -> RawSheet:
    lines = _filled(book.get_sheet_by_name(name).to_python(skip_empty_area=False))
    header = next(lines, None)
    if header is None:
        return RawSheet(name, (), ())
    columns = [_title(cell) for cell in header[1]]
    while columns and not columns[-1]:
        columns.pop()
    rows = []
    for number, texts in lines:
        # What stands right of the header has no column; it is kept under its place, and reported.
        named = {_name(columns, at): text for at, text in enumerate(texts) if text}
        rows.append(Row(number, named))
    extra = dict.fromkeys(column for row in rows for column in row.cells if column not in columns)
    return RawSheet(name, (*filter(None, columns), *extra), rows)


def _name(columns: Sequence[str], at: int) -> str:
    return (columns[at] if at < len(columns) else "") or f"第{at + 1}列"


def _filled(lines: Sequence[Sequence[Any]]) -> Iterator[tuple[int, list[str]]]:
    for number, cells in enumerate(lines, start=1):
        texts = [plain_text(cell) for cell in cells]
        if any(texts):
            yield number, texts


def _title(cell: str) -> str:
    """Return a column's name without what the template explains in brackets."""
    return re.split(r"[(（]", cell, maxsplit=1)[0].strip().strip("*＊ ")


def plain_text(value: Any) -> str:
    """Return a cell as the text a person sees: numbers without a decimal point, trimmed.

    The reader hands every number over as a float; from 16 digits on it is no longer exact, and is
    written in a way that no code or phone number passes.
    """
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        if abs(value) >= EXACT_DIGITS:
            return f"{value:.6E}"
        return str(int(value)) if value == int(value) else repr(value)
    text = str(value)
    # Zero-width marks come along when a cell is copied from a chat; nobody can see them.
    visible = (one for one in text if unicodedata.category(one) != "Cf")
    return "".join(visible).strip()
