"""The last look at a finished filing, and sending it to the principal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cards.case import LEGACY_MARK
from cards.filing import check_card, route_text
from handlers import entering, learned, pilot_draft, sign, told
from handlers.barred import must_not_be_stopped
from handlers.facts import LEGACY, Settled, kept_answers
from handlers.filling import Filling
from handlers.form import Pick
from handlers.forms.changing import change_of
from handlers.papers import missing, progress
from handlers.salutation import head_of
from handlers.step import Step, offered
from storage.cases import Filing
from storage.people import Person
from storage.rules.amend import Change
from storage.rules.principles import Principle
from storage.rules.terms import Desk, NotAllowedError, Role, RuleViolationError
from storage.rules.textcount import count_characters

_CHANGE: Final = Pick("change", "修改")
_SAVE: Final = Pick("save", "先保存")


def _picks(filling: Filling) -> Sequence[Pick]:
    if filling.is_entered:
        return (Pick("send", "确认登记"), _CHANGE, _SAVE)
    title = head_of(filling.post.unit_name, filling.post.unit_kind)
    words = "确认，我来签署" if signs_alone(filling) else f"确认，请{title}签署"
    if pilot_draft.is_pilot(filling):
        words = "确认，请学校审查"
    return (Pick("send", words), _CHANGE, _SAVE)


def signs_alone(filling: Filling) -> bool:
    """Tell whether who fills the form is the school's principal."""
    return filling.ctx.person.is_principal_of(
        filling.draft.tenant, filling.draft.unit_code, filling.today
    )


def overview_count(filling: Filling) -> str:
    """Write 概况186/200字."""
    return f"{count_characters(filling.answers.get('overview', ''))}/200字"


def facts_rows(filling: Filling) -> list[tuple[str, str]]:
    """Return every answer as (label, words), the overview by its count, phones masked."""
    kind = filling.form.kind.label + LEGACY_MARK * filling.settled().facts.legacy
    rows = [("学校", filling.post.unit_name), ("类型", kind)]
    for one in filling.answered():
        rows.append(
            (one.label, overview_count(filling) if one.key == "overview" else filling.shown(one))
        )
        if one.key == "project" and (product := filling.product()):
            beside = "，".join(part for part in (product.developer, product.number_text) if part)
            rows.append(("产品", beside or product.name))
        if one.key == "product_no":
            number = filling.ctx.ledger.products.number_text(filling.answers[one.key])
            rows[-1] = (one.label, number)
    have, need = progress(filling)
    papers = f"{have}/{need}"
    if filling.answers.get("overview_full"):
        papers += "，另有概况全文"
    return [*rows, ("材料", papers)]


def desk_names(filling: Filling, settled: Settled) -> dict[Desk, str]:
    """Return what the authority calls the departments on the way."""
    desks: set[Desk] = set()
    for part in settled.route.parts if settled.route else ():
        desks |= {
            part.lead.desk,
            part.registrar_desk,
            *part.cc,
            *(s.desk for s in part.co_reviewers),
        }
    people = filling.ctx.ledger.people
    found = {desk: people.department(filling.draft.tenant, desk) for desk in desks}
    return {desk: unit.name for desk, unit in found.items() if unit is not None}


def _ask(filling: Filling) -> bool:
    settled = filling.settled()
    assert settled.route is not None  # every question has its answer, the stages too
    warnings = [
        f"{remark.sentence}（{remark.clause}）"
        for remark in settled.findings.warnings
        if not remark.needs_words
    ]
    warnings += [f"{sentence}" for sentence in settled.explained]
    warnings += told.doubts(filling.answers, filling.post.unit_name, filling.rules)
    warnings += [f"“{label(filling, key)}”：{reason}" for key, reason in settled.waived.items()]
    unit = filling.post.unit_code
    warnings += learned.hints(filling.ctx, filling.draft.tenant, unit, settled.facts)
    route = (
        pilot_draft.way_text(filling)
        if pilot_draft.is_pilot(filling)
        else route_text(settled.route, desk_names(filling, settled), filling.rules.days_case)
    )
    filling.say(
        check_card(
            filling.title,
            facts_rows(filling),
            filling.answers.get("overview", ""),
            route,
            offered(_picks(filling)),
            filling.draft.id,
            warnings,
        )
    )
    return True


def label(filling: Filling, slot_key: str) -> str:
    """Return what a paper is called."""
    return next((s.label for s in filling.settled().slots if s.key == slot_key), slot_key)


def _take(filling: Filling, key: str) -> bool:
    if key == "send":
        send(filling)
        return False
    if key == "save":
        then = "确认登记" if filling.is_entered else "请校长签署"
        filling.say(f"已保存。准备好了发“继续”，核对后再{then}。")
        return False
    filling.say(changeable(filling))
    return False


