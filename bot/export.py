"""The register and the figures as a workbook: for the console, and behind links."""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from bot.calendar import PublishedCalendar
from bot.keys import load_keys
from bot.office import office_of
from bot.settings import Settings
from cards.printed import Table
from handlers.links import Links
from handlers.printed import everything
from storage.ledger import Ledger
from storage.migrations import must_be_current

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CELL_CHARS = 32_000
NARROW, WIDE = 12, 28


def draw(sheets: Sequence[Table]) -> bytes:
    """Return a workbook with one sheet for each table, every cell as text."""
    import xlsxwriter  # noqa: PLC0415  (a start does not wait for what is drawn now and then)

    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    bold = book.add_format({"bold": True})
    for sheet in sheets:
        page = book.add_worksheet(sheet.title)
        page.freeze_panes(1, 0)
        for at, title in enumerate(sheet.columns):
            longest = max((len(row[at]) for row in sheet.rows[:200]), default=0)
            page.set_column(at, at, WIDE if longest > NARROW else NARROW)
            page.write_string(0, at, title, bold)
        for line, row in enumerate(sheet.rows, start=1):
            for at, text in enumerate(row):
                # As a string, whatever it looks like: a title must never become a formula.
                page.write_string(line, at, text[:CELL_CHARS])
    book.close()
    return stream.getvalue()


def write(path: Path, content: bytes) -> None:
    """Put a whole file in its place, or leave what was there.

    Raises:
        OSError: it cannot be written.
    """
    fresh = path.with_name(f".{path.name}.part")
    descriptor = os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
        os.replace(fresh, path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise


def command(settings: Settings, path: Path) -> int:
    """Write register, figures and what is under way, of all authorities, into ``path``.

    Returns 0, or 2 where the file cannot be written.

    Raises:
        LedgerError: the ledger cannot be opened, or another version of the program wrote it.
    """
    must_be_current(settings.database.url)
    keys = load_keys(settings)
    office = office_of(settings, Links(settings.web.public_url, keys.links))
    cipher = keys.cipher(settings.keys.suite)
    ledger = Ledger(settings.database.url, cipher, PublishedCalendar()).open()
    now = datetime.now(UTC)
    try:
        # Beside the writer: a running bot does not wait for it.
        sheets = asyncio.run(ledger.read(lambda tx: everything(tx, office, now)))
    finally:
        ledger.close()
    try:
        write(path, draw(sheets))
    except OSError:
        click.echo(f"{path} 写不进去，请检查所在目录是否可写。", err=True)
        return 2
    counts = "，".join(f"{sheet.title}{len(sheet.rows)}行" for sheet in sheets)
    click.echo(f"已写出 {path}：{counts}。")
    return 0
