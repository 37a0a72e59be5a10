"""What every card of a case shows, and to whom."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from cards.case import LEGACY_MARK, CaseHeading, CaseView
from cards.items import decide_buttons
from cards.language import Card
from cards.review import register_card, reuse_card, task_card
from cards.roles import Row, roles_card
from handlers import halted, told
from handlers.beside import items_of, other_parts, reusable
from handlers.context import Context, day_text
from handlers.filling import FORMS
from handlers.forms.stages import shown_stages
from handlers.history import (
    appealed,
    handed_back,
    hands_lines,
)
from handlers.naming import (
    criteria_of,
    desk_name,
    due_text,
    heading_of,
    part_name,
    verdict_text,
    verdicts_of,
)
from handlers.wording import items_text
from storage.cases import Filing, Task
from storage.people import Person
from storage.rules.amend import STAYS, Change
from storage.rules.principles import about_number
from storage.rules.terms import Act, Desk, Kind, SchoolStage, TaskKind, TaskState


def card_of(ctx: Context, filing: Filing, task: Task, reader: Person) -> Card:
    """Draw a task's card for one person of its desk."""
    view = view_of(ctx, filing, reader)
    if task.kind is TaskKind.REGISTRATION:
        number = number_of(ctx, filing)
        return register_card(
            view, task_id=task.id, seen=task.version, number=number,
            approved="。".join(
                (approvals(ctx, filing), *(one.rstrip("。") for one in halted.marks(ctx, filing)))
            ),
            due=due_text(task),
            lines=hands_lines(ctx, filing, task),
        )  # fmt: skip
    if (earlier := reusable(ctx, filing, task)) is not None:
        day = filing.local(earlier.at).date()
        return reuse_card(
            view, task_id=task.id, seen=task.version, heading=heading_of(filing, task),
            earlier=earlier.task_id, case=earlier.case_no, on=f"{day.year}年{day_text(day)}",
            due=due_text(task),
        )  # fmt: skip
    return own_card(ctx, filing, task, reader)


def own_card(ctx: Context, filing: Filing, task: Task, reader: Person) -> Card:
    """Draw a review's or a decision's card with its own criteria and verdicts."""
    view = view_of(ctx, filing, reader)
    heard = ctx.ledger.appeals.heard(filing, task)
    whole, each = bool(other_parts(ctx, filing, task)), bool(items_of(filing, task))
    return task_card(
        view,
        task_id=task.id,
        seen=task.version,
        heading="复核" + part_name(filing, task) if heard else heading_of(filing, task),
        criteria=(listed := criteria_of(filing, task)),
        verdicts=verdicts_of(task),
        due=due_text(task),
        lines=lines_of(ctx, filing, task),
        clause=listed[0].clause if listed else task.clause,
        more=decide_buttons(task.id, task.version, whole=whole, each=each),
    )


def roles_of(ctx: Context, filing: Filing, tasks: Sequence[Task], reader: Person) -> Card:
    """Draw the card of somebody who has several tasks of one filing, one for each of their desks.

    Source: requirements E.11.
    """
    return roles_card(view_of(ctx, filing, reader), role_rows(ctx, filing, tasks))


def role_rows(ctx: Context, filing: Filing, tasks: Sequence[Task]) -> list[Row]:
    """Return each task with what tells it apart: its department, where one has several its desk."""
    ways = (
        [desk_name(ctx, filing, task.desk) for task in tasks],
        [task.desk.label for task in tasks],
        [heading_of(filing, task) for task in tasks],
    )
    names = next((way for way in ways if len(set(way)) == len(way)), ways[-1])
    return [
        Row(name, heading_of(filing, task), due_text(task), task.id, task.version)
        for name, task in zip(names, tasks, strict=True)
    ]


def number_of(ctx: Context, filing: Filing) -> str:
    """Return the number that registering now would give; a change leaves its original's."""
    if filing.amends:
        return f"{ctx.ledger.filings.known(filing.amends).number}（编号不变）"
    return ctx.ledger.filings.preview_number(
        filing,
        letter=ctx.ledger.tasks.letter(filing),
        number_code=ctx.office.of(filing.tenant).number_code,
        now=ctx.now,
    )


