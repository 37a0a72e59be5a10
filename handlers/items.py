"""Deciding a project whole or item by item: its parts, and the applications of one part."""

from __future__ import annotations

import re
from dataclasses import replace

from cards.items import items_card
from cards.language import Tap
from handlers import naming, review, showing
from handlers.beside import items_of
from handlers.context import Context
from handlers.opinion import Opinion, keep, kept
from handlers.router import DESKS, Router
from storage.cases import Filing, Task
from storage.rules.criteria import Verdict
from storage.rules.items import Item
from storage.rules.terms import Act, RuleViolationError

router = Router("items")


def _approval(task: Task) -> Verdict:
    found = next((one for one in naming.verdicts_of(task) if one.act is Act.APPROVE), None)
    if found is None:
        raise RuleViolationError("这张卡片没有这个选项，请发“待办”查看最新的一张。")
    return found


@router.tap("items.whole", roles=DESKS)
def whole(ctx: Context, tap: Tap) -> None:
    """Propose to approve every part that this desk has before it."""
    task, filing = review.open_task(ctx, tap.subject, tap.seen)
    verdict = _approval(task)
    opinion = Opinion(task.id, task.version, verdict.key, whole=True)
    keep(ctx, opinion)
    review.go_on(ctx, task, filing, verdict, opinion)


@router.tap("items.each", roles=DESKS)
def each(ctx: Context, tap: Tap) -> None:
    """Ask which items are approved."""
    task, filing = review.open_task(ctx, tap.subject, tap.seen)
    items = _items(filing, task)
    keep(ctx, Opinion(task.id, task.version, _approval(task).key))
    ctx.redraw(
        items_card(
            showing.view_of(ctx, filing), task_id=task.id, seen=task.version,
            names=[one.name for one in items],
        )
    )  # fmt: skip
    ctx.expect("items.take", task.id, task.version, _which(items))


def _items(filing: Filing, task: Task) -> tuple[Item, ...]:
    items = items_of(filing, task)
    if not items:
        raise RuleViolationError("这张卡片没有这个选项，请发“待办”查看最新的一张。")
    return items


def _which(items: tuple[Item, ...]) -> str:
    rows = " ".join(f"{at} {one.name}" for at, one in enumerate(items, start=1))
    return f"请发同意的项的序号，可以多个，没有发的为不予通过：{rows}。"


@router.tap("items.take", roles=DESKS)
def take(ctx: Context, tap: Tap) -> None:
    """Take the approved items; why the others are not is asked for."""
    task, filing = review.open_task(ctx, tap.subject, tap.seen)
    keys = (tap.choices or {}).get("items", ())
    items = _items(filing, task)
    _chosen(ctx, task, filing, [one for at, one in enumerate(items) if str(at) in keys])


@router.reply("items.take", roles=DESKS)
def hear(ctx: Context, tap: Tap, text: str) -> None:
    """Read the approved items by number or name."""
    task, filing = review.open_task(ctx, tap.subject, tap.seen)
    items = _items(filing, task)
    words = {word for word in re.split(r"[\s、,，;；。和及]+", text) if word}
    called = {str(at): one for at, one in enumerate(items, start=1)}
    called |= {one.name: one for one in items}
    if not words or words - called.keys():
        ctx.ask("items.take", task.id, task.version, _which(items))
        return
    _chosen(ctx, task, filing, [one for one in items if one in {called[word] for word in words}])


def _chosen(ctx: Context, task: Task, filing: Filing, approved: list[Item]) -> None:
    opinion, verdict = kept(ctx, task.id), _approval(task)
    if opinion.verdict != verdict.key:
        raise RuleViolationError(review.CHANGED)
    if not approved:
        raise RuleViolationError("请至少选一项；都不同意的，请从卡片上选“不予通过”。")
    names = tuple(one.name for one in approved)
    is_whole = len(names) == len(_items(filing, task))
    opinion = replace(opinion, said=(), items=None if is_whole else names)
    keep(ctx, opinion)
    review.go_on(ctx, task, filing, verdict, opinion)
