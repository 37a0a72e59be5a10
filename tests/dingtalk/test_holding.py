"""Who holds the stream: never nobody for long, of several processes one, and a spare beside it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from aiohttp import web

from bot.channels.base import LineState
from bot.channels.dingtalk import GRACE_SECONDS, DingTalkChannel
from bot.channels.dingtalk.line import Pace
from bot.channels.turn import Turn, TurnPace
from bot.lines import LedgerLines
from bot.sandbox.dingtalk.rules import Rules
from storage.crypto import FieldCipher, KeyRing
from storage.ledger import Ledger
from tests.dingtalk.platform import MemoryTokens, Settings
from tests.dingtalk.street import Client, Desk, Street, eventually, open_bare, open_street, running
from tests.sandbox_dingtalk.lab import APP, SECRET, START, Lab, open_lab
from tests.storage.conftest import Weekdays

LINE = f"dingtalk:{APP}"
# As short as a shared machine allows without a lease running out by itself.
QUICK = TurnPace(1.0, 0.2, 0.02, 0.02, 0.3)
GOES = '{"type":"SYSTEM","headers":{"topic":"disconnect"},"data":"{}"}'


@dataclass(slots=True, eq=False)
class Shelf:
    """Where two processes agree, in one process; ``away`` and ``hangs`` are its bad days."""

    holder: str = ""
    asked: int = 0
    away: bool = False
    hangs: bool = False
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, name: str, holder: str, lease_seconds: float) -> bool:
        assert name == LINE and lease_seconds > 0
        self.asked += 1
        self.news.set()
        if self.hangs:
            await asyncio.sleep(30)
        if self.away:
            raise ConnectionError
        self.holder = self.holder or holder
        return self.holder == holder

    async def give_up(self, name: str, holder: str) -> None:
        if self.away:
            raise ConnectionError
        if self.holder == holder:
            self.holder = ""

    async def looks(self, more: int = 2) -> None:
        """Wait until it was asked so often again."""
        until = self.asked + more
        async with asyncio.timeout(5):
            while self.asked < until:
                self.news.clear()
                await self.news.wait()


@contextlib.asynccontextmanager
async def process(
    base: str, shelf: Any, desk: Desk | None = None, lab: Lab | None = None, **pace: float
) -> AsyncIterator[tuple[Client, Turn]]:
    """Run one process's stream in its turn; it dies with the block, giving nothing up."""
    turn = Turn(LINE, shelf, replace(QUICK, **pace))
    turn.start()
    try:
        async with running(base, desk or Desk(), lab, turn=turn) as client:
            yield client, turn
    finally:
        if turn._looking is not None:
            turn._looking.cancel()


async def test_no_line_is_opened_before_its_turn() -> None:
    shelf = Shelf("another")
    async with open_bare() as bare, process(bare.base, shelf) as (_, turn):
        await shelf.looks()
        assert bare.asked == [] and turn.is_elsewhere and not turn.is_mine
        shelf.holder = ""
        await bare.peer()
        await eventually(lambda: turn.is_mine and not turn.is_elsewhere)


async def test_a_line_is_left_when_another_has_the_turn_and_what_came_on_it_is_answered() -> None:
    desk, shelf = Desk(gate=asyncio.Event()), Shelf()
    assert desk.gate is not None
    async with (
        open_bare() as bare,
        process(bare.base, shelf, desk, lease_seconds=60.0) as (client, turn),
    ):
        peer = await bare.peer()
        await peer.types("还没有存下", "m1")
        await eventually(lambda: desk.begun)
        shelf.holder = "another"
        await eventually(lambda: turn.is_elsewhere)
        assert not client.stream.is_connected and not peer.is_closed.is_set()
        await peer.types("还在路上", "m2")
        await eventually(lambda: desk.begun == 2)
        desk.gate.set()
        assert (await peer.ack("m1"))["code"] == (await peer.ack("m2"))["code"] == 200
        await asyncio.wait_for(peer.is_closed.wait(), 5)
        assert len(bare.asked) == 1
        shelf.holder = ""
        await bare.peer(2)