def lines_of(ctx: Context, filing: Filing, task: Task) -> list[str]:
    """Return what this desk may see besides the facts.

    Opinions stay hidden from other co-reviewers until the lead decides (R29, hidden_opinions).
    """
    lines = [text] if (text := amended_text(ctx, filing)) else []
    lines += halted.marks(ctx, filing)
    if task.desk is Desk.FINANCE or filing.part_at(task.part).lead.desk is task.desk:
        lines += _size_and_money(filing)
    if task.kind is TaskKind.INTAKE:
        lines += list(filing.explained)
    if task.kind in (TaskKind.INTAKE, TaskKind.DECISION):
        unit = ctx.ledger.people.unit(filing.tenant, filing.school)
        lines += told.lines_of(filing.answers, unit.name if unit else "", filing.office)
    if task.desk is Desk.TECH and (doubt := about_number(_checked(ctx, filing), filing.office)):
        lines.append(doubt)
    if task.kind is TaskKind.DECISION or not filing.office.hidden_opinions:
        given = opinions(ctx, filing)
        if given:
            lines.append(f"会审意见：{'；'.join(given)}。")
    lines += hands_lines(ctx, filing, task)
    if other_parts(ctx, filing, task) or items_of(filing, task):
        devices = "终端" if any(part.kind is not Kind.APP for part in filing.parts) else ""
        apps = f"{len(filing.apps)}个应用" if filing.apps else "应用"
        both = "和".join(part for part in (devices, apps) if part)
        lines.append(f"本件含{both}，可整体同意，也可逐项给意见。")
    heard = ctx.ledger.appeals.heard(filing, task)
    if heard is not None:
        lines += appealed(ctx, filing, heard)
    if heard is None or task.points:
        lines += handed_back(ctx, filing, task)
    return lines


def _checked(ctx: Context, filing: Filing) -> str:
    """Return what the register says today of the number that a filing goes by (R24)."""
    products, typed = ctx.ledger.products, filing.answers.get("product_no")
    found = products.numbered(typed) if typed else products.get(filing.product_key)
    return found.checked if found and found.product_no else ""


def _size_and_money(filing: Filing) -> list[str]:
    """Return 终端240台，学校公用经费96万元 where devices or money are part of it (R43)."""
    fields, answers = FORMS[filing.matter].by_key, filing.answers
    shown = {
        key: fields[key].show(answers[key])
        for key in ("devices", "fund", "fund_words", "amount", "fund_year")
        if key in answers and key in fields
    }
    if "amount" not in shown and "devices" not in shown:
        return []
    devices = f"终端{shown['devices']}" if "devices" in shown else ""
    money = "".join(shown[key] for key in ("fund", "amount") if key in shown)
    beside = "，".join(shown[key] for key in ("fund_words", "fund_year") if key in shown)
    words = f"（{beside}）" if beside else ""
    return ["，".join(part for part in (devices, money + words) if part) + "。"]


def opinions(ctx: Context, filing: Filing) -> list[str]:
    """Return every co-reviewer's opinion in a few words, as 法规处 均未发现."""
    given = {one.task_id: one for one in ctx.ledger.tasks.decisions(filing)}
    return [
        f"{desk_name(ctx, filing, task.desk)} {verdict_text(task, given[task.id])}"
        for task in ctx.ledger.tasks.of(filing)
        if task.kind is TaskKind.CO_REVIEW and task.state is TaskState.DECIDED and task.id in given
    ]


def approvals(ctx: Context, filing: Filing) -> str:
    """Return who approved and when, as 郑某某 3月16日; of several parts each with its decision."""
    tasks = {task.id: task for task in ctx.ledger.tasks.of(filing)}
    found = []
    for one in ctx.ledger.tasks.decisions(filing):
        task = tasks[one.task_id]
        if one.act in (Act.APPROVE, Act.REJECT) and task.state is TaskState.DECIDED:
            at = day_text(filing.local(one.at).date())
            part = part_name(filing, task)
            verdict = "不予通过" if one.act is Act.REJECT else "同意" if part else ""
            given = f"（{text}）" if (text := items_text(one)) else ""
            found.append(f"{ctx.ledger.tasks.signer(one)} {at}{verdict}{part}{given}")
    return "、".join(found)


