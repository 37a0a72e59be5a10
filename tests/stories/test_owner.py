"""The project's owner (项目负责人) is a colleague of who filled the form, and is kept informed."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import insert, select, update

from storage import tables as t
from storage.transaction import Transaction
from tests.stories.filing import PASTED, drafts, signs
from tests.stories.test_rescue import joins, leaves
from tests.stories.town import SCHOOL, TENANT, Somebody, Town

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

NAMED = PASTED.replace("项目负责人：陈晓", "项目负责人：王芳")


def _hired(tx: Transaction) -> None:
    tx.execute(insert(t.person).values(id="wang", name="王芳"))
    account = {"folded": "stranger", "address": "stranger", "person_id": "wang"}
    here = tx.execute(select(t.account.c.instance).where(t.account.c.person_id == "chen"))
    tx.execute(insert(t.account).values(instance=here.scalar_one(), **account))
    post = {"tenant": TENANT, "unit_code": SCHOOL, "person_id": "wang", "role": "owner"}
    tx.execute(insert(t.post).values(valid_from=date(2026, 1, 1), **post))


def _left(tx: Transaction) -> None:
    ended = {"valid_to": date(2026, 3, 11)}
    tx.execute(update(t.post).where(t.post.c.person_id == "wang").values(**ended))


@pytest.fixture
async def wang(town: Town) -> Somebody:
    town.bot.ledger.call(_hired)
    await drafts(town, NAMED)
    await town.person("chen").taps("确认，请校长签署")
    await signs(town)
    return town.person("stranger")


async def test_the_named_owner_hears_of_a_return_and_may_mend_it(
    town: Town, wang: Somebody
) -> None:
    await wang.sees("签署并报送")
    tech = town.person("tech")
    await tech.says("退回 26-0302-0001 请补充注销方式")
    await tech.says("发出")
    await wang.taps("去补正")
    await wang.taps("交回")
    await tech.sees("学校已补正后交回")
    await town.person("chen").sees("的补正材料已由王芳老师交回")


async def test_the_named_owner_may_confirm_the_announcement(town: Town, wang: Somebody) -> None:
    for person, verdict in (("legal", "均未发现"), ("research", "可用"), ("tech", "通过"),
                            ("basic", "均符合，同意")):  # fmt: skip
        await town.person(person).taps(verdict)
        await town.person(person).taps("确认")
    await town.person("tech2").taps("登记并发号")
    await wang.taps("发公告")
    assert len(await town.group()) == 1
    assert "发公告" not in await town.person("chen").live_buttons()


async def test_who_left_the_school_is_told_nothing_more_and_who_came_after_is(
    town: Town, wang: Somebody
) -> None:
    town.bot.ledger.call(_left)
    town.bot.ledger.call(leaves("lin"))
    town.bot.ledger.call(joins("basic2", SCHOOL, "principal"))
    tech = town.person("tech")
    await tech.says("退回 26-0302-0001 请补充注销方式")
    await tech.says("发出")
    await town.person("chen").sees("请补充注销方式")
    await town.person("basic2").sees("请补充注销方式")
    for gone in (wang, town.person("lin")):
        await gone.does_not_see("请补充注销方式")
