"""整改: a school puts right what its self-inspection found, the technology centre confirms.

Source: 四 尾 及时处置相关问题 (R86); requirements A.12.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from cards.language import Tap
from cards.rectify import done_card, judge_card, list_card, mend_card
from handlers import desks, reporting, showing
from handlers.context import Context, day_text
from handlers.events import Uploaded
from handlers.follow_draft import draft_of
from handlers.router import CASE, DESKS, SCHOOL, Router
from storage.cases import Filing, Followup
from storage.drafts import Draft
from storage.rectifying import item_of, judges_of, report_of
from storage.rules.documents import Slot
from storage.rules.followup import FollowState
from storage.rules.inspection import CLAUSE, ITEMS, Item
from storage.rules.masking import mask_phones_in
from storage.rules.reports import Outcome, ReportState
from storage.rules.terms import RuleViolationError

router = Router("rectify")

MATTER: Final = "rectify"
SLOT: Final = Slot("rectify", "整改材料", False, CLAUSE, "说明整改结果的文件、截图或照片。")
MOST_CHARS: Final = 300
NOTHING: Final = "没有需要整改的事项。"
AGAIN: Final = "请发“整改”，从列出的事项重新开始。"
_CASE: Final = CASE.replace("?P<case>", "?P<which>")


def _key(one: Followup) -> str:
    return f"{one.tenant}:{one.id}"


def _known(ctx: Context, key: str) -> tuple[Followup, Filing]:
    tenant, _, followup_id = key.partition(":")
    one = ctx.ledger.rectifying.known(tenant, followup_id)
    return one, ctx.ledger.filings.known(one.filing_id)


def _subject(one: Followup) -> str:
    return f"rectify:{one.id}"


def _item(one: Followup) -> Item:
    if report_of(one):
        mend = "请按要求整改，并说明结果"
        return Item(0, "核查发现的问题", mend, str(one.told["clause"]), judges_of(one))
    return ITEMS[item_of(one)]


def _asked_by(one: Followup) -> str:
    return "整改要求" if report_of(one) else "自查说明"


def _judges(one: Followup) -> str:
    return reporting.desk_words(judges_of(one))


def text_of(one: Followup) -> str:
    """Write how one of them stands: 没有与分班、评价挂钩，待办，4月9日（周四）前."""
    waits = one.state in (FollowState.OPEN, FollowState.RETURNED) and one.due_on
    until = f"，{day_text(one.due_on)}前" if waits and one.due_on else ""
    return f"{_item(one).text}，{one.state.label}{until}"


def _said(one: Followup, key: str) -> str:
    return mask_phones_in(str(one.told.get(key) or "")).rstrip("。")


# --- when a 否 opens it --------------------------------------------------------------------------


def opened(ctx: Context, one: Followup) -> None:
    """Tell who sees to it, and the department whose affair it is (三（二）2, 三（二）3)."""
    filing = ctx.ledger.filings.known(one.filing_id)
    item, words = _item(one), _said(one, "words")
    due = day_text(one.due_on) if one.due_on else ""
    name = f"{filing.case_no} “{filing.title}”"
    once = f"{_subject(one)}:{one.version}"
    if one.owner_id and one.owner_id != ctx.person.id:
        text = (
            f"{name}自查中“{item.text}”一项不属实：{words}。{item.mend}，"
            f"请在{due}前完成（内部办理时限），发“整改”办理。"
        )
        ctx.push(one.owner_id, text, once=once, tenant=one.tenant)
    if item.desk is None:
        return
    unit = ctx.ledger.people.unit(filing.tenant, filing.school)
    for person in ctx.ledger.people.at_desk(one.tenant, item.desk, ctx.today):
        text = (
            f"{name}（{unit.name if unit else filing.school}）自查中“{item.text}”一项不属实："
            f"{words}。已请学校在{due}前整改，供您处知悉（{item.clause}）。"
        )
        ctx.push(person.id, text, once=once, tenant=one.tenant)


def ordered(ctx: Context, one: Followup) -> None:
    """Tell the school what a desk asks of it; not on what that rests."""
    filing = ctx.ledger.filings.known(one.filing_id)
    due = day_text(one.due_on) if one.due_on else ""
    text = (
        f"{filing.case_no} “{filing.title}”经核查需要整改：{_said(one, 'words')}。请在{due}前完成"
        f"（内部办理时限），发“整改”办理，由{_judges(one)}确认（依据四，{_item(one).clause}）。"
    )
    people = [*desks.school_today(ctx, filing), *([one.owner_id] if one.owner_id else [])]
    for person_id in dict.fromkeys(people):
        ctx.push(person_id, text, once=f"{_subject(one)}:{one.version}", tenant=one.tenant)


# --- what waits, for whom ------------------------------------------------------------------------


def waiting_for(ctx: Context) -> list[tuple[str, Tap]]:
    """Return what is to be put right or confirmed by this person, as lines of 待办."""
    rectifying = ctx.ledger.rectifying
    found = [
        (one, "rectify.begin", "整改")
        for post in ctx.person.schools(ctx.today)
        if post.role in SCHOOL
        for one in rectifying.of_school(post.tenant, post.unit_code)
    ]
    found += [
        (one, "rectify.show", "待确认整改")
        for tenant in dict.fromkeys(
            post.tenant for post in ctx.person.held(ctx.today) if post.role in DESKS
        )
        for one in rectifying.handed(tenant)
        if ctx.person.at_desk(tenant, judges_of(one), ctx.today)
    ]
    rows = []
    for one, verb, what in found:
        filing = ctx.ledger.filings.known(one.filing_id)
        line = f"{filing.case_no} {filing.title}：{what}“{_item(one).text}”"
        until = f"，{day_text(one.due_on)}前" if one.due_on else ""
        rows.append((line + until, Tap(verb, _key(one), one.version)))
    return rows


@router.word("rectify", rf"整改(?:事项|清单)?\s*(?:{_CASE})?", roles=SCHOOL | DESKS)
def show_all(ctx: Context, match: re.Match[str]) -> None:
    """List what waits; where it is one thing, open it."""
    case = match["which"] or ""
    rows = [row for row in waiting_for(ctx) if row[0].startswith(case)]
    if len(rows) == 1:
        (begin if rows[0][1].verb == "rectify.begin" else show)(ctx, rows[0][1])
        return
    ctx.ledger.about = None
    ctx.say(list_card(rows) if rows else NOTHING)


# --- the school ----------------------------------------------------------------------------------


@router.tap("rectify.begin", roles=SCHOOL)
def begin(ctx: Context, tap: Tap) -> None:
    """Show what is to be put right, and take words and papers from now on."""
    one, filing = _known(ctx, tap.subject)
    ctx.ledger.rectifying.may_hand(one, ctx.person, ctx.today)
    draft = _draft(ctx, filing, one)
    kept = ctx.talk.state.get("rectify", {})
    words = kept["words"] if kept.get("of") == _key(one) else ""
    # What is sent from now on belongs here.
    ctx.talk.state.pop("acceptance", None)
    ctx.talk.state["rectify"] = {"of": _key(one), "draft": draft.id, "words": words}
    _show_mine(ctx, filing, one, draft, words)


def _show_mine(ctx: Context, filing: Filing, one: Followup, draft: Draft, words: str) -> None:
    item = _item(one)
    asked, said = _said(one, "asked"), _said(one, "words")
    lines = [
        f"{_asked_by(one)}：{said}。" if said else "",
        f"{_judges(one)}要求：{asked}。" if asked else f"{item.mend}（依据{item.clause}）。",
        f"整改情况：{words}。" if words else "",
    ]
    ctx.say(
        mend_card(
            showing.case_heading(ctx, filing),
            _key(one),
            one.version,
            item=item.text,
            due=day_text(one.due_on) if one.due_on else "",
            lines=[line for line in lines if line],
            files=len(ctx.ledger.drafts.files(draft.id)),
            link=ctx.link("upload", draft.id),
        )
    )


def _draft(ctx: Context, filing: Filing, one: Followup) -> Draft:
    return draft_of(ctx, ctx.ledger.rectifying, MATTER, filing, one)


def waits_for_files(ctx: Context) -> str:
    """Return the draft that a file sent in the chat belongs to, while something is put right."""
    return str(ctx.talk.state.get("rectify", {}).get("draft", ""))


def take_file(ctx: Context, draft: Draft, event: Uploaded) -> None:
    """Keep a piece of evidence that arrived."""
    name = event.name or "照片"
    kept = ctx.ledger.drafts.attach(
        draft, slot=SLOT.key, name=name, digest=event.digest, size=event.size,
        media_type=event.media_type, person_id=ctx.person.id, now=ctx.now, keeps=True,
    )  # fmt: skip
    if event.on_page and event.instance in ctx.office.metered:
        return
    count = len(ctx.ledger.drafts.files(draft.id))
    ahead = f"已收到整改材料“{name}”" if kept else f"“{name}”已经在整改材料里"
    ctx.say(f"{ahead}，共{count}份。齐了请发“提交整改”。")


@router.under("rectify.hand", roles=SCHOOL)
def hear_words(ctx: Context, tap: Tap, text: str) -> bool:
    """Take what the school says it has put right."""
    one, filing = _known(ctx, tap.subject)
    kept = _kept(ctx, one)
    ctx.ledger.rectifying.may_hand(one, ctx.person, ctx.today)
    words = text.strip().rstrip("。")
    if len(words) > MOST_CHARS:
        raise RuleViolationError(
            f"这段话有{len(words)}字，整改情况最多{MOST_CHARS}字。请缩短后再发一次。"
        )
    ctx.talk.state["rectify"] = {**kept, "words": words}
    _show_mine(ctx, filing, one, _draft(ctx, filing, one), words)
    return True


def _kept(ctx: Context, one: Followup) -> dict[str, str]:
    kept: dict[str, str] = ctx.talk.state.get("rectify", {})
    if kept.get("of") != _key(one):
        raise RuleViolationError(AGAIN)
    return kept


@router.tap("rectify.hand", roles=SCHOOL)
def hand(ctx: Context, tap: Tap) -> None:
    """Hand in what was put right."""
    one, filing = _known(ctx, tap.subject)
    ctx.ledger.rectifying.may_hand(one, ctx.person, ctx.today)
    kept = _kept(ctx, one)
    draft = _draft(ctx, filing, one)
    if not kept["words"] and not ctx.ledger.drafts.files(draft.id):
        raise RuleViolationError(
            f"{filing.case_no} 还没有收到整改情况。请发一两句话，或发照片、文件，再提交。"
        )
    one = ctx.ledger.rectifying.hand(
        one, kept["words"], by=ctx.person, day=ctx.today, seen=tap.seen, now=ctx.now
    )
    ctx.ledger.drafts.turn(draft, "sent")
    ctx.talk.state.pop("rectify")
    done = f"已提交 · {ctx.person.name} · {ctx.local_time(ctx.now)}"
    ctx.redraw(done_card(showing.case_heading(ctx, filing), _item(one).text, done, ""))
    ctx.say_done(f"{filing.case_no} 的整改已提交，由{_judges(one)}确认，确认后告诉您。")
    for person in ctx.ledger.people.at_desk(one.tenant, judges_of(one), ctx.today):
        _show_to(ctx, filing, one, person.id)


@router.word("hand_rectification", r"(?:提交|交)整改(?:材料)?", roles=SCHOOL)
def hand_typed(ctx: Context, _match: re.Match[str]) -> None:
    """Hand in what is being put right, by typed words."""
    kept = ctx.talk.state.get("rectify")
    if not kept:
        raise RuleViolationError(AGAIN)
    one, _ = _known(ctx, kept["of"])
    hand(ctx, Tap("rectify.hand", kept["of"], one.version))


# --- the technology centre -----------------------------------------------------------------------


def _show_to(ctx: Context, filing: Filing, one: Followup, person_id: str) -> None:
    unit = ctx.ledger.people.unit(filing.tenant, filing.school)
    reader = ctx.ledger.people.get(person_id)
    card = judge_card(
        showing.case_heading(ctx, filing, reader),
        _key(one),
        one.version,
        school=unit.name if unit else filing.school,
        item=_item(one).text,
        lines=_lines(one),
        files=len(ctx.ledger.drafts.files(one.draft_id)) if one.draft_id else 0,
        subject=_subject(one),
    )
    if person_id == ctx.person.id:
        ctx.say(card)
    else:
        ctx.push(person_id, card, once=f"{_subject(one)}:{one.version}", tenant=one.tenant)


def _lines(one: Followup) -> Sequence[str]:
    rows = ((_asked_by(one), "words"), ("上次要求", "asked"), ("整改情况", "evidence"))
    return [f"{name}：{said}。" for name, key in rows if (said := _said(one, key))]


@router.tap("rectify.show", roles=DESKS)
def show(ctx: Context, tap: Tap) -> None:
    """Show one of them afresh."""
    one, filing = _of_desk(ctx, tap)
    _show_to(ctx, filing, one, ctx.person.id)


def _of_desk(ctx: Context, tap: Tap) -> tuple[Followup, Filing]:
    one, filing = _known(ctx, tap.subject)
    ctx.ledger.rectifying.must_judge(one, ctx.person, ctx.today)
    if one.state is not FollowState.HANDED:
        raise RuleViolationError(
            f"{filing.case_no} 的这项整改现在是“{one.state.label}”，不需要您办理。"
        )
    return one, filing


@router.tap("rectify.confirm", roles=DESKS)
def confirm(ctx: Context, tap: Tap) -> None:
    """Confirm that it is put right."""
    one, _ = _known(ctx, tap.subject)
    one = ctx.ledger.rectifying.confirm(
        one, by=ctx.person, day=ctx.today, seen=tap.seen, now=ctx.now
    )
    filing = _settled(ctx, one, "整改完成")
    desks.tell_school(
        ctx,
        filing,
        f"{filing.case_no} “{filing.title}”的整改“{_item(one).text}”"
        f"已由{ctx.person.name}确认完成。",
        once=f"rectified:{one.id}",
        courtesy=True,
    )
    _report_waits(ctx, filing, one)


def _report_waits(ctx: Context, filing: Filing, one: Followup) -> None:
    """Say to who handles the report that led to it that this can be closed now."""
    report = ctx.ledger.reports.find.get(report_of(one)) if report_of(one) else None
    if report is None or report.state is not ReportState.FIXING:
        return
    text = (
        f"{filing.case_no} 的整改已由{ctx.person.name}确认完成。反映 {report.code} 可以办结："
        f"发“办结 {report.code} {Outcome.FIXED.label}”，可在后面写一句答复。"
    )
    for person in ctx.ledger.reports.find.handlers(report, ctx.today):
        ctx.push(person.id, text, once=f"rectified-report:{one.id}", tenant=one.tenant)


def _settled(ctx: Context, one: Followup, done: str) -> Filing:
    filing = ctx.ledger.filings.known(one.filing_id)
    words = f"{done} · {ctx.person.name} · {ctx.local_time(ctx.now)}"
    card = done_card(showing.case_heading(ctx, filing), _item(one).text, words, _subject(one))
    ctx.redraw(card)
    ctx.refresh(_subject(one), replace(card, page=""))
    ctx.say_done(f"{filing.case_no} {done}。")
    return filing


@router.tap("rectify.more", roles=DESKS)
def ask_what(ctx: Context, tap: Tap) -> None:
    """Ask what the school is still to do."""
    one, filing = _of_desk(ctx, tap)
    asks = f"{filing.case_no} 请写明还需要学校做什么，学校会看到。"
    ctx.ask("rectify.more", _key(one), tap.seen, asks)


@router.reply("rectify.more", roles=DESKS)
def hear_what(ctx: Context, tap: Tap, text: str) -> None:
    """Ask the school for more."""
    one, _ = _known(ctx, tap.subject)
    words = text.strip().rstrip("。")[:MOST_CHARS]
    one = ctx.ledger.rectifying.ask_more(
        one, words, by=ctx.person, day=ctx.today, seen=tap.seen, now=ctx.now
    )
    filing = _settled(ctx, one, "已请学校再整改")
    text = (
        f"{filing.case_no} “{filing.title}”的整改“{_item(one).text}”还需要：{words}"
        f"（{_judges(one)}）。请发“整改”办理后再提交。"
    )
    people = [*desks.school_today(ctx, filing), *([one.owner_id] if one.owner_id else [])]
    for person_id in dict.fromkeys(people):
        if person_id != ctx.person.id:
            ctx.push(
                person_id, text, once=f"rectify-more:{one.id}:{one.version}", tenant=one.tenant
            )
