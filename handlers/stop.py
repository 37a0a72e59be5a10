"""停用产品: a technology centre stops a product for every school that uses it, and lifts that."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from cards.language import Tap
from cards.stop import (
    ground_card,
    lift_card,
    look_card,
    over_card,
    pick_card,
    second_card,
)
from handlers import proposed, stopping
from handlers.context import Context, day_text
from handlers.router import DESKS, Router
from handlers.stopping import ask_date, centre, impact
from handlers.sweeps import Sweep
from storage.products import fold
from storage.rules.standing import ground
from storage.rules.terms import NotAllowedError, RuleViolationError
from storage.stops import CONFIRMED, PROPOSED, Stop

router = Router("stop")

MOST_CHARS: Final = 200
AGAIN: Final = "请重新发“停用产品”加产品名称办理。"
_NAME: Final = r"[\s“\"]*(?P<name>[^\s”\"][^”\"]{0,59}?)[”\"\s]*"


# --- which product, and what it would touch ------------------------------------------------------


@router.word("stop", rf"停用产品{_NAME}", roles=DESKS)
def begin(ctx: Context, match: re.Match[str]) -> None:
    """Show what stopping a product would touch, then ask why.

    Source: requirements R42, R87; 三（二）2, 三（二）8.
    """
    begin_with(ctx, match["name"])


def begin_with(ctx: Context, name: str) -> None:
    """Begin to stop the product of a name, whoever brought it up."""
    tenant = centre(ctx)
    if chosen := _product(ctx, name, "stop"):
        _open(ctx, tenant, *chosen)


@router.word("lift", rf"恢复产品{_NAME}", roles=DESKS)
def begin_lift(ctx: Context, match: re.Match[str]) -> None:
    """Ask before a stop is lifted."""
    tenant = centre(ctx)
    if chosen := _product(ctx, match["name"], "lift"):
        _ask_lift(ctx, tenant, *chosen)


@router.tap("stop.pick", roles=DESKS)
def pick(ctx: Context, tap: Tap) -> None:
    """Take the product that was meant."""
    verb, _, product_id = tap.subject.partition(":")
    product = ctx.ledger.products.get(product_id)
    if product is None:
        raise RuleViolationError(AGAIN)
    ctx.redraw(over_card(f"“{product.name}”", f"已选：{product.developer or product.name}"))
    if verb == "lift":
        _ask_lift(ctx, centre(ctx), product.id, product.name)
    else:
        _open(ctx, centre(ctx), product.id, product.name)


@router.tap("stop.anew", roles=DESKS)
def anew(ctx: Context, tap: Tap) -> None:
    """Stop the product of a proposal for a reason of one's own."""
    tenant = centre(ctx)
    found = ctx.ledger.proposals.waiting(tap.subject, tenant)
    ctx.redraw(over_card(f"停用“{found.title[:16]}”", "另写理由"))
    _start(ctx, tenant, found.product_key, found.title)


def _product(ctx: Context, name: str, verb: str) -> tuple[str, str] | None:
    """Return (key, name) of a product; ask where several have the name."""
    found = ctx.ledger.products.named(name)
    if len(found) > 1:
        rows = [
            (one.id, "，".join(w for w in (one.name, one.developer, one.product_no) if w))
            for one in found[:5]
        ]
        ctx.say(pick_card(name, rows, verb))
        return None
    if found:
        return found[0].id, found[0].name
    return f"name:{fold(name)[:120]}", name.strip()


def _open(ctx: Context, tenant: str, key: str, title: str) -> None:
    """Begin with what was proposed of the product, where something was; else with a reason."""
    if found := ctx.ledger.proposals.open_for(tenant, key):
        proposed.offer(ctx, tenant, found[0], len(found) - 1)
    else:
        _start(ctx, tenant, key, title)


