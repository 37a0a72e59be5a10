"""Who comes after whom at a school: only the principal names, only who is there goes on."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from storage import tables as t
from storage.cases import Filing
from storage.check import check
from storage.ledger import Ledger
from storage.rules.terms import Act, Desk, NotAllowedError, Stage, TaskKind
from storage.transaction import Transaction
from tests.storage.conftest import NOW, TENANT
from tests.storage.office import SCHOOL, STAFF, Desks, open_filing, settle_in, sign, who

DAY = date(2026, 3, 12)
YESTERDAY = DAY - timedelta(days=1)


@pytest.fixture
def office(ledger: Ledger) -> Ledger:
    ledger.call(settle_in)
    ledger.call(lambda tx: joins(tx, "basic", "owner"))
    return ledger


def joins(tx: Transaction, person: str, role: str) -> None:
    post = {"tenant": TENANT, "unit_code": SCHOOL, "person_id": person, "role": role}
    tx.execute(insert(t.post).values(**post, valid_from=date(2026, 1, 1)))


def leaves(tx: Transaction, person: str) -> None:
    there = (t.post.c.person_id == person, t.post.c.unit_code == SCHOOL)
    tx.execute(update(t.post).where(*there).values(valid_to=YESTERDAY))


def takes_on(tx: Transaction, filing: Filing, owner: str, by: str = "lin") -> Filing:
    return tx.succession.take_on(filing, who(tx, owner), by=who(tx, by), now=NOW)


def approved(tx: Transaction) -> Filing:
    filing = sign(tx, open_filing(tx))
    desks = Desks(tx, filing)
    people = {desk: name for name, desk in reversed(STAFF.items())}
    for task in tx.tasks.of(filing):
        desks.act(people[task.desk], Act.OPINE, task)
    desks.act("basic", Act.APPROVE, desks.task(Desk.BASIC, TaskKind.DECISION))
    return tx.filings.known(filing.id)


def test_another_colleague_goes_on_at_any_stage_and_nothing_is_asked_twice(
    office: Ledger,
) -> None:
    filing = office.call(approved)
    office.call(lambda tx: leaves(tx, "chen"))
    office.call(lambda tx: joins(tx, "finance", "owner"))
    moved = office.call(lambda tx: takes_on(tx, filing, "finance"))
    assert (moved.owner_id, moved.stage) == ("finance", Stage.AWAITING_REGISTRATION)
    waiting = office.call(
        lambda tx: [task.kind for task in tx.tasks.of(moved) if task.view.is_pending]
    )
    assert waiting == [TaskKind.REGISTRATION]
    assert office.call(lambda tx: check(tx, NOW)) == []


@pytest.mark.parametrize(
    ("owner", "by", "gone", "sentence"),
    [
        ("lin", "tech", "chen", "接办人由本校校长（园长、单位负责人）指定"),
        ("lin", "lin", "", "经办人是陈晓，仍在本校，不需要换人"),
        ("research", "lin", "chen", "接办人须是本校名单中的经办人或校长"),
        # who judged it as the lead may not speak for the school now
        ("basic", "lin", "chen", "且没有审核过这件备案"),
    ],
)
def test_who_may_not_go_on_is_told_why(
    office: Ledger, owner: str, by: str, gone: str, sentence: str
) -> None:
    office.call(lambda tx: leaves(tx, "basic"))
    filing = office.call(approved)
    office.call(lambda tx: leaves(tx, gone))
    office.call(
        lambda tx: tx.execute(
            update(t.post)
            .where(t.post.c.person_id == "basic", t.post.c.unit_code == SCHOOL)
            .values(valid_to=None)
        )
    )
    with pytest.raises(NotAllowedError, match=sentence):
        office.call(lambda tx: takes_on(tx, filing, owner, by))


@pytest.mark.parametrize(
    ("heir", "gone", "sentence"),
    [
        ("chen", "lin", "学校审核由本校校长（园长、单位负责人）本人办理"),
        ("tech", "", "仍由林校长签署"),
    ],
)
def test_a_signature_changes_hands_only_to_a_principal_and_from_one_who_is_none(
    office: Ledger, heir: str, gone: str, sentence: str
) -> None:
    filing = office.call(open_filing)
    office.call(lambda tx: joins(tx, "tech", "principal"))
    office.call(lambda tx: leaves(tx, gone))
    with pytest.raises(NotAllowedError, match=sentence):
        office.call(lambda tx: tx.succession.inherit(filing, who(tx, heir), NOW))


def test_what_is_nobody_s_is_found(office: Ledger) -> None:
    filing = office.call(open_filing)
    draft = office.call(
        lambda tx: tx.drafts.open(
            tenant=TENANT, unit_code=SCHOOL, person_id="chen", matter="campus_app", now=NOW
        )
    )

    def found(tx: Transaction) -> tuple[Any, ...]:
        book = tx.succession
        return (
            [one.id for one in book.unsigned(DAY)],
            [one.id for one in book.ownerless(DAY)],
            [one.id for one in book.strays(NOW, DAY)],
        )

    assert office.call(found) == ([], [], [])
    office.call(lambda tx: leaves(tx, "chen"))
    office.call(lambda tx: leaves(tx, "lin"))
    unsigned, ownerless, strays = office.call(found)
    assert (unsigned, ownerless) == ([filing.id], [filing.id])
    assert draft.id in strays


def papers(tx: Transaction, clerk: str, signed_on: date = YESTERDAY, by: str = "") -> Filing:
    filing = open_filing(tx)
    paper = {"clerk": clerk, "signed_on": signed_on.isoformat()}
    where = t.filing.c.id == filing.id
    tx.execute(update(t.filing).where(where).values(answers={"paper": paper}))
    filing = tx.filings.known(filing.id)
    return tx.papers.sign(filing, signed_on=signed_on, by=who(tx, by or clerk), now=NOW)


@pytest.mark.parametrize(
    ("clerk", "signed_on", "by", "sentence"),
    [
        # another desk, another clerk than who entered it, somebody of the school, a day to come
        ("legal", YESTERDAY, "legal", "线下办件由教育技术部门登记"),
        ("tech", YESTERDAY, "tech2", "线下办件由教育技术部门登记"),
        ("lin", YESTERDAY, "lin", "您是本件学校的经办人或校长"),
        ("tech", DAY + timedelta(days=1), "tech", "纸质签署的日期还没有到"),
    ],
)
def test_who_may_not_enter_paper_is_told_why(
    office: Ledger, clerk: str, signed_on: date, by: str, sentence: str
) -> None:
    to_tech = {"tenant": TENANT, "unit_code": "D-tech", "person_id": "lin", "role": "reviewer"}
    post = insert(t.post).values(**to_tech, valid_from=date(2026, 1, 1))
    office.call(lambda tx: tx.execute(post))
    with pytest.raises(NotAllowedError, match=sentence):
        office.call(lambda tx: papers(tx, clerk, signed_on, by))


@pytest.mark.parametrize("role", ["deputy", "head", "admin"])
def test_deputy_head_and_administrator_enter_paper_too(office: Ledger, role: str) -> None:
    only = update(t.post).where(t.post.c.person_id == "tech").values(role=role)
    office.call(lambda tx: tx.execute(only))
    filing = office.call(lambda tx: papers(tx, "tech"))
    assert filing.stage is Stage.IN_REVIEW
    assert filing.signed_at is not None
    assert filing.local(filing.signed_at).date() == YESTERDAY
    assert filing.due_on is not None
    assert filing.due_on > DAY
