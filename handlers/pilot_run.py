"""A pilot while it runs: the authority hears of it and may call it in; numbers change; it ends.

Source: 三（一）5; requirements R37, R38, Q10.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from cards.case import done_card
from cards.language import Tap
from cards.pilot import convert_card, end_card, notice_card
from cards.progress import ended_card
from handlers import desks, halted, naming, notices, showing
from handlers.context import Context, day_text
from handlers.router import CASE, DESKS, SCHOOL, Router
from handlers.sweeps import Sweep
from storage.cases import Filing, StaleError
from storage.rules.pilot import PilotOutcome, weigh_pilot
from storage.rules.terms import NotAllowedError, RuleViolationError, Stage

router = Router("pilot_run")

MOST_CHARS: Final = 200
NOT_FOUND: Final = "没有找到这件试点，请核对办件号。发“进度”可以列出您的备案。"


def outcome_of(
    filing: Filing, classes: int | None = None, students: int | None = None
) -> PilotOutcome:
    """Weigh a pilot as it was submitted, or with other numbers."""
    facts = filing.facts
    if classes is not None and students is not None:
        facts = replace(facts, classes=classes, students=students)
    leads = tuple(dict.fromkeys(part.lead.desk for part in filing.parts))
    return weigh_pilot(facts, filing.office, leads)


# --- the authority -------------------------------------------------------------------------------


def _notice(filing: Filing) -> str:
    return f"filing:{filing.id}:pilot"


def tell_authority(ctx: Context, filing: Filing) -> str:
    """Tell the departments that hear of a pilot, the lead's with a way to call it in; name them.

    Source: requirements A.4 M12; A.10b (own devices or a paid entry: 计财 hears of it too).
    """
    pilot = ctx.ledger.pilots.known(filing.id)
    leads = {part.lead.desk for part in filing.parts}
    told: dict[str, str] = {}
    reached: set[str] = set()
    # The lead's people first: who works at two desks gets the card that can be acted on.
    for desk in sorted(outcome_of(filing).notified, key=lambda one: one not in leads):
        for person in ctx.ledger.people.at_desk(filing.tenant, desk, ctx.today):
            told[desk] = naming.desk_name(ctx, filing, desk)
            if person.id in reached:
                continue
            reached.add(person.id)
            card = notice_card(
                showing.view_of(ctx, filing, person),
                filing.version,
                receipt=pilot.receipt or "",
                ends=day_text(pilot.ends_on),
                until=day_text(pilot.callin_until) if pilot.callin_until else "",
                may_call_in=desk in leads,
                # Of one subject are only cards that look the same.
                subject=_notice(filing) if desk in leads else "",
            )
            ctx.push(person.id, card, once=f"pilot-told:{filing.id}", tenant=filing.tenant)
    return "、".join(told.values())


@router.tap("pilot.call_in", roles=DESKS)
def ask_why(ctx: Context, tap: Tap) -> None:
    """Ask why a pilot is to go the full way."""
    filing = _led(ctx, ctx.ledger.filings.known(tap.subject))
    ctx.ledger.pilots.must_be_in_time(filing, ctx.now)
    ctx.ask(
        "pilot.call_in", filing.id, filing.version,
        f"提级 {filing.case_no}：请写明原因，学校会看到，并按全面备案重新报送。",
    )  # fmt: skip


@router.reply("pilot.call_in", roles=DESKS)
def hear_why(ctx: Context, tap: Tap, text: str) -> None:
    """Call a pilot in with the typed reason."""
    _call_in(ctx, ctx.ledger.filings.known(tap.subject), text.strip(), tap.seen)


@router.word("call_in", rf"提级\s*{CASE}\s*(?P<words>[\s\S]*)", roles=DESKS)
def call_in_typed(ctx: Context, match: re.Match[str]) -> None:
    """Call a pilot in by typed words."""
    filing = ctx.ledger.filings.by_case(match["case"])
    held = {post.tenant for post in ctx.person.held(ctx.today) if post.role in DESKS}
    if filing is None or filing.tenant not in held:
        raise RuleViolationError("没有找到这件试点，请核对办件号。")
    words = match["words"].strip()
    if words:
        _call_in(ctx, filing, words, filing.version)
    else:
        ask_why(ctx, Tap("pilot.call_in", filing.id, filing.version))


def _led(ctx: Context, filing: Filing) -> Filing:
    """Return a running pilot whose lead desk this person works; what counts is asked again."""
    leads = dict.fromkeys(part.lead.desk for part in filing.parts)
    if not any(ctx.person.at_desk(filing.tenant, desk, ctx.today) for desk in leads):
        names = "、".join(naming.desk_name(ctx, filing, desk) for desk in leads)
        raise NotAllowedError(f"提级由{names}的审核人办理，您目前没有这项权限。")
    if filing.stage is not Stage.PILOTING:
        raise StaleError(
            f"{filing.case_no} 现在是“{filing.stage.label}”，不能再提级。", filing_id=filing.id
        )
    return filing


def _call_in(ctx: Context, filing: Filing, reason: str, seen: int) -> None:
    filing = _led(ctx, filing)
    if not reason or len(reason) > MOST_CHARS:
        ctx.ask(
            "pilot.call_in", filing.id, filing.version,
            f"请写明提级的原因，{MOST_CHARS}字以内。",
        )  # fmt: skip
        return
    desk = next(
        part.lead.desk
        for part in filing.parts
        if ctx.person.at_desk(filing.tenant, part.lead.desk, ctx.today)
    )
    filing = ctx.ledger.pilots.call_in(filing, reason, by=ctx.person, seen=seen, now=ctx.now)
    name = naming.desk_name(ctx, filing, desk)
    view = showing.view_of(ctx, filing)
    done = f"已提级 · {ctx.person.name} · {ctx.local_time(ctx.now)}"
    card = done_card(view, f"试点知照：{filing.title}", done, _notice(filing))
    ctx.redraw(card)
    ctx.refresh(_notice(filing), replace(card, page=""))
    ctx.say_done(f"{filing.case_no} 已提级，已请学校补齐材料后按全面备案报送。")
    _tell_school(
        ctx,
        filing,
        f"“{filing.title[:16]}”已提级",
        f"{name}认为本项目应按全面备案办理（三（一）5）。原因：{reason}。请暂停试点，"
        "点“转全面备案”补齐材料后报送；已填内容都会带过去，只问还缺的。",
        once=f"called-in:{filing.id}",
    )


def _tell_school(ctx: Context, filing: Filing, title: str, body: str, *, once: str) -> None:
    """Tell everybody of the school, each with the way on to a full filing."""
    for person_id in desks.school_today(ctx, filing):
        if person_id == ctx.person.id:
            continue
        reader = ctx.ledger.people.get(person_id)
        card = convert_card(showing.case_heading(ctx, filing, reader), title, body)
        ctx.push(person_id, card, once=once, tenant=filing.tenant)


# --- numbers that change -------------------------------------------------------------------------


def _own(ctx: Context, filing: Filing) -> Filing:
    if ctx.person.id not in desks.school_today(ctx, filing) and not ctx.person.is_principal_of(
        filing.tenant, filing.school, ctx.today
    ):
        raise NotAllowedError("试点由本校的经办人、项目负责人或校长办理。")
    return filing


def _running(ctx: Context, filing: Filing) -> Filing:
    if _own(ctx, filing).stage is not Stage.PILOTING:
        raise StaleError(
            f"{filing.case_no} 现在是“{filing.stage.label}”，不是正在试点。"
            f"发“进度 {filing.case_no}”查看。",
            filing_id=filing.id,
        )
    return filing


def own_case(ctx: Context, case_no: str) -> Filing:
    """Return a pilot of this person's school by its case number.

    Raises:
        RuleViolationError: there is none that this person may act on.
    """
    filing = ctx.ledger.filings.by_case(case_no)
    if filing is None or ctx.ledger.pilots.of(filing.id) is None:
        raise RuleViolationError(NOT_FOUND)
    if not ctx.person.works_in(filing.tenant, filing.school, ctx.today):
        raise RuleViolationError(NOT_FOUND)
    return _own(ctx, filing)


@router.tap("pilot.grow", roles=SCHOOL)
def ask_numbers(ctx: Context, tap: Tap) -> None:
    """Ask how many there are now."""
    filing = _running(ctx, ctx.ledger.filings.known(tap.subject))
    ctx.ask(
        "pilot.grow", filing.id, filing.version,
        f"{filing.case_no} 现在几个班、多少名学生？例如：2个班，80人。",
    )  # fmt: skip


@router.word("grow_pilot", rf"试点(人数|规模)\s*{CASE}\s*(?P<words>.*)", roles=SCHOOL)
def numbers_typed(ctx: Context, match: re.Match[str]) -> None:
    """Take changed numbers by typed words."""
    filing = _running(ctx, own_case(ctx, match["case"]))
    tap = Tap("pilot.grow", filing.id, filing.version)
    if match["words"].strip():
        hear_numbers(ctx, tap, match["words"])
    else:
        ask_numbers(ctx, tap)


@router.reply("pilot.grow", roles=SCHOOL)
def hear_numbers(ctx: Context, tap: Tap, text: str) -> None:
    """Note the numbers where they stay inside the limits; beyond them offer a full filing."""
    filing = _running(ctx, ctx.ledger.filings.known(tap.subject))
    classes, students = _count(text, "个?班"), _count(text, "名|人|个学生|个同学")
    if classes is None or students is None:
        ctx.ask(
            "pilot.grow", filing.id, filing.version, "没有认出班级数和人数，例如：2个班，80人。"
        )
        return
    outcome = outcome_of(filing, classes, students)
    if not outcome.inside:
        ctx.say(
            convert_card(
                showing.case_heading(ctx, filing),
                "已超过小范围试点",
                f"{''.join(outcome.reasons)}超过的部分不能按试点使用（三（一）5），请转全面备案，或保持原来的范围。",
            )
        )
        return
    facts = replace(filing.facts, classes=classes, students=students)
    filing = ctx.ledger.pilots.adjust(filing, facts, by=ctx.person, seen=tap.seen, now=ctx.now)
    ctx.say(f"{filing.case_no} 已记为{classes}个班、{students}名学生，仍在试点范围内。")


def _count(text: str, unit: str) -> int | None:
    found = re.search(rf"(\d{{1,6}})\s*(?:{unit})", text)
    return int(found[1]) if found else None


# --- the end -------------------------------------------------------------------------------------


@router.tap("pilot.end", roles=SCHOOL)
def ask_end(ctx: Context, tap: Tap) -> None:
    """Ask before a pilot is ended early."""
    filing = _running(ctx, ctx.ledger.filings.known(tap.subject))
    ctx.say(end_card(showing.case_heading(ctx, filing), filing.version))


@router.word("end_pilot", rf"(提前)?结束试点\s*{CASE}", roles=SCHOOL)
def end_typed(ctx: Context, match: re.Match[str]) -> None:
    """Ask before a pilot is ended, by typed words."""
    filing = own_case(ctx, match["case"])
    ask_end(ctx, Tap("pilot.end", filing.id, filing.version))


@router.tap("pilot.end_now", roles=SCHOOL)
def end_now(ctx: Context, tap: Tap) -> None:
    """End a pilot before its time."""
    filing = _running(ctx, ctx.ledger.filings.known(tap.subject))
    filing = ctx.ledger.pilots.end(
        filing, "学校提前结束", by=ctx.person, seen=tap.seen, now=ctx.now
    )
    ctx.redraw(ended_card(filing.case_no, f"提前结束“{filing.title[:16]}”", "试点已结束"))
    ctx.say_done(f"{filing.case_no} 的试点已结束，请停止使用。需要继续使用的，请发“转全面备案”。")
    _over(ctx, filing)
    desks.tell_school(
        ctx,
        filing,
        f"{filing.case_no} “{filing.title}”的试点已由{ctx.person.name}提前结束，请停止使用。",
        once=f"pilot-over:{filing.id}",
    )


@router.tap("pilot.keep", roles=SCHOOL)
def keep(ctx: Context, tap: Tap) -> None:
    """Leave a pilot as it is."""
    filing = _own(ctx, ctx.ledger.filings.known(tap.subject))
    ctx.redraw(ended_card(filing.case_no, f"提前结束“{filing.title[:16]}”", "没有结束"))


def _over(ctx: Context, filing: Filing) -> None:
    """Redraw the lead's card: there is nothing to be called in any more."""
    view = replace(showing.view_of(ctx, filing), link="")
    card = done_card(view, f"试点知照：{filing.title}", filing.stage.label, _notice(filing))
    ctx.refresh(_notice(filing), card)


