"""Sending through a platform that is slow, busy, forgetful or wrong: every card arrives once."""

from __future__ import annotations

import asyncio
import gzip
import traceback
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from bot.channels.base import ChannelBusyError, ChannelRefusedError, Parcel
from bot.channels.wecom import WecomChannel
from tests.cards.samples import CARDS
from tests.wecom.platform import Clock, MemoryTokens, Platform

CARD = Parcel(id="7", address="Wang", card=CARDS["review"])
WORDS = Parcel(id="8", address="wang", text="已记录")
GROUP = Parcel(id="g1", address="robot-key-0001", to_group=True, text="公告 <@all> [x](http://y)")


async def test_a_card_is_sent_with_an_id_that_a_repeat_would_share(
    channel: WecomChannel, platform: Platform
) -> None:
    receipt = await channel.send(CARD)
    assert (receipt.copy_key, receipt.redraw_code) == ("inst-7", "S-inst-7")
    (body,) = platform.delivered
    assert (body["touser"], body["agentid"], body["msgtype"]) == ("Wang", 218, "template_card")
    assert body["enable_duplicate_check"] == 1
    assert 1800 <= body["duplicate_check_interval"] <= 14400


async def test_the_same_words_twice_are_two_messages_and_one_parcel_twice_is_one(
    channel: WecomChannel, platform: Platform
) -> None:
    await channel.send(WORDS)
    await channel.send(replace(WORDS, attempt=2))
    assert len(platform.delivered) == 1
    await channel.send(replace(WORDS, id="9"))
    assert len(platform.delivered) == 2


async def test_a_card_that_arrived_before_the_time_ran_out_arrives_once(
    channel: WecomChannel, platform: Platform
) -> None:
    platform.next["message/send"].append(platform.hang)
    with pytest.raises(ChannelBusyError) as busy:
        await channel.send(CARD)
    assert busy.value.unknown
    receipt = await channel.send(replace(CARD, attempt=2))
    assert receipt.copy_key == "inst-7"
    assert len(platform.delivered) == 1


async def test_a_spent_task_id_on_a_first_attempt_is_a_refusal(
    channel: WecomChannel, platform: Platform
) -> None:
    platform.next["message/send"].append({"errcode": 42014})
    with pytest.raises(ChannelRefusedError, match="42014"):
        await channel.send(CARD)


async def test_a_later_attempt_of_a_card_counts_a_spent_task_id_as_arrived(
    channel: WecomChannel, platform: Platform
) -> None:
    platform.next["message/send"].append({"errcode": 42014})
    receipt = await channel.send(replace(CARD, attempt=2))
    assert (receipt.copy_key, receipt.redraw_code) == ("inst-7", "")


async def test_a_slow_drip_ends_in_time_and_holds_nobody_else_up(
    channel: WecomChannel, platform: Platform
) -> None:
    platform.next["message/send"].append(platform.drip)
    slow = asyncio.create_task(channel.send(CARD))
    await platform.dripping.wait()
    await channel.send(WORDS)
    assert not slow.done()
    with pytest.raises(ChannelBusyError) as busy:
        await slow
    assert busy.value.unknown


async def test_a_platform_that_cannot_be_reached_has_surely_got_nothing(
    channel: WecomChannel, platform: Platform, tokens: MemoryTokens, clock: Clock
) -> None:
    tokens.kept["wecom:wx5823bf96d3bd56c7:218"] = ("t", clock.at.replace(year=2027))
    await platform.stop()
    with pytest.raises(ChannelBusyError) as busy:
        await channel.send(CARD)
    assert not busy.value.unknown


@pytest.mark.parametrize("code", [-1, 6000, 45033, 45035, 45036])
async def test_a_busy_platform_is_asked_again_soon(
    channel: WecomChannel, platform: Platform, code: int
) -> None:
    platform.next["message/send"].append({"errcode": code})
    with pytest.raises(ChannelBusyError) as busy:
        await channel.send(CARD)
    assert busy.value.retry_after <= 5
    await channel.send(replace(CARD, attempt=2))
    assert len(platform.delivered) == 1


@pytest.mark.parametrize("code", [81013, 60111, 40003, 60011])
async def test_a_wrong_receiver_is_refused_as_such(
    channel: WecomChannel, platform: Platform, code: int
) -> None:
    platform.next["message/send"].append({"errcode": code})
    with pytest.raises(ChannelRefusedError) as refused:
        await channel.send(CARD)
    assert (refused.value.person, refused.value.stop) == (True, False)


@pytest.mark.parametrize("field", ["invaliduser", "unlicenseduser"])
async def test_a_receiver_named_invalid_in_other_letters_is_refused(
    channel: WecomChannel, platform: Platform, field: str
) -> None:
    platform.next["message/send"].append({"errcode": 0, field: "zhao|wang", "msgid": "m"})
    with pytest.raises(ChannelRefusedError) as refused:
        await channel.send(CARD)
    assert refused.value.person
    platform.next["message/send"].append({"errcode": 0, field: "zhao", "msgid": "m"})
    await channel.send(CARD)


@pytest.mark.parametrize("code", [40008, 44004, 45002, 82004, 42031, 99999])
async def test_a_wrong_message_is_refused_alone(
    channel: WecomChannel, platform: Platform, code: int
) -> None:
    platform.next["message/send"].append({"errcode": code})
    with pytest.raises(ChannelRefusedError) as refused:
        await channel.send(CARD)
    assert (refused.value.code, refused.value.person, refused.value.stop) == (
        str(code), False, False,
    )  # fmt: skip


