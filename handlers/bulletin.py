"""工作群通报: on the first working day of a week and a month each work group reads the numbers.

Numbers only. Who has something nearly due is told alone, by their own digest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from cards.bulletin import Bar, BulletinView, Section, bulletin_card, bulletin_picture
from cards.figures import counted
from handlers import reach
from handlers.context import Context, Office, body_of
from handlers.events import Addressed
from handlers.figures import NOT_YOURS, figures_period
from handlers.groups import ELSEWHERE
from handlers.links import ANYBODY
from handlers.printed import name_of
from handlers.router import STAFF, Router
from handlers.sweeps import Sweep
from storage.figures import Figures, Scope, Window
from storage.gaps import CITY
from storage.groups import WORK_GROUP
from storage.people import Group
from storage.rules import workdays
from storage.rules.bulletins import Rhythm, begun, is_due, spans
from storage.rules.periods import PATTERN, Period
from storage.rules.terms import NotAllowedError
from storage.transaction import Transaction

router = Router("bulletin")

PAGE: Final = "bulletin"
READABLE: Final = timedelta(days=60)
"""How long the page behind a bulletin opens: it says nothing of anybody."""
OWN: Final = "市局本级"
FLOOD: Final = "本群今日提问较多，相同问题已合并回答在上一条。其余请私聊。"
ALONE: Final = "本群今天已经答过，这里单独告诉您。"
_WORDS: Final[Mapping[Rhythm, tuple[str, str, str, str]]] = {
    Rhythm.WEEK: ("上周", "前一周", "近{many}周新收和办结（按周一日期）", "周一"),
    Rhythm.MONTH: ("上月", "前一个月", "近{many}个月新收和办结", "月份"),
}
_KEY: Final = re.compile(r"(?P<tenant>\d{6})-(?P<on>\d{8})-(?P<rhythms>w|m|wm)")


# --- when ----------------------------------------------------------------------------------------


def _find(ctx: Context) -> Sequence[str]:
    """Return the authorities with a week or month that their groups were not told of."""
    closed: set[tuple[str, Rhythm]] | None = None
    found = []
    for tenant in ctx.office.tenants:
        due = _due(ctx, tenant)
        if due and closed is None:
            closed = ctx.ledger.bulletins.closed({one: begun(one, ctx.today) for one in Rhythm})
        if any((tenant, one) not in (closed or ()) for one in due):
            found.append(tenant)
    return found


def _due(ctx: Context, tenant: str) -> list[Rhythm]:
    """Return what is due at this moment, whether it was told or not."""
    rules = ctx.office.of(tenant).rules
    local = ctx.now.astimezone(ctx.office.zone)
    if local.time() < rules.digest_time or ctx.spoken_at(tenant) != ctx.now:
        return []
    calendar = ctx.ledger.calendar.of(tenant)
    return [one for one in Rhythm if is_due(one, ctx.today, calendar)]


def _tell(ctx: Context, tenant: str) -> None:
    """Tell an authority's work groups of the last week and month, in one message, once.

    Where nothing came, ended or is under way, nothing is said.

    Source: dialogues E.13; requirements A.10b (digest_at, quiet_hours, workdays_only).
    """
    rules = ctx.office.of(tenant).rules
    wanted = {Rhythm.WEEK: rules.groups_weekly, Rhythm.MONTH: rules.groups_monthly}
    rhythms = [
        one
        for one in _due(ctx, tenant)
        if ctx.ledger.bulletins.close(tenant, one, begun(one, ctx.today), ctx.now) and wanted[one]
    ]
    groups = ctx.ledger.groups.of_departments(tenant, WORK_GROUP)
    if not rhythms or not groups:
        return
    view = view_of(ctx.ledger, ctx.office, tenant, ctx.today, rhythms)
    if not _moved(view) and not any(map(ctx.ledger.bulletins.has_running, _tenants(ctx, tenant))):
        return
    view = view.with_lines([line for more in LINES if (line := more(ctx, tenant))])
    key = key_of(tenant, ctx.today, rhythms)
    page = ctx.office.links.make(PAGE, key, ANYBODY, ctx.now, READABLE)
    picture = bulletin_picture(view, page=page, picture=f"{page}.png")
    once = ":".join(f"{one.value}:{begun(one, ctx.today)}" for one in rhythms)
    for group in groups:
        _put(ctx, group, body_of(bulletin_card(view, page)), once=f"bulletin:{once}")
        _put(ctx, group, {"picture": picture}, once=f"bulletin-picture:{once}")


def _put(ctx: Context, group: Group, body: Mapping[str, Any], *, once: str) -> None:
    """Tell a group. Nobody acts on it and 上周情况 tells the same: it is a courtesy, dropped where
    a month's quota runs out; the picture follows, and holds up nothing."""
    ctx.ledger.outbox.put(
        instance=group.instance, address="", body=body, now=ctx.now, group_id=group.id,
        once=f"{once}:{group.id}", courtesy=True, hours_of=group.tenant,
    )  # fmt: skip


def _moved(view: BulletinView) -> bool:
    return any(one.total for one in view.sections)


# --- what ----------------------------------------------------------------------------------------


