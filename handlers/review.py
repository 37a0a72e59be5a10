"""What a desk does with its task: choose a verdict, say why where that is needed, confirm, done.

Nothing is recorded before the second tap. What was chosen so far waits in the conversation.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

from cards.case import done_card
from cards.language import Card, Tap
from cards.review import confirm_card, criteria_card
from handlers import outcome, showing
from handlers.context import Context
from handlers.events import Tapped
from handlers.router import DESKS, Router
from handlers.showing import labels
from storage.cases import Filing, StaleError, Task
from storage.rules.criteria import Criterion, Verdict, blocking_findings, settled_answers
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


@dataclass(frozen=True, slots=True)
class Opinion:
    """What somebody is about to record on one task."""

    task: str
    seen: int
    verdict: str
    criteria: tuple[str, ...] = ()
    words: str = ""
    points: tuple[Mapping[str, str], ...] = field(default_factory=tuple)

    @property
    def mark(self) -> str:
        """Return what the look before it counts is told apart by."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:8]


def _keep(ctx: Context, opinion: Opinion) -> None:
    ctx.talk.state["opinion"] = {**asdict(opinion), "criteria": list(opinion.criteria),
                                 "points": list(opinion.points)}  # fmt: skip


def _kept(ctx: Context, task_id: str) -> Opinion:
    state: dict[str, Any] = ctx.talk.state.get("opinion", {})
    if state.get("task") != task_id:
        raise RuleViolationError("请从最新的一张卡片上重新选择意见。发“待办”可以找到它。")
    return Opinion(state["task"], state["seen"], state["verdict"], tuple(state["criteria"]),
                   state["words"], tuple(state["points"]))  # fmt: skip


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
        raise StaleError(ctx.ledger.tasks.what_happened(task), task.id)
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
    if decision is not None:
        person = ctx.ledger.people.get(decision.person_id) if decision.person_id else None
        who = f" · {person.name}" if person else ""
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
        view, f"{filing.title}｜{showing.heading_of(filing, task)}", done, f"task:{task.id}"
    )


def verdict_of(task: Task, key: str) -> Verdict:
    """Return one of the verdicts this desk may give.

    Raises:
        RuleViolationError: it may not give this one.
    """
    found = next((one for one in showing.verdicts_of(task) if one.key == key), None)
    if found is None:
        raise RuleViolationError("这张卡片没有这个选项，请发“待办”查看最新的一张。")
    return found


# --- choosing ------------------------------------------------------------------------------------


@router.tap("review.choose", roles=DESKS)
def choose(ctx: Context, tap: Tap) -> None:
    """Take the verdict; ask what it is about and why, where that is needed."""
    task_id, _, key = tap.subject.partition(":")
    task, filing = open_task(ctx, task_id, tap.seen)
    begin(ctx, task, filing, verdict_of(task, key), "")


def begin(ctx: Context, task: Task, filing: Filing, verdict: Verdict, words: str) -> None:
    """Begin an opinion, with the words that came along where it was typed."""
    opinion = Opinion(task.id, task.version, verdict.key, words=words[:MOST_CHARS])
    _keep(ctx, opinion)
    listed = _concerned(verdict, showing.criteria_of(filing, task))
    if _asks_criteria(verdict, listed) and not words:
        ctx.redraw(
            criteria_card(
                showing.view_of(ctx, filing), task_id=task.id, seen=task.version, verdict=verdict,
                criteria=listed,
            )
        )  # fmt: skip
        ctx.expect("review.criteria", task.id, task.version, _which(listed))
    elif verdict.needs_words and not words:
        _ask_words(ctx, task, verdict)
    else:
        _show(ctx, task, filing, verdict, opinion)


def _concerned(verdict: Verdict, listed: Sequence[Criterion]) -> tuple[Criterion, ...]:
    """Return the criteria that a verdict may be about: a finding that bars the approval only
    those that can."""
    if not verdict.blocks:
        return tuple(listed)
    return tuple(one for one in listed if any(answer.blocks for answer in one.answers))


def _asks_criteria(verdict: Verdict, listed: Sequence[Criterion]) -> bool:
    return len(listed) > 1 and (verdict.act in (Act.RETURN, Act.REJECT) or verdict.blocks)