def _start(ctx: Context, tenant: str, key: str, title: str) -> None:
    if (known := ctx.ledger.stops.of(tenant, key)) is not None:
        said = "已经停用" if known.state == CONFIRMED else "已提出停用，等另一位同志确认"
        raise NotAllowedError(f"“{title}”{said}。要恢复请发“恢复产品 {title}”。")
    ctx.talk.state["stop"] = {
        "tenant": tenant, "key": key, "title": title, "reason": "", "ground": "", "on": "",
    }  # fmt: skip
    lines = impact(ctx, key, tenant)
    asks = "请用一句话写明停用的理由，学校会看到。不办请不用回复。"
    ctx.ask("stop.reason", "", 0, "\n".join([f"停用“{title}”将影响：", *lines, asks]))


# --- why, on which ground, from when -------------------------------------------------------------


def _kept(ctx: Context) -> dict[str, Any]:
    state: dict[str, Any] = ctx.talk.state.get("stop", {})
    if not state:
        raise RuleViolationError(AGAIN)
    return dict(state)


@router.reply("stop.reason", roles=DESKS)
def hear_reason(ctx: Context, _tap: Tap, text: str) -> None:
    """Take the reason, then ask for the ground."""
    state, reason = _kept(ctx), text.strip().rstrip("。")
    if len(reason) > MOST_CHARS:
        said = f"这段话有{len(reason)}字，理由最多{MOST_CHARS}字。请缩短后再发一次。"
        ctx.ask("stop.reason", "", 0, said)
        return
    ctx.talk.state["stop"] = {**state, "reason": reason}
    ctx.say(ground_card(state["title"], reason))


@router.tap("stop.ground", roles=DESKS)
def take_ground(ctx: Context, tap: Tap) -> None:
    """Take the ground, then ask for the date."""
    state, chosen = _kept(ctx), ground(tap.subject)
    if chosen is None or not state["reason"]:
        raise RuleViolationError(AGAIN)
    ctx.talk.state["stop"] = {**state, "ground": chosen.key}
    ctx.redraw(over_card(f"停用“{state['title'][:16]}”", f"已选：{chosen.label}"))
    ask_date(ctx, state["title"])


@router.tap("stop.now", roles=DESKS)
def at_once(ctx: Context, _tap: Tap) -> None:
    """Take today."""
    _take_date(ctx, ctx.today)


@router.reply("stop.date", roles=DESKS)
def hear_date(ctx: Context, _tap: Tap, text: str) -> None:
    """Take a date that is still to come."""
    on = _day(text.strip(), ctx.today)
    if on is None or on < ctx.today:
        said = "请发今天或以后的日期，例如：2026-09-01；立即停用请发“立即停用”。"
        ctx.ask("stop.date", "", 0, said)
        return
    _take_date(ctx, on)


def _day(text: str, today: date) -> date | None:
    if text in ("立即", "立即停用", "今天"):
        return today
    found = re.fullmatch(r"(?:(\d{4})[-.年/])?(\d{1,2})[-.月/](\d{1,2})日?", text)
    if found is None:
        return None
    year = int(found[1]) if found[1] else today.year
    for one in (year, *((year + 1,) if not found[1] else ())):
        try:
            on = date(one, int(found[2]), int(found[3]))
        except ValueError:
            continue
        if on >= today or found[1]:
            return on
    return None


def _take_date(ctx: Context, on: date) -> None:
    state = _kept(ctx)
    why = ground(state["ground"])
    if why is None:
        raise RuleViolationError(AGAIN)
    state["on"] = on.isoformat()
    ctx.talk.state["stop"] = state
    card = look_card(
        state["title"], impact=impact(ctx, state["key"], state["tenant"]), reason=state["reason"],
        place=f"{why.clause} {why.label}", on=_on(on, ctx.today), mark=_mark(state),
    )  # fmt: skip
    ctx.say(card)


def _on(on: date, today: date) -> str:
    return "立即" if on <= today else f"{on.year}年{day_text(on)}"


def _mark(state: dict[str, Any]) -> str:
    return hashlib.sha256(repr(sorted(state.items())).encode()).hexdigest()[:8]


