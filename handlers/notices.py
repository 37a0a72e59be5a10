"""Who is told what becomes of a registered filing: the school first, then the groups that knew."""

from __future__ import annotations

from collections.abc import Sequence

from cards.standing import group_notice, over_card
from handlers import desks, showing
from handlers.context import Context, day_text
from storage.cases import Filing
from storage.groups import SCHOOL_GROUP
from storage.people import Group


def tell_school(ctx: Context, filing: Filing, text: str, *, once: str) -> None:
    """Tell who speaks for the school, at any hour."""
    ctx.ledger.about = filing.id
    for person_id in desks.school_today(ctx, filing):
        if person_id != ctx.person.id:
            ctx.push(person_id, text, once=once, tenant=filing.tenant, urgent=True)


def groups_of(ctx: Context, filing: Filing) -> list[Group]:
    """Return the groups that heard of a filing and are still its school's."""
    told = ctx.ledger.standing.told_groups(filing)
    listed = ctx.ledger.people.groups(filing.tenant, filing.school, SCHOOL_GROUP)
    return [group for group in listed if group.id in told]


def tell_groups(ctx: Context, filing: Filing, kind: str, *, once: str) -> None:
    """Tell every group that heard the announcement, once, at any hour (A.10b).

    A group whose announcement still waits hears this after it.
    """
    school = showing.view_of(ctx, filing).school
    text = group_notice(kind, school, filing.title, str(filing.number), day_text(ctx.today))
    told = ctx.ledger.standing.told_groups(filing)
    for group in groups_of(ctx, filing):
        ctx.announce(group, text, once=once, urgent=told[group.id])


def tell_resumed(ctx: Context, filing: Filing, *, once: str) -> None:
    """Tell the school, then the groups, that a filing is in force again."""
    tell_school(
        ctx,
        filing,
        f"{filing.case_no} “{filing.title}”（{filing.number}）自{day_text(ctx.today)}起恢复使用，"
        "编号不变。",
        once=once,
    )
    tell_groups(ctx, filing, "resume", once=once)


def redraw_fallen(ctx: Context, running: Sequence[Filing]) -> None:
    """Redraw the cards of changes that went down with their original."""
    for one in running:
        tasks = [f"task:{task.id}" for task in ctx.ledger.tasks.of(one)]
        for subject in (f"filing:{one.bundle}:sign", *tasks):
            ctx.refresh(subject, over_card(one.case_no, one.title, "原备案已终止", subject=subject))


def fallen(running: Sequence[Filing]) -> str:
    """Say which changes went down with their original."""
    cases = "、".join(one.case_no for one in running)
    return f"正在办理的变更（{cases}）一并终止。" if running else ""
