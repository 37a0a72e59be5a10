"""A report that is handed in, and its receipt: whose it becomes, how far it is, what is added.

Source: requirements A.6, A.8; dialogues E.14.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from handlers import reporting
from handlers.context import Context, day_text
from handlers.events import FilledIn
from handlers.report_draft import SLOT, Draft, must_be_short
from handlers.router import ANYBODY, Router
from storage.gaps import CITY
from storage.reporting import Report
from storage.rules.reports import (
    DAILY,
    HANDLING,
    RECEIPT,
    WRONG_CODES,
    Category,
    ReportState,
    lead_of,
)
from storage.rules.terms import Owner, RuleViolationError

router = Router("report_receipt")

NO_DESK: Final = "名单中暂时没有可以办理的部门，没有提交。请直接联系当地教育局（社会事业局）。"
NO_SCHOOL: Final = "还不知道由哪里办理，没有提交。请发“反映”加学校全称，例如：反映 瓯江实验小学。"
NOTHING: Final = "请至少写一句是什么情况，或选一个类别，再提交。"
TOO_MANY: Final = (
    f"您今天已经反映了{DAILY}次，都已登记。其余请明天再发；需要补充的，发“补充”加回执号和内容。"
)
WRONG: Final = "没有查到这个回执号，请核对后再发一次。不是用这个账号反映的，请发完整的8位回执。"


class NoSchoolError(RuleViolationError):
    """Nobody is known who could handle a report, for it names no school."""


class Handed(NamedTuple):
    """What became of a report that was handed in; ``is_new``: it did not join an earlier one."""

    report: Report
    is_new: bool


# --- handing it in -------------------------------------------------------------------------------


def hand_in(ctx: Context, draft: Draft, contact: str) -> Handed:
    """Hand a report in and tell its desk; the same from the same person joins what is there.

    Raises:
        RuleViolationError: it says nothing, nobody can handle it, or enough were sent today.

    Source: requirements A.6, A.8 (first handling in 5); R45, R46.
    """
    content, category = draft.content, draft.category or Category.OTHER
    if not content.text.strip() and not draft.files and draft.category is None:
        raise RuleViolationError(NOTHING)
    find = ctx.ledger.reports.find
    mark = find.mark_of(ctx.event.instance, ctx.event.account)
    if (known := find.same(mark, category, content)) is not None:
        return Handed(_joined(ctx, known, draft), False)
    midnight = ctx.now.astimezone(ctx.office.zone).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    if find.sent_since(mark, midnight) >= DAILY:
        raise RuleViolationError(TOO_MANY)
    report = _submit(ctx, draft, category, contact, mark)
    reporting.tell_desk(ctx, report)
    reporting.tell_along(ctx, report)
    return Handed(report, True)


def _joined(ctx: Context, known: Report, draft: Draft) -> Report:
    """Put to an open report what a second one has more than it."""
    find = ctx.ledger.reports.find
    words = "\n".join(draft.content.words)
    had = {one.digest for one in find.files(known)}
    files = [one for one in draft.files if one[0] not in had]
    if not files and words in ("", "\n".join(find.content_of(known).words)):
        return known
    return ctx.ledger.reports.add(known, words, files, ctx.now)


def send(ctx: Context, draft: Draft, contact: str) -> None:
    """Hand in what was written in a chat, and say so."""
    report, is_new = hand_in(ctx, draft, contact)
    ctx.talk.state.pop(SLOT, None)
    if not is_new:
        text = f"您反映过同一情况，已并入回执 {report.code}，发“查 {report.code}”可看进展。"
        reporting.say_sealed(ctx, text)
        return
    reporting.say_sealed(
        ctx,
        f"已提交，回执 {ctx.ledger.receipts.of(report)}。{answered_in(ctx, report)}，"
        f"发“查 {report.code}”可看进展，换别处查请发完整回执。学校看不到您是谁。",
    )


def answered_in(ctx: Context, report: Report) -> str:
    """Say until when there is a first answer."""
    return f"{ctx.office.of(report.tenant).rules.days_report}个工作日内会有首次答复"


def _submit(ctx: Context, draft: Draft, category: Category, contact: str, mark: str) -> Report:
    content = draft.content
    find = ctx.ledger.reports.find
    tenant = content.tenant or _nobody_s(ctx)
    unit = ctx.ledger.people.unit(content.tenant, content.school) if content.school else None
    lead = lead_of(unit.levels, unit.owner) if unit else lead_of((), _owner_at(tenant))
    first = HANDLING[category].first or lead
    place = find.place(tenant, first, content, mark, ctx.today)
    if place is None:
        raise RuleViolationError(NO_DESK) if content.school else NoSchoolError(NO_SCHOOL)
    return ctx.ledger.reports.submit(
        category, content, place,
        copied=reporting.copies_of(category, lead), contact=contact, files=draft.files,
        reporter=(ctx.event.instance, ctx.event.account),
        reached=not isinstance(ctx.event, FilledIn),
        rules=ctx.office.of(place.tenant).rules, now=ctx.now, day=ctx.today,
    )  # fmt: skip


def _owner_at(tenant: str) -> Owner:
    return Owner.CITY if tenant == CITY else Owner.COUNTY


def _nobody_s(ctx: Context) -> str:
    """Return the authority of a report that names no school: the city's, or the only one there."""
    here = next((post.tenant for post in ctx.person.held(ctx.today)), "")
    return here or (CITY if CITY in ctx.office.tenants else next(iter(ctx.office.tenants)))


