"""The board: filings in a list, each one tap away, and the schools that never filed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cards.language import Button, Card, Tap

ON_A_CARD: Final = 4
NAMES: Final = {"running": "在办", "longest": "停留最久", "all": "全部办件"}
"""The lists, by the word in their buttons' taps."""


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One filing in a list; every text is finished."""

    filing_id: str
    case_no: str
    title: str
    school: str
    stands: str


def board_card(
    which: str, rows: Sequence[BoardRow], *, skip: int, total: int, above: Sequence[str]
) -> Card:
    """List some filings from ``skip`` on, and lead to the rest and to the other lists."""
    lines = [
        f"{at} {row.case_no} {row.title}（{row.school}）：{row.stands}"
        for at, row in enumerate(rows, start=skip + 1)
    ]
    after = skip + len(rows)
    more = [Button("更多", Tap("board.show", f"{which}:{after}"))] if after < total else []
    other = "longest" if which == "all" else "all"
    return Card(
        title=f"{NAMES[which]}（共{total}件）",
        body="\n".join((*(above if not skip else ()), *lines)) or "没有办件。",
        buttons=(
            *(
                Button(f"看第{at}件", Tap("progress.show", row.filing_id))
                for at, row in enumerate(rows, start=skip + 1)
            ),
            *more,
            Button(NAMES[other], Tap("board.show", f"{other}:0")),
        ),
    )


def unfiled_card(rows: Sequence[tuple[str, int, int]], *, book: str) -> Card:
    """Count the schools that never filed, as (authority, never, schools); names are exported."""
    never = sum(row[1] for row in rows)
    schools = sum(row[2] for row in rows)
    parts = (
        [f"{name}：{some}所（共{many}所）" for name, some, many in rows] if len(rows) > 1 else []
    )
    return Card(
        title=f"还没有报送过备案的学校{never}所",
        lead="、".join(name for name, *_ in rows) if len(rows) == 1 else "",
        body="\n".join((f"名单内学校共{schools}所，其中{never}所尚未收到备案。", *parts)),
        buttons=(Button("导出名单", url=book, tone="main"),) if book else (),
    )
