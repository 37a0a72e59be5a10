"""What the parts of a case are called: tasks, desks, deadlines, what was said of them."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from handlers.context import Context, day_text
from handlers.wording import found_text
from storage.cases import Decision, Filing, Task
from storage.rules.criteria import Criterion, Verdict, criteria, verdict_options
from storage.rules.terms import Act, Desk, TaskKind
from storage.transaction import Transaction

HEADINGS: Final = {
    Desk.LEGAL: "应用内容审查",
    Desk.FINANCE: "经费与收费审查",
    Desk.RESEARCH: "课堂应用意见",
    Desk.TECH: "技术审查",
}
ESTIMATE: Final = "（预估）"
INTAKE_VERDICTS: Final = (
    Verdict("accept", "受理", Act.ACCEPT),
    Verdict("return", "退回补正", Act.RETURN, needs_words=True),
)


def heading_of(filing: Filing, task: Task) -> str:
    """Return what a task is called on its card; one of several leads reads its part's name."""
    if task.kind is TaskKind.INTAKE:
        return "受理"
    if task.kind is TaskKind.REGISTRATION:
        return "备案登记"
    if task.kind is TaskKind.DECISION:
        return f"审批{part_name(filing, task)}"
    return HEADINGS.get(task.desk, "会审意见")


def part_name(filing: Filing, task: Task) -> str:
    """Return （应用部分） where a filing has several parts (M11), else nothing."""
    return f"（{filing.part_at(task.part).kind.label}部分）" if len(filing.parts) > 1 else ""


def criteria_of(filing: Filing, task: Task) -> tuple[Criterion, ...]:
    """Return what this desk checks on this filing, and nothing of another desk's."""
    if task.kind is TaskKind.INTAKE:
        return ()
    is_lead = task.kind is TaskKind.DECISION
    kind = filing.part_at(task.part).kind if is_lead else filing.kind
    return criteria(task.desk, is_lead, kind)


def verdicts_of(task: Task) -> tuple[Verdict, ...]:
    """Return what this desk may answer."""
    if task.kind is TaskKind.INTAKE:
        return INTAKE_VERDICTS
    return verdict_options(task.desk, task.kind is TaskKind.DECISION)


def verdict_text(task: Task, decision: Decision) -> str:
    """Return a decision in words: the verdict with what it is about, the reason, the proposal."""
    key = decision.findings.get("verdict")
    label = next((one.label for one in verdicts_of(task) if one.key == key), "")
    advice = {"reject": "建议不予通过", "stop": "建议全市暂停该产品"}.get(
        str(decision.findings.get("advice", "")), ""
    )
    about = found_text(task, decision)
    words = (f"{label}（{about}）" if about else label, decision.reason, advice)
    return "，".join(part for part in words if part) or "无意见"


def point_text(point: Any) -> str:
    """Return one point that was asked back."""
    return "：".join(str(point[name]) for name in ("criterion", "text") if point.get(name))


def desk_name(ctx: Context, filing: Filing, desk: Desk) -> str:
    """Return what the authority calls the department that holds a desk."""
    department = ctx.ledger.people.department(filing.tenant, desk)
    return department.name if department else desk.label


def due_text(one: Task | Filing) -> str:
    """Return a deadline; a date that rests on days not yet published is marked."""
    assert one.due_on is not None  # who calls has looked
    return day_text(one.due_on) + (ESTIMATE if one.due_provisional else "")


def limit_text(tx: Transaction, tenant: str, on: date) -> str:
    """Return a limit of which only the date is kept; in a year not yet published it is marked."""
    is_guess = tx.calendar.of(tenant).day(on).provisional
    return day_text(on) + (ESTIMATE if is_guess else "")
