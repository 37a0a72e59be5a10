"""The figures: what a scrape shows after callbacks, calls and commits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.health import health_routes
from bot.metrics import Metrics
from bot.web.headers import add_headers
from storage.ledger import Ledger
from storage.transaction import Transaction
from tests.storage.conftest import NOW

Client = TestClient[web.Request, web.Application]


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
async def client(ledger: Ledger, metrics: Metrics) -> AsyncIterator[Client]:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=403 if "forged" in request.query else 200)

    app = web.Application()
    add_headers(app, {}, metrics.count_callback)
    app.add_routes([web.post("/wecom/callback", answer)])
    app.add_routes(health_routes(ledger, {}, metrics, lambda: NOW + timedelta(seconds=90)))
    async with TestClient(TestServer(app)) as client:
        yield client


async def scrape(client: Client) -> set[str]:
    async with client.get("/metrics") as response:
        assert response.status == 200
        return set((await response.text()).splitlines())


async def test_callbacks_are_counted_by_their_answer(client: Client) -> None:
    for query in ("", "", "?forged=1"):
        await client.post(f"/wecom/callback{query}")
    await client.post("/elsewhere/callback")
    figures = await scrape(client)
    assert 'beian_callbacks_total{path="/wecom/callback",status="200"} 2.0' in figures
    assert 'beian_callbacks_total{path="/wecom/callback",status="403"} 1.0' in figures
    assert not any("elsewhere" in line or 'path="/metrics"' in line for line in figures)


async def test_a_call_is_counted_by_instance_and_name(client: Client, metrics: Metrics) -> None:
    metrics.count_call("wecom message/send")
    expected = 'beian_platform_calls_total{api="message/send",instance="wecom"} 1.0'
    assert expected in await scrape(client)


async def test_a_scrape_says_how_much_waits_and_how_long(client: Client, ledger: Ledger) -> None:
    assert "beian_outbox_age_seconds 0.0" in await scrape(client)

    def put(tx: Transaction) -> None:
        tx.outbox.put(instance="wecom", address="Z3", body={"text": "您好"}, now=NOW)

    await ledger.run(put)
    figures = await scrape(client)
    assert "beian_outbox_waiting 1.0" in figures
    assert "beian_outbox_age_seconds 90.0" in figures


async def test_a_scrape_answers_while_the_ledger_does_not(client: Client, ledger: Ledger) -> None:
    ledger.close()
    figures = await scrape(client)
    assert any(line.startswith("process_resident_memory_bytes") for line in figures)


async def test_the_events_of_one_commit_are_counted(ledger: Ledger, metrics: Metrics) -> None:
    ledger.on_batch = metrics.batches.observe
    await ledger.run(lambda _tx: None)
    body, _ = metrics.render()
    assert b"beian_batch_size_count 1.0" in body
    assert b"beian_batch_size_sum 1.0" in body


def test_a_clock_that_was_set_back_gives_no_negative_age(metrics: Metrics) -> None:
    metrics.note_outbox(1, datetime(2026, 3, 12, tzinfo=UTC), datetime(2026, 3, 11, tzinfo=UTC))
    assert b"beian_outbox_age_seconds 0.0" in metrics.render()[0]
