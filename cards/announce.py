"""The announcement: its wording, confirmed by the school before any group hears it."""

from __future__ import annotations

from collections.abc import Sequence

from cards.annex import annex_button
from cards.case import CaseView
from cards.language import Button, Card, Fact, Tap
from storage.rules.amend import Change


def wording(school: str, title: str, number: str, users: str, until: str) -> str:
    """Return the announcement as it is proposed; the school may change the words."""
    return (
        f"【进校园备案公告】{school}使用的“{title}”已完成备案，编号 {number}"
        f"{f'，{users}使用' if users else ''}，有效期至{until}。"
        "按规定：不向学生和家长收费，不强制购买，不与分班、评价挂钩。"
        "备案不代表对内容作担保，如有不符，请向学校或教育部门反映。"
    )


def change_wording(
    school: str, title: str, number: str, what: Change, users: str, until: str
) -> str:
    """Return what groups are told of a change, as it is proposed."""
    if what is Change.RENEWAL:
        return (
            f"【进校园备案公告】{school}使用的“{title}”已续期，编号 {number} 不变，"
            f"有效期至{until}。按规定：不向学生和家长收费，不强制购买，不与分班、评价挂钩。"
        )
    return (
        f"【进校园备案公告】{school}使用的“{title}”备案内容有变更（{what.label}），"
        f"编号 {number} 不变{f'，{users}使用' if users else ''}，有效期至{until}。"
        "按规定：不向学生和家长收费，不强制购买，不与分班、评价挂钩。"
    )


def announcement(text: str, address: str) -> Card:
    """Return what a group is told: the school's words, and where anybody may check them."""
    return Card(title="", body=text, page=address, page_text="查验备案")


def announce_card(
    view: CaseView, *, seen: int, number: str, text: str, groups: Sequence[str]
) -> Card:
    """Show the number and the wording, and ask for the one tap that tells the groups."""
    where = "名单中还没有本校的学校群，补充后可发公告。"
    if groups:
        where = f"确认后将在{'、'.join(groups)}各发一次。"
    return Card(
        title=f"已备案：{view.title}",
        case=view.case_no,
        facts=(Fact("备案号", number), Fact("学校", view.school)),
        body=f"{where}公告文字：{text}",
        buttons=(
            Button("发公告", Tap("announce.send", view.filing_id, seen), tone="main"),
            Button("修改文字", Tap("announce.edit", view.filing_id, seen)),
            annex_button(view.filing_id),
        ),
        subject=f"filing:{view.filing_id}:announce",
        page=view.link,
    )
