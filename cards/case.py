"""What every card of a running case shows: the facts that matter to whoever decides."""

from __future__ import annotations

from dataclasses import dataclass

from cards.language import Card, Fact

LEGACY_MARK = "（存量补备）"
"""Beside the kind of what was in use before it was filed; a mark, and no reproach (Q24)."""


@dataclass(frozen=True, slots=True)
class CaseHeading:
    """Which case a card speaks of; ``link`` opens the whole."""

    filing_id: str
    case_no: str
    title: str
    link: str


@dataclass(frozen=True, slots=True)
class CaseView(CaseHeading):
    """One case as its cards show it; every value is finished text."""

    school: str
    kind: str
    scope: str
    fee: str
    product_no: str
    papers: int
    overview: str


def case_facts(view: CaseView, due: str = "") -> tuple[Fact, ...]:
    """Return the facts shown on every card; at most six fit everywhere."""
    rows = [
        ("学校", view.school),
        ("类型", view.kind),
        ("范围", view.scope),
        ("收费", view.fee),
        ("产品号", view.product_no),
        ("内部时限", due) if due else ("材料", f"{view.papers}份"),
    ]
    return tuple(Fact(name, value) for name, value in rows if value)


def done_card(view: CaseView, title: str, done: str, subject: str) -> Card:
    """Draw a card whose act is over: what was done, by whom, when."""
    return Card(
        title=title,
        case=view.case_no,
        facts=(Fact("学校", view.school), Fact("项目", view.title)),
        done=done,
        subject=subject,
        page=view.link,
    )
