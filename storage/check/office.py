"""Whether the cases are sound: numbers, tasks, decisions, announcements, borders."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from storage import tables as t
from storage.persons import DESK_ROLES
from storage.rules.terms import Act, Stage, TaskKind, TaskState
from storage.rules.workflow import NUMBERED, PILOT_STAGES, TERMINAL
from storage.transaction import Transaction
from storage.types import write_json

PHONE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
OFFICE = ZoneInfo("Asia/Shanghai")
MOMENT = timedelta(minutes=1)
PENDING = (TaskState.OPEN.value, TaskState.RETURNED.value)
AWAITED: Mapping[Stage, TaskKind] = {
    Stage.INTAKE: TaskKind.INTAKE,
    Stage.IN_REVIEW: TaskKind.CO_REVIEW,
    Stage.AWAITING_DECISION: TaskKind.DECISION,
    Stage.AWAITING_REGISTRATION: TaskKind.REGISTRATION,
}


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
        if not row.series.startswith(("case:", "pilot:", "rules:"))
    }
    for row in rows:
        value = counters.pop((row.tenant, row.series), 0)
        if not row.count == row.top == value:
            yield f"series {row.series} has {row.count} numbers up to {row.top}, counter {value}"
    for (tenant, series), value in counters.items():
        if value:
            yield f"series {tenant}/{series} counted to {value} without a number"
    for filing in tx.execute(select(t.filing)).all():
        numbered = Stage(filing.stage) in NUMBERED
        if numbered != (filing.number is not None):
            yield f"filing {filing.id} is {filing.stage} and its number does not fit that"
        if numbered or filing.stage == Stage.MERGED.value:
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
    # A pilot is its school's own affair: no desk has a task in it.
    before = [Stage.DRAFT.value, Stage.AWAITING_PRINCIPAL.value, Stage.SENT_BACK.value,
              *(stage.value for stage in PILOT_STAGES)]  # fmt: skip
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


def assignees(tx: Transaction, now: datetime) -> Iterator[str]:
    """2. Every task has somebody who can do it, or somebody was told that it has nobody."""
    for task in tx.watch.helpless(now.astimezone(OFFICE).date()):
        yield f"task {task.id} has nobody at {task.desk.value} who can do it, and nobody knows"


def absences(tx: Transaction, now: datetime) -> Iterator[str]:
    """3. Nobody is away twice at once, or stands in while away: no right is handed on."""
    live = list(tx.execute(select(t.absence).where(t.absence.c.ended_at.is_(None))))
    for one in live:
        if one.substitute_id == one.person_id:
            yield f"absence {one.id} has its own person as substitute"
        for other in live:
            meets = one.from_on <= other.to_on and other.from_on <= one.to_on
            if not meets or one.tenant != other.tenant or one.id == other.id:
                continue
            if one.person_id == other.person_id and one.id < other.id:
                yield f"absences {one.id} and {other.id} of one person overlap"
            if one.substitute_id and one.substitute_id == other.person_id:
                yield f"the substitute of absence {one.id} is away too ({other.id})"


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
        if decision.person_id in _filers(filing) and not _came_later(tx, decision):
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


def _filers(filing: Any) -> set[str]:
    """Return who had a hand in filing it, the clerk who entered it from paper too."""
    paper = filing.answers.get("paper") or {}
    return {filing.owner_id, filing.principal_id, paper.get("clerk")} - {None}


def _came_later(tx: Transaction, decision: Any) -> bool:
    """Say whether the decider belongs to the school only since then (``Succession``)."""
    acts = tx.execute(
        select(t.journal.c.at, t.journal.c.rows).where(
            t.journal.c.tenant == decision.tenant,
            t.journal.c.subject == decision.filing_id,
            t.journal.c.act.in_([Act.INHERIT.value, Act.TAKE_ON.value]),
        )
    )
    return any(
        row.at >= decision.at
        and decision.person_id
        in (image.get("row", {}).get("owner_id"), image.get("row", {}).get("principal_id"))
        for row in acts
        for image in row.rows
    )


def _held(tx: Transaction, decision: Any, filing: Any) -> bool:
    """Say whether the decider held the desk that day, or stood in for somebody who did."""
    zone = ZoneInfo(str(filing.office.get("timezone", "Asia/Shanghai")))
    day = decision.at.astimezone(zone).date()
    if decision.stands_for and not _stood_in(tx, decision, day):
        return False
    rows = tx.execute(
        select(t.post).where(
            t.post.c.tenant == decision.tenant,
            t.post.c.person_id == (decision.stands_for or decision.person_id),
            t.post.c.unit_code == decision.unit_code,
            t.post.c.role.in_([role.value for role in DESK_ROLES]),
        )
    )
    return any(
        row.valid_from <= day and (row.valid_to is None or day <= row.valid_to) for row in rows
    )


def _stood_in(tx: Transaction, decision: Any, day: date) -> bool:
    rows = tx.execute(
        select(t.absence).where(
            t.absence.c.tenant == decision.tenant,
            t.absence.c.person_id == decision.stands_for,
            t.absence.c.substitute_id == decision.person_id,
            t.absence.c.from_on <= day,
            t.absence.c.to_on >= day,
        )
    )
    # What is done in the very moment of the return carries the earlier of two times.
    return any(
        row.made_at <= decision.at and (row.ended_at is None or decision.at < row.ended_at + MOMENT)
        for row in rows
    )


def told(tx: Transaction, now: datetime) -> Iterator[str]:
    """5. Nothing is announced that was not registered and confirmed, and to no group twice."""
    confirmed = {row.filing_id for row in tx.execute(select(t.announcement))}
    registered = t.filing.c.number.is_not(None) | (t.filing.c.stage == Stage.MERGED.value)
    numbered = set(tx.execute(select(t.filing.c.id).where(registered)).scalars())
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
    yield from _corrected(tx)


def _corrected(tx: Transaction) -> Iterator[str]:
    """Hold each correction in a group against the round that was confirmed for it."""
    meant = {
        (row.filing_id, str(row.round)): set(row.groups)
        for row in tx.execute(select(t.announcement_round))
    }
    seen: set[tuple[str, str, str]] = set()
    for row in tx.execute(select(t.outbox).where(t.outbox.c.once.like("correct:%"))):
        _, filing_id, number, *_ = row.once.split(":")
        if row.group_id not in meant.get((filing_id, number), ()):
            yield f"outbox {row.seq} corrects filing {filing_id} where nobody confirmed it"
        if (filing_id, number, row.group_id) in seen:
            yield f"filing {filing_id} is corrected twice in group {row.group_id}"
        seen.add((filing_id, number, row.group_id))


def borders(tx: Transaction, now: datetime) -> Iterator[str]:
    """6. Nothing crosses from one authority to another, and no phone number leaves to a group."""
    for table in (
        t.task, t.decision, t.declaration, t.announcement, t.measure, t.owner_change,
        t.pilot, t.pilot_check, t.followup, t.appeal, t.evidence, t.stop_proposal, *t.OF_HANDS,
    ):  # fmt: skip
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
