"""Who knocks at the callback address, and what each gets: over real HTTP, sealed by wechatpy."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from unittest.mock import Mock
from urllib.parse import urlencode, urlsplit

import pytest
import pytest_asyncio
from aiohttp import ClientResponse, ClientSession, web
from aiohttp.test_utils import make_mocked_request
from aiohttp.typedefs import Handler, Middleware
from wechatpy.enterprise.crypto import WeChatCrypto

from bot.channels.base import Answer
from bot.channels.bodies import MAX_BYTES
from bot.channels.wecom import MAX_CARRIED_BYTES, WecomChannel
from bot.channels.wecom.callback import Callback
from bot.channels.wecom.codec import CallbackCodec
from bot.channels.wecom.envelope import read
from handlers.events import Event, Ignored, Said, Tapped
from tests.wecom.platform import Clock, CountingDispatcher, MemoryTokens, Settings

SETTINGS = Settings("https://qyapi.weixin.qq.com")
THEIRS = WeChatCrypto(SETTINGS.token, SETTINGS.encoding_aes_key, SETTINGS.corp_id)


def text_message(words: str = "备案", msg_id: str = "77", at: int = 1773280800) -> str:
    return (
        f"<xml><ToUserName><![CDATA[{SETTINGS.corp_id}]]></ToUserName>"
        f"<FromUserName><![CDATA[chen]]></FromUserName><CreateTime>{at}</CreateTime>"
        f"<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{words}]]></Content>"
        f"<MsgId>{msg_id}</MsgId><AgentID>218</AgentID></xml>"
    )


def tap(at: int, event: str = "template_card_event") -> str:
    return (
        f"<xml><ToUserName>c</ToUserName><FromUserName>wang</FromUserName><CreateTime>{at}"
        f"</CreateTime><MsgType>event</MsgType><Event>{event}</Event>"
        "<EventKey>review.approve|t1|2</EventKey><TaskId>inst-7</TaskId>"
        "<ResponseCode>X1</ResponseCode><AgentID>218</AgentID></xml>"
    )


@dataclass(slots=True)
class Door:
    """The callback address as a stranger or the platform reaches it."""

    url: str
    http: ClientSession
    dispatcher: CountingDispatcher
    clock: Clock

    def sealed(self, xml: str, *, agent: str = "218") -> tuple[dict[str, str], bytes]:
        stamp, nonce = str(int(self.clock.at.timestamp())), "n0nce"
        sealed = THEIRS.encrypt_message(xml, nonce, stamp)
        encrypted = read(sealed.replace("\n", "")).fields["Encrypt"]
        return self.signed(encrypted, agent=agent, stamp=stamp, nonce=nonce)

    def signed(
        self, encrypted: str, *, agent: str = "218", stamp: str = "1", nonce: str = "n"
    ) -> tuple[dict[str, str], bytes]:
        parts = sorted((SETTINGS.token, stamp, nonce, encrypted))
        signature = hashlib.sha1("".join(parts).encode()).hexdigest()
        body = (
            f"<xml><ToUserName><![CDATA[{SETTINGS.corp_id}]]></ToUserName>"
            f"<AgentID><![CDATA[{agent}]]></AgentID>"
            f"<Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
        )
        query = {"msg_signature": signature, "timestamp": stamp, "nonce": nonce}
        return query, body.encode()

    async def post(
        self, query: dict[str, str], body: bytes, **headers: str
    ) -> tuple[ClientResponse, bytes]:
        url = f"{self.url}?{urlencode(query)}"
        async with self.http.post(url, data=body, headers=headers) as response:
            return response, await response.read()

    async def says(self, xml: str) -> tuple[ClientResponse, bytes]:
        return await self.post(*self.sealed(xml))


@asynccontextmanager
async def _door(
    dispatcher: CountingDispatcher, clock: Clock, *middlewares: Middleware
) -> AsyncIterator[Door]:
    channel = WecomChannel(
        SETTINGS, installation="i", tokens=MemoryTokens(), now=clock.now, count=lambda _: None
    )
    app = web.Application(middlewares=middlewares)
    app.add_routes(channel.routes(dispatcher))
    # As in production: a caller who hangs up does not cancel the handler.
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0]
    async with ClientSession() as http:
        yield Door(f"http://{host}:{port}/wecom/callback", http, dispatcher, clock)
    await runner.cleanup()


@pytest_asyncio.fixture
async def door(clock: Clock) -> AsyncIterator[Door]:
    async with _door(CountingDispatcher(), clock) as opened:
        yield opened


async def test_the_address_check_is_answered_with_the_bare_words(door: Door) -> None:
    echo = (
        "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ=="
    )
    query = {
        "msg_signature": "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3",
        "timestamp": "1409659589", "nonce": "263014780", "echostr": echo,
    }  # fmt: skip
    async with door.http.get(f"{door.url}?{urlencode(query)}") as response:
        assert (response.status, await response.read()) == (200, b"1616140317555161061")
    query["echostr"] = echo[:-4] + "AAA="
    async with door.http.get(f"{door.url}?{urlencode(query)}") as response:
        assert response.status == 403


async def test_a_typed_message_reaches_the_dispatcher_and_is_answered_empty(door: Door) -> None:
    response, body = await door.says(text_message())
    assert (response.status, body) == (200, b"")
    (event,) = door.dispatcher.events
    assert isinstance(event, Said)
    assert (event.key, event.account, event.text, event.can_carry) == ("m77", "chen", "备案", True)


async def test_the_answer_rides_on_the_acknowledgement(door: Door) -> None:
    door.dispatcher.answer = Answer("请发应用名称 ]]> <a>", "5")
    response, body = await door.says(text_message())
    assert response.status == 200
    envelope = read(body.decode()).fields
    plain = THEIRS.decrypt_message(
        {"Encrypt": envelope["Encrypt"]}, envelope["MsgSignature"], envelope["TimeStamp"],
        envelope["Nonce"],
    )  # fmt: skip
    reply = read(plain).fields
    assert reply["Content"] == "请发应用名称 ]]> ＜a>"
    assert (reply["ToUserName"], reply["FromUserName"]) == ("chen", SETTINGS.corp_id)
    assert door.dispatcher.written == [door.dispatcher.answer]


async def test_an_answer_too_long_for_the_acknowledgement_is_left_to_the_outbox(
    door: Door,
) -> None:
    door.dispatcher.answer = Answer("字" * (MAX_CARRIED_BYTES // 3), "5")
    _, body = await door.says(text_message())
    assert body != b""
    door.dispatcher.answer = Answer("字" * (MAX_CARRIED_BYTES // 3 + 1), "6")
    _, body = await door.says(text_message())
    assert body == b""
    assert [answer.outbox_id for answer in door.dispatcher.written] == ["5"]


async def test_an_answer_to_somebody_who_hung_up_is_left_to_the_outbox(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    asked, hung_up, done = asyncio.Event(), asyncio.Event(), asyncio.Event()
    requests: list[web.Request] = []

    class Slow(CountingDispatcher):
        async def handle(self, event: Event) -> Answer | None:
            asked.set()
            await hung_up.wait()
            return Answer("您好", "5")

    @web.middleware
    async def watched(request: web.Request, handler: Handler) -> web.StreamResponse:
        requests.append(request)
        try:
            return await handler(request)
        finally:
            done.set()

    slow = Slow()
    async with _door(slow, clock, watched) as door, asyncio.timeout(10):
        knock = asyncio.create_task(door.says(text_message()))
        await asked.wait()
        knock.cancel()
        while requests[0].transport is not None:  # noqa: ASYNC110 - aiohttp has no event for it
            await asyncio.sleep(0)
        hung_up.set()
        await done.wait()
    assert slow.written == []
    assert "Error handling request" not in caplog.text


async def test_an_answer_is_carried_only_if_the_line_survived_the_writing(clock: Clock) -> None:
    dispatcher = CountingDispatcher()
    callback = Callback(
        CallbackCodec(SETTINGS.token, SETTINGS.encoding_aes_key, SETTINGS.corp_id), dispatcher,
        instance="wecom", corp_id=SETTINGS.corp_id, agent_id=218, now=clock.now,
    )  # fmt: skip
    event, answer = Said("m1", "wecom", "chen", clock.at, True), Answer("您好", "5")
    closing, whole = (
        Mock(spec=asyncio.Transport, **{"is_closing.return_value": ends}) for ends in (True, False)
    )
    for line in (None, closing, whole):
        request = make_mocked_request("POST", "/", transport=whole)
        response = callback._carry(request, event, answer, clock.at)
        await response.prepare(request)
        request.protocol.transport = line
        await response.write_eof()
        assert dispatcher.written == ([answer] if line is whole else [])


async def test_a_tap_carries_no_answer(door: Door, clock: Clock) -> None:
    door.dispatcher.answer = Answer("已记录", "5")
    _, body = await door.says(tap(int(clock.at.timestamp())))
    assert body == b""
    assert door.dispatcher.written == []
    (event,) = door.dispatcher.events
    assert isinstance(event, Tapped)
    assert (event.tap.verb, event.tap.seen, event.copy_key, event.redraw_code) == (
        "review.approve", 2, "inst-7", "X1",
    )  # fmt: skip


async def test_a_ledger_that_is_down_makes_the_platform_come_again(door: Door) -> None:
    door.dispatcher.error = RuntimeError("no disk")
    response, body = await door.says(text_message())
    assert (response.status, body) == (503, b"")


async def test_a_stale_tap_is_only_ignored_and_a_stale_message_is_taken(
    door: Door, clock: Clock
) -> None:
    sent = int(clock.at.timestamp())
    old_tap, old_words = door.sealed(tap(sent)), door.sealed(text_message(at=sent))
    clock.pass_by(minutes=10)
    await door.post(*old_tap)
    clock.pass_by(seconds=1)
    for copy in (old_tap, old_words):
        response, _ = await door.post(*copy)
        assert response.status == 200
    await door.says(tap(int(clock.at.timestamp()) + 601))
    fresh, stale, said, ahead = door.dispatcher.events
    assert isinstance(fresh, Tapped)
    assert isinstance(said, Said)
    for event in (stale, ahead):
        assert isinstance(event, Ignored)
        assert event.kind == "stale"


async def test_a_replay_with_swapped_timestamp_and_nonce_has_the_same_key(door: Door) -> None:
    query, body = door.sealed(text_message())
    swapped = {**query, "timestamp": query["nonce"], "nonce": query["timestamp"]}
    for one in (query, swapped):
        response, _ = await door.post(one, body)
        assert response.status == 200
    assert {event.key for event in door.dispatcher.events} == {"m77"}


async def test_two_taps_within_a_second_are_two_events_and_a_copy_is_one(
    door: Door, clock: Clock
) -> None:
    at = int(clock.at.timestamp())
    for xml in (tap(at), tap(at), tap(at).replace("X1", "X2"), tap(at).replace("inst-7", "i-8")):
        await door.says(xml)
    keys = [event.key for event in door.dispatcher.events]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


def _strangers(door: Door) -> dict[str, tuple[dict[str, str], bytes, dict[str, str]]]:
    query, body = door.sealed(text_message())
    junk = door.signed("QUJDREVGR0hJSktMTU5PUA==")
    foreign = WeChatCrypto(SETTINGS.token, SETTINGS.encoding_aes_key, "another corp")
    other = read(foreign.encrypt_message(text_message(), "n", "1").replace("\n", ""))
    inflated = gzip.compress(b"<xml>" + b"A" * (64 * 1024 * 1024))
    packed = {"Content-Encoding": "gzip"}
    return {
        "forged": ({**query, "msg_signature": "0" * 40}, body, {}),
        "no signature": ({"timestamp": "1", "nonce": "n"}, body, {}),
        "odd signature": ({**query, "msg_signature": "é" * 40}, body, {}),
        "upper case": ({**query, "msg_signature": query["msg_signature"].upper()}, body, {}),
        "changed nonce": ({**query, "nonce": "other"}, body, {}),
        "changed body": (query, body.replace(b"<Encrypt><![CDATA[", b"<Encrypt><![CDATA[A"), {}),
        "other agent": (*door.sealed(text_message(), agent="219"), {}),
        "other corp": (*door.signed(other.fields["Encrypt"]), {}),
        "empty": (query, b"", {}),
        "not xml": (query, b"\x00\xff" * 50, {}),
        "bomb": (query, b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + body, {}),
        "deep": (query, b"<a>" * 60_000, {}),
        "oversized": (query, body + b" " * MAX_BYTES, {}),
        "gzip": (query, gzip.compress(body), packed),
        "gzip bomb": (query, inflated, packed),
        "junk with a valid signature": (*junk, {}),
    }


@pytest.mark.parametrize(
    "name",
    [
        "forged", "no signature", "odd signature", "upper case", "changed nonce", "changed body",
        "other agent", "other corp", "empty", "not xml", "bomb", "deep", "oversized", "gzip",
        "gzip bomb", "junk with a valid signature",
    ],
)  # fmt: skip
async def test_every_stranger_gets_the_same_refusal_and_changes_nothing(
    door: Door, name: str
) -> None:
    query, body, headers = _strangers(door)[name]
    plain, plain_body = await door.post({}, b"")
    response, said = await door.post(query, body, **headers)
    assert (response.status, said) == (403, b"forbidden")
    assert said == plain_body
    assert response.headers["Connection"] == "close"
    unlike = {"Date"}
    assert {k: v for k, v in response.headers.items() if k not in unlike} == {
        k: v for k, v in plain.headers.items() if k not in unlike
    }
    assert door.dispatcher.events == []


async def test_an_oversized_body_without_a_length_is_refused_on_the_way(door: Door) -> None:
    query, body = door.sealed(text_message())

    async def endless() -> AsyncIterator[bytes]:
        yield body
        while True:
            yield b" " * 65536

    async with asyncio.timeout(10):
        with suppress(OSError):  # The door may shut while we are still talking.
            async with door.http.post(f"{door.url}?{urlencode(query)}", data=endless()) as response:
                assert response.status == 403
    assert door.dispatcher.events == []


async def test_a_body_announced_as_too_long_is_not_waited_for(door: Door) -> None:
    query, _ = door.sealed(text_message())
    at = urlsplit(door.url)
    reader, writer = await asyncio.open_connection(at.hostname, at.port)
    head = f"POST {at.path}?{urlencode(query)} HTTP/1.1\r\nHost: x\r\n"
    writer.write(f"{head}Content-Length: {MAX_BYTES + 1}\r\n\r\n".encode())
    async with asyncio.timeout(10):
        assert (await reader.readline()).startswith(b"HTTP/1.1 403 ")
    writer.close()


async def test_a_parameter_given_twice_counts_not_at_all(door: Door) -> None:
    query, body = door.sealed(text_message())
    url = f"{door.url}?{urlencode(query)}&nonce={query['nonce']}"
    async with door.http.post(url, data=body) as response:
        assert response.status == 403


@pytest.mark.parametrize(
    ("xml", "kind"),
    [
        ("not xml", "unreadable"),
        ("<xml><A>1</A><A>2</A></xml>", "unreadable"),
        ("<xml><!DOCTYPE x><A/></xml>", "unreadable"),
        ("<xml></xml>", "unknown"),
        ("<xml><MsgType></MsgType><FromUserName>a</FromUserName></xml>", "unknown"),
        ("<xml><MsgType>event</MsgType><Event>kf_msg_or_event</Event></xml>", "kf_msg_or_event"),
        (tap(1773280800).replace("review.approve|t1|2", "somebody|else"), "template_card_event"),
        (tap(1773280800).replace("218", "219"), "foreign"),
        (tap(1773280800, "change_contact"), "change_contact"),
        (tap(1773280800).replace("wang", "w" * 65), "foreign"),
    ],
)
async def test_what_is_authentic_and_not_understood_is_stored_as_ignored(
    door: Door, xml: str, kind: str
) -> None:
    response, body = await door.says(xml)
    assert (response.status, body) == (200, b"")
    (event,) = door.dispatcher.events
    assert isinstance(event, Ignored)
    assert event.kind == kind
