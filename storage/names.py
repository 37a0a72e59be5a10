"""What products and schools are called: kept beside the ledger, so that any writing finds them.

The rows are derived and can be made again from the ledger at any time (``due``). A filing's name
comes with its number, in that transaction. What a roster brings is noted in its transaction
(``name_due``) and read by a sweep within the minute, like all that was there before. How many names
have a gram (``gram_df``) only orders a search: the sweep counts it, so that registrations, which
share the frequent grams, never wait for one another.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    bindparam,
    delete,
    exists,
    func,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from storage import tables as t
from storage.rules.schools import also_called
from storage.rules.terms import UnitKind
from storage.rules.titles import base_name
from storage.session import Session
from storage.spelling import Spelling, spell

APP: Final = "app"
SCHOOL: Final = "school"
AT_ONCE: Final = 200
ALL: Final = "#"
"""The gram that every name has: how many there are."""
GRAM_CHARS: Final = 40
# Word for word the condition of ix_known_name_uncounted.
_UNCOUNTED: Final = text("not counted")


def gram_of(realm: str, gram: str) -> str:
    """Return a gram as it is kept, apart from that of another realm."""
    return f"{realm[0]}{gram}"[:GRAM_CHARS]


def school_key(tenant: str, code: str) -> str:
    """Return what names a school here."""
    return f"{tenant}/{code}"


@dataclass(slots=True, eq=False)
class Names:
    """Writes the names."""

    _tx: Session

    def keep(self, realm: str, key: str, names: Iterable[str]) -> set[int]:
        """Have a product or school found by these names too; return their rows."""
        spelt = {one.whole: one for one in map(spell, names) if one.whole}
        # In one order, so that two who write the same names wait and do not block each other.
        found = {whole: self._row(realm, spelt[whole]) for whole in sorted(spelt)}
        links = [{"name_id": name_id, "key": key} for name_id in found.values()]
        if links:
            self._tx.execute(self._insert(t.name_key).on_conflict_do_nothing(), links)
        return set(found.values())

    def registered(self, title: str, product_key: str) -> None:
        """Have a filing with a number found by its title."""
        self.keep(APP, product_key, _called([title]))

    def due(self, realm: str, keys: Iterable[str]) -> None:
        """Note that the names of some are to be read anew."""
        rows = [{"realm": realm, "key": key} for key in sorted(set(keys))]
        if rows:
            self._tx.execute(self._insert(t.name_due).on_conflict_do_nothing(), rows)

    # --- what a sweep does ---------------------------------------------------------------------

    def has_work(self) -> bool:
        """Tell whether names are to be read anew, or counted."""
        return bool(self._tx.hot(self._tx.statements.once("names to read", _to_do)))

    def work(self) -> bool:
        """Read some names anew, or else count some; tell whether there may be more to do."""
        due = self._tx.execute(
            select(t.name_due)
            .order_by(t.name_due.c.realm, t.name_due.c.key)
            .limit(AT_ONCE)
            .with_for_update(skip_locked=True)
        ).all()
        for row in due:
            self._read_anew(row.realm, row.key)
        if due:
            self._tx.execute(
                delete(t.name_due).where(
                    t.name_due.c.realm == bindparam("b_realm"),
                    t.name_due.c.key == bindparam("b_key"),
                ),
                [{"b_realm": row.realm, "b_key": row.key} for row in due],
            )
        return bool(due) or self._count()

    def _read_anew(self, realm: str, key: str) -> None:
        kept = self.keep(realm, key, self._of_app(key) if realm == APP else self._of_school(key))
        rows = self._tx.execute(select(t.name_key.c.name_id).where(t.name_key.c.key == key))
        over = [one for one in rows.scalars() if one not in kept]
        if over:
            self._tx.execute(
                delete(t.name_key).where(t.name_key.c.key == key, t.name_key.c.name_id.in_(over))
            )

    def _of_app(self, key: str) -> set[str]:
        """Return what a product is called in the register, and in filings that have a number."""
        titles = select(t.filing.c.title).where(
            t.filing.c.product_key == key, t.filing.c.number.is_not(None)
        )
        names = select(t.product.c.name).where(t.product.c.id == key)
        aliases = select(t.product_alias.c.alias).where(t.product_alias.c.product_id == key)
        rows = self._tx.execute(names.union(aliases, titles))
        return _called(rows.scalars())

    def _of_school(self, key: str) -> set[str]:
        tenant, _, code = key.partition("/")
        name = self._tx.execute(
            select(t.unit.c.name).where(
                t.unit.c.tenant == tenant,
                t.unit.c.code == code,
                t.unit.c.kind != UnitKind.DEPARTMENT.value,
                t.unit.c.active,
            )
        ).scalar_one_or_none()
        return also_called(name) if name else set()

    def _count(self) -> bool:
        """Count the grams of some names that were not counted yet, in the order of the grams."""
        rows = self._tx.execute(
            select(t.known_name.c.id, t.known_name.c.realm)
            .where(_UNCOUNTED)
            .order_by(t.known_name.c.id)
            .limit(AT_ONCE)
            .with_for_update(skip_locked=True)
        ).all()
        if not rows:
            return False
        ids = [row.id for row in rows]
        counted = self._tx.execute(
            select(t.name_gram.c.gram, func.count().label("many"))
            .where(t.name_gram.c.name_id.in_(ids))
            .group_by(t.name_gram.c.gram)
        )
        found = {row.gram: int(row.many) for row in counted}
        for row in rows:
            whole = gram_of(row.realm, ALL)
            found[whole] = found.get(whole, 0) + 1
        insert = self._insert(t.gram_df)
        self._tx.execute(
            insert.on_conflict_do_update(
                index_elements=["gram"], set_={"df": t.gram_df.c.df + insert.excluded.df}
            ),
            [{"gram": gram, "df": many} for gram, many in sorted(found.items())],
        )
        self._tx.execute(
            update(t.known_name).where(t.known_name.c.id.in_(ids)).values(counted=True)
        )
        return True

    # --- inside --------------------------------------------------------------------------------

    def _row(self, realm: str, one: Spelling) -> int:
        """Return the row of a name, written with its grams where it is new."""
        is_it = (t.known_name.c.realm == realm, t.known_name.c.whole == one.whole)
        known = select(t.known_name.c.id).where(*is_it)
        found = self._tx.execute(known).scalar_one_or_none()
        if found is not None:
            return int(found)
        new = self._tx.execute(
            self._insert(t.known_name)
            .values(
                realm=realm,
                whole=one.whole,
                folded=one.folded,
                name=one.name[:120],
                sound=one.sound,
                initials=one.initials,
                counted=False,
            )
            .on_conflict_do_nothing()
            .returning(t.known_name.c.id)
        ).scalar_one_or_none()
        if new is None:  # written by somebody else in the same moment, with its grams
            return int(self._tx.execute(known).scalar_one())
        self._tx.execute(
            self._insert(t.name_gram).on_conflict_do_nothing(),
            [{"gram": gram, "name_id": new} for gram in self._grams(realm, one)],
        )
        return int(new)

    def _grams(self, realm: str, one: Spelling) -> list[str]:
        return sorted({gram_of(realm, gram) for gram in one.grams()})

    def _insert(self, table: Any) -> Any:
        return (sqlite.insert if self._tx.is_sqlite else postgresql.insert)(table)


def _to_do() -> Any:
    """Whether there is anything to read or to count: asked at every tick."""
    one: ColumnElement[int] = literal_column("1")
    uncounted = select(one).select_from(t.known_name).where(_UNCOUNTED)
    return select(one).where(exists(select(one).select_from(t.name_due)) | exists(uncounted))


def _called(names: Iterable[str]) -> set[str]:
    """Return names, and for 小舟作业学生端 what it is called without its end: 小舟作业."""
    given: Sequence[str] = list(names)
    return {*given, *(base for name in given if (base := base_name(name)))}
