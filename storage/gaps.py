"""What an authority has not named yet: a department, a person and a deputy for every desk (R83)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from storage.directory import Directory
from storage.rules.terms import Desk, Role, Term, UnitKind
from storage.session import Session

CITY = "330300"
"""The city's own tenant: it owns the 直属 schools and alone has a 市局直属管理处."""


class Want(Term):
    """What is missing at a desk."""

    DEPARTMENT = "department", "责任部门"
    PERSON = "person", "责任人"
    DEPUTY = "deputy", "代办人"


class Gap(NamedTuple):
    """One thing that an authority still has to name."""

    tenant: str
    desk: Desk
    what: Want


def desks_of(tenant: str) -> tuple[Desk, ...]:
    """Return the desks that an authority must fill: the notice's nine, 直属 only in the city."""
    return tuple(
        desk
        for desk in Desk
        if desk is not Desk.OTHER and (desk is not Desk.DIRECT or tenant == CITY)
    )


def missing_posts(tx: Session, tenants: Iterable[str], day: date) -> list[Gap]:
    """Return what is missing on ``day``, by authority and desk.

    One person may wear many hats, in as many departments as needed; a deputy must be somebody
    else than the only person responsible, or nobody could stand in.

    Source: 四 (尾); requirements R83.
    """
    directory = Directory(tx)
    staff: dict[tuple[str, str], dict[str, set[str]]] = {}
    for post in directory.posts(day):
        if post.valid_from <= day and (post.valid_to is None or post.valid_to >= day):
            roles = staff.setdefault((post.tenant, post.unit_code), {})
            roles.setdefault(post.role, set()).add(post.person_id)
    departments: dict[tuple[str, Desk], list[tuple[str, str]]] = {}
    for key, (unit, active) in directory.units().items():
        if active and unit.kind is UnitKind.DEPARTMENT:
            for desk in unit.desks:
                departments.setdefault((unit.tenant, desk), []).append(key)
    gaps: list[Gap] = []
    for tenant in sorted(tenants):
        for desk in desks_of(tenant):
            held = [staff.get(key, {}) for key in departments.get((tenant, desk), ())]
            gaps.extend(Gap(tenant, desk, what) for what in wants_of(held))
    return gaps


def wants_of(departments: list[dict[str, set[str]]]) -> list[Want]:
    """Return what is missing at a desk; each of its departments as person ids by role."""
    if not departments:
        return [Want.DEPARTMENT]
    responsible: set[str] = set()
    deputies: set[str] = set()
    for roles in departments:
        responsible |= roles.get(Role.REVIEWER.value, set()) | roles.get(Role.HEAD.value, set())
        deputies |= roles.get(Role.DEPUTY.value, set())
    wants = [] if responsible else [Want.PERSON]
    if not deputies or (len(responsible) == 1 and deputies <= responsible):
        wants.append(Want.DEPUTY)
    return wants
