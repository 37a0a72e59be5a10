"""Faults switched on, and the journal that tells what really happened."""

import aiohttp
import pytest

from tests.sandbox.lab import AGENT, API, BUTTONS, Lab


@pytest.mark.parametrize(
    ("kind", "more", "code"),
    [("busy", {}, -1), ("rate", {}, 45009), ("errcode", {"errcode": 45033}, 45033)],
)
async def test_a_refusing_platform_has_done_nothing(
    lab: Lab, kind: str, more: dict[str, int], code: int
) -> None:
    await lab.fault("message/send", kind, times=2, **more)
    codes = [(await lab.card(BUTTONS))["errcode"] for _ in range(3)]
    assert codes == [code, code, 0]
    assert len(await lab.bubbles()) == 1


async def test_a_broken_server_has_done_nothing(lab: Lab) -> None:
    token = await lab.token()
    await lab.fault("*", "http500")
    async with lab.client.get(f"{API}/user/get?userid=lisi&access_token={token}") as response:
        assert response.status == 500
    assert (await lab.call("user/get", userid="lisi"))["errcode"] == 0


async def test_a_page_of_html_instead_of_json_has_done_nothing(lab: Lab) -> None:
    await lab.token()
    await lab.fault("message/send", "garbage")
    with pytest.raises(aiohttp.ContentTypeError):
        await lab.card(BUTTONS)
    assert await lab.bubbles() == []


async def test_a_success_may_have_reached_nobody(lab: Lab) -> None:
    await lab.fault("message/send", "invaliduser")
    said = await lab.card(BUTTONS)
    assert (said["errcode"], said["invaliduser"]) == (0, "zhangsan")
    assert await lab.bubbles() == []


async def test_a_dropped_call_has_done_nothing(lab: Lab) -> None:
    await lab.token()
    await lab.fault("message/send", "drop")
    with pytest.raises(aiohttp.ClientError):
        await lab.card(BUTTONS)
    assert await lab.bubbles() == []


async def test_a_call_without_an_answer_may_have_been_done(lab: Lab) -> None:
    await lab.token()
    await lab.fault("message/send", "timeout_after")
    with pytest.raises(aiohttp.ClientError):
        await lab.card(BUTTONS)
    assert len(await lab.bubbles()) == 1
    assert (await lab.card(BUTTONS))["errcode"] == 42014


async def test_a_slow_call_is_done_all_the_same(lab: Lab) -> None:
    await lab.fault("message/send", "slow", seconds=0.01)
    assert (await lab.card(BUTTONS))["errcode"] == 0


async def test_a_fault_concerns_its_own_call_and_can_be_taken_back(lab: Lab) -> None:
    await lab.fault("message/recall", "busy")
    assert (await lab.card(BUTTONS))["errcode"] == 0
    waiting = await lab.get("/sandbox/faults")
    assert [(one["api"], one["kind"], one["times"]) for one in waiting] == [
        ("message/recall", "busy", 1)
    ]
    await lab.client.delete("/sandbox/faults")
    assert await lab.get("/sandbox/faults") == []


async def test_any_call_does_not_mean_the_deliveries_to_the_bot(lab: Lab) -> None:
    await lab.fault("*", "busy")
    assert (await lab.finger("ZhangSan", "say", text="备案"))["delivered"]
    assert len(await lab.get("/sandbox/faults")) == 1


@pytest.mark.parametrize(
    "wish",
    [
        {"api": "message/send", "kind": "gremlin"},
        {"api": "callback", "kind": "busy"},
        {"api": "*", "kind": "busy", "times": 0},
        {"api": "*", "kind": "slow", "seconds": "long"},
    ],
)
async def test_an_impossible_fault_is_refused(lab: Lab, wish: dict[str, object]) -> None:
    async with lab.client.post("/sandbox/faults", json=wish) as response:
        assert response.status == 400


async def test_the_journal_counts_on_and_can_be_read_from_any_point(lab: Lab) -> None:
    await lab.card(BUTTONS)
    await lab.tap("ZhangSan", "approve")
    journal = await lab.get("/sandbox/sent")
    assert [one["sequence"] for one in journal] == list(range(1, len(journal) + 1))
    assert [one["kind"] for one in journal] == ["api", "message", "api", "callback"]
    later = await lab.get("/sandbox/sent", since=2)
    assert later == journal[2:]
    (message,) = await lab.get("/sandbox/sent", kind="message")
    assert (message["to"], message["agent_id"]) == (["ZhangSan"], AGENT)
    assert message["body"]["template_card"]["task_id"] == "task-1"
