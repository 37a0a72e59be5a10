"""Content reviews of the same product that may be taken over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import select

from storage import tables as t
from storage.cases import Filing, Task
from storage.rules.reuse import is_recent, same_version
from storage.rules.terms import Act, Desk, Kind, TaskKind, TaskState, clause
from storage.session import Session

FOUND_NOTHING: Final = "none_found"


class Earlier(NamedTuple):
    """A review that found nothing; ``case_no`` is that of the filing it was made for."""

    task_id: str
    case_no: str
    at: datetime


@dataclass(slots=True, eq=False)
class Reviews:
    """Finds earlier reviews."""

    _tx: Session

    def earlier(self, filing: Filing, task: Task, now: datetime) -> Earlier | None:
        """Return the review that ``task`` may take over: the same desk of the same authority found
        nothing in the same version of the same registered product, within ``reuse_months``.

        The newest one counts, so that what was found since is never passed over; one that was
        itself taken over proves nothing new.

        Source: requirements Q35.
        """
        if (
            task.kind is not TaskKind.CO_REVIEW
            or task.desk is not Desk.LEGAL
            or filing.kind is not Kind.APP
            or filing.product_key.startswith("name:")
        ):
            return None
        rows = self._tx.execute(
            select(
                t.task.c.id, t.filing.c.case_no, t.filing.c.answers, t.decision.c.findings,
                t.decision.c.at,
            )
            .join(
                t.task,
                (t.task.c.tenant == t.filing.c.tenant) & (t.task.c.filing_id == t.filing.c.id),
            )
            .join(
                t.decision,
                (t.decision.c.tenant == t.task.c.tenant) & (t.decision.c.task_id == t.task.c.id),
            )
            .where(
                t.filing.c.tenant == filing.tenant,
                t.filing.c.product_key == filing.product_key,
                t.filing.c.id != filing.id,
                t.task.c.desk == task.desk.value,
                t.task.c.kind == task.kind.value,
                t.task.c.state == TaskState.DECIDED.value,
                t.decision.c.act == Act.OPINE.value,
            )
            .order_by(t.decision.c.at.desc())
        )  # fmt: skip
        version = str(filing.answers.get("product_version") or "")
        for row in rows:
            if not same_version(version, str(row.answers.get("product_version") or "")):
                continue
            if row.findings.get("source"):
                continue
            day, today = filing.local(row.at).date(), filing.local(now).date()
            fits = is_recent(day, today, filing.office.reuse_months)
            if row.findings.get("verdict") != FOUND_NOTHING or not fits:
                return None
            if self._blamed_since(filing, row.at):
                return None
            return Earlier(row.id, row.case_no, row.at)
        return None

    def _blamed_since(self, filing: Filing, at: datetime) -> bool:
        """Tell whether a filing of the same product was halted over its content after ``at``."""
        f, measure = t.filing.c, t.measure.c
        found = (
            select(1)
            .select_from(t.measure)
            .join(t.filing, (f.tenant == measure.tenant) & (f.id == measure.filing_id))
            .where(
                f.tenant == filing.tenant,
                f.product_key == filing.product_key,
                measure.clause == clause("三（二）2"),
                measure.state != "dropped",
                measure.at > at,
            )
            .limit(1)
        )
        return self._tx.execute(found).first() is not None
