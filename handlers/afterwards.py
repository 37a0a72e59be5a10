"""What can be done with a registered filing from its progress card, and the marks it carries."""

from __future__ import annotations

from cards.language import Button
from cards.standing import office_offers, school_offers
from handlers import desks, halted
from handlers.context import Context, day_text
from storage.cases import Filing
from storage.rules.amend import Change
from storage.rules.standing import Window, renewal_window
from storage.rules.terms import Act, Role, Stage
from storage.rules.workflow import FILING_MOVES, NUMBERED, TERMINAL


def window_of(ctx: Context, filing: Filing) -> Window | None:
    """Return when a filing may be renewed."""
    if filing.valid_until is None:
        return None
    rules = ctx.office.of(filing.tenant).rules
    return renewal_window(
        filing.valid_until, rules.days_renew_before, rules.days_renew_after, ctx.ledger.calendar
    )


def may_renew(ctx: Context, filing: Filing) -> bool:
    """Tell whether a renewal may be handed in today."""
    window = window_of(ctx, filing)
    is_open = filing.stage in (Stage.REGISTERED, Stage.EXPIRED)
    return is_open and window is not None and window.holds(ctx.today)


def offers(ctx: Context, filing: Filing) -> tuple[Button, ...]:
    """Return the buttons that this person has on a registered filing."""
    if filing.stage not in NUMBERED:
        return ()
    allowed = {act for stage, act in FILING_MOVES if stage is filing.stage}
    found: tuple[Button, ...] = ()
    changing = bool(ctx.ledger.filings.changes_of(filing))
    is_head = ctx.person.is_principal_of(filing.tenant, filing.school, ctx.today)
    if is_head or ctx.person.id in desks.school_today(ctx, filing):
        found = school_offers(
            filing.id,
            may_change=filing.stage is Stage.REGISTERED and not changing,
            may_renew=may_renew(ctx, filing) and not changing,
            may_correct=Act.CORRECT in allowed and ctx.ledger.standing.is_announced(filing),
            may_cancel=is_head and Act.CANCEL in allowed,
            seen=filing.version,
        )
    if ctx.ledger.standing.post_for(filing, ctx.person, ctx.today) is not None:
        found += office_offers(
            filing.id,
            may_suspend=filing.stage is Stage.REGISTERED,
            may_resume=filing.stage is Stage.SUSPENDED,
            may_revoke=Act.REVOKE in allowed,
            seen=filing.version,
        )
    return found


def standing(ctx: Context, filing: Filing) -> str:
    """Say how a filing with a number stands, in a few words: 已备案（变更中），编号."""
    running = ctx.ledger.filings.changes_of(filing)
    mark = ""
    if running:
        mark = "（续期中）" if running[0].change == Change.RENEWAL.value else "（变更中）"
    return f"{filing.stage.label}{mark}，{filing.number}"


def rows(ctx: Context, filing: Filing) -> list[str]:
    """Return what else a progress card says of a filing after its number, or of a change."""
    found = ["存量补备：备案前已在使用。"] if filing.facts.legacy else []
    if filing.stage not in TERMINAL:
        found += halted.marks(ctx, filing)
    if filing.amends:
        original = ctx.ledger.filings.known(filing.amends)
        found.append(
            f"{Change(filing.change).label}，原备案 {original.case_no}（{original.number}）。"
        )
    found += [
        f"{Change(one.change).label}办理中：{one.case_no}，{one.stage.label}。"
        for one in ctx.ledger.filings.changes_of(filing)
    ]
    for measure in ctx.ledger.standing.measures(filing, "in_force"):
        what = Act.REVOKE.label if measure.kind == "revoke" else Act.SUSPEND.label
        found.append(f"{what}：{measure.reason}（{measure.clause}）。")
    if filing.stage is Stage.EXPIRED and (window := window_of(ctx, filing)):
        late = ctx.today > window.last
        found.append(
            "已过续期时间，继续使用请重新备案。" if late else f"可在{day_text(window.last)}前续期。"
        )
    return found


def is_of_school(ctx: Context, filing: Filing) -> bool:
    """Tell whether this person speaks for a filing's school: its people, or its principal."""
    if ctx.person.is_principal_of(filing.tenant, filing.school, ctx.today):
        return True
    return ctx.person.id in desks.school_today(ctx, filing)


def school_role(ctx: Context, filing: Filing) -> Role:
    """Return as what this person acts for the school."""
    head = ctx.person.is_principal_of(filing.tenant, filing.school, ctx.today)
    return Role.PRINCIPAL if head else Role.OWNER
