"""A principal or an owner who left: what waited for them waits for who came after."""

from __future__ import annotations

from collections.abc import Sequence

from cards.language import Tap
from cards.progress import ended_card
from cards.succession import take_on_card, taken_on_card
from handlers import desks, sign
from handlers.context import Context
from handlers.filling import FORMS
from handlers.router import Router
from handlers.salutation import head_at
from handlers.sweeps import Sweep
from storage.cases import Filing
from storage.drafts import Draft
from storage.people import Person
from storage.rules.terms import NotAllowedError, Role, Stage
from storage.succession import works_there

router = Router("succession")


# --- a new principal -----------------------------------------------------------------------------


def _find_unsigned(ctx: Context) -> Sequence[str]:
    found = [one for one in ctx.ledger.succession.unsigned(ctx.today) if sign.round_of(ctx, one)]
    return [
        one.id
        for one in found
        if ctx.ledger.succession.principal_of(one, ctx.today)
        or _untold(ctx, _no_principal(one), _told_of_none(ctx, one))
    ]


def _inherit(ctx: Context, filing_id: str) -> None:
    """Move a waiting signature to the principal of today, or tell that there is none.

    Source: 附件 学校审核; R96.
    """
    filing = ctx.ledger.filings.held(filing_id)
    gone = {one.id for one in ctx.ledger.succession.unsigned(ctx.today)}
    if filing.id not in gone or sign.round_of(ctx, filing) is None:
        return
    principal = ctx.ledger.succession.principal_of(filing, ctx.today)
    if principal is None:
        for person_id in _told_of_none(ctx, filing):
            ctx.push(
                person_id,
                f"{filing.case_no} “{filing.title}”在等{head_at(ctx, filing)}签署，"
                "名单中现在没有本校的校长（园长、单位负责人）。请管理员补充，补充后自动转给新任签署。",
                once=_no_principal(filing),
                tenant=filing.tenant,
            )
        return
    first = filing.stage is Stage.AWAITING_PRINCIPAL
    waiting = [
        one
        for one in ctx.ledger.filings.of_bundle(filing.bundle)
        if one.id in gone
        and (one.stage is Stage.AWAITING_PRINCIPAL) == first
        and sign.round_of(ctx, one) is not None
    ]
    moved = [ctx.ledger.succession.inherit(one, principal, ctx.now) for one in waiting]
    subject = f"filing:{filing.bundle}:sign"
    why = f"已转由{principal.name}签署"
    ctx.refresh(subject, ended_card(filing.case_no, filing.title, why, subject=subject))
    if first:
        sign.ask_principal(ctx, moved[0])
    else:
        sign.ask_again(ctx, moved)
    if filing.owner_id != principal.id:
        ctx.push(
            filing.owner_id,
            f"{filing.case_no} “{filing.title}”已转请新任"
            f"{head_at(ctx, filing)}{principal.name}签署。",
            once=f"inherited:{filing.id}:{principal.id}",
            tenant=filing.tenant,
            courtesy=True,
        )


def _no_principal(filing: Filing) -> str:
    return f"noprincipal:{filing.id}:{filing.principal_id}"


def _told_of_none(ctx: Context, filing: Filing) -> list[str]:
    """Return who is told that nobody can sign: who looks after the directory, and the owner."""
    carers = ctx.ledger.watch.carers(filing.tenant, ctx.today)
    owner = ctx.ledger.people.get(filing.owner_id)
    told = [one.id for one in carers]
    if owner is not None and works_there(owner, filing.tenant, filing.school, ctx.today):
        told.append(owner.id)
    return list(dict.fromkeys(told))


def _untold(ctx: Context, once: str, person_ids: Sequence[str]) -> bool:
    keys = {f"{once}:{one}" for one in person_ids}
    return bool(keys - ctx.ledger.outbox.were_put(keys))


INHERITED = Sweep("inherited", _find_unsigned, _inherit)


# --- another colleague goes on -------------------------------------------------------------------


def _asked(ctx: Context, tenant: str, school: str) -> list[str]:
    """Return who is asked to name somebody: the principals, else who sees to the directory."""
    heads = ctx.ledger.people.in_unit(tenant, school, ctx.today, Role.PRINCIPAL)
    return [one.id for one in heads or ctx.ledger.watch.carers(tenant, ctx.today)]


