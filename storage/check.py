"""The invariants of the ledger, as questions to a live database: what holds, and what does not.

Each check returns one line per finding, with ids and never a person's data. The numbers are those
of the promises in ``docs/architecture.md``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Table, func, select, text
from sqlalchemy.exc import DatabaseError, OperationalError

from storage import tables as t
from storage.crypto import DecryptionError
from storage.journal import chain_hash, encode_row
from storage.rules.terms import Act, Role, Stage, TaskKind, TaskState
from storage.rules.workflow import TERMINAL
from storage.transaction import Transaction
from storage.types import write_instant, write_json

STUCK = timedelta(minutes=10)
PHONE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
PENDING = (TaskState.OPEN.value, TaskState.RETURNED.value)
AWAITED: Mapping[Stage, TaskKind] = {
    Stage.INTAKE: TaskKind.INTAKE,
    Stage.IN_REVIEW: TaskKind.CO_REVIEW,
    Stage.AWAITING_DECISION: TaskKind.DECISION,
    Stage.AWAITING_REGISTRATION: TaskKind.REGISTRATION,
}


class Anchor(NamedTuple):
    """A chain's head as it was written outside the database."""

    tenant: str
    seq: int
    hash: str


def check(tx: Transaction, now: datetime, anchors: Sequence[Anchor] = ()) -> list[str]:
    """Return everything that does not hold, one line each; an empty list is a sound ledger."""
    findings: list[str] = []
    asked = {name: question(tx, now) for name, question in CHECKS.items()}
    for name, lines in {**asked, "anchor": anchored(tx, anchors)}.items():
        findings.extend(told_by(name, lines))
    return findings


def told_by(name: str, lines: Iterator[str]) -> Iterator[str]:
    """Write the lines of one question under its name, or that its rows cannot be read."""
    try:
        for line in lines:
            yield f"{name}: {line}"
    except OperationalError:
        raise  # the database is away, which says nothing of what it holds
    except DatabaseError:
        yield f"{name}: the rows cannot be read"


def numbers(tx: Transaction, now: datetime) -> Iterator[str]:
    """1. A number is gap-free in its series, and exists exactly when everything it needs does."""
    rows = tx.execute(
        select(
            t.filing.c.tenant,
            t.filing.c.series,
            func.count().label("count"),
            func.max(t.filing.c.serial).label("top"),
        )
        .where(t.filing.c.serial.is_not(None))
        .group_by(t.filing.c.tenant, t.filing.c.series)
    ).all()
    counters = {
        (row.tenant, row.series): row.value
        for row in tx.execute(select(t.counter))
        if not row.series.startswith("case:")
    }
    for row in rows:
        value = counters.pop((row.tenant, row.series), 0)
        if not row.count == row.top == value:
            yield f"series {row.series} has {row.count} numbers up to {row.top}, counter {value}"
    for (tenant, series), value in counters.items():
        if value:
            yield f"series {tenant}/{series} counted to {value} without a number"
    for filing in tx.execute(select(t.filing)).all():
        registered = filing.stage == Stage.REGISTERED.value
        if registered != (filing.number is not None):
            yield f"filing {filing.id} is {filing.stage} and its number does not fit that"
        if registered:
            yield from _earned(tx, filing)


def _earned(tx: Transaction, filing: Any) -> Iterator[str]:
    tasks = tx.execute(
        select(t.task).where(t.task.c.filing_id == filing.id, t.task.c.tenant == filing.tenant)
    ).all()
    acts = {
        row.task_id: row.act
        for row in tx.execute(select(t.decision).where(t.decision.c.filing_id == filing.id))
    }
    live = [task for task in tasks if task.state != TaskState.SUPERSEDED.value]
    if any(task.state != TaskState.DECIDED.value for task in live):
        yield f"filing {filing.id} is registered with an undecided task"
    said = {acts.get(task.id) for task in live}
    if Act.APPROVE.value not in said or Act.REGISTER.value not in said:
        yield f"filing {filing.id} is registered without approval or register act"


def tasks(tx: Transaction, now: datetime) -> Iterator[str]:
    """2. Every submitted filing is terminal or waits for exactly the desks its stage asks for."""
    ended = [stage.value for stage in TERMINAL]
    before = [Stage.DRAFT.value, Stage.AWAITING_PRINCIPAL.value, Stage.SENT_BACK.value]
    pending: dict[str, list[Any]] = {}
    for row in tx.execute(select(t.task).where(t.task.c.state.in_(PENDING))):
        pending.setdefault(row.filing_id, []).append(row)
    for filing in tx.execute(select(t.filing)).all():
        waiting = pending.pop(filing.id, [])
        if filing.stage in ended or filing.stage in before:
            if waiting:
                yield f"filing {filing.id} is {filing.stage} and still has {len(waiting)} task(s)"
            continue
        awaited = AWAITED.get(Stage(filing.stage))
        if filing.stage == Stage.RETURNED.value:
            if not any(task.state == TaskState.RETURNED.value for task in waiting):
                yield f"filing {filing.id} is returned without a returned task"
        elif not any(task.kind == awaited.value for task in waiting if awaited):
            yield f"filing {filing.id} is {filing.stage} and nobody has a task"
        seen = [(task.kind, task.desk, task.part) for task in waiting]
        if len(set(seen)) != len(seen):
            yield f"filing {filing.id} asks one desk twice"
    for orphan in pending:
        yield f"tasks wait for filing {orphan}, which does not exist"


