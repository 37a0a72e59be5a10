"""What every book is given: the statements of one open transaction, and the keys of fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, CursorResult, Executable

from storage.crypto import FieldCipher
from storage.prepared import Prepared
from storage.statements import Statements

OF_REPORT = "report:"
"""Before what goes out sealed with the key of reports."""


class Session:
    """Runs statements in a transaction that somebody else opened and will commit.

    ``cursor`` is the driver's, of that very ``connection``.
    """

    def __init__(
        self,
        connection: Connection,
        cursor: Any,
        statements: Statements,
        cipher: FieldCipher,
        installation: str,
    ) -> None:
        self.statements = statements
        self.cipher = cipher
        self.installation = installation
        self.put_out = False
        # The filing in hand, or before there is one its draft: what is put out is about it.
        self.about: str | None = None
        self.is_sqlite = statements.is_sqlite
        self._connection = connection
        self._cursor = cursor

    def hot(self, statement: Prepared, **values: Any) -> list[tuple[Any, ...]]:
        """Run a compiled statement of the walk and return its rows."""
        self._cursor.execute(statement.sql, statement.encode(values))
        if self._cursor.description is None:
            return []
        return [statement.decode(row) for row in self._cursor.fetchall()]

    def change(self, statement: Prepared, **values: Any) -> int:
        """Run a compiled statement that writes; return how many rows it wrote."""
        self._cursor.execute(statement.sql, statement.encode(values))
        written: int = self._cursor.rowcount
        return written

    def add(self, statement: Prepared, **values: Any) -> int | None:
        """Run a compiled insert; return the number its row was given, None where it wrote none."""
        self._cursor.execute(statement.sql, statement.encode(values))
        if self.is_sqlite:
            # Without RETURNING, for which SQLite keeps the row in a table of its own.
            return self._cursor.lastrowid if self._cursor.rowcount == 1 else None
        row = self._cursor.fetchone()
        return row[0] if row else None

    def execute(
        self, statement: Executable, values: Mapping[str, Any] | list[dict[str, Any]] | None = None
    ) -> CursorResult[Any]:
        """Run any Core statement."""
        return self._connection.execute(statement, values)
