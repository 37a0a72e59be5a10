"""What a bulletin rests on: a week is closed once, counts are on indexes, what is nearly due."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, update

from storage import tables as t
from storage.check import check
from storage.figures import Scope, Window
from storage.ledger import Ledger
from storage.people import Group
from storage.rules.bulletins import Rhythm
from storage.rules.periods import week
from storage.rules.terms import Act, Desk, TaskKind
from storage.transaction import Transaction
from tests.storage.conftest import NOW, TENANT
from tests.storage.office import SCHOOL, TERMINAL, Desks, open_filing, register, settle_in, sign

ZONE = ZoneInfo("Asia/Shanghai")
MONDAY, TODAY = date(2026, 3, 9), date(2026, 3, 12)
HERE = Scope((TENANT,))
LOADED = {"SCAN calendar_day", "SCAN calendar_load", "SCAN rest_day"}


def weeks(many: int) -> list[Window]:
    starts = [MONDAY - timedelta(weeks=back) for back in reversed(range(many))]
    return [Window.of(week(start), ZONE) for start in starts]


def test_of_two_who_close_a_week_in_the_same_moment_one_does(ledger: Ledger) -> None:
    begun = threading.Barrier(2 if not ledger.url.startswith("sqlite") else 1)

    def close(tx: Transaction) -> bool:
        begun.wait(5)
        return tx.bulletins.close(TENANT, Rhythm.WEEK, MONDAY, NOW)

    with ThreadPoolExecutor(2) as pool:
        done = [pool.submit(ledger.call, close) for _ in range(2)]
        assert sorted(one.result() for one in done) == [False, True]
    closed = ledger.call(
        lambda tx: tx.bulletins.closed({Rhythm.WEEK: MONDAY, Rhythm.MONTH: date(2026, 3, 1)})
    )
    assert closed == {(TENANT, Rhythm.WEEK)}
    later = {Rhythm.WEEK: MONDAY + timedelta(days=7), Rhythm.MONTH: MONDAY}
    assert ledger.call(lambda tx: tx.bulletins.closed(later)) == set()


@pytest.fixture
def office(ledger: Ledger) -> Ledger:
    """One registered, one turned down, one under way, and a draft."""

    def build(tx: Transaction) -> None:
        settle_in(tx)
        register(tx)
        rejected = sign(tx, open_filing(tx, title="口算宝"))
        desks = Desks(tx, rejected)
        for name, desk in (("legal", Desk.LEGAL), ("research", Desk.RESEARCH), ("tech", Desk.TECH)):
            desks.act(name, Act.OPINE, desks.task(desk))
        desks.act("basic", Act.REJECT, desks.task(Desk.BASIC, TaskKind.DECISION), reason="已有")
        sign(tx, open_filing(tx, TERMINAL, "平板"))
        open_filing(tx, title="作业本")

    ledger.call(build)
    return ledger


def test_each_week_counts_what_came_and_what_ended_in_it(office: Ledger) -> None:
    counts = office.call(lambda tx: tx.figures.trend(HERE, weeks(3)))
    assert counts == [(0, 0), (0, 0), (3, 2)]
    whole = office.call(lambda tx: tx.figures.by_tenant(HERE, weeks(1)[0])[TENANT])
    assert counts[-1] == (whole.received, whole.ended)
    # Sunday's last minute and Monday's first, by the office's clock.
    moved = NOW.replace(day=8, hour=15, minute=59)
    for at, expected in ((moved, (3, 0)), (moved + timedelta(minutes=1), (0, 3))):
        office.call(
            lambda tx, at=at: (
                tx.execute(
                    update(t.filing).where(t.filing.c.signed_at.is_not(None)).values(signed_at=at)
                ).rowcount
            )
        )
        found = office.call(lambda tx: tx.figures.trend(HERE, weeks(2)))
        assert tuple(came for came, _ in found) == expected


def test_what_is_nearly_due_is_counted_by_case_and_what_came_today_is_not(office: Ledger) -> None:
    def near(tx: Transaction, ahead: int = 1) -> int:
        return tx.bulletins.near(TENANT, TODAY, TODAY + timedelta(days=ahead), ZONE)

    due = TODAY + timedelta(days=1)
    office.call(lambda tx: tx.execute(update(t.task).values(due_on=due)).rowcount)
    assert office.call(near) == 0
    earlier = NOW - timedelta(days=1)
    office.call(lambda tx: tx.execute(update(t.task).values(opened_at=earlier)).rowcount)
    # Four desks look at the one that is under way.
    assert office.call(near) == 1
    assert office.call(lambda tx: near(tx, ahead=0)) == 0
    # What is over its limit is nobody's news in a group.
    over = TODAY - timedelta(days=1)
    office.call(lambda tx: tx.execute(update(t.task).values(due_on=over)).rowcount)
    assert office.call(near) == 0


def test_an_authority_without_any_open_case_has_nothing_under_way(office: Ledger) -> None:
    assert office.call(lambda tx: tx.bulletins.has_running(TENANT))
    assert not office.call(lambda tx: tx.bulletins.has_running("330303"))
    # What waits for its school is under way; a draft is the school's own affair.
    for before, after in (("open", "returned"), ("returned", "superseded")):
        ended = update(t.task).where(t.task.c.state == before).values(state=after)
        office.call(lambda tx, ended=ended: tx.execute(ended).rowcount)
        still = after == "returned"
        assert office.call(lambda tx: tx.bulletins.has_running(TENANT)) is still


def test_the_groups_of_an_authority_are_those_of_its_departments(office: Ledger) -> None:
    def groups(tx: Transaction) -> list[str]:
        for id_, unit, purpose, active in (
            ("ours", "D-tech", "工作群", True), ("old", "D-tech", "工作群", False),
            ("school", SCHOOL, "工作群", True), ("parents", SCHOOL, "学校群", True),
            ("twin", "D-tech", "工作群", True),
        ):  # fmt: skip
            tx.execute(
                insert(t.chat_group).values(
                    tenant=TENANT, id=id_, unit_code=unit, name=id_, purpose=purpose,
                    instance="wecom", platform="robot", address="sealed", address_index=id_,
                    active=active,
                )
            )  # fmt: skip
        wanted = Group(TENANT, "", "D-tech", "twin", "工作群", "wecom")
        bound, _ = tx.groups.bind(
            wanted, platform="room", address="x", person_id="tech", role="admin", now=NOW
        )
        found = [one.id for one in tx.groups.of_departments(TENANT, "工作群")]
        return ["bound" if one == bound.id else one for one in found]

    assert office.call(groups) == ["ours", "bound"]


def test_a_check_finds_a_week_that_a_group_was_told_twice_or_too_early(office: Ledger) -> None:
    def tell(tx: Transaction, once: str) -> list[str]:
        tx.outbox.put(
            instance="wecom", address="", body={"text": "件"}, now=NOW, group_id="w1",
            once=f"{once}:w1",
        )  # fmt: skip
        return [one for one in check(tx, NOW) if one.startswith("bulletins")]

    office.call(
        lambda tx: tx.execute(
            insert(t.chat_group).values(
                tenant=TENANT, id="w1", unit_code="D-tech", name="工作群", purpose="工作群",
                instance="wecom", platform="robot", address="sealed", address_index="w1",
            )
        ).rowcount
    )  # fmt: skip
    week_of = f"bulletin:week:{MONDAY}"
    assert office.call(lambda tx: tell(tx, week_of)) == [
        f"bulletins: outbox 1 tells of a week that {TENANT} is not done with"
    ]
    office.call(lambda tx: tx.bulletins.close(TENANT, Rhythm.WEEK, MONDAY, NOW))
    office.call(lambda tx: tx.bulletins.close(TENANT, Rhythm.MONTH, MONDAY, NOW))
    assert office.call(lambda tx: tell(tx, f"bulletin-picture:week:{MONDAY}")) == []
    assert office.call(lambda tx: tell(tx, f"{week_of}:month:{MONDAY}")) == [
        f"bulletins: group w1 is told of the week of {MONDAY} twice"
    ]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_bulletin_reads_a_whole_table(office: Ledger) -> None:
    def read(tx: Transaction) -> list[str]:
        asked: list[str] = []
        driver = tx._connection.connection.driver_connection
        driver.set_trace_callback(asked.append)  # type: ignore[union-attr]
        tx.bulletins.closed(dict.fromkeys(Rhythm, MONDAY))
        tx.bulletins.has_running(TENANT)
        tx.bulletins.near(TENANT, TODAY, TODAY, ZONE)
        tx.figures.trend(HERE, weeks(8))
        driver.set_trace_callback(None)  # type: ignore[union-attr]
        plans = [tx._cursor.execute(f"EXPLAIN QUERY PLAN {one}").fetchall() for one in asked]
        return [str(row[3]) for plan in plans for row in plan]

    steps = office.call(read)
    assert {one for one in steps if one.startswith("SCAN")} <= LOADED | {"SCAN CONSTANT ROW"}
    for index in (
        "ix_bulletin_begun_rhythm", "ix_task_due", "ix_filing_tenant_signed_at",
        "ix_filing_tenant_registered_at_signed_at", "ix_filing_rejected",
    ):  # fmt: skip
        assert any(index in one for one in steps), index
