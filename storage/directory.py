"""The directory in bulk: what a roster import reads before it decides, and writes afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table, and_, bindparam, delete, insert, or_, select, text, update

from storage import tables as t
from storage.names import APP, SCHOOL, Names, school_key
from storage.people import Unit, unit_of
from storage.persons import rights_changed
from storage.products import Product
from storage.rules.terms import UnitKind
from storage.session import Session

UnitKey = tuple[str, str]
AccountKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """A person as the directory has them; the phone only by its blind index."""

    id: str
    name: str
    phone_index: str


@dataclass(frozen=True, slots=True)
class KnownPost:
    """One interval of one role in one unit; ``valid_to`` is counted, none means still."""

    tenant: str
    unit_code: str
    person_id: str
    role: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class KnownGroup:
    """A chat group; ``address`` and ``secret`` are sealed."""

    tenant: str
    id: str
    unit_code: str
    name: str
    purpose: str
    instance: str
    platform: str
    address: str
    address_index: str
    secret: str
    active: bool
    bound: bool = False
    same_as: str = ""


@dataclass(slots=True, eq=False)
class Directory:
    """Reads and writes the directory by the thousand, in one open transaction."""

    _tx: Session

    def lock(self) -> None:
        """Let one import at a time read and write the directory; others wait, readers do not."""
        if not self._tx.is_sqlite:
            self._tx.execute(text("LOCK TABLE unit IN SHARE ROW EXCLUSIVE MODE"))

    # --- reading -------------------------------------------------------------------------------

    def units(self) -> dict[UnitKey, tuple[Unit, bool]]:
        """Return every unit by (tenant, code), and whether it is active."""
        rows = self._tx.execute(select(t.unit))
        return {(row.tenant, row.code): (unit_of(row), row.active) for row in rows}

    def people(self) -> dict[str, KnownPerson]:
        """Return everybody by id."""
        rows = self._tx.execute(select(t.person.c.id, t.person.c.name, t.person.c.phone_index))
        return {row.id: KnownPerson(*tuple(row)) for row in rows}

    def accounts(self) -> dict[AccountKey, tuple[str, str]]:
        """Return (person, address as written) by (instance, account in lower case)."""
        a = t.account.c
        rows = self._tx.execute(select(a.instance, a.folded, a.person_id, a.address))
        return {(row.instance, row.folded): (row.person_id, row.address) for row in rows}

    def posts(self, day: date) -> list[KnownPost]:
        """Return the posts that reach ``day`` or later, and those that began on it."""
        p = t.post.c
        rows = self._tx.execute(
            select(p.tenant, p.unit_code, p.person_id, p.role, p.valid_from, p.valid_to).where(
                or_(p.valid_to.is_(None), p.valid_to >= day, p.valid_from == day)
            )
        )
        return [KnownPost(*tuple(row)) for row in rows]

    def deciders_since(self, instant: datetime) -> set[tuple[str, str]]:
        """Return (person, unit) of everybody who decided something at ``instant`` or later."""
        d = t.decision.c
        rows = self._tx.execute(select(d.person_id, d.unit_code).where(d.at >= instant).distinct())
        return {(row.person_id, row.unit_code) for row in rows}

    def groups(self) -> list[KnownGroup]:
        """Return every group, closed ones too."""
        columns = [t.chat_group.c[name] for name in KnownGroup.__slots__]
        return [KnownGroup(*tuple(row)) for row in self._tx.execute(select(*columns))]

    def products(self) -> list[Product]:
        """Return the whole register."""
        return [Product(*tuple(row)) for row in self._tx.execute(select(t.product))]

    def aliases(self) -> dict[str, dict[str, str]]:
        """Return folded → alias by product id."""
        found: dict[str, dict[str, str]] = {}
        for row in self._tx.execute(select(t.product_alias)):
            found.setdefault(row.product_id, {})[row.folded] = row.alias
        return found

    # --- writing -------------------------------------------------------------------------------

    def add_units(self, units: Iterable[Unit]) -> None:
        """Write new units."""
        self._add(t.unit, rows := [_unit_row(unit) for unit in units])
        self._schools_due(rows)

    def change_units(self, units: Iterable[Unit]) -> None:
        """Write units over what stands there, active again where they were closed."""
        self._change(t.unit, ("tenant", "code"), rows := [_unit_row(unit) for unit in units])
        self._schools_due(rows)

    def close_units(self, keys: Iterable[UnitKey]) -> None:
        """Close units: nothing is deleted, nothing new goes to them."""
        rows = [{"tenant": tenant, "code": code, "active": False} for tenant, code in keys]
        self._change(t.unit, ("tenant", "code"), rows)
        self._schools_due(rows)

    def add_people(self, people: Iterable[tuple[str, str, str]]) -> None:
        """Write new people: (id, name, phone or empty)."""
        self._add(t.person, [self._person_row(*person) for person in people])

    def change_people(self, people: Iterable[tuple[str, str, str | None]]) -> None:
        """Write name and phone of people; a phone of ``None`` stays as it is."""
        rows = [(person_id, name, phone) for person_id, name, phone in people]
        named = [{"id": one, "name": name} for one, name, phone in rows if phone is None]
        self._change(t.person, ("id",), named)
        self._change(
            t.person, ("id",), [self._person_row(*row) for row in rows if row[2] is not None]
        )

    def _person_row(self, person_id: str, name: str, phone: str | None) -> dict[str, Any]:
        cipher = self._tx.cipher
        return {
            "id": person_id,
            "name": name,
            "phone": cipher.seal(phone, "person.phone") if phone else "",
            "phone_index": cipher.blind_index(phone, "person.phone") if phone else "",
        }

    def take_accounts(self, keys: Iterable[AccountKey]) -> None:
        """Take accounts off whoever has them."""
        rows = [{"b_instance": instance, "b_folded": folded} for instance, folded in keys]
        if rows:
            self._tx.execute(
                delete(t.account).where(
                    t.account.c.instance == bindparam("b_instance"),
                    t.account.c.folded == bindparam("b_folded"),
                ),
                rows,
            )

    def give_accounts(self, accounts: Iterable[tuple[str, str, str]]) -> None:
        """Write (instance, address, person)."""
        self._add(
            t.account,
            [
                {
                    "instance": instance,
                    "folded": address.lower(),
                    "address": address,
                    "person_id": person_id,
                }
                for instance, address, person_id in accounts
            ],
        )

    def begin_posts(self, posts: Iterable[KnownPost]) -> None:
        """Begin new intervals."""
        self._add(t.post, [{name: getattr(one, name) for name in one.__slots__} for one in posts])

    def bound_posts(self, posts: Iterable[KnownPost]) -> None:
        """Write where intervals end; no end lets them run on."""
        key = ("tenant", "unit_code", "person_id", "role", "valid_from")
        rows = [{name: getattr(one, name) for name in one.__slots__} for one in posts]
        self._change(t.post, key, rows)

    def add_groups(self, groups: Iterable[KnownGroup]) -> None:
        """Write new groups."""
        self._add(
            t.chat_group, [{name: getattr(one, name) for name in one.__slots__} for one in groups]
        )

    def change_groups(self, groups: Iterable[KnownGroup]) -> None:
        """Write groups over what stands there."""
        rows = [{name: getattr(one, name) for name in one.__slots__} for one in groups]
        self._change(t.chat_group, ("tenant", "id"), rows)

    def add_products(self, products: Iterable[Product]) -> None:
        """Write new products."""
        self._add(t.product, rows := [_product_row(one) for one in products])
        Names(self._tx).due(APP, [row["id"] for row in rows])

    def change_products(self, products: Iterable[Product]) -> None:
        """Write products over what stands there."""
        self._change(t.product, ("id",), rows := [_product_row(one) for one in products])
        Names(self._tx).due(APP, [row["id"] for row in rows])

    def name_products(self, aliases: Mapping[str, Mapping[str, str]]) -> None:
        """Give products these aliases (folded → alias) in place of those they had."""
        if not aliases:
            return
        Names(self._tx).due(APP, aliases)
        self._tx.execute(
            delete(t.product_alias).where(t.product_alias.c.product_id == bindparam("b_id")),
            [{"b_id": product_id} for product_id in aliases],
        )
        self._add(
            t.product_alias,
            [
                {"folded": folded, "product_id": product_id, "alias": alias}
                for product_id, names in aliases.items()
                for folded, alias in names.items()
            ],
        )

    def _schools_due(self, rows: Iterable[Mapping[str, Any]]) -> None:
        schools = [row for row in rows if row.get("kind") != UnitKind.DEPARTMENT.value]
        keys = [school_key(row["tenant"], row["code"]) for row in schools]
        Names(self._tx).due(SCHOOL, keys)

    def _add(self, table: Table, rows: list[dict[str, Any]]) -> None:
        if rows:
            self._tx.execute(insert(table), rows)
            self._note(table)

    def _note(self, table: Table) -> None:
        if table in (t.post, t.unit):
            rights_changed(self._tx)

    def _change(self, table: Table, key: Sequence[str], rows: list[dict[str, Any]]) -> None:
        if not rows:
            return
        self._note(table)
        statement = (
            update(table)
            .where(and_(*(table.c[name] == bindparam(f"b_{name}") for name in key)))
            .values({name: bindparam(f"v_{name}") for name in rows[0] if name not in key})
        )
        self._tx.execute(
            statement,
            [
                {
                    (f"b_{name}" if name in key else f"v_{name}"): value
                    for name, value in row.items()
                }
                for row in rows
            ],
        )


def _unit_row(unit: Unit) -> dict[str, Any]:
    return {
        "tenant": unit.tenant,
        "code": unit.code,
        "name": unit.name,
        "kind": unit.kind.value,
        "area": unit.area,
        "owner": unit.owner.value,
        "ownership": unit.ownership.value if unit.ownership else "",
        "levels": [level.value for level in unit.levels],
        "desks": sorted(desk.value for desk in unit.desks),
        "active": True,
    }


def _product_row(product: Product) -> dict[str, Any]:
    return {name: getattr(product, name) for name in Product.__slots__}
