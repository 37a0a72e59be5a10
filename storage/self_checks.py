"""One school's sheet in a round of self-inspection: who answered what, and what that asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, select

from storage import tables as t
from storage.cases import Filing, Followup
from storage.inspections import Inspections
from storage.journal import Journal
from storage.people import People, Person
from storage.rectifying import Rectifying, speaks_for
from storage.rounds import Round
from storage.rules.inspection import (
    CLAUSE,
    RoundState,
    SheetState,
    items_of,
    must_take_answers,
)
from storage.rules.terms import NotAllowedError, Role
from storage.session import Session

ONLY_THE_SCHOOL = (
    "自查由本校的经办人或校长填报（温教办技〔2022〕65号四），请由他们在聊天中发“自查”。"
)
MOVED_ON = "填报期间本校的在用备案有了变化，请重新发“自查”填报。"


class Sheet(NamedTuple):
    """What one school is asked in a round, and how that stands."""

    tenant: str
    id: str
    round_id: str
    school: str
    state: SheetState
    version: int
    received_at: datetime | None
    received_by: str | None
    unfiled: tuple[str, ...]
    noes: int
    mended: int


class Told(NamedTuple):
    """A school's whole answer. ``amiss`` is, of each filing, which items are not so, with why."""

    filings: Sequence[str]
    amiss: Mapping[str, Mapping[int, str]]
    unfiled: Sequence[str]


