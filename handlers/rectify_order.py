"""责成整改: a desk has a school put right what a report was found true of.

Source: 四 尾 及时处置相关问题 (R86); requirements A.6.
"""

from __future__ import annotations

from typing import Final

from cards.language import Button, Tap
from handlers import desks, rectify
from handlers.context import Context, day_text
from handlers.router import DESKS, Router
from storage.cases import Filing
from storage.rectifying import speaks_for
from storage.reporting import Report
from storage.rules import workdays
from storage.rules.terms import RuleViolationError

router = Router("rectify_order")

MOST_CHARS: Final = 200


def button(report: Report, filing: Filing) -> Button:
    """Offer to have it put right."""
    return Button(
        f"责成整改 {filing.case_no}"[:20], Tap("rectify.order", f"{report.id}:{filing.id}")
    )


def _of(ctx: Context, tap: Tap) -> tuple[Report, Filing]:
    report_id, _, filing_id = tap.subject.partition(":")
    report = ctx.ledger.reports.known(report_id)
    filing = ctx.ledger.filings.known(filing_id)
    ctx.ledger.rectifying.may_order(report, filing, ctx.person, ctx.today)
    return report, filing


def _owner(ctx: Context, filing: Filing) -> str:
    """Return who sees to it: the project's owner while at the school, else who speaks for it."""
    wanted = filing.project_owner_id or filing.owner_id
    owner = ctx.ledger.people.get(wanted)
    if owner is not None and speaks_for(owner, filing.tenant, filing.school, ctx.today):
        return owner.id
    return next(iter(desks.school_today(ctx, filing)), wanted)


@router.tap("rectify.order", roles=DESKS)
def order(ctx: Context, tap: Tap) -> None:
    """Ask what the school is to do."""
    report, filing = _of(ctx, tap)
    ctx.ask(
        "rectify.order", f"{report.id}:{filing.id}", 0,
        f"{filing.case_no} “{filing.title}”：请写一句学校要整改什么，学校会看到。"
        "不写反映的原话，也不提有人反映。",
    )  # fmt: skip


@router.reply("rectify.order", roles=DESKS)
def hear(ctx: Context, tap: Tap, text: str) -> None:
    """Have it put right: with whom, until when."""
    report, filing = _of(ctx, tap)
    words = text.strip().rstrip("。")
    if len(words) > MOST_CHARS:
        raise RuleViolationError(
            f"这段话有{len(words)}字，最多{MOST_CHARS}字。请缩短后重新点“责成整改”。"
        )
    rules = ctx.office.of(filing.tenant).rules
    schools = ctx.ledger.calendar.of_schools(filing.tenant)
    one = ctx.ledger.rectifying.order(
        report, filing, words,
        due_on=workdays.add(ctx.today, rules.days_rectify, schools).on,
        owner_id=_owner(ctx, filing),
        by=ctx.person, day=ctx.today, now=ctx.now,
    )  # fmt: skip
    rectify.ordered(ctx, one)
    owner = ctx.ledger.people.get(one.owner_id) if one.owner_id else None
    ctx.say_done(
        f"{filing.case_no} 已责成整改，责任人{owner.name if owner else '学校经办人'}，"
        f"{day_text(one.due_on) if one.due_on else ''}前完成，交来后请您处确认。"
        "学校看不到反映的内容。"
    )
