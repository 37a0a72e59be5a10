"""One workbook into the directory: judged sheet by sheet, written whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.roster import rows as r
from bot.roster.catalogue import take_products
from bot.roster.places import take_groups, take_units
from bot.roster.report import ImportReport, Tally
from bot.roster.sheets import COLUMNS, GROUPS, PEOPLE, PRODUCTS, UNITS, Sheet, open_sheet
from bot.roster.staff import take_people
from bot.roster.taking import Taking
from bot.roster.workbook import RawBook, RawSheet, UnusableFileError, read_workbook
from storage.directory import Directory
from storage.gaps import missing_posts
from storage.ledger import Ledger
from storage.transaction import Transaction

Progress = Callable[[int, int], None]


def unseen(_done: int, _total: int) -> None:
    """Show no progress."""


class _RehearsedError(Exception):
    """A dry run is over: everything it wrote is rolled back."""

    def __init__(self, report: ImportReport) -> None:
        super().__init__()
        self.report = report


@dataclass(slots=True, eq=False)
class _Steps:
    """Counts rows for whoever watches: each once when read, once when taken."""

    total: int
    show: Progress
    done: int = 0

    def __call__(self) -> None:
        self.reach(min(self.done + 1, self.total))

    def reach(self, done: int) -> None:
        """Show that ``done`` of all steps are behind us."""
        self.done = done
        self.show(done, self.total)


@dataclass(frozen=True, slots=True)
class _Parsed:
    sheets: Mapping[str, Sheet]
    units: list[r.UnitRow]
    people: list[r.PersonRow]
    groups: list[r.GroupRow]
    products: list[r.ProductRow]
    notes: list[str]


def import_file(
    path: Path,
    ledger: Ledger,
    tenants: Mapping[str, str],
    *,
    apply: bool,
    now: datetime,
    zone: ZoneInfo,
    progress: Progress = unseen,
) -> ImportReport:
    """Import a roster workbook, or say exactly what importing it would change.

    ``tenants`` maps the codes of the authorities to their names; ``now`` is the instant of the
    import, its date in ``zone`` the first day of new posts. A sheet with one wrong row is not
    taken at all, the other sheets are. The dry run does everything and rolls it back.

    Raises:
        UnusableFileError: the file cannot be read as a roster.
        LedgerError: the ledger cannot be written.

    Source: design 2.6; requirements A.9, R83.
    """
    book = read_workbook(path)
    steps = _Steps(
        2 * sum(len(book.sheets[name].rows) for name in COLUMNS if name in book.sheets), progress
    )
    parsed = _parse(book, tenants, steps)

    def work(tx: Transaction) -> ImportReport:
        report = _take(tx, path.name, book.digest, parsed, tenants, now, zone, steps)
        if not apply:
            raise _RehearsedError(report)
        report.applied = True
        return report

    try:
        return ledger.call(work)
    except _RehearsedError as rehearsal:
        return rehearsal.report


def _parse(book: RawBook, tenants: Mapping[str, str], steps: _Steps) -> _Parsed:
    known = [name for name in COLUMNS if name in book.sheets]
    if not known:
        raise UnusableFileError(f"工作簿里没有可以导入的表，应有：{'、'.join(COLUMNS)}。")
    strange = "、".join(name for name in book.sheets if name not in COLUMNS)
    notes = [f"不认识的表，没有读取：{strange}。"] if strange else []
    sheets = {name: open_sheet(book.sheets.get(name, RawSheet(name, (), ()))) for name in COLUMNS}
    empty = [name for name in known if not book.sheets[name].rows]
    notes.extend(f"“{name}”表没有内容，没有改动。" for name in empty)
    return _Parsed(
        sheets,
        r.read_rows(sheets[UNITS], lambda row: r.read_unit(row, tenants), steps),
        r.read_rows(sheets[PEOPLE], r.read_person, steps),
        r.read_rows(sheets[GROUPS], r.read_group, steps),
        r.read_rows(sheets[PRODUCTS], r.read_product, steps),
        notes,
    )


def _take(
    tx: Transaction,
    file: str,
    digest: str,
    parsed: _Parsed,
    tenants: Mapping[str, str],
    now: datetime,
    zone: ZoneInfo,
    steps: _Steps,
) -> ImportReport:
    # A lost race runs this again, so that nothing judged here may stick to what was parsed.
    sheets = {name: sheet.copy() for name, sheet in parsed.sheets.items()}
    steps.reach(steps.total // 2)
    day = now.astimezone(zone).date()
    taking = Taking(
        Directory(tx), tx.cipher, tenants, now, day, datetime.combine(day, time(), zone), steps
    )
    taking.directory.lock()
    tallies = [
        take_units(taking, sheets[UNITS], parsed.units),
        take_people(taking, sheets[PEOPLE], parsed.people),
        take_groups(taking, sheets[GROUPS], parsed.groups),
        take_products(taking, sheets[PRODUCTS], parsed.products),
    ]
    for tally in tallies:
        tally.wrong = len(sheets[tally.sheet].problems)
        tally.faults = tuple(sheets[tally.sheet].faults)
    _write_traces(tx, taking, digest, now)
    steps.reach(steps.total)
    notes = [*parsed.notes, *(note for sheet in sheets.values() for note in sheet.notes)]
    return ImportReport(
        file=file,
        digest=digest,
        applied=False,
        tallies=[tally for tally in tallies if _is_there(sheets[tally.sheet], tally)],
        notes=notes,
        gaps=missing_posts(tx, tenants, day),
        sheets=list(sheets.values()),
    )


def _is_there(sheet: Sheet, tally: Tally) -> bool:
    return bool(sheet.rows or tally.faults)


def _write_traces(tx: Transaction, taking: Taking, digest: str, now: datetime) -> None:
    """Leave one act per authority whose directory changed, with the file's digest."""
    for tenant, changes in sorted(taking.traces.items()):
        entry = tx.journal.begin(tenant=tenant, at=now, act="import", subject="roster")
        entry.images.append({"note": {"file_sha256": digest, **changes}})
