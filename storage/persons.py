"""Somebody of the directory with their posts, and those in which they stand in for the absent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Text, and_, select, type_coerce

from storage import tables as t
from storage.rules.terms import Desk, Role, UnitKind
from storage.session import Session
from storage.statements import PERSON_COLUMNS

DESK_ROLES = frozenset({Role.REVIEWER, Role.HEAD, Role.DEPUTY})
"""Who may act for a department."""


class Post(NamedTuple):
    """What somebody is in one unit, from a day to a day (both counted; no end: still).

    ``stands_for`` names the absent person whose post this is: it is worked for them in these days.
    """

    tenant: str
    unit_code: str
    unit_name: str
    unit_kind: UnitKind
    desks: frozenset[Desk]
    role: Role
    valid_from: date
    valid_to: date | None
    stands_for: str = ""

    def holds_on(self, day: date) -> bool:
        """Say whether the post is held on ``day``."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class Person(NamedTuple):
    """Somebody of the directory with every post, past ones too: ask with a day.

    Posts in which they stand in for somebody absent come last: their own right goes first.
    """

    id: str
    name: str
    posts: tuple[Post, ...]

    def held(self, day: date) -> tuple[Post, ...]:
        """Return the posts held on ``day``."""
        return tuple(post for post in self.posts if post.holds_on(day))

    def schools(self, day: date) -> tuple[Post, ...]:
        """Return the posts in schools and other filing units, one per unit."""
        seen: dict[tuple[str, str], Post] = {}
        for post in self.held(day):
            if post.unit_kind is not UnitKind.DEPARTMENT:
                seen.setdefault((post.tenant, post.unit_code), post)
        return tuple(seen.values())

    def works_in(self, tenant: str, unit_code: str, day: date) -> bool:
        """Say whether this person has any post in a unit on ``day``."""
        return any((post.tenant, post.unit_code) == (tenant, unit_code) for post in self.held(day))

    def at_desk(self, tenant: str, desk: Desk, day: date) -> Post | None:
        """Return the post by which this person may act for a desk of an authority."""
        for post in self.held(day):
            if post.tenant == tenant and desk in post.desks and post.role in DESK_ROLES:
                return post
        return None

    def is_principal_of(self, tenant: str, unit_code: str, day: date) -> bool:
        """Say whether this person signs for a school on ``day``."""
        return any(
            post.tenant == tenant and post.unit_code == unit_code and post.role is Role.PRINCIPAL
            for post in self.held(day)
        )


def read_person(rows: Sequence[Sequence[Any]]) -> Person | None:
    """Read somebody from a row for each post; None where there is no person in it."""
    if not rows or rows[0][0] is None:
        return None
    posts = tuple(_read_post(*row[2:10]) for row in rows if row[2] is not None)
    return Person(rows[0][0], rows[0][1], posts)


def with_rights(tx: Session, person: Person | None, rows: Sequence[Sequence[Any]]) -> Person | None:
    """Add the posts in which somebody stands in for an absent person (``rows`` tell whether any).

    Only who is in a department of that authority themself does, and only while they are.
    """
    if person is None or not rows[0][-1]:
        return person
    away, post, unit = t.absence.c, t.post.c, t.unit.c
    found = tx.execute(
        select(
            *PERSON_COLUMNS[2:10], away.person_id, type_coerce(away.from_on, Text).label("from_on"),
            type_coerce(away.to_on, Text).label("to_on"),
        )
        .select_from(t.absence)
        .join(t.post, and_(post.tenant == away.tenant, post.person_id == away.person_id))
        .join(t.unit, and_(unit.tenant == post.tenant, unit.code == post.unit_code))
        .where(
            away.substitute_id == person.id,
            away.ended_at.is_(None),
            unit.kind == UnitKind.DEPARTMENT.value,
            post.role.in_([role.value for role in DESK_ROLES]),
        )
        .order_by(away.from_on, post.unit_code, post.role)
    )  # fmt: skip
    rights = [
        right
        for row in found
        for own in person.posts
        if own.tenant == row.post_tenant and own.unit_kind is UnitKind.DEPARTMENT
        if (right := _within(_read_post(*row[:8]), row, own)) is not None
    ]
    return person._replace(posts=(*person.posts, *dict.fromkeys(rights)))


def _within(post: Post, row: Any, own: Post) -> Post | None:
    """Return an absent person's post for the days of the absence, as long as both posts last."""
    first = max(post.valid_from, own.valid_from, date.fromisoformat(row.from_on))
    ends = (post.valid_to, own.valid_to, date.fromisoformat(row.to_on))
    last = min(end for end in ends if end is not None)
    if last < first:
        return None
    return post._replace(valid_from=first, valid_to=last, stands_for=row.person_id)


@lru_cache(maxsize=4096)
def _read_post(
    tenant: str,
    unit_code: str,
    role: str,
    valid_from: str,
    valid_to: str | None,
    unit_name: str,
    kind: str,
    desks: str,
) -> Post:
    """Read a post as it is kept: at every message, and hardly ever another than last time."""
    return Post(
        tenant,
        unit_code,
        unit_name,
        UnitKind(kind),
        frozenset(Desk(desk) for desk in orjson.loads(desks)),
        Role(role),
        date.fromisoformat(valid_from),
        date.fromisoformat(valid_to) if valid_to else None,
    )
