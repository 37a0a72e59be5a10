"""Who may act on a filing and at which version of it; a refusal says why and writes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from storage import tables as t
from storage.cases import Filing, StaleError
from storage.drafts import Draft, StaleDraftError
from storage.finding import MOST_OPEN
from storage.ledger import Ledger
from storage.people import Person, Post
from storage.rules.terms import Act, Desk, NotAllowedError, Role, UnitKind
from storage.transaction import Transaction
from tests.storage.conftest import NOW, TENANT
from tests.storage.office import APP, SCHOOL, Desks, open_filing, register, settle_in, sign, who

Story = Callable[[Transaction, Filing], Any]
DAY = date(2026, 3, 12)


@pytest.fixture
def office(ledger: Ledger) -> Ledger:
    ledger.call(settle_in)
    return ledger


def signed(tx: Transaction) -> Filing:
    return sign(tx, open_filing(tx))


def only_advice_is_out(tx: Transaction) -> Filing:
    filing = signed(tx)
    desks = Desks(tx, filing)
    desks.act("legal", Act.OPINE, desks.task(Desk.LEGAL))
    return tx.filings.known(filing.id)


def mends(tx: Transaction, filing: Filing, by: str, **more: Any) -> Filing:
    role = Role.PRINCIPAL if more else Role.OWNER
    return tx.filings.resubmit(
        filing, by=who(tx, by), role=role, answers={}, facts=APP, now=NOW, **more
    )


def goes_ahead(tx: Transaction, filing: Filing, by: str, seen: int) -> Filing:
    return tx.tasks.decide_early(filing, by=who(tx, by), seen=seen, now=NOW)


def acts(by: str, act: Act, desk: Desk) -> Story:
    return lambda tx, filing: Desks(tx, filing).act(by, act, Desks(tx, filing).task(desk))


def withdraws(by: str, role: Role) -> Story:
    return lambda tx, filing: tx.filings.withdraw(filing, by=who(tx, by), role=role, now=NOW)


def announces(by: str) -> Story:
    return lambda tx, filing: tx.announcements.announce(
        filing, wording="公告", by=who(tx, by), now=NOW
    )


@pytest.mark.parametrize(
    ("stands", "does", "sentence"),
    [
        # the draft that waits for the principal is the owner's to take back, his to hand back
        (
            open_filing,
            lambda tx, filing: tx.filings.take_back(filing, by=who(tx, "lin"), now=NOW),
            "只有这件备案的经办人可以取回修改",
        ),
        (
            open_filing,
            lambda tx, filing: tx.filings.send_back(
                filing, by=who(tx, "chen"), reason="人数", now=NOW
            ),
            "由本校校长（园长、单位负责人）本人办理",
        ),
        # nobody else withdraws, and who filed it does not pass for the principal
        (open_filing, withdraws("legal", Role.OWNER), "只有这件备案的经办人或校长可以撤回"),
        (signed, withdraws("chen", Role.PRINCIPAL), "由本校校长（园长、单位负责人）本人办理"),
        (signed, withdraws("chen", Role.OWNER), "“撤回”由校长办理"),
        # changed facts are signed again by the principal alone
        (
            signed,
            lambda tx, filing: mends(tx, filing, "chen", declared=[NOW] * 4),
            "由本校校长（园长、单位负责人）本人办理",
        ),
        # another desk's task, and another kind of act on one's own
        (signed, acts("research", Act.OPINE, Desk.LEGAL), "您目前没有这项权限"),
        (signed, acts("legal", Act.APPROVE, Desk.LEGAL), "“会审”任务不能同意"),
        (signed, acts("legal", Act.ACCEPT, Desk.LEGAL), "“会审”任务不能受理"),
        (signed, acts("tech", Act.REGISTER, Desk.TECH), "“会审”任务不能登记"),
        # the lead alone goes ahead of advice
        (
            only_advice_is_out,
            lambda tx, filing: goes_ahead(tx, filing, "legal", filing.version),
            "先行决定由牵头的基教处办理",
        ),
        # what must be waited for does not expire
        (
            signed,
            lambda tx, filing: tx.tasks.expire(Desks(tx, filing).task(Desk.LEGAL), NOW),
            "必须等待，不能记为无意见",
        ),
        # the school's own people announce, and only what has a number
        (register, announces("tech"), "由这件备案的项目负责人或校长确认"),
        (signed, announces("lin"), "不能确认公告"),
    ],
)
def test_who_may_not_act_is_told_why(
    office: Ledger, stands: Callable[[Transaction], Filing], does: Story, sentence: str
) -> None:
    filing = office.call(stands)
    with pytest.raises(NotAllowedError, match=sentence):
        office.call(lambda tx: does(tx, filing))
    assert office.call(lambda tx: tx.filings.known(filing.id)) == filing


def test_the_lead_does_not_go_ahead_with_what_they_filed(office: Ledger) -> None:
    filing = office.call(only_advice_is_out)
    to_the_lead = update(t.post).where(t.post.c.person_id == "chen")
    office.call(lambda tx: tx.execute(to_the_lead.values(unit_code="D-basic", role="reviewer")))
    with pytest.raises(NotAllowedError, match="由您本人报送"):
        office.call(lambda tx: goes_ahead(tx, filing, "chen", filing.version))


def test_the_lead_goes_ahead_only_with_the_filing_that_was_shown(office: Ledger) -> None:
    filing = office.call(only_advice_is_out)
    with pytest.raises(StaleError, match="请看最新的一张卡片"):
        office.call(lambda tx: goes_ahead(tx, filing, "basic", filing.version - 1))


def test_a_filing_that_moved_is_not_moved_again_by_who_read_it_before(office: Ledger) -> None:
    filing = office.call(signed)
    office.call(lambda tx: mends(tx, filing, "chen"))
    with pytest.raises(StaleError, match="刚刚由别人办理过"):
        office.call(lambda tx: mends(tx, filing, "chen"))


def test_the_registrar_of_another_authority_gives_no_number(office: Ledger) -> None:
    filing = office.call(signed)
    office.call(_a_neighbour)
    with pytest.raises(NotAllowedError, match="您目前没有这项权限"):
        office.call(lambda tx: acts("next", Act.OPINE, Desk.TECH)(tx, filing))
    assert office.call(lambda tx: tx.tasks.open_of(who(tx, "next"), DAY)) == []


def _a_neighbour(tx: Transaction) -> None:
    """Write a county whose technical department has the very same code as ours."""
    unit = {"tenant": "330303", "code": "D-tech", "name": "装备中心", "kind": "department",
            "area": "330303", "owner": "county", "ownership": "", "levels": [],
            "desks": ["tech"]}  # fmt: skip
    tx.execute(insert(t.unit).values(unit))
    tx.execute(insert(t.person).values(id="next", name="邻县"))
    post = {"tenant": "330303", "unit_code": "D-tech", "person_id": "next", "role": "reviewer"}
    tx.execute(insert(t.post).values(**post, valid_from=date(2026, 1, 1)))


LEGAL = {"unit_code": "D-legal", "unit_kind": UnitKind.DEPARTMENT, "desks": {Desk.LEGAL}}


def holder(**post: Any) -> Person:
    """Return somebody with one post."""
    whole = {"tenant": TENANT, "unit_code": SCHOOL, "unit_name": "", "desks": frozenset(),
             "unit_kind": UnitKind.SCHOOL, "role": Role.PRINCIPAL,
             "valid_from": date(2026, 3, 1), "valid_to": date(2026, 3, 31), **post}  # fmt: skip
    return Person("p", "某某", (Post(**whole),))


@pytest.mark.parametrize(
    ("post", "day", "may"),
    [
        ({"role": Role.REVIEWER}, DAY, True),
        ({"role": Role.HEAD}, DAY, True),
        ({"role": Role.DEPUTY}, DAY, True),
        # at the department, but not to act for it
        ({"role": Role.ADMIN}, DAY, False),
        ({"role": Role.AUDITOR}, DAY, False),
        ({"role": Role.OWNER}, DAY, False),
        # the same desk of another authority, another desk of this one
        ({"role": Role.REVIEWER, "tenant": "330303"}, DAY, False),
        ({"role": Role.REVIEWER, "desks": {Desk.FINANCE}}, DAY, False),
        # both ends of the post count, nothing beyond them does
        ({"role": Role.REVIEWER}, date(2026, 3, 1), True),
        ({"role": Role.REVIEWER}, date(2026, 3, 31), True),
        ({"role": Role.REVIEWER}, date(2026, 2, 28), False),
        ({"role": Role.REVIEWER}, date(2026, 4, 1), False),
        ({"role": Role.REVIEWER, "valid_to": None}, date(2030, 1, 1), True),
    ],
)
def test_who_acts_for_a_desk(post: dict[str, Any], day: date, may: bool) -> None:
    person = holder(**{**LEGAL, **post})
    assert (person.at_desk(TENANT, Desk.LEGAL, day) is not None) is may


@pytest.mark.parametrize(
    ("post", "day", "may"),
    [
        ({}, DAY, True),
        ({"role": Role.OWNER}, DAY, False),
        ({"tenant": "330303"}, DAY, False),
        ({"unit_code": "3303020002"}, DAY, False),
        ({}, date(2026, 4, 1), False),
    ],
)
def test_who_signs_for_a_school(post: dict[str, Any], day: date, may: bool) -> None:
    assert holder(**post).is_principal_of(TENANT, SCHOOL, day) is may


@pytest.mark.parametrize("role", ["admin", "auditor", "owner"])
def test_a_post_at_the_department_that_is_no_reviewer_s_does_no_task(
    office: Ledger, role: str
) -> None:
    filing = office.call(signed)
    only = update(t.post).where(t.post.c.person_id == "legal").values(role=role)
    office.call(lambda tx: tx.execute(only))
    with pytest.raises(NotAllowedError, match="您目前没有这项权限"):
        office.call(lambda tx: acts("legal", Act.OPINE, Desk.LEGAL)(tx, filing))
    assert office.call(lambda tx: tx.tasks.open_of(who(tx, "legal"), DAY)) == []


def test_a_draft_that_moved_meanwhile_is_not_written_over(office: Ledger) -> None:
    def two_phones(tx: Transaction) -> Draft:
        draft = tx.drafts.open(
            tenant=TENANT, unit_code=SCHOOL, person_id="chen", matter="campus_app", now=NOW
        )
        tx.drafts.keep(draft, answers={"students": 620}, cursor="owner", now=NOW)
        return draft

    draft = office.call(two_phones)
    with pytest.raises(StaleDraftError):
        office.call(
            lambda tx: tx.drafts.keep(draft, answers={"students": 1}, cursor="owner", now=NOW)
        )
    kept = office.call(lambda tx: tx.drafts.get(draft.id))
    assert kept is not None
    assert (kept.answers, kept.version) == ({"students": 620}, 1)


def test_who_has_very_many_tasks_is_given_the_most_urgent_of_them(office: Ledger) -> None:
    filing = office.call(signed)
    legal = office.call(lambda tx: Desks(tx, filing).task(Desk.LEGAL))

    def pile_up(tx: Transaction) -> list[int]:
        row = tx.execute(select(t.task).where(t.task.c.id == legal.id)).one()._asdict()
        more = [
            {
                **row,
                "id": f"{legal.id}+{n}",
                "part": n,
                "due_on": legal.due_on - timedelta(n % 7 + 1),
            }
            for n in range(1, MOST_OPEN + 20)
        ]
        tx.execute(insert(t.task), more)
        found = tx.tasks.open_of(who(tx, "legal"), DAY)
        assert [one.due_on for one in found] == sorted(one["due_on"] for one in more)[:MOST_OPEN]
        return [one.part for one in found]

    assert len(set(office.call(pile_up))) == MOST_OPEN
