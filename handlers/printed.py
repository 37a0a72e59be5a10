"""What the office prints and exports: read for somebody, by what they may see when they open it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Final, NamedTuple

from cards.duties import duties_paper
from cards.figures import FiguresView, figures_paper, figures_table, more_tables, summary_paper
from cards.printed import Paper, Table
from cards.trail import TrailView, trail_paper
from handlers import listed, reach, reporting
from handlers.context import Office, day_text
from handlers.forms.fields import PURPOSES
from storage.board import Registered
from storage.duties import duties
from storage.figures import Figures, Scope, Window
from storage.people import Person
from storage.rules.masking import mask_phones_in
from storage.rules.periods import Period, by_key, year
from storage.rules.terms import NotAllowedError, Role
from storage.transaction import Transaction

NOT_YOURS: Final = "这一页由主管单位的相关同志查看。如职责有变动，请联系本单位管理员更新名单。"
GONE: Final = "没有找到这一页，请回到聊天里重新打开。"
MOST_IN_CHAT: Final = 1000
PAGE_LINKS: Final = 20_000
"""So many links of the chain are verified for a page, which nobody waits for in a chat."""

REGISTER_COLUMNS: Final = (
    "主管单位", "备案号", "办件号", "学校", "项目名称", "产品备案号", "类型", "使用学段",
    "签署日期", "备案日期", "有效期至", "状态",
)  # fmt: skip
RUNNING_COLUMNS: Final = (
    "主管单位", "办件号", "学校", "项目名称", "环节", "等待", "自", "已停留工作日",
)  # fmt: skip


class Reader(NamedTuple):
    """Who reads, when, and in which transaction."""

    tx: Transaction
    office: Office
    person: Person
    now: datetime

    @property
    def today(self) -> date:
        """The date in the office's zone."""
        return self.now.astimezone(self.office.zone).date()


class Book(NamedTuple):
    """A workbook: what its file is called, and its sheets."""

    name: str
    sheets: tuple[Table, ...]


def name_of(office: Office, tenant: str) -> str:
    """Return what an authority is called."""
    known = office.tenants.get(tenant)
    return f"{known.name}{known.title}" if known else tenant


def whose(office: Office, scope: Scope, tx: Transaction) -> str:
    """Return whose figures these are, in words."""
    if scope.schools:
        units = [tx.people.unit(scope.tenants[0], code) for code in scope.schools]
        return "、".join(unit.name for unit in units if unit)
    if len(scope.tenants) > 1:
        return f"{len(scope.tenants)}个主管单位合计"
    return name_of(office, scope.tenants[0])


def view_of(
    tx: Transaction,
    office: Office,
    scope: Scope,
    period: Period,
    *,
    in_full: bool,
    with_kinds: bool = False,
) -> FiguresView:
    """Read the figures of a span; ``in_full`` with everything, for a page or a workbook.

    In the chat, where everybody's messages wait meanwhile, the steps of a great many filings are
    left to the page.
    """
    window = Window.of(period, office.zone)
    parts = tx.figures.by_tenant(scope, window)
    total = Figures.total(parts.values())
    standing: dict[str, int] = {}
    for counts in tx.figures.standing(scope).values() if in_full or with_kinds else ():
        for name, many in counts.items():
            standing[name] = standing.get(name, 0) + many
    return FiguresView(
        name=period.name,
        whose=whose(office, scope, tx),
        total=total,
        parts=[(name_of(office, tenant), one) for tenant, one in parts.items()]
        if len(parts) > 1
        else (),
        steps=tx.figures.steps(scope, window)
        if in_full or total.registered <= MOST_IN_CHAT
        else {},
        kinds=tx.figures.kinds(scope, window) if in_full or with_kinds else {},
        levels=tx.figures.levels(scope, window) if in_full else {},
        purposes=_purposes(tx, scope, window) if in_full else {},
        standing=standing,
        reports=""
        if scope.schools
        else reporting.counted(tx, office, scope.tenants, period, is_brief=True),
    )  # fmt: skip


def _purposes(tx: Transaction, scope: Scope, window: Window) -> dict[str, int]:
    """Count the tags for statistics by their words, in the form's order (R5, R56)."""
    counted = tx.figures.purposes(scope, window)
    return {pick.text: counted[pick.key] for pick in PURPOSES if pick.key in counted}


# --- pages -------------------------------------------------------------------------------------