@router.tap("review.criteria", roles=DESKS)
def take_criteria(ctx: Context, tap: Tap) -> None:
    """Keep which criteria it is about, then ask for the words."""
    task, filing = open_task(ctx, tap.subject, tap.seen)
    opinion = _kept(ctx, task.id)
    verdict = verdict_of(task, opinion.verdict)
    listed = _concerned(verdict, showing.criteria_of(filing, task))
    if not _asks_criteria(verdict, listed):
        raise RuleViolationError(CHANGED)
    known = {one.key for one in listed}
    chosen = tuple(key for key in (tap.choices or {}).get("criteria", ()) if key in known)
    if not chosen:
        raise RuleViolationError("请至少选一项。")
    _keep(ctx, replace(opinion, criteria=chosen))
    _ask_words(ctx, task, verdict)


@router.reply("review.criteria", roles=DESKS)
def hear_criteria(ctx: Context, tap: Tap, text: str) -> None:
    """Read the criteria by number or name, and the words where they stand beside them."""
    task, filing = open_task(ctx, tap.subject, tap.seen)
    opinion = _kept(ctx, task.id)
    verdict = verdict_of(task, opinion.verdict)
    listed = _concerned(verdict, showing.criteria_of(filing, task))
    keys, words = named_in(text, listed)
    if not keys:
        ctx.ask("review.criteria", task.id, task.version, _which(listed))
        return
    _keep(ctx, replace(opinion, criteria=keys))
    if words:
        hear_words(ctx, tap, words)
    else:
        _ask_words(ctx, task, verdict)


def _which(listed: Sequence[Criterion]) -> str:
    rows = " ".join(f"{at} {one.label}" for at, one in enumerate(listed, start=1))
    return f"请发涉及项的序号，可以多个，后面可写一句说明：{rows}。"


def named_in(text: str, listed: Sequence[Criterion]) -> tuple[tuple[str, ...], str]:
    """Return the criteria that a text begins with, by number or name, and the words after them.

    ``2 已有两款同类应用`` names the second; ``240台太多`` names none.
    """
    numbers = {str(at): one.key for at, one in enumerate(listed, start=1)}
    names = {one.label: one.key for one in listed}
    either = "|".join(re.escape(word) for word in sorted({*numbers, *names}, key=len, reverse=True))
    one = rf"(?:{either})(?![0-9])"
    head = re.match(rf"\s*{one}(?:[\s、,，;；和及]*{one})*(?=$|[\s、,，;；:：。.])", text)
    if head is None:
        return (), text
    found = {numbers.get(word) or names[word] for word in re.findall(either, head[0])}
    keys = tuple(item.key for item in listed if item.key in found)
    return keys, text[head.end() :].strip(" \n\t、,，;；:：。.")


def _ask_words(ctx: Context, task: Task, verdict: Verdict) -> None:
    tells = verdict.act in (Act.RETURN, Act.REJECT, Act.APPROVE)
    sees = "学校会看到" if tells else "会记入意见"
    ctx.ask("review.words", task.id, task.version, f"{verdict.label}：请写一句具体说明，{sees}。")


@router.tap("review.words", roles=DESKS)
def ask_more(ctx: Context, tap: Tap) -> None:
    """Ask for words, or for one point more."""
    task, _ = open_task(ctx, tap.subject, tap.seen)
    _ask_words(ctx, task, verdict_of(task, _kept(ctx, task.id).verdict))


@router.reply("review.words", roles=DESKS)
def hear_words(ctx: Context, tap: Tap, text: str) -> None:
    """Keep the words and show what would be recorded."""
    task, filing = open_task(ctx, tap.subject, tap.seen)
    opinion = _kept(ctx, task.id)
    verdict = verdict_of(task, opinion.verdict)
    if len(text) > MOST_CHARS:
        ctx.ask(
            "review.words", task.id, task.version,
            f"这段话有{len(text)}字，意见最多{MOST_CHARS}字。请缩短后再发一次。",
        )  # fmt: skip
        return
    words = text.strip()
    if verdict.act is Act.RETURN and opinion.words:
        about = labels(showing.criteria_of(filing, task), opinion.criteria)
        points = (*opinion.points, {"criterion": about, "text": opinion.words})
        opinion = replace(opinion, points=points, criteria=())
    opinion = replace(opinion, words=words)
    _keep(ctx, opinion)
    ctx.say(_confirm(ctx, task, filing, verdict, opinion))


