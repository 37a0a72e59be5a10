"""What a second and a month may cost, and what happens when it is used up."""

import pytest

from tests.sandbox_dingtalk.lab import APP, OAPI, Lab
from tests.sandbox_dingtalk.test_tokens import SEND, send


async def test_the_twenty_first_call_of_a_second_is_a_403_and_costs_nothing(lab: Lab) -> None:
    await lab.token()
    said = [await send(lab) for _ in range(21)]
    assert said[19] == (200, "")
    assert said[20] == (403, "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi")
    (row,) = (await lab.state())["quotas"]
    assert row["calls"] == 20
    lab.later(seconds=1)
    assert await send(lab) == (200, "")


async def test_a_used_up_month_refuses_calls_but_not_tokens_and_contacts(lab: Lab) -> None:
    await lab.control("quotas", calls=5000)
    assert await send(lab) == (403, "Forbidden.AccessDenied.ApiCountLimitForOrg")
    assert (await lab.old("topapi/v2/user/get", {"userid": "u-zhang"}))["errcode"] == 0
    token = await lab.token()
    async with lab.client.post(f"{OAPI}/media/upload?access_token={token}&type=file") as response:
        assert (await response.json())["errcode"] == 90020
    lab.later(days=2)
    lab.tokens.clear()
    assert await send(lab) == (200, "")


async def test_a_month_begins_at_midnight_in_china(lab: Lab) -> None:
    lab.later(hours=6, minutes=57)
    await send(lab)
    lab.later(minutes=1)
    await send(lab)
    assert [one["month"] for one in (await lab.state())["quotas"]] == ["2026-09", "2026-10"]


async def test_calls_are_counted_by_their_names(lab: Lab) -> None:
    await send(lab)
    await lab.ticket()
    (row,) = (await lab.state())["quotas"]
    assert row["calls"] == 2
    assert row["by_api"]["POST v1.0/robot/oToMessages/batchSend"] == 1
    assert row["by_api"]["POST v1.0/oauth2/accessToken"] == 1


async def test_opening_a_stream_costs_nothing_where_the_rule_says_so(lab: Lab) -> None:
    await lab.control("rules", open_costs_a_call=False)
    await lab.ticket()
    assert (await lab.state())["quotas"][0]["calls"] == 0


async def test_without_units_messages_come_empty_and_replies_are_refused(lab: Lab) -> None:
    line = await lab.line()
    await lab.finger("zhang", "say", text="备案")
    await lab.control("quotas", units=3000)
    await lab.finger("zhang", "say", text="备案")
    full, empty = line.data()
    assert "errorCode" not in full
    assert empty["errorCode"] == 20001 and empty["msgtype"] == "text" and "text" not in empty
    path = full["sessionWebhook"].removeprefix(lab.origin)
    said = await lab.post(path, {"msgtype": "text", "text": {"content": "好"}})
    assert said["errcode"] == 90020


async def test_which_deliveries_cost_a_unit_is_a_rule(lab: Lab) -> None:
    await lab.line()
    await lab.control("rules", unit_kinds=["card"])
    await lab.finger("zhang", "say", text="备案")
    await lab.card()
    await lab.finger("zhang", "tap", action="agree")
    assert (await lab.state())["quotas"][0]["by_unit"] == {"card": 1}


async def test_a_fault_takes_the_content_out_of_one_message(lab: Lab) -> None:
    line = await lab.line()
    await lab.fault("stream", "no_quota")
    await lab.finger("zhang", "say", text="备案")
    await lab.finger("zhang", "say", text="备案")
    assert [one.get("errorCode") for one in line.data()] == [20001, None]


async def test_events_of_the_address_book_cost_no_unit(lab: Lab) -> None:
    line = await lab.line()
    await lab.control("events", type="user_add_org", data={"userId": ["u-zhang"]})
    await lab.control("events", type="chat_disband", data={"openConversationId": "cid"})
    (row,) = (await lab.state())["quotas"]
    assert row["by_unit"] == {"event": 1}
    await lab.control("quotas", units=3000)
    await lab.control("events", type="chat_disband", data={"openConversationId": "cid"})
    assert line.data("*")[-1]["errCode"] == 20001


@pytest.mark.parametrize(
    "wish", [{"gravity": 1}, {"qps": "many"}, {"mobile_shown": 1}, {"token_death": True}]
)
async def test_a_rule_that_makes_no_sense_is_refused(lab: Lab, wish: dict[str, object]) -> None:
    async with lab.client.post("/sandbox/dingtalk/rules", json=wish) as response:
        assert response.status == 400


async def test_a_permission_that_is_missing_is_a_403(lab: Lab) -> None:
    app = lab.ding.box.world.ding_apps[0]
    app.missing_scopes = frozenset({"qyapi_robot_sendmsg", "qyapi_get_member"})
    assert await send(lab) == (403, "Forbidden.AccessDenied.AccessTokenPermissionDenied")
    assert (await lab.old("topapi/v2/user/get", {"userid": "u-zhang"}))["errcode"] == 60011


async def test_a_foreign_address_is_a_403(lab: Lab) -> None:
    await lab.token()
    lab.ding.box.world.ding_apps[0].trusted_ips = frozenset({"192.0.2.1"})
    assert await send(lab) == (403, "Forbidden.AccessDenied.IpNotInWhiteList")
    assert (await lab.old("topapi/v2/user/get", {"userid": "u-zhang"}))["errcode"] == 60020


async def test_a_stopped_robot_sends_nothing(lab: Lab) -> None:
    await lab.control("apps", client_id=APP, stopped=True)
    assert await send(lab) == (400, "bot.stopped")
    assert SEND["robotCode"] == APP
