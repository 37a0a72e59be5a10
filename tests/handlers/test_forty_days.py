"""Forty days of a county over National Day: people act or do not, and nearly everything fails.

``FORTY=7x80`` lives 7 other lives of 80 days each.
"""

from __future__ import annotations

import os
import random
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import func, select

from bot.calendar import PublishedCalendar
from storage import tables as t
from storage.cases import Filing
from storage.check import check
from storage.rules.office import OfficeRules
from storage.rules.terms import Act, NotAllowedError, RuleViolationError, Stage, TaskKind, TaskState
from storage.transaction import Transaction
from storage.watch import is_due
from tests.handlers.bureau import Bureau
from tests.handlers.school import ZONE
from tests.machine import promises
from tests.pattern import migrated
from tests.storage.office import APP, STAFF, TERMINAL, Desks, open_filing, register, sign

FIRST: Final = date(2026, 9, 14)
TICKS: Final = ("07:30", "08:41", "11:00", "17:30", "19:00", "23:30")
MOST_FILINGS: Final = 36
CALENDAR, RULES = PublishedCalendar(), OfficeRules()
LIVES, DAYS = map(int, os.environ.get("FORTY", "1x40").split("x"))
FATES: Final = ("sent",) * 8 + ("refused", "pending")
PEOPLE: Final = {desk: name for name, desk in reversed(STAFF.items())}


class Life:
    """One run: the bureau, its dice, and what was opened."""

    def __init__(self, bureau: Bureau, seed: int) -> None:
        self.bureau, self.dice = bureau, random.Random(seed)
        self.opened = 0
        self.lived: set[date] = set()
        self.down_until = FIRST

    def lives(self, day: date) -> None:
        """Live one day, or let nothing run on it."""
        if self.dice.random() < 0.06:
            self.down_until = day + timedelta(days=3)
        if day < self.down_until:
            return
        for tick in TICKS:
            now = datetime.combine(day, time.fromisoformat(tick), ZONE)
            if time(9) < now.time() < time(18) and CALENDAR.day(day).is_workday:
                for _ in range(self.dice.randrange(4)):
                    self.acts(now)
            self.sweeps(now)
        self.lived.add(day)

    def sweeps(self, now: datetime) -> None:
        """Sweep as well or as badly as it comes, and send some of what may leave."""
        bureau, luck = self.bureau, self.dice.random()
        bureau.now = now
        if luck < 0.05:
            bureau.now = now + timedelta(days=1)
            bureau.sweeps()
            bureau.now = now
        elif luck < 0.2:
            bureau.is_killed(self.dice.randrange(1, 9))
        bureau.sweeps(fate=self.dice.choice(FATES), crowd=luck > 0.8)

    def acts(self, now: datetime) -> None:
        """Let somebody do something that a rule may well refuse, or nothing."""
        with suppress(NotAllowedError, RuleViolationError):
            self.bureau.ledger.call(lambda tx: self._acts(tx, now))

    def _acts(self, tx: Transaction, now: datetime) -> None:
        luck = self.dice.random()
        if self.opened < MOST_FILINGS and luck < 0.45:
            self.opened += 1
            title, facts = f"第{self.opened}件", self.dice.choice((APP, TERMINAL))
            if luck < 0.1:
                register(tx, facts, title, now)
            else:
                open_filing(tx, facts, title, now)
            return
        filings = self._running(tx)
        if filings:
            self._goes_on(tx, self.dice.choice(filings), now)

    def _goes_on(self, tx: Transaction, filing: Filing, now: datetime) -> None:
        if filing.stage is Stage.AWAITING_PRINCIPAL:
            sign(tx, filing, now)
            return
        open_ones = [
            one
            for one in tx.tasks.of(filing)
            if one.state is TaskState.OPEN and is_due(filing.stage, one)
        ]
        if not open_ones:
            return
        task, desks = self.dice.choice(open_ones), Desks(tx, filing, now)
        if task.kind is TaskKind.CO_REVIEW:
            desks.act(PEOPLE[task.desk], Act.OPINE, task)
        elif task.kind is TaskKind.DECISION:
            desks.act(PEOPLE[task.desk], Act.APPROVE, task)
        elif task.kind is TaskKind.REGISTRATION:
            desks.act("tech2", Act.REGISTER, task)

    def _running(self, tx: Transaction) -> list[Filing]:
        over = [Stage.REGISTERED.value]
        rows = tx.execute(
            select(t.filing.c.id).where(t.filing.c.stage.not_in(over)).order_by(t.filing.c.id)
        )
        return [tx.filings.known(one) for one in rows.scalars()]

    # --- what has to hold ----------------------------------------------------------------------

    def holds(self, tx: Transaction, day: date) -> None:
        """Hold the ledger to its promises about mornings.

        Raises:
            AssertionError: says which one is broken.
        """
        r, out = t.reminder.c, t.outbox.c
        twice = select(r.subject).group_by(r.subject, r.on).having(func.count() > 1)
        assert tx.execute(twice).all() == []
        rungs = select(r.subject).group_by(r.subject, r.due_on, r.rung).having(func.count() > 1)
        assert tx.execute(rungs).all() == []
        rows = tx.execute(select(out.once, out.made_at, out.person_id).where(
            out.once.like("digest:%")))  # fmt: skip
        told = [(row.once.split(":")[1], row.person_id, row.made_at) for row in rows]
        mornings = [(morning, person) for morning, person, _ in told]
        assert len(set(mornings)) == len(mornings), mornings
        for _, _, made_at in told:
            local = made_at.astimezone(ZONE)
            assert CALENDAR.day(local.date()).is_workday, local
            assert local.time() >= RULES.digest_time and not RULES.is_quiet(local.time()), local
        if day in self.lived and CALENDAR.day(day).is_workday:
            self._reminded(tx, day)

    def _reminded(self, tx: Transaction, day: date) -> None:
        since = datetime.combine(day, time(8, 40), ZONE)
        for filing in self._running(tx):
            for task in tx.tasks.of(filing):
                waits = task.state is TaskState.OPEN and is_due(filing.stage, task)
                if not waits or task.due_on >= day or task.opened_at >= since:
                    continue
                found = select(t.reminder.c.rung).where(t.reminder.c.subject == task.id)
                assert tx.execute(found).all(), (filing.case_no, task.desk, task.due_on, day)


