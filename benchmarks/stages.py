"""Where the time of one callback goes, stage by stage."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping
from pathlib import Path

from benchmarks.callbacks import Contender, goes_on, in_turn
from benchmarks.processes import start

ROUNDS = 3


def breakdown(settings: Path, port: int, processor: int, const_us: float) -> Mapping[str, float]:
    """Return microseconds of processor time a message for each stage of the real bot.

    ``const_us`` is what the constant handler costs: aiohttp and the socket. What no stage names is
    the rest of its thread.
    """
    out = settings.with_name("stages.json")
    arguments = ["-m", "benchmarks.servers.watched", str(settings), str(out)]
    log = settings.with_name("watched.log")
    with start(arguments, port, processor=processor, log=log) as server:
        watched = Contender("watched", server, goes_on)
        in_turn([watched], ROUNDS)
    spent: dict[str, float] = json.loads(out.read_text(encoding="utf-8"))
    loop = statistics.median(watched.loop_us)
    ledger = statistics.median(watched.cpu_us) - loop
    on_loop = ("codec", "translate")
    on_ledger = ("handlers", "statements", "notes", "delivery")
    return {
        "aiohttp": const_us,
        **{stage: spent.get(stage, 0.0) for stage in on_loop},
        "dispatcher": loop - const_us - sum(spent.get(stage, 0.0) for stage in on_loop),
        **{stage: spent.get(stage, 0.0) for stage in on_ledger},
        "ledger": ledger - sum(spent.get(stage, 0.0) for stage in on_ledger),
    }
