"""工作群通报: of which weeks and months an authority's groups were told, and what is nearly due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo

from sqlalchemy import and_, func, literal, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from storage import tables as t
from storage.rules.bulletins import Rhythm
from storage.rules.terms import Stage, TaskKind, TaskState
from storage.session import Session


@dataclass(slots=True, eq=False)
class Bulletins:
    """Closes weeks and months: each is told of at most once by an authority, whoever sweeps."""

    _tx: Session

    def closed(self, begun: Mapping[Rhythm, date]) -> set[tuple[str, Rhythm]]:
        """Return which authorities are done with the week and the month that have ``begun``."""
        b = t.bulletin.c
        these = [and_(b.rhythm == rhythm.value, b.begun == on) for rhythm, on in begun.items()]
        rows = self._tx.execute(select(b.tenant, b.rhythm).where(or_(*these)))
        return {(row.tenant, Rhythm(row.rhythm)) for row in rows}

    def close(self, tenant: str, rhythm: Rhythm, begun: date, now: datetime) -> bool:
        """Have a week or month told of; False where somebody else has."""
        insert = sqlite.insert if self._tx.is_sqlite else postgresql.insert
        written = self._tx.execute(
            insert(t.bulletin)
            .values(tenant=tenant, rhythm=rhythm.value, begun=begun, done_at=now)
            .on_conflict_do_nothing()
            .returning(t.bulletin.c.tenant)
        )
        return written.first() is not None

    def has_running(self, tenant: str) -> bool:
        """Tell whether an authority has any case that a department or its school has in hand."""
        task = t.task.c
        # One after the other, in the order of their indexes, which hold nothing but these.
        waiting = (
            select(task.id)
            .where(
                task.tenant == tenant,
                task.state == literal(state.value, literal_execute=True),
            )
            .order_by(task.due_on)
            .limit(1)
            for state in (TaskState.OPEN, TaskState.RETURNED)
        )
        return any(self._tx.execute(one).first() is not None for one in waiting)

    def near(self, tenant: str, today: date, upto: date, zone: tzinfo) -> int:
        """Return how many cases wait for a department whose limit comes by ``upto``.

        Each of its people was told: what came only today is left out.
        """
        task, filing = t.task.c, t.filing.c
        decides = filing.stage == Stage.AWAITING_DECISION.value
        counted = (
            select(func.count(task.filing_id.distinct()))
            .join_from(
                t.task,
                t.filing,
                and_(filing.tenant == task.tenant, filing.id == task.filing_id),
            )
            .where(
                task.tenant == tenant,
                task.state == literal(TaskState.OPEN.value, literal_execute=True),
                task.due_on >= today,
                task.due_on <= upto,
                task.opened_at < datetime.combine(today, time(), zone),
                or_(task.kind != TaskKind.DECISION.value, decides),
            )
        )
        return int(self._tx.execute(counted).scalar_one())
