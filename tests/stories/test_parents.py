"""A parent with the office's app on the phone asks what is filed, and is in no roster (E.14)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from storage import tables as t
from storage.names import SCHOOL as SCHOOLS
from storage.names import school_key
from tests.stories.filing import registers, submits
from tests.stories.town import SCHOOL, START, TENANT, Town, turn_to

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def sweep_in(town: Town) -> None:
    """Have the school's names read, as after a roster's import."""
    town.bot.ledger.call(lambda tx: tx.names.due(SCHOOLS, [school_key(TENANT, SCHOOL)]))
    await turn_to(town, START + timedelta(minutes=30))


async def test_a_parent_asks_mistyped_and_is_told_under_which_number_it_is_filed(
    town: Town,
) -> None:
    await registers(town)
    await sweep_in(town)
    parent = town.person("stranger")
    await parent.says("老师叫装云阅渎 有备案吗")
    assert "您问的可能是“云阅读”。请问是哪所学校？" in await parent.last()
    await parent.says("瓯江实小")
    for words in ("云阅读，瓯江实验小学已备案", "编号 温教进校备〔2026〕0302A0001号", "发“反映”"):
        assert words in await parent.last()
    await parent.says("小鹿作业备案了吗")
    assert "没有查到“小鹿作业”在瓯江实验小学的备案" in await parent.last()
    await parent.taps("看该校已备案清单")
    assert "瓯江实验小学已备案：云阅读。" in await parent.last()
    await parent.says("我家王小明在三班，这个软件安全吗")
    assert "您不必提供孩子姓名班级" in await parent.last()
    await parent.says("停用产品 云阅读")
    assert "没有认出您的账号" in await parent.last()
    await parent.does_not_see("推荐")
    kept = town.bot.ledger.call(
        lambda tx: [tx.execute(select(one)).all() for one in (t.inbox, t.outbox, t.conversation)]
    )
    assert "王小明" not in str(kept)


async def test_a_running_case_is_nobody_s_business(town: Town) -> None:
    await submits(town)
    await sweep_in(town)
    parent = town.person("stranger")
    await parent.says("云阅读在瓯江实验小学备案了吗")
    assert "没有查到“云阅读”在瓯江实验小学的备案。可能是尚未备案" in await parent.last()
    await parent.says("进度 26-0302-0001")
    assert "没有认出您的账号" in await parent.last()
