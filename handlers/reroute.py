"""转出: what came to the wrong desk goes where it belongs, with the fact that was wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from cards.case import done_card
from cards.hands import facts_card, reroute_card, values_card
from cards.language import Tap
from handlers import desks, naming, review, showing
from handlers.context import Context
from handlers.filling import KINDS
from handlers.hands import case_of
from handlers.router import CASE, DESKS, Router
from storage.cases import Filing, Task
from storage.people import Unit
from storage.rerouting import NOT_LISTED
from storage.rules.correcting import Fact, corrected, in_words, new_way, value_of
from storage.rules.routing import Part
from storage.rules.terms import (
    Act,
    Desk,
    Kind,
    RuleViolationError,
    SchoolStage,
    TaskState,
)
from storage.rules.workflow import advance

router = Router("reroute")

LOOK_BACK: Final = 12
MEANT: Final = {
    "中职": (Fact.STAGES, "vocational"), "职高": (Fact.STAGES, "vocational"),
    "职业学校": (Fact.STAGES, "vocational"), "幼儿园": (Fact.STAGES, "kindergarten"),
    "学前": (Fact.STAGES, "kindergarten"), "高中": (Fact.STAGES, "senior"),
    "初中": (Fact.STAGES, "junior"), "小学": (Fact.STAGES, "primary"),
    "普教": (Fact.STAGES, ""), "终端": (Fact.KIND, "terminal"), "平板": (Fact.KIND, "terminal"),
    "应用": (Fact.KIND, "app"), "APP": (Fact.KIND, "app"), "app": (Fact.KIND, "app"),
    "软件": (Fact.KIND, "app"), "直属学校": (Fact.OWNER, ""), "市局直属": (Fact.OWNER, ""),
    "直属": (Fact.OWNER, ""), "市属": (Fact.OWNER, ""), "县属": (Fact.OWNER, ""),
    "区属": (Fact.OWNER, ""), "县里": (Fact.OWNER, ""), "市里": (Fact.OWNER, ""),
}  # fmt: skip
WORDS: Final = "|".join(sorted(MEANT, key=len, reverse=True))
THIS: Final = r"(这个|这件|这|本件|该件)(备案|项目)?"
NATURAL: Final = rf"{THIS}(应该|应当|其实|明明)?(是|属于)(?P<what>{WORDS})的?[吧呀。.]*"
NOT_OURS: Final = rf"({THIS})?(不归我们|不归本处室?|不是我们)(管|处|的|办)?[。.]*"
OURS_TO_LEAD: Final = rf"({THIS})?应[该当]?由(我|我们|本)(处|科|室|中心|院)?来?(牵头|审批)[吧。.]*"
WHICH: Final = "请写明是哪一件，例如：转出 26-0302-0187。"


@router.tap("reroute.begin", roles=DESKS)
def begin(ctx: Context, tap: Tap) -> None:
    """Ask which fact is wrong, from a task's card."""
    _, filing = review.open_task(ctx, tap.subject, tap.seen)
    _ask_fact(ctx, filing)


@router.word("reroute", rf"转出\s*{CASE}\s*(?P<what>[\s\S]{{0,30}})", roles=DESKS)
def begin_typed(ctx: Context, match: re.Match[str]) -> None:
    """Ask which fact is wrong, or take the one that stands beside the case."""
    _begin(ctx, case_of(ctx, match["case"]), match["what"])


@router.word("reroute", NATURAL, roles=DESKS, natural=True)
def hear_natural(ctx: Context, match: re.Match[str]) -> None:
    """Hear 这个是中职的 of the case in hand."""
    _begin(ctx, _in_hand(ctx), match["what"])


@router.word("reroute", NOT_OURS, roles=DESKS, natural=True)
def hear_not_ours(ctx: Context, _match: re.Match[str]) -> None:
    """Hear 不归我们 of the case in hand, and ask what is wrong."""
    _begin(ctx, _in_hand(ctx), "")


@router.word("reroute", OURS_TO_LEAD, roles=DESKS, natural=True)
def hear_ours_to_lead(ctx: Context, _match: re.Match[str]) -> None:
    """Say who leads by which clause, and how another opinion is said (dialogues E.10)."""
    filing = _in_hand(ctx)
    leads = "；".join(
        f"{naming.desk_name(ctx, filing, part.lead.desk)}牵头（{part.lead.clause}）"
        for part in filing.parts
    )
    ctx.say(
        f"{filing.case_no} 由{leads}。有不同意见的，请选“有意见”写明，牵头部门会看到；"
        "分工要长期调整的，请管理员发“规则”修改。"
    )


