"""The cards that ask before a rule is changed, and the pages that show what the rules are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cards.language import Button, Card, Tap


class RuleRow(NamedTuple):
    """One rule as it stands; ``coming`` says from when it will be otherwise."""

    label: str
    value: str
    coming: str = ""


class PastRow(NamedTuple):
    """One version: when, by whom, what."""

    version: int
    at: str
    who: str
    what: str
    note: str = ""


def change_card(
    sentence: str, remarks: Sequence[str], subject: str, seen: int, *, recounts: bool
) -> Card:
    """Ask whether a rule is changed, for new cases or for running ones too."""
    lines = [sentence, *remarks]
    also = (Button("也用于在办件", Tap("rules.confirm_all", subject, seen)),) if recounts else ()
    if recounts:
        lines.append(ALSO)
    return Card(
        title="修改规则",
        body="\n".join(lines),
        buttons=(
            Button("确认", Tap("rules.confirm", subject, seen), tone="main"),
            *also,
            Button("不改", Tap("rules.leave")),
        ),
    )


ALSO = "点“也用于在办件”，在办件同日起也按新时限计算，逐件留痕；缩短的，至少留到下一个工作日。"


def undo_card(
    sentence: str, remarks: Sequence[str], subject: str, seen: int, *, recounts: bool
) -> Card:
    """Ask whether the last change is taken back."""
    also = (Button("也用于在办件", Tap("rules.undo_all", subject, seen)),) if recounts else ()
    return Card(
        title="撤回规则修改",
        body="\n".join((sentence, *remarks)),
        buttons=(
            Button("确认撤回", Tap("rules.undo", subject, seen), tone="main"),
            *also,
            Button("不撤回", Tap("rules.leave")),
        ),
    )


def over_card(title: str, text: str) -> Card:
    """Show what became of it."""
    return Card(title=title, body=text, done="已处理")


def rules_text(whose: str, group: str, rows: Sequence[RuleRow], others: Sequence[str]) -> str:
    """List the rules of one group, and how the others are seen and changed."""
    lines = [f"{row.label}：{row.value}{row.coming}" for row in rows]
    more = f"其他各组：{'、'.join(others)}，例如发“规则 {others[0]}”。"
    how = "修改请直接说，例如“受理改为1个工作日”；“规则记录”看改过什么。"
    return "\n".join((f"{whose}规则｜{group}", *lines, more, how))


def record_text(whose: str, rows: Sequence[PastRow], total: int) -> str:
    """List the last changes, the newest first."""
    lines = [
        f"v{row.version} {row.at} {row.who}：{row.what}{f'（{row.note}）' if row.note else ''}"
        for row in rows
    ]
    head = f"{whose}规则记录，共{total}次" + (
        f"，先列最近{len(rows)}次：" if total > len(rows) else "："
    )
    return "\n".join((head, *lines))
