"""What is said after a desk has acted: redrawn cards, the next desk, the school."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cards.case import done_card
from cards.hands import undoable_card
from cards.language import Card
from cards.review import returned_notice
from handlers import desks, showing
from handlers.context import Context
from handlers.events import Tapped
from storage.cases import Filing, Task
from storage.rules.criteria import Criterion, Verdict
from storage.rules.terms import Act, Stage, TaskKind


def tell(ctx: Context, task: Task, filing: Filing, verdict: Verdict) -> None:
    """Redraw every copy of the card and tell the next one, or the school.

    Whoever acted keeps a way back (撤销) on their own copy, where they have one of their own.
    """
    at = ctx.local_time(ctx.now)
    card = _done(ctx, task, filing, verdict)
    own = isinstance(ctx.event, Tapped) and not ctx.event.can_show
    ctx.redraw(undoable_card(card, task.id, task.version) if own else card)
    ctx.talk.state["acted"] = task.id
    back = "" if own else "10分钟内可发“撤销”。"
    at = ctx.local_time(ctx.now)
    spread(
        ctx, task, filing, verdict,
        f"{filing.case_no} 已记录“{verdict.label}”，{at}。{back}{_left(ctx)}",
    )  # fmt: skip


def _done(ctx: Context, task: Task, filing: Filing, verdict: Verdict) -> Card:
    done = f"{verdict.label} · {showing.signer_of(ctx, task)} · {ctx.local_time(ctx.now)}"
    title = f"{filing.title}｜{showing.heading_of(filing, task)}"
    return done_card(showing.view_of(ctx, filing), title, done, f"task:{task.id}")


def spread(ctx: Context, task: Task, filing: Filing, verdict: Verdict, said: str = "") -> None:
    """Redraw the others' copies, tell the school and whoever is next; ``said`` goes between."""
    ctx.refresh(f"task:{task.id}", replace(_done(ctx, task, filing, verdict), page=""))
    if verdict.act is Act.RETURN:
        _tell_of_return(ctx, task, filing)
    elif verdict.act is Act.REJECT:
        _tell_of_rejection(ctx, task, filing)
    elif verdict.act is Act.APPROVE:
        _tell_of_approval(ctx, task, filing)
    if said:
        ctx.say_done(said)
    desks.tell_desks(ctx, filing)
    if filing.stage is not Stage.IN_REVIEW and task.kind is TaskKind.CO_REVIEW:
        # Behind the card that it speaks of, which so reaches all of the lead's people together.
        early = f"filing:{filing.id}:early"
        view = replace(showing.view_of(ctx, filing), link="")
        over = done_card(view, f"{filing.title}｜会审已齐", "请看审批卡片", early)
        ctx.refresh(early, over)


def _left(ctx: Context) -> str:
    left = len(ctx.ledger.tasks.open_of(ctx.person, ctx.today))
    return f"还有待办{left}件，发“待办”查看。" if left else ""


def _tell_of_return(ctx: Context, task: Task, filing: Filing) -> None:
    desk = showing.desk_name(ctx, filing, task.desk)
    rows = [
        f"{showing.point_text(point)}（{desk}，{task.clause}）"
        for point in task.points[-1]["points"]
    ]
    desks.tell_school(
        ctx,
        filing,
        returned_notice(filing.case_no, filing.title, rows, filing.id),
        once=f"returned:{task.id}:{task.version}",
    )


def _tell_of_approval(ctx: Context, task: Task, filing: Filing) -> None:
    decision = ctx.ledger.tasks.decision(task)
    words = f"附意见：{decision.reason}。" if decision and decision.reason else ""
    desk = showing.desk_name(ctx, filing, task.desk)
    part = showing.part_name(filing, task)
    desks.tell_school(
        ctx,
        filing,
        f"{filing.case_no} “{filing.title}”{part}已由{desk}同意，{_next(filing)}{words}",
        once=f"approved:{task.id}",
        # What the desk wrote beside it stands nowhere else that the school looks.
        courtesy=not words,
    )


def _tell_of_rejection(ctx: Context, task: Task, filing: Filing) -> None:
    decision = ctx.ledger.tasks.decision(task)
    assert decision is not None  # a rejection is one
    about = labels(showing.criteria_of(filing, task), decision.findings.get("criteria", ()))
    reason = "：".join(part for part in (about, decision.reason) if part)
    following = "" if filing.stage is Stage.REJECTED else _next(filing)
    desks.tell_school(
        ctx,
        filing,
        f"{filing.case_no} “{filing.title}”{showing.part_name(filing, task)}"
        f"未予通过（{task.clause}）。理由：{reason}。{following}"
        f"如有异议，可在{filing.office.appeal_days}个工作日内向"
        f"{showing.desk_name(ctx, filing, task.desk)}申请复核，由未参与审批的同志办理。",
        once=f"rejected:{task.id}",
    )


def _next(filing: Filing) -> str:
    """Say what follows a decision: registration, or the other part's lead (M11)."""
    if filing.stage is Stage.AWAITING_DECISION:
        return "其余部分还在审批。"
    whole = "" if len(filing.parts) == 1 else "已同意的部分"
    return f"{whole}转教育技术部门备案登记。"


def labels(listed: Sequence[Criterion], keys: Sequence[str]) -> str:
    """Write the criteria that were chosen, in the list's order."""
    return "、".join(one.label for one in listed if one.key in keys)
