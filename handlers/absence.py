"""Being away: said in a few words, shown back with its days, confirmed, ended; who stands in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from cards.absence import (
    MOST,
    Candidate,
    absence_card,
    absence_done_card,
    absences_card,
    substitute_card,
)
from cards.language import Tap
from cards.todo import many
from handlers import naming
from handlers.context import Context
from handlers.form import BadAnswerError
from handlers.forms.spans import PATTERN, away_in, span_in
from handlers.router import DESKS, STAFF, Router
from handlers.sweeps import Sweep
from storage.absences import Absence
from storage.cases import Decision
from storage.people import Person
from storage.rules.absences import Span
from storage.rules.terms import NotAllowedError, Role, UnitKind

router = Router("absence")

WHEN: Final = "请发外出日期和代办人，例如：下周一到周三出差，由李四代。"
NONE: Final = "您没有登记过外出。要登记请发日期和代办人，例如：明天请假，由李四代。"


@router.word("away", PATTERN, roles=STAFF)
def say_away(ctx: Context, match: re.Match[str]) -> None:
    """Take an absence that was typed in one message.

    Source: 三; requirements E.11 (4).
    """
    _must_have_a_desk(ctx)
    found = away_in(match[0], ctx.today, ctx.ledger.calendar)
    if found is None:
        raise BadAnswerError(f"没有认出外出日期。{WHEN}")
    _take(ctx, found.span, found.substitute)


@router.word("away.ask", r"请假|休假|出差|外出|公出|登记外出|外出登记|代办人", roles=STAFF)
def ask_away(ctx: Context, _match: re.Match[str]) -> None:
    """Ask for the days."""
    _must_have_a_desk(ctx)
    ctx.ask("absence.when", "", 0, WHEN)


@router.reply("absence.when", roles=DESKS)
def hear_when(ctx: Context, _tap: Tap, text: str) -> None:
    """Take the days, and the substitute where one is named."""
    found = away_in(text, ctx.today, ctx.ledger.calendar)
    span = found.span if found else span_in(text, ctx.today, ctx.ledger.calendar)
    if span is None:
        ctx.ask("absence.when", "", 0, f"没有认出外出日期。{WHEN}")
        return
    _take(ctx, span, found.substitute if found else "")


def _must_have_a_desk(ctx: Context) -> None:
    """Hold an absence to who has a desk; a school's signature is nobody else's.

    Raises:
        NotAllowedError: says why, and what can be done instead.

    Source: 附件 学校审核; requirements R96.
    """
    held = ctx.person.held(ctx.today)
    if any(post.role in DESKS and post.unit_kind is UnitKind.DEPARTMENT for post in held):
        return
    if any(post.role is Role.PRINCIPAL for post in held):
        raise NotAllowedError(
            "学校审核由校长（园长、单位负责人）本人签署，外出期间不能由他人代签（附件 学校审核）。"
            "您在外也可以用手机签署；另有主持工作的负责人的，请管理员在名单中登记为本校校长。"
        )
    raise NotAllowedError(
        "外出代办只用于部门审核岗位，您不需要登记。备案要请同事接着办，请联系校长。"
    )


def _take(ctx: Context, span: Span, name: str) -> None:
    ctx.ledger.absences.must_fit(ctx.person, span, ctx.today)
    if not name:
        _ask_who(ctx, span, "期间由谁代办？")
        return
    able = _candidates(ctx, span)
    tenant = ctx.ledger.absences.tenant_of(ctx.person, ctx.today)
    named = [one for one in able if one.name == name] or ctx.ledger.people.named(
        tenant, name, ctx.today
    )
    if len(named) == 1:
        _show(ctx, span, named[0])
    elif named:
        _ask_who(ctx, span, f"名单中有{len(named)}位{name}，是哪一位？", named)
    else:
        like = [one for one in able if set(name) & set(one.name)]
        _ask_who(ctx, span, f"名单中没有可以代办的“{name}”。", like)


def _candidates(ctx: Context, span: Span) -> list[Person]:
    """Return who may stand in, colleagues of the same department first."""
    tenant = ctx.ledger.absences.tenant_of(ctx.person, ctx.today)
    own = {post.unit_code for post in ctx.person.held(ctx.today) if post.role in DESKS}
    able = [
        one
        for one in ctx.ledger.people.in_departments(tenant, ctx.today)
        if ctx.ledger.absences.may_be_named(ctx.person, one, span, ctx.today)
    ]
    return sorted(able, key=lambda one: (not own & {p.unit_code for p in one.held(ctx.today)},
                                         one.name, one.id))  # fmt: skip


def _key(span: Span) -> str:
    return f"{span.first.isoformat()}:{span.last.isoformat()}"


def _span(subject: str) -> tuple[Span, str]:
    """Read the days and the person out of a tap.

    Raises:
        NotAllowedError: the card is none of ours.
    """
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d):(\d{4}-\d\d-\d\d):(\w*)", subject)
    if found is None:
        raise NotAllowedError(f"这张卡片已经过期。{WHEN}")
    return Span(date.fromisoformat(found[1]), date.fromisoformat(found[2])), found[3]


def _named(ctx: Context, person: Person) -> str:
    tenant = ctx.ledger.absences.tenant_of(ctx.person, ctx.today)
    posts = [
        post
        for post in person.held(ctx.today)
        if post.tenant == tenant and post.unit_kind is UnitKind.DEPARTMENT and not post.stands_for
    ]
    return f"{person.name}（{posts[0].unit_name}）" if posts else person.name


def _ask_who(ctx: Context, span: Span, words: str, offered: Sequence[Person] = ()) -> None:
    offered = list(offered or _candidates(ctx, span))[:MOST]
    rows: list[Candidate] = [(one.id, _named(ctx, one)) for one in offered]
    ctx.say(substitute_card(span.text, words, rows, _key(span)))
    asked = ",".join(one.id for one in offered)
    ctx.expect("absence.name", f"{_key(span)}:{asked}", 0, f"{span.text}：请发代办人姓名。")


@router.reply("absence.name", roles=DESKS)
def hear_name(ctx: Context, tap: Tap, text: str) -> None:
    """Take the substitute's typed name, or the number of one that was offered."""
    days, _, asked = tap.subject.rpartition(":")
    span, _ = _span(f"{days}:")
    word = text.strip("。.，, ")
    if word.isdecimal() and len(word) < 3:
        offered = [*(one for one in asked.split(",") if one), ""]
        if not 1 <= int(word) <= len(offered):
            _ask_who(ctx, span, "没有这个序号。")
            return
        _show(ctx, span, _person(ctx, offered[int(word) - 1]))
    elif word in ("不指定", "不指定代办人", "没有", "不用", "不需要", "无"):
        _show(ctx, span, None)
    else:
        _take(ctx, span, re.sub(r"^(由|请)|(代办|代)$", "", word)[:20])


