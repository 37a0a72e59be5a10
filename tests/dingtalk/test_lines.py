"""The stream's line: opened with care, replaced in time, left last, and ended for good."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import web

from bot.channels.dingtalk.gateway import may_follow
from bot.channels.dingtalk.line import Pace
from tests.dingtalk.street import (
    Desk,
    eventually,
    open_bare,
    open_street,
    running,
)

QUICK = Pace(wait_seconds=0.05, most_wait_seconds=0.2, proven_seconds=0.0)


async def test_the_ticket_is_asked_for_as_json_and_used_once_percent_encoded() -> None:
    async with open_bare() as bare, running(bare.base, Desk(), pace=QUICK):
        first = await bare.peer()
        assert first.query == "ticket=t%2B/%3D%20%25%26%3D1"
        await first.socket.close()
        await bare.peer(2)
        assert len(bare.asked) == 2 and bare.asked[0]["accept"] == "application/json"


@pytest.mark.parametrize(
    ("endpoint", "api_base", "is_followed"),
    [
        ("wss://wss-open-connection.dingtalk.com:443/connect", "https://api.dingtalk.com", True),
        ("wss://WSS.DingTalk.com./connect", "https://api.dingtalk.com", True),
        # in the clear
        ("ws://wss-open-connection.dingtalk.com/connect", "https://api.dingtalk.com", False),
        # another house, also one that only looks alike
        ("wss://evil.example/connect", "https://api.dingtalk.com", False),
        ("wss://dingtalk.com.evil.example/connect", "https://api.dingtalk.com", False),
        ("wss://evildingtalk.com/connect", "https://api.dingtalk.com", False),
        ("wss://a.dingtalk.com@evil.example/connect", "https://api.dingtalk.com", False),
        ("wss://me:pw@a.dingtalk.com/connect", "https://api.dingtalk.com", False),
        # this machine, asked for from outside
        ("ws://127.0.0.1/connect", "https://api.dingtalk.com", False),
        ("wss://localhost/connect", "https://api.dingtalk.com", False),
        # an emulator on this machine; it leads nowhere else
        ("ws://127.0.0.1:8080/connect", "http://localhost:8080/dingtalk-api", True),
        ("ws://[::1]:8080/connect", "http://127.0.0.1:8080", True),
        ("ws://10.0.0.7/connect", "http://127.0.0.1:8080", False),
        ("http://127.0.0.1/connect", "http://127.0.0.1:8080", False),
        # what two readers could read differently
        ("wss://evil.example\\.dingtalk.com/connect", "https://api.dingtalk.com", False),
        ("wss://evil.example/.dingtalk.com", "https://api.dingtalk.com", False),
        ("wss://[::1].dingtalk.com/connect", "https://api.dingtalk.com", False),
        ("wss://a.dingtalk.com:99999x/connect", "https://api.dingtalk.com", False),
        # room for a second ticket
        ("wss://a.dingtalk.com/connect?ticket=1", "https://api.dingtalk.com", False),
        ("wss://a.dingtalk.com/connect#x", "https://api.dingtalk.com", False),
    ],
)
def test_only_the_platforms_own_address_is_followed(
    endpoint: str, api_base: str, is_followed: bool
) -> None:
    assert may_follow(endpoint, api_base) is is_followed


ENDPOINT = "wss://evil.example/connect"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda: web.Response(status=503), "503"),
        (lambda: web.json_response({"code": "authFailed"}, status=401), "401 authFailed"),
        (lambda: web.Response(text="<xml/>"), "without address"),
        (lambda: web.json_response([]), "without address"),
        (lambda: web.json_response({"endpoint": ENDPOINT}), "without address"),
        (lambda: web.json_response({"endpoint": "", "ticket": "t"}), "without address"),
        (lambda: web.json_response({"endpoint": ENDPOINT, "ticket": ""}), "without address"),
        (lambda: web.json_response({"endpoint": 1, "ticket": "t"}), "without address"),
        (lambda: web.json_response({"endpoint": ENDPOINT, "ticket": "t"}), "not the platform"),
        (
            lambda: web.json_response({"endpoint": "ws://127.0.0.1:99999/x", "ticket": "t"}),
            "InvalidUrl",
        ),
        (lambda: web.Response(text=" " * 70_000), "too large"),
        (lambda: web.Response(status=302, headers={"Location": "/connect"}), "302"),
        # nobody listens there
        (
            lambda: web.json_response({"endpoint": "ws://127.0.0.1:9/x", "ticket": "t"}),
            "ClientConnectorError",
        ),
    ],
)
async def test_a_gateway_that_refuses_is_asked_again(
    answer: Any, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with (
        open_bare(answers=[answer(), answer()]) as bare,
        running(bare.base, Desk(), pace=QUICK),
    ):
        await bare.peer()
        assert len(bare.asked) == 3
    assert reason in capsys.readouterr().out


async def test_a_gateway_that_hangs_is_not_waited_for_and_nothing_else_waits() -> None:
    async def hangs() -> web.Response:
        await asyncio.sleep(30)
        raise AssertionError

    pace = Pace(open_seconds=0.2, wait_seconds=0.01)
    async with open_bare(answers=[hangs]) as bare, running(bare.base, Desk(), pace=pace):
        await bare.knocks(1)
        await asyncio.wait_for(bare.peer(), 2)


def test_after_failures_it_waits_three_seconds_doubling_to_a_minute_with_jitter() -> None:
    pace = Pace()
    assert pace.wait(0) == pace.wait(-1) == 0
    for failures, least in ((1, 3), (2, 6), (3, 12), (5, 48), (6, 60), (5000, 60)):
        waits = {pace.wait(failures) for _ in range(20)}
        assert least <= min(waits) and max(waits) <= least * 1.2 and len(waits) > 1


@pytest.mark.parametrize("deed", ["abort", "close"])
async def test_a_lost_line_is_replaced_within_five_seconds(deed: str) -> None:
    async with open_street() as street:
        before = await street.line()
        await street.lab.control("stream", do=deed)
        await street.line(before)
        assert (await street.says("备案"))["acked"]


async def test_a_platform_that_lets_in_and_shuts_out_is_not_stormed() -> None:
    pace = Pace(wait_seconds=0.2, jitter=0, proven_seconds=5)
    async with open_bare() as bare, running(bare.base, Desk(), pace=pace):
        began = asyncio.get_running_loop().time()
        for number in range(1, 5):
            await (await bare.peer(number)).socket.close()
        # at once, then after 0.2 s, then after 0.4 s
        assert asyncio.get_running_loop().time() - began >= 0.6


async def test_the_first_loss_is_made_good_at_once() -> None:
    pace = Pace(wait_seconds=30, proven_seconds=60)
    async with open_bare() as bare, running(bare.base, Desk(), pace=pace):
        await (await bare.peer()).socket.close()
        await bare.peer(2)


async def test_a_line_that_held_does_not_count_as_a_failure_when_it_ends() -> None:
    pace = Pace(wait_seconds=5, proven_seconds=0)
    async with open_bare() as bare, running(bare.base, Desk(), pace=pace):
        for number in range(1, 5):
            await (await bare.peer(number)).socket.close()


async def test_a_line_told_to_go_is_left_only_after_the_next_is_open() -> None:
    desk = Desk(gate=asyncio.Event())
    assert desk.gate is not None
    async with open_bare() as bare, running(bare.base, desk, pace=QUICK) as client:
        old = await bare.peer()
        await old.types("还没有存下", "m1")
        await eventually(lambda: desk.begun)
        await old.socket.send_str('{"type":"SYSTEM","headers":{"topic":"disconnect"},"data":"{}"}')
        new = await bare.peer(2)
        await old.types("还在路上", "m2")
        await new.types("新的一条", "m3")
        await eventually(lambda: desk.begun == 3)
        assert not old.is_closed.is_set() and client.stream.is_connected
        desk.gate.set()
        assert (await old.ack("m1"))["code"] == (await old.ack("m2"))["code"] == 200
        assert (await new.ack("m3"))["code"] == 200
        await asyncio.wait_for(old.is_closed.wait(), 5)
        assert len(old.acks) == 2 and len(new.acks) == 1 and not new.is_closed.is_set()


async def test_a_line_told_to_go_is_not_kept_beyond_its_time() -> None:
    desk = Desk(gate=asyncio.Event())
    assert desk.gate is not None
    pace = Pace(leave_seconds=0.1, proven_seconds=0)
    async with open_bare() as bare, running(bare.base, desk, pace=pace):
        old = await bare.peer()
        await old.types("一直没有存下")
        await eventually(lambda: desk.begun)
        await old.send("SYSTEM", "disconnect", "{}")
        await bare.peer(2)
        await asyncio.wait_for(old.is_closed.wait(), 2)
        desk.gate.set()


async def test_what_is_said_while_a_line_is_changed_is_heard() -> None:
    async with open_street() as street:
        before = await street.line()
        await street.lab.control("stream", do="disconnect")
        await street.line(before)
        for number in range(5):
            assert (await street.says(f"第{number}句"))["acked"]
        street.lab.later(seconds=11)
        assert (await street.says("之后"))["acked"]
        assert len(street.desk.events) == 6
        assert await street.lab.violations() == []


async def test_a_line_that_only_looks_alive_is_replaced() -> None:
    pace = Pace(quiet_seconds=0.3, proven_seconds=0)
    async with open_street(pace=pace) as street:
        before = await street.line()
        await street.lab.control("stream", do="half_open")
        await street.line(before)
        assert (await street.says("备案"))["acked"]


async def test_a_line_that_answers_no_ping_of_ours_is_replaced() -> None:
    pace = Pace(heartbeat_seconds=0.1)
    async with open_bare(pongs=False) as bare, running(bare.base, Desk(), pace=pace):
        await bare.peer(2)


async def test_a_line_that_is_spoken_to_is_kept() -> None:
    pace = Pace(quiet_seconds=0.4)
    async with open_bare() as bare, running(bare.base, Desk(), pace=pace):
        peer = await bare.peer()
        for number in range(8):
            await asyncio.sleep(0.1)
            await peer.send("SYSTEM", "KEEPALIVE", "{}", f"k{number}")
        assert len(bare.peers) == 1


async def test_where_the_platform_never_pings_lines_are_replaced_less_and_less_often() -> None:
    pace = Pace(quiet_seconds=0.2, proven_seconds=0)
    async with open_bare() as bare, running(bare.base, Desk(), pace=pace):
        began = asyncio.get_running_loop().time()
        third = await bare.peer(3)
        assert asyncio.get_running_loop().time() - began >= 0.6
        # Now it does: the patience is the short one again.
        await third.send("SYSTEM", "ping", '{"opaque":"1"}')
        await third.ack("m1")
        asked = asyncio.get_running_loop().time()
        await bare.peer(4)
        assert asyncio.get_running_loop().time() - asked < 0.7
    assert Pace().patience(0) == 90 and Pace().patience(50) == 3600


async def test_what_was_on_its_way_when_a_line_was_closed_is_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = Desk()
    async with open_bare() as bare, running(bare.base, desk) as client:
        peer = await bare.peer()
        await eventually(lambda: client.stream.is_connected)
        (line,) = client.stream._lines.values()
        answers: list[str] = []
        monkeypatch.setattr(line.socket, "send_str", answers.append)
        await asyncio.gather(line.part(), peer.types("还在路上"))
        await eventually(lambda: desk.texts() == ["还在路上"])
        await eventually(line.idle.is_set)
        # After a goodbye nothing may be said on a line any more.
        assert answers == []


async def test_a_platform_that_takes_no_answer_costs_a_moment_and_its_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = Desk()
    pace = Pace(send_seconds=0.1, workers=1, proven_seconds=0)
    async with open_bare() as bare, running(bare.base, desk, pace=pace) as client:
        peer = await bare.peer()
        await eventually(lambda: client.stream.is_connected)
        (line,) = client.stream._lines.values()

        async def stuck(*_: Any) -> None:
            await asyncio.sleep(30)

        monkeypatch.setattr(line.socket, "send_str", stuck)
        await peer.types("备案")
        await (await bare.peer(2)).types("继续", "m2")
        await bare.peers[1].ack("m2")


@pytest.mark.parametrize("moment", ["connected", "opening", "waiting", "working"])
async def test_cancelling_it_ends_it_for_good(moment: str) -> None:
    desk = Desk(gate=asyncio.Event() if moment == "working" else None)
    refusals: list[Any] = [web.Response(status=503)] if moment == "waiting" else []

    async def hangs() -> web.Response:
        await asyncio.sleep(30)
        raise AssertionError

    answers = [hangs] if moment == "opening" else refusals
    async with open_bare(answers=answers) as bare:
        async with running(bare.base, desk, pace=Pace(drain_seconds=0.1)) as client:
            await bare.knocks(1)
            if moment in ("connected", "working"):
                peer = await bare.peer()
                await peer.types("备案")
                await eventually(lambda: desk.begun)
            client.task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asyncio.wait_for(client.task, 3)
            for one in bare.peers:
                await asyncio.wait_for(one.is_closed.wait(), 2)
            assert not client.stream.is_connected
        here = asyncio.current_task()
        left = [one for one in asyncio.all_tasks() if one is not here]
        assert not [one for one in left if "Stream" in repr(one.get_coro())]
        assert len(bare.asked) == 1


async def test_what_was_begun_is_finished_and_acknowledged_when_it_ends() -> None:
    desk = Desk(gate=asyncio.Event())
    assert desk.gate is not None
    async with open_bare() as bare, running(bare.base, desk, pace=Pace(workers=1)) as client:
        peer = await bare.peer()
        await peer.types("备案", "m1")
        await peer.types("没有开始的", "m2")
        await eventually(lambda: desk.begun)
        client.task.cancel()
        await asyncio.sleep(0.05)
        desk.gate.set()
        await peer.ack("m1")
        await asyncio.wait_for(peer.is_closed.wait(), 2)
        assert desk.texts() == ["备案"] and len(peer.acks) == 1
