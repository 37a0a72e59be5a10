"""Acceptance (验收) of what was bought: the school hands it in, the technical department confirms.

Source: 三（二）8 采购方案的审查与验收; 四（二） 事前审查; requirements R64, R71.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

from cards.followup import confirm_card, done_card, papers_card
from cards.language import Tap
from handlers import desks, naming, showing
from handlers.context import Context
from handlers.events import Uploaded
from handlers.follow_draft import draft_of
from handlers.form import BadAnswerError
from handlers.forms.dates import dated_pieces, past_date, shown_date
from handlers.router import DESKS, MAYBE_CASE, SCHOOL, Router
from storage.cases import Filing, Followup
from storage.drafts import Draft
from storage.rules.documents import Slot
from storage.rules.followup import OVER, FollowKind, FollowState, order_questions
from storage.rules.terms import Act, Desk, NotAllowedError, RuleViolationError, TaskKind, clause

router = Router("acceptance")

MATTER: Final = "acceptance"
SLOT: Final = Slot(
    "acceptance", "验收材料", True, clause("三（二）8"), "验收报告、清单或现场照片。"
)
MOST_CHARS: Final = 200
_OPEN: Final = (FollowState.OPEN, FollowState.RETURNED)
_RESULTS: Final = ("整改后合格", "不合格", "合格")
_BOUGHT: Final = r"采购|购买|启用|使用|到货|购置"
_EXAMPLE: Final = "请发采购（或启用）日期、验收日期和结果，例如：采购3月20日，验收6月12日，合格。"


@router.word("accept", rf"(提交|填写)?验收\s*{MAYBE_CASE}", roles=SCHOOL)
def begin_typed(ctx: Context, match: re.Match[str]) -> None:
    """Begin the acceptance of the case that is typed, or of the only one that waits."""
    waiting = [one for one in waiting_for_school(ctx) if match["case"] in (None, one[0].case_no)]
    if len(waiting) == 1:
        _begin(ctx, *waiting[0])
    elif waiting:
        rows = "\n".join(f"{filing.case_no} {filing.title}" for filing, _ in waiting)
        ctx.say(f"{rows}\n请发“验收”加办件号，例如：验收 {waiting[-1][0].case_no}。")
    else:
        ctx.say("没有等您提交的验收。备案后、涉及采购的项目才需要验收（三（二）8）。")


def waiting_for_school(ctx: Context) -> list[tuple[Filing, Followup]]:
    """Return the acceptances that this person's schools have not handed in."""
    found = []
    for post in ctx.person.schools(ctx.today):
        for one in ctx.ledger.followups.standing(post.tenant, FollowKind.ACCEPTANCE, *_OPEN):
            filing = ctx.ledger.filings.known(one.filing_id)
            is_own = filing.school == post.unit_code and ctx.person.id in filing.school_people
            if is_own and filing.stage not in OVER:
                found.append((filing, one))
    return found


@router.tap("acceptance.begin", roles=SCHOOL)
def begin_tapped(ctx: Context, tap: Tap) -> None:
    """Begin the acceptance that a card speaks of."""
    one = ctx.ledger.followups.known(tap.subject)
    _begin(ctx, ctx.ledger.filings.known(one.filing_id), one)


def _begin(ctx: Context, filing: Filing, one: Followup) -> None:
    _own(ctx, filing, one)
    asked = f"上次要求：{one.told['asked']}。\n" if one.told.get("asked") else ""
    ctx.ask("acceptance.dates", one.id, one.version, f"{asked}{filing.case_no} {_EXAMPLE}")


def _own(ctx: Context, filing: Filing, one: Followup) -> None:
    if ctx.person.id not in desks.school_today(ctx, filing):
        raise NotAllowedError("验收由本校的经办人、项目负责人或校长提交（三（二）8）。")
    if one.state not in _OPEN:
        raise NotAllowedError(f"{filing.case_no} 的验收现在是“{one.state.label}”，不需要再提交。")


# --- dates, result, and what must be explained ---------------------------------------------------


