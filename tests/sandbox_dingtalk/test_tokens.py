"""accessToken: the same one inside its life, renewed by asking, ended without warning."""

from typing import Any

import pytest

from tests.sandbox_dingtalk.lab import (
    API,
    APP,
    CORP,
    HEADER,
    OAPI,
    OTHER_APP,
    OTHER_SECRET,
    SECRET,
    Lab,
)

ASK = {"appKey": APP, "appSecret": SECRET}
SEND = {
    "robotCode": APP,
    "userIds": ["u-zhang"],
    "msgKey": "sampleText",
    "msgParam": '{"content": "好"}',
}


async def send(lab: Lab) -> tuple[int, str]:
    """Send something and return status and code."""
    status, said = await lab.call("robot/oToMessages/batchSend", SEND)
    return status, said.get("code", "")


async def test_asking_again_gives_the_same_token_and_its_life_begins_anew(lab: Lab) -> None:
    first = await lab.post(f"{API}/oauth2/accessToken", ASK)
    lab.later(seconds=7000)
    again = await lab.post(f"{API}/oauth2/accessToken", ASK)
    lab.later(seconds=7000)
    third = await lab.post(f"{API}/oauth2/accessToken", ASK)
    assert first == again == third and first["expireIn"] == 7200
    assert (await lab.state())["tokens_asked"] == {APP: 3}


async def test_a_token_ends_after_two_hours_and_another_comes(lab: Lab) -> None:
    before = await lab.token()
    lab.later(seconds=7199)
    assert await send(lab) == (200, "")
    lab.later(seconds=1)
    assert await send(lab) == (400, "InvalidAuthentication")
    assert (await lab.post(f"{API}/oauth2/accessToken", ASK))["accessToken"] != before


async def test_one_token_opens_both_apis_and_counts_only_in_its_place(lab: Lab) -> None:
    said = await lab.get(f"{OAPI}/gettoken", appkey=APP, appsecret=SECRET)
    unified = {
        "client_id": APP,
        "client_secret": SECRET,
        "grant_type": "client_credentials",
    }
    assert said["access_token"] == await lab.token()
    same = await lab.post(f"{API}/oauth2/{CORP}/token", unified)
    assert same == {"access_token": said["access_token"], "expires_in": 7200}
    async with lab.client.post(
        f"{API}/robot/oToMessages/batchSend?access_token={said['access_token']}", json=SEND
    ) as response:
        assert response.status == 400


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("oauth2/accessToken", {}, "invalidClientIdOrSecret"),
        ("oauth2/accessToken", {**ASK, "appSecret": "guess"}, "invalidClientIdOrSecret"),
        (
            f"oauth2/{CORP}/token",
            {"client_id": APP, "client_secret": SECRET, "grant_type": "guess"},
            "invalidGrantType",
        ),
        (
            "oauth2/dingelsewhere/token",
            {"client_id": APP, "client_secret": SECRET, "grant_type": "client_credentials"},
            "invalidClientIdOrSecret",
        ),
    ],
)
async def test_a_wrong_pair_gets_no_token(
    lab: Lab, path: str, body: dict[str, Any], code: str
) -> None:
    async with lab.client.post(f"{API}/{path}", json=body) as response:
        said = await response.json()
    assert (response.status, said["code"]) == (400, code) and said["requestid"]


async def test_a_token_may_die_before_its_time(lab: Lab) -> None:
    await lab.token()
    await lab.fault("v1.0/robot/oToMessages/batchSend", "token_expired")
    assert await send(lab) == (400, "InvalidAuthentication")
    assert await send(lab) == (400, "InvalidAuthentication")
    lab.tokens.clear()
    assert await send(lab) == (200, "")
    await lab.control("tokens")
    assert await send(lab) == (400, "InvalidAuthentication")


async def test_tokens_may_die_at_random(lab: Lab) -> None:
    await lab.control("rules", token_death=1.0)
    assert await send(lab) == (400, "InvalidAuthentication")
    await lab.control("rules", token_death=0.0)
    assert await send(lab) == (400, "InvalidAuthentication")


async def test_asking_for_more_than_a_handful_of_tokens_is_a_violation(lab: Lab) -> None:
    for _ in range(8):
        await lab.post(f"{API}/oauth2/accessToken", ASK)
    assert await lab.violations() == []
    await lab.post(f"{API}/oauth2/accessToken", ASK)
    assert await lab.violations() == ["a token was asked for more than a handful of times"]


async def test_the_old_api_says_the_same_in_its_own_way(lab: Lab) -> None:
    said = await lab.get(f"{OAPI}/gettoken", appkey=APP, appsecret="guess")
    assert said["errcode"] == 40096
    said = await lab.old("topapi/v2/user/get", {"userid": "u-zhang"}, access_token="made-up")
    assert said["errcode"] == 40014


async def test_another_app_s_token_does_not_send_for_this_robot(lab: Lab) -> None:
    token = await lab.token(OTHER_APP, OTHER_SECRET)
    _, said = await lab.call("robot/oToMessages/batchSend", SEND, token=token)
    assert said["code"] == "invalidParameter.robotCode.auth"


async def test_what_does_not_exist_is_said_to_be_missing(lab: Lab) -> None:
    status, said = await lab.call("robot/hologram/send", {})
    assert (status, said["code"]) == (404, "InvalidAction.NotFound")
    async with lab.client.post(f"{OAPI}/topapi/hologram") as response:
        assert response.status == 404


@pytest.mark.parametrize(
    ("data", "kind", "code"),
    [
        ("{", "application/json", "InvalidJson"),
        ("[]", "application/json", "InvalidJson"),
        ("{}", "text/plain", "InvalidContentType"),
    ],
)
async def test_a_body_that_is_no_json_object_is_refused(
    lab: Lab, data: str, kind: str, code: str
) -> None:
    headers = {"Content-Type": kind, HEADER: await lab.token()}
    path = f"{API}/robot/oToMessages/batchSend"
    async with lab.client.post(path, data=data, headers=headers) as response:
        assert (response.status, (await response.json())["code"]) == (400, code)