@router.tap("absence.who", roles=DESKS)
def choose_who(ctx: Context, tap: Tap) -> None:
    """Take the tapped substitute."""
    span, person_id = _span(tap.subject)
    _show(ctx, span, _person(ctx, person_id))


def _person(ctx: Context, person_id: str) -> Person | None:
    return ctx.ledger.people.get(person_id) if person_id else None


def _show(ctx: Context, span: Span, substitute: Person | None) -> None:
    ctx.talk.state.pop("asks", None)
    absences = ctx.ledger.absences
    absences.must_fit(ctx.person, span, ctx.today)
    if substitute is None:
        absences.must_not_leave_alone(ctx.person, span, ctx.today)
        notes = ["期间交给您处的任务由本部门其他同志办理。"]
    else:
        absences.must_be_able(ctx.person, substitute, span, ctx.today)
        signs = f"意见署名“{substitute.name}（代{ctx.person.name}）”"
        notes = [f"期间交给您的任务送{substitute.name}办理，{signs}；其本部门的照常署名。"]
    notes.append("按整天计。您本人仍可办理，提前回来请发“我回来了”。")
    card = absence_card(
        f"{_key(span)}:{substitute.id if substitute else ''}",
        span.text,
        _worked(ctx, span),
        _named(ctx, substitute) if substitute else "",
        notes,
    )
    ctx.redraw(card)


def _worked(ctx: Context, span: Span) -> str:
    days = [span.first + timedelta(days=at) for at in range((span.last - span.first).days + 1)]
    worked = [ctx.ledger.calendar.day(day) for day in days]
    mark = "（预估）" if any(day.provisional for day in worked) else ""
    return f"{len(days)}天，其中{sum(day.is_workday for day in worked)}个工作日{mark}"


@router.tap("absence.drop", roles=DESKS)
def drop(ctx: Context, tap: Tap) -> None:
    """Leave it."""
    span, _ = _span(tap.subject)
    ctx.redraw(absence_done_card("外出登记", span.text, "", "没有登记"))


@router.tap("absence.confirm", roles=DESKS)
def confirm(ctx: Context, tap: Tap) -> None:
    """Write the absence down, tell the substitute, and begin it where it begins today."""
    span, person_id = _span(tap.subject)
    substitute = _person(ctx, person_id)
    absence = ctx.ledger.absences.record(ctx.person, substitute, span, now=ctx.now, today=ctx.today)
    name = _named(ctx, substitute) if substitute else ""
    ctx.redraw(absence_done_card("外出登记", span.text, name, "已登记"))
    ctx.say_done(
        f"已登记：{span.text}外出，{f'由{substitute.name}代办' if substitute else '不指定代办人'}。"
        "取消请发“取消请假”，提前回来请发“我回来了”。"
    )
    if substitute is not None:
        ctx.push(
            substitute.id,
            f"{ctx.person.name}{span.text}外出，请您代办其审核任务。"
            "到时新任务会直接送您，意见署名会注明代办；期满自动结束。",
            once=f"absence:{absence.id}:made",
            tenant=absence.tenant,
        )


