"""Cards: each arrives once, wherever an answer was lost, and is redrawn in place."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from alibabacloud_dingtalk.card_1_0 import models as card_models

from bot.channels.base import ChannelBusyError, ChannelRefusedError, Receipt
from cards.language import Button, Card, Entry, EntryKind, Tap
from cards.render.dingtalk import REVIEW
from tests.dingtalk.platform import (
    BATCH,
    CARD,
    CARD_OF_REVIEW,
    DELIVER,
    REVIEW_ID,
    UPDATE,
    Office,
    card,
    misspelt,
    text,
)
from tests.sandbox_dingtalk.lab import good

LONG = Card(title="待审核", body="概况" * 400, buttons=(Button("通过", Tap("a.b", "1", 1)),))


async def test_a_card_arrives_under_the_parcels_own_id(office: Office) -> None:
    receipt = await office.channel.send(card(number="42"))
    assert receipt == Receipt("inst-42")
    (shown,) = await office.cards()
    assert shown["out_track_id"] == "inst-42"
    assert shown["variables"]["title"] == CARD_OF_REVIEW.title
    (call,) = await office.calls(CARD)
    assert misspelt(card_models.CreateAndDeliverRequest, call["body"]) == []
    assert call["body"]["callbackType"] == "STREAM"
    assert call["body"]["imRobotOpenSpaceModel"]["supportForward"] is False
    assert await office.lab.violations() == []


async def test_an_id_of_more_than_a_hundred_characters_is_shortened_and_stays_the_same(
    office: Office,
) -> None:
    receipt = await office.channel.send(card(number="9" * 100))
    assert len(receipt.copy_key) == 64
    again = await office.channel.send(card(number="9" * 100, attempt=2, doubtful=True))
    assert again.copy_key == receipt.copy_key and len(await office.cards()) == 1


async def test_in_http_mode_taps_go_to_the_registered_route(office: Office) -> None:
    await office.lab.call(
        "card/callbacks/register",
        {"callbackRouteKey": "beian", "callbackUrl": "https://bot.example/dingtalk/card"},
    )
    async with office.another(mode="http", card_route_key="beian") as channel:
        await channel.send(card())
    (call,) = await office.calls(CARD)
    assert (call["body"]["callbackType"], call["body"]["callbackRouteKey"]) == ("HTTP", "beian")
    with pytest.raises(ValueError, match="card_route_key"):
        office.made(mode="http")


@pytest.mark.parametrize("kind", ["timeout_after", "error_after"])
async def test_a_card_whose_answer_was_lost_arrives_once(office: Office, kind: str) -> None:
    await office.lab.fault(CARD, kind)
    with pytest.raises(ChannelBusyError) as busy:
        await office.channel.send(card())
    assert busy.value.unknown
    assert (await office.channel.send(card(attempt=2))).copy_key == "inst-1"
    assert len(await office.cards()) == 1


async def test_a_card_of_a_process_that_died_arrives_once(office: Office) -> None:
    await office.channel.send(card())
    async with office.another() as other:
        assert (await other.send(card(attempt=2, doubtful=True))).copy_key == "inst-1"
    assert len(await office.cards()) == 1


async def test_a_card_that_was_never_made_is_made_by_the_next_try(office: Office) -> None:
    await office.lab.fault(CARD, "timeout")
    with pytest.raises(ChannelBusyError):
        await office.channel.send(card())
    await office.channel.send(card(attempt=2))
    assert len(await office.cards()) == 1


async def test_in_doubt_a_refusal_is_not_taken_for_arrival(office: Office) -> None:
    await office.lab.control("rules", unsafe_words=["智慧"])
    with pytest.raises(ChannelRefusedError, match="contentUnsafe"):
        await office.channel.send(card(attempt=2, doubtful=True))


async def test_an_id_that_is_taken_at_the_first_try_is_not_taken_for_arrival(
    office: Office,
) -> None:
    await office.channel.send(card())
    with pytest.raises(ChannelRefusedError, match="cardAlreadyExist"):
        await office.channel.send(card())


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_card_that_was_made_but_not_delivered_is_delivered(
    office: Office, restarted: bool
) -> None:
    await office.lab.fault(CARD, "undelivered")
    with pytest.raises(ChannelBusyError) as busy:
        await office.channel.send(card())
    assert not busy.value.unknown and await office.cards() == []
    async with office.another() as other:
        channel = other if restarted else office.channel
        assert (await channel.send(card(attempt=2))).copy_key == "inst-1"
    assert len(await office.cards()) == 1
    (call,) = await office.calls(DELIVER)
    assert misspelt(card_models.DeliverCardRequest, call["body"]) == []


async def test_a_card_known_to_stand_nowhere_is_delivered_though_an_earlier_try_was_in_doubt(
    office: Office,
) -> None:
    await office.lab.fault(CARD, "timeout")
    await office.lab.fault(CARD, "undelivered")
    for attempt in (1, 2):
        with pytest.raises(ChannelBusyError):
            await office.channel.send(card(attempt=attempt, doubtful=attempt > 1))
    await office.channel.send(card(attempt=3, doubtful=True))
    assert len(await office.cards()) == 1


async def test_a_delivery_with_an_unknown_end_is_left_to_a_person(office: Office) -> None:
    await office.lab.fault(CARD, "undelivered")
    await office.lab.fault(DELIVER, "timeout_after")
    for attempt in (1, 2):
        with pytest.raises(ChannelBusyError):
            await office.channel.send(card(attempt=attempt))
    with pytest.raises(ChannelRefusedError, match="may-have-arrived"):
        await office.channel.send(card(attempt=3, doubtful=True))
    assert len(await office.cards()) == 1


async def test_each_row_of_a_delivery_is_read(office: Office) -> None:
    await office.channel.send(card())
    (call,) = await office.calls(CARD)
    body = {
        **call["body"],
        "outTrackId": "inst-joint",
        "openSpaceId": "dtv1.card//IM_ROBOT.u-zhang;IM_ROBOT.nobody;IM_ROBOT.u-li",
    }
    assert await office.channel.api.create_and_deliver(body) == {"nobody": "user not exist"}


async def test_a_card_for_a_stranger_is_the_receivers_fault(office: Office) -> None:
    with pytest.raises(ChannelRefusedError) as refused:
        await office.channel.send(card(address="nobody"))
    assert (refused.value.code, refused.value.person) == ("user not exist", True)


async def test_what_a_card_shortens_goes_before_it_as_text(office: Office) -> None:
    await office.channel.send(card(LONG))
    kinds = [one["kind"] for one in await office.lab.bubbles()]
    assert kinds == ["text", "card"]


async def test_a_card_waits_for_its_text_that_was_slowed_down(office: Office) -> None:
    await office.lab.fault(BATCH, "flow_controlled")
    with pytest.raises(ChannelBusyError) as busy:
        await office.channel.send(card(LONG))
    assert not busy.value.unknown and await office.lab.bubbles() == []
    await office.channel.send(card(LONG, attempt=2))
    assert [one["kind"] for one in await office.lab.bubbles()] == ["text", "card"]


async def test_in_doubt_the_card_says_whether_its_text_went_before(office: Office) -> None:
    await office.lab.fault(CARD, "timeout_after")
    with pytest.raises(ChannelBusyError):
        await office.channel.send(card(LONG))
    await office.channel.send(card(LONG, attempt=2))
    async with office.another() as other:
        await other.send(card(LONG, attempt=3, doubtful=True))
        assert [one["kind"] for one in await office.lab.bubbles()] == ["text", "card"]
        await other.send(card(LONG, number="2", attempt=2, doubtful=True))
    kinds = [one["kind"] for one in await office.lab.bubbles()]
    assert kinds == ["text", "card", "card", "text"]


async def test_texts_that_are_to_follow_their_card_are_not_forgotten(office: Office) -> None:
    await office.lab.fault(BATCH, "flow_controlled")
    with pytest.raises(ChannelBusyError):
        await office.channel.send(card(LONG, attempt=2, doubtful=True))
    await office.channel.send(card(LONG, attempt=3, doubtful=True))
    await office.channel.send(card(LONG, attempt=4, doubtful=True))
    assert [one["kind"] for one in await office.lab.bubbles()] == ["card", "text"]


async def test_without_a_template_a_card_is_its_text(office: Office) -> None:
    async with office.another(card_template_review="") as channel:
        receipt = await channel.send(card())
        redrawn = await channel.send(card(number="2", redraws="inst-old"))
    assert not receipt.copy_key and not receipt.fresh and redrawn.fresh
    first, _ = await office.texts()
    assert "26-0302-0187" in first and "1 通过" in first


# --- forms ---------------------------------------------------------------------------------------

FORM = Card(
    title="进校园备案（应用）",
    body="填好发回即可。" * 9,
    entries=(
        Entry("project", "项目名称", value="云阅读", required=True),
        Entry("overview", "项目概况", EntryKind.LONG, "概况" * 150),
        Entry("phone", "手机号码"),
    ),
    buttons=(
        Button("提交", Tap("sheet.send", "d1")),
        Button("一项一项填", Tap("sheet.leave", "d1")),
    ),
)


async def test_a_form_has_its_own_template_where_one_is_set(office: Office) -> None:
    await office.lab.control("templates", **REVIEW.to_json("our-form.schema"))
    async with office.another(card_template_form="our-form.schema") as channel:
        await channel.send(card(FORM))
        await channel.send(card(number="2"))
    templates = [one["template_id"] for one in await office.cards()]
    assert templates == ["our-form.schema", REVIEW_ID]
    await office.channel.send(card(FORM, number="3"))
    assert (await office.cards())[-1]["template_id"] == REVIEW_ID


async def test_a_form_that_the_platform_finds_too_long_is_sent_as_lines_to_copy(
    office: Office,
) -> None:
    await office.lab.control("rules", long_form_values=False)
    receipt = await office.channel.send(card(FORM))
    assert (receipt.copy_key, await office.cards()) == ("", [])
    (told,) = await office.texts()
    assert "项目名称：云阅读\n项目概况：" + "概况" * 150 + "\n手机号码：" in told


async def test_a_form_without_a_known_template_waits_for_an_administrator(office: Office) -> None:
    async with office.another(card_template_form="nobody-s.schema") as channel:
        with pytest.raises(ChannelRefusedError) as refused:
            await channel.send(card(FORM))
    assert refused.value.stop and await office.texts() == []


# --- redrawing -----------------------------------------------------------------------------------

DONE = Card(title="智慧作业 已通过", done="已由王老师通过", subject="task:7")


async def test_a_redraw_changes_the_copy_by_key_and_leaves_everyone_their_link(
    office: Office,
) -> None:
    await office.channel.send(card(replace(CARD_OF_REVIEW, page="https://beian.example/m/zhang")))
    track = "inst-1"
    done = replace(DONE, page="https://beian.example/m/wang")
    receipt = await office.channel.send(card(done, number="2", redraws=track))
    assert receipt == Receipt(track)
    (shown,) = await office.cards()
    assert (shown["variables"]["title"], shown["variables"]["done"]) == (DONE.title, DONE.done)
    assert shown["variables"]["page"] == "https://beian.example/m/zhang"
    call = (await office.calls(UPDATE))[-1]
    assert "privateData" not in call["body"]
    assert call["api"].startswith("PUT")
    assert misspelt(card_models.UpdateCardRequest, call["body"]) == []
    assert set(call["body"]["cardUpdateOptions"].values()) == {True}


async def test_a_redraw_waits_until_no_callback_of_the_card_is_open(office: Office) -> None:
    await office.channel.send(card())
    line = await office.lab.line(good)
    with office.channel.taps.open("inst-1"):
        redraw = asyncio.create_task(office.channel.send(card(DONE, number="2", redraws="inst-1")))
        await asyncio.sleep(0.1)
        assert not redraw.done() and await office.calls(f"PUT {UPDATE}") == []
    await redraw
    assert line.of() == [] and len(await office.calls(f"PUT {UPDATE}")) == 1
    assert await office.lab.violations() == []


async def test_a_copy_that_is_gone_is_sent_afresh(office: Office) -> None:
    receipt = await office.channel.send(card(DONE, number="2", redraws="inst-gone"))
    assert receipt == Receipt("inst-2", fresh=True)
    assert len(await office.cards()) == 1


async def test_a_card_sent_instead_needs_room_of_its_own(office: Office) -> None:
    now = office.lab.clock.now()
    while not office.channel.may_send_at(text(), now):
        now = office.lab.clock.now()
        office.lab.later(seconds=0.1)
    office.lab.later(seconds=2)
    with pytest.raises(ChannelBusyError, match="pacing"):
        await office.channel.send(card(DONE, number="2", redraws="inst-gone"))
    assert await office.cards() == []


async def test_any_other_refusal_of_a_redraw_stands(office: Office) -> None:
    await office.channel.send(card())
    await office.lab.control("rules", unsafe_words=["王老师"])
    with pytest.raises(ChannelRefusedError, match="contentUnsafe"):
        await office.channel.send(card(DONE, number="2", redraws="inst-1"))
