"""What is held for somebody's digest: put out in quiet hours, told together in the morning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, literal_column, select, update

from storage import tables as t
from storage.claiming import PUT_OFF
from storage.outbox import Errand
from storage.session import Session

IN_DIGEST: Final = "told in the digest"
# Word for word the condition of ix_outbox_held and ix_outbox_held_for.
_HELD: Final[tuple[ColumnElement[bool], ...]] = (
    literal_column("outbox.for_digest"),
    t.outbox.c.state == literal_column("'pending'"),
)


class Held(NamedTuple):
    """Something that waits for a digest."""

    seq: int
    body: Mapping[str, Any]
    subject: str
    courtesy: bool


@dataclass(slots=True, eq=False)
class Holding:
    """Finds what is held, lets it go or ends it."""

    _tx: Session

    def people(self, now: datetime, most: int) -> list[str]:
        """Return people for whom something is held whose morning has come."""
        row = t.outbox.c
        rows = self._tx.execute(
            select(row.person_id).where(*_HELD, row.not_before <= now).distinct().limit(most)
        )
        return [person_id for person_id in rows.scalars() if person_id]

    def of(self, person_id: str, now: datetime) -> list[Held]:
        """Return what is held for somebody's digest of now, the oldest first; others wait."""
        row = t.outbox.c
        rows = self._tx.execute(
            select(row.seq, row.body, row.subject, row.courtesy)
            .where(*_HELD, row.not_before <= now, row.person_id == person_id)
            .order_by(row.seq)
            .with_for_update()
        )
        return [Held(row.seq, row.body, row.subject, row.courtesy) for row in rows]

    def let_go(self, seq: int) -> None:
        """Let a held row leave as it is."""
        self._tx.execute(update(t.outbox).where(t.outbox.c.seq == seq).values(for_digest=False))
        self._tx.put_out = True

    def put_off(self, errand: Errand, *, holder: str, until: datetime) -> None:
        """Let a leased row that was put out by day wait for its hours; it was not tried."""
        row = t.outbox.c
        self._tx.execute(
            update(t.outbox)
            .where(row.seq == errand.seq, row.state == "leased", row.holder == holder)
            .values(
                state="pending",
                holder=PUT_OFF,
                not_before=until,
                attempts=errand.attempts - 1,
                lease_until=None,
            )
        )

    def told_in_digest(self, seqs: Sequence[int], now: datetime) -> None:
        """End held rows that a digest tells of."""
        self._tx.execute(
            update(t.outbox)
            .where(t.outbox.c.seq.in_(seqs), *_HELD)
            .values(state="dropped", note=IN_DIGEST, settled_at=now)
        )

    def body_of(self, seq: int, person_id: str) -> Mapping[str, Any] | None:
        """Return what was to be told somebody, by the number of its row."""
        row = t.outbox.c
        return self._tx.execute(
            select(row.body).where(row.seq == seq, row.person_id == person_id)
        ).scalar_one_or_none()
