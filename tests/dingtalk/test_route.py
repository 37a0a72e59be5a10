"""HTTP mode tells the platform where taps go, again until it is taken, and never in the clear."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from alibabacloud_dingtalk.card_1_0 import models as card_models

from bot.channels.base import ChannelBusyError, ChannelRefusedError, Receipt
from bot.channels.dingtalk import DingTalkChannel
from bot.channels.dingtalk.route import CardRoute, may_tell
from bot.sandbox.dingtalk.state import Route
from handlers.events import Tapped
from tests.dingtalk.platform import CARD, Office, card, misspelt
from tests.dingtalk.street import Desk, eventually
from tests.ports import free_port
from tests.sandbox_dingtalk.lab import SECRET

REGISTER = "v1.0/card/callbacks/register"
HTTP = {"mode": "http", "card_route_key": "beian", "card_callback_secret": SECRET}


@pytest.mark.parametrize(
    ("url", "api_base", "expected"),
    [
        ("https://beian.example/dingtalk/card", "https://api.dingtalk.com", True),
        ("http://beian.example/dingtalk/card", "https://api.dingtalk.com", False),
        ("/dingtalk/card", "https://api.dingtalk.com", False),
        # a demo on this machine
        ("http://127.0.0.1:8000/dingtalk/card", "http://127.0.0.1:8080/dingtalk-api", True),
    ],
)
def test_only_an_address_with_tls_is_told_to_the_platform(
    url: str, api_base: str, expected: bool
) -> None:
    assert may_tell(url, api_base) is expected


def test_an_office_without_tls_is_told_why_no_tap_will_come(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = {"api_base": "https://api.dingtalk.com", "oapi_base": "https://oapi.dingtalk.com"}
    office.made(public_url="http://beian.example", **HTTP, **elsewhere)
    assert "web.public_url is not https" in capsys.readouterr().out
    office.made(public_url="http://beian.example", **elsewhere)
    assert capsys.readouterr().out == ""


async def test_at_its_start_the_channel_says_where_taps_go_and_they_come(office: Office) -> None:
    desk, app = Desk(), web.Application()
    server = TestServer(app, port=free_port())
    public_url = f"http://127.0.0.1:{server.port}"
    channel = office.made(public_url=f"{public_url}/", **HTTP)
    app.add_routes(channel.routes(desk))
    async with server:
        await channel.start()
        try:
            # The very first card waits for the route to be known, or it would be refused.
            await channel.send(card())
            said = await office.lab.finger(
                "zhang", "tap", action="1", params={"key": "review.approve|7|1"}
            )
        finally:
            await channel.stop()
    assert said["acked"]
    (event,) = desk.events
    assert isinstance(event, Tapped)
    (call,) = await office.calls(REGISTER)
    assert call["body"] == {
        "callbackRouteKey": "beian", "callbackUrl": f"{public_url}/dingtalk/card",
        "forceUpdate": True,
    }  # fmt: skip
    whole = {**call["body"], "apiSecret": SECRET}  # the journal keeps no secret
    assert misspelt(card_models.RegisterCallbackRequest, whole) == []
    assert await office.lab.violations() == []


async def test_a_route_that_another_address_had_gives_way(office: Office) -> None:
    for host in ("a.example", "b.example"):
        async with office.another(public_url=f"https://{host}", **HTTP) as channel:
            assert channel._route is not None
            await channel._route.tried()
    assert office.lab.ding.routes["beian"].url == "https://b.example/dingtalk/card"


@pytest.mark.parametrize(
    ("kind", "words"),
    [("unavailable", "card route not taken"), ("no_scope", "card route refused")],
)
async def test_where_it_is_not_taken_it_is_told_again_less_often_and_the_log_says_so(
    office: Office, kind: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await office.lab.fault(REGISTER, kind, times=3)
    route = CardRoute(
        office.channel.api, key="beian", url="https://a.example/dingtalk/card", secret=SECRET,
        again_seconds=0.02,
    )  # fmt: skip
    route.start()
    try:
        await route.tried()
        await eventually(lambda: "beian" in office.lab.ding.routes)
    finally:
        await route.stop()
    told = capsys.readouterr().out
    assert told.count(words) == 3 and "card route taken" in told and SECRET not in told
    assert [f"again_in={wait}" in told for wait in (0.02, 0.04, 0.08, 0.16)] == [True] * 3 + [False]


async def tells(channel: DingTalkChannel, *, together: bool) -> Exception | Receipt:
    """Send a card to one or to two people, and return how the first one fared."""
    parcels = [card(), card(number="2", address="u-li")] if together else [card()]
    if together:
        return (await channel.send_joint(parcels))[0]
    try:
        return await channel.send(parcels[0])
    except (ChannelBusyError, ChannelRefusedError) as error:
        return error


@pytest.mark.parametrize("together", [False, True])
async def test_the_first_card_waits_until_the_route_was_told(
    office: Office, together: bool
) -> None:
    async with office.another(public_url="https://a.example", **HTTP) as channel:
        assert isinstance(await tells(channel, together=together), Receipt)


@pytest.mark.parametrize("together", [False, True])
async def test_while_the_route_was_never_taken_a_card_waits_for_it(
    office: Office, together: bool
) -> None:
    await office.lab.fault(REGISTER, "unavailable")
    async with office.another(public_url="https://a.example", **HTTP) as channel:
        early = await tells(channel, together=together)
        assert isinstance(early, ChannelBusyError) and not early.unknown
        assert await office.lab.bubbles() == []
        app = office.lab.ding.box.world.ding_apps[0]
        office.lab.ding.routes["beian"] = Route("https://a.example/x", SECRET, app)
        assert isinstance(await tells(channel, together=together), Receipt)


@pytest.mark.parametrize("together", [False, True])
async def test_once_it_was_taken_a_refusal_of_that_word_is_final(
    office: Office, together: bool
) -> None:
    async with office.another(public_url="https://a.example", **HTTP) as channel:
        assert channel._route is not None
        await channel._route.tried()
        del office.lab.ding.routes["beian"]
        late = await tells(channel, together=together)
        assert isinstance(late, ChannelRefusedError) and late.code == "param.invalid"


async def test_a_stream_has_no_route(office: Office) -> None:
    async with office.another(public_url="https://a.example"):
        assert await office.calls(REGISTER) == []


async def test_a_card_of_a_route_that_nobody_told_is_refused(office: Office) -> None:
    body: Any = {"callbackType": "HTTP", "callbackRouteKey": "never told"}
    assert (await office.lab.card(**body))[1] == "param.invalid"
    assert (await office.calls(CARD))[-1]["status"] == 400
