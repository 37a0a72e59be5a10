"""Whether what hands did is sound: handing on, correcting, handing over, urging, undoing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select

from storage import tables as t
from storage.rules.terms import Role, Stage, TaskState
from storage.transaction import Transaction

DESK_ROLES = (Role.REVIEWER.value, Role.HEAD.value, Role.DEPUTY.value)


def hands(tx: Transaction, now: datetime) -> Iterator[str]:
    """15. A task is in the hands of its desk, what was undone has given way, and of two filings
    that name each other one has ended and the other is what was signed."""
    tasks = {row.id: row for row in tx.execute(select(t.task))}
    filings = {row.id: row for row in tx.execute(select(t.filing))}
    posts = {
        (row.tenant, row.person_id)
        for row in tx.execute(select(t.post).where(t.post.c.role.in_(DESK_ROLES)))
    }
    for task in tasks.values():
        filing = filings.get(task.filing_id)
        if task.assignee is None or filing is None:
            continue
        if (task.tenant, task.assignee) not in posts:
            yield f"task {task.id} is with somebody who never worked a desk there"
        if task.assignee in (filing.owner_id, filing.principal_id):
            yield f"task {task.id} is with who filed it"
    for task_id in tx.execute(select(t.undone.c.task_id)).scalars():
        if tasks[task_id].state != TaskState.SUPERSEDED.value:
            yield f"task {task_id} was undone and stands all the same"
    handed = {row.filing_id: row for row in tx.execute(select(t.handover))}
    for row in handed.values():
        other = handed.get(row.other_id)
        here, there = filings.get(row.filing_id), filings.get(row.other_id)
        if other is None or other.other_id != row.filing_id or other.came == row.came:
            yield f"filing {row.filing_id} names {row.other_id}, which does not name it"
        elif here is not None and there is not None and here.signed_at != there.signed_at:
            yield f"filing {row.filing_id} was not signed as {row.other_id}"
    for filing in filings.values():
        went = filing.id in handed and not handed[filing.id].came
        if (filing.stage == Stage.HANDED_OVER.value) != went:
            yield f"filing {filing.id} is {filing.stage} and what it was handed to does not fit"
