"""Which stages and grades will use it: 四到六年级, 1-6年级, 小学和初中, 全校."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from handlers.form import Around, BadAnswerError
from handlers.forms.numerals import read_number, write_small
from handlers.forms.parsers import tidy
from storage.rules.terms import SchoolStage

# Patterns are compiled when an answer first needs them.
_G: Final = r"(十[一二]?|[一二三四五六七八九]|1[0-2]|[1-9])"
_TO: Final = r"\s*(?:年级)?\s*[-~～—–－至到]\s*"
RANGE: Final = rf"{_G}{_TO}{_G}\s*年级"
_ONE: Final = "[一二三四五六七八九]"
LISTED: Final = rf"{_G}(?:年级)?(?:(?:[、,，和]\s*{_G}|(?<={_ONE}){_ONE})(?:年级)?){{0,11}}\s*年级"
NAMED: Final = r"(初|高)([一二三])(?:\s*[-~～至到]\s*(?:初|高)?([一二三]))?"
CLASSES: Final = r"(?:托班|小班|中班|大班)"
ALL: Final = r"全校|全园|各年级|所有年级|全体学生|全部年级"
WORDS: Final[Mapping[str, tuple[SchoolStage, ...]]] = {
    "幼儿园": (SchoolStage.KINDERGARTEN,),
    "学前": (SchoolStage.KINDERGARTEN,),
    "九年一贯": (SchoolStage.PRIMARY, SchoolStage.JUNIOR),
    "义务教育": (SchoolStage.PRIMARY, SchoolStage.JUNIOR),
    "完全中学": (SchoolStage.JUNIOR, SchoolStage.SENIOR),
    "小学": (SchoolStage.PRIMARY,),
    "初中": (SchoolStage.JUNIOR,),
    "中职": (SchoolStage.VOCATIONAL,),
    "职高": (SchoolStage.VOCATIONAL,),
    "职业": (SchoolStage.VOCATIONAL,),
    "中专": (SchoolStage.VOCATIONAL,),
    "高中": (SchoolStage.SENIOR,),
    "普高": (SchoolStage.SENIOR,),
}
_ORDER: Final = tuple(SchoolStage)
_UNTICKED: Final = r"[□☐◯]\s*[\u4e00-\u9fff]+"


def stages_in_use(raw: str, around: Around) -> dict[str, Any]:
    """Read who will use it as ``{"stages": [...], "grades": "四至六年级"}``.

    Grades of a school that only teaches 中职 are its own; a stage that the directory does not
    give the school is asked again.
    """
    line = re.sub(_UNTICKED, " ", tidy(raw))
    levels = around.levels()
    if re.search(ALL, line):
        if not levels:
            raise BadAnswerError("请写明学段，例如：小学，或四至六年级。")
        return _answer(levels, "全园" if "全园" in line else "全校")
    stages: list[SchoolStage] = []
    grades: list[str] = []
    rest = _grades(line, levels, stages, grades)
    for word, meant in WORDS.items():
        if word in rest:
            stages.extend(meant)
            rest = rest.replace(word, " ")
    if not stages:
        raise BadAnswerError("没有认出学段，请写学段或年级，例如：小学，或四至六年级。")
    if levels and (extra := [stage for stage in dict.fromkeys(stages) if stage not in levels]):
        raise BadAnswerError(
            f"名单中贵校的学段是{_labels(levels)}，没有{_labels(extra)}。请再发一次；名单有误请联系管理员。"
        )
    return _answer(stages, "、".join(dict.fromkeys(grades)))


def shown_stages(value: Mapping[str, Any]) -> str:
    """Write stages with the grades named: 小学（四至六年级）."""
    names = _labels([SchoolStage(one) for one in value["stages"]])
    return f"{names}（{value['grades']}）" if value.get("grades") else names


def _answer(stages: Sequence[SchoolStage], grades: str) -> dict[str, Any]:
    kept = [stage.value for stage in _ORDER if stage in stages]
    return {"stages": kept, "grades": grades}


def _labels(stages: Sequence[SchoolStage]) -> str:
    return "、".join(stage.label for stage in stages)


def _grades(
    line: str, levels: Sequence[SchoolStage], stages: list[SchoolStage], grades: list[str]
) -> str:
    """Take the grades out of ``line`` into ``stages`` and ``grades``; return what is left."""
    for match in re.finditer(RANGE, line):
        first, last = (_number(word) for word in match.groups())
        if first > last:
            raise BadAnswerError("年级的先后写反了，请再发一次，例如：四至六年级。")
        stages.extend(_stage_of(grade, levels) for grade in range(first, last + 1))
        grades.append(f"{write_small(first)}至{write_small(last)}年级")
    line = re.sub(RANGE, " ", line)
    for match in re.finditer(LISTED, line):
        numbers = [_number(word) for word in re.findall(_G, match[0])]
        stages.extend(_stage_of(grade, levels) for grade in numbers)
        grades.append("、".join(write_small(grade) for grade in numbers) + "年级")
    line = re.sub(LISTED, " ", line)
    for match in re.finditer(NAMED, line):
        stages.append(_named(match[1], levels))
        grades.append(match[0].replace("到", "至"))
    line = re.sub(NAMED, " ", line)
    for match in re.finditer(CLASSES, line):
        stages.append(SchoolStage.KINDERGARTEN)
        grades.append(match[0])
    return re.sub(CLASSES, " ", line)


def _number(word: str) -> int:
    return read_number(word) or 0


def _stage_of(grade: int, levels: Sequence[SchoolStage]) -> SchoolStage:
    if set(levels) == {SchoolStage.VOCATIONAL}:
        return SchoolStage.VOCATIONAL
    if grade <= 6:
        return SchoolStage.PRIMARY
    return SchoolStage.JUNIOR if grade <= 9 else SchoolStage.SENIOR


def _named(letter: str, levels: Sequence[SchoolStage]) -> SchoolStage:
    if letter == "初":
        return SchoolStage.JUNIOR
    if SchoolStage.VOCATIONAL in levels and SchoolStage.SENIOR not in levels:
        return SchoolStage.VOCATIONAL
    return SchoolStage.SENIOR


_PIECE: Final = "|".join(
    (
        RANGE,
        LISTED,
        NAMED,
        CLASSES,
        ALL,
        *(re.escape(word) for word in WORDS),
    )
)


def stage_pieces(text: str) -> list[tuple[int, int]]:
    """Return where in ``text`` stages or grades stand.

    The name of a school or a class (瓯江实验小学, 小学生) is no statement of a stage.
    """
    return [
        match.span()
        for match in re.finditer(_PIECE, text)
        if not re.match(r"生|部|校", text[match.end() : match.end() + 1])
        and not (
            match[0] in WORDS
            and re.search(r"(实验|第[一二三四五六七八九十\d]+|中心|附属)$", text[: match.start()])
        )
    ]


def without_stages(text: str) -> str:
    """Return ``text`` with its stages and grades taken out."""
    return re.sub(_PIECE, " ", tidy(text))
