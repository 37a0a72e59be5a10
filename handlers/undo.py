"""撤销: whoever acted takes it back within ten minutes, while nobody further on has acted."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from cards.case import done_card
from cards.hands import undo_card
from cards.language import Tap
from handlers import desks, naming, review, showing
from handlers.context import Context
from handlers.hands import case_of
from handlers.router import DESKS, MAYBE_CASE, STAFF, Router
from storage.cases import Filing, StaleError, Task
from storage.rules.terms import Act, RuleViolationError, TaskState
from storage.undoing import Done

router = Router("undo")

TOLD_THE_SCHOOL: Final = frozenset({Act.APPROVE, Act.REJECT, Act.RETURN})
WHICH: Final = "要撤销哪一件的办理？请发“撤销”加办件号，例如：撤销 26-0302-0187。"
NOT_A_DESK: Final = "撤销由办理部门的同志办理。要撤回本校的备案，请发“撤回”加办件号。"


@router.word("undo", rf"撤销\s*{MAYBE_CASE}", roles=STAFF)
def ask_typed(ctx: Context, match: re.Match[str]) -> None:
    """Ask before what this person did last is taken back: in a case, or in this conversation."""
    if not any(post.role in DESKS for post in ctx.person.held(ctx.today)):
        raise RuleViolationError(NOT_A_DESK)
    if match["case"]:
        filing = case_of(ctx, match["case"])
        done = ctx.ledger.undoing.latest(ctx.person, filing)
    else:
        task = ctx.ledger.tasks.get(str(ctx.talk.state.get("acted", "")))
        if task is None:
            raise RuleViolationError(WHICH)
        filing = ctx.ledger.filings.known(task.filing_id)
        done = ctx.ledger.undoing.done_by(ctx.person, task)
    if done is None:
        raise RuleViolationError(f"{filing.case_no} 没有可以由您撤销的办理。")
    _ask(ctx, filing, done)


@router.tap("undo.ask", roles=DESKS)
def ask_tapped(ctx: Context, tap: Tap) -> None:
    """Ask before what was done with a task is taken back."""
    task, filing = _seen(ctx, tap)
    done = ctx.ledger.undoing.done_by(ctx.person, task)
    if done is None:
        raise RuleViolationError(f"{filing.case_no} 没有可以由您撤销的办理。")
    _ask(ctx, filing, done)


def _seen(ctx: Context, tap: Tap) -> tuple[Task, Filing]:
    task = ctx.ledger.tasks.known(tap.subject)
    if ctx.ledger.tasks.seat_of(task, ctx.person, ctx.today) is None:
        raise RuleViolationError("撤销由办理人本人在岗时办理，您目前没有这项权限。")
    if task.version != tap.seen:
        raise StaleError(ctx.ledger.tasks.what_happened(task), task.id)
    return task, ctx.ledger.filings.known(task.filing_id)


def _ask(ctx: Context, filing: Filing, done: Done) -> None:
    ctx.ledger.undoing.act_for(filing, done, ctx.now)
    at, task = ctx.local_time(done.at), done.task
    says = f"{at} 办理的“{naming.heading_of(filing, task)}：{done.act.label}”。"
    view = showing.view_of(ctx, filing)
    ctx.redraw(undo_card(view, task_id=task.id, seen=task.version, says=says))


@router.tap("undo.keep", roles=DESKS)
def keep(ctx: Context, tap: Tap) -> None:
    """Leave what was done as it is."""
    task, filing = _seen(ctx, tap)
    ctx.redraw(review.over_card(ctx, filing, task), alone=True)


@router.tap("undo.confirm", roles=DESKS)
def undo(ctx: Context, tap: Tap) -> None:
    """Take back what was done, redraw what followed from it, tell the school and the desks."""
    task, filing = _seen(ctx, tap)
    done = ctx.ledger.undoing.done_by(ctx.person, task)
    waiting = [one for one in ctx.ledger.tasks.of(filing) if one.state is TaskState.OPEN]
    filing = ctx.ledger.undoing.undo(task.id, by=ctx.person, now=ctx.now)
    ctx.talk.state.pop("acted", None)
    heading = naming.heading_of(filing, task)
    words = f"已撤销 · {ctx.person.name} · {ctx.local_time(ctx.now)}"
    view = showing.view_of(ctx, filing)
    card = done_card(view, f"{filing.title}｜{heading}", words, f"task:{task.id}")
    ctx.redraw(card)
    ctx.refresh(f"task:{task.id}", replace(card, page=""))
    for one in waiting:
        now = ctx.ledger.tasks.known(one.id)
        if now.state is TaskState.SUPERSEDED:
            over = replace(review.over_card(ctx, filing, now), page="")
            ctx.refresh(f"task:{one.id}", replace(over, done="上一环节已撤销，重新办理后再送您处"))
    ctx.say_done(f"{filing.case_no} 已撤销，回到“{filing.stage.label}”，请重新办理。")
    assert done is not None  # it was undone
    if done.act in TOLD_THE_SCHOOL:
        name = naming.desk_name(ctx, filing, task.desk)
        desks.tell_school(
            ctx,
            filing,
            f"{filing.case_no} “{filing.title}”刚才的“{done.act.label}”已由{name}撤销，将重新办理，"
            "有结果会告诉您。此前的通知以新的为准。",
            once=f"undone:{task.id}",
        )
    desks.tell_desks(ctx, filing)