# --- back again ----------------------------------------------------------------------------------


@router.word(
    "back", r"取消(请假|休假|出差|外出|代办)(登记)?|销假|我?(提前)?回来了|我回来上班了", roles=STAFF
)
def come_back(ctx: Context, _match: re.Match[str]) -> None:
    """End the absence, or ask which of several."""
    live = ctx.ledger.absences.live_of(ctx.person.id, ctx.today)
    if not live:
        ctx.say(NONE)
    elif len(live) == 1:
        _end(ctx, live[0])
    else:
        ctx.say(absences_card([(one.id, _words(ctx, one)) for one in live]))


@router.tap("absence.end", roles=DESKS)
def end_one(ctx: Context, tap: Tap) -> None:
    """End the tapped absence."""
    absence = ctx.ledger.absences.known(tap.subject)
    if absence.person_id != ctx.person.id:
        raise NotAllowedError("外出登记由本人取消。")
    ctx.redraw(absence_done_card("外出登记", absence.span.text, "", "已取消"))
    _end(ctx, absence)


def _words(ctx: Context, absence: Absence) -> str:
    person = _person(ctx, absence.substitute_id)
    return f"{absence.span.text}{f'，由{person.name}代办' if person else ''}"


def _end(ctx: Context, absence: Absence) -> None:
    absence = ctx.ledger.absences.end(absence.id, by=ctx.person.id, now=ctx.now)
    begun = absence.from_on <= ctx.today
    ahead = "欢迎回来" if begun else "已取消"
    lines = [f"{ahead}，{_words(ctx, absence)}的登记已结束。"]
    ctx.say("\n".join([*lines, *(_done(ctx, absence) if begun else ())]))
    _tell_substitute(ctx, absence, f"{ctx.person.name}{'已回来' if begun else '已取消外出'}")


def _tell_substitute(ctx: Context, absence: Absence, why: str) -> None:
    if absence.substitute_id:
        ctx.push(
            absence.substitute_id,
            f"{why}，{absence.span.text}的代办已结束，其任务不再送您。",
            once=f"absence:{absence.id}:over",
            tenant=absence.tenant,
        )


def _done(ctx: Context, absence: Absence) -> list[str]:
    """Return what was done for somebody while they were away, and what waits for them."""
    done = ctx.ledger.absences.done_for(absence)
    rows = [_row(ctx, one) for one in done[:MOST]]
    more = [f"共{len(done)}件，发“待办”或“进度”加办件号可查看。"] if len(done) > MOST else []
    person = ctx.ledger.people.get(absence.person_id)
    left = len(ctx.ledger.tasks.open_of(person, ctx.today)) if person else 0
    head = ["期间已代办："] if rows else ["期间没有代办的事项。"]
    waits = f"现有待办{many(left)}，发“待办”查看。" if left else "现在没有待办。"
    return [*head, *rows, *more, waits]


def _row(ctx: Context, decision: Decision) -> str:
    filing = ctx.ledger.filings.known(decision.filing_id)
    task = ctx.ledger.tasks.known(decision.task_id)
    at = ctx.local_time(decision.at)
    said = naming.verdict_text(task, decision) if decision.verdict else decision.act.label
    return f"{filing.case_no} {filing.title}：{naming.heading_of(filing, task)} {said}，{at}"


# --- what becomes due ----------------------------------------------------------------------------


def _find(ctx: Context) -> Sequence[str]:
    return ctx.ledger.absences.due(ctx.today)


def _turn(ctx: Context, absence_id: str) -> None:
    """Begin an absence on its first day, or end it after its last.

    What nobody else at the desk could do is brought to the substitute; whoever comes back is told
    shortly what was done.
    """
    absences = ctx.ledger.absences
    absence = absences.known(absence_id)
    if absence.ended_at is not None:
        return
    if absence.to_on < ctx.today:
        absences.end(absence.id, by="", now=ctx.now)
        words = [f"您{absence.span.text}的外出登记已到期。", *_done(ctx, absence)]
        once = f"absence:{absence.id}:back"
        ctx.push(absence.person_id, "\n".join(words), once=once, tenant=absence.tenant)
        _tell_substitute(ctx, absence, "已到期")
    elif absence.started_at is None and absence.from_on <= ctx.today:
        absences.start(absence.id, ctx.now)


ABSENCE = Sweep("absence", _find, _turn)
