"""What a desk does with its task: choose a verdict, say why where that is needed, confirm, done.

Nothing is recorded before the second tap. What was chosen so far waits in the conversation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from cards.case import done_card
from cards.language import Card, Tap
from cards.review import criteria_card
from handlers import confirming, naming, outcome, showing
from handlers.context import Context
from handlers.events import Tapped
from handlers.opinion import (
    Opinion,
    Said,
    asks_criteria,
    concerned_by,
    keep,
    kept,
    numbered,
    read_said,
    verdict_of,
)
from handlers.router import DESKS, Router
from handlers.wording import labels
from storage.cases import Filing, StaleError, Task
from storage.rules.criteria import Criterion, Verdict, blocking_findings
from storage.rules.terms import (
    Act,
    NotAllowedError,
    RuleViolationError,
    Stage,
    TaskKind,
    TaskState,
)
from storage.tasks import AGAINST

router = Router("review")

MOST_CHARS: Final = 300
CHANGED: Final = "您之后又改过意见，请从最新的一张卡片上确认。发“待办”可以重新选。"


def open_task(ctx: Context, task_id: str, seen: int) -> tuple[Task, Filing]:
    """Return a task that is still to be done by this person, as it was seen.

    Raises:
        StaleError: says what has happened.
        NotAllowedError: not this person's desk.
    """
    task = ctx.ledger.tasks.known(task_id)
    filing = ctx.ledger.filings.known(task.filing_id)
    if ctx.person.at_desk(task.tenant, task.desk, ctx.today) is None:
        raise NotAllowedError(f"本件由{task.desk.label}的审核人办理，您目前没有这项权限。")
    if task.state is not TaskState.OPEN or task.version != seen:
        raise StaleError(ctx.ledger.tasks.what_happened(task, ctx.person), task.id)
    if task.kind is TaskKind.DECISION and filing.stage is not Stage.AWAITING_DECISION:
        # Of several leads (M11) one has returned it; the card of the other holds on until then.
        back = filing.stage is Stage.RETURNED
        why = "已由另一牵头部门退回学校补正，交回" if back else "正在重新会审，意见齐"
        raise NotAllowedError(f"{filing.case_no} {why}后请再从这张卡片审批。")
    return task, filing


def redraw_stale(ctx: Context, stale: StaleError) -> None:
    """Redraw the tapped card of what is over; the refusal itself is said after it.

    The redrawn copy stands for no subject: a newer copy of the same one may be live.
    """
    if not isinstance(ctx.event, Tapped):
        return
    if stale.task_id:
        task = ctx.ledger.tasks.known(stale.task_id)
        card = over_card(ctx, ctx.ledger.filings.known(task.filing_id), task)
        ctx.redraw(replace(card, subject=""))
    elif stale.filing_id:
        filing = ctx.ledger.filings.known(stale.filing_id)
        ctx.redraw(done_card(showing.view_of(ctx, filing), filing.title, "情况已有变化", ""))


def over_card(ctx: Context, filing: Filing, task: Task) -> Card:
    """Draw a task that is not to be acted on any more, whoever ended it."""
    decision = ctx.ledger.tasks.decision(task)
    if ctx.ledger.tasks.was_undone(task):
        done = "已撤销"
    elif decision is not None:
        signer = ctx.ledger.tasks.signer(decision)
        who = f" · {signer}" if signer else ""
        done = f"{decision.act.label}{who} · {ctx.local_time(decision.at)}"
        if decision.act is Act.OPINE:
            done = f"已给意见{who} · {ctx.local_time(decision.at)}"
    elif task.state is TaskState.RETURNED:
        done = "已退回补正"
    elif task.state is TaskState.OPEN:
        done = "已有更新，请看新卡片"
    else:
        done = "已失效"
    view = showing.view_of(ctx, filing)
    return done_card(
        view, f"{filing.title}｜{naming.heading_of(filing, task)}", done, f"task:{task.id}"
    )


# --- choosing ------------------------------------------------------------------------------------


@router.tap("review.choose", roles=DESKS)
def choose(ctx: Context, tap: Tap) -> None:
    """Take the verdict; ask what it is about and why, where that is needed."""
    task_id, _, key = tap.subject.partition(":")
    task, filing = open_task(ctx, task_id, tap.seen)
    begin(ctx, task, filing, verdict_of(task, key), "")


def begin(ctx: Context, task: Task, filing: Filing, verdict: Verdict, words: str) -> None:
    """Begin an opinion, with the words that came along where it was typed.

    Behind the numbers or names of criteria each sentence is about those.
    """
    opinion = Opinion(task.id, task.version, verdict.key)
    listed = concerned_by(verdict, filing, task)
    may_name = asks_criteria(verdict, listed)
    if words and not (may_name and read_said(words, listed)):
        keep(ctx, opinion)
        if _too_long(ctx, task, words):
            return
        opinion = opinion.with_words((), words, adds=True)
        keep(ctx, opinion)
        go_on(ctx, task, filing, verdict, opinion)
        return
    keep(ctx, opinion)
    if words:
        _take_said(ctx, task, filing, opinion, read_said(words, listed))
    elif may_name:
        ctx.redraw(
            criteria_card(
                showing.view_of(ctx, filing), task_id=task.id, seen=task.version, verdict=verdict,
                criteria=listed,
            )
        )  # fmt: skip
        ctx.expect("review.criteria", task.id, task.version, _which(listed))
    else:
        go_on(ctx, task, filing, verdict, opinion)


def _needs_words(verdict: Verdict, opinion: Opinion) -> bool:
    """Tell whether something has to be said: for a verdict, or for items that are not approved."""
    return verdict.needs_words or opinion.items is not None


def go_on(ctx: Context, task: Task, filing: Filing, verdict: Verdict, opinion: Opinion) -> None:
    """Ask for what is still wanted, or show what would be recorded."""
    if opinion.criteria or (_needs_words(verdict, opinion) and not opinion.said):
        _ask_words(ctx, task, filing, opinion)
        return
    if confirming.wants_evidence(task, verdict) and not opinion.advice:
        ctx.expect("harms.place", task.id, task.version, "请从上面的卡片选择下一步。")
    ctx.redraw(confirming.next_card(ctx, task, filing, verdict, opinion))


@router.tap("review.criteria", roles=DESKS)
def take_criteria(ctx: Context, tap: Tap) -> None:
    """Keep which criteria it is about, then ask for the words."""
    task, filing = open_task(ctx, tap.subject, tap.seen)
    opinion = kept(ctx, task.id)
    verdict = verdict_of(task, opinion.verdict)
    listed = concerned_by(verdict, filing, task)
    if not asks_criteria(verdict, listed):
        raise RuleViolationError(CHANGED)
    known = {one.key for one in listed}
    chosen = tuple(key for key in (tap.choices or {}).get("criteria", ()) if key in known)
    if not chosen:
        raise RuleViolationError("请至少选一项。")
    opinion = replace(opinion, criteria=chosen, said=())
    keep(ctx, opinion)
    _ask_words(ctx, task, filing, opinion)


@router.reply("review.criteria", roles=DESKS)
def hear_criteria(ctx: Context, tap: Tap, text: str) -> None:
    """Read the criteria by number or name, each with the words where they stand beside it."""
    task, filing = open_task(ctx, tap.subject, tap.seen)
    opinion = kept(ctx, task.id)
    listed = concerned_by(verdict_of(task, opinion.verdict), filing, task)
    found = read_said(text, listed)
    if not found:
        ctx.ask("review.criteria", task.id, task.version, _which(listed))
        return
    _take_said(ctx, task, filing, replace(opinion, criteria=(), said=()), found)


def _take_said(
    ctx: Context, task: Task, filing: Filing, opinion: Opinion, found: Sequence[Said]
) -> None:
    """Keep sentences with their criteria; those that came without words are asked for."""
    bare = [key for one in found if not one.text for key in one.keys]
    opinion = replace(opinion, criteria=tuple(dict.fromkeys([*opinion.criteria, *bare])))
    for one in found:
        if _too_long(ctx, task, one.text):
            return
        if one.text:
            opinion = opinion.with_words(one.keys, one.text, adds=True)
    keep(ctx, opinion)
    go_on(ctx, task, filing, verdict_of(task, opinion.verdict), opinion)


def _too_long(ctx: Context, task: Task, text: str) -> bool:
    """Ask again for words that are too many; nothing is ever cut."""
    if len(text) <= MOST_CHARS:
        return False
    ctx.ask(
        "review.words", task.id, task.version,
        f"这段话有{len(text)}字，意见最多{MOST_CHARS}字。请缩短后再发一次。",
    )  # fmt: skip
    return True


def _which(listed: Sequence[Criterion]) -> str:
    return f"请发涉及项的序号，可以多个，后面可各写一句说明：{numbered(listed)}。"


def _ask_words(ctx: Context, task: Task, filing: Filing, opinion: Opinion) -> None:
    verdict = verdict_of(task, opinion.verdict)
    tells = verdict.act in (Act.RETURN, Act.REJECT, Act.APPROVE)
    sees = "学校会看到" if tells else "会记入意见"
    about = labels(naming.criteria_of(filing, task), opinion.criteria)
    if opinion.said and opinion.criteria:
        question = f"还有{about}：请写一句具体说明，{sees}。"
    else:
        what = "未同意的项" if opinion.items is not None else verdict.label
        question = f"{what}：请写一句具体说明，{sees}。"
    if len(opinion.criteria) > 1:
        listed = concerned_by(verdict, filing, task)
        question += (
            f"可以按序号各写一句：{numbered(listed, opinion.criteria)}；只写一句则几项共用。"
        )
    ctx.ask("review.words", task.id, task.version, question)


@router.tap("review.words", roles=DESKS)
def ask_more(ctx: Context, tap: Tap) -> None:
    """Ask for words, or for one point more."""
    task, filing = open_task(ctx, tap.subject, tap.seen)
    _ask_words(ctx, task, filing, kept(ctx, task.id))


@router.reply("review.words", roles=DESKS)
def hear_words(ctx: Context, tap: Tap, text: str) -> None:
    """Keep the words, or each sentence with the criterion it names, and go on."""
    task, filing = open_task(ctx, tap.subject, tap.seen)
    opinion = kept(ctx, task.id)
    verdict = verdict_of(task, opinion.verdict)
    listed = concerned_by(verdict, filing, task)
    wanting = opinion.criteria
    may_name = asks_criteria(verdict, listed) and (len(wanting) > 1 or opinion.said)
    named = read_said(text, listed) if may_name else []
    if named and {key for one in named for key in one.keys} <= {*wanting, *_free(opinion, listed)}:
        _take_said(ctx, task, filing, opinion, named)
        return
    if _too_long(ctx, task, text):
        return
    opinion = opinion.with_words(wanting, text.strip(), adds=verdict.act is Act.RETURN)
    keep(ctx, opinion)
    go_on(ctx, task, filing, verdict, opinion)


def _free(opinion: Opinion, listed: Sequence[Criterion]) -> set[str]:
    """Return the criteria that one point more may name: those that have none yet."""
    return {one.key for one in listed} - set(opinion.concerned) if opinion.said else set()


@router.tap("review.again", roles=DESKS)
def start_over(ctx: Context, tap: Tap) -> None:
    """Forget what was chosen and show the task's card again."""
    task, filing = open_task(ctx, tap.subject, tap.seen)
    ctx.talk.state.pop("opinion", None)
    ctx.redraw(showing.card_of(ctx, filing, task, ctx.person))


