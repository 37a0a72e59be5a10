"""进度 and 撤回: where a filing stands, and taking it back before or after the signature."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from cards.language import Tap
from cards.pilot import running_card
from cards.progress import ended_card, list_card, progress_card, withdraw_card
from handlers import (
    afterwards,
    appeal,
    course,
    desks,
    followup,
    history,
    mending,
    naming,
    pilot,
    showing,
    sign,
    urge,
)
from handlers.certificate import issuer_of
from handlers.context import Context, day_text
from handlers.readers import may_read
from handlers.router import DESKS, MAYBE_CASE, SCHOOL, STAFF, Router
from handlers.salutation import head_at
from handlers.wording import items_text
from storage.cases import Filing, Task
from storage.rules.terms import NotAllowedError, Role, Stage, TaskKind, TaskState
from storage.rules.workflow import NUMBERED, PILOT_STAGES, TERMINAL
from storage.watch import is_due

router = Router("progress")

_MOST: Final = 8
_LISTED: Final = 5
_UNSIGNED: Final = (
    Stage.AWAITING_PRINCIPAL, Stage.SENT_BACK, Stage.DRAFT, Stage.SCHOOL_DECISION,
)  # fmt: skip
_TAKEN_BACK: Final = (Stage.AWAITING_PRINCIPAL, Stage.SCHOOL_DECISION)
DECIDED: Final = (*TERMINAL, Stage.AWAITING_REGISTRATION)
_ASKED: Final = (
    r"(请问)?([这那]([个件])?)?(备案|申请|办件)?(现在|目前)?(再审|审批|办理?|还|大概|需要|要|得)*"
    r"(多久|多长时间|几天|什么时候能?(办好|批下来|审完|好|有结果)|[到在]哪(里|儿|一步)?了?"
    r"|在(谁|哪个?(部门|处室|科室))(手里|那里|那儿|审|办)?|[审批办](完|好|下来)?了(吗|没有?)"
    r"|有(进展|结果)了?(吗|没有?)?|怎么样了|(可以|能)(开始)?用了吗)"
)
"""Asked in other words, of the case that is this person's (E.1)."""
_UNKNOWN: Final = "没有找到这件备案，请核对办件号。发“进度”可以列出您的备案。"


# --- 进度 ----------------------------------------------------------------------------------------


@router.word("progress", rf"(查?进度|{_ASKED})\s*{MAYBE_CASE}\s*[？?]?", roles=STAFF)
def progress(ctx: Context, match: re.Match[str]) -> None:
    """Show one filing by its case number, or list the person's own."""
    if match["case"]:
        filing = ctx.ledger.filings.by_case(match["case"])
        if filing is None or not _may_see(ctx, filing):
            ctx.say(_UNKNOWN)
            return
        show(ctx, filing)
        return
    _list(ctx)


@router.tap("progress.mine", roles=SCHOOL)
def progress_by_tap(ctx: Context, _tap: Tap) -> None:
    """List the person's own filings."""
    _list(ctx)


@router.tap("progress.show", roles=STAFF)
def show_by_tap(ctx: Context, tap: Tap) -> None:
    """Show the tapped filing."""
    filing = ctx.ledger.filings.known(tap.subject)
    if not _may_see(ctx, filing):
        raise NotAllowedError(_UNKNOWN)
    show(ctx, filing)


def _list(ctx: Context) -> None:
    filings = own(ctx)
    if not filings:
        ctx.say("您还没有报送过备案。发“备案”开始，已有草稿的发“继续”。")
    elif len(filings) == 1:
        show(ctx, filings[0])
    else:
        rows = [
            (f"{one.case_no} {one.title}：{_standing(ctx, one)}", Tap("progress.show", one.id))
            for one in reversed(filings[-_LISTED:])
        ]
        ctx.ledger.about = None
        ctx.say(list_card(rows, len(filings)))


def own(ctx: Context) -> list[Filing]:
    """Return the school filings this person drafted or signs; the running ones first to be kept."""
    if running := _running(ctx):
        return running
    found: list[Filing] = []
    for post in ctx.person.schools(ctx.today):
        found += [
            one
            for one in ctx.ledger.filings.of_school(post.tenant, post.unit_code)
            if ctx.person.id in (one.owner_id, one.principal_id)
        ]
    return found


