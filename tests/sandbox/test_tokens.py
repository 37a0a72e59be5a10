"""access_token: one per app, two hours, only in the query; who may call at all."""

from dataclasses import replace

import pytest

from bot.sandbox.box import Limits
from tests.sandbox.lab import AGENT, API, CORP, SECRET, Lab

TEXT = {"touser": "lisi", "msgtype": "text", "agentid": AGENT, "text": {"content": "好"}}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"corpsecret": SECRET}, 41002),
        ({"corpid": CORP}, 41004),
        ({"corpid": "wwnobody", "corpsecret": SECRET}, 40013),
        ({"corpid": CORP, "corpsecret": "guess"}, 40001),
        ({"corpid": CORP, "corpsecret": "secret-elsewhere"}, 40091),
    ],
)
async def test_a_token_is_refused_without_the_right_secret(
    lab: Lab, query: dict[str, str], code: int
) -> None:
    assert (await lab.get(f"{API}/gettoken", **query))["errcode"] == code


async def test_asking_again_gives_the_same_token_for_what_is_left_of_two_hours(lab: Lab) -> None:
    first = await lab.get(f"{API}/gettoken", corpid=CORP, corpsecret=SECRET)
    lab.later(seconds=100)
    again = await lab.get(f"{API}/gettoken", corpid=CORP, corpsecret=SECRET)
    assert (first["access_token"], first["expires_in"]) == (again["access_token"], 7200)
    assert again["expires_in"] == 7100


async def test_a_token_ends_after_two_hours(lab: Lab) -> None:
    await lab.token()
    lab.later(seconds=7199)
    assert (await lab.call("message/send", TEXT))["errcode"] == 0
    lab.later(seconds=1)
    assert (await lab.call("message/send", TEXT))["errcode"] == 42001


async def test_a_forgotten_token_is_expired_until_a_new_one_is_asked_for(lab: Lab) -> None:
    await lab.token()
    await lab.fault("message/send", "token_expired")
    assert (await lab.call("message/send", TEXT))["errcode"] == 42001
    assert (await lab.call("message/send", TEXT))["errcode"] == 42001
    old = lab.tokens.pop(SECRET)
    assert (await lab.call("message/send", TEXT))["errcode"] == 0
    said = await lab.post(f"{API}/message/send", TEXT, access_token=old)
    assert said["errcode"] == 42001


async def test_a_token_counts_only_in_the_query(lab: Lab) -> None:
    token = await lab.token()
    said = await lab.post(f"{API}/message/send", {**TEXT, "access_token": token})
    assert said["errcode"] == 41001
    said = await lab.post(f"{API}/message/send", TEXT, access_token="made-up")
    assert said["errcode"] == 40014


async def test_another_apps_token_may_not_speak_for_this_app(lab: Lab) -> None:
    said = await lab.call("message/send", TEXT, secret="secret-of-another-app")
    assert said["errcode"] == 301002


async def test_asking_too_often_is_refused_for_a_minute(lab: Lab) -> None:
    ask = {"corpid": CORP, "corpsecret": SECRET}
    codes = [(await lab.get(f"{API}/gettoken", **ask))["errcode"] for _ in range(61)]
    assert codes == [0] * 60 + [45009]
    lab.later(seconds=60)
    assert (await lab.get(f"{API}/gettoken", **ask))["errcode"] == 0


async def test_many_wrong_secrets_block_the_caller_for_an_hour(lab: Lab) -> None:
    for _ in range(20):
        await lab.get(f"{API}/gettoken", corpid=CORP, corpsecret="guess")
    ask = {"corpid": CORP, "corpsecret": SECRET}
    assert (await lab.get(f"{API}/gettoken", **ask))["errcode"] == 45009
    lab.later(hours=1)
    assert (await lab.get(f"{API}/gettoken", **ask))["errcode"] == 0


async def test_an_unlisted_address_is_named_in_the_refusal(lab: Lab) -> None:
    lab.box.world.apps[0].trusted_ips = frozenset({"10.0.0.1"})
    said = await lab.call("message/send", TEXT)
    assert said["errcode"] == 60020
    assert "from ip: 127.0.0.1" in said["errmsg"]


async def test_a_call_that_posts_is_not_answered_to_a_get_nor_the_other_way(lab: Lab) -> None:
    token = await lab.token()
    async with lab.client.get(f"{API}/message/send?access_token={token}") as response:
        said = await response.json()
    assert (response.status, said["errcode"]) == (200, 40058)
    assert "called by POST" in said["errmsg"]
    said = await lab.post(f"{API}/user/get", {}, access_token=token, userid="lisi")
    assert said["errcode"] == 40058


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"\xff"])
async def test_a_body_that_is_no_object_is_refused_with_the_platforms_warning(
    lab: Lab, body: bytes
) -> None:
    token = await lab.token()
    async with lab.client.post(f"{API}/message/send?access_token={token}", data=body) as response:
        said = await response.json()
    assert (response.status, said["errcode"]) == (200, 40058)
    assert "Warning: wrong json format." in said["errmsg"]


async def test_neither_tokens_nor_secrets_stand_in_the_journal(lab: Lab) -> None:
    token = await lab.token()
    await lab.call("message/send", TEXT)
    journal = str(await lab.sent())
    assert "gettoken" in journal
    assert token not in journal
    assert SECRET not in journal


class TestQuota:
    """A corp's quota of one call."""

    @pytest.fixture
    def limits(self) -> Limits:
        """Three calls a minute instead of ten thousand."""
        return replace(Limits(), api_per_minute=3)

    async def test_it_is_counted_by_call_and_opens_again_after_the_minute(self, lab: Lab) -> None:
        codes = [(await lab.call("message/send", TEXT))["errcode"] for _ in range(4)]
        assert codes == [0, 0, 0, 45009]
        assert (await lab.call("user/get", userid="lisi"))["errcode"] == 0
        lab.later(seconds=60)
        assert (await lab.call("message/send", TEXT))["errcode"] == 0
