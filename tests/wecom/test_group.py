"""Groups are told once, in plain words, and only through robots of this platform."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace

import pytest

from bot.channels.base import ChannelBusyError, ChannelRefusedError, Parcel, Picture
from bot.channels.wecom import WecomChannel
from tests.wecom.platform import Clock, Platform

GROUP = Parcel(id="g1", address="robot-key-0001", to_group=True, text="公告 <@all> [x](http://y)")


async def test_a_group_gets_plain_words_without_mentions(
    channel: WecomChannel, platform: Platform
) -> None:
    await channel.send(GROUP)
    await channel.send(
        replace(GROUP, id="g2", address=f"{platform.base}/cgi-bin/webhook/send?key=robot-key-2")
    )
    (key, body), (second, _) = platform.robots
    assert (key, second) == ("robot-key-0001", "robot-key-2")
    assert body == {"msgtype": "text", "text": {"content": "公告 ＜@all> [x](http://y)"}}
    assert platform.tokens_given == 0


@pytest.mark.parametrize(
    "address",
    [
        "http://evil.example/cgi-bin/webhook/send?key=robot-key-1",
        "https://127.0.0.1/cgi-bin/webhook/send?key=robot-key-1",
        "{base}/elsewhere?key=robot-key-1",
        "{base}/cgi-bin/webhook/send",
        "{base}@evil.example/cgi-bin/webhook/send?key=robot-key-1",
        "short",
        "key with blanks",
    ],
)
async def test_an_address_that_is_no_robot_of_this_platform_is_never_called(
    channel: WecomChannel, platform: Platform, counted: list[str], address: str
) -> None:
    with pytest.raises(ChannelRefusedError) as refused:
        await channel.send(replace(GROUP, address=address.replace("{base}", platform.base)))
    assert refused.value.person
    assert counted == []


async def test_an_announcement_that_may_have_arrived_is_never_sent_again(
    channel: WecomChannel, platform: Platform
) -> None:
    platform.next["webhook/send"].append(platform.hang)
    with pytest.raises(ChannelBusyError) as busy:
        await channel.send(GROUP)
    assert busy.value.unknown
    for again in (replace(GROUP, attempt=2), replace(GROUP, id="g9", attempt=2, doubtful=True)):
        with pytest.raises(ChannelRefusedError, match="may-have-arrived"):
            await channel.send(again)
    assert len(platform.robots) == 1


async def test_a_removed_robot_is_a_wrong_receiver(
    channel: WecomChannel, platform: Platform
) -> None:
    platform.next["webhook/send"].append({"errcode": 93000})
    with pytest.raises(ChannelRefusedError) as refused:
        await channel.send(GROUP)
    assert refused.value.person


async def test_a_blocked_robot_rests_while_others_go_on(
    channel: WecomChannel, platform: Platform, clock: Clock
) -> None:
    platform.next["webhook/send"].append({"errcode": 45009})
    with pytest.raises(ChannelBusyError):
        await channel.send(GROUP)
    assert channel.may_send_at(GROUP, clock.at) == 60
    assert channel.may_send_at(replace(GROUP, address="robot-key-0002"), clock.at) == 0


async def test_a_group_of_our_own_is_reached_by_its_chat_id(
    channel: WecomChannel, platform: Platform
) -> None:
    await channel.send(replace(GROUP, address="appchat:work1"))
    ((_, body),) = platform.named("appchat/send")
    assert (body["chatid"], body["msgtype"]) == ("work1", "text")


async def test_a_blocked_chat_of_our_own_holds_up_nobody_else(
    channel: WecomChannel, platform: Platform, clock: Clock
) -> None:
    chat = replace(GROUP, address="appchat:work1")
    platform.next["appchat/send"].append({"errcode": 45009})
    with pytest.raises(ChannelBusyError):
        await channel.send(chat)
    assert channel.may_send_at(chat, clock.at) > 0
    assert channel.may_send_at(replace(GROUP, to_group=False, address="Wang"), clock.at) == 0


PICTURE = Picture(b"\x89PNG\r\n\x1a\n..", "http://x/f/1.png", "http://x/f/1", "公告")


async def test_a_group_is_shown_a_picture_by_its_bytes(
    channel: WecomChannel, platform: Platform
) -> None:
    await channel.send(replace(GROUP, text="", picture=PICTURE))
    ((_, body),) = platform.robots
    digest = hashlib.md5(PICTURE.content).hexdigest()
    shown = {"base64": base64.b64encode(PICTURE.content).decode(), "md5": digest}
    assert body == {"msgtype": "image", "image": shown}


async def test_a_group_of_our_own_is_shown_a_picture_that_was_uploaded(
    channel: WecomChannel, platform: Platform
) -> None:
    platform.next["media/upload"].append({"errcode": 0, "media_id": "m1"})
    await channel.send(replace(GROUP, address="appchat:work1", text="", picture=PICTURE))
    ((_, body),) = platform.named("appchat/send")
    assert body == {"chatid": "work1", "msgtype": "image", "image": {"media_id": "m1"}}


async def test_a_picture_that_may_have_arrived_is_not_sent_again(
    channel: WecomChannel, platform: Platform
) -> None:
    with pytest.raises(ChannelRefusedError, match="may-have-arrived"):
        await channel.send(replace(GROUP, text="", picture=PICTURE, doubtful=True))
    assert platform.robots == []
