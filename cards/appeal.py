"""A rejection as the school reads it, and the appeal against it before it is sent."""

from __future__ import annotations

from cards.case import CaseView
from cards.language import Button, Card, Fact, Tap


def rejected_card(view: CaseView, *, part: str, place: str, desk: str, says: str) -> Card:
    """Tell the principal of a rejection, with the way to appeal."""
    return Card(
        title=f"“{view.title[:14]}”{part}未予通过",
        case=view.case_no,
        facts=(Fact("部门", desk), Fact("依据", place)),
        body=says,
        buttons=(Button("申请复核", Tap("appeal.ask", view.filing_id), tone="main"),),
        subject=f"filing:{view.filing_id}:appeal",
        page=view.link,
    )


def appeal_card(view: CaseView, *, desk: str, reason: str, mark: str) -> Card:
    """Show what would be asked, before it counts: it can be asked once."""
    return Card(
        title="请确认：申请复核",
        case=view.case_no,
        lead=view.title,
        body=(
            f"理由：{reason}\n由{desk}未参与审批的同志复核。"
            "每件只能申请一次，复核决定为最终决定。是否提交？"
        ),
        buttons=(
            Button("提交申请", Tap("appeal.send", f"{view.filing_id}:{mark}"), tone="main"),
            Button("改理由", Tap("appeal.ask", view.filing_id)),
        ),
        subject=f"filing:{view.filing_id}:appeal",
        page=view.link,
    )
