"""Whether what surrounds the decisions is sound: appeals and what was heard on them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select

from storage import tables as t
from storage.rules.terms import Act, TaskKind, TaskState
from storage.transaction import Transaction


def appeals(tx: Transaction, now: datetime) -> Iterator[str]:
    """3. An appeal is about a rejection, which gave way to a decision by somebody else."""
    for asked in tx.execute(select(t.appeal)).all():
        rows = tx.execute(
            select(t.task.c.id, t.task.c.state, t.decision.c.act, t.decision.c.person_id)
            .outerjoin(
                t.decision,
                (t.decision.c.tenant == t.task.c.tenant) & (t.decision.c.task_id == t.task.c.id),
            )
            .where(
                t.task.c.tenant == asked.tenant,
                t.task.c.filing_id == asked.filing_id,
                t.task.c.part == asked.part,
                t.task.c.kind == TaskKind.DECISION.value,
            )
        ).all()
        first = next((row for row in rows if row.id == asked.task_id), None)
        if first is None or first.act != Act.REJECT.value:
            yield f"appeal of filing {asked.filing_id} is about no rejection"
            continue
        if first.state != TaskState.SUPERSEDED.value:
            yield f"task {first.id} stands although it was appealed against"
        for row in rows:
            if row.id != first.id and row.person_id == first.person_id and row.act is not None:
                yield f"task {row.id} was decided on appeal by who had rejected it"
