"""Figures of a span of time: in a sentence or two, as tables, and as the one page for leaders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final

from cards.language import Button, Card
from cards.printed import Paper, Table
from storage.figures import Figures
from storage.rules.terms import NOTICE

COLUMNS: Final = (
    "新收", "办结", "已备案", "不予通过", "退回补正", "办结中曾退回", "平均工作日", "中位工作日",
)  # fmt: skip
COUNTED: Final = (
    "新收以校长签署为准，办结为已备案和不予通过，退回补正按件计；"
    "工作日从签署到备案，含学校补正的时间；各环节用时不含学校补正的时间。"
)
NOTHING_PERSONAL: Final = "本页只有汇总数字，不含个人信息，不列学校名称。"
ONLY_CASES: Final = "本页不含个人信息；除学校同意公开的典型案例外，只有汇总数字。"


@dataclass(frozen=True, slots=True)
class FiguresView:
    """Everything that is told of one span; ``parts`` are the authorities, where there are several.

    ``steps`` holds the working days of each step, ``kinds`` (received, registered), ``standing``
    how many stand where now.
    """

    name: str
    whose: str
    total: Figures
    parts: Sequence[tuple[str, Figures]] = ()
    steps: Mapping[str, Sequence[int]] = field(default_factory=dict)
    kinds: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    levels: Mapping[str, int] = field(default_factory=dict)
    purposes: Mapping[str, int] = field(default_factory=dict)
    standing: Mapping[str, int] = field(default_factory=dict)
    reports: str = ""


def figures_card(view: FiguresView, *, book: str, page: str) -> Card:
    """Tell the figures; ``book`` opens the workbook, ``page`` the tables by school, if any."""
    by_school = (Button("按学校", url=page),) if page else ()
    return Card(
        title=f"{view.name}情况",
        lead=view.whose,
        body="\n".join((*told(view), *(_part(name, one) for name, one in view.parts if one))),
        buttons=(Button("导出表格", url=book, tone="main"), *by_school),
    )


def told(view: FiguresView) -> list[str]:
    """Return the figures as sentences."""
    total = view.total
    lines = counted(total)
    if view.steps:
        steps = "、".join(f"{name}{median(days):g}" for name, days in view.steps.items())
        lines.append(f"各环节中位：{steps}个工作日。")
    if total.went_back:
        lines.append(
            f"办结的{total.ended}件中，{total.went_back}件曾退回补正（{total.share_back}%）。"
        )
    if view.reports:
        lines.append(f"反映：{view.reports}")
    return lines


def counted(total: Figures) -> list[str]:
    """Return what came and ended, and how long it took, as sentences."""
    ended = f"办结{total.ended}件（备案{total.registered}，不予通过{total.rejected}）"
    lines = [f"新收{total.received}件，{ended}，退回补正{total.returned}件。"]
    if total.days:
        lines.append(f"签署到备案平均{total.mean:g}个工作日，中位{total.median:g}个。")
    return lines


def _part(name: str, one: Figures) -> str:
    days = f"，平均{one.mean:g}个工作日" if one.days else ""
    return f"{name}：新收{one.received}，办结{one.ended}，退回补正{one.returned}{days}"


def figures_table(
    title: str, heads: Sequence[str], rows: Iterable[tuple[Sequence[str], Figures]]
) -> Table:
    """Lay figures out, one row each behind its ``heads``."""
    return Table(title, (*heads, *COLUMNS), tuple((*names, *_cells(one)) for names, one in rows))


def _cells(one: Figures) -> tuple[str, ...]:
    numbers = (
        one.received, one.ended, one.registered, one.rejected, one.returned, one.went_back,
        one.mean, one.median,
    )  # fmt: skip
    return tuple("" if number is None else f"{number:g}" for number in numbers)


def more_tables(view: FiguresView) -> list[Table]:
    """Return what else is told of a span: steps, kinds, 学段, and what stands where now."""
    steps = tuple(
        (name, f"{len(days)}", f"{sum(days) / len(days):.1f}", f"{median(days):g}")
        for name, days in view.steps.items()
    )
    kinds = tuple((name, f"{came}", f"{done}") for name, (came, done) in view.kinds.items())
    tables = (
        Table("各环节用时", ("环节", "件次", "平均工作日", "中位工作日"), steps),
        Table("类型", ("类型", "新收", "已备案"), kinds),
        Table("学段", ("使用学段", "新收"), _counts(view.levels)),
        Table("应用方向", ("应用方向", "新收"), _counts(view.purposes)),
        Table("目前各环节", ("环节", "件数"), _counts(view.standing)),
    )
    return [table for table in tables if table.rows]


def _counts(counts: Mapping[str, int]) -> tuple[tuple[str, ...], ...]:
    return tuple((name, f"{many}") for name, many in counts.items())


def _by_part(view: FiguresView) -> list[Table]:
    rows = [((name,), one) for name, one in view.parts]
    return [figures_table("各主管单位", ("主管单位",), rows)] if rows else []


def figures_paper(view: FiguresView, schools: Table) -> Paper:
    """Draw the page behind 按学校."""
    tables = [*_by_part(view), *more_tables(view)]
    if schools.rows:
        tables.append(schools)
    return Paper(f"{view.name}情况", (view.whose, *told(view)), tuple(tables), COUNTED)


def summary_paper(view: FiguresView, drawn_on: str, cases: Sequence[tuple[str, ...]] = ()) -> Paper:
    """Draw the one page for leaders: sums, and the ``cases`` that schools let be published (R6).

    Source: requirements R101.
    """
    parts = figures_table(
        "各县（市、区）", ("主管单位",), [((name,), one) for name, one in view.parts]
    )
    tables = [*more_tables(view), *([parts] if view.parts else [])]
    lines = (f"{view.whose}　{view.name}", f"依据：{NOTICE}　{drawn_on}汇总", *told(view))
    if cases:
        columns = ("主管单位", "学校", "项目名称", "成效")
        tables.append(Table("典型案例", columns, tuple(cases)))
    says = ONLY_CASES if cases else NOTHING_PERSONAL
    return Paper("进校园备案情况摘要", lines, tuple(tables), f"{says}{COUNTED}")


def summary_card(view: FiguresView, *, page: str) -> Card:
    """Tell the summary; ``page`` opens what is printed."""
    kinds = "，".join(f"{name}{came}件" for name, (came, _) in view.kinds.items() if came)
    now = "，".join(f"{name}{many}件" for name, many in view.standing.items())
    lines = [*told(view), f"新收中：{kinds}。" if kinds else "", f"目前：{now}。" if now else ""]
    return Card(
        title="进校园备案情况摘要",
        lead=f"{view.whose} {view.name}",
        body="\n".join((*filter(None, lines), NOTHING_PERSONAL)),
        page=page,
        page_text="打印版",
    )
