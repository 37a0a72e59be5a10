"""Files, people and sign-in: what the channel asks DingTalk besides sending."""

from __future__ import annotations

from typing import Any

import pytest
from alibabacloud_dingtalk.oauth2_1_0 import models as oauth_models
from alibabacloud_dingtalk.robot_1_0 import models as robot_models

from bot.channels.base import ChannelBusyError, ChannelRefusedError
from bot.channels.dingtalk import DingTalkChannel
from bot.channels.dingtalk.api import safe_address
from bot.sandbox.dingtalk import names
from tests.dingtalk.platform import (
    TOKEN,
    ZHANG,
    MemoryTokens,
    Odd,
    Office,
    Settings,
    login_code,
    misspelt,
)
from tests.sandbox_dingtalk.lab import APP, CORP

DOWNLOAD = "v1.0/robot/messageFiles/download"
WHO = "topapi/user/getbyunionid"


async def code_of_a_file(office: Office, content: bytes = b"%PDF-1.7 plan") -> str:
    line = await office.lab.line()
    await office.lab.file("zhang", "file", "方案.pdf", content)
    code: str = line.data()[-1]["content"]["downloadCode"]
    return code


# --- files ---------------------------------------------------------------------------------------


async def test_a_file_is_fetched_by_its_code(office: Office) -> None:
    media = await office.channel.fetch(await code_of_a_file(office))
    assert (media.content, media.name) == (b"%PDF-1.7 plan", "")
    (call,) = await office.calls(DOWNLOAD)
    assert misspelt(robot_models.RobotMessageFileDownloadRequest, call["body"]) == []
    assert office.counted[-1] == "dingtalk file"


async def test_a_code_that_is_over_is_refused(office: Office) -> None:
    code = await code_of_a_file(office)
    office.lab.later(hours=1)
    with pytest.raises(ChannelRefusedError, match=r"robotCode\.downloadCode"):
        await office.channel.fetch(code)


async def test_a_file_that_is_too_large_is_not_read_to_its_end(office: Office) -> None:
    code = await code_of_a_file(office, b"x" * 2000)
    with pytest.raises(ChannelRefusedError, match="answer-too-large"):
        await office.channel.api.media(code, max_bytes=1999)
    assert len((await office.channel.api.media(code, max_bytes=2000)).content) == 2000


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        ({"status": 403}, ChannelRefusedError, "file-http-403"),
        ({"status": 302, "headers": {"Location": "/x"}}, ChannelRefusedError, "file-http-302"),
        ({"status": 503}, ChannelBusyError, "http 503"),
    ],
)
async def test_a_file_that_is_not_there_stops_nothing_else(
    odd: tuple[Odd, DingTalkChannel], answer: dict[str, Any], error: type[Exception], words: str
) -> None:
    server, channel = odd
    server.answers = [{"json": {"downloadUrl": f"{server.base}/file"}}, answer]
    with pytest.raises(error, match=words) as caught:
        await channel.fetch("code")
    assert not getattr(caught.value, "stop", False)
    assert server.asked[-1] == "/file"


HOME = "127.0.0.1:9000"


@pytest.mark.parametrize(
    ("url", "fetched"),
    [
        ("https://static.dingtalk.com/a.file?x=1", "https://static.dingtalk.com/a.file?x=1"),
        ("http://static.dingtalk.com/a", "http://static.dingtalk.com/a"),
        ("http://z.oss-cn.aliyuncs.com/a?s=b%2F", "https://z.oss-cn.aliyuncs.com/a?s=b%2F"),
        ("http://z.aliyuncs.com:80/a", "http://z.aliyuncs.com:80/a"),
        ("http://127.0.0.1:9000/a", "http://127.0.0.1:9000/a"),
    ],
)
def test_an_address_of_the_net_outside_may_be_fetched(url: str, fetched: str) -> None:
    assert safe_address(url, HOME) == fetched


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9001/a",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/a",
        "http://10.0.0.8/a",
        "http://127.1/a",
        "http://2130706433/a",
        "http://0x7f.0x1/a",
        "http://localhost/a",
        "http://db/a",
        "http://printer.local/a",
        "http://vault.internal/a",
        "http://[static.dingtalk.com/a",
        "ftp://static.dingtalk.com/a",
        "file:///etc/passwd",
        "http://user@static.dingtalk.com/a",
        "",
    ],
)
def test_neither_this_machine_nor_its_neighbours_are_asked_for_a_file(url: str) -> None:
    with pytest.raises(ChannelRefusedError, match="file-address"):
        safe_address(url, HOME)


# --- people --------------------------------------------------------------------------------------


def union_id(office: Office) -> str:
    member = office.lab.ding.box.world.member("zhang")
    assert member is not None
    return names.union_id(member)


