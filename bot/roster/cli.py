"""The body of ``beian import``: reads, says what would change, and writes when told to."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from bot.calendar import PublishedCalendar
from bot.keys import load_keys
from bot.roster.importing import Progress, import_file
from bot.roster.report import ImportReport, problems_path, write_problems
from bot.roster.workbook import UnusableFileError
from bot.settings import Settings, SettingsError
from storage.engine import LedgerError
from storage.ledger import Ledger, LedgerUnavailableError
from storage.migrations import migrate

REASONS_SHOWN = 10


def command(settings: Settings, path: Path, apply: bool) -> int:
    """Import ``path`` into the ledger of ``settings`` and print what came of it.

    Returns 0 where every sheet was taken (or would be), 1 where rows were refused, 2 where the
    file or the ledger cannot be used at all.
    """
    tenants = {code: f"{one.name}{one.title}" for code, one in settings.tenants.items()}
    try:
        migrate(settings.database.url)
        cipher = load_keys(settings).cipher(settings.keys.suite)
        ledger = Ledger(settings.database.url, cipher, PublishedCalendar()).open()
    except (LedgerError, SettingsError) as error:
        click.echo(str(error), err=True)
        return 2
    try:
        with click.progressbar(length=1, label="读取名册", width=32) as bar:

            def show(done: int, total: int) -> None:
                bar.length = total
                bar.update(done - bar.pos)

            report = import_file(
                path,
                ledger,
                tenants,
                apply=apply,
                now=datetime.now(UTC),
                zone=ZoneInfo(settings.office.timezone),
                progress=paced(show),
            )
    except (UnusableFileError, LedgerUnavailableError) as error:
        click.echo(str(error), err=True)
        return 2
    finally:
        ledger.close()
    for line in report.lines(tenants):
        click.echo(line)
    if report.is_clean:
        return 0
    _give_back(path, report)
    return 1


def paced(show: Progress, every: int = 50) -> Progress:
    """Return ``show``, called for every so many rows and for the last: a terminal is slow."""

    def sometimes(done: int, total: int) -> None:
        if done % every == 0 or done == total:
            show(done, total)

    return sometimes


def _give_back(path: Path, report: ImportReport) -> None:
    """Write the refused rows beside the file, and the first reasons to the terminal."""
    for sheet, rows in report.reasons().items():
        for number, reasons in sorted(rows.items())[:REASONS_SHOWN]:
            click.echo(f"  {sheet} 第 {number} 行：{'；'.join(reasons)}")
    if not report.reasons():
        return
    target = problems_path(path)
    try:
        write_problems(target, report.sheets)
    except OSError:
        click.echo(f"{target.name} 写不进去，请检查所在目录是否可写。", err=True)
        return
    click.echo(f"有问题的行和原因写在 {target.name}，改好后请重新导入。")
