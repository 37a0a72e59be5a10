"""批量: like cases are done at once, each after it was opened, each recorded on its own."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import insert, select, update

from storage import tables as t
from storage.check import check
from storage.rules.terms import Owner
from storage.transaction import Transaction
from tests.stories import ways
from tests.stories.filing import opines, submits
from tests.stories.test_taps import key_of, tap_raw
from tests.stories.town import Town

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SECOND = "3303020999"


def another_school(tx: Transaction) -> None:
    """Write a second primary school, with the vocational school's people for hands."""
    tx.execute(
        insert(t.unit).values(
            tenant="330302", code=SECOND, name="江滨小学", kind="school", area="330302",
            owner=Owner.COUNTY.value, ownership="public", levels=["primary"], desks=[],
        )
    )  # fmt: skip
    for person, role in (("ft", "owner"), ("fp", "principal")):
        tx.execute(
            t.post.update()
            .where(t.post.c.person_id == person)
            .values(tenant="330302", unit_code=SECOND, role=role, valid_from=date(2026, 1, 1))
        )


async def two_alike(city: Town) -> None:
    """Take the same application of two schools to the desks."""
    city.bot.ledger.call(another_school)
    await submits(city)
    await ways.submits(city, "ft", "fp", ways.app("小学"))


def decided(city: Town) -> int:
    return len(city.bot.ledger.call(lambda tx: tx.execute(select(t.decision)).all()))


async def test_two_like_cases_are_done_at_once_after_each_was_opened(city: Town) -> None:
    await two_alike(city)
    legal = city.person("legal")
    await legal.says("待办")
    await legal.sees("其中2件同类，可以逐件查看后一次办理。")
    await legal.taps("同类一次办理")
    await legal.taps("查看下一件")
    assert "一次办理2件" not in await legal.live_buttons()
    await legal.taps("查看下一件")
    await legal.taps("一次办理2件")
    await legal.sees("请确认：2件均为“均未发现”")
    await legal.taps("确认")
    await legal.sees("2件已记录“均未发现”，每件单独留痕")
    assert decided(city) == 2
    assert "均未发现" not in await city.person("legal2").live_buttons()
    assert city.bot.ledger.call(lambda tx: check(tx, city.clock.now())) == []


@ON_SQLITE
async def test_none_is_done_where_one_has_moved(city: Town) -> None:
    await two_alike(city)
    legal = city.person("legal")
    await legal.says("待办")
    await legal.taps("办第1件")
    await legal.says("待办")
    await legal.taps("办第2件")
    await legal.says("待办")
    await legal.taps("同类一次办理")
    await legal.taps("一次办理2件")
    await city.person("legal2").says("同意 26-0302-0001")
    await city.person("legal2").says("确认")
    await legal.taps("确认")
    await legal.sees("26-0302-0001 已由法规legal2于")
    await legal.sees("请发“待办”重新查看这一批，这次都没有办理。")
    assert decided(city) == 1


@ON_SQLITE
async def test_what_a_colleague_opened_is_not_opened_by_oneself(city: Town) -> None:
    await two_alike(city)
    legal, other = city.person("legal"), city.person("legal2")
    await legal.says("待办")
    await legal.taps("同类一次办理")
    await legal.taps("查看下一件")
    await legal.taps("查看下一件")
    ask = await key_of(city, "legal", "一次办理2件")
    await tap_raw(city, "legal2", ask)
    await other.sees("请先逐件查看，看过两件以上才能一次办理。")
    await legal.taps("一次办理2件")
    await tap_raw(city, "legal2", await key_of(city, "legal", "确认"))
    assert decided(city) == 0


@ON_SQLITE
async def test_what_changed_since_it_was_opened_has_to_be_opened_again(city: Town) -> None:
    await two_alike(city)
    legal = city.person("legal")
    await legal.says("待办")
    await legal.taps("同类一次办理")
    await legal.taps("查看下一件")
    await legal.taps("查看下一件")
    await legal.says("转办 26-0302-0001 法规legal2")
    await legal.says("待办")
    await legal.taps("同类一次办理")
    await legal.sees("1 26-0302-0001 瓯江实验小学：未查看")
    assert "一次办理2件" not in (await legal.last())


@ON_SQLITE
async def test_one_alone_is_no_batch_nor_is_one_beside_what_oneself_entered(city: Town) -> None:
    await two_alike(city)

    def enter(tx: Transaction) -> None:
        filing = tx.filings.by_case("26-0302-0002")
        assert filing is not None
        answers = {**filing.answers, "paper": {"clerk": "legal", "signed_on": "2026-03-06"}}
        tx.execute(update(t.filing).where(t.filing.c.id == filing.id).values(answers=answers))

    city.bot.ledger.call(enter)
    await city.person("legal").says("待办")
    await city.person("legal").does_not_see("同类")
    await opines(city, "legal", "均未发现")