@router.tap("stop.leave", roles=DESKS)
def leave(ctx: Context, _tap: Tap) -> None:
    """Do nothing."""
    state = _kept(ctx)
    ctx.talk.state.pop("stop")
    ctx.redraw(over_card(f"停用“{state['title'][:16]}”", "没有办理"))


# --- two persons ---------------------------------------------------------------------------------


@router.tap("stop.propose", roles=DESKS)
def propose(ctx: Context, tap: Tap) -> None:
    """Propose what was looked at, and ask a second person."""
    state = _kept(ctx)
    why = ground(state["ground"])
    if tap.subject != _mark(state) or why is None or not state["on"]:
        raise RuleViolationError("您之后又改过内容，请从最新的一张卡片上确认。")
    rests_on = proposed.taken(ctx, state)
    stop = ctx.ledger.stops.propose(
        state["tenant"], product_key=state["key"], title=state["title"], ground=why,
        reason=state["reason"], stops_on=date.fromisoformat(state["on"]), by=ctx.person,
        day=ctx.today, now=ctx.now,
    )  # fmt: skip
    for proposal in rests_on:
        ctx.ledger.proposals.begin(proposal, stop, by=ctx.person, now=ctx.now)
    ctx.talk.state.pop("stop")
    others = ctx.ledger.stops.confirmers(stop.tenant, ctx.person.id, ctx.today)
    at = ctx.local_time(ctx.now)
    ctx.redraw(over_card(f"停用“{stop.title[:16]}”", f"已提出 · {ctx.person.name} · {at}"))
    names = "、".join(one.name for one in others[:3])
    ctx.say_done(f"已请另一位同志（{names}）确认停用“{stop.title}”，确认后生效。")
    _ask_seconds(ctx, stop.id)


def _ask_seconds(ctx: Context, stop_id: str) -> None:
    """Ask everybody who may confirm a stop today and was not asked before."""
    stop = ctx.ledger.stops.get(stop_id)
    if stop is None or stop.state != PROPOSED:
        return
    by = ctx.ledger.people.get(stop.person_id)
    card = second_card(
        stop.title, stop.id, by=by.name if by else "", reason=stop.reason, place=stop.clause,
        impact=impact(ctx, stop.product_key, stop.tenant), on=_on(stop.stops_on, ctx.today),
    )  # fmt: skip
    for one in ctx.ledger.stops.confirmers(stop.tenant, stop.person_id, ctx.today):
        ctx.push(one.id, card, once=f"stop:{stop.id}", tenant=stop.tenant, urgent=True)


def _find_unasked(ctx: Context) -> Sequence[str]:
    stops = ctx.ledger.stops
    wanted = {
        one.id: {
            f"stop:{one.id}:{person.id}"
            for person in stops.confirmers(one.tenant, one.person_id, ctx.today)
        }
        for one in stops.proposed()
    }
    put = ctx.ledger.outbox.were_put({key for keys in wanted.values() for key in keys})
    return [stop_id for stop_id, keys in wanted.items() if keys - put]


SECONDS: Final = Sweep("stops to confirm", _find_unasked, _ask_seconds)
"""Who joins the technology centre, or stands in there, is asked as well."""


@router.word("second_stop", rf"(?P<no>不同意|确认)停用{_NAME}", roles=DESKS)
def typed_second(ctx: Context, match: re.Match[str]) -> None:
    """Confirm or refuse a stop by typed words."""
    name = match["name"].strip()
    keys = [one.id for one in ctx.ledger.products.named(name)] or [f"name:{fold(name)[:120]}"]
    tenants = sorted({post.tenant for post in ctx.person.held(ctx.today)})
    found = [
        stop
        for tenant in tenants
        for key in keys
        if (stop := ctx.ledger.stops.of(tenant, key)) is not None and stop.state == PROPOSED
    ]
    if len(found) != 1:
        raise RuleViolationError(f"现在没有等确认的“{name}”停用。")
    (_refuse if match["no"] == "不同意" else _confirm)(ctx, found[0])