def _in_hand(ctx: Context) -> Filing:
    """Return the case that was shown last here of those that wait for this person's desks.

    Raises:
        RuleViolationError: nobody can tell which is meant.
    """
    mine = {task.id: task for task in ctx.ledger.tasks.open_of(ctx.person, ctx.today)}
    newest = ctx.ledger.outbox.newest_in(ctx.event.instance, ctx.event.account, most=LOOK_BACK)
    for body in newest:
        subject = str(body.get("card", {}).get("subject", ""))
        if (task := mine.get(subject.removeprefix("task:"))) is not None:
            return ctx.ledger.filings.known(task.filing_id)
    cases = {task.filing_id for task in mine.values()}
    if len(cases) != 1:
        raise RuleViolationError(WHICH)
    return ctx.ledger.filings.known(cases.pop())


def _begin(ctx: Context, filing: Filing, words: str) -> None:
    _must_be_theirs(ctx, filing)
    found = re.search(WORDS, words)
    if found is None:
        _ask_fact(ctx, filing)
        return
    fact, value = MEANT[found[0]]
    if value:
        _show(ctx, filing, fact, value)
    else:
        _ask_value(ctx, filing, fact)


def _must_be_theirs(ctx: Context, filing: Filing) -> None:
    """Refuse whoever cannot send the case elsewhere as it stands, before anything is asked."""
    role = ctx.ledger.hands.role_in(filing, ctx.person, ctx.today)
    advance(filing.stage, Act.REROUTE, role)


def _ask_fact(ctx: Context, filing: Filing) -> None:
    _must_be_theirs(ctx, filing)
    facts = [
        (fact.value, fact.label, in_words(fact, value_of(filing.facts, fact)) or "未填")
        for fact in Fact
    ]
    ctx.redraw(facts_card(showing.view_of(ctx, filing), seen=filing.version, facts=facts))


@router.tap("reroute.fact", roles=DESKS)
def take_fact(ctx: Context, tap: Tap) -> None:
    """Ask what the wrong fact should be."""
    filing_id, _, key = tap.subject.partition(":")
    filing = ctx.ledger.filings.known(filing_id)
    _must_be_theirs(ctx, filing)
    _ask_value(ctx, filing, _fact(key))


def _fact(key: str) -> Fact:
    if key not in set(Fact):
        raise RuleViolationError(WHICH)
    return Fact(key)


def _values(ctx: Context, filing: Filing, fact: Fact) -> list[tuple[str, str]]:
    """Return what a fact may be instead, by (value, words).

    Raises:
        RuleViolationError: no other authority's directory has the school.
    """
    if fact is Fact.STAGES:
        return [(stage.value, stage.label) for stage in SchoolStage]
    if fact is Fact.KIND:
        return [(one.value, one.label) for one in Kind if one is not filing.kind]
    units = ctx.ledger.rerouting.seats_elsewhere(filing, ctx.now)
    listed = [one for one in units if one.tenant in ctx.office.tenants]
    if not listed:
        raise RuleViolationError(NOT_LISTED)
    return [(one.tenant, f"{one.owner.label}（{_authority(ctx, one.tenant)}）") for one in listed]


def _ask_value(ctx: Context, filing: Filing, fact: Fact) -> None:
    values = _values(ctx, filing, fact)
    if fact is Fact.OWNER and len(values) == 1:
        _show(ctx, filing, fact, values[0][0])
        return
    ctx.redraw(
        values_card(
            showing.view_of(ctx, filing), seen=filing.version, fact=fact.value,
            label=fact.label, values=values,
        )
    )  # fmt: skip
    rows = " ".join(f"{at} {words}" for at, (_, words) in enumerate(values, start=1))
    question = f"{filing.case_no} 的{fact.label}应为：{rows}。请发序号或名称。"
    ctx.expect("reroute.value", f"{filing.id}:{fact.value}", filing.version, question)


@router.tap("reroute.value", roles=DESKS)
def take_value(ctx: Context, tap: Tap) -> None:
    """Take what was chosen, and show what becomes of the filing."""
    filing_id, _, key = tap.subject.partition(":")
    filing, fact = ctx.ledger.filings.known(filing_id), _fact(key)
    known = {value for value, _ in _values(ctx, filing, fact)}
    _chosen(
        ctx, filing, fact, [one for one in (tap.choices or {}).get("value", ()) if one in known]
    )


