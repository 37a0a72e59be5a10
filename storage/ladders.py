"""What stands on a rung of its ladder today: one select, one row a ladder for what differs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    case,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
)

from storage import tables as t
from storage.calendar import Calendars
from storage.inspections import IS_LIVE
from storage.people import People
from storage.piloting import IS_RUNNING
from storage.rules import workdays
from storage.rules.followup import OVER, FollowKind
from storage.rules.ladder import (
    Rung,
    Span,
    Step,
    desk_steps,
    draft_steps,
    expiry_steps,
    following_steps,
    pilot_steps,
    report_steps,
    school_steps,
    signing_steps,
    spans,
)
from storage.rules.office import OfficeRules
from storage.rules.terms import Desk, Role, Stage, TaskKind

TASK, MENDING, SIGNING, DRAFT, EXPIRY = "task", "mending", "signing", "draft", "expiry"
ACCEPTANCE, AUDIT, PILOT = "acceptance", "audit", "pilot"
REPORT, CLUE = "report", "clue"
RECTIFY, INSPECTION = "rectify", "inspection"

OF_DESKS: Final = (TASK, AUDIT, REPORT)
"""Matters of a department, whose rungs speak to its people; the others speak to one person."""

OF_UNITS: Final = (*OF_DESKS, INSPECTION)
"""With what a school's people are asked together: the first of them answers."""

NEVER: Final = date(9999, 12, 31)
LYING_DAYS: Final = 60

_DAY: Final = t.reminder.c.due_on.type
_task, _filing, _draft, _follow, _pilot, _report = (
    table.c for table in (t.task, t.filing, t.draft, t.followup, t.pilot, t.report)
)


class _Ladder(NamedTuple):
    """Where the limits of one matter stand, who is spoken to, and what else has to hold.

    ``due`` is the limit, or what it is counted from; ``key`` tells one limit of a subject from
    another.
    """

    matter: str
    steps: tuple[Step, ...]
    calendar: workdays.Calendar
    source: FromClause
    tenant: ColumnElement[Any]
    subject: ColumnElement[Any]
    due: ColumnElement[Any]
    filing_id: ColumnElement[Any]
    unit: ColumnElement[Any]
    person: ColumnElement[Any]
    where: Sequence[ColumnElement[Any]]
    key: ColumnElement[Any] | None = None
    head: ColumnElement[Any] | None = None
    # Where ``due`` is an instant: the zone in which its days begin.
    zone: ZoneInfo | None = None


class Mark(NamedTuple):
    """A limit that stands on a rung, by which one goes on after it."""

    rung: str
    due: date | datetime
    subject: str

    @property
    def text(self) -> str:
        """Write it down; ``read`` reads it."""
        return f"{self.rung}|{self.due.isoformat()}|{self.subject}"

    @classmethod
    def read(cls, text: str) -> Mark | None:
        """Read what ``text`` wrote; None of nothing."""
        if not text:
            return None
        rung, due, subject = text.split("|")
        when = datetime.fromisoformat(due)
        return cls(rung, when if when.tzinfo else when.date(), subject)


class Standing(NamedTuple):
    """What stands on one rung of a ladder today, the earliest limit first.

    It is looked at page by page, whether it was reminded of or not: what a page costs is not more
    for what lies before it.
    """

    ladder: _Ladder
    span: Span
    tenant: str
    today: date

    @property
    def name(self) -> str:
        """Tell it from the other rungs of this day."""
        return f"{self.ladder.matter}:{self.span.rung}"

    def limits(self, most: int, after: Mark | None) -> Select[Any]:
        """Return (limit, subject) of the next ``most``."""
        one = self.ladder
        return (
            select(one.due.label("due"), one.subject.label("subject"))
            .select_from(one.source)
            .where(*self._where(after))
            .order_by(one.due, one.subject)
            .limit(most)
        )

    def as_reminders(self, upto: Mark, after: Mark | None) -> Select[Any]:
        """Return what stands up to a limit, as rows of ``t.reminder``.

        Its keys know which are new: each rung of a limit once, and each thing once a day.
        """
        one, rung = self.ladder, self.span.rung
        key = one.due if one.key is None else one.key
        is_head = rung is Rung.HEAD and one.head is not None
        return (
            select(
                one.tenant,
                one.subject,
                key,
                literal(rung.value),
                literal(one.matter),
                literal(self.today, t.reminder.c.on.type),
                one.filing_id,
                one.unit,
                func.coalesce(one.head, one.person) if is_head else one.person,
            )
            .select_from(one.source)
            .where(*self._where(after), self._place() <= self._place(upto))
        )

    def _where(self, after: Mark | None) -> list[ColumnElement[bool]]:
        one = self.ladder
        where = [one.tenant == self.tenant, *_in_span(one.due, self.span, one.zone), *one.where]
        if after:
            # The first as well by itself: by it the index is entered.
            where += [one.due >= after.due, self._place() > self._place(after)]
        return where

    def _place(self, mark: Mark | None = None) -> ColumnElement[Any]:
        one = self.ladder
        if mark is None:
            return tuple_(one.due, one.subject)
        return tuple_(literal(mark.due, one.due.type), literal(mark.subject))


