"""Strangers who are slow, hang up, talk nonsense or come in thousands: each costs little."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from aiohttp import ClientSession, web

from bot.channels.refusals import MOST_A_MINUTE
from bot.channels.wecom.callback import Callback
from bot.channels.wecom.codec import CallbackCodec
from tests.wecom.platform import Clock, CountingDispatcher, Settings

SETTINGS = Settings("https://qyapi.weixin.qq.com")


@dataclass(slots=True)
class Door:
    """The callback address, which waits only a moment for a body."""

    host: str
    port: int
    dispatcher: CountingDispatcher

    async def knock(self, rest: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(self.host, self.port)
        query = f"msg_signature={'0' * 40}&timestamp=1&nonce=n"
        writer.write(f"POST /wecom/callback?{query} HTTP/1.1\r\nHost: x\r\n".encode() + rest)
        return reader, writer


@pytest_asyncio.fixture(params=[0.05])
async def door(clock: Clock, request: pytest.FixtureRequest) -> AsyncIterator[Door]:
    dispatcher = CountingDispatcher()
    callback = Callback(
        CallbackCodec(SETTINGS.token, SETTINGS.encoding_aes_key, SETTINGS.corp_id), dispatcher,
        instance="wecom", corp_id=SETTINGS.corp_id, agent_id=218, now=clock.now,
        body_seconds=request.param,
    )  # fmt: skip
    app = web.Application()
    app.add_routes(callback.routes())
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0]
    yield Door(host, port, dispatcher)
    await runner.cleanup()


@pytest.mark.parametrize(
    "rest",
    [
        pytest.param(b"Content-Length: 900\r\n\r\n<xml>", id="a body that never ends"),
        pytest.param(b"Content-Length: 900\r\n\r\n", id="a body that never begins"),
        pytest.param(b"Transfer-Encoding: chunked\r\n\r\n5\r\n<xml>\r\n", id="a chunk too few"),
        pytest.param(b"Transfer-Encoding: chunked\r\n\r\n5\r\n<xml>\r\nZZ\r\n", id="no chunk"),
    ],
)
async def test_a_body_that_does_not_come_is_not_waited_for(door: Door, rest: bytes) -> None:
    async with asyncio.timeout(10):
        reader, writer = await door.knock(rest)
        answer = await reader.readline()
        writer.close()
    # What is no HTTP at all never reaches us: the server library says 400 to it.
    assert answer.split()[1] in (b"403", b"400")
    assert door.dispatcher.events == []


@pytest.mark.parametrize("door", [5.0], indirect=True)
async def test_who_hangs_up_in_the_middle_leaves_no_traceback(
    door: Door, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    _, writer = await door.knock(b"Content-Length: 900\r\n\r\n<xml>")
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    async with asyncio.timeout(10):
        while not (said := capsys.readouterr().out + caplog.text):  # noqa: ASYNC110 - no event
            await asyncio.sleep(0)
    assert "reason='broken off'" in said


async def test_a_thousand_forgeries_leave_a_few_lines(
    door: Door, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"http://{door.host}:{door.port}/wecom/callback"

    async def knocks(times: int) -> int:
        async with ClientSession() as http:
            for _ in range(times):
                async with http.post(url, data=b"<xml/>") as response:
                    assert response.status == 403
        return capsys.readouterr().out.count("callback refused")

    assert await knocks(200) == MOST_A_MINUTE + 1
    clock.pass_by(minutes=1)
    assert await knocks(1) == 1
    assert door.dispatcher.events == []


async def test_a_check_without_its_word_is_refused_like_any_stranger(door: Door) -> None:
    async with ClientSession() as http:
        address = f"http://{door.host}:{door.port}/wecom/callback"
        query = {"msg_signature": "0" * 40, "timestamp": "1", "nonce": "n"}
        async with http.get(address, params=query) as answer:
            assert answer.status == 403


@pytest.mark.parametrize("door", [60.0], indirect=True)
async def test_a_body_without_an_end_is_cut_off_where_it_grows_too_large(door: Door) -> None:
    reader, writer = await door.knock(b"Transfer-Encoding: chunked\r\n\r\n")
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    sent = 0
    answered = asyncio.create_task(reader.readline())
    while not answered.done() and sent < 100:
        writer.write(chunk)
        await asyncio.wait({answered}, timeout=0.005)
        sent += 1
    assert b"403" in await answered
    assert sent < 100
    writer.close()
