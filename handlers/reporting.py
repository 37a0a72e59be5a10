"""What is told of a report, to whom: its desk, who may read along, the reporter."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Final

from cards.language import Card
from cards.report import ReportView, desk_card, sealed_card
from handlers.context import Context, Office, day_text
from storage.figures import Window
from storage.questions import REPORT_ANSWER
from storage.reporting import Report
from storage.rules import workdays
from storage.rules.periods import Period
from storage.rules.reports import FEE_BASIS, FEES, HANDLING, Category, kind_of
from storage.rules.terms import Desk
from storage.transaction import Transaction

QUIET: Final = "有关部门"
"""As what 纪检 is named to anybody else."""
_SHORT: Final[Mapping[Desk, str]] = {
    Desk.FINANCE: "计财部门",
    Desk.LEGAL: "法规部门",
    Desk.TECH: "教育技术部门",
    Desk.BASIC: "基教部门",
    Desk.DIRECT: "直属管理部门",
    Desk.VOC: "职教部门",
    Desk.PRE: "学前部门",
    Desk.RESEARCH: "教研部门",
    Desk.DISCIPLINE: QUIET,
    Desk.OTHER: QUIET,
}


def desk_words(desk: Desk) -> str:
    """Return what a reporter reads a desk as."""
    return _SHORT[desk]


def view_of(ctx: Context, report: Report) -> ReportView:
    """Return what stands on a report's card."""
    find = ctx.ledger.reports.find
    unit = None
    if report.school:
        content = find.content_of(report)
        unit = ctx.ledger.people.unit(content.tenant or report.tenant, report.school)
    basis = HANDLING[report.category].place
    if report.category in FEES:
        basis = f"{basis}，{FEE_BASIS}"
    return ReportView(
        id=report.id,
        code=report.code,
        version=report.version,
        category=report.category.label,
        basis=basis,
        school=unit.name if unit else "",
        due=day_text(report.due_on),
        state=report.state,
        files=len(find.files(report)),
        may_copy=Desk.DISCIPLINE.value not in report.copied and not report.is_sealed,
        subject=subject_of(report),
    )


def subject_of(report: Report) -> str:
    """Return what the live copies of a report's card share: those of one desk, and of nobody who
    had it before."""
    return f"report:{report.id}:{report.desk.value}:{len(report.barred)}"


def counted(
    tx: Transaction,
    office: Office,
    tenants: Collection[str],
    period: Period,
    *,
    is_brief: bool = False,
) -> str:
    """Tell numbers and times of reports, and nothing of what any of them says.

    ``is_brief``: where there were none, nothing is told.
    """
    window = Window.of(period, office.zone)
    found = tx.reports.find.counts(tenants, window.since, window.until)
    if is_brief and not (found.came or found.ended or found.open):
        return ""
    kinds = "、".join(f"{name}{many}" for name, many in found.kinds.items())
    came = f"收到{found.came}件（{kinds}）" if kinds else "收到0件"
    lines = [f"{came}，办结{found.ended}件，在办{found.open}件。"]
    if found.spans:
        days = [
            workdays.between(
                start.astimezone(office.zone).date(), end.astimezone(office.zone).date(),
                tx.calendar.of(""),
            )
            for start, end in found.spans
        ]  # fmt: skip
        lines.append(f"首次处理平均{sum(days) / len(days):.1f}个工作日。")
    return "".join(lines)


def tell_desk(ctx: Context, report: Report) -> None:
    """Tell whoever may handle a report that it is there; of 纪检 the one it is given to."""
    view = view_of(ctx, report)
    card = sealed_card(view) if report.is_sealed else desk_card(view)
    for one in ctx.ledger.reports.find.handlers(report, ctx.today):
        if report.is_sealed and report.assignee not in (None, one.id):
            continue
        ctx.push(one.id, card, once=f"report:{report.id}:{report.version}", tenant=report.tenant)


def tell_along(ctx: Context, report: Report) -> None:
    """Tell who may read along, and 纪检 where it is to know that there is one."""
    find = ctx.ledger.reports.find
    kind = kind_of(report.category)
    for desk in map(Desk, report.copied):
        for one in find.readers(report, desk, ctx.today):
            ctx.push(
                one.id,
                f"收到一条{kind}反映（回执 {report.code}），由{desk_words(report.desk)}办理，"
                "抄送您部门知悉。"
                f"发“看内容 {report.code}”可以调阅，调阅留痕。",
                once=f"report-copy:{report.id}:{desk.value}",
                tenant=report.tenant,
            )
    rule = HANDLING[report.category]
    if not rule.notice or Desk.DISCIPLINE.value in report.copied or report.is_sealed:
        return
    if rule.repeated and not find.before(report.category, report.school, report.id):
        return
    again = "再次" if rule.repeated else ""
    for one in find.officers(report.tenant, ctx.today):
        ctx.push(
            one.id,
            f"{again}收到一条{kind}反映（{report.category.label}，回执 {report.code}），由"
            f"{desk_words(report.desk)}办理，知照纪检（{rule.place}）。本通知不含内容。",
            once=f"report-notice:{report.id}",
            tenant=report.tenant,
        )


def tell_reporter(ctx: Context, report: Report, words: str) -> None:
    """Answer who reported, where their channel is still known; sealed until it leaves."""
    reach = ctx.ledger.reports.find.reach_of(report)
    if reach is None:
        return
    instance, address = reach
    ctx.ledger.outbox.put(
        instance=instance,
        address=address,
        body={"sealed": ctx.ledger.reports.find.seal(f"回执 {report.code}：{words}")},
        now=ctx.now,
        not_before=ctx.spoken_at(report.tenant),
        once=f"{REPORT_ANSWER}{report.id}:{report.version}",
    )


def say_sealed(ctx: Context, what: Card | str) -> None:
    """Answer who spoke with what tells of a report; it is opened when it leaves."""
    is_card = isinstance(what, Card)
    text = json.dumps(what.to_json(), ensure_ascii=False) if isinstance(what, Card) else what
    sealed = {"sealed": ctx.ledger.reports.find.seal(text)}
    ctx.say_sealed({**sealed, "is_card": True} if is_card else sealed)


def copies_of(category: Category, lead: Desk) -> list[Desk]:
    """Return which desks may read along from the beginning."""
    rule = HANDLING[category]
    return [*rule.copies, *([lead] if rule.lead_reads else [])]
