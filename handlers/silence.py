"""An advisory desk that lets its time limit pass: recorded as 无意见, and the case goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from handlers import desks, naming, review
from handlers.context import Context
from handlers.sweeps import Sweep
from storage.rules.terms import TaskState


def _find(ctx: Context) -> Sequence[str]:
    return ctx.ledger.tasks.silent(ctx.today)


def _expire(ctx: Context, task_id: str) -> None:
    """Close one advisory task whose time limit has passed.

    Source: requirements Q14; the limit is the office's own (内部办理时限).
    """
    tasks = ctx.ledger.tasks
    filing = ctx.ledger.filings.held(tasks.known(task_id).filing_id)
    task = tasks.known(task_id)
    if task.state is not TaskState.OPEN or task.due_on >= ctx.today:
        return
    task = tasks.expire(task, ctx.now)
    over = review.over_card(ctx, filing, task)
    ctx.refresh(f"task:{task.id}", replace(over, page=""))
    for person in ctx.ledger.people.at_desk(task.tenant, task.desk, ctx.today):
        ctx.push(
            person.id,
            f"{filing.case_no} 已到时限，{naming.heading_of(filing, task)}记为“无意见”。"
            "您仍可发“补充意见”加办件号和内容，补充意见会附在后面，不影响已定结果。",
            once=f"silent:{task.id}",
            tenant=filing.tenant,
            courtesy=True,
        )
    desks.tell_desks(ctx, filing)


SILENCE = Sweep("silence", _find, _expire)
