"""Products whose own number the register marks 已撤销: which filings rest on it, told of once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import exists, select

from storage import tables as t
from storage.cases import Filing
from storage.journal import Journal
from storage.rules.principles import VOID
from storage.rules.terms import Role, Stage, clause
from storage.session import Session

ACT: Final = "number_revoked"
AT_ONCE: Final = 200
_REVOKED: Final = VOID[1]
_IN_USE: Final = (Stage.REGISTERED.value, Stage.SUSPENDED.value)
_DUE: Final = (
    select(t.filing.c.id)
    .join(t.product, t.product.c.id == t.filing.c.product_key)
    .where(
        t.product.c.checked == _REVOKED,
        t.product.c.product_no != "",
        t.filing.c.stage.in_(_IN_USE),
        ~exists().where(
            t.journal.c.tenant == t.filing.c.tenant,
            t.journal.c.subject == t.filing.c.id,
            t.journal.c.act == ACT,
        ),
    )
)


@dataclass(slots=True, eq=False)
class Revoked:
    """Finds filings in use whose product has lost its number, and notes that the school knows."""

    _tx: Session
    _journal: Journal

    def untold(self) -> list[str]:
        """Return some filings in use whose school was not told yet."""
        rows = self._tx.execute(_DUE.order_by(t.filing.c.id).limit(AT_ONCE))
        return list(rows.scalars())

    def note(self, filing: Filing, now: datetime) -> bool:
        """Note that a school is being told; False where there is nothing to tell (any more)."""
        if self._tx.execute(_DUE.where(t.filing.c.id == filing.id)).first() is None:
            return False
        self._journal.begin(
            tenant=filing.tenant,
            at=now,
            act=ACT,
            subject=filing.id,
            role=Role.SYSTEM.value,
            clause=clause("二（三）"),
            rule_version=filing.rule_version,
        )
        return True
