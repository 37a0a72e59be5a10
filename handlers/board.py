"""在办, 停留最久, 全部办件 and 未备案学校: for who looks after all of an authority's filings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from cards.board import NAMES, ON_A_CARD, BoardRow, board_card, unfiled_card
from cards.language import Card, Tap
from handlers import reach
from handlers.context import Context, Office
from handlers.hearing import talks
from handlers.printed import name_of
from handlers.router import STAFF, Router
from storage.board import Line, Running
from storage.figures import Scope
from storage.rules.terms import NotAllowedError

router = Router("board")

NOT_YOURS: Final = (
    "在办和全部办件由教育技术部门统筹查看（温教办技〔2022〕65号三）。"
    "您的任务请发“待办”，您的备案请发“进度”。"
)
WORDS: Final = {
    "在办": "running",
    "在办办件": "running",
    "办件看板": "running",
    "停留最久": "longest",
    "全部": "all",
    "全部办件": "all",
}


@router.word("board", "|".join(WORDS), roles=STAFF)
def board(ctx: Context, match: re.Match[str]) -> None:
    """List filings; to who fills a form and looks after none, 全部 and 在办 are an answer."""
    fills = ctx.talk.draft is not None or "opening" in ctx.talk.state
    if fills and reach.of_board(ctx.person, ctx.today) is None:
        talks(ctx, match[0])
        return
    ctx.say(_card(ctx, WORDS[match[0]], 0))


@router.tap("board.show", roles=STAFF)
def show(ctx: Context, tap: Tap) -> None:
    """Show another list, or the next part of one.

    As a card of its own: one that is redrawn has no room for what a platform's card must shorten.
    """
    which, _, skip = tap.subject.partition(":")
    if which not in NAMES or not skip.isdecimal():
        raise NotAllowedError("这张卡片已经过期。请发“在办”重新查看。")
    ctx.say(_card(ctx, which, int(skip)))


def _card(ctx: Context, which: str, skip: int) -> Card:
    scope = _scope(ctx)
    ctx.ledger.about = None  # a list is about no filing of its own
    if which == "all":
        total = ctx.ledger.board.count_signed(scope)
        lines = ctx.ledger.board.signed(scope, skip=skip, most=ON_A_CARD)
        rows = [_row(one, one.stage) for one in lines]
    else:
        found = ctx.ledger.board.running(scope)
        if which == "running":
            found = sorted(found, key=lambda one: one.line.case_no, reverse=True)
        total = len(found)
        rows = [_row(one.line, _stands(ctx, one)) for one in found[skip : skip + ON_A_CARD]]
    return board_card(which, rows, skip=skip, total=total, above=_above(ctx, scope, which))


def _row(line: Line, stands: str) -> BoardRow:
    return BoardRow(line.id, line.case_no, line.title[:20], line.school, stands)


def _stands(ctx: Context, one: Running) -> str:
    days = ctx.ledger.figures.days(one.since, ctx.now, ctx.office.zone)
    waits = f"，等{'、'.join(one.waits)}" if one.waits else ""
    return f"{one.line.stage}{waits}，已{days}个工作日"


def _above(ctx: Context, scope: Scope, which: str) -> Sequence[str]:
    """Say how many stand where, and to the city how many each county has under way."""
    if which == "longest":
        return ()
    counts: dict[str, int] = {}
    for stages in ctx.ledger.figures.standing(scope).values():
        for name, many in stages.items():
            counts[name] = counts.get(name, 0) + many
    lines = ["、".join(f"{name}{many}" for name, many in counts.items())] if counts else []
    if which == "running" and reach.sees_counties(ctx.person, ctx.today):
        others = Scope(tuple(one for one in ctx.office.tenants if one not in scope.tenants))
        found = ctx.ledger.board.count_running(others)
        named = [f"{_short(ctx.office, one)}{many}" for one, many in found.items()]
        lines.append(f"各县（市、区）在办：{'、'.join(named) or '没有'}")
    return lines


def _short(office: Office, tenant: str) -> str:
    return office.tenants[tenant].name


def _scope(ctx: Context) -> Scope:
    scope = reach.of_board(ctx.person, ctx.today)
    if scope is None:
        raise NotAllowedError(NOT_YOURS)
    return scope


@router.word("unfiled", "未备案学校|未备案的学校|从未备案学校|从未备案的学校", roles=STAFF)
def unfiled(ctx: Context, _match: re.Match[str]) -> None:
    """Count the schools that never filed anything; the list is exported, not shown (R8)."""
    own = _scope(ctx)
    is_city = reach.sees_counties(ctx.person, ctx.today)
    tenants = tuple(ctx.office.tenants) if is_city else own.tenants
    found = ctx.ledger.board.unfiled(tenants)
    rows = [(name_of(ctx.office, tenant), *counts) for tenant, counts in found.items()]
    is_listed = any(found.get(tenant, (0, 0))[0] for tenant in own.tenants)
    ctx.say(unfiled_card(rows, book=ctx.link("book", "unfiled-all") if is_listed else ""))
