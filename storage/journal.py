"""The journal: every act with its rows, chained by hash, so that nothing changes unseen."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Table, and_, insert, select, update

from storage import tables as t
from storage.session import Session
from storage.types import write_instant, write_json


@dataclass(slots=True, eq=False)
class Entry:
    """One act while its transaction runs: who, what, on which clause, and the rows it wrote.

    Rows of replayed tables are written only through ``insert``, ``update`` and ``count``, which
    keep the after-image of each row: replaying the images in order gives the tables again.
    """

    tenant: str
    at: datetime
    act: str
    subject: str
    person_id: str
    role: str
    clause: str
    rule_version: str
    _tx: Session
    images: list[dict[str, Any]] = field(default_factory=list)

    def insert(self, table: Table, **values: Any) -> None:
        """Write a new row of ``table`` under this act."""
        row = {"tenant": self.tenant, **values}
        self._tx.execute(insert(table).values(row))
        self._keep(table, row)

    def insert_all(self, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
        """Write several new rows of ``table`` under this act, in one statement."""
        full = [{"tenant": self.tenant, **row} for row in rows]
        if full:
            self._tx.execute(insert(table), full)
        for row in full:
            self._keep(table, row)

    def update(
        self, table: Table, key: Mapping[str, Any], guard: Mapping[str, Any], **values: Any
    ) -> bool:
        """Change the row with ``key`` if ``guard`` still holds; say whether it did."""
        full = {"tenant": self.tenant, **key}
        where = and_(*(table.c[name] == value for name, value in {**full, **guard}.items()))
        if self._tx.execute(update(table).where(where).values(**values)).rowcount != 1:
            return False
        self._keep(table, {**full, **values})
        return True

    def count(self, series: str) -> int:
        """Take the next number of ``series`` in this transaction: gap-free, never given twice."""
        value: int = self._tx.hot(
            self._tx.statements.next_count, tenant=self.tenant, series=series
        )[0][0]
        self._keep(t.counter, {"tenant": self.tenant, "series": series, "value": value})
        return value

    def _keep(self, table: Table, values: Mapping[str, Any]) -> None:
        self.images.append({"table": table.name, "row": encode_row(table, values)})


def encode_row(table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row as the plain JSON values that stand in the journal."""
    image: dict[str, Any] = {}
    for name, value in values.items():
        convert = getattr(table.c[name].type, "process_bind_param", None)
        image[name] = convert(value, None) if convert else value
    return image


def chain_hash(previous: str, entry: Mapping[str, Any]) -> str:
    """Return the hash that seals ``entry`` (JSON values, without its hash) onto ``previous``."""
    return hashlib.sha256((previous + write_json(entry)).encode()).hexdigest()


def record_of(row: Any) -> dict[str, Any]:
    """Return a row of the journal as it was sealed, without its hash."""
    names = ("tenant", "seq", "act", "subject", "person_id", "role", "clause", "rule_version")
    record = {name: getattr(row, name) for name in names}
    return {**record, "rows": row.rows, "at": write_instant(row.at)}


@dataclass(slots=True, eq=False)
class Journal:
    """The acts of one transaction, and the reading of past ones."""

    _tx: Session
    entries: list[Entry] = field(default_factory=list)

    def begin(
        self,
        *,
        tenant: str,
        at: datetime,
        act: str,
        subject: str,
        person_id: str = "",
        role: str = "system",
        clause: str = "",
        rule_version: str = "",
    ) -> Entry:
        """Begin an act of ``tenant``; it is sealed when the transaction finishes."""
        entry = Entry(tenant, at, act, subject, person_id, role, clause, rule_version, self._tx)
        self.entries.append(entry)
        return entry

    def seal(self) -> None:
        """Chain the acts onto their tenants' heads. The head's row is the last one locked."""
        if not self.entries:
            return
        hot, statements = self._tx.hot, self._tx.statements
        for tenant in sorted({entry.tenant for entry in self.entries}):
            rows = hot(statements.last_act, tenant=tenant)
            if not rows:
                hot(statements.first_head, tenant=tenant)
                rows = hot(statements.last_act, tenant=tenant)
            seq, digest = rows[0]
            for entry in (one for one in self.entries if one.tenant == tenant):
                seq += 1
                record = {
                    "tenant": tenant,
                    "seq": seq,
                    "at": write_instant(entry.at),
                    "act": entry.act,
                    "subject": entry.subject,
                    "person_id": entry.person_id,
                    "role": entry.role,
                    "clause": entry.clause,
                    "rule_version": entry.rule_version,
                    "rows": entry.images,
                }
                digest = chain_hash(digest, record)
                hot(statements.write_act, **{**record, "at": entry.at, "hash": digest})
            hot(statements.move_head, b_tenant=tenant, b_seq=seq, b_hash=digest)
        self.entries.clear()

    def heads(self) -> Sequence[tuple[str, int, str]]:
        """Return (tenant, seq, hash) of every chain."""
        rows = self._tx.execute(select(t.journal_head).order_by(t.journal_head.c.tenant))
        return [(row.tenant, row.seq, row.hash) for row in rows]

    def of(self, tenant: str, subject: str) -> Iterable[Any]:
        """Return the acts on one subject, oldest first."""
        return self._tx.execute(
            select(t.journal)
            .where(t.journal.c.tenant == tenant, t.journal.c.subject == subject)
            .order_by(t.journal.c.seq)
        ).all()
