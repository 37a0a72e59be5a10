"""Several items of one project: which of them are approved."""

from __future__ import annotations

from collections.abc import Sequence

from cards.case import CaseView
from cards.language import Button, Card, Option, Select, Tap


def items_card(view: CaseView, *, task_id: str, seen: int, names: Sequence[str]) -> Card:
    """Ask which items are approved; the others are not."""
    return Card(
        title="请选同意的项",
        case=view.case_no,
        lead=view.title,
        body="没有选的为不予通过，下一步写明理由。",
        selects=(
            Select(
                "items",
                "可多选",
                tuple(Option(str(at), name) for at, name in enumerate(names)),
                many=True,
            ),
        ),
        buttons=(Button("下一步", Tap("items.take", task_id, seen), tone="main"),),
        subject=f"task:{task_id}",
    )


def decide_buttons(task_id: str, seen: int, *, whole: bool, each: bool) -> tuple[Button, ...]:
    """Return how else a mixed project may be approved."""
    found = []
    if whole:
        found.append(Button("整体同意", Tap("items.whole", task_id, seen)))
    if each:
        found.append(Button("逐项给意见", Tap("items.each", task_id, seen)))
    return tuple(found)
