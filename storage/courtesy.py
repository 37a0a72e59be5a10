"""A reader that lets others go first: asked before each of its statements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Courteous:
    """A connection or a cursor that calls ``first`` before each statement, which may wait there.

    Threads of one process compute by turns: who waits for nobody makes whoever is in a hurry wait.
    """

    __slots__ = ("_first", "_inner")

    def __init__(self, inner: Any, first: Callable[[], None]) -> None:
        self._inner = inner
        self._first = first

    def execute(self, *given: Any) -> Any:
        """Execute a statement, after the others."""
        self._first()
        return self._inner.execute(*given)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)
