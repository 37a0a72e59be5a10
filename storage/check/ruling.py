"""Whether the rules that were changed in the chat are whole, can be, and are what holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from storage import tables as t
from storage.rulebook import SERIES, RuleChange, fold, value_before
from storage.rules.changeable import BY_KEY
from storage.rules.office import OfficeRules
from storage.rules.terms import RuleViolationError
from storage.transaction import Transaction

ZONE = ZoneInfo(OfficeRules().timezone)


def ruling(tx: Transaction, now: datetime) -> Iterator[str]:
    """16. Versions have no gap, each value can be, an undoing gives back what was before, and what
    holds today is what they come to."""
    today = now.astimezone(ZONE).date()
    held = tx.rulebook.in_force(today)
    for tenant in tx.execute(select(t.rule_change.c.tenant).distinct()).scalars().all():
        changes = tx.rulebook.changes(tenant)
        for at, one in enumerate(changes, start=1):
            if one.version != at:
                yield f"rules {tenant} jump from {at - 1} to {one.version}"
                break
        counted = select(t.counter.c.value).where(
            t.counter.c.tenant == tenant, t.counter.c.series == SERIES
        )
        if tx.execute(counted).scalar() != len(changes):
            yield f"rules {tenant} have {len(changes)} versions and count otherwise"
        for one in changes:
            yield from _value(one)
        for one in changes:
            undone = next((it for it in changes if it.version == one.undoes), None)
            if undone and (one.key, one.value) != (undone.key, value_before(changes, undone)):
                yield f"rule change {tenant} {one.version} does not give back what was before"
        yield from _in_force(tx, tenant, [c for c in changes if c.effective_on <= today], today)
    for tenant in held.keys() - set(tx.execute(select(t.rule_change.c.tenant)).scalars()):
        yield f"rules of {tenant} hold and nobody changed them"


def _value(one: RuleChange) -> Iterator[str]:
    if one.key not in BY_KEY:
        yield f"rule change {one.tenant} {one.version} is of no rule: {one.key}"
    elif one.value is not None:
        try:
            OfficeRules.from_settings({**_ROOM.get(one.key, {}), one.key: one.value})
        except RuleViolationError as error:
            yield f"rule change {one.tenant} {one.version}: {error}"
    if one.effective_on <= one.at.astimezone(ZONE).date():
        yield f"rule change {one.tenant} {one.version} held before it was made"


_ROOM = {"days.complete": {"days.complete_max": 999}, "days.complete_max": {"days.complete": 1}}
"""What two limits leave to one another is asked of all rules together, not of one change."""


def _in_force(
    tx: Transaction, tenant: str, changes: list[RuleChange], today: date
) -> Iterator[str]:
    told, held = fold(changes), tx.rulebook.in_force(today).get(tenant)
    if changes and (held is None or (held.version, held.values) != (told.version, told.values)):
        yield f"rules of {tenant} that hold are not what was changed"
