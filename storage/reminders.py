"""What is due for a reminder, found and written by sets, so that a sweep costs what is due."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage import tables as t
from storage.calendar import Calendars
from storage.reminding import INSPECTION, RECTIFY, in_span, rectifying, sheets, was_put
from storage.rules.ladder import (
    Rung,
    Span,
    Step,
    desk_steps,
    draft_steps,
    expiry_steps,
    rectify_steps,
    school_steps,
    signing_steps,
    spans,
)
from storage.rules.office import OfficeRules
from storage.rules.terms import Stage, TaskKind, TaskState
from storage.session import Session

AT_ONCE: Final = 2000
"""How many reminders one transaction writes at most: others wait for it no longer than that."""

TASK, MENDING, SIGNING, DRAFT, EXPIRY = "task", "mending", "signing", "draft", "expiry"
BY_UNIT: Final = (TASK, INSPECTION, RECTIFY)
"""Matters of all who work in a unit, and of no one person alone."""


class Reminder(NamedTuple):
    """One limit of one thing that stood on a rung on a day, and whom that speaks to."""

    tenant: str
    subject: str
    matter: str
    rung: Rung
    due_on: date
    filing_id: str
    unit_code: str
    person_id: str


@dataclass(slots=True, eq=False)
class Reminders:
    """Writes what an authority's people are reminded of this morning, at most once for each rung.

    At most one reminder for each thing and day, whoever sweeps: the schema holds it.
    """

    _tx: Session
    _calendars: Calendars

    # --- the sweep -----------------------------------------------------------------------------

    def put(self, tenant: str, rules: OfficeRules, now: datetime) -> int:
        """Write some of this morning's reminders, ``AT_ONCE`` at most; return how many."""
        today = now.astimezone(ZoneInfo(rules.timezone)).date()
        written = 0
        for chosen in self._ladders(tenant, rules, today):
            written += self._write(chosen.limit(AT_ONCE - written))
            if written >= AT_ONCE:
                break
        return written

    def _ladders(self, tenant: str, rules: OfficeRules, today: date) -> Iterator[Select[Any]]:
        zone = ZoneInfo(rules.timezone)
        since = datetime.combine(today, time(), zone)

        office, school = self._calendars.of(tenant), self._calendars.of_schools(tenant)

        def standing(steps: tuple[Step, ...]) -> Iterable[Span]:
            return spans(steps, today, office)

        for span in standing(desk_steps(rules)):
            yield self._tasks(tenant, span, today, TaskState.OPEN, TASK, since)
        if school.day(today).is_workday:
            for span in spans(school_steps(rules), today, school):
                yield self._tasks(tenant, span, today, TaskState.RETURNED, MENDING, None)
            for span in spans(rectify_steps(rules), today, school):
                yield rectifying(tenant, span, today)
            yield from sheets(tenant, today)
        for span in standing(signing_steps(rules)):
            yield self._filings(tenant, span, today, Stage.AWAITING_PRINCIPAL)
        for span in standing(expiry_steps(rules)):
            # Those behind it have expired already, or do so today.
            yield self._expiring(tenant, span, today)
        for span in standing(draft_steps(rules)):
            yield self._drafts(tenant, span, today, zone)

    def _tasks(
        self,
        tenant: str,
        span: Span,
        today: date,
        state: TaskState,
        matter: str,
        opened_before: datetime | None,
    ) -> Select[Any]:
        task, filing = t.task.c, t.filing.c
        is_mending = matter == MENDING
        chosen = (
            select(
                task.tenant,
                task.id,
                task.due_on,
                literal(span.rung.value),
                literal(matter),
                literal(today, t.reminder.c.on.type),
                task.filing_id,
                filing.school if is_mending else task.unit_code,
                filing.owner_id if is_mending else func.coalesce(task.assignee, ""),
            )
            .join(t.filing, (filing.tenant == task.tenant) & (filing.id == task.filing_id))
            .where(
                task.tenant == tenant,
                task.state == literal(state.value, literal_execute=True),
                *in_span(task.due_on, span),
                ~was_put(task.id, task.due_on, span.rung, tenant, today),
            )
        )
        if not is_mending:
            waits = filing.stage == Stage.AWAITING_DECISION.value
            chosen = chosen.where((task.kind != TaskKind.DECISION.value) | waits)
        if opened_before is not None:
            chosen = chosen.where(task.opened_at < opened_before)
        return chosen.order_by(task.due_on, task.id)

    def _filings(self, tenant: str, span: Span, today: date, stage: Stage) -> Select[Any]:
        filing = t.filing.c
        return (
            select(
                filing.tenant,
                filing.id,
                filing.entered_on,
                literal(span.rung.value),
                literal(SIGNING),
                literal(today, t.reminder.c.on.type),
                filing.id,
                filing.school,
                filing.principal_id,
            )
            .where(
                filing.tenant == tenant,
                filing.stage == stage.value,
                *in_span(filing.entered_on, span),
                ~was_put(filing.id, filing.entered_on, span.rung, tenant, today),
            )
            .order_by(filing.entered_on, filing.id)
        )

    def _expiring(self, tenant: str, span: Span, today: date) -> Select[Any]:
        filing = t.filing.c
        return (
            select(
                filing.tenant,
                filing.id,
                filing.valid_until,
                literal(span.rung.value),
                literal(EXPIRY),
                literal(today, t.reminder.c.on.type),
                filing.id,
                filing.school,
                filing.owner_id,
            )
            .where(
                filing.tenant == tenant,
                filing.stage == Stage.REGISTERED.value,
                filing.valid_until >= today,
                *in_span(filing.valid_until, span),
                ~was_put(filing.id, filing.valid_until, span.rung, tenant, today),
            )
            .order_by(filing.valid_until, filing.id)
        )

    def _drafts(self, tenant: str, span: Span, today: date, zone: ZoneInfo) -> Select[Any]:
        draft = t.draft.c
        after = datetime.combine(span.upto + timedelta(days=1), time(), zone)
        # What came to lie long ago is left in peace.
        since = after - timedelta(days=LYING_DAYS)
        # Its limit is no date of its own: one reminder for each draft.
        return (
            select(
                draft.tenant,
                draft.id,
                literal(NEVER, t.reminder.c.due_on.type),
                literal(span.rung.value),
                literal(DRAFT),
                literal(today, t.reminder.c.on.type),
                literal(""),
                draft.unit_code,
                draft.person_id,
            )
            .where(
                draft.tenant == tenant,
                draft.state == literal("open", literal_execute=True),
                draft.filing_id.is_(None),
                draft.updated_at < after,
                draft.updated_at >= since,
                ~was_put(draft.id, literal(NEVER, t.reminder.c.due_on.type), span.rung, tenant,
                          today),
            )
            .order_by(draft.updated_at, draft.id)
        )  # fmt: skip

    def _write(self, chosen: Select[Any]) -> int:
        insert = sqlite.insert if self._tx.is_sqlite else postgresql.insert
        columns = [
            "tenant", "subject", "due_on", "rung", "matter", "on", "filing_id", "unit_code",
            "person_id",
        ]  # fmt: skip
        statement = insert(t.reminder).from_select(columns, chosen).on_conflict_do_nothing()
        return self._tx.execute(statement).rowcount

    # --- whose morning it is -------------------------------------------------------------------

    def mornings(self, today: date) -> set[str]:
        """Return the authorities whose people were reminded on ``today``."""
        rows = self._tx.execute(select(t.morning.c.tenant).where(t.morning.c.on == today))
        return set(rows.scalars())

    def finish(self, tenant: str, people: Iterable[str], today: date, now: datetime) -> None:
        """Close an authority's morning; ``people`` are to be told in a digest."""
        insert = sqlite.insert if self._tx.is_sqlite else postgresql.insert
        count = (
            select(func.count())
            .where(t.reminder.c.tenant == tenant, t.reminder.c.on == today)
            .scalar_subquery()
        )
        self._tx.execute(
            insert(t.morning)
            .values(tenant=tenant, on=today, done_at=now, reminders=count)
            .on_conflict_do_nothing()
        )
        rows = [
            {"tenant": tenant, "on": today, "person_id": person_id, "told_at": None}
            for person_id in sorted(set(people))
        ]
        if rows:
            self._tx.execute(insert(t.digest).on_conflict_do_nothing(), rows)

    def spoken_to(self, tenant: str, today: date) -> list[Reminder]:
        """Return whom this morning's reminders speak to, each desk and person once."""
        r = t.reminder.c
        rows = self._tx.execute(
            select(r.matter, r.rung, r.unit_code, r.person_id)
            .where(r.tenant == tenant, r.on == today)
            .distinct()
        )
        return [
            Reminder(tenant, "", row.matter, Rung(row.rung), today, "", row.unit_code,
                     row.person_id)
            for row in rows
        ]  # fmt: skip

    # --- the digests ---------------------------------------------------------------------------

    def untold(self, most: int) -> list[tuple[str, date, str]]:
        """Return (authority, day, person) of digests that are to be told."""
        d = t.digest.c
        rows = self._tx.execute(
            select(d.tenant, d.on, d.person_id)
            .where(d.told_at.is_(None))
            .order_by(d.on, d.tenant, d.person_id)
            .limit(most)
        )
        return [(row.tenant, row.on, row.person_id) for row in rows]

    def tell(self, tenant: str, on: date, person_id: str, now: datetime) -> bool:
        """Mark a digest as told; False where another process did."""
        d = t.digest.c
        done = self._tx.execute(
            update(t.digest)
            .where(d.tenant == tenant, d.on == on, d.person_id == person_id, d.told_at.is_(None))
            .values(told_at=now)
        )
        return done.rowcount == 1

    def of(
        self, tenant: str, on: date, units: Iterable[str], person_id: str, most: int
    ) -> list[Reminder]:
        """Return a morning's reminders of some departments, or to one person, the earliest limit
        first."""
        r = t.reminder.c
        rows = self._tx.execute(
            select(t.reminder)
            .where(
                r.tenant == tenant,
                r.on == on,
                (r.unit_code.in_(list(units)) & r.matter.in_(BY_UNIT)) | (r.person_id == person_id),
            )
            .order_by(r.due_on, r.subject)
            .limit(most)
        )
        return [_read(row) for row in rows]

    def stuck(self, tenant: str, on: date, most: int) -> list[Reminder]:
        """Return what stood on the last rung on a day: 教育技术中心 coordinates it."""
        r = t.reminder.c
        rows = self._tx.execute(
            select(t.reminder)
            .where(r.tenant == tenant, r.on == on, r.rung == Rung.TECH.value)
            .order_by(r.due_on, r.subject)
            .limit(most)
        )
        return [_read(row) for row in rows]

    def count_of(self, tenant: str, subject: str) -> int:
        """Return how often was reminded of a thing."""
        r = t.reminder.c
        return int(
            self._tx.execute(
                select(func.count()).where(r.tenant == tenant, r.subject == subject)
            ).scalar_one()
        )


NEVER: Final = date(9999, 12, 31)
LYING_DAYS: Final = 60


def _read(row: Any) -> Reminder:
    return Reminder(
        row.tenant, row.subject, row.matter, Rung(row.rung), row.due_on, row.filing_id,
        row.unit_code, row.person_id,
    )  # fmt: skip
