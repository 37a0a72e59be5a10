"""待办, and the same acts typed by people whose client shows no cards."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from cards.language import Tap
from cards.todo import todo_card
from handlers import (
    batch,
    followup,
    mending,
    naming,
    pilot,
    rectify,
    register,
    report_counts,
    review,
    roles,
    self_check,
    showing,
    sign,
)
from handlers.context import Context
from handlers.router import CASE, DESKS, STAFF, Router
from storage.cases import Filing, Task
from storage.rules.terms import RuleViolationError, TaskKind, TaskState

router = Router("todo")

_AWAITED: Final = 5
NOTHING: Final = "您现在没有待办。有新的任务会告诉您。"


@router.word("todo", r"待办|今日待办|我的待办|待(备案|登记|会审|审批|(技术)?审查)", roles=STAFF)
def todo(ctx: Context, _match: re.Match[str]) -> None:
    """List what waits for this person, and what a lead waits for."""
    tasks = ctx.ledger.tasks.open_of(ctx.person, ctx.today)
    rows = rows_of(ctx, tasks)
    waiting = _awaited(ctx)
    like = next(iter(batch.alike(ctx, tasks)), ())
    ctx.ledger.about = None  # a list is about no filing of its own
    if rows:
        ctx.say(todo_card(rows, waiting, like=(like[0].id, len(like)) if like else None))
    elif waiting:
        ctx.say("\n".join(["等待会审：", *waiting]))
    else:
        ctx.say(NOTHING)


def rows_of(ctx: Context, tasks: Sequence[Task]) -> list[tuple[str, Tap]]:
    """Return everything that waits for this person, their open ``tasks`` first."""
    return [
        *_tasks(ctx, tasks),
        *_of_school(ctx),
        *report_counts.waiting_for(ctx),
        *followup.waiting_for(ctx),
        *rectify.waiting_for(ctx),
        *self_check.waiting_for(ctx),
    ]


def _tasks(ctx: Context, tasks: Sequence[Task]) -> list[tuple[str, Tap]]:
    """Return a line for each task; what a colleague took comes after what waits for this person."""
    rows = []
    filings = ctx.ledger.filings.those([task.filing_id for task in tasks])
    for task in sorted(tasks, key=lambda one: one.assignee not in (None, ctx.person.id)):
        filing = filings[task.filing_id]
        what = naming.heading_of(filing, task)
        line = f"{filing.case_no} {filing.title}：{what}，{naming.due_text(task)}前"
        if task.assignee and task.assignee != ctx.person.id:
            taker = ctx.ledger.people.get(task.assignee)
            line += f"（已转给{taker.name if taker else '同处室同志'}）"
        rows.append((line, Tap("todo.open", task.id, task.version)))
    return rows


def _of_school(ctx: Context) -> list[tuple[str, Tap]]:
    """Return what waits for the principal's signature and for the owner's mending."""
    rows = [
        (f"{one.case_no} {one.title}：待您签署", Tap("sign.open", one.id, seen))
        for one, seen in sign.waiting_for(ctx)
    ]
    rows += [
        (f"{one.case_no} {one.title}：试点待您{'决定' if decides else '审查'}",
         Tap("pilot.open", one.id, one.version))
        for one, decides in pilot.waiting_for(ctx)
    ]  # fmt: skip
    unsigned = {tap.subject for _, tap in rows}
    rows += [
        (f"{one.case_no} {one.title}：待补正", Tap("form.mend", one.id))
        for one in ctx.ledger.filings.mine(ctx.person.id)
        if one.owner_id == ctx.person.id
        and one.id not in unsigned
        and mending.waits_for_school(ctx, one)
    ]
    return rows


def _awaited(ctx: Context) -> list[str]:
    """Return the cases that this person's desk leads and that wait for others' opinions."""
    found = []
    for filing in ctx.ledger.filings.led_by(ctx.person, ctx.today, _AWAITED):
        out = [
            task
            for task in ctx.ledger.tasks.of(filing)
            if task.kind is TaskKind.CO_REVIEW and task.view.is_pending
        ]
        names = "、".join(
            naming.desk_name(ctx, filing, task.desk)
            + ("（待学校补正）" if task.state is TaskState.RETURNED else "")
            for task in out
        )
        found.append(f"{filing.case_no} {filing.title}：等{names}")
    return found


@router.tap("todo.open", roles=DESKS)
def open_one(ctx: Context, tap: Tap) -> None:
    """Show one task's card afresh."""
    task, filing = review.open_task(ctx, tap.subject, tap.seen)
    ctx.ledger.hands.open(task, by=ctx.person, now=ctx.now)
    ctx.say(showing.card_of(ctx, filing, task, ctx.person))


# --- typed acts ----------------------------------------------------------------------------------


def _mine(ctx: Context, case: str, *kinds: TaskKind) -> tuple[list[Task], Filing]:
    """Return this person's open tasks on a case, one for each of their roles.

    Raises:
        RuleViolationError: no such case with this person's authority, or nothing of it waits for
            this person.
    """
    filing = ctx.ledger.filings.by_case(case)
    held = {post.tenant for post in ctx.person.held(ctx.today) if post.role in DESKS}
    if filing is None or filing.tenant not in held:
        raise RuleViolationError("没有找到这件备案，请核对办件号。发“待办”可以列出您的任务。")
    mine = [
        task
        for task in ctx.ledger.tasks.of(filing)
        if task.kind in kinds
        and task.state is TaskState.OPEN
        and ctx.person.at_desk(task.tenant, task.desk, ctx.today)
    ]
    if not mine:
        done = [t for t in ctx.ledger.tasks.of(filing) if t.kind in kinds
                and ctx.person.at_desk(t.tenant, t.desk, ctx.today)]  # fmt: skip
        if done:
            raise RuleViolationError(ctx.ledger.tasks.what_happened(done[-1]))
        raise RuleViolationError(f"{case} 现在没有需要您办理的事项。发“待办”查看您的任务。")
    return mine, filing


@router.word("approve", rf"同意\s*{CASE}\s*(?P<words>[\s\S]*)", roles=DESKS)
def approve(ctx: Context, match: re.Match[str]) -> None:
    """Begin the favourable verdict of this desk; it is confirmed like a tapped one."""
    _begin(ctx, match, "approve", TaskKind.DECISION, TaskKind.CO_REVIEW, TaskKind.INTAKE)


@router.word("return", rf"退回\s*{CASE}\s*(?P<words>[\s\S]*)", roles=DESKS)
def send_back(ctx: Context, match: re.Match[str]) -> None:
    """Begin a return with the typed reason."""
    _begin(ctx, match, "return", TaskKind.DECISION, TaskKind.CO_REVIEW, TaskKind.INTAKE)


@router.word("reject", rf"不予通过\s*{CASE}\s*(?P<words>[\s\S]*)", roles=DESKS)
def reject(ctx: Context, match: re.Match[str]) -> None:
    """Begin a rejection with the typed reason."""
    _begin(ctx, match, "reject", TaskKind.DECISION)


@router.word("register", rf"登记\s*{CASE}", roles=DESKS)
def register_typed(ctx: Context, match: re.Match[str]) -> None:
    """Register by typed words."""
    tasks, filing = _mine(ctx, match["case"], TaskKind.REGISTRATION)
    register.register(ctx, tasks[0], filing)


def _begin(ctx: Context, match: re.Match[str], verb: str, *kinds: TaskKind) -> None:
    tasks, filing = _mine(ctx, match["case"], *kinds)
    roles.begin_typed(ctx, tasks, filing, verb, match["words"].strip())
