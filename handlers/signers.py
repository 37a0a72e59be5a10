"""加签 and 退回审批部门说明: one more department is asked, or the lead is asked back."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from cards.case import done_card
from cards.hands import ask_lead_card, departments_card, signer_card
from cards.language import Tap
from handlers import desks, naming, review, showing
from handlers.context import Context
from handlers.hands import case_of
from handlers.router import CASE, DESKS, Router
from storage.cases import Filing, Task
from storage.rules.terms import Act, Desk, RuleViolationError, Stage, TaskKind, TaskState
from storage.rules.workflow import advance

router = Router("signers")

MOST_CHARS: Final = 200
ALIASES: Final = {
    Desk.LEGAL: ("法规处", "法规科", "法规"),
    Desk.FINANCE: ("计财处", "计财科", "计财"),
    Desk.BASIC: ("基教处", "基教科", "基教"),
    Desk.DIRECT: ("市局直属管理处", "直属管理处", "直属处", "直属"),
    Desk.VOC: ("职教处", "职教科", "职教"),
    Desk.PRE: ("学前指导中心", "学前科", "学前"),
    Desk.RESEARCH: ("教育教学研究院", "教研院", "教研室", "教研"),
    Desk.TECH: ("教育技术中心", "教技中心", "教育技术", "技术"),
    Desk.DISCIPLINE: ("纪检部门", "纪检"),
}
AGAIN: Final = "请从最新的一张卡片上重新办理，或重新发“加签”加办件号。"


# --- 加签 ----------------------------------------------------------------------------------------


@router.tap("signers.begin", roles=DESKS)
def begin(ctx: Context, tap: Tap) -> None:
    """Ask which department is to be asked too."""
    task, filing = review.open_task(ctx, tap.subject, tap.seen)
    listed = _listed(ctx, filing)
    _must_have(filing, listed)
    ctx.redraw(
        departments_card(
            showing.view_of(ctx, filing), task_id=task.id, seen=task.version,
            desks=[(desk.value, name) for desk, name in listed],
        )
    )  # fmt: skip
    ctx.expect("signers.desk", filing.id, filing.version, _which(listed))


@router.tap("signers.desk", roles=DESKS)
def take_desk(ctx: Context, tap: Tap) -> None:
    """Keep which department was chosen, and ask why."""
    _, filing = review.open_task(ctx, tap.subject, tap.seen)
    chosen = next(iter((tap.choices or {}).get("desk", ())), "")
    listed = _listed(ctx, filing)
    found = next((desk for desk, _ in listed if desk.value == chosen), None)
    if found is None:
        raise RuleViolationError("请选一个部门。")
    _take(ctx, filing, found, "")


@router.word("add_signer", rf"加签\s*{CASE}\s*(?P<words>[\s\S]*)", roles=DESKS)
def begin_typed(ctx: Context, match: re.Match[str]) -> None:
    """Begin with the department and the reason that stand beside the case."""
    _hear(ctx, case_of(ctx, match["case"]), match["words"])


@router.reply("signers.desk", roles=DESKS)
def hear_desk(ctx: Context, tap: Tap, text: str) -> None:
    """Read the department by number or name, and the reason where it stands beside it."""
    _hear(ctx, ctx.ledger.filings.known(tap.subject), text)


@router.reply("signers.reason", roles=DESKS)
def hear_reason(ctx: Context, tap: Tap, text: str) -> None:
    """Keep the reason and ask whether the department is waited for."""
    filing_id, _, desk = tap.subject.partition(":")
    _take(ctx, ctx.ledger.filings.known(filing_id), Desk(desk), text)


def _hear(ctx: Context, filing: Filing, words: str) -> None:
    role = ctx.ledger.hands.role_in(filing, ctx.person, ctx.today)
    advance(filing.stage, Act.ADD_SIGNER, role)
    listed = _listed(ctx, filing)
    desk, reason = _named_in(words.strip(), listed)
    if desk is None:
        _must_have(filing, listed)
        ctx.ask("signers.desk", filing.id, filing.version, f"{filing.case_no} {_which(listed)}")
        return
    _take(ctx, filing, desk, reason)


def _take(ctx: Context, filing: Filing, desk: Desk, reason: str) -> None:
    ctx.ledger.hands.must_be_addable(filing, desk)
    name, reason = naming.desk_name(ctx, filing, desk), reason.strip().rstrip("。")
    if not reason or len(reason) > MOST_CHARS:
        long = f"这段话有{len(reason)}字，原因最多{MOST_CHARS}字。请缩短后再发一次。"
        ctx.ask(
            "signers.reason", f"{filing.id}:{desk.value}", filing.version,
            long if reason else f"请写一句请{name}会审的原因，会给该部门看。",
        )  # fmt: skip
        return
    mark = _mark(desk.value, reason)
    ctx.talk.state["adding"] = {"desk": desk.value, "reason": reason, "mark": mark}
    view = showing.view_of(ctx, filing)
    ctx.say(signer_card(view, mark=mark, seen=filing.version, name=name, reason=reason))


@router.tap("signers.wait", roles=DESKS)
def add_awaited(ctx: Context, tap: Tap) -> None:
    """Ask the department, and wait for it."""
    _confirmed(ctx, tap, blocking=True)


@router.tap("signers.advice", roles=DESKS)
def add_advisory(ctx: Context, tap: Tap) -> None:
    """Ask the department for advice only."""
    _confirmed(ctx, tap, blocking=False)


@router.tap("signers.drop", roles=DESKS)
def drop(ctx: Context, tap: Tap) -> None:
    """Ask nobody else."""
    filing = ctx.ledger.filings.known(tap.subject.partition(":")[0])
    ctx.ledger.hands.role_in(filing, ctx.person, ctx.today)
    ctx.talk.state.pop("adding", None)
    ctx.redraw(done_card(showing.view_of(ctx, filing), "加签", "没有加签", ""), alone=True)


def _confirmed(ctx: Context, tap: Tap, *, blocking: bool) -> None:
    filing_id, _, mark = tap.subject.partition(":")
    kept: dict[str, Any] = ctx.talk.state.get("adding", {})
    if not kept or kept["mark"] != mark:
        raise RuleViolationError(AGAIN)
    filing = ctx.ledger.filings.known(filing_id)
    _add(ctx, filing, Desk(kept["desk"]), kept["reason"], tap.seen, blocking=blocking)


def _add(
    ctx: Context, filing: Filing, desk: Desk, reason: str, seen: int, *, blocking: bool
) -> None:
    """Ask one more department, redraw the lead's card where it steps back, tell who must know.

    Source: 三（二）9; requirements R66.
    """
    stepped_back = [
        task
        for task in ctx.ledger.tasks.of(filing)
        if task.kind is TaskKind.DECISION and filing.stage is Stage.AWAITING_DECISION
        and task.state is TaskState.OPEN
    ]  # fmt: skip
    filing = ctx.ledger.hands.add_signer(
        filing.id, desk, reason=reason, blocking=blocking, by=ctx.person, seen=seen, now=ctx.now
    )
    ctx.talk.state.pop("adding", None)
    name = naming.desk_name(ctx, filing, desk)
    how = "等其意见" if blocking else "仅供参考"
    done = f"已请{name}会审 · {how} · {ctx.person.name}"
    ctx.redraw(done_card(showing.view_of(ctx, filing), "加签", done, ""))
    ctx.say_done(f"{filing.case_no} 已请{name}会审（{how}）。")
    for task in stepped_back:
        over = review.over_card(ctx, filing, ctx.ledger.tasks.known(task.id))
        ctx.refresh(
            f"task:{task.id}", replace(over, done=f"已加签{name}，意见齐后再请审批", page="")
        )
    told = f"{filing.case_no} “{filing.title}”已加请{name}会审：{reason}。"
    for lead in {part.lead.desk for part in filing.parts}:
        for person in ctx.ledger.people.at_desk(filing.tenant, lead, ctx.today):
            if person.id != ctx.person.id:
                once = f"signer:{filing.id}:{desk.value}"
                ctx.push(person.id, told, once=once, tenant=filing.tenant, courtesy=True)
    desks.tell_school(
        ctx, filing, f"{filing.case_no} “{filing.title}”加请{name}会审，发“进度”可以查看。",
        once=f"signer:{filing.id}:{desk.value}", courtesy=True,
    )  # fmt: skip
    desks.tell_desks(ctx, filing)


def _listed(ctx: Context, filing: Filing) -> list[tuple[Desk, str]]:
    return [(desk, unit.name) for desk, unit in ctx.ledger.hands.addable(filing)]


def _must_have(filing: Filing, listed: Sequence[tuple[Desk, str]]) -> None:
    if not listed:
        raise RuleViolationError(f"{filing.case_no} 各部门都已在会审中，没有可以加签的部门。")


def _which(listed: Sequence[tuple[Desk, str]]) -> str:
    rows = " ".join(f"{at} {name}" for at, (_, name) in enumerate(listed, start=1))
    return f"可以加签：{rows}。请发部门和原因，例如：{listed[0][1]} 需核实有关情况。"


def _named_in(words: str, listed: Sequence[tuple[Desk, str]]) -> tuple[Desk | None, str]:
    """Return the department that a text begins with, and the words after it."""
    names = {name: desk for desk, aliases in ALIASES.items() for name in aliases}
    names |= {name: desk for desk, name in listed}
    names |= {str(at): desk for at, (desk, _) in enumerate(listed, start=1)}
    for name in sorted(names, key=len, reverse=True):
        rest = words.removeprefix(name)
        if rest != words and not (name.isdecimal() and rest[:1].isdecimal()):
            return names[name], rest.lstrip(" \n\t、,，;；:：。因为")
    return None, words


def _mark(*words: str) -> str:
    return hashlib.sha256(repr(words).encode()).hexdigest()[:8]


# --- 退回审批部门说明 ----------------------------------------------------------------------------


@router.tap("signers.ask", roles=DESKS)
def ask_reason(ctx: Context, tap: Tap) -> None:
    """Ask what the lead is to explain."""
    task, _ = _registration(ctx, tap.subject, tap.seen)
    ctx.ask("signers.ask", task.id, task.version, "请写一句需要审批部门说明什么，审批部门会看到。")


@router.reply("signers.ask", roles=DESKS)
def hear_ask(ctx: Context, tap: Tap, text: str) -> None:
    """Show what would be asked before it goes back."""
    task, filing = _registration(ctx, tap.subject, tap.seen)
    _show_ask(ctx, filing, task, text)


@router.word(
    "ask_lead", rf"退回(审批部门|牵头处室|牵头部门)?说明\s*{CASE}\s*(?P<words>[\s\S]*)", roles=DESKS
)
def ask_typed(ctx: Context, match: re.Match[str]) -> None:
    """Begin to ask the lead back, with the reason that stands beside the case."""
    filing = case_of(ctx, match["case"])
    tasks = ctx.ledger.tasks
    task = next(
        (
            one
            for one in tasks.of(filing)
            if one.kind is TaskKind.REGISTRATION and one.state is TaskState.OPEN
        ),
        None,
    )
    if task is None:
        raise RuleViolationError(
            f"{filing.case_no} 现在是“{filing.stage.label}”，待备案时才能退回审批部门说明。"
        )
    task, filing = _registration(ctx, task.id, task.version)
    if match["words"].strip():
        _show_ask(ctx, filing, task, match["words"])
    else:
        ask_reason(ctx, Tap("signers.ask", task.id, task.version))


def _registration(ctx: Context, task_id: str, seen: int) -> tuple[Task, Filing]:
    task, filing = review.open_task(ctx, task_id, seen)
    if task.kind is not TaskKind.REGISTRATION:
        raise RuleViolationError(f"{filing.case_no} 待备案时才能退回审批部门说明。")
    return task, filing


def _show_ask(ctx: Context, filing: Filing, task: Task, words: str) -> None:
    reason = words.strip().rstrip("。")
    if len(reason) > MOST_CHARS:
        ctx.ask(
            "signers.ask", task.id, task.version,
            f"这段话有{len(reason)}字，说明最多{MOST_CHARS}字。请缩短后再发一次。",
        )  # fmt: skip
        return
    mark = _mark(task.id, reason)
    ctx.talk.state["asking"] = {"reason": reason, "mark": mark}
    view = showing.view_of(ctx, filing)
    ctx.say(ask_lead_card(view, task_id=task.id, mark=mark, seen=task.version, reason=reason))


@router.tap("signers.ask_send", roles=DESKS)
def ask_lead(ctx: Context, tap: Tap) -> None:
    """Ask the lead back: its approval gives way, and it decides anew.

    Source: E.9 [退回审批部门说明].
    """
    task_id, _, mark = tap.subject.partition(":")
    kept: dict[str, Any] = ctx.talk.state.get("asking", {})
    if not kept or kept["mark"] != mark:
        raise RuleViolationError("请从最新的一张卡片上重新填写说明。发“待办”可以找到它。")
    task, filing = review.open_task(ctx, task_id, tap.seen)
    filing = ctx.ledger.hands.ask_lead(
        task.id, reason=kept["reason"], by=ctx.person, seen=tap.seen, now=ctx.now
    )
    ctx.talk.state.pop("asking", None)
    done = f"已退回审批部门说明 · {ctx.person.name} · {ctx.local_time(ctx.now)}"
    card = done_card(
        showing.view_of(ctx, filing), f"{filing.title}｜备案登记", done, f"task:{task.id}"
    )
    ctx.redraw(card)
    ctx.refresh(f"task:{task.id}", replace(card, page=""))
    ctx.say_done(f"{filing.case_no} 已退回审批部门说明，重新审批后再请登记。")
    desks.tell_school(
        ctx, filing,
        f"{filing.case_no} “{filing.title}”登记前请审批部门再作说明，暂不需要您补正，"
        "有结果会告诉您。",
        once=f"asked:{task.id}", courtesy=True,
    )  # fmt: skip
    desks.tell_desks(ctx, filing)
