"""What the channel counts is what the platform counts: against the emulator's own numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace

import pytest
import pytest_asyncio

from bot.channels.base import ChannelBusyError, ChannelRefusedError, Parcel
from bot.channels.dingtalk import DingTalkChannel
from bot.channels.dingtalk.translate import Reader
from handlers.events import Ignored
from storage.rules.quotas import Resource
from tests.dingtalk.platform import (
    BATCH,
    CARD,
    UPDATE,
    MemoryTokens,
    Office,
    Settings,
    card,
    odd_server,
    post,
    text,
)
from tests.dingtalk.street import typed
from tests.dingtalk.test_translate import READER, Heard, one, picture, rich
from tests.sandbox_dingtalk.lab import CORP, SIGNED, START

API, UNIT = Resource.API, Resource.UNIT
HOOK = "robot/send"


class Counted:
    """A meter that keeps what it is told."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[Resource, str]] = Counter()
        self.spent: list[Resource] = []

    def spend(self, resource: Resource, name: str) -> None:
        self.counts[resource, name] += 1

    def spent_up(self, resource: Resource) -> None:
        self.spent.append(resource)

    def total(self, resource: Resource) -> int:
        return sum(count for (kind, _), count in self.counts.items() if kind is resource)


@pytest.fixture
def meter() -> Counted:
    return Counted()


@pytest_asyncio.fixture
async def channel(office: Office, meter: Counted) -> AsyncIterator[DingTalkChannel]:
    made = channel_to(office.settings, office, meter)
    await made.start()
    yield made
    await made.stop()


def channel_to(settings: Settings, office: Office, meter: Counted) -> DingTalkChannel:
    return DingTalkChannel(
        settings, installation="inst", tokens=MemoryTokens(), now=office.lab.clock.now,
        count=office.counted.append, meter=meter, total_seconds=1.0,
    )  # fmt: skip


async def tries(channel: DingTalkChannel, *parcels: Parcel) -> None:
    for parcel in parcels:
        with suppress(ChannelBusyError, ChannelRefusedError):
            await channel.send(parcel)


async def platform(office: Office) -> tuple[int, int]:
    """Return what the emulated platform counted this month: calls and units."""
    (row,) = (await office.lab.state())["quotas"]
    return row["calls"], row["units"]


def signed(number: str = "9") -> Parcel:
    return post("webhook-1", secret=SIGNED, number=number)


async def test_what_arrives_is_counted_as_the_platform_counts_it(
    office: Office, channel: DingTalkChannel, meter: Counted
) -> None:
    await tries(
        channel,
        text(),
        card(number="2"),
        card(number="3", redraws="inst-2"),
        card(number="4", redraws="gone"),  # 400, then a fresh card
        signed(),
    )
    assert meter.counts == {
        (API, BATCH.removeprefix("v1.0/")): 1,
        (API, CARD.removeprefix("v1.0/")): 2,
        (API, UPDATE.removeprefix("v1.0/")): 2,
        (UNIT, HOOK): 1,
    }
    assert await platform(office) == (meter.total(API), meter.total(UNIT))


async def test_a_file_that_was_sent_costs_one_call(
    office: Office, channel: DingTalkChannel, meter: Counted
) -> None:
    with suppress(ChannelRefusedError):
        await channel.fetch("no such code")
    assert meter.counts == {(API, "robot/messageFiles/download"): 1}
    assert (await platform(office))[0] == 1


@pytest.mark.parametrize("kind", ["throttled", "throttled_all", "month_used_up", "ip_json"])
async def test_what_is_turned_away_at_the_door_is_not_counted(
    office: Office, channel: DingTalkChannel, meter: Counted, kind: str
) -> None:
    await channel.api.tokens.get()
    await office.lab.fault(BATCH, kind)
    await tries(channel, text())
    assert not meter.counts
    assert meter.spent == ([API] if kind == "month_used_up" else [])


