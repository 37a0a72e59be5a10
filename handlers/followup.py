"""Marks that follow a registered filing: audit by 计财; guidance, evaluation and cases by 教研.

Source: 三（二）3 项目经费审计; 三（二）6 课堂应用指导、研究和评估; requirements R44, R53 to R57.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Final

from cards.followup import cases_card, consent_card, done_card
from cards.language import Tap
from handlers import acceptance, desks, directions, listed, naming, reach, rectify, showing
from handlers.context import Context
from handlers.forms.dates import dated_pieces, past_date, shown_date
from handlers.router import CASE, DESKS, SCHOOL, Router
from storage.cases import Filing, Followup
from storage.rules.followup import FollowKind, FollowState
from storage.rules.terms import Act, Desk, NotAllowedError, Role, RuleViolationError
from storage.transaction import Transaction

router = Router("followup")

MOST_CHARS: Final = 300
MOST_NAME: Final = 80
_MOST_ROWS: Final = 20
_NOT_FOUND: Final = "没有找到这件备案，请核对办件号。"
_CLEAN: Final = r"未(见|发现)问题|无问题|没有问题|合规|未见异常"
_TROUBLE: Final = r"有问题|(发现|存在)(了)?问题|不合规"
_RESULTS: Final = ("部分达到预期", "未达到预期", "达到预期")


def _of_tenant(ctx: Context, case_no: str) -> Filing:
    filing = ctx.ledger.filings.by_case(case_no)
    held = {post.tenant for post in ctx.person.held(ctx.today) if post.role in DESKS}
    if filing is None or filing.tenant not in held:
        raise RuleViolationError(_NOT_FOUND)
    return filing


# --- 经费审计 ----------------------------------------------------------------------------------


@router.word("audit", rf"(经费)?审计\s*{CASE}\s*(?P<words>[\s\S]*)", roles=DESKS)
def audit(ctx: Context, match: re.Match[str]) -> None:
    """Note an audit: its date, what was found, and words."""
    filing = _of_tenant(ctx, match["case"])
    _take_audit(ctx, filing, match["words"].strip())


@router.reply("followup.audit", roles=DESKS)
def hear_audit(ctx: Context, tap: Tap, text: str) -> None:
    """Take date and finding that were asked for."""
    _take_audit(ctx, ctx.ledger.filings.known(tap.subject), text.strip())


def _take_audit(ctx: Context, filing: Filing, words: str) -> None:
    found = "clean" if re.search(_CLEAN, words) else "trouble" if re.search(_TROUBLE, words) else ""
    pieces = dated_pieces(words)
    if not found or not pieces:
        ctx.ask(
            "followup.audit", filing.id, filing.version,
            f"{filing.case_no} 请发审计日期和结论，例如：12月1日，未见问题；"
            "或：12月1日，有问题，合同与发票不符。",
        )  # fmt: skip
        return
    start, end = pieces[0]
    on = past_date(words[start:end], ctx.today)
    rest = re.sub(rf"{_CLEAN}|{_TROUBLE}", "", words[:start] + words[end:])
    told = {
        "on": on.isoformat(),
        "finding": found,
        "words": rest.strip(" ，,。；;：:\n")[:MOST_CHARS],
    }
    ctx.ledger.followups.audit(filing, told, by=ctx.person, now=ctx.now)
    ctx.say(f"{filing.case_no} 已记录经费审计：{audit_text(told)}（三（二）3）。")
    if found == "trouble":
        desks.tell_school(
            ctx,
            filing,
            f"{filing.case_no} “{filing.title}”经费审计{audit_text(told)}。"
            "请与计财部门联系（三（二）3）。",
            once=f"audited:{filing.id}",
        )


def audit_text(told: object) -> str:
    """Write an audit: 未见问题，2026年12月1日（周二）."""
    assert isinstance(told, dict)
    finding = "未见问题" if told["finding"] == "clean" else "发现问题"
    return "，".join(part for part in (finding, told.get("words"), shown_date(told["on"])) if part)


@router.word("audits", r"(经费)?审计清单|未审计(项目|清单)", roles=DESKS)
def audits(ctx: Context, _match: re.Match[str]) -> None:
    """List the projects over the set amount without an audit, the first due first (R44)."""
    rows = []
    tenants = dict.fromkeys(
        post.tenant for post in ctx.person.held(ctx.today) if ctx.person.at_desk(
            post.tenant, Desk.FINANCE, ctx.today
        )
    )  # fmt: skip
    if not tenants:
        raise NotAllowedError("审计清单由计财部门查看（三（二）3），您目前没有这项权限。")
    over = 0
    for tenant in tenants:
        over = ctx.office.of(tenant).rules.audit_over_yuan
        for one in ctx.ledger.followups.standing(tenant, FollowKind.AUDIT, FollowState.OPEN):
            filing = ctx.ledger.filings.known(one.filing_id)
            amount = int(filing.answers.get("amount") or 0)
            if amount > over:
                on = one.due_on
                due = f"{naming.limit_text(ctx.ledger, tenant, on)}前" if on else "待验收"
                rows.append(f"{filing.case_no} {filing.title}：{amount}元，{due}")
    ctx.ledger.about = None
    if not rows:
        ctx.say(f"没有超过{over}元而尚未审计的项目。")
        return
    more = f"\n共{len(rows)}件，先列{_MOST_ROWS}件。" if len(rows) > _MOST_ROWS else ""
    ctx.say(
        f"超过{over}元、尚未审计{len(rows)}件：\n" + "\n".join(rows[:_MOST_ROWS]) + more
        + "\n审计后请发“审计”加办件号、日期和结论。"
    )  # fmt: skip


# --- 课堂指导, 评估 ----------------------------------------------------------------------------


@router.word("guide", rf"课堂指导\s*{CASE}\s*(?P<words>[\s\S]*)", roles=DESKS)
def guide(ctx: Context, match: re.Match[str]) -> None:
    """Note a visit to the class (R53)."""
    filing = _of_tenant(ctx, match["case"])
    words = match["words"].strip()[:MOST_CHARS]
    if not words:
        raise RuleViolationError(
            "请在办件号后写指导内容，例如：课堂指导 26-0302-0001 听课2节，建议分组使用。"
        )
    ctx.ledger.followups.note(
        filing, FollowKind.GUIDANCE, Act.GUIDE, {"words": words}, by=ctx.person, now=ctx.now
    )
    ctx.say(f"{filing.case_no} 已记录课堂指导（三（二）6），学校会看到。")
    desks.tell_school(
        ctx,
        filing,
        f"{filing.case_no} “{filing.title}”课堂应用指导：{words}（{ctx.person.name}，三（二）6）。",
        once=f"guided:{filing.id}:{ctx.now.isoformat()}",
    )


@router.word("evaluate", rf"评估\s*{CASE}\s*(?P<words>[\s\S]*)", roles=DESKS)
def evaluate(ctx: Context, match: re.Match[str]) -> None:
    """Note how a project works in class; its lead sees it (R55)."""
    filing = _of_tenant(ctx, match["case"])
    words = match["words"].strip()
    result = next((one for one in _RESULTS if one in words), "")
    if not result:
        raise RuleViolationError(
            f"请在办件号后写结果：{'、'.join(_RESULTS)}，可加说明，例如："
            "评估 26-0302-0001 达到预期 精准教学效果较好。"
        )
    _take_evaluation(ctx, filing, result, words.replace(result, "", 1))


def _take_evaluation(ctx: Context, filing: Filing, result: str, words: str) -> None:
    """Note it once each declared direction of use was spoken of (R56)."""
    wanted = directions.declared(filing)
    kind = FollowKind.EVALUATION
    ctx.ledger.followups.may_note(filing, kind, by=ctx.person, now=ctx.now)
    seen, rest = directions.read_seen(words, wanted)
    if missing := [pick.text for pick in wanted if pick.key not in seen]:
        # What was said so far waits in the conversation for the rest.
        ctx.talk.state["evaluation"] = [filing.id, result, words]
        ctx.ask(
            "followup.seen", filing.id, filing.version,
            f"{filing.case_no} 申报的应用方向还有{'、'.join(missing)}，课堂上是否见到？"
            f"例如：{missing[0]}见到；或：都见到。",
        )  # fmt: skip
        return
    ctx.talk.state.pop("evaluation", None)
    told = {"result": result, "words": rest.strip("：:")[:MOST_CHARS], "seen": seen}
    one = ctx.ledger.followups.note(filing, kind, Act.EVALUATE, told, by=ctx.person, now=ctx.now)
    said = text_of(ctx.ledger, one)
    ctx.say(f"{filing.case_no} 已记录评估：{said}（三（二）6）。牵头部门会看到。")
    for desk in dict.fromkeys(part.lead.desk for part in filing.parts):
        for person in ctx.ledger.people.at_desk(filing.tenant, desk, ctx.today):
            ctx.push(
                person.id,
                f"{filing.case_no} “{filing.title}”教研评估：{said}"
                f"（{ctx.person.name}，三（二）6）。",
                once=f"evaluated:{filing.id}:{ctx.now.isoformat()}",
                tenant=filing.tenant,
            )


@router.reply("followup.seen", roles=DESKS)
def hear_seen(ctx: Context, tap: Tap, text: str) -> None:
    """Take what was seen of the directions that were still open."""
    filing_id, result, words = ctx.talk.state.get("evaluation") or ("", "", "")
    filing = ctx.ledger.filings.known(tap.subject)
    if filing_id != filing.id:
        raise RuleViolationError(f"请重新发“评估 {filing.case_no}”加结果。")
    _take_evaluation(ctx, filing, result, f"{words}，{text}")


# --- 课题 --------------------------------------------------------------------------------------


@router.word("topic", rf"课题\s*{CASE}\s*(?P<words>[\s\S]*)", roles=SCHOOL | DESKS)
def topic(ctx: Context, match: re.Match[str]) -> None:
    """Link a filing to a topic of research (R54)."""
    filing = ctx.ledger.filings.by_case(match["case"])
    if filing is None or not ctx.person.works_in(filing.tenant, filing.school, ctx.today):
        filing = _of_tenant(ctx, match["case"])
    name = " ".join(match["words"].split()).strip("《》“”")
    if not 2 <= len(name) <= MOST_NAME:
        raise RuleViolationError(
            f"请在办件号后写课题名称，2至{MOST_NAME}字，例如："
            "课题 26-0302-0001 分级阅读对阅读兴趣的影响。"
        )
    ctx.ledger.followups.link_topic(filing, name, by=ctx.person, now=ctx.now)
    ctx.say(f"{filing.case_no} 已登记课题“{name}”（三（二）6）。发“课题清单”可以查看。")


@router.word("topics", r"(研究)?课题清单", roles=SCHOOL | DESKS)
def topics(ctx: Context, _match: re.Match[str]) -> None:
    """List the topics of one's own authority or schools."""
    scope = reach.of_rows(ctx.person, ctx.today)
    rows = listed.topics(ctx.ledger, scope) if scope else []
    ctx.ledger.about = None
    if not rows:
        ctx.say("还没有登记课题。备案后可发“课题”加办件号和名称。")
        return
    more = f"\n共{len(rows)}项，先列{_MOST_ROWS}项。" if len(rows) > _MOST_ROWS else ""
    lines = (f"{case_no} {school} {title}：{name}" for _, case_no, school, title, name in rows)
    ctx.say(
        "\n".join([f"研究课题{len(rows)}项：", *islice(lines, _MOST_ROWS)])
        + more
        + "\n发“今年情况”点“导出表格”，其中有“课题”一表。"
    )


