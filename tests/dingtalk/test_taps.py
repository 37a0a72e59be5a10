"""A finger on a card: answered in two seconds, after the commit, and never redrawn meanwhile."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from bot.channels.base import Answer
from bot.channels.dingtalk.frames import CARD_TOPIC
from bot.channels.dingtalk.line import Pace
from bot.channels.dingtalk.taps import ANSWER_SECONDS, SETTLE_SECONDS, OpenTaps, response_to
from cards.language import Button, Card, Tap
from cards.render.dingtalk import REVIEW, render
from handlers.events import Ignored, Tapped
from storage.ledger import LedgerUnavailableError
from tests.dingtalk.street import Desk, Street, eventually, open_bare, open_street, running, tapped
from tests.sandbox_dingtalk.lab import MANIFEST

KEY = "review.approve|task1|3"
NEXT = Card("请确认", page="https://beian.example/m/zhang", buttons=(Button("确认", Tap("a.b")),))
ANSWER = {
    "cardUpdateOptions": {"updateCardDataByKey": True, "updatePrivateDataByKey": True},
    "cardData": {"cardParamMap": render(NEXT).params},
    "userPrivateData": {"cardParamMap": {"page": NEXT.page, "page_text": "查看全文", "said": ""}},
}


async def card(street: Street, **change: Any) -> None:
    """Lay a card of ours on the phones of two people."""
    variables = [*MANIFEST["variables"], *REVIEW.to_json()["variables"]]
    await street.lab.control("templates", **{**MANIFEST, "variables": variables})
    await street.lab.card(space="IM_ROBOT.u-zhang;IM_ROBOT.u-li", **change)


async def taps(street: Street, who: str = "zhang", **more: Any) -> Any:
    """Press its button."""
    return await street.lab.finger(who, "tap", action="1", params={"key": KEY}, **more)


@pytest_asyncio.fixture
async def street() -> AsyncIterator[Street]:
    async with open_street() as opened:
        await card(opened)
        yield opened


@pytest.mark.parametrize("variant", ["content", "value", "beside"])
async def test_a_tap_is_answered_for_the_tapper_alone(street: Street, variant: str) -> None:
    street.desk.shows = NEXT
    said = await taps(street, variant=variant)
    assert said["acked"] and said["answer"] == ANSWER
    theirs, others = await street.lab.view("zhang"), await street.lab.view("li")
    assert (theirs["title"], theirs["page"]) == ("请确认", NEXT.page)
    assert (others["title"], "page" in others) == ("备案审核", False)
    (event,) = street.desk.events
    assert isinstance(event, Tapped)
    assert (event.tap, event.copy_key) == (Tap("review.approve", "task1", 3), "t-1")
    assert event.can_show and street.desk.noted == [Answer("", "1", NEXT)]
    assert (event.account, event.redraw_code, event.key[0]) == ("u-zhang", "", "c")
    assert await street.lab.violations() == [] == await street.lab.sent("ignored")


async def test_a_tap_that_redraws_nothing_leaves_the_card_as_it_is(street: Street) -> None:
    before = await street.lab.view()
    said = await taps(street)
    assert said["acked"] and said["answer"] == {} and await street.lab.view() == before
    assert street.desk.noted == []


async def test_what_the_answer_had_to_shorten_is_owed(street: Street) -> None:
    street.desk.shows = replace(NEXT, body="说明" * 400)
    assert (await taps(street))["acked"]
    assert (await street.lab.view())["body"].endswith("…")
    await eventually(lambda: street.desk.noted)
    assert [one.owes for one in street.desk.noted] == [True]


async def test_a_card_without_a_link_leaves_the_link_of_the_tapped_one(street: Street) -> None:
    for shown in (NEXT, Card("请选一项")):
        street.desk.shows = shown
        assert (await taps(street))["acked"]
    seen = await street.lab.view()
    assert (seen["title"], seen["page"]) == ("请选一项", NEXT.page)


async def test_a_nervous_finger_is_two_events_and_two_answers(street: Street) -> None:
    said = await taps(street, twice=True)
    assert said["acked"] and said["second"]["acked"]
    assert len({event.key for event in street.desk.events}) == 2


async def test_the_same_push_twice_is_two_frames_of_one_tap(street: Street) -> None:
    await street.lab.fault("stream", "duplicate")
    assert (await taps(street))["acked"]
    await eventually(lambda: len(street.desk.events) == 2)
    assert {type(event) for event in street.desk.events} == {Tapped}


@pytest.mark.parametrize(
    "data",
    [
        {"outTrackId": "unknown"},
        "no JSON",
        tapped("unknown"),
        tapped(userId=""),
        tapped(corpId="dingother"),
        tapped(key="nonsense"),
    ],
)
async def test_a_callback_of_nobody_or_nothing_known_gets_a_calm_answer(
    street: Street, data: Any
) -> None:
    said = await street.lab.control("push", topic=CARD_TOPIC, data=data)
    known = isinstance(data, dict) and data.get("outTrackId") == "unknown" and "userId" in data
    assert said["ack"] == {"code": 200, "data": {"response": {}}}
    (event,) = street.desk.events
    assert isinstance(event, Tapped if known else Ignored)
    assert await street.lab.violations() == []


async def test_a_stranger_in_a_group_gets_a_calm_answer(street: Street) -> None:
    await street.lab.card("shared", f"IM_GROUP.{await street.lab.group_id()}")
    said = await taps(street, "guest")
    assert said["acked"] and said["answer"] == {}
    (event,) = street.desk.events
    assert isinstance(event, Ignored) and event.kind == "outsider"


def test_only_a_card_is_shown_by_an_answer() -> None:
    assert response_to(None) == response_to(Answer("这一步没有办成。", "5")) == ({}, None)
    shown = Answer("", "5", NEXT)
    assert response_to(shown) == (ANSWER, shown)
    told, _ = response_to(Answer("已记录_“通过”。", "5", replace(NEXT, page=""), "6"))
    assert told["userPrivateData"] == {"cardParamMap": {"said": "已记录＿“通过”。"}}
    assert ANSWER_SECONDS < 2


async def test_a_tap_that_could_not_be_stored_fails_on_the_screen_at_once() -> None:
    async with open_street(desk=Desk(errors=[LedgerUnavailableError()])) as street:
        await card(street)
        assert (await taps(street))["reason"] == "code 500"
        assert (await taps(street))["acked"]


async def test_a_tap_not_stored_in_time_fails_in_time_and_is_done_all_the_same() -> None:
    desk = Desk(gate=asyncio.Event(), shows=NEXT)
    assert desk.gate is not None
    async with open_street(desk=desk, pace=Pace(answer_seconds=0.1)) as street:
        await card(street)
        assert (await taps(street))["reason"] == "code 500"
        desk.gate.set()
        await eventually(lambda: desk.events)
        assert (await taps(street))["acked"]
        assert len(await street.lab.sent("ack")) == 2
        # The first answer came too late to be seen.
        assert desk.noted == [Answer("", "2", NEXT)]


async def test_an_answer_that_no_line_took_is_not_noted() -> None:
    desk = Desk(gate=asyncio.Event(), shows=NEXT)
    assert desk.gate is not None
    async with open_bare() as bare, running(bare.base, desk):
        peer = await bare.peer()
        await peer.send("CALLBACK", CARD_TOPIC, json.dumps(tapped()), "tap")
        await eventually(lambda: desk.begun)
        await peer.socket.close()
        desk.gate.set()
        await eventually(lambda: desk.events)
        later = await bare.peer(2)
        await later.send("CALLBACK", CARD_TOPIC, json.dumps(tapped()), "again")
        await later.ack("again")
        await eventually(lambda: desk.noted == [Answer("", "2", NEXT)])


async def test_a_late_tap_that_fails_is_answered_once() -> None:
    desk = Desk(gate=asyncio.Event(), errors=[LedgerUnavailableError()])
    assert desk.gate is not None
    async with open_bare() as bare, running(bare.base, desk, pace=Pace(answer_seconds=0.1)):
        peer = await bare.peer()
        await peer.send("CALLBACK", CARD_TOPIC, json.dumps(tapped()), "late")
        assert (await peer.ack("late"))["code"] == 500
        desk.gate.set()
        await peer.types("备案", "next")
        await peer.ack("next")
        assert len(peer.acks) == 2


async def test_a_tap_that_waited_beyond_its_time_is_not_done_behind_the_tappers_back() -> None:
    desk = Desk(gate=asyncio.Event())
    assert desk.gate is not None
    pace = Pace(answer_seconds=0.1, workers=1)
    async with open_bare() as bare, running(bare.base, desk, pace=pace):
        peer = await bare.peer()
        await peer.types("慢", "slow")
        await eventually(lambda: desk.begun)
        await peer.send("CALLBACK", CARD_TOPIC, json.dumps(tapped()), "tap")
        await asyncio.sleep(0.15)
        desk.gate.set()
        assert (await peer.ack("tap"))["code"] == 500
        assert desk.texts() == ["慢"]


async def test_two_taps_of_one_frame_name_have_one_key_and_without_name_their_own() -> None:
    desk = Desk()
    async with open_bare() as bare, running(bare.base, desk):
        peer = await bare.peer()
        for track in ("t-1", "t-1", "t-2"):
            await peer.send("CALLBACK", CARD_TOPIC, json.dumps(tapped(track)), "")
        await peer.send("CALLBACK", CARD_TOPIC, json.dumps(tapped()), "", time="1790000000001")
        await eventually(lambda: len(desk.events) == 4)
        first, again, other, later = (event.key for event in desk.events)
        assert first == again and len({first, other, later}) == 3 and peer.acks == []


async def test_a_name_too_long_for_the_inbox_is_none() -> None:
    desk = Desk()
    async with open_bare() as bare, running(bare.base, desk):
        peer = await bare.peer()
        await peer.send("CALLBACK", CARD_TOPIC, json.dumps(tapped()), "m" * 400)
        await eventually(lambda: desk.events)
        assert len(desk.events[0].key) <= 300 and isinstance(desk.events[0], Tapped)


async def test_no_card_is_redrawn_while_its_callback_is_open() -> None:
    desk = Desk(gate=asyncio.Event())
    assert desk.gate is not None
    async with open_street(desk=desk) as street:
        await card(street)
        tap = asyncio.create_task(taps(street))
        await eventually(lambda: desk.begun)

        async def redraws() -> None:
            await street.taps.closed("t-1")
            await street.lab.update(cardData={"cardParamMap": {"status": "agree"}})

        redraw = asyncio.create_task(redraws())
        await asyncio.sleep(0.1)
        assert not redraw.done()
        desk.gate.set()
        assert (await tap)["acked"]
        await redraw
        assert (await street.lab.view())["status"] == "agree"
        assert await street.lab.violations() == []


async def test_what_another_process_may_be_answering_is_redrawn_when_that_must_be_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rests: list[float] = []

    async def rest(seconds: float) -> None:
        rests.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", rest)
    await OpenTaps(are_here=lambda: True).closed("t-1")
    await OpenTaps(are_here=lambda: False).closed("t-1")
    assert rests == [ANSWER_SECONDS + SETTLE_SECONDS]


async def test_a_tap_in_the_queue_counts_as_open_and_one_that_is_dropped_does_not() -> None:
    desk, open_taps = Desk(gate=asyncio.Event()), OpenTaps(settle_seconds=0.01)
    assert desk.gate is not None
    pace = Pace(workers=1, backlog=1, drain_seconds=0.05)
    async with open_bare() as bare:
        async with running(bare.base, desk, pace=pace, taps=open_taps):
            peer = await bare.peer()
            await peer.types("慢", "slow")
            await eventually(lambda: desk.begun)
            await peer.send("CALLBACK", CARD_TOPIC, json.dumps(tapped("queued")), "q")
            await peer.send("CALLBACK", CARD_TOPIC, json.dumps(tapped("dropped")), "d")
            await peer.ack("d")
            await asyncio.wait_for(open_taps.closed("dropped"), 1)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(open_taps.closed("queued"), 0.1)
        # The stream has ended: nobody will answer it any more.
        await asyncio.wait_for(open_taps.closed("queued"), 1)


async def test_a_tap_that_comes_while_the_stream_ends_is_not_taken() -> None:
    desk, open_taps = Desk(gate=asyncio.Event()), OpenTaps(settle_seconds=0.01)
    assert desk.gate is not None
    async with open_bare() as bare, running(bare.base, desk, taps=open_taps) as client:
        peer = await bare.peer()
        await peer.types("慢", "slow")
        await eventually(lambda: desk.begun)
        client.task.cancel()
        await asyncio.sleep(0.05)
        await peer.send("CALLBACK", CARD_TOPIC, json.dumps(tapped("late")), "late")
        await asyncio.sleep(0.05)
        desk.gate.set()
        await asyncio.wait_for(peer.is_closed.wait(), 3)
        await asyncio.wait_for(open_taps.closed("late"), 1)
        assert desk.texts() == ["慢"]


async def test_a_card_counts_as_closed_a_moment_after_its_last_callback() -> None:
    open_taps, clock = OpenTaps(settle_seconds=0.1), asyncio.get_running_loop().time
    await open_taps.closed("t-1")
    with open_taps.open("t-1"):
        with open_taps.open("t-1"), open_taps.open("t-2"):
            pass
        waiting = asyncio.create_task(open_taps.closed("t-1"))
        await asyncio.sleep(0.15)
        assert not waiting.done()
        await open_taps.closed("t-2")
    ended = clock()
    await asyncio.sleep(0.06)
    with open_taps.open("t-1"):  # once more, before it had settled
        ended = clock()
        await asyncio.sleep(0.06)
        assert not waiting.done()
    ended = clock()
    await waiting
    assert clock() - ended >= 0.09
    assert open_taps._stays == {}


async def test_a_callback_that_breaks_lets_its_card_go() -> None:
    open_taps = OpenTaps(settle_seconds=0)
    with pytest.raises(ValueError, match="broken"), open_taps.open("t-1"):
        raise ValueError("broken")
    await asyncio.wait_for(open_taps.closed("t-1"), 1)
