"""Who comes after whom: the card on which a principal names who goes on."""

from __future__ import annotations

from collections.abc import Sequence

from cards.language import Button, Card, Tap

MOST = 6


def take_on_card(
    title: str, case: str, says: str, offered: Sequence[tuple[str, str]], key: str, subject: str
) -> Card:
    """Ask the principal who goes on; ``offered`` are (id, name), ``key`` names what is handed."""
    rest = len(offered) - MOST
    more = f"另有{rest}位请在名单中调整后再选。" if rest > 0 else ""
    return Card(
        title=f"请指定接办人：{title[:14]}",
        case=case,
        body=f"{says}请选一位同志接着办理，已填的内容和材料都保留。{more}",
        buttons=tuple(
            Button(name[:10], Tap("succession.name", f"{key}:{person_id}"))
            for person_id, name in offered[:MOST]
        ),
        subject=subject,
    )


def taken_on_card(title: str, case: str, done: str, subject: str) -> Card:
    """Draw that card after somebody was named."""
    return Card(title=f"接办人：{title[:18]}", case=case, done=done, subject=subject)
