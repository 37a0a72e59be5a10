"""What ``beian check`` says of a file that is damaged, or not kept as the ledger keeps it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine

from storage.check import check, database
from storage.crypto import FieldCipher
from storage.ledger import Ledger
from tests.storage.conftest import NOW, Weekdays

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PAGE_BYTES = 4096


class Plain:
    """A transaction on the file as it lies there."""

    is_sqlite = True

    def __init__(self, connection: Connection) -> None:
        self.execute = connection.execute


def file_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def said(url: str) -> list[str]:
    """Ask the one question that is about the file itself."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = list(database(Plain(connection), NOW))  # type: ignore[arg-type]
    engine.dispose()
    return found


def tell(url: str, *sentences: str) -> None:
    connection = sqlite3.connect(file_of(url))
    for sentence in sentences:
        connection.execute(sentence)
    connection.commit()
    connection.close()


def spoil(url: str, table: str, change: Callable[[bytearray], None]) -> None:
    """Change the first page of a table behind the database's back."""
    tell(url, "PRAGMA wal_checkpoint(TRUNCATE)")
    connection = sqlite3.connect(file_of(url))
    found = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,))
    (root,) = found.fetchone()
    connection.close()
    with file_of(url).open("r+b") as file:
        file.seek((root - 1) * PAGE_BYTES)
        page = bytearray(file.read(PAGE_BYTES))
        change(page)
        file.seek((root - 1) * PAGE_BYTES)
        file.write(page)


def zeros(page: bytearray) -> None:
    """Leave nothing of a page."""
    page[:] = bytes(len(page))


def out_of_order(page: bytearray) -> None:
    """Turn the pointers of eight rows round."""
    pointers = [page[at : at + 2] for at in range(8, 24, 2)]
    page[8:24] = b"".join(reversed(pointers))


def test_a_file_as_the_ledger_keeps_it_is_sound(database_url: str) -> None:
    assert said(database_url) == []


def test_a_file_without_the_log_ahead_is_named(database_url: str) -> None:
    tell(database_url, "PRAGMA journal_mode = DELETE")
    assert said(database_url) == ["journal_mode is not WAL"]


def test_rows_that_lie_in_disorder_are_named_once(database_url: str) -> None:
    rows = ",".join(f"({at})" for at in range(8))
    tell(database_url, "CREATE TABLE odd (a)", f"INSERT INTO odd VALUES {rows}")
    spoil(database_url, "odd", out_of_order)
    assert said(database_url) == ["quick_check found damage"]


def test_rows_that_point_nowhere_are_counted(database_url: str) -> None:
    columns = "INSERT INTO account (instance, folded, address, person_id) VALUES "
    tell(database_url, columns + "('wecom', 'a', 'a', 'nobody'), ('wecom', 'b', 'b', 'nobody')")
    assert said(database_url) == ["2 row(s) of account point to no person"]


async def test_what_cannot_be_read_is_said_and_everything_else_is_asked(
    database_url: str, cipher: FieldCipher
) -> None:
    spoil(database_url, "product", zeros)
    spoil(database_url, "task", zeros)
    ledger = Ledger(database_url, cipher, Weekdays()).open()
    findings = await ledger.read(lambda tx: check(tx, NOW))
    ledger.close()
    assert "database: the rows cannot be read" in findings
    assert "tasks: the rows cannot be read" in findings
    assert not any(line.startswith("outcomes") for line in findings)