@dataclass(slots=True, eq=False)
class Ladders:
    """Gives the selects that find what is due for a reminder, by set and by index."""

    _calendars: Calendars
    _people: People

    def standing(self, tenant: str, rules: OfficeRules, today: date) -> Iterator[Standing]:
        """Return what stands on each rung of each ladder, in an order that stays."""
        for ladder in self._all(tenant, rules, today):
            if not ladder.calendar.day(today).is_workday:
                continue
            for span in spans(ladder.steps, today, ladder.calendar):
                yield Standing(ladder, span, tenant, today)
        school = self._calendars.of_schools(tenant)
        if school.day(today).is_workday:
            # Its rungs are days of the round, and none that are counted from one limit.
            for rung in (Rung.HALF_TIME, Rung.LAST_CALL):
                span = Span(rung, None, NEVER)
                yield Standing(_missing(rung, school, today), span, tenant, today)

    def _all(self, tenant: str, rules: OfficeRules, today: date) -> Iterator[_Ladder]:
        office, school = self._calendars.of(tenant), self._calendars.of_schools(tenant)
        zone = ZoneInfo(rules.timezone)
        since = datetime.combine(today, time(), zone)
        with_task = _with_filing(t.task)
        owner, principal = _owner(today), _principal(today)
        no_one = literal("")
        yield _Ladder(
            TASK, desk_steps(rules), office, with_task, _task.tenant, _task.id, _task.due_on,
            _task.filing_id, _task.unit_code, func.coalesce(_task.assignee, ""),
            (
                # Word for word the condition of ix_task_due.
                _task.state == literal_column("'open'"),
                or_(
                    _task.kind != TaskKind.DECISION.value,
                    _filing.stage == Stage.AWAITING_DECISION.value,
                ),
                _task.opened_at < since,
            ),
        )  # fmt: skip
        yield _Ladder(
            MENDING, school_steps(rules), school, with_task, _task.tenant, _task.id, _task.due_on,
            _task.filing_id, _filing.school, owner,
            (_task.state == literal_column("'returned'"),),
        )  # fmt: skip
        yield _Ladder(
            SIGNING, signing_steps(rules), office, t.filing, _filing.tenant, _filing.id,
            _filing.entered_on, _filing.id, _filing.school, _filing.principal_id,
            (_filing.stage == Stage.AWAITING_PRINCIPAL.value,),
        )  # fmt: skip
        yield _Ladder(
            EXPIRY, expiry_steps(rules), office, t.filing, _filing.tenant, _filing.id,
            _filing.valid_until, _filing.id, _filing.school, owner,
            # Those behind it have expired already, or do so today.
            (_filing.stage == Stage.REGISTERED.value, _filing.valid_until >= today),
        )  # fmt: skip
        # By the end alone: an index that begins with the authority holds pilots of all years.
        of_pilot = func.coalesce(_pilot.tenant, "")
        yield _Ladder(
            PILOT, pilot_steps(rules), office, _with_filing(t.pilot), of_pilot,
            _pilot.filing_id, _pilot.ends_on, _pilot.filing_id, _filing.school, owner,
            (
                *IS_RUNNING,
                _pilot.decided_at < since,
                _pilot.ends_on >= today,
                _filing.stage == Stage.PILOTING.value,
            ),
            head=principal,
        )  # fmt: skip
        yield _Ladder(
            ACCEPTANCE, following_steps(rules), school, _with_filing(t.followup), _follow.tenant,
            _follow.id, _follow.due_on, _follow.filing_id, _filing.school, owner,
            (
                *_unsettled(FollowKind.ACCEPTANCE),
                # Nobody is asked to accept what may not be used any more; its money is audited
                # all the same.
                _filing.stage.not_in([stage.value for stage in OVER]),
            ),
            head=principal,
        )  # fmt: skip
        yield _Ladder(
            RECTIFY, following_steps(rules), school, _with_filing(t.followup), _follow.tenant,
            _follow.id, _follow.due_on, _follow.filing_id, _filing.school,
            _there(today, _follow.owner_id), _unsettled(FollowKind.RECTIFY), head=principal,
        )  # fmt: skip
        auditors = self._people.department(tenant, Desk.FINANCE) or self._people.department(
            tenant, Desk.TECH
        )
        yield _Ladder(
            AUDIT, following_steps(rules), office, _with_filing(t.followup), _follow.tenant,
            _follow.id, _follow.due_on, _follow.filing_id,
            literal(auditors.code if auditors else ""), no_one, _unsettled(FollowKind.AUDIT),
        )  # fmt: skip
        for matter, whose in (
            (REPORT, _report.desk != Desk.DISCIPLINE.value),
            (CLUE, _report.desk == Desk.DISCIPLINE.value),
        ):
            yield _Ladder(
                matter, report_steps(rules), office, t.report, _report.tenant, _report.id,
                _report.due_on, no_one, _report.unit_code, func.coalesce(_report.assignee, ""),
                (_report.settled_at.is_(None), whose),
            )  # fmt: skip
        lying = since - timedelta(days=LYING_DAYS)
        yield _Ladder(
            DRAFT, draft_steps(rules), office, t.draft, _draft.tenant, _draft.id,
            _draft.updated_at, no_one, _draft.unit_code, _draft.person_id,
            (
                _draft.state == literal_column("'open'"),
                _draft.filing_id.is_(None),
                _draft.matter.not_in([ACCEPTANCE, RECTIFY]),
                # What came to lie long ago is not kept any more.
                _draft.updated_at >= lying,
            ),
            # Its limit is no date of its own: each draft is told of once on a rung.
            key=literal(NEVER, _DAY),
            zone=zone,
        )  # fmt: skip


