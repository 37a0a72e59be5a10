"""Whether groups were told the numbers of a week or a month as was settled for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select

from storage import tables as t
from storage.transaction import Transaction

PREFIX = "bulletin:"


def bulletins(tx: Transaction, now: datetime) -> Iterator[str]:
    """5. Each group hears of a week or a month once, of one that its authority is done with."""
    closed = {
        (row.tenant, row.rhythm, row.begun.isoformat()) for row in tx.execute(select(t.bulletin))
    }
    row = t.outbox.c
    told = tx.execute(
        select(row.seq, row.once, row.group_id, t.chat_group.c.tenant)
        .join_from(t.outbox, t.chat_group, t.chat_group.c.id == row.group_id)
        .where(row.once.like(f"{PREFIX}%"))
        .order_by(row.seq)
    )
    seen: set[tuple[str, str, str]] = set()
    for one in told:
        named = one.once.removeprefix(PREFIX).split(":")[:-1]
        for rhythm, begun in zip(named[::2], named[1::2], strict=True):
            if (one.tenant, rhythm, begun) not in closed:
                yield f"outbox {one.seq} tells of a {rhythm} that {one.tenant} is not done with"
            if (one.group_id, rhythm, begun) in seen:
                yield f"group {one.group_id} is told of the {rhythm} of {begun} twice"
            seen.add((one.group_id, rhythm, begun))
