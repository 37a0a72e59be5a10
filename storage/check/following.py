"""Whether what follows registered filings is sound."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select

from storage import tables as t
from storage.rules.followup import FollowKind, FollowState
from storage.transaction import Transaction

SETTLED = (FollowState.DONE.value, FollowState.DECLINED.value)


def following(tx: Transaction, now: datetime) -> Iterator[str]:
    """14. What follows belongs to a filing with a number, and is settled by one person or by none;
    what only a desk settles is not settled by who filed it."""
    filings = {row.id: row for row in tx.execute(select(t.filing))}
    for row in tx.execute(select(t.followup)).all():
        filing = filings.get(row.filing_id)
        if filing is None or filing.number is None:
            yield f"followup {row.id} follows a filing without a number"
            continue
        is_settled = row.state in SETTLED
        if is_settled != (row.settled_at is not None) or is_settled != (row.settled_by is not None):
            yield f"followup {row.id} is {row.state} and who settled it does not fit that"
        by_school = row.kind in (FollowKind.CASE.value, FollowKind.TOPIC.value)
        if not by_school and row.settled_by in (filing.owner_id, filing.principal_id):
            yield f"followup {row.id} was settled by who filed it"
