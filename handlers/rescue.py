"""Tasks of somebody who left: brought to whoever works the desk now, within a minute."""

from __future__ import annotations

from collections.abc import Sequence

from handlers import desks
from handlers.context import Context
from handlers.sweeps import Sweep


def _find(ctx: Context) -> Sequence[str]:
    return ctx.ledger.watch.unseen(ctx.today)


def _bring(ctx: Context, filing_id: str) -> None:
    """Bring the tasks of one filing to who can do them, or tell that nobody can.

    Source: design §4, invariant 2; R83.
    """
    filing = ctx.ledger.filings.held(filing_id)
    if overlooked := ctx.ledger.watch.overlooked(filing_id, ctx.today):
        desks.tell_desks(ctx, filing, overlooked)


RESCUE = Sweep("rescue", _find, _bring)
