"""Whether what surrounds the decisions is sound: appeals, and proposals to stop a product."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select

from storage import tables as t
from storage.proposals import ADOPTED
from storage.rules.terms import Act, TaskKind, TaskState
from storage.stops import PROPOSED
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


def proposals(tx: Transaction, now: datetime) -> Iterator[str]:
    """12. A proposal to stop a product is answered once, by the stop it led to or by a person."""
    stops = {row.id: row for row in tx.execute(select(t.product_stop))}
    for row in tx.execute(select(t.stop_proposal)):
        stop = stops.get(row.stop_id or "")
        if len({row.answer is None, row.answered_by is None, row.answered_at is None}) > 1:
            yield f"proposal on task {row.task_id} is answered by nobody"
        if row.stop_id and (stop is None or stop.product_key != row.product_key):
            yield f"proposal on task {row.task_id} led to stop {row.stop_id} of something else"
        elif row.answer == ADOPTED and (stop is None or stop.confirmed_by is None):
            yield f"proposal on task {row.task_id} was adopted and nobody stopped anything"
        elif stop and row.answer is None and stop.state != PROPOSED:
            yield f"proposal on task {row.task_id} waits for stop {stop.id}, which is settled"
