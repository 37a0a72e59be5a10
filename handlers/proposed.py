"""Proposals to stop a product: a technology centre takes them up or says why not, once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from cards.language import Tap
from cards.proposed import answered_card, list_card, proposal_card
from handlers import halted
from handlers.context import Context, day_text
from handlers.router import DESKS, Router
from handlers.stopping import ask_date, centre, impact
from storage.proposals import Proposal
from storage.stops import Stop

router = Router("proposed")

LISTED: Final = 5
MOST_CHARS: Final = 200
NONE: Final = "目前没有待答复的停用建议。要停用某个产品，请发“停用产品”加产品名称。"


@router.word("stop_proposals", "停用产品|停用建议", roles=DESKS)
def show(ctx: Context, _match: re.Match[str]) -> None:
    """Offer what was proposed to be stopped and waits for an answer.

    Source: requirements R42, R87.
    """
    tenant = centre(ctx)
    found = ctx.ledger.proposals.open_for(tenant)
    if len(found) == 1:
        offer(ctx, tenant, found[0], 0)
    elif found:
        rows = [(one.task_id, _row(ctx, tenant, one)) for one in found[:LISTED]]
        ctx.say(list_card(rows, len(found) - len(rows)))
    else:
        ctx.say(NONE)


@router.tap("proposed.look", roles=DESKS)
def look(ctx: Context, tap: Tap) -> None:
    """Show one of several."""
    tenant = centre(ctx)
    found = ctx.ledger.proposals.waiting(tap.subject, tenant)
    same = ctx.ledger.proposals.open_for(tenant, found.product_key)
    offer(ctx, tenant, found, len(same) - 1)


def offer(ctx: Context, tenant: str, found: Proposal, more: int) -> None:
    """Show a proposal with what stopping would touch, and what can be answered."""
    card = proposal_card(
        found.title, found.task_id, by=_by(ctx, tenant, found), evidence=found.evidence,
        place=f"{found.ground.clause} {found.ground.label}", reason=found.reason,
        impact=impact(ctx, found.product_key, tenant), more=more,
    )  # fmt: skip
    ctx.say(card)


def _by(ctx: Context, tenant: str, found: Proposal) -> str:
    """Say who proposed: of one's own authority the person, of another the department."""
    department = ctx.ledger.people.department(found.tenant, found.desk)
    desk, day = department.name if department else found.desk.label, _day(ctx, found)
    if found.tenant != tenant:
        return f"{halted.name(ctx, found.tenant)}{desk}，{day}"
    person = ctx.ledger.people.get(found.person_id)
    return f"{desk}{person.name if person else ''}，{day}"


def _row(ctx: Context, tenant: str, found: Proposal) -> str:
    proof = f"截图{found.evidence}张" if found.evidence else "没有截图"
    return f"“{found.title}”｜{_by(ctx, tenant, found)}｜{found.ground.label}｜{proof}"


def _day(ctx: Context, found: Proposal) -> str:
    return day_text(found.at.astimezone(ctx.office.zone).date())


# --- answers -------------------------------------------------------------------------------------


@router.tap("proposed.take", roles=DESKS)
def take(ctx: Context, tap: Tap) -> None:
    """Go on to stop the product as proposed: product, reason and ground are filled in."""
    tenant = centre(ctx)
    found = ctx.ledger.proposals.waiting(tap.subject, tenant)
    ctx.talk.state["stop"] = {
        "tenant": tenant, "key": found.product_key, "title": found.title, "reason": found.reason,
        "ground": found.ground.key, "on": "", "proposal": found.task_id,
    }  # fmt: skip
    ask_date(ctx, found.title)


def taken(ctx: Context, state: Mapping[str, Any]) -> Sequence[Proposal]:
    """Return on which proposals a stop rests: the one it was begun from, and its like.

    Raises:
        StaleError: that one was answered meanwhile.
    """
    if not (task_id := state.get("proposal")):
        return ()
    first = ctx.ledger.proposals.waiting(task_id, state["tenant"])
    found = ctx.ledger.proposals.open_for(state["tenant"], first.product_key)
    return [one for one in found if one.ground == first.ground]


@router.tap("proposed.decline", roles=DESKS)
def decline(ctx: Context, tap: Tap) -> None:
    """Ask why a proposal is not taken up."""
    found = ctx.ledger.proposals.waiting(tap.subject, centre(ctx))
    asks = f"“{found.title}”不停用：请用一句话写明理由，提出建议的同志会看到。不办请不用回复。"
    ctx.ask("proposed.why", found.task_id, 0, asks)


@router.reply("proposed.why", roles=DESKS)
def hear_why(ctx: Context, tap: Tap, text: str) -> None:
    """Answer a proposal with no, and tell whoever proposed."""
    reason, tenant = text.strip().rstrip("。"), centre(ctx)
    if len(reason) > MOST_CHARS:
        said = f"这段话有{len(reason)}字，理由最多{MOST_CHARS}字。请缩短后再发一次。"
        ctx.ask("proposed.why", tap.subject, 0, said)
        return
    found = ctx.ledger.proposals.waiting(tap.subject, tenant)
    ctx.ledger.proposals.decline(
        found, tenant, reason=reason, by=ctx.person, day=ctx.today, now=ctx.now
    )
    done = f"未采纳 · {ctx.person.name} · {ctx.local_time(ctx.now)}"
    ctx.refresh(f"proposal:{found.task_id}", answered_card(found.title, found.task_id, done))
    ctx.say(f"已答复“{found.title}”的停用建议：未采纳，已告知提出的同志。")
    _tell(ctx, found, f"{halted.centre(ctx, tenant)}未采纳，理由：{reason}。各校照常使用。")


def tell_adopted(ctx: Context, stop: Stop) -> None:
    """Answer with yes what proposed a stop that was confirmed, and tell who did."""
    for one in ctx.ledger.proposals.adopt(stop, by=ctx.person, now=ctx.now):
        _close(ctx, one, "已采纳")
        _tell(ctx, one, f"已采纳。{halted.sentence(ctx, stop)}")


def tell_refused(ctx: Context, stop: Stop) -> None:
    """Answer with no what led to a stop that the second person did not confirm."""
    for one in ctx.ledger.proposals.refuse(stop, by=ctx.person, now=ctx.now):
        _close(ctx, one, "未采纳")
        says = f"{halted.whose(ctx, stop)}未采纳：确认时另一位同志（{ctx.person.name}）未同意。"
        _tell(ctx, one, f"{says}各校照常使用。")


def _close(ctx: Context, found: Proposal, answer: str) -> None:
    done = f"{answer} · {ctx.person.name} · {ctx.local_time(ctx.now)}"
    ctx.refresh(f"proposal:{found.task_id}", answered_card(found.title, found.task_id, done))


def _tell(ctx: Context, found: Proposal, answer: str) -> None:
    """Tell whoever proposed what came of it."""
    ctx.push(
        found.person_id,
        f"{found.case_no} “{found.title}”：您{_day(ctx, found)}提出的停用建议，{answer}",
        once=f"proposal:{found.task_id}",
        tenant=found.tenant,
    )
