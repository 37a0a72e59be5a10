"""A real ledger on each database, and the few rows that its tests stand on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import insert

from storage import tables as t
from storage.crypto import FieldCipher, KeyRing
from storage.ledger import Ledger
from storage.migrations import migrate
from storage.rules.workdays import Day
from storage.transaction import Transaction

NOW = datetime(2026, 3, 12, 2, 0, tzinfo=UTC)
TENANT = "330302"


class Weekdays:
    """A calendar where Monday to Friday are worked."""

    def day(self, on: date) -> Day:
        return Day(on.weekday() < 5, False)


@pytest.fixture
def cipher() -> FieldCipher:
    reports = KeyRing({"r1": b"r" * 32}, "r1", b"x" * 32)
    return FieldCipher(KeyRing({"k1": b"d" * 32}, "k1", b"i" * 32), sealed=reports)


@pytest.fixture
def open_ledger(database_url: str, cipher: FieldCipher) -> Iterator[Callable[..., Ledger]]:
    """Open ledgers on one migrated database; all are closed in the end."""
    migrate(database_url)
    opened: list[Ledger] = []

    def open_one(at: Callable[[str], None] = lambda _point: None) -> Ledger:
        opened.append(Ledger(database_url, cipher, Weekdays(), at).open())
        return opened[-1]

    yield open_one
    for ledger in opened:
        ledger.close()


@pytest.fixture
def ledger(open_ledger: Callable[..., Ledger]) -> Ledger:
    return open_ledger()


def add_person(tx: Transaction, person_id: str, *accounts: str, name: str = "王老师") -> None:
    """Write a person with WeCom accounts."""
    tx.execute(insert(t.person).values(id=person_id, name=name))
    for account in accounts:
        tx.execute(
            insert(t.account).values(
                instance="wecom", folded=account.lower(), address=account, person_id=person_id
            )
        )
