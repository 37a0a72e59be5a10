"""The directory: people are found by platform account, act by the posts they hold that day."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, and_, bindparam, exists, or_, select, update

from storage import tables as t
from storage.persons import DESK_ROLES, Person, Post, read_person, with_rights
from storage.rules.terms import Desk, Owner, Ownership, Role, SchoolStage, UnitKind
from storage.session import Session
from storage.statements import PERSON_COLUMNS

__all__ = [
    "DESK_ROLES",
    "Group",
    "People",
    "Person",
    "Post",
    "Unit",
    "group_of",
    "read_person",
    "unit_of",
    "with_rights",
]


class Unit(NamedTuple):
    """A school, another unit or a department, as the directory has it."""

    tenant: str
    code: str
    name: str
    kind: UnitKind
    area: str
    owner: Owner
    ownership: Ownership | None
    levels: tuple[SchoolStage, ...]
    desks: frozenset[Desk]


class Group(NamedTuple):
    """A chat group that is told things; ``address`` and ``secret`` are opened at delivery only.

    ``bound``: somebody with the right to it made it the unit's group, in the group itself.
    """

    tenant: str
    id: str
    unit_code: str
    name: str
    purpose: str
    instance: str
    bound: bool = False


@dataclass(slots=True, eq=False)
class People:
    """Reads the directory."""

    _tx: Session

    def by_account(self, instance: str, account: str) -> Person | None:
        """Find a person by platform account, compared without case; never by name."""
        rows = self._tx.execute(
            _PERSON.where(
                t.person.c.id.in_(
                    select(t.account.c.person_id).where(
                        t.account.c.instance == instance, t.account.c.folded == account.lower()
                    )
                )
            )
        ).all()
        return self._whole(rows)

    def get(self, person_id: str) -> Person | None:
        """Find a person by id."""
        rows = self._tx.execute(_PERSON.where(t.person.c.id == person_id)).all()
        return self._whole(rows)

    def address_of(self, person_id: str) -> tuple[str, str] | None:
        """Return (instance, address) where a person is reached: the account used last."""
        row = self._tx.execute(
            select(t.account.c.instance, t.account.c.address)
            .where(t.account.c.person_id == person_id)
            .order_by(t.account.c.used_at.desc().nulls_last(), t.account.c.instance.desc())
            .limit(1)
        ).first()
        return (row.instance, row.address) if row else None

    def addresses(self, person_ids: Iterable[str]) -> list[tuple[str, str, str]]:
        """Return every (person, instance, address) of some people."""
        rows = self._tx.execute(
            select(t.account.c.person_id, t.account.c.instance, t.account.c.address).where(
                t.account.c.person_id.in_(list(person_ids))
            )
        )
        return [(row.person_id, row.instance, row.address) for row in rows]

    def mark_used(self, instance: str, account: str, now: datetime) -> None:
        """Note that a person just used this account."""
        self._tx.execute(
            update(t.account)
            .where(t.account.c.instance == instance, t.account.c.folded == account.lower())
            .values(used_at=now)
        )

    def phone(self, person_id: str) -> str:
        """Return the full phone number; empty where none is known. Mask it before showing it."""
        sealed = self._tx.execute(
            select(t.person.c.phone).where(t.person.c.id == person_id)
        ).scalar_one_or_none()
        return self._tx.cipher.open(sealed, "person.phone") if sealed else ""

    def in_unit(self, tenant: str, unit_code: str, day: date, *roles: Role) -> list[Person]:
        """Return the people holding a post (of ``roles``, or any) in a unit, by name."""
        found = self._holders(
            t.post.c.tenant == tenant, t.post.c.unit_code == unit_code, day=day, roles=roles
        )
        return [person for person in found if person]

    def in_departments(self, tenant: str, day: date) -> list[Person]:
        """Return the people holding any post in an authority's departments, by name."""
        units = select(t.unit.c.code).where(
            t.unit.c.tenant == tenant, t.unit.c.kind == UnitKind.DEPARTMENT.value
        )
        found = self._holders(
            t.post.c.tenant == tenant, t.post.c.unit_code.in_(units), day=day, roles=()
        )
        return [person for person in found if person]

    def schools(self, tenant: str) -> list[Unit]:
        """Return an authority's schools and other units that file, by name."""
        rows = self._tx.execute(
            select(t.unit)
            .where(
                t.unit.c.tenant == tenant,
                t.unit.c.kind != UnitKind.DEPARTMENT.value,
                t.unit.c.active,
            )
            .order_by(t.unit.c.name, t.unit.c.code)
        )
        return [unit_of(row) for row in rows]

    def named(self, tenant: str, name: str, day: date) -> list[Person]:
        """Return the people of an authority and its schools with exactly this name."""
        bearers = select(t.person.c.id).where(t.person.c.name == name)
        found = self._holders(
            t.post.c.tenant == tenant, t.post.c.person_id.in_(bearers), day=day, roles=()
        )
        return [person for person in found if person]

    def departments(self, tenant: str) -> list[Unit]:
        """Return the authority's departments, by code."""
        rows = self._tx.execute(
            select(t.unit)
            .where(
                t.unit.c.tenant == tenant,
                t.unit.c.kind == UnitKind.DEPARTMENT.value,
                t.unit.c.active,
            )
            .order_by(t.unit.c.code)
        )
        return [unit_of(row) for row in rows]

    def department(self, tenant: str, desk: Desk) -> Unit | None:
        """Return the authority's department that holds a desk."""
        return next((unit for unit in self.departments(tenant) if desk in unit.desks), None)

    def at_desk(
        self, tenant: str, desk: Desk, day: date, barred: Collection[str] = ()
    ) -> list[Person]:
        """Return who works a desk on ``day``: reviewers; without any, deputies, then the head.

        Somebody absent is replaced by who stands in for them; without anybody else they stay.
        ``barred`` may not do what is to be done: where they alone are there, the next are asked.
        """
        department = self.department(tenant, desk)
        if department is None:
            return []
        away = self.away(tenant, day)
        absent: list[Person] = []
        for role in (Role.REVIEWER, Role.DEPUTY, Role.HEAD):
            holders = self.in_unit(tenant, department.code, day, role)
            here = {one.id: one for one in holders if one.id not in away}
            gone = [one for one in holders if one.id in away]
            for one in gone:
                substitute = self.get(away[one.id]) if away[one.id] else None
                if substitute is not None and substitute.at_desk(tenant, desk, day):
                    here.setdefault(substitute.id, substitute)
            if found := [one for one in here.values() if one.id not in barred]:
                return found
            absent += [one for one in gone if one.id not in barred]
        return absent

    def working(self, tenant: str, desk: Desk, day: date) -> list[Person]:
        """Return everybody who may act for a desk on ``day``, who stands in for the absent last."""
        department = self.department(tenant, desk)
        if department is None:
            return []
        holders = self.in_unit(tenant, department.code, day, *sorted(DESK_ROLES))
        away = self.away(tenant, day)
        others = [self.get(away[one.id]) for one in holders if away.get(one.id)]
        able = [one for one in others if one and one.at_desk(tenant, desk, day)]
        return list({one.id: one for one in (*holders, *able)}.values())

    def away(self, tenant: str, day: date) -> dict[str, str]:
        """Return who is absent on ``day``, with who stands in for them (empty: nobody named)."""
        rows = self._tx.execute(
            select(t.absence.c.person_id, t.absence.c.substitute_id).where(
                t.absence.c.tenant == tenant,
                t.absence.c.ended_at.is_(None),
                t.absence.c.from_on <= day,
                t.absence.c.to_on >= day,
            )
        )
        return {row.person_id: row.substitute_id for row in rows}

    def holding(self, tenant: str, role: Role, day: date) -> list[Person]:
        """Return who holds a role anywhere in an authority on ``day``."""
        found = self._holders(t.post.c.tenant == tenant, day=day, roles=[role])
        return [person for person in found if person]

    def unit(self, tenant: str, code: str) -> Unit | None:
        """Find a unit by its code."""
        found = self._tx.hot(self._tx.statements.once("unit", _one_unit), tenant=tenant, code=code)
        return unit_of(_UnitRow(*found[0])) if found else None

    def elsewhere(self, unit: Unit) -> list[Unit]:
        """Return the same school as other authorities have it: by its code, else by its name."""
        same = or_(t.unit.c.code == unit.code, t.unit.c.name == unit.name)
        rows = self._tx.execute(
            select(t.unit)
            .where(
                same,
                t.unit.c.tenant != unit.tenant,
                t.unit.c.kind == unit.kind.value,
                t.unit.c.active,
            )
            .order_by(t.unit.c.tenant, t.unit.c.code)
        )
        return [unit_of(row) for row in rows]

    def groups(self, tenant: str, unit_code: str, purpose: str) -> list[Group]:
        """Return the groups of a unit that serve one purpose (工作群 or 学校群), each chat once."""
        c = t.chat_group.c
        rows = self._tx.execute(
            select(t.chat_group)
            .where(c.tenant == tenant, c.unit_code == unit_code, c.purpose == purpose, *told_once())
            .order_by(c.name)
        )
        return [group_of(row) for row in rows]

    def group_address(self, group_id: str) -> tuple[str, str]:
        """Return a group's (address, secret), opened. For delivery only: both are secrets.

        Raises:
            LookupError: the group is gone.
        """
        row = self._tx.execute(
            select(t.chat_group.c.address, t.chat_group.c.secret).where(
                t.chat_group.c.id == group_id, t.chat_group.c.active
            )
        ).first()
        if row is None:
            raise LookupError(group_id)
        cipher = self._tx.cipher
        return (
            cipher.open(row.address, "chat_group.address"),
            cipher.open(row.secret, "chat_group.secret") if row.secret else "",
        )

    def _holders(self, *where: Any, day: date, roles: Sequence[Role]) -> list[Person | None]:
        ids = (
            select(t.post.c.person_id)
            .where(
                *where,
                t.post.c.valid_from <= day,
                or_(t.post.c.valid_to.is_(None), t.post.c.valid_to >= day),
            )
            .distinct()
        )
        if roles:
            ids = ids.where(t.post.c.role.in_([role.value for role in roles]))
        rows = self._tx.execute(
            _PERSON.where(t.person.c.id.in_(ids)).order_by(t.person.c.name)
        ).all()
        grouped: dict[str, list[Row[Any]]] = {}
        for row in rows:
            grouped.setdefault(row[0], []).append(row)
        return [self._whole(rows) for rows in grouped.values()]

    def _whole(self, rows: Sequence[Sequence[Any]]) -> Person | None:
        return with_rights(self._tx, read_person(rows), rows)


