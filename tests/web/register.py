"""What the public pages show in tests: schools, products, and filings in every state."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import insert, update

from storage import tables as t
from storage.cases import Filing
from storage.names import APP, SCHOOL, school_key
from storage.products import fold
from storage.rules.terms import Owner
from storage.transaction import Transaction
from tests.storage.conftest import NOW, TENANT
from tests.storage.office import SCHOOL as CODE
from tests.storage.office import register

NUMBER = "温教进校备〔2026〕0302A0001号"
AT = f"{TENANT}-{CODE}"


def furnish(tx: Transaction) -> Filing:
    """Register 云阅读 at 瓯江实验小学, beside products and schools that are easily mistaken."""
    for key, name in (("云阅读", "云阅读"), ("p6", "云悦读"), ("p7", "口算宝")):
        tx.execute(
            insert(t.product).values(
                id=key, name=name, folded=fold(name), developer="某公司", kind="app",
                product_no="教APP备3301234号" if name == "云阅读" else "",
            )
        )  # fmt: skip
    for code, name in (("S2", "望海小学"), ("S3", "望海第二小学")):
        add_school(tx, code, name)
    filing = register(tx)
    read_names(tx)
    return filing


def add_school(tx: Transaction, code: str, name: str, tenant: str = TENANT) -> None:
    """Write one more school."""
    tx.execute(
        insert(t.unit).values(
            tenant=tenant, code=code, name=name, kind="school", area=tenant,
            owner=Owner.COUNTY.value, ownership="public", levels=["primary"], desks=[],
        )
    )  # fmt: skip


def read_names(tx: Transaction) -> None:
    """Have every name read, as the sweep does."""
    tx.names.due(APP, ["云阅读", "p6", "p7"])
    tx.names.due(SCHOOL, [school_key(TENANT, code) for code in (CODE, "S2", "S3")])
    while tx.names.work():
        pass


def change(tx: Transaction, filing: Filing, **values: Any) -> None:
    """Change a filing as no act would."""
    tx.execute(update(t.filing).where(t.filing.c.id == filing.id).values(**values))


def copies(tx: Transaction, filing: Filing, many: int) -> None:
    """Register so many more of the school's projects, like one that is there."""
    (row,) = tx.execute(t.filing.select().where(t.filing.c.id == filing.id)).mappings()
    for at in range(2, many + 2):
        own = {
            "id": f"copy{at}", "bundle": f"copy{at}", "case_no": f"26-0302-9{at:03d}",
            "title": f"应用{at:02d}", "product_key": f"name:应用{at:02d}", "serial": at,
            "number": f"温教进校备〔2026〕0302A{at:04d}号", "registered_at": NOW,
            "valid_until": date(2028, 8, 31),
        }  # fmt: skip
        tx.execute(insert(t.filing).values({**row, **own}))
