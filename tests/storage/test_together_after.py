"""What the acts of other rooms come to after a number: in what follows it, and in its content."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from handlers.annex_sheet import annex
from handlers.context import Office
from handlers.links import Links
from handlers.listed import published_cases
from storage import tables as t
from storage.cases import Filing, Task
from storage.check.following import following
from storage.ladders import ACCEPTANCE, AUDIT, Ladders
from storage.ledger import Ledger
from storage.rules.followup import FollowKind
from storage.rules.office import OfficeRules
from storage.rules.standing import GROUNDS
from storage.rules.terms import (
    Act,
    Desk,
    NotAllowedError,
)
from storage.transaction import Transaction
from tests.storage.conftest import NOW, TENANT
from tests.storage.office import (
    APP,
    TERMINAL,
    Desks,
    open_filing,
    register,
    settle_in,
    sign,
    who,
)
from tests.storage.test_standing import changing, merged, one, suspend
from tests.storage.test_together import merged_in

FEE = GROUNDS[0]


@pytest.fixture
def town(ledger: Ledger) -> Ledger:
    ledger.call(settle_in)
    ledger.call(register)
    return ledger


# --- what follows a number -----------------------------------------------------------------------


def costs_money(tx: Transaction) -> Filing:
    """Take a change into the registered filing by which it begins to cost money."""
    change = changing(tx)
    facts = {"facts": replace(APP, money=True).to_dict(), "explained": []}
    tx.execute(update(t.filing).where(t.filing.c.id == change.id).values(facts=facts))
    merged_in(tx, change.id)
    return one(tx)


def test_a_change_that_brings_money_brings_acceptance_and_audit_once(town: Ledger) -> None:
    def story(tx: Transaction) -> list[tuple[FollowKind, bool]]:
        assert tx.followups.of(one(tx)) == []
        costs_money(tx)
        costs_money(tx)
        return [(each.kind, each.due_on is not None) for each in tx.followups.of(one(tx))]

    assert town.call(story) == [(FollowKind.ACCEPTANCE, True), (FollowKind.AUDIT, False)]
    assert town.call(lambda tx: list(following(tx, NOW))) == []


def test_nobody_is_asked_to_accept_what_was_given_up_but_its_money_is_audited(
    town: Ledger,
) -> None:
    def story(tx: Transaction) -> tuple[set[FollowKind], set[FollowKind]]:
        filing = register(tx, TERMINAL, "平板项目")
        audit = tx.followups.one(filing, FollowKind.AUDIT)
        assert audit is not None
        due = update(t.followup).where(t.followup.c.id == audit.id).values(due_on=NOW.date())
        tx.execute(due)
        before = late(tx)
        tx.standing.cancel(filing.id, seen=filing.version, by=who(tx, "lin"), now=NOW)
        return before, late(tx)

    both = {FollowKind.ACCEPTANCE, FollowKind.AUDIT}
    assert town.call(story) == (both, {FollowKind.AUDIT})


def late(tx: Transaction) -> set[FollowKind]:
    """Return of what kinds something is reminded of in the end."""
    rungs = Ladders(tx.calendar, tx.people).standing(TENANT, OfficeRules(), date(2028, 1, 4))
    found = {one.ladder.matter for one in rungs if tx.execute(one.limits(1, None)).first()}
    return {FollowKind(matter) for matter in found & {ACCEPTANCE, AUDIT}}


def test_what_is_suspended_is_no_example(town: Ledger) -> None:
    def agreed(tx: Transaction) -> int:
        filing = one(tx)
        case = tx.followups.propose(filing, "精准教学", by=who(tx, "research"), now=NOW)
        tx.followups.consent(case, Act.CONSENT, by=who(tx, "lin"), seen=case.version, now=NOW)
        before = len(published_cases(tx, [TENANT]))
        suspend(tx)
        return before - len(published_cases(tx, [TENANT]))

    def story(tx: Transaction) -> None:
        tx.followups.propose(one(tx), "精准教学", by=who(tx, "research"), now=NOW)

    assert town.call(agreed) == 1
    with pytest.raises(NotAllowedError, match="现在是“暂停使用”，不能标记为典型案例"):
        town.call(story)


def test_the_annex_of_a_change_names_the_number_it_went_into(town: Ledger) -> None:
    office = Office({}, Links("http://127.0.0.1", b"k" * 32), ZoneInfo("Asia/Shanghai"))

    def story(tx: Transaction) -> str:
        sheet = annex(tx, merged(tx), office, NOW, phone_shown=False, opinions_shown=True)
        return str(sheet["registrar"][0]["note"])

    assert town.call(story) == "并入备案号 温教进校备〔2026〕0302A0001号（编号不变）"


# --- a review that may be taken over -------------------------------------------------------------


def looked_at(tx: Transaction, at: datetime) -> tuple[Filing, Task]:
    """Return a filing under review whose product's content was found clean on an earlier one."""
    first = Desks(tx, sign(tx, open_filing(tx)), at)
    first.act("legal", Act.OPINE, first.task(Desk.LEGAL), findings={"verdict": "none_found"})
    second = Desks(tx, sign(tx, open_filing(tx)))
    return second.filing, second.task(Desk.LEGAL)


@pytest.mark.parametrize(("ground", "stands"), [("fee", True), ("content", False)])
def test_a_review_is_not_taken_over_once_content_was_found_harmful(
    town: Ledger, ground: str, stands: bool
) -> None:
    def story(tx: Transaction) -> bool:
        filing, task = looked_at(tx, NOW + timedelta(hours=1))
        halted = one(tx)
        why = next(each for each in GROUNDS if each.key == ground)
        tx.standing.suspend(
            halted.id, seen=halted.version, ground=why, reason="见截图", by=who(tx, "tech"),
            now=NOW + timedelta(hours=2),
        )  # fmt: skip
        return tx.reviews.earlier(filing, task, NOW + timedelta(hours=3)) is not None

    assert town.call(story) is stands