# --- 典型案例 ----------------------------------------------------------------------------------


@router.word("case", rf"典型案例\s*{CASE}\s*(?P<words>[\s\S]*)", roles=DESKS)
def propose(ctx: Context, match: re.Match[str]) -> None:
    """Mark a typical case and ask the school's principal whether it may be published."""
    filing = _of_tenant(ctx, match["case"])
    words = match["words"].strip()[:MOST_CHARS]
    one = ctx.ledger.followups.propose(filing, words, by=ctx.person, now=ctx.now)
    ctx.say(f"{filing.case_no} 已标记为典型案例（三（二）6），已请学校确认是否同意公开。")
    people = ctx.ledger.people
    for person in people.in_unit(filing.tenant, filing.school, ctx.today, Role.PRINCIPAL):
        heading = showing.case_heading(ctx, filing, person)
        card = consent_card(heading, one.id, one.version, words)
        once = f"case:{one.id}:{one.version}"
        ctx.push(person.id, card, once=once, tenant=filing.tenant)


@router.tap("case.consent", roles=SCHOOL)
def consent(ctx: Context, tap: Tap) -> None:
    """Let the case be published."""
    _answer(ctx, tap, Act.CONSENT, "已同意公开")


@router.tap("case.decline", roles=SCHOOL)
def decline(ctx: Context, tap: Tap) -> None:
    """Do not let it be published."""
    _answer(ctx, tap, Act.DECLINE, "不同意公开")