@router.tap("review.again", roles=DESKS)
def start_over(ctx: Context, tap: Tap) -> None:
    """Forget what was chosen and show the task's card again."""
    task, filing = open_task(ctx, tap.subject, tap.seen)
    ctx.talk.state.pop("opinion", None)
    ctx.redraw(showing.card_of(ctx, filing, task, ctx.person))


def _show(ctx: Context, task: Task, filing: Filing, verdict: Verdict, opinion: Opinion) -> None:
    ctx.redraw(_confirm(ctx, task, filing, verdict, opinion))


def _confirm(ctx: Context, task: Task, filing: Filing, verdict: Verdict, opinion: Opinion) -> Card:
    listed = showing.criteria_of(filing, task)
    lines = [f"意见：{verdict.label}"]
    if opinion.criteria:
        lines.append(f"涉及：{labels(listed, opinion.criteria)}")
    lines += [f"已有：{showing.point_text(point)}" for point in opinion.points]
    if opinion.words:
        lines.append(f"说明：{opinion.words}")
    if verdict.act is Act.REJECT:
        days = filing.office.appeal_days
        appeal = f"可在{days}个工作日内申请复核"
        if ctx.ledger.appeals.heard(filing, task) is not None:
            appeal = "复核决定为最终决定"
        lines.append(f"学校会看到以上理由，{appeal}。")
    back = verdict.act is Act.RETURN
    return confirm_card(
        showing.view_of(ctx, filing), task_id=task.id, seen=task.version, mark=opinion.mark,
        says="\n".join(lines),
        signer=ctx.person.name, send="发出" if back or verdict.act is Act.REJECT else "确认",
        more="再加一条" if back else "附意见" if task.kind is TaskKind.DECISION else "补一句意见",
    )  # fmt: skip


# --- recording -----------------------------------------------------------------------------------


@router.tap("review.confirm", roles=DESKS)
def confirm(ctx: Context, tap: Tap) -> None:
    """Record what was chosen, once, and tell whoever is next.

    Source: 三（二）; each decision cites the clause of its desk's seat.
    """
    task_id, _, mark = tap.subject.partition(":")
    task, filing = open_task(ctx, task_id, tap.seen)
    opinion = _kept(ctx, task.id)
    verdict = verdict_of(task, opinion.verdict)
    if verdict.needs_words and not opinion.words:
        _ask_words(ctx, task, verdict)
        return
    if mark != opinion.mark:
        raise RuleViolationError(CHANGED)
    listed = showing.criteria_of(filing, task)
    answers = _answers(verdict, opinion, listed)
    points = (
        *opinion.points,
        {"criterion": labels(listed, opinion.criteria), "text": opinion.words},
    )
    task = ctx.ledger.tasks.record(
        task.id, verdict.act, by=ctx.person, seen=opinion.seen, now=ctx.now,
        verdict=_weight(verdict, answers, listed),
        findings={"verdict": verdict.key, "answers": answers, "criteria": list(opinion.criteria)},
        reason=opinion.words, points=points if verdict.act is Act.RETURN else (),
    )  # fmt: skip
    ctx.talk.state.pop("opinion", None)
    outcome.tell(ctx, task, ctx.ledger.filings.known(filing.id), verdict)


def _answers(verdict: Verdict, opinion: Opinion, listed: Sequence[Criterion]) -> dict[str, str]:
    """Return criterion → answer: what one tap settles, and what was named as found."""
    answers = settled_answers(verdict, tuple(listed))
    concerned = _concerned(verdict, listed)
    for one in concerned:
        if one.key in opinion.criteria or (verdict.blocks and len(concerned) == 1):
            worst = next((a for a in one.answers if a.blocks), None) or one.answers[1]
            answers[one.key] = worst.key
        elif verdict.blocks:
            answers[one.key] = one.answers[0].key
    return answers


def _weight(verdict: Verdict, answers: Mapping[str, str], listed: Sequence[Criterion]) -> str:
    if verdict.blocks or verdict.act in (Act.REJECT, Act.RETURN):
        return AGAINST
    if blocking_findings(tuple(listed), answers):
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