@router.reply("acceptance.dates", roles=SCHOOL)
def hear_dates(ctx: Context, tap: Tap, text: str) -> None:
    """Read both dates and the result; a date before the decision is asked about."""
    one = ctx.ledger.followups.known(tap.subject)
    filing = ctx.ledger.filings.known(one.filing_id)
    _own(ctx, filing, one)
    told = read_told(text, ctx.today)
    if told is None:
        ctx.ask("acceptance.dates", one.id, one.version, f"没有认出两个日期和结果。{_EXAMPLE}")
        return
    _keep(ctx, one, told)
    questions = order_questions(
        _held(filing, "minutes_on"),
        _approved_on(ctx, filing),
        date.fromisoformat(told["bought_on"]),
    )
    if questions:
        sentences = "".join(question.sentence for question in questions)
        places = "、".join(dict.fromkeys(question.clause for question in questions))
        ctx.ask("acceptance.explain", one.id, one.version, f"{sentences}（依据{places}）")
        return
    _ask_papers(ctx, filing, one)


def read_told(text: str, today: date) -> dict[str, str] | None:
    """Read 采购3月20日，验收6月12日，合格; ``None`` where one of the three is missing.

    Raises:
        BadAnswerError: a date is still to come, or accepted before it was bought.
    """
    found: dict[str, date] = {}
    end_before = 0
    for start, end in dated_pieces(text):
        before = text[end_before:start]
        key = "bought_on" if re.search(_BOUGHT, before) else "accepted_on"
        if "验收" not in before and key == "accepted_on" and not found:
            key = "bought_on"
        found[key] = past_date(text[start:end], today)
        end_before = end
    result = next((word for word in _RESULTS if word in text), "")
    if len(found) < 2 or not result:
        return None
    if found["accepted_on"] < found["bought_on"]:
        raise BadAnswerError("验收日期早于采购（启用）日期，请核对后从“填写验收”重新发。")
    return {**{key: on.isoformat() for key, on in found.items()}, "result": result}


def _held(filing: Filing, key: str) -> date | None:
    value = filing.answers.get(key)
    return date.fromisoformat(str(value)) if value else None


def _approved_on(ctx: Context, filing: Filing) -> date | None:
    leads = {task.id for task in ctx.ledger.tasks.of(filing) if task.kind is TaskKind.DECISION}
    on = [
        filing.local(one.at).date()
        for one in ctx.ledger.tasks.decisions(filing)
        if one.task_id in leads and one.act is Act.APPROVE
    ]
    return max(on) if on else None


def _keep(ctx: Context, one: Followup, told: Mapping[str, str]) -> None:
    kept = ctx.talk.state.get("acceptance", {})
    before = kept if kept.get("of") == one.id else {"of": one.id, "told": {}}
    ctx.talk.state["acceptance"] = {**before, "told": dict(told)}


@router.reply("acceptance.explain", roles=SCHOOL)
def hear_reason(ctx: Context, tap: Tap, text: str) -> None:
    """Keep the explanation of a date that runs backwards."""
    one = ctx.ledger.followups.known(tap.subject)
    filing = ctx.ledger.filings.known(one.filing_id)
    _own(ctx, filing, one)
    words = text.strip()
    if not 4 <= len(words) <= MOST_CHARS:
        ctx.ask(
            "acceptance.explain", one.id, one.version, f"请用一两句话说明原因，最多{MOST_CHARS}字。"
        )
        return
    _keep(ctx, one, {**_told(ctx, one), "explained": words})
    _ask_papers(ctx, filing, one)


def _told(ctx: Context, one: Followup) -> dict[str, str]:
    kept = ctx.talk.state.get("acceptance", {})
    if kept.get("of") != one.id or not kept.get("told"):
        raise RuleViolationError("请从“填写验收”重新开始，或发“验收”加办件号。")
    return dict(kept["told"])


# --- papers --------------------------------------------------------------------------------------


def _draft(ctx: Context, filing: Filing, one: Followup) -> Draft:
    return draft_of(ctx, ctx.ledger.followups, MATTER, filing, one)


def _ask_papers(ctx: Context, filing: Filing, one: Followup) -> None:
    told, draft = _told(ctx, one), _draft(ctx, filing, one)
    ctx.talk.state["acceptance"] = {**ctx.talk.state["acceptance"], "draft": draft.id}
    ctx.say(
        papers_card(
            showing.case_heading(ctx, filing),
            one.id,
            one.version,
            [f"{name}：{value}" for name, value in rows_of(told)],
            len(ctx.ledger.drafts.files(draft.id)),
            ctx.link("upload", draft.id),
        )
    )


