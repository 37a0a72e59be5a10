"""Who is told when a task opens, and who speaks for a school."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from cards.language import Card
from cards.review import early_card
from handlers import naming, showing
from handlers.context import Context
from storage.cases import Filing, Task
from storage.people import Person
from storage.rules.course import may_decide_early
from storage.rules.terms import Stage, TaskKind
from storage.watch import empty_key, is_due, roles_key, told_key


def tell_desks(ctx: Context, filing: Filing, only: Collection[Task] = ()) -> None:
    """Push each task's card (or those of ``only`` some) that can be acted on to its desk, once per
    version of the task.

    Calling it after any act is harmless. Whoever has several tasks of one filing is asked once,
    and goes through them one after the other. A desk where nobody can act is told to the
    authority's administrators, for the case must not lie unseen (R83).
    """
    filing = ctx.ledger.filings.known(filing.id)
    tasks = ctx.ledger.tasks.of(filing)
    watch = ctx.ledger.watch
    due = [task for task in tasks if is_due(filing.stage, task)]
    holders = {task.id: watch.holders(filing, task, ctx.today) for task in due}
    for task in only or due:
        for person in holders[task.id]:
            theirs = [one for one in due if person in holders[one.id]]
            # Several parts of one desk's decision (M11) are no several roles.
            is_one = len({(one.kind, one.desk) for one in theirs}) == 1
            if is_one or not _asked_once(ctx, filing, person, theirs, task):
                card = showing.card_of(ctx, filing, task, person)
                ctx.push(person.id, card, once=told_key(task), tenant=filing.tenant)
        if not able(ctx, filing, task):
            _tell_of_empty_desk(ctx, filing, task)
    if filing.stage is Stage.IN_REVIEW:
        _tell_copied(ctx, filing)
    if may_decide_early(filing.stage, [task.view for task in tasks]):
        _offer_early(ctx, filing, tasks)


def _asked_once(
    ctx: Context, filing: Filing, person: Person, theirs: Sequence[Task], task: Task
) -> bool:
    """Ask somebody with several tasks of one filing about all of them; say whether that is done.

    Who has just acted goes on with the first of what is left. Once one of them was brought by
    itself, the others are too.
    """
    if person.id == ctx.person.id:
        return task.id != theirs[0].id
    keys = {f"{told_key(one)}:{person.id}" for one in theirs}
    if ctx.ledger.outbox.were_put(keys):
        return False
    card = showing.roles_of(ctx, filing, theirs, person)
    ctx.push(person.id, card, once=roles_key(theirs), tenant=filing.tenant)
    return True


def able(ctx: Context, filing: Filing, task: Task) -> list[Person]:
    """Return who at its desk may do a task: nobody decides on what they filed or registers what
    they approved where two must differ."""
    return ctx.ledger.tasks.able(filing, task, ctx.today)


def barred_registrars(ctx: Context, filing: Filing) -> set[str]:
    """Return who approved a filing that another person has to register (Q11)."""
    return ctx.ledger.tasks.barred(filing, TaskKind.REGISTRATION) - set(filing.filed_by)


def _tell_of_empty_desk(ctx: Context, filing: Filing, task: Task) -> None:
    name, work = naming.desk_name(ctx, filing, task.desk), naming.heading_of(filing, task)
    why = (
        "名单中没有这个岗位的人员"
        if not ctx.ledger.people.at_desk(filing.tenant, task.desk, ctx.today)
        else "须由另一位同志办理，名单中没有其他人员"
    )
    for person in ctx.ledger.watch.carers(filing.tenant, ctx.today):
        ctx.push(
            person.id,
            f"{filing.case_no} 的{work}由{name}办理，{why}。"
            "请补全名单，补全后一分钟内送到该同志手上。",
            once=empty_key(task),
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
        dict.fromkeys(naming.desk_name(ctx, filing, part.lead.desk) for part in filing.parts)
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
        f"{naming.desk_name(ctx, filing, t.desk)}意见（{naming.due_text(t)}到时限）" for t in out
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
    """Return who speaks for the school: its people of this filing while the directory has them
    there, and who is principal now where who signed it is not. Where nobody is there any more, as
    after the school went to another authority, its people of this filing.
    """
    people = ctx.ledger.people.in_unit(filing.tenant, filing.school, ctx.today)
    heads = [
        person.id
        for person in people
        if person.is_principal_of(filing.tenant, filing.school, ctx.today)
    ]
    there = {person.id for person in people}
    named = [person_id for person_id in filing.school_people if person_id in there]
    new = heads if filing.principal_id not in heads else []
    return list(dict.fromkeys((*named, *new))) or list(filing.school_people)
