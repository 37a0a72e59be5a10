"""What happens on the screens, numbered, for everybody who watches (server-sent events)."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of the stream."""

    sequence: int
    kind: str
    data: dict[str, Any]

    def frame(self) -> bytes:
        """Return it as one frame of an event stream."""
        text = json.dumps({**self.data, "sequence": self.sequence}, ensure_ascii=False)
        return f"id: {self.sequence}\nevent: {self.kind}\ndata: {text}\n\n".encode()


@dataclass(slots=True, eq=False)
class Hub:
    """Keep the newest happenings and wake whoever listens.

    A listener that falls behind by more than is kept gets a ``reset`` and should read anew.
    """

    kept: deque[Happening] = field(default_factory=lambda: deque(maxlen=4000))
    sequence: int = 0
    closed: bool = False
    _bells: set[asyncio.Event] = field(default_factory=set)

    def publish(self, kind: str, data: dict[str, Any]) -> int:
        """Add one happening and return its number."""
        self.sequence += 1
        self.kept.append(Happening(self.sequence, kind, data))
        self._ring()
        return self.sequence

    def close(self) -> None:
        """End every stream, so that a server can stop while pages still listen."""
        self.closed = True
        self._ring()

    def since(self, sequence: int) -> list[Happening]:
        """Return what is kept of everything after ``sequence``."""
        return [one for one in self.kept if one.sequence > sequence]

    async def stream(self, sequence: int) -> AsyncIterator[Happening]:
        """Yield everything after ``sequence``, then whatever comes, until closed."""
        with self._bell() as bell:
            while not self.closed:
                news = self.since(sequence)
                if news and sequence and news[0].sequence > sequence + 1:
                    yield Happening(news[0].sequence - 1, "reset", {})
                for one in news:
                    sequence = one.sequence
                    yield one
                if sequence == self.sequence and not self.closed:
                    await bell.wait()
                bell.clear()

    def _ring(self) -> None:
        for bell in self._bells:
            bell.set()

    @contextmanager
    def _bell(self) -> Iterator[asyncio.Event]:
        bell = asyncio.Event()
        self._bells.add(bell)
        try:
            yield bell
        finally:
            self._bells.discard(bell)
