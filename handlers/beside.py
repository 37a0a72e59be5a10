"""What stands beside a task: the desk's other parts, its items, an earlier review."""

from __future__ import annotations

from handlers.context import Context
from storage.cases import Filing, Task
from storage.reviews import Earlier
from storage.rules import items
from storage.rules.items import Item
from storage.rules.terms import Desk, Stage, TaskKind, TaskState


def items_of(filing: Filing, task: Task) -> tuple[Item, ...]:
    """Return the items that a lead may decide on one by one (Q28)."""
    if task.kind is not TaskKind.DECISION:
        return ()
    return items.items_of(filing.part_at(task.part).kind, filing.apps)


def other_parts(ctx: Context, filing: Filing, task: Task) -> list[Task]:
    """Return the other parts' decisions that the same desk has before it now (E.6)."""
    if task.kind is not TaskKind.DECISION or filing.stage is not Stage.AWAITING_DECISION:
        return []
    return [
        one
        for one in ctx.ledger.tasks.of(filing)
        if one.id != task.id
        and (one.kind, one.desk, one.state) == (task.kind, task.desk, TaskState.OPEN)
    ]


def reusable(ctx: Context, filing: Filing, task: Task) -> Earlier | None:
    """Return the review of the same product that a task may take over, on its first look only."""
    if task.desk is not Desk.LEGAL or task.points or _has_given_way(ctx, filing, task):
        return None
    if ctx.ledger.proposals.is_proposed(filing.product_key):
        return None
    if ctx.ledger.stops.live(filing.product_key, filing.tenant):
        return None
    return ctx.ledger.reviews.earlier(filing, task, ctx.now)


def _has_given_way(ctx: Context, filing: Filing, task: Task) -> bool:
    return any(
        one.state is TaskState.SUPERSEDED
        and (one.kind, one.desk, one.part) == (task.kind, task.desk, task.part)
        for one in ctx.ledger.tasks.of(filing)
    )
