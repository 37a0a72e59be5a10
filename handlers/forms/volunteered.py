"""What a school may tell besides what is asked: never asked for, taken where it is written.

The documents themselves are what counts; these facts make them easier to check.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from handlers.form import Around, BadAnswerError, Field, Parser
from handlers.forms.fields import wishes_pilot
from handlers.forms.parsers import NONE_WORDS, text, tidy
from storage.rules.experts import Aspect, Expert
from storage.rules.principles import CONDITION as CONDITION_KEY
from storage.rules.textcount import count_characters

_STYLE: Final = "请按“张三（温州大学，教授）；李四（市教研院，高级教师）”的样式写明专家。"
_NAME: Final = r"[\u4e00-\u9fff·]{2,12}|[A-Za-z][A-Za-z .]{1,30}"
_ONE: Final = re.compile(
    rf"(?P<name>{_NAME})\s*(?:[（(](?P<inside>[^（）()]*)[）)]|(?P<after>[\s，,].*))?"
)
_NUMBERED: Final = re.compile(r"^\s*\d{1,2}\s*[.、．)）]\s*")
_ROWS: Final = re.compile(r"[；;\n]")
_PIECES: Final = re.compile(r"(?:[^、，,（()）]|[（(][^（）()]*[）)])+")
_TITLE: Final = re.compile(
    r"教授|研究员|教师|高级|正高|工程师|讲师|特级|博士|律师|园长|校长|主任|级$"
)
_MOST_EXPERTS: Final = 20
_MOST: Final = 120
_ASPECT: Final = re.compile(
    "(" + "|".join(f"{one.label}|{one.label[-3:]}" for one in Aspect) + r")\s*[:：]\s*"
)
_ASPECTS: Final = {name: one for one in Aspect for name in (one.label, one.label[-3:])}


def experts(raw: str, _around: Around) -> list[dict[str, str]]:
    """Read experts, each with unit and title: in brackets, or name, unit and title in a row."""
    rows = [one for row in _ROWS.split(raw) if (one := _NUMBERED.sub("", row).strip(" 。，,、"))]
    if len(rows) == 1:
        # Without stops between them, what stands between commas outside brackets is one each.
        rows = [one.strip(" 。") for one in _PIECES.findall(rows[0])]
    matches = [_ONE.fullmatch(row) for row in rows]
    if not matches or None in matches or len(matches) > _MOST_EXPERTS:
        raise BadAnswerError(_STYLE)
    found = [
        _expert(one["name"], re.split(r"[，,、\s]+", one["inside"] or one["after"] or ""))
        for one in matches
        if one
    ]
    return [one._asdict() for one in found]


def _expert(name: str, beside: Sequence[str]) -> Expert:
    said = [one for one in beside if one]
    if len(said) == 1 and _TITLE.search(said[0]):
        return Expert(name.strip(), "", said[0])
    return Expert(name.strip(), said[0] if said else "", "，".join(said[1:]))


def read_experts(value: Sequence[Mapping[str, str]]) -> list[Expert]:
    """Return the experts that a filing keeps."""
    return [Expert(**one) for one in value]


def _show_experts(value: Sequence[Mapping[str, str]]) -> str:
    return "；".join(str(one) for one in read_experts(value))


def aspects(raw: str, _around: Around) -> dict[str, str]:
    """Read a sentence for each aspect that is named: 必要性：…；可行性：…."""
    line = tidy(raw)
    marks = list(_ASPECT.finditer(line))
    if not marks or line[: marks[0].start()].strip(" ；;，,。"):
        seven = "、".join(one.label for one in Aspect)
        raise BadAnswerError(f"请逐项写一句，例如：必要性：……；可行性：……。七个方面是{seven}。")
    found: dict[str, str] = {}
    for at, mark in enumerate(marks):
        end = marks[at + 1].start() if at + 1 < len(marks) else len(line)
        words = line[mark.end() : end].strip(" ；;，,。")
        if not words or count_characters(words) > _MOST:
            raise BadAnswerError(f"“{mark[1]}”请写一句，1至{_MOST}字。")
        found[_ASPECTS[mark[1]].value] = words
    return {one.value: found[one.value] for one in Aspect if one.value in found}


def _show_aspects(value: Mapping[str, str]) -> str:
    return "；".join(f"{one.label}：{value[one.value]}" for one in Aspect if one.value in value)


def condition(raw: str, around: Around) -> str:
    """Read what else the use is made a condition of; an empty text where it is none."""
    if tidy(raw).strip("。.") in NONE_WORDS:
        return ""
    return str(text(max_chars=_MOST, what="其他前置条件")(raw, around))


def _of_steps(
    key: str, label: str, parse: Parser, place: str, *names: str, show: Any = str
) -> Field:
    """Return a fact about the school's own steps; a pilot has none of them to show."""
    return Field(
        key,
        label,
        f"请发{label}。",
        parse,
        show,
        when=lambda a: not wishes_pilot(a),
        clause=place,
        names=names,
        open_text=True,
        optional=True,
    )


CONDITION: Final = Field(
    CONDITION_KEY,
    "其他前置条件",
    "除分班、评价外，是否还作为其他事项的前置条件？请写明是什么，没有请发“没有”。",
    condition,
    lambda value: value or "没有",
    clause="二（二）",
    names=("前置条件",),
    open_text=True,
    optional=True,
    offered=True,
)
EXPERTS: Final = _of_steps(
    "experts", "专家", experts, "四（二）", "论证专家", "专家名单", "专家组", show=_show_experts
)
ASPECTS: Final = _of_steps(
    "aspects", "论证要点", aspects, "四（二）", "七个方面", "论证内容", "论证结论",
    show=_show_aspects,
)  # fmt: skip
LEGALITY_BY: Final = _of_steps(
    "legality_by", "审查人", text(max_chars=40, min_chars=2, what="审查人"), "四（二）",
    "审查人员", "审查人姓名", "合法性审查人",
)  # fmt: skip
MEETING: Final = _of_steps(
    "meeting", "会议名称", text(max_chars=60, min_chars=2, what="会议名称"), "四（三）", "会议名"
)
ATTENDEES: Final = _of_steps(
    "attendees", "参会人员", text(max_chars=200, min_chars=2, what="参会人员"), "四（三）",
    "参会人", "出席人员", "与会人员", "参加人员",
)  # fmt: skip
GUIDANCE: Final = Field(
    "guidance",
    "符合指导意见",
    "请用一句话写明方案如何符合省指导意见（浙教办技〔2020〕22号）。",
    text(max_chars=_MOST, min_chars=4, what="符合指导意见"),
    clause="一",
    names=("符合省指导意见", "指导意见"),
    open_text=True,
    optional=True,
)

VOLUNTEERED: Final = (GUIDANCE, EXPERTS, ASPECTS, LEGALITY_BY, MEETING, ATTENDEES, CONDITION)
