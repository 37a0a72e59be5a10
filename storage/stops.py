"""A product stopped for many schools at once: proposed, confirmed by a second person, lifted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, or_, select

from storage import tables as t
from storage.cases import Filing, StaleError
from storage.filings import Filings
from storage.gaps import CITY
from storage.ids import new_id
from storage.journal import Entry, Journal
from storage.people import People, Person
from storage.rules.standing import Ground
from storage.rules.terms import Desk, NotAllowedError, Role, Stage
from storage.rules.workflow import TERMINAL
from storage.session import Session
from storage.standing import Measure, Standing

AT_ONCE = 200
PROPOSED, CONFIRMED, LIFTED, DROPPED = "proposed", "confirmed", "lifted", "dropped"
NOT_YOURS = "停用产品由教育技术部门办理（三（二）8），您目前没有这项权限。"
HELD = (Stage.REGISTERED.value, Stage.SUSPENDED.value)
# Word for word the condition of ix_measure_held.
_HOLDS: Final = (
    t.measure.c.stop_id.is_not(None),
    t.measure.c.state == literal_column("'in_force'"),
)


class Stop(NamedTuple):
    """One authority's technology centre stops a product, from ``stops_on``.

    ``everywhere``: the city's, for every authority. It counts once somebody else has confirmed it.
    """

    tenant: str
    id: str
    product_key: str
    title: str
    everywhere: bool
    reason: str
    clause: str
    stops_on: date
    state: str
    person_id: str
    at: datetime
    confirmed_by: str | None
    confirmed_at: datetime | None
    ended_by: str | None
    ended_at: datetime | None


class Reach(NamedTuple):
    """What a stop would touch in one authority."""

    tenant: str
    schools: int
    pupils: int
    groups: int
    running: int


@dataclass(slots=True, eq=False)
class Stops:
    """Stops products and lifts that again; the filings follow one by one."""

    _tx: Session
    _people: People
    _journal: Journal
    _filings: Filings
    _standing: Standing

    # --- finding -------------------------------------------------------------------------------

    def get(self, stop_id: str) -> Stop | None:
        """Find a stop by id."""
        row = self._tx.execute(select(t.product_stop).where(t.product_stop.c.id == stop_id)).first()
        return Stop(**row._mapping) if row else None

    def live(self, product_key: str, tenant: str) -> list[Stop]:
        """Return the confirmed stops of a product that reach an authority, the oldest first."""
        rows = self._tx.execute(
            select(t.product_stop)
            .where(
                t.product_stop.c.product_key == product_key,
                t.product_stop.c.state == CONFIRMED,
                or_(t.product_stop.c.everywhere, t.product_stop.c.tenant == tenant),
            )
            .order_by(t.product_stop.c.at, t.product_stop.c.id)
        )
        return [Stop(**row._mapping) for row in rows]

    def of(self, tenant: str, product_key: str) -> Stop | None:
        """Return the stop that an authority has proposed or confirmed of a product."""
        row = self._tx.execute(
            select(t.product_stop).where(
                t.product_stop.c.tenant == tenant,
                t.product_stop.c.product_key == product_key,
                t.product_stop.c.state.in_((PROPOSED, CONFIRMED)),
            )
        ).first()
        return Stop(**row._mapping) if row else None

    def proposed(self) -> list[Stop]:
        """Return the stops that wait for a second person."""
        rows = self._tx.execute(select(t.product_stop).where(t.product_stop.c.state == PROPOSED))
        return [Stop(**row._mapping) for row in rows]

    def filings(self, product_key: str, tenant: str, stages: Sequence[str]) -> list[Filing]:
        """Return the filings of a product in the reach of an authority, in some stages."""
        where = [t.filing.c.product_key == product_key, t.filing.c.stage.in_(stages)]
        if tenant != CITY:
            where.append(t.filing.c.tenant == tenant)
        order = (t.filing.c.tenant, t.filing.c.made_at, t.filing.c.case_no)
        rows = self._tx.execute(select(t.filing.c.id).where(*where).order_by(*order))
        return [self._filings.known(one) for one in rows.scalars()]

    def running(self, product_key: str, tenant: str) -> list[Filing]:
        """Return the filings of a product that are on their way to a decision."""
        ended = {stage.value for stage in TERMINAL}
        return self.filings(
            product_key, tenant, [stage.value for stage in Stage if stage.value not in ended]
        )

    def reach(self, product_key: str, tenant: str) -> list[Reach]:
        """Return what stopping a product would touch, by authority (R87).

        Filings of one draft (M13) speak of the same pupils, who are counted once.
        """
        found: dict[str, list[Filing]] = {}
        for filing in self.filings(product_key, tenant, HELD):
            found.setdefault(filing.tenant, []).append(filing)
        running = Counter(one.tenant for one in self.running(product_key, tenant))
        return [
            self._reach(one, found.get(one, []), running[one]) for one in sorted({*found, *running})
        ]

    def _reach(self, tenant: str, filings: Sequence[Filing], running: int) -> Reach:
        pupils: dict[str, int] = {}
        for one in filings:
            pupils[one.bundle] = max(pupils.get(one.bundle, 0), one.facts.students or 0)
        groups = sum(len(self._standing.told_groups(one)) for one in filings)
        schools = len({one.school for one in filings})
        return Reach(tenant, schools, sum(pupils.values()), groups, running)

    def held(self, stop: Stop) -> int:
        """Return how many filings a stop holds suspended."""
        count = (
            select(func.count())
            .select_from(t.measure)
            .where(t.measure.c.stop_id == stop.id, t.measure.c.state == "in_force")
        )
        return int(self._tx.execute(count).scalar_one())

    def confirmers(self, tenant: str, but: str, day: date) -> list[Person]:
        """Return who may confirm a stop: others of the technology centre, else heads and deputies.

        Source: none in the notice; two persons, so that nobody stops a city's product alone.
        """
        found = self._people.working(tenant, Desk.TECH, day)
        others = [one for one in found if one.id != but]
        if others:
            return others
        heads = [
            person
            for role in (Role.HEAD, Role.DEPUTY)
            for person in self._people.holding(tenant, role, day)
        ]
        return list({one.id: one for one in heads if one.id != but}.values())

    # --- acts ----------------------------------------------------------------------------------

    def propose(
        self,
        tenant: str,
        *,
        product_key: str,
        title: str,
        ground: Ground,
        reason: str,
        stops_on: date,
        by: Person,
        day: date,
        now: datetime,
    ) -> Stop:
        """Propose to stop a product; nothing changes before a second person confirms.

        Raises:
            NotAllowedError: not of the technology centre today, a date that is over, or nobody
                else who could confirm.
            StaleError: it is proposed or stopped already.
        """
        self._must_be_tech(tenant, by, day)
        if stops_on < day:
            raise NotAllowedError("停用日期不能早于今天。")
        if not self.confirmers(tenant, by.id, day):
            raise NotAllowedError(
                "名单中没有第二位可以确认的同志（停用须两人办理），请管理员补充名单后再提出。"
            )
        if (known := self.of(tenant, product_key)) is not None:
            raise StaleError(self._what_stands(known))
        entry = self._begin(tenant, "product-stop", now, by, ground.clause)
        made = Stop(
            tenant, entry.subject, product_key, title, tenant == CITY, reason, ground.clause,
            stops_on, PROPOSED, by.id, now, None, None, None, None,
        )  # fmt: skip
        entry.insert(t.product_stop, **{k: v for k, v in made._asdict().items() if k != "tenant"})
        return made

    def confirm(self, stop_id: str, *, by: Person, day: date, now: datetime) -> Stop:
        """Confirm another person's proposal; from its day the filings follow one by one."""
        stop = self._held(stop_id, PROPOSED)
        self._may_confirm(stop, by, day)
        if by.id == stop.person_id:
            raise NotAllowedError("停用产品须由另一位同志确认，提出的同志不能自己确认。")
        return self._turn(
            stop, "product-stop-confirm", by, now,
            state=CONFIRMED, confirmed_by=by.id, confirmed_at=now,
            stops_on=max(stop.stops_on, day),
        )  # fmt: skip

    def drop(self, stop_id: str, *, by: Person, day: date, now: datetime) -> Stop:
        """Do not stop a product: a second person disagrees, or who proposed it takes it back."""
        stop = self._held(stop_id, PROPOSED)
        if by.id != stop.person_id:
            self._may_confirm(stop, by, day)
        return self._turn(
            stop, "product-stop-drop", by, now, state=DROPPED, ended_by=by.id, ended_at=now
        )

    def lift(self, stop_id: str, *, by: Person, day: date, now: datetime) -> Stop:
        """Lift a stop; what it suspended is in force again, and nothing else."""
        stop = self._held(stop_id, CONFIRMED)
        self._must_be_tech(stop.tenant, by, day)
        return self._turn(
            stop, "product-stop-lift", by, now, state=LIFTED, ended_by=by.id, ended_at=now
        )

    # --- what follows, filing by filing ----------------------------------------------------------

    def due(self, today: date) -> list[str]:
        """Return ``stop:filing`` of registered filings that a stop has to suspend now."""
        # First by themselves: mostly there are none, and no filing is looked at for that.
        stop = t.product_stop.c
        stopped = select(stop.id).where(stop.state == CONFIRMED, stop.stops_on <= today)
        if not (ids := list(self._tx.execute(stopped).scalars())):
            return []
        held = self._measured(stop.id)
        rows = self._tx.execute(
            select(stop.id.label("stop_id"), t.filing.c.id.label("filing_id"))
            .join(t.filing, self._reaches())
            .where(stop.id.in_(ids), t.filing.c.stage.in_(HELD), ~held.exists())
            .order_by(stop.id, t.filing.c.tenant, t.filing.c.id)
            .limit(AT_ONCE)
        )
        return [f"{row.stop_id}:{row.filing_id}" for row in rows]

    def apply(self, due: str, today: date, now: datetime) -> tuple[Stop, Filing] | None:
        """Suspend one filing that is due; None where that is not so any more."""
        stop_id, filing_id = due.split(":")
        filing = self._filings.held(filing_id)
        stop = self.get(stop_id)
        if stop is None or stop.state != CONFIRMED or stop.stops_on > today:
            return None
        if filing.stage.value not in HELD or filing.product_key != stop.product_key:
            return None
        if not (stop.everywhere or stop.tenant == filing.tenant):
            return None
        if any(one.stop_id == stop.id for one in self._standing.measures(filing, "in_force")):
            return None
        self._standing.stop(filing, stop.id, stop.reason, stop.clause, stop.confirmed_by or "", now)
        return stop, self._filings.known(filing_id)

    def untold(self, today: date) -> list[str]:
        """Return measures of stops whose groups were not told; of a stop only when all are held."""
        waiting = {one.split(":")[0] for one in self.due(today)}
        rows = self._tx.execute(
            select(t.measure.c.id, t.measure.c.stop_id)
            .where(
                *_HOLDS,
                t.measure.c.told_at.is_(None),
            )
            .order_by(t.measure.c.tenant, t.measure.c.id)
            .limit(AT_ONCE)
        )
        return [row.id for row in rows if row.stop_id not in waiting]

    def to_lift(self) -> list[str]:
        """Return measures whose stop is lifted, or whose filing is of another product by now."""
        rows = self._tx.execute(
            select(t.measure.c.id)
            .join(t.product_stop, t.product_stop.c.id == t.measure.c.stop_id)
            .join(
                t.filing,
                and_(
                    t.filing.c.tenant == t.measure.c.tenant, t.filing.c.id == t.measure.c.filing_id
                ),
            )
            .where(
                *_HOLDS,
                or_(
                    t.product_stop.c.state == LIFTED,
                    t.product_stop.c.product_key != t.filing.c.product_key,
                ),
            )
            .order_by(t.measure.c.tenant, t.measure.c.id)
            .limit(AT_ONCE)
        )
        return list(rows.scalars())

    def release(self, measure_id: str, now: datetime) -> tuple[Measure, Filing] | None:
        """Lift one measure of a stop; None where that is done."""
        measure = self._standing.get(measure_id)
        if measure is None or measure.stop_id is None:
            return None
        filing = self._filings.held(measure.filing_id)
        stop = self.get(measure.stop_id)
        measure = self._standing.get(measure_id)
        if measure is None or stop is None or measure.state != "in_force":
            return None
        if stop.state != LIFTED and stop.product_key == filing.product_key:
            return None
        by = stop.ended_by or stop.confirmed_by or ""
        return measure, self._standing.unstop(measure, filing, by, now)

    # --- inside --------------------------------------------------------------------------------

    @staticmethod
    def _reaches() -> ColumnElement[bool]:
        return and_(
            t.filing.c.product_key == t.product_stop.c.product_key,
            or_(t.product_stop.c.everywhere, t.product_stop.c.tenant == t.filing.c.tenant),
        )

    @staticmethod
    def _measured(stop_id: Any) -> Select[Any]:
        return select(1).where(
            t.measure.c.stop_id == stop_id,
            t.measure.c.tenant == t.filing.c.tenant,
            t.measure.c.filing_id == t.filing.c.id,
            t.measure.c.state == "in_force",
        )

    def _must_be_tech(self, tenant: str, by: Person, day: date) -> None:
        if by.at_desk(tenant, Desk.TECH, day) is None:
            raise NotAllowedError(NOT_YOURS)

    def _may_confirm(self, stop: Stop, by: Person, day: date) -> None:
        able = {one.id for one in self.confirmers(stop.tenant, stop.person_id, day)}
        if by.id not in able and by.id != stop.person_id:
            raise NotAllowedError(
                "停用产品由教育技术部门的另一位同志确认；只有一位的，由负责人或代办人确认。"
            )

    def _held(self, stop_id: str, state: str) -> Stop:
        row = self._tx.execute(
            select(t.product_stop).where(t.product_stop.c.id == stop_id).with_for_update()
        ).first()
        if row is None:
            raise NotAllowedError("没有找到这项停用。")
        stop = Stop(**row._mapping)
        if stop.state != state:
            raise StaleError(self._what_stands(stop))
        return stop

    def _turn(self, stop: Stop, act: str, by: Person, now: datetime, **values: Any) -> Stop:
        entry = self._begin(stop.tenant, act, now, by, stop.clause, stop.id)
        entry.update(t.product_stop, {"id": stop.id}, {"state": stop.state}, **values)
        return stop._replace(**values)

    def _what_stands(self, stop: Stop) -> str:
        person = self._people.get(stop.ended_by or stop.confirmed_by or stop.person_id)
        name = person.name if person else ""
        said = {
            PROPOSED: f"已由{name}提出，等另一位同志确认",
            CONFIRMED: f"已由{name}确认停用",
            LIFTED: f"已由{name}恢复",
            DROPPED: f"已由{name}撤回或未同意",
        }
        return f"“{stop.title}”的停用{said[stop.state]}，您的点选未计入。"

    def _begin(
        self, tenant: str, act: str, now: datetime, by: Person, place: str, subject: str = ""
    ) -> Entry:
        return self._journal.begin(
            tenant=tenant,
            at=now,
            act=act,
            subject=subject or new_id(now),
            person_id=by.id,
            role=Role.REVIEWER.value,
            clause=place,
        )
