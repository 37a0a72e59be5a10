"""What the platforms were asked: by month against its quota, and by filing.

Calls are counted by who makes them, added up here month by month. What a platform pushes to us is
counted where it lies already: in the rows of the inbox.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, func, literal, literal_column, select
from sqlalchemy.dialects import postgresql, sqlite

from storage import tables as t
from storage.rules.quotas import Month, Resource, months_before
from storage.session import Session

KEPT_MONTHS = 13
"""A month may be held beside the same one of the year before; older ones are forgotten."""
# Spelt out, as in the condition of the inbox's indexes.
_NOTHING: ColumnElement[int] = literal_column("0")


class Line(NamedTuple):
    """So many calls of one API, or units by one way, for one filing in one month."""

    month: str
    instance: str
    resource: Resource
    about: str
    api: str
    times: int


class FilingCost(NamedTuple):
    """What one filing cost, from the first word of its draft on.

    ``calls`` and ``units`` map (instance, name) to a number: the name of an API, and for what
    came to us the kind of event (``said``, ``tapped``, ``sentfile``).
    """

    calls: Mapping[tuple[str, str], int]
    units: Mapping[tuple[str, str], int]

    def total(self, instance: str, resource: Resource) -> int:
        """Return how much of an instance's quota it took."""
        counts = self.calls if resource is Resource.API else self.units
        return sum(count for (where, _), count in counts.items() if where == instance)


@dataclass(slots=True, eq=False)
class Costs:
    """Adds up and reads what was spent."""

    _tx: Session

    def add(self, lines: Iterable[Line]) -> None:
        """Add to the months' counts."""
        # In one order everywhere, so that two senders wait for each other and never deadlock.
        for line in sorted(lines):
            self._tx.change(self._tx.statements.add_cost, **line._asdict())

    def note_refusal(self, instance: str, resource: Resource, now: datetime) -> None:
        """Note that the platform itself says that its month is used up."""
        insert = sqlite.insert if self._tx.is_sqlite else postgresql.insert
        self._tx.execute(
            insert(t.platform_refusal)
            .values(instance=instance, resource=resource.value, at=now)
            .on_conflict_do_update(index_elements=["instance", "resource"], set_={"at": now})
        )

    def refused_at(self, instance: str, resource: Resource) -> datetime | None:
        """Return when the platform last said so."""
        return self._tx.execute(
            select(t.platform_refusal.c.at).where(
                t.platform_refusal.c.instance == instance,
                t.platform_refusal.c.resource == resource.value,
            )
        ).scalar_one_or_none()

    def used(self, instance: str, month: Month) -> Mapping[Resource, int]:
        """Return what an instance has used up in a month."""
        cost = t.platform_cost
        used: Counter[Resource] = Counter()
        for row in self._tx.execute(
            select(cost.c.resource, func.sum(cost.c.times).label("times"))
            .where(cost.c.month == month.name, cost.c.instance == instance)
            .group_by(cost.c.resource)
        ):
            used[Resource(row.resource)] += row.times
        came = select(func.coalesce(func.sum(t.inbox.c.units), _NOTHING))
        used[Resource.UNIT] += self._tx.execute(came.where(*_pushed(instance, month))).scalar_one()
        return used

    def of(self, filing_id: str) -> FilingCost:
        """Return what a filing has cost up to now, over all months that are kept.

        What its draft cost before it was handed in is part of it; where one draft became several
        filings (M13), of the first one's.
        """
        cost = t.platform_cost
        drafts = self._tx.execute(select(t.draft.c.id).where(t.draft.c.filing_id == filing_id))
        names = [filing_id, *drafts.scalars()]
        calls: Counter[tuple[str, str]] = Counter()
        units: Counter[tuple[str, str]] = Counter()
        for row in self._tx.execute(
            select(
                cost.c.instance, cost.c.resource, cost.c.api, func.sum(cost.c.times).label("times")
            )
            .where(cost.c.about.in_(names))
            .group_by(cost.c.instance, cost.c.resource, cost.c.api)
        ):
            spent = calls if row.resource == Resource.API.value else units
            spent[row.instance, row.api] += row.times
        for row in self._tx.execute(
            select(t.inbox.c.instance, t.inbox.c.kind, func.sum(t.inbox.c.units).label("times"))
            .where(t.inbox.c.units > _NOTHING, t.inbox.c.about.in_(names))
            .group_by(t.inbox.c.instance, t.inbox.c.kind)
        ):
            units[row.instance, row.kind] += row.times
        return FilingCost(calls, units)

    def by_filing(self, instance: str, month: Month) -> Mapping[Resource, tuple[int, int]]:
        """Return for how many filings (drafts among them) a month was spent, and how much."""
        cost = t.platform_cost
        called = (
            select(cost.c.resource, cost.c.about, cost.c.times, t.draft.c.filing_id)
            .outerjoin(t.draft, t.draft.c.id == cost.c.about)
            .where(cost.c.month == month.name, cost.c.instance == instance, cost.c.about != "")
        )
        came = (
            select(
                literal(Resource.UNIT.value).label("resource"),
                t.inbox.c.about,
                t.inbox.c.units.label("times"),
                t.draft.c.filing_id,
            )
            .outerjoin(t.draft, t.draft.c.id == t.inbox.c.about)
            .where(*_pushed(instance, month), t.inbox.c.about.is_not(None))
        )
        spent: dict[Resource, Counter[str]] = {one: Counter() for one in Resource}
        for row in [*self._tx.execute(called), *self._tx.execute(came)]:
            spent[Resource(row.resource)][row.filing_id or row.about] += row.times
        return {one: (len(counts), counts.total()) for one, counts in spent.items()}

    def forget(self, month: str) -> None:
        """Drop the counts of months that are too long before ``month``."""
        oldest = months_before(month, KEPT_MONTHS - 1)
        self._tx.execute(delete(t.platform_cost).where(t.platform_cost.c.month < oldest))


def _pushed(instance: str, month: Month) -> tuple[ColumnElement[bool], ...]:
    """Look only at what an instance pushed in a month."""
    return (
        t.inbox.c.instance == instance,
        t.inbox.c.units > _NOTHING,
        t.inbox.c.received_at >= month.start,
        t.inbox.c.received_at < month.end,
    )
