"""晨报: each person is told once a morning what waits, what is due and what came overnight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from cards.digest import Row, digest_card
from cards.language import Card, Tap
from cards.todo import many
from handlers import due, todo, upkeep
from handlers.context import Context
from handlers.router import SCHOOL, STAFF, Router
from handlers.sweeps import Sweep
from storage.holding import Held
from storage.ladders import INSPECTION, OF_DESKS, Mark
from storage.people import DESK_ROLES, Person
from storage.reminders import Reminder
from storage.rules.ladder import Rung
from storage.rules.terms import Desk, Role, RuleViolationError

router = Router("digest")

MOST: Final = 200
LISTED: Final = 60
GONE: Final = "这条消息已经办过或不再需要。发“待办”查看现在的事项。"
_OWN_RUNGS: Final = (Rung.BEFORE, Rung.ON, Rung.AFTER)


# --- the morning of an authority -----------------------------------------------------------------


def _mornings(ctx: Context) -> Sequence[str]:
    """Return the authorities whose morning has come and was not closed yet."""
    come = [code for code in ctx.office.tenants if _has_come(ctx, code)]
    done = ctx.ledger.reminders.mornings(ctx.today) if come else ()
    return [code for code in come if code not in done]


def _has_come(ctx: Context, tenant: str) -> bool:
    rules = ctx.office.of(tenant).rules
    local = ctx.now.astimezone(ctx.office.zone)
    is_time = local.time() >= rules.digest_time
    return is_time and ctx.spoken_at(tenant) == ctx.now


def _remind(ctx: Context, subject: str) -> str | None:
    """Write some of an authority's reminders; when all are there, close its morning.

    ``subject``: the authority, and after which limit to go on.
    Source: 三 引 (R28), 四 尾; requirements A.8, A.10b.
    """
    tenant, _, after = subject.partition(" ")
    if tenant not in _mornings(ctx):
        return None
    reminders = ctx.ledger.reminders
    rules = ctx.office.of(tenant).rules
    if mark := reminders.put(tenant, rules, ctx.now, Mark.read(after)):
        return f"{tenant} {mark.text}"
    people = {one for told in reminders.spoken_to(tenant, ctx.today) for one in _whom(ctx, told)}
    if upkeep.news_of(ctx, tenant, ctx.today):
        people |= {one.id for one in upkeep.readers(ctx, tenant)}
    reminders.finish(tenant, people, ctx.today, ctx.now)
    return None


def _whom(ctx: Context, told: Reminder) -> list[str]:
    """Return whom a rung speaks to: the desk, then its deputy, its head, 教育技术中心 (R83)."""
    people = ctx.ledger.people
    if told.matter == INSPECTION:
        there = people.in_unit(told.tenant, told.unit_code, ctx.today, *sorted(SCHOOL))
        return [one.id for one in there]
    if told.matter not in OF_DESKS:
        return [told.person_id]
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


def _above(rung: Rung) -> tuple[Role, ...]:
    """Return which role a rung speaks to; where nobody has it, the next."""
    return (Role.DEPUTY, Role.HEAD) if rung is Rung.DEPUTY else (Role.HEAD, Role.DEPUTY)


# --- one person's digest -------------------------------------------------------------------------


def _untold(ctx: Context) -> Sequence[str]:
    told = _open(ctx)
    if not told:
        return ()
    listed = [f"{tenant}|{who}" for tenant, who in ctx.ledger.reminders.untold(told, MOST)]
    held = [f"|{who}" for who in ctx.ledger.holding.people(ctx.now, MOST)]
    return [*listed, *held]


def _open(ctx: Context) -> set[str]:
    """Return the authorities whose digests may be told now: their morning has come, and is
    closed."""
    done = ctx.ledger.reminders.mornings(ctx.today)
    return {code for code in ctx.office.tenants if code in done and _has_come(ctx, code)}


def _tell(ctx: Context, key: str) -> None:
    """Tell one person everything of this morning at once; what stands alone goes as it is."""
    tenant, person_id = key.split("|")
    person = ctx.ledger.people.get(person_id)
    if person is None:
        return
    if not tenant:
        _tell_of_held(ctx, person)
        return
    if tenant not in _open(ctx):
        return
    days = ctx.ledger.reminders.tell(tenant, person_id, ctx.now)
    if days is None:
        return
    first, last = days
    told = _since(ctx, person, tenant, ctx.ledger.reminders.before(tenant, first).on)
    _put(ctx, person, tenant, f"{last}:{tenant}", told, _news(ctx, person, tenant, first))


def _tell_of_held(ctx: Context, person: Person) -> None:
    """Tell somebody who is reminded of nothing this morning what came overnight.

    Whoever is, reads it in that digest, and another process may be about to tell it.
    """
    # Who has left may be reminded of something all the same.
    posts = person.held(ctx.today) or person.posts
    theirs = {post.tenant for post in posts} & ctx.office.tenants.keys()
    if ctx.ledger.reminders.is_awaited(person.id) or theirs - _open(ctx):
        return
    _put(ctx, person, "", f"{ctx.today}:", [], [])


def _put(
    ctx: Context,
    person: Person,
    tenant: str,
    morning: str,
    told: Sequence[Reminder],
    news: Sequence[str],
) -> None:
    held = ctx.ledger.holding.of(person.id, ctx.now)
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
        ctx.push(person.id, card, once=f"digest:{morning}:{mark}", tenant=tenant, courtesy=every)


def _since(ctx: Context, person: Person, tenant: str, after: date) -> list[Reminder]:
    """Return what one authority reminds somebody of since a morning, as they hold its desks
    today."""
    units = {
        post.unit_code
        for post in person.held(ctx.today)
        if post.tenant == tenant and post.role in DESK_ROLES | SCHOOL
    }
    found = ctx.ledger.reminders.of(tenant, after, units, person.id, LISTED)
    if person.at_desk(tenant, Desk.TECH, ctx.today):
        found += ctx.ledger.reminders.stuck(tenant, after, LISTED)
    return found


def _news(ctx: Context, person: Person, tenant: str, first: date) -> list[str]:
    """Return what somebody is told who looks after an authority."""
    cares = any(one.id == person.id for one in upkeep.readers(ctx, tenant))
    return upkeep.news_of(ctx, tenant, first) if cares else []


def _compose(
    ctx: Context, told: Sequence[Reminder], held: Sequence[Held], office: Sequence[str]
) -> Card | None:
    """Return the digest of ``ctx.person``; None where nothing of it stands any more."""
    marks = {due.waits_as(one): one for one in told}
    urgent: list[Row] = []
    rest: list[Row] = []
    for line, tap in todo.rows_of(ctx, ctx.ledger.tasks.open_of(ctx.person, ctx.today)):
        mark = marks.pop(tap.subject, None)
        if mark is None:
            rest.append(Row(line, tap))
        else:
            # Where it stands says more than its date, and a card has little room.
            short = line.rpartition("，")[0] or line
            urgent.append(Row(short + due.mark(ctx, mark), tap))
    over = [row for one in marks.values() if (row := due.row_of(ctx, one))]
    rows = [*over, *urgent, *rest]
    shown = {row.tap.subject for row in rows}
    news = [*office, *due.news_of(ctx, list(marks.values()))]
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


@router.tap("digest.show", roles=STAFF)
def show(ctx: Context, tap: Tap) -> None:
    """Show what a digest told of, as it would have come by itself."""
    body = ctx.ledger.holding.body_of(int(tap.subject or 0), ctx.person.id)
    if body is None or "card" not in body:
        raise RuleViolationError(GONE)
    ctx.say(Card.from_json(body["card"]))


def _ahead(ctx: Context) -> Sequence[str]:
    return ctx.ledger.reminders.ahead(ctx.now, ctx.today)


def _set_back(ctx: Context, tenant: str) -> None:
    """Take note that the clock was put back: what it closed ahead of time stays closed."""
    ctx.ledger.reminders.set_back(tenant, ctx.now, ctx.today)


CLOCK = Sweep("mornings ahead", _ahead, _set_back)
REMINDERS = Sweep("reminders", _mornings, _remind)
DIGESTS = Sweep("digests", _untold, _tell)
