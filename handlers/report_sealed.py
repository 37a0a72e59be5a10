"""The sealed desk of 纪检: behind a second factor, told in no group, each opening written down.

Source: 三（二）1; requirements R39, A.6; dialogues E.12.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from cards.language import Card, Tap
from cards.report import desk_card, sealed_card
from handlers import report_opening as opening
from handlers import reporting
from handlers.context import Context
from handlers.events import Addressed
from handlers.router import ANYBODY, Router
from handlers.sweeps import Sweep
from storage.factors import Checked
from storage.reporting import Report
from storage.rules.terms import NotAllowedError, Role, RuleViolationError

router = Router("report_sealed")

OFFICERS: Final = frozenset({Role.DISCIPLINE})
OPEN_FOR: Final = timedelta(minutes=10)
USUAL_QUESTION: Final = "请补充时间、学校和金额，无需提供姓名。"
IN_GROUP: Final = "这类内容请在与我的单独对话中办理。本群不显示任何线索信息。"
ASKED: Final = "请输入验证器上的6位二次验证码查看。"
_WRONG: Final = "验证码不对或已用过，请等下一个再发一次。"
_LOCKED: Final = "验证码多次不对，15分钟后再试。验证器丢失的，请管理员发“重置二次验证”加您的姓名。"
_CASE: Final = re.compile(r"\d{2}-[0-9A-Za-z]{4}-\d{4,6}")
_MOST: Final = 3


# --- the second factor ---------------------------------------------------------------------------


@router.reply("report.factor", roles=OFFICERS)
def hear_code(ctx: Context, tap: Tap, text: str) -> None:
    """Check the code that was asked for, then open what it stood before."""
    report = ctx.ledger.reports.find.get(tap.subject)
    tenant = next(p.tenant for p in ctx.person.held(ctx.today) if p.role is Role.DISCIPLINE)
    typed = re.sub(r"\s", "", text)
    checked = ctx.ledger.factors.check(ctx.person, tenant, typed, ctx.now)
    if checked is Checked.LOCKED:
        ctx.say(_LOCKED)
    elif checked is Checked.WRONG or report is None:
        ctx.ask("report.factor", tap.subject, 0, _WRONG)
    else:
        ctx.talk.state["factor_until"] = (ctx.now + OPEN_FOR).isoformat()
        opening.open_it(ctx, report)


@router.word("reset_factor", r"重置二次验证\s*(?P<name>\S+)", roles=(Role.ADMIN,))
def reset(ctx: Context, match: re.Match[str]) -> None:
    """Take an officer's secret away who lost the phone; the officers are told."""
    tenants = {post.tenant for post in ctx.person.held(ctx.today) if post.role is Role.ADMIN}
    for tenant in sorted(tenants):
        officers = ctx.ledger.reports.find.officers(tenant, ctx.today)
        for one in (officer for officer in officers if officer.name == match["name"]):
            if one.id == ctx.person.id:
                raise NotAllowedError("二次验证不能由本人重置，请另一位管理员办理。")
            ctx.ledger.factors.reset(one, tenant, by=ctx.person, now=ctx.now)
            for officer in officers:
                ctx.push(
                    officer.id,
                    f"{one.name}的二次验证已由管理员{ctx.person.name}重置，已留痕。"
                    "如非本人要求，请立即联系管理员。",
                    once=f"factor-reset:{one.id}:{ctx.now.isoformat()}",
                    tenant=tenant,
                    urgent=True,
                )
            ctx.say(f"{one.name}的二次验证已重置，下次查看时会重新设置。")
            return
    raise RuleViolationError("名单中没有这位纪检人员，请核对姓名。")


# --- what waits ----------------------------------------------------------------------------------


@router.word("clues", r"查举报|查线索|举报线索|加密线索|线索", roles=OFFICERS)
def clues(ctx: Context, _match: re.Match[str]) -> None:
    """List the clues that are open, without a word of what they say."""
    listed(ctx)


