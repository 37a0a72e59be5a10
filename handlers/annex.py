"""审批表: the notice's annex on paper, for whoever may see its filing."""

from __future__ import annotations

import re
from typing import Final

from cards.annex import annex_card
from cards.case import CaseHeading
from cards.language import Tap
from handlers import progress
from handlers.context import Context
from handlers.readers import may_read
from handlers.router import MAYBE_CASE, STAFF, Router
from storage.cases import Filing
from storage.rules.terms import NotAllowedError

router = Router("annex")

_UNKNOWN: Final = "没有找到这件备案，请核对办件号。审批表由本校和承办部门的人员查看。"
_WHICH: Final = "要看哪一件的审批表？请发“审批表”加办件号，例如：审批表 26-0302-0187。"
_NONE: Final = "您还没有报送过备案。要看承办的备案，请发“审批表”加办件号。"


@router.word("annex", rf"(审批表|备案审批表|打印审批表)\s*{MAYBE_CASE}", roles=STAFF)
def by_word(ctx: Context, match: re.Match[str]) -> None:
    """Lead to the annex of a case number, or of the person's only filing."""
    if match["case"]:
        filing = ctx.ledger.filings.by_case(match["case"])
    else:
        mine = progress.own(ctx)
        if len(mine) != 1:
            ctx.say(_WHICH.replace("26-0302-0187", mine[-1].case_no) if mine else _NONE)
            return
        filing = mine[0]
    if filing is None or not may_read(ctx.ledger, filing, ctx.person, ctx.today):
        ctx.say(_UNKNOWN)
        return
    _lead_to(ctx, filing)


@router.tap("annex.open", roles=STAFF)
def by_tap(ctx: Context, tap: Tap) -> None:
    """Lead to the annex of the tapped filing."""
    filing = ctx.ledger.filings.known(tap.subject)
    if not may_read(ctx.ledger, filing, ctx.person, ctx.today):
        raise NotAllowedError(_UNKNOWN)
    _lead_to(ctx, filing)


def _lead_to(ctx: Context, filing: Filing) -> None:
    link = ctx.link("annex", filing.id)
    heading = CaseHeading(filing.id, filing.case_no, filing.title, link)
    ctx.say(annex_card(heading, stage=filing.stage.label, number=filing.number or ""))
