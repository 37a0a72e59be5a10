"""The taps and command words of a form being filled, and its ways in for text and files."""

from __future__ import annotations

import re
from typing import Final

from cards.form import answered_card, drop_card, step_done_card
from cards.language import Tap
from handlers import changes, filing, mending, papers, sheet
from handlers.context import Context, day_text
from handlers.course import (
    STEPS,
    answer,
    back,
    go_on,
    keep_open,
    repeat,
    stands_open,
)
from handlers.filling import Filling
from handlers.form import BadAnswerError
from handlers.hearing import talks
from handlers.receiving import after_file, receives
from handlers.router import MAYBE_CASE, SCHOOL, Router
from storage.rules.terms import NotAllowedError

__all__ = ["receives", "router", "talks"]

router = Router("conversation")

_NO_DRAFT: Final = "您现在没有正在填写的备案。发“备案”开始，发“进度”查看已报送的。"


# --- taps ----------------------------------------------------------------------------------------


def _tapped(ctx: Context, draft_id: str) -> Filling:
    """Take the draft of a tapped card in hand, whichever draft was open before."""
    draft = ctx.talk.draft
    if draft is None or draft.id != draft_id:
        draft = ctx.ledger.drafts.get(draft_id)
    if draft is None or draft.state == "dropped" or draft.expires_at <= ctx.now:
        raise NotAllowedError("这份草稿已经不在了。发“备案”可以重新开始。")
    if draft.state == "sent":
        raise NotAllowedError("这份备案已经提交，不能再在这张卡片上修改。发“进度”可以查看。")
    filling = Filling.of(ctx, draft)
    ctx.talk.draft = draft
    return filling


@router.tap("form.pick", roles=SCHOOL)
def pick(ctx: Context, tap: Tap) -> None:
    """Take the tapped option of a question, the open one or one answered before."""
    key, option, draft_id = tap.subject.split(":", 2)
    filling = _tapped(ctx, draft_id)
    field = filling.form.by_key.get(key)
    picks = field.widget.picks(filling) if field and field.widget else ()
    words = next((one.text for one in picks if one.key == option), None)
    if field is None or words is None or not field.when(filling):
        raise BadAnswerError("这一项已经不需要填写。发“继续”接着填。")
    answer(filling, field, words)
    ctx.redraw(answered_card(field.label, field.question, words))
    go_on(filling)


@router.tap("form.tick", roles=SCHOOL)
def tick(ctx: Context, tap: Tap) -> None:
    """Take the ticked options of a question."""
    key, draft_id = tap.subject.split(":", 1)
    filling = _tapped(ctx, draft_id)
    field = filling.form.by_key.get(key)
    if field is None or field.widget is None:
        raise BadAnswerError("这一项已经不需要填写。发“继续”接着填。")
    ticked = (tap.choices or {}).get(key, ())
    picks = field.widget.picks(filling)
    numbers = [str(at) for at, one in enumerate(picks, start=1) if one.key in ticked]
    if not numbers:
        raise BadAnswerError("请至少勾选一项；都没有请勾选“以上都没有”，或直接发“都没有”。")
    answer(filling, field, " ".join(numbers))
    ctx.redraw(answered_card(field.label, field.question, filling.shown(field)))
    go_on(filling)


@router.tap("sheet.send", roles=SCHOOL)
def take_sheet(ctx: Context, tap: Tap) -> None:
    """Take the form that was filled in on a card."""
    sheet.take(_tapped(ctx, tap.subject), tap.choices or {})


@router.tap("sheet.leave", roles=SCHOOL)
def leave_sheet(ctx: Context, tap: Tap) -> None:
    """Go on question by question instead."""
    sheet.leave(_tapped(ctx, tap.subject))


@router.tap("form.step", roles=SCHOOL)
def step(ctx: Context, tap: Tap) -> None:
    """Take the tapped option of a step, where that step still stands open."""
    key, option, draft_id = tap.subject.split(":", 2)
    filling = _tapped(ctx, draft_id)
    found = STEPS.get(f"#{key}")
    if found is None or not stands_open(filling, found):
        raise BadAnswerError("这张卡片已经过去了。发“继续”接着填。")
    words = next((one.text for one in found.options(filling) if one.key == option), option)
    ctx.redraw(step_done_card(found.label, words))
    if found.take(filling, option):
        go_on(filling)
    else:
        keep_open(filling)


@router.tap("draft.slot", roles=SCHOOL)
def slot(ctx: Context, tap: Tap) -> None:
    """Put a waiting file where the person says."""
    key, draft_id = tap.subject.split(":", 1)
    filling = _tapped(ctx, draft_id)
    papers.take_slot(filling, key, tap.seen)
    after_file(filling)


@router.tap("draft.act", roles=SCHOOL)
def draft(ctx: Context, tap: Tap) -> None:
    """Go on with a draft, list what it lacks, or give it up."""
    act, draft_id = tap.subject.split(":", 1)
    filling = _tapped(ctx, draft_id)
    if act == "go":
        ctx.redraw(step_done_card(f"未完成的备案“{filling.title}”", "继续"))
        _resume(filling)
    elif act == "missing":
        say_missing(filling)
    elif act == "drop":
        ctx.redraw(drop_card(filling.title, draft_id))
    else:
        if filling.draft.filing_id is not None:
            raise NotAllowedError("这件备案已有办件号，请发“撤回”加办件号办理。")
        ctx.ledger.drafts.turn(filling.draft, "dropped")
        ctx.talk.draft = None
        ctx.redraw(step_done_card(f"未完成的备案“{filling.title}”", "放弃"))
        ctx.say_done(f"“{filling.title}”已放弃。发“备案”可以重新开始。")


