"""Whether those who ask from outside were answered within what their platform takes, and whether
nothing of them is kept longer or for fewer than promised."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select

from storage import tables as t
from storage.transaction import Transaction
from storage.unfiled import FLOOR


def asking(tx: Transaction, now: datetime) -> Iterator[str]:
    """7. No question was given more answers than it has places, and none twice."""
    rows = tx.execute(select(t.question.c.instance, t.question.c.places, t.question.c.taken))
    for row in rows:
        if len(row.taken) > row.places or len(set(row.taken)) < len(row.taken):
            yield f"{row.instance} was given {len(row.taken)} answers in {row.places} places"


def unfiled(tx: Transaction, now: datetime) -> Iterator[str]:
    """17. What was asked for is written only where enough asked, and no hash outlives its week."""
    name, trace, week = t.asked_name.c, t.asked_trace.c, t.asked_week.c
    few = select(name.tenant, name.begun).where(name.askers < FLOOR)
    for row in tx.execute(few):
        yield f"{row.tenant} lists a name of {row.begun} that fewer than {FLOOR} asked for"
    open_ = select(1).where(week.tenant == trace.tenant, week.begun == trace.begun)
    left = select(trace.tenant, trace.begun).where(~open_.exists()).distinct()
    for row in tx.execute(left):
        yield f"{row.tenant} keeps hashes of {row.begun} whose week is closed"
