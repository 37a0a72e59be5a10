"""A pilot's cards: the school's own checklist, its decision, and what happens while it runs."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from cards.case import CaseHeading, CaseView, case_facts
from cards.language import Button, Card, Fact, Option, Select, Tap
from storage.rules.pilot import CHECKLIST, ChecklistItem

TICKS = "ticks"
"""The key under which the ticked lines of the checklist come back."""


def ask_card(
    view: CaseView,
    seen: int,
    *,
    by: str,
    ends: str,
    checked: Sequence[str],
    decides: bool,
    subject: str,
) -> Card:
    """Ask a named person to look, or (``decides``) the principal to decide after everybody else."""
    what = "请您决定" if decides else "请您审查"
    others = f"{'、'.join(checked)}已逐条审查。" if checked else ""
    return Card(
        title=f"试点{what[2:]}：{view.title}",
        case=view.case_no,
        facts=(*case_facts(view)[:5], Fact("试点至", ends)),
        body=f"{by}提交小范围试点，{what}。{others}"
        "试点由学校自行审查、决定并负责（三（一）5），不发备案号。",
        buttons=(
            Button(
                "逐条审查并决定" if decides else "逐条审查",
                Tap("pilot.list", view.filing_id, seen),
                tone="main",
            ),
            Button("退给经办", Tap("pilot.back", view.filing_id, seen), tone="warn"),
        ),
        subject=subject,
        page=view.link,
    )


def checklist_card(
    heading: CaseHeading, seen: int, *, decides: bool, ticked: Collection[str], subject: str
) -> Card:
    """Ask for the whole checklist, each line with its clause, sent off with one button."""
    return Card(
        title="试点决定清单" if decides else "试点审查清单",
        case=heading.case_no,
        lead=heading.title,
        body="属实的请勾选；不属实的请发“退给经办”加办件号和原因。",
        selects=(
            Select(
                TICKS,
                "属实请勾选",
                tuple(Option(item.key, item.ticked, item.key in ticked) for item in CHECKLIST),
                many=True,
            ),
        ),
        buttons=(
            Button(
                "同意试点" if decides else "确认审查",
                Tap("pilot.tick", heading.filing_id, seen),
                tone="main",
            ),
        ),
        subject=subject,
    )


def unticked_card(
    heading: CaseHeading, seen: int, left: Sequence[ChecklistItem], *, subject: str
) -> Card:
    """Name what was not ticked; a pilot goes ahead only with all of it."""
    rows = "；".join(item.ticked for item in left)
    return Card(
        title=f"还有{len(left)}条没有勾选",
        case=heading.case_no,
        lead=heading.title,
        body=f"没有勾选：{rows}。全部属实才能试点；有不属实的，请退给经办修改。",
        buttons=(
            Button("重新勾选", Tap("pilot.list", heading.filing_id, seen), tone="main"),
            Button("退给经办", Tap("pilot.back", heading.filing_id, seen), tone="warn"),
        ),
        subject=subject,
    )


def notice_card(
    view: CaseView,
    seen: int,
    *,
    receipt: str,
    ends: str,
    until: str,
    may_call_in: bool,
    subject: str,
) -> Card:
    """Tell a department that a school began a pilot; only the lead may call it in."""
    after = (
        f"如认为应按全面备案办理，可在{until}前提级并说明原因；不提级的不需要办理。"
        if may_call_in
        else "知照您处，不需要办理。"
    )
    return Card(
        title=f"试点知照：{view.title}",
        case=view.case_no,
        facts=(*case_facts(view)[:5], Fact("试点至", ends)),
        body="学校已审查并由校长决定开展小范围试点（三（一）5），"
        f"试点回执 {receipt}，不是备案号。{after}",
        buttons=(Button("提级办理", Tap("pilot.call_in", view.filing_id, seen), tone="warn"),)
        if may_call_in
        else (),
        subject=subject,
        page=view.link,
    )


def running_card(
    heading: CaseHeading,
    seen: int,
    stage: str,
    facts: Sequence[tuple[str, str]],
    rows: Sequence[str],
    *,
    acts: Sequence[str] = (),
) -> Card:
    """Show how a pilot stands; ``acts`` are those open to the reader: convert, grow, end."""
    offered = {
        "convert": Button("转全面备案", Tap("pilot.convert", heading.filing_id), tone="main"),
        "grow": Button("人数有变", Tap("pilot.grow", heading.filing_id, seen)),
        "end": Button("提前结束", Tap("pilot.end", heading.filing_id, seen), tone="warn"),
    }
    return Card(
        title=f"{heading.title[:18]}：{stage}",
        case=heading.case_no,
        facts=tuple(Fact(name, value) for name, value in facts),
        body="\n".join(rows),
        buttons=tuple(offered[act] for act in acts),
        page=heading.link,
    )


def end_card(heading: CaseHeading, seen: int) -> Card:
    """Ask before a pilot is ended early."""
    return Card(
        title=f"提前结束“{heading.title[:16]}”",
        case=heading.case_no,
        body="结束后学校应停止使用；试点回执保留备查。需要继续使用的，请转全面备案。确定结束吗？",
        buttons=(
            Button("确定结束", Tap("pilot.end_now", heading.filing_id, seen), tone="warn"),
            Button("转全面备案", Tap("pilot.convert", heading.filing_id), tone="main"),
            Button("不结束", Tap("pilot.keep", heading.filing_id, seen)),
        ),
    )


def convert_card(heading: CaseHeading, title: str, body: str) -> Card:
    """Offer the full filing that follows a pilot, prefilled from it."""
    return Card(
        title=title,
        case=heading.case_no,
        lead=heading.title,
        body=body,
        buttons=(Button("转全面备案", Tap("pilot.convert", heading.filing_id), tone="main"),),
        page=heading.link,
    )