def decisions(tx: Transaction, now: datetime) -> Iterator[str]:
    """3. A decided task has one decision, by one person who held the desk that day."""
    found = {row.task_id: row for row in tx.execute(select(t.decision))}
    filings = {row.id: row for row in tx.execute(select(t.filing))}
    approved: dict[str, set[str]] = {}
    registered: dict[str, str] = {}
    for task in tx.execute(select(t.task)).all():
        decision = found.pop(task.id, None)
        if (task.state == TaskState.DECIDED.value) != (decision is not None):
            if task.state != TaskState.SUPERSEDED.value:
                yield f"task {task.id} is {task.state} and its decision does not fit that"
            continue
        if decision is None or not decision.person_id:
            continue
        filing = filings[task.filing_id]
        if decision.person_id in (filing.owner_id, filing.principal_id):
            yield f"task {task.id} was decided by who filed it"
        if decision.act == Act.APPROVE.value:
            approved.setdefault(task.filing_id, set()).add(decision.person_id)
        if decision.act == Act.REGISTER.value:
            registered[task.filing_id] = decision.person_id
        if decision.act != Act.DECIDE_EARLY.value and not _held(tx, decision, filing):
            yield f"task {task.id} was decided without a post in {decision.unit_code} that day"
    for task_id in found:
        yield f"decision of task {task_id} has no task"
    for filing_id, person in registered.items():
        must_differ = any(part["distinct_registrar"] for part in filings[filing_id].route)
        if must_differ and person in approved.get(filing_id, set()):
            yield f"filing {filing_id} was approved and registered by one person"


def _held(tx: Transaction, decision: Any, filing: Any) -> bool:
    zone = ZoneInfo(str(filing.office.get("timezone", "Asia/Shanghai")))
    day = decision.at.astimezone(zone).date()
    rows = tx.execute(
        select(t.post).where(
            t.post.c.tenant == decision.tenant,
            t.post.c.person_id == decision.person_id,
            t.post.c.unit_code == decision.unit_code,
            t.post.c.role.in_([Role.REVIEWER.value, Role.HEAD.value, Role.DEPUTY.value]),
        )
    )
    return any(
        row.valid_from <= day and (row.valid_to is None or day <= row.valid_to) for row in rows
    )


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
        record = {
            name: getattr(row, name)
            for name in (
                "tenant",
                "seq",
                "act",
                "subject",
                "person_id",
                "role",
                "clause",
                "rule_version",
                "rows",
            )
        } | {"at": write_instant(row.at)}
        if row.seq != seq + 1:
            yield f"chain {row.tenant} jumps from {seq} to {row.seq}"
        if chain_hash(digest, record) != row.hash:
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


def told(tx: Transaction, now: datetime) -> Iterator[str]:
    """5. Nothing is announced that was not registered and confirmed, and to no group twice."""
    confirmed = {row.filing_id for row in tx.execute(select(t.announcement))}
    numbered = set(
        tx.execute(select(t.filing.c.id).where(t.filing.c.number.is_not(None))).scalars()
    )
    for filing_id in confirmed - numbered:
        yield f"filing {filing_id} is announced without a number"
    seen: set[tuple[str, str]] = set()
    for row in tx.execute(select(t.outbox).where(t.outbox.c.once.like("announce:%"))):
        filing_id = row.once.split(":")[1]
        if filing_id not in confirmed:
            yield f"outbox {row.seq} announces filing {filing_id}, which nobody confirmed"
        if (filing_id, row.group_id) in seen:
            yield f"filing {filing_id} is announced twice to group {row.group_id}"
        seen.add((filing_id, row.group_id))


def borders(tx: Transaction, now: datetime) -> Iterator[str]:
    """6. Nothing crosses from one authority to another, and no phone number leaves to a group."""
    for table in (t.task, t.decision, t.declaration, t.announcement):
        rows = tx.execute(
            select(table.c.tenant, table.c.filing_id).where(
                ~select(1)
                .where(t.filing.c.id == table.c.filing_id, t.filing.c.tenant == table.c.tenant)
                .exists()
            )
        )
        for row in rows:
            yield f"a {table.name} of {row.tenant} belongs to a filing elsewhere ({row.filing_id})"
    for row in tx.execute(select(t.outbox).where(t.outbox.c.group_id.is_not(None))):
        if PHONE.search(write_json(row.body)):
            yield f"outbox {row.seq} tells a group a phone number"


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


CHECKS: Mapping[str, Callable[[Transaction, datetime], Iterator[str]]] = {
    "numbers": numbers,
    "tasks": tasks,
    "decisions": decisions,
    "journal": journal,
    "announcements": told,
    "borders": borders,
    "outcomes": outcomes,
    "database": database,
    "sealed": sealed,
}
