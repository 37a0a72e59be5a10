"""What a redrawn or shown card had to shorten arrives as text, and no second card with it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.channels.base import Answer, ChannelBusyError, Receipt
from bot.channels.dingtalk.pacing import PERSON
from bot.channels.dingtalk.taps import response_to
from cards.language import Button, Card, Fact, Tap
from tests.dingtalk.platform import BATCH, UPDATE, Office, card, text
from tests.dingtalk.test_joint import PEOPLE, hall, joint, page

__all__ = ["hall"]

FACTS = tuple(Fact(f"第{number}项", "情况" * 30) for number in range(12))
DONE = Card("智慧作业 已通过", facts=FACTS, done="已由王老师通过", subject="task:7")
NEXT = Card("请确认", facts=FACTS, buttons=(Button("确认", Tap("a.b", "1", 1)),))


async def kinds(office: Office, who: str = "zhang") -> list[str]:
    return [one["kind"] for one in await office.lab.bubbles(who)]


async def test_what_a_redraw_shortens_follows_as_text(office: Office) -> None:
    await office.channel.send(card())
    receipt = await office.channel.send(card(DONE, number="2", redraws="inst-1"))
    assert receipt == Receipt("inst-1")
    (shown,) = await office.cards()
    assert "见文字消息" in shown["variables"]["facts"]
    assert await kinds(office) == ["card", "text"]
    assert "第11项" in "".join(await office.texts())


async def test_a_text_that_was_slowed_down_follows_its_redraw_later_and_once(
    office: Office,
) -> None:
    await office.channel.send(card())
    await office.lab.fault(BATCH, "flow_controlled")
    with pytest.raises(ChannelBusyError) as busy:
        await office.channel.send(card(DONE, number="2", redraws="inst-1"))
    assert not busy.value.unknown
    for attempt in (2, 3):
        await office.channel.send(card(DONE, number="2", redraws="inst-1", attempt=attempt))
    assert await kinds(office) == ["card", "text"]


async def test_a_redraw_whose_texts_have_no_room_waits_with_them(office: Office) -> None:
    await office.channel.send(card())
    for number in range(PERSON[0].most):
        office.lab.later(seconds=0.1)
        office.channel.may_send_at(text(number=str(number)), office.lab.clock.now())
    with pytest.raises(ChannelBusyError, match="pacing"):
        await office.channel.send(card(DONE, number="2", redraws="inst-1"))
    assert await office.calls(f"PUT {UPDATE}") == []


async def test_all_who_have_the_redrawn_card_are_told_and_nobody_anothers_link(
    hall: Office,
) -> None:
    track = (await hall.channel.send_joint(joint()))[0]
    assert isinstance(track, Receipt)
    done = replace(DONE, page=page("li"))
    readers = tuple(f"u-{who}" for who in PEOPLE)
    await hall.channel.send(card(done, number="9", redraws=track.copy_key, readers=readers))
    for who in PEOPLE:
        assert await kinds(hall, who) == ["card", "text"]
        assert "://" not in (await hall.texts(who))[0]
    assert len(await hall.calls(BATCH)) == 1


async def test_one_who_has_left_keeps_the_text_from_nobody(hall: Office) -> None:
    track = (await hall.channel.send_joint(joint()))[0]
    assert isinstance(track, Receipt)
    readers = ("u-gone", "u-zhang", "u-li")
    parcel = card(DONE, number="9", redraws=track.copy_key, readers=readers)
    assert await hall.channel.send(parcel) == Receipt(track.copy_key)
    assert [await kinds(hall, who) for who in ("zhang", "li")] == [["card", "text"]] * 2


async def test_whoever_was_shown_a_card_gets_what_it_shortened_and_no_second_one(
    office: Office,
) -> None:
    told, answer = response_to(Answer("", "5", NEXT))
    assert "见文字消息" in told["cardData"]["cardParamMap"]["facts"]
    assert answer == Answer("", "5", NEXT, owes=True)
    parcel = card(NEXT, number="5", shown=True)
    assert await office.channel.send(parcel) == Receipt()
    assert await kinds(office) == ["text"]
    assert "第11项" in "".join(await office.texts())


async def test_a_card_that_was_shown_whole_owes_nothing() -> None:
    short = replace(NEXT, facts=())
    assert response_to(Answer("", "5", short))[1] == Answer("", "5", short)