def _in_span(column: Any, span: Span, zone: ZoneInfo | None) -> list[ColumnElement[bool]]:
    if zone is None:
        within = [column <= span.upto]
        return within if span.after is None else [*within, column > span.after]
    within = [column < _day_after(span.upto, zone)]
    return within if span.after is None else [*within, column >= _day_after(span.after, zone)]


def _day_after(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), zone)


def _with_filing(table: Any) -> FromClause:
    own = (_filing.tenant == table.c.tenant) & (_filing.id == table.c.filing_id)
    return table.join(t.filing, own)  # type: ignore[no-any-return]  # a Table's join


def _unsettled(kind: FollowKind) -> Sequence[ColumnElement[bool]]:
    # Word for word the condition of ix_followup_due.
    waits = _follow.state.in_([literal_column("'open'"), literal_column("'returned'")])
    return (waits, _follow.kind == kind.value)


def _owner(today: date) -> ColumnElement[Any]:
    """Return who files, or their principal where they have left the school."""
    return _there(today, _filing.owner_id)


def _there(today: date, person: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return somebody, or the principal where they have left the school."""
    there = exists(_holders(today, t.post.c.person_id == person))
    return case((there, person), else_=func.coalesce(_principal(today), person))


def _principal(today: date) -> ColumnElement[Any]:
    of_school = _holders(today, t.post.c.role == Role.PRINCIPAL.value)
    return of_school.order_by(t.post.c.person_id).limit(1).scalar_subquery()


def _holders(today: date, *where: ColumnElement[bool]) -> Select[Any]:
    post = t.post.c
    return (
        select(post.person_id)
        .where(
            post.tenant == _filing.tenant,
            post.unit_code == _filing.school,
            post.valid_from <= today,
            or_(post.valid_to.is_(None), post.valid_to >= today),
            *where,
        )
        .correlate(t.filing, t.followup)
    )


def _missing(rung: Rung, school: workdays.Calendar, today: date) -> _Ladder:
    """Return the sheets of a self-inspection that did not come by half time, or by the last call
    (A.12)."""
    s, r = t.inspection_sheet.c, t.inspection.c
    last = rung is Rung.LAST_CALL
    of_round = (r.tenant == s.tenant) & (r.id == s.inspection_id)
    return _Ladder(
        INSPECTION, (), school, t.inspection_sheet.join(t.inspection, of_round), r.tenant, s.id,
        r.closes_on, literal(""), s.school, literal(""),
        (
            IS_LIVE,
            r.state == literal_column("'open'"),
            r.opens_on < today,
            r.closes_on >= today,
            r.last_on <= today if last else (r.half_on <= today) & (r.last_on > today),
            s.state == literal_column("'asked'"),
        ),
    )  # fmt: skip
