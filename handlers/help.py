"""帮助, the greeting, and the way to a person."""

from __future__ import annotations

import re
from typing import Final

from cards.basics import ENGLISH_HELP, HELP
from cards.help import (
    ADMIN_LINES,
    AUDIT_LINES,
    BOARD_LINE,
    BRIEF,
    CLUE_LINES,
    DESK_LINES,
    FIGURES_LINE,
    FILLING_LINES,
    FOOT,
    GROUP_LINE,
    PAPER_LINE,
    PRINCIPAL_LINES,
    QUERY_LINE,
    REPORT_DESK_LINE,
    REPORT_LINE,
    SCHOOL_LINES,
    help_card,
    whole_text,
)
from cards.language import Card, Tap
from handlers import reach
from handlers.context import Context
from handlers.router import DESKS, SCHOOL, STAFF, Router
from handlers.salutation import hello
from storage.paper import tenants_of
from storage.people import Person
from storage.rules.terms import Desk, Role, UnitKind

router = Router("help")

UNKNOWN: Final = "没有认出这句话。发“帮助”看看可以做什么，要找人请发“人工”。"
GO_ON: Final = "接着填请发“继续”，要找人请发“人工”。"


def may_file(ctx: Context) -> bool:
    """Tell whether this person files for a school or another unit today."""
    return any(
        post.role in SCHOOL and post.unit_kind is not UnitKind.DEPARTMENT
        for post in ctx.person.held(ctx.today)
    )


def _who(ctx: Context) -> str:
    """Say as whom somebody is helped: of several posts the one with the most to do here."""
    roles = {post.role for post in ctx.person.held(ctx.today)}
    if may_file(ctx):
        return "principal" if Role.PRINCIPAL in roles else "owner"
    if roles & DESKS:
        at_centre = any(
            ctx.person.at_desk(post.tenant, Desk.TECH, ctx.today)
            for post in ctx.person.held(ctx.today)
        )
        return "centre" if at_centre else "desk"
    if Role.ADMIN in roles:
        return "admin"
    return "auditor" if Role.AUDITOR in roles else "other"


def _lines(ctx: Context) -> list[str]:
    roles = {post.role for post in ctx.person.held(ctx.today)}
    lines: list[str] = []
    if may_file(ctx):
        lines += PRINCIPAL_LINES if Role.PRINCIPAL in roles else ()
        lines += SCHOOL_LINES
        lines += [GROUP_LINE] if ctx.office.hears_groups else []
    if roles & DESKS:
        lines += [*DESK_LINES, REPORT_DESK_LINE]
    if Role.ADMIN in roles:
        lines += ADMIN_LINES
    if tenants_of(ctx.person, ctx.today):
        lines.append(PAPER_LINE)
    if roles & reach.AUTHORITY and not may_file(ctx):
        lines.append(FIGURES_LINE)
    if reach.of_board(ctx.person, ctx.today):
        lines.append(BOARD_LINE)
    lines += AUDIT_LINES if Role.AUDITOR in roles else ()
    lines += CLUE_LINES if Role.DISCIPLINE in roles else ()
    if lines:
        lines.append(QUERY_LINE)
    lines.append(REPORT_LINE)
    return lines


def _is_filling(ctx: Context) -> bool:
    return ctx.talk.draft is not None and ctx.talk.draft.state == "open"


@router.word(
    "help", r"帮助|怎么用|使用说明|help|\?|？|菜单", roles=(*STAFF, Role.PUBLIC), aside=True
)
def show(ctx: Context, match: re.Match[str]) -> None:
    """Say what can be typed now; a draft that is being filled goes on afterwards."""
    if not ctx.person.id:
        ctx.say(HELP if match[0] != "help" else f"{ENGLISH_HELP}\n{HELP}")
        return
    if _is_filling(ctx):
        ctx.say(whole_text(FILLING_LINES, GO_ON))
        return
    ctx.say(_card(ctx))


@router.word("help_all", r"帮助\s*(?:全部|更多)|(?:全部|更多)帮助", roles=STAFF)
def show_all(ctx: Context, _match: re.Match[str]) -> None:
    """Say everything that can be typed."""
    _tell_all(ctx)


@router.tap("help.more", roles=STAFF)
def more(ctx: Context, _tap: Tap) -> None:
    """Say everything that can be typed."""
    _tell_all(ctx)


def _tell_all(ctx: Context) -> None:
    foot = GO_ON if _is_filling(ctx) else FOOT
    ctx.say(whole_text(_lines(ctx) or BRIEF["other"], foot))


def _card(ctx: Context, greeting: str = "") -> Card:
    return help_card(_who(ctx), greeting=greeting, begins=may_file(ctx))


def greets(ctx: Context) -> None:
    """Greet whoever opens the conversation; the platform tells of it at every opening."""
    if _is_filling(ctx):
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
