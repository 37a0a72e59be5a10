"""Stopping a product: what it would touch, why, from when, and the second person's word."""

from __future__ import annotations

from collections.abc import Sequence

from cards.language import Button, Card, Fact, Tap
from storage.rules.standing import GROUNDS


def pick_card(name: str, rows: Sequence[tuple[str, str]], verb: str) -> Card:
    """Ask which of several products of one name is meant, as (id, words)."""
    lines = [f"{at} {words}" for at, (_, words) in enumerate(rows, start=1)]
    return Card(
        title=f"“{name[:16]}”是哪一个",
        body="\n".join(["产品库中有几个同名产品：", *lines]),
        buttons=tuple(
            Button(f"选第{at}个", Tap("stop.pick", f"{verb}:{key}"))
            for at, (key, _) in enumerate(rows, start=1)
        ),
    )


def ground_card(title: str, reason: str) -> Card:
    """Ask on which ground of the notice a product is stopped."""
    return Card(
        title=f"停用“{title[:16]}”：请选依据",
        body=f"理由：{reason}",
        buttons=tuple(Button(one.label, Tap("stop.ground", one.key)) for one in GROUNDS),
    )


def date_card(title: str) -> Card:
    """Ask from when a product is stopped; a date may be typed."""
    return Card(
        title=f"停用“{title[:16]}”：从哪天起",
        body="立即停用请点按钮；给学校留出过渡时间的，请发停用日期，例如：2026-09-01。",
        buttons=(Button("立即停用", Tap("stop.now"), tone="warn"),),
    )


def look_card(
    title: str, *, impact: Sequence[str], reason: str, place: str, on: str, mark: str
) -> Card:
    """Show the whole of it before it goes to the second person."""
    return Card(
        title=f"请核对：停用“{title[:16]}”",
        facts=(Fact("停用日期", on), Fact("依据", place)),
        body="\n".join(
            [
                *impact,
                f"理由：{reason}。",
                "由另一位同志确认后生效。先告知各主管单位，再告知学校，最后告知发过公告的群。",
            ]
        ),
        buttons=(
            Button("提交确认", Tap("stop.propose", mark), tone="warn"),
            Button("先不办", Tap("stop.leave", mark)),
        ),
    )


def second_card(
    title: str,
    stop_id: str,
    *,
    by: str,
    impact: Sequence[str],
    reason: str,
    place: str,
    on: str,
) -> Card:
    """Ask a second person to confirm a stop."""
    return Card(
        title=f"请确认停用：{title[:18]}",
        facts=(Fact("停用日期", on), Fact("依据", place)),
        body="\n".join(
            [
                f"{by}提出停用，理由：{reason}。",
                *impact,
                f"也可以发“确认停用 {title}”或“不同意停用 {title}”。",
            ]
        ),
        buttons=(
            Button("确认停用", Tap("stop.yes", stop_id), tone="warn"),
            Button("不同意停用", Tap("stop.no", stop_id)),
        ),
        subject=f"stop:{stop_id}",
    )


def lift_card(title: str, stop_id: str, *, reason: str, held: int) -> Card:
    """Ask before a stop is lifted."""
    return Card(
        title=f"恢复“{title[:18]}”",
        body=f"停用理由：{reason}。恢复后，因这次停用而暂停的{held}件备案恢复使用，"
        "因其他原因暂停的不变。确定恢复吗？",
        buttons=(
            Button("确认恢复", Tap("stop.lift", stop_id), tone="main"),
            Button("不恢复", Tap("stop.keep", stop_id)),
        ),
    )


def over_card(title: str, done: str, *, subject: str = "") -> Card:
    """Draw what was decided on a product."""
    return Card(title=title, done=done, subject=subject)
