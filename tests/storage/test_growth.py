"""The sender looks only at what waits, however much was sent before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from storage.crypto import FieldCipher
from storage.ledger import Ledger
from storage.prepared import Prepared
from storage.statements import Statements
from storage.transaction import Transaction
from tests.pattern import migrated
from tests.storage.conftest import NOW, Weekdays

DUE = "ix_outbox_due"


def plan(tx: Transaction, statement: Prepared, **values: object) -> list[str]:
    """Return what SQLite says it will do."""
    sql = f"EXPLAIN QUERY PLAN {statement.sql}"
    rows = tx._cursor.execute(sql, statement.encode(dict(values))).fetchall()
    return [str(row[3]) for row in rows]


def claiming(tx: Transaction, statements: Statements) -> list[str]:
    return plan(tx, statements.claim, holder="a", now=NOW, lease_until=NOW, most=64)


def looking_ahead(tx: Transaction, statements: Statements) -> list[str]:
    return plan(tx, statements.next_due, after=NOW)


def counting(tx: Transaction, statements: Statements) -> list[str]:
    return plan(tx, statements.waiting)


@pytest.mark.parametrize("look", [claiming, looking_ahead, counting])
def test_the_sender_looks_at_nothing_but_what_waits(
    tmp_path: Path,
    cipher: FieldCipher,
    look: Callable[[Transaction, Statements], list[str]],
) -> None:
    url = f"sqlite:///{tmp_path}/beian.db"
    migrated(url)
    ledger = Ledger(url, cipher, Weekdays()).open()
    try:
        steps = ledger.call(lambda tx: look(tx, tx.statements))
    finally:
        ledger.close()
    assert any(DUE in step for step in steps)
    assert not any(step.startswith("SCAN") and DUE not in step for step in steps)
