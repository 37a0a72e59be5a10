"""待办: what waits for one person, the most urgent first."""

from __future__ import annotations

from collections.abc import Sequence

from cards.language import Button, Card, Tap
from storage.finding import MOST_OPEN

MOST = 5


def many(count: int) -> str:
    """Say how many things wait; more than are looked up are not counted."""
    return f"{count}件" if count < MOST_OPEN else f"{MOST_OPEN}件以上"


def todo_card(
    rows: Sequence[tuple[str, Tap]],
    waiting: Sequence[str],
    *,
    like: tuple[str, int] | None = None,
) -> Card:
    """List what is to be done as (line, tap) with a button each, and what others are waited for.

    ``like`` names the first of several like tasks, and how many they are.
    """
    shown = rows[:MOST]
    lines = [f"{at} {line}" for at, (line, _) in enumerate(shown, start=1)]
    if len(rows) > MOST:
        lines.append(f"共{many(len(rows))}，先办最急的{MOST}件。")
    if waiting:
        lines += ["等待会审：", *waiting]
    together: tuple[Button, ...] = ()
    if like:
        first, count = like
        lines.append(f"其中{count}件同类，可以逐件查看后一次办理。")
        together = (Button("同类一次办理", Tap("batch.open", first)),)
    return Card(
        title=f"今日待办{many(len(rows))}",
        body="\n".join(lines),
        buttons=(
            *(
                Button(f"办第{at}件", tap, tone="main" if at == 1 else "plain")
                for at, (_, tap) in enumerate(shown, start=1)
            ),
            *together,
        ),
    )
