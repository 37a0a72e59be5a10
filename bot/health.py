"""Whether the process turns, whether it can do its work, and its figures."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial

import structlog
from aiohttp import web

from bot.channels.base import Channel, LineChannel, LineState
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
        """Say 200 where the ledger takes a write within three seconds and no line is lost."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                waiting, since = await ledger.run(_try_writing)
        except (LedgerUnavailableError, TimeoutError):
            return web.json_response({"ready": False, "ledger": "unavailable"}, status=503)
        oldest = since.isoformat() if since else None
        lines = _lines(channels)
        is_ready = LineState.LOST not in lines.values()
        return web.json_response(
            {
                "ready": is_ready,
                "channels": sorted(channels),
                "lines": lines,
                "outbox": waiting,
                "oldest": oldest,
            },
            status=200 if is_ready else 503,
        )

    async def figures(_request: web.Request) -> web.Response:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                metrics.note_outbox(*await ledger.read(lambda tx: tx.outbox.waiting()), now())
                if quotas is not None:
                    metrics.months.note(await ledger.read(partial(quotas.figures, now=now())))
        except Exception as error:  # the other figures matter most when the ledger is away
            log.warning("ledger not counted", error=type(error).__name__)
        for instance, state in _lines(channels).items():
            metrics.note_line(instance, is_here=state is LineState.CONNECTED)
        body, content_type = metrics.render()
        return web.Response(body=body, headers={"Content-Type": content_type})

    return [
        web.get("/healthz", healthz),
        web.get("/readyz", readyz),
        web.get("/metrics", figures),
    ]


def _lines(channels: Mapping[str, Channel]) -> dict[str, LineState]:
    found = {name: one.line() for name, one in channels.items() if isinstance(one, LineChannel)}
    return {name: state for name, state in found.items() if state is not None}


def _try_writing(tx: Transaction) -> tuple[int, datetime | None]:
    tx.outbox.mark_carried([-1], datetime.now(UTC))
    return tx.outbox.waiting()
