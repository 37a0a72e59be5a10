"""本月情况 and its kin, and the one-page summary: sums for who may read them."""

from __future__ import annotations

import re
from typing import Final

from cards.figures import figures_card, summary_card
from handlers import reach
from handlers.context import Context
from handlers.printed import view_of
from handlers.router import STAFF, Router
from storage.rules.periods import PATTERN, Period, named
from storage.rules.terms import NotAllowedError

router = Router("figures")

NOT_YOURS: Final = (
    "备案情况由主管单位的审核、管理和审计人员及本校校长、经办人查看。"
    "如职责有变动，请联系本单位管理员更新名单。"
)
NO_SUMMARY: Final = (
    "情况摘要由教育技术部门、部门负责人和管理员汇总（温教办技〔2022〕65号三）。"
    "要看数字请发“本月情况”。"
)


@router.word("figures", rf"(?:查看?|看)?{PATTERN}的?(?:备案)?(?:情况|数据|统计)", roles=STAFF)
def figures(ctx: Context, match: re.Match[str]) -> None:
    """Tell the figures of a span, with the workbook and the tables a link away."""
    scope = reach.of_figures(ctx.person, ctx.today, ctx.office)
    if scope is None:
        raise NotAllowedError(NOT_YOURS)
    period = figures_period(ctx, match["period"])
    view = view_of(ctx.ledger, ctx.office, scope, period, in_full=False)
    page = "" if scope.schools else ctx.link("figures", period.key)
    ctx.say(figures_card(view, book=ctx.link("book", f"figures-{period.key}"), page=page))


@router.word("summary", rf"(?:{PATTERN}的?)?情况摘要", roles=STAFF)
def summary(ctx: Context, match: re.Match[str]) -> None:
    """Draw the page for leaders: sums only; this year's where no span is named."""
    scope = reach.of_summary(ctx.person, ctx.today, ctx.office)
    if scope is None:
        raise NotAllowedError(NO_SUMMARY)
    period = figures_period(ctx, match["period"] or "今年")
    view = view_of(ctx.ledger, ctx.office, scope, period, in_full=False, with_kinds=True)
    ctx.say(summary_card(view, page=ctx.link("summary", period.key)))


def figures_period(ctx: Context, words: str) -> Period:
    """Return the span that words of ``PATTERN`` name today."""
    period = named(words, ctx.today)
    assert period is not None  # the pattern lets no other words through
    return period
