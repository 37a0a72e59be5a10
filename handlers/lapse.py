"""A filing whose validity ends: it expires by itself, and its school hears what it can do."""

from __future__ import annotations

from collections.abc import Sequence

from cards.standing import expired_card
from handlers import afterwards, desks
from handlers.context import Context, day_text
from handlers.sweeps import Sweep


def _lapsed(ctx: Context) -> Sequence[str]:
    return ctx.ledger.standing.lapsed(ctx.today)


def _lapse(ctx: Context, filing_id: str) -> None:
    """Let a filing expire, and tell its school what it can do.

    Source: requirements Q25; none in the notice.
    """
    filing = ctx.ledger.standing.lapse(filing_id, ctx.today, ctx.now)
    if filing is None or filing.valid_until is None:
        return
    until = filing.valid_until
    window = afterwards.window_of(ctx, filing)
    assert window is not None  # it has an end
    card = expired_card(
        filing.case_no, filing.title, str(filing.number), f"{until.year}年{day_text(until)}",
        day_text(window.last), filing.id,
    )  # fmt: skip
    for person_id in desks.school_today(ctx, filing):
        ctx.push(person_id, card, once=f"lapsed:{filing.id}:{until}", tenant=filing.tenant)


LAPSES = Sweep("lapses", _lapsed, _lapse)
