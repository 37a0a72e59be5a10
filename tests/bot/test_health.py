"""Whether the process can do its work: the ledger takes a write, and no long connection is lost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, cast

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.channels.base import Channel, LineState
from bot.health import health_routes
from bot.metrics import Metrics
from storage.ledger import Ledger, LedgerUnavailableError
from tests.storage.conftest import NOW

Client = TestClient[web.Request, web.Application]


@dataclass(slots=True, eq=False)
class OnALine:
    """A channel that is spoken to over a long connection; the other, which has none, is a name."""

    state: LineState | None = LineState.CONNECTED

    def line(self) -> LineState | None:
        return self.state

    async def hand_over(self) -> None:
        raise AssertionError


@pytest.fixture
def channel() -> OnALine:
    return OnALine()


@pytest.fixture
async def client(ledger: Ledger, channel: OnALine) -> AsyncIterator[Client]:
    channels = cast(dict[str, Channel], {"wecom": object(), "dingtalk": channel})
    app = web.Application()
    app.add_routes(health_routes(ledger, channels, Metrics(), lambda: NOW))
    async with TestClient(TestServer(app)) as client:
        yield client


async def ready(client: Client) -> tuple[int, dict[str, Any]]:
    async with client.get("/readyz") as answer:
        return answer.status, await answer.json()


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (LineState.CONNECTED, 200),
        (LineState.ELSEWHERE, 200),
        (LineState.OPENING, 200),
        (LineState.LOST, 503),
    ],
)
async def test_a_process_is_ready_unless_its_line_is_lost(
    client: Client, channel: OnALine, state: LineState, status: int
) -> None:
    channel.state = state
    assert await ready(client) == (
        status,
        {
            "ready": status == 200,
            "channels": ["dingtalk", "wecom"],
            "lines": {"dingtalk": state.value},
            "outbox": 0,
            "oldest": None,
        },
    )


async def test_a_channel_without_a_line_is_not_waited_for(client: Client, channel: OnALine) -> None:
    channel.state = None
    status, said = await ready(client)
    assert status == 200 and said["lines"] == {}


async def test_without_its_ledger_a_process_is_not_ready(client: Client, ledger: Ledger) -> None:
    def away(_point: str) -> None:
        raise LedgerUnavailableError

    ledger.at = away
    assert await ready(client) == (503, {"ready": False, "ledger": "unavailable"})


@pytest.mark.parametrize(
    ("state", "figure"), [(LineState.CONNECTED, "1.0"), (LineState.ELSEWHERE, "0.0")]
)
async def test_a_scrape_says_whether_the_line_is_here(
    client: Client, channel: OnALine, state: LineState, figure: str
) -> None:
    channel.state = state
    async with client.get("/metrics") as answer:
        figures = (await answer.text()).splitlines()
    assert f'beian_line_connected{{instance="dingtalk"}} {figure}' in figures
