"""帮助, the greeting, and the way to a person."""

from __future__ import annotations

import re
from typing import Final

from cards.help import (
    ADMIN_LINES,
    AUDIT_LINES,
    BOARD_LINE,
    DESK_LINES,
    FIGURES_LINE,
    FILLING_LINES,
    GROUP_LINE,
    PAPER_LINE,
    SCHOOL_LINES,
    help_card,
)
from cards.language import Card
from handlers import reach
from handlers.context import Context
from handlers.router import DESKS, SCHOOL, STAFF, Router
from handlers.salutation import hello
from storage.paper import tenants_of
from storage.people import Person
from storage.rules.terms import Desk, Role, UnitKind

router = Router("help")

UNKNOWN: Final = "没有认出这句话。发“帮助”看看可以做什么，要找人请发“人工”。"


def may_file(ctx: Context) -> bool:
    """Tell whether this person files for a school or another unit today."""
    return any(
        post.role in SCHOOL and post.unit_kind is not UnitKind.DEPARTMENT
        for post in ctx.person.held(ctx.today)
    )


def _lines(ctx: Context) -> list[str]:
    roles = {post.role for post in ctx.person.held(ctx.today)}
    lines: list[str] = []
    if may_file(ctx):
        lines += SCHOOL_LINES
        lines += [GROUP_LINE] if ctx.office.hears_groups else []
    if roles & DESKS:
        lines += [line for line in DESK_LINES if line not in lines]
    if Role.ADMIN in roles:
        lines += ADMIN_LINES
    if tenants_of(ctx.person, ctx.today):
        lines.append(PAPER_LINE)
    if roles & reach.AUTHORITY and not may_file(ctx):
        lines.append(FIGURES_LINE)
    if reach.of_board(ctx.person, ctx.today):
        lines.append(BOARD_LINE)
    lines += AUDIT_LINES if Role.AUDITOR in roles else ()
    return lines


@router.word("help", r"帮助|怎么用|使用说明|help|\?|？|菜单", roles=STAFF)
def show(ctx: Context, _match: re.Match[str]) -> None:
    """Say what can be typed now; a draft that is being filled goes on afterwards."""
    draft = ctx.talk.draft
    if draft is not None and draft.state == "open":
        ctx.say("\n".join((*FILLING_LINES, "接着填请发“继续”，要找人请发“人工”。")))
        return
    ctx.say(_card(ctx))


def _card(ctx: Context, greeting: str = "") -> Card:
    return help_card(_lines(ctx), greeting=greeting, begins=may_file(ctx))


def greets(ctx: Context) -> None:
    """Greet whoever opens the conversation; the platform tells of it at every opening."""
    if ctx.talk.draft is not None and ctx.talk.draft.state == "open":
        return
    if ctx.talk.state.get("greeted") != ctx.today.isoformat():
        greet(ctx)


def greet(ctx: Context) -> None:
    """Greet back, and say what can be done."""
    ctx.talk.state["greeted"] = ctx.today.isoformat()
    ctx.say(_card(ctx, hello(ctx)))


@router.word("human", r"人工|转人工|找人|人工服务|客服", roles=STAFF)
def human(ctx: Context, _match: re.Match[str]) -> None:
    """Name who can be asked."""
    call_somebody(ctx)


def call_somebody(ctx: Context) -> None:
    """Name who can be asked, and tell them once a day that somebody waits."""
    post = next(iter(ctx.person.held(ctx.today)))
    people = ctx.ledger.people.at_desk(post.tenant, Desk.TECH, ctx.today)
    others = [person for person in people if person.id != ctx.person.id]
    if not others:
        ctx.say("名单中没有可以转告的教育技术部门同志，请联系本单位管理员。您填的内容都在。")
        return
    for person in others:
        ctx.push(
            person.id,
            f"{post.unit_name}{ctx.person.name}老师请您协助进校园备案，请与其联系。",
            once=f"human:{ctx.person.id}:{ctx.today.isoformat()}",
            tenant=post.tenant,
        )
    ctx.say(
        f"已转告{_department(ctx, post.tenant)}（{_names(others)}），会与您联系。"
        "您填的内容都在，发“继续”可接着填。"
    )


def _department(ctx: Context, tenant: str) -> str:
    unit = ctx.ledger.people.department(tenant, Desk.TECH)
    return unit.name if unit else Desk.TECH.label


def _names(people: list[Person]) -> str:
    return "、".join(person.name for person in people[:3])
