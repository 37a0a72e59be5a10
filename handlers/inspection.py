"""自查 for who runs it: 教育技术中心 plans a round, may take it back; schools answer in private.

Source: 四 尾 定期组织开展自查工作 (R85); requirements A.12; dialogues E.13.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from cards.inspection import cancel_card, menu_card, over_card, plan_card
from cards.language import Tap
from handlers import inspected, self_check
from handlers.context import Context, day_text
from handlers.events import Addressed
from handlers.printed import name_of
from handlers.router import DESKS, SCHOOL, STAFF, Router
from handlers.stopping import centre
from storage.gaps import CITY
from storage.groups import WORK_GROUP
from storage.inspections import NOT_YOURS
from storage.rounds import Round
from storage.rules.inspection import RoundDays, RoundScope, RoundState, round_days, usual_days
from storage.rules.terms import Desk, Kind, NotAllowedError, RuleViolationError, SchoolStage

router = Router("inspection")

AGAIN: Final = "请重新发“发起自查”办理。"
IN_A_GROUP: Final = "在与我的单独对话中发“自查”即可，一般2分钟。本群不收集学校内容。"
EXAMPLE: Final = "例如：发起自查 小学 应用 3月16日至4月3日。"
_DAY: Final = r"(?:(20\d\d)[-.年/])?(\d{1,2})[-.月/](\d{1,2})日?"
_SPAN: Final = re.compile(rf"{_DAY}\s*(?:至|到|[-—~－])\s*{_DAY}")
_PRODUCT: Final = re.compile(
    r"(?:产品)?[“\"《](?P<quoted>[^”\"》]{1,60})[”\"》]|产品\s*(?P<bare>\S{1,60})"
)
_FILLER: Final = re.compile(r"[\s，,。、；;：:]|范围|学段|时间|只|的|自查|全部")


@router.group_word("inspection", r"(?!绑定|解绑).*自查.*", roles=STAFF)
def in_a_group(ctx: Context, event: Addressed, _match: re.Match[str]) -> None:
    """Say in the work group where the inspection is answered, and nothing of any school; in a
    school's group, where parents may be, only to who asks."""
    group = ctx.ledger.groups.at(event.instance, event.group)
    if group is not None and group.purpose == WORK_GROUP:
        ctx.say_there(group, IN_A_GROUP)
    else:
        ctx.say(IN_A_GROUP)


@router.word("inspection", r"自查", roles=STAFF)
def start(ctx: Context, _match: re.Match[str]) -> None:
    """Begin what somebody most likely wants: a school its sheet, the centre its rounds."""
    if any(post.role in SCHOOL for post in ctx.person.schools(ctx.today)):
        self_check.begin_typed(ctx)
        return
    if _centre(ctx) is None:
        raise NotAllowedError(NOT_YOURS)
    ctx.say(menu_card(inspected.lines_of(ctx)[:4]))


def _centre(ctx: Context) -> str | None:
    """Return the authority whose centre this person works for; the city's first."""
    held = sorted({post.tenant for post in ctx.person.held(ctx.today)})
    return next((one for one in held if ctx.person.at_desk(one, Desk.TECH, ctx.today)), None)


# --- which schools, which filings, when ----------------------------------------------------------


@router.word("begin_inspection", r"(?:发起自查|自查\s)\s*(?P<words>[\s\S]*)", roles=DESKS)
def begin_typed(ctx: Context, match: re.Match[str]) -> None:
    """Show a round as it was typed, with the usual days where none were."""
    _begin(ctx, match["words"])


@router.tap("inspect.begin", roles=DESKS)
def begin_tapped(ctx: Context, _tap: Tap) -> None:
    """Show a round of everything with the usual days."""
    _begin(ctx, "")


def _begin(ctx: Context, words: str) -> None:
    tenant = _centre(ctx)
    if tenant is None:
        raise NotAllowedError(NOT_YOURS)
    schools = ctx.ledger.calendar.of_schools(tenant)
    opens, closes = usual_days(ctx.today, schools)
    plan = {
        "for": tenant,
        "tenants": [tenant],
        "scope": RoundScope().to_dict(),
        "opens": opens.isoformat(),
        "closes": closes.isoformat(),
    }
    _show(ctx, _read(ctx, plan, words))


