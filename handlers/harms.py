"""A finding and what belongs to it: evidence, the proposal, and answers typed under a card."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from cards.harms import ADVICE
from cards.language import Tap
from handlers import confirming, jobs, naming, review
from handlers.answering import fitting, read_answers
from handlers.context import Context
from handlers.events import SentFile, Uploaded
from handlers.opinion import Opinion, keep, kept, tidy, verdict_of
from handlers.router import DESKS, Router
from storage.rules.criteria import Verdict
from storage.rules.terms import Act, Desk, RuleViolationError, TaskKind

router = Router("harms")

SLOT: Final = "evidence:"
"""So begins the slot of a file that is evidence; the task's id follows."""

MOST_PICTURES: Final = 9
_HOW_MANY: Final = re.compile(r"^[一二两三四五六七](?=项均符合)项")
_LACKING: Final = re.compile(
    r"[^？?]{0,100}(没有?(写|说|提|附|讲|标|列)|未(写明|说明|提供|明确|附)|缺少?|漏了?"
    r"|不够(具体|详细|清楚)|不(完整|清楚)|(请|需|要|应)补充)[^？?]{0,200}(?<![吗呢])"
)
_NOTHING_MORE: Final = re.compile(r"(跳过|好了|没有了?|发完了?|就这些)[。.]?")


# --- what follows from a finding -----------------------------------------------------------------


@router.tap("harms.advise", roles=DESKS)
def advise(ctx: Context, tap: Tap) -> None:
    """Take what is to follow from a finding, and show what would be recorded."""
    task_id, _, advice = tap.subject.partition(":")
    task, filing = review.open_task(ctx, task_id, tap.seen)
    opinion = kept(ctx, task.id)
    verdict = verdict_of(task, opinion.verdict)
    if not confirming.wants_evidence(task, verdict) or not opinion.said:
        raise RuleViolationError(review.CHANGED)
    if advice not in dict(ADVICE) or (advice == "stop" and task.desk is not Desk.LEGAL):
        raise RuleViolationError("这张卡片没有这个选项，请发“待办”查看最新的一张。")
    if advice == "return":
        verdict = next(one for one in naming.verdicts_of(task) if one.act is Act.RETURN)
        opinion = Opinion(task.id, task.version, verdict.key, said=opinion.said)
    else:
        opinion = replace(opinion, advice=advice)
    keep(ctx, opinion)
    review.go_on(ctx, task, filing, verdict, opinion)


@router.reply("harms.place", roles=DESKS)
def hear_place(ctx: Context, tap: Tap, text: str) -> None:
    """Take a number or the words of a button as that button, anything else as the place."""
    task, filing = review.open_task(ctx, tap.subject, tap.seen)
    offered = [(key, words) for key, words in ADVICE if key != "stop" or task.desk is Desk.LEGAL]
    for at, (key, words) in enumerate(offered, start=1):
        if text.strip() in (str(at), words):
            advise(ctx, Tap("harms.advise", f"{task.id}:{key}", tap.seen))
            return
    opinion = kept(ctx, task.id)
    verdict = verdict_of(task, opinion.verdict)
    if not _NOTHING_MORE.fullmatch(text.strip()) and opinion.said:
        last = opinion.said[-1]
        words = f"{last.text}；位置：{tidy(text)}"
        if len(words) > review.MOST_CHARS:
            raise RuleViolationError(
                f"说明最多{review.MOST_CHARS}字，请缩短后再发，或从卡片上选择下一步。"
            )
        opinion = replace(opinion, said=(*opinion.said[:-1], last._replace(text=words)))
        keep(ctx, opinion)
    review.go_on(ctx, task, filing, verdict, opinion)


@router.tap("harms.usual", roles=DESKS)
def add_usual(ctx: Context, tap: Tap) -> None:
    """Add the usual words for where money comes from to what the school is asked (E.4)."""
    task, filing = review.open_task(ctx, tap.subject, tap.seen)
    opinion = kept(ctx, task.id)
    verdict = verdict_of(task, opinion.verdict)
    if not opinion.said or task.desk is not Desk.FINANCE or verdict.act is not Act.RETURN:
        raise RuleViolationError(review.CHANGED)
    last = opinion.said[-1]
    if confirming.USUAL_SOURCES not in last.text:
        words = f"{last.text}（常用说法：{confirming.USUAL_SOURCES}）"
        opinion = replace(opinion, said=(*opinion.said[:-1], last._replace(text=words)))
        keep(ctx, opinion)
    review.go_on(ctx, task, filing, verdict, opinion)


