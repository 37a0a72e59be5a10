"""Opening what a report says: who may, behind what, and that it is written down.

Source: 三（二）1; requirements R39, A.6; dialogues E.12.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final

from cards.report import opened_card, recuse_card
from handlers import reporting
from handlers.context import Context
from storage.cases import Filing
from storage.reporting import Report
from storage.rules.terms import Role
from storage.rules.totp import written

PAGE: Final = "reportfile"
OPENS: Final = timedelta(minutes=10)
"""How long a picture's link opens."""
ASKED: Final = "请输入验证器上的6位二次验证码查看。"
_CASE: Final = re.compile(r"\d{2}-[0-9A-Za-z]{4}-\d{4,6}")
_MOST: Final = 3


# --- the second factor ---------------------------------------------------------------------------


def is_for_officers(ctx: Context, report: Report) -> bool:
    """Tell whether somebody reads a report as 纪检: with the second factor."""
    if report.is_sealed:
        return True
    held = ctx.person.held(ctx.today)
    at_desk = ctx.person.at_desk(report.tenant, report.desk, ctx.today) is not None
    return not at_desk and any(post.role is Role.DISCIPLINE for post in held)


def stands_before(ctx: Context, report: Report) -> bool:
    """Ask for the second factor where it is wanted and was not shown in the last minutes."""
    if not is_for_officers(ctx, report) or _is_open(ctx):
        return False
    factors = ctx.ledger.factors
    if factors.is_confirmed(ctx.person.id):
        ctx.ask("report.factor", report.id, 0, ASKED)
        return True
    secret = written(factors.issue(ctx.person, report.tenant, ctx.now))
    reporting.say_sealed(
        ctx,
        f"首次使用：请在手机验证器应用中手工添加一个账号（名称自定，基于时间，6位），密钥：{secret}。"
        "密钥只显示这一次，请勿转发或截图；添加后删除本条消息。",
    )
    ctx.ask("report.factor", report.id, 0, "添加后，请输入验证器上显示的6位验证码。")
    return True


def _is_open(ctx: Context) -> bool:
    until = ctx.talk.state.get("factor_until")
    return until is not None and ctx.now < datetime.fromisoformat(until)


# --- opening -------------------------------------------------------------------------------------


def open_it(ctx: Context, report: Report, _seen: int = 0) -> None:
    """Tell what a report says to who may read it, sealed until it leaves, and write down who did.

    纪检 is asked first whether they step aside where their own unit is named (E.12).
    """
    if asks_aside(ctx, report):
        return
    content, contact, files = ctx.ledger.reports.open(
        report, by=ctx.person, day=ctx.today, now=ctx.now
    )
    lines = [f"回执 {report.code}（{report.category.label}）", *content.words]
    lines += [f"学校：{content.school_name}"] if content.school_name else []
    lines += [f"应用或终端：{content.product}"] if content.product else []
    lines += [f"时间和方式：{content.when}"] if content.when else []
    lines += [f"联系方式：{contact}"] if contact else []
    for at, file in enumerate(files, start=1):
        link = ctx.office.links.make(PAGE, f"{report.id}-{file.id}", ctx.person.id, ctx.now, OPENS)
        lines.append(f"图片{at}（10分钟内可打开）：{link}")
    lines.append("反映人身份已封存，本次调阅已留痕，请勿转发。")
    reporting.say_sealed(ctx, "\n".join(lines))
    if is_for_officers(ctx, report) and ctx.ledger.reports.find.handles(
        report, ctx.person, ctx.today
    ):
        view = reporting.view_of(ctx, report)
        if report.is_sealed:
            ctx.say(opened_card(view, bool(filings_of(ctx, report))))


def asks_aside(ctx: Context, report: Report) -> bool:
    """Ask an officer whose own unit is named whether they step aside, before anything is told."""
    find = ctx.ledger.reports.find
    if not report.is_sealed or report.id in ctx.talk.state.get("not_concerned", ()):
        return False
    if not find.handles(report, ctx.person, ctx.today):
        return False
    if not find.is_of_own_unit(report, ctx.person, ctx.today):
        return False
    ctx.say(recuse_card(reporting.view_of(ctx, report)))
    return True


def filings_of(ctx: Context, report: Report) -> list[Filing]:
    """Return the filings that a clue is about: those it names, else the school's with a number."""
    content = ctx.ledger.reports.find.content_of(report)
    named = [ctx.ledger.filings.by_case(case) for case in _CASE.findall(content.text)]
    found = [one for one in named if one is not None and one.tenant == report.tenant]
    if not found and content.school and content.tenant == report.tenant:
        of_school = ctx.ledger.filings.of_school(report.tenant, content.school)
        found = [one for one in of_school if one.signed_at is not None]
    ctx.ledger.about = None  # nothing of this is a cost of that filing
    return found[-_MOST:]
