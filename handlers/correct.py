"""更正公告: what was announced wrongly is corrected in every group that heard it, once."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime

from cards.correct import correct_card, corrected_card, correction
from cards.language import Card, Tap
from handlers import afterwards, announce, desks, notices, showing
from handlers.context import Context, day_text
from handlers.router import CASE, STAFF, Router
from handlers.standing import UNKNOWN
from storage.cases import Filing
from storage.rules.masking import mask_phones_in
from storage.rules.terms import Act, Desk, NotAllowedError, Role, RuleViolationError
from storage.rules.workflow import advance

router = Router("correct")


@router.word("correct", rf"更正公告\s*{CASE}", roles=STAFF)
def typed(ctx: Context, match: re.Match[str]) -> None:
    """Show the old words and ask for the new ones."""
    filing = ctx.ledger.filings.by_case(match["case"])
    if filing is None:
        raise RuleViolationError(UNKNOWN)
    _ask(ctx, filing)


@router.tap("correct.begin", roles=STAFF)
def begin(ctx: Context, tap: Tap) -> None:
    """Show the old words and ask for the new ones."""
    _ask(ctx, ctx.ledger.filings.known(tap.subject))


@router.tap("correct.edit", roles=STAFF)
def edit(ctx: Context, tap: Tap) -> None:
    """Ask for other words."""
    _ask(ctx, ctx.ledger.filings.known(tap.subject))


def _role(ctx: Context, filing: Filing) -> Role:
    """Return as what this person corrects: the school's own, or the technology centre.

    Raises:
        RuleViolationError: neither.
    """
    if afterwards.is_of_school(ctx, filing):
        return afterwards.school_role(ctx, filing)
    if ctx.person.at_desk(filing.tenant, Desk.TECH, ctx.today) is not None:
        return Role.REGISTRAR
    held = ctx.person.held(ctx.today)
    if not any(post.tenant == filing.tenant for post in held):
        raise RuleViolationError(UNKNOWN)
    raise NotAllowedError("公告由学校的项目负责人、校长或教育技术部门更正。")


def _ask(ctx: Context, filing: Filing) -> None:
    advance(filing.stage, Act.CORRECT, _role(ctx, filing))
    rounds = ctx.ledger.announcements.of(filing)
    if not rounds:
        raise NotAllowedError(f"{filing.case_no} 还没有发过公告，不需要更正。")
    last = rounds[-1]
    when = day_text(filing.local(last.at).date())
    ctx.ask(
        "correct.words", filing.id, len(rounds),
        f"{when}的公告文字是：{last.wording}\n请发正确的公告文字，{announce.MOST_CHARS}字以内，"
        f"须保留备案号 {filing.number}。",
    )  # fmt: skip


@router.reply("correct.words", roles=STAFF)
def hear_words(ctx: Context, tap: Tap, text: str) -> None:
    """Keep the new words and show what would be told."""
    filing = ctx.ledger.filings.known(tap.subject)
    _role(ctx, filing)
    words = text.strip()
    if refused := announce.amiss(words, str(filing.number)):
        ctx.ask("correct.words", filing.id, tap.seen, refused)
        return
    if mask_phones_in(words) != words:
        raise RuleViolationError("公告里不能有个人手机号码，请去掉后重新发“更正公告”加办件号。")
    if words == ctx.ledger.announcements.of(filing)[-1].wording:
        ctx.ask("correct.words", filing.id, tap.seen, "文字没有变化。请发正确的公告文字。")
        return
    ctx.talk.state["correction"] = {"of": filing.id, "text": words}
    ctx.say(_card(ctx, filing, words, tap.seen))


def _card(ctx: Context, filing: Filing, words: str, rounds: int) -> Card:
    listed = notices.groups_of(ctx, filing)
    told = ctx.ledger.standing.told_groups(filing)
    return correct_card(
        showing.view_of(ctx, filing),
        number=str(filing.number),
        text=words,
        groups=[f"“{group.name}”" for group in listed],
        skipped=len(told) - len(listed),
        mark=_mark(words),
        rounds=rounds,
    )


def _mark(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()[:8]


@router.tap("correct.send", roles=STAFF)
def send(ctx: Context, tap: Tap) -> None:
    """Tell every group that heard the announcement the right words, exactly once.

    Source: dialogues E.13.
    """
    filing_id, _, mark = tap.subject.partition(":")
    filing = ctx.ledger.filings.known(filing_id)
    role = _role(ctx, filing)
    kept = ctx.talk.state.get("correction", {})
    if kept.get("of") != filing.id or _mark(kept["text"]) != mark:
        raise RuleViolationError("您之后又改过文字，请从最新的一张卡片上确认。")
    groups = notices.groups_of(ctx, filing)
    told = ctx.ledger.standing.told_groups(filing)
    skipped = sorted(set(told) - {group.id for group in groups})
    before = ctx.ledger.announcements.of(filing)
    number = ctx.ledger.announcements.correct(
        filing, wording=kept["text"], seen=tap.seen, groups=[group.id for group in groups],
        skipped=skipped, by=ctx.person, role=role, now=ctx.now,
    )  # fmt: skip
    ctx.talk.state.pop("correction")
    text = correction(
        _when(ctx, filing, before[-1].at), filing.title, str(filing.number), kept["text"]
    )
    for group in groups:
        ctx.announce(group, text, once=f"correct:{filing.id}:{number}")
    done = f"已更正 · {ctx.person.name} · {ctx.local_time(ctx.now)}"
    ctx.redraw(corrected_card(filing.case_no, filing.title, done))
    names = "、".join(f"“{group.name}”" for group in groups)
    where = f"将在{names}各发一次" if groups else "没有还在用的群，没有发出"
    gone = f"，另有{len(skipped)}个群已解绑或停用，没有发送" if skipped else ""
    ctx.say_done(f"更正已确认，{where}{gone}。")
    desks.tell_school(
        ctx,
        filing,
        f"{filing.case_no} “{filing.title}”的公告已由{ctx.person.name}更正，编号不变。",
        once=f"corrected:{filing.id}:{number}",
        courtesy=True,
    )


def _when(ctx: Context, filing: Filing, at: datetime) -> str:
    """Say when the wrong words went out: 今早, 今天, 3月12日（周四）."""
    told = filing.local(at)
    if told.date() != ctx.today:
        return day_text(told.date())
    return "今早" if told.hour < 11 else "今天"