def _answer(ctx: Context, tap: Tap, act: Act, done: str) -> None:
    followups = ctx.ledger.followups
    one = followups.consent(
        followups.known(tap.subject), act, by=ctx.person, seen=tap.seen, now=ctx.now
    )
    filing = ctx.ledger.filings.known(one.filing_id)
    heading = showing.case_heading(ctx, filing)
    ctx.redraw(done_card(heading, "典型案例", f"{done} · {ctx.person.name}", ""))
    ctx.say_done(f"{filing.case_no} 的典型案例：{done}。")
    for person in ctx.ledger.people.at_desk(filing.tenant, Desk.RESEARCH, ctx.today):
        ctx.push(
            person.id,
            f"{filing.case_no} “{filing.title}”的典型案例，学校{done}。",
            once=f"case-answer:{one.id}:{one.version}",
            tenant=filing.tenant,
        )


@router.word("cases", r"(典型)?案例清单", roles=DESKS)
def cases(ctx: Context, _match: re.Match[str]) -> None:
    """List the cases that the schools let be published, without any pupil's or person's name."""
    tenants = dict.fromkeys(post.tenant for post in ctx.person.held(ctx.today))
    rows = listed.published_cases(ctx.ledger, tenants)
    ctx.ledger.about = None
    if not rows:
        ctx.say("还没有学校同意公开的典型案例。")
        return
    lines = ["｜".join(filter(None, row)) for row in rows]
    ctx.say(cases_card(lines, book=ctx.link("book", "cases-all")))


