"""家长常问: what people outside ask for that is not filed, counted, for the technology centre."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from cards.language import Button, Card, Fact, Tap

NOTHING: Final = "没有3位以上家长问过的未备案应用。不足3人问的不列出，问的人不保存。"
_BUTTONS: Final = 5
_FOOT: Final = "只计次数，不保存由谁提问；不足3人问的不列出。"


class Row(NamedTuple):
    """One name of the list: ``told`` what the register says of it, ``key`` what names it here."""

    name: str
    key: str
    askers: int
    asks: int
    others: Sequence[str] = ()
    told: str = ""


def list_card(when: str, rows: Sequence[Row]) -> Card:
    """List what was asked for in a week; each of the first can be looked at."""
    lines = [f"{at} {one.name}：{_counted(one)}" for at, one in enumerate(rows, start=1)]
    return Card(
        title=f"家长常问、未备案的应用（{when}）",
        body="\n".join([*lines, _FOOT]),
        buttons=tuple(
            Button(f"看第{at}个", Tap("unfiled.look", one.key))
            for at, one in enumerate(rows[:_BUTTONS], start=1)
        ),
    )


def name_card(row: Row, *, marked: str) -> Card:
    """Show one name with what can be said of it: known, unrelated, or to be stopped."""
    also = [Fact("也写作", "、".join(row.others[:3]))] if row.others else []
    buttons = [
        Button("已知", Tap("unfiled.known", row.key)),
        Button("无关", Tap("unfiled.unrelated", row.key)),
        Button("停用该产品", Tap("unfiled.stop", row.key), tone="warn"),
    ]
    if marked:
        buttons = [Button("恢复列出", Tap("unfiled.open", row.key)), buttons[-1]]
    return Card(
        title=f"家长常问：{row.name[:16]}",
        facts=(Fact("次数", _counted(row, told=False)), *also),
        body="\n".join(part for part in (row.told, marked) if part),
        buttons=tuple(buttons),
    )


def marked_card(name: str, done: str) -> Card:
    """Draw a name of which something was said."""
    return Card(title=f"家长常问：{name[:16]}", done=done)


def _counted(row: Row, *, told: bool = True) -> str:
    times = f"至少{row.askers}人问过，共{row.asks}次" if row.asks else "近期无人问"
    return f"{times}｜{row.told}" if told and row.told else times
