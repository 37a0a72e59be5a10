"""Figures: how many filings came, ended and went back in a span of time, and how long it took.

Counted by the database, on indexes; working days are counted here, for they follow the calendar.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from statistics import median
from typing import Any, Final, NamedTuple

from sqlalchemy import Text, and_, case, func, select, text, type_coerce

from storage import tables as t
from storage.rules import workdays
from storage.rules.periods import Period
from storage.rules.terms import Kind, SchoolStage, Stage, TaskKind, TaskState, Term
from storage.rules.workdays import Calendar
from storage.rules.workflow import PILOT_STAGES
from storage.session import Session

PRIVATE: Final = frozenset({Stage.DRAFT, Stage.AWAITING_PRINCIPAL, Stage.SENT_BACK})
"""Before the signature a filing is the school's own affair."""


class Scope(NamedTuple):
    """Whose figures: whole authorities, or of one authority only some ``schools``."""

    tenants: tuple[str, ...]
    schools: tuple[str, ...] = ()


class Window(NamedTuple):
    """A period as instants, from its first moment to the first one after it."""

    since: datetime
    until: datetime
    zone: tzinfo

    @classmethod
    def of(cls, period: Period, zone: tzinfo) -> Window:
        """Return the instants of a period in the office's zone."""
        after = period.end + timedelta(days=1)
        return cls(
            datetime.combine(period.start, time(), zone),
            datetime.combine(after, time(), zone),
            zone,
        )


@dataclass(slots=True)
class Figures:
    """The figures of one authority, of one school, or of several together.

    ``days`` holds for each filing registered in the span the working days from signature to
    registration; ``went_back`` how many of those that ended were sent back once or more.
    """

    received: int = 0
    registered: int = 0
    rejected: int = 0
    returned: int = 0
    went_back: int = 0
    days: list[int] = field(default_factory=list)

    @property
    def ended(self) -> int:
        """Return how many were decided for good."""
        return self.registered + self.rejected

    @property
    def mean(self) -> float | None:
        """Return the mean of ``days``, to one decimal place."""
        return round(sum(self.days) / len(self.days), 1) if self.days else None

    @property
    def median(self) -> float | None:
        """Return the median of ``days``."""
        return median(self.days) if self.days else None

    @property
    def share_back(self) -> int | None:
        """Return the share that was sent back once or more, in percent."""
        return round(100 * self.went_back / self.ended) if self.ended else None

    def __bool__(self) -> bool:
        return bool(self.received or self.ended or self.returned)

    @classmethod
    def total(cls, parts: Iterable[Figures]) -> Figures:
        """Add figures up."""
        whole = cls()
        for part in parts:
            whole.received += part.received
            whole.registered += part.registered
            whole.rejected += part.rejected
            whole.returned += part.returned
            whole.went_back += part.went_back
            whole.days += part.days
        return whole


Place = tuple[str, str]
"""An authority, and of it a school or empty."""


