"""批量: like cases are done at once, each after it was opened, each recorded on its own."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Final

from cards.hands import batch_card, batch_confirm_card
from cards.language import Card, Tap
from handlers import naming, opinion, outcome, review, showing
from handlers.context import Context
from handlers.router import DESKS, Router
from storage.cases import Task
from storage.rules.criteria import settled_answers
from storage.rules.terms import NotAllowedError, RuleViolationError, TaskKind, TaskState

router = Router("batch")

AGAIN: Final = "请发“待办”重新查看这一批，这次都没有办理。"


def alike(ctx: Context, tasks: Sequence[Task]) -> list[list[Task]]:
    """Return the groups of like tasks: one desk's, of one kind, about one product (E.7).

    What this person may not do themself would keep the whole group from being done.
    """
    groups: dict[tuple[str, ...], list[Task]] = {}
    for task in tasks:
        filing = ctx.ledger.filings.known(task.filing_id)
        kept_out = ctx.ledger.tasks.kept_out(filing, task)
        if task.kind is not TaskKind.REGISTRATION and ctx.person.id not in kept_out:
            key = (task.tenant, task.kind, task.desk, filing.product_key)
            groups.setdefault(key, []).append(task)
    return [group for group in groups.values() if len(group) > 1]


def _group(ctx: Context, first: str) -> list[Task]:
    """Return the tasks that are like one, those of this person that wait.

    Raises:
        RuleViolationError: it is alone, or not this person's.
    """
    waiting = ctx.ledger.tasks.open_of(ctx.person, ctx.today)
    for group in alike(ctx, waiting):
        if first in {task.id for task in group}:
            return group
    raise RuleViolationError("同类的任务已经有了变化，请发“待办”查看。")


@router.tap("batch.open", roles=DESKS)
def show(ctx: Context, tap: Tap) -> None:
    """Show like cases, and which of them this person has opened."""
    ctx.say(_card(ctx, _group(ctx, tap.subject)))


def _card(ctx: Context, group: Sequence[Task]) -> Card:
    seen = ctx.ledger.hands.opened(group, ctx.person)
    filing = ctx.ledger.filings.known(group[0].filing_id)
    rows = [
        f"{at} {_line(ctx, task)}：{'已查看' if task.id in seen else '未查看'}"
        for at, task in enumerate(group, start=1)
    ]
    return batch_card(
        first=group[0].id, seen=len(group), heading=f"{filing.title} {group[0].kind.label}",
        rows=rows, unopened=len(group) - len(seen), opened=len(seen),
    )  # fmt: skip


def _line(ctx: Context, task: Task) -> str:
    filing = ctx.ledger.filings.known(task.filing_id)
    unit = ctx.ledger.people.unit(filing.tenant, filing.school)
    return f"{filing.case_no} {unit.name if unit else filing.school}"


@router.tap("batch.next", roles=DESKS)
def look(ctx: Context, tap: Tap) -> None:
    """Open the next one that was not opened yet, and offer to go on."""
    group = _group(ctx, tap.subject)
    seen = ctx.ledger.hands.opened(group, ctx.person)
    task = next((one for one in group if one.id not in seen), None)
    if task is not None:
        filing = ctx.ledger.filings.known(task.filing_id)
        ctx.ledger.hands.open(task, by=ctx.person, now=ctx.now)
        ctx.say(showing.card_of(ctx, filing, task, ctx.person))
    ctx.say(_card(ctx, group))


@router.tap("batch.ask", roles=DESKS)
def ask(ctx: Context, tap: Tap) -> None:
    """Show what would be recorded on each that was opened: the favourable verdict."""
    group = _group(ctx, tap.subject)
    seen = ctx.ledger.hands.opened(group, ctx.person)
    tasks = [task for task in group if task.id in seen]
    if len(tasks) < 2:
        raise RuleViolationError("请先逐件查看，看过两件以上才能一次办理。")
    verdict = naming.verdicts_of(tasks[0])[0]
    listed = [[task.id, task.version] for task in tasks]
    mark = hashlib.sha256(repr(listed).encode()).hexdigest()[:8]
    ctx.talk.state["batch"] = {"tasks": listed, "verdict": verdict.key, "mark": mark}
    ctx.redraw(
        batch_confirm_card(
            first=tasks[0].id, mark=mark, verdict=verdict.label,
            rows=[_line(ctx, task) for task in tasks], signer=showing.signer_of(ctx, tasks[0]),
        )
    )  # fmt: skip


@router.tap("batch.confirm", roles=DESKS)
def confirm(ctx: Context, tap: Tap) -> None:
    """Record each of them on its own, in one transaction: all, or none where one has moved.

    Source: E.7 unhappy 3.
    """
    _, _, mark = tap.subject.partition(":")
    kept: dict[str, Any] = ctx.talk.state.get("batch", {})
    if not kept or kept["mark"] != mark:
        raise RuleViolationError(AGAIN)
    tasks = [ctx.ledger.tasks.known(task_id) for task_id, _ in kept["tasks"]]
    _must_stand(ctx, tasks, [seen for _, seen in kept["tasks"]])
    verdict = opinion.verdict_of(tasks[0], kept["verdict"])
    done = []
    for task in tasks:
        listed = naming.criteria_of(ctx.ledger.filings.known(task.filing_id), task)
        answers = settled_answers(verdict, listed)
        done.append(
            ctx.ledger.tasks.record(
                task.id, verdict.act, by=ctx.person, seen=task.version, now=ctx.now,
                findings={"verdict": verdict.key, "answers": answers, "criteria": []},
            )
        )  # fmt: skip
    ctx.talk.state.pop("batch", None)
    cases = []
    for task in done:
        filing = ctx.ledger.filings.known(task.filing_id)
        outcome.spread(ctx, task, filing, verdict)
        cases.append(filing.case_no)
    at = ctx.local_time(ctx.now)
    ctx.redraw(
        Card(
            title=f"{len(done)}件：{verdict.label}",
            body="、".join(cases),
            done=f"{verdict.label} · {ctx.person.name} · {at}",
        )
    )
    ctx.say_done(f"{len(done)}件已记录“{verdict.label}”，每件单独留痕，{at}：{'、'.join(cases)}。")


def _must_stand(ctx: Context, tasks: Sequence[Task], seen: Sequence[int]) -> None:
    """Hold every task of a batch to what was looked at; none is done where one has moved.

    Raises:
        NotAllowedError: says which, and what has happened.
    """
    opened = ctx.ledger.hands.opened(tasks, ctx.person)
    for task, version in zip(tasks, seen, strict=True):
        if task.state is not TaskState.OPEN or task.version != version or task.id not in opened:
            raise NotAllowedError(f"{ctx.ledger.tasks.what_happened(task)}{AGAIN}")
        review.open_task(ctx, task.id, version)
