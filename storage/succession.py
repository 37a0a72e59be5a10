"""Who comes after whom at a school: a new principal, a colleague who goes on with a filing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, or_, select, tuple_

from storage import tables as t
from storage.cases import Filing
from storage.drafts import Draft, Drafts
from storage.filings import Filings
from storage.finding import TaskFinder
from storage.journal import Entry, Journal
from storage.people import People, Person
from storage.piloting import PilotFinder
from storage.rules.terms import Act, NotAllowedError, Role, Stage
from storage.rules.workflow import TERMINAL
from storage.session import Session

AT_ONCE = 200
OF_SCHOOL = (Role.OWNER, Role.PRINCIPAL)
Day = date | ColumnElement[Any]
Instant = datetime | ColumnElement[Any]


@dataclass(slots=True, eq=False)
class Succession:
    """Finds what waits for somebody who left a school, and gives it to who came after."""

    _tx: Session
    _journal: Journal
    _people: People
    _filings: Filings
    _tasks: TaskFinder
    _drafts: Drafts
    _pilots: PilotFinder

    # --- a new principal -----------------------------------------------------------------------

    def unsigned(self, day: date) -> list[Filing]:
        """Return the filings that may wait for a principal who is none any more on ``day``.

        Before its first signature a filing waits; afterwards where something was sent back, and
        mended again.
        """
        waits, mended = unsigned(day)
        return [*self._list(waits), *self._list(mended)][:AT_ONCE]

    def principal_of(self, filing: Filing, day: date) -> Person | None:
        """Return who signs for a filing's school on ``day``."""
        found = self._people.in_unit(filing.tenant, filing.school, day, Role.PRINCIPAL)
        return found[0] if found else None

    def inherit(self, filing: Filing, principal: Person, now: datetime) -> Filing:
        """Let a waiting signature wait for the principal of today.

        Raises:
            NotAllowedError: nothing waits, or who it waits for is still the principal.

        Source: 附件 学校审核; R96.
        """
        filing = self._filings.held(filing.id)
        day = filing.local(now).date()
        if not principal.is_principal_of(filing.tenant, filing.school, day):
            raise NotAllowedError("学校审核由本校校长（园长、单位负责人）本人办理。")
        old = self._people.get(filing.principal_id)
        if old is not None and old.is_principal_of(filing.tenant, filing.school, day):
            raise NotAllowedError(f"{filing.case_no} 仍由{old.name}签署。")
        entry = self._begin(filing, Act.INHERIT, Role.SYSTEM, "", now, "附件")
        return self._filings.move(
            entry, filing, Act.INHERIT, Role.SYSTEM, principal_id=principal.id
        )

    # --- another colleague ---------------------------------------------------------------------

    def ownerless(self, day: date) -> list[Filing]:
        """Return the running filings whose owner works at their school no more.

        A pilot that waits for the school's decision waits for others: the principal permits it, or
        hands it back, and then it is one of these.
        """
        return self._list(ownerless(day))

    def strays(self, now: datetime, day: date) -> list[Draft]:
        """Return the open drafts, not sent yet, of people who work at their school no more."""
        rows = self._tx.execute(
            select(t.draft)
            .where(strays(now, day))
            .order_by(t.draft.c.updated_at, t.draft.c.id)
            .limit(AT_ONCE)
        )
        # What a clerk enters from paper is a bureau's draft.
        found = [Draft(**row._mapping) for row in rows]
        return [one for one in found if "paper" not in one.answers]

    def candidates(
        self, tenant: str, school: str, day: date, filing: Filing | None
    ) -> list[Person]:
        """Return who may go on with a filing or a draft of a school: nobody who has judged it."""
        judges = self._judges(filing) if filing else set()
        found = self._people.in_unit(tenant, school, day, *OF_SCHOOL)
        return [person for person in found if person.id not in judges]

    def take_on(self, filing: Filing, owner: Person, *, by: Person, now: datetime) -> Filing:
        """Let another person of the school go on with a filing, as its principal says.

        Raises:
            NotAllowedError: not the principal, not somebody of the school, or its owner is there.
        """
        filing = self._filings.held(filing.id)
        day = filing.local(now).date()
        self._must_name(filing.tenant, filing.school, owner, by, day, filing)
        old = self._people.get(filing.owner_id)
        if old is not None and works_there(old, filing.tenant, filing.school, day):
            raise NotAllowedError(f"{filing.case_no} 的经办人是{old.name}，仍在本校，不需要换人。")
        entry = self._begin(filing, Act.TAKE_ON, Role.PRINCIPAL, by.id, now, "四（一）")
        return self._filings.move(entry, filing, Act.TAKE_ON, Role.PRINCIPAL, owner_id=owner.id)

    def give(self, draft: Draft, owner: Person, *, by: Person, day: date) -> Draft:
        """Let another person of the school go on with a draft, as its principal says.

        Raises:
            NotAllowedError: not the principal, not somebody of the school, or it is in hand.
        """
        self._must_name(draft.tenant, draft.unit_code, owner, by, day, None)
        old = self._people.get(draft.person_id)
        if old is not None and works_there(old, draft.tenant, draft.unit_code, day):
            raise NotAllowedError(f"这份草稿由{old.name}在填，不需要换人。")
        return self._drafts.give(draft, owner.id)

    def _must_name(
        self,
        tenant: str,
        school: str,
        owner: Person,
        by: Person,
        day: date,
        filing: Filing | None,
    ) -> None:
        if not by.is_principal_of(tenant, school, day):
            raise NotAllowedError("接办人由本校校长（园长、单位负责人）指定。")
        if owner not in self.candidates(tenant, school, day, filing):
            raise NotAllowedError("接办人须是本校名单中的经办人或校长，且没有审核过这件备案。")

    # --- inside --------------------------------------------------------------------------------

    def _judges(self, filing: Filing) -> set[str]:
        """Return who has judged a filing: at its desks, or a running pilot at its school."""
        if filing.stage is Stage.PILOTING:
            return {one.person_id for one in self._pilots.checks(filing)}
        return {one.person_id for one in self._tasks.decisions(filing)}

    def _list(self, *where: ColumnElement[bool]) -> list[Filing]:
        rows = self._tx.execute(
            select(t.filing.c.id)
            .where(*where)
            .order_by(t.filing.c.made_at, t.filing.c.case_no)
            .limit(AT_ONCE)
        )
        return [self._filings.known(filing_id) for filing_id in rows.scalars()]

    def _begin(
        self, filing: Filing, act: Act, role: Role, by: str, now: datetime, clause: str
    ) -> Entry:
        return self._journal.begin(
            tenant=filing.tenant,
            at=now,
            act=act.value,
            subject=filing.id,
            person_id=by,
            role=role.value,
            clause=clause,
            rule_version=filing.rule_version,
        )


def works_there(person: Person, tenant: str, school: str, day: date) -> bool:
    """Say whether somebody files or signs for a school on ``day``."""
    return any(
        (post.tenant, post.unit_code) == (tenant, school) and post.role in OF_SCHOOL
        for post in person.held(day)
    )


def unsigned(day: Day) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Say which filings wait for a principal who is none any more: before the first signature, and
    where something was sent back and mended again."""
    gone = ~_holds(t.filing.c.principal_id, day, Role.PRINCIPAL)
    # Word for word the condition of ix_filing_unsigned.
    waits = t.filing.c.stage == literal_column("'awaiting_principal'")
    sent_back = select(t.task.c.tenant, t.task.c.filing_id).where(
        t.task.c.state == literal_column("'returned'")
    )
    mended = and_(
        tuple_(t.filing.c.tenant, t.filing.c.id).in_(sent_back),
        t.filing.c.stage.in_(_written([Stage.IN_REVIEW, Stage.RETURNED])),
        select(1)
        .where(t.draft.c.filing_id == t.filing.c.bundle, t.draft.c.state == "sent")
        .exists(),
    )
    return and_(waits, gone), and_(mended, gone)


def ownerless(day: Day) -> ColumnElement[bool]:
    """Say which running filings have an owner who works at their school no more."""
    return and_(
        t.filing.c.owner_id.in_(_left(day)),
        t.filing.c.stage.not_in(_written(sorted(TERMINAL | {Stage.SCHOOL_DECISION}))),
        ~_holds(t.filing.c.owner_id, day, *OF_SCHOOL),
    )


def strays(now: Instant, day: Day) -> ColumnElement[bool]:
    """Say which open drafts, not sent yet, are of people who work at their school no more."""
    there = _held(day, OF_SCHOOL, tenant=t.draft.c.tenant, unit=t.draft.c.unit_code,
                  person=t.draft.c.person_id)  # fmt: skip
    return and_(
        t.draft.c.state == "open",
        # Not for its index: nearly every draft that ever was dropped has none either.
        func.coalesce(t.draft.c.filing_id, "") == "",
        t.draft.c.expires_at > now,
        t.draft.c.person_id.in_(_left(day)),
        ~there,
    )


def _left(day: Day) -> Select[Any]:
    """Return who has ever left a school: few, and found by the days on which posts ended."""
    post = t.post.c
    return select(post.person_id).where(post.role.in_(_written(OF_SCHOOL)), post.valid_to < day)


def _holds(person: Any, day: Day, *roles: Role) -> ColumnElement[bool]:
    return _held(day, roles, tenant=t.filing.c.tenant, unit=t.filing.c.school, person=person)


def _held(
    day: Day, roles: Sequence[Role], *, tenant: Any, unit: Any, person: Any
) -> ColumnElement[bool]:
    return (
        select(1)
        .where(
            t.post.c.tenant == tenant,
            t.post.c.unit_code == unit,
            t.post.c.person_id == person,
            t.post.c.role.in_(_written(roles)),
            t.post.c.valid_from <= day,
            or_(t.post.c.valid_to.is_(None), t.post.c.valid_to >= day),
        )
        .exists()
    )


def _written(values: Sequence[StrEnum]) -> list[ColumnElement[str]]:
    """Return values written out: in a statement that is compiled once no list can grow."""
    return [literal_column(f"'{one.value}'") for one in values]
