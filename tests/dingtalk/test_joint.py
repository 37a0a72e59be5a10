"""A department is told by one card for all of them, and everybody has exactly one of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
from alibabacloud_dingtalk.card_1_0 import models as card_models

from bot.channels.base import (
    ChannelApartError,
    ChannelBusyError,
    ChannelRefusedError,
    JointChannel,
    Outcome,
    Parcel,
    Receipt,
)
from bot.channels.dingtalk.joint import MOST_PLACES, part_of, parts
from bot.channels.dingtalk.pacing import PERSON
from bot.sandbox.world import Member
from cards.language import Button, Card, Tap
from tests.dingtalk.platform import (
    CARD,
    CARD_OF_REVIEW,
    DELIVER,
    UPDATE,
    Office,
    card,
    misspelt,
    text,
)

LONG = Card(title="待审核", body="概况" * 400, buttons=(Button("通过", Tap("a.b", "1", 1)),))
DONE = Card(title="智慧作业 已通过", done="已由王老师通过", subject="task:7")
PEOPLE = ("zhang", "li", "zhao")


def page(who: str) -> str:
    return f"https://beian.example/m/view/{who}"


def joint(
    what: Card | str = CARD_OF_REVIEW, people: Sequence[str] = PEOPLE, **more: object
) -> list[Parcel]:
    """Return what one push tells several people, each with the link that is theirs."""
    made = text if isinstance(what, str) else card
    return [
        made(
            what if isinstance(what, str) else replace(what, page=page(who)),  # type: ignore[arg-type]
            number=str(number), address=f"u-{who}", joint="task:7:1", **more,
        )
        for number, who in enumerate(people, start=11)
    ]  # fmt: skip


def again(parcels: Sequence[Parcel], *, doubtful: bool = True) -> list[Parcel]:
    """Return the same parcels as the next attempt has them."""
    return [replace(one, attempt=one.attempt + 1, doubtful=doubtful) for one in parcels]


def alone(parcels: Sequence[Parcel]) -> list[Parcel]:
    """Return the same parcels where each goes alone, after all went together."""
    ids = tuple(one.id for one in parcels)
    return [replace(one, apart_from=ids) for one in again(parcels)]


def settle(office: Office, *people: str) -> None:
    """Let more people work here."""
    office.lab.ding.box.world.members.extend(
        Member(who, who, "ww1", "#000000", dingtalk=f"u-{who}") for who in people
    )


@pytest.fixture
def hall(office: Office) -> Office:
    """Everybody's phone, and a third one."""
    settle(office, "zhao")
    return office


async def copies(office: Office) -> list[int]:
    """Return how many cards each of them has."""
    return [len(await office.cards(who)) for who in PEOPLE]


def codes(outcomes: Sequence[Outcome]) -> list[str]:
    return ["" if isinstance(one, Receipt) else str(one) for one in outcomes]


async def test_all_of_them_have_one_card_and_each_their_own_link(hall: Office) -> None:
    assert isinstance(hall.channel, JointChannel)
    receipts = await hall.channel.send_joint(joint())
    (call,) = await hall.calls(CARD)
    track = call["body"]["outTrackId"]
    assert receipts == [Receipt(track)] * 3
    assert misspelt(card_models.CreateAndDeliverRequest, call["body"]) == []
    assert "beian.example" not in str(call["body"]["cardData"])
    for who in PEOPLE:
        (shown,) = await hall.cards(who)
        assert (shown["out_track_id"], shown["variables"]["page"]) == (track, page(who))
    await hall.channel.send(card(replace(DONE, page=page("li")), number="9", redraws=track))
    for who in PEOPLE:
        (shown,) = await hall.cards(who)
        assert (shown["variables"]["done"], shown["variables"]["page"]) == (DONE.done, page(who))
    assert await hall.lab.violations() == []


async def test_the_card_of_the_same_people_has_the_same_id_in_whatever_order(hall: Office) -> None:
    (first, *_) = await hall.channel.send_joint(joint())
    told = await hall.channel.send_joint(again(joint())[::-1])
    assert told == [first] * 3
    assert await copies(hall) == [1, 1, 1]
    (fewer, *_) = await hall.channel.send_joint(joint()[:2])
    assert isinstance(fewer, Receipt) and isinstance(first, Receipt)
    assert fewer.copy_key != first.copy_key