def _running(ctx: Context) -> list[Filing]:
    """Return the running filings this person drafted or signs, and as principal those that
    somebody signed before."""
    found = {one.id: one for one in ctx.ledger.filings.mine(ctx.person.id)}
    for post in ctx.person.held(ctx.today):
        if post.role is Role.PRINCIPAL:
            for one in ctx.ledger.filings.of_school(post.tenant, post.unit_code):
                if one.stage not in TERMINAL:
                    found.setdefault(one.id, one)
    return list(found.values())


def _may_see(ctx: Context, filing: Filing) -> bool:
    if ctx.person.id in (filing.owner_id, filing.principal_id):
        return True
    return any(
        post.tenant == filing.tenant
        and (post.unit_code == filing.school or post.role in (*DESKS, Role.ADMIN, Role.AUDITOR))
        for post in ctx.person.held(ctx.today)
    )


def _standing(ctx: Context, filing: Filing) -> str:
    if filing.stage in NUMBERED:
        return afterwards.standing(ctx, filing)
    if filing.stage is Stage.IN_REVIEW and mending.waits_for_school(ctx, filing):
        return "会审中，有补正"
    return filing.stage.label


def show(ctx: Context, filing: Filing) -> None:
    """Show one filing: its stage, which desks have it, until when."""
    if filing.stage in PILOT_STAGES:
        _show_pilot(ctx, filing)
        return
    facts = []
    if filing.signed_at:
        paper = filing.signed_on_paper
        signed = f"{day_text(paper)}（纸质）" if paper else ctx.local_time(filing.signed_at)
        facts.append(("签署", signed))
    if filing.due_on and filing.stage not in TERMINAL:
        facts.append(("预计", naming.due_text(filing)))
    if filing.number:
        facts.append(("备案号", filing.number))
    if filing.valid_until:
        facts.append(("有效期", f"{filing.valid_until.year}年{day_text(filing.valid_until)}"))
    leads = dict.fromkeys(naming.desk_name(ctx, filing, part.lead.desk) for part in filing.parts)
    facts.append(("主管", f"{issuer_of(ctx.office, filing)}，{'、'.join(leads)}牵头"))
    rows = [
        _row(ctx, task)
        for task in ctx.ledger.tasks.of(filing)
        if task.state is not TaskState.SUPERSEDED
    ]
    rows += afterwards.rows(ctx, filing)
    mine = ctx.person.id in filing.school_people
    waits = mine and mending.waits_for_school(ctx, filing)
    if waits:
        rows += [f"待补正：{point}" for point in mending.points(ctx, filing)]
    rows += appeal.lines(ctx, filing)
    if filing.stage is Stage.AWAITING_PRINCIPAL:
        principal = ctx.ledger.people.get(filing.principal_id)
        rows.append(f"等{principal.name if principal else ''}{head_at(ctx, filing)}签署。")
    if filing.number:
        rows += followup.lines_of(ctx, filing)
    if (other := ctx.ledger.rerouting.other_half(filing)) is not None:
        came = filing.stage is not Stage.HANDED_OVER
        rows.append(
            f"由{other.case_no}移交而来。" if came else f"已移交，新办件号 {other.case_no}。"
        )
    rows += history.corrections(ctx, filing)
    if _may_read_added(ctx, filing):
        rows += history.supplements(ctx, filing)
    waiting = any(is_due(filing.stage, task) for task in ctx.ledger.tasks.of(filing))
    ctx.say(
        progress_card(
            filing.case_no,
            filing.title,
            _standing(ctx, filing),
            facts,
            rows,
            filing_id=filing.id,
            may_mend=waits,
            more=afterwards.offers(ctx, filing),
            may_urge=waiting and urge.role_of(ctx, filing) is not None,
            annex=_annex(ctx, filing),
        )
    )


