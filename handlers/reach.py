"""Whose filings and figures somebody may look at, by the posts of today.

An authority's people see their own authority's filings; of the counties the city's 教育技术中心
reads sums, never a single filing (requirements A.9; design 4, invariant 6).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final

from handlers.context import Office
from handlers.router import DESKS, SCHOOL
from storage.figures import Scope
from storage.gaps import CITY
from storage.people import Person, Post
from storage.rules.terms import Desk, Role, UnitKind

AUTHORITY: Final = frozenset({*DESKS, Role.ADMIN, Role.AUDITOR})
"""Who works for an authority and may read its figures."""


def _is_tech(post: Post) -> bool:
    return post.role in DESKS and Desk.TECH in post.desks


def _looks_after_all(post: Post) -> bool:
    return _is_tech(post) or post.role is Role.ADMIN


def _tenants(person: Person, day: date, fits: Callable[[Post], bool]) -> tuple[str, ...]:
    """Return the authorities where somebody holds a post that fits, in a department of theirs."""
    return tuple(
        dict.fromkeys(
            post.tenant
            for post in person.held(day)
            if post.unit_kind is UnitKind.DEPARTMENT and fits(post)
        )
    )


def sees_counties(person: Person, day: date) -> bool:
    """Say whether somebody reads the counties' sums: the city's 教育技术中心 (R28, R82)."""
    return any(post.tenant == CITY and _is_tech(post) for post in person.held(day))


def of_board(person: Person, day: date) -> Scope | None:
    """Return whose filings somebody looks after: 教育技术中心 and administrators (三 引, R28)."""
    return _scope(_tenants(person, day, _looks_after_all))


def of_figures(person: Person, day: date, office: Office) -> Scope | None:
    """Return whose figures somebody reads: authorities, or else the own schools'."""
    if sees_counties(person, day):
        return Scope(tuple(office.tenants))
    return of_rows(person, day)


def of_rows(person: Person, day: date) -> Scope | None:
    """Return whose filings somebody may have as rows: the own authority's or the own schools'."""
    mine = _tenants(person, day, lambda post: post.role in AUTHORITY)
    if mine:
        return Scope(mine)
    schools = [post for post in person.schools(day) if post.role in SCHOOL]
    if not schools:
        return None
    tenant = schools[0].tenant
    return Scope((tenant,), tuple(one.unit_code for one in schools if one.tenant == tenant))


def of_summary(person: Person, day: date, office: Office) -> Scope | None:
    """Return whose leadership summary somebody draws: administrators, heads, 教育技术中心."""
    if sees_counties(person, day):
        return Scope(tuple(office.tenants))
    return _scope(
        _tenants(person, day, lambda post: _looks_after_all(post) or post.role is Role.HEAD)
    )


def of_duties(person: Person, day: date) -> tuple[str, ...]:
    """Return the authorities whose map of duties somebody reads: everybody who works there."""
    return _tenants(person, day, lambda post: post.role in {*AUTHORITY, Role.DISCIPLINE})


def of_trail(person: Person, day: date, *roles: Role) -> tuple[str, ...]:
    """Return the authorities whose trails somebody reads, as one of ``roles``."""
    return _tenants(person, day, lambda post: post.role in roles)


def _scope(tenants: tuple[str, ...]) -> Scope | None:
    return Scope(tenants) if tenants else None
