"""A round of self-inspection by itself: it opens school by school, and ends with a private list."""

from __future__ import annotations

from collections.abc import Sequence

from cards.inspection import tally_text
from handlers import self_check
from handlers.context import Context, day_text
from handlers.printed import name_of
from handlers.sweeps import Sweep
from storage.gaps import CITY
from storage.groups import WORK_GROUP
from storage.rounds import Round
from storage.rules.terms import Desk

LISTED = 20
"""How many schools a message names; the page has all of them."""


def _to_hand_out(ctx: Context) -> Sequence[str]:
    return [":".join(key) for key in ctx.ledger.inspections.to_hand_out(ctx.today)]


def _hand_out(ctx: Context, key: str) -> str | None:
    """Ask the next schools of a round, a bounded number in one transaction.

    Source: 四 尾 (R85); requirements A.12.
    """
    tenant, _, round_id = key.partition(":")
    schools = ctx.ledger.inspections.hand_out(tenant, round_id, ctx.today, ctx.now)
    one = ctx.ledger.inspections.known(tenant, round_id)
    unheard = [school for school in schools if not self_check.ask_school(ctx, one, school)]
    _tell_groups(ctx, one)
    if unheard:
        names = "、".join(school.name for school in unheard)
        text = (
            f"{one.name}：{names}，名单中没有经办人和校长，自查没有送到。"
            "请补全名单后，请他们在聊天中发“自查”。"
        )
        _tell_centre(ctx, tenant, text, once=f"inspection-unheard:{one.id}:{unheard[0].code}")
    return key if one.filled_at is None else None


def _tell_centre(ctx: Context, tenant: str, text: str, *, once: str) -> None:
    """Tell the authority's centre; where nobody is there, who looks after the authority."""
    centre = ctx.ledger.people.at_desk(tenant, Desk.TECH, ctx.today)
    for person in centre or ctx.ledger.watch.carers(tenant, ctx.today):
        ctx.push(person.id, text, once=once, tenant=tenant)


def _tell_groups(ctx: Context, one: Round) -> None:
    """Tell the authority's work groups in one line: no school, no name (E.13)."""
    days = one.days
    for unit in ctx.ledger.people.departments(one.tenant):
        for group in ctx.ledger.people.groups(one.tenant, unit.code, WORK_GROUP):
            ctx.announce(
                group,
                f"{one.name}{day_text(days.opens_on)}开始，到{day_text(days.closes_on)}。"
                "请各校经办人或校长在与我的单独对话中发“自查”，一般2分钟。本群不收集学校内容。",
                once=f"inspection:{one.id}",
            )


def _to_end(ctx: Context) -> Sequence[str]:
    return [":".join(key) for key in ctx.ledger.inspections.to_end(ctx.today)]


def _end(ctx: Context, key: str) -> None:
    """End a round; the authority's centre alone reads which schools did not hand in."""
    tenant, _, round_id = key.partition(":")
    one = ctx.ledger.inspections.end(tenant, round_id, ctx.today, ctx.now)
    if one is None:
        return
    tally = ctx.ledger.inspections.tally([one])[one.id]
    names = ctx.ledger.inspections.missing(one)
    said = f"{one.name}已结束：{tally_text(tally)}。"
    rest = f"等{len(names)}所" if len(names) > LISTED else ""
    listed = f"尚未收到：{'、'.join(names[:LISTED])}{rest}。请与学校联系。" if names else ""
    text = f"{said}{listed}发“自查情况”看汇总和清单。"
    _tell_centre(ctx, tenant, text, once=f"inspection-end:{one.id}")
    if one.made_for == CITY != tenant:
        for person in ctx.ledger.people.at_desk(CITY, Desk.TECH, ctx.today):
            ctx.push(
                person.id,
                f"{name_of(ctx.office, tenant)}{said}",
                once=f"inspection-end:{one.id}",
                tenant=CITY,
                courtesy=True,
            )


SWEEPS = (
    Sweep("inspection begins", _to_hand_out, _hand_out),
    Sweep("inspection ends", _to_end, _end),
)
