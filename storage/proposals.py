"""Proposals to stop a product everywhere, and how far that would reach."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from storage import tables as t
from storage.cases import Filing, Task
from storage.journal import Journal
from storage.people import Person
from storage.rules.facts import Facts
from storage.rules.terms import Role, Stage
from storage.session import Session


class Reach(NamedTuple):
    """Who uses a product now, by the filings that are in force."""

    schools: int
    students: int


@dataclass(slots=True, eq=False)
class Proposals:
    """Keeps proposals; stopping itself is another act, of the technology centre."""

    _tx: Session
    _journal: Journal

    def propose(
        self, task: Task, filing: Filing, *, reason: str, by: Person, now: datetime
    ) -> None:
        """Keep what a desk proposes with its opinion on ``task``, in the same transaction.

        Source: requirements R42, R87.
        """
        entry = self._journal.begin(
            tenant=task.tenant,
            at=now,
            act="propose_stop",
            subject=filing.id,
            person_id=by.id,
            role=Role.REVIEWER.value,
            clause=task.clause,
            rule_version=filing.rule_version,
        )
        entry.insert(
            t.stop_proposal,
            task_id=task.id,
            filing_id=filing.id,
            product_key=filing.product_key,
            person_id=by.id,
            reason=reason,
            at=now,
        )

    def is_proposed(self, product_key: str) -> bool:
        """Tell whether somebody proposed to stop a product."""
        proposed = select(t.stop_proposal.c.at).where(t.stop_proposal.c.product_key == product_key)
        return self._tx.execute(proposed.limit(1)).first() is not None

    def reach(self, product_key: str) -> Reach:
        """Count who uses a product in the whole city; nothing but the two sums leaves here."""
        rows = self._tx.execute(
            select(t.filing.c.tenant, t.filing.c.school, t.filing.c.facts).where(
                t.filing.c.product_key == product_key,
                t.filing.c.stage == Stage.REGISTERED.value,
            )
        ).all()
        students = [Facts.from_dict(row.facts["facts"]).students or 0 for row in rows]
        return Reach(len({(row.tenant, row.school) for row in rows}), sum(students))
