"""Who has which duty in an authority: the department, its people and their deputies (R83, R84)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import and_, or_, select

from storage import tables as t
from storage.gaps import Want, desks_of, wants_of
from storage.rules.terms import Desk, Role, UnitKind
from storage.session import Session


class Duty(NamedTuple):
    """One role of the notice as an authority has filled it; ``wants`` is what is missing."""

    tenant: str
    desk: Desk
    departments: tuple[str, ...]
    responsible: tuple[str, ...]
    deputies: tuple[str, ...]
    wants: tuple[Want, ...]


def duties(tx: Session, tenants: Sequence[str], day: date) -> list[Duty]:
    """Return every duty of some authorities on ``day``; one without any department has none.

    Source: 四 (尾); requirements R83, R84.
    """
    held: dict[tuple[str, str], dict[str, dict[str, str]]] = {}
    names: dict[tuple[str, str], str] = {}
    at_desk: dict[tuple[str, Desk], list[tuple[str, str]]] = {}
    for row in _rows(tx, tenants, day):
        key = (row.tenant, row.code)
        if key not in names:
            names[key] = row.department
            for desk in row.desks:
                at_desk.setdefault((row.tenant, Desk(desk)), []).append(key)
        if row.person_id is not None:
            held.setdefault(key, {}).setdefault(row.role, {})[row.person_id] = row.person
    settled = {tenant for tenant, _ in at_desk}
    return [
        _duty(tenant, desk, [(names[key], held.get(key, {})) for key in at_desk.get(place, ())])
        for tenant in tenants
        if tenant in settled
        for desk in desks_of(tenant)
        for place in [(tenant, desk)]
    ]


def _duty(
    tenant: str, desk: Desk, departments: Sequence[tuple[str, dict[str, dict[str, str]]]]
) -> Duty:
    def holding(*roles: Role) -> tuple[str, ...]:
        found: dict[str, str] = {}
        for role in roles:
            for _, posts in departments:
                found.update(posts.get(role.value, {}))
        return tuple(found.values())

    by_role = [{role: set(people) for role, people in posts.items()} for _, posts in departments]
    return Duty(
        tenant,
        desk,
        tuple(name for name, _ in departments),
        holding(Role.HEAD, Role.REVIEWER),
        holding(Role.DEPUTY),
        tuple(wants_of(by_role)),
    )


def _rows(tx: Session, tenants: Sequence[str], day: date) -> Sequence[Any]:
    u, p = t.unit.c, t.post.c
    held = and_(
        p.tenant == u.tenant,
        p.unit_code == u.code,
        p.valid_from <= day,
        or_(p.valid_to.is_(None), p.valid_to >= day),
    )
    return tx.execute(
        select(
            u.tenant, u.code, u.name.label("department"), u.desks, p.role, p.person_id,
            t.person.c.name.label("person"),
        )
        .join_from(t.unit, t.post, held, isouter=True)
        .outerjoin(t.person, t.person.c.id == p.person_id)
        .where(u.tenant.in_(tenants), u.kind == UnitKind.DEPARTMENT.value, u.active)
        .order_by(u.tenant, u.code, t.person.c.name, p.person_id)
    ).all()  # fmt: skip
