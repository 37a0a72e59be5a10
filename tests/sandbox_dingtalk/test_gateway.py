"""Opening a stream: credentials, subscriptions, tickets that hold once and for ninety seconds."""

from typing import Any
from urllib.parse import quote_plus

import aiohttp
import pytest

from tests.sandbox_dingtalk.lab import API, APP, SECRET, Lab


async def connect(lab: Lab, said: dict[str, str], ticket: str = "") -> int:
    """Try to connect; return 101 or the status of the refused handshake."""
    address = f"{said['endpoint']}?ticket={ticket or quote_plus(said['ticket'])}"
    try:
        async with lab.client.session.ws_connect(address):
            return 101
    except aiohttp.WSServerHandshakeError as error:
        return error.status


async def test_a_ticket_opens_one_stream_and_no_second(lab: Lab) -> None:
    _, said = await lab.ticket()
    assert set("+/=") <= set(said["ticket"])
    assert await connect(lab, said) == 101
    assert await connect(lab, said) == 401


async def test_a_ticket_ends_after_ninety_seconds(lab: Lab) -> None:
    _, early = await lab.ticket()
    _, late = await lab.ticket()
    lab.later(seconds=89)
    assert await connect(lab, early) == 101
    lab.later(seconds=1)
    assert await connect(lab, late) == 401
    assert await connect(lab, late, "made-up") == 401
    assert await lab.violations() == ["a stream was opened with no living ticket"] * 2


async def test_a_ticket_may_stand_in_the_address_unquoted_as_other_sdks_write_it(lab: Lab) -> None:
    _, said = await lab.ticket()
    assert await connect(lab, said, said["ticket"]) == 101


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"clientSecret": "guess"}, 401),
        ({"clientId": "dingnobody"}, 401),
        ({"subscriptions": []}, 400),
        ({"subscriptions": [{"type": "EVENT", "topic": "chat_disband"}]}, 400),
        ({"subscriptions": [{"type": "CALLBACK", "topic": "/v1.0/hologram"}]}, 400),
        ({"subscriptions": [{"type": "CALLBACK"}]}, 400),
        ({"subscriptions": ["EVENT"]}, 400),
        ({"subscriptions": [{"type": "EVENT", "topic": {}}]}, 400),
    ],
)
async def test_a_wrong_wish_gets_no_ticket(lab: Lab, change: dict[str, Any], status: int) -> None:
    assert (await lab.ticket(**change))[0] == status


async def test_without_accept_the_answer_is_xml(lab: Lab) -> None:
    body = {
        "clientId": APP,
        "clientSecret": SECRET,
        "subscriptions": [{"type": "EVENT", "topic": "*"}],
    }
    async with lab.client.post(f"{API}/gateway/connections/open", json=body) as response:
        assert response.content_type == "application/xml"
    assert await lab.violations() == ["connections/open without Accept: application/json"]


async def test_a_gateway_that_is_down_gives_no_ticket(lab: Lab) -> None:
    await lab.fault("v1.0/gateway/connections/open", "unavailable")
    with pytest.raises(aiohttp.ContentTypeError):
        await lab.ticket()
    assert (await lab.ticket())[0] == 200


async def test_the_stream_is_refused_by_a_system_topic_only_where_nobody_sends_it(lab: Lab) -> None:
    asked = [{"type": "SYSTEM", "topic": "ping"}, {"type": "EVENT", "topic": "*"}]
    assert (await lab.ticket(subscriptions=asked))[0] == 200
