"""Faults switched on: what was done, and what was only said to have failed."""

import asyncio

import aiohttp
import pytest

from tests.sandbox_dingtalk.lab import API, HEADER, OAPI, Lab, eventually
from tests.sandbox_dingtalk.test_tokens import SEND, send

BATCH = "v1.0/robot/oToMessages/batchSend"


@pytest.mark.parametrize(
    ("kind", "more", "said", "done"),
    [
        ("busy", {}, (500, "system.busy"), 0),
        ("throttled", {}, (403, "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"), 0),
        ("throttled_all", {}, (403, "Forbidden.AccessDenied.QpsLimitForApi"), 0),
        ("month_used_up", {}, (403, "Forbidden.AccessDenied.ApiCountLimitForOrg"), 0),
        ("timeout", {}, (504, "isp.top-remote-connection-timeout"), 0),
        ("code", {"code": "send.too.fast", "status": 400}, (400, "send.too.fast"), 0),
        ("timeout_after", {}, (504, "isp.top-remote-connection-timeout"), 1),
        ("error_after", {}, (500, "system.error"), 1),
        ("flow_controlled", {}, (200, ""), 0),
        ("slow", {"seconds": 0.01}, (200, ""), 1),
    ],
)
async def test_a_fault_of_one_call(
    lab: Lab, kind: str, more: dict[str, object], said: tuple[int, str], done: int
) -> None:
    await lab.fault(BATCH, kind, **more)
    assert await send(lab) == said
    assert len(await lab.bubbles()) == done
    assert await send(lab) == (200, "")


async def test_on_a_bad_day_what_was_done_is_answered_as_failed(lab: Lab) -> None:
    await lab.token()
    await lab.control("rules", bad_day=1.0)
    said = {await send(lab) for _ in range(9)}
    assert {status for status, _ in said} == {500, 504}
    assert len(await lab.bubbles()) == 9


async def test_a_hanging_gateway_does_not_keep_the_sandbox_from_ending(lab: Lab) -> None:
    await lab.fault("v1.0/gateway/connections/open", "slow", seconds=30)
    waiting = asyncio.create_task(lab.ticket())
    await eventually(lambda: lab.ding.box.journal.since(kind="dingtalk.fault"))
    begun = asyncio.get_running_loop().time()
    await lab.client.close()
    await asyncio.gather(waiting, return_exceptions=True)
    assert asyncio.get_running_loop().time() - begun < 5


@pytest.mark.parametrize(("kind", "status"), [("ip_html", 200), ("unavailable", 503)])
async def test_an_answer_may_be_no_json(lab: Lab, kind: str, status: int) -> None:
    headers = {HEADER: await lab.token()}
    await lab.fault("*", kind)
    async with lab.client.post(
        f"{API}/robot/oToMessages/batchSend", json=SEND, headers=headers
    ) as response:
        assert response.status == status and response.content_type != "application/json"
    assert await lab.bubbles() == []


async def test_a_blocked_address_may_be_told_in_json_of_another_shape(lab: Lab) -> None:
    await lab.token()
    await lab.fault(BATCH, "ip_json")
    status, said = await lab.call("robot/oToMessages/batchSend", SEND)
    assert (status, said["status"]) == (200, 1111)


async def test_a_dropped_call_has_done_nothing(lab: Lab) -> None:
    await lab.token()
    await lab.fault(BATCH, "drop")
    with pytest.raises(aiohttp.ClientError):
        await send(lab)
    assert await lab.bubbles() == []


@pytest.mark.parametrize(
    ("kind", "code"),
    [("busy", -1), ("throttled", 90018), ("timeout_after", 15), ("token_expired", 40014)],
)
async def test_the_old_api_fails_in_its_own_way(lab: Lab, kind: str, code: int) -> None:
    await lab.fault("topapi/v2/user/get", kind)
    assert (await lab.old("topapi/v2/user/get", {"userid": "u-zhang"}))["errcode"] == code


async def test_the_old_api_may_fail_with_any_number(lab: Lab) -> None:
    await lab.fault("topapi/v2/user/get", "code", errcode=88)
    assert (await lab.old("topapi/v2/user/get", {"userid": "u-zhang"}))["errcode"] == 88
    said = await lab.get(f"{OAPI}/topapi/v2/user/get", access_token=await lab.token())
    assert said["errcode"] == 40035


async def test_a_fault_of_one_platform_leaves_the_other_alone(lab: Lab) -> None:
    await lab.post("/sandbox/faults", {"api": "*", "kind": "http500"})
    assert await send(lab) == (200, "")
    await lab.client.delete("/sandbox/faults")
    await lab.fault("*", "busy")
    async with lab.client.get("/wecom-api/cgi-bin/gettoken") as response:
        assert response.status == 200


@pytest.mark.parametrize(
    "wish",
    [
        {"api": "dingtalk/*", "kind": "http500"},
        {"api": "dingtalk/stream", "kind": "busy"},
        {"api": "dingtalk/callback", "kind": "abort"},
    ],
)
async def test_an_unknown_fault_is_refused(lab: Lab, wish: dict[str, str]) -> None:
    async with lab.client.post("/sandbox/faults", json=wish) as response:
        assert response.status == 400
