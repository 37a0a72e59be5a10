"""What the acts of one room come to in another: appeals, changes, pilots, stops, people, paper."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from storage import tables as t
from storage.ledger import Ledger
from storage.rules.correcting import Fact
from storage.rules.standing import GROUNDS
from storage.rules.terms import (
    Act,
    Desk,
    NotAllowedError,
    RuleViolationError,
    Stage,
    TaskKind,
)
from storage.transaction import Transaction
from tests.storage.conftest import NOW
from tests.storage.office import (
    RULES,
    Desks,
    _person,
    open_filing,
    register,
    settle_in,
    sign,
    who,
)
from tests.storage.test_standing import changing, one

FEE = GROUNDS[0]


@pytest.fixture
def town(ledger: Ledger) -> Ledger:
    ledger.call(settle_in)
    ledger.call(register)
    return ledger


def test_a_change_leaves_its_original_as_it_came(town: Ledger) -> None:
    def story(tx: Transaction) -> tuple[object, tuple[str, ...]]:
        original = one(tx)
        paper = {"clerk": "tech", "signed_on": "2026-03-06"}
        answers = {**original.answers, "paper": paper, "pilot": "p1"}
        tx.execute(update(t.filing).where(t.filing.c.id == original.id).values(answers=answers))
        change = changing(tx)
        left = {
            key: value for key, value in change.answers.items() if key not in ("paper", "pilot")
        }
        tx.execute(update(t.filing).where(t.filing.c.id == change.id).values(answers=left))
        merged_in(tx, change.id)
        after = one(tx)
        return after.answers["pilot"], after.filed_by

    assert town.call(story) == ("p1", ("chen", "lin", "tech"))


def merged_in(tx: Transaction, change_id: str) -> None:
    """Take a change that waits for the principal into its original."""
    desks = Desks(tx, sign(tx, tx.filings.known(change_id)))
    for task in tx.tasks.of(desks.filing):
        desks.act(task.desk.value, Act.OPINE, task)
    desks.act("basic", Act.APPROVE, desks.task(Desk.BASIC, TaskKind.DECISION))
    desks.act("tech2", Act.REGISTER, desks.task(Desk.TECH, TaskKind.REGISTRATION))


# --- a change that was rejected ------------------------------------------------------------------


def refused(tx: Transaction) -> Desks:
    """Take a change of the registered filing to its rejection."""
    desks = Desks(tx, sign(tx, changing(tx)))
    for task in tx.tasks.of(desks.filing):
        desks.act(task.desk.value, Act.OPINE, task)
    desks.act("basic", Act.REJECT, desks.task(Desk.BASIC, TaskKind.DECISION), reason="理由不足")
    return desks


def comes_back(tx: Transaction, desks: Desks, way: str) -> None:
    """Let the rejected change be decided again: the school appeals, or the lead thinks again."""
    if way == "appeal":
        filing = tx.filings.known(desks.filing.id)
        tx.appeals.take(filing, by=who(tx, "lin"), reason="另有说明", now=NOW)
    else:
        task = desks.task(Desk.BASIC, TaskKind.DECISION)
        tx.undoing.undo(task.id, by=who(tx, "basic"), now=NOW)


@pytest.mark.parametrize("way", ["appeal", "undo"])
def test_a_rejected_change_does_not_come_back_beside_another_one(town: Ledger, way: str) -> None:
    def story(tx: Transaction) -> None:
        desks = refused(tx)
        changing(tx)
        comes_back(tx, desks, way)

    with pytest.raises(NotAllowedError, match="另有变更正在办理"):
        town.call(story)


@pytest.mark.parametrize("way", ["appeal", "undo"])
def test_a_rejected_change_does_not_come_back_when_its_original_is_over(
    town: Ledger, way: str
) -> None:
    def story(tx: Transaction) -> None:
        desks = refused(tx)
        original = one(tx)
        tx.standing.cancel(original.id, seen=original.version, by=who(tx, "lin"), now=NOW)
        comes_back(tx, desks, way)

    with pytest.raises(NotAllowedError, match="现在是“已注销”，这项变更不再办理"):
        town.call(story)


@pytest.mark.parametrize("way", ["appeal", "undo"])
def test_a_rejected_change_comes_back_while_its_original_is_suspended(
    town: Ledger, way: str
) -> None:
    def story(tx: Transaction) -> Stage:
        desks = refused(tx)
        original = one(tx)
        tx.standing.suspend(
            original.id, seen=original.version, ground=FEE, reason="有收费",
            by=who(tx, "tech"), now=NOW,
        )  # fmt: skip
        comes_back(tx, desks, way)
        return tx.filings.known(desks.filing.id).stage

    assert town.call(story) is Stage.AWAITING_DECISION


def test_a_change_stays_with_the_desks_of_its_original(town: Ledger) -> None:
    def story(tx: Transaction) -> None:
        change = sign(tx, changing(tx))
        tx.rerouting.way(change, Fact.KIND, "terminal", RULES)

    with pytest.raises(RuleViolationError, match="的变更，由原备案的牵头部门办理，不能转出"):
        town.call(story)


# --- who stays out -------------------------------------------------------------------------------


def test_an_appeal_is_not_handed_to_who_rejected(town: Ledger) -> None:
    def story(tx: Transaction) -> None:
        _person(tx, "basic2", "基教二号", "D-basic", "reviewer")
        desks = refused(tx)
        comes_back(tx, desks, "appeal")
        fresh = desks.task(Desk.BASIC, TaskKind.DECISION)
        tx.hands.hand_over(
            fresh.id, who(tx, "basic"), by=who(tx, "basic2"), seen=fresh.version, now=NOW
        )

    with pytest.raises(NotAllowedError, match="须由另一位同志办理"):
        town.call(story)


def entered(tx: Transaction) -> Desks:
    """Take a filing that the clerk ``tech`` entered from paper to its registration."""
    filing = open_filing(tx, title="纸上阅读")
    answers = {**filing.answers, "paper": {"clerk": "tech", "signed_on": "2026-03-06"}}
    tx.execute(update(t.filing).where(t.filing.c.id == filing.id).values(answers=answers))
    desks = Desks(tx, sign(tx, tx.filings.known(filing.id)))
    for task in tx.tasks.of(desks.filing):
        desks.act("tech2" if task.desk is Desk.TECH else task.desk.value, Act.OPINE, task)
    return desks


def test_a_clerk_asks_nothing_back_of_what_came_on_their_paper(town: Ledger) -> None:
    def story(tx: Transaction) -> None:
        desks = entered(tx)
        desks.act("basic", Act.APPROVE, desks.task(Desk.BASIC, TaskKind.DECISION))
        task = desks.task(Desk.TECH, TaskKind.REGISTRATION)
        tx.hands.ask_lead(
            task.id, reason="请再核对", by=who(tx, "tech"), seen=task.version, now=NOW
        )

    with pytest.raises(NotAllowedError, match="由您本人报送"):
        town.call(story)


def test_a_clerk_sends_nothing_that_came_on_their_paper_elsewhere(town: Ledger) -> None:
    def story(tx: Transaction) -> None:
        tx.hands.role_in(entered(tx).filing, who(tx, "tech"), NOW.date())

    with pytest.raises(NotAllowedError, match="由您本人报送"):
        town.call(story)
