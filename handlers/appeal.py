"""复核: the principal asks once, within the limit, that somebody else looks at a rejection."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import Any, Final

from cards.appeal import appeal_card
from cards.case import done_card
from cards.language import Tap
from handlers import desks, history, naming, review, showing
from handlers.context import Context
from handlers.router import MAYBE_CASE, SCHOOL, Router
from handlers.wording import is_standing_rejection
from storage.cases import Filing, Task
from storage.rules.terms import NotAllowedError, RuleViolationError, Stage

router = Router("appeal")

MOST_CHARS: Final = 300
UNKNOWN: Final = "没有找到这件备案，请核对办件号。发“进度”可以列出您的备案。"
CHANGED: Final = "理由之后又改过，请从最新的一张卡片上提交。"


@router.word("appeal", rf"申请复核\s*{MAYBE_CASE}\s*(?P<words>[\s\S]*)", roles=SCHOOL)
def typed(ctx: Context, match: re.Match[str]) -> None:
    """Begin an appeal by typed words, with the reason where it stands beside them."""
    filing = _named(ctx, match["case"]) if match["case"] else _only(ctx)
    _may_ask(ctx, filing)
    if words := match["words"].strip(" ：:，,。\n"):
        _propose(ctx, filing, words)
    else:
        _ask_reason(ctx, filing)


@router.tap("appeal.ask", roles=SCHOOL)
def ask(ctx: Context, tap: Tap) -> None:
    """Ask for the reason."""
    filing = _own(ctx, ctx.ledger.filings.get(tap.subject))
    _may_ask(ctx, filing)
    _ask_reason(ctx, filing)


@router.reply("appeal.reason", roles=SCHOOL)
def hear_reason(ctx: Context, tap: Tap, text: str) -> None:
    """Keep the reason and show what would be sent."""
    filing = _own(ctx, ctx.ledger.filings.get(tap.subject))
    _may_ask(ctx, filing)
    _propose(ctx, filing, text.strip())


def _named(ctx: Context, case: str) -> Filing:
    return _own(ctx, ctx.ledger.filings.by_case(case))


def _only(ctx: Context) -> Filing:
    """Return the one rejected filing of this person's schools.

    Raises:
        RuleViolationError: there is none, or several to choose from.
    """
    found = [
        one
        for post in ctx.person.schools(ctx.today)
        for one in ctx.ledger.filings.of_school(post.tenant, post.unit_code)
        if one.stage is Stage.REJECTED
    ]
    if len(found) != 1:
        which = "、".join(one.case_no for one in found[-5:])
        raise RuleViolationError(
            f"请写明办件号，例如：申请复核 {found[-1].case_no} 理由。未予通过的有：{which}。"
            if found
            else "没有未予通过的备案，不需要申请复核。发“进度”可以查看。"
        )
    return found[0]


def _own(ctx: Context, filing: Filing | None) -> Filing:
    if filing is None or not ctx.person.works_in(filing.tenant, filing.school, ctx.today):
        raise NotAllowedError(UNKNOWN)
    return filing


def _may_ask(ctx: Context, filing: Filing) -> list[Task]:
    """Return the tasks whose rejection may be appealed against today.

    Raises:
        NotAllowedError: says why not; the taking of it asks all this again.
    """
    if not ctx.person.is_principal_of(filing.tenant, filing.school, ctx.today):
        raise NotAllowedError(
            f"{filing.case_no} 申请复核由本校校长（园长、单位负责人）本人提出。"
            f"请校长发“申请复核 {filing.case_no}”加理由。"
        )
    return [task for task, _ in ctx.ledger.appeals.open(filing, ctx.today)]


def _ask_reason(ctx: Context, filing: Filing) -> None:
    ctx.ask(
        "appeal.reason", filing.id, filing.version,
        f"{filing.case_no}：请写一句申请复核的理由，复核的同志会看到。每件只能申请一次。",
    )  # fmt: skip


def _propose(ctx: Context, filing: Filing, reason: str) -> None:
    if len(reason) > MOST_CHARS:
        ctx.ask(
            "appeal.reason", filing.id, filing.version,
            f"这段话有{len(reason)}字，理由最多{MOST_CHARS}字。请缩短后再发一次。",
        )  # fmt: skip
        return
    ctx.talk.state["appeal"] = {"of": filing.id, "reason": reason}
    card = appeal_card(
        showing.view_of(ctx, filing), desk=_desks(ctx, filing, _may_ask(ctx, filing)),
        reason=reason, mark=_mark(reason),
    )  # fmt: skip
    ctx.say(card)


def _mark(reason: str) -> str:
    return hashlib.sha256(reason.encode()).hexdigest()[:8]


def _desks(ctx: Context, filing: Filing, tasks: list[Task]) -> str:
    names = [naming.desk_name(ctx, filing, task.desk) for task in tasks]
    return "、".join(dict.fromkeys(names))


@router.tap("appeal.send", roles=SCHOOL)
def send(ctx: Context, tap: Tap) -> None:
    """Send the appeal off, once; whoever rejected does not decide again.

    Source: requirements Q34; none in the notice.
    """
    filing_id, _, mark = tap.subject.partition(":")
    filing = _own(ctx, ctx.ledger.filings.get(filing_id))
    tasks = _may_ask(ctx, filing)
    kept: dict[str, Any] = ctx.talk.state.get("appeal", {})
    if kept.get("of") != filing.id or mark != _mark(kept["reason"]):
        raise RuleViolationError(CHANGED)
    before = ctx.ledger.tasks.of(filing)
    filing = ctx.ledger.appeals.take(filing, by=ctx.person, reason=kept["reason"], now=ctx.now)
    ctx.talk.state.pop("appeal")
    subject = f"filing:{filing.id}:appeal"
    done = f"已申请复核 · {ctx.person.name} · {ctx.local_time(ctx.now)}"
    card = done_card(showing.view_of(ctx, filing), f"申请复核“{filing.title[:18]}”", done, subject)
    ctx.redraw(card)
    ctx.refresh(subject, replace(card, page=""))
    names = _desks(ctx, filing, tasks)
    ctx.say_done(f"{filing.case_no} 已申请复核，由{names}未参与审批的同志办理。结果会告诉您。")
    desks.tell_school(
        ctx,
        filing,
        f"{filing.case_no} “{filing.title}”已由{ctx.person.name}申请复核，"
        f"由{names}未参与审批的同志办理。",
        once=f"appealed:{filing.id}:{filing.version}",
        courtesy=True,
    )
    for old in before:
        task = ctx.ledger.tasks.known(old.id)
        if task.state is not old.state:
            over = review.over_card(ctx, filing, task)
            ctx.refresh(f"task:{task.id}", replace(over, page=""))
    desks.tell_desks(ctx, filing)


def lines(ctx: Context, filing: Filing) -> list[str]:
    """Say how a rejection stands: until when it may be appealed against, or that it is final."""
    found = []
    tasks = {task.id: task for task in ctx.ledger.tasks.of(filing)}
    for one in ctx.ledger.tasks.decisions(filing):
        task = tasks[one.task_id]
        if is_standing_rejection(task, one):
            part = naming.part_name(filing, task)
            found.append(f"{part}{history.appeal_text(ctx, filing, task, one)}")
    return found
