"""What is said after a desk has acted: redrawn cards, the next desk, the school."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cards.appeal import rejected_card
from cards.case import done_card
from cards.hands import undoable_card
from cards.language import Card
from cards.review import returned_notice
from cards.todo import many
from handlers import confirming, desks, halted, history, naming, showing
from handlers.beside import other_parts
from handlers.context import Context
from handlers.events import Tapped
from handlers.wording import items_text, reason_text
from storage.cases import Filing, Task
from storage.gaps import CITY
from storage.rules.criteria import Verdict, settled_answers
from storage.rules.terms import Act, Desk, Stage, TaskKind


def approve_beside(ctx: Context, task: Task, filing: Filing, verdict: Verdict) -> list[Task]:
    """Approve the other parts that the same desk has before it, with the same tap (整体同意)."""
    return [
        ctx.ledger.tasks.record(
            other.id, Act.APPROVE, by=ctx.person, seen=other.version, now=ctx.now,
            findings={
                "verdict": verdict.key,
                "answers": settled_answers(verdict, naming.criteria_of(filing, other)),
                "criteria": [],
            },
        )
        for other in other_parts(ctx, ctx.ledger.filings.known(filing.id), task)
    ]  # fmt: skip


def tell(
    ctx: Context, task: Task, filing: Filing, verdict: Verdict, others: Sequence[Task] = ()
) -> None:
    """Redraw every copy of the card and tell the next one, or the school; ``others`` were decided
    with the same tap.

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
        f"{filing.case_no} 已记录“{verdict.label}”，{at}。{back}{_left(ctx)}", others,
    )  # fmt: skip


def _done(ctx: Context, task: Task, filing: Filing, verdict: Verdict) -> Card:
    done = f"{verdict.label} · {showing.signer_of(ctx, task)} · {ctx.local_time(ctx.now)}"
    title = f"{filing.title}｜{naming.heading_of(filing, task)}"
    return done_card(showing.view_of(ctx, filing), title, done, f"task:{task.id}")


def spread(
    ctx: Context,
    task: Task,
    filing: Filing,
    verdict: Verdict,
    said: str = "",
    others: Sequence[Task] = (),
) -> None:
    """Redraw the others' copies, tell the school and whoever is next; ``said`` goes between."""
    ctx.refresh(f"task:{task.id}", replace(_done(ctx, task, filing, verdict), page=""))
    if verdict.act is Act.RETURN:
        _tell_of_return(ctx, task, filing)
    elif verdict.act is Act.REJECT:
        _tell_of_rejection(ctx, task, filing)
    elif verdict.act is Act.APPROVE:
        _tell_of_approval(ctx, task, filing)
    for other in others:
        ctx.refresh(f"task:{other.id}", replace(_done(ctx, other, filing, verdict), page=""))
        _tell_of_approval(ctx, other, filing)
    if said:
        ctx.say_done(said)
    desks.tell_desks(ctx, filing)
    if filing.stage is not Stage.IN_REVIEW and task.kind is TaskKind.CO_REVIEW:
        # Behind the card that it speaks of, which so reaches all of the lead's people together.
        early = f"filing:{filing.id}:early"
        view = replace(showing.view_of(ctx, filing), link="")
        over = done_card(view, f"{filing.title}｜会审已齐", "请看审批卡片", early)
        ctx.refresh(early, over)


def propose_stop(ctx: Context, task: Task, filing: Filing, reason: str) -> None:
    """Keep a proposal to stop the product everywhere, and tell the technology centre.

    Source: requirements R42, R87.
    """
    ctx.ledger.proposals.propose(task, filing, reason=reason, by=ctx.person, now=ctx.now)
    desk, reach = naming.desk_name(ctx, filing, task.desk), confirming.reach_text(ctx, filing)
    title = f"“{filing.title}”"
    says = f"{desk}建议全市暂停该产品（{task.clause}）。理由：{reason}。{reach}发“停用产品”可答复。"
    for person in ctx.ledger.people.at_desk(filing.tenant, Desk.TECH, ctx.today):
        ctx.push(
            person.id,
            f"{filing.case_no} {title}：{says}",
            once=f"stop:{task.id}",
            tenant=filing.tenant,
        )
    if filing.tenant != CITY:
        # Whether the whole city stops it is the city's to say, which sees no county's case.
        for person in ctx.ledger.people.at_desk(CITY, Desk.TECH, ctx.today):
            county = halted.name(ctx, filing.tenant)
            ctx.push(person.id, f"{title}：{county}{says}", once=f"stop:{task.id}", tenant=CITY)


def _left(ctx: Context) -> str:
    left = len(ctx.ledger.tasks.open_of(ctx.person, ctx.today))
    return f"还有待办{many(left)}，发“待办”查看。" if left else ""


def _tell_of_return(ctx: Context, task: Task, filing: Filing) -> None:
    desk = naming.desk_name(ctx, filing, task.desk)
    rows = [
        f"{naming.point_text(point)}（{desk}，{task.clause}）"
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
    if decision and (items := items_text(decision)):
        words = f"{items}，理由：{decision.reason}（{task.clause}）。未通过的可补充材料后另行备案。"
    desk = naming.desk_name(ctx, filing, task.desk)
    part = naming.part_name(filing, task)
    desks.tell_school(
        ctx,
        filing,
        f"{filing.case_no} “{filing.title}”{part}已由{desk}同意，{_next(filing)}{words}",
        once=f"approved:{task.id}",
        # What the desk wrote beside it stands nowhere else that the school looks.
        courtesy=not words,
    )


def _tell_of_rejection(ctx: Context, task: Task, filing: Filing) -> None:
    """Tell the school why, on which clause and until when its principal may appeal.

    Source: requirements Q34.
    """
    decision = ctx.ledger.tasks.decision(task)
    assert decision is not None  # a rejection is one
    reason = reason_text(naming.criteria_of(filing, task), decision)
    following = "" if filing.stage is Stage.REJECTED else _next(filing)
    appeal = history.appeal_text(ctx, filing, task, decision)
    part, says = naming.part_name(filing, task), f"理由：{reason}。{following}{appeal}"
    is_final = ctx.ledger.appeals.of(filing, task.part) is not None
    for person_id in desks.school_today(ctx, filing):
        reader = ctx.ledger.people.get(person_id)
        signs = reader and reader.is_principal_of(filing.tenant, filing.school, ctx.today)
        what: Card | str = (
            f"{filing.case_no} “{filing.title}”{part}未予通过（{task.clause}）。{says}"
        )
        if signs and not is_final:
            desk = naming.desk_name(ctx, filing, task.desk)
            what = rejected_card(
                showing.view_of(ctx, filing, reader), part=part, place=task.clause, desk=desk,
                says=says,
            )  # fmt: skip
        ctx.push(person_id, what, once=f"rejected:{task.id}", tenant=filing.tenant)


def _next(filing: Filing) -> str:
    """Say what follows a decision: registration, or the other part's lead (M11)."""
    if filing.stage is Stage.AWAITING_DECISION:
        return "其余部分还在审批。"
    whole = "" if len(filing.parts) == 1 else "已同意的部分"
    return f"{whole}转教育技术部门备案登记。"
