"""The way to the annex on paper."""

from __future__ import annotations

from cards.case import CaseHeading
from cards.language import Button, Card, Fact, Tap

PRINT = "审批表"


def annex_button(filing_id: str) -> Button:
    """Return the button that asks for the annex, on cards that several people may share."""
    return Button(PRINT, Tap("annex.open", filing_id))


def annex_card(heading: CaseHeading, *, stage: str, number: str) -> Card:
    """Lead to the annex of one filing; ``heading.link`` opens it for the reader alone."""
    facts = (Fact("环节", stage), *((Fact("备案号", number),) if number else ()))
    return Card(
        title=f"审批表：{heading.title}",
        case=heading.case_no,
        facts=facts,
        body="按现在的办理情况生成，未办的栏目空着。链接24小时内有效，可以查看、下载和打印。",
        page=heading.link,
        page_text="打开审批表",
    )