# --- recording -----------------------------------------------------------------------------------


@router.tap("review.confirm", roles=DESKS)
def confirm(ctx: Context, tap: Tap) -> None:
    """Record what was chosen, once, and tell whoever is next.

    Source: 三（二）; each decision cites the clause of its desk's seat.
    """
    task_id, _, mark = tap.subject.partition(":")
    task, filing = open_task(ctx, task_id, tap.seen)
    opinion = kept(ctx, task.id)
    verdict = verdict_of(task, opinion.verdict)
    if opinion.criteria or (_needs_words(verdict, opinion) and not opinion.said):
        _ask_words(ctx, task, filing, opinion)
        return
    if mark != opinion.mark:
        raise RuleViolationError(CHANGED)
    taken_over = confirming.source_text(ctx, task, filing, opinion)
    if opinion.source and not taken_over:
        raise RuleViolationError("之前的审查意见已不能沿用，请发“待办”从最新的一张卡片审查。")
    listed = naming.criteria_of(filing, task)
    answers = confirming.answers_of(filing, task, verdict, opinion)
    points = [confirming.point_of(listed, one.keys, one.text) for one in opinion.said]
    task = ctx.ledger.tasks.record(
        task.id, verdict.act, by=ctx.person, seen=opinion.seen, now=ctx.now,
        verdict=_weight(verdict, opinion, answers, listed),
        findings=_findings(filing, task, verdict, answers, opinion),
        reason=taken_over or _reason(points), points=points if verdict.act is Act.RETURN else (),
    )  # fmt: skip
    ctx.talk.state.pop("opinion", None)
    if opinion.advice == "stop" and verdict.blocks:
        outcome.propose_stop(ctx, task, filing, _reason(points))
    others = outcome.approve_beside(ctx, task, filing, verdict) if opinion.whole else []
    outcome.tell(ctx, task, ctx.ledger.filings.known(filing.id), verdict, others)