def _show_pilot(ctx: Context, filing: Filing) -> None:
    """Show a pilot: who has looked, its receipt, until when it runs, what follows it."""
    one = ctx.ledger.pilots.known(filing.id)
    facts = [("试点至", day_text(one.ends_on))]
    if one.receipt:
        facts.insert(0, ("试点回执", one.receipt))
    if filing.stage is Stage.PILOTING and one.callin_until and ctx.today <= one.callin_until:
        facts.append(("提级期限", day_text(one.callin_until)))
    rows = list(pilot.rows_of(ctx, filing))
    if one.reason:
        rows.append(f"{filing.stage.label}：{one.reason}。")
    after = ctx.ledger.filings.get(one.successor) if one.successor else None
    if after is not None:
        rows.append(f"全面备案：{after.case_no}，{_standing(ctx, after)}。")
    acts: list[str] = []
    if ctx.person.id in filing.school_people and one.receipt:
        acts = ["convert"] if ctx.ledger.pilots.follower(one) is None else []
        acts += ["grow", "end"] if filing.stage is Stage.PILOTING else []
    heading = showing.case_heading(ctx, filing)
    ctx.say(running_card(heading, filing.version, filing.stage.label, facts, rows, acts=acts))


def _may_read_added(ctx: Context, filing: Filing) -> bool:
    """Tell whether this person reads what departments added: staff only, and while opinions are
    hidden from one another (R29) those of the lead."""
    posts = [post for post in ctx.person.held(ctx.today) if post.tenant == filing.tenant]
    if ctx.person.id in filing.school_people or not any(
        post.role in (*DESKS, Role.ADMIN, Role.AUDITOR) for post in posts
    ):
        return False
    if not filing.office.hidden_opinions or filing.stage in DECIDED:
        return True
    leads = {part.lead.desk for part in filing.parts}
    return any(ctx.person.at_desk(filing.tenant, desk, ctx.today) for desk in leads)


def _annex(ctx: Context, filing: Filing) -> str:
    """Return the reader's own link to the annex; empty where it is none of theirs."""
    may = may_read(ctx.ledger, filing, ctx.person, ctx.today)
    return ctx.link("annex", filing.id) if may else ""


def _row(ctx: Context, task: Task) -> str:
    department = ctx.ledger.people.department(task.tenant, task.desk)
    name = department.name if department else task.desk.label
    if task.state is TaskState.DECIDED:
        decision = ctx.ledger.tasks.decision(task) if task.kind is TaskKind.DECISION else None
        given = items_text(decision) if decision else ""
        return f"{name}：{task.kind.label}已办" + (f"（{given}）" if given else "")
    if task.state is TaskState.RETURNED:
        return f"{name}：{task.kind.label}待学校补正"
    return f"{name}：{task.kind.label}办理中，{naming.due_text(task)}前"


# --- 撤回 ----------------------------------------------------------------------------------------


@router.word("withdraw", rf"撤回\s*{MAYBE_CASE}", roles=SCHOOL)
def ask_withdraw(ctx: Context, match: re.Match[str]) -> None:
    """Ask before withdrawing one of the person's filings."""
    running = [one for one in _running(ctx) if one.stage is not Stage.PILOTING]
    if match["case"]:
        running = [one for one in running if one.case_no == match["case"]]
    if not running:
        ctx.say(
            "没有可以撤回的备案。已备案的由校长发“注销”加办件号；正在试点的请发“结束试点”加办件号；"
            "草稿请发“继续”后选择放弃。"
        )
        return
    if len(running) > 1:
        rows = "\n".join(
            f"{one.case_no} {one.title}：{one.stage.label}" for one in running[-_MOST:]
        )
        ctx.say(f"{rows}\n要撤回哪一件？请发“撤回”加办件号，例如：撤回 {running[-1].case_no}。")
        return
    filing = running[0]
    is_signed = filing.stage not in _UNSIGNED
    if is_signed and not _is_principal(ctx, filing):
        head = head_at(ctx, filing)
        ctx.say(
            f"{filing.case_no} 已由{head}签署，撤回须由{head}本人办理："
            f"请{head}发“撤回 {filing.case_no}”。"
        )
        return
    ctx.say(
        withdraw_card(
            filing.case_no,
            filing.title,
            filing.id,
            filing.version,
            is_signed=is_signed,
            may_take_back=filing.stage in _TAKEN_BACK and ctx.person.id == filing.owner_id,
        )
    )


