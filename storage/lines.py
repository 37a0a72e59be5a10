"""Lines: which process holds each long connection to a platform, and until when.

Time is the database's own here: clocks of several machines differ, and the demo's is moved.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, cast, delete, extract, func, or_
from sqlalchemy.dialects import postgresql, sqlite

from storage import tables as t
from storage.session import Session


@dataclass(slots=True, eq=False)
class Lines:
    """Takes and gives up leases on lines."""

    _tx: Session

    def take(self, name: str, holder: str, lease_seconds: float) -> bool:
        """Take a line that nobody holds any more, or keep one's own; False where another has it."""
        insert: Any = sqlite.insert if self._tx.is_sqlite else postgresql.insert
        now = self._now_ms()
        row = insert(t.held_line).values(
            name=name, holder=holder, until_ms=now + round(lease_seconds * 1000)
        )
        taken = self._tx.execute(
            row.on_conflict_do_update(
                index_elements=["name"],
                set_={"holder": row.excluded.holder, "until_ms": row.excluded.until_ms},
                where=or_(t.held_line.c.holder == holder, t.held_line.c.until_ms <= now),
            ).returning(t.held_line.c.holder)
        )
        return taken.first() is not None

    def give_up(self, name: str, holder: str) -> None:
        """Let the next process have the line at once, if it is one's own."""
        self._tx.execute(
            delete(t.held_line).where(t.held_line.c.name == name, t.held_line.c.holder == holder)
        )

    def _now_ms(self) -> ColumnElement[int]:
        # Not the beginning of the transaction: it may have waited for another's row.
        seconds = (
            func.unixepoch("subsec")
            if self._tx.is_sqlite
            else extract("epoch", func.clock_timestamp())
        )
        return cast(seconds * 1000, BigInteger)
