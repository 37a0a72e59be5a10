"""反映 at its desk: looked into, passed on, answered; nothing of what it says stands on a card.

Source: requirements A.6, A.8, R39, R45, R46; dialogues E.4, E.12, E.16.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Final

from cards.language import Card, Tap
from cards.report import (
    DESKS as NAMED,
)
from cards.report import (
    SAID,
    desk_card,
    outcome_card,
    over_card,
    pass_card,
)
from handlers import report_opening as opening
from handlers import report_sealed, reporting
from handlers.context import Context, day_text
from handlers.report_counts import HANDLERS
from handlers.report_found import after_finding
from handlers.router import Router
from storage.reporting import Report
from storage.reports import NOT_YOURS
from storage.rules.reports import CODE, HANDLING, TRUE, Outcome, ReportState
from storage.rules.terms import Desk, NotAllowedError, RuleViolationError

router = Router("report_desk")

USUAL_QUESTION: Final = "请补充时间、学校和金额，无需提供姓名。"
MOST_CHARS: Final = 200


# --- which one -----------------------------------------------------------------------------------


def _by_code(ctx: Context, code: str) -> Report:
    found = ctx.ledger.reports.find.by_code(code)
    if found is None or not ctx.ledger.reports.find.reads(found, ctx.person, ctx.today):
        raise NotAllowedError(NOT_YOURS)
    return found


def _by_id(ctx: Context, report_id: str) -> Report:
    found = ctx.ledger.reports.find.get(report_id)
    if found is None or not ctx.ledger.reports.find.reads(found, ctx.person, ctx.today):
        raise NotAllowedError(NOT_YOURS)
    return found


Do = Callable[[Context, Report, int], None]


def _on_tap(ctx: Context, tap: Tap, do: Do) -> None:
    """Do something with the report of a tapped card; with a sealed one after the second factor."""
    report = _by_id(ctx, tap.subject.partition(":")[0])
    if opening.stands_before(ctx, report):
        return
    do(ctx, report, tap.seen)


def _on_words(ctx: Context, code: str, do: Do) -> None:
    report = _by_code(ctx, code)
    if opening.stands_before(ctx, report):
        return
    do(ctx, report, report.version)


# --- looking at it -------------------------------------------------------------------------------


@router.tap("report.show", roles=HANDLERS)
def show(ctx: Context, tap: Tap) -> None:
    """Show a report's card, without what it says."""
    _show(ctx, _by_id(ctx, tap.subject))


def _show(ctx: Context, report: Report) -> None:
    view = reporting.view_of(ctx, report)
    if opening.is_for_officers(ctx, report):
        ctx.say(report_sealed.card_of(ctx, report))
    else:
        ctx.say(desk_card(view))


@router.tap("report.read", roles=HANDLERS)
def read(ctx: Context, tap: Tap) -> None:
    """Open what a report says."""
    _on_tap(ctx, tap, opening.open_it)


@router.word("read_report", rf"(?:看|查看)内容\s*{CODE}", roles=HANDLERS)
def read_typed(ctx: Context, match: re.Match[str]) -> None:
    """Open what a report says, by typed words."""
    _on_words(ctx, match["code"], opening.open_it)


# --- taking it -----------------------------------------------------------------------------------


@router.tap("report.take", roles=HANDLERS)
def take(ctx: Context, tap: Tap) -> None:
    """Take it in hand."""
    _on_tap(ctx, tap, _take)


@router.word("take_report", rf"(?:受理|初核)\s*{CODE}", roles=HANDLERS)
def take_typed(ctx: Context, match: re.Match[str]) -> None:
    """Take it in hand by typed words."""
    _on_words(ctx, match["code"], _take)


def _take(ctx: Context, report: Report, seen: int) -> None:
    rules = ctx.office.of(report.tenant).rules
    report = ctx.ledger.reports.take(
        report, by=ctx.person, seen=seen, rules=rules, day=ctx.today, now=ctx.now
    )
    who = reporting.desk_words(report.desk)
    reporting.tell_reporter(ctx, report, f"已由{who}受理，正在核实。")
    _changed(ctx, report)
    ctx.say_done(
        f"{report.code} 已{'转入初核' if report.is_sealed else '受理'}，"
        f"反映人将看到“已由{who}受理”，不显示姓名。{day_text(report.due_on)}前办结或说明。"
    )


