"""节假日: an administrator loads days, and the limits that ran move with them."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from sqlalchemy import insert, select

from storage import tables as t
from storage.check import check
from storage.rules.terms import TaskKind
from storage.transaction import Transaction
from tests.stories.filing import returns, submits
from tests.stories.town import Town, turn_to

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def an_administrator(tx: Transaction) -> None:
    """Let the second hand of 基教 see to the authority's installation too."""
    tx.execute(
        insert(t.post).values(
            tenant="330302", unit_code="D-basic", person_id="basic2", role="admin",
            valid_from=date(2026, 1, 1),
        )
    )  # fmt: skip


def found(town: Town) -> list[str]:
    return town.bot.ledger.call(lambda tx: check(tx, town.clock.now()))


def limits(town: Town, kind: TaskKind = TaskKind.CO_REVIEW) -> set[date]:
    rows = select(t.task.c.due_on).where(t.task.c.kind == kind.value)
    return set(town.bot.ledger.call(lambda tx: tx.execute(rows)).scalars())


async def test_a_day_off_moves_the_limits_that_run_and_the_journal_tells_of_it(town: Town) -> None:
    town.bot.ledger.call(an_administrator)
    await submits(town)
    assert limits(town) == {date(2026, 3, 19)}
    admin = town.person("basic2")
    await admin.says("放假 3月17日")
    await admin.sees("在办的3个内部时限将重新计算")
    await admin.taps("确认导入")
    await town.bot.sweeping.run()
    await town.bot.delivery.idle()
    assert limits(town) == {date(2026, 3, 20)}
    await town.person("chen").says("进度")
    # The case's own limit moves too: 15 working days after 12 March, without the 17th.
    await town.person("chen").sees("4月3日（周五）")
    assert found(town) == []
    await admin.says("上班 3月17日")
    await admin.taps("确认导入")
    await town.bot.sweeping.run()
    assert limits(town) == {date(2026, 3, 19)}
    assert found(town) == []


@ON_SQLITE
async def test_a_school_s_holiday_stops_the_school_s_limit_alone(town: Town) -> None:
    town.bot.ledger.call(an_administrator)
    await submits(town)
    await returns(town, "tech", "请补充账号注销方式")
    # Returned on Thursday 12 March: ten working days.
    assert limits(town) == {date(2026, 3, 19), date(2026, 3, 26)}
    admin = town.person("basic2")
    await admin.says("寒假 3月13日至3月20日")
    await admin.taps("确认导入")
    await town.bot.sweeping.run()
    assert limits(town) == {date(2026, 3, 19), date(2026, 4, 3)}
    assert found(town) == []


@ON_SQLITE
async def test_days_are_an_administrator_s_to_set_and_each_offer_counts_once(town: Town) -> None:
    town.bot.ledger.call(an_administrator)
    await town.person("chen").says("放假 3月17日")
    await town.person("chen").does_not_see("确认导入")
    admin = town.person("basic2")
    await admin.says("放假 3月32日")
    await admin.sees("没有这一天")
    await admin.says("放假 3月17日")
    await admin.taps("不导入")
    await admin.sees("没有导入，时限不变。")
    await admin.says("放假 3月14日")
    await admin.sees("与现有记载相同")
    await admin.says("节假日")
    await admin.sees("把全文或文件（Word、txt）发给我即可")


ARRANGEMENT_2027 = """关于2027年部分节假日安排的通知
一、元旦：1月1日（周五）至4日（周一）放假调休，共4天。1月9日（周六）上班。
二、春节：2月5日（周五）至13日（周六）放假调休，共9天。"""


@ON_SQLITE
async def test_limits_over_the_turn_of_the_year_are_estimates_until_its_days_are_known(
    town: Town,
) -> None:
    town.bot.ledger.call(an_administrator)
    await turn_to(town, datetime.fromisoformat("2026-12-25T10:00+08:00"))
    await submits(town)
    # Five working days: Monday to Thursday, then the first weekday behind New Year's Day.
    legal, admin = town.person("legal"), town.person("basic2")
    await legal.sees("1月4日（周一）（预估）")
    await town.person("chen").says("进度")
    await town.person("chen").sees("办理中，1月4日（周一）（预估）前")
    await turn_to(town, datetime.fromisoformat("2026-12-28T08:41+08:00"))
    await admin.sees("尚未导入2027年节假日安排")
    await turn_to(town, datetime.fromisoformat("2026-12-31T08:41+08:00"))
    await legal.sees("（1月4日（周一）（预估）到时限）")
    await admin.says(ARRANGEMENT_2027)
    await admin.taps("确认导入")
    await town.bot.sweeping.run()
    await legal.says("待办")
    assert "1月5日（周二）" in await legal.last() and "预估" not in await legal.last()
    for rest in ("2027-01-01", "2027-01-04"):
        await turn_to(town, datetime.fromisoformat(f"{rest}T08:41+08:00"))
    assert (await legal.screen()).count("早上好") == 1
    await turn_to(town, datetime.fromisoformat("2027-01-05T08:41+08:00"))
    await legal.sees("（今天到时限）")
    # Saturday the 9th is worked: the fourth working day behind the limit.
    await turn_to(town, datetime.fromisoformat("2027-01-09T08:41+08:00"))
    await town.person("tech").sees("停留9个工作日")
    assert found(town) == []
