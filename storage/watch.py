"""Whether each open task is known to somebody who can do it: the watch over people who leave."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import (
    String,
    and_,
    case,
    cast,
    exists,
    literal,
    or_,
    select,
    type_coerce,
    update,
)

from storage import tables as t
from storage.cases import Filing, Task, read_task
from storage.finding import FilingFinder, TaskFinder
from storage.outbox import Outbox
from storage.people import DESK_ROLES, People, Person
from storage.rules.terms import Desk, Role, Stage, TaskKind, TaskState
from storage.session import Session

AT_ONCE = 200


def told_key(task: Task) -> str:
    """Return the key under which a desk is told of a task as it stands."""
    return f"task:{task.id}:{task.version}"


def roles_key(tasks: Iterable[Task]) -> str:
    """Return the key under which somebody is told at once of several tasks of one filing."""
    listed = sorted((task.id, task.version) for task in tasks)
    mark = hashlib.sha256(repr(listed).encode()).hexdigest()[:12]
    return f"roles:{mark}"


def empty_key(task: Task) -> str:
    """Return the key under which it is told that nobody can do a task."""
    return f"empty:{task.id}:{task.version}"


def is_due(stage: Stage, task: Task) -> bool:
    """Tell whether a task waits for its desk now: a decision does so when the opinions are in."""
    if task.state is not TaskState.OPEN:
        return False
    return task.kind is not TaskKind.DECISION or stage is Stage.AWAITING_DECISION


@dataclass(slots=True, eq=False)
class Watch:
    """Finds open tasks that nobody able was told of."""

    _tx: Session
    _people: People
    _filings: FilingFinder
    _tasks: TaskFinder
    _outbox: Outbox
    _workers: dict[tuple[str, Desk], list[Person]] = field(default_factory=dict)
    _carers: dict[str, list[Person]] = field(default_factory=dict)

    def holders(self, filing: Filing, task: Task, today: date) -> list[Person]:
        """Return who is told of a task: who it was handed to, else who works its desk, else who may
        do it in their place."""
        if (taker := self._tasks.taker(task, today)) is not None:
            return [taker]
        before = self._tasks.decided_before(task)
        there = [one for one in self._at(task, today) if one.id not in before]
        able = self._tasks.able(filing, task, today)
        return [*there, *(one for one in able if one not in there)]

    def to_look(self, today: date) -> int | None:
        """Return the version of the directory that open tasks were not held against today; None
        where they were: what opens is told in its own transaction."""
        i = t.installation.c
        row = self._tx.execute(select(i.directory_version, i.watched_version, i.watched_on)).one()
        if (row.watched_version, row.watched_on) == (row.directory_version, today):
            return None
        return int(row.directory_version)

    def looked(self, version: int, today: date) -> None:
        """Note that nothing was overlooked as the directory stood in ``version``."""
        self._tx.execute(update(t.installation).values(watched_version=version, watched_on=today))

    def unseen(self, today: date) -> list[str]:
        """Return the filings with an open task that nobody who can do it knows of.

        Where nobody can do it, it is enough that the authority's administrators were told.
        """
        found: list[str] = []
        for filing_id in self._doubtful(today):
            if self.overlooked(filing_id, today):
                found.append(filing_id)
            if len(found) == AT_ONCE:
                break
        return found

    def overlooked(self, filing_id: str, today: date) -> list[Task]:
        """Return those tasks of one filing that nobody able knows of."""
        filing = self._filings.known(filing_id)
        due = [task for task in self._tasks.of(filing) if is_due(filing.stage, task)]
        holders = {task.id: self.holders(filing, task, today) for task in due}
        wanted = []
        for task in due:
            able = self._tasks.able(filing, task, today)
            able = [one for one in holders[task.id] if one in able] or able
            keys = {f"{told_key(task)}:{one.id}" for one in able}
            for one in able:
                theirs = [other for other in due if one in holders[other.id]]
                keys.add(f"{roles_key(theirs)}:{one.id}")
            if not able:
                carers = self.carers(task.tenant, today)
                keys = {f"{empty_key(task)}:{one.id}" for one in carers}
            wanted.append(keys)
        put = self._outbox.were_put({key for keys in wanted for key in keys})
        return [task for task, keys in zip(due, wanted, strict=True) if keys and not put & keys]

    def helpless(self, today: date) -> list[Task]:
        """Return the tasks that nobody can do on ``day`` and nobody was told of either."""
        found = []
        for filing_id, tasks in self._pending().items():
            filing = self._filings.known(filing_id)
            found += [task for task, _ in tasks if not self._tasks.able(filing, task, today)]
        wanted = {
            task.id: {f"{empty_key(task)}:{one.id}" for one in self.carers(task.tenant, today)}
            for task in found
        }
        put = self._outbox.were_put({key for keys in wanted.values() for key in keys})
        return [task for task in found if not put & wanted[task.id]]

    def carers(self, tenant: str, today: date) -> list[Person]:
        """Return who sees to an authority's directory: its administrators, else 教育技术."""
        if tenant not in self._carers:
            self._carers[tenant] = self._people.holding(
                tenant, Role.ADMIN, today
            ) or self._people.at_desk(tenant, Desk.TECH, today)
        return self._carers[tenant]

    # --- inside --------------------------------------------------------------------------------

    def _pending(self) -> dict[str, list[tuple[Task, Any]]]:
        rows = self._tx.execute(
            select(t.task, t.filing.c.stage, t.filing.c.owner_id, t.filing.c.principal_id)
            .join(
                t.filing,
                (t.filing.c.tenant == t.task.c.tenant) & (t.filing.c.id == t.task.c.filing_id),
            )
            .where(t.task.c.state == TaskState.OPEN.value)
            .order_by(t.task.c.filing_id, t.task.c.id)
        )
        found: dict[str, list[tuple[Task, Any]]] = {}
        for row in rows:
            task = read_task(row)
            if is_due(Stage(row.stage), task):
                found.setdefault(task.filing_id, []).append((task, row))
        return found

    def _at(self, task: Task, today: date) -> list[Person]:
        if (taker := self._tasks.taker(task, today)) is not None:
            return [taker]
        place = (task.tenant, task.desk)
        if place not in self._workers:
            self._workers[place] = self._people.at_desk(task.tenant, task.desk, today)
        return self._workers[place]

    def _doubtful(self, today: date) -> list[str]:
        """Return the filings with an open task that, as far as the database can tell by itself,
        nobody at its desk was told of, or only somebody who may be barred from it."""
        task, filing, post, unit, out = t.task.c, t.filing.c, t.post.c, t.unit.c, t.outbox.c
        away = t.absence.c
        is_away = exists(
            select(1).where(
                away.person_id == post.person_id,
                away.tenant == post.tenant,
                away.ended_at.is_(None),
                away.from_on <= today,
                away.to_on >= today,
            )
        )
        key = literal("task:") + task.id + ":" + cast(task.version, String) + ":"
        works_there = and_(
            post.tenant == task.tenant,
            post.unit_code == task.unit_code,
            post.role.in_(sorted(DESK_ROLES)),
            post.valid_from <= today,
            or_(post.valid_to.is_(None), post.valid_to >= today),
            ~is_away,
        )
        desk = literal('%"') + task.desk + '"%'
        has_desk = exists(
            select(1)
            .where(
                unit.tenant == task.tenant,
                unit.code == task.unit_code,
                type_coerce(unit.desks, String).like(desk),
            )
            # From two levels above: left to itself SQLAlchemy would ask of any task at all.
            .correlate(t.task)
        )
        knows = exists(
            select(1)
            .select_from(t.post)
            .where(works_there, has_desk)
            .where(
                exists(select(1).where(out.once == key + post.person_id).correlate(t.task, t.post))
            )
        )
        taker_knows = exists(select(1).where(out.once == key + task.assignee))
        own = exists(
            select(1)
            .select_from(t.post)
            .where(works_there, post.person_id.in_([filing.owner_id, filing.principal_id]))
        )
        rows = self._tx.execute(
            select(task.filing_id)
            .join(t.filing, (filing.tenant == task.tenant) & (filing.id == task.filing_id))
            .where(
                task.state == literal(TaskState.OPEN.value, literal_execute=True),
                or_(
                    task.kind != TaskKind.DECISION.value,
                    filing.stage == Stage.AWAITING_DECISION.value,
                ),
                or_(
                    task.kind == TaskKind.REGISTRATION.value,
                    case((task.assignee.is_(None), ~knows), else_=~taker_knows),
                    own,
                ),
            )
            .distinct()
        )
        return list(rows.scalars())
