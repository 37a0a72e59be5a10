"""Whether what becomes of registered filings is sound: measures, changes, stops of products."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select

from storage import tables as t
from storage.rules.terms import Stage
from storage.rules.workflow import NUMBERED, TERMINAL
from storage.transaction import Transaction

SUSPENDED, REVOKED = Stage.SUSPENDED.value, Stage.REVOKED.value
ENDED = [stage.value for stage in TERMINAL]


def measures(tx: Transaction, now: datetime) -> Iterator[str]:
    """10. A filing is suspended or revoked exactly on a ground in force; two persons revoke."""
    stages = {row.id: row.stage for row in tx.execute(select(t.filing.c.id, t.filing.c.stage))}
    halted: Counter[str] = Counter()
    revoked: Counter[str] = Counter()
    for row in tx.execute(select(t.measure)):
        stage = stages.get(row.filing_id, "")
        if row.state == "proposed" and Stage(stage) not in NUMBERED:
            yield f"measure {row.id} proposes on a filing that is {stage}"
        if row.state != "in_force":
            continue
        if row.kind == "revoke":
            revoked[row.filing_id] += 1
            if row.confirmed_by in (None, row.person_id):
                yield f"filing {row.filing_id} was revoked by one person alone"
        else:
            halted[row.filing_id] += 1
            if stage != SUSPENDED:
                yield f"measure {row.id} is in force and its filing is {stage}"
    for filing_id, stage in stages.items():
        if stage == SUSPENDED and not halted[filing_id]:
            yield f"filing {filing_id} is suspended on no ground"
        if (stage == REVOKED) != (revoked[filing_id] == 1):
            yield f"filing {filing_id} is {stage} and its revocation does not fit that"


def changes(tx: Transaction, now: datetime) -> Iterator[str]:
    """11. A change belongs to a filing with a number in its own school, one at a time."""
    rows = {row.id: row for row in tx.execute(select(t.filing))}
    running: Counter[str] = Counter()
    for row in rows.values():
        if (row.stage == Stage.MERGED.value and row.amends is None) or (
            (row.amends is None) != (row.change is None)
        ):
            yield f"filing {row.id} is {row.stage} and changes no other"
        if row.amends is None:
            continue
        original = rows.get(row.amends)
        if original is None or (original.tenant, original.school) != (row.tenant, row.school):
            yield f"filing {row.id} changes {row.amends}, which is not its school's"
        elif original.number is None or original.amends is not None:
            yield f"filing {row.id} changes {row.amends}, which has no number"
        elif row.stage not in ENDED:
            running[row.amends] += 1
            if original.stage in (REVOKED, Stage.CANCELLED.value):
                yield f"filing {row.id} would change {row.amends}, which is {original.stage}"
    for filing_id, count in running.items():
        if count > 1:
            yield f"filing {filing_id} has {count} changes under way at once"


def stops(tx: Transaction, now: datetime) -> Iterator[str]:
    """12. A stop was confirmed by a second person, and holds what it holds and nothing else."""
    found = {row.id: row for row in tx.execute(select(t.product_stop))}
    for stop in found.values():
        if stop.state in ("confirmed", "lifted") and stop.confirmed_by in (None, stop.person_id):
            yield f"stop {stop.id} was confirmed by one person alone"
    held = select(t.measure).where(t.measure.c.stop_id.is_not(None))
    for row in tx.execute(held):
        own = found.get(row.stop_id)
        if own is None or own.state not in ("confirmed", "lifted"):
            yield f"measure {row.id} follows from stop {row.stop_id}, which nobody confirmed"
        elif not own.everywhere and own.tenant != row.tenant:
            yield f"stop {own.id} of {own.tenant} holds filing {row.filing_id} of {row.tenant}"
