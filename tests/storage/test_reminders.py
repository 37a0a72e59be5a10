"""Reminders by the books: each thing once on a rung, each rung told to who is there today."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from importlib import import_module

import pytest
from sqlalchemy import select, update

from storage import tables as t
from storage.ladders import ACCEPTANCE, DRAFT, MENDING, TASK
from storage.ledger import Ledger
from storage.rules.ladder import Rung
from storage.rules.office import OfficeRules
from storage.rules.terms import Act, Desk
from storage.transaction import Transaction
from tests.storage.conftest import NOW, TENANT
from tests.storage.office import TERMINAL, Desks, open_filing, register, settle_in, sign

RULES = OfficeRules()
Told = list[tuple[str, Rung, str, date]]


@pytest.fixture
def office(ledger: Ledger) -> Ledger:
    ledger.call(settle_in)
    return ledger


def told(office: Ledger, matter: str, first: date, last: date) -> Told:
    """Let every day of a span have its morning; return what was reminded of, by whose name."""
    day = first
    while day <= last:
        at = datetime.combine(day, NOW.timetz())
        office.call(lambda tx, at=at: tx.reminders.put(TENANT, RULES, at))
        day += timedelta(days=1)
    row = t.reminder.c
    chosen = select(row.matter, row.rung, row.person_id, row.on).where(row.matter == matter)
    rows = office.call(lambda tx: tx.execute(chosen.order_by(row.on)).all())
    return [(one.matter, Rung(one.rung), one.person_id, one.on) for one in rows]


def test_an_acceptance_climbs_to_the_principal_and_is_silent_in_the_school_s_holidays(
    office: Ledger,
) -> None:
    office.call(lambda tx: register(tx, TERMINAL, "平板"))

    def rests(tx: Transaction) -> None:
        days = {date(2026, 6, 3) + timedelta(n): False for n in range(5)}
        tx.calendar.load(days, source="", person_id="", now=NOW, tenant=TENANT, whose="school")

    office.call(rests)
    # Its limit is Thursday 4 June, a day on which the school rests.
    assert told(office, ACCEPTANCE, date(2026, 5, 28), date(2026, 6, 30)) == [
        (ACCEPTANCE, Rung.BEFORE, "chen", date(2026, 6, 1)),
        (ACCEPTANCE, Rung.ON, "chen", date(2026, 6, 2)),
        (ACCEPTANCE, Rung.AFTER, "chen", date(2026, 6, 8)),
        (ACCEPTANCE, Rung.HEAD, "lin", date(2026, 6, 10)),
    ]


def test_what_was_reminded_of_before_there_were_rungs_is_not_told_again_after_the_upgrade(
    office: Ledger,
) -> None:
    migration = import_module("storage.migrations.versions.0023_hours_and_an_even_start")
    office.call(lambda tx: register(tx, TERMINAL, "平板"))

    def upgrades(tx: Transaction) -> None:
        tx.execute(update(t.followup).values(due_on=date(2026, 6, 4), reminded_at=NOW))
        tx.execute(migration.WAS_TOLD, {"week_ago": "2026-06-24"})

    office.call(upgrades)
    late = date(2026, 7, 1)
    office.call(lambda tx: tx.reminders.put(TENANT, RULES, datetime.combine(late, NOW.timetz())))
    today = select(t.reminder.c.matter).where(t.reminder.c.on == late)
    assert office.call(lambda tx: tx.execute(today).all()) == []


def test_where_who_filed_has_left_the_principal_is_spoken_to(office: Ledger) -> None:
    office.call(lambda tx: register(tx, TERMINAL, "平板"))
    left = update(t.post).where(t.post.c.person_id == "chen").values(valid_to=date(2026, 6, 3))
    office.call(lambda tx: tx.execute(left))
    assert told(office, ACCEPTANCE, date(2026, 6, 3), date(2026, 6, 4)) == [
        (ACCEPTANCE, Rung.BEFORE, "chen", date(2026, 6, 3)),
        (ACCEPTANCE, Rung.ON, "lin", date(2026, 6, 4)),
    ]


def test_a_school_s_long_summer_keeps_nobody_from_their_morning(office: Ledger) -> None:
    def rests(tx: Transaction) -> None:
        days = {date(2026, 7, 1) + timedelta(n): False for n in range(62)}
        tx.calendar.load(days, source="", person_id="", now=NOW, tenant=TENANT, whose="school")
        filing = sign(tx, open_filing(tx), at)
        desks = Desks(tx, filing, at)
        desks.act("tech", Act.RETURN, desks.task(Desk.TECH), points=[])

    at = datetime(2026, 6, 29, 10, 0, tzinfo=NOW.tzinfo)
    office.call(rests)
    # Ten working days from Monday 29 June on: one before the summer, nine behind it.
    assert told(office, MENDING, date(2026, 9, 1), date(2026, 9, 11)) == [
        (MENDING, Rung.BEFORE, "chen", date(2026, 9, 10)),
        (MENDING, Rung.ON, "chen", date(2026, 9, 11)),
    ]
    assert len(told(office, TASK, date(2026, 9, 1), date(2026, 9, 1))) == 2


def test_a_draft_is_told_of_when_it_lies_and_once_more_before_it_is_lost(office: Ledger) -> None:
    def opens(tx: Transaction) -> None:
        for matter in ("app", "acceptance"):
            tx.drafts.open(
                tenant=TENANT, unit_code="3303020001", person_id="chen", matter=matter, now=NOW
            )

    office.call(opens)
    assert told(office, DRAFT, NOW.date(), date(2026, 6, 30)) == [
        (DRAFT, Rung.ON, "chen", date(2026, 3, 26)),
        (DRAFT, Rung.AFTER, "chen", date(2026, 4, 23)),
    ]
