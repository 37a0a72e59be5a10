"""The figures of one process, for Prometheus."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter as Tally
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate

from aiohttp import web
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Metric,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    SummaryMetricFamily,
)
from prometheus_client.registry import Collector

from bot.quotas import Figures

STEP_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
BATCH_BUCKETS = (1, 2, 4, 8, 16, 32, 64, 128, 256)


@dataclass(slots=True, eq=False)
class Steps(Collector):
    """What is counted at every event, by one thread: plain numbers, without a lock for each."""

    callbacks: Tally[tuple[str, str]] = field(default_factory=Tally)
    events: Tally[tuple[str, str]] = field(default_factory=Tally)
    seconds: float = 0.0
    _buckets: list[int] = field(default_factory=lambda: [0] * (len(STEP_BUCKETS) + 1))

    def take(self, kind: str, outcome: str, seconds: float) -> None:
        """Count one event and how long it took, from its turn to its commit."""
        self.events[kind, outcome] += 1
        self.seconds += seconds
        self._buckets[bisect_left(STEP_BUCKETS, seconds)] += 1

    def collect(self) -> Iterable[Metric]:
        """Give the numbers as Prometheus reads them."""
        answered = CounterMetricFamily(
            "beian_callbacks", "Callbacks answered.", labels=("path", "status")
        )
        taken = CounterMetricFamily("beian_events", "Events taken in.", labels=("kind", "outcome"))
        for family, tally in ((answered, self.callbacks), (taken, self.events)):
            for labels, count in tally.items():
                family.add_metric(labels, count)
        bounds = (*map(str, STEP_BUCKETS), "+Inf")
        steps = HistogramMetricFamily("beian_step_seconds", "From an event's turn to its commit.")
        steps.add_metric(
            (), list(zip(bounds, accumulate(self._buckets), strict=True)), self.seconds
        )
        return answered, taken, steps


@dataclass(slots=True, eq=False)
class Months(Collector):
    """How the platforms' months stand, as the ledger told it at this scrape."""

    _figures: Sequence[Figures] = ()

    def note(self, figures: Sequence[Figures]) -> None:
        """Keep what the ledger told."""
        self._figures = figures

    def collect(self) -> Iterable[Metric]:
        """Give the numbers as Prometheus reads them."""
        labels = ("instance", "kind")
        used = GaugeMetricFamily(
            "beian_quota_used", "Calls (api) and pushes (unit) of this month.", labels=labels
        )
        most = GaugeMetricFamily(
            "beian_quota_limit", "How many the platform gives in a month.", labels=labels
        )
        refused = GaugeMetricFamily(
            "beian_quota_refused", "1 while the platform itself takes no more.", labels=labels
        )
        filings = SummaryMetricFamily(
            "beian_filing_cost", "Filings this month had to do with, and their part.", labels=labels
        )
        for standing, count, total in self._figures:
            at = (standing.instance, standing.resource.value)
            used.add_metric(at, standing.used)
            if standing.most:
                most.add_metric(at, standing.most)
            refused.add_metric(at, int(standing.is_refused))
            filings.add_metric(at, count, total)
        return used, most, refused, filings


@dataclass(slots=True, eq=False)
class Metrics:
    """Counts what came, what went and what the platforms were asked. Times are in seconds."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    steps: Steps = field(default_factory=Steps)
    months: Months = field(default_factory=Months)
    sends: Counter = field(init=False)
    calls: Counter = field(init=False)
    batches: Histogram = field(init=False)
    waiting: Gauge = field(init=False)
    age: Gauge = field(init=False)
    lines: Gauge = field(init=False)
    _paths: dict[object, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        ours = self.registry
        ours.register(self.steps)
        ours.register(self.months)
        self.sends = Counter(
            "beian_sends", "Outbox rows settled.", ("instance", "state"), registry=ours
        )
        self.calls = Counter(
            "beian_platform_calls", "Calls to platforms.", ("instance", "api"), registry=ours
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
        self.lines = Gauge(
            "beian_line_connected",
            "Whether this process holds the long connection.",
            ("instance",),
            registry=ours,
        )
        ProcessCollector(registry=ours)

    def count_call(self, api: str) -> None:
        """Count one call to a platform, written ``instance api`` (``wecom message/send``)."""
        instance, _, name = api.partition(" ")
        self.calls.labels(instance, name).inc()

    def count_callback(self, request: web.Request, response: web.StreamResponse) -> None:
        """Count the answer where it is one to a platform's callback."""
        resource = request.match_info.route.resource
        path = self._paths.get(resource)
        if path is None:
            path = resource.canonical if resource is not None else ""
            self._paths[resource] = path
        if path.endswith("/callback"):
            self.steps.callbacks[path, str(response.status)] += 1

    def note_outbox(self, waiting: int, since: datetime | None, now: datetime) -> None:
        """Keep how many rows wait, and since when the oldest does."""
        self.waiting.set(waiting)
        self.age.set(max((now - since).total_seconds(), 0.0) if since else 0.0)

    def note_line(self, instance: str, *, is_here: bool) -> None:
        """Keep whether a channel's long connection is this process's."""
        self.lines.labels(instance).set(is_here)

    def render(self) -> tuple[bytes, str]:
        """Return the figures as text, with their content type."""
        return generate_latest(self.registry), CONTENT_TYPE_LATEST
