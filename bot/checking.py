"""``beian check``: the settings, the ledger's invariants and the chains, one line per finding."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from bot.anchor import read_heads
from bot.calendar import PublishedCalendar
from bot.keys import load_keys
from bot.settings import Settings
from storage.check import check
from storage.crypto import FieldCipher
from storage.ledger import Ledger
from storage.migrations import must_be_current


def run(settings: Settings) -> list[str]:
    """Return what does not hold, one line each.

    Raises:
        LedgerError: the ledger cannot be opened, or another version of the program wrote it.
    """
    must_be_current(settings.database.url)
    cipher = FieldCipher(load_keys(settings).data, settings.keys.suite)
    ledger = Ledger(settings.database.url, cipher, PublishedCalendar()).open()
    try:
        anchors = read_heads(Path(settings.ledger.anchor))
        # Beside the writer: a running bot does not wait until everything was asked.
        return asyncio.run(ledger.read(lambda tx: check(tx, datetime.now(UTC), anchors)))
    finally:
        ledger.close()
