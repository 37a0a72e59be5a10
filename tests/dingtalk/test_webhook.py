"""Custom robots of groups: signed, repeatable, never blocked, and nowhere else than at DingTalk."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.channels.base import ChannelBusyError, ChannelRefusedError
from bot.channels.dingtalk import DingTalkChannel
from bot.channels.dingtalk.webhook import signature, token_of
from tests.dingtalk.platform import Odd, Office, post
from tests.sandbox_dingtalk.lab import SIGNED

HOOK = "robot/send"
BASE = "https://oapi.dingtalk.com"
TOKEN = "0123456789abcdef0123456789abcdef"


def signed(**more: Any) -> Any:
    return post("webhook-1", secret=SIGNED, **more)


def test_the_signature_is_that_of_the_reference() -> None:
    expected = "yBKp5IlG6qCzcQWmgyRK/ziJBdVNJmHfFE2ST/CzT/g="
    assert signature("SECtest0123456789", "1700000000000") == expected


async def test_a_signed_message_arrives(office: Office) -> None:
    await office.channel.send(signed())
    (bubble,) = await office.lab.room("work")
    assert (bubble["kind"], bubble["text"]) == ("markdown", "备案公告")
    (call,) = await office.calls(HOOK)
    assert set(call["body"]) == {"msgtype", "markdown", "msgUuid"}
    assert office.counted == ["dingtalk robot/send"]


async def test_a_whole_address_works_like_its_token(office: Office) -> None:
    await office.channel.send(
        post(f"{office.settings.oapi_base}/robot/send?access_token=webhook-2")
    )
    assert len(await office.lab.room("school")) == 1


async def test_a_message_fits_however_much_json_makes_of_it(office: Office) -> None:
    await office.channel.send(signed(words='"\n' * 7400))
    assert len(await office.lab.room("work")) == 1


@pytest.mark.parametrize("doubtful", [False, True])
async def test_a_repeat_is_known_by_its_id_and_posted_once(office: Office, doubtful: bool) -> None:
    await office.lab.fault(HOOK, "timeout_after")
    with pytest.raises(ChannelBusyError) as busy:
        await office.channel.send(signed())
    assert busy.value.unknown
    await office.channel.send(signed(attempt=2, doubtful=doubtful))
    assert len(await office.lab.room("work")) == 1
    assert [one["uuid"] for one in await office.lab.sent("repeat")] == ["inst-1"]


async def test_a_hundred_messages_never_get_the_robot_blocked(office: Office) -> None:
    for number in range(100):
        parcel = signed(number=str(number))
        while wait := office.channel.may_send_at(parcel, office.lab.clock.now()):
            office.lab.later(seconds=wait)
        await office.channel.send(parcel)
    assert len(await office.lab.room("work")) == 100
    assert await office.lab.violations() == []


async def test_nor_where_a_process_forgot_what_it_sent(office: Office) -> None:
    for _ in range(2):
        channel = office.made()
        await channel.start()
        number = 0
        while not channel.may_send_at(signed(), office.lab.clock.now()):
            number += 1
            await channel.send(signed(number=f"{id(channel)}{number}"))
        await channel.stop()
    assert await office.lab.violations() == []


async def test_a_robot_that_is_blocked_all_the_same_is_left_in_peace(office: Office) -> None:
    await office.lab.fault(HOOK, "code", errcode=130101)
    with pytest.raises(ChannelBusyError) as busy:
        await office.channel.send(signed())
    assert (busy.value.retry_after, busy.value.unknown) == (600.0, False)
    now = office.lab.clock.now()
    assert office.channel.may_send_at(signed(), now) == 600.0
    assert office.channel.may_send_at(post("webhook-2"), now) == 0.0
    assert office.channel.may_send_at(signed(), now + timedelta(minutes=10)) == 0.0


async def test_a_months_units_used_up_stop_without_asking_again(office: Office) -> None:
    await office.lab.control("quotas", units=3000)
    for _ in range(3):
        with pytest.raises(ChannelRefusedError) as refused:
            await office.channel.send(signed())
        assert refused.value.stop
    calls = [one for one in await office.calls() if one["api"] == f"POST {HOOK}"]
    assert len(calls) == 1


@pytest.mark.parametrize("kind", ["ip_html", "ip_json"])
async def test_a_block_of_our_address_holds_for_robots_too(office: Office, kind: str) -> None:
    await office.lab.fault(HOOK, kind)
    for _ in range(2):
        with pytest.raises(ChannelBusyError) as busy:
            await office.channel.send(signed())
        assert (busy.value.retry_after, busy.value.unknown) == (300.0, False)
    assert await office.lab.room("work") == []


@pytest.mark.parametrize(
    ("parcel", "code"),
    [
        (post("webhook-1", secret="SECwrong"), "310000"),
        (post("webhook-1"), "310000"),
        (post("webhook-2", "无关的话"), "310000"),
        (post("webhook-nobody"), "300005"),
    ],
)
async def test_a_robot_with_other_settings_is_its_groups_fault(
    office: Office, parcel: Any, code: str
) -> None:
    with pytest.raises(ChannelRefusedError) as refused:
        await office.channel.send(parcel)
    assert (refused.value.code, refused.value.person) == (code, True)


async def test_the_time_of_a_signature_is_the_bots_clock(office: Office) -> None:
    office.lab.later(hours=30)
    await office.channel.send(signed())
    assert len(await office.lab.room("work")) == 1


@pytest.mark.parametrize(
    ("answer", "unknown"),
    [({"errmsg": "ok"}, True), ({"errcode": True}, True), ({"errcode": -1}, True)],
)
async def test_an_answer_without_a_yes_is_doubtful(
    odd: tuple[Odd, DingTalkChannel], answer: dict[str, Any], unknown: bool
) -> None:
    server, channel = odd
    server.says(json=answer)
    with pytest.raises(ChannelBusyError) as busy:
        await channel.send(signed())
    assert busy.value.unknown is unknown


@pytest.mark.parametrize("answer", [{"errcode": "0"}, {"errcode": 0}])
async def test_a_yes_may_be_a_string(
    odd: tuple[Odd, DingTalkChannel], answer: dict[str, Any]
) -> None:
    server, channel = odd
    server.says(json=answer)
    await channel.send(signed())


async def test_a_status_that_is_no_200_is_no_yes(odd: tuple[Odd, DingTalkChannel]) -> None:
    server, channel = odd
    server.says(json={"errcode": 0}, status=502)
    with pytest.raises(ChannelBusyError) as busy:
        await channel.send(signed())
    assert busy.value.unknown


# --- other hosts ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        f"https://evil.example/robot/send?access_token={TOKEN}",
        f"https://oapi.dingtalk.com.evil.example/robot/send?access_token={TOKEN}",
        f"https://oapi.dingtalk.com@evil.example/robot/send?access_token={TOKEN}",
        f"https://oapi.dingtalk.com:8443/robot/send?access_token={TOKEN}",
        f"http://oapi.dingtalk.com/robot/send?access_token={TOKEN}",
        f"//oapi.dingtalk.com/robot/send?access_token={TOKEN}",
        f"https://evil.example/robot/sendBySession?session={TOKEN}",
        f"{BASE}/robot/sendBySession?session={TOKEN}",
        f"{BASE}/robot/sendBySession?access_token={TOKEN}",
        f"{BASE}/topapi/v2/user/get?access_token={TOKEN}",
        f"{BASE}/x/robot/send?access_token={TOKEN}",
        f"{BASE}/robot/send?access_token=",
        f"{BASE}/robot/send?key={TOKEN}",
        f"{BASE}/robot/send?access_token=a%0d%0aHost:x",
        f"https://[oapi.dingtalk.com/robot/send?access_token={TOKEN}",
        "",
        "short",
    ],
)
def test_an_address_that_is_not_a_robot_of_dingtalk_is_refused(address: str) -> None:
    with pytest.raises(ChannelRefusedError) as refused:
        token_of(address, BASE)
    assert (refused.value.code, refused.value.person) == ("webhook-address", True)


@pytest.mark.parametrize("path", ["robot/send?access_token", "robot/sendBySession?session"])
async def test_no_foreign_host_is_ever_called(
    office: Office, odd: tuple[Odd, DingTalkChannel], path: str
) -> None:
    server, _ = odd
    with pytest.raises(ChannelRefusedError, match="webhook-address"):
        await office.channel.send(post(f"{server.base}/{path}={TOKEN}"))
    assert server.asked == []


async def test_a_redirection_is_not_followed(odd: tuple[Odd, DingTalkChannel]) -> None:
    server, channel = odd
    server.says(status=307, headers={"Location": f"{server.base}/elsewhere"})
    with pytest.raises(ChannelRefusedError, match="http-307"):
        await channel.send(signed())
    assert server.asked == ["/robot/send"]


async def test_no_reply_goes_to_the_address_that_a_message_brought(office: Office) -> None:
    line = await office.lab.line()
    await office.lab.finger("zhang", "say", text="备案", group="work", at=True)
    address = line.data()[0]["sessionWebhook"]
    with pytest.raises(ChannelRefusedError, match="webhook-address"):
        await office.channel.send(post(address))
    assert not [one for one in await office.calls() if "Session" in one["api"]]
