"""Self-inspection by the books: bounded steps, one answer at a time, and what check finds."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from storage import tables as t
from storage.cases import Followup
from storage.check import check
from storage.inspections import AT_ONCE
from storage.ledger import Ledger
from storage.rounds import Round
from storage.rules.inspection import RoundDays, RoundScope, RoundState
from storage.rules.terms import NotAllowedError
from storage.self_checks import Sheet, Told
from storage.transaction import Transaction
from tests.storage.conftest import NOW, TENANT
from tests.storage.office import SCHOOL, register, settle_in, who

DAYS = RoundDays(date(2026, 3, 16), date(2026, 3, 25), date(2026, 4, 1), date(2026, 4, 3))
FIRST = NOW + timedelta(days=4)
DUE = date(2026, 4, 14)
Damage = Callable[[Transaction], object]


def plan(tx: Transaction, by: str = "tech") -> Round:
    return tx.inspections.plan(
        [TENANT], RoundScope(), DAYS, made_for=TENANT, by=who(tx, by), day=NOW.date(), now=NOW
    )[0]


def hand_out(tx: Transaction, one: Round, now: datetime = FIRST) -> int:
    return len(tx.inspections.hand_out(TENANT, one.id, now.date(), now))


@pytest.fixture
def open_round(ledger: Ledger) -> Round:
    """A round that has reached the county's one school, which has one filing in force."""

    def build(tx: Transaction) -> Round:
        settle_in(tx)
        register(tx)
        return plan(tx)

    one = ledger.call(build)
    ledger.call(lambda tx: hand_out(tx, one))
    return ledger.call(lambda tx: tx.inspections.known(TENANT, one.id))


def sheet_of(tx: Transaction) -> Sheet:
    (found,) = tx.self_checks.of_school(TENANT, SCHOOL)
    return found[1]


def answer(
    tx: Transaction,
    by: str = "chen",
    *,
    amiss: dict[int, str] | None = None,
    now: datetime = FIRST,
    seen: int = 1,
) -> Sheet:
    sheet = sheet_of(tx)
    (filing,) = tx.execute(select(t.filing.c.id)).scalars()
    told = Told((filing,), {filing: amiss or {}}, ("小鹿作业",))
    return tx.self_checks.answer(
        sheet, told, due_on=DUE, by=who(tx, by), day=now.date(), seen=seen, now=now
    )[0]


def test_a_large_round_reaches_its_schools_in_bounded_steps(ledger: Ledger) -> None:
    def furnish(tx: Transaction) -> Round:
        settle_in(tx)
        (row,) = tx.execute(select(t.unit).where(t.unit.c.code == SCHOOL))
        more = [
            {**row._mapping, "code": f"33030290{one:02}", "name": f"学校{one}"}
            for one in range(2 * AT_ONCE)
        ]
        tx.execute(insert(t.unit), more)
        return plan(tx)

    one = ledger.call(furnish)
    assert ledger.call(lambda tx: hand_out(tx, one, NOW)) == 0
    assert [ledger.call(lambda tx: hand_out(tx, one)) for _ in range(4)] == [AT_ONCE, AT_ONCE, 1, 0]
    known = ledger.call(lambda tx: tx.inspections.known(TENANT, one.id))
    assert known.state is RoundState.OPEN and known.filled_at is not None
    assert ledger.call(lambda tx: tx.inspections.tally([one]))[one.id].schools == 2 * AT_ONCE + 1
    assert ledger.call(lambda tx: check(tx, FIRST)) == []


@pytest.mark.parametrize(
    ("by", "now", "seen", "says"),
    [
        ("tech", FIRST, 1, "自查由本校的经办人或校长填报"),  # no post at the school
        ("chen", FIRST + timedelta(days=30), 1, "已经结束"),  # after its last day
        ("chen", NOW, 1, "3月16日开始"),  # before its first
        ("lin", FIRST, 2, "本校的自查刚刚由"),  # another version was seen
    ],
)
def test_an_answer_that_does_not_count_is_refused_where_it_commits(
    ledger: Ledger, open_round: Round, by: str, now: datetime, seen: int, says: str
) -> None:
    with pytest.raises(NotAllowedError, match=says):
        ledger.call(lambda tx: answer(tx, by, now=now, seen=seen))
    assert ledger.call(lambda tx: tx.inspections.tally([open_round]))[open_round.id].received == 0


def test_of_two_people_of_one_school_one_is_first(ledger: Ledger, open_round: Round) -> None:
    def try_it(by: str) -> str:
        try:
            ledger.call(lambda tx: answer(tx, by))
        except NotAllowedError as refusal:
            return str(refusal)
        return ""

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(try_it, ["chen", "lin"]))
    assert said[0] == "" and "您这次的填报未计入" in said[1]
    assert ledger.call(lambda tx: check(tx, FIRST)) == []