def undelivered(tx: Transaction) -> set[str]:
    """Return whose messages were lost before the last morning and are in no digest."""
    out = t.outbox.c
    last = tx.execute(select(func.max(t.morning.c.done_at))).scalar_one()
    lost = (
        select(t.person.c.name)
        .join(t.outbox, t.outbox.c.person_id == t.person.c.id)
        .where(out.state.in_(["refused", "parked"]), out.settled_at < last)
    )
    names = set(tx.execute(lost).scalars())
    rows = tx.execute(select(out.body).where(out.person_id.in_(["tech", "tech2"]))).scalars()
    said = "".join(str(body) for body in rows if "没有送达" in str(body))
    return {one for one in names if one not in said}


@pytest.mark.parametrize("seed", range(65, 65 + LIVES))
def test_forty_days_of_everything_tell_everybody_what_is_due_once(
    tmp_path: Path, seed: int
) -> None:
    url = f"sqlite:///{tmp_path}/beian.db"
    migrated(url)
    bureau = Bureau.on(url, processes=2)
    life = Life(bureau, seed)
    for at in range(DAYS):
        day = FIRST + timedelta(days=at)
        life.lives(day)
        bureau.ledger.call(lambda tx, day=day: life.holds(tx, day))
        if at % 10 == 9:
            assert bureau.ledger.call(lambda tx: check(tx, bureau.now)) == []
            bureau.ledger.call(promises.hold)
    assert bureau.ledger.call(undelivered) == set()
    reminded = bureau.ledger.call(lambda tx: set(tx.execute(select(t.reminder.c.matter)).scalars()))
    assert {"task", "signing"} <= reminded and life.opened > 20
    bureau.close()