# --- what becomes due ----------------------------------------------------------------------------


def _find_over(ctx: Context) -> Sequence[str]:
    return ctx.ledger.pilots.over(ctx.today)


def _end(ctx: Context, filing_id: str) -> None:
    """End a pilot whose last day has passed, and offer the full filing."""
    filing = ctx.ledger.filings.held(filing_id)
    pilot = ctx.ledger.pilots.known(filing_id)
    if filing.stage is not Stage.PILOTING or pilot.ends_on >= ctx.today:
        return
    filing = ctx.ledger.pilots.end(filing, "试点期满", by=None, seen=filing.version, now=ctx.now)
    _over(ctx, filing)
    _tell_school(
        ctx,
        filing,
        f"“{filing.title[:16]}”试点期满",
        f"试点到{day_text(pilot.ends_on)}止，现已结束（试点回执 {pilot.receipt}）。请停止使用；"
        f"准备推广的请转全面备案，已填内容都会带过去（三（一）5）。",
        once=f"pilot-over:{filing.id}",
    )


def _find_stopped(ctx: Context) -> Sequence[str]:
    return ctx.ledger.pilots.stopped(ctx.today)


def _stop(ctx: Context, filing_id: str) -> None:
    """End a pilot whose product was stopped: it has no number that could be suspended.

    Source: requirements R42, R87.
    """
    filing = ctx.ledger.filings.held(filing_id)
    if filing.stage is not Stage.PILOTING or filing_id not in _find_stopped(ctx):
        return
    stop = ctx.ledger.stops.live(filing.product_key, filing.tenant)[0]
    filing = ctx.ledger.pilots.end(filing, "产品停用", by=None, seen=filing.version, now=ctx.now)
    _over(ctx, filing)
    notices.tell_school(
        ctx,
        filing,
        f"{filing.case_no} “{filing.title}”的试点已结束，请停止使用。{halted.sentence(ctx, stop)}"
        "换用其他产品的请发“备案”。",
        once=f"pilot-stopped:{filing.id}",
    )


SWEEPS: Final = (
    Sweep("pilots of stopped products", _find_stopped, _stop),
    Sweep("pilot over", _find_over, _end),
)
