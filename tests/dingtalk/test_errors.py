"""How DingTalk says no, and what we make of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.channels.base import ChannelBusyError, ChannelRefusedError, Parcel
from bot.channels.dingtalk import DingTalkChannel
from bot.channels.dingtalk.errors import MONTH_USED_UP, Meaning, Verdict, meaning, refusal
from tests.dingtalk.platform import (
    BATCH,
    CARD,
    TOKEN,
    ZHANG,
    Odd,
    Office,
    card,
    login_code,
    post,
    text,
)
from tests.sandbox_dingtalk.lab import APP

FORBIDDEN = "Forbidden.AccessDenied."


async def busy(office: Office, **more: Any) -> ChannelBusyError:
    with pytest.raises(ChannelBusyError) as caught:
        await office.channel.send(text(**more))
    return caught.value


async def refused(office: Office, **more: Any) -> ChannelRefusedError:
    with pytest.raises(ChannelRefusedError) as caught:
        await office.channel.send(text(**more))
    return caught.value


# --- the token -----------------------------------------------------------------------------------


async def test_an_expired_token_is_replaced_once_for_all_who_wait(office: Office) -> None:
    await office.channel.send(text(number="0"))
    await office.lab.control("tokens")
    await asyncio.gather(*(office.channel.send(text(number=str(n))) for n in range(1, 6)))
    assert len(await office.texts()) == 6
    assert (await office.lab.state())["tokens_asked"] == {APP: 2}


async def test_a_token_that_is_refused_twice_is_waited_for(office: Office) -> None:
    await office.lab.fault(BATCH, "code", code="InvalidAuthentication", status=400, times=2)
    error = await busy(office)
    assert (error.retry_after, error.unknown) == (60.0, False)
    assert len(await office.calls(BATCH)) == 2 and await office.texts() == []


async def test_a_token_is_asked_for_again_in_good_time(office: Office) -> None:
    await office.channel.send(text())
    office.lab.later(seconds=7200 - 301)
    await office.channel.send(text(number="2"))
    assert len(await office.calls(TOKEN)) == 1
    office.lab.later(seconds=2)
    await office.channel.send(text(number="3"))
    assert len(await office.calls(TOKEN)) == 2


async def test_another_process_takes_the_token_that_is_there(office: Office) -> None:
    await office.channel.send(text())
    async with office.another() as other:
        await other.send(text(number="2"))
    assert len(await office.calls(TOKEN)) == 1


@pytest.mark.parametrize("kind", ["timeout", "error_after", "drop", "slow"])
async def test_a_token_that_does_not_come_leaves_no_doubt_about_the_message(
    office: Office, kind: str
) -> None:
    await office.lab.fault(TOKEN, kind, seconds=5)
    assert not (await busy(office)).unknown
    await office.channel.send(text(attempt=2))
    assert await office.texts() == ["备案已受理。"]


async def test_a_wrong_secret_stops_the_channel(office: Office) -> None:
    async with office.another(client_secret="wrong") as other:
        with pytest.raises(ChannelRefusedError) as caught:
            await other.send(text())
    assert (caught.value.code, caught.value.stop) == ("invalidClientIdOrSecret", True)


# --- too often -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "seconds"),
    [("throttled", 1.0), ("throttled_all", 10.0)],
)
async def test_throttling_is_a_403_and_the_call_rests_as_long_as_it_must(
    office: Office, kind: str, seconds: float
) -> None:
    await office.lab.fault(BATCH, kind)
    error = await busy(office)
    assert (error.retry_after, error.unknown) == (seconds, False)
    now = office.lab.clock.now()
    assert office.channel.may_send_at(text(), now) == seconds
    assert (await busy(office)).retry_after == seconds
    assert len(await office.calls(BATCH)) == 1
    await office.channel.send(card(number="2"))
    office.lab.later(seconds=seconds)
    await office.channel.send(text())
    assert await office.texts() == ["备案已受理。"]


async def test_the_platforms_own_count_of_a_second_is_kept(office: Office) -> None:
    await office.lab.control("rules", qps=1)
    await office.channel.send(text())
    assert (await busy(office, number="2")).retry_after == 1.0


async def test_a_months_calls_used_up_stop_everything_without_asking_again(
    office: Office,
) -> None:
    await office.channel.send(text())
    await office.lab.control("quotas", calls=5000)
    for number in range(2, 5):
        error = await refused(office, number=str(number))
        assert (error.code, error.stop) == (MONTH_USED_UP, True)
        with pytest.raises(ChannelRefusedError, match="ApiCountLimitForOrg"):
            await office.channel.send(card(number=f"c{number}"))
    assert len(await office.calls(BATCH)) == 2 and await office.calls(CARD) == []


async def test_after_an_hour_one_call_sees_whether_the_office_bought_more(
    office: Office,
) -> None:
    await office.lab.control("quotas", calls=5000)
    await refused(office)
    office.lab.later(seconds=3599)
    await refused(office)
    assert len(await office.calls(BATCH)) == 1
    office.lab.later(seconds=1)
    await refused(office)
    assert len(await office.calls(BATCH)) == 2
    await office.lab.control("quotas", calls=0)
    office.lab.later(hours=1)
    await office.channel.send(text())


async def test_a_new_month_begins_with_the_calendar_of_the_country(office: Office) -> None:
    # 30 September, 15:32 UTC: there it is half an hour before October.
    office.lab.later(hours=6, minutes=30)
    await office.lab.control("quotas", calls=5000)
    await refused(office)
    office.lab.later(minutes=28)
    await office.channel.send(text())


async def test_looking_people_up_is_free_when_the_month_is_used_up(office: Office) -> None:
    await office.lab.control("quotas", calls=5000)
    await refused(office)
    assert await office.channel.member(await login_code(office, "zhang")) == ZHANG


async def test_a_clock_that_is_turned_back_ends_a_block(office: Office) -> None:
    await office.lab.fault(BATCH, "throttled")
    await busy(office)
    office.lab.clock.move(office.lab.clock.now() - timedelta(hours=1))
    await office.channel.send(text())


# --- our address ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["ip_html", "ip_json"])
async def test_a_block_of_our_address_silences_every_call_for_five_minutes(
    office: Office, kind: str
) -> None:
    await office.channel.send(text())
    await office.lab.fault(BATCH, kind)
    error = await busy(office, number="2")
    assert (error.retry_after, error.unknown) == (300.0, False)
    with pytest.raises(ChannelBusyError):
        await office.channel.send(card(number="3"))
    with pytest.raises(ChannelBusyError):
        await office.channel.member("some-code")
    # A long wait belongs into the outbox row, not into a sender.
    assert office.channel.may_send_at(text(), office.lab.clock.now()) == 0.0
    assert await office.calls(CARD) == []
    office.lab.later(seconds=300)
    await office.channel.send(text(number="2", attempt=2))
    assert len(await office.texts()) == 2


# --- odd answers ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "retry_after", "unknown"),
    [
        ({"status": 502, "text": "<html>", "content_type": "text/html"}, 5.0, True),
        ({"text": "not JSON"}, 5.0, True),
        ({"text": "[1]"}, 5.0, True),
        ({"json": {}}, 5.0, True),  # a yes without a key
        ({"json": {"code": "who.knows"}, "status": 503}, 5.0, True),
        ({"json": {}, "status": 500}, 5.0, True),
        ({"json": {}, "status": 429}, 60.0, False),
        ({"json": {"code": "x"}, "status": 401}, 60.0, False),
        ({"status": 403, "text": "<html>", "content_type": "text/html"}, 300.0, False),
    ],
)
async def test_an_odd_answer_is_waited_for_and_its_doubt_is_told(
    odd: tuple[Odd, DingTalkChannel], answer: dict[str, Any], retry_after: float, unknown: bool
) -> None:
    server, channel = odd
    server.says(**answer)
    with pytest.raises(ChannelBusyError) as caught:
        await channel.send(text())
    assert (caught.value.retry_after, caught.value.unknown) == (retry_after, unknown)


@pytest.mark.parametrize(
    ("answer", "code", "stop"),
    [
        ({"json": {"code": f"{FORBIDDEN}New"}, "status": 403}, f"{FORBIDDEN}New", True),
        ({"json": {}, "status": 404}, "http-404", True),
        ({"status": 404, "text": "<html>", "content_type": "text/html"}, "http-404", True),
        ({"json": {"code": "new.code"}, "status": 400}, "new.code", False),
        ({"json": {"code": 17}, "status": 400}, "http-400", False),
        ({"status": 302, "headers": {"Location": "/elsewhere"}}, "http-302", True),
        ({"body": b" " * 300_000}, "answer-too-large", False),
    ],
)
async def test_an_odd_refusal_is_one(
    odd: tuple[Odd, DingTalkChannel], answer: dict[str, Any], code: str, stop: bool
) -> None:
    server, channel = odd
    server.says(**answer)
    with pytest.raises(ChannelRefusedError) as caught:
        await channel.send(text())
    assert (caught.value.code, caught.value.stop) == (code, stop)
    assert "/elsewhere" not in server.asked


@pytest.mark.parametrize(
    "answer",
    [
        {"success": True},
        {"result": {"deliverResults": []}},
        {"result": {"deliverResults": ["x"]}},
        {"result": []},
    ],
)
async def test_a_card_whose_answer_does_not_say_how_it_went_is_doubtful(
    odd: tuple[Odd, DingTalkChannel], answer: dict[str, Any]
) -> None:
    server, channel = odd
    server.says(json=answer)
    with pytest.raises(ChannelBusyError) as caught:
        await channel.send(card())
    assert caught.value.unknown


async def test_a_line_that_breaks_leaves_a_doubt(office: Office) -> None:
    await office.lab.fault(BATCH, "drop")
    assert (await busy(office)).unknown


@pytest.mark.parametrize("parcel", [text(), post("webhook-1")])
async def test_no_message_goes_by_a_line_that_may_have_died_meanwhile(
    odd: tuple[Odd, DingTalkChannel], parcel: Parcel
) -> None:
    server, channel = odd
    server.says(json={"errcode": 0, "processQueryKey": "key"})
    await channel.send(parcel)
    await channel.send(replace(parcel, id="2"))
    assert len(server.lines) == 2


async def test_a_platform_that_is_down_is_tried_again(office: Office) -> None:
    for kind in ("busy", "timeout", "unavailable"):
        await office.lab.fault(BATCH, kind)
        assert (await busy(office, number=kind)).unknown


@pytest.mark.parametrize("kind", ["no_scope", "foreign_ip"])
async def test_what_only_an_administrator_can_mend_stops_the_channel(
    office: Office, kind: str
) -> None:
    await office.lab.fault(BATCH, kind)
    assert (await refused(office)).stop


async def test_what_the_content_check_refuses_is_never_taken(office: Office) -> None:
    await office.lab.control("rules", unsafe_words=["赌博"])
    error = await refused(office, text="赌博")
    assert (error.code, error.stop, error.person) == ("contain.notAllowed.text", False, False)


# --- the table -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("send.too.fast", 400, Meaning.MINUTE),
        ("unknown.send.result", 400, Meaning.DOWN),
        ("staffId.notExisted", 400, Meaning.RECEIVER),
        ("system.error", 500, Meaning.DOWN),
        ("bot.stopped", 400, Meaning.CONFIG),
        ("90020", 200, Meaning.MONTH),
        ("130101", 200, Meaning.BLOCKED),
        ("param.cardAlreadyExist", 400, Meaning.CONTENT),
        ("who.knows", 400, Meaning.CONTENT),
        ("who.knows", 500, Meaning.DOWN),
    ],
)
def test_a_code_has_one_meaning(code: str, status: int, expected: Meaning) -> None:
    assert meaning(code, status) is expected


@pytest.mark.parametrize("kind", [one for one in Meaning if one is not Meaning.OK])
def test_every_meaning_is_an_error_and_only_two_leave_a_doubt(kind: Meaning) -> None:
    error = refusal(Verdict(kind, "code", {}))
    unknown = isinstance(error, ChannelBusyError) and error.unknown
    assert unknown == (kind in (Meaning.DOWN, Meaning.NONSENSE))
    stop = isinstance(error, ChannelRefusedError) and error.stop
    assert stop == (kind in (Meaning.CONFIG, Meaning.MONTH))
