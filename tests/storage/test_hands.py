"""What hands do besides deciding: who may, at which version, and what the ledger keeps of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from storage import tables as t
from storage.cases import Filing, StaleError
from storage.check import check
from storage.ledger import Ledger
from storage.rules.correcting import Fact
from storage.rules.terms import Act, Desk, NotAllowedError, Role, RuleViolationError, TaskKind
from storage.transaction import Transaction
from tests.storage.conftest import NOW, TENANT
from tests.storage.office import RULES, SCHOOL, TERMINAL, Desks, open_filing, settle_in, sign, who

TODAY = date(2026, 3, 12)
Story = Callable[[Transaction, Filing], Any]


@pytest.fixture
def office(ledger: Ledger) -> Ledger:
    ledger.call(settle_in)
    return ledger


def signed(tx: Transaction) -> Filing:
    return sign(tx, open_filing(tx))


def spoken(tx: Transaction) -> Filing:
    filing = signed(tx)
    desks = Desks(tx, filing)
    for name in ("legal", "research", "tech"):
        desks.act(name, Act.OPINE, desks.task(Desk(name)))
    return tx.filings.known(filing.id)


def approved(tx: Transaction) -> Filing:
    filing = spoken(tx)
    desks = Desks(tx, filing)
    desks.act("basic", Act.APPROVE, desks.task(Desk.BASIC, TaskKind.DECISION))
    return tx.filings.known(filing.id)


def passes(by: str, to: str, desk: Desk = Desk.LEGAL, seen: int = 1) -> Story:
    return lambda tx, filing: tx.hands.hand_over(
        Desks(tx, filing).task(desk).id, who(tx, to), by=who(tx, by), seen=seen, now=NOW
    )


def adds(by: str, desk: Desk = Desk.FINANCE, reason: str = "核实押金", seen: int = 0) -> Story:
    return lambda tx, filing: tx.hands.add_signer(
        filing.id, desk, reason=reason, blocking=True, by=who(tx, by),
        seen=seen or filing.version, now=NOW,
    )  # fmt: skip


def asks(by: str, kind: TaskKind = TaskKind.REGISTRATION, reason: str = "请说明") -> Story:
    def ask(tx: Transaction, filing: Filing) -> Filing:
        desk = Desk.TECH if kind is TaskKind.REGISTRATION else Desk.BASIC
        task = Desks(tx, filing).task(desk, kind)
        return tx.hands.ask_lead(task.id, reason=reason, by=who(tx, by), seen=task.version, now=NOW)

    return ask


def reroutes(by: str, value: str = "vocational", seen: int = 0) -> Story:
    return lambda tx, filing: tx.rerouting.reroute(
        filing.id, Fact.STAGES, value, matter=filing.matter, by=who(tx, by),
        seen=seen or filing.version, now=NOW,
    )  # fmt: skip


def undoes(by: str, desk: Desk, kind: TaskKind = TaskKind.CO_REVIEW, minutes: int = 0) -> Story:
    return lambda tx, filing: tx.undoing.undo(
        Desks(tx, filing).task(desk, kind).id,
        by=who(tx, by),
        now=NOW + timedelta(minutes=minutes),
    )


def supplements(by: str) -> Story:
    return lambda tx, filing: tx.hands.supplement(filing, "首页有广告", by=who(tx, by), now=NOW)


@pytest.mark.parametrize(
    ("stands", "does", "sentence"),
    [
        # handing on: by the desk, the technology centre or the administrator, to who works it
        (signed, passes("research", "legal2"), "转办由法规处、教育技术部门或管理员办理"),
        (signed, passes("chen", "legal2"), "转办由法规处、教育技术部门或管理员办理"),
        (signed, passes("legal", "basic"), "目前不在法规处办理"),
        (signed, passes("legal", "legal2", seen=2), "已经有了变化"),
        (spoken, passes("legal", "legal2", seen=2), "已由法规legal于"),
        # adding a signer: by who has the case, with a reason, once, and never 纪检
        (signed, adds("finance"), "由承办这件备案的部门办理"),
        (signed, adds("chen"), "由您本人报送"),
        (signed, adds("legal", Desk.DISCIPLINE), "纪检部门不参与备案会审"),
        (signed, adds("legal", Desk.TECH), "已请教育技术中心办理"),
        (signed, adds("legal", Desk.BASIC), "已请基教处办理"),
        (signed, adds("legal", Desk.VOC), "名单中没有职教处"),
        (signed, adds("legal", reason=" "), "加签请写明原因"),
        (signed, adds("legal", seen=99), "刚刚由别人办理过"),
        (spoken, adds("legal"), "“加签”由牵头审批人办理"),
        (approved, adds("basic"), "不能加签"),
        # asking the lead back: the registrar's desk, on the registration, with a reason
        (approved, asks("basic"), "由登记备案的部门办理"),
        (approved, asks("tech", reason=" "), "请写明原因"),
        (spoken, asks("basic", TaskKind.DECISION), "由登记备案的部门办理"),
        # rerouting: by who has the case, at the version seen, where it is not decided
        (signed, reroutes("finance"), "由承办这件备案的部门办理"),
        (signed, reroutes("legal", seen=99), "刚刚由别人办理过"),
        (signed, reroutes("legal", "primary"), "无需转出"),
        (approved, reroutes("basic"), "不能转出"),
        (spoken, reroutes("legal"), "“转出”由牵头审批人办理"),
        # undoing: by who did it, within ten minutes
        (spoken, undoes("legal2", Desk.LEGAL), "不是由您办理"),
        (spoken, undoes("legal", Desk.TECH), "由办理人本人在岗时办理"),
        (spoken, undoes("legal", Desk.LEGAL, minutes=11), "已超过10分钟"),
        (approved, undoes("legal", Desk.LEGAL), "下一环节已经开始办理"),
        # a word added: by a department that has spoken
        (signed, supplements("legal"), "您处还没有给过意见"),
        (spoken, supplements("finance"), "由承办过这件备案的部门提出"),
        (spoken, supplements("chen"), "由您本人报送"),
    ],
)
def test_what_is_not_theirs_to_do_is_refused_and_writes_nothing(
    office: Ledger, stands: Callable[[Transaction], Filing], does: Story, sentence: str
) -> None:
    filing = office.call(stands)
    before = office.call(lambda tx: tx.execute(select(t.journal.c.seq)).all())
    with pytest.raises(RuleViolationError) as refused:
        office.call(lambda tx: does(tx, filing))
    assert sentence in str(refused.value)
    assert office.call(lambda tx: tx.execute(select(t.journal.c.seq)).all()) == before


@pytest.mark.parametrize(
    ("stands", "does", "stage"),
    [
        (signed, passes("legal", "legal2"), "in_review"),
        (signed, passes("tech", "legal2"), "in_review"),
        (signed, adds("research"), "in_review"),
        (spoken, adds("basic"), "in_review"),
        (approved, asks("tech2"), "awaiting_decision"),
        (spoken, undoes("legal", Desk.LEGAL), "in_review"),
        (approved, undoes("basic", Desk.BASIC, TaskKind.DECISION), "awaiting_decision"),
        (spoken, supplements("legal2"), "awaiting_decision"),
    ],
)
def test_what_is_done_leaves_a_sound_ledger(
    office: Ledger, stands: Callable[[Transaction], Filing], does: Story, stage: str
) -> None:
    filing = office.call(stands)
    office.call(lambda tx: does(tx, filing))
    assert office.call(lambda tx: tx.filings.known(filing.id)).stage == stage
    assert office.call(lambda tx: check(tx, NOW)) == []


def test_who_took_a_task_leaves_it_to_the_desk(office: Ledger) -> None:
    filing = office.call(signed)
    task = office.call(lambda tx: passes("legal", "legal2")(tx, filing))
    assert (task.assignee, task.version, task.state.value) == ("legal2", 2, "open")
    with pytest.raises(NotAllowedError, match="已经转给法规legal2办理"):
        office.call(lambda tx: passes("legal", "legal2", seen=2)(tx, filing))
    done = office.call(
        lambda tx: Desks(tx, filing).act("legal", Act.OPINE, Desks(tx, filing).task(Desk.LEGAL))
    )
    assert done.state.value == "decided"


def test_an_administrator_hands_on_and_not_one_of_a_school(office: Ledger) -> None:
    filing = office.call(signed)
    office.call(lambda tx: _person(tx, "admin", "D-basic", "admin"))
    office.call(lambda tx: _person(tx, "clerk", SCHOOL, "admin"))
    with pytest.raises(NotAllowedError, match="转办由法规处"):
        office.call(lambda tx: passes("clerk", "legal2")(tx, filing))
    assert office.call(lambda tx: passes("admin", "legal2")(tx, filing)).assignee == "legal2"


def _person(tx: Transaction, person: str, unit: str, role: str) -> None:
    tx.execute(insert(t.person).values(id=person, name=person))
    post = {"tenant": TENANT, "unit_code": unit, "person_id": person, "role": role}
    tx.execute(insert(t.post).values(**post, valid_from=date(2026, 1, 1)))


def test_a_registration_is_not_handed_to_who_approved_a_terminal(office: Ledger) -> None:
    def decided(tx: Transaction) -> Filing:
        filing = sign(tx, open_filing(tx, TERMINAL, "平板"))
        desks = Desks(tx, filing)
        for name in ("finance", "basic"):
            desks.act(name, Act.OPINE, desks.task(Desk(name)))
        desks.act("tech", Act.APPROVE, desks.task(Desk.TECH, TaskKind.DECISION))
        return filing

    filing = office.call(decided)
    with pytest.raises(NotAllowedError, match="须由另一位同志办理"):
        office.call(
            lambda tx: tx.hands.hand_over(
                Desks(tx, filing).task(Desk.TECH, TaskKind.REGISTRATION).id,
                who(tx, "tech"), by=who(tx, "tech2"), seen=1, now=NOW,
            )
        )  # fmt: skip


def test_a_case_is_urged_once_for_a_day_and_never_on_the_day_it_came(office: Ledger) -> None:
    filing = office.call(signed)

    def urge(day: date) -> tuple[int, ...]:
        urged = office.call(
            lambda tx: tx.hands.urge(
                filing.id, by=who(tx, "chen"), role=Role.OWNER, day=day, now=NOW
            )
        )
        return tuple(map(len, urged))

    assert urge(TODAY) == (0, 0, 3)
    assert urge(TODAY + timedelta(days=1)) == (3, 0, 0)
    assert urge(TODAY + timedelta(days=1)) == (0, 3, 0)
    assert urge(TODAY + timedelta(days=4)) == (3, 0, 0)


def test_what_is_opened_counts_as_it_stands_and_for_who_opened_it(office: Ledger) -> None:
    filing = office.call(signed)

    def opened(by: str) -> bool:
        return office.call(
            lambda tx: bool(tx.hands.opened([Desks(tx, filing).task(Desk.LEGAL)], who(tx, by)))
        )

    for _ in range(2):
        office.call(
            lambda tx: tx.hands.open(
                Desks(tx, filing).task(Desk.LEGAL), by=who(tx, "legal"), now=NOW
            )
        )
    assert opened("legal") and not opened("legal2")
    office.call(lambda tx: passes("legal", "legal2")(tx, filing))
    assert not opened("legal")


def test_a_lead_returns_a_second_time_over_a_finding_that_gave_way_before(office: Ledger) -> None:
    def twice(tx: Transaction) -> Filing:
        filing = signed(tx)
        desks = Desks(tx, filing)
        for name in ("legal", "research", "tech"):
            against = "against" if name == "legal" else "for"
            desks.act(name, Act.OPINE, desks.task(Desk(name)), verdict=against)
        for _ in range(2):
            for task in tx.tasks.of(filing):
                if task.kind is TaskKind.DECISION and task.state.value == "open":
                    desks.act("basic", Act.RETURN, task)
            now = tx.filings.known(filing.id)
            tx.filings.resubmit(
                now, by=who(tx, "chen"), role=Role.OWNER, answers={}, facts=now.facts, now=NOW
            )
            for task in tx.tasks.of(filing):
                if task.desk is Desk.LEGAL and task.state.value == "open":
                    desks.act("legal", Act.OPINE, task)
        return tx.filings.known(filing.id)

    assert office.call(twice).stage.value == "awaiting_decision"


def test_a_filing_is_not_handed_over_where_nobody_there_knows_the_school(office: Ledger) -> None:
    filing = office.call(signed)

    def moves(tx: Transaction) -> object:
        unit = tx.people.unit(TENANT, SCHOOL)
        assert unit is not None
        elsewhere = unit._replace(tenant="330300")
        return tx.rerouting.move_away(
            filing.id, elsewhere, office=RULES, number_code="0300", by=who(tx, "basic"),
            seen=filing.version, now=NOW,
        )  # fmt: skip

    with pytest.raises(RuleViolationError, match="请管理员先更正名单中的隶属"):
        office.call(moves)


def test_an_older_card_undoes_nothing(office: Ledger) -> None:
    filing = office.call(spoken)
    office.call(lambda tx: undoes("legal", Desk.LEGAL, minutes=1)(tx, filing))
    office.call(
        lambda tx: Desks(tx, filing).act("legal2", Act.OPINE, Desks(tx, filing).task(Desk.LEGAL))
    )
    with pytest.raises(NotAllowedError, match="不是由您办理"):
        office.call(lambda tx: undoes("legal", Desk.LEGAL)(tx, filing))


Damage = Callable[[Transaction, Filing], object]


def _damage(statement: Any) -> Damage:
    return lambda tx, _filing: tx.execute(statement)


@pytest.mark.parametrize(
    ("damage", "finding"),
    [
        pytest.param(
            _damage(update(t.task).where(t.task.c.desk == "legal").values(assignee="lin")),
            "never worked a desk", id="with somebody outside",
        ),
        pytest.param(
            _damage(update(t.task).where(t.task.c.desk == "legal").values(assignee="chen")),
            "is with who filed it", id="with who filed it",
        ),
        pytest.param(
            lambda tx, filing: tx.execute(
                insert(t.undone).values(
                    tenant=TENANT, task_id=Desks(tx, filing).task(Desk.LEGAL).id,
                    filing_id=filing.id, act="opine", person_id="legal", at=NOW,
                )
            ),
            "was undone and stands", id="undone and standing",
        ),
        pytest.param(
            _damage(update(t.filing).values(stage="handed_over")),
            "what it was handed to does not fit", id="handed to nobody",
        ),
        pytest.param(
            lambda tx, filing: tx.execute(
                insert(t.handover).values(
                    tenant=TENANT, filing_id=filing.id, other_tenant="330300", other_id="x",
                    came=True, person_id="basic", at=NOW,
                )
            ),
            "which does not name it", id="came from nowhere",
        ),
    ],
)  # fmt: skip
def test_damage_to_what_hands_did_is_found(office: Ledger, damage: Damage, finding: str) -> None:
    filing = office.call(signed)
    office.call(lambda tx: damage(tx, filing))
    findings = office.call(lambda tx: check(tx, NOW))
    assert any(finding in line for line in findings), findings


def test_two_who_hand_on_at_once_are_told_apart(office: Ledger) -> None:
    filing = office.call(signed)
    office.call(lambda tx: passes("legal", "legal2")(tx, filing))
    with pytest.raises(StaleError):
        office.call(lambda tx: passes("tech", "legal")(tx, filing))
