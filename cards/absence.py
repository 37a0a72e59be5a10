"""Being away: the look before it counts, who stands in, and what was done meanwhile."""

from __future__ import annotations

from collections.abc import Sequence

from cards.language import Button, Card, Fact, Tap

MOST = 5
Candidate = tuple[str, str]
"""(id, 李四（基教处）)"""


def absence_card(key: str, days: str, worked: str, substitute: str, notes: Sequence[str]) -> Card:
    """Show an absence before it counts; ``key`` names its days and its substitute."""
    return Card(
        title="请核对外出登记",
        facts=(
            Fact("时间", days),
            Fact("天数", worked),
            Fact("代办", substitute or "不指定，由本部门其他同志办理"),
        ),
        body="\n".join(notes),
        buttons=(
            Button("确认登记", Tap("absence.confirm", key), tone="main"),
            Button("不登记", Tap("absence.drop", key)),
        ),
    )


def substitute_card(days: str, words: str, offered: Sequence[Candidate], key: str) -> Card:
    """Ask who stands in; a name may be typed as well."""
    return Card(
        title="请选代办人",
        lead=days,
        body=f"{words}请选一位，或直接发姓名。",
        buttons=(
            *(
                Button(name[:10], Tap("absence.who", f"{key}:{person_id}"))
                for person_id, name in offered[:MOST]
            ),
            Button("不指定代办人", Tap("absence.who", f"{key}:")),
        ),
    )


def absences_card(rows: Sequence[tuple[str, str]]) -> Card:
    """Ask which of several absences is over, as (id, its days and substitute)."""
    listed = "\n".join(f"{at} {words}" for at, (_, words) in enumerate(rows, start=1))
    return Card(
        title="取消哪一次",
        body=f"您登记了{len(rows)}次外出，请选要取消的：\n{listed}",
        buttons=tuple(
            Button(f"第{at}次", Tap("absence.end", absence_id))
            for at, (absence_id, _) in enumerate(rows[:MOST], start=1)
        ),
    )


def absence_done_card(title: str, days: str, substitute: str, done: str) -> Card:
    """Draw an absence's card after a tap."""
    facts = [("时间", days), ("代办", substitute)]
    return Card(title=title, facts=tuple(Fact(n, v) for n, v in facts if v), done=done)
