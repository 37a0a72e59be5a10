"""The demo's story: it plays by itself, and whoever takes it over finds it where they left it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from sqlalchemy import func, select

from bot.app import Bot
from bot.clock import Clock
from bot.demo.phones import Phones
from bot.demo.player import Player
from bot.demo.stage import ZONE, on_stage, opening
from bot.demo.story import GROUP, LEAD, LEGAL, PRINCIPAL, REGISTRAR, TEACHER
from bot.settings import load_settings
from storage import tables as t
from tests.ports import free_port
from tests.stories.town import SHIPPED

FAST, HELD = 10_000.0, 0.01
"""How fast the story plays: as fast as the bot answers, and so slowly that a hand is faster."""


@dataclass(slots=True)
class Show:
    """A running demo, and the page's stream of what its story tells."""

    player: Player
    phones: Phones
    bot: Bot
    clock: Clock
    address: str
    session: ClientSession

    async def watch(self) -> AsyncGenerator[dict[str, Any]]:
        """Yield each state of the story from now on; the first to watch begins it."""
        async with self.session.get(f"{self.address}/sandbox/events") as stream:
            kind = ""
            async for line in stream.content:
                name, _, value = line.decode().strip().partition(": ")
                if name == "event":
                    kind = value
                elif name == "data" and kind == "story":
                    yield json.loads(value)

    async def later(self) -> None:
        """Let ten seconds pass, after it was written down what the acknowledgements have carried.

        Nobody is sent more than fifteen messages a minute; reading takes about as long as this. A
        clock that jumps sooner makes an answer that was shown look like one that was not.
        """
        carried = select(func.count()).where(t.outbox.c.state == "carried")
        async with asyncio.timeout(20):
            while self.bot.ledger.call(lambda tx: tx.execute(carried).scalar_one()):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        self.clock.move(self.clock.now() + timedelta(seconds=10))

    async def press(self, button: str) -> None:
        """Press one of the story's buttons."""
        async with self.session.post(f"{self.address}/sandbox/story/{button}", json={}) as answer:
            answer.raise_for_status()


@pytest_asyncio.fixture
async def show(tmp_path: Path) -> AsyncIterator[Show]:
    """The demo as ``beian demo`` opens it, with nobody watching yet."""
    web_port, port = free_port(), free_port()
    clock = Clock()
    clock.move(opening(datetime(2026, 3, 12, 15, 0, tzinfo=ZONE)))
    shipped = load_settings(SHIPPED, {})
    async with (
        on_stage(shipped, tmp_path, clock, web_port=web_port, port=port) as (bot, player),
        ClientSession() as session,
    ):
        player.speed = FAST
        yield Show(player, player.phones, bot, clock, player.phones.address, session)


async def test_the_story_waits_for_a_watcher_and_ends_in_the_parents_group(show: Show) -> None:
    async with show.session.get(f"{show.address}/sandbox/phones") as answer:
        assert (await answer.json())["story"] == {}
    told = []
    async for state in show.watch():
        told.append(state)
        await show.later()
        if state["state"] != "playing":
            break
    steps = [state["step"] for state in told]
    # The fourth is only for a school that filed the product before.
    assert steps == [*range(1, 4), *range(5, told[-1]["of"] + 1), told[-1]["of"]]
    assert told[-1]["state"] == "ended"
    announced, *_pictures = await show.phones.group(GROUP)
    assert "小学（四至六年级）使用" in announced["text"]
    assert announced["platform"] == "dingtalk"
    await it_went_over_both_platforms(show)


async def it_went_over_both_platforms(show: Show) -> None:
    """Filed and signed on DingTalk, reviewed and decided on WeCom, registered on DingTalk."""
    ding, wecom = {"dingtalk"}, {"wecom"}
    for who, platform in (
        (TEACHER, ding), (PRINCIPAL, ding), (LEGAL, wecom), (LEAD, wecom), (REGISTRAR, ding),
    ):  # fmt: skip
        bubbles = await show.phones.bubbles(who)
        assert {one.get("platform", "wecom") for one in bubbles} == platform
    async with show.session.get(f"{show.address}/sandbox/sent") as answer:
        kinds = {one["kind"] for one in await answer.json()}
    assert kinds >= {"callback", "update", "dingtalk.card", "dingtalk.update", "dingtalk.group"}
    assert not kinds & {"dingtalk.violation", "dingtalk.card_failure", "dropped", "bad_reply"}