@dataclass(slots=True, eq=False)
class SelfChecks:
    """Reads sheets, and takes answers by who speaks for the school today."""

    _tx: Session
    _journal: Journal
    _people: People
    _inspections: Inspections
    _rectifying: Rectifying

    def known(self, tenant: str, sheet_id: str) -> Sheet:
        """Find a sheet that must exist.

        Raises:
            NotAllowedError: it does not.
        """
        c = t.inspection_sheet.c
        found = self._list(c.tenant == tenant, c.id == sheet_id)
        if not found:
            raise NotAllowedError("没有找到这份自查，请发“自查”查看。")
        return found[0]

    def held(self, tenant: str, sheet_id: str) -> Sheet:
        """Find a sheet and keep others from it, and from all it asks for, until this transaction
        ends."""
        c = t.inspection_sheet.c
        key = (c.tenant == tenant, c.id == sheet_id)
        self._tx.execute(select(c.id).where(*key).with_for_update())
        return self.known(tenant, sheet_id)

    def of_school(self, tenant: str, school: str) -> list[tuple[Round, Sheet]]:
        """Return the sheets of a school in rounds that are open, by their end."""
        s, r = t.inspection_sheet.c, t.inspection.c
        rows = self._tx.execute(
            select(t.inspection_sheet)
            .join(t.inspection, and_(r.tenant == s.tenant, r.id == s.inspection_id))
            .where(s.tenant == tenant, s.school == school, r.state == RoundState.OPEN.value)
            .order_by(r.closes_on, s.id)
        )
        sheets = [_read(row) for row in rows]
        return [(self._inspections.known(tenant, one.round_id), one) for one in sheets]

    def in_round(self, one: Round, schools: Sequence[str] = ()) -> list[Sheet]:
        """Return the sheets of a round (those of some schools), by school."""
        c = t.inspection_sheet.c
        where = [c.tenant == one.tenant, c.inspection_id == one.id]
        if schools:
            where.append(c.school.in_(list(schools)))
        return sorted(self._list(*where), key=lambda sheet: sheet.school)

    def answers(self, sheet: Sheet) -> dict[str, dict[int, bool]]:
        """Return what was answered: filing id → item → whether it is so."""
        c = t.inspection_answer.c
        rows = self._tx.execute(
            select(c.filing_id, c.said).where(c.tenant == sheet.tenant, c.sheet_id == sheet.id)
        )
        return {row.filing_id: {int(no): ok for no, ok in row.said.items()} for row in rows}

    def may_answer(self, sheet: Sheet, by: Person, day: date) -> tuple[Round, Role]:
        """Return the round of a sheet, and as what somebody answers it today.

        Raises:
            NotAllowedError: they do not speak for the school, or the round takes no answers.
        """
        role = speaks_for(by, sheet.tenant, sheet.school, day)
        if role is None:
            raise NotAllowedError(ONLY_THE_SCHOOL)
        one = self._inspections.known(sheet.tenant, sheet.round_id)
        must_take_answers(one.state, one.days, day)
        return one, role

    def answer(
        self,
        sheet: Sheet,
        told: Told,
        *,
        due_on: date,
        by: Person,
        day: date,
        seen: int,
        now: datetime,
    ) -> tuple[Sheet, list[Followup]]:
        """Take a school's answer, or its correction; return what has to be put right anew.

        Raises:
            NotAllowedError: as ``may_answer``; somebody else was first; a filing came or went.
        """
        sheet = self.held(sheet.tenant, sheet.id)
        one, role = self.may_answer(sheet, by, day)
        if sheet.version != seen:
            raise NotAllowedError(self.who_was_first(sheet))
        filings = self._inspections.filings_of(sheet.tenant, sheet.school, one.scope)
        if [filing.id for filing in filings] != list(told.filings):
            raise NotAllowedError(MOVED_ON)
        self._keep(sheet, filings, told, by, role, now)
        new: list[Followup] = []
        for filing in filings:
            amiss = {no: told.amiss.get(filing.id, {}).get(no) for no in items_of(filing.facts)}
            new += self._rectifying.settle(
                sheet.id,
                filing,
                {no: words for no, words in amiss.items() if words is not None},
                due_on=due_on,
                owner_id=self._owner(filing, by, day),
                by=by,
                role=role,
                now=now,
            )
        return self.known(sheet.tenant, sheet.id), new

    def _keep(
        self, sheet: Sheet, filings: Sequence[Filing], told: Told, by: Person, role: Role,
        now: datetime,
    ) -> None:  # fmt: skip
        entry = self._journal.begin(
            tenant=sheet.tenant, at=now, act="answer_inspection", subject=sheet.id,
            person_id=by.id, role=role.value, clause=CLAUSE,
        )  # fmt: skip
        gone = self.answers(sheet)
        noes = 0
        for filing in filings:
            amiss = told.amiss.get(filing.id, {})
            said = {str(no): no not in amiss for no in items_of(filing.facts)}
            noes += list(said.values()).count(False)
            values = {"said": said, "at": now, "person_id": by.id}
            key = {"sheet_id": sheet.id, "filing_id": filing.id}
            if gone.pop(filing.id, None) is None:
                entry.insert(t.inspection_answer, **key, **values)
            else:
                entry.update(t.inspection_answer, key, {}, **values)
        # What was answered of a filing that is in force no more stays as it was.
        noes += sum(list(said.values()).count(False) for said in gone.values())
        entry.update(
            t.inspection_sheet,
            {"id": sheet.id},
            {"version": sheet.version},
            state=SheetState.RECEIVED.value,
            version=sheet.version + 1,
            received_at=now,
            received_by=by.id,
            unfiled=list(told.unfiled),
            noes=noes,
        )

    def who_was_first(self, sheet: Sheet) -> str:
        """Say who has answered meanwhile."""
        first = self._people.get(sheet.received_by) if sheet.received_by else None
        name = first.name if first else "本校同志"
        return f"本校的自查刚刚由{name}提交，您这次的填报未计入。需要改动，请重新发“自查”。"

    def _owner(self, filing: Filing, by: Person, day: date) -> str:
        """Return who sees to it: the project's owner while at the school, else who answered."""
        owner = self._people.get(filing.project_owner_id or filing.owner_id)
        is_there = owner and speaks_for(owner, filing.tenant, filing.school, day)
        return owner.id if owner and is_there else by.id

    def _list(self, *where: Any) -> list[Sheet]:
        return [_read(row) for row in self._tx.execute(select(t.inspection_sheet).where(*where))]


def _read(row: Any) -> Sheet:
    return Sheet(
        row.tenant, row.id, row.inspection_id, row.school, SheetState(row.state), row.version,
        row.received_at, row.received_by, tuple(row.unfiled), row.noes, row.mended,
    )  # fmt: skip
