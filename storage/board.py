"""The board: lists of filings and schools for who looks after all of an authority's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, and_, case, func, or_, select

from storage import tables as t
from storage.figures import PRIVATE, Scope, label, within
from storage.people import People
from storage.rules.masking import mask_phones_in
from storage.rules.terms import Desk, Kind, SchoolStage, Stage, TaskKind, TaskState, UnitKind
from storage.rules.workflow import PILOT_STAGES, TERMINAL
from storage.session import Session

RUNNING: Final = [stage.value for stage in Stage if stage not in TERMINAL | PRIVATE | PILOT_STAGES]
"""A running pilot waits for nobody, however long it runs."""

SCHOOL_MENDS: Final = "学校补正"


class Line(NamedTuple):
    """One filing in a list. ``title`` shows no phone number, whatever was typed there."""

    id: str
    tenant: str
    case_no: str
    school: str
    title: str
    stage: str


class Running(NamedTuple):
    """One filing under way: whom it waits for, and since when the longest of them."""

    line: Line
    waits: tuple[str, ...]
    since: datetime


class Place(NamedTuple):
    """Where a row stands in the register."""

    tenant: str
    registered_at: datetime
    id: str


class Registered(NamedTuple):
    """One row of the register: nothing personal stands in it."""

    tenant: str
    id: str
    number: str
    case_no: str
    school: str
    product: str
    product_no: str
    kind: str
    levels: tuple[str, ...]
    signed_at: datetime
    registered_at: datetime
    valid_until: date | None
    status: str
    status_label: str

    @property
    def place(self) -> Place:
        """Return where to read on behind this row."""
        return Place(self.tenant, self.registered_at, self.id)


@dataclass(slots=True, eq=False)
class Board:
    """Reads the lists; signed filings only, never a school's draft."""

    _tx: Session
    _people: People
    _names: dict[tuple[str, str], str] = field(default_factory=dict)

    def running(self, scope: Scope) -> list[Running]:
        """Return the filings under way, the one that waits longest first."""
        task = t.task.c
        columns = (task.kind, task.desk, task.state, task.opened_at, task.points)
        rows = self._tx.execute(
            _lines(t.filing.c.signed_at, *(one.label(f"task_{one.name}") for one in columns))
            .outerjoin(
                t.task,
                and_(
                    task.tenant == t.filing.c.tenant,
                    task.filing_id == t.filing.c.id,
                    task.state.in_((TaskState.OPEN.value, TaskState.RETURNED.value)),
                    # A decision is nobody's task while others have the filing.
                    or_(
                        task.kind != TaskKind.DECISION.value,
                        task.state == TaskState.RETURNED.value,
                        t.filing.c.stage == Stage.AWAITING_DECISION.value,
                    ),
                ),
            )
            .where(*within(scope), *_UNDER_WAY)
            .order_by(t.filing.c.case_no)
        )
        found: dict[str, tuple[Line, list[tuple[datetime, str]]]] = {}
        for row in rows:
            _, waits = found.setdefault(row.id, (_line(row), []))
            waits.append(self._wait(row))
        lists = [_running(line, sorted(waits)) for line, waits in found.values()]
        return sorted(lists, key=lambda one: (one.since, one.line.case_no))

    def count_running(self, scope: Scope) -> dict[str, int]:
        """Return by authority how many are under way, where any is."""
        f = t.filing.c
        rows = self._tx.execute(
            select(f.tenant, func.count().label("many"))
            .where(*within(scope), *_UNDER_WAY)
            .group_by(f.tenant)
            .order_by(f.tenant)
        )
        return {row.tenant: row.many for row in rows}

    def _wait(self, row: Any) -> tuple[datetime, str]:
        if row.task_state is None:
            return row.signed_at, ""
        if row.task_state == TaskState.RETURNED.value:
            asked = row.task_points[-1]["at"] if row.task_points else ""
            return datetime.fromisoformat(asked) if asked else row.task_opened_at, SCHOOL_MENDS
        return row.task_opened_at, self._desk(row.tenant, row.task_desk)

    def _desk(self, tenant: str, desk: str) -> str:
        """Return what an authority calls a desk today."""
        if (tenant, desk) not in self._names:
            unit = self._people.department(tenant, Desk(desk))
            self._names[tenant, desk] = unit.name if unit else Desk(desk).label
        return self._names[tenant, desk]

    def count_signed(self, scope: Scope) -> int:
        """Return how many filings were ever signed."""
        counted = select(func.count()).where(*within(scope), t.filing.c.signed_at.is_not(None))
        return int(self._tx.execute(counted).scalar_one())

    def signed(self, scope: Scope, *, skip: int, most: int) -> list[Line]:
        """Return some of the signed filings, the newest first."""
        rows = self._tx.execute(
            _lines()
            .where(*within(scope), t.filing.c.signed_at.is_not(None))
            .order_by(t.filing.c.signed_at.desc(), t.filing.c.case_no.desc())
            .offset(skip)
            .limit(most)
        )
        return [_line(row) for row in rows]

    def lines(self, scope: Scope, cases: Sequence[str]) -> list[Line]:
        """Return the filings with some case numbers, in the order of these."""
        rows = self._tx.execute(_lines().where(*within(scope), t.filing.c.case_no.in_(cases)))
        found = {row.case_no: _line(row) for row in rows}
        return [found[case] for case in cases if case in found]

    def registered(
        self, scope: Scope, *, after: Place | None = None, most: int | None = None
    ) -> list[Registered]:
        """Return the register by authority and time, from behind ``after`` on.

        What is registered later comes behind what was read before, of its own authority.
        """
        f = t.filing.c
        columns = (
            f.kind, f.facts, f.number, f.signed_at, f.registered_at, f.valid_until,
            t.product.c.product_no,
        )  # fmt: skip
        rows = _lines(*columns).outerjoin(t.product, t.product.c.id == f.product_key)
        rows = rows.where(*within(scope), f.number.is_not(None))
        if after is not None:
            same = f.tenant == after.tenant
            rows = rows.where(
                or_(
                    f.tenant > after.tenant,
                    and_(same, f.registered_at > after.registered_at),
                    and_(same, f.registered_at == after.registered_at, f.id > after.id),
                )
            )
        rows = rows.order_by(f.tenant, f.registered_at, f.id)
        if most is not None:
            rows = rows.limit(most)
        return [_registered(row) for row in self._tx.execute(rows)]

    def unfiled(self, tenants: Sequence[str]) -> dict[str, tuple[int, int]]:
        """Return by authority (schools that never filed anything, schools)."""
        u = t.unit.c
        never = func.sum(case((~_HAS_FILED, 1), else_=0)).label("never")
        rows = self._tx.execute(
            select(u.tenant, func.count().label("many"), never)
            .where(*_schools(tenants))
            .group_by(u.tenant)
            .order_by(u.tenant)
        )
        return {row.tenant: (int(row.never), row.many) for row in rows}

    def unfiled_schools(self, tenants: Sequence[str]) -> list[tuple[str, str, str]]:
        """Return (authority, code, name) of the schools that never filed anything."""
        u = t.unit.c
        rows = self._tx.execute(
            select(u.tenant, u.code, u.name)
            .where(*_schools(tenants), ~_HAS_FILED)
            .order_by(u.tenant, u.code)
        )
        return [(row.tenant, row.code, row.name) for row in rows]

    def school_names(self, tenants: Sequence[str]) -> dict[tuple[str, str], str]:
        """Return the name of every school and other unit of some authorities."""
        u = t.unit.c
        rows = self._tx.execute(
            select(u.tenant, u.code, u.name).where(
                u.tenant.in_(tenants), u.kind != UnitKind.DEPARTMENT.value
            )
        )
        return {(row.tenant, row.code): row.name for row in rows}


