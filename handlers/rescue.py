"""Tasks of somebody who left: brought to whoever works the desk now, within a minute."""

from __future__ import annotations

from collections.abc import Sequence

from handlers import desks
from handlers.context import Context
from handlers.sweeps import Sweep

LOOKED = "looked:"


def _find(ctx: Context) -> Sequence[str]:
    """Return filings with an overlooked task; all open ones are read only where rights changed."""
    version = ctx.ledger.watch.to_look(ctx.today)
    if version is None:
        return ()
    return ctx.ledger.watch.unseen(ctx.today) or (f"{LOOKED}{version}",)


def _bring(ctx: Context, filing_id: str) -> None:
    """Bring the tasks of one filing to who can do them, or tell that nobody can.

    Source: design §4, invariant 2; R83.
    """
    if filing_id.startswith(LOOKED):
        ctx.ledger.watch.looked(int(filing_id.removeprefix(LOOKED)), ctx.today)
        return
    filing = ctx.ledger.filings.held(filing_id)
    if overlooked := ctx.ledger.watch.overlooked(filing_id, ctx.today):
        desks.tell_desks(ctx, filing, overlooked)


RESCUE = Sweep("rescue", _find, _bring)
