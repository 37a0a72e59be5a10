"""One reminder as a line of the morning's digest, or as news where nothing is to be opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Final

from cards.digest import Row
from cards.language import Tap
from handlers import naming, stuck
from handlers.context import Context, day_text
from storage.cases import Filing
from storage.ladders import (
    ACCEPTANCE,
    AUDIT,
    DRAFT,
    EXPIRY,
    INSPECTION,
    MENDING,
    PILOT,
    RECTIFY,
    REPORT,
    SIGNING,
    TASK,
)
from storage.reminders import Reminder
from storage.rules import workdays
from storage.rules.followup import OVER, FollowState
from storage.rules.ladder import Rung
from storage.rules.terms import Desk, Stage, TaskState
from storage.watch import is_due

DRAFTS: Final = "有一份草稿很久没有动了，发“继续”接着填。"
_NAMED: Final = 3


def waits_as(told: Reminder) -> str:
    """Return the subject under which 待办 lists what a reminder is about."""
    if told.matter in (INSPECTION, RECTIFY):
        return f"{told.tenant}:{told.subject}"
    return told.filing_id if told.matter == MENDING else told.subject


def mark(ctx: Context, told: Reminder) -> str:
    """Return what stands behind a line of 待办 this morning."""
    days = workdays.between(told.due_on, ctx.today, ctx.ledger.calendar.of(told.tenant))
    if told.matter == SIGNING:
        return f"（已等{days}个工作日）"
    if told.rung is Rung.LONG_OVER:
        return "（超期未补正，不作否定，补好随时可以交回）"
    if days > 0:
        return f"（已超{days}个工作日）"
    if days == 0:
        return "（今天到时限）"
    return f"（{naming.limit_text(ctx.ledger, told.tenant, told.due_on)}到时限）"


def row_of(ctx: Context, told: Reminder) -> Row | None:
    """Return the line of a reminder that 待办 has not; None where it is over."""
    line = _LINES.get(told.matter)
    return line(ctx, told) if line else None


def _escalated(ctx: Context, told: Reminder) -> Row | None:
    task = ctx.ledger.tasks.known(told.subject)
    filing = ctx.ledger.filings.known(task.filing_id)
    if task.state is not TaskState.OPEN or not is_due(filing.stage, task):
        return None
    if told.rung is Rung.TECH:
        return Row(stuck.line_of(ctx, filing, task), Tap("stuck.open", task.id, task.version))
    if told.rung in (Rung.DEPUTY, Rung.HEAD):
        name = naming.heading_of(filing, task)
        line = f"{_name(filing)}：{name}{mark(ctx, told)}"
        return Row(line, Tap("todo.open", task.id, task.version))
    return None


def _expiring(ctx: Context, told: Reminder) -> Row | None:
    filing = ctx.ledger.filings.known(told.filing_id)
    left = workdays.between(ctx.today, told.due_on, ctx.ledger.calendar.of(told.tenant))
    text = f"{_name(filing)}：{day_text(told.due_on)}到期，还有{left}个工作日，可以续期"
    return Row(text, Tap("amend.renew", filing.id))


def _ending(ctx: Context, told: Reminder) -> Row | None:
    filing = ctx.ledger.filings.known(told.filing_id)
    if filing.stage is not Stage.PILOTING:
        return None
    text = (
        f"{_name(filing)}：试点到{day_text(told.due_on)}止，推广请转全面备案，"
        "不再使用的到期自动结束"
    )
    return Row(text, Tap("pilot.convert", filing.id))


def _unaccepted(ctx: Context, told: Reminder) -> Row | None:
    one = ctx.ledger.followups.known(told.subject)
    filing = ctx.ledger.filings.known(one.filing_id)
    if one.state not in (FollowState.OPEN, FollowState.RETURNED) or filing.stage in OVER:
        return None
    text = f"{_name(filing)}：尚未收到验收材料{mark(ctx, told)}"
    return Row(text, Tap("acceptance.begin", one.id))


def _reported(ctx: Context, told: Reminder) -> Row | None:
    """Name a report to who heads its desk; who handles it has it in 待办."""
    report = ctx.ledger.reports.find.get(told.subject)
    if report is None or report.settled_at is not None or told.rung is not Rung.HEAD:
        return None
    if not ctx.ledger.reports.find.handles(report, ctx.person, ctx.today):
        return None
    text = f"反映 {report.code}（{report.category.label}）：{report.state.label}{mark(ctx, told)}"
    return Row(text, Tap("report.show", report.id))


_LINES: Final[Mapping[str, Callable[[Context, Reminder], Row | None]]] = {
    TASK: _escalated,
    EXPIRY: _expiring,
    PILOT: _ending,
    ACCEPTANCE: _unaccepted,
    REPORT: _reported,
}


def news_of(ctx: Context, told: Sequence[Reminder]) -> list[str]:
    """Return what reminders say that open nothing: audits, and drafts that lie."""
    return [*_audits(ctx, [one for one in told if one.matter == AUDIT]), *_drafts(ctx, told)]


def _audits(ctx: Context, told: Sequence[Reminder]) -> list[str]:
    """Name the audits that are due, of what was spent over the set amount (R44)."""
    due: list[tuple[Filing, Reminder]] = []
    for one in told:
        filing = ctx.ledger.filings.known(one.filing_id)
        spent = int(filing.answers.get("amount") or 0)
        audit = ctx.ledger.followups.known(one.subject)
        is_theirs = ctx.person.at_desk(one.tenant, Desk.FINANCE, ctx.today) is not None
        is_above = one.rung is Rung.HEAD
        if (
            audit.state is FollowState.OPEN
            and spent > ctx.office.of(filing.tenant).rules.audit_over_yuan
            and (is_theirs or is_above)
        ):
            due.append((filing, one))
    if not due:
        return []
    names = "、".join(f"{_name(filing)}{mark(ctx, one)}" for filing, one in due[:_NAMED])
    more = f"等{len(due)}件" if len(due) > _NAMED else ""
    where = "发“审计清单”查看，审计后发“审计”加办件号、日期和结论。"
    return [f"经费审计尚未收到结论：{names}{more}（三（二）3，内部办理时限）。{where}"]


def _drafts(ctx: Context, told: Sequence[Reminder]) -> list[str]:
    """Tell of drafts that nobody goes on with, and until when the oldest is kept."""
    lying = [one for one in told if one.matter == DRAFT]
    if not lying:
        return []
    last = [_kept_until(ctx, one) for one in lying if one.rung is Rung.AFTER]
    until = min((on for on in last if on), default=None)
    if until is None:
        return [DRAFTS]
    return [f"有一份草稿很久没有动了，保留到{day_text(until)}，发“继续”接着填。"]


def _kept_until(ctx: Context, told: Reminder) -> date | None:
    draft = ctx.ledger.drafts.get(told.subject)
    return draft.expires_at.astimezone(ctx.office.zone).date() if draft else None


def _name(filing: Filing) -> str:
    return f"{filing.case_no} {filing.title}"
