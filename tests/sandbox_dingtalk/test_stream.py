"""Frames, acknowledgements, what comes again, and everything that happens to a connection."""

import asyncio
import json
from typing import Any

import pytest

from tests.sandbox_dingtalk.lab import CARD_TOPIC, ROBOT_TOPIC, Lab, ack_of, deaf, good


async def test_a_message_is_a_text_frame_with_strings_inside(lab: Lab) -> None:
    line = await lab.line()
    said = await lab.finger("zhang", "say", text="备案")
    (frame,) = await line.wait(1, ROBOT_TOPIC)
    assert (said["delivered"], said["acked"], said["attempts"]) == (True, True, 1)
    assert (frame["specVersion"], frame["type"]) == ("1.0", "CALLBACK")
    assert isinstance(frame["data"], str) and frame["headers"]["time"].isdigit()
    assert await lab.violations() == []


async def test_only_what_was_subscribed_is_pushed(lab: Lab) -> None:
    line = await lab.line(good, CARD_TOPIC)
    said = await lab.finger("zhang", "say", text="备案")
    assert (said["delivered"], line.of()) == (False, [])


async def test_each_push_goes_to_one_connection_chosen_at_random(lab: Lab) -> None:
    lines = [await lab.line(), await lab.line()]
    for _ in range(12):
        await lab.finger("zhang", "say", text="备案")
    counts = [len(one.of(ROBOT_TOPIC)) for one in lines]
    assert sum(counts) == 12 and all(counts)


async def test_a_ping_wants_its_own_opaque_back(lab: Lab) -> None:
    await lab.hurry()
    line = await lab.line()
    lab.later(seconds=30)
    (frame,) = await line.wait(1, "ping")
    assert "specVersion" not in frame and "opaque" in frame["data"]
    lab.later(seconds=30)
    await line.wait(2, "ping")
    await asyncio.sleep(0.7)
    assert await lab.violations() == []


async def test_a_ping_can_be_asked_for(lab: Lab) -> None:
    line = await lab.line()
    await lab.control("stream", do="ping")
    await line.wait(1, "ping")
    lab.later(seconds=30)
    await line.wait(2, "ping")
    await asyncio.sleep(0.1)
    assert len(line.of("ping")) == 2


@pytest.mark.parametrize(
    "answer", [deaf, lambda frame: ack_of(frame, {"opaque": "another"})], ids=["deaf", "wrong"]
)
async def test_a_ping_without_its_opaque_is_a_violation(lab: Lab, answer: Any) -> None:
    await lab.hurry()
    line = await lab.line(answer)
    lab.later(seconds=30)
    await line.wait(1, "ping")
    await asyncio.sleep(0.7)
    assert "a ping was not answered" in await lab.violations()


@pytest.mark.parametrize(
    "change",
    [
        {"code": "200"},
        {"code": True},
        {"headers": {"messageId": "another", "contentType": "application/json"}},
        {"data": {"response": None}},
        {"data": "no JSON"},
    ],
)
async def test_an_acknowledgement_of_the_wrong_shape_counts_for_nothing(
    lab: Lab, change: dict[str, Any]
) -> None:
    await lab.hurry()
    await lab.line(lambda frame: {**ack_of(frame), **change})
    said = await lab.finger("zhang", "say", text="备案")
    assert (said["delivered"], said["acked"]) == (True, False)
    assert len(await lab.violations()) == 1


async def test_what_is_no_json_or_no_text_is_a_violation(lab: Lab) -> None:
    line = await lab.line()
    await line.socket.send_str("pardon?")
    await line.socket.send_str("[]")
    await line.socket.send_bytes(b"{}")
    await asyncio.sleep(0.1)
    assert len(await lab.violations()) == 5


async def test_a_message_without_acknowledgement_comes_again_after_a_minute(lab: Lab) -> None:
    await lab.hurry()
    line = await lab.line(deaf)
    await lab.finger("zhang", "say", text="备案")
    lab.later(seconds=59)
    await asyncio.sleep(0.1)
    assert len(line.of(ROBOT_TOPIC)) == 1
    lab.later(seconds=1)
    first, second = await line.wait(2, ROBOT_TOPIC)
    assert first["headers"]["messageId"] != second["headers"]["messageId"]
    assert first["data"] == second["data"]


async def test_an_acknowledged_message_does_not_come_again(lab: Lab) -> None:
    line = await lab.line()
    await lab.finger("zhang", "say", text="备案")
    lab.later(minutes=5)
    await asyncio.sleep(0.1)
    assert len(line.of(ROBOT_TOPIC)) == 1


async def test_an_event_that_is_put_off_comes_again_with_the_same_id(lab: Lab) -> None:
    await lab.hurry()
    statuses = ["LATER", "SUCCESS"]
    line = await lab.line(lambda frame: ack_of(frame, {"status": statuses.pop(0)}))
    said = await lab.control("events", type="chat_disband", data={"openConversationId": "cid"})
    assert (said["delivered"], said["acked"]) == (True, False)
    lab.later(seconds=3)
    first, second = (one["headers"] for one in await line.wait(2, "*"))
    assert first["eventId"] == second["eventId"] and first["eventType"] == "chat_disband"
    assert first["messageId"] != second["messageId"]
    lab.later(seconds=20)
    await asyncio.sleep(0.1)
    assert len(line.of("*")) == 2


