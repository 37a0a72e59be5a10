"""Another person in charge: named by the school, confirmed by them or the principal, recorded."""

from __future__ import annotations

import re

from cards.amend import owner_card, owner_done_card
from cards.language import Card, Tap
from handlers import afterwards, desks, showing
from handlers.context import Context
from handlers.router import CASE, SCHOOL, STAFF, Router
from handlers.standing import UNKNOWN
from storage.amendments import OwnerChange
from storage.cases import Filing
from storage.people import Person
from storage.rules.masking import MOBILE
from storage.rules.terms import Act, NotAllowedError, Role, RuleViolationError
from storage.rules.workflow import advance

router = Router("owner")


def ask(ctx: Context, filing: Filing) -> None:
    """Ask who is to answer for the project."""
    advance(filing.stage, Act.CHANGE_OWNER, Role.OWNER)
    ctx.ask(
        "owner.name", filing.id, filing.version,
        f"{filing.case_no} 的新项目负责人是谁？请发名单中的完整姓名。",
    )  # fmt: skip


@router.reply("owner.name", roles=SCHOOL)
def hear_name(ctx: Context, tap: Tap, text: str) -> None:
    """Take the name; who may confirm it at once has done so by naming."""
    filing = ctx.ledger.filings.known(tap.subject)
    if not afterwards.is_of_school(ctx, filing):
        raise NotAllowedError("由这件备案的经办人、项目负责人或校长办理。")
    staff = ctx.ledger.people.in_unit(filing.tenant, filing.school, ctx.today)
    word = text.strip("。.“”\"' ")
    found = [ctx.person] if word in ("我", "本人") else [one for one in staff if one.name == word]
    if len(found) != 1:
        near = "、".join(one.name for one in staff if word and word[0] == one.name[0])
        hint = f"名单中有：{near}。" if near else "名单中没有的，请联系管理员补充。"
        ctx.ask(
            "owner.name", filing.id, filing.version,
            f"没有对上“{word[:20]}”，{hint}请发完整姓名。",
        )  # fmt: skip
        return
    change = ctx.ledger.amendments.propose_owner(
        filing.id, new_owner=found[0], role=afterwards.school_role(ctx, filing), by=ctx.person,
        now=ctx.now,
    )  # fmt: skip
    heads = ctx.ledger.people.in_unit(filing.tenant, filing.school, ctx.today, Role.PRINCIPAL)
    able = {one.id: one for one in (found[0], *heads)}
    if ctx.person.id in able:
        _confirm(ctx, change)
        return
    for person in able.values():
        ctx.push(
            person.id, _card(ctx, filing, change, found[0]), once=f"owner:{change.id}",
            tenant=filing.tenant,
        )  # fmt: skip
    names = "或".join(one.name for one in able.values())
    ctx.say(f"已请{names}确认。确认后直接登记，在此之前负责人不变。")


def _card(ctx: Context, filing: Filing, change: OwnerChange, new: Person) -> Card:
    before = ctx.ledger.people.get(filing.project_owner_id)
    return owner_card(
        filing.case_no, filing.title, school=showing.view_of(ctx, filing).school,
        by=ctx.person.name, before=before.name if before else "", after=new.name,
        change_id=change.id,
    )  # fmt: skip


@router.tap("amend.owner_yes", roles=STAFF)
def yes(ctx: Context, tap: Tap) -> None:
    """Confirm the new person in charge."""
    _confirm(ctx, _change(ctx, tap.subject))


@router.tap("amend.owner_no", roles=STAFF)
def no(ctx: Context, tap: Tap) -> None:
    """Leave the person in charge as it is."""
    _refuse(ctx, _change(ctx, tap.subject))


@router.word("owner", rf"(?P<no>不担任|同意担任)\s*{CASE}", roles=STAFF)
def typed(ctx: Context, match: re.Match[str]) -> None:
    """Confirm or refuse by typed words."""
    filing = ctx.ledger.filings.by_case(match["case"])
    change = ctx.ledger.amendments.proposed_owner(filing) if filing else None
    if change is None:
        raise RuleViolationError("现在没有等您确认的负责人变更，请核对办件号。")
    (_refuse if match["no"] == "不担任" else _confirm)(ctx, change)


def _change(ctx: Context, change_id: str) -> OwnerChange:
    change = ctx.ledger.amendments.owner_change(change_id)
    if change is None:
        raise RuleViolationError(UNKNOWN)
    return change


def _confirm(ctx: Context, change: OwnerChange, phone: str = "") -> None:
    """Record the new person, with a number that the directory has or that is asked for."""
    ctx.ledger.amendments.must_wait_for(change.id, by=ctx.person, now=ctx.now)
    new = ctx.ledger.people.get(change.new_owner_id)
    assert new is not None  # nobody is taken out of the directory
    phone = phone or ctx.ledger.people.phone(new.id)
    if not phone:
        ctx.ask(
            "owner.phone", change.id, 0,
            f"名单中没有{new.name}的手机号码（附件要求填写）。请发11位号码。",
        )  # fmt: skip
        return
    before = ctx.ledger.filings.known(change.filing_id)
    old = ctx.ledger.people.get(before.project_owner_id)
    filing = ctx.ledger.amendments.confirm_owner(
        change.id, new_owner=new, phone=ctx.ledger.drafts.seal(phone), by=ctx.person, now=ctx.now
    )
    _settled(ctx, filing, change, f"已变更为{new.name} · {ctx.person.name}")
    says = (
        f"{filing.case_no} “{filing.title}”的项目负责人已由{old.name if old else ''}"
        f"变更为{new.name}，编号不变。"
    )
    ctx.say_done(says)
    once = f"owner-done:{change.id}"
    desks.tell_school(ctx, filing, says, once=once)
    for person_id in {before.project_owner_id, change.person_id} - set(filing.school_people):
        if person_id != ctx.person.id:
            ctx.push(person_id, says, once=once, tenant=filing.tenant)


@router.reply("owner.phone", roles=STAFF)
def hear_phone(ctx: Context, tap: Tap, text: str) -> None:
    """Take the number of the new person in charge, and record both."""
    digits = re.sub(r"[\s-]|^\+?86", "", text)
    if not MOBILE.fullmatch(digits):
        ctx.ask("owner.phone", tap.subject, 0, "没有认出这个号码，手机号应为11位。请再发一次。")
        return
    _confirm(ctx, _change(ctx, tap.subject), digits)


def _refuse(ctx: Context, change: OwnerChange) -> None:
    filing = ctx.ledger.amendments.drop_owner(change.id, by=ctx.person, now=ctx.now)
    _settled(ctx, filing, change, f"没有变更 · {ctx.person.name}")
    ctx.say_done(f"好的，{filing.case_no} 的项目负责人没有变更。")
    if change.person_id != ctx.person.id:
        ctx.push(
            change.person_id,
            f"{filing.case_no} 的项目负责人变更，{ctx.person.name}没有确认，负责人不变。",
            once=f"owner-no:{change.id}",
            tenant=filing.tenant,
        )


def _settled(ctx: Context, filing: Filing, change: OwnerChange, done: str) -> None:
    card = owner_done_card(filing.case_no, filing.title, done, change.id)
    ctx.redraw(card)
    ctx.refresh(f"owner:{change.id}", card)
