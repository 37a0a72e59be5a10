"""Whether the books are sound: the chain, what was sent, the database, what is sealed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Table, func, select, text

from storage import tables as t
from storage.crypto import DecryptionError
from storage.journal import chain_hash, encode_row, record_of
from storage.transaction import Transaction
from storage.types import write_json

STUCK = timedelta(minutes=10)


class Anchor(NamedTuple):
    """A chain's head as it was written outside the database."""

    tenant: str
    seq: int
    hash: str


def journal(tx: Transaction, now: datetime) -> Iterator[str]:
    """4. The chain verifies, and replaying it gives every row as it stands."""
    replayed: dict[str, dict[tuple[Any, ...], dict[str, Any]]] = {
        table.name: {} for table in t.REPLAYED
    }
    tables = {table.name: table for table in t.REPLAYED}
    heads = {tenant: (seq, digest) for tenant, seq, digest in tx.journal.heads()}
    last: dict[str, tuple[int, str]] = {}
    for row in tx.execute(select(t.journal).order_by(t.journal.c.tenant, t.journal.c.seq)):
        seq, digest = last.get(row.tenant, (0, ""))
        if row.seq != seq + 1:
            yield f"chain {row.tenant} jumps from {seq} to {row.seq}"
        if chain_hash(digest, record_of(row)) != row.hash:
            yield f"chain {row.tenant} is broken at {row.seq}"
        last[row.tenant] = (row.seq, row.hash)
        for image in row.rows:
            if "table" in image:
                key = _key(tables[image["table"]], image["row"])
                replayed[image["table"]].setdefault(key, {}).update(image["row"])
    for tenant in heads.keys() | last.keys():
        if heads.get(tenant) != last.get(tenant):
            yield f"chain {tenant} does not end where its head says"
    for table in t.REPLAYED:
        yield from _compare(tx, table, replayed[table.name])


def _compare(
    tx: Transaction, table: Table, replayed: dict[tuple[Any, ...], dict[str, Any]]
) -> Iterator[str]:
    for row in tx.execute(select(table)):
        values = encode_row(table, dict(row._mapping))
        told = replayed.pop(_key(table, values), None)
        if told is None:
            yield f"{table.name} {_key(table, values)} is not in the journal"
        elif any(write_json(values[name]) != write_json(value) for name, value in told.items()):
            yield f"{table.name} {_key(table, values)} is not as the journal tells it"
    for key in replayed:
        yield f"{table.name} {key} is in the journal only"


def _key(table: Table, values: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(values[column.name] for column in table.primary_key)


def outcomes(tx: Transaction, now: datetime) -> Iterator[str]:
    """7. Every event has its outcome; every row of the outbox ends, or is on its way."""
    failed = tx.execute(select(func.count()).where(t.inbox.c.outcome == "failed")).scalar_one()
    if failed:
        yield f"{failed} event(s) failed and wait for a person"
    for row in tx.execute(
        select(t.outbox.c.seq, t.outbox.c.state).where(
            t.outbox.c.state.in_(("leased", "carried")),
            func.coalesce(t.outbox.c.lease_until, t.outbox.c.not_before) < now - STUCK,
        )
    ):
        yield f"outbox {row.seq} is {row.state} and nobody sends it"
    for row in tx.execute(
        select(t.outbox.c.seq).where(
            t.outbox.c.state.in_(("sent", "refused", "parked", "dropped")),
            t.outbox.c.settled_at.is_(None),
            t.outbox.c.state != "dropped",
        )
    ):
        yield f"outbox {row.seq} ended without a time"
    yield from _deaf(tx)


def _deaf(tx: Transaction) -> Iterator[str]:
    """Name each group in use that refused what it was told last."""
    for group in tx.execute(select(t.chat_group).where(t.chat_group.c.active)).all():
        last = tx.execute(
            select(t.outbox.c.seq, t.outbox.c.state, t.outbox.c.note)
            .where(
                t.outbox.c.lane == f"{group.instance}:{group.id}",
                t.outbox.c.state.in_(("sent", "refused")),
            )
            .order_by(t.outbox.c.seq.desc())
            .limit(1)
        ).first()
        if last is not None and last.state == "refused":
            yield f"group {group.id} of {group.unit_code} refused outbox {last.seq}: {last.note}"


def database(tx: Transaction, now: datetime) -> Iterator[str]:
    """8. The database keeps what it commits, and its own cross references hold."""
    if not tx.is_sqlite:
        if tx.execute(text("SHOW synchronous_commit")).scalar_one() == "off":
            yield "synchronous_commit is off"
        return
    if tx.execute(text("PRAGMA journal_mode")).scalar_one() != "wal":
        yield "journal_mode is not WAL"
    if tx.execute(text("PRAGMA quick_check")).scalars().all() != ["ok"]:
        yield "quick_check found damage"
    loose = Counter((row.table, row.parent) for row in tx.execute(text("PRAGMA foreign_key_check")))
    for (table, parent), count in loose.items():
        yield f"{count} row(s) of {table} point to no {parent}"


def sealed(tx: Transaction, now: datetime) -> Iterator[str]:
    """9. What is sealed opens with the keys that are here, and a phone is found by its index."""
    for column in (t.person.c.phone, t.chat_group.c.address, t.chat_group.c.secret):
        field = f"{column.table.name}.{column.name}"
        shut = sum(
            _opened(tx, token, field) is None
            for token in tx.execute(select(column).where(column != "")).scalars()
        )
        if shut:
            yield f"{shut} {field} cannot be opened with the keys that are here"
    lost = 0
    for row in tx.execute(select(t.person.c.phone, t.person.c.phone_index)):
        phone = _opened(tx, row.phone, "person.phone") if row.phone else None
        lost += (
            phone is not None and tx.cipher.blind_index(phone, "person.phone") != row.phone_index
        )
    if lost:
        yield f"{lost} person.phone are not found by the index key that is here"


def _opened(tx: Transaction, token: str, field: str) -> str | None:
    try:
        return tx.cipher.open(token, field)
    except DecryptionError:
        return None


def anchored(tx: Transaction, anchors: Sequence[Anchor]) -> Iterator[str]:
    """Hold the chains against the heads that were written outside the database."""
    for anchor in anchors:
        found = tx.execute(
            select(t.journal.c.hash).where(
                t.journal.c.tenant == anchor.tenant, t.journal.c.seq == anchor.seq
            )
        ).scalar_one_or_none()
        if anchor.seq and found != anchor.hash:
            yield f"chain {anchor.tenant} was anchored at {anchor.seq} and is another now"
