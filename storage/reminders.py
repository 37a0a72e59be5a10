"""What is due for a reminder, found and written by sets, so that a sweep costs what is due."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage import tables as t
from storage.calendar import Calendars
from storage.ladders import OF_UNITS, Ladders, Mark
from storage.people import People
from storage.rules.ladder import Rung
from storage.rules.office import OfficeRules
from storage.session import Session

AT_ONCE: Final = 2000
"""How many limits one transaction looks at: others wait for it no longer than that."""


class Reminder(NamedTuple):
    """One limit of one thing that stood on a rung on a day, and whom that speaks to."""

    tenant: str
    subject: str
    matter: str
    rung: Rung
    due_on: date
    filing_id: str
    unit_code: str
    person_id: str


class Morning(NamedTuple):
    """A day on which an authority's people were reminded, and when that was done."""

    on: date
    done_at: datetime | None


@dataclass(slots=True, eq=False)
class Reminders:
    """Writes what an authority's people are reminded of this morning, at most once for each rung.

    At most one reminder for each thing and day, whoever sweeps: the schema holds it.
    """

    _tx: Session
    _calendars: Calendars
    _people: People

    # --- the sweep -----------------------------------------------------------------------------

    def put(
        self, tenant: str, rules: OfficeRules, now: datetime, after: Mark | None = None
    ) -> Mark | None:
        """Write what this morning's reminders are among the next ``AT_ONCE`` limits that stand on
        a rung; return the last of these, None where there are no more."""
        today = now.astimezone(ZoneInfo(rules.timezone)).date()
        left = AT_ONCE
        for rung in Ladders(self._calendars, self._people).standing(tenant, rules, today):
            if after and rung.name != after.rung:
                continue
            rows = self._tx.execute(rung.limits(left, after)).all()
            limits = [Mark(rung.name, row.due, row.subject) for row in rows]
            if limits:
                self._write(rung.as_reminders(limits[-1], after))
            left -= len(limits)
            after = None
            if not left:
                return limits[-1]
        return None

    def _write(self, chosen: Select[Any]) -> None:
        insert = sqlite.insert if self._tx.is_sqlite else postgresql.insert
        columns = [
            "tenant", "subject", "due_on", "rung", "matter", "on", "filing_id", "unit_code",
            "person_id",
        ]  # fmt: skip
        statement = insert(t.reminder).from_select(columns, chosen).on_conflict_do_nothing()
        self._tx.execute(statement)

    # --- whose morning it is -------------------------------------------------------------------

    def mornings(self, today: date) -> set[str]:
        """Return the authorities whose people were reminded on ``today``."""
        asked = self._tx.statements.once("mornings", _closed_on)
        return {tenant for (tenant,) in self._tx.hot(asked, on=today)}

    def before(self, tenant: str, day: date) -> Morning:
        """Return an authority's last morning before ``day``."""
        m = t.morning.c
        row = self._tx.execute(
            select(m.on, m.done_at)
            .where(m.tenant == tenant, m.on < day)
            .order_by(m.on.desc())
            .limit(1)
        ).first()
        return Morning(row.on, row.done_at) if row else Morning(date.min, None)

    def ahead(self, now: datetime, today: date) -> list[str]:
        """Return the authorities with a morning that a clock closed which was ahead."""
        m = t.morning.c
        rows = self._tx.execute(select(m.tenant).where(m.on > today, m.done_at > now))
        return sorted(set(rows.scalars()))

    def set_back(self, tenant: str, now: datetime, today: date) -> None:
        """Date such mornings now, so that what gets lost from here on is listed after them."""
        m = t.morning.c
        self._tx.execute(
            update(t.morning)
            .where(m.tenant == tenant, m.on > today, m.done_at > now)
            .values(done_at=now)
        )

    def finish(self, tenant: str, people: Iterable[str], today: date, now: datetime) -> None:
        """Close an authority's morning; ``people`` are to be told in a digest."""
        insert = sqlite.insert if self._tx.is_sqlite else postgresql.insert
        count = (
            select(func.count())
            .where(t.reminder.c.tenant == tenant, t.reminder.c.on == today)
            .scalar_subquery()
        )
        self._tx.execute(
            insert(t.morning)
            .values(tenant=tenant, on=today, done_at=now, reminders=count)
            .on_conflict_do_nothing()
        )
        rows = [
            {"tenant": tenant, "on": today, "person_id": person_id, "told_at": None}
            for person_id in sorted(set(people))
        ]
        if rows:
            self._tx.execute(insert(t.digest).on_conflict_do_nothing(), rows)

    def spoken_to(self, tenant: str, today: date) -> list[Reminder]:
        """Return whom this morning's reminders speak to, each desk and person once.

        What was written on a day whose morning was never closed is this morning's.
        """
        r = t.reminder.c
        rows = self._tx.execute(
            select(r.matter, r.rung, r.unit_code, r.person_id)
            .where(r.tenant == tenant, r.on > self.before(tenant, today).on, r.on <= today)
            .distinct()
        )
        return [
            Reminder(tenant, "", row.matter, Rung(row.rung), today, "", row.unit_code,
                     row.person_id)
            for row in rows
        ]  # fmt: skip

    # --- the digests ---------------------------------------------------------------------------

    def untold(self, tenants: Iterable[str], most: int) -> list[tuple[str, str]]:
        """Return (authority, person) of digests of some authorities that are to be told."""
        d = t.digest.c
        rows = self._tx.execute(
            select(d.tenant, d.person_id)
            .where(d.told_at.is_(None), d.tenant.in_(list(tenants)))
            .distinct()
            .order_by(d.tenant, d.person_id)
            .limit(most)
        )
        return [(row.tenant, row.person_id) for row in rows]

    def is_awaited(self, person_id: str) -> bool:
        """Tell whether some digest of a person is still to be told."""
        d = t.digest.c
        untold = select(d.on).where(d.told_at.is_(None), d.person_id == person_id).limit(1)
        return self._tx.execute(untold).first() is not None

    def tell(self, tenant: str, person_id: str, now: datetime) -> tuple[date, date] | None:
        """Mark a person's digests as told, all at once: after days of silence there are several.
        Return the first and the last day of them; None where another process did."""
        d = t.digest.c
        days = self._tx.execute(
            update(t.digest)
            .where(d.tenant == tenant, d.person_id == person_id, d.told_at.is_(None))
            .values(told_at=now)
            .returning(d.on)
        )
        told = sorted(days.scalars())
        return (told[0], told[-1]) if told else None

    def of(
        self, tenant: str, after: date, units: Iterable[str], person_id: str, most: int
    ) -> list[Reminder]:
        """Return the reminders since a morning of some departments, or to one person: of each thing
        the newest, the earliest limit first."""
        r = t.reminder.c
        belongs = (r.unit_code.in_(list(units)) & r.matter.in_(OF_UNITS)) | (
            r.person_id == person_id
        )
        return self._since(tenant, after, belongs, most)

    def stuck(self, tenant: str, after: date, most: int) -> list[Reminder]:
        """Return what stood on the last rung since a morning: 教育技术中心 coordinates it."""
        return self._since(tenant, after, t.reminder.c.rung == Rung.TECH.value, most)

    def _since(
        self, tenant: str, after: date, which: ColumnElement[bool], most: int
    ) -> list[Reminder]:
        r = t.reminder.c
        rows = self._tx.execute(
            select(t.reminder)
            .where(r.tenant == tenant, r.on > after, which)
            .order_by(r.on.desc(), r.due_on, r.subject)
            .limit(most)
        )
        newest: dict[str, Reminder] = {}
        for row in rows:
            newest.setdefault(row.subject, _read(row))
        return sorted(newest.values(), key=lambda one: (one.due_on, one.subject))

    def count_of(self, tenant: str, subject: str) -> int:
        """Return how often was reminded of a thing."""
        r = t.reminder.c
        return int(
            self._tx.execute(
                select(func.count()).where(r.tenant == tenant, r.subject == subject)
            ).scalar_one()
        )


def _read(row: Any) -> Reminder:
    return Reminder(
        row.tenant, row.subject, row.matter, Rung(row.rung), row.due_on, row.filing_id,
        row.unit_code, row.person_id,
    )  # fmt: skip


def _closed_on() -> Any:
    """Which mornings of a day are closed: asked at every tick."""
    on = bindparam("on", type_=t.morning.c.on.type)
    return select(t.morning.c.tenant).where(t.morning.c.on == on)
