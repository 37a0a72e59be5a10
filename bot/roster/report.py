"""What an import would change or has changed, in plain Chinese lines, and the rows it refused."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import xlsxwriter

from bot.roster.sheets import COLUMNS, Sheet
from storage.gaps import Gap, Want, desks_of
from storage.rules.terms import Desk

SHOWN = 20
REASON = "原因"
LINE = "原行号"


@dataclass(slots=True, eq=False)
class Tally:
    """The counts of one sheet. ``lines`` say what changes, one line each."""

    sheet: str
    rows: int = 0
    new: int = 0
    changed: int = 0
    ended: int = 0
    wrong: int = 0
    faults: tuple[str, ...] = ()
    lines: list[str] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        """Say whether the sheet was taken (or would be)."""
        return not self.wrong and not self.faults


@dataclass(slots=True, eq=False)
class ImportReport:
    """What came of one workbook. ``applied`` is false for a dry run; ``sheets`` hold the reasons.

    ``gaps`` is what the authorities still have to name after this import (R83).
    """

    file: str
    digest: str
    applied: bool
    tallies: list[Tally]
    notes: list[str]
    gaps: list[Gap]
    sheets: list[Sheet]

    @property
    def is_clean(self) -> bool:
        """Say whether every sheet was taken (or would be)."""
        return all(tally.is_sound for tally in self.tallies)

    def tally(self, sheet: str) -> Tally:
        """Return the counts of one sheet.

        Raises:
            KeyError: the workbook has no such sheet.
        """
        for tally in self.tallies:
            if tally.sheet == sheet:
                return tally
        raise KeyError(sheet)

    def reasons(self) -> dict[str, dict[int, list[str]]]:
        """Return the reasons by sheet and row number."""
        return {sheet.name: dict(sheet.problems) for sheet in self.sheets if sheet.problems}

    def lines(self, tenants: Mapping[str, str]) -> list[str]:
        """Return the whole report as lines for a terminal; ``tenants`` names the authorities."""
        done = "已导入" if self.applied else "试算，尚未写入"
        found = [f"{self.file}（{done}）"]
        for tally in self.tallies:
            found.extend(_tally_lines(tally, self.applied))
        found.extend(self.notes)
        if self.gaps:
            found.append("以下岗位尚未明确（温教办技〔2022〕65号四，部门、责任人、代办人）：")
            found.extend(f"  {line}" for line in gap_lines(self.gaps, tenants))
        if not self.applied and any(tally.is_sound for tally in self.tallies):
            found.append("确认无误后，加 --apply 正式导入。")
        return found


def _tally_lines(tally: Tally, applied: bool) -> list[str]:
    head = f"{tally.sheet}：共 {tally.rows} 行"
    if tally.faults:
        return [f"{head}，整表未导入：{'；'.join(tally.faults)}。"]
    if tally.wrong:
        return [f"{head}，{tally.wrong} 行有问题，整表{'未导入' if applied else '暂不能导入'}。"]
    verb = "" if applied else "将"
    counts = f"{verb}新增 {tally.new}，{verb}变更 {tally.changed}，{verb}停止 {tally.ended}"
    shown = [f"  {line}" for line in tally.lines[:SHOWN]]
    if len(tally.lines) > SHOWN:
        shown.append(f"  共 {len(tally.lines)} 项，以上为前 {SHOWN} 项。")
    return [f"{head}，{counts}。", *shown]


def gap_lines(gaps: Sequence[Gap], tenants: Mapping[str, str]) -> list[str]:
    """Return what each authority still has to name, one line per authority."""
    by_tenant: dict[str, dict[Want, list[Desk]]] = {}
    for gap in gaps:
        by_tenant.setdefault(gap.tenant, {}).setdefault(gap.what, []).append(gap.desk)
    found = []
    for tenant, wants in by_tenant.items():
        name = tenants.get(tenant, tenant)
        if len(wants.get(Want.DEPARTMENT, ())) == len(desks_of(tenant)):
            found.append(f"{name}：各责任部门均未设置")
            continue
        said = "；".join(
            f"缺{want.label}：{'、'.join(desk.label for desk in wants[want])}"
            for want in Want
            if want in wants
        )
        found.append(f"{name}，{said}")
    return found


def problems_path(path: Path) -> Path:
    """Return where the refused rows of a workbook are written."""
    return path.with_name(f"{path.stem}-问题.xlsx")


def write_problems(path: Path, sheets: Sequence[Sheet]) -> None:
    """Write the refused rows with the reason beside each, every cell as text.

    The file holds what the operator typed, phone numbers too: only its owner may read it.

    Raises:
        OSError: it cannot be written.
    """
    fresh = path.with_name(f".{path.name}.part")
    descriptor = os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_RDWR, 0o600)
    try:
        with os.fdopen(descriptor, "w+b") as stream:
            book = xlsxwriter.Workbook(stream)
            for sheet in sheets:
                if sheet.problems:
                    _write_sheet(book, sheet)
            book.close()
        os.replace(fresh, path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise


def _write_sheet(book: xlsxwriter.Workbook, sheet: Sheet) -> None:
    page = book.add_worksheet(sheet.name)
    bold = book.add_format({"bold": True})
    wrong = book.add_format({"font_color": "#a61d24", "text_wrap": True})
    columns = COLUMNS[sheet.name]
    titles = (*columns, REASON, LINE)
    for at, title in enumerate(titles):
        page.write_string(0, at, title, bold)
    page.set_column(0, len(columns) - 1, 18)
    page.set_column(len(columns), len(columns), 60)
    page.freeze_panes(1, 0)
    line = 0
    for row in sheet.rows:
        if row.number not in sheet.problems:
            continue
        line += 1
        for at, column in enumerate(columns):
            # As a string, whatever it looks like: a cell must never come back as a formula.
            page.write_string(line, at, row[column][:32_000])
        page.write_string(line, len(columns), "；".join(sheet.problems[row.number]), wrong)
        page.write_string(line, len(columns) + 1, str(row.number))
