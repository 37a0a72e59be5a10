"""What comes on the stream: nothing is lost, nothing counts twice, nothing stops the next."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

import pytest

from bot.channels.dingtalk.frames import CARD_TOPIC, ROBOT_TOPIC
from bot.channels.dingtalk.line import Pace
from bot.channels.dingtalk.taps import OpenTaps
from bot.dispatcher import Dispatcher
from bot.metrics import Metrics
from handlers.events import Event, Ignored, Said, SentFile
from handlers.switchboard import Switchboard
from storage.crypto import FieldCipher, KeyRing
from storage.ledger import Ledger, LedgerUnavailableError
from storage.transaction import Transaction
from tests.dingtalk.street import (
    Desk,
    eventually,
    open_bare,
    open_street,
    running,
    tapped,
)
from tests.sandbox_dingtalk.lab import START
from tests.storage.conftest import Weekdays


async def test_what_somebody_types_is_acknowledged_and_done() -> None:
    async with open_street() as street:
        said = await street.says("备案")
        assert said["acked"]
        (event,) = street.desk.events
        assert isinstance(event, Said) and (event.text, event.account) == ("备案", "u-zhang")
        assert (event.instance, event.can_carry) == ("dingtalk", False)
        assert await street.lab.violations() == []


async def test_pings_are_echoed() -> None:
    async with open_street() as street:
        await street.lab.control("stream", do="ping")
        await asyncio.sleep(0.05)
        street.lab.later(seconds=30)
        await asyncio.sleep(0.05)
        acks = await street.lab.sent("ack")
        assert len(acks) == 2 and not any(one["wrong"] for one in acks)


@pytest.mark.parametrize(
    "text",
    [
        "<html>bad gateway</html>",
        "",
        "[]",
        "null",
        "{}",
        '{"headers":[]}',
        "[" * 100_000,
        '{"type":"CALLBACK","headers":{"topic":[],"messageId":{}},"data":{}}',
        '{"type":"SYSTEM","headers":{"topic":"REGISTERED"}}',
        '{"type":"SYSTEM","headers":{"topic":"ping"}}',
        '{"type":"CALLBACK","headers":{"topic":"/v1.0/hologram"},"data":"{}"}',
        '{"type":7,"headers":{"topic":"\\ud800"}}',
        json.dumps({"type": "CALLBACK", "headers": {"topic": ROBOT_TOPIC}, "data": "{}"}),
        json.dumps({"type": "CALLBACK", "headers": {"topic": CARD_TOPIC}, "data": "x"}),
        json.dumps({"type": "EVENT", "headers": {"topic": "*"}, "data": "x"}),
    ],
)
async def test_a_bad_frame_does_not_stop_the_next_good_one(text: str) -> None:
    desk = Desk()
    async with open_bare() as bare, running(bare.base, desk):
        peer = await bare.peer()
        await peer.socket.send_str(text)
        await peer.socket.send_bytes(text.encode("utf-8", "surrogatepass"))
        await peer.types("备案", "good")
        assert (await peer.ack("good"))["code"] == 200
        assert [one["headers"]["messageId"] for one in peer.acks] == ["good"]
        assert len(bare.peers) == 1


@pytest.mark.parametrize("kind", ["garbage", "oversize", "unknown_topic"])
async def test_something_odd_comes_before_the_next_good_frame(kind: str) -> None:
    async with open_street() as street:
        before = await street.line()
        await street.lab.fault("stream", kind)
        assert (await street.says("备案"))["acked"]
        assert await street.line() == before
        assert await street.lab.violations() == []


@pytest.mark.parametrize("kind", ["CALLBACK", "HOLOGRAM"])
async def test_an_unknown_topic_is_answered_with_404(kind: str) -> None:
    topic = "/v1.0/hologram" if kind == "CALLBACK" else ROBOT_TOPIC
    desk = Desk()
    async with open_bare() as bare, running(bare.base, desk):
        peer = await bare.peer()
        await peer.send(kind, topic, "{}")
        assert (await peer.ack("m1"))["code"] == 404
        assert desk.begun == 0


async def test_data_that_is_no_string_is_a_bad_request() -> None:
    async with open_bare() as bare, running(bare.base, Desk()):
        peer = await bare.peer()
        await peer.send("CALLBACK", ROBOT_TOPIC, {"msgId": "1"})
        assert (await peer.ack("m1"))["code"] == 400


async def test_a_frame_nearly_as_large_as_the_platform_sends_is_read() -> None:
    desk = Desk()
    async with open_bare() as bare, running(bare.base, desk):
        peer = await bare.peer()
        await peer.types("备" * (1 << 20), "big")
        assert (await peer.ack("big"))["code"] == 200
        (event,) = desk.events
        assert isinstance(event, Said) and len(event.text) == 20_000


async def test_the_acknowledgement_waits_for_the_commit() -> None:
    desk = Desk(gate=asyncio.Event())
    assert desk.gate is not None
    async with open_bare() as bare, running(bare.base, desk):
        peer = await bare.peer()
        await peer.types("备案")
        await eventually(lambda: desk.begun)
        await asyncio.sleep(0.05)
        assert peer.acks == []
        desk.gate.set()
        await peer.ack("m1")


async def test_what_could_not_be_stored_comes_again() -> None:
    desk = Desk(errors=[LedgerUnavailableError(), LedgerUnavailableError()])
    async with open_street(desk=desk) as street:
        await street.lab.hurry()
        assert not (await street.says("备案"))["acked"]
        assert not (await street.lab.control("events", type="chat_disband"))["acked"]
        street.lab.later(seconds=60)
        await eventually(lambda: len(desk.events) == 2)
        assert sorted(type(one).__name__ for one in desk.events) == ["Ignored", "Said"]
        street.lab.later(seconds=300)
        await asyncio.sleep(0.05)
        assert len(desk.events) == 2 and await street.lab.violations() == []


async def test_an_event_is_kept_under_its_own_id_and_put_off_where_it_could_not() -> None:
    desk = Desk(errors=[LedgerUnavailableError()])
    async with open_bare() as bare, running(bare.base, desk):
        peer = await bare.peer()
        for name in ("m1", "m2"):
            await peer.send("EVENT", "*", "{}", name, eventId="e7", eventType="chat_disband")
            await peer.ack(name)
        said = [json.loads(one["data"])["status"] for one in peer.acks]
        assert said == ["LATER", "SUCCESS"] and {one["code"] for one in peer.acks} == {200}
        (event,) = desk.events
        assert isinstance(event, Ignored) and (event.key, event.kind) == ("ve7", "chat_disband")


async def test_a_frame_that_breaks_us_does_not_cost_a_worker() -> None:
    desk = Desk(errors=[ValueError() for _ in range(4)])
    async with open_bare() as bare, running(bare.base, desk, pace=Pace(workers=2)):
        peer = await bare.peer()
        for number in range(5):
            await peer.types("备案", f"m{number}")
        await eventually(lambda: desk.events)
        assert desk.begun == 5


@dataclass
class Board:
    """Counts what had an effect: the inbox decides."""

    effects: list[str] = field(default_factory=list)

    def answer(self, event: Event, now: datetime, tx: Transaction) -> None:
        if tx.inbox.take_in(event.instance, event.key, "said", now):
            self.effects.append(getattr(event, "text", ""))


async def test_a_message_that_comes_twice_has_one_effect(database_url: str) -> None:
    cipher = FieldCipher(KeyRing({"k1": b"d" * 32}, "k1", b"i" * 32))
    ledger = Ledger(database_url, cipher, Weekdays()).open()
    board = Board()
    desk = Dispatcher(ledger, cast(Switchboard, board), lambda: START, Metrics())
    try:
        async with open_bare() as bare, running(bare.base, desk):
            peer = await bare.peer()
            await peer.types("备案", "m1")
            await peer.types("备案", "m1")
            await peer.ack("m1")
            await peer.socket.close()
            again = await bare.peer(2)
            # The same message in a new frame, a minute later and on another line.
            await again.types("备案", "m1")
            await again.types("继续", "m2")
            await again.ack("m2")
    finally:
        ledger.close()
    assert board.effects == ["备案", "继续"]


async def test_a_duplicated_push_brings_one_key_twice() -> None:
    async with open_street() as street:
        await street.lab.fault("stream", "duplicate")
        await street.says("备案")
        await eventually(lambda: len(street.desk.events) == 2)
        assert len({event.key for event in street.desk.events}) == 1


async def test_what_one_person_says_stays_in_its_order() -> None:
    desk = Desk()
    async with open_bare() as bare, running(bare.base, desk):
        peer = await bare.peer()
        for number in range(200):
            await peer.types(str(number), f"m{number}")
        await peer.ack("m199")
        assert desk.texts() == [str(number) for number in range(200)]


async def test_in_a_flood_pings_are_answered_and_what_is_too_much_is_left_to_come_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    desk = Desk(gate=asyncio.Event())
    assert desk.gate is not None
    pace = Pace(workers=4, backlog=10)
    async with open_bare() as bare, running(bare.base, desk, pace=pace):
        peer = await bare.peer()
        for number in range(4):
            await peer.types("备案", f"w{number}")
        await eventually(lambda: desk.begun == 4)
        for number in range(300):
            await peer.types("备案", f"m{number}")
        await peer.send("CALLBACK", CARD_TOPIC, json.dumps(tapped()), "tap")
        await peer.send("EVENT", "*", "{}", "event")
        await peer.send("SYSTEM", "ping", '{"opaque":"7"}', "ping")
        assert (await peer.ack("ping"))["data"] == '{"opaque":"7"}'
        assert (await peer.ack("tap"))["code"] == 500
        assert json.loads((await peer.ack("event"))["data"])["status"] == "LATER"
        desk.gate.set()
        await peer.ack("m9")
        await asyncio.sleep(0.05)
        assert len(desk.events) == 14 and len(peer.acks) == 17
        await peer.types("备案", "after")
        await peer.ack("after")
    assert capsys.readouterr().out.count("backlog full") == 1


async def test_a_backlog_that_stays_nearly_full_is_told_of_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    desk = Desk(gate=asyncio.Event())
    first = desk.gate
    assert first is not None
    async with open_bare() as bare, running(bare.base, desk, pace=Pace(workers=1, backlog=2)):
        peer = await bare.peer()
        await peer.types("备案", "w")
        await eventually(lambda: desk.begun == 1)
        for number in range(3):
            await peer.types("备案", f"m{number}")
        await peer.send("SYSTEM", "ping", "{}", "full")
        await peer.ack("full")
        desk.gate = asyncio.Event()
        first.set()
        await eventually(lambda: desk.begun == 2)
        for number in range(3):
            await peer.types("备案", f"n{number}")
        await peer.send("SYSTEM", "ping", "{}", "again")
        await peer.ack("again")
        desk.gate.set()
    assert capsys.readouterr().out.count("backlog full") == 1


async def test_large_frames_fill_the_backlog_sooner() -> None:
    desk = Desk(gate=asyncio.Event())
    assert desk.gate is not None
    pace = Pace(workers=1, backlog_chars=5000)
    async with open_bare() as bare, running(bare.base, desk, pace=pace):
        peer = await bare.peer()
        for number in range(5):
            await peer.types("x" * 1500, f"m{number}")
            await eventually(lambda: desk.begun)
        await peer.send("SYSTEM", "ping", "{}", "ping")
        await peer.ack("ping")
        desk.gate.set()
        await eventually(lambda: len(desk.events) == 3)
        for number in range(10):
            await peer.types("x" * 1500, f"n{number}")
            await peer.ack(f"n{number}")
        assert len(desk.events) == 13


async def test_words_and_pictures_sent_in_one_are_one_frame_and_one_acknowledgement() -> None:
    taps = OpenTaps()
    desk = Desk()
    async with open_bare() as bare, running(bare.base, desk, taps=taps):
        peer = await bare.peer()
        part = {"type": "picture", "downloadCode": "c1"}
        rich = {"msgtype": "richText", "content": {"richText": [{"text": "见图"}, part]}}
        head = {"conversationType": "1", "senderStaffId": "u-zhang", "msgId": "r1"}
        await peer.send("CALLBACK", ROBOT_TOPIC, json.dumps({**head, **rich}))
        await peer.ack("m1")
        words, picture = desk.events
        assert isinstance(words, Said) and isinstance(picture, SentFile)
        assert (words.key, picture.key) == ("mr1", "mr1.1") and len(peer.acks) == 1
