"""A desk whose finding speaks against a product everywhere proposes to the technology centre to
stop it; two persons there do that, or say why not.

Source: 三（二）2; requirements A.6, R42, R87; dialogues E.3.
"""

from __future__ import annotations

from typing import Final

from cards.language import Button, Tap
from handlers import confirming, outcome
from handlers.context import Context
from handlers.router import DESKS, Router
from storage.cases import Filing, Task
from storage.reporting import Report
from storage.rules.reports import TRUE, ReportState
from storage.rules.terms import Desk, NotAllowedError, RuleViolationError

router = Router("report_stop")

MOST_CHARS: Final = 200
NOT_NOW: Final = "这条反映现在不能据此建议停用：须由承办部门核实属实，且本部门会审过所涉备案。"


def task_for(ctx: Context, report: Report, filing: Filing) -> Task | None:
    """Return the task by which a report's desk took part in a filing, from which it may propose."""
    if report.desk is Desk.TECH or ctx.ledger.proposals.is_proposed(filing.product_key):
        return None
    mine = [one for one in ctx.ledger.tasks.of(filing) if one.desk is report.desk]
    return next((one for one in mine if not ctx.ledger.proposals.rests_on(one)), None)


def button(report: Report, filing: Filing) -> Button:
    """Offer to propose it."""
    return Button("建议全市停用", Tap("report.advise", f"{report.id}:{filing.id}"))


def _of(ctx: Context, tap: Tap) -> tuple[Report, Filing, Task]:
    report_id, _, filing_id = tap.subject.partition(":")
    report, filing = ctx.ledger.reports.known(report_id), ctx.ledger.filings.held(filing_id)
    is_true = report.state is ReportState.FIXING or report.outcome in TRUE
    task = task_for(ctx, report, filing)
    handles = ctx.ledger.reports.find.handles(report, ctx.person, ctx.today)
    there = (filing.tenant, filing.school) == (report.tenant, report.school)
    if report.is_sealed or not (is_true and handles and there) or task is None:
        raise NotAllowedError(NOT_NOW)
    return report, filing, task


@router.tap("report.advise", roles=DESKS)
def advise(ctx: Context, tap: Tap) -> None:
    """Say what it would touch, and ask why."""
    report, filing, _ = _of(ctx, tap)
    ctx.ask(
        "report.advise", f"{report.id}:{filing.id}", 0,
        f"建议全市暂停“{filing.title}”：{confirming.reach_text(ctx, filing)}"
        "请写一句理由，教育技术中心会看到；不写反映人。不提了不用回复。",
    )  # fmt: skip


@router.reply("report.advise", roles=DESKS)
def hear(ctx: Context, tap: Tap, text: str) -> None:
    """Propose it."""
    _, filing, task = _of(ctx, tap)
    reason = text.strip().rstrip("。")
    if len(reason) > MOST_CHARS:
        raise RuleViolationError(
            f"这段话有{len(reason)}字，理由最多{MOST_CHARS}字。请缩短后重新点“建议全市停用”。"
        )
    # It may become the reason of the stop, which schools read: nothing in it tells of a report.
    outcome.propose_stop(ctx, task, filing, reason)
    ctx.say_done(f"已建议全市暂停“{filing.title}”，由教育技术中心两位同志确认，结果会告诉您。")