@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize("kind", ["timeout", "timeout_after", "error_after"])
async def test_whatever_became_of_the_answer_everybody_gets_one_card(
    hall: Office, kind: str, restarted: bool
) -> None:
    await hall.lab.fault(CARD, kind)
    failed = await hall.channel.send_joint(joint())
    assert all(isinstance(one, ChannelBusyError) and one.unknown for one in failed)
    async with hall.another() as other:
        channel = other if restarted else hall.channel
        told = await channel.send_joint(again(joint()))
    assert codes(told) == [""] * 3 and await copies(hall) == [1, 1, 1]


@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize("kind", ["timeout", "timeout_after"])
async def test_who_went_together_and_goes_alone_gets_no_second_card(
    hall: Office, kind: str, restarted: bool
) -> None:
    await hall.lab.fault(CARD, kind)
    await hall.channel.send_joint(joint())
    await hall.lab.fault(CARD, "timeout_after")  # and once more, for the first one alone
    async with hall.another() as other:
        channel = other if restarted else hall.channel
        for parcel in alone(joint()):
            for attempt in (2, 3):
                try:
                    await channel.send(replace(parcel, attempt=attempt))
                except ChannelBusyError:
                    continue
    assert await copies(hall) == [1, 1, 1]
    for who in PEOPLE:
        assert (await hall.cards(who))[0]["variables"]["page"] == page(who)


async def test_asking_whether_a_joint_card_is_there_changes_nothing_for_anybody(
    hall: Office,
) -> None:
    plain = [replace(one, card=CARD_OF_REVIEW) for one in joint()]
    receipt, *_ = await hall.channel.send_joint(plain)
    assert isinstance(receipt, Receipt)
    await hall.channel.send(card(DONE, number="9", redraws=receipt.copy_key))
    async with hall.another() as other:
        assert await other.send(alone(plain)[0]) == receipt
    for who in PEOPLE:
        (shown,) = await hall.cards(who)
        assert shown["variables"]["done"] == DONE.done


async def test_a_joint_card_is_not_asked_about_while_somebodys_callback_is_open(
    hall: Office,
) -> None:
    receipt, *_ = await hall.channel.send_joint(joint())
    assert isinstance(receipt, Receipt)
    with hall.channel.taps.open(receipt.copy_key):
        asking = asyncio.create_task(hall.channel.send(alone(joint())[0]))
        await asyncio.sleep(0.1)
        assert not asking.done() and await hall.calls(f"PUT {UPDATE}") == []
    assert await asking == receipt


async def test_one_whom_it_did_not_reach_gets_a_card_of_their_own(hall: Office) -> None:
    await hall.lab.fault(CARD, "undelivered")
    first, second, third = await hall.channel.send_joint(joint())
    assert isinstance(first, Receipt) and first == second
    assert isinstance(third, ChannelBusyError) and not third.unknown
    async with hall.another() as other:
        receipt = await other.send(again(joint()[2:], doubtful=False)[0])
    assert receipt == Receipt("inst-13") and await copies(hall) == [1, 1, 1]


async def test_a_joint_card_that_stands_nowhere_is_delivered(hall: Office) -> None:
    for app in hall.lab.ding.box.world.ding_apps:
        app.visible = frozenset()
    missed = await hall.channel.send_joint(joint())
    assert codes(missed) == ["user not exist"] * 3
    for app in hall.lab.ding.box.world.ding_apps:
        app.visible = None
    told = await hall.channel.send_joint(again(joint(), doubtful=False))
    assert codes(told) == [""] * 3 and await copies(hall) == [1, 1, 1]
    assert len(await hall.calls(DELIVER)) == 1
    # Its receipt was lost here: it stands now, and is not delivered once more.
    assert codes(await hall.channel.send_joint(again(joint()))) == [""] * 3
    assert await copies(hall) == [1, 1, 1]


@pytest.mark.parametrize("alone_then", [False, True])
async def test_a_delivery_of_a_joint_card_with_an_unknown_end_is_left_to_a_person(
    hall: Office, alone_then: bool
) -> None:
    apps = hall.lab.ding.box.world.ding_apps
    apps[0].visible = frozenset()
    await hall.channel.send_joint(joint())
    apps[0].visible = None
    await hall.lab.fault(DELIVER, "timeout_after")
    await hall.channel.send_joint(again(joint(), doubtful=False))
    if alone_then:
        with pytest.raises(ChannelRefusedError, match="may-have-arrived"):
            await hall.channel.send(alone(joint())[0])
    else:
        told = await hall.channel.send_joint(again(joint()))
        assert codes(told) == ["may-have-arrived"] * 3
    assert await copies(hall) == [1, 1, 1]


