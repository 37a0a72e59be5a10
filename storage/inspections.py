"""Rounds of self-inspection (自查): planned, opened for every school in bounded steps, ended."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    and_,
    case,
    func,
    literal,
    literal_column,
    or_,
    select,
)

from storage import tables as t
from storage.cases import Filing, read_filing
from storage.gaps import CITY
from storage.ids import new_id
from storage.journal import Entry, Journal
from storage.people import Person
from storage.rounds import Round, School, Tally
from storage.rules.inspection import (
    CLAUSE,
    RoundAct,
    RoundDays,
    RoundScope,
    RoundState,
    SheetState,
    turn,
)
from storage.rules.terms import Desk, NotAllowedError, Role, SchoolStage, Stage, UnitKind
from storage.session import Session
from storage.types import write_json

AT_ONCE: Final = 40
"""How many schools one transaction hands their sheets: others wait for it no longer than that."""

NOT_YOURS: Final = (
    "自查由教育技术部门发起和汇总（温教办技〔2022〕65号四），您目前没有这项权限。"
    "如职责有变动，请联系本单位管理员更新名单。"
)
LIVE: Final = (RoundState.PLANNED, RoundState.OPEN)
_IN_FORCE: Final = t.filing.c.stage == literal(Stage.REGISTERED.value, literal_execute=True)


@dataclass(slots=True, eq=False)
class Inspections:
    """Plans, opens, ends and counts rounds."""

    _tx: Session
    _journal: Journal

    # --- finding -------------------------------------------------------------------------------

    def get(self, tenant: str, round_id: str) -> Round | None:
        """Find a round."""
        found = self._list(t.inspection.c.tenant == tenant, t.inspection.c.id == round_id)
        return found[0] if found else None

    def known(self, tenant: str, round_id: str) -> Round:
        """Find a round that must exist.

        Raises:
            NotAllowedError: it does not.
        """
        found = self.get(tenant, round_id)
        if found is None:
            raise NotAllowedError("没有找到这轮自查，请发“自查”查看。")
        return found

    def held(self, tenant: str, round_id: str) -> Round:
        """Find a round and keep others from it until this transaction ends."""
        c = t.inspection.c
        key = (c.tenant == tenant, c.id == round_id)
        self._tx.execute(select(c.id).where(*key).with_for_update())
        return self.known(tenant, round_id)

    def of_bundle(self, bundle: str) -> list[Round]:
        """Return the rounds that were opened together, by authority."""
        return self._list(t.inspection.c.bundle == bundle)

    def of(self, tenants: Sequence[str], since: date) -> list[Round]:
        """Return the rounds of some authorities that close on ``since`` or later, or did; the one
        that opens last comes first."""
        c = t.inspection.c
        found = self._list(
            c.tenant.in_(list(tenants)),
            c.closes_on >= since,
            c.state != RoundState.CANCELLED.value,
        )
        return sorted(found, key=lambda one: one.days.opens_on, reverse=True)

    # --- what a scope takes in -----------------------------------------------------------------

    def schools(
        self, tenant: str, scope: RoundScope, *, after: str = "", most: int | None = None
    ) -> list[School]:
        """Return the schools that a scope takes in, by code; of a product those that use it."""
        c = t.unit.c
        where = [c.tenant == tenant, c.kind != UnitKind.DEPARTMENT.value, c.active, c.code > after]
        if scope.product_key:
            f = t.filing.c
            using = select(f.school).where(
                f.tenant == tenant,
                f.product_key == scope.product_key,
                f.stage == Stage.REGISTERED.value,
                f.kind.in_(_kinds(scope)),
            )
            where.append(c.code.in_(using))
        rows = self._tx.execute(select(c.code, c.name, c.levels).where(*where).order_by(c.code))
        found = [
            School(row.code, row.name)
            for row in rows
            if scope.takes_in([SchoolStage(level) for level in row.levels])
        ]
        return found[:most]

    def filings_of(self, tenant: str, school: str, scope: RoundScope) -> list[Filing]:
        """Return the filings in force of a school that a scope takes in, by case number."""
        f = t.filing.c
        # Sorted here: asked for in this order, a database reads all of the authority's filings.
        rows = self._tx.execute(
            select(t.filing).where(f.tenant == tenant, f.school == school, *_asked(scope))
        )
        return sorted((read_filing(row) for row in rows), key=lambda one: one.case_no)

    def filings_in(self, tenant: str, scope: RoundScope, schools: Iterable[School]) -> int:
        """Count the filings in force that a scope takes in."""
        f = t.filing.c
        rows = self._tx.execute(
            select(f.school, func.count().label("many"))
            .where(f.tenant == tenant, *_asked(scope))
            .group_by(f.school)
        )
        counted = {row.school: int(row.many) for row in rows}
        return sum(counted.get(one.code, 0) for one in schools)

    # --- planning ------------------------------------------------------------------------------

    def plan(
        self,
        tenants: Sequence[str],
        scope: RoundScope,
        days: RoundDays,
        *,
        made_for: str,
        by: Person,
        day: date,
        now: datetime,
    ) -> list[Round]:
        """Plan a round for an authority, or by the city's centre for several of them.

        Raises:
            NotAllowedError: not at the technology centre today, or the same round is there.
        """
        self._must_run(made_for, by, day)
        if made_for != CITY and set(tenants) != {made_for}:
            raise NotAllowedError(NOT_YOURS)
        made: list[Round] = []
        for tenant in tenants:
            mark = _mark(scope, days)
            c = t.inspection.c
            same = (c.tenant == tenant, c.mark == mark, c.state.in_([one.value for one in LIVE]))
            if self._list(*same):
                raise NotAllowedError("同样范围和起止日期的自查已经发起过。发“自查情况”查看。")
            round_id = new_id(now)
            entry = self._begin(tenant, round_id, "plan_inspection", by.id, Role.REVIEWER, now)
            entry.insert(
                t.inspection,
                id=round_id,
                bundle=made[0].id if made else round_id,
                made_for=made_for,
                scope=scope.to_dict(),
                mark=mark,
                **days._asdict(),
                state=RoundState.PLANNED.value,
                made_at=now,
                made_by=by.id,
                filled_upto="",
                seed="",
            )
            made.append(self.known(tenant, round_id))
        return made

    def cancel(self, bundle: str, *, by: Person, day: date, now: datetime) -> list[Round]:
        """Take back a round that has not begun, for every authority it was planned for.

        Raises:
            NotAllowedError: not of the centre that planned it, or it has begun.
        """
        found = [self.held(one.tenant, one.id) for one in self.of_bundle(bundle)]
        for one in found:
            self._must_run(one.made_for, by, day)
            if day >= one.days.opens_on:
                raise NotAllowedError(
                    f"这轮自查已于{one.days.opens_on.month}月{one.days.opens_on.day}日开始，"
                    "学校正在填报，不能取消。"
                )
            entry = self._begin(
                one.tenant, one.id, RoundAct.CANCEL.value, by.id, Role.REVIEWER, now
            )
            self._turn(entry, one, RoundAct.CANCEL, ended_at=now, ended_by=by.id)
        return [self.known(one.tenant, one.id) for one in found]

    # --- what becomes due ----------------------------------------------------------------------

    def to_hand_out(self, today: date) -> list[tuple[str, str]]:
        """Return (authority, id) of rounds that begin, or whose schools were not all asked yet."""
        c = t.inspection.c
        return self._keys(
            IS_LIVE,
            or_(
                and_(_is(RoundState.PLANNED), c.opens_on <= today),
                and_(_is(RoundState.OPEN), c.filled_at.is_(None)),
            ),
        )

    def hand_out(self, tenant: str, round_id: str, today: date, now: datetime) -> list[School]:
        """Give the next schools of a round their sheets, ``AT_ONCE`` at most; return which.

        Where nobody is left, the round is handed out.
        """
        one = self.held(tenant, round_id)
        if (tenant, round_id) not in self.to_hand_out(today):
            return []
        entry = self._begin(tenant, round_id, RoundAct.BEGIN.value, "", Role.SYSTEM, now)
        if one.state is RoundState.PLANNED:
            self._turn(entry, one, RoundAct.BEGIN)
        schools = self.schools(tenant, one.scope, after=one.filled_upto, most=AT_ONCE)
        entry.insert_all(
            t.inspection_sheet,
            [
                {
                    "id": new_id(now), "inspection_id": round_id, "school": school.code,
                    "state": SheetState.ASKED.value, "version": 1, "asked_at": now,
                    "unfiled": [], "noes": 0, "mended": 0,
                }
                for school in schools
            ],
        )  # fmt: skip
        upto = schools[-1].code if schools else one.filled_upto
        filled_at = now if len(schools) < AT_ONCE else None
        entry.update(t.inspection, {"id": round_id}, {}, filled_upto=upto, filled_at=filled_at)
        return schools

    def to_end(self, today: date) -> list[tuple[str, str]]:
        """Return (authority, id) of rounds whose last day has passed."""
        c = t.inspection.c
        return self._keys(
            IS_LIVE, _is(RoundState.OPEN), c.filled_at.is_not(None), c.closes_on < today
        )

    def end(self, tenant: str, round_id: str, today: date, now: datetime) -> Round | None:
        """End a round; ``None`` where another process did."""
        one = self.held(tenant, round_id)
        if (tenant, round_id) not in self.to_end(today):
            return None
        entry = self._begin(tenant, round_id, RoundAct.CLOSE.value, "", Role.SYSTEM, now)
        self._turn(entry, one, RoundAct.CLOSE, ended_at=now)
        return self.known(tenant, round_id)

    # --- counting ------------------------------------------------------------------------------

    def tally(self, rounds: Sequence[Round]) -> dict[str, Tally]:
        """Count the schools of some rounds by how they stand: round id → numbers."""
        s = t.inspection_sheet.c
        is_amiss = and_(s.noes > 0, s.noes > s.mended)
        keys = [and_(s.tenant == one.tenant, s.inspection_id == one.id) for one in rounds]
        if not keys:
            return {}
        rows = self._tx.execute(
            select(
                s.inspection_id,
                func.count(),
                _many(s.state == SheetState.RECEIVED.value),
                _many(is_amiss),
                _many(and_(s.noes > 0, s.noes == s.mended)),
            )
            .where(or_(*keys))
            .group_by(s.inspection_id)
        )
        counted = {row[0]: Tally(*map(int, row[1:])) for row in rows}
        return {one.id: counted.get(one.id, Tally()) for one in rounds}

    def missing(self, one: Round) -> list[str]:
        """Return the names of schools whose sheet did not come, by name."""
        s, u = t.inspection_sheet.c, t.unit.c
        rows = self._tx.execute(
            select(u.name)
            .join(t.inspection_sheet, and_(u.tenant == s.tenant, u.code == s.school))
            .where(
                s.tenant == one.tenant,
                s.inspection_id == one.id,
                s.state == literal(SheetState.ASKED.value, literal_execute=True),
            )
            .order_by(u.name, u.code)
        )
        return list(rows.scalars())

    # --- inside --------------------------------------------------------------------------------

    @staticmethod
    def _must_run(tenant: str, by: Person, day: date) -> None:
        if by.at_desk(tenant, Desk.TECH, day) is None:
            raise NotAllowedError(NOT_YOURS)

    def _turn(self, entry: Entry, one: Round, act: RoundAct, **values: Any) -> None:
        to = turn(one.state, act)
        entry.update(
            t.inspection, {"id": one.id}, {"state": one.state.value}, state=to.value, **values
        )

    def _begin(
        self, tenant: str, round_id: str, act: str, person_id: str, role: Role, now: datetime
    ) -> Entry:
        return self._journal.begin(
            tenant=tenant, at=now, act=act, subject=round_id, person_id=person_id,
            role=role.value, clause=CLAUSE,
        )  # fmt: skip

    def _keys(self, *where: Any) -> list[tuple[str, str]]:
        c = t.inspection.c
        rows = self._tx.execute(
            select(c.tenant, c.id).where(*where).order_by(c.opens_on, c.tenant, c.id)
        )
        return [(row.tenant, row.id) for row in rows]

    def _list(self, *where: ColumnElement[bool]) -> list[Round]:
        c = t.inspection.c
        rows = self._tx.execute(select(t.inspection).where(*where).order_by(c.tenant, c.id))
        return [
            Round(
                row.tenant, row.id, row.bundle, row.made_for, RoundScope.from_dict(row.scope),
                RoundDays(row.opens_on, row.half_on, row.last_on, row.closes_on),
                RoundState(row.state), row.made_by, row.filled_upto, row.filled_at, row.seed,
            )
            for row in rows
        ]  # fmt: skip


# Word for word the condition of ix_inspection_due.
IS_LIVE: Final[ColumnElement[Any]] = literal_column("inspection.state in ('planned', 'open')")


def _is(state: RoundState) -> ColumnElement[bool]:
    return t.inspection.c.state == literal(state.value, literal_execute=True)


def _many(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _kinds(scope: RoundScope) -> list[str]:
    return [kind.value for kind in scope.kinds]


def _asked(scope: RoundScope) -> list[ColumnElement[bool]]:
    where = [_IN_FORCE]
    if scope.kind:
        where.append(t.filing.c.kind.in_(_kinds(scope)))
    if scope.product_key:
        where.append(t.filing.c.product_key == scope.product_key)
    return where


def _mark(scope: RoundScope, days: RoundDays) -> str:
    kept = {**scope.to_dict(), "days": [on.isoformat() for on in days]}
    return hashlib.sha256(write_json(kept).encode()).hexdigest()[:16]