@router.tap("mend.open", roles=SCHOOL)
@router.tap("form.mend", roles=SCHOOL)
def mend(ctx: Context, tap: Tap) -> None:
    """Open what came back; ``subject`` is the filing."""
    go_on(mending.open_again(ctx, ctx.ledger.filings.known(tap.subject)))


# --- commands ------------------------------------------------------------------------------------


def _open(ctx: Context) -> Filling:
    draft = ctx.talk.draft
    if draft is None or draft.state != "open" or draft.expires_at <= ctx.now:
        found = filing.open_drafts(ctx)
        if not found:
            raise BadAnswerError(_NO_DRAFT)
        draft = ctx.talk.draft = found[0]
    return Filling.of(ctx, draft)


@router.word("continue", r"继续(填写?|备案)?|接着填", roles=SCHOOL)
def carry_on(ctx: Context, _match: re.Match[str]) -> None:
    """Go on with the open draft, or with the newest that rests, or with what came back."""
    if ctx.talk.draft is None or ctx.talk.draft.state != "open":
        drafts = filing.open_drafts(ctx)
        if len(drafts) > 1:
            filing.offer_resume(ctx, drafts)
            return
        if not drafts and _mend_newest(ctx):
            return
    filling = _open(ctx)
    if filling.cursor == "#summary":
        STEPS["#summary"].take(filling, "ok")
    _resume(filling)


def _resume(filling: Filling) -> None:
    filling.keep(again=True)
    if not (sheet.is_open(filling) and sheet.ask(filling)):
        go_on(filling)


@router.word("mend", rf"(去)?补正\s*{MAYBE_CASE}", roles=SCHOOL)
def mend_case(ctx: Context, match: re.Match[str]) -> None:
    """Open what came back, by its case number or the newest."""
    case = match["case"]
    found = ctx.ledger.filings.by_case(case) if case else None
    if found is not None and ctx.person.id in found.school_people:
        go_on(mending.open_again(ctx, found))
    elif case or not _mend_newest(ctx):
        ctx.say("没有找到需要您补正的备案。发“进度”可以查看。")


def _mend_newest(ctx: Context) -> bool:
    waiting = [
        one
        for one in ctx.ledger.filings.mine(ctx.person.id)
        if one.owner_id == ctx.person.id and mending.waits_for_school(ctx, one)
    ]
    if waiting:
        go_on(mending.open_again(ctx, waiting[-1]))
    return bool(waiting)


@router.word("hand", r"交回", roles=SCHOOL)
def hand_back(ctx: Context, _match: re.Match[str]) -> None:
    """Hand the mended filing back."""
    filling = _open(ctx)
    if filling.draft.filing_id is None:
        raise BadAnswerError("这份备案还没有提交过，填好后点“确认，请校长签署”。")
    mending.hand_back(filling)


@router.word("back", r"上一步|返回上一步|上一项", roles=SCHOOL)
def step_back(ctx: Context, _match: re.Match[str]) -> None:
    """Go to the question before."""
    if ctx.talk.draft is None and "opening" in ctx.talk.state:
        filing.start(ctx, "")
        return
    filling = _open(ctx)
    if not back(filling):
        repeat(filling, "已经是第一项。类别选错了请发“放弃”，再发“新建备案”。")


@router.word("change", changes.PATTERN, roles=SCHOOL)
def change(ctx: Context, match: re.Match[str]) -> None:
    """Ask one item again, or take its new value where it stands beside."""
    changes.change(_open(ctx), match["what"] or "")


@router.word("save", r"保存|先保存|存一下", roles=SCHOOL)
def save(ctx: Context, _match: re.Match[str]) -> None:
    """Say that everything is saved, and until when; repeat the open question."""
    filling = _open(ctx)
    until = day_text(filling.draft.expires_at.astimezone(ctx.office.zone).date())
    ahead = f"已保存，保留到{until}，随时发“继续”接着填。"
    if filling.cursor in filling.form.by_key:
        repeat(filling, ahead)
    else:
        filling.say(ahead)


@router.word("leave", r"退出|退出填写|不填了|先不填了", roles=SCHOOL)
def leave(ctx: Context, _match: re.Match[str]) -> None:
    """Put the draft aside; nothing of it is lost."""
    ctx.talk.state.pop("opening", None)
    if ctx.talk.draft is None:
        ctx.say("已退出。发“备案”开始，发“继续”接着填未完成的。")
        return
    ctx.talk.draft = None
    ctx.say("已退出填写，内容和材料都已保存。发“继续”接着填。")


@router.word("drop", r"放弃(填写|草稿)?", roles=SCHOOL)
def drop(ctx: Context, _match: re.Match[str]) -> None:
    """Ask once more before the draft is given up."""
    filling = _open(ctx)
    filling.say(drop_card(filling.title, filling.draft.id))


@router.word("missing", r"还差什么|还差哪些|还缺什么|看看还差什么|缺什么", roles=SCHOOL)
def missing(ctx: Context, _match: re.Match[str]) -> None:
    """List what the draft still lacks."""
    say_missing(_open(ctx))


def say_missing(filling: Filling) -> None:
    """Say in one message which items and papers are still missing."""
    open_fields = [
        one.label
        for one in filling.form.relevant(filling)
        if one.key not in filling.answers and not one.optional
    ]
    open_papers = [slot.label for slot in papers.missing(filling)]
    lacking = [*open_fields, *open_papers]
    if not lacking:
        filling.say("内容和材料都齐了。发“继续”核对并提交。")
        return
    last = "直接发文件即可。" if not open_fields else "发“继续”接着填。"
    filling.say(f"还差{len(lacking)}项：{'；'.join(lacking)}。其余已保存。{last}")
