"""转办: one person of the desk takes a task; the authority stays the desk's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from cards.hands import more_card, people_card
from cards.language import Tap
from handlers import desks, naming, review, showing
from handlers.context import Context
from handlers.events import Tapped
from handlers.router import CASE, DESKS, Router
from storage.cases import Filing, Task
from storage.people import Person
from storage.rules.terms import Role, RuleViolationError, TaskKind
from storage.watch import is_due

router = Router("hands")

CARE: Final = DESKS | {Role.ADMIN}
NOT_FOUND: Final = "没有找到这件备案，请核对办件号。发“待办”可以列出您的任务。"
TITLES: Final = re.compile(r"^(转?给|交给)|(老师|同志|科长|处长|主任|[，。,.])+$")
Choice = tuple[Task, Person]


@router.tap("hands.more", roles=DESKS)
def more(ctx: Context, tap: Tap) -> None:
    """Show what else can be done with a task."""
    task, filing = review.open_task(ctx, tap.subject, tap.seen)
    ctx.redraw(
        more_card(
            showing.view_of(ctx, filing), task_id=task.id, seen=task.version,
            heading=naming.heading_of(filing, task),
            may_reroute=task.kind is not TaskKind.REGISTRATION,
        )
    )  # fmt: skip


@router.tap("hands.pass", roles=DESKS)
def ask_whom(ctx: Context, tap: Tap) -> None:
    """Ask who is to do it."""
    task, filing = review.open_task(ctx, tap.subject, tap.seen)
    people = [(person.id, person.name) for _, person in _choices(ctx, filing, [task])]
    if not people:
        raise RuleViolationError(
            f"名单中{naming.desk_name(ctx, filing, task.desk)}没有其他可以办理的同志，不能转办。"
        )
    view = showing.view_of(ctx, filing)
    ctx.redraw(people_card(view, task_id=task.id, seen=task.version, people=people))
    ctx.expect("hands.person", filing.id, task.version, _question(ctx, filing, [task]))


@router.tap("hands.to", roles=DESKS)
def pass_by_tap(ctx: Context, tap: Tap) -> None:
    """Hand the task to the person whose name was tapped."""
    task_id, _, person_id = tap.subject.partition(":")
    task, filing = review.open_task(ctx, task_id, tap.seen)
    to = ctx.ledger.people.get(person_id)
    if to is None:
        raise RuleViolationError("名单中没有这位同志，请重新选择。")
    _hand(ctx, filing, task, to)


@router.word("hand_over", rf"转办\s*{CASE}\s*(?P<name>[\s\S]{{0,40}})", roles=CARE)
def pass_by_words(ctx: Context, match: re.Match[str]) -> None:
    """Hand a case's task to whoever is named, of those that this person may speak for."""
    filing = case_of(ctx, match["case"])
    _named(ctx, filing, match["name"])


@router.reply("hands.person", roles=CARE)
def hear_name(ctx: Context, tap: Tap, text: str) -> None:
    """Take the name, or its number in the list that was shown."""
    _named(ctx, ctx.ledger.filings.known(tap.subject), text)


def case_of(ctx: Context, case: str) -> Filing:
    """Return a case of an authority where this person has a desk's or administrator's post.

    Raises:
        RuleViolationError: no such case for this person.
    """
    filing = ctx.ledger.filings.by_case(case)
    held = {post.tenant for post in ctx.person.held(ctx.today) if post.role in CARE}
    if filing is None or filing.tenant not in held:
        raise RuleViolationError(NOT_FOUND)
    return filing


def _tasks(ctx: Context, filing: Filing) -> list[Task]:
    """Return the waiting tasks that this person may hand on: their own desk's first of all."""
    tasks = ctx.ledger.tasks
    waiting = [
        task
        for task in tasks.of(filing)
        if task.view.is_pending
        and (is_due(filing.stage, task) or task.points)
        and ctx.ledger.hands.carer(task, ctx.person, ctx.today)
    ]
    return sorted(waiting, key=lambda one: tasks.seat_of(one, ctx.person, ctx.today) is None)


