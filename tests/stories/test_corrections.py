"""What was announced wrongly is corrected in the groups that heard it."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import update

from storage import tables as t
from storage.check import check
from tests.stories.filing import registers
from tests.stories.town import Town, turn_to

CASE = "26-0302-0001"
NUMBER = "温教进校备〔2026〕0302A0001号"
RIGHT = f"瓯江实验小学使用的“云阅读”已完成备案，编号 {NUMBER}，五、六年级使用。"
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def announced(town: Town) -> None:
    await registers(town)
    await town.person("chen").taps("发公告")


async def test_every_group_that_heard_it_hears_the_right_words_exactly_once(town: Town) -> None:
    await announced(town)
    await town.person("lin").says(f"更正公告 {CASE}")
    await town.person("lin").sees("的公告文字是：【进校园备案公告】瓯江实验小学")
    await town.person("lin").says("五、六年级使用")
    await town.person("lin").sees(f"并保留备案号 {NUMBER}")
    await town.person("lin").says(RIGHT)
    await town.person("lin").taps("发更正")
    await town.person("lin").sees("更正已确认，将在“四年级家长群”各发一次")
    (_, told) = await town.group()
    assert told.startswith("更正：今早关于“云阅读”的公告有误") or "更正：今早关于" in told
    assert RIGHT in told and "不变" in told
    await town.person("chen").sees("的公告已由林校长更正，编号不变")
    assert town.bot.ledger.call(lambda tx: check(tx, town.clock.now())) == []


@on_sqlite
async def test_the_technology_centre_corrects_too_and_other_desks_do_not(town: Town) -> None:
    await announced(town)
    await town.person("legal").says(f"更正公告 {CASE}")
    await town.person("legal").sees("由学校的项目负责人、校长或教育技术部门更正")
    await town.person("tech").says(f"更正公告 {CASE}")
    await town.person("tech").says(RIGHT)
    await town.person("tech").taps("发更正")
    assert len(await town.group()) == 2


@on_sqlite
async def test_of_two_who_correct_at_once_the_second_is_told(town: Town) -> None:
    await announced(town)
    for person in ("lin", "tech"):
        await town.person(person).says(f"更正公告 {CASE}")
        await town.person(person).says(f"{RIGHT}（{person}）")
    await town.person("lin").taps("发更正")
    await town.person("tech").taps("发更正")
    await town.person("tech").sees("刚刚已经更正过，这次没有发")
    assert len(await town.group()) == 2


@on_sqlite
async def test_a_group_that_is_the_school_s_no_more_is_left_out_and_said_so(town: Town) -> None:
    await announced(town)
    gone = update(t.chat_group).where(t.chat_group.c.id == "g1").values(active=False)
    town.bot.ledger.call(lambda tx: tx.execute(gone))
    await town.person("lin").says(f"更正公告 {CASE}")
    await town.person("lin").says(RIGHT)
    await town.person("lin").sees("另有1个群已解绑或停用，不再发送")
    await town.person("lin").taps("发更正")
    await town.person("lin").sees("没有还在用的群，没有发出，另有1个群已解绑或停用")
    assert len(await town.group()) == 1


@on_sqlite
async def test_what_was_never_announced_is_not_corrected_and_days_are_named(town: Town) -> None:
    await registers(town)
    await town.person("lin").says(f"更正公告 {CASE}")
    await town.person("lin").sees("还没有发过公告，不需要更正")
    await town.person("chen").taps("发公告")
    await turn_to(town, datetime.fromisoformat("2026-03-13T10:00:00+08:00"))
    await town.person("lin").says(f"更正公告 {CASE}")
    await town.person("lin").says(RIGHT)
    await town.person("lin").taps("发更正")
    assert "更正：3月12日（周四）关于“云阅读”的公告有误" in (await town.group())[-1]
