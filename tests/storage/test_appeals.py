"""The books of appeals: once, in time, by the principal, and heard by somebody else."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import insert, update

from storage import tables as t
from storage.cases import Filing, Task
from storage.check import check
from storage.ledger import Ledger
from storage.rules.facts import Facts
from storage.rules.terms import (
    Act,
    Desk,
    Kind,
    NotAllowedError,
    Role,
    SchoolStage,
    Stage,
    TaskKind,
    TaskState,
)
from storage.transaction import Transaction
from tests.storage.conftest import NOW, TENANT
from tests.storage.office import APP, STAFF, Desks, open_filing, settle_in, sign, who

BOTH = Facts(kind=Kind.BOTH, stages_in_use=(SchoolStage.PRIMARY,), preinstalled_apps=True)
REASON = "两款应用用途不同"


@pytest.fixture
def office(ledger: Ledger) -> Ledger:
    """A county where two people decide for 基教处."""

    def build(tx: Transaction) -> None:
        settle_in(tx)
        tx.execute(insert(t.person).values(id="basic2", name="基教二号"))
        tx.execute(
            insert(t.post).values(
                tenant=TENANT,
                unit_code="D-basic",
                person_id="basic2",
                role="reviewer",
                valid_from=date(2026, 1, 1),
            )
        )

    ledger.call(build)
    return ledger


def to_the_leads(tx: Transaction, facts: Facts = APP) -> Desks:
    """Take a filing to its leads."""
    desks = Desks(tx, sign(tx, open_filing(tx, facts)))
    people = {desk: name for name, desk in reversed(STAFF.items())}
    for task in tx.tasks.of(desks.filing):
        if task.kind is TaskKind.CO_REVIEW:
            desks.act(people[task.desk], Act.OPINE, task)
    return desks


def rejected(tx: Transaction, facts: Facts = APP) -> Desks:
    """Let 基教处 reject its part."""
    desks = to_the_leads(tx, facts)
    task = desks.task(Desk.BASIC, TaskKind.DECISION)
    desks.act("basic", Act.REJECT, task, reason="已有同类应用")
    return desks


def appeal(tx: Transaction, filing: Filing, by: str = "lin", now: datetime = NOW) -> Filing:
    """Let somebody ask for another look."""
    return tx.appeals.take(filing, by=who(tx, by), reason=REASON, now=now)


def test_an_appeal_opens_a_fresh_decision_that_somebody_else_takes(office: Ledger) -> None:
    def story(tx: Transaction) -> tuple[Stage, Stage]:
        desks = rejected(tx)
        asked = appeal(tx, desks.filing)
        desks.act("basic2", Act.APPROVE, fresh(desks, Desk.BASIC))
        return asked.stage, tx.filings.known(asked.id).stage

    assert office.call(story) == (Stage.AWAITING_DECISION, Stage.AWAITING_REGISTRATION)
    assert office.call(lambda tx: check(tx, NOW)) == []


def test_who_rejected_does_not_decide_on_the_appeal(office: Ledger) -> None:
    def story(tx: Transaction) -> None:
        desks = rejected(tx)
        appeal(tx, desks.filing)
        desks.act("basic", Act.APPROVE, fresh(desks, Desk.BASIC))

    with pytest.raises(NotAllowedError, match="由未参与审批的其他同志办理"):
        office.call(story)


def test_the_second_rejection_is_final(office: Ledger) -> None:
    def story(tx: Transaction) -> None:
        desks = rejected(tx)
        appeal(tx, desks.filing)
        desks.act("basic2", Act.REJECT, fresh(desks, Desk.BASIC))
        appeal(tx, desks.filing)

    with pytest.raises(NotAllowedError, match="已经复核过，复核决定为最终决定"):
        office.call(story)


@pytest.mark.parametrize(("days", "is_late"), [(14, False), (15, True)])
def test_the_limit_is_ten_working_days_the_first_not_counted(
    office: Ledger, days: int, is_late: bool
) -> None:
    desks = office.call(rejected)  # on Thursday the 12th: the tenth day is the 26th
    late = NOW + timedelta(days=days)
    if is_late:
        with pytest.raises(NotAllowedError, match="已于3月26日届满"):
            office.call(lambda tx: appeal(tx, desks.filing, now=late))
    else:
        filing = office.call(lambda tx: appeal(tx, desks.filing, now=late))
        assert filing.stage is Stage.AWAITING_DECISION


@pytest.mark.parametrize("person", ["chen", "basic"])
def test_only_the_principal_appeals(office: Ledger, person: str) -> None:
    desks = office.call(rejected)
    with pytest.raises(NotAllowedError, match="由本校校长"):
        office.call(lambda tx: appeal(tx, desks.filing, by=person))


def test_what_was_not_rejected_is_not_appealed_against(office: Ledger) -> None:
    desks = office.call(to_the_leads)
    with pytest.raises(NotAllowedError, match="没有不予通过的决定"):
        office.call(lambda tx: appeal(tx, desks.filing))


def fresh(desks: Desks, desk: Desk, kind: TaskKind = TaskKind.DECISION) -> Task:
    """Return the task of a desk that stands open."""
    (found,) = [
        task
        for task in desks.tx.tasks.of(desks.filing)
        if (task.desk, task.kind, task.state) == (desk, kind, TaskState.OPEN)
    ]
    return found


def approve_terminal(desks: Desks) -> None:
    desks.act("tech", Act.APPROVE, desks.task(Desk.TECH, TaskKind.DECISION))


def return_terminal(desks: Desks) -> None:
    desks.act("tech", Act.RETURN, desks.task(Desk.TECH, TaskKind.DECISION), points=[])


def look_again(desks: Desks) -> None:
    """Let a finding of harm bring the filing back to its co-reviewers."""
    tx = desks.tx
    opinion = t.decision.c.task_id == desks.task(Desk.LEGAL).id
    tx.execute(update(t.decision).where(opinion).values(verdict="against"))
    return_terminal(desks)
    tx.filings.resubmit(
        tx.filings.known(desks.filing.id), by=who(tx, "chen"), role=Role.OWNER, answers={},
        facts=BOTH, now=NOW,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("meanwhile", "stage"),
    [
        (lambda _desks: None, Stage.AWAITING_DECISION),
        (approve_terminal, Stage.AWAITING_DECISION),
        (return_terminal, Stage.RETURNED),
        (look_again, Stage.IN_REVIEW),
    ],
)
def test_a_rejected_part_is_looked_at_again_wherever_the_other_part_is(
    office: Ledger, meanwhile: object, stage: Stage
) -> None:
    def story(tx: Transaction) -> Stage:
        desks = rejected(tx, BOTH)
        meanwhile(desks)  # type: ignore[operator]
        return appeal(tx, tx.filings.known(desks.filing.id)).stage

    assert office.call(story) is stage


def test_the_number_waits_for_the_appeal_and_covers_what_was_approved_in_the_end(
    office: Ledger,
) -> None:
    def story(tx: Transaction) -> str | None:
        desks = rejected(tx, BOTH)
        approve_terminal(desks)
        old = desks.task(Desk.TECH, TaskKind.REGISTRATION)
        appeal(tx, desks.filing)
        assert tx.tasks.known(old.id).view.is_pending is False
        desks.act("basic2", Act.APPROVE, fresh(desks, Desk.BASIC))
        desks.act("tech2", Act.REGISTER, fresh(desks, Desk.TECH, TaskKind.REGISTRATION))
        return tx.filings.known(desks.filing.id).number

    assert office.call(story) == "温教进校备〔2026〕0302X0001号"
    assert office.call(lambda tx: check(tx, NOW)) == []


def test_a_part_is_not_appealed_against_once_the_number_of_the_other_exists(
    office: Ledger,
) -> None:
    def story(tx: Transaction) -> None:
        desks = rejected(tx, BOTH)
        approve_terminal(desks)
        desks.act("tech2", Act.REGISTER, desks.task(Desk.TECH, TaskKind.REGISTRATION))
        appeal(tx, desks.filing)

    with pytest.raises(NotAllowedError, match="已同意的部分已备案"):
        office.call(story)


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({"act": "approve"}, "is about no rejection"),
        ({"state": "decided"}, "stands although it was appealed against"),
    ],
)
def test_an_appeal_without_its_rejection_is_found(
    office: Ledger, values: dict[str, str], line: str
) -> None:
    def story(tx: Transaction) -> list[str]:
        desks = rejected(tx, BOTH)
        old = desks.task(Desk.BASIC, TaskKind.DECISION).id
        appeal(tx, desks.filing)
        if "act" in values:
            tx.execute(update(t.decision).where(t.decision.c.task_id == old).values(**values))
        else:
            new = fresh(desks, Desk.BASIC).id
            tx.execute(update(t.task).where(t.task.c.id == new).values(state="superseded"))
            tx.execute(update(t.task).where(t.task.c.id == old).values(**values))
        return check(tx, NOW)

    assert any(line in one for one in office.call(story))


def test_a_decision_on_appeal_by_who_rejected_is_found(office: Ledger) -> None:
    def story(tx: Transaction) -> list[str]:
        desks = rejected(tx)
        appeal(tx, desks.filing)
        again = desks.act("basic2", Act.REJECT, fresh(desks, Desk.BASIC))
        tx.execute(
            update(t.decision).where(t.decision.c.task_id == again.id).values(person_id="basic")
        )
        return check(tx, NOW)

    assert any("decided on appeal by who had rejected" in one for one in office.call(story))
