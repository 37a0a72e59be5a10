"""需要备案吗: four taps at most, each answer with its basis and the next step.

Source: requirements B.3c; 二（三）, 三（一）5.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from cards.language import Tap
from cards.needed import picked_card, question_card, verdict_card
from handlers import help as helping
from handlers.context import Context
from handlers.router import STAFF, Router
from storage.cases import Filing
from storage.products import fold
from storage.rules.needed import (
    Answer,
    Filed,
    Path,
    Uses,
    Verdict,
    What,
    Wide,
    next_question,
    read_path,
    weigh,
    write_path,
)
from storage.rules.terms import Stage

router = Router("needed")

_MOST: Final = 4
_FILING: Final = r"(办理?|做)?备案"
_ASKS: Final = (
    rf"((是否|是不是|要不要|用不用|需不需要)(需要|要)?{_FILING}(吗|么|呢)?"
    rf"|(需要|要|用){_FILING}(吗|么|不))[?？]?"
)


@router.word(
    "needed", rf"(?P<name>[^\s，,。]{{0,30}}?)\s*{_ASKS}(\s*(?P<after>\S.{{0,40}}))?", roles=STAFF
)
def begin_typed(ctx: Context, match: re.Match[str]) -> None:
    """Begin with the first question; a name beside it is looked up at once."""
    filed = _filed(ctx, match["after"] or match["name"])
    if filed:
        _say_filed(ctx, filed[0])
    else:
        ask(ctx)


@router.tap("needed.again", roles=STAFF)
def begin_again(ctx: Context, _tap: Tap) -> None:
    """Begin once more."""
    ask(ctx)


def ask(ctx: Context) -> None:
    """Ask who uses it."""
    ctx.say(question_card("谁来用？师生都用请选“学生”。", [(one.value, one.label) for one in Uses]))


@router.tap("needed.pick", roles=STAFF)
def pick(ctx: Context, tap: Tap) -> None:
    """Take one answer, and ask the next or say what it comes to."""
    text, _, filing_id = tap.subject.partition(":")
    path = read_path(text)
    ctx.redraw(picked_card(next(one.label for one in reversed(path) if one is not None)))
    own = _registered(ctx)
    if next_question(path) == "filed" and not own:
        # There is nothing to choose from: the question answers itself.
        path = path._replace(filed=Filed.NO)
    asked = next_question(path)
    if asked:
        _ask_next(ctx, path, asked, own)
        return
    verdict = weigh(path)
    assert verdict is not None  # nothing is left to ask
    found = next((one for one in own if one.id == filing_id), None)
    if verdict.answer is Answer.FILED and found is not None:
        _say_filed(ctx, found)
    else:
        _say(ctx, verdict, "")


def _ask_next(ctx: Context, path: Path, asked: str, own: Sequence[Filing]) -> None:
    if asked == "what":
        offer = [(write_path(path._replace(what=one)), one.label) for one in What]
        ctx.say(question_card("是哪一类？通用工具指聊天、办公、词典等，不含教育版。", offer))
    elif asked == "filed":
        yes, no = (write_path(path._replace(filed=one)) for one in (Filed.YES, Filed.NO))
        offer = [(f"{yes}:{one.id}", one.title) for one in own[-_MOST:]]
        ctx.say(question_card("是本校已备案的其中一个吗？", [*offer, (no, "都不是")]))
    else:
        offer = [(write_path(path._replace(wide=one)), one.label) for one in Wide]
        rules = ctx.office.of(_tenant(ctx)).rules
        ctx.say(
            question_card(
                "准备用多大范围？小范围试用指"
                f"{rules.pilot_max_classes}个班、{rules.pilot_max_students}名学生、"
                f"{rules.pilot_max_terms}个学期以内，不花经费，不采集人脸等信息。",
                offer,
            )
        )


def _tenant(ctx: Context) -> str:
    return next(iter(ctx.person.held(ctx.today))).tenant


def _registered(ctx: Context) -> list[Filing]:
    """Return what this person's schools have filed and may use."""
    return [
        one
        for post in ctx.person.schools(ctx.today)
        for one in ctx.ledger.filings.at_school(post.tenant, post.unit_code, Stage.REGISTERED)
        if one.valid_until is None or one.valid_until >= ctx.today
    ]


def _filed(ctx: Context, name: str) -> list[Filing]:
    wanted = fold(name)
    return [one for one in _registered(ctx) if wanted and fold(one.title) == wanted]


def _say_filed(ctx: Context, filing: Filing) -> None:
    until = filing.valid_until
    ends = f"，有效期至{until.year}年{until.month}月{until.day}日" if until else ""
    verdict = weigh(Path(Uses.PUPILS, What.APP, Filed.YES))
    assert verdict is not None  # what is filed asks nothing more
    _say(ctx, verdict, f"“{filing.title}”本校已备案，备案号 {filing.number}{ends}。")


def _say(ctx: Context, verdict: Verdict, says: str) -> None:
    ctx.say(verdict_card(verdict, says=says, may_file=helping.may_file(ctx)))


@router.tap("needed.ask", roles=STAFF)
def ask_somebody(ctx: Context, _tap: Tap) -> None:
    """Tell the technical department that somebody wants to know."""
    helping.call_somebody(ctx)
