"""The lead goes ahead while only advice is out, or waits for it."""

from __future__ import annotations

from dataclasses import replace

from cards.case import done_card
from cards.language import Card, Tap
from handlers import desks, review, showing
from handlers.context import Context
from handlers.router import DESKS, Router
from storage.cases import Filing, StaleError
from storage.rules.terms import NotAllowedError, Stage, TaskKind

router = Router("decide")


def _case(ctx: Context, tap: Tap) -> Filing:
    filing = ctx.ledger.filings.known(tap.subject)
    leads = {part.lead.desk for part in filing.parts}
    if not any(ctx.person.at_desk(filing.tenant, desk, ctx.today) for desk in leads):
        raise NotAllowedError("先行决定由牵头处室的审核人办理，您目前没有这项权限。")
    if filing.stage is not Stage.IN_REVIEW:
        raise StaleError(
            f"{filing.case_no} 现在是“{filing.stage.label}”，不必再选。发“待办”可以继续办理。",
            filing_id=filing.id,
        )
    return filing


def _over(ctx: Context, filing: Filing, done: str) -> Card:
    view = showing.view_of(ctx, filing)
    return done_card(view, f"{filing.title}｜仅差参考意见", done, f"filing:{filing.id}:early")


@router.tap("decide.now", roles=DESKS)
def now(ctx: Context, tap: Tap) -> None:
    """Close what advice is out as 无意见（牵头先行决定） and open the decision.

    Source: requirements Q14; design 2.7.
    """
    filing = _case(ctx, tap)
    out = [
        task
        for task in ctx.ledger.tasks.of(filing)
        if task.kind is TaskKind.CO_REVIEW and task.view.is_pending
    ]
    filing = ctx.ledger.tasks.decide_early(filing, by=ctx.person, seen=tap.seen, now=ctx.now)
    card = _over(ctx, filing, f"先行决定 · {ctx.person.name}")
    ctx.redraw(card)
    ctx.refresh(f"filing:{filing.id}:early", replace(card, page=""))
    for task in out:
        ctx.refresh(
            f"task:{task.id}",
            replace(review.over_card(ctx, filing, ctx.ledger.tasks.known(task.id)), page=""),
        )
    desks.tell_desks(ctx, filing)


@router.tap("decide.wait", roles=DESKS)
def wait(ctx: Context, tap: Tap) -> None:
    """Wait until the deadline of the advice; a colleague may still go ahead."""
    filing = _case(ctx, tap)
    ctx.redraw(_over(ctx, filing, "等到时限"), alone=True)
    ctx.say_done(f"好的，{filing.case_no} 等到时限。到时未回复的记为“无意见”，届时再请您审批。")