@router.under("inspect.plan", roles=DESKS)
def hear_change(ctx: Context, _tap: Tap, text: str) -> bool:
    """Take another scope or other days."""
    _show(ctx, _read(ctx, _kept(ctx), text))
    return True


def _read(ctx: Context, plan: dict[str, Any], words: str) -> dict[str, Any]:
    """Lay typed words over a plan.

    Raises:
        RuleViolationError: something of them was not understood.
    """
    plan, rest = dict(plan), words
    if span := _SPAN.search(rest):
        opens = _date(ctx, span.group(1, 2, 3))
        closes = _date(ctx, span.group(4, 5, 6))
        if not span[4] and closes < opens:
            closes = closes.replace(year=closes.year + 1)
        plan |= {"opens": opens.isoformat(), "closes": closes.isoformat()}
        rest = rest.replace(span[0], "")
    scope = dict(plan["scope"])
    if named := _PRODUCT.search(rest):
        scope |= _product(ctx, (named["quoted"] or named["bare"]).strip())
        rest = rest.replace(named[0], "")
    stages = [one for one in SchoolStage if one.label in rest]
    if stages:
        scope["stages"] = [one.value for one in stages]
    kinds = [kind for word, kind in (("应用", Kind.APP), ("终端", Kind.TERMINAL)) if word in rest]
    if kinds:
        scope["kind"] = kinds[0].value if len(kinds) == 1 else ""
    for word in (*(one.label for one in stages), "移动学习终端", "应用", "终端"):
        rest = rest.replace(word, "")
    if plan["for"] == CITY:
        rest = _counties(ctx, plan, rest)
    left = re.sub(r"^[和及]+|[和及]+$", "", _FILLER.sub("", rest))
    if left:
        raise RuleViolationError(f"没有认出“{left[:20]}”。{EXAMPLE}单个产品请写：产品“名称”。")
    return {**plan, "scope": scope}


def _date(ctx: Context, parts: Sequence[str | None]) -> date:
    year, month, day = parts
    try:
        on = date(int(year or ctx.today.year), int(month or 0), int(day or 0))
        # In December people name days of January without their year.
        if not year and (ctx.today - on).days > 180:
            on = on.replace(year=on.year + 1)
    except ValueError:
        raise RuleViolationError(f"没有{month}月{day}日这一天，请核对后再发一次。") from None
    return on


def _product(ctx: Context, name: str) -> dict[str, str]:
    found = ctx.ledger.products.named(name)
    if len(found) != 1:
        many = "有几个同名产品" if found else "产品库中没有这个产品"
        raise RuleViolationError(f"“{name}”{many}，请核对名称，或不限产品。")
    return {"product_key": found[0].id, "product": found[0].name}


def _counties(ctx: Context, plan: dict[str, Any], rest: str) -> str:
    """Take 全市 or the names of counties, which only the city's centre may ask for."""
    if "全市" in rest:
        plan["tenants"] = list(ctx.office.tenants)
        return rest.replace("全市", "")
    chosen = []
    for code, one in ctx.office.tenants.items():
        short = re.sub(r"[县市区]$", "", one.name)
        for name in (one.name, *((short,) if len(short) > 1 else ())):
            if name in rest:
                chosen.append(code)
                rest = rest.replace(name, "")
                break
    if chosen:
        plan["tenants"] = chosen
    return rest


def _kept(ctx: Context) -> dict[str, Any]:
    plan: dict[str, Any] = ctx.talk.state.get("inspection", {})
    if not plan:
        raise RuleViolationError(AGAIN)
    return dict(plan)


def _days(ctx: Context, plan: dict[str, Any]) -> RoundDays:
    opens, closes = date.fromisoformat(plan["opens"]), date.fromisoformat(plan["closes"])
    return round_days(opens, closes, ctx.today, ctx.ledger.calendar.of_schools(plan["for"]))


