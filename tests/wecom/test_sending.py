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
REDRAW = replace(CARD, id="9", card=CARDS["done"], redraws="inst-7", redraw_code="code-1")


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


# --- tokens ------------------------------------------------------------------------------------


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
        await channel.send(CARD)
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


# --- redrawing ---------------------------------------------------------------------------------


async def test_a_copy_is_redrawn_for_its_person_only(
    channel: WecomChannel, platform: Platform
) -> None:
    receipt = await channel.send(REDRAW)
    assert (receipt.copy_key, receipt.fresh) == ("inst-7", False)
    (body,) = platform.redrawn
    assert body["userids"] == ["Wang"]
    assert body["template_card"]["replace_text"] == "已通过 · 王老师"
    assert platform.delivered == []


@pytest.mark.parametrize("code", [60140, 42015, 42016, 82101, 82102])
async def test_a_copy_that_cannot_be_redrawn_is_followed_by_a_fresh_card(
    channel: WecomChannel, platform: Platform, code: int
) -> None:
    platform.next["message/update_template_card"].append({"errcode": code})
    receipt = await channel.send(replace(REDRAW, card=CARDS["review"]))
    assert (receipt.fresh, receipt.copy_key) == (True, "inst-9")
    assert len(platform.delivered) == 1


async def test_a_redraw_that_names_the_person_as_no_receiver_is_sent_afresh(
    channel: WecomChannel, platform: Platform
) -> None:
    platform.next["message/update_template_card"].append({"errcode": 0, "invaliduser": ["wang"]})
    receipt = await channel.send(REDRAW)
    assert receipt.fresh
    assert len(platform.delivered) == 1


async def test_a_redraw_that_arrived_before_the_time_ran_out_is_not_repeated_as_a_fresh_card(
    channel: WecomChannel, platform: Platform
) -> None:
    platform.next["message/update_template_card"].append(platform.hang)
    with pytest.raises(ChannelBusyError):
        await channel.send(REDRAW)
    receipt = await channel.send(replace(REDRAW, attempt=2))
    assert not receipt.fresh
    assert (len(platform.redrawn), platform.delivered) == (1, [])


async def test_a_doubtful_redraw_of_another_process_is_not_doubled_either(
    channel: WecomChannel, platform: Platform
) -> None:
    platform.codes.clear()
    receipt = await channel.send(replace(REDRAW, attempt=2, doubtful=True))
    assert not receipt.fresh
    assert platform.delivered == []


async def test_a_redraw_without_a_code_is_a_fresh_card(
    channel: WecomChannel, platform: Platform
) -> None:
    receipt = await channel.send(replace(REDRAW, redraw_code=""))
    assert receipt.fresh
    assert platform.named("message/update_template_card") == []


# --- groups ------------------------------------------------------------------------------------

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


# --- secrets -----------------------------------------------------------------------------------


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


async def test_every_call_is_counted_by_name(
    channel: WecomChannel, counted: list[str]
) -> None:
    await channel.send(CARD)
    await channel.send(GROUP)
    assert counted == ["wecom gettoken", "wecom message/send", "wecom webhook/send"]
