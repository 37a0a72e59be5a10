"""The school's signature: four declarations one by one, from the principal's own account."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from cards.case import done_card
from cards.language import Tap
from cards.review import returned_notice
from cards.sign import REASONS, declaration_card, sign_card, submit_card, untrue_card
from handlers import desks
from handlers.context import Context
from handlers.facts import kept_answers, settle
from handlers.filling import FORMS
from handlers.router import Router
from storage.cases import Filing, StaleError
from storage.rules.facts import Facts
from storage.rules.principles import DECLARATIONS, WORDING_VERSION
from storage.rules.terms import NotAllowedError, Role, Stage

router = Router("sign")

PRINCIPAL: Final = frozenset({Role.PRINCIPAL})


def ask_principal(ctx: Context, filing: Filing) -> None:
    """Ask for the signature; filings of one draft (M13) are signed together."""
    if filing.id != filing.bundle:
        return
    _ask(ctx, filing, again=False)


def ask_again(ctx: Context, filing: Filing) -> None:
    """Ask the principal to sign again, because declared facts changed while it was mended."""
    _ask(ctx, filing, again=True)


def _ask(ctx: Context, filing: Filing, *, again: bool) -> None:
    principal = ctx.ledger.people.get(filing.principal_id)
    if principal is None:
        raise NotAllowedError("名单中没有找到校长，请联系管理员。")
    owner = ctx.ledger.people.get(filing.owner_id)
    view = desks.view_of(ctx, filing, principal)
    card = sign_card(
        view, filing.version, by=owner.name if owner else "", route=_route(ctx, filing), again=again
    )
    if principal.id == ctx.person.id:
        ctx.say(card)
    else:
        ctx.push(
            principal.id, card, once=f"sign:{filing.id}:{filing.version}", tenant=filing.tenant
        )


def _route(ctx: Context, filing: Filing) -> str:
    bundle = ctx.ledger.filings.of_bundle(filing.bundle)
    ways = []
    for one in bundle:
        leads = "、".join(
            f"{desks.desk_name(ctx, one, part.lead.desk)}（{part.lead.clause}）"
            for part in one.parts
        )
        seats = "、".join(desks.desk_name(ctx, one, seat.desk) for seat in one.seats)
        ways.append(f"提交后由{leads}牵头{f'，{seats}会审' if seats else ''}")
    return f"{'；'.join(ways)}。预计{filing.office.days_case}个工作日（内部办理时限）。"


# --- one by one ----------------------------------------------------------------------------------


def _signing(ctx: Context, filing_id: str) -> tuple[Filing, list[str]]:
    """Return the filing and the times of the declarations confirmed so far."""
    filing = ctx.ledger.filings.known(filing_id)
    if not _waits(ctx, filing):
        raise StaleError(f"{filing.case_no} 现在是“{filing.stage.label}”，不需要您签署了。")
    if not ctx.person.is_principal_of(filing.tenant, filing.school, ctx.today):
        raise NotAllowedError("学校审核由本校校长（园长、单位负责人）本人办理。")
    state: dict[str, Any] = ctx.talk.state.get("signing", {})
    declared = state["declared"] if state.get("of") == [filing.id, filing.version] else []
    return filing, list(declared)


def _waits(ctx: Context, filing: Filing) -> bool:
    if filing.stage is Stage.AWAITING_PRINCIPAL:
        return True
    draft = ctx.ledger.drafts.of_filing(filing.bundle)
    return (
        draft is not None
        and draft.state == "sent"
        and any(
            task.points and task.view.is_pending and task.state.value == "returned"
            for task in ctx.ledger.tasks.of(filing)
        )
    )


def _keep(ctx: Context, filing: Filing, declared: list[str]) -> None:
    ctx.talk.state["signing"] = {"of": [filing.id, filing.version], "declared": declared}


@router.tap("sign.begin", roles=PRINCIPAL)
def begin(ctx: Context, tap: Tap) -> None:
    """Begin with the first declaration."""
    filing, _ = _signing(ctx, tap.subject)
    _keep(ctx, filing, [])
    ctx.redraw(declaration_card(desks.view_of(ctx, filing), 1, filing.version))


@router.tap("sign.true", roles=PRINCIPAL)
def confirm_one(ctx: Context, tap: Tap) -> None:
    """Keep when one declaration was confirmed, and show the next, or the signature itself."""
    filing_id, _, no = tap.subject.partition(":")
    filing, declared = _signing(ctx, filing_id)
    if int(no) != len(declared) + 1:
        raise StaleError("请从最新的一张卡片上继续逐条确认。")
    declared.append(ctx.now.isoformat())
    _keep(ctx, filing, declared)
    view = desks.view_of(ctx, filing)
    if len(declared) < len(DECLARATIONS):
        ctx.redraw(declaration_card(view, len(declared) + 1, filing.version))
    else:
        ctx.redraw(submit_card(view, filing.version))


@router.tap("sign.false", roles=PRINCIPAL)
def deny_one(ctx: Context, tap: Tap) -> None:
    """Ask which case it is; nothing is submitted."""
    filing_id, _, no = tap.subject.partition(":")
    filing, _ = _signing(ctx, filing_id)
    ctx.redraw(untrue_card(desks.view_of(ctx, filing), int(no), filing.version))


@router.tap("sign.why", roles=PRINCIPAL)
def say_why(ctx: Context, tap: Tap) -> None:
    """Hand the filing back to its owner with the reason that was tapped."""
    filing_id, no, at = tap.subject.split(":")
    filing, _ = _signing(ctx, filing_id)
    declaration = DECLARATIONS[int(no) - 1]
    _send_back(ctx, filing, f"“{declaration.text}”不属实：{REASONS[int(at)]}")
    ctx.say("已记录并退给经办老师，草稿保留。如需付费问题的意见，可先咨询计财部门。")


@router.tap("sign.back", roles=PRINCIPAL)
def ask_reason(ctx: Context, tap: Tap) -> None:
    """Ask what the owner is to change."""
    filing, _ = _signing(ctx, tap.subject)
    ctx.ask("sign.reason", filing.id, filing.version, "请用一句话写明退回原因，经办老师会看到。")


@router.reply("sign.reason", roles=PRINCIPAL)
def hear_reason(ctx: Context, tap: Tap, text: str) -> None:
    """Hand the filing back with the reason that was typed."""
    filing, _ = _signing(ctx, tap.subject)
    _send_back(ctx, filing, text[:200])


def _send_back(ctx: Context, filing: Filing, reason: str) -> None:
    for one in ctx.ledger.filings.of_bundle(filing.bundle):
        if one.stage is Stage.AWAITING_PRINCIPAL:
            ctx.ledger.filings.send_back(one, by=ctx.person, reason=reason, now=ctx.now)
    done = done_card(
        desks.view_of(ctx, filing),
        "已退给经办老师",
        f"已退回 · {ctx.local_time(ctx.now)}",
        f"filing:{filing.bundle}:sign",
    )
    ctx.redraw(done)
    desks.tell_school(
        ctx,
        filing,
        returned_notice(filing.case_no, filing.title, [f"{reason}（校长）"], filing.id),
        once=f"sentback:{filing.id}:{filing.version}",
    )


@router.tap("sign.look", roles=PRINCIPAL)
def look_again(ctx: Context, tap: Tap) -> None:
    """Show the filing's page once more; the card stays as it is."""
    filing, _ = _signing(ctx, tap.subject)
    ctx.say(f"{filing.case_no} 全文与材料：{ctx.link('view', filing.id)}\n看好后点“签署提交”。")