# --- afterwards ----------------------------------------------------------------------------------


@router.word("receipt", rf"(?:查|查看|查询回执|回执)\s*(?:回执)?\s*{RECEIPT}", roles=ANYBODY)
def progress(ctx: Context, match: re.Match[str]) -> None:
    """Say how far a report is, to whoever has its receipt."""
    tell_progress(ctx, match["code"])


def tell_progress(ctx: Context, typed: str) -> None:
    """Say how far the report with a receipt is."""
    report = _by_receipt(ctx, typed)
    if report is not None:
        how = f"请发“补充 {typed.upper()}”加内容，不需要姓名"
        reporting.say_sealed(ctx, progress_of(ctx, report, how))


def progress_of(ctx: Context, report: Report, how_to_add: str) -> str:
    """Write how far a report is, for who reported; nobody is named."""
    who = reporting.desk_words(report.desk)
    on = ctx.local_time(report.settled_at or report.taken_at or report.at).split("（")[0]
    answer = ctx.ledger.reports.find.answer_of(report)
    said = {
        ReportState.WAITING: f"已转{who}，等待受理，{day_text(report.due_on)}前首次处理",
        ReportState.TAKEN: f"{who}已受理，正在核实",
        ReportState.ASKED: f"{who}请您补充：{answer.rstrip('。')}。{how_to_add}",
        ReportState.FIXING: f"{who}：{answer}",
        ReportState.CLOSED: f"{who}已办结：{answer}",
    }[report.state]
    return f"{on} {said.rstrip('。')}。"


@router.word("add", rf"补充\s*{RECEIPT}[\s，,：:]+(?P<words>[\s\S]+)", roles=ANYBODY)
def add(ctx: Context, match: re.Match[str]) -> None:
    """Take what somebody adds to a report."""
    report = _by_receipt(ctx, match["code"])
    if report is not None:
        put_to(ctx, report, match["words"].strip())
        reporting.say_sealed(ctx, f"已补充到回执 {report.code}，承办部门会看到。")


def put_to(ctx: Context, report: Report, words: str) -> None:
    """Put words to a report; its desk is told where it had asked for them."""
    must_be_short(words)
    was = report.state
    report = ctx.ledger.reports.add(report, words, (), ctx.now)
    if was is ReportState.ASKED:
        reporting.tell_desk(ctx, report)


def _by_receipt(ctx: Context, typed: str) -> Report | None:
    """Find a report by its receipt; after some wrong ones in a day none is looked up any more."""
    today = ctx.today.isoformat()
    day, wrong = ctx.talk.state.get("wrong_codes", ["", 0])
    wrong = wrong if day == today else 0
    if wrong >= WRONG_CODES:
        ctx.say("今天查询回执的次数较多，请明天再查。")
        return None
    find = ctx.ledger.reports.find
    report = ctx.ledger.receipts.followed(
        typed, find.mark_of(ctx.event.instance, ctx.event.account)
    )
    known = find.by_code(typed) if report is None else None
    if known is not None and find.reads(known, ctx.person, ctx.today):
        ctx.say(f"{known.code} 由您办理或抄送您，请发“看内容 {known.code}”，调阅留痕。")
        return None
    if report is None:
        ctx.talk.state["wrong_codes"] = [today, wrong + 1]
        ctx.say(WRONG)
    return report
