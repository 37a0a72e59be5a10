"""The eight principle questions as two lists to tick, read from taps, numbers, words or a paste."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from handlers.form import Apart, Around, BadAnswerError, Choices, Field, Pick
from handlers.forms.parsers import clauses, read_many, tidy
from storage.rules.fees import read_fee
from storage.rules.office import OfficeRules
from storage.rules.principles import Principle, Question, questions
from storage.rules.terms import Kind

FREE: Final = frozenset({Principle.FREE})
FAIR: Final = frozenset({Principle.FAIR, Principle.APPROVED})
_OTHER_WORDS: Final = {
    "fee:unsure": "是否收费还不确定",
    "device:own": "学生自愿自带设备",
    "product_no:no": "尚无教育App备案号",
    "product_no:unsure": "不清楚有无备案号",
}
NONE: Final = Pick("none", "以上都没有")
NUMBER: Final = Apart("product_no:", "备案号情况")


def principle_fields(kind: Kind) -> tuple[Field, Field]:
    """Return the two questions, 免费 and 公平与审批, as they are put for ``kind``."""
    return (
        _field(
            "free",
            "收费情况",
            FREE,
            kind,
            "免费原则：下面哪些情况符合实际？可多选，都没有请选“以上都没有”。",
        ),
        _field(
            "fair",
            "公平与审批",
            FAIR,
            kind,
            "公平与审批原则：下面哪些情况符合实际？可多选，都没有请选“以上都没有”。"
            "还作为其他事项前置条件的，请写“其他前置条件：”加内容。",
        ),
    )


def _field(key: str, label: str, group: frozenset[Principle], kind: Kind, question: str) -> Field:
    offer = _offer(group, kind)
    return Field(
        key,
        label,
        question,
        _parser(group, kind, offer),
        _shower(kind),
        Choices(offer, many=True, apart=NUMBER),
        clause="二",
    )


def _asked(group: frozenset[Principle], kind: Kind, around: Around) -> tuple[Question, ...]:
    known = "product_no" if around.answers.get("product_known") else ""
    return tuple(
        one for one in questions(kind, around.rules) if one.principle in group and one.key != known
    )


def _offer(group: frozenset[Principle], kind: Kind) -> Callable[[Around], tuple[Pick, ...]]:
    def offer(around: Around) -> tuple[Pick, ...]:
        asked = _asked(group, kind, around)
        plain = [one for one in asked if one.key != "product_no"]
        number = [one for one in asked if one.key == "product_no"]
        return (*_picks(plain), NONE, *_picks(number))

    return offer


def _picks(asked: Iterable[Question]) -> list[Pick]:
    """Return a line per answer that means something; 否 is what is left unticked."""
    found = []
    for one in asked:
        for choice in one.choices:
            key = f"{one.key}:{choice.key}"
            if choice.key == "yes":
                found.append(Pick(key, one.option))
            elif key in _OTHER_WORDS:
                found.append(Pick(key, _OTHER_WORDS[key]))
    return found


def _parser(
    group: frozenset[Principle], kind: Kind, offer: Callable[[Around], tuple[Pick, ...]]
) -> Callable[[str, Around], dict[str, str]]:
    def parse(raw: str, around: Around) -> dict[str, str]:
        fee = read_fee(tidy(raw)) if Principle.FREE in group else None
        picks = offer(around)
        number_keys = {pick.key for pick in picks if pick.key.startswith("product_no:")}
        is_words = not any(char.isdecimal() for char in raw)
        # A fee stops the filing by itself; nothing else may be read out of one remark.
        if fee == "yes" and is_words:
            keys = {"fee:yes"}
        else:
            try:
                keys = _read(raw, picks, number_keys)
            except BadAnswerError:
                if fee is None or not is_words:
                    raise
                raise BadAnswerError(_about_fees(fee, picks)) from None
        answers: dict[str, str] = {}
        for one in _asked(group, kind, around):
            said = [key.split(":")[1] for key in keys if key.startswith(f"{one.key}:")]
            if len(said) > 1:
                raise BadAnswerError(f"“{one.text}”选了两种情况，请只选一种，再发一次序号。")
            if said:
                answers[one.key] = said[0]
            elif one.key != "product_no":
                answers[one.key] = "no"
        if number_keys and "product_no" not in answers:
            raise BadAnswerError("请再选一下产品备案号的情况：" + _line(picks, number_keys))
        return answers

    return parse


def _about_fees(fee: str, picks: tuple[Pick, ...]) -> str:
    """Say how words about fees were understood, and ask for what else the list holds."""
    if fee == "no":
        return "明白，不收费。其余情况也都没有的请发“都没有”，有的请发序号，可以多个。"
    at = next(at for at, pick in enumerate(picks, start=1) if pick.key == "fee:unsure")
    return f"收费情况按“不确定”理解，没有其他情况请发“{at}”，有的连同“{at}”一起发序号。"


def _read(raw: str, picks: tuple[Pick, ...], number_keys: set[str]) -> set[str]:
    """Read what is ticked. 以上都没有 speaks of what stands above it, not of the number."""
    try:
        return read_many(raw, picks)
    except BadAnswerError:
        if not number_keys:
            raise
    keys = read_many(raw, picks, none_key="")
    ticked = keys - number_keys - {NONE.key}
    if NONE.key in keys and ticked:
        raise BadAnswerError("“以上都没有”和它上面的选项不能同时选，请再发一次序号。")
    return keys - {NONE.key}


def _line(picks: tuple[Pick, ...], keys: set[str]) -> str:
    rows = [f"{at} {pick.text}" for at, pick in enumerate(picks, start=1) if pick.key in keys]
    ahead = next((f"{at} " for at, pick in enumerate(picks, start=1) if pick is NONE), "")
    return " ".join(rows) + f"。例如，其他都没有且已有备案号：{ahead}{rows[0].split()[0]}。"


def _shower(kind: Kind) -> Callable[[Mapping[str, str]], str]:
    asked = questions(kind, OfficeRules())

    def show(value: Mapping[str, str]) -> str:
        words = []
        for one in asked:
            said = value.get(one.key)
            if said == "yes":
                words.append(one.option)
            elif said and said != "no":
                words.append(_OTHER_WORDS[f"{one.key}:{said}"])
            elif said == "no" and one.key == "product_no":
                words.append(_OTHER_WORDS["product_no:no"])
        return "、".join(words) or "以上情况都没有"

    return show


LABELS: Final[Mapping[str, tuple[str, str]]] = {
    "学生家长付费": ("free", "fee"),
    "是否收费": ("free", "fee"),
    "收费情况": ("free", "fee"),
    "收费": ("free", "fee"),
    "费用": ("free", "fee"),
    "购买指定终端": ("free", "device"),
    "指定终端": ("free", "device"),
    "自带设备": ("free", "device"),
    "付费入口": ("free", "paid_entry"),
    "付费入口或广告": ("free", "paid_entry"),
    "广告": ("free", "paid_entry"),
    "是否与分班挂钩": ("fair", "class_placement"),
    "与分班挂钩": ("fair", "class_placement"),
    "分班": ("fair", "class_placement"),
    "是否与评价挂钩": ("fair", "evaluation"),
    "与评价挂钩": ("fair", "evaluation"),
    "评价": ("fair", "evaluation"),
    "评优": ("fair", "evaluation"),
    "部分班级使用": ("fair", "partial_use"),
    "部分使用": ("fair", "partial_use"),
    "是否已使用": ("fair", "in_use"),
    "已使用": ("fair", "in_use"),
    "已经使用": ("fair", "in_use"),
}
"""Names under which a pasted form answers one of the questions."""

_NO_WORDS: Final = ("否", "不", "无", "没", "未", "免")
_HAS_WORDS: Final = ("是", "有", "会", "已", "需要")
_YES_WORDS: Final = (*_HAS_WORDS, "对")


def read_one(question: str, text: str) -> str | None:
    """Read one pasted answer: ``yes``, ``no``, ``unsure``, ``own``; ``None``: it says neither."""
    line = tidy(text).strip("。.")
    if question == "fee":
        fee = read_fee(line)
        if fee is not None:
            return fee
    if question == "device" and ("自带" in line or "自备" in line) and "不" not in line[:1]:
        return "own"
    if "不确定" in line or "不清楚" in line:
        return "unsure" if question in ("fee", "product_no") else None
    if line.startswith(_NO_WORDS):
        # 无付费入口，有广告: neither yes nor no to what was asked.
        return None if any(one.startswith(_HAS_WORDS) for one in clauses(line)) else "no"
    if line.startswith(_YES_WORDS):
        return "yes"
    return None


def is_whole(value: Mapping[str, str], kind: Kind, key: str, around: Around) -> bool:
    """Tell whether a pasted group of answers leaves nothing to ask."""
    group = FREE if key == "free" else FAIR
    return all(one.key in value for one in _asked(group, kind, around))
