"""Who has which duty: the map of an authority, with what is missing marked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cards.language import Card
from cards.printed import Paper, Table
from storage.duties import Duty
from storage.rules.terms import Desk, cite

MISSING: Final = "（未明确）"
CLAUSE_OF: Final = {
    Desk.DISCIPLINE: "三（二）1",
    Desk.LEGAL: "三（二）2",
    Desk.FINANCE: "三（二）3",
    Desk.BASIC: "三（二）4",
    Desk.DIRECT: "三（二）4",
    Desk.VOC: "三（二）5",
    Desk.RESEARCH: "三（二）6",
    Desk.PRE: "三（二）7",
    Desk.TECH: "三（二）8",
}


def duties_card(whose: str, duties: Sequence[Duty], *, page: str) -> Card:
    """Show the map; ``page`` opens what is printed."""
    open_points = sum(len(duty.wants) for duty in duties)
    lines = [f"{duty.desk.label}：{_line(duty)}" for duty in duties]
    head = f"还有{open_points}项未明确，请管理员在名单中补全。" if open_points else "各项均已明确。"
    return Card(
        title="职能分工", lead=whose, body="\n".join((head, *lines)), page=page, page_text="打印版"
    )


def _line(duty: Duty) -> str:
    if not duty.departments:
        return f"责任部门{MISSING}"
    return (
        f"{'、'.join(duty.departments)}，负责 {_names(duty.responsible)}，"
        f"代办 {_names(duty.deputies, is_missing=_wants_deputy(duty))}"
    )


def _names(names: Sequence[str], *, is_missing: bool = False) -> str:
    return ("、".join(names) + (MISSING if is_missing else "")) if names else MISSING


def _wants_deputy(duty: Duty) -> bool:
    return any(want.label == "代办人" for want in duty.wants)


def duties_paper(whose: str, duties: Sequence[Duty], drawn_on: str) -> Paper:
    """Draw the page that is printed (R84)."""
    rows = tuple(
        (
            duty.desk.label,
            CLAUSE_OF[duty.desk],
            "、".join(duty.departments) or MISSING,
            _names(duty.responsible),
            _names(duty.deputies, is_missing=_wants_deputy(duty)),
        )
        for duty in duties
    )
    table = Table("职能部门和工作负责人", ("职能", "依据", "责任部门", "责任人", "代办人"), rows)
    return Paper(f"{whose}职能分工", (f"依据：{cite('三')}、四　{drawn_on}",), (table,))


def wanting(whose: str, duties: Sequence[Duty]) -> str:
    """Tell an administrator what is still missing, once a week."""
    lines = [
        f"{duty.desk.label}缺{'、'.join(want.label for want in duty.wants)}"
        for duty in duties
        if duty.wants
    ]
    return (
        f"{whose}的职能分工还有以下未明确：{'；'.join(lines)}。"
        "按温教办技〔2022〕65号四，应明确职能部门和工作负责人，请在名单中补全后重新导入。"
        "发“职能分工”可以查看，未补全前每周提醒一次。"
    )
