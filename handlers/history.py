"""What a card tells of what was done before: asked back, undone, added, corrected, appealed."""

from __future__ import annotations

from handlers.context import Context, day_text
from handlers.differences import change_text, latest
from handlers.naming import (
    criteria_of,
    desk_name,
    point_text,
)
from handlers.wording import reason_text
from storage.appeals import Appeal
from storage.cases import Decision, Filing, Task
from storage.rules.correcting import in_words
from storage.rules.routing import ADDED
from storage.rules.terms import Desk, TaskKind, TaskState


def _before(ctx: Context, filing: Filing, task: Task) -> list[Task]:
    """Return the tasks of the same desk that this one took the place of."""
    return [
        one
        for one in ctx.ledger.tasks.of(filing)
        if one.state is TaskState.SUPERSEDED
        and (one.kind, one.desk, one.part) == (task.kind, task.desk, task.part)
    ]


def hands_lines(ctx: Context, filing: Filing, task: Task) -> list[str]:
    """Return what hands did around a task: asked before, undone, added, corrected, handed on."""
    tasks = ctx.ledger.tasks.of(filing)
    before = _before(ctx, filing, task)
    asked = [one for one in tasks if one.kind is TaskKind.REGISTRATION and one.points]
    lines = []
    if task.kind is TaskKind.DECISION and asked:
        lines.append(f"登记前请您处说明：{point_text(asked[-1].points[-1]['points'][0])}。")
    elif before and before[-1].id in ctx.ledger.undoing.of(filing):
        lines.append("您处撤销了上一次的办理，请重新办理。")
    seat = next((one for one in filing.seats if one.desk is task.desk), None)
    if task.kind is TaskKind.CO_REVIEW and seat is not None and seat.clause == ADDED:
        lines.append(f"加签原因：{seat.reason}。")
    lines += corrections(ctx, filing)
    if task.kind in (TaskKind.DECISION, TaskKind.REGISTRATION):
        lines += supplements(ctx, filing)
    if task.assignee and (taker := ctx.ledger.people.get(task.assignee)):
        lines.append(f"已转给{taker.name}办理。")
    return lines


def corrections(ctx: Context, filing: Filing) -> list[str]:
    """Return which facts of this filing a desk has put right, as 使用学段已由基教处更正为中职."""
    return [
        f"{one.fact.label}已由{desk_name(ctx, filing, Desk(one.desk))}更正为"
        f"{in_words(one.fact, one.value)}。"
        for one in ctx.ledger.rerouting.learned(filing.tenant, filing.school)
        if one.filing_id == filing.id
    ]


def supplements(ctx: Context, filing: Filing) -> list[str]:
    """Return what departments added after they had spoken, each with its day."""
    tasks = {task.id: task for task in ctx.ledger.tasks.of(filing)}
    return [
        f"补充意见（{desk_name(ctx, filing, tasks[one.task_id].desk)}，"
        f"{day_text(filing.local(one.at).date())}）：{one.words}"
        for one in ctx.ledger.hands.supplements(filing)
    ]


def handed_back(ctx: Context, filing: Filing, task: Task) -> list[str]:
    """Return what this desk asked for and what the school changed since: the rest is as it was."""
    if task.points:
        record = task.points[-1]
        asked = "；".join(point_text(point) for point in record["points"])
        lines = [f"学校已补正后交回。上次要求：{asked}。"] if asked else []
        # What was handed back before there was this record has none.
        return [*lines, change_text(record["changes"])] if "changes" in record else lines
    handed = latest(ctx.ledger.tasks.of(filing))
    if handed is None or not any(
        (one.decided_at or one.opened_at).isoformat() <= str(handed["handed"])
        for one in _before(ctx, filing, task)
    ):
        return []
    return [
        "您处曾给过意见，学校补正后内容有变化，请重新审查。",
        change_text(handed["changes"]),
    ]


def appealed(ctx: Context, filing: Filing, appeal: Appeal) -> list[str]:
    """Return what the school asks to be looked at again, and what was decided before."""
    old = ctx.ledger.tasks.known(appeal.task_id)
    decision = ctx.ledger.tasks.decision(old)
    assert decision is not None  # an appeal is about one
    at = day_text(filing.local(decision.at).date())
    return [
        f"学校申请复核：{appeal.reason}。",
        (
            f"原决定：{ctx.ledger.tasks.signer(decision)} {at}不予通过，"
            f"{reason_text(criteria_of(filing, old), decision)}。复核决定为最终决定。"
        ),
    ]


def appeal_text(ctx: Context, filing: Filing, task: Task, decision: Decision) -> str:
    """Say how a rejection may be appealed against, and until when; or that it is final."""
    if ctx.ledger.appeals.of(filing, task.part) is not None:
        return "这是复核决定，为最终决定。情况有变化的可重新备案。"
    until = ctx.ledger.appeals.until(filing, decision)
    mark = "，预估" if until.provisional else ""
    return (
        f"如有异议，校长可在{filing.office.appeal_days}个工作日内"
        f"（至{day_text(until.on)}{mark}）向{desk_name(ctx, filing, task.desk)}申请复核，"
        "由未参与审批的同志办理。"
    )