@pytest.mark.parametrize("trouble", ["away", "hangs"])
async def test_who_cannot_renew_leaves_the_line_when_its_lease_is_over(trouble: str) -> None:
    shelf = Shelf()
    async with open_bare() as bare, process(bare.base, shelf) as (client, turn):
        peer = await bare.peer()
        setattr(shelf, trouble, True)
        await shelf.looks()
        assert turn.is_mine and client.stream.is_connected
        await asyncio.wait_for(peer.is_closed.wait(), 5)
        await eventually(lambda: not turn.is_mine and not turn.is_elsewhere)
        setattr(shelf, trouble, False)
        await bare.peer(2)


async def test_one_renewal_that_fails_costs_nothing() -> None:
    shelf = Shelf()
    async with open_bare() as bare, process(bare.base, shelf) as (client, _):
        await bare.peer()
        shelf.away = True
        await shelf.looks()
        shelf.away = False
        await shelf.looks(5)
        assert client.stream.is_connected and len(bare.asked) == 1


@pytest.mark.parametrize("is_followed", [True, False])
async def test_who_was_frozen_leaves_only_where_another_followed(is_followed: bool) -> None:
    shelf = Shelf()
    async with open_bare() as bare, process(bare.base, shelf) as (client, turn):
        peer = await bare.peer()
        await eventually(lambda: client.stream.is_connected)
        time.sleep(1.2)  # noqa: ASYNC251 - nothing at all turns, as in a process that is stopped
        if is_followed:
            shelf.holder = "another"
            await asyncio.wait_for(peer.is_closed.wait(), 5)
        await shelf.looks(3)
        assert client.stream.is_connected is turn.is_mine is not is_followed
        assert len(bare.asked) == 1


async def test_a_turn_that_ends_while_a_line_is_being_opened_leaves_it_at_once() -> None:
    shelf = Shelf()
    async with open_bare() as bare:

        async def slow() -> Any:
            shelf.holder = "another"
            await shelf.looks(3)
            endpoint = f"{bare.base.replace('http', 'ws')}/connect"
            return web.json_response({"endpoint": endpoint, "ticket": "t"})

        bare.answers.append(slow)
        async with process(bare.base, shelf) as (client, _):
            peer = await bare.peer()
            await asyncio.wait_for(peer.is_closed.wait(), 5)
            assert not client.stream.is_connected and len(bare.asked) == 1


# --- two processes ---


@pytest.fixture
def ledger(database_url: str) -> Any:
    cipher = FieldCipher(KeyRing({"k1": b"d" * 32}, "k1", b"i" * 32))
    opened = Ledger(database_url, cipher, Weekdays()).open()
    yield opened
    opened.close()


async def only(lab: Lab, *before: str) -> str:
    """Wait until exactly one line is open at the platform, another than those before."""
    async with asyncio.timeout(8):
        while True:
            found = [one["id"] for one in (await lab.state())["connections"] if not one["leaving"]]
            if len(found) == 1 and found[0] not in before:
                return str(found[0])
            await asyncio.sleep(0.01)


async def test_of_two_processes_one_reads_and_the_other_follows_when_it_died(
    ledger: Ledger,
) -> None:
    lines = LedgerLines(ledger)
    first, second = Desk(), Desk()
    async with open_lab(Rules()) as lab:
        base = f"{lab.origin}/dingtalk-api"
        async with contextlib.AsyncExitStack() as stack:
            async with process(base, lines, first, lab):
                line = await only(lab)
                _, turn = await stack.enter_async_context(process(base, lines, second, lab))
                await eventually(lambda: turn.is_elsewhere)
                assert (await lab.finger("zhang", "say", text="备案"))["acked"]
                assert await only(lab) == line and first.texts() == ["备案"]
            await only(lab, line)
            assert (await lab.finger("zhang", "say", text="继续"))["acked"]
            assert second.texts() == ["继续"]


