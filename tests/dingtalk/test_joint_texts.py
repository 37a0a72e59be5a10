"""Several people are told the same text at one go, and nobody reads what is another's."""

from __future__ import annotations

from dataclasses import replace

from bot.channels.base import ChannelBusyError, Receipt
from tests.dingtalk.platform import BATCH, CARD, Office, text
from tests.dingtalk.test_joint import (
    LONG,
    PEOPLE,
    again,
    alone,
    codes,
    copies,
    hall,
    joint,
    page,
    settle,
)

__all__ = ["hall"]


async def test_without_a_template_everybody_is_told_their_own_link_and_nobody_else_s(
    hall: Office,
) -> None:
    async with hall.another(card_template_review="") as channel:
        assert codes(await channel.send_joint(joint())) == [""] * 3
    for who in PEOPLE:
        (told,) = await hall.texts(who)
        assert told.endswith(f"查看全文：{page(who)}") and told.count("://") == 1


async def test_texts_with_a_link_each_count_as_calls_of_their_own(hall: Office) -> None:
    ids = tuple(one.id for one in joint())
    async with hall.another(card_template_review="") as channel:
        now = hall.lab.clock.now()
        told = [replace(one, beside=ids) for one in joint() * 5]
        assert [channel.may_send_at(one, now) for one in told] == [0.0] * 15
        assert channel.may_send_at(told[1], now) == 1.0


async def test_a_text_is_one_call_and_each_fares_by_themselves(hall: Office) -> None:
    await hall.lab.control("rules", person_per_minute=1)
    await hall.channel.send(text(number="1", address="u-li"))
    parcels = joint("备案已受理。", ("zhang", "gone", "li", "guest", "zhao"))
    told = await hall.channel.send_joint(parcels)
    assert codes(told) == ["", "invalidStaffId", "flowControlledStaffId", "invalidStaffId", ""]
    assert len(await hall.calls(BATCH)) == 2
    assert [len(await hall.texts(who)) for who in PEOPLE] == [1, 1, 1]
    hall.lab.later(minutes=2)
    await hall.channel.send(again(parcels, doubtful=False)[2])
    assert [len(await hall.texts(who)) for who in PEOPLE] == [1, 2, 1]


async def test_a_joint_text_with_an_unknown_end_is_not_sent_again(hall: Office) -> None:
    await hall.lab.fault(BATCH, "timeout_after")
    failed = await hall.channel.send_joint(joint("备案已受理。"))
    assert all(isinstance(one, ChannelBusyError) and one.unknown for one in failed)
    for doubtful in (False, True):
        told = await hall.channel.send_joint(again(joint("备案已受理。"), doubtful=doubtful))
        assert codes(told) == ["may-have-arrived"] * 3
    assert [len(await hall.texts(who)) for who in PEOPLE] == [1, 1, 1]


async def test_more_than_twenty_readers_of_a_text_are_two_calls(hall: Office) -> None:
    people = [f"p{number}" for number in range(30)]
    settle(hall, *people)
    assert codes(await hall.channel.send_joint(joint("公告", people))) == [""] * 30
    assert [len(call["body"]["userIds"]) for call in await hall.calls(BATCH)] == [20, 10]


async def test_what_a_joint_card_shortens_goes_to_all_before_it_without_anybodys_link(
    hall: Office,
) -> None:
    await hall.channel.send_joint(joint(LONG))
    assert len(await hall.calls(BATCH)) == len(await hall.calls(CARD)) == 1
    for who in PEOPLE:
        assert [one["kind"] for one in await hall.lab.bubbles(who)] == ["text", "card"]
        assert "beian.example" not in "".join(await hall.texts(who))
        assert (await hall.cards(who))[0]["variables"]["page"] == page(who)


async def test_whose_text_is_slowed_down_has_the_card_with_the_others_and_the_text_later(
    hall: Office,
) -> None:
    await hall.lab.control("rules", person_per_minute=1)
    await hall.channel.send(text(number="1", address="u-li"))
    first, second, third = await hall.channel.send_joint(joint(LONG))
    assert isinstance(first, Receipt) and first == third
    assert isinstance(second, ChannelBusyError) and second.unknown
    assert await copies(hall) == [1, 1, 1]
    hall.lab.later(minutes=2)
    assert await hall.channel.send(alone(joint(LONG))[1]) == first
    assert await copies(hall) == [1, 1, 1] and len(await hall.calls(CARD)) == 1
    assert [len(await hall.texts(who)) for who in PEOPLE] == [1, 2, 1]


async def test_in_doubt_a_joint_card_says_whether_its_text_went_before(hall: Office) -> None:
    await hall.lab.fault(CARD, "timeout_after")
    await hall.channel.send_joint(joint(LONG))
    await hall.channel.send_joint(again(joint(LONG)))
    kinds = [[one["kind"] for one in await hall.lab.bubbles(who)] for who in PEOPLE]
    assert kinds == [["text", "card"]] * 3
    # Of another push nothing is known: the card goes first, and its texts after it.
    other = [replace(one, id=f"2{one.id}") for one in again(joint(LONG))]
    assert codes(await hall.channel.send_joint(other)) == [""] * 3
    kinds = [[one["kind"] for one in await hall.lab.bubbles(who)] for who in PEOPLE]
    assert kinds == [["text", "card", "card", "text"]] * 3
