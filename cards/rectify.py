"""整改: what a self-inspection found, for the school that puts it right and for the centre."""

from __future__ import annotations

from collections.abc import Sequence

from cards.case import CaseHeading
from cards.language import Button, Card, Fact, Tap

HOW = "请直接发来整改情况（一两句话），照片可直接发来，文件从链接上传；齐了点“提交整改”。"


def mend_card(
    heading: CaseHeading,
    key: str,
    seen: int,
    *,
    item: str,
    due: str,
    lines: Sequence[str],
    files: int,
    link: str,
) -> Card:
    """Say what is to be put right; words are typed, pictures and files sent, then handed in."""
    return Card(
        title=f"整改：{item[:20]}",
        case=heading.case_no,
        lead=heading.title,
        facts=(Fact("期限", due), Fact("已收材料", f"{files}份")),
        body="\n".join((*lines, HOW)),
        buttons=(
            Button("提交整改", Tap("rectify.hand", key, seen), tone="main"),
            Button("上传材料", url=link),
        ),
    )  # fmt: skip


def list_card(rows: Sequence[tuple[str, Tap]]) -> Card:
    """List what waits, a button each."""
    lines = [f"{at} {line}" for at, (line, _) in enumerate(rows, start=1)]
    more = [f"共{len(rows)}项，先列5项。"] if len(rows) > 5 else []
    return Card(
        title=f"整改{len(rows)}项",
        body="\n".join((*lines[:5], *more)),
        buttons=tuple(
            Button(f"办第{at}项", tap, tone="main" if at == 1 else "plain")
            for at, (_, tap) in enumerate(rows[:5], start=1)
        ),
    )


def judge_card(
    heading: CaseHeading,
    key: str,
    seen: int,
    *,
    school: str,
    item: str,
    lines: Sequence[str],
    files: int,
    subject: str,
) -> Card:
    """Ask the technology centre whether it is put right."""
    return Card(
        title=f"{heading.title[:20]}｜整改确认",
        case=heading.case_no,
        facts=(Fact("学校", school), Fact("事项", item), Fact("材料", f"{files}份")),
        body="\n".join(("请核对整改情况（依据四）。", *lines)),
        buttons=(
            Button("确认整改完成", Tap("rectify.confirm", key, seen), tone="main"),
            Button("请学校再整改", Tap("rectify.more", key, seen), tone="warn"),
        ),
        subject=subject,
        page=heading.link,
        page_text="查看全文与材料",
    )


def done_card(heading: CaseHeading, item: str, done: str, subject: str) -> Card:
    """Draw what was done with one of them."""
    return Card(
        title=f"整改：{item[:20]}",
        case=heading.case_no,
        lead=heading.title,
        done=done,
        subject=subject,
    )
