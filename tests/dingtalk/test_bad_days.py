"""The whole bot and everything odd that comes on its stream: the next good word is still heard."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.channels.dingtalk.frames import CARD_TOPIC, ROBOT_TOPIC
from storage import tables as t
from storage.transaction import Transaction
from tests.dingtalk.street import tapped
from tests.dingtalk.test_town import Phone, town

KEY = "review.approve|nosuch|1"


@pytest.fixture
async def phone(tmp_path: Path) -> AsyncIterator[Phone]:
    async with town(tmp_path, f"sqlite:///{tmp_path}/beian.db") as opened:
        yield opened


async def state(phone: Phone) -> Any:
    async with phone.http.get(f"{phone.sandbox}/sandbox/dingtalk") as answer:
        return await answer.json()


def outcomes(tx: Transaction) -> list[tuple[str, str]]:
    """Return (kind, outcome) of every event that was taken in, the oldest first."""
    rows = tx.execute(select(t.inbox).order_by(t.inbox.c.received_at))
    return [(row.kind, row.outcome) for row in rows]


async def is_heard(phone: Phone, lines: Any) -> None:
    """Expect the next word to be acknowledged and answered on the line that was there before."""
    said = await phone.call("phones/chen/say", text="帮助")
    assert said["acked"] and said["attempts"] == 1
    await phone.bot.delivery.idle()
    assert "备案" in await phone.last()
    after = await state(phone)
    assert after["connections"] == lines and after["violations"] == []
    kept = phone.bot.ledger.call(outcomes)
    assert kept[-1] == ("said", "done") and "failed" not in {outcome for _, outcome in kept}


@pytest.mark.parametrize("deed", ["garbage", "oversize", "unknown_topic", "ping"])
async def test_after_an_odd_frame_the_next_word_is_heard(phone: Phone, deed: str) -> None:
    lines = (await state(phone))["connections"]
    await phone.call("stream", do=deed)
    await is_heard(phone, lines)


@pytest.mark.parametrize(
    "wish",
    [
        {"drop": ["senderStaffId"]},
        {"fields": {"senderStaffId": None}},
        {"fields": {"senderStaffId": 7}},
        {"drop": ["text"], "fields": {"errorCode": 20001, "errorMessage": "用尽"}},
        {"drop": ["text"]},
        {"fields": {"text": {"content": None}}},
        {"drop": ["msgId"]},
        {"fields": {"msgtype": "hologram", "conversationType": 9}},
        {"fields": {"chatbotCorpId": "dingother"}},
        {"fields": {"text": {"content": "\u0000\u202e<@all> [x](http://evil.example)"}}},
    ],
)
async def test_after_an_odd_message_the_next_word_is_heard(phone: Phone, wish: Any) -> None:
    lines = (await state(phone))["connections"]
    assert (await phone.call("phones/chen/raw", **wish))["acked"]
    await is_heard(phone, lines)


@pytest.mark.parametrize("topic", [ROBOT_TOPIC, CARD_TOPIC])
@pytest.mark.parametrize("data", ["", "不是 JSON", "[]", {}, {"outTrackId": 7, "content": "{"}])
async def test_after_data_of_no_kind_the_next_word_is_heard(
    phone: Phone, topic: str, data: Any
) -> None:
    lines = (await state(phone))["connections"]
    said = await phone.call("push", topic=topic, data=data)
    assert said["ack"]["code"] == 200
    await is_heard(phone, lines)


@pytest.mark.parametrize(
    "callback",
    [
        tapped("unknown", KEY, userId="d-chen"),
        tapped("unknown", "no.such.verb|1|1", userId="d-chen"),
        tapped("unknown", KEY, userId="d-nobody"),
        tapped("unknown", KEY, userId=""),
    ],
)
async def test_a_tap_on_a_card_that_nobody_sent_changes_nothing(
    phone: Phone, callback: Any
) -> None:
    lines = (await state(phone))["connections"]
    said = await phone.call("push", topic=CARD_TOPIC, data=callback)
    assert said["ack"]["code"] == 200
    await is_heard(phone, lines)


async def newest_card(phone: Phone) -> dict[str, Any]:
    return next(one for one in reversed(await phone.bubbles()) if one["kind"] == "card")


async def test_a_stranger_s_tap_on_somebodys_card_changes_nothing_for_its_owner(
    phone: Phone,
) -> None:
    await phone.says("备案")
    card = await newest_card(phone)
    buttons = json.loads(card["card"]["variables"]["buttons"])
    key = next(button["key"] for button in buttons if button["text"] == "应用")
    before = await phone.bubbles()
    said = await phone.call(
        "push",
        topic=CARD_TOPIC,
        data=tapped(card["card"]["out_track_id"], key, userId="d-stranger"),
    )
    assert said["ack"]["code"] == 200
    await phone.bot.delivery.idle()
    assert await phone.bubbles() == before
    await phone.taps("应用")
    assert "填好发回即可" in await phone.last()


async def test_a_nervous_finger_moves_the_conversation_once(phone: Phone) -> None:
    await phone.says("备案")
    card = await newest_card(phone)
    buttons = json.loads(card["card"]["variables"]["buttons"])
    key = next(button["key"] for button in buttons if button["text"] == "应用")
    said = await phone.call(
        "phones/chen/tap", bubble=card["id"], action="tap", params={"key": key}, twice=True
    )
    assert said["acked"] and said["second"]["acked"]
    await phone.bot.delivery.idle()
    drafts = phone.bot.ledger.call(lambda tx: tx.execute(select(t.draft.c.id)).all())
    assert len(drafts) == 1
    cards = [one["card"] for one in await phone.bubbles() if one["kind"] == "card"]
    assert ["填好发回即可" in one["variables"]["body"] for one in cards] == [False, True]
    assert (await state(phone))["violations"] == []


async def test_a_message_that_comes_twice_is_answered_once(phone: Phone) -> None:
    async with phone.http.post(
        f"{phone.sandbox}/sandbox/faults", json={"api": "dingtalk/stream", "kind": "duplicate"}
    ) as answer:
        assert answer.status == 200
    before = len(await phone.bubbles())
    await phone.says("帮助")
    lines = (await state(phone))["connections"]
    assert len(await phone.bubbles()) == before + 2  # what was said, and the answer
    await is_heard(phone, lines)


async def test_the_address_to_answer_at_that_a_message_names_is_never_called(
    phone: Phone,
) -> None:
    called: list[object] = []

    async def canary(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        called.append(writer.get_extra_info("peername"))
        writer.close()

    server = await asyncio.start_server(canary, "127.0.0.1", 0)
    here = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        for address in (
            f"http://{here}/robot/sendBySession?session=1",
            f"http://oapi.dingtalk.com@{here}/robot/sendBySession",
            f"//{here}/",
        ):
            fields = {"sessionWebhook": address, "text": {"content": "帮助"}}
            assert (await phone.call("phones/chen/raw", fields=fields))["acked"]
            await phone.bot.delivery.idle()
            assert "备案" in await phone.last()
    assert called == []