def changeable(filling: Filling) -> str:
    """Say what can be changed, and how."""
    labels = "、".join(one.label for one in filling.answered())
    return f"请发“修改”加项名，例如：修改 手机号码。可以修改：{labels}；材料直接重发即可。"


CHECK: Final = Step("check", "核对并提交", lambda _f: True, _ask, _take, _picks)


# --- sending -----------------------------------------------------------------------------------


def send(filling: Filling) -> list[Filing]:
    """Open the filing (one per lead) and ask the principal to sign.

    Raises:
        RuleViolationError: something is still missing or stops it; the sentence says what.
    """
    let_go(filling)
    must_be_whole(filling)
    must_not_be_stopped(filling)
    if pilot_draft.is_pilot(filling):
        return pilot_draft.send(filling, principal_of(filling))
    ctx, draft, settled = filling.ctx, filling.draft, filling.settled()
    tenant = ctx.office.of(draft.tenant)
    principal = principal_of(filling)
    if filling.is_entered:
        return entering.enter(filling, principal)
    assert settled.route is not None  # must_be_whole
    change = change_of(filling)
    amends = str(filling.answers["_amends"]) if change else ""
    if change is not None:
        original = ctx.ledger.amendments.must_be_open_to(amends, change)
        if change is Change.PRODUCT and original.product_key == settled.product_key:
            raise RuleViolationError("产品没有变化。请发“修改 项目名称”换成新的产品，或发“放弃”。")
    filings = ctx.ledger.filings.open(
        draft,
        title=filling.title,
        product_key=settled.product_key,
        facts=settled.facts,
        explained=settled.explained,
        answers=kept_answers(filling.answers),
        route=settled.route,
        office=tenant.rules,
        number_code=tenant.number_code,
        owner=ctx.person,
        principal=principal,
        now=ctx.now,
        amends=amends,
        change=change.value if change else "",
    )
    filling.set(LEGACY, settled.facts.legacy or None)
    ctx.ledger.pilots.follow(filings[0], ctx.person, ctx.now)
    filling.keep()
    ctx.ledger.drafts.turn(filling.draft, "sent", filing_id=filings[0].id)
    ctx.talk.draft = None
    cases = "、".join(filing.case_no for filing in filings)
    if principal.id == ctx.person.id:
        filling.say(f"办件号 {cases}。请您逐条确认并签署。")
    else:
        days = tenant.rules.days_case
        title = head_of(filling.post.unit_name, filling.post.unit_kind)
        filling.say_done(
            f"已请{principal.name}{title}签署，办件号 {cases}。"
            f"签署后预计{days}个工作日，有进展会告诉您，也可以发“进度”。"
        )
    sign.ask_principal(ctx, filings[0])
    return filings


def let_go(filling: Filling) -> None:
    """Forget the answers that other answers have made pointless, as an amount without money."""
    for one in filling.form.fields:
        if one.key in filling.answers and not one.when(filling):
            filling.set(one.key, None)


def must_be_whole(filling: Filling) -> None:
    """Hold a filing to everything it must have, whatever was tapped.

    Raises:
        RuleViolationError: says what is missing, or which answer stops it and why.
    """
    settled = filling.settled()
    if settled.findings.stops:
        raise RuleViolationError(settled.findings.stops[0].sentence)
    lacking = filling.form.next_open(filling)
    if lacking is None and settled.findings.missing:
        # A desk that put the kind right may have brought in a question that was not asked.
        is_free = settled.findings.missing[0].principle is Principle.FREE
        name = "收费情况" if is_free else "公平与审批"
        raise RuleViolationError(f"“{name}”还没有答全，请发“修改 {name}”重新选一次。")
    if lacking is not None or settled.route is None:
        name = lacking.label if lacking else "收费情况或公平与审批"
        raise RuleViolationError(f"还差“{name}”，请先填好。发“继续”接着填。")
    if not settled.route.parts and not pilot_draft.is_pilot(filling):
        raise RuleViolationError(
            "本项目属小范围试点，由学校决定，不必报送（三（一）5）。发“继续”可按试点办理，或改为全面备案。"
        )
    if settled.to_explain:
        raise RuleViolationError(settled.to_explain[0].sentence)
    if papers := missing(filling):
        raise RuleViolationError("还差材料：" + "；".join(slot.label for slot in papers) + "。")


def principal_of(filling: Filling) -> Person:
    """Return who signs for the school: the sender, where that is the principal.

    Raises:
        NotAllowedError: the directory names no principal.
    """
    if signs_alone(filling):
        return filling.ctx.person
    people = filling.ctx.ledger.people.in_unit(
        filling.draft.tenant, filling.draft.unit_code, filling.today, Role.PRINCIPAL
    )
    if not people:
        raise NotAllowedError(
            "名单中还没有贵校的校长（园长、单位负责人），暂不能提交。请联系管理员补充；草稿已保存，补充后发“继续”。"
        )
    return people[0]
