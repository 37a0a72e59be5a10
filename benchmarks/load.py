"""The load generator: kept connections over epoll, as many as there are conversations.

It costs a fraction of what any of the servers costs, so that it is never what is measured; each
round says what it cost (``cpu_us``).
"""

from __future__ import annotations

import contextlib
import select
import socket
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

SILENCE_SECONDS = 30.0
_LENGTH = b"Content-Length: "


class LoadError(Exception):
    """A server hung up, fell silent or answered with something else than 200."""


@dataclass(slots=True)
class Round:
    """What one round measured.

    ``bodies`` are the answers of each lane, in order, and ``due`` when its requests were to leave
    (seconds of this machine's monotonic clock).
    """

    bodies: list[list[bytes]]
    due: list[list[float]]
    latencies_ms: list[float] = field(default_factory=list)
    seconds: float = 0.0
    cpu_us: float = 0.0

    @property
    def count(self) -> int:
        """How many requests were answered."""
        return len(self.latencies_ms)

    @property
    def per_second(self) -> float:
        """Answers per second."""
        return self.count / self.seconds

    def percentile(self, share: float) -> float:
        """Return the latency in ms that ``share`` of the answers did not pass."""
        ordered = sorted(self.latencies_ms)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class _Lane:
    """One conversation on one kept connection: a request leaves when the last was answered."""

    __slots__ = ("bodies", "data", "due", "past", "requests", "socket")

    def __init__(self, port: int, requests: Sequence[bytes]) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.requests = deque(requests)
        self.bodies: list[bytes] = []
        self.data = b""
        self.due: deque[float] = deque()
        self.past: list[float] = []

    def send(self) -> None:
        self.socket.sendall(self.requests.popleft())

    def take(self) -> bool:
        """Read what came; true where the answer is whole."""
        data = self.socket.recv(65536)
        if not data:
            raise LoadError("the server hung up")
        self.data = data = self.data + data
        end = data.find(b"\r\n\r\n")
        if end < 0:
            return False
        at = data.find(_LENGTH, 0, end)
        length = int(data[at + len(_LENGTH) : data.index(b"\r\n", at)]) if at >= 0 else 0
        if len(data) < end + 4 + length:
            return False
        if not data.startswith(b"HTTP/1.1 200 "):
            raise LoadError(f"answered {data[:60]!r}")
        self.bodies.append(data[end + 4 :])
        self.past.append(self.due.popleft())
        self.data = b""
        return True


@contextlib.contextmanager
def _lanes(port: int, lanes: Sequence[Sequence[bytes]]) -> Iterator[dict[int, _Lane]]:
    opened = [_Lane(port, requests) for requests in lanes]
    try:
        yield {lane.socket.fileno(): lane for lane in opened}
    finally:
        for lane in opened:
            lane.socket.close()


def closed_loop(port: int, lanes: Sequence[Sequence[bytes]]) -> Round:
    """Send each lane's requests one after another, all lanes at once, as fast as answers come."""
    clock = time.perf_counter
    with _lanes(port, lanes) as by_fd, select.epoll() as poll:
        latencies: list[float] = []
        for fd in by_fd:
            poll.register(fd, select.EPOLLIN)
        began, used = clock(), time.process_time()
        for lane in by_fd.values():
            lane.due.append(clock())
            lane.send()
        open_lanes = len(by_fd)
        while open_lanes:
            events = poll.poll(SILENCE_SECONDS)
            if not events:
                raise LoadError("the server fell silent")
            for fd, _ in events:
                lane = by_fd[fd]
                if not lane.take():
                    continue
                now = clock()
                latencies.append((now - lane.past[-1]) * 1000)
                if lane.requests:
                    lane.due.append(now)
                    lane.send()
                else:
                    open_lanes -= 1
        return _round(by_fd, latencies, began, used)


def open_loop(
    port: int, lanes: Sequence[Sequence[bytes]], per_second: float, *, awake: bool = False
) -> Round:
    """Send at a fixed rate whatever the answers do; latency counts from when a request was due.

    The lanes take turns. One whose last answer is not there yet keeps its next request waiting.
    An ordinary client sleeps until a request is due and wakes up to a millisecond late; ``awake``
    waits the last millisecond out awake, so that nothing but the server is in the latency.
    """
    clock = time.perf_counter
    with _lanes(port, lanes) as by_fd, select.epoll() as poll:
        latencies: list[float] = []
        for fd in by_fd:
            poll.register(fd, select.EPOLLIN)
        turns = list(by_fd.values())
        total = sum(len(lane) for lane in lanes)
        began, used = clock() + 0.05, time.process_time()
        at = 0
        while len(latencies) < total:
            due = began + at / per_second
            now = clock()
            if at < total and now >= due:
                lane = turns[at % len(turns)]
                lane.due.append(due)
                if len(lane.due) == 1:
                    lane.send()
                at += 1
                continue
            left = due - now - (0.001 if awake else 0.0) if at < total else SILENCE_SECONDS
            for fd, _ in poll.poll(max(left, 0.0)):
                lane = by_fd[fd]
                if lane.take():
                    latencies.append((clock() - lane.past[-1]) * 1000)
                    if lane.due:
                        lane.send()
            if at == total and clock() - due > SILENCE_SECONDS:
                raise LoadError("the server fell silent")
        return _round(by_fd, latencies, began, used)


def _round(by_fd: dict[int, _Lane], latencies: list[float], began: float, used: float) -> Round:
    seconds = time.perf_counter() - began
    cpu_us = (time.process_time() - used) / len(latencies) * 1e6
    lanes = by_fd.values()
    return Round(
        [lane.bodies for lane in lanes], [lane.past for lane in lanes], latencies, seconds, cpu_us
    )