def listed(ctx: Context) -> None:
    """List what an officer may open."""
    find = ctx.ledger.reports.find
    tenants = {post.tenant for post in ctx.person.held(ctx.today) if post.role in OFFICERS}
    found = [
        one for one in find.open_at(tenants)
        if one.is_sealed and find.handles(one, ctx.person, ctx.today)
    ]  # fmt: skip
    if not found:
        ctx.say("现在没有待办的加密线索。")
        return
    ctx.say(sealed_card(reporting.view_of(ctx, found[0])))
    if rest := found[1:]:
        codes = "、".join(one.code for one in rest[:10])
        ctx.say(f"另有{len(rest)}条：{codes}。发“看内容”加回执号查看。")


@router.group_word("clues", r"(?:查|看)?(?:举报|线索|反映)\S{0,8}", roles=ANYBODY)
def in_group(ctx: Context, event: Addressed, _match: re.Match[str]) -> None:
    """Say in a group that nothing of this is told there (E.12, unhappy 1)."""
    group = ctx.ledger.groups.at(event.instance, event.group)
    if group is None:
        ctx.reply(IN_GROUP)
    else:
        ctx.say_there(group, IN_GROUP)


def card_of(ctx: Context, report: Report) -> Card:
    """Return a report's card as an officer is shown it before it is opened."""
    view = reporting.view_of(ctx, report)
    return sealed_card(view) if report.is_sealed else desk_card(view)


# --- stepping aside ------------------------------------------------------------------------------


@router.tap("report.recuse", roles=OFFICERS)
def recuse(ctx: Context, tap: Tap) -> None:
    """Step aside: the next officer is asked."""
    report = _sealed(ctx, tap.subject)
    report = ctx.ledger.reports.recuse(
        report, by=ctx.person, seen=tap.seen, rules=ctx.office.of(report.tenant).rules,
        day=ctx.today, now=ctx.now,
    )  # fmt: skip
    ctx.say(f"{report.code} 已记录回避，转由其他授权人员办理，您不再能查看。")
    reporting.tell_desk(ctx, report)


@router.tap("report.clear", roles=OFFICERS)
def clear(ctx: Context, tap: Tap) -> None:
    """Say that it does not concern oneself; that is written down, and it opens."""
    report = _sealed(ctx, tap.subject)
    if report.version != tap.seen:
        raise RuleViolationError(f"{report.code} 已有新的进展，请重新发“查举报”。")
    ctx.ledger.reports.note(report, "not_concerned", ctx.person, ctx.now)
    ctx.talk.state["not_concerned"] = [report.id]
    if not opening.stands_before(ctx, report):
        opening.open_it(ctx, report)


def _sealed(ctx: Context, report_id: str) -> Report:
    report = ctx.ledger.reports.known(report_id)
    if not report.is_sealed or not ctx.ledger.reports.find.handles(report, ctx.person, ctx.today):
        raise NotAllowedError("没有找到这条线索，或不由您办理。")
    return report


# --- 调阅办件 ------------------------------------------------------------------------------------


@router.tap("report.filings", roles=OFFICERS)
def filings(ctx: Context, tap: Tap) -> None:
    """Open the files of a project, read only; written down, and told to nobody who handles them."""
    report = _sealed(ctx, tap.subject)
    if opening.stands_before(ctx, report):
        return
    found = opening.filings_of(ctx, report)
    if not found:
        ctx.say("没有找到相关办件。")
        return
    for one in found:
        ctx.ledger.reports.note(report, f"read_filing {one.case_no}", ctx.person, ctx.now)
    lines = [f"{one.case_no}：{ctx.link('view', one.id)}" for one in found]
    lines.append("已只读调阅，调阅记录已留存，经办人不会收到通知。")
    reporting.say_sealed(ctx, "\n".join(lines))


# --- when an officer leaves ----------------------------------------------------------------------


def _ownerless(ctx: Context) -> Sequence[str]:
    return ctx.ledger.reports.find.ownerless(ctx.today)


def _inherit(ctx: Context, report_id: str) -> None:
    """Give a clue to the next officer, and tell them."""
    if report_id not in _ownerless(ctx):
        return
    was = ctx.ledger.reports.known(report_id)
    rules = ctx.office.of(was.tenant).rules
    report = ctx.ledger.reports.inherit(was, rules=rules, day=ctx.today, now=ctx.now)
    if report.version != was.version:
        reporting.tell_desk(ctx, report)


OWNERLESS: Final = Sweep("clues without officer", _ownerless, _inherit)