async def test_one_who_has_left_keeps_the_card_from_nobody(hall: Office) -> None:
    gone = joint(people=("zhang", "gone", "li"))
    told = await hall.channel.send_joint(gone)
    # Their link makes the platform refuse the whole: who is to blame shows when each goes alone.
    assert all(isinstance(one, ChannelApartError) and not one.unknown for one in told)
    for parcel in again(gone, doubtful=False):
        if parcel.address == "u-gone":
            with pytest.raises(ChannelRefusedError, match="userIdNotExist"):
                await hall.channel.send(parcel)
        else:
            await hall.channel.send(parcel)
    assert await copies(hall) == [1, 1, 0]


async def test_an_address_that_would_be_several_places_stops_only_itself(hall: Office) -> None:
    parcels = joint()
    parcels[1] = replace(parcels[1], address="u-li;IM_ROBOT.u-guest")
    assert codes(await hall.channel.send_joint(parcels)) == ["", "address", ""]
    assert await copies(hall) == [1, 0, 1]


async def test_cards_that_differ_in_more_than_the_page_are_not_one(hall: Office) -> None:
    parcels = joint()
    parcels[1] = replace(parcels[1], card=replace(CARD_OF_REVIEW, lead="请您牵头"))
    told = await hall.channel.send_joint(parcels)
    assert codes(told) == [""] * 3
    assert [len(call["body"]["openSpaceId"].split(";")) for call in await hall.calls(CARD)] == [
        2,
        1,
    ]
    assert [(await hall.cards(who))[0]["variables"]["lead"] for who in PEOPLE] == [
        "",
        "请您牵头",
        "",
    ]


async def test_a_large_department_has_several_cards_and_no_list_too_long(hall: Office) -> None:
    people = [f"{'x' * 55}{number:02}" for number in range(30)]
    settle(hall, *people)
    told = await hall.channel.send_joint(joint(people=people))
    assert codes(told) == [""] * 30
    calls = await hall.calls(CARD)
    assert [len(call["body"]["openSpaceId"].split(";")) for call in calls] == [13, 13, 4]
    assert max(len(call["body"]["openSpaceId"]) for call in calls) <= 1000
    assert [len(await hall.cards(who)) for who in people] == [1] * 30


def test_names_longer_than_the_platform_gives_go_alone() -> None:
    parcels = joint(people=[f"{'x' * 90}{number:02}" for number in range(12)])
    assert [len(part) for part in parts(parcels, as_text=False)] == [1] * 12
    same = [replace(one, card=CARD_OF_REVIEW) for one in parcels]
    assert [len(part) for part in parts(same, as_text=True)] == [12]


def test_a_link_too_long_for_the_card_is_told_to_its_reader_only() -> None:
    parcels = joint()
    assert parcels[1].card is not None
    far = replace(parcels[1].card, page="https://a.example/" + "x" * 1024)
    parcels[1] = replace(parcels[1], card=far)
    told = [[one.address for one in part] for part in parts(parcels, as_text=False)]
    assert told == [["u-zhang", "u-zhao"], ["u-li"]]


def test_whose_card_it_was_follows_from_the_ids_alone() -> None:
    parcels = joint(people=[f"p{number}" for number in range(30)])
    ids = [one.id for one in parcels]
    for part in parts(parcels, as_text=False):
        assert len(part) <= MOST_PLACES
        for parcel in part:
            assert part_of(ids[::-1], parcel.id) == [one.id for one in part]


# --- pacing --------------------------------------------------------------------------------------


async def test_a_call_for_many_is_one_for_the_application_and_one_for_each_person(
    hall: Office,
) -> None:
    channel, now = hall.channel, hall.lab.clock.now()
    ids = tuple(str(number) for number in range(100, 126))
    many = [card(number=one, address=f"u-{one}", beside=ids) for one in ids]
    assert [channel.may_send_at(one, now) for one in many] == [0.0] * 26
    # Two calls of the application's fifteen in a second are booked.
    waits = [channel.may_send_at(card(number=str(n), address=f"v-{n}"), now) for n in range(14)]
    assert waits == [0.0] * 13 + [1.0]
    hall.lab.later(seconds=1)
    waits = []
    for number in range(PERSON[0].most):
        hall.lab.later(seconds=0.2)
        one = text(number=f"t{number}", address="u-100")
        waits.append(channel.may_send_at(one, hall.lab.clock.now()))
    assert [bool(wait) for wait in waits] == [False] * (len(waits) - 1) + [True]
