"""Nothing is sent so fast that the platform would drop it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.base import ChannelBusyError, Parcel
from bot.channels.pacing import MINUTE, Limit, Pacing
from bot.channels.wecom import WecomChannel
from bot.channels.wecom.pacing import MEMBER, ROBOT
from tests.cards.samples import CARDS
from tests.wecom.platform import NOW, Clock, Platform

TIGHT = {"a": (Limit(3, MINUTE), Limit(5, 10 * MINUTE))}


def test_the_twenty_first_message_of_a_minute_waits_for_the_first_to_grow_old() -> None:
    pacing = Pacing()
    for second in range(20):
        at = NOW + timedelta(seconds=second)
        assert pacing.may_send_at({"m": MEMBER}, at) == 0
    assert pacing.may_send_at({"m": MEMBER}, NOW + timedelta(seconds=20)) == 40
    assert pacing.may_send_at({"other": MEMBER}, NOW + timedelta(seconds=20)) == 0
    assert pacing.may_send_at({"m": MEMBER}, NOW + timedelta(seconds=60)) == 0


def test_the_eight_hundred_and_first_message_of_an_hour_waits_for_the_first() -> None:
    pacing = Pacing()
    for number in range(800):
        assert pacing.may_send_at({"m": MEMBER}, NOW + timedelta(seconds=4 * number)) == 0
    at = NOW + timedelta(seconds=3200)
    assert pacing.may_send_at({"m": MEMBER}, at) == 400


def test_all_members_together_get_no_more_than_the_application_may_send(
    channel: WecomChannel, clock: Clock
) -> None:
    for number in range(10_000):
        parcel = Parcel(id=str(number), address=f"u{number}", text="x")
        assert channel.may_send_at(parcel, clock.at) == 0
    assert channel.may_send_at(Parcel(id="x", address="one more", text="x"), clock.at) == 60


async def test_a_fresh_card_instead_of_a_redraw_waits_for_its_own_place(
    channel: WecomChannel, platform: Platform, clock: Clock
) -> None:
    for number in range(20):
        channel.may_send_at(Parcel(id=str(number), address="Wang", text="x"), clock.at)
    platform.next["message/update_template_card"].append({"errcode": 60140})
    redraw = Parcel(id="9", address="Wang", card=CARDS["done"], redraws="i-7", redraw_code="c")
    with pytest.raises(ChannelBusyError) as busy:
        await channel.send(redraw)
    assert (busy.value.retry_after, busy.value.unknown) == (60, False)
    assert platform.delivered == []


def test_a_robot_gets_fifteen_a_minute() -> None:
    pacing = Pacing()
    booked = [pacing.may_send_at({"g": ROBOT}, NOW) for _ in range(16)]
    assert booked == [0.0] * 15 + [60.0]


def test_a_wait_books_no_place_under_any_other_limit() -> None:
    pacing = Pacing()
    both = {"a": (Limit(1, MINUTE),), "b": (Limit(2, MINUTE),)}
    assert pacing.may_send_at(both, NOW) == 0
    assert pacing.may_send_at(both, NOW) > 0
    assert pacing.may_send_at({"b": (Limit(2, MINUTE),)}, NOW) == 0


def test_a_clock_that_is_turned_back_does_not_stop_anybody_for_long() -> None:
    pacing = Pacing()
    for _ in range(3):
        pacing.may_send_at(TIGHT, NOW + timedelta(days=3))
    assert pacing.may_send_at(TIGHT, NOW) == 0


@given(st.lists(st.floats(0, 90), max_size=60))
def test_no_window_ever_holds_more_than_its_limit(gaps: list[float]) -> None:
    pacing = Pacing()
    now, sent = NOW, []
    for gap in gaps:
        now += timedelta(seconds=gap)
        wait = pacing.may_send_at(TIGHT, now)
        if wait > 0:
            now += timedelta(seconds=wait)
            assert pacing.may_send_at(TIGHT, now) == 0
        sent.append(now)
    for limit in TIGHT["a"]:
        for at in sent:
            assert sum(at - limit.per < one <= at for one in sent) <= limit.most


def test_a_card_with_its_text_takes_two_places(channel: WecomChannel, clock: Clock) -> None:
    both = Parcel(id="1", address="wang", card=CARDS["long_overview"])
    booked = [channel.may_send_at(both, clock.at) for _ in range(11)]
    assert booked == [0.0] * 10 + [60.0]


def test_names_in_other_letters_are_one_member(channel: WecomChannel, clock: Clock) -> None:
    for number in range(20):
        parcel = Parcel(id=str(number), address=("Wang", "wang")[number % 2], text="x")
        assert channel.may_send_at(parcel, clock.at) == 0
    assert channel.may_send_at(Parcel(id="x", address="WANG", text="x"), clock.at) == 60
