"""自查 by a school: who first answers, answers for it; every 否 opens what is to be put right.

Source: 四 尾 (R85, R86); requirements A.12; dialogues E.13.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from cards.language import Card, Tap
from cards.self_check import (
    ask_card,
    check_card,
    first_card,
    item_card,
    received_card,
    unfiled_card,
)
from handlers import rectify
from handlers.context import Context, day_text
from handlers.printed import name_of
from handlers.router import SCHOOL, Router
from storage.cases import Filing
from storage.rounds import Round, School
from storage.rules import workdays
from storage.rules.inspection import ITEMS, SheetState, items_of, questions
from storage.rules.masking import mask_phones_in
from storage.rules.terms import RuleViolationError
from storage.self_checks import Sheet, Told

router = Router("self_check")

MOST_CHARS: Final = 200
MOST_NAMES: Final = 20
NAME_CHARS: Final = 60
GO_ON: Final = "请从最新的一张卡片上回答，或重新发“自查”。"
NOTHING: Final = "目前没有需要您学校填报的自查。有新的会告诉您。"


def key_of(sheet: Sheet) -> str:
    """Return how a button names a sheet."""
    return f"{sheet.tenant}:{sheet.id}"


def subject_of(sheet: Sheet) -> str:
    """Return what all copies of a sheet's card have in common."""
    return f"inspection:{sheet.id}"


# --- asking the school ---------------------------------------------------------------------------


def ask_school(ctx: Context, one: Round, school: School) -> bool:
    """Send a school's card to who speaks for it, once; the first to answer answers for it.

    False where nobody does.
    """
    people = ctx.ledger.people.in_unit(one.tenant, school.code, ctx.today, *SCHOOL)
    (sheet,) = ctx.ledger.self_checks.in_round(one, [school.code])
    filings = ctx.ledger.inspections.filings_of(one.tenant, school.code, one.scope)
    card = _ask(ctx, one, sheet, school.name, len(filings))
    for person in people:
        ctx.push(person.id, card, once=subject_of(sheet), tenant=one.tenant)
    return bool(people)


def _ask(ctx: Context, one: Round, sheet: Sheet, school: str, filings: int) -> Card:
    return ask_card(
        one.name,
        key_of(sheet),
        subject_of(sheet),
        whose=name_of(ctx.office, one.made_for),
        school=school,
        closes=day_text(one.days.closes_on),
        filings=filings,
    )


def sheets_of(ctx: Context) -> list[tuple[Round, Sheet]]:
    """Return the sheets of this person's schools in rounds that are open."""
    return [
        found
        for post in ctx.person.schools(ctx.today)
        if post.role in SCHOOL
        for found in ctx.ledger.self_checks.of_school(post.tenant, post.unit_code)
        if found[0].days.closes_on >= ctx.today
    ]


def waiting_for(ctx: Context) -> list[tuple[str, Tap]]:
    """Return the sheets that this person's schools did not hand in, as lines of 待办."""
    return [
        (f"{one.name}：尚未收到，{day_text(one.days.closes_on)}前", tap)
        for one, sheet in sheets_of(ctx)
        if sheet.state is SheetState.ASKED
        for tap in [Tap("selfcheck.begin", key_of(sheet))]
    ]


def begin_typed(ctx: Context) -> None:
    """Begin the sheet that waits; where none does, the one that may still be corrected."""
    found = sheets_of(ctx)
    asked = [sheet for _, sheet in found if sheet.state is SheetState.ASKED]
    if not found:
        ctx.say(NOTHING)
    else:
        _begin(ctx, asked[0] if asked else found[0][1])


# --- the questions -------------------------------------------------------------------------------


def _sheet(ctx: Context, key: str) -> Sheet:
    tenant, _, sheet_id = key.partition(":")
    return ctx.ledger.self_checks.known(tenant, sheet_id)


