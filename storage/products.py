"""The register of products, shared by the city: found by name or alias, or by a part of one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, fields
from typing import Any, Final

from sqlalchemy import bindparam, or_, select

from storage import tables as t
from storage.rules.numbering import check_product_number
from storage.rules.terms import Kind
from storage.session import Session

_PART_CHARS: Final = 2
"""A shorter name is part of too many others."""
_NAME_CHARS: Final = 3
"""A shorter name inside another one is more often a word than a name."""
_IGNORED = re.compile(r"[\s·•\-_—“”\"'《》()（）]+")


def fold(name: str) -> str:
    """Return a name as it is compared: full-width, case, blanks and quotes make no difference."""
    return _IGNORED.sub("", unicodedata.normalize("NFKC", name).casefold()).removesuffix("app")


@dataclass(frozen=True, slots=True)
class Product:
    """A product; ``product_no`` is the outside number (产品备案号), never ours."""

    id: str
    name: str
    folded: str
    developer: str
    product_no: str
    kind: str
    checked: str

    @property
    def number_text(self) -> str:
        """Return its number with what a check of it has shown: 教APP备3301234号（已核验）; R24."""
        said = f"（{self.checked}）" if self.product_no and self.checked else ""
        return f"{self.product_no}{said}"


@dataclass(slots=True, eq=False)
class Products:
    """Reads the register."""

    _tx: Session

    def named(self, name: str) -> list[Product]:
        """Return the products with this name or alias; several may share one."""
        folded = fold(name)
        by_alias = select(t.product_alias.c.product_id).where(t.product_alias.c.folded == folded)
        rows = self._tx.execute(
            select(t.product)
            .where(or_(t.product.c.folded == folded, t.product.c.id.in_(by_alias)))
            .order_by(t.product.c.name, t.product.c.id)
        )
        return [Product(**row._mapping) for row in rows]

    def near(self, name: str, kind: Kind, most: int) -> list[Product]:
        """Return products of a kind whose name or alias holds this name, or begins or ends it.

        For a name that the register does not hold: 云阅读学生版 may be meant for 云阅读 (R91).
        """
        folded = fold(name)
        if len(folded) < _PART_CHARS:
            return []
        ends = range(_NAME_CHARS, len(folded))
        parts = {folded[:at] for at in ends} | {folded[-at:] for at in ends}

        def meant(column: Any) -> Any:
            return or_(column.contains(folded, autoescape=True), column.in_(sorted(parts)))

        by_alias = select(t.product_alias.c.product_id).where(meant(t.product_alias.c.folded))
        rows = self._tx.execute(
            select(t.product)
            .where(
                t.product.c.kind == kind.value,
                or_(meant(t.product.c.folded), t.product.c.id.in_(by_alias)),
            )
            .order_by(t.product.c.name, t.product.c.id)
            .limit(most)
        )
        return [Product(**row._mapping) for row in rows]

    def numbered(self, number: str) -> Product | None:
        """Find a product by its own number, however that is written."""
        text = check_product_number(number).text
        row = self._tx.execute(select(t.product).where(t.product.c.product_no == text)).first()
        return Product(**row._mapping) if row else None

    def number_text(self, number: str) -> str:
        """Return a number that a school typed, with what the register says of it (R24)."""
        found = self.numbered(number) if number else None
        return f"{number}（{found.checked}）" if found and found.checked else number

    def those(self, ids: Collection[str]) -> dict[str, Product]:
        """Return products by their ids."""
        one = self._tx.statements.once("product", _one)
        found = [Product(*row) for each in ids for row in self._tx.hot(one, id=each)]
        return {product.id: product for product in found}

    def get(self, product_id: str) -> Product | None:
        """Find a product by id."""
        return self.those([product_id]).get(product_id)


def _one() -> Any:
    """The product with an id."""
    columns = (t.product.c[field.name] for field in fields(Product))
    return select(*columns).where(t.product.c.id == bindparam("id"))
