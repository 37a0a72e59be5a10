"""From a tap on a card until the call that redraws it reaches the platform."""

from __future__ import annotations

import itertools
import json
import time
import urllib.request
from collections.abc import Sequence

from benchmarks.envelope import request, tapped
from benchmarks.load import LoadError, Round, open_loop
from benchmarks.processes import Server
from benchmarks.town import SCHOOLS, Card

TAPS_PER_SECOND = 100.0
CARDS_EACH = 2  # of every principal, in one round
PATIENCE_SECONDS = 10.0

_NUMBERS = itertools.count(1)


def cards_needed(rounds: int) -> int:
    """Return how many cards so many rounds tap."""
    return rounds * CARDS_EACH * SCHOOLS


def redraw_p99_ms(bot: Server, platform: Server, cards: Sequence[Card]) -> float:
    """Tap ``cards`` through at a fixed rate; return the slowest in a hundred, in ms.

    Principals tap at the same time, each one card after the other: begin, then four declarations.
    """
    lanes: dict[str, list[tuple[str, bytes]]] = {}
    at = int(time.time())
    for card in cards:
        for key in card.keys:
            code = f"code{next(_NUMBERS)}"
            xml = tapped(card.principal, key, f"copy-{card.filing_id}", code, at)
            lanes.setdefault(card.principal, []).append((code, request(xml, at)))
    found = open_loop(
        bot.port, [[sent for _, sent in lane] for lane in lanes.values()], TAPS_PER_SECOND
    )
    codes = [[code for code, _ in lane] for lane in lanes.values()]
    return _p99_ms(found, codes, _arrivals(platform, sum(map(len, codes))))


def _p99_ms(found: Round, codes: list[list[str]], arrived: dict[str, float]) -> float:
    waits = sorted(
        (arrived[code] - due) * 1000
        for lane, times in zip(codes, found.due, strict=True)
        for code, due in zip(lane, times, strict=True)
    )
    return waits[min(len(waits) - 1, int(len(waits) * 0.99))]


def _arrivals(platform: Server, count: int) -> dict[str, float]:
    """Return when each redraw reached the platform, once all have."""
    arrived: dict[str, float] = {}
    deadline = time.perf_counter() + PATIENCE_SECONDS
    while len(arrived) < count and time.perf_counter() < deadline:
        time.sleep(0.1)
        with urllib.request.urlopen(f"http://127.0.0.1:{platform.port}/arrivals") as answer:
            arrived |= json.load(answer)
    if len(arrived) != count:
        raise LoadError(f"{count} taps, but {len(arrived)} redraws reached the platform")
    return arrived
