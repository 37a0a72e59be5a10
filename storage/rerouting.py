"""Putting right what came to the wrong desk: a new way, or another authority."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select

from storage import tables as t
from storage.cases import Filing, Task
from storage.drafts import Drafts
from storage.filings import Filings
from storage.hands import Hands
from storage.ids import new_id
from storage.journal import Entry, Journal
from storage.people import People, Person, Unit
from storage.rules import workdays
from storage.rules.correcting import Fact, corrected, new_way, stages_of, value_of
from storage.rules.facts import Facts
from storage.rules.office import OfficeRules
from storage.rules.routing import Part, Seat
from storage.rules.terms import (
    Act,
    NotAllowedError,
    Role,
    RuleViolationError,
    TaskKind,
    TaskState,
    clause,
)
from storage.rules.workdays import Calendar
from storage.rules.workflow import advance
from storage.session import Session
from storage.tasks import Tasks

NOT_LISTED = (
    "其他主管单位的名单中还没有这所学校及其校长、经办人，不能移交。"
    "请管理员先更正名单中的隶属，再转出（二（三）谁主管谁负责）。"
)


class Correction(NamedTuple):
    """A fact of a school that a desk has put right; the next filing is asked about it."""

    filing_id: str
    school: str
    fact: Fact
    was: str
    value: str
    desk: str
    person_id: str
    at: datetime


class NewWay(NamedTuple):
    """What a correction comes to: which opinions stay, who is no more asked, who is asked now."""

    facts: Facts
    parts: tuple[Part, ...]
    kept: list[Task]
    dropped: list[Task]
    asked: list[Seat]


@dataclass(slots=True, eq=False)
class Rerouting:
    """Corrects facts, remembers them for the school, and hands filings over."""

    _tx: Session
    _people: People
    _journal: Journal
    _filings: Filings
    _tasks: Tasks
    _hands: Hands
    _drafts: Drafts
    _calendar: Calendar

    # --- another desk ----------------------------------------------------------------------------

    def way(self, filing: Filing, fact: Fact, value: str, office: OfficeRules) -> NewWay:
        """Return what putting a fact right comes to; nothing is written.

        Raises:
            RuleViolationError: it is so already, or several departments would have to lead.
        """
        self._must_be_one(filing)
        facts = corrected(filing.facts, fact, value)
        parts = new_way(facts, office, filing.parts)
        seats = {seat.desk: seat for part in parts for seat in part.co_reviewers}
        live = [one for one in self._tasks.of(filing) if one.state is not TaskState.SUPERSEDED]
        reviews = [one for one in live if one.kind is TaskKind.CO_REVIEW]
        kept = [one for one in reviews if one.desk in seats]
        dropped = [
            one
            for one in live
            if one.kind is TaskKind.DECISION or (one in reviews and one not in kept)
        ]
        has = {one.desk for one in kept}
        return NewWay(
            facts, parts, kept, dropped, [seat for desk, seat in seats.items() if desk not in has]
        )

    def reroute(
        self,
        filing_id: str,
        fact: Fact,
        value: str,
        *,
        matter: str,
        by: Person,
        seen: int,
        now: datetime,
    ) -> Filing:
        """Put a fact right and make the way anew; what departments of both ways said stays.

        ``matter`` is the form that the corrected kind is filed with.

        Raises:
            StaleError: the filing moved since it was seen.
            RuleViolationError: not for ``by`` to say, or it cannot be put right here.

        Source: 三（一）; E.5 unhappy 2.
        """
        filing = self._filings.held(filing_id, seen)
        role = self._hands.role_in(filing, by, filing.local(now).date())
        self._must_rest(filing)
        way = self.way(filing, fact, value, filing.office)
        entry = self._begin(filing, Act.REROUTE, by, role, way.parts[0].lead.clause, now)
        self._remember(entry, filing, fact, value, by, role)
        seats = {seat.desk: seat for part in way.parts for seat in part.co_reviewers}
        for task in way.dropped:
            self._tasks.turn(entry, task, Act.MOVE_AWAY, role)
        for task in way.kept:
            if task.state is TaskState.OPEN:
                seat = seats[task.desk]
                self._tasks.turn(
                    entry, task, Act.REROUTE, role, blocking=seat.blocking, clause=seat.clause
                )
        answers = dict(filing.answers)
        if fact is Fact.STAGES:
            answers["stages"] = {
                "stages": [stage.value for stage in stages_of(value)],
                "grades": "",
            }
        self._drafts.correct(filing.bundle, matter=matter, stages=answers.get("stages"))
        filing = self._filings.move(
            entry,
            filing,
            Act.REROUTE,
            role,
            facts={"facts": way.facts.to_dict(), "explained": list(filing.explained)},
            answers=answers,
            matter=matter,
            kind=way.facts.kind.value,
            route=[asdict(part) for part in way.parts],
        )
        return self._filings.carry_on(filing, now)

    def learned(self, tenant: str, school: str) -> list[Correction]:
        """Return what was put right for a school, the newest of each fact."""
        names = [t.correction.c[name] for name in Correction._fields]
        rows = self._tx.execute(
            select(*names)
            .where(t.correction.c.tenant == tenant, t.correction.c.school == school)
            .order_by(t.correction.c.at, t.correction.c.id)
        )
        newest = {row.fact: Correction._make(row)._replace(fact=Fact(row.fact)) for row in rows}
        return list(newest.values())

    # --- another authority -----------------------------------------------------------------------

    def seats_elsewhere(self, filing: Filing, now: datetime) -> list[Unit]:
        """Return where else the directory has this school, with who signed as its principal."""
        unit = self._people.unit(filing.tenant, filing.school)
        signer = self._people.get(filing.principal_id)
        owner = self._people.get(filing.owner_id)
        if unit is None or signer is None or owner is None:
            return []
        day = filing.local(now).date()
        return [
            one
            for one in self._people.elsewhere(unit)
            if signer.is_principal_of(one.tenant, one.code, day)
            and any((p.tenant, p.unit_code) == (one.tenant, one.code) for p in owner.held(day))
        ]

    def move_away(
        self,
        filing_id: str,
        unit: Unit,
        *,
        office: OfficeRules,
        number_code: str,
        by: Person,
        seen: int,
        now: datetime,
    ) -> tuple[Filing, Filing]:
        """End a filing here and open it at the authority that owns the school, as it was signed.

        Raises:
            StaleError: the filing moved since it was seen.
            RuleViolationError: not for ``by`` to say, or it cannot be handed over.

        Source: 二（三）谁主管谁负责; E.6 unhappy 2, E.10 unhappy 2.
        """
        filing = self._filings.held(filing_id, seen)
        role = self._hands.role_in(filing, by, filing.local(now).date())
        self._must_rest(filing)
        self._must_be_one(filing)
        if unit not in self.seats_elsewhere(filing, now):
            raise RuleViolationError(NOT_LISTED)
        facts = corrected(filing.facts, Fact.OWNER, unit.owner.value)
        parts = new_way(facts, office)
        advance(filing.stage, Act.MOVE_AWAY, role)
        came = self._take_over(filing, unit, facts, parts, office, number_code, by, role, now)
        entry = self._begin(filing, Act.MOVE_AWAY, by, role, "二（三）", now)
        self._remember(entry, filing, Fact.OWNER, unit.owner.value, by, role)
        entry.insert(t.handover, **_told(filing, came, came=False, by=by, now=now))
        for task in self._tasks.of(filing):
            if task.view.is_pending:
                self._tasks.turn(entry, task, Act.MOVE_AWAY, role)
        filing = self._filings.move(entry, filing, Act.MOVE_AWAY, role, settled_at=now)
        return filing, self._filings.carry_on(came, now)

    def other_half(self, filing: Filing) -> Filing | None:
        """Return the filing that this one was handed over to, or came from."""
        row = self._tx.execute(
            select(t.handover.c.other_id).where(
                t.handover.c.tenant == filing.tenant, t.handover.c.filing_id == filing.id
            )
        ).first()
        return self._filings.get(row.other_id) if row else None

    def _take_over(
        self,
        filing: Filing,
        unit: Unit,
        facts: Facts,
        parts: Sequence[Part],
        office: OfficeRules,
        number_code: str,
        by: Person,
        role: Role,
        now: datetime,
    ) -> Filing:
        """Open the filing there: the same answers, papers, signature and declarations."""
        entry = self._journal.begin(
            tenant=unit.tenant,
            at=now,
            act="take_over",
            subject=new_id(now),
            person_id=by.id,
            role=role.value,
            clause=clause("二（三）"),
            rule_version=office.version,
        )
        deadline = workdays.add(filing.local(now).date(), office.days_case, self._calendar)
        came = self._filings.take_over(
            entry,
            number_code,
            office,
            school=unit.code,
            matter=filing.matter,
            kind=filing.kind.value,
            title=filing.title,
            product_key=filing.product_key,
            facts={"facts": facts.to_dict(), "explained": list(filing.explained)},
            answers=dict(filing.answers),
            route=[asdict(part) for part in parts],
            owner_id=filing.owner_id,
            principal_id=filing.principal_id,
            signed_at=filing.signed_at,
            due_on=deadline.on,
            due_provisional=deadline.provisional,
        )
        entry.insert(t.handover, **_told(came, filing, came=True, by=by, now=now))
        declared = select(t.declaration).where(
            t.declaration.c.tenant == filing.tenant, t.declaration.c.filing_id == filing.id
        )
        for row in self._tx.execute(declared).all():
            # SQLAlchemy's names are a kind of text of its own, which JSON does not take.
            kept = {str(name): value for name, value in row._mapping.items() if name != "tenant"}
            entry.insert(t.declaration, **{**kept, "filing_id": came.id})
        draft = self._drafts.of_filing(filing.bundle)
        if draft is not None:
            there = self._drafts.open(
                tenant=unit.tenant, unit_code=unit.code, person_id=draft.person_id,
                matter=draft.matter, now=now, answers=draft.answers,
            )  # fmt: skip
            self._drafts.turn(there, "sent", filing_id=came.id)
            for file in self._drafts.files(draft.id):
                values = {**file._asdict(), "id": new_id(now), "draft_id": there.id}
                entry.insert(t.attachment, **{k: v for k, v in values.items() if k != "tenant"})
        return came

    # --- inside ----------------------------------------------------------------------------------

    def _must_be_one(self, filing: Filing) -> None:
        if filing.amends:
            original = self._filings.known(filing.amends)
            raise RuleViolationError(
                f"{filing.case_no} 是 {original.case_no}（{original.number}）的变更，"
                "由原备案的牵头部门办理，不能转出。请退回学校，由校长撤回后另行备案。"
            )
        others = [one for one in self._filings.of_bundle(filing.bundle) if one.id != filing.id]
        if others:
            cases = "、".join(one.case_no for one in others)
            raise RuleViolationError(
                f"{filing.case_no} 与 {cases} 由同一份材料分别报送（三（一）），不能单独转出。"
                "请退回学校，由校长撤回后重新备案。"
            )

    def _must_rest(self, filing: Filing) -> None:
        if any(task.state is TaskState.RETURNED for task in self._tasks.of(filing)):
            raise NotAllowedError(f"{filing.case_no} 正在由学校补正，交回后再转出。")

    def _remember(
        self, entry: Entry, filing: Filing, fact: Fact, value: str, by: Person, role: Role
    ) -> None:
        day = filing.local(entry.at).date()
        leads = [part.lead.desk for part in filing.parts]
        desks = leads if role is Role.LEAD else [task.desk for task in self._tasks.of(filing)]
        desk = next((one for one in desks if by.at_desk(filing.tenant, one, day)), leads[0])
        kept = Correction(
            filing.id, filing.school, fact, value_of(filing.facts, fact), value, desk.value,
            by.id, entry.at,
        )  # fmt: skip
        entry.insert(t.correction, id=new_id(entry.at), **{**kept._asdict(), "fact": fact.value})

    def _begin(
        self, filing: Filing, act: Act, by: Person, role: Role, clause: str, now: datetime
    ) -> Entry:
        return self._journal.begin(
            tenant=filing.tenant,
            at=now,
            act=act.value,
            subject=filing.id,
            person_id=by.id,
            role=role.value,
            clause=clause,
            rule_version=filing.rule_version,
        )


def _told(
    filing: Filing, other: Filing, *, came: bool, by: Person, now: datetime
) -> dict[str, Any]:
    """Return the row by which one of two filings names the other."""
    return {
        "filing_id": filing.id,
        "other_tenant": other.tenant,
        "other_id": other.id,
        "came": came,
        "person_id": by.id,
        "at": now,
    }
