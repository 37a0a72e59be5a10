"""Callbacks per second, processor time a message and the slowest in a hundred, by server."""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from benchmarks.envelope import Message, reply_words, request
from benchmarks.load import LoadError, Round, closed_loop, open_loop
from benchmarks.processes import Server
from benchmarks.script import conversations

WARM_UP = 10  # messages of each lane
ROUND_SECONDS = 1.2
OPEN_SECONDS = 4.0
OPEN_RATE = 200.0
GIVE_UP_MS = 5000.0  # the platform's own patience

Check = Callable[[Message, bytes], bool]


@dataclass(slots=True)
class Contender:
    """A server, the messages that go to it, and how its answers are checked."""

    name: str
    server: Server
    check: Check
    rates: list[float] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)
    loop_us: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)
    awake_p99_ms: list[float] = field(default_factory=list)
    generator_us: list[float] = field(default_factory=list)
    sent: int = 0
    _lanes: list[Iterator[Message]] = field(default_factory=list)

    def closed(self, messages: int) -> Round:
        """Send about so many messages as fast as answers come."""
        lanes = self._next(max(messages // len(self.script()), 1))
        before = self.server.threads()
        found = closed_loop(self.server.port, _requests(lanes))
        after = self.server.threads()
        self._checked(lanes, found)
        spent = {tid: seconds - before.get(tid, 0.0) for tid, seconds in after.items()}
        self.rates.append(found.per_second)
        self.cpu_us.append(sum(spent.values()) / found.count * 1e6)
        self.loop_us.append(spent[self.server.process.pid] / found.count * 1e6)
        self.generator_us.append(found.cpu_us)
        return found

    def open(self, *, awake: bool) -> Round:
        """Send at a fixed rate."""
        lanes = self._next(int(OPEN_SECONDS * OPEN_RATE / len(self.script())))
        found = open_loop(self.server.port, _requests(lanes), OPEN_RATE, awake=awake)
        self._checked(lanes, found)
        if max(found.latencies_ms) > GIVE_UP_MS:
            raise LoadError(f"{self.name}: an answer came after the platform gave up")
        (self.awake_p99_ms if awake else self.p99_ms).append(found.percentile(0.99))
        return found

    def warm_up(self) -> int:
        """Let it answer a little; return how many messages make a round."""
        rate = self.closed(WARM_UP * len(self.script())).per_second
        for figures in (self.rates, self.cpu_us, self.loop_us, self.generator_us):
            figures.clear()
        return int(rate * ROUND_SECONDS)

    def script(self) -> list[Iterator[Message]]:
        """Return what each of the teachers goes on to type."""
        if not self._lanes:
            self._lanes = conversations(int(time.time()))
        return self._lanes

    def _next(self, each: int) -> list[list[Message]]:
        return [list(itertools.islice(lane, each)) for lane in self.script()]

    def _checked(self, lanes: Sequence[Sequence[Message]], found: Round) -> None:
        """Hold every answer to what its message must get."""
        self.sent += found.count
        for messages, bodies in zip(lanes, found.bodies, strict=True):
            for message, body in zip(messages, bodies, strict=True):
                if not self.check(message, body):
                    said = reply_words(body) or repr(body[:200])
                    raise LoadError(f"{self.name}: {message.xml}\nwas answered: {said}")


def is_constant(_message: Message, body: bytes) -> bool:
    """Expect the constant."""
    return body == b"success"


def echoes(message: Message, body: bytes) -> bool:
    """Expect what was typed."""
    return f"<![CDATA[{reply_words(body)}]]></Content>" in message.xml


def is_noted(_message: Message, body: bytes) -> bool:
    """Expect the comparator's sentence."""
    return reply_words(body) == "已记下，请继续。"


def goes_on(message: Message, body: bytes) -> bool:
    """Expect the form's next question."""
    return message.expected in reply_words(body)


def in_turn(contenders: Sequence[Contender], rounds: int) -> None:
    """Measure all of them, in turn, as fast as answers come."""
    sizes = [one.warm_up() for one in contenders]
    for _ in range(rounds):
        for one, size in zip(contenders, sizes, strict=True):
            one.closed(size)


def in_turn_at_a_rate(contenders: Sequence[Contender], rounds: int) -> None:
    """Measure all of them, in turn, at 200 messages a second, by both kinds of clients."""
    for _ in range(rounds):
        for awake in (False, True):
            for one in contenders:
                one.open(awake=awake)


def ratio(upper: Sequence[float], lower: Sequence[float]) -> float:
    """Return the median of the ratios round by round: both sides lived through the same minute."""
    return statistics.median(a / b for a, b in zip(upper, lower, strict=True))


def _requests(lanes: Sequence[Sequence[Message]]) -> list[list[bytes]]:
    at = int(time.time())
    return [[request(message.xml, at) for message in lane] for lane in lanes]


def top_up(one: Contender, messages: int) -> None:
    """Let ``one`` answer until it has answered so many in all."""
    while one.sent < messages:
        one.closed(min(messages - one.sent + len(one.script()), 2000))
