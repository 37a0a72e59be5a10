"""A platform that answers with less than it promised, or with something else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from aiohttp import web

from bot.channels.base import ChannelBusyError, ChannelRefusedError, Parcel
from bot.channels.wecom import WecomChannel
from bot.channels.wecom.errors import MEDIA_TOO_LARGE
from tests.wecom.platform import Clock, Platform

NOTE = Parcel(id="1", address="Wang", text="您好")


@pytest.mark.parametrize(
    "answer",
    [
        {"errcode": 0},
        {"errcode": 0, "access_token": "", "expires_in": 7200},
        {"errcode": 0, "access_token": ["x"], "expires_in": 7200},
        {"errcode": 0, "access_token": "x", "expires_in": "soon"},
    ],
)
async def test_a_token_that_is_none_is_asked_for_again_later(
    channel: WecomChannel, platform: Platform, answer: dict[str, object]
) -> None:
    platform.next["gettoken"].append(answer)
    with pytest.raises(ChannelBusyError):
        await channel.send(NOTE)
    await channel.send(replace(NOTE, attempt=2))
    assert len(platform.delivered) == 1


async def test_an_upload_without_an_id_is_no_upload(
    channel: WecomChannel, platform: Platform
) -> None:
    platform.next["media/upload"].append({"errcode": 0, "media_id": ""})
    with pytest.raises(ChannelBusyError):
        await channel.api.upload("file", "a.pdf", b"%PDF")


async def test_a_range_that_is_refused_refuses_the_file(
    channel: WecomChannel, platform: Platform
) -> None:
    platform.next["media/get"] += [{"errcode": MEDIA_TOO_LARGE}, {"errcode": 40007}]
    with pytest.raises(ChannelRefusedError, match="40007"):
        await channel.fetch("m1")


async def test_a_range_that_is_empty_ends_the_fetching(
    channel: WecomChannel, platform: Platform
) -> None:
    async def nothing(_request: web.Request) -> web.StreamResponse:
        return web.Response(
            status=206,
            headers={"Content-Disposition": "attachment", "Content-Range": "bytes 0-0/100"},
        )

    platform.next["media/get"] += [{"errcode": MEDIA_TOO_LARGE}, nothing]
    with pytest.raises(ChannelBusyError, match="empty range"):
        await channel.fetch("m1")


async def test_a_file_that_is_gone_is_not_asked_for_in_ranges(
    channel: WecomChannel, platform: Platform
) -> None:
    with pytest.raises(ChannelRefusedError):
        await channel.fetch("unknown")
    assert len(platform.named("media/get")) == 1


async def test_too_many_requests_by_http_are_waited_out_and_did_not_arrive(
    channel: WecomChannel, platform: Platform
) -> None:
    async def too_many(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=429)

    platform.next["message/send"].append(too_many)
    with pytest.raises(ChannelBusyError) as busy:
        await channel.send(NOTE)
    assert (busy.value.retry_after, busy.value.unknown) == (60.0, False)


async def test_a_block_ends(channel: WecomChannel, platform: Platform, clock: Clock) -> None:
    platform.next["message/send"].append({"errcode": 45009})
    with pytest.raises(ChannelBusyError):
        await channel.send(NOTE)
    clock.pass_by(seconds=61)
    await channel.send(replace(NOTE, attempt=2))
    assert len(platform.delivered) == 1
