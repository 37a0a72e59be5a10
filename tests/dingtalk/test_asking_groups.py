"""What is filed, asked in groups on the emulated DingTalk."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from storage import tables as t
from tests.dingtalk.yard import open_yard
from tests.handlers.test_asking import read_names
from tests.stories.filing import registers

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@ON_SQLITE
async def test_whoever_asks_what_is_filed_is_answered_in_the_group(
    tmp_path: Path, database_url: str
) -> None:
    async with open_yard(tmp_path, database_url) as yard:
        await registers(yard)
        yard.bot.ledger.call(read_names)
        await yard.says("stranger", "瓯江实验小学的云阅读备案了吗")
        await yard.says("mo", "云阅读有备案吗")
        first, second = await yard.group()
        assert first.startswith(
            "查到：云阅读，瓯江实验小学已备案，编号 温教进校备〔2026〕0302A0001号"
        )
        assert "请问是哪所学校" in second
        await yard.says("lin", "绑定学校群")
        await yard.says("legal", "云阅读有备案吗")
        assert (await yard.group())[-1].startswith("查到：云阅读，瓯江实验小学已备案")
        # What the platform refuses ends as any answer does that nobody got; the rest goes alone.
        await yard.post("faults", api="dingtalk/v1.0/robot/groupMessages/send", kind="code",
                        code="invalid.openConversationId", status=400)  # fmt: skip
        await yard.says("mo", "云阅读有备案吗", "staff")
        assert await yard.group("staff") == []
        c = t.outbox.c
        rows = yard.reads(
            lambda tx: tx.execute(select(c.state, c.person_id).where(c.state == "refused")).all()
        )
        assert [tuple(row) for row in rows] == [("refused", "mo")]
        assert await yard.heard("stranger") == await yard.heard("mo") == []
        await yard.is_sound()