def _show(ctx: Context, plan: dict[str, Any]) -> None:
    """Show what a round would ask of whom."""
    days, scope = _days(ctx, plan), RoundScope.from_dict(plan["scope"])
    inspections = ctx.ledger.inspections
    schools = filings = 0
    for tenant in plan["tenants"]:
        found = inspections.schools(tenant, scope)
        schools += len(found)
        filings += inspections.filings_in(tenant, scope, found)
    ctx.talk.state["inspection"] = plan
    names = [name_of(ctx.office, tenant) for tenant in plan["tenants"]]
    whose = "、".join(names) if len(names) < 3 else f"{names[0]}等{len(names)}个主管单位"
    card = plan_card(
        whose, scope.words, _span(days), schools=schools, filings=filings,
        reminders=_reminders(days), mark=_mark(plan),
    )  # fmt: skip
    ctx.say(card)


def _span(days: RoundDays) -> str:
    return f"{day_text(days.opens_on)}至{day_text(days.closes_on)}"


def _reminders(days: RoundDays) -> str:
    on = [one for one in (days.half_on, days.last_on) if one > days.opens_on]
    told = "、".join(day_text(one) for one in dict.fromkeys(on) if one <= days.last_on)
    return f"{told}各提醒一次尚未收到的学校。" if told else ""


def _mark(plan: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(plan, sort_keys=True).encode()).hexdigest()[:8]


@router.tap("inspect.leave", roles=DESKS)
def leave(ctx: Context, _tap: Tap) -> None:
    """Plan nothing."""
    ctx.talk.state.pop("inspection", None)
    ctx.redraw(over_card("发起自查", "没有发起"))


@router.tap("inspect.plan", roles=DESKS)
def plan(ctx: Context, tap: Tap) -> None:
    """Plan what was looked at."""
    kept = _kept(ctx)
    if tap.subject != _mark(kept):
        raise RuleViolationError("您之后又改过内容，请从最新的一张卡片上确认。")
    scope = RoundScope.from_dict(kept["scope"])
    rounds = ctx.ledger.inspections.plan(
        kept["tenants"], scope, _days(ctx, kept), made_for=kept["for"], by=ctx.person,
        day=ctx.today, now=ctx.now,
    )  # fmt: skip
    ctx.talk.state.pop("inspection")
    one = rounds[0]
    ctx.redraw(
        over_card(f"{one.name}（{scope.words}）", f"已发起 · {ctx.person.name} · "
                  f"{ctx.local_time(ctx.now)}")
    )  # fmt: skip
    when = day_text(one.days.opens_on)
    undo = "" if one.days.opens_on <= ctx.today else "在此之前可发“取消自查”撤回。"
    ctx.say_done(f"{one.name}已发起，{when}发到各学校。{undo}")


# --- taking it back ------------------------------------------------------------------------------


@router.word("cancel_inspection", r"取消自查|撤回自查", roles=DESKS)
def ask_cancel(ctx: Context, _match: re.Match[str]) -> None:
    """Ask before a round that has not begun is taken back."""
    tenant = centre(ctx)
    planned = [
        one
        for one in ctx.ledger.inspections.of([tenant], ctx.today)
        if one.state is RoundState.PLANNED and one.made_for == tenant
    ]
    if not planned:
        raise RuleViolationError("没有尚未开始的自查。已经开始的自查不能取消。")
    one: Round = planned[-1]
    ctx.say(cancel_card(one.name, one.scope.words, _span(one.days), one.bundle))


@router.tap("inspect.cancel", roles=DESKS)
def cancel(ctx: Context, tap: Tap) -> None:
    """Take a round back before its first day."""
    found = ctx.ledger.inspections.cancel(tap.subject, by=ctx.person, day=ctx.today, now=ctx.now)
    if not found:
        raise RuleViolationError("没有找到这轮自查，请发“自查情况”查看。")
    ctx.redraw(over_card(f"取消{found[0].name}", f"已取消 · {ctx.person.name}"))


@router.tap("inspect.keep", roles=DESKS)
def keep(ctx: Context, _tap: Tap) -> None:
    """Leave a round as it is."""
    ctx.redraw(over_card("取消自查", "没有取消"))
