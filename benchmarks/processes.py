"""Servers as processes of their own, held to one processor, and what they used."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

START_SECONDS = 30.0
PAGE = os.sysconf("SC_PAGE_SIZE")


def processors() -> tuple[int, int]:
    """Return the processor of the servers and the generator's; the same where there is one."""
    usable = sorted(os.sched_getaffinity(0))
    return usable[0], usable[-1]


def free_port() -> int:
    """Return a port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class Server:
    """A running server; it ends when the ``with`` block does."""

    port: int
    process: subprocess.Popen[bytes]

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def cpu_seconds(self) -> float:
        """Return the processor time used so far by all its threads."""
        return sum(self.threads().values())

    def threads(self) -> dict[int, float]:
        """Return the processor time of each thread, in seconds, by its id."""
        used = {}
        for task in Path(f"/proc/{self.process.pid}/task").iterdir():
            # A thread may end between being listed and being read.
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                used[int(task.name)] = int((task / "schedstat").read_text().split()[0]) / 1e9
        return used

    def rss_mb(self) -> float:
        """Return its resident memory in MB."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * PAGE / 1e6


def spawn(
    arguments: Sequence[str],
    *,
    processor: int,
    out: IO[bytes] | int,
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start ``python ARGUMENTS``, held to ``processor``."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        stdout=out,
        stderr=subprocess.DEVNULL if out == subprocess.PIPE else out,
        env=env,
        preexec_fn=lambda: os.sched_setaffinity(0, {processor}),  # noqa: PLW1509
    )


def start(arguments: Sequence[str], port: int, *, processor: int, log: Path) -> Server:
    """Start ``python ARGUMENTS`` and return once its port answers."""
    with log.open("ab") as out:
        process = spawn(arguments, processor=processor, out=out)
    deadline = time.perf_counter() + START_SECONDS
    while time.perf_counter() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
            return Server(port, process)
        time.sleep(0.01)
    process.kill()
    raise RuntimeError(f"{arguments} did not start: {log.read_text()[-2000:]}")
