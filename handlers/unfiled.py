"""家长常问: each week a technology centre reads what people outside asked for that is not filed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from cards.language import Tap
from cards.unfiled import NOTHING, Row, list_card, marked_card, name_card
from handlers import stop
from handlers.context import Context, day_text
from handlers.meaning import LIKELY
from handlers.router import DESKS, Router
from handlers.stopping import centre
from handlers.sweeps import Sweep
from storage.gaps import CITY
from storage.names import APP
from storage.rules.bulletins import Rhythm, begun
from storage.rules.terms import Desk, RuleViolationError
from storage.unfiled import AskedFor, Mark, sound_of

router = Router("unfiled")

LISTED: Final = 10
_WEEK: Final = timedelta(weeks=1)
_SAYS: Final = {
    Mark.KNOWN: "已标为“已知”，不再列出。要恢复请点“恢复列出”，或发“常问 名称 恢复列出”。",
    Mark.UNRELATED: "已标为“无关”，不再列出。要恢复请点“恢复列出”，或发“常问 名称 恢复列出”。",
    Mark.OPEN: "已恢复，今后有家长再问时列出。",
}


def note(ctx: Context, asked: Sequence[tuple[str, str]]) -> None:
    """Count what somebody outside asked for that is not filed: (name, authority or empty).

    Where no school was named it is the city's.
    """
    who = f"{ctx.event.instance}\0{ctx.event.account.lower()}"
    week = begun(Rhythm.WEEK, ctx.today)
    for name, tenant in dict.fromkeys(asked):
        known = tenant if tenant in ctx.office.tenants else CITY
        ctx.ledger.unfiled.note(known, name, who=who, week=week)


# --- once a week ---------------------------------------------------------------------------------


def _find(ctx: Context) -> Sequence[str]:
    """Return the weeks that are over and were not told of, where it is morning now."""
    over = ctx.ledger.unfiled.over(begun(Rhythm.WEEK, ctx.today))
    return [f"{tenant} {week}" for tenant, week in over if _may_tell(ctx, tenant)]


def _may_tell(ctx: Context, tenant: str) -> bool:
    if tenant not in ctx.office.tenants:
        return True
    local = ctx.now.astimezone(ctx.office.zone)
    is_time = local.time() >= ctx.office.of(tenant).rules.digest_time
    return is_time and ctx.spoken_at(tenant) == ctx.now


def _tell(ctx: Context, subject: str) -> None:
    """Tell a technology centre of a week, once, and throw away what its counting rested on.

    Source: requirements R28, R21 (凡进必审: what is used and not filed is to be seen).
    """
    tenant, _, day = subject.partition(" ")
    week = date.fromisoformat(day)
    rows = _rows(ctx, tenant, week) if tenant in ctx.office.tenants else []
    if not ctx.ledger.unfiled.close(tenant, week) or not rows:
        return
    card = list_card(_when(week), rows)
    for person in ctx.ledger.people.at_desk(tenant, Desk.TECH, ctx.today):
        ctx.push(person.id, card, once=f"unfiled:{tenant}:{week}", tenant=tenant, courtesy=True)


# --- asked for, and answered ---------------------------------------------------------------------


@router.word("unfiled", r"(?:家长)?常问(?:的?应用)?", roles=DESKS)
def show(ctx: Context, _match: re.Match[str]) -> None:
    """List what was asked for in this week and the last one."""
    tenant = centre(ctx)
    week = begun(Rhythm.WEEK, ctx.today)
    found = [(one, rows) for one in (week, week - _WEEK) if (rows := _rows(ctx, tenant, one))]
    if not found:
        ctx.say(NOTHING)
    # The newest card is the one whose numbers count: this week's.
    for one, rows in reversed(found):
        ctx.say(list_card("本周至今" if one == week else _when(one), rows))


@router.word(
    "unfiled_mark", r"常问\s*(?P<name>\S.{0,59}?)\s*(?P<mark>已知|无关|恢复列出)", roles=DESKS
)
def typed(ctx: Context, match: re.Match[str]) -> None:
    """Mark a name by typed words."""
    mark = next(one for one in Mark if one.label == match["mark"])
    _mark(ctx, _known(ctx, centre(ctx), sound_of(match["name"])), mark)


@router.tap("unfiled.look", roles=DESKS)
def look(ctx: Context, tap: Tap) -> None:
    """Show one name, and what can be said of it."""
    tenant = centre(ctx)
    one = _known(ctx, tenant, tap.subject)
    said = ctx.ledger.unfiled.mark_of(tenant, tap.subject)
    is_marked = said in (Mark.KNOWN, Mark.UNRELATED)
    ctx.say(
        name_card(_row(ctx, one), marked=f"已标为“{said.label}”。" if said and is_marked else "")
    )


@router.tap("unfiled.known", roles=DESKS)
def known(ctx: Context, tap: Tap) -> None:
    """Say that a name is known."""
    _mark(ctx, _known(ctx, centre(ctx), tap.subject), Mark.KNOWN)


@router.tap("unfiled.unrelated", roles=DESKS)
def unrelated(ctx: Context, tap: Tap) -> None:
    """Say that a name is none of an app for schools."""
    _mark(ctx, _known(ctx, centre(ctx), tap.subject), Mark.UNRELATED)


@router.tap("unfiled.open", roles=DESKS)
def reopen(ctx: Context, tap: Tap) -> None:
    """Have a name listed again."""
    _mark(ctx, _known(ctx, centre(ctx), tap.subject), Mark.OPEN)


@router.tap("unfiled.stop", roles=DESKS)
def begin_stop(ctx: Context, tap: Tap) -> None:
    """Go on to stop a product of this name, by the way there is: two persons, a reason, a day."""
    stop.begin_with(ctx, _known(ctx, centre(ctx), tap.subject).name)


def _mark(ctx: Context, one: AskedFor, mark: Mark) -> None:
    """Keep what is said of a name and of its other spellings."""
    tenant = centre(ctx)
    for name in dict.fromkeys((one.name, *one.others)):
        ctx.ledger.unfiled.mark(tenant, name, mark, by=ctx.person, day=ctx.today, now=ctx.now)
    done = f"{mark.label} · {ctx.person.name} · {ctx.local_time(ctx.now)}"
    ctx.redraw(marked_card(one.name, done))
    ctx.say_done(f"“{one.name}”{_SAYS[mark]}")


def _known(ctx: Context, tenant: str, sound: str) -> AskedFor:
    """Return a name as it is listed now, with those that stand with it."""
    week = begun(Rhythm.WEEK, ctx.today)
    for at in (week, week - _WEEK):
        for one in ctx.ledger.unfiled.listed(tenant, at, LISTED):
            if sound in one.sounds:
                return one
    found = ctx.ledger.unfiled.named(tenant, sound)
    if found is None:
        raise RuleViolationError("没有找到这个名称。发“常问”查看现在的清单。")
    return found


def _rows(ctx: Context, tenant: str, week: date) -> list[Row]:
    return [_row(ctx, one) for one in ctx.ledger.unfiled.listed(tenant, week, LISTED)]


def _row(ctx: Context, one: AskedFor) -> Row:
    return Row(one.name, one.sounds[0], one.askers, one.asks, one.others, _told(ctx, one.name))


def _told(ctx: Context, name: str) -> str:
    """Say what the register has of a name: itself, or one that is near to it."""
    search = ctx.ledger.search
    if same := search.exact(APP, name):
        keys = [key for match in same for key in match.keys]
        filed = ctx.ledger.public.is_filed(keys, ctx.today)
        return "他校已备案" if filed else "名单中有，尚无学校备案"
    near = search.near(APP, name, 1)
    if near and near[0].score >= LIKELY:
        return f"与“{near[0].name}”相近"
    return "产品库中没有"


def _when(week: date) -> str:
    return f"{day_text(week)}起一周"


UNFILED: Final = Sweep("unfiled", _find, _tell)
