"""The real bot with a stopwatch on its stages: ``watched SETTINGS OUT`` writes microseconds each.

The stopwatch reads the processor time of its thread, so that waiting counts for nothing. It costs
a few microseconds a message itself.
"""

from __future__ import annotations

import functools
import json
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot import app
from bot.channels.wecom import callback
from bot.logs import set_up
from bot.settings import load_settings
from handlers.switchboard import Switchboard
from storage.outbox import Outbox
from storage.transaction import Transaction

STAGES: tuple[tuple[Any, str, str], ...] = (
    (callback, "scan", "codec"),
    (callback.Callback, "_open", "codec"),
    (callback.Callback, "_sealed", "codec"),
    (callback, "translate", "translate"),
    (Switchboard, "answer", "handlers"),
    (Transaction, "hot", "statements"),
    (Transaction, "execute", "statements"),
    (Outbox, "claim", "delivery"),
    (Outbox, "next_due", "delivery"),
    (Outbox, "mark_carried", "notes"),
)
WHOLE = frozenset({"delivery", "notes"})
"""Stages that count their statements as their own."""


class Stopwatch:
    """Adds up what is spent in each stage, less what is spent in a stage within it; in seconds."""

    def __init__(self) -> None:
        self.spent: defaultdict[str, float] = defaultdict(float)
        self.messages = 0
        self._now = threading.local()

    def watch(self, owner: Any, name: str, stage: str) -> None:
        """Have every call of ``owner.name`` timed."""
        work: Callable[..., Any] = getattr(owner, name)

        @functools.wraps(work)
        def timed(*args: Any, **values: Any) -> Any:
            around = getattr(self._now, "stage", "")
            if around in WHOLE:
                return work(*args, **values)
            self._now.stage = stage
            began = time.thread_time()
            try:
                return work(*args, **values)
            finally:
                spent = time.thread_time() - began
                self._now.stage = around
                self.spent[stage] += spent
                if around:
                    self.spent[around] -= spent

        setattr(owner, name, timed)

    def count(self, point: str) -> None:
        """Be told each named point of the path; one message passes ``ack.pre`` once."""
        if point == "ack.pre":
            self.messages += 1


def main() -> None:
    """Serve until told to stop, then write what was measured."""
    watch = Stopwatch()
    for stage in STAGES:
        watch.watch(*stage)
    settings = load_settings(Path(sys.argv[1]))
    set_up(settings.secrets())
    app.serve(settings, watch.count)
    each = {stage: spent / watch.messages * 1e6 for stage, spent in watch.spent.items()}
    Path(sys.argv[2]).write_text(json.dumps(each), encoding="utf-8")


if __name__ == "__main__":
    main()