def _find_ownerless(ctx: Context) -> Sequence[str]:
    found = [
        (f"f:{one.bundle}", one.tenant, one.school, one.owner_id)
        for one in ctx.ledger.succession.ownerless(ctx.today)
    ]
    found += [
        (f"d:{one.id}", one.tenant, one.unit_code, one.person_id)
        for one in ctx.ledger.succession.strays(ctx.now, ctx.today)
    ]
    return [
        key
        for key, tenant, school, left in dict.fromkeys(found)
        if _untold(ctx, f"noowner:{key}:{left}", _asked(ctx, tenant, school))
    ]


def _ask(ctx: Context, key: str) -> None:
    """Ask the principal who goes on with what somebody left behind."""
    filings, draft = _left(ctx, key)
    if filings:
        head = filings[0]
        case = head.case_no
        tenant, school, left, title = head.tenant, head.school, head.owner_id, head.title
        stands = f"现在是“{head.stage.label}”。"
    elif draft is not None:
        tenant, school, left = draft.tenant, draft.unit_code, draft.person_id
        case, title, stands = "", _title(draft), "还没有提交。"
    else:
        return
    person = ctx.ledger.people.get(left)
    says = f"经办人{person.name if person else ''}已不在本校名单中，“{title}”{stands}"
    able = ctx.ledger.succession.candidates(
        tenant, school, ctx.today, filings[0] if filings else None
    )
    heads = {one.id for one in ctx.ledger.people.in_unit(tenant, school, ctx.today, Role.PRINCIPAL)}
    for person_id in _asked(ctx, tenant, school):
        offered = [(one.id, "我来接办" if one.id == person_id else one.name) for one in able]
        ctx.push(
            person_id,
            take_on_card(title, case, says, offered, key, f"owner:{key}")
            if person_id in heads and offered
            else f"{case} {says}本校名单中没有可以接办的同志，请管理员补全名单。".strip(),
            once=f"noowner:{key}:{left}",
            tenant=tenant,
        )


def _left(ctx: Context, key: str) -> tuple[list[Filing], Draft | None]:
    """Return what somebody left behind under this key, as far as it still waits for a name."""
    kind, _, identity = key.partition(":")
    if kind == "f":
        left = ctx.ledger.succession.ownerless(ctx.today)
        return [one for one in left if one.bundle == identity], None
    strays = ctx.ledger.succession.strays(ctx.now, ctx.today)
    return [], next((one for one in strays if one.id == identity), None)


def _title(draft: Draft) -> str:
    return str(draft.answers.get("project") or FORMS[draft.matter].title)


OWNERLESS = Sweep("ownerless", _find_ownerless, _ask)


@router.tap("succession.name", roles=(Role.PRINCIPAL,))
def name(ctx: Context, tap: Tap) -> None:
    """Let the named person go on; they and whoever was asked are told."""
    key, _, person_id = tap.subject.rpartition(":")
    filings, draft = _left(ctx, key)
    owner = ctx.ledger.people.get(person_id)
    if owner is None or not (filings or draft):
        raise NotAllowedError("已经指定了接办人，或这件事已不需要接办。发“进度”可以查看。")
    if filings:
        case, title = filings[0].case_no, filings[0].title
        for one in filings:
            ctx.ledger.succession.take_on(one, owner, by=ctx.person, now=ctx.now)
        draft = ctx.ledger.drafts.of_filing(filings[0].bundle)
        if draft is not None and draft.person_id != owner.id:
            ctx.ledger.drafts.give(draft, owner.id)
    elif draft is not None:
        case, title = "", _title(draft)
        ctx.ledger.succession.give(draft, owner, by=ctx.person, day=ctx.today)
    subject = f"owner:{key}"
    card = taken_on_card(title, case, f"已由{owner.name}接办", subject)
    ctx.redraw(card)
    ctx.refresh(subject, card)
    ctx.say_done(f"{case} “{title}”由{owner.name}接着办理，已告知。".strip())
    _tell(ctx, owner, case, title, key)
    for one in filings:
        moved = ctx.ledger.filings.known(one.id)
        if moved.stage is Stage.AWAITING_PRINCIPAL:
            sign.ask_principal(ctx, moved)
            break
        desks.tell_desks(ctx, moved)


def _tell(ctx: Context, owner: Person, case: str, title: str, key: str) -> None:
    if owner.id == ctx.person.id:
        return
    ctx.push(
        owner.id,
        f"{case} “{title}”请您接着办理，已填的内容和材料都保留。".strip()
        + ("发“进度”可以查看，需要补正时会请您办理。" if case else "发“继续”接着填。"),
        once=f"taken:{key}",
        tenant=ctx.person.held(ctx.today)[0].tenant,
    )