@router.reply("reroute.value", roles=DESKS)
def hear_value(ctx: Context, tap: Tap, text: str) -> None:
    """Read what is right by number or name."""
    filing_id, _, key = tap.subject.partition(":")
    filing, fact = ctx.ledger.filings.known(filing_id), _fact(key)
    values = _values(ctx, filing, fact)
    said = set(re.findall(r"\d+", text))
    chosen = [
        value
        for at, (value, words) in enumerate(values, start=1)
        if str(at) in said or words in text
    ]
    if not chosen:
        _ask_value(ctx, filing, fact)
        return
    _chosen(ctx, filing, fact, chosen)


def _chosen(ctx: Context, filing: Filing, fact: Fact, values: Sequence[str]) -> None:
    if not values:
        raise RuleViolationError("请至少选一项。")
    order = [stage.value for stage in SchoolStage]
    several = ",".join(sorted(values, key=order.index)) if fact is Fact.STAGES else values[0]
    _show(ctx, filing, fact, several)


# --- before it counts ----------------------------------------------------------------------------


def _show(ctx: Context, filing: Filing, fact: Fact, value: str) -> None:
    """Show who would lead then, on which clause, and what becomes of the opinions."""
    _must_be_theirs(ctx, filing)
    if fact is Fact.OWNER:
        lines = _lines_elsewhere(ctx, filing, _unit(ctx, filing, value))
    else:
        lines = _lines_here(ctx, filing, fact, value)
    view = showing.view_of(ctx, filing)
    what = f"{fact.value}:{value}"
    ctx.redraw(reroute_card(view, seen=filing.version, what=what, lines=lines))


def _lines_here(ctx: Context, filing: Filing, fact: Fact, value: str) -> list[str]:
    way = ctx.ledger.rerouting.way(filing, fact, value, filing.office)
    was = in_words(fact, value_of(filing.facts, fact))
    lines = [
        f"{fact.label}：{was}改为{in_words(fact, value)}。",
        f"改后由{_leads(ctx, filing, way.parts)}牵头。",
    ]
    spoken = [one for one in way.kept if one.state is TaskState.DECIDED]
    for lead, found in (
        ("保留意见：", [one.desk for one in spoken]),
        ("加请会审：", [seat.desk for seat in way.asked]),
        ("不再办理：", dict.fromkeys(one.desk for one in way.dropped)),
    ):
        if names := "、".join(naming.desk_name(ctx, filing, desk) for desk in found):
            lines.append(f"{lead}{names}。")
    lines.append("确认后改记本件，告知学校和有关处室，并在该校下次备案时提示。")
    return lines


def _lines_elsewhere(ctx: Context, filing: Filing, unit: Unit) -> list[str]:
    facts = corrected(filing.facts, Fact.OWNER, unit.owner.value)
    parts = new_way(facts, ctx.office.of(unit.tenant).rules)
    leads = "、".join(
        f"{_desk_name(ctx, unit.tenant, part)}（{part.lead.clause}）" for part in parts
    )
    return [
        f"隶属改为{unit.owner.label}，移交{_authority(ctx, unit.tenant)}（二（三）谁主管谁负责）。",
        f"移交后由{leads}牵头。",
        "学校填报的内容、材料、签署一并移交，不用重新报送；本件在这里记为“已移交”。",
    ]


def _leads(ctx: Context, filing: Filing, parts: Sequence[Part]) -> str:
    return "、".join(
        f"{naming.desk_name(ctx, filing, part.lead.desk)}（{part.lead.clause}）" for part in parts
    )


def _desk_name(ctx: Context, tenant: str, part: Part) -> str:
    department = ctx.ledger.people.department(tenant, part.lead.desk)
    return department.name if department else part.lead.desk.label


def _authority(ctx: Context, tenant: str) -> str:
    known = ctx.office.of(tenant)
    return f"{known.name}{known.title}"


def _unit(ctx: Context, filing: Filing, tenant: str) -> Unit:
    units = ctx.ledger.rerouting.seats_elsewhere(filing, ctx.now)
    found = next((one for one in units if one.tenant == tenant), None)
    if found is None or tenant not in ctx.office.tenants:
        raise RuleViolationError(NOT_LISTED)
    return found


@router.tap("reroute.keep", roles=DESKS)
def keep(ctx: Context, tap: Tap) -> None:
    """Leave the filing where it is."""
    filing = ctx.ledger.filings.known(tap.subject)
    ctx.ledger.hands.role_in(filing, ctx.person, ctx.today)
    ctx.redraw(done_card(showing.view_of(ctx, filing), "转出", "没有转出", ""), alone=True)


