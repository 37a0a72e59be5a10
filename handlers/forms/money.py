"""The fields about money: where it comes from, how much it is, and of which year."""

from __future__ import annotations

import re
from typing import Final

from handlers.form import Around, BadAnswerError, Choices, Field, Pick
from handlers.forms.parsers import NONE_WORDS, money, money_text, one_of, text, tidy

FUNDS: Final = (
    Pick("none", "不需要经费"),
    Pick("school", "学校公用经费"),
    Pick("treasury", "财政专项"),
    Pick("gift", "企业赠送"),
    Pick("other", "其他来源"),
)
_FUND_WORDS: Final = {
    "不花钱": "none",
    "不需要": "none",
    "无需": "none",
    "不涉及": "none",
    "没有经费": "none",
    "公用经费": "school",
    "学校经费": "school",
    "学校承担": "school",
    "自筹": "school",
    "财政": "treasury",
    "专项": "treasury",
    "捐": "gift",
    "赠": "gift",
    "其他": "other",
}


_NOT_THEY: Final = re.compile(
    r"(不|无需|不用|不必)(再|会|要|需|向|由|让)*(家长|学生)|(家长|学生)(不|无需|不用|不必)"
)


def _fund(raw: str, around: Around) -> str:
    """Read a source of money. 家长不承担 names none; parents or pupils are no source (二（一）)."""
    said = _NOT_THEY.sub("", tidy(raw)).strip("。.")
    if any(word in said for word in ("家长", "家委会", "学生出", "学生承担", "学生自费")):
        raise BadAnswerError(
            "按温教办技〔2022〕65号二（一），经费不能由学生或家长承担。请选择其他来源，或先咨询计财部门。"
        )
    if said in (*NONE_WORDS, "0", "0元"):
        return "none"
    return one_of(FUNDS, _FUND_WORDS)(said, around)  # type: ignore[no-any-return]


def spends(around: Around) -> bool:
    """Money of the school or the treasury is spent."""
    return around.answers.get("fund") in ("school", "treasury", "other")


FUND: Final = Field(
    "fund",
    "经费来源",
    "本项目的经费从哪里来？",
    _fund,
    lambda value: dict(FUNDS).get(value, str(value)),
    Choices(FUNDS),
    clause="三（二）3",
    names=("经费", "资金来源"),
    together="fund",
)
AMOUNT: Final = Field(
    "amount",
    "经费金额",
    "金额是多少，是哪一年度的经费？例如：96万元，2026年度。",
    money,
    money_text,
    when=spends,
    clause="三（二）3",
    names=("金额", "预算", "项目金额", "采购金额"),
    together="fund",
    echo=True,
    hint="例如：96万元",
)
_YEARS: Final = re.compile(r"(20\d{2})\s*年?度?(?:\s*[-—~～至到]\s*(20\d{2})\s*年?度?)?")
_SAID_YEARS: Final = {"去年": -1, "今年": 0, "本年": 0, "明年": 1}


def fund_years(raw: str, around: Around) -> str:
    """Read of which year the money is, or of which years: 2026, 2026至2028."""
    line = tidy(raw).strip("。.")
    if line.removesuffix("度") in _SAID_YEARS:
        return str(around.today.year + _SAID_YEARS[line.removesuffix("度")])
    found = _YEARS.fullmatch(line)
    if found is None or (found[2] and found[2] <= found[1]):
        raise BadAnswerError("请按 2026年度 或 2026至2028年度 的样式写明经费年度。")
    return f"{found[1]}至{found[2]}" if found[2] else found[1]


FUND_YEAR: Final = Field(
    "fund_year",
    "经费年度",
    "是哪一年度的经费？例如：2026年度。",
    fund_years,
    lambda value: f"{value}年度",
    when=spends,
    clause="三（二）3",
    names=("经费所属年度", "预算年度"),
    together="fund",
    echo=True,
    optional=True,
)
FUND_WORDS: Final = Field(
    "fund_words",
    "来源说明",
    "请用一句话说明经费来源，例如：上级补助、社会捐赠。",
    text(max_chars=60, what="来源说明"),
    when=lambda a: a.answers.get("fund") == "other",
    names=("其他来源",),
    open_text=True,
)

COMMON_MONEY: Final = (FUND, AMOUNT, FUND_YEAR, FUND_WORDS)
