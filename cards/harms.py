"""What a finding asks for: evidence, and what is to follow from it."""

from __future__ import annotations

from collections.abc import Sequence

from cards.case import CaseView
from cards.language import Button, Card, Tap

ADVICE = (("return", "退回学校补正"), ("reject", "建议不予通过"), ("stop", "建议全市暂停该产品"))
"""What may follow from a finding, as (key, words)."""


def evidence_card(
    view: CaseView,
    *,
    task_id: str,
    seen: int,
    verdict: str,
    rows: Sequence[str],
    pictures: int,
    may_stop: bool,
) -> Card:
    """Ask for pictures or a place, and what is to follow."""
    have = f"已收到截图{pictures}张。" if pictures else ""
    body = (
        f"{have}可以直接发截图（可多张），或写明位置；没有补充的直接选择下一步。"
        "截图只有承办部门能看到。"
    )
    return Card(
        title=f"{verdict}：请补充证据并选择",
        case=view.case_no,
        lead=view.title,
        body="\n".join(["已记：", *rows, body]),
        buttons=tuple(
            Button(words, Tap("harms.advise", f"{task_id}:{key}", seen))
            for key, words in ADVICE
            if may_stop or key != "stop"
        ),
        subject=f"task:{task_id}",
        page=view.link,
    )
