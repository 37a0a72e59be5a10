"""What can follow from a report that was found true: acts of other matters, a tap away.

A matter that can follow is a function in ``FOLLOWS``; it returns its buttons, or none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from cards.language import Button, Tap
from cards.report import follow_card
from handlers import rectify_order, report_stop
from handlers.context import Context
from storage.cases import Filing
from storage.products import fold
from storage.reporting import Content, Report
from storage.rules.reports import Outcome
from storage.rules.standing import Force, in_force
from storage.rules.terms import Desk

Follows = Callable[[Context, Report, Content, Outcome], Sequence[Button]]
_MOST: Final = 2
_MOST_BUTTONS: Final = 6


def _rectification(
    ctx: Context, report: Report, content: Content, _outcome: Outcome
) -> Sequence[Button]:
    """Offer to have the school put right what it has filed, where that was not ordered yet."""
    return [
        rectify_order.button(report, one)
        for one in _filed(ctx, report, content)
        if not ctx.ledger.rectifying.is_ordered(report, one)
    ][:_MOST]


def _suspension(
    ctx: Context, report: Report, content: Content, _outcome: Outcome
) -> Sequence[Button]:
    """Offer to suspend what the school has filed of the product, to who may do that."""
    return [
        Button(f"暂停 {one.case_no}"[:20], Tap("standing.begin", f"suspend:{one.id}"))
        for one in _filed(ctx, report, content)
        if ctx.ledger.standing.post_for(one, ctx.person, ctx.today) is not None
    ][:_MOST]


def _proposal(
    ctx: Context, report: Report, content: Content, _outcome: Outcome
) -> Sequence[Button]:
    """Offer to propose a stop of the product to the technology centre, where one was named."""
    found = _filed(ctx, report, content) if content.product else []
    able = [one for one in found if report_stop.task_for(ctx, report, one) is not None]
    return [report_stop.button(report, one) for one in able[:1]]


def _stop(ctx: Context, report: Report, content: Content, _outcome: Outcome) -> Sequence[Button]:
    """Offer to stop the product everywhere, to a technology centre; two persons do that (R87)."""
    if not content.product or ctx.person.at_desk(report.tenant, Desk.TECH, ctx.today) is None:
        return ()
    found = ctx.ledger.products.named(content.product)
    if len(found) != 1:
        return ()
    return (Button("停用产品", Tap("stop.pick", f"stop:{found[0].id}")),)


FOLLOWS: Final[Sequence[Follows]] = (_rectification, _suspension, _proposal, _stop)
"""What is offered after a finding, each by its own matter."""


def after_finding(ctx: Context, report: Report, content: Content, outcome: Outcome) -> None:
    """Offer what can follow; tell the technology centre where a product may have to be stopped."""
    buttons = [button for follows in FOLLOWS for button in follows(ctx, report, content, outcome)]
    if buttons:
        ctx.say(follow_card(report.code, buttons[:_MOST_BUTTONS]))
    ctx.ledger.about = None  # nothing of this is a cost of a filing
    if report.desk is Desk.LEGAL and content.product:
        for one in ctx.ledger.people.at_desk(report.tenant, Desk.TECH, ctx.today):
            ctx.push(
                one.id,
                f"反映 {report.code} 经法规部门核实属实（{report.category.label}，三（二）2）。"
                "如需全市停用，请发“停用产品”加产品名称，由两位同志确认。",
                once=f"report-found:{report.id}",
                tenant=report.tenant,
            )


def _filed(ctx: Context, report: Report, content: Content) -> list[Filing]:
    if not content.school or content.tenant != report.tenant:
        return []
    wanted = fold(content.product) if content.product else ""
    found = [
        one
        for one in ctx.ledger.filings.of_school(report.tenant, content.school)
        if in_force(one.stage, one.valid_until, ctx.today) is Force.IN_FORCE
        and (not wanted or wanted in fold(one.title))
    ]
    ctx.ledger.about = None
    return found
