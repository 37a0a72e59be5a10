"""A roster workbook that is written by the test, and a ledger to take it in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import pytest
import xlsxwriter
from sqlalchemy import Table, func, select

from bot.roster import ImportReport, import_file
from bot.roster.sheets import COLUMNS
from storage.ledger import Ledger
from storage.people import Person
from storage.transaction import Transaction
from tests.storage.conftest import cipher, ledger, open_ledger  # noqa: F401  (fixtures)

ZONE = ZoneInfo("Asia/Shanghai")
FIRST = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
LATER = datetime(2026, 4, 1, 2, 0, tzinfo=UTC)
TENANTS = {"330300": "温州市教育局", "330302": "鹿城区教育局", "330381": "瑞安市教育局"}

SCHOOL = ["3303020001", "瓯江实验小学", "学校", "330302", "县属", "公办", "小学", ""]
LEGAL = ["LC-LEGAL", "法规科", "部门", "330302", "", "", "", "legal"]
TECH = ["LC-TECH", "教育技术中心", "部门", "330302", "县属", "", "", "tech、research"]
TEACHER = ["陈晓", "3303020001", "经办人", "13857712345", "ChenXiao", "", ""]
PRINCIPAL = ["林悦", "3303020001", "校长", "13857710001", "linyue", "", ""]
REVIEWER = ["王静", "LC-LEGAL", "审核人", "", "wangjing", "", ""]
GROUP = ["四年级家长群", "学校群", "3303020001", "wecom-webhook", "key-of-the-robot-1", ""]
PRODUCT = ["云阅读", "云阅读平台、云读", "示例科技", "教APP备3301234号", "应用", "已核验"]

T = TypeVar("T")
Rows = Sequence[Sequence[object]]


def write_book(path: Path, sheets: Mapping[str, Rows], titles: Mapping[str, Rows] = {}) -> Path:
    """Write a workbook; a sheet's header is the one of the design unless ``titles`` has another."""
    book = xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False})
    for name, rows in sheets.items():
        page = book.add_worksheet(name)
        header = titles.get(name, [COLUMNS.get(name, ())])
        for line, row in enumerate([*header, *rows]):
            page.write_row(line, 0, row)
    book.close()
    return path


@dataclass
class Desk:
    """Somebody with a workbook and a ledger."""

    ledger: Ledger
    folder: Path
    written: int = 0
    path: Path = field(default=Path())

    def takes(
        self,
        sheets: Mapping[str, Rows],
        *,
        at: datetime = FIRST,
        apply: bool = True,
        titles: Mapping[str, Rows] = {},
    ) -> ImportReport:
        """Write a workbook and import it."""
        self.written += 1
        self.path = write_book(self.folder / f"名册{self.written}.xlsx", sheets, titles)
        return import_file(self.path, self.ledger, TENANTS, apply=apply, now=at, zone=ZONE)

    def reasons(self, sheet: str, row: Sequence[object], *others: Sequence[object]) -> str:
        """Import one row (after ``others``) and return why it is refused."""
        units = [SCHOOL, LEGAL] if sheet != "单位" else []
        sheets: dict[str, Rows] = {"单位": units, sheet: [*others, row]}
        report = self.takes(sheets, apply=False)
        return "；".join(report.reasons()[sheet][len(others) + 2])

    def person(self, account: str, instance: str = "wecom") -> Person:
        """Return who has an account."""
        found = self.find(account, instance)
        assert found is not None
        return found

    def find(self, account: str, instance: str = "wecom") -> Person | None:
        """Return who has an account, if anybody."""
        return self.ask(lambda tx: tx.people.by_account(instance, account))

    def count(self, table: Table) -> int:
        """Return how many rows a table has."""
        counted = select(func.count()).select_from(table)
        return int(self.ask(lambda tx: tx.execute(counted).scalar_one()))

    def ask(self, work: Callable[[Transaction], T]) -> T:
        """Look into the ledger."""
        return self.ledger.call(work)


@pytest.fixture
def desk(ledger: Ledger, tmp_path: Path) -> Desk:  # noqa: F811
    return Desk(ledger, tmp_path)
