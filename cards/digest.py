"""The morning's digest: one card with what waits for a person, and what else came overnight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cards.language import Button, Card, Tap

MOST = 5
NEWS = 6


class Row(NamedTuple):
    """One thing to do: its line, and what opens it."""

    line: str
    tap: Tap


def digest_card(
    greeting: str, summary: str, rows: Sequence[Row], news: Sequence[str], *, older: int = 0
) -> Card:
    """Greet somebody with what waits for them, the most urgent first, then with the news.

    ``older``: how much more waits that is not listed.
    """
    shown = rows[:MOST]
    lines = [summary] if summary else []
    lines += [f"{at} {row.line}" for at, row in enumerate(shown, start=1)]
    if rest := len(rows) - len(shown) + older:
        lines.append(f"另有{rest}件，发“待办”查看。")
    told = [f"· {text}" for text in news[:NEWS]]
    if told:
        lines += ["另有消息：", *told]
    if len(news) > NEWS:
        lines.append(f"还有{len(news) - NEWS}条，发“进度”查看。")
    return Card(
        title=greeting,
        body="\n".join(lines),
        buttons=tuple(
            Button(f"办第{at}件", row.tap, tone="main" if at == 1 else "plain")
            for at, row in enumerate(shown, start=1)
        ),
    )


def stuck_card(case_no: str, title: str, facts: str, choices: Sequence[tuple[str, Tap]]) -> Card:
    """Show who coordinates where a case has stopped, and what can be done (E.9)."""
    return Card(
        title=f"{case_no} {title}",
        body="\n".join(
            (facts, "可以：", *(f"{at} {text}" for at, (text, _) in enumerate(choices, 1)))
        ),
        buttons=tuple(
            Button(text[:10], tap, tone="main" if at == 0 else "plain")
            for at, (text, tap) in enumerate(choices)
        ),
    )
