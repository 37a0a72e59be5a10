"""What the acts of one room come to in another: appeals, changes, pilots, stops, people, paper."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from storage import tables as t
from storage.cases import Filing
from storage.check import check
from storage.figures import Scope, Window
from storage.ledger import Ledger
from storage.rules.absences import Span
from storage.rules.correcting import Fact
from storage.rules.periods import month
from storage.rules.standing import GROUNDS
from storage.rules.terms import (
    Act,
    Desk,
    NotAllowedError,
    Role,
    RuleViolationError,
    Stage,
    TaskKind,
    TaskState,
)
from storage.transaction import Transaction
from tests.storage.conftest import NOW, TENANT
from tests.storage.office import (
    RULES,
    SCHOOL,
    Desks,
    hire,
    open_filing,
    register,
    settle_in,
    sign,
    who,
)
from tests.storage.pilots import ask, more_staff, run
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
        hire(tx, "basic2", "基教二号", "D-basic", "reviewer")
        desks = refused(tx)
        comes_back(tx, desks, "appeal")
        fresh = next(each for each in tx.tasks.of(desks.filing) if each.state is TaskState.OPEN)
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


def test_who_is_principal_now_confirms_the_announcement(town: Ledger) -> None:
    def story(tx: Transaction) -> bool:
        hire(tx, "zhao", "赵校长", SCHOOL, "principal")
        return tx.announcements.announce(one(tx), wording="…", by=who(tx, "zhao"), now=NOW)

    assert town.call(story)


# --- people who are away, or gone ----------------------------------------------------------------


def test_who_stands_in_is_asked_and_may_be_the_second_person(town: Ledger) -> None:
    def story(tx: Transaction) -> tuple[bool, bool, str]:
        away = Span(NOW.date(), NOW.date())
        tx.absences.record(who(tx, "tech2"), who(tx, "legal"), away, now=NOW, today=NOW.date())
        asked = [each.id for each in tx.standing.colleagues(one(tx), NOW.date())]
        stop = tx.stops.propose(
            TENANT, product_key="云阅读", title="云阅读", ground=FEE, reason="有收费",
            stops_on=NOW.date(), by=who(tx, "tech"), day=NOW.date(), now=NOW,
        )  # fmt: skip
        able = [each.id for each in tx.stops.confirmers(TENANT, "tech", NOW.date())]
        stop = tx.stops.confirm(stop.id, by=who(tx, "legal"), day=NOW.date(), now=NOW)
        return "legal" in asked, "legal" in able, stop.state

    assert town.call(story) == (True, True, "confirmed")


def test_a_running_pilot_is_taken_on_by_nobody_who_looked_at_it(town: Ledger) -> None:
    def story(tx: Transaction) -> tuple[list[str], list[str], str]:
        more_staff(tx)
        waiting = ask(tx, title="云口语")
        pilot = run(tx, title="云听力")
        gone = update(t.post).where(t.post.c.person_id == "chen")
        tx.execute(gone.values(valid_to=NOW.date() - timedelta(days=1)))
        left = tx.succession.ownerless(NOW.date())
        able = tx.succession.candidates(TENANT, SCHOOL, NOW.date(), pilot)
        tx.succession.take_on(pilot, who(tx, "li"), by=who(tx, "lin"), now=NOW)
        assert waiting.id not in {each.id for each in left}
        return [each.title for each in left], [each.id for each in able], owner_of(tx, pilot)

    assert town.call(story) == (["云听力"], ["li"], "li")
    assert town.call(lambda tx: check(tx, NOW)) == []


def owner_of(tx: Transaction, filing: Filing) -> str:
    return tx.filings.known(filing.id).owner_id


@pytest.mark.parametrize("act", ["withdraw", "take_back"])
def test_who_left_the_school_takes_nothing_back(town: Ledger, act: str) -> None:
    def story(tx: Transaction) -> None:
        filing = open_filing(tx, title="云听力")
        gone = update(t.post).where(t.post.c.person_id == "chen")
        tx.execute(gone.values(valid_to=NOW.date() - timedelta(days=1)))
        if act == "withdraw":
            tx.filings.withdraw(filing, by=who(tx, "chen"), role=Role.OWNER, now=NOW)
        else:
            tx.filings.take_back(filing, by=who(tx, "chen"), now=NOW)

    with pytest.raises(NotAllowedError, match="只有这件备案的经办人"):
        town.call(story)


def test_a_late_tap_on_what_was_taken_back_hears_that_it_was(town: Ledger) -> None:
    def story(tx: Transaction) -> str:
        desks = refused(tx)
        task = desks.task(Desk.BASIC, TaskKind.DECISION)
        comes_back(tx, desks, "undo")
        return tx.tasks.what_happened(tx.tasks.known(task.id))

    assert "的这次办理已撤销，请看最新的一张卡片" in town.call(story)


# --- what the office counts and reads ------------------------------------------------------------


def test_a_running_pilot_is_neither_under_way_nor_received(town: Ledger) -> None:
    everything = Scope((TENANT,))
    march = Window.of(month(NOW.date()), ZoneInfo("Asia/Shanghai"))

    def story(tx: Transaction) -> tuple[list[str], dict[str, int], int, tuple[int, int]]:
        more_staff(tx)
        run(tx, title="云听力")
        figures = tx.figures.by_tenant(everything, march)[TENANT]
        under_way = [each.line.title for each in tx.board.running(everything)]
        kinds = tx.figures.kinds(everything, march)
        return under_way, tx.board.count_running(everything), figures.received, kinds["应用"]

    assert town.call(story) == ([], {}, 1, (1, 1))


def test_the_trail_says_in_words_what_every_part_wrote(town: Ledger) -> None:
    def story(tx: Transaction) -> str:
        desks = refused(tx)
        task = desks.task(Desk.BASIC, TaskKind.DECISION)
        tx.hands.open(task, by=who(tx, "basic"), now=NOW)
        tx.hands.supplement(desks.filing, "请看附件", by=who(tx, "basic"), now=NOW)
        comes_back(tx, desks, "appeal")
        return desks.filing.id

    filing_id = town.call(story)
    steps = town.call(lambda tx: tx.trail.steps(tx.filings.known(filing_id)))
    assert [(each.act, each.why) for each in steps[-4:]] == [
        ("不予通过", "理由不足"),
        ("查看任务", ""),
        ("补充意见", "请看附件"),
        ("申请复核", "另有说明"),
    ]


def test_a_pilot_whose_full_filing_came_to_nothing_may_be_followed_again(town: Ledger) -> None:
    def story(tx: Transaction) -> tuple[bool, bool]:
        more_staff(tx)
        pilot = run(tx, title="云听力")
        full = open_filing(tx, title="云听力")
        named = {**full.answers, "pilot": pilot.id}
        tx.execute(update(t.filing).where(t.filing.c.id == full.id).values(answers=named))
        tx.pilots.follow(tx.filings.known(full.id), who(tx, "chen"), NOW)
        found = tx.pilots.known(pilot.id)
        running = tx.pilots.follower(found) is not None
        tx.filings.withdraw(full, by=who(tx, "chen"), role=Role.OWNER, now=NOW)
        return running, tx.pilots.follower(found) is None

    assert town.call(story) == (True, True)
