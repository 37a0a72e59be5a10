"""自查情况: how rounds stand, school → county → city; whom they visit; their page and workbook.

Source: 四 尾 (R85, R86); requirements A.12. Names of schools are read by their own authority only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from cards.inspection import standing_card, tables, tally_row, tally_text, visits_card
from cards.language import Tap
from cards.printed import Paper, Table
from handlers import reach
from handlers.context import Context, Office, day_text
from handlers.printed import Book, Reader, name_of
from handlers.router import DESKS, STAFF, Router
from storage.figures import Scope
from storage.people import Person
from storage.rectifying import item_of
from storage.rounds import Round, Tally
from storage.rules.inspection import ITEMS, RoundState, SheetState
from storage.rules.masking import mask_phones_in
from storage.rules.terms import Desk, NotAllowedError, RuleViolationError
from storage.self_checks import Sheet
from storage.transaction import Transaction
from storage.visits import Visit

router = Router("inspected")

SINCE: Final = timedelta(days=120)
"""How long ago a round may have ended that is still shown."""
MOST_CHARS: Final = 200
ROUNDS_IN_CHAT: Final = 3
TITLE: Final = "自查情况"
FOOT: Final = "依据温教办技〔2022〕65号四。尚未收到的学校可以与其联系；本页不含个人信息。"
NONE: Final = "近期没有自查。"


def _rounds(tx: Transaction, scope: Scope, today: date) -> list[Round]:
    return tx.inspections.of(scope.tenants, today - SINCE)


def _scope(office: Office, person: Person, today: date) -> Scope:
    scope = reach.of_summary(person, today, office)
    if scope is None:
        raise NotAllowedError(
            "自查情况由教育技术部门、部门负责人和管理员查看（温教办技〔2022〕65号四）。"
        )
    return scope


def _bundles(rounds: Sequence[Round]) -> list[list[Round]]:
    found: dict[str, list[Round]] = {}
    for one in rounds:
        found.setdefault(one.bundle, []).append(one)
    return [sorted(some, key=lambda one: one.tenant) for some in found.values()]


# --- in the chat ---------------------------------------------------------------------------------


def lines_of(ctx: Context) -> list[str]:
    """Sum up the newest rounds that this person may read, a line each, then by authority."""
    scope = _scope(ctx.office, ctx.person, ctx.today)
    rounds = _rounds(ctx.ledger, scope, ctx.today)
    tallies = ctx.ledger.inspections.tally(rounds)
    lines = []
    for some in _bundles(rounds)[:ROUNDS_IN_CHAT]:
        first = some[0]
        total = Tally.total(tallies[one.id] for one in some)
        until = f"{day_text(first.days.opens_on)}至{day_text(first.days.closes_on)}"
        lines.append(f"{first.name}（{first.scope.words}，{until}，{_state(some)}）")
        lines.append(tally_text(total) + "。")
        if len(scope.tenants) > 1:
            lines += [
                f"{name_of(ctx.office, one.tenant)}：{tally_text(tallies[one.id])}" for one in some
            ]
    return lines or [NONE]


def _state(some: Sequence[Round]) -> str:
    states = {one.state for one in some}
    return next(one.label for one in RoundState if one in states)


@router.word("inspected", r"自查(?:情况|汇总|进度|结果)", roles=STAFF)
def stand_typed(ctx: Context, _match: re.Match[str]) -> None:
    """Say how the rounds stand."""
    _stand(ctx)


@router.tap("inspect.stand", roles=STAFF)
def stand(ctx: Context, _tap: Tap) -> None:
    """Say how the rounds stand."""
    _stand(ctx)


def _stand(ctx: Context) -> None:
    ctx.say(
        standing_card(
            lines_of(ctx),
            page=ctx.link("inspection", "all"),
            book=ctx.link("book", "inspection-all"),
        )
    )


# --- visits --------------------------------------------------------------------------------------


def _round(ctx: Context, desk: Desk) -> Round:
    """Return the newest round of this person's authority that has reached the schools."""
    tenants = sorted(
        {
            post.tenant
            for post in ctx.person.held(ctx.today)
            if ctx.person.at_desk(post.tenant, desk, ctx.today)
        }
    )
    if not tenants:
        raise NotAllowedError(
            f"这一项由{desk.label}的审核人办理（温教办技〔2022〕65号四），您目前没有这项权限。"
        )
    found = [
        one
        for one in _rounds(ctx.ledger, Scope(tuple(tenants)), ctx.today)
        if one.state is not RoundState.PLANNED
    ]
    if not found:
        raise RuleViolationError("还没有发到学校的自查，发出后再抽查。")
    return found[0]


@router.word("draw_visits", r"自查抽查|抽查学校", roles=DESKS)
def draw(ctx: Context, _match: re.Match[str]) -> None:
    """Draw the schools that are visited, or show those that were drawn."""
    one = _round(ctx, Desk.TECH)
    one = ctx.ledger.visits.draw(one, by=ctx.person, day=ctx.today, now=ctx.now)
    schools = ctx.ledger.inspections.tally([one])[one.id].schools
    lines = [_visit_line(visit) for visit in ctx.ledger.visits.of(one)]
    page = ctx.link("inspection", "all")
    ctx.say(visits_card(one.name, one.seed, schools, lines, page=page))


def _visit_line(visit: Visit) -> str:
    said = (("走访", visit.found), ("教研评价", visit.evaluation))
    notes = "；".join(f"{what}：{mask_phones_in(words)}" for what, words in said if words)
    return f"{visit.place} {visit.name}" + (f"（{notes}）" if notes else "")


