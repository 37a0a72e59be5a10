"""The school's signature: four declarations one by one, from the principal's own account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from cards.case import CaseHeading, done_card
from cards.language import Tap
from cards.review import returned_notice
from cards.sign import (
    ADVICE,
    OTHER,
    REASONS,
    declaration_card,
    sign_card,
    submit_card,
    untrue_card,
)
from handlers import desks, naming, showing
from handlers.context import Context
from handlers.differences import since_returned
from handlers.facts import Settled, kept_answers, settle, titled, way_of
from handlers.filling import FORMS
from handlers.router import Router
from handlers.salutation import head_at
from storage.cases import Filing, StaleError
from storage.rules.facts import must_sign_again
from storage.rules.principles import DECLARATIONS, WORDING_VERSION, Declaration
from storage.rules.terms import NotAllowedError, Role, Stage, TaskState

router = Router("sign")

PRINCIPAL: Final = frozenset({Role.PRINCIPAL})
MOST_CHARS: Final = 200


def ask_principal(ctx: Context, filing: Filing) -> None:
    """Ask for the signature; filings of one draft (M13) are signed together."""
    bundle = ctx.ledger.filings.of_bundle(filing.bundle)
    _ask(ctx, [one for one in bundle if one.stage is Stage.AWAITING_PRINCIPAL], again=False)


def ask_again(ctx: Context, filings: Sequence[Filing]) -> None:
    """Ask the principal to sign again, because declared facts changed while it was mended."""
    _ask(ctx, filings, again=True)


def _ask(ctx: Context, filings: Sequence[Filing], *, again: bool) -> None:
    if not filings:
        return
    head = filings[0]
    principal, seen = ctx.ledger.people.get(head.principal_id), round_of(ctx, head)
    assert principal is not None  # nobody is taken out of the directory
    assert seen is not None  # whoever asks has made it wait for the principal
    owner = ctx.ledger.people.get(head.owner_id)
    shown = [_as_mended(ctx, one) if again else one for one in filings]
    card = sign_card(
        showing.view_of(ctx, shown[0], principal),
        seen,
        by=owner.name if owner and owner.id != principal.id else "",
        route=showing.amended_text(ctx, shown[0]) + _route(ctx, shown),
        others=[one.case_no for one in filings[1:]],
        subject=_subject(head),
        changes=showing.changes(head, shown[0]) if again else None,
    )
    if principal.id == ctx.person.id:
        ctx.say(card)
    else:
        once = f"sign:{head.id}:{seen}:{len(filings)}"
        ctx.push(principal.id, card, once=once, tenant=head.tenant)


def _as_mended(ctx: Context, filing: Filing) -> Filing:
    """Return a filing as it would stand when the mended facts are signed."""
    settled, answers = _mended(ctx, filing)
    return filing._replace(
        title=titled(answers, filing.title),
        facts=settled.facts,
        answers=kept_answers(answers),
        parts=way_of(settled, filing, ctx.ledger.filings.of_bundle(filing.bundle)),
    )


def _heading(ctx: Context, filing: Filing) -> CaseHeading:
    """Return the case as it is being signed: once it was mended, by its mended name."""
    first = filing.stage is Stage.AWAITING_PRINCIPAL
    return showing.case_heading(ctx, filing if first else _as_mended(ctx, filing))


def _subject(filing: Filing) -> str:
    return f"filing:{filing.bundle}:sign"


def _route(ctx: Context, filings: Sequence[Filing]) -> str:
    ways = []
    for one in filings:
        leads = "、".join(
            f"{naming.desk_name(ctx, one, part.lead.desk)}（{part.lead.clause}）"
            for part in one.parts
        )
        by_clause: dict[str, list[str]] = {}
        for seat in one.seats:
            by_clause.setdefault(seat.clause, []).append(naming.desk_name(ctx, one, seat.desk))
        seats = "、".join(f"{'、'.join(names)}（{place}）" for place, names in by_clause.items())
        ways.append(f"提交后由{leads}牵头{f'，{seats}会审' if seats else ''}")
    return f"{'；'.join(ways)}。预计{filings[0].office.days_case}个工作日（内部办理时限）。"


# --- what waits for the signature ----------------------------------------------------------------


def round_of(ctx: Context, filing: Filing) -> int | None:
    """Return which round of signing stands open, or None where nothing waits for the principal.

    It moves whenever what would be signed does, so that nobody signs over facts they were not
    shown: with the filing before its first signature, with the mended draft afterwards.
    """
    if filing.stage is Stage.AWAITING_PRINCIPAL:
        return filing.version
    if not any(task.state is TaskState.RETURNED for task in ctx.ledger.tasks.of(filing)):
        return None
    draft = ctx.ledger.drafts.of_filing(filing.bundle)
    if draft is None or draft.state != "sent":
        return None
    settled, _ = _mended(ctx, filing)
    changed = settled.product_key != filing.product_key
    if not must_sign_again(filing.facts, settled.facts, products_changed=changed):
        return None
    return draft.version


def waiting_for(ctx: Context) -> list[tuple[Filing, int]]:
    """Return what waits for this principal's signature with its round, once per draft."""
    found: dict[str, tuple[Filing, int]] = {}
    for one in ctx.ledger.filings.mine(ctx.person.id):
        if one.principal_id == ctx.person.id and (seen := round_of(ctx, one)) is not None:
            found.setdefault(one.bundle, (one, seen))
    return list(found.values())


