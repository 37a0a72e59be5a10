"""The invariants of the ledger, as questions to a live database: what holds, and what does not.

Each check returns one line per finding, with ids and never a person's data. The numbers are those
of the promises in ``docs/architecture.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy.exc import DatabaseError, OperationalError

from storage.check.afterwards import changes, measures, stops
from storage.check.asking import asking, unfiled
from storage.check.books import Anchor, anchored, database, journal, outcomes, sealed
from storage.check.bulletins import bulletins
from storage.check.following import following
from storage.check.hands import hands
from storage.check.inspections import inspections
from storage.check.judging import appeals, proposals
from storage.check.naming import names
from storage.check.office import absences, assignees, borders, decisions, numbers, tasks, told
from storage.check.pilots import pilots
from storage.check.reports import reports
from storage.check.ruling import ruling
from storage.transaction import Transaction

__all__ = ["CHECKS", "Anchor", "anchored", "check", "database", "outcomes", "told_by"]


def check(tx: Transaction, now: datetime, anchors: Sequence[Anchor] = ()) -> list[str]:
    """Return everything that does not hold, one line each; an empty list is a sound ledger."""
    findings: list[str] = []
    asked = {name: question(tx, now) for name, question in CHECKS.items()}
    for name, lines in {**asked, "anchor": anchored(tx, anchors)}.items():
        findings.extend(told_by(name, lines))
    return findings


def told_by(name: str, lines: Iterator[str]) -> Iterator[str]:
    """Write the lines of one question under its name, or that its rows cannot be read."""
    try:
        for line in lines:
            yield f"{name}: {line}"
    except OperationalError:
        raise  # the database is away, which says nothing of what it holds
    except DatabaseError:
        yield f"{name}: the rows cannot be read"


CHECKS: Mapping[str, Callable[[Transaction, datetime], Iterator[str]]] = {
    "numbers": numbers,
    "tasks": tasks,
    "assignees": assignees,
    "absences": absences,
    "decisions": decisions,
    "appeals": appeals,
    "journal": journal,
    "announcements": told,
    "bulletins": bulletins,
    "borders": borders,
    "measures": measures,
    "changes": changes,
    "stops": stops,
    "proposals": proposals,
    "hands": hands,
    "outcomes": outcomes,
    "questions": asking,
    "unfiled": unfiled,
    "database": database,
    "sealed": sealed,
    "pilots": pilots,
    "followups": following,
    "reports": reports,
    "names": names,
    "rules": ruling,
    "inspections": inspections,
}