@router.tap("stop.yes", roles=DESKS)
def yes(ctx: Context, tap: Tap) -> None:
    """Confirm another person's proposal to stop a product."""
    _confirm(ctx, _stop(ctx, tap.subject))


@router.tap("stop.no", roles=DESKS)
def no(ctx: Context, tap: Tap) -> None:
    """Disagree with a stop, or take one's own proposal back."""
    _refuse(ctx, _stop(ctx, tap.subject))


def _stop(ctx: Context, stop_id: str) -> Stop:
    """Return a stop of one's own authority; of another's nobody is told that there is one."""
    stop = ctx.ledger.stops.get(stop_id)
    if stop is None or stop.tenant not in {post.tenant for post in ctx.person.held(ctx.today)}:
        raise RuleViolationError("没有找到这项停用。")
    return stop


def _confirm(ctx: Context, stop: Stop) -> None:
    stop = ctx.ledger.stops.confirm(stop.id, by=ctx.person, day=ctx.today, now=ctx.now)
    _settled(ctx, stop, f"已确认停用 · {ctx.person.name} · {ctx.local_time(ctx.now)}")
    when = "现在开始" if stop.stops_on <= ctx.today else f"自{day_text(stop.stops_on)}起"
    ctx.say_done(f"“{stop.title}”已确认停用，{when}逐件暂停并通知，新的备案不再受理该产品。")
    stopping.tell_of_stop(ctx, stop)
    proposed.tell_adopted(ctx, stop)


def _refuse(ctx: Context, stop: Stop) -> None:
    stop = ctx.ledger.stops.drop(stop.id, by=ctx.person, day=ctx.today, now=ctx.now)
    own = ctx.person.id == stop.person_id
    said = "已收回" if own else "未同意"
    _settled(ctx, stop, f"{said} · {ctx.person.name} · {ctx.local_time(ctx.now)}")
    ctx.say_done(f"“{stop.title}”的停用{said}，各校照常使用。")
    if not own:
        ctx.push(
            stop.person_id,
            f"“{stop.title}”的停用，{ctx.person.name}未同意，各校照常使用。",
            once=f"stop-no:{stop.id}",
            tenant=stop.tenant,
        )
    proposed.tell_refused(ctx, stop)


def _settled(ctx: Context, stop: Stop, done: str) -> None:
    subject = f"stop:{stop.id}"
    card = over_card(f"停用“{stop.title[:16]}”", done, subject=subject)
    ctx.redraw(card)
    ctx.refresh(subject, card)


# --- lifting -------------------------------------------------------------------------------------


def _ask_lift(ctx: Context, tenant: str, key: str, title: str) -> None:
    stop = ctx.ledger.stops.of(tenant, key)
    if stop is None or stop.state != CONFIRMED:
        raise NotAllowedError(f"贵单位没有停用“{title}”，不需要恢复。由哪一级停用，由哪一级恢复。")
    held = ctx.ledger.stops.held(stop)
    ctx.say(lift_card(stop.title, stop.id, reason=stop.reason, held=held))


@router.tap("stop.lift", roles=DESKS)
def lift(ctx: Context, tap: Tap) -> None:
    """Lift a stop: what it suspended, and nothing else, is in force again."""
    stop = _stop(ctx, tap.subject)
    stop = ctx.ledger.stops.lift(stop.id, by=ctx.person, day=ctx.today, now=ctx.now)
    ctx.redraw(over_card(f"恢复“{stop.title[:18]}”", f"已恢复 · {ctx.person.name}"))
    ctx.say_done(f"“{stop.title}”已恢复，因这次停用而暂停的备案逐件恢复并通知。")
    stopping.tell_offices(ctx, stop, f"“{stop.title}”的停用已解除", once=f"stop-lifted:{stop.id}")


@router.tap("stop.keep", roles=DESKS)
def keep(ctx: Context, tap: Tap) -> None:
    """Leave a product stopped."""
    centre(ctx)
    ctx.redraw(over_card(f"恢复“{_stop(ctx, tap.subject).title[:18]}”", "没有恢复"))
