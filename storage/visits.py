"""Visits (抽查) of a self-inspection: drawn by a seed that is kept, noted in one line each."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, select

from storage import tables as t
from storage.inspections import NOT_YOURS, Inspections
from storage.journal import Journal
from storage.people import Person
from storage.rounds import Round
from storage.rules.inspection import CLAUSE, sample
from storage.rules.terms import Desk, NotAllowedError, Role, clause
from storage.session import Session


class Visit(NamedTuple):
    """One school that is visited, with what was found and how 教研 sees it."""

    sheet_id: str
    place: int
    school: str
    name: str
    found: str
    evaluation: str


@dataclass(slots=True, eq=False)
class Visits:
    """Draws the schools of an authority's round that are visited, and keeps what came of it."""

    _tx: Session
    _journal: Journal
    _inspections: Inspections

    def of(self, one: Round) -> list[Visit]:
        """Return the schools that were drawn, in the order of the draw."""
        v, s, u = t.inspection_visit.c, t.inspection_sheet.c, t.unit.c
        rows = self._tx.execute(
            select(v.sheet_id, v.place, s.school, u.name, v.found, v.evaluation)
            .select_from(t.inspection_visit)
            .join(t.inspection_sheet, and_(s.tenant == v.tenant, s.id == v.sheet_id))
            .join(t.unit, and_(u.tenant == s.tenant, u.code == s.school))
            .where(v.tenant == one.tenant, v.inspection_id == one.id)
            .order_by(v.place)
        )
        return [Visit(**row._mapping) for row in rows]

    def draw(self, one: Round, *, by: Person, day: date, now: datetime) -> Round:
        """Draw the schools of a round that are visited; once drawn, the list stays as it is.

        Raises:
            NotAllowedError: not at the technology centre, or its schools were not all asked yet.

        Source: requirements A.12 (3 % at random).
        """
        if by.at_desk(one.tenant, Desk.TECH, day) is None:
            raise NotAllowedError(NOT_YOURS)
        one = self._inspections.held(one.tenant, one.id)
        if one.seed:
            return one
        s = t.inspection_sheet.c
        rows = self._tx.execute(
            select(s.school, s.id).where(s.tenant == one.tenant, s.inspection_id == one.id)
        )
        sheets = {row.school: row.id for row in rows}
        if one.filled_at is None or not sheets:
            raise NotAllowedError("这轮自查还没有发到学校，发出后再抽查。")
        seed = f"{one.days.opens_on:%Y%m}-{secrets.token_hex(3)}"
        entry = self._journal.begin(
            tenant=one.tenant, at=now, act="draw_visits", subject=one.id, person_id=by.id,
            role=Role.REVIEWER.value, clause=CLAUSE,
        )  # fmt: skip
        entry.update(t.inspection, {"id": one.id}, {"seed": ""}, seed=seed)
        entry.insert_all(
            t.inspection_visit,
            [
                {
                    "sheet_id": sheets[school], "inspection_id": one.id, "place": place,
                    "drawn_at": now, "found": "", "evaluation": "",
                }
                for place, school in enumerate(sample(seed, sheets), start=1)
            ],
        )  # fmt: skip
        return self._inspections.known(one.tenant, one.id)

    def note(
        self, one: Round, visit: Visit, words: str, *, by: Person, day: date, now: datetime
    ) -> None:
        """Keep what a visit found, in place of what was noted before."""
        if by.at_desk(one.tenant, Desk.TECH, day) is None:
            raise NotAllowedError(NOT_YOURS)
        self._write(
            one, visit, "note_visit", CLAUSE, by, now,
            visited_at=now, visited_by=by.id, found=words,
        )  # fmt: skip

    def evaluate(
        self, one: Round, visit: Visit, words: str, *, by: Person, day: date, now: datetime
    ) -> None:
        """Keep how 教研 sees the use in class, in place of what was noted before (三（二）6)."""
        if by.at_desk(one.tenant, Desk.RESEARCH, day) is None:
            raise NotAllowedError(
                f"评价由{Desk.RESEARCH.label}的审核人填写（三（二）6），您目前没有这项权限。"
            )
        self._write(
            one, visit, "evaluate_visit", clause("三（二）6"), by, now,
            evaluated_at=now, evaluated_by=by.id, evaluation=words,
        )  # fmt: skip

    def _write(
        self, one: Round, visit: Visit, act: str, place: str, by: Person, now: datetime,
        **values: Any,
    ) -> None:  # fmt: skip
        entry = self._journal.begin(
            tenant=one.tenant, at=now, act=act, subject=visit.sheet_id, person_id=by.id,
            role=Role.REVIEWER.value, clause=place,
        )  # fmt: skip
        entry.update(t.inspection_visit, {"sheet_id": visit.sheet_id}, {}, **values)
