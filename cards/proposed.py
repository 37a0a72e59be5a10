"""Proposals to stop a product: the list, and one of them with what can be answered."""

from __future__ import annotations

from collections.abc import Sequence

from cards.language import Button, Card, Fact, Tap


def list_card(rows: Sequence[tuple[str, str]], left: int) -> Card:
    """List proposals as (key, words), of which ``left`` have no room here."""
    lines = [f"{at} {words}" for at, (_, words) in enumerate(rows, start=1)]
    if left:
        lines.append(f"另有{left}条，答复后再发“停用产品”查看。")
    return Card(
        title=f"待答复的停用建议{len(rows) + left}条",
        body="\n".join(lines),
        buttons=tuple(
            Button(f"看第{at}条", Tap("proposed.look", key))
            for at, (key, _) in enumerate(rows, start=1)
        ),
    )


def proposal_card(
    title: str,
    key: str,
    *,
    by: str,
    place: str,
    evidence: int,
    reason: str,
    impact: Sequence[str],
    more: int,
) -> Card:
    """Show one proposal to the technology centre, with what a stop would touch."""
    same = [f"同一产品另有{more}条建议，按此停用时一并答复。"] if more else []
    return Card(
        title=f"停用建议：{title[:18]}",
        facts=(
            Fact("提出", by),
            Fact("依据", place),
            Fact("截图", f"{evidence}张" if evidence else "没有"),
        ),
        body="\n".join([f"理由：{reason}。", f"停用“{title}”将影响：", *impact, *same]),
        buttons=(
            Button("按此停用", Tap("proposed.take", key), tone="warn"),
            Button("不采纳", Tap("proposed.decline", key)),
            Button("另写理由", Tap("stop.anew", key)),
        ),
        subject=f"proposal:{key}",
    )


def answered_card(title: str, key: str, done: str) -> Card:
    """Draw a proposal that was taken up or answered."""
    return Card(title=f"停用建议：{title[:18]}", done=done, subject=f"proposal:{key}")
