"""A pilot by the books: who may look and decide, once, in order; what the check finds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import insert, select, update

from storage import tables as t
from storage.cases import Filing, StaleError
from storage.check import check
from storage.figures import Scope
from storage.ledger import Ledger
from storage.rules.office import OfficeRules
from storage.rules.terms import Act, RuleViolationError, Stage
from storage.transaction import Transaction
from tests.storage.conftest import NOW, TENANT
from tests.storage.office import settle_in, who
from tests.storage.pilots import ALL, PILOT, ask, look, more_staff, permit, run

Story = Callable[[Transaction], object]
ENDS_LATER = date(2026, 6, 30)


@pytest.fixture
def office(ledger: Ledger) -> Ledger:
    ledger.call(settle_in)
    ledger.call(more_staff)
    return ledger


def refused(office: Ledger, story: Story, says: str) -> None:
    with pytest.raises(RuleViolationError, match=says):
        office.call(story)


def leaves(tx: Transaction, person: str) -> None:
    tx.execute(
        update(t.post).where(t.post.c.person_id == person).values(valid_to=date(2026, 3, 11))
    )


@pytest.mark.covers("R6")
def test_it_runs_with_a_receipt_and_without_a_number(office: Ledger) -> None:
    filing = office.call(run)
    second = office.call(lambda tx: run(tx, "口算宝"))
    pilots = [office.call(lambda tx, one=one: tx.pilots.known(one.id)) for one in (filing, second)]
    assert (filing.stage, filing.number) == (Stage.PILOTING, None)
    assert [one.receipt for one in pilots] == [
        "温教试点〔2026〕0302-0001号",
        "温教试点〔2026〕0302-0002号",
    ]
    assert pilots[0].callin_until == date(2026, 3, 19)
    assert office.call(lambda tx: tx.figures.standing(Scope((TENANT,)))) == {TENANT: {"试点中": 2}}
    assert office.call(lambda tx: check(tx, NOW)) == []


@pytest.mark.parametrize(
    ("checkers", "says"),
    [
        (("chen",), "陈晓不能作为本件的审查人"),  # who files it
        (("lin",), "林校长不能作为本件的审查人"),  # who decides last anyway
        (("legal",), "不能作为本件的审查人"),  # of another unit
    ],
)
def test_only_others_of_the_school_are_named(
    office: Ledger, checkers: tuple[str, ...], says: str
) -> None:
    refused(office, lambda tx: ask(tx, *checkers), says)


def test_as_many_are_named_as_the_office_wants(office: Ledger) -> None:
    three = OfficeRules.from_settings({"pilot.min_reviewers": 3})
    refused(office, lambda tx: ask(tx, "wang", office=three), "还需至少2名本校人员审查")
    refused(office, lambda tx: ask(tx, "wang", "wang", office=three), "还需至少2名本校人员审查")
    office.call(lambda tx: ask(tx, "wang", "li", office=three))


def test_a_last_day_lies_ahead(office: Ledger) -> None:
    refused(office, lambda tx: ask(tx, ends_on=date(2026, 3, 12)), "应在今天之后")


def test_somebody_who_was_not_named_does_not_look(office: Ledger) -> None:
    filing = office.call(ask)
    refused(office, lambda tx: look(tx, filing, "li"), "您不在其中")
    refused(office, lambda tx: look(tx, filing, "lin"), "您不在其中")


def test_somebody_who_left_the_school_does_not_look(office: Ledger) -> None:
    filing = office.call(ask)
    office.call(lambda tx: leaves(tx, "wang"))
    refused(office, lambda tx: look(tx, filing), "您目前不在本校任职")


def test_a_checklist_holds_as_a_whole_or_not_at_all(office: Ledger) -> None:
    filing = office.call(ask)
    some = ALL - {"content"}

    def half(tx: Transaction) -> Filing:
        return tx.pilots.confirm(filing, some, by=who(tx, "wang"), seen=filing.version, now=NOW)

    def decide(tx: Transaction) -> Filing:
        return tx.pilots.permit(
            filing, some, by=who(tx, "lin"), seen=filing.version, number_code="0302", now=NOW
        )

    refused(office, half, "还有1条没有确认：未见有害内容")
    office.call(lambda tx: look(tx, filing))
    refused(office, decide, "还有1条没有确认：未见有害内容")


def test_nobody_looks_twice(office: Ledger) -> None:
    filing = office.call(ask)
    office.call(lambda tx: look(tx, filing))
    with pytest.raises(StaleError, match="您已经审查过"):
        office.call(lambda tx: look(tx, filing))


def test_the_principal_decides_last(office: Ledger) -> None:
    filing = office.call(lambda tx: ask(tx, "wang", "li"))
    office.call(lambda tx: look(tx, filing))
    refused(office, lambda tx: permit(tx, filing), "审查人还没有全部审查")
    refused(office, lambda tx: permit(tx, filing, "wang"), "由本校校长")
    office.call(lambda tx: look(tx, filing, "li"))
    assert office.call(lambda tx: permit(tx, filing)).stage is Stage.PILOTING


def test_a_principal_who_left_does_not_decide_and_the_new_one_does(office: Ledger) -> None:
    filing = office.call(lambda tx: look(tx, ask(tx)))

    def change(tx: Transaction) -> None:
        leaves(tx, "lin")
        row = {"tenant": filing.tenant, "unit_code": filing.school, "person_id": "li"}
        tx.execute(insert(t.post).values(role="principal", valid_from=date(2026, 3, 12), **row))

    office.call(change)
    refused(office, lambda tx: permit(tx, filing), "由本校校长")
    assert office.call(lambda tx: permit(tx, filing, "li")).principal_id == "li"
    assert office.call(lambda tx: check(tx, NOW)) == []


def test_a_pilot_whose_last_day_has_passed_is_not_begun(office: Ledger) -> None:
    filing = office.call(lambda tx: look(tx, ask(tx, ends_on=date(2026, 3, 20))))

    def late(tx: Transaction) -> Filing:
        return tx.pilots.permit(
            filing, ALL, by=who(tx, "lin"), seen=filing.version, number_code="0302",
            now=NOW + timedelta(days=8),
        )  # fmt: skip

    refused(office, late, "结束日期已过")


async def test_two_decisions_at_once_give_one_receipt(office: Ledger) -> None:
    filing = office.call(lambda tx: look(tx, ask(tx)))
    taps = [office.run(lambda tx: permit(tx, filing)) for _ in range(6)]
    outcomes = await asyncio.gather(*taps, return_exceptions=True)
    assert sum(not isinstance(one, BaseException) for one in outcomes) == 1
    assert sum(isinstance(one, StaleError) for one in outcomes) == 5
    assert office.call(lambda tx: check(tx, NOW)) == []


def test_what_was_sent_anew_is_looked_at_anew(office: Ledger) -> None:
    first = office.call(lambda tx: look(tx, ask(tx)))

    def again(tx: Transaction) -> Filing:
        back = tx.pilots.refuse(first, "请补充", by=who(tx, "lin"), seen=first.version, now=NOW)
        sent = tx.filings.send_again(
            back, title=back.title, product_key=back.product_key, facts=PILOT, explained=(),
            answers={}, parts=back.parts, principal=who(tx, "lin"), owner=who(tx, "chen"),
            now=NOW, act=Act.ASK_SCHOOL,
        )  # fmt: skip
        tx.pilots.name(sent, [who(tx, "li")], ends_on=ENDS_LATER, by=who(tx, "chen"), now=NOW)
        return tx.filings.known(sent.id)

    filing = office.call(again)
    refused(office, lambda tx: look(tx, first, "li"), "情况有了变化")
    refused(office, lambda tx: permit(tx, filing), "审查人还没有全部审查")
    refused(office, lambda tx: look(tx, filing), "您不在其中")
    office.call(lambda tx: permit(tx, look(tx, filing, "li")))
    assert office.call(lambda tx: tx.pilots.known(filing.id)).ends_on == ENDS_LATER
    assert office.call(lambda tx: check(tx, NOW)) == []


def test_only_the_lead_s_people_call_it_in_and_never_their_own(office: Ledger) -> None:
    filing = office.call(run)

    def call_in(person: str, days: int = 0) -> Story:
        return lambda tx: tx.pilots.call_in(
            filing, "面广", by=who(tx, person), seen=filing.version, now=NOW + timedelta(days=days)
        )

    def files_himself(tx: Transaction) -> None:
        row = {"tenant": filing.tenant, "unit_code": "D-basic", "person_id": "chen"}
        tx.execute(insert(t.post).values(role="reviewer", valid_from=date(2026, 1, 1), **row))

    refused(office, call_in("tech"), "提级由基教处的审核人办理")
    office.call(files_himself)
    refused(office, call_in("chen"), "由您本人报送")
    refused(office, call_in("basic", 8), "可以提级的5个工作日已过")
    office.call(call_in("basic", 7))
    assert office.call(lambda tx: tx.filings.known(filing.id)).stage is Stage.CALLED_IN


def test_numbers_stay_inside_the_limits(office: Ledger) -> None:
    filing = office.call(run)

    def grows(students: int) -> Story:
        facts = replace(PILOT, students=students)
        return lambda tx: tx.pilots.adjust(
            filing, facts, by=who(tx, "chen"), seen=filing.version, now=NOW
        )

    refused(office, grows(101), "超过试点的100名。请转全面备案")
    office.call(grows(100))
    assert office.call(lambda tx: tx.filings.known(filing.id)).facts.students == 100
    assert office.call(lambda tx: check(tx, NOW)) == []


def test_the_school_alone_ends_it_early(office: Ledger) -> None:
    filing = office.call(run)

    def end(person: str) -> Story:
        return lambda tx: tx.pilots.end(
            filing, "不用了", by=who(tx, person), seen=filing.version, now=NOW
        )

    refused(office, end("wang"), "由本校的经办人、项目负责人或校长办理")
    refused(office, end("basic"), "由本校的经办人、项目负责人或校长办理")
    office.call(end("lin"))
    with pytest.raises(StaleError):
        office.call(end("chen"))


def on_pilot(**values: object) -> Story:
    return lambda tx: tx.execute(update(t.pilot).values(**values))


def on_check(of: str, /, **values: object) -> Story:
    return lambda tx: tx.execute(
        update(t.pilot_check).where(t.pilot_check.c.role == of).values(**values)
    )


def to_stage(stage: str) -> Story:
    return lambda tx: tx.execute(update(t.filing).values(stage=stage))


def announce(tx: Transaction) -> object:
    filing = tx.execute(select(t.filing)).one()
    row = {"tenant": filing.tenant, "filing_id": filing.id, "person_id": "chen"}
    return tx.execute(insert(t.announcement).values(wording="已备案", at=NOW, **row))


def skip_a_receipt(tx: Transaction) -> object:
    return tx.execute(update(t.counter).where(t.counter.c.series.like("pilot:%")).values(value=3))


def give_a_number(tx: Transaction) -> object:
    return tx.execute(
        update(t.filing).values(number="温教进校备〔2026〕0302A0001号", registered_at=NOW, serial=1,
                                series="filing:330302:2026:A")
    )  # fmt: skip


@pytest.mark.parametrize(
    ("damage", "finding"),
    [
        pytest.param(skip_a_receipt, "has 1 receipts up to 1, counter 3", id="a receipt skipped"),
        pytest.param(to_stage("school_decision"), "receipt does not fit", id="a receipt too early"),
        pytest.param(give_a_number, "has a filing number", id="a pilot with a number"),
        pytest.param(announce, "is announced as filed", id="announced as filed"),
        pytest.param(to_stage("registered"), "its filing is no pilot", id="passes for a filing"),
        pytest.param(
            on_check("checker", at=None), "without the whole checklist of wang", id="nobody looked"
        ),
        pytest.param(
            on_check("principal", ticked=["free"]), "checklist of lin", id="a line was left out"
        ),
        pytest.param(
            on_check("checker", at=NOW + timedelta(1)), "before wang had looked", id="not the last"
        ),
        pytest.param(
            on_check("principal", role="checker"), "without its principal", id="nobody decided"
        ),
        pytest.param(
            on_check("checker", person_id="chen"), "looked at by who filed it", id="own pilot"
        ),
        pytest.param(on_pilot(reason="x"), "not as the journal tells it", id="a row was changed"),
    ],
)
def test_each_damage_is_found(office: Ledger, damage: Story, finding: str) -> None:
    office.call(run)
    office.call(damage)
    findings = office.call(lambda tx: check(tx, NOW))
    assert any(finding in line for line in findings), findings
