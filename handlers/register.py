"""Registering: the technical department's act that issues the number."""

from __future__ import annotations

from dataclasses import replace

from cards.case import done_card
from cards.language import Tap
from handlers import announce, desks, review
from handlers.context import Context
from handlers.router import DESKS, Router
from storage.cases import Filing, Task
from storage.rules.terms import Act

router = Router("register")


@router.tap("register.issue", roles=DESKS)
def issue(ctx: Context, tap: Tap) -> None:
    """Register the filing: its number exists from this transaction on."""
    task, filing = review.open_task(ctx, tap.subject, tap.seen)
    register(ctx, task, filing)


def register(ctx: Context, task: Task, filing: Filing) -> None:
    """Register, redraw the cards, tell the school and ask it to confirm the announcement.

    Source: 四（四）; for terminals another person than the approver (Q11).
    """
    if others := _others_must(ctx, task, filing):
        names = "".join(f" {at} {name}" for at, name in enumerate(others, start=1))
        ctx.say(f"本件由您审批，按设置需由另一位同志登记。可以请：{names.strip()}。")
        return
    number_code = ctx.office.of(filing.tenant).number_code
    ctx.ledger.tasks.record(
        task.id, Act.REGISTER, by=ctx.person, seen=task.version, now=ctx.now,
        findings={"verdict": "register"}, number_code=number_code,
    )  # fmt: skip
    filing = ctx.ledger.filings.known(filing.id)
    view = desks.view_of(ctx, filing)
    done = f"已登记 · {ctx.person.name} · {ctx.local_time(ctx.now)}"
    card = done_card(view, f"{filing.number}", done, f"task:{task.id}")
    ctx.redraw(card)
    ctx.refresh(f"task:{task.id}", replace(card, page=""))
    ctx.say(
        f"{filing.case_no} 已登记，备案号 {filing.number}。学校确认公告文字后，在学校群各发一次。"
    )
    announce.ask_school(ctx, filing)


def _others_must(ctx: Context, task: Task, filing: Filing) -> list[str]:
    """Return who else may register where this person approved and may not."""
    if not any(part.distinct_registrar for part in filing.parts):
        return []
    approvers = {
        one.person_id for one in ctx.ledger.tasks.decisions(filing) if one.act is Act.APPROVE
    }
    if ctx.person.id not in approvers:
        return []
    people = ctx.ledger.people.at_desk(filing.tenant, task.desk, ctx.today)
    return [one.name for one in people if one.id not in approvers] or ["请管理员补充登记人员"]
