"""Whether everything with a number can be found by a name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select

from storage import tables as t
from storage.transaction import Transaction


def names(tx: Transaction, now: datetime) -> Iterator[str]:
    """16. What a filing with a number speaks of is found by a name, or its names are to be read."""
    key = t.filing.c.product_key
    lost = (
        select(key)
        .where(
            t.filing.c.number.is_not(None),
            ~select(1).where(t.name_key.c.key == key).exists(),
            ~select(1).where(t.name_due.c.realm == "app", t.name_due.c.key == key).exists(),
        )
        .distinct()
        .order_by(key)
    )
    for product_key in tx.execute(lost).scalars():
        yield f"product {product_key} has a number and no name to be found by"
