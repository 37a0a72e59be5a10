"""The demo opens on a living city: filings in every stage, made through the books."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from bot.city import build_city, seed_filings, settle_city
from bot.city.cases import CASES, overview
from bot.city.staff import CAST
from handlers.context import Office, Tenant
from handlers.links import Links
from storage import tables as t
from storage.cases import Filing
from storage.check import check
from storage.crypto import FieldCipher, KeyRing
from storage.ledger import Ledger
from storage.rules.office import OfficeRules
from storage.rules.terms import Act, Stage, TaskKind, TaskState
from storage.rules.textcount import count_characters
from storage.rules.workflow import NUMBERED, PILOT_STAGES
from storage.transaction import Transaction
from tests.pattern import migrated
from tests.roster.conftest import ZONE
from tests.storage.conftest import Weekdays

NOW = datetime(2026, 9, 30, 1, 2, tzinfo=UTC)


def settle(ledger: Ledger) -> None:
    """Bring the city and its filings into a ledger."""
    city = build_city()
    settle_city(ledger, city, NOW)
    tenants = {
        code: Tenant(code, name, "", code[2:], OfficeRules()) for code, name in city.tenants.items()
    }
    office = Office(tenants, Links("http://127.0.0.1:8000", b"k" * 32), ZONE)
    assert seed_filings(ledger, office, city, NOW) >= len(CASES)


@pytest.fixture(scope="module")
def living(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """One settled city for all the tests that only look at it."""
    url = f"sqlite:///{tmp_path_factory.mktemp('city')}/beian.db"
    migrated(url)
    cipher = FieldCipher(KeyRing({"k1": b"d" * 32}, "k1", b"i" * 32))
    ledger = Ledger(url, cipher, Weekdays()).open()
    settle(ledger)
    yield ledger
    ledger.close()


def filings(tx: Transaction) -> list[Filing]:
    """Return every filing."""
    ids = tx.execute(select(t.filing.c.id).order_by(t.filing.c.made_at)).scalars()
    return [tx.filings.known(one) for one in ids]


def test_there_are_filings_in_every_stage_that_a_filing_can_rest_in(living: Ledger) -> None:
    stages = Counter(one.stage for one in living.call(filings))
    # Nothing of it is old enough to have ended, and no pilot is over.
    later = (NUMBERED - {Stage.REGISTERED, Stage.SUSPENDED}) | {Stage.HANDED_OVER}
    passing = {Stage.DRAFT, Stage.SUBMITTED} | (PILOT_STAGES - {Stage.PILOTING}) | later
    assert set(stages) == set(Stage) - passing
    assert stages[Stage.REGISTERED] >= 8
    assert stages[Stage.PILOTING] == 2
    drafts = select(t.draft.c.id).where(t.draft.c.state == "open")
    assert living.call(lambda tx: len(tx.execute(drafts).all())) == 1


def test_the_books_of_the_city_hold_every_invariant(ledger: Ledger) -> None:
    settle(ledger)
    assert ledger.call(lambda tx: check(tx, NOW)) == []


def test_the_filings_take_every_row_of_the_matrix_that_is_no_pilot(living: Ledger) -> None:
    found = living.call(filings)
    rows = {part.row for filing in found for part in filing.parts}
    assert rows >= {"M1", "M2", "M3", "M4", "M5", "M6", "M7", "M8", "M9", "M10", "M14"}
    assert any(len(filing.parts) > 1 for filing in found), "M11"
    assert len({filing.bundle for filing in found}) < len(found), "M13"


def test_nothing_happened_today_or_on_a_rest_day(living: Ledger) -> None:
    acts = living.call(lambda tx: list(tx.execute(select(t.journal.c.at, t.journal.c.act))))
    days = {act.at.astimezone(ZONE) for act in acts if act.act != "import"}
    assert max(days) < NOW
    assert all(day.weekday() < 5 and 8 <= day.hour < 18 for day in days)
    assert (max(days) - min(days)).days > 60


def test_numbers_follow_the_days_on_which_they_were_given(living: Ledger) -> None:
    numbered = [one for one in living.call(filings) if one.registered_at]
    numbered.sort(key=lambda one: str(one.registered_at))
    serials: dict[tuple[str, str], list[str]] = {}
    for filing in numbered:
        number = filing.number or ""
        serials.setdefault((filing.tenant, number.rstrip("号")[-5:-4]), []).append(number)
    assert all(numbers == sorted(numbers) for numbers in serials.values())


def test_the_supplement_asks_back_while_the_others_go_on(living: Ledger) -> None:
    def asked(tx: Transaction) -> list[tuple[str, str]]:
        return [
            (task.state.value, task.points[0]["points"][0]["text"])
            for filing in filings(tx)
            if filing.title == "小问物理"
            for task in tx.tasks.of(filing)
            if task.points
        ]

    ((state, text),) = living.call(asked)
    assert state == TaskState.RETURNED.value
    assert text.startswith("请补充账号注销方式")


def test_something_was_changed_is_being_changed_was_suspended_and_was_stopped(
    living: Ledger,
) -> None:
    def story(tx: Transaction) -> tuple[object, ...]:
        found = filings(tx)
        changes = {one.change: one.stage for one in found if one.amends}
        halted = [one for one in found if one.stage is Stage.SUSPENDED]
        by_stop = [bool(tx.standing.measures(one, "in_force")[0].stop_id) for one in halted]
        return changes, sorted(by_stop), tx.stops.untold(NOW.date()), tx.stops.due(NOW.date())

    changes, by_stop, untold, due = living.call(story)
    assert changes == {"version": Stage.MERGED, "scope": Stage.IN_REVIEW}
    assert by_stop == [False, True]
    # The demo opens on a quiet morning: nothing of it is still to be told.
    assert untold == due == []


def test_terminals_were_approved_and_registered_by_two_people(living: Ledger) -> None:
    def signers(tx: Transaction) -> list[tuple[str, str]]:
        found = []
        for filing in filings(tx):
            if filing.stage is Stage.REGISTERED and filing.kind.value == "terminal":
                acts = {one.act: one.person_id for one in tx.tasks.decisions(filing)}
                found.append((acts[Act.APPROVE], acts[Act.REGISTER]))
        return found

    found = living.call(signers)
    assert found
    assert all(approver != registrar for approver, registrar in found)


def test_the_story_s_reviewers_have_something_to_do(living: Ledger) -> None:
    def kinds(tx: Transaction) -> set[TaskKind]:
        return {
            task.kind
            for member in CAST
            if member.userid in ("wangjing", "xufeng", "sunyue", "zhenghang", "huanglu")
            for account in member.accounts.items()
            if (person := tx.people.by_account(*account))
            for task in tx.tasks.open_of(person, NOW.date())
        }

    assert {TaskKind.INTAKE, TaskKind.REGISTRATION} <= living.call(kinds)


def test_every_overview_keeps_to_two_hundred_characters() -> None:
    assert all(100 < count_characters(overview(case)) <= 200 for case in CASES)
