"""Finding pilots, and who looks at them. Nothing is written here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import or_, select

from storage import tables as t
from storage.cases import Filing
from storage.finding import FilingFinder
from storage.people import Person
from storage.rules.terms import NotAllowedError, Role, Stage
from storage.session import Session

IS_RUNNING: Final = (t.pilot.c.decided_at.is_not(None), t.pilot.c.ended_at.is_(None))
"""Word for word the condition of ix_pilot_running."""


class Pilot(NamedTuple):
    """A pilot beside its filing. ``receipt`` exists from the principal's decision on; the filing
    that followed it is ``successor``."""

    tenant: str
    filing_id: str
    ends_on: date
    receipt: str | None
    decided_at: datetime | None
    callin_until: date | None
    ended_at: datetime | None
    reason: str
    successor: str | None


class Check(NamedTuple):
    """One person's look at a pilot in one round; ``at`` is empty until it was confirmed."""

    person_id: str
    role: Role
    ticked: tuple[str, ...]
    at: datetime | None


@dataclass(slots=True, eq=False)
class PilotFinder:
    """Finds pilots."""

    _tx: Session
    _filings: FilingFinder

    def of(self, filing_id: str) -> Pilot | None:
        """Return the pilot of a filing, where it is one."""
        row = self._tx.execute(select(t.pilot).where(t.pilot.c.filing_id == filing_id)).first()
        return _read(row) if row else None

    def known(self, filing_id: str) -> Pilot:
        """Return a pilot that must exist.

        Raises:
            NotAllowedError: this filing is none.
        """
        pilot = self.of(filing_id)
        if pilot is None:
            raise NotAllowedError("这件备案不是小范围试点。")
        return pilot

    def follower(self, pilot: Pilot) -> Filing | None:
        """Return the full filing that follows a pilot; one that came to nothing is none."""
        after = self._filings.get(pilot.successor) if pilot.successor else None
        came_to_nothing = after is not None and after.stage in (Stage.WITHDRAWN, Stage.REJECTED)
        return None if came_to_nothing else after

    def checks(self, filing: Filing) -> list[Check]:
        """Return who looks at it in the newest round, the named people first."""
        rows = self._tx.execute(
            select(t.pilot_check)
            .where(t.pilot_check.c.tenant == filing.tenant, t.pilot_check.c.filing_id == filing.id)
            .order_by(t.pilot_check.c.round, t.pilot_check.c.person_id)
        ).all()
        newest = [row for row in rows if row.round == rows[-1].round]
        found = [Check(row.person_id, Role(row.role), tuple(row.ticked), row.at) for row in newest]
        return sorted(found, key=lambda one: one.role is Role.PRINCIPAL)

    def names(self, filing: Filing, person: Person, day: date) -> bool:
        """Tell whether somebody is named to look at a pilot, and on ``day`` of its school."""
        there = person.works_in(filing.tenant, filing.school, day)
        return there and any(one.person_id == person.id for one in self.checks(filing))

    def waiting_for(self, person: Person, day: date) -> list[Filing]:
        """Return the pilots that wait for this person's look or decision on ``day``."""
        found: list[Filing] = []
        for post in person.schools(day):
            for filing in self._filings.at_school(
                post.tenant, post.unit_code, Stage.SCHOOL_DECISION
            ):
                checks = self.checks(filing)
                mine = next((one for one in checks if one.person_id == person.id), None)
                is_head = person.is_principal_of(post.tenant, post.unit_code, day)
                looks = mine is not None and mine.at is None
                if looks or (is_head and all(one.at for one in checks)):
                    found.append(filing)
        return found

    def earlier(self, tenant: str, school: str, product_key: str) -> Pilot | None:
        """Return the pilot of this product that a school has had before, whatever became of it."""
        row = self._tx.execute(
            select(t.pilot)
            .join(
                t.filing,
                (t.filing.c.tenant == t.pilot.c.tenant) & (t.filing.c.id == t.pilot.c.filing_id),
            )
            .where(
                t.filing.c.tenant == tenant,
                t.filing.c.school == school,
                t.filing.c.product_key == product_key,
                t.pilot.c.receipt.is_not(None),
            )
            .order_by(t.pilot.c.decided_at.desc())
        ).first()
        return _read(row) if row else None

    def running(self, *where: Any) -> list[str]:
        """Return the filings of running pilots where ``where`` holds, the first to end first."""
        rows = self._tx.execute(
            select(t.pilot.c.filing_id)
            .join(
                t.filing,
                (t.filing.c.tenant == t.pilot.c.tenant) & (t.filing.c.id == t.pilot.c.filing_id),
            )
            .where(*IS_RUNNING, t.filing.c.stage == Stage.PILOTING.value, *where)
            .order_by(t.pilot.c.ends_on, t.pilot.c.filing_id)
        )
        return list(rows.scalars())

    def over(self, today: date) -> list[str]:
        """Return the filings of pilots whose last day has passed."""
        return self.running(t.pilot.c.ends_on < today)

    def stopped(self, today: date) -> list[str]:
        """Return the filings of running pilots whose product is stopped by now."""
        stop = t.product_stop.c
        reached = or_(stop.everywhere, stop.tenant == t.filing.c.tenant)
        is_stopped = select(1).where(
            stop.product_key == t.filing.c.product_key,
            stop.state == "confirmed",
            stop.stops_on <= today,
            reached,
        )
        # First those few products, so that not every running pilot is held against every stop.
        stopped = select(stop.product_key).where(stop.state == "confirmed", stop.stops_on <= today)
        return self.running(t.filing.c.product_key.in_(stopped), is_stopped.exists())


def _read(row: Any) -> Pilot:
    return Pilot(*(getattr(row, name) for name in Pilot._fields))
