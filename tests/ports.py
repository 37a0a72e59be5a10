"""Ports that nobody takes between being found and being opened."""

from __future__ import annotations

import itertools
import os
import socket

FIRST, EACH = 10_000, 1_500
"""Below what systems lend to outgoing connections; each test process has a stretch of its own."""
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 14
# Each process begins elsewhere in it: two runs on one machine seldom meet.
_NEXT = (
    FIRST + _WORKER * EACH + (os.getpid() * 7 + at) % EACH for at in itertools.cycle(range(EACH))
)


def free_port() -> int:
    """Return a port that nobody uses now, and nobody will be given by the system."""
    for port in _NEXT:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError
