"""Names that a roster brought, or that were there before: read within the minute, so that a search
finds them."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.context import Context
from handlers.sweeps import Sweep


def _find(ctx: Context) -> Sequence[str]:
    return ["names"] if ctx.ledger.names.has_work() else ()


def _read(ctx: Context, subject: str) -> str | None:
    """Read or count a batch, and go on while there may be another."""
    return subject if ctx.ledger.names.work() else None


NAMES = Sweep("names", _find, _read)
