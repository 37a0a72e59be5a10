"""Whether those who ask from outside were answered within what their platform takes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select

from storage import tables as t
from storage.transaction import Transaction


def asking(tx: Transaction, now: datetime) -> Iterator[str]:
    """7. No question was given more answers than it has places, and none twice."""
    rows = tx.execute(select(t.question.c.instance, t.question.c.places, t.question.c.taken))
    for row in rows:
        if len(row.taken) > row.places or len(set(row.taken)) < len(row.taken):
            yield f"{row.instance} was given {len(row.taken)} answers in {row.places} places"
