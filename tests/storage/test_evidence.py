"""Evidence, proposals and earlier reviews in the books: whose they are, and what they may reach."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from storage import tables as t
from storage.cases import Filing, StaleError, Task
from storage.check import check
from storage.gaps import CITY
from storage.ledger import Ledger
from storage.proposals import Proposal
from storage.reviews import Earlier
from storage.rules.facts import Facts
from storage.rules.terms import Act, Desk, Kind, NotAllowedError, Role, SchoolStage
from storage.stops import Stop
from storage.transaction import Transaction
from tests.storage.conftest import NOW, TENANT
from tests.storage.office import Desks, open_filing, settle_in, sign, who
from tests.storage.test_stops import centre

TODAY = date(2026, 3, 12)
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


# --- answers to proposals ------------------------------------------------------------------------


def proposed(tx: Transaction) -> Proposal:
    """Let 法规处 find something and propose a stop of the product."""
    filing = sign(tx, open_filing(tx, title="p1"))
    desks = Desks(tx, filing)
    task = desks.act("legal", Act.OPINE, desks.task(Desk.LEGAL), verdict="against")
    tx.proposals.propose(task, filing, reason="有整本扫描", by=who(tx, "legal"), now=NOW)
    (found,) = tx.proposals.open_for(TENANT)
    return found


def declines(tx: Transaction, found: Proposal, by: str = "tech", tenant: str = TENANT) -> None:
    tx.proposals.decline(found, tenant, reason="已删去", by=who(tx, by), day=TODAY, now=NOW)


def stops(tx: Transaction, found: Proposal) -> Stop:
    """Let the technology centre begin the stop that was proposed."""
    stop = tx.stops.propose(
        TENANT, product_key="p1", title="p1", ground=found.ground, reason=found.reason,
        stops_on=TODAY, by=who(tx, "tech"), day=TODAY, now=NOW,
    )  # fmt: skip
    tx.proposals.begin(found, stop, by=who(tx, "tech"), now=NOW)
    return stop


def answers(ledger: Ledger) -> list[tuple[str | None, str | None]]:
    """Return the answers of the ledger, which is sound."""
    assert ledger.call(lambda tx: check(tx, NOW)) == []
    columns = (t.stop_proposal.c.answer, t.stop_proposal.c.answered_by)
    return [tuple(row) for row in ledger.call(lambda tx: tx.execute(select(*columns)).all())]


def test_a_proposal_is_declined_once_and_by_the_technology_centre_alone(office: Ledger) -> None:
    found = office.call(proposed)
    office.call(lambda tx: centre(tx, "330303"))
    people = (("basic", TENANT), ("chen", TENANT), ("tech", "330303"), ("t3303031", "330303"))
    for by, tenant in people:
        with pytest.raises(NotAllowedError, match="教育技术部门"):
            office.call(lambda tx, by=by, tenant=tenant: declines(tx, found, by, tenant))
    office.call(lambda tx: declines(tx, found))
    assert answers(office) == [("declined", "tech")]
    assert not office.call(lambda tx: tx.proposals.is_proposed("p1"))
    for again in (
        lambda tx: declines(tx, found, "tech2"),
        lambda tx: stops(tx, found),
        lambda tx: tx.proposals.waiting(found.task_id, TENANT),
    ):
        with pytest.raises(StaleError, match="已由教育tech答复"):
            office.call(again)


def test_what_a_stop_was_begun_from_waits_for_the_second_person(office: Ledger) -> None:
    found = office.call(proposed)
    stop = office.call(lambda tx: stops(tx, found))
    # nor is it the city's to take up at the same time
    for tenant in (TENANT, CITY):
        assert office.call(lambda tx, tenant=tenant: tx.proposals.open_for(tenant)) == []
    with pytest.raises(StaleError, match="等另一位同志确认"):
        office.call(lambda tx: declines(tx, found))

    def refused(tx: Transaction, by: str) -> int:
        dropped = tx.stops.drop(stop.id, by=who(tx, by), day=TODAY, now=NOW)
        return len(tx.proposals.refuse(dropped, by=who(tx, by), now=NOW))

    assert office.call(lambda tx: refused(tx, "tech")) == 0
    assert office.call(lambda tx: tx.proposals.waiting(found.task_id, TENANT)) == found
    stop = office.call(lambda tx: stops(tx, found))
    assert office.call(lambda tx: refused(tx, "tech2")) == 1
    assert answers(office) == [("declined", "tech2")]


def test_a_stop_answers_what_proposed_it_also_where_it_was_begun_without(office: Ledger) -> None:
    found = office.call(proposed)

    def story(tx: Transaction) -> list[int]:
        stop = tx.stops.propose(
            TENANT, product_key="p1", title="p1", ground=found.ground, reason="有害",
            stops_on=TODAY, by=who(tx, "tech"), day=TODAY, now=NOW,
        )  # fmt: skip
        stop = tx.stops.confirm(stop.id, by=who(tx, "tech2"), day=TODAY, now=NOW)
        return [len(tx.proposals.adopt(stop, by=who(tx, "tech2"), now=NOW)) for _ in range(2)]

    assert office.call(story) == [1, 0]
    assert answers(office) == [("adopted", "tech2")]


def test_another_county_is_not_told_and_what_was_taken_back_waits_for_nobody(
    office: Ledger,
) -> None:
    found = office.call(proposed)
    assert office.call(lambda tx: tx.proposals.open_for("330303")) == []
    assert len(office.call(lambda tx: tx.proposals.open_for(CITY))) == 1
    assert office.call(lambda tx: tx.proposals.is_proposed("p1"))
    office.call(lambda tx: tx.undoing.undo(found.task_id, by=who(tx, "legal"), now=NOW))
    assert office.call(lambda tx: tx.proposals.open_for(CITY)) == []
    assert not office.call(lambda tx: tx.proposals.is_proposed("p1"))


@pytest.mark.parametrize(
    ("damage", "finding"),
    [
        ({"answered_by": "tech"}, "answered by nobody"),
        ({"stop_id": "none"}, "of something else"),
        ({"answer": "adopted", "answered_by": "tech", "answered_at": NOW}, "stopped anything"),
    ],
)
def test_a_damaged_answer_is_found(office: Ledger, damage: dict[str, object], finding: str) -> None:
    office.call(proposed)
    office.call(lambda tx: tx.execute(update(t.stop_proposal).values(**damage)))
    assert any(finding in one for one in office.call(lambda tx: check(tx, NOW)))
