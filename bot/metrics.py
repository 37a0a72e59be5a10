"""The figures of one process, for Prometheus."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from aiohttp import web
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

STEP_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
BATCH_BUCKETS = (1, 2, 4, 8, 16, 32, 64, 128, 256)


@dataclass(slots=True, eq=False)
class Metrics:
    """Counts what came, what went and what the platforms were asked. Times are in seconds."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    callbacks: Counter = field(init=False)
    events: Counter = field(init=False)
    sends: Counter = field(init=False)
    calls: Counter = field(init=False)
    steps: Histogram = field(init=False)
    batches: Histogram = field(init=False)
    waiting: Gauge = field(init=False)
    age: Gauge = field(init=False)
    _answered: dict[tuple[object, int], Counter] = field(default_factory=dict)

    def __post_init__(self) -> None:
        ours = self.registry
        self.callbacks = Counter(
            "beian_callbacks", "Callbacks answered.", ("path", "status"), registry=ours
        )
        self.events = Counter(
            "beian_events", "Events taken in.", ("kind", "outcome"), registry=ours
        )
        self.sends = Counter(
            "beian_sends", "Outbox rows settled.", ("instance", "state"), registry=ours
        )
        self.calls = Counter(
            "beian_platform_calls", "Calls to platforms.", ("instance", "api"), registry=ours
        )
        self.steps = Histogram(
            "beian_step_seconds",
            "From an event's turn to its commit.",
            buckets=STEP_BUCKETS,
            registry=ours,
        )
        self.batches = Histogram(
            "beian_batch_size",
            "Events in one commit of the ledger.",
            buckets=BATCH_BUCKETS,
            registry=ours,
        )
        self.waiting = Gauge("beian_outbox_waiting", "Outbox rows not sent yet.", registry=ours)
        self.age = Gauge(
            "beian_outbox_age_seconds", "How long the oldest of them waits.", registry=ours
        )
        ProcessCollector(registry=ours)

    def count_call(self, api: str) -> None:
        """Count one call to a platform, written ``instance api`` (``wecom message/send``)."""
        instance, _, name = api.partition(" ")
        self.calls.labels(instance, name).inc()

    async def count_callback(self, request: web.Request, response: web.StreamResponse) -> None:
        """Count the answer to a platform's callback; a signal of the web application."""
        resource = request.match_info.route.resource
        answered = self._answered.get((resource, response.status))
        if answered is not None:
            answered.inc()
        elif resource is not None and resource.canonical.endswith("/callback"):
            answered = self.callbacks.labels(resource.canonical, response.status)
            self._answered[resource, response.status] = answered
            answered.inc()

    def note_outbox(self, waiting: int, since: datetime | None, now: datetime) -> None:
        """Keep how many rows wait, and since when the oldest does."""
        self.waiting.set(waiting)
        self.age.set(max((now - since).total_seconds(), 0.0) if since else 0.0)

    def render(self) -> tuple[bytes, str]:
        """Return the figures as text, with their content type."""
        return generate_latest(self.registry), CONTENT_TYPE_LATEST
