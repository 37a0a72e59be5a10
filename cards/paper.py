"""A case on paper: which school, when it was signed, which kind."""

from __future__ import annotations

from collections.abc import Sequence

from cards.filing import KINDS
from cards.language import Button, Card, Fact, Tap


def which_school_card(rows: Sequence[tuple[str, str]]) -> Card:
    """Ask which school is meant, as (key, name)."""
    listed = "\n".join(f"{at} {name}" for at, (_, name) in enumerate(rows, start=1))
    return Card(
        title="线下办件：哪所学校",
        body=f"请选一所，或再发一次学校全称：\n{listed}",
        buttons=tuple(Button(name[:10], Tap("paper.school", key)) for key, name in rows),
    )


def signed_card(school: str, day: str, key: str, *, is_old: bool) -> Card:
    """Show school and date back, and ask the kind; ``is_old``: more than a year ago."""
    ahead = "签署日期距今已超过一年，请再核对一次。" if is_old else ""
    return Card(
        title="线下办件",
        facts=(Fact("学校", school), Fact("签署日期", day)),
        body=f"{ahead}日期不对请直接再发一次。无误请选类型，再逐项录入纸质表上的内容。",
        buttons=tuple(
            Button(words, Tap("paper.kind", f"{key}:{kind}"))
            for kind, words in KINDS
            if kind != "unsure"
        ),
    )


def kind_done_card(school: str, day: str, kind: str) -> Card:
    """Draw that card after the kind was tapped."""
    return Card(
        title="线下办件",
        facts=(Fact("学校", school), Fact("签署日期", day)),
        done=f"已选：{dict(KINDS).get(kind, kind)}",
    )


def photos_card(count: int) -> Card:
    """Offer to enter photographs as a case on paper."""
    return Card(
        title=f"收到{count}张照片",
        body="要登记为线下办件吗？登记后照片逐张归入“纸质审批表扫描件”。",
        buttons=(
            Button("登记线下办件", Tap("paper.begin"), tone="main"),
            Button("不登记", Tap("paper.drop")),
        ),
    )
