"""沿用: a content review of the same product and version taken over, signed anew."""

from __future__ import annotations

from cards.language import Tap
from handlers import review, showing
from handlers.beside import reusable
from handlers.context import Context
from handlers.opinion import Opinion, keep, verdict_of
from handlers.router import DESKS, Router
from storage.reviews import FOUND_NOTHING
from storage.rules.terms import RuleViolationError

router = Router("reuse")


@router.tap("reuse.take", roles=DESKS)
def take(ctx: Context, tap: Tap) -> None:
    """Propose the earlier review as this task's own opinion; it counts when it is confirmed."""
    task_id, _, source = tap.subject.partition(":")
    task, filing = review.open_task(ctx, task_id, tap.seen)
    earlier = reusable(ctx, filing, task)
    if earlier is None or earlier.task_id != source:
        raise RuleViolationError("之前的审查意见已不能沿用，请发“待办”从最新的一张卡片审查。")
    opinion = Opinion(task.id, task.version, FOUND_NOTHING, source=source)
    keep(ctx, opinion)
    review.go_on(ctx, task, filing, verdict_of(task, opinion.verdict), opinion)


@router.tap("reuse.anew", roles=DESKS)
def anew(ctx: Context, tap: Tap) -> None:
    """Show the task's own card."""
    task, filing = review.open_task(ctx, tap.subject, tap.seen)
    ctx.talk.state.pop("opinion", None)
    ctx.redraw(showing.own_card(ctx, filing, task, ctx.person))
