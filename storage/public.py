"""What anybody may read of filings: those that have a number, and whether there are some."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, bindparam, case, func, select

from storage import tables as t
from storage.cases import Filing, read_filing
from storage.rules import numbering
from storage.rules.terms import Stage
from storage.rules.workflow import NUMBERED
from storage.session import Session
from storage.types import Day

_NUMBERED: Final = tuple(stage.value for stage in NUMBERED)
_MOST: Final = 50
_YEARS: Final = 5
"""A number is valid for three school years; an older one is asked for in full."""


@dataclass(slots=True, eq=False)
class Public:
    """Reads filings for people outside. A draft, a running case and a pilot are never found."""

    _tx: Session

    def at_school(self, tenant: str, school: str, keys: Collection[str]) -> list[Filing]:
        """Return a school's filings of some products, the newest first."""
        return self._list(
            t.filing.c.tenant == tenant,
            t.filing.c.school == school,
            t.filing.c.product_key.in_(list(keys)),
        )

    def is_filed(self, keys: Collection[str], day: date) -> bool:
        """Tell whether any school has a filing of some products that is in force."""
        one = self._tx.statements.once("is filed", _is_filed)
        return any(self._tx.hot(one, key=key, day=day) for key in keys)

    def titles(self, tenant: str, school: str, day: date) -> list[str]:
        """Return what a school has filed that is in force, by name."""
        rows = self._tx.execute(
            select(t.filing.c.title)
            .where(
                t.filing.c.tenant == tenant,
                t.filing.c.school == school,
                t.filing.c.stage == Stage.REGISTERED.value,
                (t.filing.c.valid_until.is_(None)) | (t.filing.c.valid_until >= day),
            )
            .order_by(t.filing.c.title)
        )
        return list(dict.fromkeys(rows.scalars()))

    def count_at(self, tenant: str, school: str, day: date) -> tuple[int, int]:
        """Return how many numbered filings a school has, and how many of them are in force."""
        holding = func.coalesce(func.sum(_holds(day)), 0)
        row = self._tx.execute(
            select(func.count().label("every"), holding.label("holding")).where(
                *_numbered_at(tenant, school)
            )
        ).one()
        return row.every, row.holding

    def filed_at(self, tenant: str, school: str, day: date, after: int, most: int) -> list[Filing]:
        """Return a part of what a school has filed: what is in force first, each by name."""
        rows = self._tx.execute(
            select(t.filing)
            .where(*_numbered_at(tenant, school))
            .order_by(_holds(day).desc(), t.filing.c.title, t.filing.c.id)
            .offset(after)
            .limit(most)
        )
        return [read_filing(row) for row in rows]

    def ending(self, serial: int, tenants: Collection[str], year: int) -> list[Filing]:
        """Return the filings whose number ends in ``serial``, of the last years."""
        series = [
            numbering.series(tenant, of, letter).key
            for tenant in tenants
            for of in range(year - _YEARS, year + 1)
            for letter in numbering.LETTERS
        ]
        return self._list(
            t.filing.c.tenant.in_(list(tenants)),
            t.filing.c.series.in_(series),
            t.filing.c.serial == serial,
        )

    def looked_at(self, filing: Filing) -> datetime | None:
        """Return when an authority last looked at a filing: it was registered, or a change was."""
        return self.last_looks([filing])[filing.id]

    def last_looks(self, filings: Collection[Filing]) -> dict[str, datetime | None]:
        """Return the same of several filings, by their ids."""
        rows = self._tx.execute(
            select(t.filing.c.amends, func.max(t.filing.c.settled_at).label("at"))
            .where(
                t.filing.c.tenant.in_({one.tenant for one in filings}),
                t.filing.c.amends.in_([one.id for one in filings]),
                t.filing.c.stage == Stage.MERGED.value,
            )
            .group_by(t.filing.c.amends)
        )
        looked = {row.amends: row.at for row in rows}
        return {one.id: looked.get(one.id) or one.registered_at for one in filings}

    def _list(self, *where: Any) -> list[Filing]:
        rows = self._tx.execute(
            select(t.filing)
            .where(*where, t.filing.c.stage.in_(_NUMBERED))
            .order_by(t.filing.c.registered_at.desc(), t.filing.c.id)
            .limit(_MOST)
        )
        return [read_filing(row) for row in rows]


def _numbered_at(tenant: str, school: str) -> tuple[ColumnElement[bool], ...]:
    return (
        t.filing.c.tenant == tenant,
        t.filing.c.school == school,
        t.filing.c.stage.in_(_NUMBERED),
    )


def _is_filed() -> Any:
    """A filing of one product that is in force."""
    over = t.filing.c.valid_until
    return (
        select(t.filing.c.id)
        .where(
            t.filing.c.product_key == bindparam("key"),
            t.filing.c.stage == Stage.REGISTERED.value,
            over.is_(None) | (over >= bindparam("day", type_=Day)),
        )
        .limit(1)
    )


def _holds(day: date) -> ColumnElement[int]:
    """Return 1 for what is in force on ``day``, 0 for the rest."""
    is_over = t.filing.c.valid_until < day
    return case((t.filing.c.stage != Stage.REGISTERED.value, 0), (is_over, 0), else_=1)
