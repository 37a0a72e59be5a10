"""What the books allow with a registered filing, and to whom."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import insert, update

from storage import tables as t
from storage.cases import Filing, StaleError
from storage.check import check
from storage.ledger import Ledger
from storage.rules.amend import Change, narrowed
from storage.rules.routing import route
from storage.rules.standing import GROUNDS
from storage.rules.terms import Act, Desk, NotAllowedError, Role, Stage, TaskKind
from storage.transaction import Transaction
from tests.storage.conftest import NOW, TENANT
from tests.storage.office import APP, RULES, SCHOOL, Desks, register, settle_in, sign, who

FEE = GROUNDS[0]
OVER = date(2028, 9, 1)


@pytest.fixture
def town(ledger: Ledger) -> Ledger:
    ledger.call(settle_in)
    ledger.call(register)
    return ledger


def one(tx: Transaction) -> Filing:
    return next(
        filing for filing in tx.filings.of_school(TENANT, SCHOOL) if filing.number is not None
    )


def suspend(tx: Transaction, by: str = "basic"):  # type: ignore[no-untyped-def]
    filing = one(tx)
    return tx.standing.suspend(
        filing.id, seen=filing.version, ground=FEE, reason="有收费", by=who(tx, by), now=NOW
    )


def propose(tx: Transaction, by: str = "basic"):  # type: ignore[no-untyped-def]
    filing = one(tx)
    return tx.standing.propose_revoke(
        filing.id, seen=filing.version, ground=FEE, reason="有收费", by=who(tx, by), now=NOW
    )


def resume(tx: Transaction, by: str = "tech") -> Filing:
    filing = one(tx)
    return tx.standing.resume(
        filing.id, seen=filing.version, reason="已整改", by=who(tx, by), now=NOW
    )


def changing(tx: Transaction, change: Change = Change.SCOPE) -> Filing:
    """Send a change of the registered filing to the principal."""
    original = tx.amendments.must_be_open_to(one(tx).id, change)
    draft = tx.drafts.open(
        tenant=TENANT, unit_code=SCHOOL, person_id="chen", matter="campus_app", now=NOW
    )
    whole = route(APP, RULES)
    leads = tuple(part.lead.desk for part in original.parts)
    (made,) = tx.filings.open(
        draft, title="云阅读（变更）", product_key="云阅读", facts=APP, explained=(),
        answers={**original.answers, "students": 900, "change_words": "五年级也用"},
        route=narrowed(whole, change, leads, APP), office=RULES, number_code="0302",
        owner=who(tx, "chen"), principal=who(tx, "lin"), now=NOW,
        amends=original.id, change=change.value,
    )  # fmt: skip
    return made


def merged(tx: Transaction, change: Change = Change.SCOPE) -> Filing:
    """Take a change of the registered filing to its end; return it."""
    made = sign(tx, changing(tx, change))
    desks = Desks(tx, made)
    for task in tx.tasks.of(made):
        desks.act(task.desk.value, Act.OPINE, task)
    desks.act("basic", Act.APPROVE, desks.task(Desk.BASIC, TaskKind.DECISION))
    desks.act("tech2", Act.REGISTER, desks.task(Desk.TECH, TaskKind.REGISTRATION))
    return tx.filings.known(made.id)


# --- suspending and resuming ---------------------------------------------------------------------


@pytest.mark.parametrize("by", ["basic", "tech"])
def test_the_lead_and_the_technology_centre_suspend_and_resume(town: Ledger, by: str) -> None:
    town.call(lambda tx: suspend(tx, by))
    assert town.call(one).stage is Stage.SUSPENDED
    assert town.call(resume).stage is Stage.REGISTERED
    assert town.call(one).number is not None
    assert town.call(lambda tx: check(tx, NOW)) == []


@pytest.mark.parametrize("by", ["legal", "chen", "lin"])
def test_nobody_else_suspends_proposes_or_resumes(town: Ledger, by: str) -> None:
    for act in (suspend, propose):
        with pytest.raises(NotAllowedError, match="牵头部门或教育技术部门"):
            town.call(lambda tx, act=act: act(tx, by))
    town.call(suspend)
    with pytest.raises(NotAllowedError, match="牵头部门或教育技术部门"):
        town.call(lambda tx: resume(tx, by))


def test_a_post_that_has_ended_suspends_nothing(town: Ledger) -> None:
    ended = update(t.post).where(t.post.c.person_id == "basic").values(valid_to=date(2026, 3, 11))
    town.call(lambda tx: tx.execute(ended))
    with pytest.raises(NotAllowedError):
        town.call(suspend)


def test_who_filed_it_does_not_decide_on_it_at_the_desk(town: Ledger) -> None:
    town.call(
        lambda tx: tx.execute(
            insert(t.post).values(
                tenant=TENANT, unit_code="D-basic", person_id="chen", role="reviewer",
                valid_from=date(2026, 1, 1),
            )
        )
    )  # fmt: skip
    with pytest.raises(NotAllowedError, match="由您本人报送"):
        town.call(lambda tx: suspend(tx, "chen"))


def test_a_filing_is_in_force_again_when_the_last_ground_is_lifted(town: Ledger) -> None:
    town.call(suspend)
    town.call(lambda tx: tx.standing.stop(one(tx), "s1", "有害", FEE.clause, "tech", NOW))
    town.call(resume)
    assert town.call(one).stage is Stage.SUSPENDED
    with pytest.raises(NotAllowedError, match="作出停用的教育技术部门"):
        town.call(resume)

    def unstop(tx: Transaction) -> Filing:
        filing = one(tx)
        (measure,) = tx.standing.measures(filing, "in_force")
        return tx.standing.unstop(measure, filing, "tech", NOW)

    assert town.call(unstop).stage is Stage.REGISTERED


def test_what_has_moved_since_it_was_seen_is_told_and_not_done(town: Ledger) -> None:
    seen = town.call(one)
    town.call(suspend)

    def late(tx: Transaction) -> object:
        return tx.standing.suspend(
            seen.id, seen=seen.version, ground=FEE, reason="x", by=who(tx, "tech"), now=NOW
        )

    with pytest.raises(StaleError, match="现在是“暂停使用”"):
        town.call(late)


# --- revoking ------------------------------------------------------------------------------------


def test_two_persons_revoke_and_the_number_stays(town: Ledger) -> None:
    measure = town.call(propose)
    assert town.call(one).stage is Stage.REGISTERED
    with pytest.raises(NotAllowedError, match="另一位同志"):
        town.call(lambda tx: tx.standing.confirm_revoke(measure.id, by=who(tx, "basic"), now=NOW))
    town.call(lambda tx: tx.standing.confirm_revoke(measure.id, by=who(tx, "tech"), now=NOW))
    filing = town.call(one)
    assert (filing.stage, filing.number is None) == (Stage.REVOKED, False)
    assert town.call(lambda tx: check(tx, NOW)) == []


def test_a_proposal_is_confirmed_or_dropped_once(town: Ledger) -> None:
    measure = town.call(propose)
    with pytest.raises(StaleError, match="提出撤销"):
        town.call(lambda tx: propose(tx, "tech"))
    town.call(lambda tx: tx.standing.drop_revoke(measure.id, by=who(tx, "tech"), now=NOW))
    with pytest.raises(StaleError, match="已经撤回或未获同意"):
        town.call(lambda tx: tx.standing.confirm_revoke(measure.id, by=who(tx, "tech"), now=NOW))
    assert town.call(one).stage is Stage.REGISTERED
    town.call(propose)


def test_revoking_ends_suspensions_and_running_changes(town: Ledger) -> None:
    change = town.call(lambda tx: sign(tx, changing(tx)))
    town.call(suspend)
    measure = town.call(propose)
    town.call(lambda tx: tx.standing.confirm_revoke(measure.id, by=who(tx, "tech"), now=NOW))
    assert town.call(lambda tx: tx.filings.known(change.id)).stage is Stage.WITHDRAWN
    states = {task.state.value for task in town.call(lambda tx: tx.tasks.of(change))}
    assert states == {"superseded"}
    assert town.call(lambda tx: check(tx, NOW)) == []


# --- giving up and expiring ----------------------------------------------------------------------


def cancel(tx: Transaction, by: str = "lin") -> Filing:
    filing = one(tx)
    return tx.standing.cancel(filing.id, seen=filing.version, by=who(tx, by), now=NOW)


def test_only_the_principal_cancels_and_the_number_stays(town: Ledger) -> None:
    for by in ("chen", "tech"):
        with pytest.raises(NotAllowedError, match="校长"):
            town.call(lambda tx, by=by: cancel(tx, by))
    town.call(propose)
    filing = town.call(cancel)
    assert (filing.stage, filing.number is None) == (Stage.CANCELLED, False)
    with pytest.raises(NotAllowedError, match="已注销"):
        town.call(suspend)
    assert town.call(lambda tx: check(tx, NOW)) == []


def test_a_filing_expires_the_day_after_its_last_and_only_once(town: Ledger) -> None:
    filing = town.call(one)
    last = filing.valid_until
    assert last == date(2028, 8, 31)
    assert town.call(lambda tx: tx.standing.lapsed(last)) == []
    assert town.call(lambda tx: tx.standing.lapse(filing.id, last, NOW)) is None
    assert town.call(lambda tx: tx.standing.lapsed(OVER)) == [filing.id]
    expired = town.call(lambda tx: tx.standing.lapse(filing.id, OVER, NOW))
    assert expired is not None and expired.stage is Stage.EXPIRED
    assert town.call(lambda tx: tx.standing.lapse(filing.id, OVER, NOW)) is None
    assert town.call(lambda tx: tx.standing.lapsed(OVER)) == []


def test_what_is_suspended_does_not_expire_before_it_is_resumed(town: Ledger) -> None:
    town.call(suspend)
    assert town.call(lambda tx: tx.standing.lapsed(OVER)) == []
    town.call(resume)
    assert len(town.call(lambda tx: tx.standing.lapsed(OVER))) == 1


# --- changes -------------------------------------------------------------------------------------


def test_a_registered_change_goes_into_its_original_which_keeps_its_number(town: Ledger) -> None:
    before = town.call(one)
    change = town.call(merged)
    after = town.call(one)
    assert (change.stage, change.number) == (Stage.MERGED, None)
    assert (after.id, after.number, after.stage) == (before.id, before.number, Stage.REGISTERED)
    assert after.answers["students"] == 900 and "change_words" not in after.answers
    assert after.title == before.title and after.valid_until == before.valid_until
    entries = town.call(lambda tx: list(tx.journal.of(TENANT, after.id)))
    assert entries[-1].act == "amend"
    assert entries[-1].rows[0]["note"] == {"change": change.case_no, "changed": ["students"]}
    assert town.call(lambda tx: check(tx, NOW)) == []


def test_one_change_at_a_time_and_only_of_what_is_in_force(town: Ledger) -> None:
    change = town.call(changing)
    with pytest.raises(NotAllowedError, match=f"正在办理（{change.case_no}，范围扩大）"):
        town.call(changing)
    town.call(
        lambda tx: tx.filings.withdraw(change, by=who(tx, "lin"), role=Role.PRINCIPAL, now=NOW)
    )
    town.call(suspend)
    with pytest.raises(NotAllowedError, match="暂停使用"):
        town.call(changing)


def test_a_change_registered_while_suspended_leaves_it_suspended(town: Ledger) -> None:
    def act(tx: Transaction) -> None:
        made = sign(tx, changing(tx))
        suspend(tx)
        desks = Desks(tx, made)
        for task in tx.tasks.of(made):
            desks.act(task.desk.value, Act.OPINE, task)
        desks.act("basic", Act.APPROVE, desks.task(Desk.BASIC, TaskKind.DECISION))
        desks.act("tech2", Act.REGISTER, desks.task(Desk.TECH, TaskKind.REGISTRATION))

    town.call(act)
    filing = town.call(one)
    assert filing.stage is Stage.SUSPENDED and filing.answers["students"] == 900


@pytest.mark.parametrize("expired", [False, True])
def test_a_renewal_moves_the_end_and_keeps_the_number(town: Ledger, expired: bool) -> None:
    filing = town.call(one)
    if expired:
        town.call(lambda tx: tx.standing.lapse(filing.id, OVER, NOW))

    def shorten(tx: Transaction) -> None:
        # as if it had been registered years ago
        entry = tx.journal.begin(tenant=TENANT, at=NOW, act="test", subject=filing.id)
        entry.update(t.filing, {"id": filing.id}, {}, valid_until=date(2026, 8, 31))

    town.call(shorten)
    town.call(lambda tx: merged(tx, Change.RENEWAL))
    after = town.call(one)
    assert (after.stage, after.number) == (Stage.REGISTERED, filing.number)
    assert after.valid_until == date(2028, 8, 31)
    assert town.call(lambda tx: check(tx, NOW)) == []


# --- another person in charge --------------------------------------------------------------------


def add_teacher(tx: Transaction) -> None:
    tx.execute(insert(t.person).values(id="zhao", name="赵敏"))
    tx.execute(
        insert(t.post).values(
            tenant=TENANT, unit_code=SCHOOL, person_id="zhao", role="owner",
            valid_from=date(2026, 1, 1),
        )
    )  # fmt: skip


def name(tx: Transaction, new: str = "zhao"):  # type: ignore[no-untyped-def]
    return tx.amendments.propose_owner(
        one(tx).id, new_owner=who(tx, new), role=Role.OWNER, by=who(tx, "chen"), now=NOW
    )


@pytest.mark.parametrize("by", ["zhao", "lin"])
def test_another_person_in_charge_counts_on_their_own_or_the_principal_s_word(
    town: Ledger, by: str
) -> None:
    town.call(add_teacher)
    proposed = town.call(name)
    assert town.call(one).project_owner_id == "chen"

    def confirm(tx: Transaction, person: str) -> Filing:
        return tx.amendments.confirm_owner(
            proposed.id, new_owner=who(tx, "zhao"), phone="sealed", by=who(tx, person), now=NOW
        )

    with pytest.raises(NotAllowedError, match="本人或校长"):
        town.call(lambda tx: confirm(tx, "chen"))
    filing = town.call(lambda tx: confirm(tx, by))
    assert (filing.project_owner_id, filing.owner_id, filing.stage) == (
        "zhao", "zhao", Stage.REGISTERED,
    )  # fmt: skip
    with pytest.raises(StaleError, match="已经登记"):
        town.call(lambda tx: confirm(tx, by))
    assert town.call(lambda tx: check(tx, NOW)) == []


def test_who_decided_on_a_filing_does_not_come_to_answer_for_it(town: Ledger) -> None:
    with pytest.raises(NotAllowedError, match="办理过这件备案的审查"):
        town.call(lambda tx: name(tx, "basic"))
    with pytest.raises(NotAllowedError, match="现在就是陈晓"):
        town.call(lambda tx: name(tx, "chen"))


def test_a_later_name_takes_the_place_of_an_earlier_one(town: Ledger) -> None:
    town.call(add_teacher)
    first = town.call(name)
    town.call(lambda tx: name(tx, "lin"))
    with pytest.raises(StaleError, match="已经取消"):
        town.call(lambda tx: tx.amendments.drop_owner(first.id, by=who(tx, "lin"), now=NOW))


def test_a_change_under_way_does_not_bring_the_former_person_back(town: Ledger) -> None:
    town.call(add_teacher)

    def act(tx: Transaction) -> None:
        made = sign(tx, changing(tx))
        proposed = name(tx)
        tx.amendments.confirm_owner(
            proposed.id, new_owner=who(tx, "zhao"), phone="sealed", by=who(tx, "lin"), now=NOW
        )
        desks = Desks(tx, made, NOW + timedelta(minutes=1))
        for task in tx.tasks.of(made):
            desks.act(task.desk.value, Act.OPINE, task)
        desks.act("basic", Act.APPROVE, desks.task(Desk.BASIC, TaskKind.DECISION))
        desks.act("tech2", Act.REGISTER, desks.task(Desk.TECH, TaskKind.REGISTRATION))

    town.call(act)
    assert town.call(one).answers["owner"]["name"] == "赵敏"
