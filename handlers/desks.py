"""Who is told when a task opens, and what every card of a case shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from cards.case import CaseView
from cards.language import Card
from cards.review import early_card, register_card, task_card
from handlers.context import Context, day_text
from storage.cases import Decision, Filing, Task
from storage.people import Person
from storage.rules.criteria import Criterion, Verdict, criteria, verdict_options
from storage.rules.terms import Act, Desk, Role, TaskKind, TaskState
from storage.rules.workflow import may_decide_early

HEADINGS: Final = {
    Desk.LEGAL: "应用内容审查",
    Desk.FINANCE: "经费与收费审查",
    Desk.RESEARCH: "课堂应用意见",
    Desk.TECH: "技术审查",
}
INTAKE_VERDICTS: Final = (
    Verdict("accept", "受理", Act.ACCEPT),
    Verdict("return", "退回补正", Act.RETURN, needs_words=True),
)


# --- telling -------------------------------------------------------------------------------------


def tell_desks(ctx: Context, filing: Filing) -> None:
    """Push each open task's card to everybody at its desk, once per version of the task.

    Calling it after any act is harmless. A desk that nobody holds is told to the authority's
    administrators, for the case must not lie unseen (R83).
    """
    filing = ctx.ledger.filings.known(filing.id)
    tasks = ctx.ledger.tasks.of(filing)
    for task in tasks:
        if task.state is not TaskState.OPEN:
            continue
        people = ctx.ledger.people.at_desk(filing.tenant, task.desk, ctx.today)
        if not people:
            _tell_of_empty_desk(ctx, filing, task)
        for person in people:
            card = card_of(ctx, filing, task, person)
            ctx.push(person.id, card, once=f"task:{task.id}:{task.version}", tenant=filing.tenant)
    if may_decide_early(filing.stage, [task.view for task in tasks]):
        _offer_early(ctx, filing, tasks)


def _tell_of_empty_desk(ctx: Context, filing: Filing, task: Task) -> None:
    people = ctx.ledger.people
    told = people.holding(filing.tenant, Role.ADMIN, ctx.today) or people.at_desk(
        filing.tenant, Desk.TECH, ctx.today
    )
    for person in told:
        ctx.push(
            person.id,
            f"{filing.case_no} 需要{task.desk.label}办理，但名单中没有这个岗位的人员。"
            "请补全名单后发“待办”查看。",
            once=f"empty:{task.id}",
            tenant=filing.tenant,
        )


def _offer_early(ctx: Context, filing: Filing, tasks: Sequence[Task]) -> None:
    out = [t for t in tasks if t.kind is TaskKind.CO_REVIEW and t.view.is_pending]
    waiting = "、".join(f"{desk_name(ctx, filing, t.desk)}意见（{due_text(t)}到时限）" for t in out)
    for desk in {part.lead.desk for part in filing.parts}:
        for person in ctx.ledger.people.at_desk(filing.tenant, desk, ctx.today):
            view = view_of(ctx, filing, person)
            card = early_card(view, seen=filing.version, waiting=waiting)
            ctx.push(
                person.id, card, once=f"early:{filing.id}:{filing.version}", tenant=filing.tenant
            )


def tell_school(ctx: Context, filing: Filing, what: Card | str, once: str) -> None:
    """Tell owner and principal, but not who just acted."""
    for person_id in dict.fromkeys((filing.owner_id, filing.principal_id)):
        if person_id != ctx.person.id:
            ctx.push(person_id, what, once=once, tenant=filing.tenant)


# --- drawing -------------------------------------------------------------------------------------


def card_of(ctx: Context, filing: Filing, task: Task, reader: Person) -> Card:
    """Draw a task's card for one person of its desk."""
    view = view_of(ctx, filing, reader)
    if task.kind is TaskKind.REGISTRATION:
        number = ctx.ledger.filings.preview_number(
            filing,
            letter=ctx.ledger.tasks.letter(filing),
            number_code=ctx.office.of(filing.tenant).number_code,
            now=ctx.now,
        )
        return register_card(
            view, task_id=task.id, seen=task.version, number=number,
            approved=approvals(ctx, filing), due=due_text(task),
        )  # fmt: skip
    return task_card(
        view,
        task_id=task.id,
        seen=task.version,
        heading=heading_of(task),
        criteria=criteria_of(filing, task),
        verdicts=verdicts_of(task),
        due=due_text(task),
        lines=lines_of(ctx, filing, task),
        clause=task.clause,
    )


def heading_of(task: Task) -> str:
    """Return what a task is called on its card."""
    if task.kind is TaskKind.INTAKE:
        return "受理"
    if task.kind is TaskKind.DECISION:
        return "审批"
    return HEADINGS.get(task.desk, "会审意见")


