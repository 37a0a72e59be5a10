"""费用: an administrator sees what one filing has taken of the platforms' months."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select, update

from storage import tables as t
from storage.costs import FilingCost
from storage.rules.quotas import Resource
from storage.transaction import Transaction
from tests.stories.filing import sends
from tests.stories.town import EVERYBODY, Town

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
CASE = "26-0302-0001"


async def test_an_administrator_sees_what_a_filing_has_cost(
    city: Town, on_dingtalk: frozenset[str]
) -> None:
    await sends(city)
    await city.bot.books.write()  # as every minute
    cost = city.bot.ledger.call(cost_of)
    instance = "dingtalk" if on_dingtalk is EVERYBODY else "wecom"
    admin = city.person("admin")
    for _ in range(2):  # asking costs the filing nothing
        await admin.says(f"费用 {CASE}")
        told = await admin.last()
        assert f"{CASE} 云阅读，到现在用了：\n" in told
        assert f"接口{cost.total(instance, Resource.API)}次（" in told
        units = cost.total(instance, Resource.UNIT)
        assert (f"推送{units}次（" in told) == bool(units)
        for total, parts in re.findall(r"(\d+)次（(.+)）", told):
            assert int(total) == sum(int(part.split()[-1]) for part in parts.split("，"))


async def test_nobody_sees_what_another_authority_s_filing_has_cost(city: Town) -> None:
    await sends(city)
    city.bot.ledger.call(moves_away)
    admin = city.person("admin")
    for case in (CASE, "26-0302-9999"):
        await admin.says(f"费用{case}")
        assert "没有找到这件备案，请核对办件号。" in await admin.last()


async def test_the_help_names_it_to_administrators_alone(city: Town) -> None:
    await city.person("admin").says("帮助")
    await city.person("admin").sees("费用：加办件号")
    await city.person("legal").says("帮助")
    await city.person("legal").does_not_see("费用：加办件号")


def cost_of(tx: Transaction) -> FilingCost:
    filing = tx.filings.by_case(CASE)
    assert filing is not None
    return tx.costs.of(filing.id)


def moves_away(tx: Transaction) -> None:
    """Let the administrator work for another authority from today on."""
    post = t.post.c
    ours = tx.execute(select(post.tenant).where(post.person_id == "admin")).scalar_one()
    tenant, code = tx.execute(
        select(t.unit.c.tenant, t.unit.c.code).where(t.unit.c.tenant != ours)
    ).first()
    tx.execute(
        update(t.post).where(post.person_id == "admin").values(tenant=tenant, unit_code=code)
    )