@pytest.mark.parametrize("code", [40056, 41001, 43012, 48002, 50001, 60020, 301002])
async def test_a_wrong_setting_stops_the_channel(
    channel: WecomChannel, platform: Platform, code: int
) -> None:
    platform.next["message/send"].append({"errcode": code})
    with pytest.raises(ChannelRefusedError) as refused:
        await channel.send(CARD)
    assert refused.value.stop


async def test_a_wrong_secret_stops_the_channel(channel: WecomChannel, platform: Platform) -> None:
    platform.next["gettoken"].append({"errcode": 40001})
    with pytest.raises(ChannelRefusedError) as refused:
        await channel.send(CARD)
    assert refused.value.stop


async def test_no_call_is_made_while_the_platform_blocks_us(
    channel: WecomChannel, platform: Platform, clock: Clock
) -> None:
    platform.next["message/send"].append({"errcode": 45009})
    with pytest.raises(ChannelBusyError) as busy:
        await channel.send(CARD)
    assert busy.value.retry_after == 60
    clock.pass_by(seconds=20)
    with pytest.raises(ChannelBusyError) as busy:
        await channel.send(CARD)
    assert busy.value.retry_after == 40
    assert channel.may_send_at(CARD, clock.at) == 40
    assert len(platform.named("message/send")) == 1
    clock.pass_by(seconds=40)
    assert channel.may_send_at(CARD, clock.at) == 0
    await channel.send(CARD)
    assert len(platform.delivered) == 1


async def _status(status: int, **headers: str) -> web.StreamResponse:
    return web.Response(status=status, headers=headers, text="{}")


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_failing_gateway_leaves_the_outcome_open(
    channel: WecomChannel, platform: Platform, status: int
) -> None:
    platform.next["message/send"].append(lambda _: _status(status))
    with pytest.raises(ChannelBusyError) as busy:
        await channel.send(CARD)
    assert busy.value.unknown


async def test_a_redirect_is_never_followed(channel: WecomChannel, platform: Platform) -> None:
    there = f"{platform.base}/cgi-bin/elsewhere"
    platform.next["message/send"].append(lambda _: _status(307, Location=there))
    with pytest.raises(ChannelRefusedError) as refused:
        await channel.send(CARD)
    assert refused.value.stop
    assert platform.named("elsewhere") == []


@pytest.mark.parametrize("text", ["<html>", "[]", "null", "[" * 100_000, ""])
async def test_an_answer_that_is_no_object_leaves_the_outcome_open(
    channel: WecomChannel, platform: Platform, text: str
) -> None:
    async def odd(_: web.Request) -> web.StreamResponse:
        return web.Response(text=text)

    platform.next["message/send"].append(odd)
    with pytest.raises(ChannelBusyError) as busy:
        await channel.send(CARD)
    assert busy.value.unknown


async def test_an_answer_packed_unasked_is_not_unpacked(
    channel: WecomChannel, platform: Platform
) -> None:
    async def packed(_: web.Request) -> web.StreamResponse:
        body = gzip.compress(b'{"errcode": 0, "msgid": "m"}')
        return web.Response(body=body, headers={"Content-Encoding": "gzip"})

    platform.next["message/send"].append(packed)
    with pytest.raises(ChannelBusyError) as busy:
        await channel.send(CARD)
    assert busy.value.unknown


async def test_an_endless_answer_is_not_read_to_its_end(
    channel: WecomChannel, platform: Platform
) -> None:
    written = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal written
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while written < 512 * 1024 * 1024:
                await response.write(b"x" * 65536)
                written += 65536
        except OSError:
            pass
        return response

    platform.next["message/send"].append(endless)
    with pytest.raises(ChannelRefusedError, match="large"):
        await channel.send(CARD)
    assert written < 64 * 1024 * 1024


async def test_no_error_and_no_log_line_holds_a_secret(
    channel: WecomChannel, platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    shown: list[str] = []

    async def garbage(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.write(b"HTTP/1.1 never heard of\r\n\r\n")
        request.transport.close()
        return web.Response()

    answers: list[Any] = [
        platform.hang, {"errcode": 60020}, lambda _: _status(302, Location="/"), garbage,
    ]  # fmt: skip
    with capture_logs() as ours:
        for answer in answers:
            for name, parcel in (("message/send", CARD), ("webhook/send", GROUP)):
                platform.next[name].append(answer)
                try:
                    await channel.send(replace(parcel, id=f"s{len(shown)}"))
                except (ChannelBusyError, ChannelRefusedError) as error:
                    shown.append("".join(traceback.format_exception(error)))
    assert len(shown) == 8
    theirs = [line.getMessage() for line in caplog.records if line.name != "aiohttp.access"]
    told = "".join([*shown, *theirs, str(ours)])
    assert "wecom refused" in told
    for secret in ("canary-token", "canary-secret", "robot-key-0001"):
        assert secret not in told


async def test_every_call_is_counted_by_name(channel: WecomChannel, counted: list[str]) -> None:
    await channel.send(CARD)
    await channel.send(GROUP)
    assert counted == ["wecom gettoken", "wecom message/send", "wecom webhook/send"]