def _figures(reader: Reader, subject: str) -> Paper:
    period = _period(subject)
    tx, office, _, _ = reader
    scope = _must(reach.of_figures(reader.person, reader.today, office))
    rows = _must(reach.of_rows(reader.person, reader.today))
    view = view_of(tx, office, scope, period, in_full=True)
    return figures_paper(view, _by_school(tx, office, rows, period))


def _summary(reader: Reader, subject: str) -> Paper:
    period = _period(subject)
    scope = _must(reach.of_summary(reader.person, reader.today, reader.office))
    view = view_of(reader.tx, reader.office, scope, period, in_full=True)
    window = Window.of(period, reader.office.zone)
    cases = [
        (name_of(reader.office, one.tenant), one.school, one.title, one.words)
        for one in listed.cases(reader.tx, scope.tenants, window)
    ]
    return summary_paper(view, _written(reader.today), cases)


def _duties(reader: Reader, subject: str) -> Paper:
    if subject not in reach.of_duties(reader.person, reader.today):
        raise NotAllowedError(NOT_YOURS)
    found = duties(reader.tx, [subject], reader.today)
    return duties_paper(name_of(reader.office, subject), found, _written(reader.today))


def _trail(reader: Reader, subject: str) -> Paper:
    return trail_paper(trail_of(reader, subject, most=PAGE_LINKS))


PAGES: Final[Mapping[str, Callable[[Reader, str], Paper]]] = {
    "figures": _figures,
    "summary": _summary,
    "duties": _duties,
    "trail": _trail,
}
"""Kind of page, as its link names it, → what reads it. What is not there or not for the reader is
refused with a sentence (``RuleViolationError``)."""


def trail_of(reader: Reader, filing_id: str, *, most: int) -> TrailView:
    """Return the whole trail of a case, for who reads trails of its authority.

    Raises:
        NotAllowedError: no such signed case there.
    """
    filing = reader.tx.filings.get(filing_id)
    allowed = reach.of_trail(reader.person, reader.today, Role.AUDITOR, Role.ADMIN)
    if filing is None or filing.signed_at is None or filing.tenant not in allowed:
        raise NotAllowedError("没有找到这件备案，请核对办件号。")
    steps = reader.tx.trail.steps(filing)
    zone = reader.office.zone
    times = [
        f"{day_text(local.date())}{local:%H:%M}"
        for local in (step.at.astimezone(zone) for step in steps)
    ]
    proof = reader.tx.trail.prove(filing.tenant, [step.seq for step in steps], most=most)
    title = mask_phones_in(filing.title)
    policy = filing.office.policy.dated
    return TrailView(filing.id, filing.case_no, title, steps, times, proof, policy)


# --- workbooks ---------------------------------------------------------------------------------


def _figures_book(reader: Reader, subject: str) -> Book:
    period = _period(subject)
    scope = _must(reach.of_figures(reader.person, reader.today, reader.office))
    rows = _must(reach.of_rows(reader.person, reader.today))
    sheets = whole_book(reader.tx, reader.office, scope, rows, period, reader.now)
    return Book(f"进校园备案-{period.name}.xlsx", sheets)


def _unfiled_book(reader: Reader, _subject: str) -> Book:
    scope = _must(reach.of_board(reader.person, reader.today))
    rows = tuple(
        (name_of(reader.office, tenant), code, name)
        for tenant, code, name in reader.tx.board.unfiled_schools(scope.tenants)
    )
    columns = ("主管单位", "单位编码", "学校")
    return Book("尚未收到备案的学校.xlsx", (Table("尚未收到备案的学校", columns, rows),))


def _sample_book(reader: Reader, subject: str) -> Book:
    tenant, _, seed = subject.partition("-")
    if tenant not in reach.of_trail(reader.person, reader.today, Role.AUDITOR):
        raise NotAllowedError(NOT_YOURS)
    rows = tuple(
        (f"{at}", one.case_no, one.school, one.title, one.stage)
        for at, one in enumerate(reader.tx.trail.drawn(tenant, seed), start=1)
    )
    if not rows:
        raise NotAllowedError(GONE)
    columns = ("序号", "办件号", "学校", "项目名称", "环节")
    return Book(f"抽样清单-{seed}.xlsx", (Table("抽样清单", columns, rows),))


def _trail_book(reader: Reader, subject: str) -> Book:
    view = trail_of(reader, subject, most=PAGE_LINKS)
    paper = trail_paper(view)
    proof = Table("校验", ("校验",), tuple((line,) for line in paper.lines))
    return Book(f"全过程-{view.case_no}.xlsx", (*paper.tables, proof))


