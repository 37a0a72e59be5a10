"""Figures, lists and the register: the same on both databases, and nothing of another authority."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select, update

from handlers.forms.fields import PURPOSE, PURPOSES
from storage import tables as t
from storage.cases import Filing
from storage.figures import Figures, Scope, Window
from storage.ledger import Ledger
from storage.rules.periods import month, year
from storage.rules.terms import Act, Desk, Kind, TaskKind
from storage.transaction import Transaction
from storage.types import write_json
from tests.storage.conftest import NOW, TENANT
from tests.storage.office import SCHOOL, TERMINAL, Desks, open_filing, register, settle_in, sign
from tests.storage.test_check import free_journal

ZONE = ZoneInfo("Asia/Shanghai")
MARCH = Window.of(month(date(2026, 3, 1)), ZONE)
ALL_YEAR = Window.of(year(2026), ZONE)
NEXT, THEIRS = "330303", "3303030001"
HERE, BOTH = Scope((TENANT,)), Scope((TENANT, NEXT))
SMALL = {"SCAN calendar_day", "SCAN calendar_load", "SCAN rest_day"}
PHONE = "13857712345"


def set_times(tx: Transaction, filing: Filing, **values: Any) -> None:
    tx.execute(update(t.filing).where(t.filing.c.id == filing.id).values(**values))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


def copy_elsewhere(tx: Transaction, filing: Filing, **values: Any) -> str:
    """Write a filing like this one for the next county."""
    row = dict(tx.execute(select(t.filing).where(t.filing.c.id == filing.id)).one()._mapping)
    row |= {"tenant": NEXT, "school": THEIRS, "id": f"n{filing.id[1:]}", **values}
    tx.execute(insert(t.filing).values(row))
    return str(row["id"])


def send_back(tx: Transaction, filing: Filing, desk: Desk = Desk.TECH) -> None:
    points = [{"criterion": "", "text": f"请补充账号注销方式，联系{PHONE}"}]
    desks = Desks(tx, filing)
    desks.act(desk.value, Act.RETURN, desks.task(desk), points=points)


@pytest.fixture
def office(ledger: Ledger) -> Ledger:
    """One registered, one sent back and one turned down here; one registered next door."""

    def build(tx: Transaction) -> None:
        settle_in(tx)
        tx.execute(
            insert(t.unit).values(
                tenant=NEXT, code=THEIRS, name="永昌实验小学", kind="school", area=NEXT,
                owner="county", ownership="public", levels=["primary"], desks=[],
            )
        )  # fmt: skip
        done = register(tx)
        # A Monday to the Thursday of the week after: eight working days.
        set_times(tx, done, signed_at=at("2026-03-02T09:00"), registered_at=at("2026-03-12T09:00"))
        copy_elsewhere(
            tx, done, signed_at=at("2026-03-10T09:00"), registered_at=at("2026-03-12T17:00")
        )
        back = sign(tx, open_filing(tx, TERMINAL, f"平板{PHONE}"))
        send_back(tx, back, Desk.FINANCE)
        rejected = sign(tx, open_filing(tx, title="口算宝"))
        desks = Desks(tx, rejected)
        for name, desk in (("legal", Desk.LEGAL), ("research", Desk.RESEARCH), ("tech", Desk.TECH)):
            desks.act(name, Act.OPINE, desks.task(desk))
        desks.act("basic", Act.REJECT, desks.task(Desk.BASIC, TaskKind.DECISION), reason="已有")
        open_filing(tx, title="作业本")  # not signed: nobody's business but the school's

    ledger.call(build)
    return ledger


@pytest.mark.covers("R81")
def test_a_month_s_figures_are_those_of_the_authority(office: Ledger) -> None:
    found = office.call(lambda tx: tx.figures.by_tenant(HERE, MARCH))
    assert found == {
        TENANT: Figures(received=3, registered=1, rejected=1, returned=1, went_back=0, days=[8])
    }


@pytest.mark.covers("R2")
def test_another_authority_s_filings_are_in_no_figure_of_this_one(office: Ledger) -> None:
    def read(tx: Transaction) -> list[Any]:
        f = tx.figures
        return [
            f.by_tenant(Scope((NEXT,)), MARCH), f.by_school(Scope((NEXT,)), MARCH),
            f.standing(Scope((NEXT,))), f.kinds(Scope((NEXT,)), MARCH),
            f.levels(Scope((NEXT,)), MARCH), f.steps(Scope((NEXT,)), MARCH),
        ]  # fmt: skip

    alone = Figures(received=1, registered=1, days=[2])
    assert office.call(read) == [
        {NEXT: alone}, {(NEXT, THEIRS): alone}, {NEXT: {"已备案": 1}},
        {"应用": (1, 1)}, {"小学": 1}, {},
    ]  # fmt: skip


def test_the_city_reads_each_county_beside_the_others(office: Ledger) -> None:
    found = office.call(lambda tx: tx.figures.by_tenant(BOTH, MARCH))
    assert {tenant: one.received for tenant, one in found.items()} == {TENANT: 3, NEXT: 1}
    total = Figures.total(found.values())
    assert (total.ended, total.mean, total.median) == (3, 5.0, 5.0)


def test_a_school_s_figures_are_its_own(office: Ledger) -> None:
    def read(tx: Transaction) -> Any:
        return tx.figures.by_tenant(Scope((TENANT,), ("other",)), MARCH)

    assert office.call(read) == {TENANT: Figures()}
    mine = office.call(lambda tx: tx.figures.by_tenant(Scope((TENANT,), (SCHOOL,)), MARCH))
    assert mine[TENANT].received == 3


def test_a_case_sent_back_twice_is_one_case(office: Ledger) -> None:
    def story(tx: Transaction) -> Figures:
        filing = sign(tx, open_filing(tx, title="听海"))
        send_back(tx, filing)
        send_back(tx, filing, Desk.LEGAL)
        return tx.figures.by_tenant(HERE, MARCH)[TENANT]

    # What a transaction does is in the journal when it ends.
    office.call(story)
    assert office.call(lambda tx: tx.figures.by_tenant(HERE, MARCH)[TENANT].returned) == 2


def test_the_share_sent_back_is_of_those_that_ended(office: Ledger) -> None:
    def story(tx: Transaction) -> None:
        numbered = (t.filing.c.tenant == TENANT, t.filing.c.number.is_not(None))
        done = tx.execute(select(t.filing.c.id).where(*numbered))
        # Sent back in the month before, which is no return of this one.
        at = datetime(2026, 2, 27, tzinfo=UTC)
        tx.journal.begin(tenant=TENANT, at=at, act="return", subject=done.scalar_one())

    office.call(story)
    figures = office.call(lambda tx: tx.figures.by_tenant(HERE, MARCH)[TENANT])
    assert (figures.returned, figures.went_back, figures.share_back) == (1, 1, 50)


def test_the_night_belongs_to_the_day_of_the_office_s_zone(office: Ledger) -> None:
    def story(tx: Transaction) -> None:
        filing = sign(tx, open_filing(tx, title="听海"))
        # 00:30 of 1 April in the office is still March in UTC.
        set_times(tx, filing, signed_at=at("2026-04-01T00:30"))

    office.call(story)
    assert office.call(lambda tx: tx.figures.by_tenant(HERE, MARCH)[TENANT].received) == 3


@pytest.mark.covers("R81")
def test_each_step_s_working_days_are_counted_apart(office: Ledger) -> None:
    def story(tx: Transaction) -> None:
        decision = (t.task.c.kind == "decision", t.task.c.state == "decided")
        tx.execute(
            update(t.task).where(*decision).values(
                opened_at=at("2026-03-06T09:00"), decided_at=at("2026-03-10T09:00")
            )
        )  # fmt: skip

    office.call(story)
    steps = office.call(lambda tx: tx.figures.steps(HERE, MARCH))
    assert steps == {"会审": [0, 0, 0], "审批": [2], "备案": [0]}


def test_kinds_and_levels_are_counted_by_their_words(office: Ledger) -> None:
    kinds = office.call(lambda tx: tx.figures.kinds(HERE, ALL_YEAR))
    assert kinds == {"应用": (2, 1), "移动学习终端": (1, 0)}
    assert office.call(lambda tx: tx.figures.levels(HERE, ALL_YEAR)) == {"小学": 3}


@pytest.mark.covers("R5", "R56")
def test_the_purposes_that_schools_ticked_are_counted_by_their_words(office: Ledger) -> None:
    def story(tx: Transaction) -> dict[str, int]:
        filings = tx.filings.of_school(TENANT, SCHOOL)
        every = [pick.key for pick in PURPOSES]
        for filing, ticked in zip(filings, (every, ["precise"], None, every), strict=True):
            words = {"overview": '"purposes":["smart"]'}
            set_times(tx, filing, answers=words | ({"purposes": ticked} if ticked else {}))
        return {PURPOSE.show([key]): n for key, n in tx.figures.purposes(HERE, MARCH).items()}

    assert office.call(story) == {
        "智慧教学": 1, "精准教学": 2, "个性化教学": 1, "深度融合": 1, "示范区创建": 1,
        "教学方式转变": 1, "提升质量": 1,
    }  # fmt: skip


def test_what_a_newer_program_wrote_counts_under_its_own_name(office: Ledger) -> None:
    def story(tx: Transaction) -> dict[str, dict[str, int]]:
        filing = sign(tx, open_filing(tx, title="听海"))
        set_times(tx, filing, stage="hibernating", kind="robot")
        return tx.figures.standing(HERE)

    assert office.call(story)[TENANT] == {"会审中": 1, "不予通过": 1, "已备案": 1, "hibernating": 1}
    assert office.call(lambda tx: tx.figures.kinds(HERE, MARCH))["robot"] == (1, 0)
    assert len(office.call(lambda tx: tx.board.signed(HERE, skip=0, most=9))) == 4


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_figure_reads_a_whole_table(office: Ledger) -> None:
    def read(tx: Transaction) -> list[str]:
        asked: list[str] = []
        driver = tx._connection.connection.driver_connection
        driver.set_trace_callback(asked.append)  # type: ignore[union-attr]
        tx.figures.by_school(HERE, MARCH)
        tx.figures.steps(HERE, MARCH)
        tx.board.running(HERE)
        tx.board.unfiled([TENANT])
        driver.set_trace_callback(None)  # type: ignore[union-attr]
        plans = [tx._cursor.execute(f"EXPLAIN QUERY PLAN {one}").fetchall() for one in asked]
        return [str(row[3]) for plan in plans for row in plan]

    steps = office.call(read)
    assert {one for one in steps if one.startswith("SCAN")} <= SMALL
    assert any("ix_journal_returned" in one for one in steps)
    assert any("ix_filing_tenant_signed_at" in one for one in steps)
    assert any("ix_filing_tenant_registered_at_signed_at" in one for one in steps)


# --- lists -------------------------------------------------------------------------------------


def test_the_one_that_waits_longest_comes_first_with_whom_it_waits_for(office: Ledger) -> None:
    def story(tx: Transaction) -> list[Any]:
        filing = sign(tx, open_filing(tx, title="听海"))
        tasks = (t.task.c.filing_id == filing.id, t.task.c.desk == "legal")
        tx.execute(update(t.task).where(*tasks).values(opened_at=at("2026-03-04T09:00")))
        return [(one.line.title, one.waits, one.since) for one in tx.board.running(HERE)]

    assert office.call(story) == [
        ("听海", ("法规处", "教育技术中心", "教育教学研究院"), at("2026-03-04T09:00")),
        ("平板138****2345", ("基教处", "学校补正"), NOW),
    ]


def test_no_draft_and_nothing_of_elsewhere_is_in_a_list(office: Ledger) -> None:
    def read(tx: Transaction) -> list[Any]:
        filing = tx.filings.of_school(TENANT, SCHOOL)[0]
        bare = dict.fromkeys(("number", "series", "serial", "registered_at", "settled_at"))
        copy_elsewhere(
            tx, filing, id="elsewhere", stage="in_review", case_no="26-0303-0009", **bare
        )
        draft = next(one for one in tx.filings.of_school(TENANT, SCHOOL) if one.title == "作业本")
        set_times(tx, draft, stage="in_review")  # as a stage before the signature would be
        return [
            {one.line.title for one in tx.board.running(HERE)} & {"作业本"},
            {one.line.tenant for one in tx.board.running(HERE)},
            {one.tenant for one in tx.board.signed(HERE, skip=0, most=99)},
            {one.tenant for one in tx.board.registered(HERE)},
            {one.title for one in tx.board.signed(HERE, skip=0, most=99)} & {"作业本"},
            tx.board.lines(HERE, ["26-0303-0009"]),
            tx.board.count_signed(HERE),
        ]

    assert office.call(read) == [set(), {TENANT}, {TENANT}, {TENANT}, set(), [], 3]


def test_the_register_is_read_on_from_any_row(office: Ledger) -> None:
    def read(tx: Transaction) -> tuple[list[Any], list[Any]]:
        whole = tx.board.registered(BOTH)
        parts = []
        after = None
        while page := tx.board.registered(BOTH, after=after, most=1):
            parts += page
            after = page[-1].place
        return whole, parts

    whole, parts = office.call(read)
    assert whole == parts and [one.tenant for one in whole] == [TENANT, NEXT]
    assert (whole[0].kind, whole[0].levels, whole[0].status_label) == ("应用", ("小学",), "已备案")


def test_a_school_that_only_drafts_has_never_filed(office: Ledger) -> None:
    def read(tx: Transaction) -> list[Any]:
        for code, active in (("3303020002", True), ("3303020003", False)):
            tx.execute(
                insert(t.unit).values(
                    tenant=TENANT, code=code, name=f"学校{code[-1]}", kind="school", area=TENANT,
                    owner="county", ownership="public", levels=[], desks=[], active=active,
                )
            )  # fmt: skip
        return [tx.board.unfiled([TENANT, NEXT]), tx.board.unfiled_schools([TENANT])]

    assert office.call(read) == [
        {TENANT: (1, 2), NEXT: (0, 1)}, [(TENANT, "3303020002", "学校2")],
    ]  # fmt: skip


# --- the trail ---------------------------------------------------------------------------------


def case(tx: Transaction, title: str = "云阅读") -> Filing:
    return next(one for one in tx.filings.of_school(TENANT, SCHOOL) if one.title == title)


@pytest.mark.covers("R22")
def test_the_trail_says_who_did_what_as_what_and_why(office: Ledger) -> None:
    def read(tx: Transaction) -> list[Any]:
        steps = tx.trail.steps(case(tx, f"平板{PHONE}"))
        return [(one.act, one.who, one.role, one.unit, one.clause, one.why) for one in steps]

    steps = office.call(read)
    assert steps[0] == ("请校长确认", "陈晓", "项目负责人", "", "四（四）", "")
    assert steps[-1] == (
        "退回", "计财finance", "审核人", "计财处", "三（一）1",
        "请补充账号注销方式，联系138****2345",
    )  # fmt: skip


def test_a_sound_chain_is_proved_around_a_case(office: Ledger) -> None:
    def read(tx: Transaction) -> tuple[Any, Any, str]:
        rows = tx.trail.entries(case(tx))
        seqs = [row.seq for row in rows]
        return (
            tx.trail.prove(TENANT, seqs, most=1000),
            tx.trail.prove(TENANT, seqs, most=2),
            rows[-1].hash,
        )

    whole, some, digest = office.call(read)
    assert whole.unbroken and not whole.bad and whole.digest == digest
    assert whole.checked == whole.last - whole.first + 1
    assert not some.unbroken and not some.bad and some.checked < whole.checked + 1


@pytest.mark.parametrize("most", [1000, 2])
def test_an_act_that_was_changed_is_found_from_the_case(office: Ledger, most: int) -> None:
    def spoil(tx: Transaction) -> tuple[int, ...]:
        seqs = [row.seq for row in tx.trail.entries(case(tx))]
        free_journal(tx)
        row = (t.journal.c.tenant == TENANT, t.journal.c.seq == seqs[2])
        tx.execute(update(t.journal).where(*row).values(person_id="lin2"))
        proof = tx.trail.prove(TENANT, seqs, most=most)
        return (seqs[2], *proof.bad)

    spoilt, *bad = office.call(spoil)
    assert bad == [spoilt]


THEN = NOW + timedelta(minutes=1)


def draw(tx: Transaction, seed: str = "", now: datetime = THEN, **more: Any) -> Any:
    asked: dict[str, Any] = {"kind": "", "count": 2, "tenant": TENANT, **more}
    return tx.trail.draw(
        window=MARCH,
        period="2026年3月",
        mark="2026Q1",
        seed=seed,
        person_id="aud",
        now=now,
        **asked,
    )


def test_a_sample_is_drawn_again_by_its_seed_whatever_came_since(office: Ledger) -> None:
    first = office.call(draw)
    assert first.seed.startswith("2026Q1-") and len(first.lines) == 2 and first.population == 3
    later = THEN + timedelta(days=8)

    def more(tx: Transaction) -> None:
        for at in range(9):
            filing = sign(tx, open_filing(tx, title=f"听海{at}"))
            set_times(tx, filing, signed_at=later)

    office.call(more)
    again = office.call(lambda tx: draw(tx, first.seed, later))
    assert (again.lines, again.population) == (first.lines, 3)
    assert office.call(lambda tx: tx.trail.drawn(TENANT, first.seed)) == first.lines
    assert office.call(lambda tx: draw(tx, "", later)).seed != first.seed


def test_a_draw_is_written_down_with_its_list(office: Ledger) -> None:
    sample = office.call(draw)
    rows = office.call(lambda tx: list(tx.journal.of(TENANT, f"sample:{sample.seed}")))
    assert [(row.act, row.person_id, row.role) for row in rows] == [
        ("draw_sample", "aud", "auditor")
    ]
    assert rows[0].rows[0]["note"]["cases"] == [one.case_no for one in sample.lines]
    assert PHONE not in write_json(rows[0].rows)


def test_a_sample_holds_only_the_kind_and_the_authority_that_were_asked(office: Ledger) -> None:
    sample = office.call(lambda tx: draw(tx, kind="终端", count=50))
    assert [one.title for one in sample.lines] == ["平板138****2345"]
    assert office.call(lambda tx: draw(tx, count=50, tenant=NEXT)).population == 1
    assert office.call(lambda tx: tx.trail.drawn(NEXT, sample.seed)) == []
    assert Kind.TERMINAL.label != "终端"  # the auditor's word is a shorter one