def criteria_of(filing: Filing, task: Task) -> tuple[Criterion, ...]:
    """Return what this desk checks on this filing, and nothing of another desk's."""
    if task.kind is TaskKind.INTAKE:
        return ()
    is_lead = task.kind is TaskKind.DECISION
    kind = filing.parts[task.part].kind if is_lead else filing.kind
    return criteria(task.desk, is_lead, kind)


def verdicts_of(task: Task) -> tuple[Verdict, ...]:
    """Return what this desk may answer."""
    if task.kind is TaskKind.INTAKE:
        return INTAKE_VERDICTS
    return verdict_options(task.desk, task.kind is TaskKind.DECISION)


def lines_of(ctx: Context, filing: Filing, task: Task) -> list[str]:
    """Return what this desk may see besides the facts.

    Opinions stay hidden from other co-reviewers until the lead decides (R29, hidden_opinions).
    """
    lines = []
    if task.kind is TaskKind.INTAKE:
        lines += list(filing.explained)
    if task.kind is TaskKind.DECISION or not filing.office.hidden_opinions:
        given = opinions(ctx, filing)
        if given:
            lines.append(f"会审意见：{'；'.join(given)}。")
    if task.points:
        asked = "；".join(point_text(point) for point in task.points[-1]["points"])
        lines.append(f"学校已补正后交回。上次要求：{asked}。")
    return lines


def opinions(ctx: Context, filing: Filing) -> list[str]:
    """Return every co-reviewer's opinion in a few words, as 法规处 均未发现."""
    tasks = {task.id: task for task in ctx.ledger.tasks.of(filing)}
    return [
        f"{desk_name(ctx, filing, tasks[one.task_id].desk)} {verdict_text(tasks[one.task_id], one)}"
        for one in ctx.ledger.tasks.decisions(filing)
        if tasks[one.task_id].kind is TaskKind.CO_REVIEW
        and tasks[one.task_id].state is TaskState.DECIDED
    ]


def approvals(ctx: Context, filing: Filing) -> str:
    """Return who approved and when, as 郑某某 3月16日."""
    found = []
    for one in ctx.ledger.tasks.decisions(filing):
        if one.act is Act.APPROVE:
            person = ctx.ledger.people.get(one.person_id)
            found.append(f"{person.name if person else ''} {day_text(filing.local(one.at).date())}")
    return "、".join(found)


def verdict_text(task: Task, decision: Decision) -> str:
    """Return a decision in words: the verdict's label and what was written."""
    key = decision.findings.get("verdict")
    label = next((one.label for one in verdicts_of(task) if one.key == key), "")
    return "，".join(part for part in (label, decision.reason) if part) or "无意见"


def point_text(point: Any) -> str:
    """Return one point that was asked back."""
    return "：".join(str(point[name]) for name in ("criterion", "text") if point.get(name))


def desk_name(ctx: Context, filing: Filing, desk: Desk) -> str:
    """Return what the authority calls the department that holds a desk."""
    department = ctx.ledger.people.department(filing.tenant, desk)
    return department.name if department else desk.label


def due_text(task: Task) -> str:
    """Return a task's deadline; a date not yet published is marked."""
    return day_text(task.due_on) + ("（预估）" if task.due_provisional else "")


def view_of(ctx: Context, filing: Filing, reader: Person | None = None) -> CaseView:
    """Return a case as its cards show it; the link is made for ``reader``."""
    answers, facts = filing.answers, filing.facts
    unit = ctx.ledger.people.unit(filing.tenant, filing.school)
    stages = "、".join(dict.fromkeys(stage.label for stage in facts.stages_in_use))
    students = f"约{facts.students}人" if facts.students else ""
    product = ctx.ledger.products.get(str(answers.get("product") or ""))
    number = str(answers.get("product_no") or (product.product_no if product else ""))
    draft = ctx.ledger.drafts.of_filing(filing.bundle)
    person = reader or ctx.person
    return CaseView(
        filing_id=filing.id,
        case_no=filing.case_no,
        title=filing.title,
        school=unit.name if unit else filing.school,
        kind=filing.kind.label,
        scope="，".join(part for part in (stages, students) if part),
        fee=fee_text(filing),
        product_no=number or ("未提供" if facts.has_apps else ""),
        papers=len(ctx.ledger.drafts.files(draft.id)) if draft else 0,
        overview=str(answers.get("overview", "")),
        link=ctx.office.links.make("view", filing.id, person.id, ctx.now),
    )


def fee_text(filing: Filing) -> str:
    """Return what was declared about fees, and what still needs a look."""
    facts = filing.facts
    words = ["收费待核实"] if facts.fee_uncertain else ["学生不付费"]
    if facts.paid_entry:
        words.append("有付费入口或广告")
    if facts.byod:
        words.append("自愿自带设备")
    return "，".join(words)
