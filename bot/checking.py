"""``beian check``: the settings, the ledger's invariants and the chains, one line per finding."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.anchor import read_heads
from bot.calendar import PublishedCalendar
from bot.keys import load_keys
from bot.quotas import quotas_of
from bot.ruling import impossible, overruled
from bot.settings import Settings
from storage.check import check, told_by
from storage.ledger import Ledger
from storage.migrations import must_be_current
from storage.transaction import Transaction


def run(settings: Settings) -> list[str]:
    """Return what does not hold, one line each.

    Raises:
        LedgerError: the ledger cannot be opened, or another version of the program wrote it.
    """
    must_be_current(settings.database.url)
    anchors = read_heads(Path(settings.ledger.anchor))
    now = datetime.now(UTC)
    today = now.astimezone(ZoneInfo(settings.office.timezone)).date()
    return _ask(
        settings,
        lambda tx: [
            *check(tx, now, anchors),
            *told_by("settings", impossible(settings, tx, today)),
        ],
    )


def warnings(settings: Settings) -> list[str]:
    """Return what holds still and soon will not, and what the settings say in vain: a platform's
    month that is nearly used up, a rule that was changed in the chat.

    These are no findings: nothing is wrong with the ledger, and a script that stops at a broken
    one must not stop at them. Raises like ``run``.
    """
    quotas = quotas_of(settings.sections, ZoneInfo(settings.office.timezone))

    def look(tx: Transaction) -> list[str]:
        month = quotas.warnings(tx, datetime.now(UTC)) if quotas.metered else ()
        return [*told_by("提醒", iter(month)), *told_by("提醒", overruled(settings, tx))]

    return _ask(settings, look)


def _ask(settings: Settings, question: Callable[[Transaction], list[str]]) -> list[str]:
    cipher = load_keys(settings).cipher(settings.keys.suite)
    ledger = Ledger(settings.database.url, cipher, PublishedCalendar()).open()
    try:
        # Beside the writer: a running bot does not wait until everything was asked.
        return asyncio.run(ledger.read(question))
    finally:
        ledger.close()
