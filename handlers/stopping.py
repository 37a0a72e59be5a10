"""What follows from a product's stop: who hears of it in which order, filing by filing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cards.stop import date_card
from handlers import halted, notices, showing
from handlers.context import Context, day_text
from handlers.sweeps import Sweep
from storage.cases import Filing
from storage.people import Person
from storage.rules.terms import Desk, NotAllowedError, Stage, TaskKind, TaskState
from storage.stops import HELD, NOT_YOURS, Stop


def centre(ctx: Context) -> str:
    """Return the authority whose technology centre this person works for; the city's first.

    Raises:
        NotAllowedError: none today.
    """
    held = sorted({post.tenant for post in ctx.person.held(ctx.today)})
    found = [one for one in held if ctx.person.at_desk(one, Desk.TECH, ctx.today)]
    if not found:
        raise NotAllowedError(NOT_YOURS)
    return found[0]


def ask_date(ctx: Context, title: str) -> None:
    """Ask from when a product is stopped."""
    ctx.say(date_card(title))
    ctx.expect("stop.date", "", 0, "请发停用日期，例如：2026-09-01；立即停用请点“立即停用”。")


def impact(ctx: Context, key: str, tenant: str) -> list[str]:
    """Say what a stop would touch: schools, pupils, groups, by authority (R87)."""
    found = ctx.ledger.stops.reach(key, tenant)
    if not found:
        return ["目前没有学校备案使用该产品；停用后新的备案不再受理。"]
    rows = [
        f"{halted.name(ctx, one.tenant)}：{one.schools}所学校，约{one.pupils}名学生，"
        f"已告知{one.groups}个群" + (f"，在办{one.running}件" if one.running else "")
        for one in found
    ]
    if len(rows) == 1:
        return rows
    total = (
        f"共{sum(one.schools for one in found)}所学校，约{sum(one.pupils for one in found)}名学生，"
        f"{sum(one.groups for one in found)}个群。"
    )
    return [total, *rows]


# --- when it is confirmed ------------------------------------------------------------------------


def tell_of_stop(ctx: Context, stop: Stop) -> None:
    """Tell the authorities' leads and technology centres, then the schools where there is time.

    Filings that are under way carry the mark on their cards from now on.
    """
    words = halted.sentence(ctx, stop)
    tell_offices(ctx, stop, words.rstrip("。"), once=f"stop-office:{stop.id}")
    stops = ctx.ledger.stops
    if stop.stops_on > ctx.today:
        for filing in stops.filings(stop.product_key, stop.tenant, HELD):
            notices.tell_school(
                ctx,
                filing,
                f"{filing.case_no} “{filing.title}”（{filing.number}）：{words}"
                "到时本备案暂停使用，请提前安排替代，编号保留。",
                once=f"stop-ahead:{stop.id}:{filing.id}",
            )
    for filing in stops.running(stop.product_key, stop.tenant):
        if filing.stage is not Stage.PILOTING:
            _flag(ctx, filing, stop, words)
        elif stop.stops_on > ctx.today:
            notices.tell_school(
                ctx,
                filing,
                f"{filing.case_no} “{filing.title}”正在试点：{words}到时试点结束，请提前安排替代。",
                once=f"stop-ahead:{stop.id}:{filing.id}",
            )


def tell_offices(ctx: Context, stop: Stop, words: str, *, once: str) -> None:
    """Tell each authority that has the product in its schools, and who stopped it."""
    stops = ctx.ledger.stops
    concerned: dict[str, set[Desk]] = {stop.tenant: {Desk.TECH}}
    numbers: dict[str, int] = {}
    for filing in stops.filings(stop.product_key, stop.tenant, HELD):
        desks = concerned.setdefault(filing.tenant, {Desk.TECH})
        desks |= {part.lead.desk for part in filing.parts}
        numbers[filing.tenant] = numbers.get(filing.tenant, 0) + 1
    ctx.ledger.about = None
    for tenant, desks in concerned.items():
        for person in _people(ctx, tenant, desks):
            if person.id != ctx.person.id:
                count = f"贵单位涉及{numbers[tenant]}件备案。" if tenant in numbers else ""
                ctx.push(person.id, f"{words}。{count}", once=once, tenant=tenant, urgent=True)


def _people(ctx: Context, tenant: str, desks: set[Desk]) -> list[Person]:
    found: dict[str, Person] = {}
    for desk in sorted(desks):
        for person in ctx.ledger.people.at_desk(tenant, desk, ctx.today):
            found.setdefault(person.id, person)
    return list(found.values())


def _flag(ctx: Context, filing: Filing, stop: Stop, words: str) -> None:
    """Redraw the open cards of a running filing with the mark, and tell its school."""
    for task in ctx.ledger.tasks.of(filing):
        decides = task.kind is TaskKind.DECISION and filing.stage is not Stage.AWAITING_DECISION
        if task.state is TaskState.OPEN and not decides:
            card = showing.card_of(ctx, filing, task, ctx.person)
            ctx.refresh(f"task:{task.id}", replace(card, page=""))
    notices.tell_school(
        ctx,
        filing,
        f"{filing.case_no} “{filing.title}”正在办理：{words}各部门已知悉，可以撤回后换用其他产品。",
        once=f"stop-running:{stop.id}:{filing.id}",
    )


# --- at its day, and when it is lifted -----------------------------------------------------------


def _due(ctx: Context) -> Sequence[str]:
    return ctx.ledger.stops.due(ctx.today)


def _apply(ctx: Context, due: str) -> None:
    """Suspend one filing of a stopped product, and tell its school."""
    applied = ctx.ledger.stops.apply(due, ctx.today, ctx.now)
    if applied is None:
        return
    stop, filing = applied
    notices.tell_school(
        ctx,
        filing,
        f"{filing.case_no} “{filing.title}”（{filing.number}）自{day_text(ctx.today)}起暂停使用。"
        f"{halted.sentence(ctx, stop)}请停止使用，编号保留，恢复时另行通知。",
        once=f"stopped:{stop.id}:{filing.id}",
    )


def _untold(ctx: Context) -> Sequence[str]:
    return ctx.ledger.stops.untold(ctx.today)


def _tell_groups(ctx: Context, measure_id: str) -> None:
    """Tell the groups of one school, after all schools were told."""
    standing = ctx.ledger.standing
    measure = standing.get(measure_id)
    if measure is None:
        return
    filing = ctx.ledger.filings.held(measure.filing_id)
    measure = standing.get(measure_id)
    if measure is None or measure.told_at is not None or measure.state != "in_force":
        return
    standing.mark_told(measure, filing, ctx.now)
    others = [one for one in standing.measures(filing, "in_force") if one.id != measure.id]
    if not any(one.told_at is not None for one in others):
        notices.tell_groups(ctx, filing, "suspend", once=f"suspended:{measure.id}")


def _to_lift(ctx: Context) -> Sequence[str]:
    return ctx.ledger.stops.to_lift()


def _lift(ctx: Context, measure_id: str) -> None:
    """Lift, of one filing, what a stop had suspended; tell where it is in force again."""
    released = ctx.ledger.stops.release(measure_id, ctx.now)
    if released is None:
        return
    measure, filing = released
    if filing.stage is Stage.REGISTERED:
        notices.tell_resumed(ctx, filing, once=f"resumed:{measure.id}")


SWEEPS = (
    Sweep("stops", _due, _apply),
    Sweep("stops in groups", _untold, _tell_groups),
    Sweep("stops lifted", _to_lift, _lift),
)
