"""催办: the school, the lead or the technology centre asks a desk for news, once a working day."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from cards.language import Tap
from handlers import mending, naming
from handlers.context import Context
from handlers.router import MAYBE_CASE, SCHOOL, STAFF, Router
from handlers.salutation import head_at
from storage.cases import Filing, Task
from storage.rules.terms import Desk, NotAllowedError, Role, RuleViolationError, Stage
from storage.rules.workflow import TERMINAL

router = Router("urge")

UNKNOWN: Final = "没有找到这件备案，请核对办件号。发“进度”可以列出您的备案。"


@router.word("urge", rf"催办(一下)?\s*{MAYBE_CASE}", roles=STAFF)
def urge_typed(ctx: Context, match: re.Match[str]) -> None:
    """Urge a case by its number, or the person's only running one."""
    if match["case"]:
        filing = ctx.ledger.filings.by_case(match["case"])
        if filing is None or role_of(ctx, filing) is None:
            raise RuleViolationError(UNKNOWN)
        urge(ctx, filing)
        return
    running = [one for one in ctx.ledger.filings.mine(ctx.person.id) if one.signed_at]
    if len(running) == 1:
        urge(ctx, running[0])
    elif running:
        rows = "\n".join(f"{one.case_no} {one.title}：{one.stage.label}" for one in running[-8:])
        ctx.say(f"{rows}\n催办哪一件？请发“催办”加办件号，例如：催办 {running[-1].case_no}。")
    else:
        ctx.say("您没有正在办理的备案。要催办其中一件请发“催办”加办件号。")


@router.tap("urge.case", roles=STAFF)
def urge_tapped(ctx: Context, tap: Tap) -> None:
    """Urge the case whose card was tapped."""
    urge(ctx, ctx.ledger.filings.known(tap.subject))


def role_of(ctx: Context, filing: Filing) -> Role | None:
    """Return as what this person may urge a case: for its school, as its lead, or as the
    technology centre that coordinates (R28)."""
    if ctx.person.id in filing.school_people:
        return Role.PRINCIPAL if ctx.person.id == filing.principal_id else Role.OWNER
    if ctx.person.is_principal_of(filing.tenant, filing.school, ctx.today):
        return Role.PRINCIPAL
    if any(ctx.person.at_desk(filing.tenant, part.lead.desk, ctx.today) for part in filing.parts):
        return Role.LEAD
    if ctx.person.at_desk(filing.tenant, Desk.TECH, ctx.today):
        return Role.REVIEWER
    return None


def urge(ctx: Context, filing: Filing) -> None:
    """Send each waiting desk one calm line, at most one a working day, and say to whom.

    What came to its desk that very day is left in peace until the next working day; what is said
    on a rest day or in quiet hours counts for the morning when it is read.

    Source: 三 引 (R28); requirements A.8 内部办理时限.
    """
    role = role_of(ctx, filing)
    if role is None:
        raise NotAllowedError("催办由本校、牵头部门或教育技术部门办理，您目前没有这项权限。")
    if filing.stage in TERMINAL:
        raise RuleViolationError(f"{filing.case_no} 已经办结，现在是“{filing.stage.label}”。")
    if filing.signed_at is None:
        raise RuleViolationError(
            f"{filing.case_no} 还没有报送，等{head_at(ctx, filing)}签署。"
            f"发“进度 {filing.case_no}”查看。"
        )
    day = ctx.spoken_at(filing.tenant).astimezone(ctx.office.zone).date()
    urged = ctx.ledger.hands.urge(filing.id, by=ctx.person, role=role, day=day, now=ctx.now)
    asks = "学校" if role in SCHOOL else "牵头部门" if role is Role.LEAD else "教育技术部门"
    for task in urged.sent:
        for person in ctx.ledger.watch.holders(filing, task, ctx.today):
            if person.id != ctx.person.id:
                ctx.push(
                    person.id,
                    f"{filing.case_no} “{filing.title}”等您处{naming.heading_of(filing, task)}，"
                    f"{asks}希望了解进展，内部时限{naming.due_text(task)}。发“待办”即可办理。",
                    once=f"urged:{task.id}:{day.isoformat()}",
                    tenant=filing.tenant,
                )
    rows = [
        *_rows(ctx, filing, "已提醒", urged.sent),
        *_rows(ctx, filing, "今天已提醒过，不再重复：", urged.before),
        *_rows(ctx, filing, "今天刚送到，下一个工作日起可以催办：", urged.fresh),
    ]
    if filing.stage is Stage.RETURNED or mending.waits_for_school(ctx, filing):
        rows.append("另有意见等学校补正，发“补正”可以办理。")
    ctx.say("\n".join((f"{filing.case_no} 催办：", *(rows or ["现在没有等待办理的部门。"]))))


def _rows(ctx: Context, filing: Filing, lead: str, tasks: Sequence[Task]) -> list[str]:
    return [
        f"{lead}{naming.desk_name(ctx, filing, task.desk)}（{task.kind.label}，"
        f"内部时限{naming.due_text(task)}）。"
        for task in tasks
    ]
