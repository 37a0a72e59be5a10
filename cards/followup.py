"""Cards of what follows a registered filing: acceptance, audit, the school's consent to a case."""

from __future__ import annotations

from collections.abc import Sequence

from cards.case import CaseHeading
from cards.language import Button, Card, Fact, Tap


def papers_card(
    heading: CaseHeading, followup_id: str, seen: int, rows: Sequence[str], files: int, link: str
) -> Card:
    """Show what was understood, take the papers, and hand all of it over."""
    return Card(
        title="验收材料",
        case=heading.case_no,
        lead=heading.title,
        body="\n".join(
            [
                *rows,
                f"已收到材料{files}份。请从链接上传验收材料，照片可直接发来；齐了点“提交验收”。",
            ]
        ),
        buttons=(
            Button("上传材料", url=link),
            Button("提交验收", Tap("acceptance.hand", followup_id, seen), tone="main"),
            Button("改日期和结果", Tap("acceptance.begin", followup_id)),
        ),
    )


def confirm_card(
    heading: CaseHeading,
    followup_id: str,
    seen: int,
    *,
    school: str,
    facts: Sequence[tuple[str, str]],
    lines: Sequence[str],
    subject: str,
) -> Card:
    """Ask the technical department to confirm an acceptance or to ask back."""
    return Card(
        title=f"{heading.title[:20]}｜验收确认",
        case=heading.case_no,
        facts=(Fact("学校", school), *(Fact(name, value) for name, value in facts)),
        body="\n".join(["请核对验收材料与采购方案（依据三（二）8）。", *lines]),
        buttons=(
            Button("确认验收", Tap("acceptance.confirm", followup_id, seen), tone="main"),
            Button("请学校补充", Tap("acceptance.more", followup_id, seen), tone="warn"),
        ),
        subject=subject,
        page=heading.link,
        page_text="查看全文与材料",
    )


def done_card(heading: CaseHeading, title: str, done: str, subject: str) -> Card:
    """Draw what was done with one of them."""
    return Card(title=title, case=heading.case_no, lead=heading.title, done=done, subject=subject)


def consent_card(heading: CaseHeading, followup_id: str, seen: int, words: str) -> Card:
    """Ask the principal whether a typical case may be published."""
    why = f"推荐理由：{words}。" if words else ""
    return Card(
        title=f"典型案例：{heading.title[:18]}",
        case=heading.case_no,
        body=f"教研部门拟将本项目作为典型案例（三（二）6）。{why}公开前会删去学生信息。是否同意公开？",
        buttons=(
            Button("同意公开", Tap("case.consent", followup_id, seen), tone="main"),
            Button("不同意公开", Tap("case.decline", followup_id, seen)),
        ),
        page=heading.link,
    )


def cases_card(lines: Sequence[str], *, book: str) -> Card:
    """List the cases that schools let be published; ``book`` opens them as a workbook (R57)."""
    return Card(
        title=f"学校同意公开的典型案例{len(lines)}件",
        body="\n".join((*lines, "公开前请再核对，删去学生信息。")),
        buttons=(Button("导出表格", url=book),),
    )
