"""The card that shows what a notice of holidays would change, before it counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from cards.language import Button, Card, Tap


def load_card(
    title: str, worked: Sequence[date], rest: Sequence[date], changed: int, limits: int, key: str
) -> Card:
    """Ask whether days are taken over; ``limits`` counts the open limits behind them."""
    lines = [f"放假{len(rest)}天：{spans_text(rest)}"]
    if worked:
        lines.append(f"调休上班{len(worked)}天：{'、'.join(map(_short, worked))}")
    lines.append(f"与原来不同的有{changed}天。" if changed else "与原来的估算相同，不再标“预估”。")
    lines.append(
        f"在办的{limits}个内部时限将重新计算，变动逐件留痕。" if limits else "在办时限不受影响。"
    )
    return Card(
        title=title,
        body="\n".join(lines),
        buttons=(
            Button("确认导入", Tap("workdays.load", key), tone="main"),
            Button("不导入", Tap("workdays.drop", key)),
        ),
    )


def loaded_card(title: str, text: str) -> Card:
    """Show what became of it."""
    return Card(title=title, body=text, done="已处理")


def spans_text(days: Sequence[date]) -> str:
    """Write days in a row as one: 10月1日至7日."""
    found: list[list[date]] = []
    for day in days:
        if found and (day - found[-1][-1]).days == 1:
            found[-1].append(day)
        else:
            found.append([day])
    return "、".join(
        _short(one[0]) + (f"至{_end(one[0], one[-1])}" if len(one) > 1 else "") for one in found
    )


def _end(first: date, last: date) -> str:
    return f"{last.day}日" if last.month == first.month else _short(last)


def _short(day: date) -> str:
    return f"{day.month}月{day.day}日"