def _own(ctx: Context, tasks: Sequence[Task]) -> list[Task]:
    return [one for one in tasks if ctx.ledger.tasks.seat_of(one, ctx.person, ctx.today)]


def _choices(ctx: Context, filing: Filing, tasks: Sequence[Task]) -> list[Choice]:
    return [
        (task, person)
        for task in tasks
        for person in ctx.ledger.hands.colleagues(task, ctx.today)
        if person.id not in (task.assignee, *ctx.ledger.tasks.kept_out(filing, task))
    ]


def _named(ctx: Context, filing: Filing, words: str) -> None:
    tasks = _tasks(ctx, filing)
    if not tasks:
        raise RuleViolationError(
            f"{filing.case_no} 现在没有您可以转办的事项。发“进度”加办件号查看。"
        )
    name = TITLES.sub("", words.strip()).strip()
    asked = _own(ctx, tasks) or tasks
    found = _meant(ctx, _choices(ctx, filing, asked), name)
    if not found and not name.isdecimal():
        # Who coordinates names people of other desks too.
        found = _meant(ctx, _choices(ctx, filing, tasks), name)
    if len(found) == 1:
        task, to = found[0]
        _hand(ctx, filing, task, to)
        return
    lead = "" if not words.strip() else "没有对上一位同志。" if not found else "有几位对得上。"
    question = f"{lead}{_question(ctx, filing, asked, found)}"
    ctx.ask("hands.person", filing.id, filing.version, question)


def _meant(ctx: Context, choices: Sequence[Choice], name: str) -> list[Choice]:
    """Return who is meant: by number in the list, by whole name, else by a part of it."""
    if name.isdecimal():
        return list(choices[int(name) - 1 : int(name)]) if int(name) else []
    if name in ("我", "自己", "本人"):
        return [one for one in choices if one[1].id == ctx.person.id]
    exact = [one for one in choices if one[1].name == name]
    return exact or [one for one in choices if name and name in one[1].name]


def _question(
    ctx: Context, filing: Filing, tasks: Sequence[Task], found: Sequence[Choice] = ()
) -> str:
    choices = _choices(ctx, filing, tasks)
    several = len(tasks) > 1
    rows = [
        f"{at} {person.name}"
        + (f"（{naming.desk_name(ctx, filing, task.desk)}）" if several else "")
        for at, (task, person) in enumerate(choices, start=1)
        if not found or (task, person) in found
    ]
    if not rows:
        return f"{filing.case_no} 没有可以转给的同志，请管理员核对名单。"
    return f"{filing.case_no} 可以转给：{' '.join(rows)}。请发姓名或序号。"


def _hand(ctx: Context, filing: Filing, task: Task, to: Person) -> None:
    """Hand a task on, redraw the desk's cards, tell who takes it and who had it.

    Source: E.3 [转办]; requirements R28.
    """
    before = task.assignee
    task = ctx.ledger.hands.hand_over(task.id, to, by=ctx.person, seen=task.version, now=ctx.now)
    card = showing.card_of(ctx, filing, task, ctx.person)
    subject = f"task:{task.id}"
    if isinstance(ctx.event, Tapped):
        ctx.redraw(card)
    ctx.refresh(subject, replace(card, page=""))
    heading = naming.heading_of(filing, task)
    taken = to.id == ctx.person.id
    ctx.say_done(
        f"{filing.case_no} 的{heading}已由您接办。"
        if taken
        else f"{filing.case_no} 的{heading}已转给{to.name}办理，已告知。处室其他同志仍可以办理。"
    )
    desks.tell_desks(ctx, filing)
    if before and before not in (to.id, ctx.person.id):
        ctx.push(
            before,
            f"{filing.case_no} 的{heading}已由{ctx.person.name}转给{to.name}办理，您不用再办。",
            once=f"passed:{task.id}:{task.version}",
            tenant=filing.tenant,
        )