def test_a_filing_that_came_meanwhile_has_the_school_asked_anew(
    ledger: Ledger, open_round: Round
) -> None:
    def late(tx: Transaction) -> None:
        sheet, (filing,) = sheet_of(tx), tx.execute(select(t.filing.c.id)).scalars()
        register(tx, title="口算宝")
        tx.self_checks.answer(
            sheet, Told((filing,), {}, ()), due_on=DUE, by=who(tx, "chen"), day=FIRST.date(),
            seen=1, now=FIRST,
        )  # fmt: skip

    with pytest.raises(NotAllowedError, match="在用备案有了变化"):
        ledger.call(late)


def test_a_corrected_answer_keeps_one_item_for_each_no(ledger: Ledger, open_round: Round) -> None:
    states = []
    for seen, amiss in enumerate(({4: "有挂钩"}, {3: "有收费"}, {3: "有收费", 4: "仍有挂钩"}), 1):
        ledger.call(lambda tx, seen=seen, amiss=amiss: answer(tx, amiss=amiss, seen=seen))
        rows = ledger.call(lambda tx: tx.rectifying.of_sheet(TENANT, sheet_of(tx).id))
        states.append({(one.cause or "")[-1]: one.state.value for one in rows})
        assert ledger.call(lambda tx: check(tx, FIRST)) == []
    assert states == [
        {"4": "open"}, {"4": "dropped", "3": "open"}, {"4": "open", "3": "open"},
    ]  # fmt: skip


def test_the_same_round_is_not_planned_twice_nor_by_another_desk(
    ledger: Ledger, open_round: Round
) -> None:
    for by, says in (("tech2", "已经发起过"), ("legal", "您目前没有这项权限")):
        with pytest.raises(NotAllowedError, match=says):
            ledger.call(lambda tx, by=by: plan(tx, by))


def test_the_schools_filings_and_what_is_due_are_found_by_their_indexes(
    ledger: Ledger, open_round: Round
) -> None:
    if not ledger.call(lambda tx: tx.is_sqlite):
        return  # a server chooses by statistics, which a small ledger has not
    asked: list[str] = []

    def watch(tx: Transaction) -> list[Any]:
        execute = tx.execute

        def told(statement: Any, *more: Any) -> Any:
            compiled = statement.compile(
                tx._connection.engine, compile_kwargs={"literal_binds": True}
            )
            asked.append(str(compiled))
            return execute(statement, *more)

        tx.execute = told  # type: ignore[method-assign, assignment]
        tx.inspections.to_hand_out(FIRST.date())
        tx.inspections.to_end(FIRST.date())
        tx.inspections.filings_of(TENANT, SCHOOL, RoundScope())
        tx.self_checks.of_school(TENANT, SCHOOL)
        tx.inspections.filings_in(TENANT, RoundScope(), [])
        return [tx._cursor.execute(f"EXPLAIN QUERY PLAN {one}").fetchall() for one in asked]

    plans = [" ".join(step[3] for step in found) for found in ledger.call(watch)]
    indexes = ("ix_inspection_due", "ix_inspection_due", "ix_filing_in_force",
               "ix_inspection_sheet_tenant_school")  # fmt: skip
    for found, index in zip(plans, indexes, strict=False):
        assert index in found, found
    assert "COVERING INDEX ix_filing_in_force" in plans[-1]


# --- who may -------------------------------------------------------------------------------------


def item(tx: Transaction) -> Followup:
    (found,) = tx.rectifying.of_sheet(TENANT, sheet_of(tx).id)
    return found


def hand(tx: Transaction, by: str = "chen") -> object:
    one, day = item(tx), FIRST.date()
    return tx.rectifying.hand(one, "已改", by=who(tx, by), day=day, seen=one.version, now=FIRST)


def confirm(tx: Transaction, by: str = "tech") -> object:
    one, day = item(tx), FIRST.date()
    return tx.rectifying.confirm(one, by=who(tx, by), day=day, seen=one.version, now=FIRST)


def teaches_too(tx: Transaction) -> object:
    """Let somebody of the centre speak for the school as well, and confirm what is its own."""
    tx.execute(
        insert(t.post).values(
            tenant=TENANT, unit_code=SCHOOL, person_id="tech2", role="owner",
            valid_from=date(2026, 1, 1),
        )
    )  # fmt: skip
    return confirm(tx, "tech2")


def draw(tx: Transaction, by: str = "tech") -> Round:
    (one,) = tx.inspections.of([TENANT], NOW.date())
    return tx.visits.draw(one, by=who(tx, by), day=FIRST.date(), now=FIRST)


