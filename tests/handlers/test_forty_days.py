"""Forty days of a county over National Day: people act or do not, and nearly everything fails.

``FORTY=7x80`` lives 7 other lives of 80 days each.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
from sqlalchemy import func, select

from bot.calendar import PublishedCalendar
from storage import tables as t
from storage.check import check
from storage.rules import workdays
from storage.rules.followup import OVER
from storage.rules.ladder import (
    Rung,
    Step,
    desk_steps,
    following_steps,
    school_steps,
    signing_steps,
)
from storage.rules.office import OfficeRules
from storage.rules.terms import Stage
from storage.rules.workdays import Calendar
from storage.transaction import Transaction
from storage.watch import is_due
from tests.handlers.bureau import Bureau
from tests.handlers.county import ADMIN, County, running
from tests.handlers.school import ZONE
from tests.machine import promises
from tests.pattern import migrated
from tests.storage.conftest import TENANT

SEED: Final = 65
FIRST: Final = date(2026, 9, 14)
TICKS: Final = ("07:30", "08:41", "11:00", "17:30", "19:00", "23:30")
MOST_FILINGS: Final = 36
CALENDAR = PublishedCalendar()
LIVES, DAYS = map(int, os.environ.get("FORTY", "1x40").split("x"))
FATES: Final = ("sent",) * 12 + ("refused", "busy", "busy", "lost", "doubt")


class Limit(NamedTuple):
    """A limit as it stands on a morning, reckoned apart from how the sweeps find it."""

    subject: str
    due_on: date
    rung: Rung


class Life:
    """One run: the bureau, its people, and the dice of what fails."""

    def __init__(self, bureau: Bureau, seed: int) -> None:
        self.bureau, self.dice = bureau, random.Random(seed)
        # Each has dice of its own: how often a platform is asked depends on who is faster.
        self.platform, people = random.Random(f"platform {seed}"), random.Random(f"people {seed}")
        self.county = County(bureau, people, MOST_FILINGS)
        self.down_until = FIRST
        self.heard = 0

    def lives(self, day: date) -> None:
        """Live one day, or let nothing run on it, or not at every hour."""
        if self.dice.random() < 0.06:
            self.down_until = day + timedelta(days=3)
        if day < self.down_until:
            return
        is_morning = CALENDAR.day(day).is_workday
        for tick in TICKS:
            now = datetime.combine(day, time.fromisoformat(tick), ZONE)
            is_open = time(9) < now.time() < time(18) and CALENDAR.day(day).is_workday
            if is_open:
                self.county.acts(now)
            if self.dice.random() < 0.1:
                continue
            self.sweeps(now)
            if is_morning and self.bureau.ledger.call(lambda tx: _is_told(tx, day, now)):  # noqa: B023
                self.bureau.ledger.call(lambda tx: self.has_reminded(tx, day))
                is_morning = False

    def sweeps(self, now: datetime) -> None:
        """Sweep as well or as badly as it comes, and send some of what may leave."""
        bureau, luck = self.bureau, self.dice.random()
        bureau.now = now
        if luck < 0.05:
            bureau.now, bureau.is_ahead = now + timedelta(days=1), True
            bureau.sweeps()
            bureau.now, bureau.is_ahead = now, False
        elif luck < 0.25:
            how = self.dice.choice(({}, {"within": True}, {"lives": True}))
            bureau.is_killed(self.dice.randrange(1, 9), **how)
        bureau.sweeps(fate=lambda: self.platform.choice(FATES), crowd=luck > 0.8)

    # --- what has to hold ----------------------------------------------------------------------

    def holds(self, tx: Transaction) -> None:
        """Hold the ledger and the phones to their promises about mornings.

        Raises:
            AssertionError: says which one is broken.
        """
        r = t.reminder.c
        twice = select(r.subject).group_by(r.subject, r.on).having(func.count() > 1)
        assert tx.execute(twice).all() == []
        rungs = select(r.subject).group_by(r.subject, r.due_on, r.rung).having(func.count() > 1)
        assert tx.execute(rungs).all() == []
        # Who was woken by a clock that was ahead is told in the morning what came since.
        told = Counter(
            (one.of_morning, one.person)
            for one in self.bureau.received
            if one.of_morning and not one.is_ahead
        )
        assert [one for one, count in told.items() if count > 1] == []
        for one in self.bureau.received[self.heard :]:
            rules, local = _rules(self.bureau, tx, one.at), one.at.astimezone(ZONE)
            if one.is_redraw or one.once.startswith("ack:"):
                continue
            assert CALENDAR.day(local.date()).is_workday, one
            assert not rules.is_quiet(local.time()), one
            if one.of_morning == str(local.date()):
                assert local.time() >= rules.digest_time, one
        self.heard = len(self.bureau.received)

    def has_reminded(self, tx: Transaction, day: date) -> None:
        """Hold a morning that was just swept to what it had to tell.

        Raises:
            AssertionError: says what nobody was reminded of, or who is not listed.
        """
        m, out = t.morning.c, t.outbox.c
        held = select(out.once).where(
            out.for_digest, out.state == "pending", out.not_before <= self.bureau.now
        )
        assert tx.execute(held).all() == []
        last, *before = tx.execute(
            select(m.on, m.done_at).where(m.on <= day).order_by(m.on.desc()).limit(2)
        )
        digests = tx.execute(
            select(out.body).where(out.once.like(f"digest:{day}:%"), out.person_id == ADMIN)
        ).scalars()
        missing = _lost(tx, before[0].done_at, last.done_at) if before else set()
        listed = "".join(str(body) for body in digests)
        assert {one for one in missing if one not in listed} == set(), (day, missing, listed)
        if last.done_at < datetime.combine(day, time(8, 40), ZONE):
            # A clock that was ahead closed it: what has come to be due since is told tomorrow.
            return
        rules = _rules(self.bureau, tx, self.bureau.now)
        r = t.reminder.c
        rows = tx.execute(select(r.subject, r.due_on, r.rung, r.on)).all()
        on_rung = {Limit(row.subject, row.due_on, Rung(row.rung)) for row in rows}
        today = {row.subject for row in rows if row.on == day}
        for limit in _standing(tx, day, rules):
            assert limit in on_rung or limit.subject in today, (day, limit)


def _rules(bureau: Bureau, tx: Transaction, at: datetime) -> OfficeRules:
    return bureau.switchboard.office.on(at.astimezone(ZONE).date(), tx).of(TENANT).rules


def _is_told(tx: Transaction, day: date, now: datetime) -> bool:
    """Tell whether a morning is closed, and it is an hour at which people are told so."""
    return time(8, 41) <= now.time() < time(18) and TENANT in tx.reminders.mornings(day)


def _standing(tx: Transaction, day: date, rules: OfficeRules) -> list[Limit]:
    """Return every limit that stands on a rung."""
    office, school = tx.calendar.of(TENANT), tx.calendar.of_schools(TENANT)
    since = datetime.combine(day, time(), ZONE)
    found: list[Limit | None] = []
    for filing in running(tx):
        if filing.stage is Stage.AWAITING_PRINCIPAL:
            entered = tx.execute(
                select(t.filing.c.entered_on).where(t.filing.c.id == filing.id)
            ).scalar_one()
            found.append(_limit(filing.id, entered, signing_steps(rules), day, office))
        for task in tx.tasks.of(filing):
            if is_due(filing.stage, task) and task.opened_at < since:
                found.append(_limit(task.id, task.due_on, desk_steps(rules), day, office))
            elif task.state.value == "returned":
                found.append(_limit(task.id, task.due_on, school_steps(rules), day, school))
    f = t.followup.c
    for row in tx.execute(
        select(f.id, f.due_on, f.kind)
        .join(t.filing, t.filing.c.id == f.filing_id)
        .where(f.state.in_(["open", "returned"]), f.kind.in_(["acceptance", "audit"]))
        .where(f.due_on.is_not(None), (f.kind == "audit") | t.filing.c.stage.not_in([*OVER]))
    ):
        calendar = school if row.kind == "acceptance" else office
        found.append(_limit(row.id, row.due_on, following_steps(rules), day, calendar))
    return [one for one in found if one]


def _limit(
    subject: str, due_on: date, steps: tuple[Step, ...], day: date, calendar: Calendar
) -> Limit | None:
    late = workdays.between(due_on, day, calendar)
    passed = [step.rung for step in steps if step.late <= late]
    if not passed or not calendar.day(day).is_workday:
        return None
    return Limit(subject, due_on, passed[-1])


def _lost(tx: Transaction, since: Any, until: Any) -> set[str]:
    """Return whose messages were lost between two mornings."""
    out = t.outbox.c
    rows = tx.execute(
        select(t.person.c.name)
        .join(t.outbox, out.person_id == t.person.c.id)
        .where(
            out.state.in_(["refused", "parked"]), out.settled_at >= since, out.settled_at < until
        )
    )
    return set(rows.scalars())


@pytest.mark.parametrize("seed", range(SEED, SEED + LIVES))
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
        bureau.ledger.call(life.holds)
        if at % 10 == 9:
            # A row whose sender died may have stood behind one that is tried again.
            bureau.now += timedelta(minutes=20)
            bureau.sends()
            assert bureau.ledger.call(lambda tx: check(tx, bureau.now)) == []
            bureau.ledger.call(promises.hold)
    if seed == SEED and DAYS >= 40:
        bureau.ledger.call(_had_everything)
    bureau.close()


def _had_everything(tx: Transaction) -> None:
    """Hold the life that every run of the tests takes to having met what it is about."""
    acts = set(tx.execute(select(t.journal.c.act)).scalars())
    assert {"return", "resubmit", "withdraw", "send_back", "register", "inherit"} <= acts, acts
    assert {"change_rule", "undo_rule"} <= acts, acts
    reminded = set(tx.execute(select(t.reminder.c.matter)).scalars())
    assert {"task", "signing", "mending"} <= reminded, reminded