# --- it counts -----------------------------------------------------------------------------------


@router.tap("reroute.confirm", roles=DESKS)
def confirm(ctx: Context, tap: Tap) -> None:
    """Put the fact right and send the filing where it belongs.

    Source: 三（一）, 二（三）; E.5 unhappy 2, E.6 unhappy 2.
    """
    filing_id, _, what = tap.subject.partition(":")
    key, _, value = what.partition(":")
    filing, fact = ctx.ledger.filings.known(filing_id), _fact(key)
    before = ctx.ledger.tasks.of(filing)
    if fact is Fact.OWNER:
        _move_away(ctx, filing, value, tap.seen, before)
        return
    was = in_words(fact, value_of(filing.facts, fact))
    leads = {part.lead.desk for part in filing.parts}
    matter = KINDS[value].matter if fact is Fact.KIND else filing.matter
    filing = ctx.ledger.rerouting.reroute(
        filing.id, fact, value, matter=matter, by=ctx.person, seen=tap.seen, now=ctx.now
    )
    done = f"已转出 · {ctx.person.name} · {ctx.local_time(ctx.now)}"
    ctx.redraw(done_card(showing.view_of(ctx, filing), "转出", done, ""))
    _close(ctx, filing, before, done)
    now = _leads(ctx, filing, filing.parts)
    changed = f"{fact.label}由{was}更正为{in_words(fact, value)}"
    ctx.say_done(f"{filing.case_no} 已转出：{changed}，由{now}牵头。")
    told = f"{filing.case_no} “{filing.title}”的{changed}，由{now}牵头。"
    desks.tell_school(
        ctx,
        filing,
        f"{told}已有的会审意见保留，不用重新报送。如与实际不符，请发“人工”联系。",
        once=f"rerouted:{filing.id}:{filing.version}",
    )
    _tell(ctx, filing, {*leads, *(part.lead.desk for part in filing.parts)}, told)
    desks.tell_desks(ctx, filing)


def _move_away(
    ctx: Context, filing: Filing, tenant: str, seen: int, before: Sequence[Task]
) -> None:
    there = ctx.office.of(tenant)
    filing, came = ctx.ledger.rerouting.move_away(
        filing.id, _unit(ctx, filing, tenant), office=there.rules, number_code=there.number_code,
        by=ctx.person, seen=seen, now=ctx.now,
    )  # fmt: skip
    done = f"已移交 · {ctx.person.name} · {ctx.local_time(ctx.now)}"
    ctx.redraw(done_card(showing.view_of(ctx, filing), "转出", done, ""))
    _close(ctx, filing, before, done)
    authority = _authority(ctx, tenant)
    ctx.say_done(f"{filing.case_no} 已移交{authority}，新办件号 {came.case_no}。")
    told = f"{filing.case_no} “{filing.title}”已移交{authority}办理，新办件号 {came.case_no}。"
    desks.tell_school(
        ctx,
        came,
        f"{told}填报内容、材料和签署一并移交，不用重新报送。如与实际不符，请发“人工”联系。",
        once=f"moved:{filing.id}",
    )
    _tell(ctx, filing, {part.lead.desk for part in filing.parts}, told)
    desks.tell_desks(ctx, came)


def _close(ctx: Context, filing: Filing, before: Sequence[Task], done: str) -> None:
    """Redraw the cards of what a desk has no more to do with, and the offer to go ahead."""
    for task in before:
        now = ctx.ledger.tasks.known(task.id)
        if now.state is TaskState.SUPERSEDED and now.version != task.version:
            over = replace(review.over_card(ctx, filing, now), done=done, page="")
            ctx.refresh(f"task:{task.id}", over)
    early = f"filing:{filing.id}:early"
    view = replace(showing.view_of(ctx, filing), link="")
    ctx.refresh(early, done_card(view, f"{filing.title}｜仅差参考意见", done, early))


def _tell(ctx: Context, filing: Filing, leads: set[Desk], told: str) -> None:
    """Tell the departments that led and that lead now, but not who did it."""
    for desk in sorted(leads):
        for person in ctx.ledger.people.at_desk(filing.tenant, desk, ctx.today):
            if person.id != ctx.person.id:
                ctx.push(
                    person.id, told, once=f"rerouted:{filing.id}:{filing.version}",
                    tenant=filing.tenant,
                )  # fmt: skip