_UNDER_WAY: Final = (
    t.filing.c.stage.in_(RUNNING),
    t.filing.c.signed_at.is_not(None),
    t.filing.c.settled_at.is_(None),
)
_HAS_FILED: Final = (
    select(1)
    .where(
        t.filing.c.tenant == t.unit.c.tenant,
        t.filing.c.school == t.unit.c.code,
        t.filing.c.signed_at.is_not(None),
    )
    .correlate(t.unit)
    .exists()
)


def _schools(tenants: Sequence[str]) -> list[Any]:
    u = t.unit.c
    return [u.tenant.in_(tenants), u.kind == UnitKind.SCHOOL.value, u.active]


def _lines(*more: Any) -> Select[Any]:
    f = t.filing.c
    return select(
        f.id, f.tenant, f.case_no, f.title, f.stage, t.unit.c.name.label("school"), *more
    ).join_from(
        t.filing,
        t.unit,
        and_(t.unit.c.tenant == f.tenant, t.unit.c.code == f.school),
        isouter=True,
    )


def _line(row: Any) -> Line:
    title = mask_phones_in(row.title)
    return Line(row.id, row.tenant, row.case_no, row.school or "", title, label(Stage, row.stage))


def _running(line: Line, waits: Sequence[tuple[datetime, str]]) -> Running:
    names = dict.fromkeys(who for _, who in waits if who)
    return Running(line, tuple(names), waits[0][0])


def _registered(row: Any) -> Registered:
    levels = row.facts["facts"].get("stages_in_use", ())
    return Registered(
        tenant=row.tenant,
        id=row.id,
        number=row.number,
        case_no=row.case_no,
        school=row.school or "",
        product=mask_phones_in(row.title),
        product_no=row.product_no or "",
        kind=label(Kind, row.kind),
        levels=tuple(label(SchoolStage, one) for one in levels),
        signed_at=row.signed_at,
        registered_at=row.registered_at,
        valid_until=row.valid_until,
        status=row.stage,
        status_label=label(Stage, row.stage),
    )
