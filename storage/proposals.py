"""Proposals to stop a product everywhere: made by a desk, answered once by a technology centre."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, select

from storage import tables as t
from storage.cases import Filing, StaleError, Task
from storage.gaps import CITY
from storage.journal import Entry, Journal
from storage.people import People, Person
from storage.rules.facts import Facts
from storage.rules.standing import GROUNDS, Ground
from storage.rules.terms import Desk, NotAllowedError, Role, Stage
from storage.session import Session
from storage.stops import CONFIRMED, NOT_YOURS, PROPOSED, Stop

ADOPTED, DECLINED = "adopted", "declined"
GROUND_OF: Final[Mapping[Desk, str]] = MappingProxyType({Desk.LEGAL: "content"})
"""On which ground a product is stopped that a desk's finding speaks against."""


class Reach(NamedTuple):
    """Who uses a product now, by the filings that are in force."""

    schools: int
    students: int


class Proposal(NamedTuple):
    """What a desk proposed with its opinion on a task, and how many files that rests on.

    ``stop_id``: the stop that somebody began from it. ``answer`` is empty until a centre gave one.
    """

    tenant: str
    task_id: str
    case_no: str
    desk: Desk
    product_key: str
    title: str
    person_id: str
    reason: str
    at: datetime
    evidence: int
    stop_id: str
    answer: str
    answered_by: str

    @property
    def ground(self) -> Ground:
        """Return the ground of the notice that fits the desk that proposed."""
        key = GROUND_OF.get(self.desk, "other")
        return next(one for one in GROUNDS if one.key == key)