def _findings(
    filing: Filing, task: Task, verdict: Verdict, answers: Mapping[str, str], opinion: Opinion
) -> Mapping[str, Any]:
    about = dict.fromkeys(key for one in opinion.said for key in one.keys)
    return {
        "verdict": verdict.key,
        "answers": dict(answers),
        "criteria": list(about),
        **({"said": [[list(keys), text] for keys, text in opinion.said]} if about else {}),
        **({"advice": opinion.advice} if opinion.advice else {}),
        **({"source": opinion.source} if opinion.source else {}),
        **({"items": given} if (given := confirming.items_given(filing, task, opinion)) else {}),
    }


def _reason(points: Sequence[Mapping[str, str]]) -> str:
    """Return why in one text; of several points each behind its criteria."""
    if len(points) == 1:
        return points[0]["text"]
    return "；".join(naming.point_text(point) for point in points)


def _weight(
    verdict: Verdict, opinion: Opinion, answers: Mapping[str, str], listed: Sequence[Criterion]
) -> str:
    """Return how an opinion weighs: what was found criterion by criterion bars the approval, and
    so does a finding that names none.

    Source: 三（二）2, 三（二）3; requirements A.4.
    """
    found = blocking_findings(tuple(listed), answers)
    unnamed = verdict.blocks and not opinion.concerned and not opinion.answers
    if found or unnamed or verdict.act in (Act.REJECT, Act.RETURN):
        return AGAINST
    return "advice" if verdict.needs_words or verdict.key == "no_opinion" else "for"


# --- phone ---------------------------------------------------------------------------------------


@router.tap("review.phone", roles=DESKS)
def reveal_phone(ctx: Context, tap: Tap) -> None:
    """Show the owner's full number to the desk that has the task, and leave a trace of it (R93)."""
    task, filing = open_task(ctx, tap.subject, tap.seen)
    number = ctx.ledger.drafts.unseal(str(filing.answers["phone"]))
    ctx.ledger.journal.begin(
        tenant=task.tenant, at=ctx.now, act="reveal_phone", subject=filing.id,
        person_id=ctx.person.id, role="reviewer", clause="附件", rule_version=filing.rule_version,
    )  # fmt: skip
    owner = filing.answers.get("owner")
    name = owner.get("name", "") if isinstance(owner, Mapping) else ""
    ctx.say_secret(f"{filing.case_no} 项目负责人{name}：{number}。本次查看已留存记录。")