def note(tx: Transaction, by: str) -> None:
    one = draw(tx)
    (visit,) = tx.visits.of(one)
    tx.visits.note(one, visit, "属实", by=who(tx, by), day=FIRST.date(), now=FIRST)


def evaluate(tx: Transaction, by: str) -> None:
    one = draw(tx)
    (visit,) = tx.visits.of(one)
    tx.visits.evaluate(one, visit, "较好", by=who(tx, by), day=FIRST.date(), now=FIRST)


def plan_next_door(tx: Transaction) -> object:
    return tx.inspections.plan(
        ["330303"], RoundScope(), DAYS, made_for=TENANT, by=who(tx, "tech"), day=NOW.date(), now=NOW
    )


def cancel(tx: Transaction, by: str, day: date) -> object:
    (one,) = tx.inspections.of([TENANT], NOW.date())
    return tx.inspections.cancel(one.bundle, by=who(tx, by), day=day, now=NOW)


@pytest.mark.parametrize(
    ("act", "says"),
    [
        pytest.param(lambda tx: hand(tx, "legal"), "整改由本校的经办人或校长提交", id="hand"),
        pytest.param(confirm, "整改现在是“待办”，不能确认整改完成", id="nothing handed in"),
        pytest.param(
            lambda tx: (hand(tx), confirm(tx, "legal")), "整改由教育技术部门的审核人确认",
            id="confirm",
        ),
        pytest.param(
            lambda tx: (hand(tx), teaches_too(tx)), "请由同处室的其他同志确认", id="one's own"
        ),
        pytest.param(lambda tx: draw(tx, "legal"), "自查由教育技术部门发起和汇总", id="draw"),
        pytest.param(lambda tx: note(tx, "research"), "自查由教育技术部门发起", id="visit"),
        pytest.param(lambda tx: evaluate(tx, "tech"), "评价由教育教学研究院", id="evaluate"),
        pytest.param(plan_next_door, "自查由教育技术部门发起和汇总", id="another authority"),
        pytest.param(
            lambda tx: cancel(tx, "legal", NOW.date()), "自查由教育技术部门发起", id="cancel"
        ),
        pytest.param(
            lambda tx: cancel(tx, "tech", FIRST.date()), "学校正在填报，不能取消", id="too late"
        ),
    ],
)  # fmt: skip
def test_who_may_not_is_refused_where_it_commits(
    ledger: Ledger, open_round: Round, act: Damage, says: str
) -> None:
    ledger.call(lambda tx: answer(tx, amiss={4: "有挂钩"}))
    with pytest.raises(NotAllowedError, match=says):
        ledger.call(act)
    assert ledger.call(lambda tx: check(tx, FIRST)) == []


# --- what beian check finds ----------------------------------------------------------------------


def on(table: Any, **values: object) -> Damage:
    return lambda tx: tx.execute(update(table).values(**values))


def another_item(tx: Transaction) -> object:
    (row,) = tx.execute(select(t.followup).where(t.followup.c.kind == "rectify"))
    return tx.execute(insert(t.followup).values({**row._mapping, "id": "x", "cause": "s:3"}))


def no_item(tx: Transaction) -> object:
    return tx.execute(delete(t.followup).where(t.followup.c.kind == "rectify"))


def of_another_school(tx: Transaction) -> object:
    return tx.execute(update(t.filing).values(school="elsewhere"))


@pytest.mark.parametrize(
    ("damage", "finding"),
    [
        pytest.param(another_item, "that no 否 of s:3 asked for", id="an item of no answer"),
        pytest.param(no_item, "has 0 items to put right", id="a no without its item"),
        pytest.param(of_another_school, "of another school", id="another school's filing"),
        pytest.param(
            on(t.inspection_sheet, received_at=FIRST + timedelta(days=30)),
            "was answered outside its round", id="answered too late",
        ),
        pytest.param(
            on(t.inspection_sheet, noes=5), "counts otherwise than its answers", id="miscounted"
        ),
        pytest.param(
            on(t.inspection, state="cancelled"), "has not reached its schools",
            id="a sheet of a cancelled round",
        ),
        pytest.param(on(t.inspection, seed="x"), "than its seed draws", id="another draw"),
    ],
)  # fmt: skip
def test_each_damage_is_found(
    ledger: Ledger, open_round: Round, damage: Damage, finding: str
) -> None:
    ledger.call(lambda tx: answer(tx, amiss={4: "有挂钩"}))
    assert ledger.call(lambda tx: check(tx, FIRST)) == []
    ledger.call(damage)
    findings = ledger.call(lambda tx: check(tx, FIRST))
    assert any(finding in line for line in findings), findings