async def test_an_event_acknowledged_without_status_is_a_violation_and_comes_again(
    lab: Lab,
) -> None:
    await lab.hurry()
    line = await lab.line(lambda frame: ack_of(frame, {"anything": 1}))
    await lab.control("events", type="chat_disband")
    lab.later(seconds=3)
    await line.wait(2, "*")
    assert "status" in (await lab.violations())[0]


async def test_an_event_goes_on_looking_for_a_line(lab: Lab) -> None:
    await lab.hurry()
    line = await lab.line(deaf)
    await lab.control("events", type="chat_disband")
    await lab.control("stream", do="abort")
    await asyncio.wait_for(line.ended.wait(), 5)
    lab.later(seconds=3)
    await asyncio.sleep(0.1)
    fresh = await lab.line()
    lab.later(seconds=3)
    await fresh.wait(1, "*")


async def test_after_disconnect_nothing_comes_and_ten_seconds_later_the_line_is_cut(
    lab: Lab,
) -> None:
    line = await lab.line()
    await lab.control("stream", do="disconnect")
    (frame,) = await line.wait(1, "disconnect")
    assert "messageId" not in frame["headers"] and "specVersion" not in frame
    lost = await lab.finger("zhang", "say", text="落在空档里")
    assert (lost["delivered"], line.of(ROBOT_TOPIC)) == (False, [])
    lab.later(seconds=9)
    await asyncio.sleep(0.1)
    assert not line.ended.is_set()
    lab.later(seconds=1)
    await asyncio.wait_for(line.ended.wait(), 5)
    lab.later(minutes=5)
    fresh = await lab.line()
    await asyncio.sleep(0.1)
    assert fresh.of(ROBOT_TOPIC) == []


async def test_a_new_stream_beside_the_old_one_loses_nothing(lab: Lab) -> None:
    old = await lab.line()
    first = (await lab.state())["connections"][0]["id"]
    new = await lab.line()
    await lab.control("stream", do="disconnect", connection=first)
    for _ in range(5):
        await lab.finger("zhang", "say", text="备案")
    assert (len(old.of(ROBOT_TOPIC)), len(new.of(ROBOT_TOPIC))) == (0, 5)


@pytest.mark.parametrize(("deed", "code"), [("abort", 1006), ("close", 1001)])
async def test_a_line_that_breaks_is_gone(lab: Lab, deed: str, code: int) -> None:
    line = await lab.line()
    await lab.control("stream", do=deed)
    await asyncio.wait_for(line.ended.wait(), 5)
    assert line.code == code and await lab.violations() == []
    assert (await lab.finger("zhang", "say", text="备案"))["delivered"] is False


@pytest.mark.parametrize("kind", ["garbage", "oversize", "unknown_topic"])
async def test_something_odd_comes_before_the_next_good_frame(lab: Lab, kind: str) -> None:
    line = await lab.line()
    await lab.fault("stream", kind)
    said = await lab.finger("zhang", "say", text="备案")
    assert said["acked"] and len(line.texts) == 2
    assert {"garbage": "<html>", "oversize": "xxx", "unknown_topic": "hologram"}[
        kind
    ] in line.texts[0]


async def test_a_half_open_stream_looks_alive_and_says_nothing(lab: Lab) -> None:
    await lab.hurry()
    await lab.fault("v1.0/gateway/connections/open", "half_open")
    line = await lab.line()
    said = await lab.finger("zhang", "say", text="备案")
    assert (said["delivered"], said["acked"], line.texts) == (True, False, [])
    heard = await lab.line()
    await lab.control("stream", do="abort", connection=(await lab.state())["connections"][0]["id"])
    lab.later(seconds=60)
    await heard.wait(1, ROBOT_TOPIC)


@pytest.mark.parametrize(("kind", "count"), [("duplicate", 2), ("lost", 0)])
async def test_a_push_may_come_twice_or_never(lab: Lab, kind: str, count: int) -> None:
    line = await lab.line()
    await lab.fault("stream", kind)
    await lab.finger("zhang", "say", text="备案")
    await asyncio.sleep(0.1)
    assert len({json.dumps(one) for one in line.data()}) == min(count, 1)
    assert len(line.of(ROBOT_TOPIC)) == count


async def test_a_late_acknowledgement_on_another_line_is_a_violation(lab: Lab) -> None:
    await lab.hurry()
    line = await lab.line(deaf)
    await lab.finger("zhang", "say", text="备案")
    other = await lab.line()
    await other.socket.send_str(json.dumps(ack_of(line.of(ROBOT_TOPIC)[0])))
    await asyncio.sleep(0.1)
    assert await lab.violations() == ["messageId is of no frame of this connection"]


@pytest.mark.parametrize("data", [{"outTrackId": "unknown"}, "no JSON"])
async def test_a_frame_may_hold_anything(lab: Lab, data: Any) -> None:
    line = await lab.line()
    said = await lab.control("push", topic=CARD_TOPIC, data=data)
    assert said == {"delivered": True, "ack": {"code": 200, "data": {"response": None}}}
    text = line.of(CARD_TOPIC)[0]["data"]
    assert text == (data if isinstance(data, str) else json.dumps(data))
    assert (await lab.control("push", topic="/v1.0/unheard"))["delivered"] is False


async def test_a_frame_holds_an_object_or_a_string(lab: Lab) -> None:
    async with lab.client.post("/sandbox/dingtalk/push", json={"data": []}) as response:
        assert response.status == 400


async def test_an_unknown_deed_is_not_done(lab: Lab) -> None:
    async with lab.client.post("/sandbox/dingtalk/stream", json={"do": "dance"}) as response:
        assert response.status == 400
