"""Reports as they stand: what is sealed in them, whose they are to handle, who wrote them."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import func, or_, select

from storage import tables as t
from storage.gaps import CITY
from storage.people import People, Person, Unit, unit_of
from storage.rules.reports import Category, Outcome, ReportState, bare, receipt_of
from storage.rules.terms import Desk, Role, UnitKind
from storage.session import OF_REPORT, Session

CONTENT: Final = "report.content"
_LEAST_NAME: Final = 2
_LEAST_SCHOOL: Final = 2


class Report(NamedTuple):
    """A report without what is sealed in it."""

    tenant: str
    id: str
    code: str
    category: Category
    state: ReportState
    version: int
    desk: Desk
    unit_code: str
    assignee: str | None
    barred: Sequence[str]
    copied: Sequence[str]
    school: str
    content: str
    contact: str
    answer: str
    at: datetime
    due_on: date
    taken_at: datetime | None
    settled_at: datetime | None
    settled_by: str | None
    outcome: Outcome | None

    @property
    def is_sealed(self) -> bool:
        """Tell whether 纪检 alone has it."""
        return self.desk is Desk.DISCIPLINE


class Content(NamedTuple):
    """What was said, as far as somebody knew it; ``tenant`` and ``school`` where it was found."""

    words: tuple[str, ...] = ()
    tenant: str = ""
    school: str = ""
    school_name: str = ""
    product: str = ""
    when: str = ""

    @property
    def text(self) -> str:
        """Return everything that was written."""
        return "\n".join(filter(None, (*self.words, self.when, self.product)))

    def to_json(self) -> str:
        """Write it down; ``from_json`` reads it."""
        return json.dumps(self._asdict(), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Content:
        """Read what ``to_json`` wrote."""
        values = json.loads(text)
        return cls(**{**values, "words": tuple(values["words"])})


class ReportFile(NamedTuple):
    """A picture that came with a report; the bytes are under ``digest`` in the file store."""

    tenant: str
    id: str
    report_id: str
    digest: str
    size: int
    media_type: str
    at: datetime


class Place(NamedTuple):
    """Whose a report is to handle; ``assignee`` where one person is named (纪检)."""

    tenant: str
    desk: Desk
    unit_code: str
    assignee: str | None


class Counts(NamedTuple):
    """How many reports came and ended in a time, and how long the first step took."""

    came: int
    ended: int
    open: int
    spans: Sequence[tuple[datetime, datetime]]
    kinds: Mapping[str, int]


@dataclass(slots=True, eq=False)
class ReportFinder:
    """Finds reports, and says of each who may handle and read it."""

    _tx: Session
    _people: People

    # --- finding -------------------------------------------------------------------------------

    def by_code(self, code: str) -> Report | None:
        """Find a report by its code, the first half of its receipt."""
        return self._one(t.report.c.code == receipt_of(code).code)

    def get(self, report_id: str) -> Report | None:
        """Find a report by id."""
        return self._one(t.report.c.id == report_id)

    def open_at(self, tenants: Collection[str]) -> list[Report]:
        """Return the open reports of some authorities, the first due first."""
        rows = self._tx.execute(
            select(t.report)
            .where(t.report.c.tenant.in_(list(tenants)), t.report.c.settled_at.is_(None))
            .order_by(t.report.c.due_on, t.report.c.id)
        )
        return [_read(row) for row in rows]

    def ownerless(self, day: date) -> list[str]:
        """Return the clues whose officer is none any more."""
        c, post = t.report.c, t.post.c
        holds = select(1).where(
            post.person_id == c.assignee,
            post.role == Role.DISCIPLINE.value,
            post.valid_from <= day,
            or_(post.valid_to.is_(None), post.valid_to >= day),
        )
        rows = self._tx.execute(
            select(c.id).where(
                c.settled_at.is_(None), c.desk == Desk.DISCIPLINE.value, ~holds.exists()
            )
        )
        return sorted(rows.scalars())

    def files(self, report: Report) -> list[ReportFile]:
        """Return what came with a report, the oldest first."""
        c = t.report_file.c
        rows = self._tx.execute(
            select(t.report_file)
            .where(c.tenant == report.tenant, c.report_id == report.id)
            .order_by(c.at, c.id)
        )
        return [ReportFile(**row._mapping) for row in rows]

    def before(self, category: Category, school: str, report_id: str) -> int:
        """Return how often a school was reported for the same before."""
        c = t.report.c
        found = select(func.count()).where(
            c.category == category.value, c.school == school, c.id != report_id
        )
        return int(self._tx.execute(found).scalar_one()) if school else 0

    def counts(self, tenants: Collection[str], start: datetime, end: datetime) -> Counts:
        """Count an authority's reports: numbers and times, nothing that any of them says."""
        c = t.report.c
        mine = c.tenant.in_(list(tenants))
        came = self._tx.execute(
            select(c.category, c.at, c.taken_at).where(mine, c.at >= start, c.at < end)
        ).all()
        ended = self._tx.execute(
            select(func.count()).where(mine, c.settled_at >= start, c.settled_at < end)
        ).scalar_one()
        waits = self._tx.execute(select(func.count()).where(mine, c.settled_at.is_(None)))
        kinds: dict[str, int] = {}
        for row in came:
            label = Category(row.category).label
            kinds[label] = kinds.get(label, 0) + 1
        spans = [(row.at, row.taken_at) for row in came if row.taken_at]
        return Counts(len(came), int(ended), int(waits.scalar_one()), spans, kinds)

    def schools_in(self, words: str) -> list[Unit]:
        """Return the schools that a text names, or that its words are the beginning or end of."""
        text = bare(words)
        rows = self._tx.execute(
            select(t.unit)
            .where(t.unit.c.kind != UnitKind.DEPARTMENT.value, t.unit.c.active)
            .order_by(t.unit.c.tenant, t.unit.c.code)
        ).all()
        named = [row for row in rows if bare(row.name) in text]
        if not named and len(text) >= _LEAST_SCHOOL:
            named = [row for row in rows if text in bare(row.name)]
        longest = max((len(row.name) for row in named), default=0)
        whole = [row for row in named if len(row.name) == longest and bare(row.name) in text]
        return [unit_of(row) for row in whole or named]

    # --- what is sealed --------------------------------------------------------------------------

    def seal(self, text: str) -> str:
        """Seal what goes out and tells of a report; ``Outbox.unseal`` opens it when it leaves."""
        return f"{OF_REPORT}{self._tx.cipher.reports.seal(text, 'outbox.body')}"

    def content_of(self, report: Report) -> Content:
        """Open what a report says. For rules and for ``Reports.open``, which writes down who."""
        return Content.from_json(self._tx.cipher.reports.open(report.content, CONTENT))

    def answer_of(self, report: Report) -> str:
        """Open what the reporter was answered."""
        if not report.answer:
            return ""
        return self._tx.cipher.reports.open(report.answer, "report.answer")

    # --- who wrote it ----------------------------------------------------------------------------

    def mark_of(self, instance: str, account: str) -> str:
        """Return what all reports of one account share, and nobody without the key can tell."""
        reports = self._tx.cipher.reports
        return reports.blind_index(f"{instance}:{account.lower()}", "report.mark")

    def sent_since(self, mark: str, since: datetime) -> int:
        """Return how many reports came from one account."""
        c = t.report_reach.c
        found = select(func.count()).where(c.mark == mark, c.at >= since)
        return int(self._tx.execute(found).scalar_one())

    def same(self, mark: str, category: Category, content: Content) -> Report | None:
        """Return the open report in which the same account says the same."""
        c, finger = t.report_reach.c, self.finger_of(content)
        rows = self._tx.execute(
            select(t.report, c.finger)
            .join(t.report_reach, c.report_id == t.report.c.id)
            .where(c.mark == mark, t.report.c.settled_at.is_(None))
            .order_by(t.report.c.at)
        )
        for row in rows:
            report = Report._make(tuple(row)[:-1])
            alike = row.finger == finger
            there = content.school and self.content_of(report).school == content.school
            if alike or (there and report.category == category.value):
                return self.get(report.id)
        return None

    def finger_of(self, content: Content) -> str:
        """Return what equal contents share, whatever marks and spaces stand in them."""
        return self._tx.cipher.reports.blind_index(bare("".join(content.words)), "report.finger")

    def reach_of(self, report: Report) -> tuple[str, str] | None:
        """Return (instance, address) of who reported, while it is kept. For answering only."""
        sealed = self._tx.execute(
            select(t.report_reach.c.address).where(t.report_reach.c.report_id == report.id)
        ).scalar_one_or_none()
        if not sealed:
            return None
        instance, _, address = self._tx.cipher.reports.open(sealed, "report.reach").partition(":")
        return instance, address

    # --- whose it is -----------------------------------------------------------------------------

    def handles(self, report: Report, person: Person, day: date) -> bool:
        """Tell whether somebody may handle a report on ``day``."""
        return self._is_at(report, report.desk, person, day) and not self._conflicts(
            report, person, day
        )

    def reads(self, report: Report, person: Person, day: date) -> bool:
        """Tell whether somebody may read a report on ``day``: who handles it, and copied desks."""
        desks = (report.desk, *(Desk(one) for one in report.copied))
        at_one = any(self._is_at(report, desk, person, day) for desk in desks)
        return at_one and not self._conflicts(report, person, day)

    def is_of_own_unit(self, report: Report, person: Person, day: date) -> bool:
        """Tell whether a report names a unit that somebody works in (E.12, 回避)."""
        text = self.content_of(report).text
        return any(post.unit_name and post.unit_name in text for post in person.held(day))

    def handlers(self, report: Report, day: date) -> list[Person]:
        """Return who is told of a report: who works at its desk and may handle it."""
        people = self._at(report.tenant, report.desk, day)
        if report.assignee and report.assignee not in {one.id for one in people}:
            people += [one for one in (self._people.get(report.assignee),) if one]
        return [one for one in people if self.handles(report, one, day)]

    def readers(self, report: Report, desk: Desk, day: date) -> list[Person]:
        """Return who is told at another desk that may read along."""
        return [one for one in self._at(report.tenant, desk, day) if self.reads(report, one, day)]

    def officers(self, tenant: str, day: date) -> list[Person]:
        """Return the 纪检 of an authority, who is away last."""
        away = self._people.away(tenant, day)
        found = self._people.holding(tenant, Role.DISCIPLINE, day)
        return sorted(found, key=lambda one: one.id in away)

    def place(
        self,
        tenant: str,
        desk: Desk,
        content: Content,
        mark: str,
        day: date,
        barred: Collection[str] = (),
    ) -> Place | None:
        """Return where a report goes: to its desk, or where nobody there may handle it, further.

        An authority without such a desk, or whose people are all concerned, is helped out by the
        city's, then by 教育技术中心, which coordinates (R28). None: nobody at all.
        """
        wanted = [(tenant, desk), (CITY, desk)]
        if desk is not Desk.DISCIPLINE:
            wanted += [(tenant, Desk.TECH), (CITY, Desk.TECH)]
        for where, which in wanted:
            able = [
                one
                for one in self._at(where, which, day)
                if one.id not in barred and not self._is_concerned(one, content, mark, day)
            ]
            if able:
                own = [one for one in able if not _works_in_named(one, content, day)]
                one = (own or able)[0]
                department = self._people.department(where, which)
                unit = department.code if department else one.held(day)[0].unit_code
                named = one.id if which is Desk.DISCIPLINE else None
                return Place(where, which, unit, named)
        return None

    def _at(self, tenant: str, desk: Desk, day: date) -> list[Person]:
        if desk is Desk.DISCIPLINE:
            return self.officers(tenant, day)
        return self._people.at_desk(tenant, desk, day)

    def _is_at(self, report: Report, desk: Desk, person: Person, day: date) -> bool:
        if person.id in report.barred:
            return False
        if desk is not Desk.DISCIPLINE:
            return person.at_desk(report.tenant, desk, day) is not None
        held = {post.tenant for post in person.held(day) if post.role is Role.DISCIPLINE}
        return report.tenant in held or (CITY in held and report.assignee == person.id)

    def _conflicts(self, report: Report, person: Person, day: date) -> bool:
        mark = self._tx.execute(
            select(t.report_reach.c.mark).where(t.report_reach.c.report_id == report.id)
        ).scalar_one_or_none()
        return self._is_concerned(person, self.content_of(report), mark or "", day)

    def _is_concerned(self, person: Person, content: Content, mark: str, day: date) -> bool:
        """Tell whether somebody works at the school, is named, or wrote it."""
        if content.school and person.works_in(content.tenant, content.school, day):
            return True
        if len(person.name) >= _LEAST_NAME and person.name in content.text:
            return True
        own = self._people.addresses([person.id])
        return any(self.mark_of(instance, address) == mark for _, instance, address in own)

    def _one(self, *where: Any) -> Report | None:
        row = self._tx.execute(select(t.report).where(*where)).first()
        return _read(row) if row else None


def _works_in_named(person: Person, content: Content, day: date) -> bool:
    return any(post.unit_name and post.unit_name in content.text for post in person.held(day))


def _read(row: Any) -> Report:
    values = dict(row._mapping)
    return Report(
        **{
            **values,
            "category": Category(values["category"]),
            "state": ReportState(values["state"]),
            "desk": Desk(values["desk"]),
            "outcome": Outcome(values["outcome"]) if values["outcome"] else None,
        }
    )
