"""Correcting an announcement: the old words, the new ones, and what the groups hear."""

from __future__ import annotations

from collections.abc import Sequence

from cards.case import CaseView
from cards.language import Button, Card, Fact, Tap


def correction(when: str, title: str, number: str, words: str) -> str:
    """Return what groups hear: that it was wrong, that the number stays, and the right words."""
    return (
        f"更正：{when}关于“{title}”的公告有误，编号 {number} 不变，抱歉带来不便。"
        f"以下面的文字为准：{words}"
    )


def correct_card(
    view: CaseView,
    *,
    number: str,
    text: str,
    groups: Sequence[str],
    skipped: int,
    mark: str,
    rounds: int,
) -> Card:
    """Show what would be told, and to whom, before it counts."""
    where = f"确认后将在{'、'.join(groups)}各发一次。" if groups else "没有可以更正的群。"
    gone = f"另有{skipped}个群已解绑或停用，不再发送。" if skipped else ""
    return Card(
        title=f"更正公告：{view.title}",
        case=view.case_no,
        facts=(Fact("备案号", number), Fact("学校", view.school)),
        body=f"{where}{gone}更正文字：{text}",
        buttons=(
            Button("发更正", Tap("correct.send", f"{view.filing_id}:{mark}", rounds), tone="main"),
            Button("改文字", Tap("correct.edit", view.filing_id, rounds)),
        ),
        page=view.link,
    )


def corrected_card(case: str, title: str, done: str) -> Card:
    """Draw that card when the correction was sent."""
    return Card(title=f"更正公告：{title}", case=case, done=done)