@router.tap("selfcheck.begin", roles=SCHOOL)
def begin(ctx: Context, tap: Tap) -> None:
    """Begin to answer, or to correct what was answered."""
    _begin(ctx, _sheet(ctx, tap.subject))


def _begin(ctx: Context, sheet: Sheet) -> None:
    one, _ = ctx.ledger.self_checks.may_answer(sheet, ctx.person, ctx.today)
    filings = ctx.ledger.inspections.filings_of(sheet.tenant, sheet.school, one.scope)
    ctx.talk.state["selfcheck"] = {
        "sheet": key_of(sheet),
        "seen": sheet.version,
        "filings": [filing.id for filing in filings],
        "queue": [],
        "asked": 0,
        "amiss": {},
        "unfiled": [],
        "ready": False,
    }
    if not filings:
        ctx.redraw(unfiled_card(one.name, key_of(sheet), subject_of(sheet)))
        return
    before = ""
    if sheet.received_at is not None:
        by = ctx.ledger.people.get(sheet.received_by or "")
        before = (
            f"{by.name if by else '本校同志'}已于{ctx.local_time(sheet.received_at)}填报，"
            f"{day_text(one.days.closes_on)}前可以改填，以最后一次为准。"
        )
    card = first_card(
        one.name,
        key_of(sheet),
        subject_of(sheet),
        _titles(filings),
        before=before,
        needs_money=any(7 in items_of(filing.facts) for filing in filings),
    )
    ctx.redraw(card)


def _titles(filings: Sequence[Filing]) -> list[str]:
    return [f"{at} {one.case_no} {one.title}" for at, one in enumerate(filings, start=1)]


def _state(ctx: Context, key: str) -> dict[str, Any]:
    """Return what was answered so far on a sheet.

    Raises:
        RuleViolationError: nothing is being answered, or another sheet is.
    """
    state: dict[str, Any] = ctx.talk.state.get("selfcheck", {})
    if state.get("sheet") != key:
        raise RuleViolationError(GO_ON)
    return dict(state)


def _known(ctx: Context, state: Mapping[str, Any]) -> list[Filing]:
    found = ctx.ledger.filings.those(state["filings"])
    return [found[one] for one in state["filings"]]


@router.tap("selfcheck.same", roles=SCHOOL)
def same(ctx: Context, tap: Tap) -> None:
    """Take all items but fees and fairness as true, for all filings at once."""
    _start(ctx, tap.subject, one_by_one=False)


@router.tap("selfcheck.each", roles=SCHOOL)
def each(ctx: Context, tap: Tap) -> None:
    """Ask item by item."""
    _start(ctx, tap.subject, one_by_one=True)


def _start(ctx: Context, key: str, *, one_by_one: bool) -> None:
    state = _state(ctx, key)
    asked = [items_of(filing.facts) for filing in _known(ctx, state)]
    queue = list(questions(asked, one_by_one=one_by_one))
    _next(ctx, {**state, "queue": queue, "asked": len(queue), "amiss": {}, "ready": False})


def _next(ctx: Context, state: dict[str, Any]) -> None:
    """Ask the next item, or what is in use without being filed."""
    ctx.talk.state["selfcheck"] = state
    sheet = _sheet(ctx, state["sheet"])
    one = ctx.ledger.inspections.known(sheet.tenant, sheet.round_id)
    key, subject = state["sheet"], subject_of(sheet)
    if not state["queue"]:
        ctx.redraw(unfiled_card(one.name, key, subject))
        return
    no, many = state["queue"][0], state["asked"]
    filings = [one for one in _known(ctx, state) if no in items_of(one.facts)]
    at = many - len(state["queue"]) + 1
    ctx.redraw(item_card(one.name, key, subject, no, at, many, _named(filings)))


def _named(filings: Sequence[Filing]) -> list[str]:
    return [f"{one.case_no} {one.title}" for one in filings]


