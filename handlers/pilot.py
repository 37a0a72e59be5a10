"""A pilot before it runs: named people look from their own accounts, the principal decides last.

Source: 三（一）5 学校负责把好选用关，严格做好审查、审批和管理; requirements R36, R37, Q19.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from cards.case import done_card
from cards.language import Card, Tap
from cards.pilot import TICKS, ask_card, checklist_card, unticked_card
from cards.review import returned_notice
from handlers import desks, halted, pilot_run, showing
from handlers.context import Context, day_text
from handlers.router import CASE, STAFF, Router
from handlers.salutation import head_at
from storage.cases import Filing, StaleError
from storage.people import Person
from storage.rules.pilot import CHECKLIST, unticked
from storage.rules.terms import NotAllowedError, Role, RuleViolationError, Stage

router = Router("pilot")

MOST_CHARS: Final = 200
NOT_NAMED: Final = "这件试点由经办人指定的审查人审查、由校长决定，您不在其中。"
ALL_TRUE: Final = r"(全部|都|均|全)?(属实|符合|是)|全部|全选|都对"


def ask_school(ctx: Context, filing: Filing) -> None:
    """Ask everybody whose turn it is: the named people, then the principal, each once a round."""
    checks = ctx.ledger.pilots.checks(filing)
    waiting = [one.person_id for one in checks if one.at is None]
    if not waiting:
        heads = ctx.ledger.people.in_unit(filing.tenant, filing.school, ctx.today, Role.PRINCIPAL)
        waiting = [one.id for one in heads] or [filing.principal_id]
    for person_id in waiting:
        reader = ctx.ledger.people.get(person_id)
        assert reader is not None  # nobody is taken out of the directory
        card = _ask_card(ctx, filing, reader)
        if person_id == ctx.person.id:
            ctx.say(card)
        else:
            once = f"pilot:{filing.id}:{filing.version}"
            ctx.push(person_id, card, once=once, tenant=filing.tenant)


def _ask_card(ctx: Context, filing: Filing, reader: Person) -> Card:
    owner = ctx.ledger.people.get(filing.owner_id)
    pilot = ctx.ledger.pilots.known(filing.id)
    return ask_card(
        showing.view_of(ctx, filing, reader),
        filing.version,
        by=f"{owner.name}老师" if owner and owner.id != reader.id else "您",
        ends=day_text(pilot.ends_on),
        checked=checked_by(ctx, filing),
        decides=_decides(ctx, filing, reader),
        subject=_subject(filing, reader.id),
    )


def _subject(filing: Filing, person_id: str) -> str:
    return f"pilot:{filing.id}:{person_id}"


def checked_by(ctx: Context, filing: Filing) -> list[str]:
    """Return the names of those who have looked."""
    found = [
        ctx.ledger.people.get(one.person_id)
        for one in ctx.ledger.pilots.checks(filing)
        if one.at is not None and one.role is Role.CHECKER
    ]
    return [person.name for person in found if person]


def _decides(ctx: Context, filing: Filing, person: Person) -> bool:
    named = {one.person_id for one in ctx.ledger.pilots.checks(filing)}
    is_head = person.is_principal_of(filing.tenant, filing.school, ctx.today)
    return is_head and person.id not in named


def _turn(
    ctx: Context, filing_id: str, seen: int | None = None, *, refuses: bool = False
) -> tuple[Filing, bool]:
    """Return a pilot that waits for this very person, and whether they decide.

    Who ``refuses`` need not wait for the others: the principal may say no at any time.

    Raises:
        StaleError: it has moved since it was seen.
        NotAllowedError: not this person's turn.
    """
    filing = ctx.ledger.filings.known(filing_id)
    # Who has nothing to do with it learns nothing of how it stands.
    if not _is_of_school(ctx, filing):
        raise NotAllowedError(NOT_NAMED)
    if filing.stage is not Stage.SCHOOL_DECISION or (seen is not None and filing.version != seen):
        raise StaleError(ctx.ledger.pilots.what_happened(filing), filing_id=filing.id)
    checks = ctx.ledger.pilots.checks(filing)
    mine = next((one for one in checks if one.person_id == ctx.person.id), None)
    if mine is not None:
        if mine.at is not None:
            raise StaleError(f"{filing.case_no} 您已经审查过，没有重复记录。", filing_id=filing.id)
        return filing, False
    if not _decides(ctx, filing, ctx.person):
        raise NotAllowedError(NOT_NAMED)
    waits = [one.person_id for one in checks if one.at is None]
    if waits and not refuses:
        people = [ctx.ledger.people.get(one) for one in waits]
        names = "、".join(person.name for person in people if person)
        raise NotAllowedError(
            f"{filing.case_no} 还在等{names}审查，审查后再请您决定（三（一）5）。"
        )
    return filing, True


def waiting_for(ctx: Context) -> list[tuple[Filing, bool]]:
    """Return the pilots that wait for this person, each with whether they decide."""
    found = ctx.ledger.pilots.waiting_for(ctx.person, ctx.today)
    return [(filing, _decides(ctx, filing, ctx.person)) for filing in found]


# --- looking -------------------------------------------------------------------------------------


@router.tap("pilot.open", roles=STAFF)
def open_one(ctx: Context, tap: Tap) -> None:
    """Show the request afresh."""
    filing, _ = _turn(ctx, tap.subject, tap.seen)
    ctx.say(_ask_card(ctx, filing, ctx.person))


@router.tap("pilot.list", roles=STAFF)
def show_list(ctx: Context, tap: Tap) -> None:
    """Show the checklist."""
    filing, decides = _turn(ctx, tap.subject, tap.seen)
    ctx.redraw(_list_card(ctx, filing, decides))
    ctx.expect("pilot.ticks", filing.id, filing.version, _numbers())


@router.word("check_pilot", rf"审查(试点)?\s*{CASE}", roles=STAFF)
def show_list_typed(ctx: Context, match: re.Match[str]) -> None:
    """Show the checklist to somebody who types."""
    filing, decides = _turn(ctx, _case(ctx, match["case"]).id)
    ctx.say(_list_card(ctx, filing, decides))
    ctx.expect("pilot.ticks", filing.id, filing.version, _numbers())


def _case(ctx: Context, case_no: str) -> Filing:
    filing = ctx.ledger.filings.by_case(case_no)
    if filing is None or not _is_of_school(ctx, filing):
        raise RuleViolationError("没有找到这件试点，请核对办件号。发“待办”可以列出您的任务。")
    return filing


def _is_of_school(ctx: Context, filing: Filing) -> bool:
    return ctx.person.works_in(filing.tenant, filing.school, ctx.today)


def _list_card(ctx: Context, filing: Filing, decides: bool) -> Card:
    return checklist_card(
        showing.case_heading(ctx, filing),
        filing.version,
        decides=decides,
        ticked=(),
        subject=_subject(filing, ctx.person.id),
    )


def _numbers() -> str:
    return "请发属实各条的序号，例如：1 2 3；都属实请发“全部属实”。"


@router.reply("pilot.ticks", roles=STAFF)
def hear_ticks(ctx: Context, tap: Tap, text: str) -> None:
    """Read the ticked lines by number, or that all hold."""
    numbers = {int(word) for word in re.findall(r"\d+", text)}
    keys = {item.key for at, item in enumerate(CHECKLIST, start=1) if at in numbers}
    if re.fullmatch(ALL_TRUE, text.strip("。. ")):
        keys = {item.key for item in CHECKLIST}
    if not keys:
        ctx.ask("pilot.ticks", tap.subject, tap.seen, _numbers())
        return
    _take(ctx, tap.subject, tap.seen, keys)


@router.tap("pilot.tick", roles=STAFF)
def take_ticks(ctx: Context, tap: Tap) -> None:
    """Take the ticked lines of the checklist."""
    _take(ctx, tap.subject, tap.seen, set((tap.choices or {}).get(TICKS, ())))


def _take(ctx: Context, filing_id: str, seen: int, keys: set[str]) -> None:
    filing, decides = _turn(ctx, filing_id, seen)
    if left := unticked(keys):
        subject = _subject(filing, ctx.person.id)
        heading = showing.case_heading(ctx, filing)
        ctx.redraw(unticked_card(heading, filing.version, left, subject=subject))
    elif decides:
        _permit(ctx, filing, keys)
    else:
        _confirm(ctx, filing, keys)


def _confirm(ctx: Context, filing: Filing, keys: set[str]) -> None:
    filing = ctx.ledger.pilots.confirm(
        filing, keys, by=ctx.person, seen=filing.version, now=ctx.now
    )
    _end_card(ctx, filing, ctx.person.id, "已审查")
    rest = [one for one in ctx.ledger.pilots.checks(filing) if one.at is None]
    after = f"还有{len(rest)}位审查人" if rest else f"已请{head_at(ctx, filing)}决定"
    ctx.say_done(f"{filing.case_no} 已记录您的审查，{after}。")
    if not rest:
        ask_school(ctx, filing)


def _permit(ctx: Context, filing: Filing, keys: set[str]) -> None:
    """Decide: the pilot runs, its receipt exists, and the authority hears of it."""
    if stops := ctx.ledger.stops.live(filing.product_key, filing.tenant):
        words = halted.sentence(ctx, stops[0])
        raise NotAllowedError(f"{words}现在不能开始试点，请退给经办换用其他产品。")
    filing = ctx.ledger.pilots.permit(
        filing,
        keys,
        by=ctx.person,
        seen=filing.version,
        number_code=ctx.office.of(filing.tenant).number_code,
        now=ctx.now,
    )
    _end_card(ctx, filing, ctx.person.id, "已同意试点")
    pilot = ctx.ledger.pilots.known(filing.id)
    until = day_text(pilot.callin_until) if pilot.callin_until else ""
    runs = f"试点回执 {pilot.receipt}（不是备案号），试点到{day_text(pilot.ends_on)}止。"
    told = pilot_run.tell_authority(ctx, filing)
    also = f"已知照{told}，{until}前可能提级。" if told else ""
    ctx.say_done(f"{filing.case_no} 已同意试点。{runs}{also}")
    desks.tell_school(
        ctx,
        filing,
        f"{filing.case_no} “{filing.title}”已由{ctx.person.name}{head_at(ctx, filing)}同意试点。"
        f"{runs}{also}结束前会提醒您，也可以发“转全面备案”。",
        once=f"piloting:{filing.id}",
    )


def _end_card(ctx: Context, filing: Filing, person_id: str, done: str) -> None:
    subject = _subject(filing, person_id)
    view = showing.view_of(ctx, filing)
    at = ctx.local_time(ctx.now)
    card = done_card(view, f"试点：{filing.title}", f"{done} · {ctx.person.name} · {at}", subject)
    ctx.redraw(card)
    ctx.refresh(subject, replace(card, page=""))


def end_cards(ctx: Context, filing: Filing, done: str) -> None:
    """Redraw the cards of everybody who was asked: it is not to be looked at any more."""
    view = replace(showing.view_of(ctx, filing), link="")
    people = [one.person_id for one in ctx.ledger.pilots.checks(filing)]
    for person_id in dict.fromkeys((*people, filing.principal_id)):
        subject = _subject(filing, person_id)
        ctx.refresh(subject, done_card(view, f"试点：{filing.title}", done, subject))


# --- handing it back -----------------------------------------------------------------------------


@router.tap("pilot.back", roles=STAFF)
def ask_reason(ctx: Context, tap: Tap) -> None:
    """Ask what does not hold."""
    filing, _ = _turn(ctx, tap.subject, tap.seen, refuses=True)
    ctx.ask(
        "pilot.reason",
        filing.id,
        filing.version,
        "请用一句话写明哪里不符或需要修改，经办老师会看到。",
    )


@router.reply("pilot.reason", roles=STAFF)
def hear_reason(ctx: Context, tap: Tap, text: str) -> None:
    """Hand the pilot back with the typed reason."""
    filing, _ = _turn(ctx, tap.subject, tap.seen, refuses=True)
    _hand_back(ctx, filing, text)


@router.word("refuse_pilot", rf"退给经办\s*{CASE}\s*(?P<words>[\s\S]*)", roles=STAFF)
def hand_back_typed(ctx: Context, match: re.Match[str]) -> None:
    """Hand a pilot back by typed words."""
    filing, _ = _turn(ctx, _case(ctx, match["case"]).id, refuses=True)
    words = match["words"].strip()
    if words:
        _hand_back(ctx, filing, words)
    else:
        ask_reason(ctx, Tap("pilot.back", filing.id, filing.version))


def _hand_back(ctx: Context, filing: Filing, reason: str) -> None:
    if len(reason) > MOST_CHARS:
        ctx.ask(
            "pilot.reason", filing.id, filing.version,
            f"这段话有{len(reason)}字，原因最多{MOST_CHARS}字。请缩短后再发一次。",
        )  # fmt: skip
        return
    seen = filing.version
    filing = ctx.ledger.pilots.refuse(filing, reason, by=ctx.person, seen=seen, now=ctx.now)
    _end_card(ctx, filing, ctx.person.id, "已退给经办")
    end_cards(ctx, filing, "已退给经办")
    who = _who(ctx, filing)
    notice = returned_notice(
        filing.case_no, filing.title, [f"{reason}（{who}）"], filing.id, signed=False
    )
    if ctx.person.id == filing.owner_id:
        ctx.say(notice)
        return
    desks.tell_school(ctx, filing, notice, once=f"sentback:{filing.id}:{seen}")
    ctx.say_done(f"{filing.case_no} 已退给经办老师，填写内容都保留，改好后重新审查。")


def _who(ctx: Context, filing: Filing) -> str:
    is_head = ctx.person.is_principal_of(filing.tenant, filing.school, ctx.today)
    return head_at(ctx, filing) if is_head else f"审查人{ctx.person.name}"


def rows_of(ctx: Context, filing: Filing) -> Sequence[str]:
    """Return who has looked and who is waited for, a line each."""
    rows = []
    for one in ctx.ledger.pilots.checks(filing):
        person = ctx.ledger.people.get(one.person_id)
        name = person.name if person else ""
        done = "已决定" if one.role is Role.PRINCIPAL else "已审查"
        when = f"，{ctx.local_time(one.at)}" if one.at else ""
        rows.append(f"{name}：{f'{done}{when}' if one.at else '待审查'}")
    if filing.stage is Stage.SCHOOL_DECISION:
        principal = ctx.ledger.people.get(filing.principal_id)
        rows.append(f"{principal.name if principal else ''}{head_at(ctx, filing)}：最后决定")
    return rows
