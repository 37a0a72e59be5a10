"""What becomes due is found through indexes: a tick costs what is due, whatever lies beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest

from bot.matters import ROUTERS, SWEEPS
from storage.dues import DUES, may_be_due
from storage.ladders import Ladders, Mark
from storage.rules.office import OfficeRules
from storage.transaction import Transaction
from tests.handlers.school import LUCHENG, School, open_school

NOW = datetime.fromisoformat("2026-03-18T09:00:00+08:00")
MORE = ("ladders", "digest", "todo", "anything")
SMALL = {
    "CONSTANT",
    "product_stop",
    "rule_change",
    "name_due",
    "calendar_load",
    "calendar_day",
    "rest_day",
    "installation",
    "unit",
    "asked_week",
}
"""What is read whole: an installation's own, what an office stops in all its years, constants."""
OPEN_ONLY = {
    "ix_task_desk",  # rescue: all that is open, where rights changed since it was looked at
    "ix_task_due",
    "ix_task_waits",
    "ix_filing_unsigned",
    "ix_measure_held",
    "uq_measure_proposed",
    "ix_pilot_running",
    "ix_absence_live",
    "ix_calendar_load_open",
    "ix_digest_untold",
    "ix_outbox_held_for",
    "ix_report_due",
    "ix_known_name_uncounted",
}
"""Partial indexes that are read whole: what is in them waits, and leaves when it is done."""
THROUGH = {
    "silence": "ix_task_silent",
    "lapses": "ix_filing_lapsing",
    "stops in groups": "ix_measure_held",
    "stops lifted": "ix_measure_held",
    "pilots of stopped products": "ix_filing_product_key_stage",
    "pilot over": "ix_pilot_running",
    "numbers revoked": "ix_product_checked",
    "absence": "ix_absence_live",
    "inherited": "ix_filing_unsigned",
    "ownerless": "ix_post_ended",
    "reminders": "ix_morning_on",
    "digests": "ix_morning_on",
    "bulletins": "ix_bulletin_begun_rhythm",
    "digest": "ix_outbox_held_for",
    "todo": "ix_filing_principal_id",
    "ladders": "ix_followup_due",
    "clues without officer": "ix_report_due",
}


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    school = open_school(f"sqlite:///{tmp_path_factory.mktemp('plans')}/beian.db", routers=ROUTERS)
    yield school
    school.ledger.close()


def _work(school: School, name: str) -> Callable[[Transaction], object]:
    for sweep in SWEEPS:
        if sweep.name == name:
            return lambda tx: sweep.find(school.switchboard.tick(NOW, tx))
    return {"ladders": _climbs, "digest": _tells, "todo": _waits, "anything": _asks}[name]


def _asks(tx: Transaction) -> None:
    may_be_due(tx, DUES, NOW.date(), NOW)


def _climbs(tx: Transaction) -> None:
    ladders = Ladders(tx.calendar, tx.people)
    for rung in ladders.standing(LUCHENG, OfficeRules(), NOW.date()):
        limit = NOW if rung.ladder.zone else NOW.date()
        first, last = Mark(rung.name, limit, "a"), Mark(rung.name, limit, "b")
        tx.execute(rung.limits(9, None))
        tx.execute(rung.limits(9, first))
        tx.execute(rung.as_reminders(last, first))


def _waits(tx: Transaction) -> None:
    person = tx.people.get("d-legal")
    assert person and tx.tasks.open_of(person, NOW.date()) == []
    tx.filings.led_by(person, NOW.date(), 5)
    tx.filings.mine("lin")


def _tells(tx: Transaction) -> None:
    tx.reminders.of(LUCHENG, NOW.date(), ["D0"], "chen", 9)
    tx.reminders.stuck(LUCHENG, NOW.date(), 9)
    tx.reminders.is_awaited("chen")
    tx.reminders.untold([LUCHENG], 9)
    tx.holding.people(NOW, 9)
    tx.reminders.spoken_to(LUCHENG, NOW.date())
    tx.holding.of("chen", NOW)
    tx.undelivered.since(LUCHENG, NOW)


def _steps(tx: Transaction, work: Callable[[Transaction], object]) -> list[str]:
    asked: list[str] = []
    driver = tx._connection.connection.driver_connection
    driver.set_trace_callback(asked.append)  # type: ignore[union-attr]
    work(tx)
    driver.set_trace_callback(None)  # type: ignore[union-attr]
    plans = [tx._cursor.execute(f"EXPLAIN QUERY PLAN {one}").fetchall() for one in asked]
    return [str(row[3]) for plan in plans for row in plan]


def _is_whole(step: str) -> bool:
    """Say whether a step reads a whole table, or the whole of an index that grows for ever."""
    words = step.split()
    if words[0] != "SCAN" or words[1] in SMALL:
        return False
    return not OPEN_ONLY & set(words)


@pytest.mark.parametrize("name", [*(sweep.name for sweep in SWEEPS), *MORE])
def test_no_sweep_reads_a_whole_table(school: School, name: str) -> None:
    steps = school.ledger.call(lambda tx: _steps(tx, _work(school, name)))
    assert [one for one in steps if _is_whole(one)] == []
    assert any(THROUGH.get(name, "") in one for one in steps)


def test_all_sweeps_are_asked_for_together_but_those_that_go_by_the_hour_or_know() -> None:
    names = {sweep.name for sweep in SWEEPS}
    assert names - set(DUES) == {"duties", "reminders", "names", "bulletins"}
    assert set(DUES) <= names


def test_the_ladders_of_a_morning_are_climbed_from_their_limits(school: School) -> None:
    steps = school.ledger.call(lambda tx: _steps(tx, _climbs))
    for index in (
        "ix_task_due (tenant=? AND due_on",
        "ix_task_waits (tenant=? AND due_on",
        "ix_filing_tenant_stage_entered_on (tenant=? AND stage=? AND entered_on",
        "ix_filing_tenant_valid_until (tenant=? AND valid_until",
        "ix_pilot_running (ends_on>? AND ends_on<?)",
        "ix_followup_due (tenant=? AND due_on",
        "ix_report_due (tenant=? AND due_on",
        "ix_draft_unsent (tenant=? AND updated_at",
    ):
        assert any(index in one for one in steps), index
