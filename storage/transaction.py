"""One open transaction, and the books that are read and written in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, CursorResult, Executable

from storage.calendar import LoadedCalendar
from storage.crypto import FieldCipher
from storage.drafts import Drafts
from storage.filings import Filings
from storage.inbox import Inbox
from storage.journal import Journal
from storage.outbox import Outbox
from storage.people import People
from storage.products import Products
from storage.rules.workdays import Calendar
from storage.seating import Seating
from storage.statements import Prepared, Statements
from storage.tasks import Tasks
from storage.tokens import Tokens


class Transaction:
    """What a handler knows as the ledger: the books of one transaction.

    Nothing here waits for anything but the database. Who opened the transaction commits it.
    """

    def __init__(
        self,
        connection: Connection,
        statements: Statements,
        cipher: FieldCipher,
        installation: str,
        published: Calendar,
    ) -> None:
        self.statements = statements
        self.cipher = cipher
        self.installation = installation
        self.put_out = False
        self._published = published
        self.is_sqlite = connection.dialect.name == "sqlite"
        self._connection = connection
        self._cursor: Any = connection.connection.cursor()
        # The books of every step; the others are opened when they are asked for.
        self.inbox = Inbox(self)
        self.outbox = Outbox(self)
        self.people = People(self)
        self.drafts = Drafts(self)

    def hot(self, statement: Prepared, **values: Any) -> list[tuple[Any, ...]]:
        """Run a compiled statement of the walk and return its rows."""
        self._cursor.execute(statement.sql, statement.encode(values))
        if self._cursor.description is None:
            return []
        return [statement.decode(row) for row in self._cursor.fetchall()]

    def hot_many(self, statement: Prepared, rows: Iterable[dict[str, Any]]) -> None:
        """Run a compiled statement of the walk once for each of ``rows``, at one go."""
        self._cursor.executemany(statement.sql, [statement.encode(row) for row in rows])

    def execute(
        self, statement: Executable, values: Mapping[str, Any] | list[dict[str, Any]] | None = None
    ) -> CursorResult[Any]:
        """Run any Core statement."""
        return self._connection.execute(statement, values)

    def mark(self) -> None:
        """Mark this point, so that what follows can be undone alone."""
        self._cursor.execute("SAVEPOINT handler")

    def undo(self) -> None:
        """Undo everything since ``mark``: rows, acts and what was put out."""
        self._cursor.execute("ROLLBACK TO SAVEPOINT handler")
        self.journal.entries.clear()

    def finish(self) -> None:
        """Seal the journal. The ledger calls this last, just before it commits."""
        if "journal" in self.__dict__:
            self.journal.seal()

    @cached_property
    def calendar(self) -> Calendar:
        """Which days are worked: the office's own, else the published ones."""
        return LoadedCalendar(self, self._published)

    @cached_property
    def journal(self) -> Journal:
        """What was done, by whom, on which clause."""
        return Journal(self)

    @cached_property
    def products(self) -> Products:
        """The register of products."""
        return Products(self)

    @cached_property
    def filings(self) -> Filings:
        """The filings and what belongs to them."""
        return Filings(self)

    @cached_property
    def tasks(self) -> Tasks:
        """The departments' tasks and decisions."""
        return Tasks(self)

    @cached_property
    def seating(self) -> Seating:
        """Which desks are asked, as the route says."""
        return Seating(self)

    @cached_property
    def tokens(self) -> Tokens:
        """The platforms' access tokens."""
        return Tokens(self)
