"""Self-inspection (自查) for who runs it: planning a round, how it stands, whom it visits."""

from __future__ import annotations

from collections.abc import Sequence

from cards.language import Button, Card, Fact, Tap
from cards.printed import Table
from storage.rounds import Tally

MOST = 12


def plan_card(
    whose: str, scope: str, span: str, *, schools: int, filings: int, reminders: str, mark: str
) -> Card:
    """Show a round before it is planned; scope and days may be typed anew."""
    return Card(
        title="发起自查，请核对",
        facts=(Fact("主管单位", whose), Fact("范围", scope), Fact("起止", span)),
        body=f"将发到{schools}所学校，涉及在用备案{filings}件（依据四）。{reminders}"
        "要改范围或时间，直接发来，例如：小学 应用 3月16日至4月3日。",
        buttons=(
            Button("发起自查", Tap("inspect.plan", mark), tone="main"),
            Button("不发起", Tap("inspect.leave", mark)),
        ),
    )


def over_card(title: str, done: str) -> Card:
    """Draw what was decided on a round."""
    return Card(title=title, done=done)


def menu_card(lines: Sequence[str]) -> Card:
    """Say what the centre can do."""
    return Card(
        title="自查",
        body="\n".join(
            (
                *lines,
                "发“发起自查”新开一轮，可带上范围和时间：发起自查 小学 应用 3月16日至4月3日。",
                "“自查情况”看汇总，“自查抽查”抽取走访学校，“取消自查”撤回还没有开始的一轮。",
            )
        ),
        buttons=(
            Button("发起自查", Tap("inspect.begin"), tone="main"),
            Button("自查情况", Tap("inspect.stand")),
        ),
    )


def cancel_card(name: str, scope: str, span: str, bundle: str) -> Card:
    """Ask before a round is taken back."""
    return Card(
        title=f"取消{name}",
        facts=(Fact("范围", scope), Fact("起止", span)),
        body="还没有发到学校，取消后不再发出。确定取消吗？",
        buttons=(
            Button("确定取消", Tap("inspect.cancel", bundle), tone="warn"),
            Button("先不取消", Tap("inspect.keep", bundle)),
        ),
    )


def tally_text(tally: Tally) -> str:
    """Write how a round stands: 学校12所，已收到9，尚未收到3，有需整改2，整改完成1."""
    return (
        f"学校{tally.schools}所，已收到{tally.received}，尚未收到{tally.missing}，"
        f"有需整改{tally.amiss}，整改完成{tally.mended}"
    )


def standing_card(lines: Sequence[str], *, page: str, book: str) -> Card:
    """Sum the rounds up; the page and the workbook have the rest."""
    return Card(
        title="自查情况",
        body="\n".join(lines),
        buttons=(Button("导出表格", url=book),),
        page=page,
        page_text="看汇总和清单",
    )


def visits_card(name: str, seed: str, schools: int, lines: Sequence[str], *, page: str) -> Card:
    """List the schools that were drawn for a visit."""
    rest = [f"共{len(lines)}所，先列{MOST}所。"] if len(lines) > MOST else []
    return Card(
        title=f"{name}抽查：{len(lines)}所",
        body="\n".join(
            (
                f"从{schools}所学校中随机抽取3%（不少于1所），种子 {seed}，可复现。",
                *lines[:MOST],
                *rest,
                "走访后请发“自查走访”加序号和一句话，例如：自查走访 1 情况属实。",
                "教研部门可发“自查评价”加序号和一句话。",
            )
        ),
        page=page,
        page_text="看汇总和清单",
    )


def tally_row(ahead: Sequence[str], tally: Tally) -> tuple[str, ...]:
    """Return one row of the tables below."""
    numbers = (
        tally.schools, tally.received, tally.missing, tally.amiss, tally.mended,
    )  # fmt: skip
    return (*ahead, *(f"{many}" for many in numbers))


TALLY_COLUMNS = ("自查", "主管单位", "学校", "已收到", "尚未收到", "有需整改", "整改完成")
SHEET_COLUMNS = ("自查", "学校", "状态", "收到日期", "需整改", "已完成", "未备案但在用")
MENDING_COLUMNS = (
    "自查",
    "学校",
    "办件号",
    "项目名称",
    "事项",
    "状态",
    "期限",
    "学校说明",
    "整改情况",
)
VISIT_COLUMNS = ("自查", "序号", "学校", "走访情况", "教研评价", "种子")


def tables(
    tallies: Sequence[tuple[str, ...]],
    sheets: Sequence[tuple[str, ...]],
    mending: Sequence[tuple[str, ...]],
    visits: Sequence[tuple[str, ...]],
) -> tuple[Table, ...]:
    """Lay the results out; what is empty is left out, but for the sums."""
    found = (
        Table("汇总", TALLY_COLUMNS, tuple(tallies)),
        Table("各学校", SHEET_COLUMNS, tuple(sheets)),
        Table("整改", MENDING_COLUMNS, tuple(mending)),
        Table("抽查", VISIT_COLUMNS, tuple(visits)),
    )
    return tuple(one for one in found if one.rows or one.title == "汇总")
