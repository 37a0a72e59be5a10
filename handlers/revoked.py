"""A product whose own number was revoked: the schools that use it are told, once."""

from __future__ import annotations

from collections.abc import Sequence

from handlers import desks
from handlers.context import Context
from handlers.sweeps import Sweep


def _find(ctx: Context) -> Sequence[str]:
    return ctx.ledger.revoked.untold()


def _tell(ctx: Context, filing_id: str) -> None:
    """Tell one school that the number of its product is not valid any more.

    Nothing is stopped by that: a stop is the technology centre's own decision (停用产品).

    Source: 二（三）; requirements R24.
    """
    filing = ctx.ledger.filings.held(filing_id)
    product = ctx.ledger.products.get(filing.product_key)
    if product is None or not ctx.ledger.revoked.note(filing, ctx.now):
        return
    desks.tell_school(
        ctx,
        filing,
        f"{filing.case_no} “{filing.title}”（{filing.number}）：产品备案号{product.number_text}，"
        "请尽快与开发者核实（二（三））。本备案目前仍有效；如有疑问请咨询教育技术部门。",
        once=f"number-revoked:{filing.id}",
    )


NUMBERS_REVOKED = Sweep("numbers revoked", _find, _tell)
