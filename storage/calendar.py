"""The calendars: what was loaded comes first, then what a library has published.

An authority works by the country's days and its own; a school rests in its holidays besides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import delete, func, insert, select, update

from storage import tables as t
from storage.rules.workdays import Calendar, Day
from storage.session import Session

OFFICE, SCHOOL = "office", "school"
EVERYBODY: Final = ""


class Load(NamedTuple):
    """One loading of days. ``changes``: date, worked before, an estimate before, worked now."""

    id: int
    tenant: str
    whose: str
    changes: tuple[tuple[date, bool, bool, bool], ...]


@dataclass(slots=True, eq=False)
class Shared:
    """What the transactions of one process know together of the days that were loaded."""

    published: Calendar
    version: tuple[int, int] | None = None
    days: Mapping[tuple[str, str], Mapping[date, bool]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """The days of one authority, or of its schools."""

    layers: tuple[Mapping[date, bool], ...]
    published: Calendar

    def day(self, on: date) -> Day:
        """Say whether ``on`` is a working day, and whether that is only an estimate (预估)."""
        for layer in self.layers:
            if on in layer:
                return Day(layer[on], False)
        return self.published.day(on)


@dataclass(frozen=True, slots=True, eq=False)
class _Before:
    """A calendar as it was before a load."""

    changes: Mapping[date, Day]
    now: Calendar

    def day(self, on: date) -> Day:
        return self.changes.get(on) or self.now.day(on)


def _of_offices(tenant: str) -> tuple[tuple[str, str], ...]:
    """Return whose days an authority works by, the first go before the others."""
    return (tenant, OFFICE), (EVERYBODY, OFFICE)


def _of_schools(tenant: str) -> tuple[tuple[str, str], ...]:
    return (tenant, SCHOOL), *_of_offices(tenant)


_ORDER: Final = {OFFICE: _of_offices, SCHOOL: _of_schools}


@dataclass(slots=True, eq=False)
class Calendars:
    """The calendars as this transaction finds them."""

    _tx: Session
    _shared: Shared
    _days: Mapping[tuple[str, str], Mapping[date, bool]] | None = field(default=None, init=False)

    def day(self, on: date) -> Day:
        """Say whether the country works on a day; ``of`` an authority may differ."""
        return self.of(EVERYBODY).day(on)

    def of(self, tenant: str) -> Calendar:
        """Return an authority's working days."""
        return _View(self._layers(*_of_offices(tenant)), self._shared.published)

    def of_schools(self, tenant: str) -> Calendar:
        """Return the working days of an authority's schools, which rest in 寒假 and 暑假 too."""
        return _View(self._layers(*_of_schools(tenant)), self._shared.published)

    def before(self, load: Load, tenant: str, whose: str = OFFICE) -> Calendar:
        """Return a calendar as it was before a load; days that lie over the loaded ones stay."""
        key, order = (load.tenant, load.whose), _ORDER[whose](tenant)
        now = self.of_schools(tenant) if whose == SCHOOL else self.of(tenant)
        if key not in order:
            return now
        above = self._layers(*order[: order.index(key)])
        was = {
            on: Day(worked, estimate)
            for on, worked, estimate, _ in load.changes
            if not any(on in layer for layer in above)
        }
        return _Before(was, now)

    # --- loading -------------------------------------------------------------------------------

    def changes(
        self, days: Mapping[date, bool], tenant: str = EVERYBODY, whose: str = OFFICE
    ) -> list[tuple[date, Day, bool]]:
        """Return which of these days are otherwise now, or only estimated."""
        now = self.of_schools(tenant) if whose == SCHOOL else self.of(tenant)
        found = []
        for on, worked in sorted(days.items()):
            was = now.day(on)
            if was != Day(worked, False):
                found.append((on, was, worked))
        return found

    def load(
        self,
        days: Mapping[date, bool],
        *,
        source: str,
        person_id: str,
        now: datetime,
        tenant: str = EVERYBODY,
        whose: str = OFFICE,
    ) -> int:
        """Keep days over what was known, for everybody or one authority; return how many are
        otherwise now. Open limits are counted anew after it, by the load that is kept."""
        changes = self.changes(days, tenant, whose)
        if not changes:
            return 0
        key = {"tenant": tenant, "whose": whose}
        changed = [on for on, _, _ in changes]
        d = t.rest_day.c
        self._tx.execute(
            delete(t.rest_day).where(d.tenant == tenant, d.whose == whose, d.on.in_(changed))
        )
        self._tx.execute(
            insert(t.rest_day),
            [{**key, "on": on, "is_workday": is_now} for on, _, is_now in changes],
        )
        kept = [[on.isoformat(), was.is_workday, was.provisional, is_now]
                for on, was, is_now in changes]  # fmt: skip
        self._tx.execute(
            insert(t.calendar_load).values(
                **key, at=now, person_id=person_id, source=source, changes=kept
            )
        )
        self._days = None
        # What is not committed yet is nothing for others to know.
        self._days = self._read()
        return len(changes)

    def uncounted(self) -> list[Load]:
        """Return the loads after which limits are still to be counted, the oldest first."""
        c = t.calendar_load.c
        rows = self._tx.execute(
            select(t.calendar_load).where(c.recounted_at.is_(None)).order_by(c.id)
        )
        return [_load(row) for row in rows]

    def counted(self, load_id: int, now: datetime) -> None:
        """Note that every limit was counted anew after a load."""
        c = t.calendar_load.c
        self._tx.execute(
            update(t.calendar_load)
            .where(c.id == load_id, c.recounted_at.is_(None))
            .values(recounted_at=now)
        )

    # --- inside --------------------------------------------------------------------------------

    def _layers(self, *keys: tuple[str, str]) -> tuple[Mapping[date, bool], ...]:
        if self._days is None:
            self._days = self._known()
        return tuple(self._days[key] for key in dict.fromkeys(keys) if key in self._days)

    def _known(self) -> Mapping[tuple[str, str], Mapping[date, bool]]:
        """Return the loaded days; read again only where another load was committed since."""
        # Both: of two loads at once the one with the higher number may come to be known first.
        found = self._tx.execute(
            select(
                func.coalesce(func.max(t.calendar_load.c.id), 0).label("newest"),
                func.count().label("many"),
            ).select_from(t.calendar_load)
        ).one()
        version = (int(found.newest), int(found.many))
        shared = self._shared
        if shared.version != version:
            shared.days = self._read()
            shared.version = version
        return shared.days

    def _read(self) -> Mapping[tuple[str, str], Mapping[date, bool]]:
        found: dict[tuple[str, str], dict[date, bool]] = {}
        # The oldest way of keeping the country's days.
        for row in self._tx.execute(select(t.calendar_day.c.on, t.calendar_day.c.is_workday)):
            found.setdefault((EVERYBODY, OFFICE), {})[row.on] = row.is_workday
        for row in self._tx.execute(select(t.rest_day)):
            found.setdefault((row.tenant, row.whose), {})[row.on] = row.is_workday
        return found


def _load(row: Any) -> Load:
    changes = tuple(
        (date.fromisoformat(on), was, guess, now) for on, was, guess, now in row.changes
    )
    return Load(row.id, row.tenant, row.whose, changes)
