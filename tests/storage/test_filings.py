"""A filing by the books: who may, when, once, and what follows by itself."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest
from sqlalchemy import update

from storage import tables as t
from storage.cases import StaleError
from storage.ledger import Ledger
from storage.rules.terms import Act, Desk, NotAllowedError, Role, Stage, TaskKind, TaskState
from storage.transaction import Transaction
from tests.storage.conftest import NOW
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


@pytest.fixture
def office(ledger: Ledger) -> Ledger:
    ledger.call(settle_in)
    return ledger


def test_a_signed_filing_asks_every_desk_of_its_row_at_once(office: Ledger) -> None:
    def story(tx: Transaction) -> tuple[Stage, set[Desk]]:
        filing = sign(tx, open_filing(tx))
        return filing.stage, {task.desk for task in tx.tasks.of(filing)}

    assert office.call(story) == (Stage.IN_REVIEW, {Desk.LEGAL, Desk.RESEARCH, Desk.TECH})


@pytest.mark.covers("R96")
def test_only_the_principal_of_that_school_signs(office: Ledger) -> None:
    def story(tx: Transaction) -> None:
        filing = open_filing(tx)
        tx.filings.sign(
            filing, declared=[NOW] * 4, wording_version="1", by=who(tx, "chen"), now=NOW
        )

    with pytest.raises(NotAllowedError, match="校长"):
        office.call(story)


@pytest.mark.covers("R75")
def test_the_decision_waits_for_the_last_blocking_opinion(office: Ledger) -> None:
    def story(tx: Transaction) -> list[Stage]:
        filing = sign(tx, open_filing(tx))
        desks = Desks(tx, filing)
        stages = []
        for person, desk in (
            ("research", Desk.RESEARCH),
            ("tech", Desk.TECH),
            ("legal", Desk.LEGAL),
        ):
            desks.act(person, Act.OPINE, desks.task(desk))
            stages.append(tx.filings.known(filing.id).stage)
        return stages

    assert office.call(story) == [Stage.IN_REVIEW, Stage.IN_REVIEW, Stage.AWAITING_DECISION]


def test_the_lead_may_go_ahead_while_only_advice_is_out(office: Ledger) -> None:
    def story(tx: Transaction) -> tuple[Stage, set[str]]:
        filing = sign(tx, open_filing(tx))
        desks = Desks(tx, filing)
        desks.act("legal", Act.OPINE, desks.task(Desk.LEGAL))
        filing = tx.filings.known(filing.id)
        filing = tx.tasks.decide_early(filing, by=who(tx, "basic"), seen=filing.version, now=NOW)
        return filing.stage, {
            d.reason for d in tx.tasks.decisions(filing) if d.act is Act.DECIDE_EARLY
        }

    assert office.call(story) == (Stage.AWAITING_DECISION, {"无意见（牵头先行决定）"})


def test_the_lead_may_not_go_ahead_of_a_blocking_opinion(office: Ledger) -> None:
    def story(tx: Transaction) -> None:
        filing = sign(tx, open_filing(tx))
        tx.tasks.decide_early(filing, by=who(tx, "basic"), seen=filing.version, now=NOW)

    with pytest.raises(NotAllowedError, match="必须等待"):
        office.call(story)


async def test_two_reviewers_at_once_give_one_decision(office: Ledger) -> None:
    filing = office.call(lambda tx: sign(tx, open_filing(tx)))
    task = office.call(lambda tx: Desks(tx, filing).task(Desk.LEGAL))
    taps = [
        office.run(lambda tx, p=person: Desks(tx, filing).act(p, Act.OPINE, task))
        for person in ("legal", "legal2") * 5
    ]
    outcomes = await asyncio.gather(*taps, return_exceptions=True)
    assert sum(not isinstance(o, BaseException) for o in outcomes) == 1
    late = next(o for o in outcomes if isinstance(o, StaleError))
    assert "已由法规" in str(late) and "您的点选未计入" in str(late)


def test_a_finding_against_it_keeps_the_lead_from_approving(office: Ledger) -> None:
    def story(tx: Transaction) -> None:
        filing = sign(tx, open_filing(tx))
        desks = Desks(tx, filing)
        desks.act("research", Act.OPINE, desks.task(Desk.RESEARCH))
        desks.act("tech", Act.OPINE, desks.task(Desk.TECH))
        desks.act("legal", Act.OPINE, desks.task(Desk.LEGAL), verdict="against")
        desks.act("basic", Act.APPROVE, desks.task(Desk.BASIC, TaskKind.DECISION))

    with pytest.raises(NotAllowedError, match="发现问题"):
        office.call(story)


def test_a_return_goes_back_only_to_who_returned_it(office: Ledger) -> None:
    def story(tx: Transaction) -> dict[Desk, TaskState]:
        filing = sign(tx, open_filing(tx))
        desks = Desks(tx, filing)
        desks.act("legal", Act.OPINE, desks.task(Desk.LEGAL))
        point = {"criterion": "plan", "text": "请补充方案"}
        desks.act("tech", Act.RETURN, desks.task(Desk.TECH), points=[point])
        filing = tx.filings.resubmit(
            tx.filings.known(filing.id),
            by=who(tx, "chen"),
            role=Role.OWNER,
            answers={},
            facts=APP,
            now=NOW,
        )
        return {task.desk: task.state for task in tx.tasks.of(filing)}

    assert office.call(story) == {
        Desk.LEGAL: TaskState.DECIDED,
        Desk.TECH: TaskState.OPEN,
        Desk.RESEARCH: TaskState.OPEN,
    }


def test_a_lead_s_return_comes_back_to_the_lead_alone(office: Ledger) -> None:
    def story(tx: Transaction) -> tuple[Stage, Stage, list[TaskKind]]:
        filing = sign(tx, open_filing(tx))
        desks = Desks(tx, filing)
        for person, desk in (
            ("legal", Desk.LEGAL),
            ("research", Desk.RESEARCH),
            ("tech", Desk.TECH),
        ):
            desks.act(person, Act.OPINE, desks.task(desk))
        desks.act("basic", Act.RETURN, desks.task(Desk.BASIC, TaskKind.DECISION), points=[])
        returned = tx.filings.known(filing.id)
        back = tx.filings.resubmit(
            returned, by=who(tx, "chen"), role=Role.OWNER, answers={}, facts=APP, now=NOW
        )
        still = [task.kind for task in tx.tasks.of(back) if task.state is TaskState.OPEN]
        return returned.stage, back.stage, still

    assert office.call(story) == (Stage.RETURNED, Stage.AWAITING_DECISION, [TaskKind.DECISION])


@pytest.mark.covers("R98")
def test_the_number_exists_from_the_act_of_registering(office: Ledger) -> None:
    first = office.call(register)
    second = office.call(lambda tx: register(tx, title="口算宝"))
    assert (first.number, second.number) == (
        "温教进校备〔2026〕0302A0001号",
        "温教进校备〔2026〕0302A0002号",
    )
    assert first.valid_until == date(2028, 8, 31)


def test_a_terminal_is_registered_by_somebody_else_than_its_approver(office: Ledger) -> None:
    def story(tx: Transaction) -> None:
        filing = sign(tx, open_filing(tx, TERMINAL, "平板"))
        desks = Desks(tx, filing)
        for person, desk in (("finance", Desk.FINANCE), ("basic", Desk.BASIC)):
            desks.act(person, Act.OPINE, desks.task(desk))
        desks.act("tech", Act.APPROVE, desks.task(Desk.TECH, TaskKind.DECISION))
        desks.act("tech", Act.REGISTER, desks.task(Desk.TECH, TaskKind.REGISTRATION))

    with pytest.raises(NotAllowedError, match="另一位同志登记"):
        office.call(story)


def test_who_lost_the_post_may_not_act_any_more(office: Ledger) -> None:
    filing = office.call(lambda tx: sign(tx, open_filing(tx)))
    office.call(
        lambda tx: tx.execute(
            update(t.post).where(t.post.c.person_id == "legal").values(valid_to=date(2026, 3, 11))
        )
    )
    with pytest.raises(NotAllowedError, match="没有这项权限"):
        office.call(
            lambda tx: Desks(tx, filing).act("legal", Act.OPINE, Desks(tx, filing).task(Desk.LEGAL))
        )


def test_nobody_decides_on_what_they_filed(office: Ledger) -> None:
    filing = office.call(lambda tx: sign(tx, open_filing(tx)))
    office.call(
        lambda tx: tx.execute(
            update(t.post)
            .where(t.post.c.person_id == "chen")
            .values(unit_code="D-legal", role="reviewer")
        )
    )
    with pytest.raises(NotAllowedError, match="本人报送"):
        office.call(
            lambda tx: Desks(tx, filing).act("chen", Act.OPINE, Desks(tx, filing).task(Desk.LEGAL))
        )


def test_a_withdrawn_filing_leaves_no_task_open(office: Ledger) -> None:
    def story(tx: Transaction) -> tuple[Stage, set[TaskState], str]:
        filing = sign(tx, open_filing(tx))
        filing = tx.filings.withdraw(filing, by=who(tx, "lin"), role=Role.PRINCIPAL, now=NOW)
        tasks = tx.tasks.of(filing)
        return filing.stage, {task.state for task in tasks}, tx.tasks.what_happened(tasks[0])

    stage, states, sentence = office.call(story)
    assert (stage, states) == (Stage.WITHDRAWN, {TaskState.SUPERSEDED})
    assert "已由学校撤回" in sentence


def test_who_comes_after_a_colleague_s_return_is_told_of_it(office: Ledger) -> None:
    def story(tx: Transaction) -> None:
        filing = sign(tx, open_filing(tx))
        desks = Desks(tx, filing)
        seen = desks.task(Desk.LEGAL)
        desks.act("legal", Act.RETURN, seen, points=[{"criterion": "plan", "text": "请补充方案"}])
        desks.act("legal2", Act.OPINE, seen)

    with pytest.raises(StaleError, match="已退回学校补正，学校交回后会再送您处"):
        office.call(story)


def test_silence_of_an_advisory_desk_is_recorded_as_no_opinion(office: Ledger) -> None:
    def story(tx: Transaction) -> tuple[str, TaskState]:
        filing = sign(tx, open_filing(tx))
        task = Desks(tx, filing).task(Desk.RESEARCH)
        tx.tasks.expire(task, NOW)
        decision = tx.tasks.decision(task)
        assert decision is not None
        return decision.reason, tx.tasks.known(task.id).state

    assert office.call(story) == ("无意见", TaskState.DECIDED)


def test_the_announcement_is_confirmed_once(office: Ledger) -> None:
    filing = office.call(register)
    first = office.call(
        lambda tx: tx.announcements.announce(filing, wording="公告", by=who(tx, "chen"), now=NOW)
    )
    again = office.call(
        lambda tx: tx.announcements.announce(filing, wording="公告", by=who(tx, "lin"), now=NOW)
    )
    assert (first, again) == (True, False)


def test_a_desk_whose_finding_blocked_looks_again_after_the_lead_s_return(office: Ledger) -> None:
    def story(tx: Transaction) -> list[TaskState]:
        filing = sign(tx, open_filing(tx))
        desks = Desks(tx, filing)
        desks.act("research", Act.OPINE, desks.task(Desk.RESEARCH))
        desks.act("tech", Act.OPINE, desks.task(Desk.TECH))
        desks.act("legal", Act.OPINE, desks.task(Desk.LEGAL), verdict="against")
        desks.act("basic", Act.RETURN, desks.task(Desk.BASIC, TaskKind.DECISION), points=[])
        back = tx.filings.resubmit(
            tx.filings.known(filing.id),
            by=who(tx, "chen"),
            role=Role.OWNER,
            answers={},
            facts=APP,
            now=NOW,
        )
        return [task.state for task in tx.tasks.of(back) if task.desk is Desk.LEGAL]

    assert sorted(office.call(story)) == [TaskState.OPEN, TaskState.SUPERSEDED]
