"""A month of the whole bot on the emulated DingTalk: counted alike, and spent without a loss."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import FormData
from sqlalchemy import insert, select

from bot.app import Bot
from storage import tables as t
from storage.costs import FilingCost, Line
from storage.ledger import Ledger
from storage.rules.quotas import Resource, month_of
from storage.transaction import Transaction
from tests.dingtalk.test_town import Phone, town
from tests.stories.town import TENANT

END_OF_MARCH = datetime.fromisoformat("2026-03-31T10:00:00+08:00")


async def platform(phone: Phone) -> tuple[int, int]:
    """Return what the platform counted in the newest month: calls and units."""
    async with phone.http.get(f"{phone.sandbox}/sandbox/dingtalk") as answer:
        row = (await answer.json())["quotas"][-1]
    return row["calls"], row["units"]


def ours(bot: Bot) -> tuple[int, int]:
    """Return what the bot counted in its month."""
    month = month_of(bot.clock.now(), bot.office.zone)
    used = bot.ledger.call(lambda tx: tx.costs.used("dingtalk", month))
    return used[Resource.API], used[Resource.UNIT]


def cost_of_draft(bot: Bot) -> FilingCost:
    def read(tx: Transaction) -> FilingCost:
        draft = tx.drafts.talk("dingtalk", "d-chen").draft
        assert draft is not None
        return tx.costs.of(draft.id)

    return bot.ledger.call(read)


async def sends_file(phone: Phone) -> None:
    form = FormData()
    form.add_field("file", b"%PDF-1.4\n", filename="实施方案.pdf")
    async with phone.http.post(
        f"{phone.sandbox}/sandbox/dingtalk/phones/chen/file", data=form
    ) as answer:
        assert answer.status == 200, await answer.text()
    await phone.bot.delivery.idle()


def put(bot: Bot, text: str, *, courtesy: bool = False) -> None:
    now = bot.clock.now()

    def work(tx: Transaction) -> None:
        tx.outbox.put(
            instance="dingtalk", address="d-chen", body={"text": text}, now=now, courtesy=courtesy
        )

    bot.ledger.call(work)


def rows(bot: Bot, instance: str) -> list[tuple[str, str]]:
    """Return text and state of what was put out on a platform."""

    def read(tx: Transaction) -> list[tuple[str, str]]:
        found = tx.execute(
            select(t.outbox.c.body, t.outbox.c.state)
            .where(t.outbox.c.instance == instance)
            .order_by(t.outbox.c.seq)
        )
        return [(row.body.get("text", ""), row.state) for row in found]

    return bot.ledger.call(read)


def first_waits(bot: Bot) -> bool:
    """Say whether the first row was tried, and waits for a later time."""

    def read(tx: Transaction) -> bool:
        row = tx.execute(select(t.outbox).order_by(t.outbox.c.seq).limit(1)).one()
        return bool(row.attempts and row.state == "pending" and row.not_before > bot.clock.now())

    return bot.ledger.call(read)


async def until(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110
        await asyncio.sleep(0.02)


async def test_a_filing_costs_what_the_platform_counts(tmp_path: Path, database_url: str) -> None:
    async with town(tmp_path, database_url) as phone:
        await phone.says("备案")
        await phone.taps("应用")
        await phone.says("云阅读 四到六年级 620人 负责人陈晓 13857712345")
        await sends_file(phone)
        await phone.bot.books.run()
        assert ours(phone.bot) == await platform(phone)
        calls, units = await platform(phone)
        cost = cost_of_draft(phone.bot)
        # All of it was for this draft but for the opening of the stream.
        assert cost.total("dingtalk", Resource.API) == calls - 1
        assert cost.total("dingtalk", Resource.UNIT) == units == 4
        assert cost.calls["dingtalk", "robot/messageFiles/download"] >= 1
        assert cost.units == {
            ("dingtalk", "said"): 2, ("dingtalk", "tapped"): 1, ("dingtalk", "sentfile"): 1,
        }  # fmt: skip


async def test_a_month_that_is_used_up_turns_without_a_loss(
    tmp_path: Path, database_url: str
) -> None:
    async with town(tmp_path, database_url) as phone:
        bot = phone.bot
        bot.ledger.call(an_administrator)
        bot.clock.move(END_OF_MARCH)
        await phone.call("quotas", calls=5000)
        put(bot, "请您签署")
        await until(lambda: first_waits(bot))
        put(bot, "已签署并报送。", courtesy=True)
        await bot.books.run()
        ((text, _),) = [row for row in rows(bot, "wecom") if "接口" in row[0]]
        assert text.startswith("钉钉接口的本月次数已经用完") and "4月1日" in text
        asked = await refusals(phone)
        for _ in range(5):
            bot.clock.move(bot.clock.now() + timedelta(minutes=10))
            await until(lambda: first_waits(bot))
        assert await refusals(phone) == asked  # within the hour nobody asks again
        bot.clock.move(bot.clock.now() + timedelta(minutes=15))
        await until(lambda: rows(bot, "dingtalk")[-1] == ("已签署并报送。", "dropped"))
        await until(lambda: first_waits(bot))
        bot.clock.move(datetime.fromisoformat("2026-04-01T00:00:30+08:00"))
        await until(lambda: rows(bot, "dingtalk")[0] == ("请您签署", "sent"))
        assert "请您签署" in await phone.last()
        assert ours(bot)[0] == (await platform(phone))[0] == 1


async def test_words_that_come_empty_are_told_to_the_administrator(
    tmp_path: Path, database_url: str
) -> None:
    async with town(tmp_path, database_url) as phone:
        phone.bot.ledger.call(an_administrator)
        await phone.call("quotas", units=3000)
        await phone.says("备案")
        await phone.bot.books.run()
        ((text, _),) = [row for row in rows(phone.bot, "wecom") if "推送" in row[0]]
        assert "点的按钮我收不到" in text
        assert ours(phone.bot)[1] == 0


async def test_what_was_counted_last_outlives_the_process_and_old_months_do_not(
    tmp_path: Path, database_url: str
) -> None:
    async with town(tmp_path, database_url) as phone:
        bot = phone.bot
        month = month_of(bot.clock.now(), bot.office.zone).name
        lines = [
            Line(when, "dingtalk", Resource.API, "", "card/instances", 1)
            for when in (month, "2024-01")
        ]
        bot.ledger.call(lambda tx: tx.costs.add(lines))
        await bot._ticks._sweep()
        bot.tally.spend("wecom", Resource.API, "message/send")
    ledger = Ledger(database_url, bot.ledger.cipher, bot.ledger.calendar).open()

    def read(tx: Transaction) -> set[tuple[str, str]]:
        return {
            (row.month, row.instance)
            for row in tx.execute(select(t.platform_cost.c.month, t.platform_cost.c.instance))
        }

    assert ledger.call(read) == {(month, "dingtalk"), (month, "wecom")}
    ledger.close()


async def refusals(phone: Phone) -> int:
    """Return how often the platform had to say that the month is used up."""
    async with phone.http.get(f"{phone.sandbox}/sandbox/sent") as answer:
        sent: list[dict[str, Any]] = await answer.json()
    return sum("ApiCountLimitForOrg" in str(one.get("answer", "")) for one in sent)


def an_administrator(tx: Transaction) -> None:
    """Make somebody of the technical department its administrator."""
    tx.execute(
        insert(t.post).values(
            tenant=TENANT, unit_code="D-tech", person_id="tech", role="admin",
            valid_from=END_OF_MARCH.date().replace(month=1),
        )
    )  # fmt: skip
