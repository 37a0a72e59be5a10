"""Rules changed in the chat: versions, from tomorrow on, and running cases as they were asked."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, insert, select, update

from storage import tables as t
from storage.check import check
from storage.crypto import FieldCipher, KeyRing
from storage.ledger import Ledger
from storage.rulebook import SERIES, RuleChange, last_to_undo, value_before
from storage.rules.changeable import takes_effect
from storage.rules.office import OfficeRules
from storage.rules.terms import Act, Desk, NotAllowedError, Role, RuleViolationError, TaskKind
from storage.transaction import Transaction
from tests.storage.conftest import NOW, TENANT, Weekdays
from tests.storage.office import Desks, open_filing, settle_in, sign, who

RULES = OfficeRules()
TODAY = NOW.astimezone(ZoneInfo("Asia/Shanghai")).date()
TOMORROW = TODAY + timedelta(days=1)
LEGAL = "days.co_review.legal"


@pytest.fixture
def office(ledger: Ledger) -> Ledger:
    def furnish(tx: Transaction) -> None:
        settle_in(tx)
        post = {"tenant": TENANT, "unit_code": "D-tech", "role": "admin"}
        tx.execute(insert(t.post).values(**post, person_id="tech", valid_from=date(2026, 1, 1)))

    ledger.call(furnish)
    return ledger


def change(
    tx: Transaction, key: str = LEGAL, value: str | None = "3", seen: int = 0, by: str = "tech",
    **more: object,
) -> RuleChange:  # fmt: skip
    told: dict[str, object] = {"effective_on": TOMORROW, "now": NOW, "today": TODAY, **more}
    return tx.rulebook.change(
        TENANT,
        key,
        value,
        settings=RULES,
        by=who(tx, by),
        seen=seen,
        **told,  # type: ignore[arg-type]
    )


def rules_on(tx: Transaction, day: date) -> OfficeRules:
    held = tx.rulebook.in_force(day).get(TENANT)
    return held.over(RULES) if held else RULES


@pytest.mark.covers("R27")
def test_a_change_holds_from_tomorrow_and_carries_its_number(office: Ledger) -> None:
    assert office.call(lambda tx: rules_on(tx, TODAY)) == RULES
    made = office.call(change)
    assert (made.version, made.was, made.became) == (1, "5", "3")
    assert office.call(lambda tx: rules_on(tx, TODAY)) == RULES
    tomorrow = office.call(lambda tx: rules_on(tx, TOMORROW))
    assert tomorrow.days_of(TaskKind.CO_REVIEW, Desk.LEGAL) == 3
    assert tomorrow.version.startswith("v1-") and tomorrow.revision == 1
    assert office.call(lambda tx: check(tx, NOW)) == []
    act = office.call(lambda tx: tx.journal.of(TENANT, f"rule:{LEGAL}"))
    assert [(one.act, one.person_id, one.rule_version) for one in act] == [
        ("change_rule", "tech", "v1")
    ]


def test_a_day_is_asked_for_once_by_a_process_and_never_from_what_is_older(office: Ledger) -> None:
    other = Ledger(office.url, FieldCipher(KeyRing({"k": b"d" * 32}, "k", b"i" * 32)), Weekdays())
    other.open()
    assert other.call(lambda tx: rules_on(tx, TODAY)) == RULES
    office.call(change)

    def twice(tx: Transaction) -> bool:
        return tx.rulebook.in_force(TOMORROW) is tx.rulebook.in_force(TOMORROW)

    # It had looked before the change; whatever day comes, it looks again.
    assert other.call(twice)
    assert other.call(lambda tx: rules_on(tx, TOMORROW)).days_co_review_legal == 3
    assert other.call(lambda tx: rules_on(tx, TODAY)) == RULES
    other.close()


@pytest.mark.parametrize(
    ("local", "on"),
    [
        ("2026-03-12T10:00", date(2026, 3, 13)),
        ("2026-03-12T23:49", date(2026, 3, 13)),
        # what holds on a day is written before it begins, on whatever process
        ("2026-03-12T23:51", date(2026, 3, 14)),
    ],
)
def test_a_change_never_holds_on_a_day_that_may_have_begun(local: str, on: date) -> None:
    assert takes_effect(datetime.fromisoformat(local)) == on


def test_only_this_authority_s_administrator_changes_its_rules(office: Ledger) -> None:
    with pytest.raises(NotAllowedError, match="本单位管理员"):
        office.call(lambda tx: change(tx, by="legal"))

    # An administrator of a school, and one of another authority, are none of this one.
    elsewhere = update(t.unit).where(t.unit.c.code == "D-tech").values(kind="school")
    office.call(lambda tx: tx.execute(elsewhere))
    with pytest.raises(NotAllowedError, match="本单位管理员"):
        office.call(change)
    with pytest.raises(NotAllowedError, match="本单位管理员"):
        office.call(
            lambda tx: tx.rulebook.change(
                "330303", LEGAL, "3", settings=RULES, by=who(tx, "tech"), today=TODAY, now=NOW,
                effective_on=TOMORROW, seen=0,
            )
        )  # fmt: skip
    assert office.call(lambda tx: tx.rulebook.changes(TENANT)) == []


def test_of_two_at_once_the_second_is_told(office: Ledger) -> None:
    office.call(change)
    with pytest.raises(RuleViolationError, match="另一位管理员"):
        office.call(lambda tx: change(tx, "days.lead", "4"))
    # Both read the same newest version: the counter, whose row the first holds, tells them apart.

    def raced(tx: Transaction) -> None:
        tx.execute(update(t.counter).where(t.counter.c.series == SERIES).values(value=2))
        change(tx, "days.lead", "4", seen=1)

    with pytest.raises(RuleViolationError, match="另一位管理员"):
        office.call(raced)
    assert len(office.call(lambda tx: tx.rulebook.changes(TENANT))) == 1


def test_of_several_who_confirm_in_one_moment_one_has_it(office: Ledger) -> None:
    def confirms(days: int) -> str:
        try:
            office.call(lambda tx: change(tx, "days.lead", str(days)))
        except RuleViolationError as refusal:
            return str(refusal)
        return "done"

    with ThreadPoolExecutor(4) as at_once:
        said = list(at_once.map(confirms, range(1, 5)))
    assert said.count("done") == 1 and sum("另一位管理员" in one for one in said) == 3
    assert len(office.call(lambda tx: tx.rulebook.changes(TENANT))) == 1
    assert office.call(lambda tx: check(tx, NOW)) == []


def test_what_cannot_be_together_is_refused(office: Ledger) -> None:
    with pytest.raises(RuleViolationError, match="不能少于"):
        office.call(lambda tx: change(tx, "days.complete", "40"))


def test_an_undoing_is_a_version_that_gives_back_what_was_before(office: Ledger) -> None:
    def changes(tx: Transaction) -> None:
        change(tx)
        change(tx, value="4", seen=1)
        past = tx.rulebook.changes(TENANT)
        last = last_to_undo(past)
        assert last is not None and last.version == 2
        change(tx, value=value_before(past, last), seen=2, undoes=2)
        past = tx.rulebook.changes(TENANT)
        last = last_to_undo(past)
        assert last is not None and last.version == 1 and value_before(past, last) is None
        change(tx, value=None, seen=3, undoes=1)
        assert last_to_undo(tx.rulebook.changes(TENANT)) is None

    office.call(changes)
    assert office.call(lambda tx: rules_on(tx, TOMORROW)).days_co_review_legal == 0
    assert office.call(lambda tx: rules_on(tx, TOMORROW)).revision == 4
    assert office.call(lambda tx: check(tx, NOW)) == []


def test_running_cases_get_a_shorter_limit_where_asked_and_a_day_at_least(office: Ledger) -> None:
    def file(tx: Transaction) -> str:
        filing = sign(tx, open_filing(tx))
        change(tx, running=True)
        change(tx, "days.case", "10", seen=1, running=True)
        change(tx, "days.lead", "4", seen=2)
        return filing.id

    filing_id = office.call(file)
    later = NOW + timedelta(days=5)  # Tuesday, three working days on

    def rerun(tx: Transaction) -> None:
        for one in tx.rulebook.uncounted(later.date()):
            held = tx.rulebook.in_force(later.date())[TENANT]
            assert not tx.rerunning.go_on(one, held.over(RULES), later)
            tx.rulebook.counted(one, later)

    def limits(tx: Transaction) -> dict[str, date]:
        filing = tx.filings.known(filing_id)
        found = {task.desk.value: task.due_on for task in tx.tasks.of(filing)}
        assert filing.due_on
        return {**found, "case": filing.due_on}

    assert office.call(lambda tx: tx.rulebook.uncounted(TODAY)) == []
    before = office.call(limits)
    office.call(rerun)
    after = office.call(limits)
    # Thursday and three days would be today: the next working day is left.
    assert before["legal"] == date(2026, 3, 19) and after["legal"] == date(2026, 3, 18)
    assert before["tech"] == after["tech"] == date(2026, 3, 19)
    assert before["case"] == date(2026, 4, 2) and after["case"] == date(2026, 3, 26)

    def pinned(tx: Transaction) -> tuple[int, int, int, str]:
        filing = tx.filings.known(filing_id)
        office = filing.office
        return office.days_co_review_legal, office.days_case, office.days_lead, filing.rule_version

    legal, case, lead, version = office.call(pinned)
    # What is still to come of it goes by the new limits too, but not by what was not asked for.
    assert (legal, case, lead) == (3, 10, 5) and version.startswith("v2-")
    assert office.call(lambda tx: tx.rulebook.uncounted(later.date())) == []
    # Each case is given each change once, however often somebody looks.
    assert office.call(recounted) == [filing_id] * 2

    def again(tx: Transaction) -> bool:
        held = tx.rulebook.in_force(later.date())[TENANT]
        return tx.rerunning.go_on(tx.rulebook.changes(TENANT)[0], held.over(RULES), later)

    assert not office.call(again)
    assert office.call(recounted) == [filing_id] * 2
    assert office.call(lambda tx: check(tx, later)) == []


def recounted(tx: Transaction) -> list[str]:
    acts = select(t.journal.c.subject).where(t.journal.c.act == "recount_rule")
    return list(tx.execute(acts).scalars())


def test_a_longer_limit_moves_what_is_returned_by_the_school_s_days(office: Ledger) -> None:
    def work(tx: Transaction) -> date:
        filing = sign(tx, open_filing(tx))
        desks = Desks(tx, filing)
        desks.act("tech", Act.RETURN, desks.task(Desk.TECH), reason="请补充",
                  findings={"points": [{"text": "请补充"}]})  # fmt: skip
        made = change(tx, "days.complete", "15", running=True)
        later = NOW + timedelta(days=1)
        tx.rerunning.go_on(made, RULES.changed({"days.complete": 15}), later)
        return desks.task(Desk.TECH).due_on

    assert office.call(work) == date(2026, 4, 2)


def test_cases_of_the_new_rules_and_those_that_ended_are_left_alone(office: Ledger) -> None:
    def work(tx: Transaction) -> RuleChange:
        ended = sign(tx, open_filing(tx))
        tx.filings.withdraw(ended, by=who(tx, "lin"), role=Role.PRINCIPAL, now=NOW)
        open_filing(tx, title="作业宝")
        made = change(tx, effective_on=TODAY + timedelta(days=1), running=True)
        assert tx.rulebook.running(TENANT) == 1
        # As though it had been opened on the day of the change.
        young = made._replace(effective_on=TODAY)
        assert not tx.rerunning.go_on(young, RULES.changed({LEGAL: 3}), NOW)
        return made

    made = office.call(work)
    assert office.call(recounted) == []
    office.call(lambda tx: tx.rerunning.go_on(made, RULES.changed({LEGAL: 3}), NOW))
    assert len(office.call(recounted)) == 1


DAMAGES = {
    "have 2 versions and count otherwise": lambda tx: tx.execute(
        update(t.counter).where(t.counter.c.series == SERIES).values(value=3)
    ),
    "rules 330302 jump from 0 to 2": lambda tx: tx.execute(
        delete(t.rule_change).where(t.rule_change.c.version == 1)
    ),
    "设置“days.co_review.legal”请写整数": lambda tx: tx.execute(
        update(t.rule_change).values(value="soon")
    ),
    "is of no rule: days.tea": lambda tx: tx.execute(update(t.rule_change).values(key="days.tea")),
    "held before it was made": lambda tx: tx.execute(
        update(t.rule_change).values(effective_on=TODAY)
    ),
    "does not give back what was before": lambda tx: tx.execute(
        update(t.rule_change).where(t.rule_change.c.version == 2).values(undoes=1)
    ),
    "that hold are not what was changed": lambda tx: tx.execute(
        update(t.rule_change).values(value="9")
    ),
}


@pytest.mark.parametrize("says", DAMAGES)
def test_the_check_names_what_is_wrong_with_the_versions(office: Ledger, says: str) -> None:
    later = NOW + timedelta(days=2)

    def work(tx: Transaction) -> None:
        change(tx)
        change(tx, value="4", seen=1)
        tx.rulebook.in_force(later.date())
        DAMAGES[says](tx)

    office.call(work)
    found = [one for one in office.call(lambda tx: check(tx, later)) if one.startswith("rules: ")]
    assert any(says in one for one in found), found
