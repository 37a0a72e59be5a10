"""The access token is fetched seldom, shared, and replaced once when it is refused."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.channels.base import ChannelBusyError, Parcel
from bot.channels.wecom import WecomChannel
from tests.wecom.platform import Clock, MemoryTokens, Platform

WORDS = Parcel(id="8", address="wang", text="已记录")


async def test_a_hundred_parcels_survive_a_lost_token_with_two_fetches(
    channel: WecomChannel, platform: Platform
) -> None:
    async def one(number: int) -> None:
        if number == 37:
            platform.expire_token()
        await channel.send(Parcel(id=f"b{number}", address=f"u{number}", text=f"{number}"))

    for start in range(0, 100, 10):
        await asyncio.gather(*(one(start + step) for step in range(10)))
    assert sorted(int(body["touser"][1:]) for body in platform.delivered) == list(range(100))
    assert platform.tokens_given == 2


async def test_a_token_refused_twice_is_not_fetched_for_ever(
    channel: WecomChannel, platform: Platform
) -> None:
    for _ in range(10):
        platform.next["message/send"].append({"errcode": 40014})
    with pytest.raises(ChannelBusyError):
        await channel.send(WORDS)
    assert len(platform.named("message/send")) == 2
    assert platform.tokens_given == 2


async def test_a_token_is_refreshed_five_minutes_before_its_end(
    channel: WecomChannel, platform: Platform, clock: Clock
) -> None:
    await channel.send(WORDS)
    clock.pass_by(seconds=7200 - 301)
    await channel.send(replace(WORDS, id="a"))
    assert platform.tokens_given == 1
    clock.pass_by(seconds=1)
    await channel.send(replace(WORDS, id="b"))
    assert platform.tokens_given == 2


async def test_a_token_that_another_process_fetched_is_taken_first(
    channel: WecomChannel, platform: Platform, tokens: MemoryTokens, clock: Clock
) -> None:
    await channel.send(WORDS)
    platform.token = "from-elsewhere"
    (key,) = tokens.kept
    tokens.kept[key] = ("from-elsewhere", clock.at.replace(year=2027))
    await channel.send(replace(WORDS, id="b"))
    assert platform.tokens_given == 1
    assert len(platform.delivered) == 2