async def test_who_stops_cleanly_still_reads_until_the_next_is_there(ledger: Ledger) -> None:
    lines = LedgerLines(ledger)
    first, second = Desk(), Desk()
    async with open_lab(Rules()) as lab:
        base = f"{lab.origin}/dingtalk-api"
        async with contextlib.AsyncExitStack() as stack:
            async with process(base, lines, first, lab, overlap_seconds=1.0) as (_, leaver):
                line = await only(lab)
                _, turn = await stack.enter_async_context(process(base, lines, second, lab))
                await eventually(lambda: turn.is_elsewhere)
                await lab.hurry()
                await lab.fault("v1.0/gateway/connections/open", "slow", seconds=0.2)
                handing = asyncio.create_task(leaver.hand_over())
                said = 0
                while not (handing.done() and turn.is_mine):
                    # What was under way when a line was closed is done all the same.
                    assert (await lab.finger("zhang", "say", text=str(said)))["delivered"]
                    said += 1
            assert (await lab.finger("zhang", "say", text="之后"))["acked"]
            assert await only(lab) != line
    texts = [*first.texts(), *second.texts()]
    assert sorted(texts) == sorted(["之后", *map(str, range(said))])


# --- the spare ---


async def two_lines(street: Street) -> list[dict[str, Any]]:
    """Wait until two lines are open and return them, the older first."""
    async with asyncio.timeout(5):
        while True:
            found = await street.connections()
            if len(found) == 2:
                return found
            await asyncio.sleep(0.01)


async def test_a_spare_line_hears_what_is_said_while_the_other_is_changed() -> None:
    async with open_street(pace=Pace(apart_seconds=0.05, proven_seconds=0)) as street:
        for number in range(10):
            found = await two_lines(street)
            # Until the next is there nothing else hears: the gateway takes its time.
            await street.lab.fault("v1.0/gateway/connections/open", "slow", seconds=0.2)
            gone = found[number % 2]["id"]
            await street.lab.control("stream", do="disconnect", connection=gone)
            assert (await street.says(f"第{number}句"))["acked"]
        assert len(street.desk.events) == 10 and await street.lab.violations() == []


@pytest.mark.parametrize("at_once", [True, False])
async def test_lines_of_one_age_are_not_opened(at_once: bool) -> None:
    pace = Pace(apart_seconds=0.05)
    async with open_bare() as bare, running(bare.base, Desk(), pace=pace) as client:
        first, second = await bare.peer(1), await bare.peer(2)
        client.stream.pace = replace(pace, apart_seconds=30)
        await first.socket.close()
        if not at_once:
            await bare.peer(3)
        await second.socket.close()
        await bare.peer(3)
        await asyncio.sleep(0.1)
        assert len(bare.peers) == 3 and client.stream.is_connected


# --- what the process says of it ---


async def test_the_channel_says_how_its_line_stands() -> None:
    async with open_lab(Rules()) as lab:
        settings = Settings(f"{lab.origin}/dingtalk-api", f"{lab.origin}/dingtalk-oapi")
        shelf = Shelf("another")

        def made(**change: Any) -> DingTalkChannel:
            return DingTalkChannel(
                replace(settings, **change), installation="i", tokens=MemoryTokens(), lines=shelf,
                now=lambda: START, count=lambda _call: None,
            )  # fmt: skip

        channel = made()
        assert channel.line() is None
        channel.routes(Desk())
        await channel.start()
        try:
            assert channel.line() is LineState.OPENING
            await eventually(lambda: channel.line() is LineState.ELSEWHERE)
            assert not channel.taps.are_here()
            shelf.holder = ""
            await eventually(lambda: channel.line() is LineState.CONNECTED)
            assert channel.taps.are_here()
            await lab.fault("v1.0/gateway/connections/open", "unavailable", times=9)
            await lab.control("stream", do="abort")
            await eventually(lambda: channel.line() is LineState.OPENING)
            stream = channel._stream
            assert stream is not None and stream._left_at is not None
            stream._left_at -= GRACE_SECONDS
            assert channel.line() is LineState.LOST
        finally:
            await channel.stop()
        assert shelf.holder == ""
        by_http = made(mode="http", card_route_key="r", card_callback_secret=SECRET)
        by_http.routes(Desk())
        # Whoever stands before several processes gives a tap to any of them.
        assert by_http.line() is None and not by_http.taps.are_here()