async def test_the_story_goes_on_where_a_hand_left_the_phones(show: Show) -> None:
    show.player.speed = HELD
    states = show.watch()
    assert (await anext(states))["step"] == 1
    await show.press("pause")
    assert (await anext(states))["state"] == "paused"
    await show.phones.says(TEACHER, "备案")
    await show.phones.taps(TEACHER, "应用")
    await show.press("resume")
    shown = [(await anext(states))["step"], (await anext(states))["step"]]
    assert shown == [1, 3]
    await states.aclose()


async def test_a_hand_that_goes_another_way_is_told_so_and_may_come_back(show: Show) -> None:
    show.player.speed = HELD
    states = show.watch()
    await anext(states)
    await show.press("pause")
    for said in ("备案", "应用", "云阅读 四到六年级 620人 负责人陈晓 13857712345", "1", "2"):
        await show.phones.says(TEACHER, said)
    await show.phones.says(TEACHER, "学生阅读量不足，拟用本应用开展分级阅读，预期阅读量提高。")
    await show.phones.taps(TEACHER, "财政专项")
    show.player.speed = FAST
    await show.press("resume")
    told = [await anext(states) for _ in range(3)]
    assert [state["state"] for state in told] == ["paused", "playing", "paused"]
    assert "不在同一步" in told[-1]["caption"]
    for said in ("2万元", "都没有", "都没有", "都没有", "论证3月1日，审查3月2日，会议3月5日"):
        await show.phones.says(TEACHER, said)
    await show.press("resume")
    while (state := await anext(states))["state"] == "playing" and state["step"] < 5:
        pass
    assert state["step"] == 5
    await states.aclose()


async def test_a_story_begun_anew_in_the_middle_plays_another_product(show: Show) -> None:
    states = show.watch()
    while (await anext(states))["step"] < 6:
        pass
    await show.press("restart")
    while (await anext(states))["state"] != "ended":
        await show.later()
    announced, *_pictures = await show.phones.group(GROUP)
    assert "小鹿作业" in announced["text"]
    await states.aclose()


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-03-12T15:00", "2026-03-12"),  # a Thursday
        ("2026-03-12T08:00", "2026-03-11"),  # before the office opens
        ("2026-03-15T12:00", "2026-03-13"),  # a Sunday
        ("2026-10-05T12:00", "2026-09-30"),  # in the national holiday
        ("2026-02-14T12:00", "2026-02-14"),  # a Saturday that is worked
    ],
)
def test_the_demo_opens_on_the_last_working_morning(now: str, opens: str) -> None:
    moment = opening(datetime.fromisoformat(now).replace(tzinfo=ZONE))
    assert moment == datetime.fromisoformat(f"{opens}T09:02").replace(tzinfo=ZONE)
    assert moment.astimezone(UTC).hour == 1


async def test_the_clock_turns_past_national_day_and_what_became_due_is_told_at_once(
    tmp_path: Path,
) -> None:
    clock = Clock()
    clock.move(datetime.fromisoformat("2026-09-30T09:02:00+08:00"))
    port = free_port()
    settings = load_settings(SHIPPED, {})
    async with on_stage(settings, tmp_path, clock, web_port=free_port(), port=port) as (bot, _):
        async with ClientSession(f"http://127.0.0.1:{port}") as session:
            async with session.get("/sandbox/clock/steps") as answer:
                steps = {one["words"]: one["now"] for one in await answer.json()}
            assert steps.keys() == {"+1天", "下一工作日 08:47", "国庆后 08:47"}
            assert steps["下一工作日 08:47"] == "2026-10-08T08:47:00+08:00"
            async with session.post("/sandbox/clock", json={"now": steps["国庆后 08:47"]}) as done:
                done.raise_for_status()
        told = select(func.count()).where(t.outbox.c.once.like("digest:2026-10-08:%"))
        async with asyncio.timeout(30):
            while not await bot.ledger.read(lambda tx: tx.execute(told).scalar_one()):
                await bot.delivery.idle()
