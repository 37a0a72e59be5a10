"""反映 in 待办 and in numbers: what waits for whom, and how many there were."""

from __future__ import annotations

import re
from typing import Final

from cards.language import Tap
from handlers import report_sealed, reporting
from handlers.context import Context, day_text
from handlers.figures import figures_period
from handlers.router import DESKS, STAFF, Router
from storage.rules.periods import PATTERN
from storage.rules.reports import ReportState
from storage.rules.terms import Role

router = Router("report_counts")

HANDLERS: Final = frozenset({*DESKS, Role.DISCIPLINE})
COUNTERS: Final = frozenset({Role.ADMIN, Role.AUDITOR, *HANDLERS})
AUDITOR: Final = (
    "您的权限不含线索内容，仅可查看数量与办理时间（发“反映情况”）。"
    "如需调阅请经纪检授权（温教办技〔2022〕65号三（二）1）。"
)


# --- numbers only --------------------------------------------------------------------------------


@router.word("report_content", r"(?:看|查看|调阅|导出)(?:举报|反映|线索)(?:内容)?", roles=STAFF)
def no_content(ctx: Context, _match: re.Match[str]) -> None:
    """Say who may read what was reported (E.16)."""
    roles = {post.role for post in ctx.person.held(ctx.today)}
    if Role.DISCIPLINE in roles:
        report_sealed.listed(ctx)
    else:
        ctx.say(AUDITOR)


@router.word(
    "report_counts", rf"(?:{PATTERN}的?)?(?:反映|举报|线索)(?:情况|数量|统计)", roles=COUNTERS
)
def counted(ctx: Context, match: re.Match[str]) -> None:
    """Tell numbers and times of one's own authority's reports, and nothing else."""
    tenants = tuple(dict.fromkeys(post.tenant for post in ctx.person.held(ctx.today)))
    period = figures_period(ctx, match["period"] or "今年")
    ctx.say(f"{period.name}反映：{reporting.counted(ctx.ledger, ctx.office, tenants, period)}")


# --- 待办 ----------------------------------------------------------------------------------------


def waiting_for(ctx: Context) -> list[tuple[str, Tap]]:
    """Return the reports that wait for this person, as lines with the tap that opens each."""
    held = ctx.person.held(ctx.today)
    if not any(post.role in HANDLERS for post in held):
        return []
    find = ctx.ledger.reports.find
    rows = []
    for one in find.open_at({post.tenant for post in held}):
        if one.state is ReportState.ASKED or not find.handles(one, ctx.person, ctx.today):
            continue
        what = "加密线索" if one.is_sealed else f"反映（{one.category.label}）"
        line = f"{what} {one.code}：{one.state.label}，{day_text(one.due_on)}前"
        rows.append((line, Tap("report.show", one.id)))
    return rows