def view_of(
    tx: Transaction, office: Office, tenant: str, on: date, rhythms: Sequence[Rhythm]
) -> BulletinView:
    """Read what is told on a day: of the city everybody's numbers, and its own beside them."""
    is_city = tenant == CITY
    return BulletinView(
        issuer=name_of(office, tenant),
        whose="全市" if is_city else office.of(tenant).name,
        own=OWN if is_city else "",
        sections=[_section(tx, office, tenant, on, one) for one in rhythms],
    )


def _section(tx: Transaction, office: Office, tenant: str, on: date, rhythm: Rhythm) -> Section:
    scope = Scope(tuple(office.tenants) if tenant == CITY else (tenant,))
    periods = spans(rhythm, on, tx.calendar.of(tenant))
    windows = [Window.of(one, office.zone) for one in periods]
    parts = tx.figures.by_tenant(scope, windows[-1])
    when, than, chart, axis = _WORDS[rhythm]
    counts = tx.figures.trend(scope, windows)
    return Section(
        when=f"{when}（{periods[-1].name}）",
        than=than,
        chart=chart.format(many=len(periods)),
        axis=axis,
        total=Figures.total(parts.values()),
        trend=[Bar(_label(rhythm, p), *c) for p, c in zip(periods, counts, strict=True)],
        own=parts[tenant] if tenant == CITY else None,
    )


def _label(rhythm: Rhythm, period: Period) -> str:
    day = period.start
    return f"{day.month}月" if rhythm is Rhythm.MONTH else f"{day.month}月{day.day}日"


def _near(ctx: Context, tenant: str) -> str:
    """Say how many cases have their limit close; whom it concerns was told alone."""
    many = sum(_near_at(ctx, one) for one in _tenants(ctx, tenant))
    return f"快到时限{many}件，已分别私信经办同志。" if many else ""


def _near_at(ctx: Context, tenant: str) -> int:
    ahead = ctx.office.of(tenant).rules.remind_before
    upto = workdays.add(ctx.today, ahead, ctx.ledger.calendar.of(tenant)).on
    return ctx.ledger.bulletins.near(tenant, ctx.today, upto, ctx.office.zone)


def _tenants(ctx: Context, tenant: str) -> tuple[str, ...]:
    return tuple(ctx.office.tenants) if tenant == CITY else (tenant,)


LINES: Final[Sequence[Callable[[Context, str], str]]] = (_near,)
"""What is said after the numbers, each of an authority; empty where there is nothing to say."""


def key_of(tenant: str, on: date, rhythms: Sequence[Rhythm]) -> str:
    """Return a bulletin as the link to its page carries it."""
    return f"{tenant}-{on:%Y%m%d}-{''.join(one.value[0] for one in rhythms)}"


def by_key(tx: Transaction, office: Office, key: str) -> BulletinView | None:
    """Read a bulletin as its page shows it, by ``key_of``; None where there is no such thing."""
    found = _KEY.fullmatch(key)
    if found is None or found["tenant"] not in office.tenants:
        return None
    rhythms = [one for one in Rhythm if one.value[0] in found["rhythms"]]
    on = date.fromisoformat(found["on"])
    return view_of(tx, office, found["tenant"], on, rhythms)


# --- asked in the group --------------------------------------------------------------------------


@router.group_word("figures", rf"(?:查看?|看)?{PATTERN}的?(?:备案)?(?:情况|数据|统计)", roles=STAFF)
def asked(ctx: Context, event: Addressed, match: re.Match[str]) -> None:
    """Answer 上周情况 and its kin in a work group, with numbers only.

    The same question is answered there once a day; after that whoever asks is answered alone.

    Source: dialogues E.13, unhappy 2.
    """
    group = ctx.ledger.groups.at(event.instance, event.group)
    if group is None or group.purpose != WORK_GROUP:
        ctx.say(ELSEWHERE)
        return
    mine = reach.of_figures(ctx.person, ctx.today, ctx.office)
    if mine is None or mine.schools or group.tenant not in mine.tenants:
        raise NotAllowedError(NOT_YOURS)
    period = figures_period(ctx, match["period"])
    # To a group the same is said whoever asks: the city's own people may see no county's numbers.
    parts = ctx.ledger.figures.by_tenant(
        Scope(_tenants(ctx, group.tenant)), Window.of(period, ctx.office.zone)
    )
    whose = "全市" if group.tenant == CITY else ctx.office.of(group.tenant).name
    text = "\n".join((f"{period.name}{whose}备案情况：", *counted(Figures.total(parts.values()))))
    if not _said_there(ctx, group, period, text):
        ctx.say(f"{ALONE}\n{text}")


def _said_there(ctx: Context, group: Group, period: Period, text: str) -> bool:
    """Answer in the group where that is still to be done today; the first repeat is told there."""
    flooded = f"bulletin-flood:{ctx.today}"
    if ctx.ledger.outbox.were_put([f"{flooded}:{group.id}"]):
        return False
    once = f"bulletin-asked:{ctx.today}:{period.key}"
    if ctx.announce(group, text, once=once, urgent=True):
        return True
    ctx.announce(group, FLOOD, once=flooded, urgent=True)
    return False


BULLETINS: Final = Sweep("bulletins", _find, _tell)
