"""Several roles of one person on one filing: asked once, then gone through one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cards.case import CaseView
from cards.language import Button, Card, Tap

MOST = 3


class Row(NamedTuple):
    """One task: at which desk, what it is called, until when, its id and version."""

    desk: str
    what: str
    due: str
    task_id: str
    seen: int


def roles_card(view: CaseView, rows: Sequence[Row]) -> Card:
    """Ask somebody who has several tasks of one filing where to begin."""
    names = "、".join(row.desk for row in rows)
    listed = "\n".join(
        f"{at} {row.desk}：{row.what}，{row.due}前" for at, row in enumerate(rows, start=1)
    )
    return Card(
        title=f"{view.title}｜您有{len(rows)}项",
        case=view.case_no,
        lead=view.school,
        body=f"您同时担任{names}。是否按身份分别给意见？给完一项接着给下一项，每项单独留痕。\n{listed}",
        buttons=(
            Button("分别给", Tap("roles.begin", rows[0].task_id, rows[0].seen), tone="main"),
            *(
                Button(f"先{row.desk[:9]}", Tap("roles.begin", row.task_id, row.seen))
                for row in rows[1:MOST]
            ),
        ),
        page=view.link,
        page_text="查看全文与材料",
    )


def which_role_card(case: str, title: str, rows: Sequence[Row], verb: str) -> Card:
    """Ask in which role typed words are meant."""
    listed = "\n".join(f"{at} {row.desk}：{row.what}" for at, row in enumerate(rows, start=1))
    return Card(
        title="请选以哪个身份办理",
        case=case,
        lead=title,
        body=f"您在这件备案上同时担任几个岗位，请发序号：\n{listed}",
        buttons=tuple(
            Button(row.desk[:10], Tap("roles.typed", f"{row.task_id}:{verb}", row.seen))
            for row in rows
        ),
    )
