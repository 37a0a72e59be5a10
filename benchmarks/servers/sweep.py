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
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from typing import cast as cast_to
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Integer, Text, case, cast, func, literal, select, text

from benchmarks.town import DESKS, TENANT
from bot.app import Bot
from bot.calendar import PublishedCalendar
from bot.clock import Clock
from bot.logs import set_up
from bot.settings import load_settings
from storage import tables as t
from storage.ledger import Ledger
from storage.rules.workdays import workday_from
from storage.transaction import Transaction

ZONE = ZoneInfo("Asia/Shanghai")
IDLE_ROUNDS = 50


def fill(tx: Transaction, template: str, many: int, due: int, today: date) -> None:
    """Multiply one filing: each copy has an open task, ``due`` of them with a limit of today."""
    numbers = select(literal(0, Integer).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < many - 1))
    mark = func.substr(cast(numbers.c.n + 10_000_000, Text), 2)
    desk = case(
        *((numbers.c.n % len(DESKS) == at, literal(name)) for at, name in enumerate(DESKS[1:], 1)),
        else_=literal(DESKS[0]),
    )
    opened, day = datetime.now(UTC) - timedelta(days=9), t.task.c.due_on.type
    # As in a city: a school of some hundred files, a product that some hundred schools use.
    place = func.substr(cast(numbers.c.n / 100 + 10_000_000, Text), 2)
    new: dict[str, ColumnElement[Any]] = {
        "school": literal("s") + place,
        "owner_id": literal("o") + place,
        "principal_id": literal("p") + place,
        "product_key": literal("k") + func.substr(cast(numbers.c.n % 20_000 + 100_000, Text), 2),
        "id": literal("f") + mark,
        "bundle": literal("f") + mark,
        "case_no": literal("c") + mark,
        "stage": literal("in_review"),
    }
    columns = [new.get(column.name, column) for column in t.filing.c]
    chosen = select(*columns).join(numbers, text("1 = 1")).where(t.filing.c.id == template)
    tx.execute(t.filing.insert().from_select([one.name for one in t.filing.c], chosen))
    rows: dict[str, ColumnElement[Any]] = {
        "tenant": literal(TENANT),
        "id": literal("t") + mark,
        "filing_id": literal("f") + mark,
        "part": literal(0),
        "kind": literal("co_review"),
        "desk": desk,
        "unit_code": literal("D-") + desk,
        "blocking": literal(True),
        "clause": literal("三（二）2"),
        "state": literal("open"),
        "version": literal(1),
        "opened_at": literal(opened, t.task.c.opened_at.type),
        "due_on": case(
            (numbers.c.n < due, literal(today, day)),
            else_=literal(today + timedelta(days=90), day),
        ),
        "due_provisional": literal(False),
        "points": literal([], t.task.c.points.type),
    }
    tx.execute(t.task.insert().from_select(list(rows), select(*rows.values()).select_from(numbers)))
    # Each was told to its desk when it opened.
    told: dict[str, ColumnElement[Any]] = {
        "once": literal("task:t") + mark + literal(":1:desk-") + desk,
        "instance": literal("wecom"),
        "lane": literal("wecom:desk-") + desk,
        "address": literal("desk-") + desk,
        "person_id": literal("desk-") + desk,
        "body": literal({}, t.outbox.c.body.type),
        "state": literal("sent"),
        "not_before": literal(opened, t.outbox.c.not_before.type),
        "made_at": literal(opened, t.outbox.c.made_at.type),
    }
    tx.execute(
        t.outbox.insert().from_select(list(told), select(*told.values()).select_from(numbers))
    )
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
    today = workday_from(datetime.now(ZONE).date(), PublishedCalendar()).on
    bot.ledger.call(lambda tx: fill(tx, template, int(many), int(due), today))
    print(json.dumps(asyncio.run(_measure(bot, clock, today))))
    bot.ledger.close()


if __name__ == "__main__":
    main()
