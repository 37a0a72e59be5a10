"""注销: the school gives a registered filing up; its number can still be looked up."""

from __future__ import annotations

import re

from cards.language import Tap
from cards.standing import cancel_card, over_card
from handlers import notices, showing
from handlers.context import Context
from handlers.router import CASE, SCHOOL, Router
from handlers.standing import UNKNOWN
from storage.cases import Filing
from storage.rules.terms import Act, NotAllowedError, RuleViolationError
from storage.rules.workflow import FILING_MOVES

router = Router("cancel")


@router.word("cancel", rf"注销(备案)?\s*{CASE}", roles=SCHOOL)
def ask_cancel(ctx: Context, match: re.Match[str]) -> None:
    """Ask before a filing is given up."""
    filing = ctx.ledger.filings.by_case(match["case"])
    if filing is None:
        raise RuleViolationError(UNKNOWN)
    _ask_cancel(ctx, filing)


@router.tap("standing.give_up", roles=SCHOOL)
def ask_cancel_by_tap(ctx: Context, tap: Tap) -> None:
    """Ask before a filing is given up."""
    _ask_cancel(ctx, ctx.ledger.filings.known(tap.subject))


def _of_school(ctx: Context, filing: Filing) -> Filing:
    if not ctx.person.works_in(filing.tenant, filing.school, ctx.today):
        raise RuleViolationError(UNKNOWN)
    return filing


def _ask_cancel(ctx: Context, filing: Filing) -> None:
    _of_school(ctx, filing)
    if (filing.stage, Act.CANCEL) not in FILING_MOVES:
        raise NotAllowedError(
            f"{filing.case_no} 现在是“{filing.stage.label}”，不能注销。"
            "未登记的备案请发“撤回”加办件号。"
        )
    if not ctx.person.is_principal_of(filing.tenant, filing.school, ctx.today):
        raise NotAllowedError(
            f"注销由本校校长（园长、单位负责人）本人办理：请校长发“注销 {filing.case_no}”。"
        )
    running = [one.case_no for one in ctx.ledger.filings.changes_of(filing)]
    ctx.say(
        cancel_card(
            showing.view_of(ctx, filing), number=str(filing.number),
            groups=len(notices.groups_of(ctx, filing)), running=running, seen=filing.version,
        )
    )  # fmt: skip


@router.tap("standing.keep", roles=SCHOOL)
def keep(ctx: Context, tap: Tap) -> None:
    """Leave a filing as it is."""
    filing = _of_school(ctx, ctx.ledger.filings.known(tap.subject))
    ctx.redraw(over_card(filing.case_no, f"注销“{filing.title[:18]}”", "没有注销"))


@router.tap("standing.cancel", roles=SCHOOL)
def cancel(ctx: Context, tap: Tap) -> None:
    """Give a filing up for the school; tell its people, its authority and its groups."""
    running = ctx.ledger.filings.changes_of(ctx.ledger.filings.known(tap.subject))
    filing = ctx.ledger.standing.cancel(tap.subject, seen=tap.seen, by=ctx.person, now=ctx.now)
    ctx.redraw(over_card(filing.case_no, f"注销“{filing.title[:18]}”", "已注销"))
    ctx.say_done(f"{filing.case_no} 已注销，编号 {filing.number} 仍可查询。")
    once = f"cancelled:{filing.id}"
    view = showing.view_of(ctx, filing)
    words = f"{filing.case_no} “{filing.title}”（{filing.number}）已由{ctx.person.name}注销。"
    notices.tell_school(ctx, filing, words + notices.fallen(running), once=once)
    for one in ctx.ledger.standing.colleagues(filing, ctx.today):
        ctx.push(one.id, f"{view.school}：{words}", once=once, tenant=filing.tenant, courtesy=True)
    notices.tell_groups(ctx, filing, "cancel", once=once)
    notices.redraw_fallen(ctx, running)
