"""A case that stays with a desk long after its limit: what 教育技术中心 can do about it (E.9)."""

from __future__ import annotations

from cards.digest import stuck_card
from cards.language import Tap
from handlers import hands, naming
from handlers.context import Context
from handlers.router import DESKS, Router
from storage.cases import Filing, StaleError, Task
from storage.people import Person
from storage.rules import workdays
from storage.rules.terms import Desk, NotAllowedError, Role, TaskState

router = Router("stuck")


def line_of(ctx: Context, filing: Filing, task: Task) -> str:
    """Return in one line where a case stays, and for how long."""
    stayed = workdays.between(
        filing.local(task.opened_at).date(), ctx.today, ctx.ledger.calendar.of(filing.tenant)
    )
    limit = filing.office.days_of(task.kind, task.desk)
    desk = naming.desk_name(ctx, filing, task.desk)
    return f"{filing.case_no} 在{desk}停留{stayed}个工作日（参考{limit}）"


@router.tap("stuck.open", roles=DESKS)
def open_one(ctx: Context, tap: Tap) -> None:
    """Show what can be done: whom to ask instead, or to go on waiting."""
    task, filing = _coordinated(ctx, tap)
    times = ctx.ledger.reminders.count_of(task.tenant, task.id)
    choices = [
        (f"请{one.name}办理", Tap("stuck.ask", f"{task.id}:{one.id}", task.version))
        for one in _instead(ctx, filing, task)
    ]
    choices.append(("再催一次", Tap("urge.case", filing.id)))
    stays = line_of(ctx, filing, task).removeprefix(f"{filing.case_no} ")
    facts = f"{stays}，已提醒{times}次。"
    ctx.say(stuck_card(filing.case_no, filing.title, facts, choices))


@router.tap("stuck.ask", roles=DESKS)
def ask_instead(ctx: Context, tap: Tap) -> None:
    """Hand a task to the deputy or the head of its own desk.

    Source: 三 引 (R28); E.9 unhappy 3.
    """
    task_id, _, person_id = tap.subject.partition(":")
    task, filing = _coordinated(ctx, Tap(tap.verb, task_id, tap.seen))
    to = ctx.ledger.people.get(person_id)
    if to is None:
        raise NotAllowedError("名单中没有这位同志了，请发“待办”重新打开。")
    hands.hand(ctx, filing, task, to)


def _coordinated(ctx: Context, tap: Tap) -> tuple[Task, Filing]:
    """Return a task that 教育技术中心 coordinates.

    Raises:
        NotAllowedError: not this person's authority.
        StaleError: it moved since.
    """
    task = ctx.ledger.tasks.known(tap.subject)
    if ctx.person.at_desk(task.tenant, Desk.TECH, ctx.today) is None:
        raise NotAllowedError("停留较久的办件由教育技术部门协调（三 引），您目前没有这项权限。")
    if task.state is not TaskState.OPEN or task.version != tap.seen:
        raise StaleError(ctx.ledger.tasks.what_happened(task))
    return task, ctx.ledger.filings.known(task.filing_id)


def _instead(ctx: Context, filing: Filing, task: Task) -> list[Person]:
    """Return the deputies and the heads of a task's department who may do it, deputies first."""
    barred = ctx.ledger.tasks.barred(filing, task.kind)
    found = [
        one
        for role in (Role.DEPUTY, Role.HEAD)
        for one in ctx.ledger.people.in_unit(task.tenant, task.unit_code, ctx.today, role)
        if one.id not in barred and one.id != task.assignee
    ]
    return list({one.id: one for one in found}.values())[:3]