def _signing(ctx: Context, filing_id: str, seen: int) -> tuple[Filing, list[str]]:
    """Return the filing and the times of the declarations confirmed so far.

    Raises:
        StaleError: nothing waits for a signature, or what would be signed has moved since.
        NotAllowedError: not this school's principal today.
    """
    filing = ctx.ledger.filings.known(filing_id)
    if not ctx.person.is_principal_of(filing.tenant, filing.school, ctx.today):
        raise NotAllowedError("学校审核由本校校长（园长、单位负责人）本人办理。")
    now = round_of(ctx, filing)
    if now is None:
        raise StaleError(
            f"{filing.case_no} 现在是“{filing.stage.label}”，不需要您签署了。",
            filing_id=filing.id,
        )
    if now != seen:
        raise StaleError(
            f"{filing.case_no} 之后又有修改，请看最新的一张卡片，或发“待办”。",
            filing_id=filing.id,
        )
    state: dict[str, Any] = ctx.talk.state.get("signing", {})
    declared = state["declared"] if state.get("of") == [filing.id, seen] else []
    return filing, list(declared)


def _declaration(subject: str) -> tuple[str, Declaration, int, int]:
    """Read filing, declaration, its number and the reason's place out of a tap's subject.

    Raises:
        StaleError: the card is none of today's.
    """
    filing_id, no, at, *_ = [*subject.split(":"), "0", "0"]
    if not (no.isdecimal() and 1 <= int(no) <= len(DECLARATIONS)):
        raise StaleError("请从最新的一张卡片上继续逐条确认，或发“待办”。")
    if not (at.isdecimal() and int(at) < len(REASONS[int(no) - 1])):
        raise StaleError("请从最新的一张卡片上继续逐条确认，或发“待办”。")
    return filing_id, DECLARATIONS[int(no) - 1], int(no), int(at)


# --- one by one ----------------------------------------------------------------------------------


@router.tap("sign.open", roles=PRINCIPAL)
def open_one(ctx: Context, tap: Tap) -> None:
    """Show the card to be signed afresh."""
    filing, _ = _signing(ctx, tap.subject, tap.seen)
    bundle = ctx.ledger.filings.of_bundle(filing.bundle)
    first = filing.stage is Stage.AWAITING_PRINCIPAL
    _ask(ctx, [one for one in bundle if round_of(ctx, one) is not None], again=not first)


@router.tap("sign.begin", roles=PRINCIPAL)
def begin(ctx: Context, tap: Tap) -> None:
    """Begin with the first declaration."""
    filing, _ = _signing(ctx, tap.subject, tap.seen)
    _keep(ctx, filing, tap.seen, [])
    heading = _heading(ctx, filing)
    ctx.redraw(declaration_card(heading, 1, tap.seen, _subject(filing)))


def _keep(ctx: Context, filing: Filing, seen: int, declared: list[str]) -> None:
    ctx.talk.state["signing"] = {"of": [filing.id, seen], "declared": declared}


