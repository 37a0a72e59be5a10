"""Evidence, proposals and earlier reviews in the books: whose they are, and what they may reach."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from storage import tables as t
from storage.cases import Filing, Task
from storage.check import check
from storage.ledger import Ledger
from storage.reviews import Earlier
from storage.rules.facts import Facts
from storage.rules.terms import Act, Desk, Kind, NotAllowedError, Role, SchoolStage
from storage.transaction import Transaction
from tests.storage.conftest import NOW
from tests.storage.office import Desks, open_filing, settle_in, sign, who

CLEAN = {"verdict": "none_found"}


@pytest.fixture
def office(ledger: Ledger) -> Ledger:
    ledger.call(settle_in)
    return ledger


def proves(tx: Transaction, filing: Filing, task: Task, by: str = "legal", no: int = 1) -> bool:
    """Add a picture to a task."""
    return tx.evidence.keep(
        task, filing, name="shot.png", digest=f"{no:064x}", size=70, media_type="image/png",
        by=who(tx, by), now=NOW,
    )  # fmt: skip


def test_evidence_is_kept_once_and_told_by_the_journal(office: Ledger) -> None:
    def story(tx: Transaction) -> list[bool]:
        filing = sign(tx, open_filing(tx))
        task = Desks(tx, filing).task(Desk.LEGAL)
        return [proves(tx, filing, task, no=no) for no in (1, 1, 2)]

    assert office.call(story) == [True, False, True]
    assert office.call(lambda tx: check(tx, NOW)) == []


@pytest.mark.parametrize("by", ["research", "basic", "chen", "lin"])
def test_nobody_but_the_desk_adds_to_its_evidence(office: Ledger, by: str) -> None:
    def story(tx: Transaction) -> None:
        filing = sign(tx, open_filing(tx))
        proves(tx, filing, Desks(tx, filing).task(Desk.LEGAL), by=by)

    with pytest.raises(NotAllowedError, match="没有这项权限"):
        office.call(story)


def test_what_a_colleague_decided_is_not_added_to(office: Ledger) -> None:
    def story(tx: Transaction) -> bool:
        filing = sign(tx, open_filing(tx))
        desks = Desks(tx, filing)
        task = desks.act("legal", Act.OPINE, desks.task(Desk.LEGAL))
        assert proves(tx, filing, task)
        return proves(tx, filing, task, by="legal2", no=2)

    with pytest.raises(NotAllowedError, match="已经办结"):
        office.call(story)


def test_a_withdrawn_task_takes_no_evidence(office: Ledger) -> None:
    def story(tx: Transaction) -> None:
        filing = sign(tx, open_filing(tx))
        tx.filings.withdraw(filing, by=who(tx, "lin"), role=Role.PRINCIPAL, now=NOW)
        proves(tx, filing, Desks(tx, filing).task(Desk.LEGAL))

    with pytest.raises(NotAllowedError, match="已经办结"):
        office.call(story)


# --- what may be taken over ----------------------------------------------------------------------


def reviewed(tx: Transaction, **findings: object) -> Filing:
    """Let 法规处 review one filing, and have another of the same product before it."""
    first = sign(tx, open_filing(tx, title="p1"))
    desks = Desks(tx, first)
    desks.act("legal", Act.OPINE, desks.task(Desk.LEGAL), findings={**CLEAN, **findings})
    return sign(tx, open_filing(tx, title="p1"))


def earlier(tx: Transaction, filing: Filing) -> Earlier | None:
    return tx.reviews.earlier(filing, Desks(tx, filing).task(Desk.LEGAL), NOW)


def test_a_clean_review_of_the_same_product_may_be_taken_over(office: Ledger) -> None:
    found = office.call(lambda tx: earlier(tx, reviewed(tx)))
    assert found is not None
    assert found.case_no == "26-0302-0001"


@pytest.mark.parametrize(
    "findings", [{"verdict": "found"}, {"verdict": "unclear"}, {"source": "an older one"}]
)
def test_what_found_something_or_was_itself_taken_over_is_not(
    office: Ledger, findings: dict[str, object]
) -> None:
    assert office.call(lambda tx: earlier(tx, reviewed(tx, **findings))) is None


def test_a_review_grows_old(office: Ledger) -> None:
    def story(tx: Transaction) -> Earlier | None:
        filing = reviewed(tx)
        task = Desks(tx, filing).task(Desk.LEGAL)
        return tx.reviews.earlier(filing, task, NOW + timedelta(days=366))

    assert office.call(story) is None


def test_products_that_are_in_no_register_are_not_known_to_be_the_same(office: Ledger) -> None:
    def story(tx: Transaction) -> Earlier | None:
        filing = reviewed(tx)
        tx.execute(update(t.filing).values(product_key="name:p1"))
        return earlier(tx, tx.filings.known(filing.id))

    assert office.call(story) is None


def test_only_an_application_is_compared(office: Ledger) -> None:
    devices = Facts(
        kind=Kind.TERMINAL, stages_in_use=(SchoolStage.PRIMARY,), preinstalled_apps=True
    )

    def story(tx: Transaction) -> Earlier | None:
        first = sign(tx, open_filing(tx, devices, "p1"))
        desks = Desks(tx, first)
        desks.act("legal", Act.OPINE, desks.task(Desk.LEGAL), findings=CLEAN)
        return earlier(tx, sign(tx, open_filing(tx, devices, "p1")))

    assert office.call(story) is None


def test_another_desk_takes_nothing_over(office: Ledger) -> None:
    def story(tx: Transaction) -> Earlier | None:
        first = sign(tx, open_filing(tx, title="p1"))
        desks = Desks(tx, first)
        desks.act("tech", Act.OPINE, desks.task(Desk.TECH), findings=CLEAN)
        second = sign(tx, open_filing(tx, title="p1"))
        return tx.reviews.earlier(second, Desks(tx, second).task(Desk.TECH), NOW)

    assert office.call(story) is None


# --- proposals -----------------------------------------------------------------------------------


def test_a_proposal_is_kept_with_its_opinion(office: Ledger) -> None:
    def story(tx: Transaction) -> tuple[bool, bool, int]:
        filing = sign(tx, open_filing(tx, title="p1"))
        desks = Desks(tx, filing)
        task = desks.act("legal", Act.OPINE, desks.task(Desk.LEGAL), verdict="against")
        before = tx.proposals.is_proposed("p1")
        tx.proposals.propose(task, filing, reason="有整本扫描", by=who(tx, "legal"), now=NOW)
        rows = tx.execute(select(t.stop_proposal.c.reason)).all()
        return before, tx.proposals.is_proposed("p1"), len(rows)

    assert office.call(story) == (False, True, 1)
    assert office.call(lambda tx: check(tx, NOW)) == []