@dataclass(slots=True, eq=False)
class Proposals:
    """Keeps proposals and their answers; stopping itself is another act, of two persons."""

    _tx: Session
    _journal: Journal
    _people: People

    def propose(
        self, task: Task, filing: Filing, *, reason: str, by: Person, now: datetime
    ) -> None:
        """Keep what a desk proposes with its opinion on ``task``, in the same transaction.

        Source: requirements R42, R87.
        """
        entry = self._journal.begin(
            tenant=task.tenant,
            at=now,
            act="propose_stop",
            subject=filing.id,
            person_id=by.id,
            role=Role.REVIEWER.value,
            clause=task.clause,
            rule_version=filing.rule_version,
        )
        entry.insert(
            t.stop_proposal,
            task_id=task.id,
            filing_id=filing.id,
            product_key=filing.product_key,
            person_id=by.id,
            reason=reason,
            at=now,
        )

    def is_proposed(self, product_key: str) -> bool:
        """Tell whether somebody proposed to stop a product, and was not told no."""
        proposed = select(t.stop_proposal.c.at).where(
            t.stop_proposal.c.product_key == product_key,
            func.coalesce(t.stop_proposal.c.answer, "") != DECLINED,
            ~_undone().exists(),
        )
        return self._tx.execute(proposed.limit(1)).first() is not None

    def rests_on(self, task: Task) -> bool:
        """Tell whether something was proposed on a task before, however it was answered."""
        p = t.stop_proposal.c
        found = select(p.at).where(p.tenant == task.tenant, p.task_id == task.id)
        return self._tx.execute(found).first() is not None

    def reach(self, product_key: str) -> Reach:
        """Count who uses a product in the whole city; nothing but the two sums leaves here."""
        rows = self._tx.execute(
            select(t.filing.c.tenant, t.filing.c.school, t.filing.c.facts).where(
                t.filing.c.product_key == product_key,
                t.filing.c.stage == Stage.REGISTERED.value,
            )
        ).all()
        students = [Facts.from_dict(row.facts["facts"]).students or 0 for row in rows]
        return Reach(len({(row.tenant, row.school) for row in rows}), sum(students))

    # --- what waits for an answer ----------------------------------------------------------------

    def open_for(self, tenant: str, product_key: str = "") -> list[Proposal]:
        """Return what waits for a centre's answer, the oldest first; the city's centre hears every
        authority's, for each proposes a stop in the whole city.

        What its own author took back (撤销) waits for nobody, and what the centre is stopping or
        has stopped already is on its way.
        """
        stopping = select(1).where(
            t.product_stop.c.tenant == tenant,
            t.product_stop.c.product_key == t.stop_proposal.c.product_key,
            t.product_stop.c.state.in_((PROPOSED, CONFIRMED)),
        )
        where = [self._waits(tenant), t.stop_proposal.c.stop_id.is_(None), ~stopping.exists()]
        if product_key:
            where.append(t.stop_proposal.c.product_key == product_key)
        return self._read(_rows().where(*where))

    def waiting(self, task_id: str, tenant: str) -> Proposal:
        """Return a proposal that still waits for a centre's answer.

        Raises:
            StaleError: it does not any more, or never was this centre's to answer.
        """
        found = next((one for one in self.open_for(tenant) if one.task_id == task_id), None)
        if found is None:
            raise self._stale(task_id, tenant)
        return found

    # --- answers ---------------------------------------------------------------------------------

    def begin(self, proposal: Proposal, stop: Stop, *, by: Person, now: datetime) -> None:
        """Note that a stop was proposed on the strength of a proposal; its answer is the stop's.

        Raises:
            StaleError: somebody else answered it, or began a stop from it.
        """
        entry = self._entry(proposal, "take_up_proposal", by, now)
        key, still = {"task_id": proposal.task_id}, {"answer": None, "stop_id": None}
        if not entry.update(t.stop_proposal, key, still, stop_id=stop.id):
            raise self._stale(proposal.task_id, proposal.tenant)

    def decline(
        self, proposal: Proposal, tenant: str, *, reason: str, by: Person, day: date, now: datetime
    ) -> None:
        """Answer a proposal with no, with why.

        Raises:
            NotAllowedError: not of that authority's technology centre today.
            StaleError: it was answered, or a stop that began from it waits to be confirmed.
        """
        if by.at_desk(tenant, Desk.TECH, day) is None or tenant not in (proposal.tenant, CITY):
            raise NotAllowedError(NOT_YOURS)
        entry = self._entry(proposal, "decline_proposal", by, now)
        key, still = {"task_id": proposal.task_id}, {"answer": None, "stop_id": None}
        if not entry.update(
            t.stop_proposal, key, still,
            answer=DECLINED, answer_reason=reason, answered_by=by.id, answered_at=now,
        ):  # fmt: skip
            raise self._stale(proposal.task_id, proposal.tenant)

    def adopt(self, stop: Stop, *, by: Person, now: datetime) -> list[Proposal]:
        """Answer with yes whatever proposed the stop that was confirmed; return what was."""
        where = [self._waits(stop.tenant), t.stop_proposal.c.product_key == stop.product_key]
        found = self._read(_rows().where(*where))
        return [one for one in found if self._close(one, stop, ADOPTED, by, now)]

    def refuse(self, stop: Stop, *, by: Person, now: datetime) -> list[Proposal]:
        """Answer with no what led to a stop that a second person did not confirm.

        Where who began the stop takes it back, what led to it waits again and nothing is returned.
        """
        found = self._read(_rows().where(t.stop_proposal.c.stop_id == stop.id))
        if by.id != stop.person_id:
            return [one for one in found if self._close(one, stop, DECLINED, by, now)]
        for one in found:
            entry = self._entry(one, "release_proposal", by, now)
            entry.update(t.stop_proposal, {"task_id": one.task_id}, {"answer": None}, stop_id=None)
        return []

    # --- inside ----------------------------------------------------------------------------------

    def _close(
        self, proposal: Proposal, stop: Stop, answer: str, by: Person, now: datetime
    ) -> bool:
        entry = self._entry(proposal, f"{answer}_proposal", by, now)
        return entry.update(
            t.stop_proposal, {"task_id": proposal.task_id}, {"answer": None},
            stop_id=stop.id, answer=answer, answered_by=by.id, answered_at=now,
        )  # fmt: skip

    def _entry(self, proposal: Proposal, act: str, by: Person, now: datetime) -> Entry:
        return self._journal.begin(
            tenant=proposal.tenant,
            at=now,
            act=act,
            subject=proposal.task_id,
            person_id=by.id,
            role=Role.REVIEWER.value,
            clause=proposal.ground.clause,
        )

    def _stale(self, task_id: str, tenant: str) -> StaleError:
        where = [t.stop_proposal.c.task_id == task_id]
        if tenant != CITY:
            where.append(t.stop_proposal.c.tenant == tenant)
        found = next(iter(self._read(_rows().where(*where))), None)
        person = self._people.get(found.answered_by) if found else None
        if person:
            return StaleError(f"这条停用建议已由{person.name}答复，您的点选未计入。")
        if found and found.stop_id:
            return StaleError("已有同志据此提出停用，等另一位同志确认，您的点选未计入。")
        return StaleError("这条停用建议现在不需要答复，您的点选未计入。")

    def _waits(self, tenant: str) -> ColumnElement[bool]:
        own = t.stop_proposal.c.tenant == tenant
        waits = and_(t.stop_proposal.c.answer.is_(None), ~_undone().exists())
        return waits if tenant == CITY else and_(own, waits)

    def _read(self, query: Select[Any]) -> list[Proposal]:
        order = query.order_by(t.stop_proposal.c.at, t.stop_proposal.c.task_id)
        return [
            Proposal(
                row.tenant, row.task_id, row.case_no, Desk(row.desk), row.product_key, row.title,
                row.person_id, row.reason, row.at, row.evidence, row.stop_id or "",
                row.answer or "", row.answered_by or "",
            )
            for row in self._tx.execute(order)
        ]  # fmt: skip


def _undone() -> Select[Any]:
    """Return what finds that the opinion which came with a proposal was taken back (撤销)."""
    return select(1).where(
        t.undone.c.tenant == t.stop_proposal.c.tenant,
        t.undone.c.task_id == t.stop_proposal.c.task_id,
    )


def _rows() -> Select[Any]:
    files = (
        select(func.count())
        .select_from(t.evidence)
        .where(
            t.evidence.c.tenant == t.stop_proposal.c.tenant,
            t.evidence.c.task_id == t.stop_proposal.c.task_id,
        )
        .scalar_subquery()
    )
    return (
        select(
            t.stop_proposal,
            t.task.c.desk,
            t.filing.c.title,
            t.filing.c.case_no,
            files.label("evidence"),
        )
        .join(
            t.task,
            and_(
                t.task.c.tenant == t.stop_proposal.c.tenant,
                t.task.c.id == t.stop_proposal.c.task_id,
            ),
        )
        .join(
            t.filing,
            and_(
                t.filing.c.tenant == t.stop_proposal.c.tenant,
                t.filing.c.id == t.stop_proposal.c.filing_id,
            ),
        )
    )
