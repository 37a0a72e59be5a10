"""The inbox: every event once. A second copy of an event finds its row and changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite

from storage import tables as t
from storage.session import Session


@dataclass(slots=True, eq=False)
class Inbox:
    """Takes events in."""

    _tx: Session

    def take_in(
        self, instance: str, key: str, kind: str, now: datetime, *, ignored: bool = False
    ) -> bool:
        """Write the event's row; False where it was there already."""
        written = self._tx.change(
            self._tx.statements.take_in,
            instance=instance,
            key=key,
            kind=kind,
            received_at=now,
            outcome="ignored" if ignored else "done",
        )
        return written == 1

    def keep_failed(
        self, instance: str, key: str, kind: str, now: datetime, trace: str, event: str
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
            )
            .on_conflict_do_nothing()
        )
        return result.rowcount == 1
