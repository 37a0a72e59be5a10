"""Who is told when a task opens, and who speaks for a school."""

from __future__ import annotations

from collections.abc import Sequence

from cards.language import Card
from cards.review import early_card
from handlers import showing
from handlers.context import Context
from storage.cases import Filing, Task
from storage.people import Person
from storage.rules.course import may_decide_early
from storage.rules.terms import Act, Desk, Role, Stage, TaskKind, TaskState


def tell_desks(ctx: Context, filing: Filing) -> None:
    """Push each task's card that can be acted on to its desk, once per version of the task.

    Calling it after any act is harmless. A desk where nobody can act is told to the authority's
    administrators, for the case must not lie unseen (R83).
    """
    filing = ctx.ledger.filings.known(filing.id)
    tasks = ctx.ledger.tasks.of(filing)
    for task in tasks:
        if not _is_due(filing, task):
            continue
        if not able(ctx, filing, task):
            _tell_of_empty_desk(ctx, filing, task)
        for person in _readers(ctx, filing, task):
            card = showing.card_of(ctx, filing, task, person)
            ctx.push(person.id, card, once=f"task:{task.id}:{task.version}", tenant=filing.tenant)
    if filing.stage is Stage.IN_REVIEW:
        _tell_copied(ctx, filing)
    if may_decide_early(filing.stage, [task.view for task in tasks]):
        _offer_early(ctx, filing, tasks)


def _is_due(filing: Filing, task: Task) -> bool:
    """Tell whether a task waits for its desk now: a decision does so when the opinions are in."""
    if task.state is not TaskState.OPEN:
        return False
    return task.kind is not TaskKind.DECISION or filing.stage is Stage.AWAITING_DECISION


def able(ctx: Context, filing: Filing, task: Task) -> list[Person]:
    """Return who at its desk may do a task: nobody decides on what they filed or registers what
    they approved where two must differ."""
    barred = set(filing.school_people)
    if task.kind is TaskKind.REGISTRATION:
        barred |= barred_registrars(ctx, filing)
    people = _readers(ctx, filing, task)
    return [person for person in people if person.id not in barred]


def _readers(ctx: Context, filing: Filing, task: Task) -> list[Person]:
    """Return who is told of a task: on appeal not whoever rejected, but the next in the row."""
    barred = ctx.ledger.tasks.barred(task)
    return ctx.ledger.people.at_desk(filing.tenant, task.desk, ctx.today, barred)


def barred_registrars(ctx: Context, filing: Filing) -> set[str]:
    """Return who approved a filing that another person has to register (Q11)."""
    if not any(part.distinct_registrar for part in filing.parts):
        return set()
    decisions = ctx.ledger.tasks.decisions(filing)
    return {one.person_id for one in decisions if one.act is Act.APPROVE}


def _tell_of_empty_desk(ctx: Context, filing: Filing, task: Task) -> None:
    people = ctx.ledger.people
    name, work = showing.desk_name(ctx, filing, task.desk), showing.heading_of(filing, task)
    why = (
        "名单中没有这个岗位的人员"
        if not people.at_desk(filing.tenant, task.desk, ctx.today)
        else "须由另一位同志办理，名单中没有其他人员"
    )
    told = people.holding(filing.tenant, Role.ADMIN, ctx.today) or people.at_desk(
        filing.tenant, Desk.TECH, ctx.today
    )
    for person in told:
        ctx.push(
            person.id,
            f"{filing.case_no} 的{work}由{name}办理，{why}。"
            "请补全名单，补全后该同志发“待办”即可办理。",
            once=f"empty:{task.id}",
            tenant=filing.tenant,
        )


def _tell_copied(ctx: Context, filing: Filing) -> None:
    """Tell the departments that the route only informs, once (抄送); they have nothing to do."""
    asked = {seat.desk for seat in filing.seats} | {part.lead.desk for part in filing.parts}
    copied = dict.fromkeys(desk for part in filing.parts for desk in part.cc if desk not in asked)
    if not copied:
        return
    unit = ctx.ledger.people.unit(filing.tenant, filing.school)
    school = unit.name if unit else filing.school
    leads = "、".join(
        dict.fromkeys(showing.desk_name(ctx, filing, part.lead.desk) for part in filing.parts)
    )
    for desk in copied:
        for person in ctx.ledger.people.at_desk(filing.tenant, desk, ctx.today):
            if any(person.at_desk(filing.tenant, one, ctx.today) for one in asked):
                continue
            ctx.push(
                person.id,
                f"{filing.case_no} “{filing.title}”（{school}）已报送，"
                f"由{leads}牵头审批，抄送您处知悉，不需要办理。",
                once=f"copied:{filing.id}",
                tenant=filing.tenant,
            )


def _offer_early(ctx: Context, filing: Filing, tasks: Sequence[Task]) -> None:
    out = [t for t in tasks if t.kind is TaskKind.CO_REVIEW and t.view.is_pending]
    waiting = "、".join(
        f"{showing.desk_name(ctx, filing, t.desk)}意见（{showing.due_text(t)}到时限）" for t in out
    )
    for desk in {part.lead.desk for part in filing.parts}:
        for person in ctx.ledger.people.at_desk(filing.tenant, desk, ctx.today):
            view = showing.view_of(ctx, filing, person)
            card = early_card(view, seen=filing.version, waiting=waiting)
            ctx.push(
                person.id, card, once=f"early:{filing.id}:{filing.version}", tenant=filing.tenant
            )


def tell_school(
    ctx: Context, filing: Filing, what: Card | str, once: str, *, courtesy: bool = False
) -> None:
    """Tell who filed it, the project's owner and the principal, but not who just acted."""
    ctx.ledger.about = filing.id
    for person_id in school_today(ctx, filing):
        if person_id != ctx.person.id:
            ctx.push(person_id, what, once=once, tenant=filing.tenant, courtesy=courtesy)


def school_today(ctx: Context, filing: Filing) -> list[str]:
    """Return who speaks for the school; a named owner only while the directory has them there."""
    people = ctx.ledger.people.in_unit(filing.tenant, filing.school, ctx.today)
    there = {filing.owner_id, filing.principal_id, *(person.id for person in people)}
    return [person_id for person_id in filing.school_people if person_id in there]