def _asked(ctx: Context, subject: str) -> tuple[dict[str, Any], int]:
    """Return the state and the item that is asked now, where a tap speaks of it."""
    key, _, no = subject.rpartition(":")
    state = _state(ctx, key)
    if not state["queue"] or str(state["queue"][0]) != no:
        raise RuleViolationError(GO_ON)
    return state, state["queue"][0]


@router.tap("selfcheck.yes", roles=SCHOOL)
def yes(ctx: Context, tap: Tap) -> None:
    """Take one item as true of all filings."""
    state, _ = _asked(ctx, tap.subject)
    _next(ctx, {**state, "queue": state["queue"][1:]})


@router.tap("selfcheck.no", roles=SCHOOL)
def deny(ctx: Context, tap: Tap) -> None:
    """Ask of which filings an item is not true, and how."""
    state, no = _asked(ctx, tap.subject)
    _ask_which(ctx, state, no, "")


def _ask_which(ctx: Context, state: Mapping[str, Any], no: int, ahead: str) -> None:
    filings = [one for one in _known(ctx, state) if no in items_of(one.facts)]
    if len(filings) == 1:
        words = f"{ahead}请用一句话说明{filings[0].case_no}的情况，整改事项会附上这句话。"
    else:
        rows = "\n".join(_titles(filings))
        words = f"{ahead}是哪几件？请发序号和一句说明，例如：1、3 学生端有付费入口。\n{rows}"
    ctx.ask("selfcheck.which", f"{state['sheet']}:{no}", 0, words)


@router.reply("selfcheck.which", roles=SCHOOL)
def hear_which(ctx: Context, tap: Tap, text: str) -> None:
    """Take the filings and the words."""
    state, no = _asked(ctx, tap.subject)
    filings = [one for one in _known(ctx, state) if no in items_of(one.facts)]
    at, words = _read_which(text, len(filings))
    if not at:
        _ask_which(ctx, state, no, "没有认出序号。")
        return
    if not 2 <= len(words) <= MOST_CHARS:
        ahead = f"说明有{len(words)}字，最多{MOST_CHARS}字。" if words else "还缺一句说明。"
        _ask_which(ctx, state, no, ahead)
        return
    amiss = {**state["amiss"], str(no): [[filings[one - 1].id for one in at], words]}
    _next(ctx, {**state, "amiss": amiss, "queue": state["queue"][1:]})


def _read_which(text: str, many: int) -> tuple[list[int], str]:
    """Read 1、3 学生端有付费入口; of one filing alone no number is asked for."""
    if many == 1:
        return [1], text.strip()
    ahead = re.match(r"\s*((?:第?\d{1,3}(?!\d)[件、，,;；和\s]*)+)", text)
    numbers = [int(one) for one in re.findall(r"\d+", ahead[1])] if ahead else []
    if not numbers or not all(1 <= one <= many for one in numbers):
        return [], ""
    assert ahead is not None
    return sorted(set(numbers)), text[ahead.end() :].strip(" ，,。：:")


# --- what is in use without being filed ----------------------------------------------------------


@router.tap("selfcheck.none", roles=SCHOOL)
def none(ctx: Context, tap: Tap) -> None:
    """Take it that everything in use is filed."""
    _check(ctx, _at_the_end(ctx, tap.subject), [])


@router.under("selfcheck.none", roles=SCHOOL)
def hear_unfiled(ctx: Context, tap: Tap, text: str) -> bool:
    """Take the names of what is in use without being filed."""
    state = _at_the_end(ctx, tap.subject)
    names = [name.strip(' “”"《》。') for name in re.split(r"[、，,;；\n]+", text)]
    names = list(dict.fromkeys(filter(None, names)))
    if len(names) > MOST_NAMES or any(len(name) > NAME_CHARS for name in names):
        raise RuleViolationError(
            f"请只发名称，用顿号隔开，每个{NAME_CHARS}字以内，一次最多{MOST_NAMES}个。"
        )
    _check(ctx, state, [mask_phones_in(name) for name in names])
    return True


