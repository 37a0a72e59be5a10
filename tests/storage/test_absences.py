"""The right of a substitute: in the ledger, for its days, and asked where the act commits."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import insert, update

from storage import tables as t
from storage.absences import Absence
from storage.check import check
from storage.ledger import Ledger
from storage.rules.absences import Span
from storage.rules.terms import Act, Desk, NotAllowedError
from storage.transaction import Transaction
from tests.storage.conftest import NOW, TENANT
from tests.storage.office import Desks, open_filing, settle_in, sign, who
from tests.storage.test_check import free_journal

DAY = date(2026, 3, 12)
TOMORROW = DAY + timedelta(days=1)
ELSEWHERE = {"tenant": "330303", "code": "L-legal", "name": "法规科", "kind": "department",
             "area": "330303", "owner": "county", "ownership": "", "levels": [],
             "desks": ["legal"]}  # fmt: skip


@pytest.fixture
def office(ledger: Ledger) -> Ledger:
    ledger.call(settle_in)
    return ledger


def away(tx: Transaction, person: str = "research", substitute: str = "finance") -> Absence:
    return tx.absences.record(
        who(tx, person), who(tx, substitute), Span(DAY, TOMORROW), now=NOW, today=DAY
    )


def test_a_substitute_s_right_is_asked_again_where_the_act_commits(office: Ledger) -> None:
    filing = office.call(lambda tx: sign(tx, open_filing(tx)))
    absence = office.call(away)
    as_loaded = office.call(lambda tx: who(tx, "finance"))
    office.call(lambda tx: tx.absences.end(absence.id, by="research", now=NOW))

    def act(tx: Transaction) -> object:
        task = Desks(tx, filing).task(Desk.RESEARCH)
        return tx.tasks.record(task.id, Act.OPINE, by=as_loaded, seen=task.version, now=NOW)

    with pytest.raises(NotAllowedError, match="您的代办已经结束"):
        office.call(act)


@pytest.mark.parametrize(
    ("day", "may"),
    [(DAY - timedelta(days=1), False), (DAY, True), (TOMORROW, True),
     (TOMORROW + timedelta(days=1), False)],
)  # fmt: skip
def test_the_right_holds_for_its_days_and_no_longer(office: Ledger, day: date, may: bool) -> None:
    office.call(away)
    finance = office.call(lambda tx: who(tx, "finance"))
    assert (finance.at_desk(TENANT, Desk.RESEARCH, day) is not None) is may
    post = finance.at_desk(TENANT, Desk.FINANCE, day)
    assert post is not None
    assert post.stands_for == ""


def test_one_right_that_ended_is_none_beside_one_that_lives(office: Ledger) -> None:
    ended = office.call(lambda tx: away(tx, "research"))
    office.call(lambda tx: away(tx, "legal"))
    office.call(lambda tx: tx.absences.end(ended.id, by="research", now=NOW))
    finance = office.call(lambda tx: who(tx, "finance"))
    assert finance.at_desk(TENANT, Desk.LEGAL, DAY) is not None
    assert finance.at_desk(TENANT, Desk.RESEARCH, DAY) is None


def test_who_changed_to_another_authority_stands_in_no_more(office: Ledger) -> None:
    office.call(away)
    office.call(lambda tx: tx.execute(insert(t.unit).values(ELSEWHERE)))
    moves = update(t.post).where(t.post.c.person_id == "finance")
    office.call(lambda tx: tx.execute(moves.values(tenant="330303", unit_code="L-legal")))
    finance = office.call(lambda tx: who(tx, "finance"))
    assert finance.at_desk("330303", Desk.LEGAL, DAY) is not None
    assert finance.at_desk(TENANT, Desk.RESEARCH, DAY) is None


def test_what_a_substitute_decided_is_sound_and_says_for_whom(office: Ledger) -> None:
    filing = office.call(lambda tx: sign(tx, open_filing(tx)))
    office.call(away)

    def act(tx: Transaction) -> str:
        desks = Desks(tx, filing)
        task = desks.act("finance", Act.OPINE, desks.task(Desk.RESEARCH))
        decision = tx.tasks.decision(task)
        assert decision is not None
        return tx.tasks.signer(decision)

    assert office.call(act) == "计财finance（代教育research）"
    assert office.call(lambda tx: check(tx, NOW)) == []
    # without the absence the same decision is nobody's to make
    office.call(lambda tx: tx.execute(update(t.absence).values(person_id="legal")))
    findings = office.call(lambda tx: check(tx, NOW))
    assert any("decided without a post" in line for line in findings)


def test_what_was_decided_after_the_return_is_found(office: Ledger) -> None:
    filing = office.call(lambda tx: sign(tx, open_filing(tx)))
    office.call(away)

    def act(tx: Transaction) -> None:
        desks = Desks(tx, filing)
        desks.act("finance", Act.OPINE, desks.task(Desk.RESEARCH))

    office.call(act)
    before = NOW - timedelta(minutes=2)
    office.call(lambda tx: tx.execute(update(t.absence).values(ended_at=before)))
    findings = office.call(lambda tx: check(tx, NOW))
    assert any("decided without a post" in line for line in findings)


def test_an_absence_is_started_and_ended_once(office: Ledger) -> None:
    absence = office.call(away)
    assert office.call(lambda tx: tx.absences.due(DAY)) == [absence.id]
    assert office.call(lambda tx: tx.absences.start(absence.id, NOW))
    assert not office.call(lambda tx: tx.absences.start(absence.id, NOW))
    assert office.call(lambda tx: tx.absences.due(TOMORROW)) == []
    after = TOMORROW + timedelta(days=1)
    assert office.call(lambda tx: tx.absences.due(after)) == [absence.id]
    office.call(lambda tx: tx.absences.end(absence.id, by="", now=NOW))
    with pytest.raises(NotAllowedError, match="已经结束，不必再办"):
        office.call(lambda tx: tx.absences.end(absence.id, by="", now=NOW))
    assert office.call(lambda tx: check(tx, NOW)) == []


def test_somebody_of_another_department_without_a_desk_may_not_stand_in(office: Ledger) -> None:
    only = update(t.post).where(t.post.c.person_id == "finance").values(role="auditor")
    office.call(lambda tx: tx.execute(only))
    with pytest.raises(NotAllowedError, match="计财finance不能代办"):
        office.call(away)
    # who is at the department itself may, whatever their post there
    office.call(lambda tx: tx.execute(only.values(unit_code="D-research")))
    assert office.call(away).substitute_id == "finance"


def test_who_works_for_another_authority_may_not_stand_in(office: Ledger) -> None:
    office.call(lambda tx: tx.execute(insert(t.unit).values(ELSEWHERE)))
    elsewhere = update(t.post).where(t.post.c.person_id == "finance")
    office.call(lambda tx: tx.execute(elsewhere.values(tenant="330303", unit_code="L-legal")))
    with pytest.raises(NotAllowedError, match="计财finance不能代办"):
        office.call(away)


def row(number: int, person: str, substitute: str) -> dict[str, object]:
    return {
        "tenant": TENANT, "id": f"a{number}", "person_id": person, "substitute_id": substitute,
        "from_on": DAY, "to_on": TOMORROW, "made_at": NOW,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "finding"),
    [
        ([("legal", "legal")], "has its own person as substitute"),
        ([("legal", "basic"), ("legal", "tech")], "of one person overlap"),
        ([("legal", "basic"), ("basic", "tech")], "is away too"),
    ],
)
def test_rights_that_were_handed_on_are_found(
    office: Ledger, rows: list[tuple[str, str]], finding: str
) -> None:
    written = [row(number, *one) for number, one in enumerate(rows)]
    office.call(lambda tx: tx.execute(insert(t.absence), written))
    findings = office.call(lambda tx: check(tx, NOW))
    assert any(finding in line for line in findings), findings


def test_a_task_that_nobody_can_do_is_found_until_somebody_was_told(office: Ledger) -> None:
    filing = office.call(lambda tx: sign(tx, open_filing(tx)))
    gone = update(t.post).where(t.post.c.person_id == "research")
    office.call(lambda tx: tx.execute(gone.values(valid_to=DAY - timedelta(days=1))))
    task = office.call(lambda tx: Desks(tx, filing).task(Desk.RESEARCH))
    findings = office.call(lambda tx: check(tx, NOW))
    assert findings == [
        f"assignees: task {task.id} has nobody at research who can do it, and nobody knows"
    ]
    office.call(
        lambda tx: tx.outbox.put(
            instance="wecom", address="tech", body={"text": "x"}, now=NOW,
            once=f"empty:{task.id}:{task.version}:tech",
        )
    )  # fmt: skip
    assert office.call(lambda tx: check(tx, NOW)) == []


def test_who_becomes_principal_after_deciding_did_not_decide_on_their_own(office: Ledger) -> None:
    """A reviewer who changes to the school inherits the signature, not the judgement."""
    filing = office.call(lambda tx: sign(tx, open_filing(tx)))

    def decides_and_moves(tx: Transaction) -> None:
        desks = Desks(tx, filing)
        desks.act("legal", Act.OPINE, desks.task(Desk.LEGAL))
        desks.act("tech", Act.RETURN, desks.task(Desk.TECH), points=[{"text": "x"}])
        moves = update(t.post).where(t.post.c.person_id == "legal")
        tx.execute(moves.values(unit_code=filing.school, role="principal"))
        leaves = update(t.post).where(t.post.c.person_id == "lin")
        tx.execute(leaves.values(valid_to=DAY - timedelta(days=1)))

    office.call(decides_and_moves)
    later = NOW + timedelta(minutes=1)
    office.call(lambda tx: tx.succession.inherit(filing, who(tx, "legal"), later))
    findings = office.call(lambda tx: check(tx, later))
    assert not any("decided by who filed it" in line for line in findings)
    forgets = update(t.journal).where(t.journal.c.act == "inherit").values(act="sign")
    office.call(free_journal)
    office.call(lambda tx: tx.execute(forgets))
    findings = office.call(lambda tx: check(tx, later))
    assert any("decided by who filed it" in line for line in findings)