def signer_of(ctx: Context, task: Task) -> str:
    """Return how who speaks signs at a task's desk today: 李四, or 李四（代王五）."""
    seat = ctx.ledger.tasks.seat_of(task, ctx.person, ctx.today)
    absent = ctx.ledger.people.get(seat.stands_for) if seat and seat.stands_for else None
    return ctx.person.name + (f"（代{absent.name}）" if absent else "")


def changes(before: Filing, after: Filing, but: Collection[str] = frozenset[str]()) -> list[str]:
    """Return what was changed, as 学生人数 620名改为900名; nothing of ``but`` some answers."""
    rows = []
    for one in FORMS[before.matter].fields:
        if one.key in but:
            continue
        old, new = before.answers.get(one.key), after.answers.get(one.key)
        if old == new or one.key == "overview" or one.secret:
            rows += [f"{one.label}有修改"] if old != new else []
        elif new is None:
            rows.append(f"{one.label}不再填写")
        elif old is None:
            rows.append(f"{one.label} {one.show(new)}")
        else:
            rows.append(f"{one.label} {one.show(old)}改为{one.show(new)}")
    return rows


def amended_text(ctx: Context, filing: Filing) -> str:
    """Say of a change what it changes, and of which filing; empty for an ordinary one."""
    if not filing.amends:
        return ""
    original = ctx.ledger.filings.known(filing.amends)
    what = "续期" if filing.change == Change.RENEWAL.value else "变更"
    said = "；".join(changes(original, filing, STAYS)) or "内容没有变化"
    return f"{what}原备案 {original.case_no}（{original.number}）：{said}。"


def case_heading(ctx: Context, filing: Filing, reader: Person | None = None) -> CaseHeading:
    """Return which case a card speaks of; the link is made for ``reader``."""
    link = ctx.office.links.make("view", filing.id, (reader or ctx.person).id, ctx.now)
    return CaseHeading(filing.id, filing.case_no, filing.title, link)


def view_of(ctx: Context, filing: Filing, reader: Person | None = None) -> CaseView:
    """Return a case as its cards show it; the link is made for ``reader``."""
    answers, facts = filing.answers, filing.facts
    unit = ctx.ledger.people.unit(filing.tenant, filing.school)
    stages = users_of(filing)
    students = f"约{facts.students}人" if facts.students else ""
    product = ctx.ledger.products.get(str(answers.get("product") or ""))
    typed = ctx.ledger.products.number_text(str(answers.get("product_no") or ""))
    number = typed or (product.number_text if product else "")
    draft = ctx.ledger.drafts.of_filing(filing.bundle)
    heading = case_heading(ctx, filing, reader)
    return CaseView(
        filing_id=heading.filing_id,
        case_no=heading.case_no,
        title=heading.title,
        link=heading.link,
        school=unit.name if unit else filing.school,
        kind=filing.kind.label + LEGACY_MARK * facts.legacy,
        scope="，".join(part for part in (stages, students) if part),
        fee=fee_text(filing),
        product_no=number or ("未提供" if facts.has_apps else ""),
        papers=len(ctx.ledger.drafts.files(draft.id)) if draft else 0,
        overview=str(answers.get("overview", "")),
    )


def users_of(filing: Filing) -> str:
    """Return who uses it, as the school wrote it; of several filings each names its stages."""
    stages = stages_of(filing)
    written = filing.answers.get("stages") or {}
    if written and len(stages) == len(written["stages"]):
        return shown_stages(written)
    return "、".join(stage.label for stage in stages)


def stages_of(filing: Filing) -> list[SchoolStage]:
    """Return the stages this filing speaks of: of one draft's filings each its own (M13)."""
    return list(dict.fromkeys(stage for part in filing.parts for stage in part.stages))


def fee_text(filing: Filing) -> str:
    """Return what was declared about fees, and what still needs a look."""
    facts = filing.facts
    words = ["收费待核实"] if facts.fee_uncertain else ["学生不付费"]
    if facts.paid_entry:
        words.append("有付费入口或广告")
    if facts.byod:
        words.append("自愿自带设备")
    return "，".join(words)
