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
from benchmarks.processes import spawn
from benchmarks.script import conversations

PATIENCE_SECONDS = 30.0
_LIST = """
import json, sys
from pathlib import Path
import bot.__main__
from bot.app import Bot
from bot.settings import load_settings
bot = Bot(load_settings(Path(sys.argv[1])))
bot.prepare()
bot.face()
bot.ledger.close()
ours = ("bot", "handlers", "cards", "storage")
names = [name for name, module in sys.modules.items()
         if getattr(module, "__file__", None) and name.partition(".")[0] not in ours
         and name != "__main__" and "__editable__" not in name]
print(json.dumps(names))
"""


def environment(folder: Path) -> dict[str, str]:
    """Return an environment in which Python keeps what it has compiled, as an installation does."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": str(folder / "compiled")}


def libraries(settings: Path) -> list[str]:
    """Return every module, Python's own too, that a bot loads to serve besides its own."""
    found = subprocess.run(
        [sys.executable, "-c", _LIST, str(settings)], check=True, capture_output=True, text=True
    )
    names: list[str] = json.loads(found.stdout)
    return names


def import_seconds(names: list[str], settings: Path, processor: int) -> float:
    """Return how long a fresh process takes until it has imported ``names``."""
    code = (
        f"import importlib\nfor name in {names!r}: importlib.import_module(name)\nprint(flush=True)"
    )
    began = time.perf_counter()
    process = spawn(
        ["-c", code], processor=processor, out=subprocess.PIPE, env=environment(settings.parent)
    )
    with process:
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
        process = spawn(
            ["-m", "bot", "serve", "--settings", str(settings)],
            processor=processor,
            out=out,
            env=environment(settings.parent),
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
