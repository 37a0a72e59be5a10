"""Files that people send, sign-in of pages, and settings that cannot be right."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.channels.base import ChannelBusyError, ChannelRefusedError
from bot.channels.wecom import WecomChannel
from tests.wecom.platform import Clock, MemoryTokens, Platform, Settings

MIB = 1024 * 1024


async def test_a_picture_is_fetched_with_its_name_and_type(
    channel: WecomChannel, platform: Platform
) -> None:
    headers = {
        "Content-Type": "image/jpeg",
        "Content-Disposition": 'attachment; filename="../../e\\x.jpg"',
    }
    platform.media["m1"] = (headers, b"\xff\xd8pic")
    media = await channel.fetch("m1")
    assert (media.media_type, media.content) == ("image/jpeg", b"\xff\xd8pic")
    assert "/" not in media.name
    assert "\\" not in media.name


async def test_a_json_file_that_somebody_sent_is_a_file_and_no_error(
    channel: WecomChannel, platform: Platform
) -> None:
    content = b'{"errcode": 40007}'
    headers = {
        "Content-Type": "application/json",
        "Content-Disposition": 'attachment; filename="a.json"',
    }
    platform.media["m1"] = (headers, content)
    assert (await channel.fetch("m1")).content == content


async def test_a_file_that_is_gone_is_refused(channel: WecomChannel) -> None:
    with pytest.raises(ChannelRefusedError, match="40007"):
        await channel.fetch("unknown")


async def test_a_token_lost_before_a_fetch_is_replaced(
    channel: WecomChannel, platform: Platform
) -> None:
    await channel.api.tokens.get()
    platform.expire_token()
    platform.media["m1"] = ({"Content-Disposition": "attachment"}, b"123456")
    assert (await channel.fetch("m1")).content == b"123456"


async def test_a_file_over_twenty_mib_comes_in_ranges(
    channel: WecomChannel, platform: Platform
) -> None:
    content = bytes(range(256)) * (4096 * 21)
    platform.media["big"] = ({"Content-Disposition": "attachment"}, content)
    assert (await channel.fetch("big")).content == content
    assert len(platform.named("media/get")) == 3


async def test_a_file_over_the_cap_is_refused_after_its_first_range(
    channel: WecomChannel, platform: Platform
) -> None:
    platform.media["big"] = ({"Content-Disposition": "attachment"}, b"x" * (51 * MIB))
    with pytest.raises(ChannelRefusedError, match="large"):
        await channel.fetch("big")
    assert len(platform.named("media/get")) == 2


async def test_a_file_is_uploaded_under_its_name(channel: WecomChannel, platform: Platform) -> None:
    assert await channel.api.upload("file", "登记表.xlsx", b"PK0000") == "m-9"
    ((query, body),) = platform.named("media/upload")
    assert query["type"] == "file"
    assert b'name="media"' in body
    assert b"PK0000" in body


async def test_a_message_can_be_recalled_and_a_member_read(
    channel: WecomChannel, platform: Platform
) -> None:
    await channel.api.recall("m1")
    assert (await channel.api.user("chen"))["name"] == "陈晓"
    ((_, body),) = platform.named("message/recall")
    assert body == {"msgid": "m1"}


async def test_more_than_a_thousand_receivers_are_not_sent_to(channel: WecomChannel) -> None:
    for receivers in ([], ["u"] * 1001):
        with pytest.raises(ValueError, match="1000"):
            await channel.api.send({"msgtype": "text"}, touser=receivers)


# --- sign-in -----------------------------------------------------------------------------------


async def test_a_member_who_opens_a_page_is_known_by_userid(
    channel: WecomChannel, platform: Platform
) -> None:
    platform.next["auth/getuserinfo"].append({"errcode": 0, "userid": "chen"})
    assert await channel.member("code1") == "chen"
    ((query, _),) = platform.named("auth/getuserinfo")
    assert query["code"] == "code1"


async def test_an_outsider_who_opens_a_page_is_nobody(
    channel: WecomChannel, platform: Platform
) -> None:
    platform.next["auth/getuserinfo"].append({"errcode": 0, "openid": "o1"})
    assert await channel.member("code1") is None
    assert await channel.member("not a code&x=1") is None
    assert len(platform.named("auth/getuserinfo")) == 1


@pytest.mark.parametrize("code", [40029, 42022])
async def test_a_used_code_is_refused(channel: WecomChannel, platform: Platform, code: int) -> None:
    platform.next["auth/getuserinfo"].append({"errcode": code})
    with pytest.raises(ChannelRefusedError, match=str(code)):
        await channel.member("code1")


def test_the_sign_in_address_is_as_documented(channel: WecomChannel) -> None:
    url = channel.authorize_url("https://ba.example.cn/m/upload/x?y=1&z=2", "abc123")
    parts = urlsplit(url)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == (
        "https://open.weixin.qq.com/connect/oauth2/authorize"
    )
    assert parts.fragment == "wechat_redirect"
    assert parse_qs(parts.query) == {
        "appid": ["wx5823bf96d3bd56c7"],
        "redirect_uri": ["https://ba.example.cn/m/upload/x?y=1&z=2"],
        "response_type": ["code"],
        "scope": ["snsapi_base"],
        "state": ["abc123"],
        "agentid": ["218"],
    }
    for state in ("", "a-b", "a" * 129):
        with pytest.raises(ValueError, match="state"):
            channel.authorize_url("https://ba.example.cn/", state)


# --- settings ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "base", ["http://qyapi.weixin.qq.com", "ftp://127.0.0.1", "qyapi.weixin.qq.com", "", "https://"]
)
def test_a_platform_is_spoken_to_over_https_only(base: str, clock: Clock) -> None:
    with pytest.raises(ValueError, match=r"wecom\.api_base"):
        WecomChannel(
            Settings(base), installation="i", tokens=MemoryTokens(), now=clock.now,
            count=lambda _: None,
        )  # fmt: skip


def test_a_key_that_cannot_be_one_is_named(clock: Clock) -> None:
    wrong = replace(Settings("http://127.0.0.1:8080"), encoding_aes_key="short")
    with pytest.raises(ValueError, match=r"wecom\.encoding_aes_key"):
        WecomChannel(
            wrong, installation="i", tokens=MemoryTokens(), now=clock.now, count=lambda _: None
        )


async def test_a_channel_that_is_not_started_says_so(platform: Platform, clock: Clock) -> None:
    idle = WecomChannel(
        Settings(platform.base), installation="i", tokens=MemoryTokens(), now=clock.now,
        count=lambda _: None,
    )  # fmt: skip
    with pytest.raises(ChannelBusyError, match="not started"):
        await idle.fetch("m1")