def _cases_book(reader: Reader, _subject: str) -> Book:
    rows = _must(reach.of_rows(reader.person, reader.today))
    if rows.schools:
        raise NotAllowedError(NOT_YOURS)
    columns = ("学校", "项目名称", "备案号", "成效")
    table = Table("典型案例", columns, tuple(listed.published_cases(reader.tx, rows.tenants)))
    return Book("典型案例.xlsx", (table,))


BOOKS: Final[Mapping[str, Callable[[Reader, str], Book]]] = {
    "cases": _cases_book,
    "figures": _figures_book,
    "unfiled": _unfiled_book,
    "sample": _sample_book,
    "trail": _trail_book,
}
"""Kind of workbook → what reads it; refusals as for ``PAGES``."""


def whole_book(
    tx: Transaction, office: Office, scope: Scope, rows: Scope, period: Period, now: datetime
) -> tuple[Table, ...]:
    """Return 登记簿, 统计 and 在办: the sums of ``scope``, the single filings of ``rows`` only."""
    view = view_of(tx, office, scope, period, in_full=True)
    parts = view.parts or [(view.whose, view.total)]
    heads = [((view.name, name), one) for name, one in parts]
    if view.parts:
        heads.append(((view.name, "合计"), view.total))
    return (
        _register(office, tx.board.registered(rows)),
        figures_table("统计", ("期间", "主管单位"), heads),
        _running(tx, office, rows, now),
        *more_tables(view),
        _by_school(tx, office, rows, period),
        *_from_class(tx, office, rows),
    )


def _from_class(tx: Transaction, office: Office, rows: Scope) -> list[Table]:
    """Return 课题 and 成效, where there is any of it; all years, for effect is told by year."""
    topics = [(name_of(office, row[0]), *row[1:]) for row in listed.topics(tx, rows)]
    effects = [(row[0], name_of(office, row[1]), *row[2:]) for row in listed.effects(tx, rows)]
    tables = (
        Table("课题", listed.TOPIC_COLUMNS, tuple(topics)),
        Table("成效", listed.EFFECT_COLUMNS, tuple(effects)),
    )
    return [table for table in tables if table.rows]


def everything(tx: Transaction, office: Office, now: datetime) -> tuple[Table, ...]:
    """Return the workbook of the console: all authorities, this year."""
    everybody = Scope(tuple(office.tenants))
    this_year = year(now.astimezone(office.zone).year)
    return whole_book(tx, office, everybody, everybody, this_year, now)


def _register(office: Office, found: Iterable[Registered]) -> Table:
    def day(at: datetime) -> str:
        return at.astimezone(office.zone).date().isoformat()

    rows = tuple(
        (
            name_of(office, one.tenant), one.number, one.case_no, one.school, one.product,
            one.product_no, one.kind, "、".join(one.levels), day(one.signed_at),
            day(one.registered_at), one.valid_until.isoformat() if one.valid_until else "",
            one.status_label,
        )
        for one in found
    )  # fmt: skip
    return Table("登记簿", REGISTER_COLUMNS, rows)


def _running(tx: Transaction, office: Office, scope: Scope, now: datetime) -> Table:
    rows = tuple(
        (
            name_of(office, one.line.tenant), one.line.case_no, one.line.school, one.line.title,
            one.line.stage, "、".join(one.waits),
            one.since.astimezone(office.zone).date().isoformat(),
            f"{tx.figures.days(one.since, now, office.zone)}",
        )
        for one in tx.board.running(scope)
    )  # fmt: skip
    return Table("在办", RUNNING_COLUMNS, rows)


def _by_school(tx: Transaction, office: Office, scope: Scope, period: Period) -> Table:
    """Lay out the figures of each school that has any, in the directory's order."""
    found = tx.figures.by_school(scope, Window.of(period, office.zone))
    names = tx.board.school_names(scope.tenants)
    rows = [
        ((name_of(office, place[0]), names.get(place, place[1])), found[place])
        for place in sorted(found)
    ]
    return figures_table("各学校", ("主管单位", "学校"), rows)


def _period(key: str) -> Period:
    period = by_key(key)
    if period is None:
        raise NotAllowedError(GONE)
    return period


def _must(scope: Scope | None) -> Scope:
    if scope is None:
        raise NotAllowedError(NOT_YOURS)
    return scope


def _written(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
