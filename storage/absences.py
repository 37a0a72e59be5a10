"""Who is away and who stands in for them: the right to act at a desk for some days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import or_, select

from storage import tables as t
from storage.cases import Decision, read_decision
from storage.ids import new_id
from storage.journal import Entry, Journal
from storage.people import DESK_ROLES, People, Person
from storage.persons import rights_changed
from storage.rules.absences import CLAUSE, Span, may_stand_in, must_be_ahead
from storage.rules.terms import NotAllowedError, UnitKind
from storage.session import Session

AT_ONCE = 500


class Absence(NamedTuple):
    """Some days on which somebody is away; ``substitute_id`` is empty where nobody was named.

    ``started_at``: the substitute has been given what nobody else could do. ``ended_at``: it is
    over, and gives no right any more.
    """

    tenant: str
    id: str
    person_id: str
    substitute_id: str
    from_on: date
    to_on: date
    made_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @property
    def span(self) -> Span:
        """Return its days."""
        return Span(self.from_on, self.to_on)


@dataclass(slots=True, eq=False)
class Absences:
    """Records, finds and ends absences."""

    _tx: Session
    _journal: Journal
    _people: People

    def tenant_of(self, person: Person, day: date) -> str:
        """Return the authority at whose desks somebody works.

        Raises:
            NotAllowedError: at none.
        """
        for post in person.held(day):
            if post.role in DESK_ROLES and not post.stands_for:
                return post.tenant
        raise NotAllowedError("您目前没有审核、负责或代办的岗位，不需要登记外出。")

    def record(
        self, person: Person, substitute: Person | None, span: Span, *, now: datetime, today: date
    ) -> Absence:
        """Write an absence down; from its first day on the substitute may act.

        Raises:
            NotAllowedError: the days do not fit, or this substitute may not stand in; says why.

        Source: 三; requirements E.11 (4).
        """
        tenant = self.tenant_of(person, today)
        self.must_fit(person, span, today)
        if substitute is None:
            self.must_not_leave_alone(person, span, today)
        else:
            self.must_be_able(person, substitute, span, today)
        entry = self._begin(tenant, new_id(now), "absent", now, person.id)
        entry.insert(
            t.absence,
            id=entry.subject,
            person_id=person.id,
            substitute_id=substitute.id if substitute else "",
            from_on=span.first,
            to_on=span.last,
            made_at=now,
            started_at=None,
            ended_at=None,
        )
        return self.known(entry.subject)

    def must_fit(self, person: Person, span: Span, today: date) -> None:
        """Hold the days of an absence to what they may be.

        Raises:
            NotAllowedError: past, too long, on top of another one, or while standing in.
        """
        must_be_ahead(span, today)
        for one in self.live_of(person.id, today):
            if one.span.meets(span):
                raise NotAllowedError(
                    f"您{one.span.text}已登记外出{self._by(one)}。要改请先发“取消请假”。"
                )
        for one in self.stood_in_by(person.id, today):
            if one.span.meets(span):
                name = self._name(one.person_id)
                raise NotAllowedError(
                    f"您{one.span.text}正为{name}代办，请先请{name}改由其他同志代办。"
                )

    def must_be_able(self, person: Person, substitute: Person, span: Span, today: date) -> None:
        """Hold a substitute to who may stand in.

        Raises:
            NotAllowedError: not them; says why.
        """
        if substitute.id == person.id:
            raise NotAllowedError("代办人不能是您本人，请换一位同志。")
        tenant = self.tenant_of(person, today)
        if not self._may_stand_in(person, substitute, tenant, span):
            raise NotAllowedError(
                f"{substitute.name}不能代办：代办人须是本部门同志，"
                "或本主管单位其他部门的审核人、负责人、代办人（三）。请换一位同志。"
            )
        for one in self.live_of(substitute.id, today):
            if one.span.meets(span):
                raise NotAllowedError(
                    f"{substitute.name}{one.span.text}也外出，不能代办。请换一位同志。"
                )

    def may_be_named(self, person: Person, other: Person, span: Span, today: date) -> bool:
        """Say whether somebody may stand in for ``person``."""
        tenant = self.tenant_of(person, today)
        return (
            other.id != person.id
            and self._may_stand_in(person, other, tenant, span)
            and not any(one.span.meets(span) for one in self.live_of(other.id, today))
        )

    def _may_stand_in(self, person: Person, other: Person, tenant: str, span: Span) -> bool:
        held = [
            post
            for post in other.held(span.first)
            if post.tenant == tenant
            and post.unit_kind is UnitKind.DEPARTMENT
            and not post.stands_for
        ]
        return may_stand_in(
            own_units=_desks_of(person, tenant, span.first),
            desk_units=[post.unit_code for post in held if post.role in DESK_ROLES],
            units=[post.unit_code for post in held],
        )

    def must_not_leave_alone(self, person: Person, span: Span, today: date) -> None:
        """Hold an absence without a substitute to desks where somebody else is there.

        Raises:
            NotAllowedError: somebody has to be named.
        """
        tenant = self.tenant_of(person, today)
        for post in person.held(today):
            if post.tenant != tenant or post.role not in DESK_ROLES or post.stands_for:
                continue
            others = self._people.in_unit(tenant, post.unit_code, span.first, *DESK_ROLES)
            away = self._people.away(tenant, span.first)
            if not any(one.id != person.id and one.id not in away for one in others):
                raise NotAllowedError(
                    f"{post.unit_name}没有其他同志可以办理，请指定一位代办人，"
                    "例如发“明天请假，由李四代办”。"
                )

    def start(self, absence_id: str, now: datetime) -> bool:
        """Note that an absence has begun; false where that was noted before, or it is over."""
        one = self.known(absence_id)
        entry = self._begin(one.tenant, one.id, "absence_begins", now, "")
        rights_changed(self._tx)
        return entry.update(
            t.absence, {"id": one.id}, {"started_at": None, "ended_at": None}, started_at=now
        )

    def end(self, absence_id: str, *, by: str, now: datetime) -> Absence:
        """End an absence, and with it the substitute's right.

        Raises:
            NotAllowedError: it is over already.
        """
        one = self.known(absence_id)
        entry = self._begin(one.tenant, one.id, "absence_ends", now, by)
        rights_changed(self._tx)
        if not entry.update(t.absence, {"id": one.id}, {"ended_at": None}, ended_at=now):
            raise NotAllowedError(f"{one.span.text}的外出登记已经结束，不必再办。")
        return self.known(absence_id)

    # --- finding -------------------------------------------------------------------------------

    def known(self, absence_id: str) -> Absence:
        """Find an absence that must exist.

        Raises:
            NotAllowedError: it does not.
        """
        row = self._tx.execute(select(t.absence).where(t.absence.c.id == absence_id)).first()
        if row is None:
            raise NotAllowedError("没有找到这次外出登记。发“取消请假”可以查看。")
        return _read(row)

    def live_of(self, person_id: str, day: date) -> list[Absence]:
        """Return a person's absences that are not over on ``day``, the next one first."""
        return self._list(t.absence.c.person_id == person_id, t.absence.c.to_on >= day)

    def stood_in_by(self, person_id: str, day: date) -> list[Absence]:
        """Return the absences for which somebody stands in, that are not over on ``day``."""
        return self._list(t.absence.c.substitute_id == person_id, t.absence.c.to_on >= day)

    def due(self, day: date) -> list[str]:
        """Return the absences to be started or ended on ``day``."""
        found = self._list(
            or_(
                t.absence.c.to_on < day,
                (t.absence.c.from_on <= day) & t.absence.c.started_at.is_(None),
            )
        )
        return [one.id for one in found[:AT_ONCE]]

    def done_for(self, one: Absence) -> list[Decision]:
        """Return what the substitute decided since the absence began."""
        rows = self._tx.execute(
            select(t.decision)
            .where(
                t.decision.c.tenant == one.tenant,
                t.decision.c.person_id == one.substitute_id,
                t.decision.c.at >= (one.started_at or one.made_at),
                t.decision.c.unit_code.in_(self._units_of(one)),
            )
            .order_by(t.decision.c.at, t.decision.c.task_id)
        )
        return [read_decision(row) for row in rows] if one.substitute_id else []

    def _units_of(self, one: Absence) -> list[str]:
        person = self._people.get(one.person_id)
        return sorted(_desks_of(person, one.tenant, one.from_on)) if person else []

    def _list(self, *where: Any) -> list[Absence]:
        rows = self._tx.execute(
            select(t.absence)
            .where(t.absence.c.ended_at.is_(None), *where)
            .order_by(t.absence.c.from_on, t.absence.c.id)
        )
        return [_read(row) for row in rows]

    def _by(self, one: Absence) -> str:
        return f"（{self._name(one.substitute_id)}代办）" if one.substitute_id else ""

    def _name(self, person_id: str) -> str:
        person = self._people.get(person_id)
        return person.name if person else ""

    def _begin(self, tenant: str, subject: str, act: str, now: datetime, by: str) -> Entry:
        return self._journal.begin(
            tenant=tenant,
            at=now,
            act=act,
            subject=subject,
            person_id=by,
            role="reviewer" if by else "system",
            clause=CLAUSE,
        )


def _desks_of(person: Person, tenant: str, day: date) -> set[str]:
    return {
        post.unit_code
        for post in person.held(day)
        if post.tenant == tenant and post.role in DESK_ROLES and not post.stands_for
    }


def still_stands_in(tx: Session, absent_id: str, substitute_id: str, day: date) -> bool:
    """Say whether a substitute's right holds, and hold it until the transaction ends.

    Who ends the absence meanwhile waits for what is being done under it.
    """
    row = tx.execute(
        select(t.absence.c.id)
        .where(
            t.absence.c.person_id == absent_id,
            t.absence.c.substitute_id == substitute_id,
            t.absence.c.ended_at.is_(None),
            t.absence.c.from_on <= day,
            t.absence.c.to_on >= day,
        )
        .with_for_update(read=True)
    ).first()
    return row is not None


def _read(row: Any) -> Absence:
    return Absence(
        row.tenant, row.id, row.person_id, row.substitute_id, row.from_on, row.to_on, row.made_at,
        row.started_at, row.ended_at,
    )  # fmt: skip