@dataclass(slots=True, eq=False)
class FigureBook:
    """Reads the figures. What a newer version of the program wrote counts under its own name."""

    _tx: Session
    _calendar: Calendar
    _spans: dict[tuple[date, date], int] = field(default_factory=dict)
    _dates: dict[str, date] = field(default_factory=dict)

    def by_tenant(self, scope: Scope, window: Window) -> dict[str, Figures]:
        """Return the figures of each authority, zeros too."""
        found = self._read(scope, window, by_school=False)
        return {tenant: found.get((tenant, ""), Figures()) for tenant in scope.tenants}

    def by_school(self, scope: Scope, window: Window) -> dict[Place, Figures]:
        """Return the figures of each school that has any."""
        return self._read(scope, window, by_school=True)

    def _read(self, scope: Scope, window: Window, *, by_school: bool) -> dict[Place, Figures]:
        f = t.filing.c
        key = [f.tenant, f.school] if by_school else [f.tenant]
        found: dict[Place, Figures] = {}

        def at(row: Any) -> Figures:
            place = (row.tenant, row.school if by_school else "")
            return found.setdefault(place, Figures())

        registered, rejected = _during(f.registered_at, window), _rejected(window)
        for row in self._rows(_counted(key, scope, _received(window))):
            at(row).received = row.many
        for row in self._rows(
            select(*key, _minute(f.signed_at).label("start"), _minute(f.registered_at).label("end"))
            .where(*within(scope), registered)
        ):  # fmt: skip
            figures = at(row)
            figures.registered += 1
            figures.days.append(self._between(row.start, row.end, window.zone))
        for row in self._rows(_counted(key, scope, rejected)):
            at(row).rejected = row.many
        for row in self._rows(_returned(scope, key, _during(t.journal.c.at, window))):
            at(row).returned = row.many
        for ended in (registered, rejected):
            for row in self._rows(_returned(scope, key, ended)):
                at(row).went_back += row.many
        return found

    def days(self, start: datetime, end: datetime, zone: tzinfo) -> int:
        """Return the working days between two instants, by their dates in ``zone``."""
        return self._working_days(start.astimezone(zone).date(), end.astimezone(zone).date())

    def _between(self, start: str, end: str, zone: tzinfo) -> int:
        """Return the working days between two minutes, as ``_minute`` writes them."""
        return self._working_days(self._local(start, zone), self._local(end, zone))

    def _local(self, minute: str, zone: tzinfo) -> date:
        day = self._dates.get(minute)
        if day is None:
            at = datetime.fromisoformat(f"{minute}+00:00")
            day = self._dates[minute] = at.astimezone(zone).date()
        return day

    def _working_days(self, start: date, end: date) -> int:
        days = self._spans.get((start, end))
        if days is None:
            days = self._spans[start, end] = workdays.between(start, end, self._calendar)
        return days

    def steps(self, scope: Scope, window: Window) -> dict[str, list[int]]:
        """Return for each step the working days that its desks took, school's time aside.

        Counted for the filings registered in the span: from a task's last opening to its decision.
        """
        task = t.task.c
        rows = self._rows(
            select(
                task.kind, _minute(task.opened_at).label("start"),
                _minute(task.decided_at).label("end"),
            )
            .join_from(
                t.filing,
                t.task,
                and_(task.tenant == t.filing.c.tenant, task.filing_id == t.filing.c.id),
            )
            .where(
                *within(scope),
                _during(t.filing.c.registered_at, window),
                task.state == TaskState.DECIDED.value,
            )
        )  # fmt: skip
        found: dict[str, list[int]] = {kind.value: [] for kind in TaskKind}
        for row in rows:
            taken = self._between(row.start, row.end, window.zone)
            found.setdefault(row.kind, []).append(taken)
        return {label(TaskKind, kind): days for kind, days in found.items() if days}

    def kinds(self, scope: Scope, window: Window) -> dict[str, tuple[int, int]]:
        """Return (received, registered) by the label of what enters the school."""
        f = t.filing.c
        counts = []
        for when in (_received(window), _during(f.registered_at, window)):
            rows = self._rows(
                select(f.kind, func.count().label("many"))
                .where(*within(scope), when)
                .group_by(f.kind)
            )
            counts.append({row.kind: row.many for row in rows})
        received, registered = counts
        return {
            label(Kind, kind): (received.get(kind, 0), registered.get(kind, 0))
            for kind in sorted(received.keys() | registered.keys(), key=_order_in(Kind))
        }

    def levels(self, scope: Scope, window: Window) -> dict[str, int]:
        """Return how many were received for each 学段; one for two of them counts in both."""
        listed = type_coerce(t.filing.c.facts, Text)
        # Facts are kept with sorted keys, and nothing after this one names a 学段.
        sums = [
            func.sum(case((listed.like(f'%"stages_in_use":[%"{level.value}"%'), 1), else_=0))
            for level in SchoolStage
        ]
        rows = self._rows(select(*sums).where(*within(scope), _received(window)))
        counted = zip(SchoolStage, rows[0], strict=True)
        return {level.label: int(many) for level, many in counted if many}

    def purposes(self, scope: Scope, window: Window) -> dict[str, int]:
        """Return how many were received for each 应用方向, by the key of the form's option.

        What a school chose stands among its answers, which no database reads alike: they are
        counted here.
        """
        received = _during(t.filing.c.signed_at, window)
        rows = self._rows(select(t.filing.c.answers).where(*within(scope), received))
        return Counter(key for row in rows for key in row.answers.get("purposes") or ())

    def trend(self, scope: Scope, windows: Sequence[Window]) -> list[tuple[int, int]]:
        """Return (received, ended) of each of some spans that follow one another."""
        f = t.filing.c
        whole = Window(windows[0].since, windows[-1].until, windows[0].zone)
        came, registered, rejected = (
            self._rows(
                select(*(func.sum(case((_during(at, one), 1), else_=0)) for one in windows))
                .where(*within(scope), where)
            )[0]
            for at, where in (
                (f.signed_at, _received(whole)),
                (f.registered_at, _during(f.registered_at, whole)),
                (f.settled_at, _rejected(whole)),
            )
        )  # fmt: skip
        return [
            (int(many or 0), int(yes or 0) + int(no or 0))
            for many, yes, no in zip(came, registered, rejected, strict=True)
        ]

    def standing(self, scope: Scope) -> dict[str, dict[str, int]]:
        """Return by authority how many signed filings stand where now, in the order of the way."""
        f = t.filing.c
        hidden = [stage.value for stage in (*PRIVATE, Stage.WITHDRAWN)]
        rows = self._rows(
            select(f.tenant, f.stage, func.count().label("many"))
            .where(*within(scope), f.stage.not_in(hidden))
            .group_by(f.tenant, f.stage)
        )
        found: dict[str, dict[str, int]] = {}
        for row in sorted(rows, key=lambda row: _order_in(Stage)(row.stage)):
            found.setdefault(row.tenant, {})[label(Stage, row.stage)] = row.many
        return found

    def _rows(self, statement: Any) -> Sequence[Any]:
        return self._tx.execute(statement).all()


