"""Whether the pilots are sound: receipts, who decided, and that none passes for a filing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from storage import tables as t
from storage.rules.pilot import CHECKLIST, checkers_needed
from storage.rules.terms import Role, Stage
from storage.rules.workflow import PILOT_STAGES
from storage.transaction import Transaction

RAN = frozenset(PILOT_STAGES - {Stage.SCHOOL_DECISION})


def pilots(tx: Transaction, now: datetime) -> Iterator[str]:
    """13. A receipt is unique, gap-free, and exists exactly when the school has decided; a pilot
    has no filing number and is never announced."""
    yield from _receipts(tx)
    announced = set(tx.execute(select(t.announcement.c.filing_id)).scalars())
    rows = {row.filing_id: row for row in tx.execute(select(t.pilot))}
    stages = [stage.value for stage in PILOT_STAGES]
    for filing in tx.execute(select(t.filing).where(t.filing.c.stage.in_(stages))).all():
        pilot = rows.pop(filing.id, None)
        if pilot is None:
            yield f"filing {filing.id} is {filing.stage} and no pilot"
            continue
        if (Stage(filing.stage) in RAN) != (pilot.receipt is not None):
            yield f"pilot {filing.id} is {filing.stage} and its receipt does not fit that"
        if filing.number is not None:
            yield f"pilot {filing.id} has a filing number"
        if filing.id in announced:
            yield f"pilot {filing.id} is announced as filed"
        if pilot.receipt is not None:
            yield from _decided(tx, filing, pilot)
    for filing_id, pilot in rows.items():
        if pilot.receipt is not None:
            yield f"pilot {filing_id} has a receipt and its filing is no pilot"


def _receipts(tx: Transaction) -> Iterator[str]:
    counters = {
        (row.tenant, row.series): row.value
        for row in tx.execute(select(t.counter).where(t.counter.c.series.like("pilot:%")))
    }
    found = tx.execute(
        select(
            t.pilot.c.tenant,
            t.pilot.c.series,
            func.count().label("count"),
            func.max(t.pilot.c.serial).label("top"),
        )
        .where(t.pilot.c.serial.is_not(None))
        .group_by(t.pilot.c.tenant, t.pilot.c.series)
    ).all()
    for row in found:
        value = counters.pop((row.tenant, row.series), 0)
        if not row.count == row.top == value:
            yield f"series {row.series} has {row.count} receipts up to {row.top}, counter {value}"
    for (tenant, series), value in counters.items():
        if value:
            yield f"series {tenant}/{series} counted to {value} without a receipt"


def _decided(tx: Transaction, filing: Any, pilot: Any) -> Iterator[str]:
    checks = tx.pilots.checks(tx.filings.known(filing.id))
    office = tx.filings.known(filing.id).office
    heads = [one for one in checks if one.role is Role.PRINCIPAL]
    others = [one for one in checks if one.role is Role.CHECKER]
    if len(heads) != 1 or heads[0].at != pilot.decided_at:
        yield f"pilot {filing.id} has a receipt without its principal's decision"
        return
    needed = checkers_needed(office, head_files=heads[0].person_id == filing.owner_id)
    if len(others) < needed:
        yield f"pilot {filing.id} was looked at by {len(others)} besides the principal"
    for one in (*others, *heads):
        if one.at is None or set(one.ticked) != {item.key for item in CHECKLIST}:
            yield f"pilot {filing.id} was decided without the whole checklist of {one.person_id}"
        elif one.at > heads[0].at:
            yield f"pilot {filing.id} was decided before {one.person_id} had looked"
        if one.role is Role.CHECKER and one.person_id in (filing.owner_id, filing.principal_id):
            yield f"pilot {filing.id} was looked at by who filed it"
