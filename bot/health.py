"""Whether the process turns, whether it can do its work, and its figures."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial

import structlog
from aiohttp import web

from bot.channels.base import Channel
from bot.metrics import Metrics
from bot.quotas import Quotas
from storage.ledger import Ledger, LedgerUnavailableError
from storage.transaction import Transaction

log = structlog.get_logger()

PATIENCE_SECONDS = 3.0


def health_routes(
    ledger: Ledger,
    channels: Mapping[str, Channel],
    metrics: Metrics,
    now: Callable[[], datetime],
    quotas: Quotas | None = None,
) -> list[web.RouteDef]:
    """Return ``/healthz``, ``/readyz`` and ``/metrics``."""

    async def healthz(_request: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def readyz(_request: web.Request) -> web.Response:
        """Say 200 where the ledger takes a write within three seconds."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                waiting, since = await ledger.run(_try_writing)
        except (LedgerUnavailableError, TimeoutError):
            return web.json_response({"ready": False, "ledger": "unavailable"}, status=503)
        oldest = since.isoformat() if since else None
        return web.json_response(
            {"ready": True, "channels": sorted(channels), "outbox": waiting, "oldest": oldest}
        )

    async def figures(_request: web.Request) -> web.Response:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                metrics.note_outbox(*await ledger.read(lambda tx: tx.outbox.waiting()), now())
                if quotas is not None:
                    metrics.months.note(await ledger.read(partial(quotas.figures, now=now())))
        except Exception as error:  # the other figures matter most when the ledger is away
            log.warning("ledger not counted", error=type(error).__name__)
        body, content_type = metrics.render()
        return web.Response(body=body, headers={"Content-Type": content_type})

    return [
        web.get("/healthz", healthz),
        web.get("/readyz", readyz),
        web.get("/metrics", figures),
    ]


def _try_writing(tx: Transaction) -> tuple[int, datetime | None]:
    tx.outbox.mark_carried([-1], datetime.now(UTC))
    return tx.outbox.waiting()
