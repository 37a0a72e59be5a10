"""``beian calendar FILE``: the year's notice of holidays from a file, for every authority."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from bot.calendar import PublishedCalendar
from bot.keys import load_keys
from bot.plain import text_of
from bot.settings import Settings
from cards.workdays import spans_text
from storage.ledger import Ledger
from storage.migrations import must_be_current
from storage.rules.holidays import Arrangement, read_notice
from storage.rules.terms import RuleViolationError
from storage.transaction import Transaction

WRONG = "读不出 {path}：请把国务院办公厅通知的全文另存为文本文件（.txt）或 Word（.docx）。"


def command(settings: Settings, path: Path, apply: bool) -> int:
    """Say what a notice would change, or with ``apply`` take it over; return the exit code.

    A running bot counts the open limits anew within the minute.

    Raises:
        LedgerError: the ledger cannot be opened, or another version of the program wrote it.
    """
    try:
        found = read_notice(text_of(path.read_bytes()))
    except (OSError, ValueError):
        click.echo(WRONG.format(path=path), err=True)
        return 2
    except RuleViolationError as wrong:
        click.echo(str(wrong), err=True)
        return 2
    must_be_current(settings.database.url)
    cipher = load_keys(settings).cipher(settings.keys.suite)
    ledger = Ledger(settings.database.url, cipher, PublishedCalendar()).open()
    try:
        changed = ledger.call(lambda tx: _take(tx, found, apply))
    finally:
        ledger.close()
    click.echo(f"{found.year}年：放假{len(found.rest)}天（{spans_text(found.rest)}），"
               f"调休上班{len(found.worked)}天。")  # fmt: skip
    if changed is None:
        click.echo("与现有记载相同，不需要导入。")
    elif apply:
        click.echo(f"已导入，{changed}天与原来不同；在办时限由运行中的助手重新计算。")
    else:
        click.echo(f"{changed}天与原来不同。确认无误后加 --apply 导入。")
    return 0


def _take(tx: Transaction, found: Arrangement, apply: bool) -> int | None:
    """Return how many days are worked otherwise than was thought; None where nothing is new."""
    changes = tx.calendar.changes(found.days)
    if not changes:
        return None
    if apply:
        source = f"{found.year}年节假日安排（文件导入）"
        tx.calendar.load(found.days, source=source, person_id="", now=datetime.now(UTC))
    return sum(was.is_workday != is_now for _, was, is_now in changes)
