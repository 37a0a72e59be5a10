"""From the start of the bot's process to its first answered callback, over the bare imports."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.envelope import reply_words, request
from benchmarks.load import LoadError, closed_loop
from benchmarks.script import conversations

PATIENCE_SECONDS = 30.0
_LIST = """
import json, sys
import bot.__main__, bot.app
names = [name for name, module in sys.modules.items()
         if "site-packages" in (getattr(module, "__file__", None) or "")
         and "__editable__" not in name]
print(json.dumps(names))
"""


def libraries() -> list[str]:
    """Return every module of a library that the bot loads, in the order of loading."""
    found = subprocess.run(
        [sys.executable, "-c", _LIST], check=True, capture_output=True, text=True
    )
    names: list[str] = json.loads(found.stdout)
    return names


def import_seconds(names: list[str], processor: int) -> float:
    """Return how long a fresh process takes until it has imported ``names``."""
    code = (
        f"import importlib\nfor name in {names!r}: importlib.import_module(name)\nprint(flush=True)"
    )
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        preexec_fn=lambda: os.sched_setaffinity(0, {processor}),  # noqa: PLW1509
    ) as process:
        assert process.stdout is not None
        process.stdout.read(1)
        return time.perf_counter() - began


def start_seconds(settings: Path, port: int, processor: int, log: Path) -> float:
    """Return how long ``python -m bot serve`` takes until it has answered one callback."""
    at = int(time.time())
    message = next(itertools.islice(conversations(at)[0], 1))
    # Another MsgId than in any start before: an answer that is only repeated would not count.
    xml = message.xml.replace("<MsgId>10", f"<MsgId>{time.time_ns() % 10**6 + 10**6}")
    began = time.perf_counter()
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "serve", "--settings", str(settings)],
            stdout=out,
            stderr=out,
            preexec_fn=lambda: os.sched_setaffinity(0, {processor}),  # noqa: PLW1509
        )
    try:
        _wait_for(port, process)
        answered = closed_loop(port, [[request(xml, at)]])
        seconds = time.perf_counter() - began
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
    if not reply_words(answered.bodies[0][0]):
        raise LoadError("the first callback got no answer")
    return seconds


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.perf_counter() + PATIENCE_SECONDS
    while time.perf_counter() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
            return
        time.sleep(0.002)
    raise LoadError("the bot did not start")