def _at_the_end(ctx: Context, key: str) -> dict[str, Any]:
    state = _state(ctx, key)
    if state["queue"] or (state["filings"] and not state["asked"]):
        raise RuleViolationError(GO_ON)
    return state


def _check(ctx: Context, state: dict[str, Any], unfiled: Sequence[str]) -> None:
    state = {**state, "unfiled": list(unfiled), "ready": True}
    ctx.talk.state["selfcheck"] = state
    sheet = _sheet(ctx, state["sheet"])
    one = ctx.ledger.inspections.known(sheet.tenant, sheet.round_id)
    names = {filing.id: f"{filing.case_no} {filing.title}" for filing in _known(ctx, state)}
    amiss = [
        f"{ITEMS[int(no)].text}（{'、'.join(names[one] for one in ids)}：{mask_phones_in(words)}）"
        for no, (ids, words) in state["amiss"].items()
    ]
    card = check_card(
        one.name, state["sheet"], subject_of(sheet), filings=len(names), amiss=amiss,
        unfiled=unfiled, mark=_mark(state), closes=day_text(one.days.closes_on),
    )  # fmt: skip
    ctx.redraw(card)


def _mark(state: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()[:8]


# --- handing it in -------------------------------------------------------------------------------


@router.tap("selfcheck.send", roles=SCHOOL)
def send(ctx: Context, tap: Tap) -> None:
    """Hand the sheet in for the school."""
    key, _, mark = tap.subject.rpartition(":")
    sheet = _sheet(ctx, key)
    state: dict[str, Any] = ctx.talk.state.get("selfcheck", {})
    if state.get("sheet") != key or not state["ready"] or _mark(state) != mark:
        if sheet.received_by == ctx.person.id:
            raise RuleViolationError("这份自查已经收到，没有重复提交。要改填请发“自查”。")
        raise RuleViolationError(GO_ON)
    told = _told(state)
    today, rules = ctx.today, ctx.office.of(sheet.tenant).rules
    schools = ctx.ledger.calendar.of_schools(sheet.tenant)
    due = workdays.add(today, rules.days_rectify, schools).on
    sheet, new = ctx.ledger.self_checks.answer(
        sheet, told, due_on=due, by=ctx.person, day=today, seen=state["seen"], now=ctx.now
    )
    ctx.talk.state.pop("selfcheck")
    one = ctx.ledger.inspections.known(sheet.tenant, sheet.round_id)
    unit = ctx.ledger.people.unit(sheet.tenant, sheet.school)
    at = ctx.local_time(ctx.now)
    done = f"已提交 · {ctx.person.name} · {at}"
    card = received_card(one.name, subject_of(sheet), unit.name if unit else "", done)
    ctx.redraw(card)
    ctx.refresh(subject_of(sheet), card)
    ctx.say_done(_answered(one, told, len(new), day_text(due)))
    for item in new:
        rectify.opened(ctx, item)


def _told(state: Mapping[str, Any]) -> Told:
    amiss: dict[str, dict[int, str]] = {}
    for no, (ids, words) in state["amiss"].items():
        for filing_id in ids:
            amiss.setdefault(filing_id, {})[int(no)] = words
    return Told(tuple(state["filings"]), amiss, tuple(state["unfiled"]))


def _answered(one: Round, told: Told, new: int, due: str) -> str:
    lines = [f"{one.name}已收到，{day_text(one.days.closes_on)}前可以发“自查”改填。"]
    if new:
        lines.append(f"有{new}项需要整改，请在{due}前完成（内部办理时限），发“整改”办理。")
    if told.unfiled:
        lines.append(
            f"{'、'.join(f'“{name}”' for name in told.unfiled)}可以补备：发“备案”，"
            "填写时说明备案前已在使用即可。"
        )
    return "".join(lines)