@router.tap("progress.withdraw", roles=SCHOOL)
def withdraw(ctx: Context, tap: Tap) -> None:
    """Withdraw a filing; its open tasks end, and everybody who had a card sees it."""
    filing = _seen(ctx, tap)
    role = Role.PRINCIPAL if _is_principal(ctx, filing) else Role.OWNER
    pending = [task for task in ctx.ledger.tasks.of(filing) if task.view.is_pending]
    filing = ctx.ledger.filings.withdraw(filing, by=ctx.person, role=role, now=ctx.now)
    draft = ctx.ledger.drafts.of_filing(filing.bundle)
    if draft is not None and draft.state == "open" and not mending.came_back(ctx, filing):
        ctx.ledger.drafts.turn(draft, "sent")
        if ctx.talk.draft is not None and ctx.talk.draft.id == draft.id:
            ctx.talk.draft = None
    ctx.redraw(ended_card(filing.case_no, f"撤回“{filing.title[:18]}”", "已撤回"))
    ctx.say_done(f"{filing.case_no} “{filing.title}”已撤回。")
    _tell_ended(ctx, filing, pending, "学校已撤回")
    desks.tell_school(
        ctx,
        filing,
        f"{filing.case_no} “{filing.title}”已由{ctx.person.name}撤回，各部门停止办理。",
        once=f"withdrawn:{filing.id}",
        courtesy=True,
    )
    sign.ask_principal(ctx, filing)


@router.tap("progress.take_back", roles=SCHOOL)
def take_back(ctx: Context, tap: Tap) -> None:
    """Take back what the principal has not signed yet, and open it for changes."""
    filing = _seen(ctx, tap)
    # Filings of one draft (M13) share their answers and their signature.
    for one in ctx.ledger.filings.of_bundle(filing.bundle):
        if one.stage in _TAKEN_BACK:
            ctx.ledger.filings.take_back(one, by=ctx.person, now=ctx.now)
    filing = ctx.ledger.filings.known(filing.id)
    ctx.redraw(ended_card(filing.case_no, f"撤回“{filing.title[:18]}”", "已取回修改"))
    _tell_ended(ctx, filing, (), "经办人已取回修改")
    course.go_on(mending.open_again(ctx, filing))


@router.tap("progress.keep", roles=SCHOOL)
def keep(ctx: Context, tap: Tap) -> None:
    """Leave a filing as it is."""
    filing = _theirs(ctx, tap)
    ctx.redraw(ended_card(filing.case_no, f"撤回“{filing.title[:18]}”", "没有撤回"))


def _theirs(ctx: Context, tap: Tap) -> Filing:
    filing = ctx.ledger.filings.known(tap.subject)
    if ctx.person.id not in (filing.owner_id, filing.principal_id) and not _is_principal(
        ctx, filing
    ):
        raise NotAllowedError(_UNKNOWN)
    return filing


def _seen(ctx: Context, tap: Tap) -> Filing:
    filing = _theirs(ctx, tap)
    if filing.version != tap.seen:
        raise NotAllowedError(
            f"{filing.case_no} 现在是“{filing.stage.label}”，情况有了变化，没有撤回。发“进度”查看。"
        )
    return filing


def _is_principal(ctx: Context, filing: Filing) -> bool:
    return ctx.person.is_principal_of(filing.tenant, filing.school, ctx.today)


def _tell_ended(ctx: Context, filing: Filing, tasks: Sequence[Task], why: str) -> None:
    """Redraw the cards that stand in other chats: the principal's and the desks'."""
    if ctx.ledger.pilots.of(filing.id) is not None:
        pilot.end_cards(ctx, filing, why)
    for subject in (f"filing:{filing.bundle}:sign", *(f"task:{task.id}" for task in tasks)):
        ctx.refresh(subject, ended_card(filing.case_no, filing.title, why, subject=subject))