# --- shown on progress, listed in 待办 ------------------------------------------------------


def lines_of(ctx: Context, filing: Filing) -> list[str]:
    """Return what follows a filing, a line each."""
    tx = ctx.ledger
    return [f"{one.kind.label}：{text_of(tx, one)}" for one in tx.followups.of(filing)]


def text_of(tx: Transaction, one: Followup) -> str:
    """Write how one of them stands."""
    if one.kind is FollowKind.RECTIFY:
        return rectify.text_of(one)
    if one.state in (FollowState.OPEN, FollowState.RETURNED):
        what = "待学校确认公开" if one.kind is FollowKind.CASE else one.state.label
        until = naming.limit_text(tx, one.tenant, one.due_on) if one.due_on else ""
        return what + (f"，{until}前" if until else "")
    if one.kind is FollowKind.ACCEPTANCE:
        result = "，".join(value for _, value in acceptance.rows_of(one.told)[1:])
        return f"{result}，{one.state.label if one.state is FollowState.HANDED else '已确认'}"
    if one.kind is FollowKind.AUDIT:
        return audit_text(one.told)
    if one.kind is FollowKind.CASE:
        return "学校同意公开" if one.state is FollowState.DONE else "学校不同意公开"
    said = "，".join(str(one.told[key]) for key in ("result", "words") if one.told.get(key))
    return "；".join(filter(None, (said, directions.seen_text(one.told.get("seen", {})))))


def waiting_for(ctx: Context) -> list[tuple[str, Tap]]:
    """Return what follows and waits for this person now, as lines with the tap that opens it."""
    rows = []
    tenants = dict.fromkeys(post.tenant for post in ctx.person.held(ctx.today))
    for tenant in tenants:
        if ctx.person.at_desk(tenant, Desk.TECH, ctx.today) is None:
            continue
        for one in ctx.ledger.followups.standing(tenant, FollowKind.ACCEPTANCE, FollowState.HANDED):
            filing = ctx.ledger.filings.known(one.filing_id)
            tap = Tap("acceptance.show", one.id, one.version)
            rows.append((f"{filing.case_no} {filing.title}：待确认验收", tap))
    for filing, one in acceptance.waiting_for_school(ctx):
        if one.state is FollowState.RETURNED or (one.due_on and one.due_on <= ctx.today):
            line = f"{filing.case_no} {filing.title}：验收{one.state.label}"
            rows.append((line, Tap("acceptance.begin", one.id)))
    return rows