# --- the signature -------------------------------------------------------------------------------


@router.tap("sign.submit", roles=PRINCIPAL)
def submit(ctx: Context, tap: Tap) -> None:
    """Sign, each declaration with its own time; the desks are asked at once.

    Source: 附件 学校审核; requirements A.10b, the principal's four declarations.
    """
    filing, times = _signing(ctx, tap.subject)
    if len(times) != len(DECLARATIONS):
        raise StaleError("四条还没有逐条确认完，请从“逐条确认并签署”开始。")
    declared = [datetime.fromisoformat(time) for time in times]
    first = filing.stage is Stage.AWAITING_PRINCIPAL
    signed = [
        _sign(ctx, one, declared) if first else _sign_again(ctx, one, declared)
        for one in ctx.ledger.filings.of_bundle(filing.bundle)
        if (one.stage is Stage.AWAITING_PRINCIPAL) == first and _waits(ctx, one)
    ]
    ctx.talk.state.pop("signing", None)
    at = ctx.local_time(ctx.now)
    subject = f"filing:{filing.bundle}:sign"
    ctx.redraw(
        done_card(
            desks.view_of(ctx, filing), "已签署报送", f"已签署 · {ctx.person.name} · {at}", subject
        )
    )
    ctx.say(f"已报送。{at} 签署。有进展会告诉您和经办老师，您也可以随时发“进度”。")
    for one in signed:
        due = f"预计{one.due_on.month}月{one.due_on.day}日前办结" if one.due_on else ""
        desks.tell_school(
            ctx,
            one,
            f"{one.case_no} “{one.title}”已由{ctx.person.name}校长签署并报送，"
            f"{due}（内部办理时限）。",
            once=f"signed:{one.id}:{one.version}",
        )
        desks.tell_desks(ctx, one)


def _sign(ctx: Context, filing: Filing, declared: list[datetime]) -> Filing:
    return ctx.ledger.filings.sign(
        filing, declared=declared, wording_version=WORDING_VERSION, by=ctx.person, now=ctx.now
    )


def _sign_again(ctx: Context, filing: Filing, declared: list[datetime]) -> Filing:
    answers, facts = _mended(ctx, filing)
    return ctx.ledger.filings.resubmit(
        filing, by=ctx.person, role=Role.PRINCIPAL, answers=answers, facts=facts,
        declared=declared, wording_version=WORDING_VERSION, now=ctx.now,
    )  # fmt: skip


def _mended(ctx: Context, filing: Filing) -> tuple[dict[str, Any], Facts]:
    """Return what the owner changed, weighed as at the first submission."""
    draft = ctx.ledger.drafts.of_filing(filing.bundle)
    unit = ctx.ledger.people.unit(filing.tenant, filing.school)
    if draft is None or unit is None:
        raise NotAllowedError("没有找到补正的内容，请经办老师发“继续”重新交回。")
    answers = dict(draft.answers)
    product = ctx.ledger.products.get(str(answers.get("product") or ""))
    settled = settle(answers, FORMS[draft.matter].kind, unit, product, filing.office, ctx.today)
    return dict(kept_answers(answers)), settled.facts