def within(scope: Scope) -> list[Any]:
    """Return the conditions that keep a query inside ``scope``."""
    where: list[Any] = [t.filing.c.tenant.in_(scope.tenants)]
    if scope.schools:
        where.append(t.filing.c.school.in_(scope.schools))
    return where


def _during(column: Any, window: Window) -> Any:
    return and_(column >= window.since, column < window.until)


def _received(window: Window) -> Any:
    """Hold for what came to be decided: of a pilot the authority only hears (三（一）5)."""
    pilots = [stage.value for stage in PILOT_STAGES]
    return and_(_during(t.filing.c.signed_at, window), t.filing.c.stage.not_in(pilots))


def _rejected(window: Window) -> Any:
    # Written out, so that the partial index serves.
    return and_(text("filing.stage = 'rejected'"), _during(t.filing.c.settled_at, window))


def _minute(column: Any) -> Any:
    """Return an instant as far as its minute: what a date in any zone follows from."""
    return func.substr(type_coerce(column, Text), 1, 16)


def _counted(key: list[Any], scope: Scope, *where: Any) -> Any:
    return select(*key, func.count().label("many")).where(*within(scope), *where).group_by(*key)


def _returned(scope: Scope, key: list[Any], where: Any) -> Any:
    """Count the filings that were sent back, each once, of the acts or filings that ``where``
    holds for."""
    j = t.journal.c
    return (
        select(*key, func.count(j.subject.distinct()).label("many"))
        .join_from(
            t.journal,
            t.filing,
            and_(t.filing.c.tenant == j.tenant, t.filing.c.id == j.subject),
        )
        # Written out, so that the partial index serves.
        .where(text("journal.act = 'return'"), where)
        .where(j.tenant.in_(scope.tenants), *within(scope))
        .group_by(*key)
    )


def label(terms: type[Term], key: str) -> str:
    """Return the word people read; a key that this version does not know stands for itself."""
    known: Mapping[str, Term] = {member.value: member for member in terms}
    return known[key].label if key in known else key


def _order_in(terms: type[Term]) -> Any:
    order = {member.value: at for at, member in enumerate(terms)}
    return lambda key: (order.get(key, len(order)), key)
