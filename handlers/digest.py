"""晨报: each person is told once a morning what waits, what is due and what came overnight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from cards.digest import Row, digest_card
from cards.language import Card, Tap
from cards.todo import many
from handlers import naming, stuck, todo, upkeep
from handlers.context import Context, day_text
from handlers.router import SCHOOL, STAFF, Router
from handlers.sweeps import Sweep
from storage.holding import Held
from storage.people import DESK_ROLES, Person
from storage.reminders import AT_ONCE, DRAFT, EXPIRY, MENDING, SIGNING, TASK, Reminder
from storage.reminding import INSPECTION, RECTIFY
from storage.rules import workdays
from storage.rules.ladder import Rung
from storage.rules.terms import Desk, Role, RuleViolationError, TaskState
from storage.watch import is_due

router = Router("digest")

MOST: Final = 200
LISTED: Final = 60
DRAFTS: Final = "有一份草稿很久没有动了，发“继续”接着填。"
GONE: Final = "这条消息已经办过或不再需要。发“待办”查看现在的事项。"
OF_SCHOOL: Final = (INSPECTION, RECTIFY)
_OWN_RUNGS: Final = (Rung.BEFORE, Rung.ON, Rung.AFTER)


# --- the morning of an authority -----------------------------------------------------------------


def _mornings(ctx: Context) -> Sequence[str]:
    """Return the authorities whose morning has come and was not closed yet."""
    done = ctx.ledger.reminders.mornings(ctx.today)
    return [code for code in ctx.office.tenants if code not in done and _has_come(ctx, code)]


def _has_come(ctx: Context, tenant: str) -> bool:
    rules = ctx.office.of(tenant).rules
    local = ctx.now.astimezone(ctx.office.zone)
    is_time = local.time() >= rules.digest_time
    return is_time and ctx.spoken_at(tenant) == ctx.now


def _remind(ctx: Context, tenant: str) -> bool:
    """Write some of an authority's reminders; when all are there, close its morning.

    Source: 三 引 (R28), 四 尾; requirements A.8, A.10b.
    """
    if tenant not in _mornings(ctx):
        return False
    reminders = ctx.ledger.reminders
    if reminders.put(tenant, ctx.office.of(tenant).rules, ctx.now) >= AT_ONCE:
        return True
    people = {one for told in reminders.spoken_to(tenant, ctx.today) for one in _whom(ctx, told)}
    if upkeep.news_of(ctx, tenant):
        people |= {one.id for one in ctx.ledger.watch.carers(tenant, ctx.today)}
    reminders.finish(tenant, people, ctx.today, ctx.now)
    return False


def _whom(ctx: Context, told: Reminder) -> list[str]:
    """Return whom a rung speaks to: the desk, then its deputy, its head, 教育技术中心 (R83)."""
    if told.matter in OF_SCHOOL:
        return _of_school(ctx, told)
    if told.matter != TASK:
        return [told.person_id]
    people = ctx.ledger.people
    if told.rung is Rung.TECH:
        return [one.id for one in people.at_desk(told.tenant, Desk.TECH, ctx.today)]
    if told.rung in _OWN_RUNGS:
        there = people.in_unit(told.tenant, told.unit_code, ctx.today, *sorted(DESK_ROLES))
        return [*(one.id for one in there), *([told.person_id] if told.person_id else [])]
    above = _above(told.rung)
    for role in above:
        if found := people.in_unit(told.tenant, told.unit_code, ctx.today, role):
            return [one.id for one in found]
    return []


def _of_school(ctx: Context, told: Reminder) -> list[str]:
    """Return who speaks for a school; of what is to be put right first who sees to it."""
    there = ctx.ledger.people.in_unit(told.tenant, told.unit_code, ctx.today, *sorted(SCHOOL))
    ids = [one.id for one in there]
    return [told.person_id] if told.person_id in ids else ids


def _above(rung: Rung) -> tuple[Role, ...]:
    """Return which role a rung speaks to; where nobody has it, the next."""
    return (Role.DEPUTY, Role.HEAD) if rung is Rung.DEPUTY else (Role.HEAD, Role.DEPUTY)


# --- one person's digest -------------------------------------------------------------------------


def _untold(ctx: Context) -> Sequence[str]:
    listed = [f"{tenant}|{on}|{who}" for tenant, on, who in ctx.ledger.reminders.untold(MOST)]
    held = [f"||{who}" for who in ctx.ledger.holding.people(ctx.now, MOST)]
    return [*listed, *held]


def _tell(ctx: Context, key: str) -> None:
    """Tell one person everything of this morning at once; what stands alone goes as it is."""
    tenant, on, person_id = key.split("|")
    if tenant and not ctx.ledger.reminders.tell(tenant, date.fromisoformat(on), person_id, ctx.now):
        return
    person = ctx.ledger.people.get(person_id)
    if person is None:
        return
    held = ctx.ledger.holding.of(person_id, ctx.now)
    # Without an authority only what was held: of its reminders the person is told under its name.
    told = _of_today(ctx, person, tenant) if tenant else []
    news = _news(ctx, person, tenant) if tenant else []
    if not told and not held and not news:
        return
    if not told and not news and len(held) == 1:
        ctx.ledger.holding.let_go(held[0].seq)
        return
    card = _compose(replace(ctx, person=person), told, held, news)
    ctx.ledger.holding.told_in_digest([one.seq for one in held], ctx.now)
    if card is not None:
        every = not told and not news and all(one.courtesy for one in held)
        mark = held[-1].seq if held else 0
        ctx.push(person_id, card, once=f"digest:{ctx.today}:{tenant}:{mark}", tenant=tenant,
                 courtesy=every)  # fmt: skip


def _of_today(ctx: Context, person: Person, tenant: str) -> list[Reminder]:
    """Return what one authority reminds somebody of this morning, as they hold its desks today."""
    units = {
        post.unit_code
        for post in person.held(ctx.today)
        if post.tenant == tenant and post.role in DESK_ROLES | SCHOOL
    }
    found = ctx.ledger.reminders.of(tenant, ctx.today, units, person.id, LISTED)
    if person.at_desk(tenant, Desk.TECH, ctx.today):
        found += ctx.ledger.reminders.stuck(tenant, ctx.today, LISTED)
    return found


def _news(ctx: Context, person: Person, tenant: str) -> list[str]:
    """Return what somebody is told who looks after an authority."""
    cares = any(one.id == person.id for one in ctx.ledger.watch.carers(tenant, ctx.today))
    return upkeep.news_of(ctx, tenant) if cares else []


def _compose(
    ctx: Context, told: Sequence[Reminder], held: Sequence[Held], office: Sequence[str]
) -> Card | None:
    """Return the digest of ``ctx.person``; None where nothing of it stands any more."""
    marks = {_waits_as(one): one for one in told}
    due: list[Row] = []
    rest: list[Row] = []
    for line, tap in todo.rows_of(ctx, ctx.ledger.tasks.open_of(ctx.person, ctx.today)):
        mark = marks.pop(tap.subject, None)
        if mark is None:
            rest.append(Row(line, tap))
        else:
            # Where it stands says more than its date, and a card has little room.
            short = line.rpartition("，")[0] or line
            due.append(Row(short + _mark(ctx, mark), tap))
    over = [row for one in marks.values() if (row := _row(ctx, one))]
    rows = [*over, *due, *rest]
    shown = {row.tap.subject for row in rows}
    news = [*office]
    if any(one.matter == DRAFT for one in marks.values()):
        news.append(DRAFTS)
    for one in held:
        if "text" in one.body:
            news.append(str(one.body["text"]).replace("\n", " "))
        elif one.subject.partition(":")[2] not in shown:
            title = str(one.body["card"].get("title", ""))
            rows.append(Row(title, Tap("digest.show", str(one.seq))))
    if not rows and not news:
        return None
    return digest_card(_greeting(ctx), _summary(ctx, rows), rows, news)


def _greeting(ctx: Context) -> str:
    hour = ctx.now.astimezone(ctx.office.zone).hour
    when = "早上好" if hour < 11 else "中午好" if hour < 13 else "下午好"
    return f"{ctx.person.name}老师{when}"


def _summary(ctx: Context, rows: Sequence[Row]) -> str:
    return f"今日待办{many(len(rows))}。" if rows else ""


def _mark(ctx: Context, told: Reminder) -> str:
    """Return what stands behind a line of 待办 this morning."""
    days = workdays.between(told.due_on, ctx.today, ctx.ledger.calendar.of(told.tenant))
    if told.matter == SIGNING:
        return f"（已等{days}个工作日）"
    if told.rung is Rung.LONG_OVER:
        return "（超期未补正，不作否定，补好随时可以交回）"
    if days > 0:
        return f"（已超{days}个工作日）"
    return "（今天到时限）" if days == 0 else f"（{day_text(told.due_on)}到时限）"


def _waits_as(told: Reminder) -> str:
    """Return the subject under which 待办 lists what a reminder is about."""
    if told.matter in OF_SCHOOL:
        return f"{told.tenant}:{told.subject}"
    return told.filing_id if told.matter == MENDING else told.subject


def _row(ctx: Context, told: Reminder) -> Row | None:
    """Return the line of a reminder that 待办 has not; None where it is over."""
    if told.matter == TASK:
        return _escalated(ctx, told)
    if told.matter != EXPIRY:
        return None
    filing = ctx.ledger.filings.known(told.filing_id)
    name = f"{filing.case_no} {filing.title}"
    left = workdays.between(ctx.today, told.due_on, ctx.ledger.calendar.of(told.tenant))
    text = f"{name}：{day_text(told.due_on)}到期，还有{left}个工作日，可以续期"
    return Row(text, Tap("amend.renew", filing.id))


def _escalated(ctx: Context, told: Reminder) -> Row | None:
    task = ctx.ledger.tasks.known(told.subject)
    filing = ctx.ledger.filings.known(task.filing_id)
    if task.state is not TaskState.OPEN or not is_due(filing.stage, task):
        return None
    if told.rung is Rung.TECH:
        return Row(stuck.line_of(ctx, filing, task), Tap("stuck.open", task.id, task.version))
    if told.rung in (Rung.DEPUTY, Rung.HEAD):
        name = naming.heading_of(filing, task)
        line = f"{filing.case_no} {filing.title}：{name}{_mark(ctx, told)}"
        return Row(line, Tap("todo.open", task.id, task.version))
    return None


@router.tap("digest.show", roles=STAFF)
def show(ctx: Context, tap: Tap) -> None:
    """Show what a digest told of, as it would have come by itself."""
    body = ctx.ledger.holding.body_of(int(tap.subject or 0), ctx.person.id)
    if body is None or "card" not in body:
        raise RuleViolationError(GONE)
    ctx.say(Card.from_json(body["card"]))


REMINDERS = Sweep("reminders", _mornings, _remind)
DIGESTS = Sweep("digests", _untold, _tell)
