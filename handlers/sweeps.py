"""What becomes due by itself: found in the ledger at every tick, done once whoever ticks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from handlers.context import Context


class Sweep(NamedTuple):
    """One kind of thing that becomes due.

    ``find`` only reads, and returns the ids of some that are due now; ``act`` does one of them in
    a transaction of its own. Several processes sweep at once: ``act`` looks again, holding what it
    is about, and leaves alone what is not due any more. What is done is not found again. Where
    there is more to do of the same, ``act`` returns with what to go on, in a next transaction.
    """

    name: str
    find: Callable[[Context], Sequence[str]]
    act: Callable[[Context, str], str | None]
