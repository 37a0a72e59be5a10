"""The inbox: every event once. A second copy of an event finds its row and changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite

from storage import tables as t
from storage.session import Session


@dataclass(slots=True, eq=False)
class Inbox:
    """Takes events in."""

    _tx: Session

    def take_in(
        self,
        instance: str,
        key: str,
        kind: str,
        now: datetime,
        *,
        ignored: bool = False,
        units: int = 0,
    ) -> bool:
        """Write the event's row; False where it was there already.

        ``units`` is what its coming cost of the platform's month.
        """
        written = self._tx.change(
            self._tx.statements.take_in,
            instance=instance,
            key=key,
            kind=kind,
            received_at=now,
            outcome="ignored" if ignored else "done",
            about=self._tx.about,
            units=units,
        )
        return written == 1

    def came_again(self, instance: str, key: str, units: int) -> None:
        """Add what a repeat of an event cost."""
        self._tx.execute(
            update(t.inbox)
            .where(t.inbox.c.instance == instance, t.inbox.c.key == key)
            .values(units=t.inbox.c.units + units)
        )

    def turned_out(self, instance: str, key: str) -> None:
        """Note what an event was about, where that was found out after its row was written."""
        self._tx.execute(
            update(t.inbox)
            .where(t.inbox.c.instance == instance, t.inbox.c.key == key)
            .values(about=self._tx.about)
        )

    def keep_failed(
        self,
        instance: str,
        key: str,
        kind: str,
        now: datetime,
        trace: str,
        event: str,
        *,
        units: int = 0,
    ) -> bool:
        """Keep an event whose handler failed, with its trace, for a later replay.

        ``event`` is sealed, for it holds what a person wrote. False where a row was there.
        """
        insert = sqlite.insert if self._tx.is_sqlite else postgresql.insert
        result = self._tx.execute(
            insert(t.inbox)
            .values(
                instance=instance,
                key=key,
                kind=kind,
                received_at=now,
                outcome="failed",
                trace=trace,
                event=self._tx.cipher.seal(event, "inbox.event"),
                units=units,
            )
            .on_conflict_do_nothing()
            # Of an insert PostgreSQL's driver does not tell how many rows it wrote.
            .returning(t.inbox.c.key)
        )
        return result.first() is not None
