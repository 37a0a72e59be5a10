"""Changes of a registered filing: which, who is to answer for it, and what was registered."""

from __future__ import annotations

from typing import Final

from cards.case import CaseView
from cards.language import Button, Card, Fact, Tap
from storage.rules.amend import Change

_WHAT: Final = {
    Change.OWNER: "换人，确认后直接登记，不用审查",
    Change.SCOPE: "使用学段、年级或人数增加",
    Change.FEE: "收费方式或经费来源变化",
    Change.PRODUCT: "换成另一个产品，重新审查",
    Change.VERSION: "功能或信息收集有大的变化",
}


def types_card(view: CaseView, number: str, seen: int) -> Card:
    """Ask what is to change."""
    lines = [f"{at} {one.label}：{words}" for at, (one, words) in enumerate(_WHAT.items(), start=1)]
    return Card(
        title=f"变更“{view.title[:18]}”",
        case=view.case_no,
        facts=(Fact("备案号", number),),
        body="\n".join(["变更哪一项？办理期间原备案照常有效，编号不变。", *lines]),
        buttons=tuple(
            Button(one.label, Tap("amend.type", f"{one.value}:{view.filing_id}", seen))
            for one in _WHAT
        ),
    )


def chosen_card(case: str, title: str, change: Change) -> Card:
    """Draw that question after its answer was tapped."""
    return Card(title=f"变更“{title[:18]}”", case=case, done=f"已选：{change.label}")


def owner_card(
    case: str, title: str, *, school: str, by: str, before: str, after: str, change_id: str
) -> Card:
    """Ask the new person in charge, or the principal, to confirm."""
    return Card(
        title=f"请确认项目负责人：{title}",
        case=case,
        facts=(Fact("学校", school), Fact("原负责人", before), Fact("新负责人", after)),
        body=f"{by}提出变更项目负责人，由新负责人本人或校长确认，确认后直接登记，编号不变。"
        f"也可以发“同意担任 {case}”或“不担任 {case}”。",
        buttons=(
            Button("确认", Tap("amend.owner_yes", change_id), tone="main"),
            Button("不变更", Tap("amend.owner_no", change_id)),
        ),
        subject=f"owner:{change_id}",
    )


def owner_done_card(case: str, title: str, done: str, change_id: str) -> Card:
    """Draw that question when it is settled."""
    return Card(title=f"项目负责人：{title}", case=case, done=done, subject=f"owner:{change_id}")