@pytest.mark.parametrize("code", ["QpsLimitForAppkeyAndApi", "QpmLimitForAppkeyAndApi"])
async def test_what_came_too_often_is_not_counted(
    office: Office, channel: DingTalkChannel, meter: Counted, code: str
) -> None:
    await office.lab.fault(BATCH, "code", code=f"Forbidden.AccessDenied.{code}", status=403)
    await tries(channel, text())
    assert not meter.counts


@pytest.mark.parametrize("kind", ["timeout_after", "error_after", "flow_controlled"])
async def test_what_was_done_and_then_failed_is_counted(
    office: Office, channel: DingTalkChannel, meter: Counted, kind: str
) -> None:
    await office.lab.fault(BATCH, kind)
    await tries(channel, text())
    assert meter.total(API) == (await platform(office))[0] == 1


async def test_a_dead_token_costs_nothing_and_its_repeat_one_call(
    office: Office, channel: DingTalkChannel, meter: Counted
) -> None:
    await channel.api.tokens.get()
    await office.lab.control("tokens")
    await tries(channel, text())
    assert meter.total(API) == (await platform(office))[0] == 1


async def test_tokens_sign_in_and_the_address_book_are_free(
    office: Office, channel: DingTalkChannel, meter: Counted
) -> None:
    with suppress(ChannelRefusedError, ChannelBusyError):
        await channel.member("no such code")
    with suppress(ChannelRefusedError, ChannelBusyError):
        await channel.api.by_union_id("nobody")
    assert not meter.counts


async def test_a_robot_that_was_blocked_or_has_no_unit_left_is_not_counted(
    office: Office, channel: DingTalkChannel, meter: Counted
) -> None:
    await office.lab.control("quotas", units=3000)
    await tries(channel, signed())
    assert (meter.counts, meter.spent) == ({}, [UNIT])
    await office.lab.control("quotas", units=0)
    office.lab.later(hours=2)
    await office.lab.fault(HOOK, "code", errcode=130101)
    await tries(channel, signed("10"))
    assert not meter.counts
    office.lab.later(hours=2)
    await tries(channel, signed("11"))
    assert meter.total(UNIT) == (await platform(office))[1] == 1


@pytest.mark.parametrize(
    ("parcel", "resource"),
    [(text(), API), (card(redraws="inst-1"), API), (post("webhook-1"), UNIT)],
    ids=["post", "put", "robot"],
)
async def test_what_got_no_answer_is_counted_where_it_left(
    office: Office, meter: Counted, parcel: Parcel, resource: Resource
) -> None:
    async with odd_server() as server:
        channel = channel_to(Settings(server.base, server.base), office, meter)
        await channel.start()
        await channel.api.tokens.get()
        server.says(status=200, body=b"{", headers={"Content-Length": "9"})
        await tries(channel, parcel)
        await channel.stop()
    assert meter.total(resource) == 1
    await channel.start()
    await tries(channel, replace(parcel, id="2"))
    await channel.stop()
    assert meter.total(resource) == 1  # nobody is there any more


def test_one_push_costs_one_unit_whatever_it_brings() -> None:
    pictures = picture("a"), picture("b")
    assert [event.units for event in rich({"text": "项目"}, *pictures)] == [1, 0, 0]
    assert [event.units for event in rich(*pictures)] == [1, 0]
    assert one({**typed("备案"), "senderStaffId": ""}).units == 1


@pytest.mark.parametrize(
    ("kind", "units"), [("user_add_org", 0), ("org_dept_create", 0), ("chat_disband", 1)]
)
def test_events_of_the_address_book_cost_nothing(kind: str, units: int) -> None:
    assert READER.event("{}", {"eventId": "7", "eventType": kind}, START).units == units


def test_an_event_that_comes_empty_costs_nothing_and_says_so() -> None:
    meter = Heard()
    headers = {"eventId": "7", "eventType": "chat_disband"}
    event = Reader("dingtalk", CORP, meter).event('{"errCode": 20001}', headers, START)
    assert isinstance(event, Ignored) and (event.kind, event.units) == ("quota", 0)
    assert meter.spent == [Resource.UNIT]
