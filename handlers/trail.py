"""For auditors: random samples, the whole trail of a case, and who saw its phone numbers."""

from __future__ import annotations

import re
from typing import Final

from cards.language import Tap
from cards.trail import TrailView, sample_card, sampled_card, steps_card, trail_card
from handlers import reach
from handlers.context import Context, day_text
from handlers.printed import Reader, trail_of
from handlers.router import CASE, STAFF, Router
from storage.board import Line
from storage.figures import Window
from storage.rules.periods import PATTERN, named
from storage.rules.terms import NotAllowedError, Role
from storage.trail import OtherAct

router = Router("trail")

READERS: Final = frozenset({Role.AUDITOR, Role.ADMIN})
MOST_DRAWN: Final = 100
CHAT_LINKS: Final = 1000
"""So many links of the chain are verified while somebody waits in a chat."""
UNKNOWN: Final = "没有找到这件备案，请核对办件号。"
NO_SAMPLE: Final = "没有找到这次抽样，请重新发“抽10件 一季度”。"
NOT_IN_BULK: Final = (
    "不能批量导出手机号。可逐件查看，须写明用途，并留痕；"
    "谁看过可发“查 办件号 谁看过号码”。如有疑问请联系本单位管理员。"
)
NO_REPORTS: Final = (
    "您的权限不含线索内容，仅可查看数量与办理时间。"
    "如需调阅请经纪检授权（温教办技〔2022〕65号三（二）1）。"
)


# --- samples -------------------------------------------------------------------------------------


@router.word(
    "draw",
    rf"抽取?\s*(?P<count>\d{{1,4}})\s*件\s*(?:{PATTERN})?\s*(?P<kind>终端和应用|终端|应用)?"
    r"[\s,，]*(?:种子\s*(?P<seed>[0-9A-Za-z-]{1,24}))?",
    roles=(Role.AUDITOR,),
)
def draw(ctx: Context, match: re.Match[str]) -> None:
    """Draw a random sample; the same words with the seed draw it again."""
    (tenant, *_) = reach.of_trail(ctx.person, ctx.today, Role.AUDITOR) or (None,)
    if tenant is None:
        raise NotAllowedError(UNKNOWN)
    count = int(match["count"])
    if not 1 <= count <= MOST_DRAWN:
        raise NotAllowedError(f"一次可以抽1至{MOST_DRAWN}件，请重新发，例如：抽10件 一季度 终端。")
    period = named(match["period"] or "今年", ctx.today)
    assert period is not None  # the pattern lets no other words through
    sample = ctx.ledger.trail.draw(
        tenant,
        Window.of(period, ctx.office.zone),
        period=period.name,
        mark=period.mark,
        kind=match["kind"] or "",
        count=count,
        seed=match["seed"] or "",
        person_id=ctx.person.id,
        now=ctx.now,
    )
    ctx.say(
        sample_card(sample, tenant=tenant, book=ctx.link("book", f"sample-{tenant}-{sample.seed}"))
    )


@router.tap("trail.sample", roles=(Role.AUDITOR,))
def sampled(ctx: Context, tap: Tap) -> None:
    """List a sample, case by case."""
    tenant, seed, skip = (*tap.subject.split(":"), "", "")[:3]
    if tenant not in reach.of_trail(ctx.person, ctx.today, Role.AUDITOR):
        raise NotAllowedError(NO_SAMPLE)
    lines = ctx.ledger.trail.drawn(tenant, seed)
    if not lines or not skip.isdecimal():
        raise NotAllowedError(NO_SAMPLE)
    rows = [(one.id, _line(one)) for one in lines]
    ctx.say(sampled_card(rows, tenant=tenant, seed=seed, skip=int(skip)))


def _line(one: Line) -> str:
    return f"{one.case_no} {one.title[:20]}（{one.school}）：{one.stage}"


# --- one case ------------------------------------------------------------------------------------


@router.word("trail", rf"(?:查看?|看)?\s*{CASE}\s*的?全过程", roles=READERS)
def trail(ctx: Context, match: re.Match[str]) -> None:
    """Sum up everything that the journal says of a case."""
    _show(ctx, _by_case(ctx, match["case"]))


@router.tap("trail.show", roles=READERS)
def trail_by_tap(ctx: Context, tap: Tap) -> None:
    """Sum up the tapped case."""
    _show(ctx, _view(ctx, tap.subject))


@router.tap("trail.steps", roles=READERS)
def steps(ctx: Context, tap: Tap) -> None:
    """Show the steps of a case, or only those that changed what was declared."""
    filing_id, which, skip = (*tap.subject.split(":"), "", "")[:3]
    view = _view(ctx, filing_id)
    if which not in ("all", "changes") or not skip.isdecimal():
        raise NotAllowedError("这张卡片已经过期。请重新发“查 办件号 全过程”。")
    chosen = [at for at, step in enumerate(view.steps) if which == "all" or step.is_change]
    ctx.say(steps_card(view, chosen, which=which, skip=int(skip)))


@router.word(
    "reveals", rf"(?:查看?|看)?\s*{CASE}\s*(?:的?号码查看记录|谁看过(?:手机)?号码)", roles=READERS
)
def reveals(ctx: Context, match: re.Match[str]) -> None:
    """List who saw the whole phone number of a case."""
    _say_reveals(ctx, _by_case(ctx, match["case"]))


@router.tap("trail.reveals", roles=READERS)
def reveals_by_tap(ctx: Context, tap: Tap) -> None:
    """List who saw the whole phone number of the tapped case."""
    _say_reveals(ctx, _view(ctx, tap.subject))


def _by_case(ctx: Context, case_no: str) -> TrailView:
    filing = ctx.ledger.filings.by_case(case_no)
    if filing is None:
        raise NotAllowedError(UNKNOWN)
    return _view(ctx, filing.id)


def _view(ctx: Context, filing_id: str) -> TrailView:
    reader = Reader(ctx.ledger, ctx.office, ctx.person, ctx.now)
    return trail_of(reader, filing_id, most=CHAT_LINKS)


def _show(ctx: Context, view: TrailView) -> None:
    first, last = (view.steps[at].at.astimezone(ctx.office.zone).date() for at in (0, -1))
    card = trail_card(
        view,
        first_day=day_text(first),
        last_day=day_text(last),
        book=ctx.link("book", f"trail-{view.filing_id}"),
    )
    ctx.say(card)


def _say_reveals(ctx: Context, view: TrailView) -> None:
    seen = [at for at, step in enumerate(view.steps) if step.act == OtherAct.REVEAL.label]
    if not seen:
        ctx.say(f"{view.case_no} 的完整手机号码，目前没有人查看过。")
        return
    lines = "\n".join(view.line(at) for at in seen)
    ctx.say(f"{view.case_no} 的完整手机号码被查看过{len(seen)}次：\n{lines}")


# --- what is not to be had -----------------------------------------------------------------------


@router.word(
    "bulk",
    r"(?:(?:批量)?(?:导出|下载)(?:全部|所有)?|(?:发|给|查|看|查看|要)(?:我)?(?:全部|所有))的?"
    r"(?:手机号码?|手机|电话号码?|电话|号码)",
    roles=STAFF,
)
def in_bulk(ctx: Context, _match: re.Match[str]) -> None:
    """Refuse phone numbers in bulk."""
    ctx.say(NOT_IN_BULK)


@router.word("reports", r"(?:看|查看|调阅)(?:举报|线索|反映)的?内容", roles=READERS)
def contents(ctx: Context, _match: re.Match[str]) -> None:
    """Refuse what reports say to those who read trails."""
    ctx.say(NO_REPORTS)
