"""变更 and 续期: a school changes a registered filing; only what concerns the change is asked."""

from __future__ import annotations

import re
from typing import Any, Final

from cards.amend import chosen_card, types_card
from cards.language import Tap
from handlers import afterwards, desks, owner, showing
from handlers.context import Context, day_text
from handlers.course import go_on
from handlers.facts import LEGACY
from handlers.filling import Filling
from handlers.forms.changing import MARK
from handlers.router import CASE, SCHOOL, Router
from handlers.standing import UNKNOWN
from storage.cases import Filing, StaleError
from storage.rules.amend import REVIEWED, Change, prefilled
from storage.rules.documents import required_documents
from storage.rules.terms import NotAllowedError, RuleViolationError
from storage.transaction import Transaction

router = Router("amend")

_TYPES: Final = "|".join(one.label for one in (Change.OWNER, *REVIEWED))


def of_school(ctx: Context, filing: Filing | None) -> Filing:
    """Return a filing that this person speaks for.

    Raises:
        RuleViolationError: there is none, or it is another school's.
    """
    if filing is None or not ctx.person.works_in(filing.tenant, filing.school, ctx.today):
        raise RuleViolationError(UNKNOWN)
    if not afterwards.is_of_school(ctx, filing):
        raise NotAllowedError("由这件备案的经办人、项目负责人或校长办理。如需换人，请联系管理员。")
    return filing


# --- 变更 ----------------------------------------------------------------------------------------


@router.word("amend", rf"变更\s*{CASE}\s*(?P<what>{_TYPES})?", roles=SCHOOL)
def typed(ctx: Context, match: re.Match[str]) -> None:
    """Ask what is to change, where that was not typed beside."""
    filing = of_school(ctx, ctx.ledger.filings.by_case(match["case"]))
    if match["what"]:
        _take(ctx, filing, Change.labelled(match["what"]))
    else:
        _ask_type(ctx, filing)


@router.tap("amend.begin", roles=SCHOOL)
def begin(ctx: Context, tap: Tap) -> None:
    """Ask what is to change."""
    _ask_type(ctx, of_school(ctx, ctx.ledger.filings.known(tap.subject)))


def _ask_type(ctx: Context, filing: Filing) -> None:
    ctx.ledger.amendments.must_be_open_to(filing.id, Change.SCOPE)
    ctx.say(types_card(showing.view_of(ctx, filing), str(filing.number), filing.version))


@router.tap("amend.type", roles=SCHOOL)
def take_type(ctx: Context, tap: Tap) -> None:
    """Begin the change that was tapped."""
    kind, _, filing_id = tap.subject.partition(":")
    filing = of_school(ctx, ctx.ledger.filings.known(filing_id))
    if filing.version != tap.seen or kind not in (Change.OWNER.value, *REVIEWED):
        raise StaleError(
            f"{filing.case_no} 情况有了变化，请重新发“变更 {filing.case_no}”。", filing_id=filing.id
        )
    ctx.redraw(chosen_card(filing.case_no, filing.title, Change(kind)))
    _take(ctx, filing, Change(kind))


def _take(ctx: Context, filing: Filing, change: Change) -> None:
    if change is Change.OWNER:
        owner.ask(ctx, filing)
        return
    ctx.ledger.amendments.must_be_open_to(filing.id, change)
    _open(ctx, filing, change)


def answers_to_change(tx: Transaction, filing: Filing, change: Change) -> dict[str, Any]:
    """Return the answers with which the draft of a change begins.

    Source: requirements Q36.
    """
    answers: dict[str, Any] = {
        "same_seen": True,
        **prefilled(filing.answers, change),
        "scale": "wide",
        MARK: change.value,
        LEGACY: filing.facts.legacy,
        "_amends": filing.id,
        "_leads": [part.lead.desk.value for part in filing.parts],
        "_had": [
            slot.key for slot in required_documents(filing.facts, filing.office) if slot.required
        ],
        "_reviewed": tx.amendments.reviewed_on(filing).isoformat(),
    }
    if change is Change.PRODUCT:
        answers.pop("same_seen")
    return answers


def _open(ctx: Context, filing: Filing, change: Change) -> None:
    """Open a draft of the filing's answers, without those that are asked anew."""
    answers = answers_to_change(ctx.ledger, filing, change)
    draft = ctx.ledger.drafts.open(
        tenant=filing.tenant, unit_code=filing.school, person_id=ctx.person.id,
        matter=filing.matter, now=ctx.now, answers=answers,
    )  # fmt: skip
    ctx.talk.state.pop("opening", None)
    ctx.talk.state.pop("files", None)
    ctx.talk.draft = draft
    what = "续期" if change is Change.RENEWAL else f"变更（{change.label}）"
    filling = Filling.of(ctx, draft)
    filling.notes.append(f"办理{what}，只填与此有关的内容，其余按原备案 {filing.case_no}。")
    go_on(filling)


# --- 续期 ----------------------------------------------------------------------------------------


@router.word("renew", rf"续期\s*{CASE}", roles=SCHOOL)
def renew_typed(ctx: Context, match: re.Match[str]) -> None:
    """Begin a renewal."""
    _renew(ctx, of_school(ctx, ctx.ledger.filings.by_case(match["case"])))


@router.tap("amend.renew", roles=SCHOOL)
def renew(ctx: Context, tap: Tap) -> None:
    """Begin a renewal."""
    _renew(ctx, of_school(ctx, ctx.ledger.filings.known(tap.subject)))


def _renew(ctx: Context, filing: Filing) -> None:
    """Open a renewal inside its time, before the end or shortly after it.

    Source: requirements R10, Q25; the days are the office's own.
    """
    ctx.ledger.amendments.must_be_open_to(filing.id, Change.RENEWAL)
    window = afterwards.window_of(ctx, filing)
    if window is None or ctx.today < window.first:
        first = f"{window.first.year}年{day_text(window.first)}" if window else "到期前"
        raise NotAllowedError(f"{filing.case_no} 还没到续期时间，{first}起可以办理，编号不变。")
    if ctx.today > window.last:
        raise NotAllowedError(
            f"{filing.case_no} 已过续期时间（{day_text(window.last)}）。"
            "继续使用请发“新建备案”，原编号仍可查询。"
        )
    _open(ctx, filing, Change.RENEWAL)


def told(ctx: Context, filing: Filing) -> None:
    """Tell the school, after a change was registered, what stands now."""
    original = ctx.ledger.filings.known(filing.amends)
    until = original.valid_until
    what = "变更已登记"
    if filing.change == Change.RENEWAL.value and until:
        what = f"续期已登记，有效期至{until.year}年{day_text(until)}"
    desks.tell_school(
        ctx,
        filing,
        f"{filing.case_no} {what}，并入 {original.case_no}，备案号 {original.number} 不变。",
        once=f"merged:{filing.id}",
    )