def _changed(ctx: Context, report: Report, was: Report | None = None) -> None:
    """Redraw a report's card for all who have it; of one that went elsewhere only that it did."""
    view = reporting.view_of(ctx, was or report)
    card: Card
    if was is not None:
        card = over_card(view, f"已转{reporting.desk_words(report.desk)}")
    elif report.state is ReportState.CLOSED:
        card = over_card(view, f"已办结 · {report.outcome.label if report.outcome else ''}")
    elif report.is_sealed:
        card = report_sealed.card_of(ctx, report)
    else:
        card = desk_card(view)
    ctx.redraw(card)
    ctx.refresh(reporting.subject_of(was or report), card)


# --- passing it on -------------------------------------------------------------------------------


@router.tap("report.pass", roles=HANDLERS)
def pass_on(ctx: Context, tap: Tap) -> None:
    """Ask to which desk it goes."""

    def ask(ctx: Context, report: Report, _seen: int) -> None:
        ctx.say(pass_card(reporting.view_of(ctx, report), report.desk))

    _on_tap(ctx, tap, ask)


@router.tap("report.to", roles=HANDLERS)
def to_desk(ctx: Context, tap: Tap) -> None:
    """Hand it to the tapped desk."""
    desk = next((one for one, _ in NAMED if one.value == tap.subject.partition(":")[2]), None)
    if desk is None:
        raise RuleViolationError("请从卡片上选一个部门。")
    _on_tap(ctx, tap, partial(_pass, desk))


@router.word(
    "pass_report", rf"(?:转|转出|转办|转其他部门)\s*{CODE}\s*(?:给|到)?(?P<to>\S+)", roles=HANDLERS
)
def pass_typed(ctx: Context, match: re.Match[str]) -> None:
    """Hand it to the desk that was typed."""
    words = match["to"]
    desk = next((one for one, name in NAMED if words.startswith(name) or name in words), None)
    if desk is None:
        raise RuleViolationError(
            f"没有认出部门，可用的有：{'、'.join(name for _, name in NAMED)}。"
        )
    _on_words(ctx, match["code"], partial(_pass, desk))


def _pass(desk: Desk, ctx: Context, report: Report, seen: int) -> None:
    was = report
    report = ctx.ledger.reports.pass_on(
        report, desk, by=ctx.person, seen=seen, rules=ctx.office.of(report.tenant).rules,
        day=ctx.today, now=ctx.now,
    )  # fmt: skip
    _changed(ctx, report, was)
    ctx.say_done(f"{report.code} 已转{desk.label}，您部门不再能调阅。")
    reporting.tell_reporter(ctx, report, f"已转{reporting.desk_words(desk)}办理。")
    reporting.tell_desk(ctx, report)


# --- copying, asking back ------------------------------------------------------------------------


@router.tap("report.copy", roles=HANDLERS)
def copy(ctx: Context, tap: Tap) -> None:
    """Let 纪检 read along."""
    _on_tap(ctx, tap, _copy)


@router.word("copy_report", rf"抄送纪检\s*{CODE}", roles=HANDLERS)
def copy_typed(ctx: Context, match: re.Match[str]) -> None:
    """Let 纪检 read along, by typed words."""
    _on_words(ctx, match["code"], _copy)


def _copy(ctx: Context, report: Report, seen: int) -> None:
    report = ctx.ledger.reports.copy(report, by=ctx.person, seen=seen, day=ctx.today, now=ctx.now)
    _changed(ctx, report)
    ctx.say_done(f"{report.code} 已抄送纪检部门，由其自行调阅。")
    reporting.tell_along(ctx, report)


@router.tap("report.ask", roles=HANDLERS)
def ask(ctx: Context, tap: Tap) -> None:
    """Ask what the reporter is to add."""

    def begin(ctx: Context, report: Report, seen: int) -> None:
        ctx.ask(
            "report.question", report.id, seen,
            f"{report.code} 内容不足以核查。请写一句要反映人补充什么，或发“1”用常用语："
            f"{USUAL_QUESTION}",
        )  # fmt: skip

    _on_tap(ctx, tap, begin)


@router.reply("report.question", roles=HANDLERS)
def hear_question(ctx: Context, tap: Tap, text: str) -> None:
    """Ask the reporter what was written."""
    words = text.strip()
    words = USUAL_QUESTION if words == "1" else words
    _on_tap(ctx, tap, partial(_ask, words))


@router.word("ask_report", rf"请补充\s*{CODE}[\s，,：:]*(?P<words>[\s\S]*)", roles=HANDLERS)
def ask_typed(ctx: Context, match: re.Match[str]) -> None:
    """Ask the reporter by typed words."""
    words = match["words"].strip() or USUAL_QUESTION
    _on_words(ctx, match["code"], partial(_ask, words))