@router.tap("sign.true", roles=PRINCIPAL)
def confirm_one(ctx: Context, tap: Tap) -> None:
    """Keep when one declaration was confirmed, and show the next, or the signature itself."""
    filing_id, _, no, _ = _declaration(tap.subject)
    filing, declared = _signing(ctx, filing_id, tap.seen)
    if no != len(declared) + 1:
        raise StaleError("请从最新的一张卡片上继续逐条确认，或发“待办”。")
    declared.append(ctx.now.isoformat())
    _keep(ctx, filing, tap.seen, declared)
    heading, subject = _heading(ctx, filing), _subject(filing)
    if len(declared) < len(DECLARATIONS):
        ctx.redraw(declaration_card(heading, len(declared) + 1, tap.seen, subject))
    else:
        ctx.redraw(submit_card(heading, tap.seen, subject))


@router.tap("sign.false", roles=PRINCIPAL)
def deny_one(ctx: Context, tap: Tap) -> None:
    """Ask which case it is; nothing is submitted."""
    filing_id, _, no, _ = _declaration(tap.subject)
    filing, _ = _signing(ctx, filing_id, tap.seen)
    ctx.redraw(untrue_card(_heading(ctx, filing), no, tap.seen, _subject(filing)))


@router.tap("sign.why", roles=PRINCIPAL)
def say_why(ctx: Context, tap: Tap) -> None:
    """Hand the filing back to its owner with the reason that was tapped, or ask for words."""
    filing_id, declaration, no, at = _declaration(tap.subject)
    filing, _ = _signing(ctx, filing_id, tap.seen)
    reason = REASONS[no - 1][at]
    if reason == OTHER:
        ctx.ask("sign.reason", f"{filing.id}:{no}", tap.seen, "请用一句话写明是哪种情况。")
        return
    words = f"“{declaration.text}”不属实：{reason}。{ADVICE[reason]}"
    _send_back(ctx, filing, words, tap.seen)


@router.tap("sign.back", roles=PRINCIPAL)
def ask_reason(ctx: Context, tap: Tap) -> None:
    """Ask what the owner is to change."""
    filing, _ = _signing(ctx, tap.subject, tap.seen)
    sees = "" if filing.owner_id == ctx.person.id else "，经办老师会看到"
    ctx.ask("sign.reason", filing.id, tap.seen, f"请用一句话写明需要修改什么{sees}。")


@router.reply("sign.reason", roles=PRINCIPAL)
def hear_reason(ctx: Context, tap: Tap, text: str) -> None:
    """Hand the filing back with the reason that was typed."""
    filing_id, _, no = tap.subject.partition(":")
    filing, _ = _signing(ctx, filing_id, tap.seen)
    if len(text) > MOST_CHARS:
        ctx.ask(
            "sign.reason", tap.subject, tap.seen,
            f"这段话有{len(text)}字，原因最多{MOST_CHARS}字。请缩短后再发一次。",
        )  # fmt: skip
        return
    ahead = f"“{_declaration(tap.subject)[1].text}”不属实：" if no else ""
    _send_back(ctx, filing, ahead + text, tap.seen)


def _send_back(ctx: Context, filing: Filing, reason: str, seen: int) -> None:
    for one in ctx.ledger.filings.of_bundle(filing.bundle):
        if one.stage is Stage.AWAITING_PRINCIPAL:
            ctx.ledger.filings.send_back(one, by=ctx.person, reason=reason, now=ctx.now)
    ctx.talk.state.pop("signing", None)
    own = filing.owner_id == ctx.person.id
    title = "已退回修改" if own else "已退给经办老师"
    at = ctx.local_time(ctx.now)
    view, subject = showing.view_of(ctx, filing), _subject(filing)
    card = done_card(view, title, f"{title} · {at}", subject)
    ctx.redraw(card)
    ctx.refresh(subject, replace(card, page=""))
    notice = returned_notice(
        filing.case_no,
        filing.title,
        [f"{reason}（{head_at(ctx, filing)}）"],
        filing.id,
        signed=False,
    )
    if own:
        ctx.say(notice)
        return
    desks.tell_school(ctx, filing, notice, once=f"sentback:{filing.id}:{seen}")
    ctx.say(f"{filing.case_no} 已退给经办老师，填写内容都保留，改好后会再请您签署。")