_PERSON: Select[Any] = (
    select(*PERSON_COLUMNS)
    .select_from(
        t.person.outerjoin(t.post, t.post.c.person_id == t.person.c.id).outerjoin(
            t.unit, and_(t.unit.c.tenant == t.post.c.tenant, t.unit.c.code == t.post.c.unit_code)
        )
    )
    .order_by(t.person.c.id, t.post.c.tenant, t.post.c.unit_code, t.post.c.role)
)


def told_once() -> tuple[Any, ...]:
    """Return the conditions that leave each chat in use one of the rows that lead to it."""
    group, bound = t.chat_group.c, t.chat_group.alias("bound").c
    twin = exists(
        select(1).where(
            bound.id == group.same_as,
            bound.tenant == group.tenant,
            bound.unit_code == group.unit_code,
            bound.purpose == group.purpose,
            bound.active,
        )
    )
    return group.active, ~twin


def group_of(row: Any) -> Group:
    """Read a row of the group table."""
    return Group(row.tenant, row.id, row.unit_code, row.name, row.purpose, row.instance, row.bound)


class _UnitRow(NamedTuple):
    tenant: str
    code: str
    name: str
    kind: str
    area: str
    owner: str
    ownership: str
    levels: Sequence[str]
    desks: Sequence[str]


def _one_unit() -> Any:
    """The unit with a code."""
    columns = (t.unit.c[name] for name in _UnitRow._fields)
    return select(*columns).where(
        t.unit.c.tenant == bindparam("tenant"), t.unit.c.code == bindparam("code")
    )


def unit_of(row: Any) -> Unit:
    """Read a row of the unit table."""
    return Unit(
        row.tenant,
        row.code,
        row.name,
        UnitKind(row.kind),
        row.area,
        Owner(row.owner),
        Ownership(row.ownership) if row.ownership else None,
        tuple(SchoolStage(level) for level in row.levels),
        frozenset(Desk(desk) for desk in row.desks),
    )
