"""The tick over many open cases: ``sweep SETTINGS TEMPLATE OPEN DUE`` prints what it costs.

Seconds of the tick of a morning on which ``DUE`` limits stand on a rung, milliseconds of its
longest transaction, and of a tick that finds nothing.
"""

from __future__ import annotations

import asyncio
import json
import logging
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from typing import cast as cast_to
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Table,
    Text,
    case,
    cast,
    func,
    literal,
    select,
    text,
)

from benchmarks.town import DESKS, TENANT
from bot.app import Bot
from bot.clock import Clock
from bot.logs import set_up
from bot.settings import load_settings
from storage import tables as t
from storage.ledger import Ledger
from storage.rules.workdays import workday_from
from storage.transaction import Transaction

ZONE = ZoneInfo("Asia/Shanghai")
IDLE_ROUNDS = 50


class County:
    """A county of many open filings, multiplied from one.

    Each table is filled in a transaction of its own: what refers to the one before is checked by a
    plan that knows how much is in there.
    """

    def __init__(self, many: int) -> None:
        numbers = select(literal(0, Integer).label("n")).cte("numbers", recursive=True)
        self.numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < many - 1))
        self.at = self.numbers.c.n
        self.mark = func.substr(cast(self.at + 10_000_000, Text), 2)
        self.opened = datetime.now(UTC) - timedelta(days=9)
        self.desk = case(
            *((self.at % len(DESKS) == at, literal(name)) for at, name in enumerate(DESKS[1:], 1)),
            else_=literal(DESKS[0]),
        )

    def filings(self, tx: Transaction, template: str) -> None:
        """Multiply the filing: as in a city, some hundred for a school and for a product."""
        place = func.substr(cast(self.at / 100 + 10_000_000, Text), 2)
        product = func.substr(cast(self.at % 20_000 + 100_000, Text), 2)
        new: dict[str, ColumnElement[Any]] = {
            "school": literal("s") + place,
            "owner_id": literal("o") + place,
            "principal_id": literal("p") + place,
            "product_key": literal("k") + product,
            "id": literal("f") + self.mark,
            "bundle": literal("f") + self.mark,
            "case_no": literal("c") + self.mark,
            "stage": literal("in_review"),
        }
        columns = [new.get(column.name, column) for column in t.filing.c]
        chosen = select(*columns).join(self.numbers, text("1 = 1"))
        self._fill(tx, t.filing, t.filing.c.keys(), chosen.where(t.filing.c.id == template))

    def tasks(self, tx: Transaction, due: int, today: date) -> None:
        """Open a task of each, ``due`` of them with a limit of today."""
        day = t.task.c.due_on.type
        rows: dict[str, ColumnElement[Any]] = {
            "tenant": literal(TENANT),
            "id": literal("t") + self.mark,
            "filing_id": literal("f") + self.mark,
            "part": literal(0),
            "kind": literal("co_review"),
            "desk": self.desk,
            "unit_code": literal("D-") + self.desk,
            "blocking": literal(True),
            "clause": literal("三（二）2"),
            "state": literal("open"),
            "version": literal(1),
            "opened_at": literal(self.opened, t.task.c.opened_at.type),
            "due_on": case(
                (self.at < due, literal(today, day)),
                else_=literal(today + timedelta(days=90), day),
            ),
            "due_provisional": literal(False),
            "points": literal([], t.task.c.points.type),
        }
        self._fill(tx, t.task, list(rows), select(*rows.values()).select_from(self.numbers))

    def notices(self, tx: Transaction) -> None:
        """Each was told to its desk when it opened."""
        told: dict[str, ColumnElement[Any]] = {
            "once": literal("task:t") + self.mark + literal(":1:desk-") + self.desk,
            "instance": literal("wecom"),
            "lane": literal("wecom:desk-") + self.desk,
            "address": literal("desk-") + self.desk,
            "person_id": literal("desk-") + self.desk,
            "body": literal({}, t.outbox.c.body.type),
            "state": literal("sent"),
            "not_before": literal(self.opened, t.outbox.c.not_before.type),
            "made_at": literal(self.opened, t.outbox.c.made_at.type),
        }
        self._fill(tx, t.outbox, list(told), select(*told.values()).select_from(self.numbers))

    def _fill(self, tx: Transaction, table: Table, names: Sequence[str], rows: Select[Any]) -> None:
        tx.execute(table.insert().from_select(list(names), rows))
        tx.execute(text("ANALYZE"))


class Watched:
    """The ledger, remembering how long its longest transaction took, in seconds."""

    def __init__(self, ledger: Ledger) -> None:
        self.longest = 0.0
        self.read = ledger.read
        self._run = ledger.run

    async def run(self, work: Callable[[Transaction], Any]) -> Any:
        """Run one transaction."""
        began = time.perf_counter()
        try:
            return await self._run(work)
        finally:
            self.longest = max(self.longest, time.perf_counter() - began)


async def _measure(bot: Bot, clock: Clock, today: date) -> dict[str, float]:
    def at(hour: int, minute: int) -> datetime:
        return datetime(today.year, today.month, today.day, hour, minute, tzinfo=ZONE)

    clock.move(at(8, 30))
    await bot.sweeping.run()  # looks at everything once a day, and settles that it did
    idle = []
    for _ in range(IDLE_ROUNDS):
        began = time.perf_counter()
        await bot.sweeping.run()
        idle.append(time.perf_counter() - began)
    watched = Watched(bot.ledger)
    clock.move(at(8, 41))
    began = time.perf_counter()
    await replace(bot.sweeping, ledger=cast_to(Ledger, watched)).run()
    return {
        "seconds": time.perf_counter() - began,
        "longest_ms": watched.longest * 1000,
        "idle_ms": statistics.median(idle) * 1000,
        "reminders": float(
            await bot.ledger.read(
                lambda tx: tx.execute(select(func.count()).select_from(t.reminder)).scalar_one()
            )
        ),
    }


def main() -> None:
    """Fill the ledger, measure, print."""
    set_up(level=logging.ERROR)
    path, template, many, due = sys.argv[1:]
    clock = Clock()
    bot = Bot(load_settings(Path(path), {}), clock)
    bot.prepare()
    # As the process itself does after its first answers.
    bot.calendar.look_ahead(datetime.now(ZONE).date())
    today = workday_from(datetime.now(ZONE).date(), bot.calendar).on
    county = County(int(many))
    bot.ledger.call(partial(county.filings, template=template))
    bot.ledger.call(partial(county.tasks, due=int(due), today=today))
    bot.ledger.call(county.notices)
    print(json.dumps(asyncio.run(_measure(bot, clock, today))))
    bot.ledger.close()


if __name__ == "__main__":
    main()
