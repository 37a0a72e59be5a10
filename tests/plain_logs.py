"""Logs of tests: a traceback without the locals, which would write a whole town out each time."""

from __future__ import annotations

import structlog


def plain_logs() -> None:
    """Set up structlog as it is by default, but for its tracebacks."""
    structlog.reset_defaults()
    processors = structlog.get_config()["processors"][:-1]
    renderer = structlog.dev.ConsoleRenderer(
        exception_formatter=structlog.dev.plain_traceback, colors=False
    )
    structlog.configure(processors=[*processors, renderer])
