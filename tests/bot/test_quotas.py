"""A platform's month: counted durably, courtesies first, nothing lost, and said in good time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.channels.base import ChannelBusyError, ChannelRefusedError
from bot.ends import PATIENCE
from bot.health import health_routes
from storage.ledger import Ledger, LedgerUnavailableError
from storage.rules.quotas import Resource, month_of
from storage.transaction import Transaction
from tests.bot.counting import SEND, ZONE, Bureau, furnish, open_bureau
from tests.bot.test_delivery import until

SPENT = "Forbidden.AccessDenied.ApiCountLimitForOrg"


@dataclass
class Away:
    """A ledger that is away when the first sending is settled."""

    ledger: Ledger
    is_away: bool = True
    asked: list[object] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.ledger, name)

    async def run(self, work: Callable[[Transaction], Any]) -> Any:
        self.asked.append(work)
        if self.is_away and getattr(work, "__name__", "") == "settle":
            self.is_away = False
            raise LedgerUnavailableError("数据库暂时写不进去。")
        return await self.ledger.run(work)


@pytest.fixture
async def bureau(database_url: str) -> AsyncIterator[Bureau]:
    async with open_bureau(database_url) as opened:
        yield opened


# --- counting ------------------------------------------------------------------------------------


async def test_what_a_sending_cost_is_written_with_its_end(bureau: Bureau) -> None:
    bureau.put("您好", about="f1")
    await until(lambda: bureau.states() == ["sent"])
    assert bureau.used() == 1
    assert bureau.tally.take() is None
    cost = bureau.ledger.call(lambda tx: tx.costs.of("f1"))
    assert cost.calls == {("dingtalk", SEND): 1}


async def test_a_card_that_changed_on_its_way_is_redrawn_at_the_same_cost(bureau: Bureau) -> None:
    bureau.platform.gate = asyncio.Event()
    bureau.put("待审核", subject="task:1", about="f1")
    await until(lambda: bureau.states() == ["leased"])
    bureau.ledger.call(lambda tx: tx.outbox.set_live("task:1", {"text": "已办"}))
    bureau.platform.gate.set()
    await until(lambda: bureau.states() == ["sent", "sent"])
    cost = bureau.ledger.call(lambda tx: tx.costs.of("f1"))
    assert cost.total("dingtalk", Resource.API) == 2


async def test_a_try_that_failed_is_counted_as_the_platform_counts_it(bureau: Bureau) -> None:
    bureau.platform.fails = [ChannelBusyError("system.error", 1), ChannelRefusedError("content")]
    bureau.put("您好")
    await until(lambda: bureau.used() == 1)
    bureau.clock.move(bureau.clock.now() + timedelta(hours=1))
    await until(lambda: bureau.states() == ["refused"])
    assert bureau.used() == 2


async def test_counts_are_there_after_a_restart(database_url: str) -> None:
    async with open_bureau(database_url) as first:
        first.put("您好")
        await until(lambda: first.states() == ["sent"])
    async with open_bureau(database_url) as second:
        assert second.used() == 1


async def test_a_process_that_dies_before_it_settles_counts_one_too_few(database_url: str) -> None:
    def dies(point: str) -> None:
        if point == "send.post":
            raise SystemError("killed")

    async with open_bureau(database_url, at=dies) as first:
        first.put("您好")
        await until(lambda: first.platform.texts == ["您好"] and not first.delivery._sending)
        assert (first.states(), first.used()) == (["leased"], 0)
        later = first.clock
    later.move(later.now() + timedelta(minutes=3))
    async with open_bureau(database_url, later) as heir:
        await until(lambda: heir.states() == ["sent"])
        assert heir.used() == 1  # of the two calls that were made


async def test_what_could_not_be_written_is_written_with_the_next(bureau: Bureau) -> None:
    bureau.delivery.ledger = Away(bureau.ledger)  # type: ignore[assignment]
    bureau.put("一", to="a")
    await until(lambda: bool(bureau.platform.got) and not bureau.delivery._sending)
    assert bureau.used() == 0
    bureau.put("二", to="b")
    await until(lambda: bureau.states()[1] == "sent")
    assert bureau.used() == 2


async def test_calls_beside_any_sending_are_written_by_the_tick(bureau: Bureau) -> None:
    bureau.tally.of("dingtalk").spend(Resource.API, "gateway/connections/open")
    bureau.tally.of("wecom").spend(Resource.API, "message/send")
    await bureau.books.run()
    month = month_of(bureau.clock.now(), ZONE)
    assert bureau.used() == 1
    assert bureau.ledger.call(lambda tx: tx.costs.used("wecom", month))[Resource.API] == 1


async def test_the_month_turns_at_the_offices_midnight(bureau: Bureau) -> None:
    for moment in ("2026-03-31T23:59:30+08:00", "2026-04-01T00:00:30+08:00"):
        bureau.clock.move(datetime.fromisoformat(moment))
        assert bureau.used() == 0
        bureau.put(moment)
        await until(lambda: bureau.states()[-1] == "sent")
        assert bureau.used() == 1


# --- courtesies ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("calls", "units", "courtesy"),
    [(89, 50, "sent"), (90, 0, "dropped"), (95, 0, "dropped"), (100, 0, "dropped")],
)
async def test_courtesies_are_turned_off_before_decisions(
    bureau: Bureau, calls: int, units: int, courtesy: str
) -> None:
    bureau.uses(calls, units)
    bureau.put("已签署并报送。", to="chen", courtesy=True)
    bureau.put("待审核", to="li")
    bureau.put("在企业微信上知会", instance="wecom", courtesy=True)
    await bureau.delivery.idle()
    assert bureau.states() == [courtesy, "sent", "sent"]
    dropped = f'beian_sends_total{{instance="dingtalk",state="{courtesy}"}}'
    assert dropped in bureau.metrics.render()[0].decode()


async def test_a_spent_month_keeps_what_waits_until_it_turns(bureau: Bureau) -> None:
    bureau.clock.move(datetime.fromisoformat("2026-03-29T10:00:00+08:00"))
    refusal = ChannelRefusedError(SPENT, stop=True, again_in=3600)

    async def hears_no() -> None:
        left = len(bureau.platform.fails)
        await until(lambda: len(bureau.platform.fails) < left and not bureau.delivery._sending)

    bureau.platform.fails = [refusal for _ in range(2 * PATIENCE)]
    bureau.put("待审核")
    for _ in range(2 * PATIENCE):
        await hears_no()
        bureau.clock.move(bureau.clock.now() + timedelta(minutes=59))
        bureau.delivery.wake()
        await bureau.delivery.idle()  # an hour was named, and it is not over
        if len(bureau.platform.fails) == 1:
            bureau.platform.fails.append(ChannelBusyError("system.busy", 1))
        bureau.clock.move(bureau.clock.now() + timedelta(minutes=2))
    bureau.clock.move(datetime.fromisoformat("2026-04-01T08:00:00+08:00"))
    await until(lambda: bureau.states() == ["sent"])
    assert bureau.platform.texts == ["待审核"]


async def test_what_may_have_arrived_is_still_in_doubt_when_the_month_turns(bureau: Bureau) -> None:
    bureau.platform.fails = [
        ChannelBusyError("timed out", 1, unknown=True),
        ChannelRefusedError(SPENT, stop=True),
    ]
    bureau.put("待审核")
    for left in (1, 0):
        await until(lambda left=left: len(bureau.platform.fails) == left)
        await until(lambda: bureau.states() == ["pending"] and not bureau.delivery._sending)
        bureau.clock.move(bureau.clock.now() + timedelta(hours=1))
    await until(lambda: bureau.states() == ["sent"])
    assert bureau.platform.got[0].doubtful


async def test_a_no_drops_the_courtesies_that_wait_behind_what_cannot_go(bureau: Bureau) -> None:
    bureau.platform.fails = [ChannelRefusedError(SPENT, stop=True, again_in=3600)]
    bureau.put("已签署并报送。", courtesy=True, not_before=bureau.clock.now() + timedelta(hours=9))
    bureau.put("待审核")
    bureau.tally.of("dingtalk").spent_up(Resource.API)
    await until(lambda: bureau.states() == ["dropped", "pending"])


async def test_a_no_to_pushes_drops_nothing(bureau: Bureau) -> None:
    bureau.put("已签署并报送。", courtesy=True, not_before=bureau.clock.now() + timedelta(hours=9))
    bureau.tally.of("dingtalk").spent_up(Resource.UNIT)
    await bureau.books.write()
    assert bureau.states() == ["pending"]


async def test_a_platform_that_says_no_is_believed_before_our_own_count(bureau: Bureau) -> None:
    bureau.tally.of("dingtalk").spent_up(Resource.API)
    await bureau.books.run()
    bureau.put("已签署并报送。", courtesy=True)
    await bureau.delivery.idle()
    assert bureau.states()[-1] == "dropped"
    # Somebody bought more: a no that was not said again for hours is none.
    bureau.clock.move(bureau.clock.now() + timedelta(hours=3))
    bureau.put("已签署并报送。", to="b", courtesy=True)
    await bureau.delivery.idle()
    assert bureau.states()[-1] == "sent"


async def test_a_no_of_last_month_says_nothing(bureau: Bureau) -> None:
    bureau.clock.move(datetime.fromisoformat("2026-03-31T23:59:00+08:00"))
    bureau.tally.of("dingtalk").spent_up(Resource.API)
    await bureau.books.write()
    bureau.clock.move(datetime.fromisoformat("2026-04-01T00:01:00+08:00"))
    bureau.put("已签署并报送。", courtesy=True)
    await bureau.delivery.idle()
    assert bureau.states() == ["sent"]


# --- administrators ------------------------------------------------------------------------------


async def told(bureau: Bureau) -> list[str]:
    """Let the tick come, and return whom it told by which platform."""
    before = len(bureau.wecom.got), len(bureau.platform.got)
    await bureau.books.run()
    await bureau.delivery.idle()
    wecom = [f"wecom {one.address}: {one.text}" for one in bureau.wecom.got[before[0] :]]
    return wecom + [
        f"dingtalk {one.address}: {one.text}" for one in bureau.platform.got[before[1] :]
    ]


async def test_administrators_are_told_once_a_month_and_level(
    bureau: Bureau, database_url: str
) -> None:
    bureau.ledger.call(furnish)
    bureau.uses(79)
    assert await told(bureau) == []
    bureau.uses(1)
    first, second = await told(bureau)
    assert first.startswith("wecom both: 钉钉接口本月已用80次，约为上限100次的80%。备案照常办理。")
    assert "改用企业微信或网页" in first and "4月1日起重新计数" in first
    assert second.startswith("dingtalk ding: ") and "改用网页" in second
    assert await told(bureau) == []
    bureau.uses(10)  # the two words to the administrators of whom one cost a call
    first, second = await told(bureau)
    assert "约为上限100次的91%。从现在起，知会类消息不再发到钉钉" in first
    async with open_bureau(database_url, bureau.clock) as again:
        assert await told(again) == []
    bureau.uses(9)
    first, second = await told(bureau)
    assert "到了上限100次" in first and "不会丢" in first
    assert await told(bureau) == []
    bureau.clock.move(datetime.fromisoformat("2026-04-01T10:00:00+08:00"))
    bureau.uses(80)
    assert len(await told(bureau)) == 2


async def test_a_tick_that_finds_nothing_new_writes_nothing(bureau: Bureau) -> None:
    bureau.ledger.call(furnish)
    bureau.uses(80)
    await told(bureau)
    written = Away(bureau.ledger, is_away=False)
    bureau.books.ledger = written  # type: ignore[assignment]
    await bureau.books.run()
    assert written.asked == []
    bureau.uses(10)
    await bureau.books.run()
    assert len(written.asked) == 1


async def test_whoever_jumps_over_a_level_hears_the_higher_one_alone(bureau: Bureau) -> None:
    bureau.ledger.call(furnish)
    bureau.uses(95)
    first, _ = await told(bureau)
    assert "95%" in first and "不再发到钉钉" in first
    assert await told(bureau) == []


async def test_two_processes_tell_once(bureau: Bureau, database_url: str) -> None:
    bureau.ledger.call(furnish)
    bureau.uses(units=45)
    async with open_bureau(database_url, bureau.clock) as other:
        for one in (bureau, other):
            await one.books.run()
            await one.delivery.idle()
        # Whichever of the two sends them.
        assert bureau.states() == ["sent", "sent"]
        assert "钉钉推送（大家发来的消息、点的按钮和群公告）本月已用45次" in bureau.rows()[0][0]


async def test_who_could_be_told_by_nothing_but_the_spent_platform_is_left_to_a_person(
    bureau: Bureau,
) -> None:
    bureau.ledger.call(furnish)
    bureau.tally.of("dingtalk").spent_up(Resource.API)
    (heard,) = await told(bureau)
    assert (
        heard.startswith("wecom both: 钉钉接口的本月次数已经用完") and "到4月1日才能再发" in heard
    )
    assert sorted(bureau.states()) == ["parked", "sent"]
    # Another process finds the row that lies there.
    bureau.books._known.clear()
    assert await told(bureau) == []
    assert len(bureau.states()) == 2


async def test_spent_pushes_are_told_by_calls_that_are_left(bureau: Bureau) -> None:
    bureau.ledger.call(furnish)
    bureau.tally.of("dingtalk").spent_up(Resource.UNIT)
    heard = await told(bureau)
    assert [one.partition(":")[0] for one in heard] == ["wecom both", "dingtalk ding"]
    assert all("点的按钮我收不到" in one for one in heard)


async def test_at_night_the_word_waits_for_the_morning(bureau: Bureau) -> None:
    bureau.ledger.call(furnish)
    bureau.uses(80)
    bureau.clock.move(datetime.fromisoformat("2026-03-12T22:00:00+08:00"))
    assert await told(bureau) == []
    bureau.clock.move(datetime.fromisoformat("2026-03-13T08:41:00+08:00"))
    await until(lambda: bureau.states() == ["sent", "sent"])


async def test_a_ledger_that_is_away_is_asked_again_at_the_next_tick(bureau: Bureau) -> None:
    bureau.ledger.call(furnish)
    bureau.uses(80)
    bureau.tally.of("dingtalk").spend(Resource.API, SEND)
    away = [psycopg.OperationalError("the connection is lost")]

    def lost(point: str) -> None:
        if point == "commit.pre" and away:
            raise away.pop()

    await bureau.delivery.idle()
    bureau.ledger.at = lost
    await bureau.books.run()
    await bureau.books.run()
    await bureau.delivery.idle()
    assert bureau.used() == 82  # with what was counted before, and one word by DingTalk
    assert bureau.states() == ["sent", "sent"]


# --- figures -------------------------------------------------------------------------------------


async def test_a_scrape_shows_the_month_against_its_limit(bureau: Bureau) -> None:
    bureau.put("一", about="f1")
    bureau.put("二", about="f1", to="li")
    bureau.put("三", about="f2", to="wang")
    await bureau.delivery.idle()
    bureau.uses(units=7)
    app = web.Application()
    app.add_routes(
        health_routes(bureau.ledger, {}, bureau.metrics, bureau.clock.now, bureau.quotas)
    )
    async with TestClient(TestServer(app)) as client, client.get("/metrics") as response:
        figures = set((await response.text()).splitlines())
    at = 'instance="dingtalk",kind='
    assert figures >= {
        f'beian_quota_used{{{at}"api"}} 3.0',
        f'beian_quota_used{{{at}"unit"}} 7.0',
        f'beian_quota_limit{{{at}"api"}} 100.0',
        f'beian_quota_limit{{{at}"unit"}} 50.0',
        f'beian_quota_refused{{{at}"api"}} 0.0',
        f'beian_filing_cost_count{{{at}"api"}} 2.0',
        f'beian_filing_cost_sum{{{at}"api"}} 3.0',
        f'beian_filing_cost_count{{{at}"unit"}} 0.0',
    }


async def test_what_is_nearly_used_up_is_said_line_by_line(bureau: Bureau) -> None:
    def lines() -> list[str]:
        now = bureau.clock.now()
        return bureau.ledger.call(lambda tx: list(bureau.quotas.warnings(tx, now)))

    bureau.uses(79, 39)
    assert lines() == []
    bureau.uses(1)
    assert lines() == ["dingtalk 的接口调用本月已计 80 次，上限 100 次（80%）。"]
    bureau.uses(0, 11)
    assert lines()[1] == "dingtalk 的推送（Webhook 与 Stream）本月已计 50 次，上限 50 次（100%）。"
    bureau.tally.of("dingtalk").spent_up(Resource.API)
    await bureau.books.write()
    assert lines()[0].endswith("（80%），平台已说用完。")