def _ask(words: str, ctx: Context, report: Report, seen: int) -> None:
    _must_be_short(words)
    report = ctx.ledger.reports.ask(
        report, words, by=ctx.person, seen=seen, day=ctx.today, now=ctx.now
    )
    _changed(ctx, report)
    ctx.say_done(f"{report.code} 已请反映人补充，收到后会告诉您。")
    reporting.tell_reporter(
        ctx, report, f"{words.rstrip('。')}。请发“补充 {report.code}”加内容，不需要姓名。"
    )


def _must_be_short(words: str) -> None:
    if len(words) > MOST_CHARS:
        raise RuleViolationError(f"共{len(words)}字，最多{MOST_CHARS}字，请缩短后再发。")


# --- what was found ------------------------------------------------------------------------------


@router.tap("report.settle", roles=HANDLERS)
def settle(ctx: Context, tap: Tap) -> None:
    """Ask how it ended."""

    def begin(ctx: Context, report: Report, _seen: int) -> None:
        view = reporting.view_of(ctx, report)
        ctx.say(outcome_card(view, _outcomes(report)))

    _on_tap(ctx, tap, begin)


def _outcomes(report: Report) -> tuple[Outcome, ...]:
    if report.is_sealed:
        return (Outcome.CLOSED,)
    found = HANDLING[report.category].outcomes
    return tuple(
        one for one in found if one is not Outcome.FIXING or report.state is not ReportState.FIXING
    )


@router.tap("report.close", roles=HANDLERS)
def close(ctx: Context, tap: Tap) -> None:
    """Ask for the closing words of a sealed report (了结)."""
    _on_tap(ctx, tap, partial(_ask_words, Outcome.CLOSED))


@router.tap("report.outcome", roles=HANDLERS)
def outcome(ctx: Context, tap: Tap) -> None:
    """Take the tapped outcome and ask for the sentence to the reporter."""
    key = tap.subject.partition(":")[2]
    chosen = next((one for one in Outcome if one.value == key), None)
    if chosen is None:
        raise RuleViolationError("请从卡片上选一种结果。")
    _on_tap(ctx, tap, partial(_ask_words, chosen))


def _ask_words(chosen: Outcome, ctx: Context, report: Report, seen: int) -> None:
    ctx.ask(
        "report.says", f"{report.id}:{chosen.value}", seen,
        f"{report.code} {chosen.label}：请写一句答复反映人的话，不写姓名；"
        f"或发“1”用常用语：{SAID[chosen]}",
    )  # fmt: skip


@router.reply("report.says", roles=HANDLERS)
def hear_words(ctx: Context, tap: Tap, text: str) -> None:
    """Close with the sentence that was written."""
    chosen = Outcome(tap.subject.partition(":")[2])
    words = text.strip()
    _on_tap(ctx, tap, partial(_settle, chosen, SAID[chosen] if words == "1" else words))


@router.word(
    "settle_report",
    rf"(?:办结|了结)\s*{CODE}\s*(?P<what>{'|'.join(one.label for one in Outcome)})?"
    r"[\s，,：:]*(?P<words>[\s\S]*)",
    roles=HANDLERS,
)
def settle_typed(ctx: Context, match: re.Match[str]) -> None:
    """Close by typed words."""
    report = _by_code(ctx, match["code"])
    chosen = Outcome.CLOSED if report.is_sealed and not match["what"] else None
    chosen = Outcome.labelled(match["what"]) if match["what"] else chosen
    if chosen is None:
        listed = "、".join(one.label for one in _outcomes(report))
        raise RuleViolationError(f"请在回执号后写结果：{listed}，可加一句答复。")
    words = match["words"].strip() or SAID[chosen]
    _on_words(ctx, match["code"], partial(_settle, chosen, words))


def _settle(chosen: Outcome, words: str, ctx: Context, report: Report, seen: int) -> None:
    _must_be_short(words)
    content = ctx.ledger.reports.find.content_of(report)
    report = ctx.ledger.reports.settle(
        report, chosen, words, by=ctx.person, seen=seen,
        rules=ctx.office.of(report.tenant).rules, day=ctx.today, now=ctx.now,
    )  # fmt: skip
    reporting.tell_reporter(ctx, report, words)
    if report.state is ReportState.CLOSED:
        ctx.ledger.reports.forget_reporter(report)
    _changed(ctx, report)
    ctx.say_done(f"{report.code} 已记为“{chosen.label}”，已答复反映人。")
    if chosen in TRUE and not report.is_sealed:
        after_finding(ctx, report, content, chosen)
