"""职能分工: who has which duty, and what is still missing, told to administrators every week."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from cards.duties import duties_card, wanting
from handlers import reach
from handlers.context import Context
from handlers.printed import name_of
from handlers.router import STAFF, Router
from handlers.sweeps import Sweep
from storage.duties import Duty, duties
from storage.people import Person
from storage.rules.terms import Desk, NotAllowedError, Role
from storage.rules.workdays import workday_from

router = Router("duties")

NOT_YOURS: Final = "职能分工由主管单位的同志查看。学校有事请发“人工”，会转告教育技术部门。"
NOT_SETTLED: Final = "{whose}还没有导入处室名单，请联系管理员。"


@router.word("duties", "职能分工|分工表|职责分工", roles=STAFF)
def show(ctx: Context, _match: re.Match[str]) -> None:
    """Show the map of duties of the person's authorities (R84)."""
    tenants = reach.of_duties(ctx.person, ctx.today)
    if not tenants:
        raise NotAllowedError(NOT_YOURS)
    for tenant in tenants:
        found = duties(ctx.ledger, [tenant], ctx.today)
        whose = name_of(ctx.office, tenant)
        if found:
            ctx.say(duties_card(whose, found, page=ctx.link("duties", tenant)))
        else:
            ctx.say(NOT_SETTLED.format(whose=whose))


# --- once a week ---------------------------------------------------------------------------------


def _find(ctx: Context) -> Sequence[str]:
    """Find the authorities whose administrators were not told this week of what is missing."""
    tenants = [one for one in ctx.office.tenants if _is_time(ctx, one)]
    if not tenants:
        return ()
    found = duties(ctx.ledger, tenants, ctx.today)
    wanting_now = dict.fromkeys(duty.tenant for duty in found if duty.wants)
    return [tenant for tenant in wanting_now if _untold(ctx, tenant)]


def _is_time(ctx: Context, tenant: str) -> bool:
    """Say whether it is the week's first working day, from the digest on.

    A week whose first day was missed is let go: the next one says the same.
    """
    local = ctx.now.astimezone(ctx.office.zone)
    if local.time() < ctx.office.of(tenant).rules.digest_time:
        return False
    monday = ctx.today - timedelta(days=ctx.today.weekday())
    return ctx.today == workday_from(monday, ctx.ledger.calendar).on


def _untold(ctx: Context, tenant: str) -> list[Person]:
    """Return who has to be told and was not: administrators, else 教育技术.

    Who has no account cannot be told, and would be found again at every tick.
    """
    people = ctx.ledger.people
    told = _reachable(ctx, people.holding(tenant, Role.ADMIN, ctx.today)) or _reachable(
        ctx, people.at_desk(tenant, Desk.TECH, ctx.today)
    )
    once = _once(ctx, tenant)
    return [one for one in told if ctx.ledger.outbox.find_once(f"{once}:{one.id}") is None]


def _reachable(ctx: Context, people: Sequence[Person]) -> list[Person]:
    return [one for one in people if ctx.ledger.people.address_of(one.id) is not None]


def _once(ctx: Context, tenant: str) -> str:
    year, week, _ = ctx.today.isocalendar()
    return f"duties:{tenant}:{year}-{week}"


def _tell(ctx: Context, tenant: str) -> None:
    """Tell an authority's administrators what is missing.

    Source: 四 (尾); requirements R83.
    """
    found: list[Duty] = [duty for duty in duties(ctx.ledger, [tenant], ctx.today) if duty.wants]
    if not found:
        return
    for person in _untold(ctx, tenant):
        ctx.push(
            person.id,
            wanting(name_of(ctx.office, tenant), found),
            once=_once(ctx, tenant),
            tenant=tenant,
        )


DUTIES = Sweep("duties", _find, _tell)
