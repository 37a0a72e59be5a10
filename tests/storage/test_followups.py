"""What follows a registered filing, by the books: opened once, settled by who may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import insert, update

from storage import tables as t
from storage.cases import Filing, Followup, StaleError
from storage.check import check
from storage.ledger import Ledger
from storage.rules.followup import FollowKind, FollowState
from storage.rules.terms import Act, NotAllowedError
from storage.transaction import Transaction
from tests.storage.conftest import NOW
from tests.storage.office import APP, TERMINAL, open_filing, register, settle_in, who

K, S = FollowKind, FollowState
Story = Callable[[Transaction], object]
TOLD = {"bought_on": "2026-03-12", "accepted_on": "2026-03-12", "result": "合格"}


@pytest.fixture
def office(ledger: Ledger) -> Ledger:
    ledger.call(settle_in)
    return ledger


@pytest.fixture
def devices(office: Ledger) -> Filing:
    return office.call(lambda tx: register(tx, TERMINAL, "平板"))


def one(office: Ledger, filing: Filing, kind: FollowKind) -> Followup:
    found = office.call(lambda tx: tx.followups.one(filing, kind))
    assert found is not None
    return found


def refused(office: Ledger, story: Story, says: str) -> None:
    with pytest.raises(NotAllowedError, match=says):
        office.call(story)


def hand(row: Followup, person: str = "chen") -> Story:
    return lambda tx: tx.followups.hand(row, TOLD, by=who(tx, person), seen=row.version, now=NOW)


def confirm(row: Followup, person: str = "tech") -> Story:
    return lambda tx: tx.followups.confirm(row, by=who(tx, person), seen=row.version, now=NOW)


def test_devices_bring_acceptance_and_audit_and_a_free_application_neither(
    office: Ledger, devices: Filing
) -> None:
    app = office.call(lambda tx: register(tx, APP, "云阅读"))
    rows = office.call(lambda tx: tx.followups.of(devices))
    assert [(row.kind, row.state, row.due_on) for row in rows] == [
        (K.ACCEPTANCE, S.OPEN, date(2026, 6, 4)),
        (K.AUDIT, S.OPEN, None),  # its limit runs from the acceptance on
    ]
    assert office.call(lambda tx: tx.followups.of(app)) == []
    assert office.call(lambda tx: check(tx, NOW)) == []


def test_nothing_follows_before_the_number(office: Ledger) -> None:
    filing = office.call(lambda tx: open_filing(tx, TERMINAL, "平板"))
    assert office.call(lambda tx: tx.followups.of(filing)) == []
    refused(
        office,
        lambda tx: tx.followups.note(
            filing, K.GUIDANCE, Act.GUIDE, {}, by=who(tx, "research"), now=NOW
        ),
        "备案后再记录",
    )


def test_acceptance_is_handed_in_by_the_school_and_confirmed_by_the_technical_desk(
    office: Ledger, devices: Filing
) -> None:
    row = one(office, devices, K.ACCEPTANCE)
    refused(office, hand(row, "tech"), "由本校的经办人、项目负责人或校长提交")
    refused(office, confirm(row), "验收现在是“待办”，不能确认验收")
    office.call(hand(row))
    with pytest.raises(StaleError, match="验收现在是“待确认”"):
        office.call(hand(row))
    handed = one(office, devices, K.ACCEPTANCE)
    refused(office, confirm(handed, "finance"), "验收由教育技术中心的审核人办理（三（二）8）")
    office.call(confirm(handed))
    assert one(office, devices, K.ACCEPTANCE).state is S.DONE
    assert one(office, devices, K.AUDIT).due_on == date(2026, 6, 4)
    assert office.call(lambda tx: check(tx, NOW)) == []


def test_somebody_without_the_post_today_neither_hands_in_nor_confirms(
    office: Ledger, devices: Filing
) -> None:
    row = one(office, devices, K.ACCEPTANCE)
    left = update(t.post).values(valid_to=date(2026, 3, 11))
    office.call(lambda tx: tx.execute(left.where(t.post.c.person_id == "chen")))
    refused(office, hand(row), "由本校的经办人")
    office.call(hand(row, "lin"))
    office.call(lambda tx: tx.execute(left.where(t.post.c.person_id == "tech")))
    refused(office, confirm(one(office, devices, K.ACCEPTANCE)), "您目前没有这项权限")


def test_nobody_confirms_what_they_filed(office: Ledger, devices: Filing) -> None:
    row = {"tenant": devices.tenant, "unit_code": "D-tech", "person_id": "chen"}
    post = insert(t.post).values(role="reviewer", valid_from=date(2026, 1, 1), **row)
    office.call(lambda tx: tx.execute(post))
    office.call(hand(one(office, devices, K.ACCEPTANCE)))
    refused(office, confirm(one(office, devices, K.ACCEPTANCE), "chen"), "由您本人报送")


def test_what_was_asked_back_is_handed_in_again(office: Ledger, devices: Filing) -> None:
    office.call(hand(one(office, devices, K.ACCEPTANCE)))
    row = one(office, devices, K.ACCEPTANCE)
    office.call(
        lambda tx: tx.followups.ask_more(
            row, "请补清单", by=who(tx, "tech2"), seen=row.version, now=NOW
        )
    )
    back = one(office, devices, K.ACCEPTANCE)
    assert (back.state, back.told["asked"]) == (S.RETURNED, "请补清单")
    office.call(hand(back))
    assert one(office, devices, K.ACCEPTANCE).state is S.HANDED


@pytest.mark.covers("R44")
def test_an_audit_is_noted_once_by_finance(office: Ledger, devices: Filing) -> None:
    told = {"on": "2026-03-12", "finding": "clean", "words": ""}

    def audit(person: str, filing: Filing = devices) -> Story:
        return lambda tx: tx.followups.audit(filing, told, by=who(tx, person), now=NOW)

    refused(office, audit("tech"), "经费审计由计财处的审核人办理（三（二）3）")
    app = office.call(lambda tx: register(tx, APP, "云阅读"))
    refused(office, audit("finance", app), "没有经费支出")
    office.call(audit("finance"))
    refused(office, audit("finance"), "经费审计现在是“已办”，不能记录经费审计")


def test_a_case_is_published_only_with_the_principal_s_consent(
    office: Ledger, devices: Filing
) -> None:
    def propose(person: str = "research") -> Story:
        return lambda tx: tx.followups.propose(devices, "好", by=who(tx, person), now=NOW)

    def answer(act: Act, person: str = "lin") -> Story:
        row = one(office, devices, K.CASE)
        return lambda tx: tx.followups.consent(
            row, act, by=who(tx, person), seen=row.version, now=NOW
        )

    refused(office, propose("tech"), "典型案例由教育教学研究院的审核人办理（三（二）6）")
    office.call(propose())
    refused(office, propose(), "已标记为典型案例")
    refused(office, answer(Act.CONSENT, "chen"), "由本校校长")
    office.call(answer(Act.DECLINE))
    assert one(office, devices, K.CASE).state is S.DECLINED
    office.call(propose())
    again = one(office, devices, K.CASE)
    assert (again.state, again.settled_at) == (S.OPEN, None)
    office.call(answer(Act.CONSENT))
    assert one(office, devices, K.CASE).state is S.DONE
    assert office.call(lambda tx: check(tx, NOW)) == []


def test_guidance_and_evaluation_are_noted_as_often_as_they_happen(
    office: Ledger, devices: Filing
) -> None:
    def note(kind: FollowKind, act: Act, person: str = "research") -> Story:
        return lambda tx: tx.followups.note(
            devices, kind, act, {"words": "听课"}, by=who(tx, person), now=NOW
        )

    for _ in range(2):
        office.call(note(K.GUIDANCE, Act.GUIDE))
        office.call(note(K.EVALUATION, Act.EVALUATE))
    refused(office, note(K.GUIDANCE, Act.GUIDE, "legal"), "您目前没有这项权限")
    kinds = [row.kind for row in office.call(lambda tx: tx.followups.of(devices))]
    assert kinds.count(K.GUIDANCE) == kinds.count(K.EVALUATION) == 2
    assert office.call(lambda tx: check(tx, NOW)) == []


def damaged(**values: object) -> Story:
    where = t.followup.c.kind == "audit"
    return lambda tx: tx.execute(update(t.followup).where(where).values(**values))


@pytest.mark.parametrize(
    ("values", "finding"),
    [
        ({"state": "done"}, "is done and who settled it does not fit"),
        ({"settled_by": "finance", "settled_at": NOW}, "is open and who settled it"),
        ({"state": "done", "settled_at": NOW, "settled_by": "chen"}, "settled by who filed it"),
        ({"due_on": date(2026, 1, 1)}, "not as the journal tells it"),
    ],
)
def test_each_damage_is_found(
    office: Ledger, devices: Filing, values: dict[str, object], finding: str
) -> None:
    office.call(damaged(**values))
    findings = office.call(lambda tx: check(tx, NOW))
    assert any(finding in line for line in findings), findings


def test_what_follows_a_filing_without_a_number_is_found(office: Ledger, devices: Filing) -> None:
    waiting = office.call(lambda tx: open_filing(tx, APP, "云阅读"))
    office.call(damaged(filing_id=waiting.id))
    findings = office.call(lambda tx: check(tx, NOW))
    assert any("follows a filing without a number" in line for line in findings)


def test_a_topic_is_linked_by_school_or_research_once_each_after_the_number(
    office: Ledger, devices: Filing
) -> None:
    def link(person: str, filing: Filing = devices) -> Story:
        return lambda tx: tx.followups.link_topic(filing, "分级阅读", by=who(tx, person), now=NOW)

    running = office.call(lambda tx: open_filing(tx, APP, "云阅读"))
    refused(office, link("chen", running), "备案后再记录")
    refused(office, link("legal"), "课题由教育教学研究院的审核人办理")
    office.call(link("lin"))
    refused(office, link("research"), "已登记课题“分级阅读”")
    assert one(office, devices, K.TOPIC).told == {"words": "分级阅读"}
    assert office.call(lambda tx: check(tx, NOW)) == []


def test_schools_that_use_a_product_without_a_valid_number_are_found_until_they_are_told(
    office: Ledger,
) -> None:
    def say(checked: str) -> Story:
        return lambda tx: tx.execute(update(t.product).values(checked=checked))

    def untold(tx: Transaction) -> list[str]:
        return tx.revoked.untold()

    product = {
        "id": "p1", "name": "云阅读", "folded": "云阅读", "developer": "", "kind": "app",
        "product_no": "教APP备3301234号", "checked": "已撤销",
    }  # fmt: skip
    office.call(lambda tx: tx.execute(insert(t.product).values(**product)))
    filing = office.call(lambda tx: register(tx, APP, "云阅读"))
    running = office.call(lambda tx: open_filing(tx, APP, "云阅读2"))
    both = t.filing.c.id.in_([filing.id, running.id])
    office.call(lambda tx: tx.execute(update(t.filing).where(both).values(product_key="p1")))
    office.call(say("查无此号"))
    assert office.call(untold) == []
    office.call(say("已撤销"))
    assert office.call(untold) == [filing.id]
    assert not office.call(lambda tx: tx.revoked.note(running, NOW))
    assert office.call(lambda tx: tx.revoked.note(filing, NOW))
    assert not office.call(lambda tx: tx.revoked.note(filing, NOW))
    assert office.call(untold) == []