async def test_an_expired_token_is_replaced_once_on_the_old_api_too(office: Office) -> None:
    await office.channel.api.tokens.get()
    await office.lab.control("tokens")
    assert await office.channel.api.by_union_id(union_id(office)) == ZHANG
    assert (await office.lab.state())["tokens_asked"] == {APP: 2}
    await office.lab.fault(WHO, "code", errcode=42001, times=2)
    with pytest.raises(ChannelBusyError) as busy:
        await office.channel.api.by_union_id(union_id(office))
    assert busy.value.retry_after == 60.0


async def test_the_code_behind_88_counts(odd: tuple[Odd, DingTalkChannel]) -> None:
    server, channel = odd
    server.says(json={"errcode": 88, "sub_code": "60011"})
    with pytest.raises(ChannelRefusedError) as refused:
        await channel.api.by_union_id("u")
    assert (refused.value.code, refused.value.stop) == ("60011", True)


async def test_nobody_is_nobody(odd: tuple[Odd, DingTalkChannel]) -> None:
    server, channel = odd
    for result in (None, {}, {"userid": ""}, {"userid": 7}):
        server.says(json={"errcode": 0, "result": result})
        assert await channel.api.by_union_id("u") is None
    server.says(json={"errcode": 0, "result": {"userid": "u", "contact_type": "1"}})
    assert await channel.api.by_union_id("u") is None
    server.says(json={"errcode": 0, "result": {"userid": "u", "contact_type": 0}})
    assert await channel.api.by_union_id("u") == "u"


async def test_a_login_in_a_browser_leads_to_the_account(office: Office) -> None:
    assert await office.channel.member(await login_code(office, "zhang")) == ZHANG
    (call,) = await office.calls("v1.0/oauth2/userAccessToken")
    assert misspelt(oauth_models.GetUserTokenRequest, call["body"]) == []


async def test_an_outsider_who_logs_in_is_nobody(office: Office) -> None:
    assert await office.channel.member(await login_code(office, "guest")) is None
    assert await office.calls("topapi/user/getbyunionid") == []


async def test_a_login_code_of_somebody_else_is_refused(office: Office) -> None:
    with pytest.raises(ChannelRefusedError, match="invalidCode"):
        await office.channel.member("guessed")


async def test_a_login_code_works_once(office: Office) -> None:
    code = await login_code(office, "zhang")
    assert await office.channel.member(code) == ZHANG
    with pytest.raises(ChannelRefusedError) as refused:
        await office.channel.member(code)
    assert (refused.value.code, refused.value.stop) == ("invalidCode", False)


async def test_a_login_for_another_corp_is_nobodys(office: Office) -> None:
    async with office.another(corp_id="dingother") as channel:
        assert await channel.member(await login_code(office, "zhang")) is None


def test_the_browser_is_sent_to_the_login_page_of_this_application(office: Office) -> None:
    address = office.channel.authorize_url("https://bot.example/m/view/a.b?c=1&d", "s7")
    base, _, query = address.partition("?")
    assert base == "https://login.dingtalk.com/oauth2/auth"
    assert query == (
        "redirect_uri=https%3A%2F%2Fbot.example%2Fm%2Fview%2Fa.b%3Fc%3D1%26d&response_type=code"
        f"&client_id={APP}&scope=openid%20corpid&state=s7&prompt=consent&corpId={CORP}"
    )
    elsewhere = office.made(corp_id="", login_base="http://127.0.0.1:8080/dingtalk-login/")
    address = elsewhere.authorize_url("https://bot.example/m/", "s7")
    assert address.startswith("http://127.0.0.1:8080/dingtalk-login/oauth2/auth?redirect_uri=")
    assert "corpId" not in address


# --- settings ------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["api_base", "oapi_base", "login_base"])
def test_a_base_without_tls_is_refused_by_name(office: Office, key: str) -> None:
    bases = {"api_base": "https://a.example", "oapi_base": "https://b.example"}
    settings = Settings(**{**bases, key: "http://c.example"})
    with pytest.raises(ValueError, match=f"dingtalk.{key}"):
        DingTalkChannel(
            settings, installation="i", tokens=MemoryTokens(), now=office.lab.clock.now,
            count=office.counted.append,
        )  # fmt: skip


async def test_before_the_start_nothing_is_called(office: Office) -> None:
    with pytest.raises(ChannelBusyError, match="not started"):
        await office.made().fetch("code")


async def test_a_token_is_asked_for_as_the_official_client_does(office: Office) -> None:
    await office.channel.api.tokens.get()
    (call,) = await office.calls(TOKEN)
    # The journal keeps no secret.
    assert misspelt(oauth_models.GetAccessTokenRequest, {**call["body"], "appSecret": "s"}) == []


@pytest.mark.parametrize("seconds", [None, "7200"])
async def test_a_token_without_an_end_is_no_token(
    odd: tuple[Odd, DingTalkChannel], seconds: object
) -> None:
    server, channel = odd
    server.token = {"accessToken": "t", "expireIn": seconds}
    with pytest.raises(ChannelBusyError, match="no expireIn"):
        await channel.api.by_union_id("u")
