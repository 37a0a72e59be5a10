"""The figures of one process, for Prometheus."""

from __future__ import annotations

from dataclasses import dataclass, field

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, generate_latest


@dataclass(slots=True)
class Metrics:
    """Counts what came, what went and what the platforms were asked."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    events: Counter = field(init=False)
    sends: Counter = field(init=False)
    calls: Counter = field(init=False)

    def __post_init__(self) -> None:
        self.events = Counter(
            "beian_events", "Events taken in.", ("kind", "outcome"), registry=self.registry
        )
        self.sends = Counter(
            "beian_sends", "Outbox rows settled.", ("instance", "state"), registry=self.registry
        )
        self.calls = Counter(
            "beian_platform_calls", "Calls to platforms.", ("api",), registry=self.registry
        )

    def count_call(self, api: str) -> None:
        """Count one call to a platform's API."""
        self.calls.labels(api).inc()

    def render(self) -> tuple[bytes, str]:
        """Return the figures as text, with their content type."""
        return generate_latest(self.registry), CONTENT_TYPE_LATEST
