"""Counting anew after days were loaded: by whose days a limit ran, and what follows a filing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from storage import tables as t
from storage.calendar import EVERYBODY, OFFICE, SCHOOL
from storage.check import check
from storage.ledger import Ledger
from storage.rules.terms import Act, Desk
from storage.transaction import Transaction
from tests.storage.conftest import NOW, TENANT
from tests.storage.office import TERMINAL, Desks, open_filing, register, settle_in, sign


@pytest.fixture
def office(ledger: Ledger) -> Ledger:
    ledger.call(settle_in)
    return ledger


def loads(office: Ledger, first: date, days: int, tenant: str, whose: str) -> None:
    """Load days off, and count everything anew."""

    def load(tx: Transaction) -> None:
        off = {first + timedelta(n): False for n in range(days)}
        tx.calendar.load(off, source="", person_id="", now=NOW, tenant=tenant, whose=whose)
        for one in tx.calendar.uncounted():
            tx.recount.go_on(one, NOW)
            tx.calendar.counted(one.id, NOW)

    office.call(load)
    assert office.call(lambda tx: check(tx, NOW)) == []


def returned(tx: Transaction) -> None:
    """Have a school complete something from Thursday 12 March on: ten working days."""
    filing = sign(tx, open_filing(tx))
    desks = Desks(tx, filing)
    desks.act("tech", Act.RETURN, desks.task(Desk.TECH), points=[])


def limit_of(office: Ledger, state: str) -> set[date]:
    chosen = select(t.task.c.due_on).where(t.task.c.state == state)
    return set(office.call(lambda tx: tx.execute(chosen)).scalars())


def test_what_the_country_rests_moves_a_school_s_limit_by_days_the_school_worked(
    office: Ledger,
) -> None:
    office.call(returned)
    loads(office, date(2026, 3, 16), 5, TENANT, SCHOOL)
    assert limit_of(office, "returned") == {date(2026, 4, 2)}
    # In the school's holiday and out of it: only the day out of it counts.
    loads(office, date(2026, 3, 18), 1, EVERYBODY, OFFICE)
    assert limit_of(office, "returned") == {date(2026, 4, 2)}
    loads(office, date(2026, 3, 24), 1, EVERYBODY, OFFICE)
    assert limit_of(office, "returned") == {date(2026, 4, 3)}
    assert limit_of(office, "open") == {date(2026, 3, 20)}


def test_an_authority_s_own_day_off_is_not_counted_twice(office: Ledger) -> None:
    office.call(returned)
    loads(office, date(2026, 3, 13), 1, TENANT, OFFICE)
    loads(office, date(2026, 3, 16), 1, EVERYBODY, OFFICE)
    assert limit_of(office, "open") == {date(2026, 3, 23)}


def test_acceptance_and_audit_move_with_the_days_of_whoever_acts(office: Ledger) -> None:
    office.call(lambda tx: register(tx, TERMINAL, "平板"))
    due = select(t.followup.c.due_on).where(t.followup.c.kind == "acceptance")
    assert office.call(lambda tx: tx.execute(due).scalar_one()) == date(2026, 6, 4)
    loads(office, date(2026, 5, 4), 2, EVERYBODY, OFFICE)
    assert office.call(lambda tx: tx.execute(due).scalar_one()) == date(2026, 6, 8)
    loads(office, date(2026, 6, 8), 5, TENANT, SCHOOL)
    assert office.call(lambda tx: tx.execute(due).scalar_one()) == date(2026, 6, 15)