@router.word("note_visit", r"自查走访\s*(?P<which>\S+)\s+(?P<words>\S[\s\S]*)", roles=DESKS)
def note(ctx: Context, match: re.Match[str]) -> None:
    """Keep what a visit found."""
    one = _round(ctx, Desk.TECH)
    visit, words = _visit(ctx, one, match), _words(match)
    ctx.ledger.visits.note(one, visit, words, by=ctx.person, day=ctx.today, now=ctx.now)
    ctx.say(f"已记录{visit.name}的走访情况。发“自查抽查”看清单。")


@router.word("evaluate_visit", r"自查评价\s*(?P<which>\S+)\s+(?P<words>\S[\s\S]*)", roles=DESKS)
def evaluate(ctx: Context, match: re.Match[str]) -> None:
    """Attach how 教研 sees the use in class to a visited school."""
    one = _round(ctx, Desk.RESEARCH)
    visit, words = _visit(ctx, one, match), _words(match)
    ctx.ledger.visits.evaluate(one, visit, words, by=ctx.person, day=ctx.today, now=ctx.now)
    ctx.say(f"已记录对{visit.name}的评价（三（二）6），教育技术部门会看到。")


def _visit(ctx: Context, one: Round, match: re.Match[str]) -> Visit:
    which = match["which"]
    visits = ctx.ledger.visits.of(one)
    found = [visit for visit in visits if which in (f"{visit.place}", visit.name)]
    if not found:
        hint = "、".join(f"{visit.place} {visit.name}" for visit in visits[:5])
        why = f"抽到的有：{hint}。" if hint else "还没有抽查，由教育技术部门发“自查抽查”抽取。"
        raise RuleViolationError(f"没有找到“{which}”。{why}")
    return found[0]


def _words(match: re.Match[str]) -> str:
    words = " ".join(match["words"].split())
    if len(words) > MOST_CHARS:
        raise RuleViolationError(f"这段话有{len(words)}字，最多{MOST_CHARS}字。请缩短后再发。")
    return words


# --- the page and the workbook -------------------------------------------------------------------


def _own(person: Person, today: date, scope: Scope) -> Scope:
    """Return of which authorities somebody reads single schools: the own ones."""
    rows = reach.of_rows(person, today)
    own = rows.tenants if rows and not rows.schools else ()
    return Scope(tuple(tenant for tenant in scope.tenants if tenant in own))


def _tables(reader: Reader) -> tuple[Table, ...]:
    tx, office, person, _ = reader
    scope = _scope(office, person, reader.today)
    rounds = _rounds(tx, scope, reader.today)
    tallies = tx.inspections.tally(rounds)
    sums: list[tuple[str, ...]] = []
    for some in _bundles(rounds):
        sums += [
            tally_row((one.name, name_of(office, one.tenant)), tallies[one.id]) for one in some
        ]
        if len(some) > 1:
            total = Tally.total(tallies[one.id] for one in some)
            sums.append(tally_row((some[0].name, "合计"), total))
    sheets: list[tuple[str, ...]] = []
    mending: list[tuple[str, ...]] = []
    visits: list[tuple[str, ...]] = []
    for one in _rounds(tx, _own(person, reader.today, scope), reader.today):
        names = tx.board.school_names((one.tenant,))
        for sheet in tx.self_checks.in_round(one):
            school = names.get((one.tenant, sheet.school), sheet.school)
            sheets.append(_sheet_row(reader, one, sheet, school))
            if sheet.noes:
                mending += _mending_rows(tx, one, sheet, school)
        visits += [
            (one.name, f"{v.place}", v.name, mask_phones_in(v.found),
             mask_phones_in(v.evaluation), one.seed)
            for v in tx.visits.of(one)
        ]  # fmt: skip
    return tables(sums, sheets, mending, visits)


def _sheet_row(reader: Reader, one: Round, sheet: Sheet, school: str) -> tuple[str, ...]:
    got = sheet.received_at
    on = got.astimezone(reader.office.zone).date().isoformat() if got else ""
    done = sheet.state is SheetState.RECEIVED
    return (
        one.name, school, sheet.state.label, on, f"{sheet.noes}" if done else "",
        f"{sheet.mended}" if done else "", "、".join(map(mask_phones_in, sheet.unfiled)),
    )  # fmt: skip


def _mending_rows(tx: Transaction, one: Round, sheet: Sheet, school: str) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for item in tx.rectifying.of_sheet(sheet.tenant, sheet.id):
        filing = tx.filings.known(item.filing_id)
        rows.append(
            (one.name, school, filing.case_no, mask_phones_in(filing.title),
             ITEMS[item_of(item)].text, item.state.label,
             item.due_on.isoformat() if item.due_on else "",
             mask_phones_in(str(item.told.get("words") or "")),
             mask_phones_in(str(item.told.get("evidence") or "")))
        )  # fmt: skip
    return rows


def _paper(reader: Reader, _subject: str) -> Paper:
    found = _tables(reader)
    lines = () if found[0].rows else (NONE,)
    return Paper(TITLE, lines, found, FOOT)


def _book(reader: Reader, _subject: str) -> Book:
    return Book(f"{TITLE}.xlsx", _tables(reader))


PAGES: Final[Mapping[str, Callable[[Reader, str], Paper]]] = {"inspection": _paper}
BOOKS: Final[Mapping[str, Callable[[Reader, str], Book]]] = {"inspection": _book}
"""As those of ``handlers.printed``."""