@router.tap("sign.look", roles=PRINCIPAL)
def look_again(ctx: Context, tap: Tap) -> None:
    """Show the filing's page once more; the card stays as it is."""
    filing, _ = _signing(ctx, tap.subject, tap.seen)
    ctx.say(f"{filing.case_no} 全文与材料：{ctx.link('view', filing.id)}\n看好后点“签署提交”。")


# --- the signature -------------------------------------------------------------------------------


@router.tap("sign.submit", roles=PRINCIPAL)
def submit(ctx: Context, tap: Tap) -> None:
    """Sign, each declaration with its own time; the desks are asked at once.

    Source: 附件 学校审核; requirements A.10b, the principal's four declarations.
    """
    filing, times = _signing(ctx, tap.subject, tap.seen)
    if len(times) != len(DECLARATIONS):
        raise StaleError("四条还没有逐条确认完，请从“逐条确认并签署”开始，或发“待办”。")
    declared = [datetime.fromisoformat(time) for time in times]
    first = filing.stage is Stage.AWAITING_PRINCIPAL
    signed = [
        _sign(ctx, one, declared) if first else _sign_again(ctx, one, declared)
        for one in ctx.ledger.filings.of_bundle(filing.bundle)
        if (one.stage is Stage.AWAITING_PRINCIPAL) == first and round_of(ctx, one) is not None
    ]
    ctx.talk.state.pop("signing", None)
    at, subject = ctx.local_time(ctx.now), _subject(filing)
    card = done_card(
        showing.view_of(ctx, signed[0]), "已签署报送", f"已签署 · {ctx.person.name} · {at}", subject
    )
    ctx.redraw(card)
    ctx.refresh(subject, replace(card, page=""))
    told = "有进展会告诉您" + ("" if filing.owner_id == ctx.person.id else "和经办老师")
    cases = "、".join(one.case_no for one in signed)
    ctx.say_done(f"{cases} 已报送。{at} 签署。{told}，您也可以随时发“进度”。")
    for one in signed:
        due = f"预计{naming.due_text(one)}前办结" if one.due_on else "已开始办理"
        desks.tell_school(
            ctx,
            one,
            f"{one.case_no} “{one.title}”已由{ctx.person.name}{head_at(ctx, one)}签署并报送，"
            f"{due}（内部办理时限）。",
            once=f"signed:{one.id}:{one.version}",
            courtesy=True,
        )
        desks.tell_desks(ctx, one)


def _sign(ctx: Context, filing: Filing, declared: list[datetime]) -> Filing:
    return ctx.ledger.filings.sign(
        filing, declared=declared, wording_version=WORDING_VERSION, by=ctx.person, now=ctx.now
    )


def _sign_again(ctx: Context, filing: Filing, declared: list[datetime]) -> Filing:
    settled, answers = _mended(ctx, filing)
    return ctx.ledger.filings.resubmit(
        filing, by=ctx.person, role=Role.PRINCIPAL, answers=kept_answers(answers),
        facts=settled.facts, explained=settled.explained,
        parts=way_of(settled, filing, ctx.ledger.filings.of_bundle(filing.bundle)),
        title=titled(answers, filing.title), product_key=settled.product_key,
        declared=declared, wording_version=WORDING_VERSION,
        changes=since_returned(ctx, filing, kept_answers(answers)), now=ctx.now,
    )  # fmt: skip


def _mended(ctx: Context, filing: Filing) -> tuple[Settled, dict[str, Any]]:
    """Return what the owner changed, weighed as at the first submission."""
    draft = ctx.ledger.drafts.of_filing(filing.bundle)
    unit = ctx.ledger.people.unit(filing.tenant, filing.school)
    assert draft is not None  # round_of has found what was mended
    assert unit is not None
    answers = dict(draft.answers)
    product = ctx.ledger.products.get(str(answers.get("product") or ""))
    kind = FORMS[draft.matter].kind
    return settle(answers, kind, unit, product, filing.office, ctx.today), answers
