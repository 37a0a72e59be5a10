"""Hands over together what arrives together, so that one commit serves as many as it can."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

QUIET_TURNS = 2
MOST = 256

T = TypeVar("T")


class Gathering(Generic[T]):
    """What the event loop has brought and the writer has not been given yet.

    The writer is not woken by the first of a rush: while the turns of the loop bring more, they are
    taken in first. Two threads that take turns at the interpreter cost each other more than the
    fraction of a millisecond that this lets the first one wait; who comes alone waits two turns of
    an idle loop.
    """

    def __init__(self, hand_over: Callable[[list[T]], None]) -> None:
        self._hand_over = hand_over
        self._here: list[T] = []
        self._loop: asyncio.AbstractEventLoop | None = None

    def add(self, one: T, loop: asyncio.AbstractEventLoop) -> None:
        """Take one in. Called on ``loop``."""
        self._here.append(one)
        if self._loop is not loop:
            self._loop = loop
            loop.call_soon(self._look, 0, 0)

    def flush(self) -> None:
        """Hand over what is here."""
        here, self._here, self._loop = self._here, [], None
        if here:
            self._hand_over(here)

    def _look(self, seen: int, quiet: int) -> None:
        if self._loop is None:
            return
        here = len(self._here)
        quiet = quiet + 1 if here == seen else 0
        if quiet >= QUIET_TURNS or here >= MOST:
            self.flush()
        else:
            self._loop.call_soon(self._look, here, quiet)