# --- evidence ------------------------------------------------------------------------------------


def awaits(ctx: Context) -> str:
    """Return the task that this conversation is giving evidence for; empty where it is not."""
    state = ctx.talk.state.get("opinion")
    if not state or not state["said"]:
        return ""
    task = ctx.ledger.tasks.get(state["task"])
    if task is None or ctx.person.at_desk(task.tenant, task.desk, ctx.today) is None:
        return ""
    verdict = verdict_of(task, state["verdict"])
    return task.id if confirming.wants_evidence(task, verdict) else ""


def fetch(ctx: Context, event: SentFile, task_id: str) -> None:
    """Have a picture fetched that was sent as evidence."""
    jobs.fetch(ctx, event, slot=SLOT + task_id)


def arrived(ctx: Context, event: Uploaded) -> None:
    """Attach a fetched picture to its task, where it is still this person's to add to."""
    task = ctx.ledger.tasks.known(event.slot.removeprefix(SLOT))
    filing = ctx.ledger.filings.held(task.filing_id)
    stored = ctx.ledger.evidence.of_task(task)
    if len(stored) >= MOST_PICTURES:
        ctx.say(f"{filing.case_no} 的截图已有{len(stored)}张，没有再保存。")
        return
    is_new = ctx.ledger.evidence.keep(
        task, filing, name=event.name or "截图", digest=event.digest, size=event.size,
        media_type=event.media_type, by=ctx.person, now=ctx.now,
    )  # fmt: skip
    count = len(stored) + is_new
    what = "已收到截图" if is_new else "这张截图已经收到"
    ctx.say(f"{filing.case_no} {what}，共{count}张。可以继续发，或从卡片上选择下一步。")


# --- typed under a task's card -------------------------------------------------------------------


@router.under("review.choose", roles=DESKS)
@router.under("reuse.take", roles=DESKS)
def hear(ctx: Context, tap: Tap, text: str) -> bool:
    """Hear a verdict with its words, or answers criterion by criterion: 1 首页有整本教辅扫描."""
    task = ctx.ledger.tasks.get(tap.subject.partition(":")[0])
    if task is None:
        return False
    filing = ctx.ledger.filings.known(task.filing_id)
    verdicts = naming.verdicts_of(task)
    if (named := _named(text, verdicts) or _lacking(text, verdicts)) is not None:
        task, filing = review.open_task(ctx, task.id, tap.seen)
        review.begin(ctx, task, filing, *named)
        return True
    listed = naming.criteria_of(filing, task)
    if task.kind is not TaskKind.CO_REVIEW or task.desk not in confirming.EVIDENCED:
        return False
    found = read_answers(text, listed)
    verdict = fitting(found.answers, listed, verdicts) if found else None
    if found is None or verdict is None:
        return False
    task, filing = review.open_task(ctx, task.id, tap.seen)
    opinion = Opinion(
        task.id, task.version, verdict.key, criteria=found.open, said=found.said,
        answers={} if verdict.act is Act.RETURN else found.answers,
    )  # fmt: skip
    keep(ctx, opinion)
    review.go_on(ctx, task, filing, verdict, opinion)
    return True


def _named(text: str, verdicts: tuple[Verdict, ...]) -> tuple[Verdict, str] | None:
    """Return the verdict that a text begins with, and the words behind it."""
    called = {one.label: one for one in verdicts}
    for one in verdicts:
        if one.act is Act.RETURN:
            called.setdefault("退回", one)
        if one.act is Act.APPROVE:
            called.setdefault("同意", one)
            called.setdefault("均符合", one)
    text = _HOW_MANY.sub("", text)
    for name in sorted(called, key=len, reverse=True):
        if text == name or re.match(rf"{re.escape(name)}[\s、,，;；:：。]", text):
            return called[name], tidy(text[len(name) :])
    return None


def _lacking(text: str, verdicts: tuple[Verdict, ...]) -> tuple[Verdict, str] | None:
    """Hear 方案没写实训基地怎么用: what is to be mended, without the word for it."""
    if _LACKING.fullmatch(text) is None:
        return None
    return next(((one, tidy(text)) for one in verdicts if one.act is Act.RETURN), None)