def rows_of(told: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return an acceptance as labelled lines."""
    dates = (("采购启用", "bought_on"), ("验收日期", "accepted_on"))
    rows = [(name, shown_date(told[key])) for name, key in dates if told.get(key)]
    return [*rows, *((("结果", str(told["result"])),) if told.get("result") else ())]


def waits_for_files(ctx: Context) -> str:
    """Return the draft that a file sent in the chat belongs to, while an acceptance is filled."""
    return str(ctx.talk.state.get("acceptance", {}).get("draft", ""))


def take_file(ctx: Context, draft: Draft, event: Uploaded) -> None:
    """Keep an arrived paper with its acceptance."""
    name = event.name or "照片"
    kept = ctx.ledger.drafts.attach(
        draft, slot=SLOT.key, name=name, digest=event.digest, size=event.size,
        media_type=event.media_type, person_id=ctx.person.id, now=ctx.now, keeps=True,
    )  # fmt: skip
    if event.on_page and event.instance in ctx.office.metered:
        return
    count = len(ctx.ledger.drafts.files(draft.id))
    ahead = f"已收到验收材料“{name}”" if kept else f"“{name}”已经在验收材料里"
    ctx.say(f"{ahead}，共{count}份。齐了请点“提交验收”，或发“交验收”。")


@router.tap("acceptance.hand", roles=SCHOOL)
def hand(ctx: Context, tap: Tap) -> None:
    """Hand the acceptance to the technical department."""
    one = ctx.ledger.followups.known(tap.subject)
    filing = ctx.ledger.filings.known(one.filing_id)
    _own(ctx, filing, one)
    told, draft = _told(ctx, one), _draft(ctx, filing, one)
    if not ctx.ledger.drafts.files(draft.id):
        raise RuleViolationError("还没有收到验收材料。请从链接上传，照片可直接发来（三（二）8）。")
    one = ctx.ledger.followups.hand(one, told, by=ctx.person, seen=tap.seen, now=ctx.now)
    ctx.ledger.drafts.turn(draft, "sent")
    ctx.talk.state.pop("acceptance", None)
    heading = showing.case_heading(ctx, filing)
    done = f"已提交 · {ctx.person.name} · {ctx.local_time(ctx.now)}"
    ctx.redraw(done_card(heading, "验收材料", done, ""))
    ctx.say_done(f"{filing.case_no} 的验收已提交，由教育技术部门确认，确认后告诉您。")
    _tell_desk(ctx, filing, one)


@router.word("hand_acceptance", r"(交|提交)验收(材料)?", roles=SCHOOL)
def hand_typed(ctx: Context, _match: re.Match[str]) -> None:
    """Hand over what is being filled in, by typed words."""
    kept = ctx.talk.state.get("acceptance")
    if not kept:
        raise RuleViolationError("没有正在填写的验收。请发“验收”加办件号。")
    one = ctx.ledger.followups.known(kept["of"])
    hand(ctx, Tap("acceptance.hand", one.id, one.version))


# --- the technical department --------------------------------------------------------------------


def _subject(one: Followup) -> str:
    return f"followup:{one.id}"


def _tell_desk(ctx: Context, filing: Filing, one: Followup) -> None:
    for person in ctx.ledger.people.at_desk(filing.tenant, Desk.TECH, ctx.today):
        show_to_desk(ctx, filing, one, person.id)


def show_to_desk(ctx: Context, filing: Filing, one: Followup, person_id: str) -> None:
    """Show an acceptance to somebody of the technical department."""
    reader = ctx.ledger.people.get(person_id)
    unit = ctx.ledger.people.unit(filing.tenant, filing.school)
    explained = one.told.get("explained")
    card = confirm_card(
        showing.case_heading(ctx, filing, reader),
        one.id,
        one.version,
        school=unit.name if unit else filing.school,
        facts=rows_of(one.told),
        lines=[f"日期先后，学校说明：{explained}。"] if explained else [],
        subject=_subject(one),
    )
    if person_id == ctx.person.id:
        ctx.say(card)
    else:
        once = f"{_subject(one)}:{one.version}"
        ctx.push(person_id, card, once=once, tenant=filing.tenant)


@router.tap("acceptance.show", roles=DESKS)
def show(ctx: Context, tap: Tap) -> None:
    """Show one acceptance afresh."""
    one, filing = _of_desk(ctx, tap)
    show_to_desk(ctx, filing, one, ctx.person.id)


def _of_desk(ctx: Context, tap: Tap) -> tuple[Followup, Filing]:
    """Return an acceptance that waits for this person's desk; what counts is asked again."""
    one = ctx.ledger.followups.known(tap.subject)
    filing = ctx.ledger.filings.known(one.filing_id)
    if ctx.person.at_desk(filing.tenant, Desk.TECH, ctx.today) is None:
        raise NotAllowedError("验收由教育技术部门的审核人确认，您目前没有这项权限。")
    if one.state is not FollowState.HANDED:
        raise NotAllowedError(f"{filing.case_no} 的验收现在是“{one.state.label}”，不需要您办理。")
    return one, filing


@router.tap("acceptance.confirm", roles=DESKS)
def confirm(ctx: Context, tap: Tap) -> None:
    """Confirm an acceptance; 计财 hears of it where an audit follows."""
    one = ctx.ledger.followups.known(tap.subject)
    one = ctx.ledger.followups.confirm(one, by=ctx.person, seen=tap.seen, now=ctx.now)
    filing = _settled(ctx, one, "已确认验收")
    desks.tell_school(
        ctx,
        filing,
        f"{filing.case_no} “{filing.title}”的验收已由{ctx.person.name}确认（三（二）8）。",
        once=f"accepted:{one.id}",
        courtesy=True,
    )
    _tell_finance(ctx, filing)


def _settled(ctx: Context, one: Followup, done: str) -> Filing:
    filing = ctx.ledger.filings.known(one.filing_id)
    words = f"{done} · {ctx.person.name} · {ctx.local_time(ctx.now)}"
    title = f"{filing.title[:20]}｜验收确认"
    card = done_card(showing.case_heading(ctx, filing), title, words, _subject(one))
    ctx.redraw(card)
    ctx.refresh(_subject(one), replace(card, page=""))
    ctx.say_done(f"{filing.case_no} {done}。")
    return filing


def _tell_finance(ctx: Context, filing: Filing) -> None:
    audit = ctx.ledger.followups.one(filing, FollowKind.AUDIT)
    amount = int(filing.answers.get("amount") or 0)
    if audit is None or audit.state is not FollowState.OPEN or audit.due_on is None:
        return
    if amount <= ctx.office.of(filing.tenant).rules.audit_over_yuan:
        return
    until = naming.limit_text(ctx.ledger, filing.tenant, audit.due_on)
    for person in ctx.ledger.people.at_desk(filing.tenant, Desk.FINANCE, ctx.today):
        ctx.push(
            person.id,
            f"{filing.case_no} “{filing.title}”已验收，请安排经费审计（三（二）3），"
            f"建议{until}前完成（内部办理时限）。审计后请发"
            f"“审计 {filing.case_no}”加日期和结论。",
            once=f"audit:{audit.id}",
            tenant=filing.tenant,
        )


@router.tap("acceptance.more", roles=DESKS)
def ask_what(ctx: Context, tap: Tap) -> None:
    """Ask what the school is to add."""
    one, _ = _of_desk(ctx, tap)
    ctx.ask("acceptance.more", one.id, tap.seen, "请写明需要学校补充什么，学校会看到。")


@router.reply("acceptance.more", roles=DESKS)
def hear_what(ctx: Context, tap: Tap, text: str) -> None:
    """Ask the school back."""
    one = ctx.ledger.followups.known(tap.subject)
    words = text.strip()[:MOST_CHARS]
    one = ctx.ledger.followups.ask_more(one, words, by=ctx.person, seen=tap.seen, now=ctx.now)
    filing = _settled(ctx, one, "已请学校补充")
    desks.tell_school(
        ctx,
        filing,
        f"{filing.case_no} 的验收请补充：{words}（{Desk.TECH.label}，三（二）8）。"
        f"请发“验收 {filing.case_no}”补充后再提交。",
        once=f"acceptance-more:{one.id}:{one.version}",
    )
