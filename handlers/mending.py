"""A filing that came back: what is to be mended, and handing it back once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from cards.filing import returned_card, unsigned_card
from handlers import desks, naming, pilot_draft, sign
from handlers.context import Context, day_text
from handlers.differences import since_returned
from handlers.facts import kept_answers, way_of
from handlers.filling import Filling
from handlers.form import BadAnswerError, Pick
from handlers.papers import missing, names
from handlers.salutation import head_at
from handlers.sending import changeable, let_go, must_be_whole, principal_of
from handlers.step import Step, offered
from storage.cases import Filing
from storage.rules import workdays
from storage.rules.facts import must_sign_again
from storage.rules.reuse import desks_anew
from storage.rules.terms import (
    Act,
    Desk,
    NotAllowedError,
    Role,
    RuleViolationError,
    Stage,
    TaskState,
)

_HAND_BACK: Final = (Pick("hand", "交回"), Pick("change", "改内容"), Pick("save", "先保存"))
_BEFORE_SIGNING: Final = (Stage.SENT_BACK, Stage.DRAFT)


def came_back(ctx: Context, filing: Filing) -> list[Filing]:
    """Return the filings of the same draft that wait for the school now."""
    return [
        one for one in ctx.ledger.filings.of_bundle(filing.bundle) if waits_for_school(ctx, one)
    ]


def waits_for_school(ctx: Context, filing: Filing) -> bool:
    """Tell whether a filing was sent back, taken back, returned, or has a returned task."""
    if filing.stage in (*_BEFORE_SIGNING, Stage.RETURNED):
        return True
    return filing.stage is Stage.IN_REVIEW and any(
        task.state is TaskState.RETURNED for task in ctx.ledger.tasks.of(filing)
    )


def points(ctx: Context, filing: Filing) -> list[str]:
    """Return what was asked back, one line a point, each with who asks and on which clause."""
    if filing.stage in _BEFORE_SIGNING:
        return _schools_reason(ctx, filing)
    rows = []
    asked = [
        task
        for task in ctx.ledger.tasks.of(filing)
        if task.state is TaskState.RETURNED and task.points
    ]
    for task in sorted(asked, key=lambda one: str(one.points[-1]["at"])):
        department = ctx.ledger.people.department(filing.tenant, task.desk)
        name = department.name if department else task.desk.label
        rows += [f"{_point(point)}（{name}，{task.clause}）" for point in task.points[-1]["points"]]
    return rows


def _point(point: Any) -> str:
    words = [str(point.get("criterion", "")), str(point.get("text", ""))]
    return "：".join(word for word in words if word)


def _schools_reason(ctx: Context, filing: Filing) -> list[str]:
    """Return why the principal, or somebody who checks a pilot, sent it back last."""
    for row in reversed(list(ctx.ledger.journal.of(filing.tenant, filing.id))):
        if row.act == Act.SEND_BACK.value:
            reason = next((image["note"] for image in row.rows if "note" in image), "")
            is_head = row.role == Role.PRINCIPAL.value
            who = head_at(ctx, filing) if is_head else Role.CHECKER.label
            return [f"{reason}（{who}）"] if reason else []
    return []


def open_again(ctx: Context, filing: Filing) -> Filling:
    """Open the draft of a filing that came back, or one made of its answers.

    Raises:
        NotAllowedError: not this person's filing, or nothing waits for the school.
    """
    if ctx.person.id not in desks.school_today(ctx, filing):
        raise NotAllowedError("这件备案由经办人补正。如需换人，请联系管理员。")
    if not came_back(ctx, filing):
        raise NotAllowedError(
            f"{filing.case_no} 现在是“{filing.stage.label}”，没有需要补正的内容。"
        )
    drafts = ctx.ledger.drafts
    draft = drafts.of_filing(filing.bundle)
    if draft is None:
        draft = drafts.open(
            tenant=filing.tenant,
            unit_code=filing.school,
            person_id=ctx.person.id,
            matter=filing.matter,
            now=ctx.now,
            answers=filing.answers,
        )
    if draft.person_id != ctx.person.id:
        draft = drafts.give(draft, ctx.person.id)
    if draft.state != "open" or draft.filing_id is None:
        draft = drafts.turn(draft, "open", filing_id=filing.bundle)
    ctx.talk.draft = draft
    return Filling.of(ctx, draft)


# --- the step ------------------------------------------------------------------------------------


def _filings(filling: Filling) -> list[Filing]:
    assert filling.draft.filing_id is not None  # the step is due only then
    return came_back(filling.ctx, filling.ctx.ledger.filings.known(filling.draft.filing_id))


def _ask(filling: Filling) -> bool:
    ctx, filings = filling.ctx, _filings(filling)
    if not filings:
        filling.say("这件备案没有需要补正的内容。发“进度”可以查看。")
        return True
    rows = [point for filing in filings for point in points(ctx, filing)]
    if papers := missing(filling):
        rows.append(f"还缺材料：{names(papers)}")
    cases = "、".join(filing.case_no for filing in filings)
    link, offer = ctx.link("upload", filling.draft.id), offered(_HAND_BACK)
    if filings[0].stage in _BEFORE_SIGNING:
        card = unsigned_card(cases, filling.title, rows, offer, link, filling.draft.id)
    else:
        rows += [said for one in filings if (said := _looked_at_anew(ctx, one, filling.answers))]
        deadline = workdays.add(filling.today, filings[0].office.days_complete, ctx.ledger.calendar)
        until = f"建议{day_text(deadline.on)}{'（预估）' if deadline.provisional else ''}前交回。"
        card = returned_card(cases, filling.title, rows, offer, link, filling.draft.id, until)
    filling.say(card)
    return True


def _looked_at_anew(ctx: Context, filing: Filing, answers: Mapping[str, Any]) -> str:
    """Say who reviews another version afresh, though they returned nothing; empty if nobody does.

    Source: requirements Q36.
    """
    old, new = (str(one.get("product_version") or "") for one in (filing.answers, answers))
    seated = {seat.desk for seat in filing.seats}
    desks_then = [desk for desk in Desk if desk in desks_anew(old, new) & seated]
    if not desks_then or filing.stage in _BEFORE_SIGNING:
        return ""
    names = "、".join(naming.desk_name(ctx, filing, desk) for desk in desks_then)
    became = f"由{old}改为{new}" if new else f"（{old}）不再填写"
    return f"版本{became}，交回后由{names}重新审查"


def _take(filling: Filling, key: str) -> bool:
    if key == "hand":
        hand_back(filling)
    elif key == "change":
        filling.say(changeable(filling))
    else:
        filling.say("已保存。改好后发“交回”。")
    return False


def _typed(filling: Filling, text: str) -> bool:
    raise BadAnswerError("要改内容请发“修改”加项名，材料直接重发即可；都改好了请发“交回”。")


MEND: Final = Step(
    "mend",
    "补正",
    lambda f: f.draft.filing_id is not None,
    _ask,
    _take,
    lambda _f: _HAND_BACK,
    _typed,
)


# --- handing back --------------------------------------------------------------------------------


def hand_back(filling: Filling) -> None:
    """Hand a mended filing back, once: to the principal, or to the desks that returned it.

    The principal signs again only where declared facts, scope, fees or products changed.

    Raises:
        RuleViolationError: something is missing, or nothing waits for the school any more.

    Source: design 2.7.
    """
    let_go(filling)
    must_be_whole(filling)
    filings = _filings(filling)
    if not filings:
        raise NotAllowedError("这件备案没有需要补正的内容。发“进度”可以查看。")
    ctx = filling.ctx
    if pilot_draft.is_pilot(filling):
        _to_school(filling, filings)
        return
    filling.keep()
    ctx.ledger.drafts.turn(filling.draft, "sent")
    ctx.talk.draft = None
    unsigned = [one for one in filings if one.stage in _BEFORE_SIGNING]
    changed = [one for one in filings if one not in unsigned and not _to_desks(filling, one)]
    for filing in unsigned:
        _to_principal(filling, filing)
    if unsigned:
        sign.ask_principal(ctx, unsigned[0])
    if changed:
        sign.ask_again(ctx, changed)


def _to_school(filling: Filling, filings: list[Filing]) -> None:
    """Let the school check a pilot afresh; what the authority has had is no pilot any more."""
    pilot_draft.must_be_alone(filling.ctx.ledger.filings.of_bundle(filings[0].bundle))
    if filings[0].stage not in _BEFORE_SIGNING:
        raise NotAllowedError(
            f"{filings[0].case_no} 已报送，不能改为试点（三（一）5）。"
            f"请改回，或由校长发“撤回 {filings[0].case_no}”。"
        )
    pilot_draft.send(filling, principal_of(filling), filings[0])


def _to_principal(filling: Filling, filing: Filing) -> None:
    ctx, settled = filling.ctx, filling.settled()
    assert settled.route is not None  # must_be_whole
    bundle = ctx.ledger.filings.of_bundle(filing.bundle)
    at = [one.id for one in bundle].index(filing.id)
    ways = settled.route.filings
    if len(ways) != len(bundle):
        raise RuleViolationError(
            f"改后应由{len(ways)}个部门分别牵头（三（一）），不能在原件上修改。"
            f"请改回，或发“撤回 {filing.case_no}”后重新备案。"
        )
    filing = ctx.ledger.filings.send_again(
        filing,
        title=filling.title,
        product_key=settled.product_key,
        facts=settled.facts,
        explained=settled.explained,
        answers=kept_answers(filling.answers),
        parts=ways[at],
        principal=principal_of(filling),
        owner=ctx.person,
        now=ctx.now,
    )
    filling.say(f"{filing.case_no} 已再次请{head_at(ctx, filing)}签署。")


def _to_desks(filling: Filling, filing: Filing) -> bool:
    """Hand one filing back to its desks; false where the principal has to sign it first."""
    ctx, settled = filling.ctx, filling.settled()
    parts = way_of(settled, filing, ctx.ledger.filings.of_bundle(filing.bundle))
    anew = _looked_at_anew(ctx, filing, filling.answers)
    changed = settled.product_key != filing.product_key
    if must_sign_again(filing.facts, settled.facts, products_changed=changed):
        said = "产品已更换，由各部门重新审查。" if changed else f"{anew}。" if anew else ""
        head = head_at(ctx, filing)
        filling.say(f"{filing.case_no} 的申报情况有变化，已请{head}重新确认，签署后交回。{said}")
        return False
    signs = ctx.person.id == filing.principal_id != filing.owner_id
    role = Role.PRINCIPAL if signs else Role.OWNER
    filing = ctx.ledger.filings.resubmit(
        filing,
        by=ctx.person,
        role=role,
        answers=kept_answers(filling.answers),
        facts=settled.facts,
        explained=settled.explained,
        parts=parts,
        changes=since_returned(ctx, filing, kept_answers(filling.answers)),
        now=ctx.now,
    )
    looks = f"{anew}；此外" if anew else ""
    filling.say(f"{filing.case_no} 已交回，{looks}只由提出意见的部门复看，其他部门的意见保留。")
    desks.tell_school(
        ctx,
        filing,
        f"{filing.case_no} “{filing.title}”的补正材料已由{ctx.person.name}老师交回，"
        f"{anew}{'，' if anew else ''}申报情况没有变化，无需重新签署。",
        once=f"handed:{filing.id}:{filing.version}",
        courtesy=True,
    )
    desks.tell_desks(ctx, filing)
    return True
