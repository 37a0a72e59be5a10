"""Registering: the technical department's act that issues the number."""

from __future__ import annotations

from dataclasses import replace

from cards.case import done_card
from cards.language import Tap
from handlers import amend, announce, desks, review, showing
from handlers.context import Context
from handlers.router import DESKS, Router
from storage.cases import Filing, Task
from storage.rules.terms import Act, NotAllowedError

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
    if ctx.person.id in desks.barred_registrars(ctx, filing):
        names = "、".join(one.name for one in desks.able(ctx, filing, task))
        who = f"可以请：{names}" if names else "请管理员在名单中补充一位登记人员"
        raise NotAllowedError(
            f"{filing.case_no} 由您审批，按设置需由另一位同志登记（四（四））。{who}。"
        )
    number_code = ctx.office.of(filing.tenant).number_code
    ctx.ledger.tasks.record(
        task.id, Act.REGISTER, by=ctx.person, seen=task.version, now=ctx.now,
        findings={"verdict": "register"}, number_code=number_code,
    )  # fmt: skip
    filing = ctx.ledger.filings.known(filing.id)
    ctx.ledger.pilots.settle(filing, ctx.now)
    view = showing.view_of(ctx, filing)
    number = filing.number
    says = f"{filing.case_no} 已登记，备案号 {number}。学校确认公告文字后，在学校群各发一次。"
    if filing.amends:
        number = ctx.ledger.filings.known(filing.amends).number
        says = f"{filing.case_no} 已登记，并入原备案，备案号 {number} 不变。"
    done = f"已登记 · {showing.signer_of(ctx, task)} · {ctx.local_time(ctx.now)}"
    card = done_card(view, f"{number}", done, f"task:{task.id}")
    ctx.redraw(card)
    ctx.refresh(f"task:{task.id}", replace(card, page=""))
    ctx.say_done(says)
    if filing.amends:
        amend.told(ctx, filing)
    announce.ask_school(ctx, filing)
